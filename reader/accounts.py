"""How django-allauth and this site fit together."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from reader import limits, outbox
from reader.actions.accounts import open_claim
from reader.actions.joining import accept_invitation, look_up, works
from reader.actions.sign_in_links import tell_of_sign_in_links
from reader.models import Invitation, Membership, User


class NameForm(forms.Form):
    """What allauth's sign-up form asks beside address and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        help_text=_("As your groups know you; you can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if settings.CATENA_REGISTRATION == "open":
            return True
        if _came_by(request) == "claim":
            return True
        return settings.CATENA_REGISTRATION == "invitation" and _came_by(request) == "join"

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """A valid invitation stands in for a verified address."""
        return _came_by(request) != "" or super().is_email_verified(request, email)

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """Whoever made an account in order to join is in; the link leads its people on."""
        name, token = _way_in(request)
        if given["signup"] and name == "join" and _has_agreed(request):
            # Where too many wait already, the page says so.
            with suppress(limits.TooMany):
                joined = accept_invitation(by=user, token=token)
                if isinstance(joined, Membership):
                    told = _("You are in: this is %(name)s.") % {"name": joined.group.name}
                    messages.success(request, told)
        response: HttpResponse = super().post_login(request, user, **given)
        _tell(request, user)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, self._mail_context(email, context))
        outbox.enqueue(to=email, subject=message.subject, body=_text_of(message))

    def _mail_context(self, email: str, context: dict[str, Any]) -> dict[str, Any]:
        return {"email": email, "site_address": settings.CATENA_URL, **context}


def _tell(request: HttpRequest, user: User) -> None:
    """Nobody is signed in for another without their learning of it."""
    told = _("On %(date)s %(name)s made a sign-in link for you; it was used.")
    for link in tell_of_sign_in_links(by=user):
        date = date_format(timezone.localdate(link.created_at), "j F Y")
        messages.warning(request, told % {"date": date, "name": link.created_by.name})


def _text_of(message: EmailMessage) -> str:
    return str(message.body)


def _came_by(request: HttpRequest) -> str:
    """ "join" or "claim" where signing up leads on to a link that is still good, else ""."""
    name, token = _way_in(request)
    if name == "join" and _invitation(request, token):
        return "join"
    if name == "claim" and open_claim(token):
        return "claim"
    return ""


def invited_to(request: HttpRequest) -> str:
    """The name of the group that signing up or in leads into; "" where it is no good link's."""
    name, token = _way_in(request)
    invitation = _invitation(request, token) if name == "join" else None
    return invitation.group.name if invitation else ""


def _invitation(request: HttpRequest, token: str) -> Invitation | None:
    """Asked through the same limit as the join page: whether signing up is open tells as much."""
    try:
        invitation = look_up(secret=token, client=request.META["REMOTE_ADDR"])
    except limits.TooMany:
        return None
    return invitation if invitation is not None and works(invitation) else None


def _way_in(request: HttpRequest) -> tuple[str, str]:
    """The name of the page to which signing up leads on, and the token in its address."""
    try:
        match = resolve(urlsplit(_next(request)).path)
    except (Resolver404, ValueError):
        return "", ""
    return match.url_name or "", match.kwargs.get("token", "")


def _next(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next") or ""


def _has_agreed(request: HttpRequest) -> bool:
    """Whether "Create an account and join" was pressed, below the group's rules."""
    return "agreed" in QueryDict(urlsplit(_next(request)).query)
