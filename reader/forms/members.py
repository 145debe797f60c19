from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reader.enums import Role, TakenHome
from reader.forms.choices import Explained
from reader.models import Membership
from reader.permissions import roles_to_give

ROLES: dict[str, str | Promise] = {
    Role.MODERATOR: _("Leads the group too: invites people, adds articles, looks after the talk."),
    Role.MEMBER: _("Reads and writes."),
    Role.OBSERVER: _("Reads, and writes nothing."),
}


class RoleForm(forms.Form):
    """The roles that one person may give another; none where they may give none."""

    role = forms.ChoiceField(label=_("Role"), widget=Explained(ROLES))

    def __init__(
        self, data: QueryDict | None, *, mine: Membership | None, theirs: Membership
    ) -> None:
        super().__init__(data, initial={"role": theirs.role})
        self.roles = [(role.value, role.label) for role in roles_to_give(mine, theirs)]
        self.fields["role"].choices = self.roles  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    name = forms.ChoiceField(
        label=_("Your notes stay"),
        choices=[("kept", _("under my name")), ("nameless", _("under “former member”"))],
        initial="kept",
        widget=Explained(
            {
                "kept": _("Others see who wrote them, as today."),
                "nameless": _("Here nobody sees any more who wrote them."),
            }
        ),
    )

    @property
    def nameless(self) -> bool:
        return bool(self.cleaned_data["name"] == "nameless")


class TakenHomeForm(forms.Form):
    """How somebody appears in what others take home."""

    taken_home_as = forms.ChoiceField(
        label=_("Whoever takes notes home reads mine"),
        choices=TakenHome.choices,
        widget=Explained(
            {
                TakenHome.SHOWN: _("As everybody reads them here."),
                TakenHome.INITIALS: _("“A. R.” for Ana Reis."),
                TakenHome.PSEUDONYM: _("“Copper Heron”, the same in every file."),
            }
        ),
    )
    in_colophon = forms.BooleanField(
        label=_("Name me among the readers at the end of an annotated edition"),
        help_text=_(
            "By your whole name, also where your notes in it stand under less. Without it you "
            "aren’t named there."
        ),
        required=False,
    )

    def __init__(self, data: QueryDict | None, *, mine: Membership) -> None:
        super().__init__(
            data, initial={"taken_home_as": mine.taken_home_as, "in_colophon": mine.in_colophon}
        )
