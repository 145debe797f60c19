"""Whose the notes of a guest may be, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.models import Membership, User


class OfferForm(forms.Form):
    """A member to ask; "" takes the offer back. Who has the guest's name is chosen already."""

    to = forms.ChoiceField(label=gettext_lazy("Whose are they?"), required=False)

    def __init__(self, data: Any, *, guest: Membership, members: Sequence[Membership]) -> None:
        self.guest = guest
        self._members = {str(member.pk): member for member in members}
        asked = guest.offered_to_id
        chosen = next((pk for pk, member in self._members.items() if member.user_id == asked), "")
        super().__init__(
            data,
            initial={"to": chosen or self._of_the_same_name(guest)},
            auto_id=f"guest-{guest.pk}-%s",
        )
        nobody = ("", _("nobody is asked"))
        everybody = [(pk, member.user.name) for pk, member in self._members.items()]
        self.fields["to"].choices = [nobody, *everybody]  # type: ignore[attr-defined]

    def _of_the_same_name(self, guest: Membership) -> str:
        name = guest.user.name.casefold()
        same = [pk for pk, each in self._members.items() if each.user.name.casefold() == name]
        return same[0] if len(same) == 1 else ""

    @property
    def user(self) -> User | None:
        """Whom to ask."""
        member = self._members.get(self.cleaned_data["to"])
        return None if member is None else member.user


class AnswerForm(forms.Form):
    """One of two buttons."""

    whose = forms.ChoiceField(choices=[("mine", ""), ("not_mine", "")])

    @property
    def is_mine(self) -> bool:
        return bool(self.cleaned_data["whose"] == "mine")
