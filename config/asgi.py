"""The hybrid server: `/live/` on Django's ASGI, everything else on its WSGI in threads.

A page costs 5.4 ms of CPU this way, 7.8 to 14 ms in plain ASGI; a stream costs no thread.
"""

import os

from a2wsgi import WSGIMiddleware
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_live = get_asgi_application()

from config.wsgi import application as _wsgi  # noqa: E402  after the settings are named

_pages = WSGIMiddleware(_wsgi, workers=settings.CATENA_THREADS)  # type: ignore[arg-type]


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/live/"):
        await _live(scope, receive, send)  # type: ignore[arg-type]
    else:
        await _pages(scope, receive, send)  # type: ignore[arg-type]


async def _lifespan(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
