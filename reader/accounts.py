"""How django-allauth and this site fit together."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from reader import outbox
from reader.actions.accounts import open_claim
from reader.actions.invitations import open_invitation
from reader.models import User


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

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, self._mail_context(email, context))
        outbox.enqueue(to=email, subject=message.subject, body=_text_of(message))

    def _mail_context(self, email: str, context: dict[str, Any]) -> dict[str, Any]:
        return {"email": email, "site_address": settings.CATENA_URL, **context}


def _text_of(message: EmailMessage) -> str:
    return str(message.body)


def _came_by(request: HttpRequest) -> str:
    """ "join" or "claim" where signing up leads on to a link that is still good, else ""."""
    path = urlsplit(request.POST.get("next") or request.GET.get("next") or "").path
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    if match.url_name == "join" and open_invitation(match.kwargs["token"]):
        return "join"
    if match.url_name == "claim" and open_claim(match.kwargs["token"]):
        return "claim"
    return ""
