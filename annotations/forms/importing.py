"""A file of notes, and who of those in it one is oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reader.models import Reading


class NotesFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "An archive of Catena, notes exported from Hypothesis, or Web Annotations (JSON-LD);"
            " up to 20\u00a0MB."
        ),
        error_messages={"empty": _("There is nothing in this file.")},
    )
    reading = forms.ModelChoiceField(
        label=_("About the article"),
        queryset=Reading.objects.none(),
        required=False,
        empty_label=_("It is an archive, which says so itself"),
    )

    def __init__(self, *given: Any, readings: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        of_what: Any = self.fields["reading"]
        of_what.queryset = readings
        of_what.label_from_instance = lambda reading: reading.article.title


class GroupFileForm(forms.Form):
    file = forms.FileField(
        label=_("Archive"),
        help_text=_("As a group’s leaders take it home; up to 20\u00a0MB."),
        error_messages={"empty": _("There is nothing in this file.")},
    )


class WhoForm(forms.Form):
    """Bound to a query string."""

    me = forms.ChoiceField(
        label=_("Which of them are you?"), required=False,
        help_text=_(
            "What they wrote becomes yours. Everybody else comes along as a guest: a name, and"
            " nobody who signs in."
        ),
    )  # fmt: skip

    def __init__(self, query: Any, *, people: Sequence[tuple[str, str]]) -> None:
        super().__init__(query)
        who: Any = self.fields["me"]
        who.choices = [("", _("none of them")), *people]
