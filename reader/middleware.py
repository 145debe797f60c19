"""What every answer tells the browser, beside Django's own security headers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

POWERS = ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics")
PERMISSIONS_POLICY = ", ".join(f"{power}=()" for power in POWERS)


def browser_rules(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Private by default: a page is kept by nobody unless its view validates it per person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        if not response.headers["Cache-Control"].startswith(("public", "max-age")):
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    return middleware
