from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.enums import (
    Bylines,
    Exporting,
    Joining,
    NewcomersRead,
    Preset,
    Readable,
    Reveal,
)
from reader.forms.choices import Explained
from reader.models import StudyGroup
from reader.permissions import can_open_to_public
from reader.presets import PRESETS, Policy

SENTENCES = {preset.value: named.sentence for preset, named in PRESETS.items()}


class GroupForm(forms.ModelForm[StudyGroup]):
    class Meta:
        model = StudyGroup
        fields: tuple[str, ...] = ("name", "description", "rules")
        labels = {"rules": gettext_lazy("How we talk")}
        widgets: dict[str, forms.Widget] = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "rules": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "description": gettext_lazy("What you read together, how often, for whom."),
            "rules": gettext_lazy("The rules that you agree on, shown to everybody who joins."),
        }


class NewGroupForm(GroupForm):
    class Meta(GroupForm.Meta):
        fields = (*GroupForm.Meta.fields, "preset")
        labels = GroupForm.Meta.labels | {"preset": gettext_lazy("What kind of group")}
        widgets = GroupForm.Meta.widgets | {"preset": Explained(SENTENCES)}
        help_texts = GroupForm.Meta.help_texts | {
            "preset": gettext_lazy("It sets the rules to start with. You can change each of them.")
        }


SHUT = gettext_lazy(
    "This group has readings, and what is written there is for its members. It can no longer be "
    "opened to everybody: start another group for that, and open it before its first article."
)


