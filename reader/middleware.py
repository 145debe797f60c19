"""What every answer tells the browser, beside Django's own security headers, and whose it is."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from reader.models import User

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


def time_and_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the time zone and the language that a person has chosen. Who comes without a
    session is nobody yet, and nobody is looked up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not known or not request.user.is_authenticated:
            return get_response(request)
        with timezone.override(_zone(request.user)), translation.override(_language(request.user)):
            return get_response(request)

    return middleware


def _zone(user: User) -> ZoneInfo | None:
    """None, for the site's own, also where this machine doesn't know the zone any more."""
    try:
        return ZoneInfo(user.time_zone) if user.time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _language(user: User) -> str:
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
