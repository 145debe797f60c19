from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.enums import Role
from reader.models import Membership
from reader.permissions import can_invite_as


class InvitationForm(forms.Form):
    days = forms.IntegerField(label=_("Good for, in days"), min_value=1, max_value=30, initial=7)
    max_uses = forms.IntegerField(
        label=_("For how many people"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=_("Empty for any number."),
    )

    def __init__(self, *args: Any, membership: Membership | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [
            (role.value, role.label)
            for role in (Role.MEMBER, Role.MODERATOR)
            if can_invite_as(membership, role)
        ]
        self.fields["role"] = forms.ChoiceField(label=_("As"), choices=roles)
        self.order_fields(["role"])
