"""A real Chromium, in which several people read at once; none of them may break the rules.

After every test: no violation of the content security policy, no error in the console, no
exception in a script.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.servers.basehttp import WSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from reader.models import User

# Playwright keeps a loop running in this thread, in which Django would refuse to ask its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""

# The server of these tests writes an answer's head and its body one after the other, and the kernel
# would hold the body back until the browser has acknowledged the head: 40 ms for every answer.
WSGIRequestHandler.disable_nagle_algorithm = True

# A form that is sent without script writes the same rows, so that one database is enough for it.
SCRIPTS = [
    pytest.param(True, id="with script"),
    pytest.param(False, id="without script", marks=pytest.mark.once),
]

type Browse = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = os.environ.get("CATENA_BROWSER") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Troubles:
    """What went wrong in any window; a test that expects one takes it out."""

    seen: list[str] = field(default_factory=list)

    def expect(self, part: str) -> None:
        found = [trouble for trouble in self.seen if part in trouble]
        assert found, f"{part!r} was expected in {self.seen}"
        self.seen = [trouble for trouble in self.seen if part not in trouble]

    def watch(self, page: Page) -> None:
        page.expose_binding("reportViolation", lambda _, words: self.seen.append(f"CSP {words}"))
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("pageerror", lambda error: self.seen.append(f"script {error}"))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console {message.text}")


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    troubles = Troubles()
    yield troubles
    assert troubles.seen == []


@dataclass
class Windows:
    """Contexts that one test leaves to the next, with nothing of its own in them but a page that
    keeps their process, which takes longer to start than most of what a test does."""

    browser: Browser
    url: str
    free: list[tuple[object, BrowserContext]] = field(default_factory=list)

    def take(self, *, script: bool, touch: bool) -> BrowserContext:
        kind = (script, touch)
        at = next((at for at, (of, _) in enumerate(self.free) if of == kind), None)
        if at is not None:
            return self.free.pop(at)[1]
        context = self.browser.new_context(
            base_url=self.url,
            java_script_enabled=script,
            has_touch=touch,
            is_mobile=touch,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.new_page().goto("/livez")
        return context

    def give_back(self, context: BrowserContext, *, script: bool, touch: bool) -> None:
        first, *others = context.pages
        for page in others:
            page.close()
        context.unroute_all()
        context.set_offline(False)
        context.clear_cookies()
        session = context.new_cdp_session(first)
        session.send("Network.clearBrowserCache")
        session.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})
        session.detach()
        self.free.append(((script, touch), context))


@pytest.fixture(scope="session")
def windows(chromium: Browser, live_server: Any) -> Windows:
    return Windows(chromium, live_server.url)


@pytest.fixture
def browse(
    windows: Windows, live_server: Any, troubles: Troubles, settings: Any
) -> Iterator[Browse]:
    """Open a window in which `user` is signed in, or nobody."""
    taken: list[Callable[[], None]] = []

    def browse(
        user: User | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        script: bool = True,
        touch: bool = False,
    ) -> Page:
        context = windows.take(script=script, touch=touch)
        taken.append(partial(windows.give_back, context, script=script, touch=touch))
        if user is not None:
            context.add_cookies([_session(user, live_server.url)])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(
            color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce"
        )
        troubles.watch(page)
        return page

    yield browse
    for give_back in taken:
        give_back()


def _session(user: User, url: str) -> Any:
    """A signed-in session's cookie, as signing in would leave it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}