class PolicyForm(forms.ModelForm[StudyGroup]):
    """Every rule of a group, one by one; with `preset`, filled in as that one has them."""

    holds_first = forms.IntegerField(
        label=gettext_lazy("First notes that wait"),
        min_value=0,
        max_value=20,
        help_text=gettext_lazy(
            "How many notes of a new member a leader looks at before others see them. "
            "0: none waits."
        ),
    )
    reveal_after = forms.IntegerField(
        label=gettext_lazy("After how many notes"),
        min_value=1,
        max_value=20,
        help_text=gettext_lazy("Where others’ notes are seen after writing notes oneself."),
    )

    class Meta:
        model = StudyGroup
        fields = (
            "preset", "joining", "joining_question", "approves_links", "newcomers_read",
            "premoderates", "holds_first", "hides_reported", "log_is_open", "readable_by", "reveal",
            "reveal_after", "bylines", "exporting", "mails_quote",
        )  # fmt: skip
        widgets = {
            "preset": forms.HiddenInput,
            "joining": Explained(
                {
                    Joining.OPEN: gettext_lazy("Whoever has an account here can join."),
                    Joining.REQUEST: gettext_lazy("People ask, and a leader lets them in."),
                    Joining.INVITATION: gettext_lazy(
                        "Only with a link, a code or a mail from a leader."
                    ),
                }
            ),
            "newcomers_read": Explained(
                {
                    NewcomersRead.EVERYTHING: gettext_lazy(
                        "Who joins reads what was said before they came."
                    ),
                    NewcomersRead.FROM_NOW: gettext_lazy(
                        "What was said before stays among those who were there."
                    ),
                }
            ),
            "readable_by": Explained(
                {
                    Readable.MEMBERS: gettext_lazy("Nobody else finds anything here."),
                    Readable.PUBLIC: gettext_lazy(
                        "Texts and the group’s notes are open to all, also without an account. "
                        "Only members write, and see who the members are."
                    ),
                }
            ),
            "reveal": Explained(
                {
                    Reveal.AT_ONCE: gettext_lazy("A talk in the margin from the first note on."),
                    Reveal.AFTER_OWN: gettext_lazy(
                        "Everybody thinks first. Until then a dot says that somebody wrote."
                    ),
                    Reveal.AFTER_FINISHED: gettext_lazy(
                        "Everybody reads to the end first, and says so with a button."
                    ),
                }
            ),
            "bylines": Explained(
                {
                    Bylines.NAMES: gettext_lazy("Everybody goes by their own name."),
                    Bylines.PSEUDONYMS: gettext_lazy(
                        "In each reading, everybody is given a name that they keep there. "
                        "Only leaders know who it is."
                    ),
                }
            ),
            "exporting": Explained(
                {
                    Exporting.MEMBERS: gettext_lazy(
                        "Each takes along what they may read, others’ words too."
                    ),
                    Exporting.LEADERS: gettext_lazy("Members take along only their own notes."),
                }
            ),
        }
        help_texts = {
            "joining_question": gettext_lazy(
                "Asked of everybody who wants to be let in. Empty: nothing is asked."
            ),
            "approves_links": gettext_lazy(
                "Who comes by a link waits until a leader lets them in."
            ),
            "newcomers_read": gettext_lazy("Holds for those who join from now on."),
            "premoderates": gettext_lazy(
                "A leader looks at every note of a member, and at every change of one, before "
                "others see it."
            ),
            "hides_reported": gettext_lazy(
                "Two reports hide a note until a leader decides, three in a group of fifteen "
                "people and more."
            ),
            "log_is_open": gettext_lazy(
                "That something was removed, and why; never whose it was, nor what it said."
            ),
            "reveal": gettext_lazy("New readings start with this; each has its own."),
            "bylines": gettext_lazy("New readings start with this; each has its own."),
            "exporting": gettext_lazy(
                "Holds for every file made from now on. Leaders can always take home everything."
            ),
            "mails_quote": gettext_lazy(
                "Off, a mail says only that somebody wrote. "
                "Holds for mails about notes, which don’t exist yet."
            ),
        }

    SECTIONS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
        (
            gettext_lazy("Coming in"),
            ("joining", "joining_question", "approves_links", "newcomers_read"),
        ),
        (
            gettext_lazy("Moderating"),
            ("premoderates", "holds_first", "hides_reported", "log_is_open"),
        ),
        (gettext_lazy("Reading along"), ("readable_by",)),
        (gettext_lazy("What a new reading starts with"), ("reveal", "reveal_after", "bylines")),
        (gettext_lazy("Taking words along"), ("exporting", "mails_quote")),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        group: StudyGroup,
        preset: Preset | None,
        may_change: bool,
    ) -> None:
        self.held, self.held_preset = group.policy, Preset(group.preset)
        self.filled_in = preset
        given = {**asdict(PRESETS[preset].policy), "preset": preset} if preset else {}
        super().__init__(data, instance=group, initial=given)
        reveal: Any = self.fields["reveal"]
        # A date is a reading's own.
        reveal.choices = [each for each in Reveal.choices if each[0] != Reveal.AT_DATE]
        self.can_open = self.held.readable_by == Readable.PUBLIC or can_open_to_public(group)
        if not self.can_open:
            readable: Any = self.fields["readable_by"]
            readable.help_text, readable.widget.shut = SHUT, {Readable.PUBLIC}
        for field in self.fields.values():
            field.disabled = not may_change

    def clean_readable_by(self) -> str:
        chosen: str = self.cleaned_data["readable_by"]
        if chosen == Readable.PUBLIC and not self.can_open:
            raise ValidationError(SHUT)
        return chosen

    def clean(self) -> dict[str, Any]:
        """A group that opens starts with a look at newcomers, unless a number was chosen: to
        have none, its leaders say so once more."""
        data = super().clean() or {}
        opens = data.get("joining") == Joining.OPEN != self.held.joining
        self.looks_at_newcomers = opens and data.get("holds_first") == self.held.holds_first == 0
        if self.looks_at_newcomers:
            data["holds_first"] = 1
        return data

    @property
    def policy(self) -> Policy:
        """What was chosen, once it is valid."""
        return Policy(**{name: self.cleaned_data[name] for name in asdict(self.held)})

    def sections(self) -> Iterator[tuple[str | Promise, list[tuple[BoundField, str]]]]:
        """The fields under their headings, each with a remark on what is different about it."""
        for heading, names in self.SECTIONS:
            yield heading, [(self[name], self._remark(name)) for name in names]

    def _remark(self, name: str) -> str:
        """Where a preset is filled in: what holds today. Else: what the group's preset has."""
        preset = PRESETS[self.filled_in or self.held_preset].policy
        held, fresh = getattr(self.held, name, None), getattr(preset, name, None)
        if held == fresh:
            return ""
        if self.filled_in:
            return _("Today: %(value)s") % {"value": self._said(name, held)}
        return _("Changed; the preset has: %(value)s") % {"value": self._said(name, fresh)}

    def _said(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return _("on") if value else _("off")
        field: Any = StudyGroup._meta.get_field(name)
        return str(dict(field.flatchoices).get(value, value))


class EraseForm(forms.Form):
    """The group's name, typed as a confirmation."""

    name = forms.CharField(label=gettext_lazy("The group’s name"), max_length=200)

    def __init__(self, data: QueryDict | None, *, group: StudyGroup) -> None:
        super().__init__(data)
        self.group = group
        self.fields["name"].help_text = capfirst(_("to confirm: %(name)s") % {"name": group.name})

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed.split() != self.group.name.split():
            raise ValidationError(_("This isn’t the group’s name."))
        return typed
