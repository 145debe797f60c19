"""Errors in the product's look, each with a way on."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _

from reader.views import again, words_sent


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 400, _("This request can't be read"), "")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    title = _("You can't do this here")
    return _error(request, 403, title, str(exception), kept=words_sent(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = _("There is nothing at this address, or nothing that you may see.")
    return _error(request, 404, _("Nothing here"), sentence, kept=words_sent(request))


def too_many(request: HttpRequest, sentence: str, seconds: int) -> HttpResponse:
    """Something was done too often; `seconds` from now it may be done again."""
    title = _("Not so fast")
    response = _error(request, 429, title, sentence, kept=words_sent(request))
    response.headers["Retry-After"] = str(seconds)
    return response


def no_mail(request: HttpRequest) -> HttpResponse:
    """Instead of asking for a link to a new password, which nothing could bring."""
    sentence = _(
        "This site sends no mail. Ask somebody who leads your group: they can make you a link "
        "that signs you in once. A new password comes from whoever runs the site: on the server, "
        "manage.py changepassword and your email address gives one."
    )
    return _error(request, 200, _("A forgotten password"), sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A script of ours gets the token that holds now and sends its form once more: signing in
    again in another tab has made the page's own worthless. Other sites can't read the answer."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=403, headers={"X-CSRFToken": get_token(request)})
    sentence = _("This form was open for too long, or was opened before you signed in.")
    context = {"title": _("The form is too old"), "sentence": sentence, "form": again(request)}
    return render(request, "reader/again.html", context, status=403)


def _error(
    request: HttpRequest, status: int, title: str, sentence: str, *, kept: Sequence[str] = ()
) -> HttpResponse:
    context = {"title": title, "sentence": sentence, "kept": kept}
    return render(request, "reader/error.html", context, status=status)
