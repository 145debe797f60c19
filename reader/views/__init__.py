"""Views: fetch what is visible, form, action, answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from reader.models import Membership, StudyGroup, User
from reader.permissions import membership_of

type View[**P, R: HttpResponseBase] = Callable[Concatenate[HttpRequest, P], R]


@dataclass(frozen=True, slots=True)
class Again:
    """A form that wasn't accepted, with everything that was in it."""

    action: str
    written: list[tuple[str, str]]  # what a person wrote, to be seen and mended
    others: list[tuple[str, str]]
    is_whole: bool  # whether that is all; a file or a password can't be handed back


# Fields in which a person writes more than a line.
WRITTEN = ("body", "text", "description", "rules", "addresses", "answer", "words")


def signed_in[**P, R: HttpResponseBase](view: View[P, R]) -> View[P, R]:
    """Only for people who are signed in. Others are sent to sign in, and back.

    Nothing typed is lost when a session has ended meanwhile: htmx gets 401 and leaves its form
    as it is, a plain form comes back on a page from which it can be sent once more.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if getattr(request, "htmx", False):
            return HttpResponse(status=401)
        if request.method == "POST" and request.POST:
            title = _("You have been signed out")
            sentence = _("Sign in in another tab first; then come back to this one.")
            context = {"title": title, "sentence": sentence, "form": again(request)}
            return render(request, "reader/again.html", context, status=401)
        return redirect_to_login(request.get_full_path())

    return cast("View[P, R]", wrapper)


def sign_in_to_see[**P, R: HttpResponseBase](view: View[P, R]) -> View[P, R]:
    """For what anybody may see in a public group. Who isn't signed in and finds nothing is sent
    to sign in, and back, whether there is something or not: a link from a mail leads home."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            if request.user.is_authenticated:
                raise
        if getattr(request, "htmx", False):
            return HttpResponse(status=401)
        return redirect_to_login(request.get_full_path())

    return cast("View[P, R]", wrapper)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form sent; None where it is only asked for, also when it sent nothing at all."""
    return request.POST if request.method == "POST" else None


def words_sent(request: HttpRequest) -> list[str]:
    """What a person wrote into the form that was sent, to be handed back."""
    return [words for name in WRITTEN if (words := request.POST.get(name, "").strip())]


def again(request: HttpRequest) -> Again | None:
    """The form that was sent, to be sent once more; None where another site may have sent it."""
    if request.headers.get("Sec-Fetch-Site") not in {None, "same-origin"}:
        return None
    fields = [
        (name, value)
        for name in request.POST
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in request.POST.getlist(name)
    ]
    written = [(name, value) for name, value in fields if name in WRITTEN]
    others = [pair for pair in fields if pair not in written]
    is_whole = not request.FILES and not any("password" in name for name in request.POST)
    return Again(request.get_full_path(), written, others, is_whole)


def person(request: HttpRequest) -> User:
    """Who asks, in a view that only signed-in people reach."""
    assert request.user.is_authenticated  # noqa: S101  signed_in has seen to it
    return request.user


def group_for(request: HttpRequest, slug: str) -> tuple[StudyGroup, Membership | None]:
    """The group of an address, where it exists for this person, and their part in it."""
    group = get_object_or_404(StudyGroup.objects.visible_to(request.user), slug=slug)
    return group, membership_of(request.user, group)


def form_page(
    request: HttpRequest, form: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page around a form: 422 where something was sent and refused."""
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)
