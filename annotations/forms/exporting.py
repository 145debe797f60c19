"""What somebody wants to take home, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.enums import Category, ExportFormat, Motivation, Naming
from annotations.exporting.notebook import Notebook
from annotations.exporting.scope import Scope
from reader.forms.choices import Explained

# In the order in which they are offered: first what most people keep.
WHAT_IT_IS: dict[str, Any] = {
    ExportFormat.EDITION: _(
        "The article with its notes beside it, in one file that opens in any browser and prints."
    ),
    ExportFormat.PDF: _("The same on pages, for paper and for keeping."),
    ExportFormat.WORD: _("The article with the notes as comments in its margin, in threads."),
    ExportFormat.MARKDOWN: _(
        "For Obsidian and other notebooks: quotes, notes and threads with links back. Taken home"
        " again later, it changes only where something was added."
    ),
    ExportFormat.CSV: _("One row a note, for a spreadsheet."),
    ExportFormat.READWISE: _("Highlights with notes, as Readwise brings them in."),
    ExportFormat.JSON_LD: _("The open standard for annotations, for other programs."),
    ExportFormat.ARCHIVE: _(
        "Everything there is, to bring it into another group or site: past texts, states, names,"
        " and what you wrote there for yourself."
    ),
}
NO_REASONS: Mapping[str, str] = {}
EITHER = (("", _("all")), ("yes", _("only those")), ("no", _("without them")))


class ExportForm(forms.Form):
    """Bound to a query string: what isn't in it is not chosen."""

    format = forms.ChoiceField(
        label=_("As"),
        choices=[(code, ExportFormat(code).label) for code in WHAT_IT_IS],
        widget=Explained(WHAT_IT_IS),
    )
    naming = forms.ChoiceField(
        label=_("People are called"), choices=Naming.choices, required=False,
        help_text=_("Whoever asked for less, as initials or a pseudonym, is called by that."),
    )  # fmt: skip
    mine = forms.BooleanField(label=_("Only my own notes"), required=False)
    alone = forms.BooleanField(
        label=_("Without the rest of their threads"), required=False,
        help_text=_("Otherwise the notes chosen come with the talk around them."),
    )  # fmt: skip
    no_text = forms.BooleanField(label=_("Without the article’s text"), required=False)
    private = forms.BooleanField(
        label=_("Also my private notes"), required=False,
        help_text=_("And what others don’t see of what you wrote."),
    )  # fmt: skip
    leaders = forms.BooleanField(
        label=_("Also what only leaders read, marked"), required=False,
        help_text=_("Notes to the leaders, and what waits, is hidden or removed."),
    )  # fmt: skip
    category = forms.MultipleChoiceField(
        label=_("Marked as"), choices=Category.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    motivation = forms.MultipleChoiceField(
        label=_("Written as"), choices=Motivation.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    people = forms.MultipleChoiceField(
        label=_("By"), required=False, widget=forms.CheckboxSelectMultiple
    )
    tag = forms.MultipleChoiceField(
        label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    circle = forms.ChoiceField(label=_("To the circle"), required=False)
    since = forms.DateField(
        label=_("Written since"), required=False, widget=forms.DateInput({"type": "date"})
    )
    until = forms.DateField(
        label=_("Written until"), required=False, widget=forms.DateInput({"type": "date"})
    )
    resolved = forms.ChoiceField(label=_("Resolved"), choices=EITHER, required=False)
    detached = forms.ChoiceField(label=_("Have lost their words"), choices=EITHER, required=False)

    CHOOSING = (
        "people", "category", "motivation", "tag", "circle", "since", "until", "resolved",
        "detached",
    )  # fmt: skip

    def __init__(
        self,
        query: QueryDict,
        *,
        scope: Scope,
        everything: Notebook,
        shut: Mapping[str, str] = NO_REASONS,
    ) -> None:
        super().__init__(query)
        self.query, self.scope = query, scope
        entries = [entry for chapter in everything.chapters for _, entry in chapter.entries]
        self._offer("people", [(person.id, person.name) for person in everything.people.values()])
        tags = sorted({tag for entry in entries for tag in entry.tags}, key=str.casefold)
        self._offer("tag", [(tag, f"#{tag}") for tag in tags])
        circles = sorted({entry.circle for entry in entries if entry.circle})
        self._offer("circle", [("", _("all")), *((name, name) for name in circles)])
        if not scope.leads:
            del self.fields["leaders"]
        if not scope.takes_others:
            for name in ("mine", "alone", "people", "naming"):
                self.fields.pop(name, None)
        if scope.group is None:
            del self.fields["private"]
        formats: Any = self.fields["format"]
        if not scope.leads:
            formats.choices = [pair for pair in formats.choices if pair[0] != ExportFormat.ARCHIVE]
        # What this machine can't make says why in the place of what it is.
        formats.widget.shut, formats.widget.sentences = set(shut), {**WHAT_IT_IS, **shut}

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """A field with nothing to choose from isn't there."""
        field: Any = self.fields[name]
        field.choices = choices
        if len(choices) < 2:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise ValidationError(_("The first day comes after the last."))
        return cleaned

    @property
    def choosing(self) -> list[Any]:
        """The fields that choose among notes, as far as they are there."""
        return [self[name] for name in self.CHOOSING if name in self.fields]

    @property
    def including(self) -> list[Any]:
        names = ("mine", "alone", "private", "leaders", "no_text")
        return [self[name] for name in names if name in self.fields]

    @property
    def chooses(self) -> bool:
        """Whether something is chosen among notes, so that the choice has to be seen."""
        return any(self.query.getlist(bound.name) not in ([], [""]) for bound in self.choosing)
