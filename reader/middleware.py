"""What every answer tells the browser, beside Django's own security headers, and whose it is."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from reader.actions.sign_in_links import IN_SESSION, keeps_signed_in
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
        with timezone.override(request.user.zone), translation.override(_language(request.user)):
            return get_response(request)

    return middleware


# What would let whoever holds the link come in again by themselves.
OWN_ALONE = ("account_email", "account_set_password")


def sign_in_links(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A session that a leader's sign-in link began ends with the leader's right to make one, and
    takes nobody's account over. Other sessions are asked nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        link = request.session.get(IN_SESSION)
        if link is not None and not keeps_signed_in(link):
            logout(request)
        elif link is not None and request.path in map(reverse, OWN_ALONE):
            sentence = _("Signed in by somebody's link, you can't change how you sign in.")
            raise PermissionDenied(sentence)
        return get_response(request)

    return middleware


def _language(user: User) -> str:
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
