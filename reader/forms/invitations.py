from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from reader.actions.invitations import CODE_DAYS, CODE_MAX_DAYS, CODE_ROLES, CODE_USES
from reader.addresses import Line, read_addresses
from reader.enums import Role
from reader.models import JoinRequest, Membership, Reading, StudyGroup
from reader.permissions import can_invite_as
from reader.tokens import read_code

LIST_LENGTH = 100_000  # characters
LINES = 2_000
ADDRESSES = 500
ROLES = (Role.MEMBER, Role.OBSERVER, Role.MODERATOR)


class InvitingForm(forms.Form):
    """As what people come in, and where they are led."""

    role = forms.ChoiceField(label=_("As"))
    path = forms.ChoiceField(label=_("Leads to"), required=False)

    def __init__(
        self,
        *args: Any,
        membership: Membership | None,
        group: StudyGroup,
        readings: Iterable[Reading],
        place: str = "",
        **kwargs: Any,
    ) -> None:
        """`place` is an address that is offered beside the group's own pages, as of a note."""
        super().__init__(*args, **kwargs)
        self._offer(
            "role", [(r.value, r.label) for r in self.roles(group) if can_invite_as(membership, r)]
        )
        pages = [("", _t("the group’s home"))]
        pages += [(each.get_absolute_url(), each.article.title) for each in readings]
        if place and place not in dict(pages):
            pages.append((place, _t("the place that you came from")))
        self._offer("path", pages)
        self.initial.setdefault("path", place)

    def roles(self, group: StudyGroup) -> Sequence[Role]:
        return ROLES

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  as declared
        field.choices = choices


class InvitationForm(InvitingForm):
    days = forms.IntegerField(label=_("Good for, in days"), min_value=1, max_value=30, initial=7)
    max_uses = forms.IntegerField(
        label=_("For how many people"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=_("Empty for any number."),
    )

    def roles(self, group: StudyGroup) -> Sequence[Role]:
        """Whoever the leaders are asked about comes in as a member at most."""
        return CODE_ROLES if group.approves_links else ROLES


class CodeForm(InvitingForm):
    days = forms.IntegerField(
        label=_("Good for, in days"), min_value=1, max_value=CODE_MAX_DAYS, initial=CODE_DAYS
    )
    max_uses = forms.IntegerField(
        label=_("For how many people"), min_value=1, max_value=500, initial=CODE_USES
    )

    def roles(self, group: StudyGroup) -> Sequence[Role]:
        return CODE_ROLES


class AddressesForm(InvitingForm):
    addresses = forms.CharField(
        label=_("Addresses"),
        max_length=LIST_LENGTH,
        help_text=_(
            "A line each: jane@example.org, or Jane Doe <jane@example.org>. Commas and semicolons "
            "separate too. At most 500."
        ),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_addresses(self) -> list[Line]:
        lines = read_addresses(self.cleaned_data["addresses"])
        good = sum(bool(line.address) for line in lines)
        if len(lines) > LINES or good > ADDRESSES:
            raise ValidationError(
                _t("At most %(count)s people are invited at once."), params={"count": ADDRESSES}
            )
        if not good:
            raise ValidationError(
                [f"{_t('Line')} {each.number}: {each.text} – {each.trouble}" for each in lines[:20]]
            )
        return lines


class CodeEntryForm(forms.Form):
    code = forms.CharField(
        label=_("The code"),
        max_length=60,
        help_text=_("Eight letters and digits, such as K7QX-M2PD. Small letters will do."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = read_code(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_t("A code has eight letters and digits."))
        return code


class AskingForm(forms.ModelForm[JoinRequest]):
    """What somebody without an account leaves, to be answered."""

    class Meta:
        model = JoinRequest
        fields = ("name", "email")
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True


class AnswerForm(forms.Form):
    """The answer to what a group asks newcomers, where it asks something."""

    answer = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "grows"})
    )

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if question:
            self.fields["answer"].label = question
            self.fields["answer"].required = True
        else:
            del self.fields["answer"]
