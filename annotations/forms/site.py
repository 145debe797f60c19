"""What a site administrator sends, and who asks one for something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.models import MAX_SENTENCE
from annotations.moderation.purging import ERASE, purge_reasons
from reader.models import StudyGroup


def _sentence(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=MAX_SENTENCE,
        widget=forms.Textarea(attrs={"rows": 3, "class": "grows", "dir": "auto"}),
    )


class StepInForm(forms.Form):
    why = _sentence(
        gettext_lazy("Why you look into this group"),
        gettext_lazy("Its owners are told, and it stays in the group’s log."),
    )


class AskPurgeForm(forms.Form):
    sentence = _sentence(
        gettext_lazy("Why it has to be erased"),
        gettext_lazy(
            "The site’s administrators read this, and it stays in the group’s log. Don’t repeat "
            "what has to go."
        ),
    )


class PurgeForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Why"), widget=forms.RadioSelect)
    typed = forms.CharField(label=gettext_lazy("Confirmation"), max_length=40)

    def __init__(self, data: Any = None, *, group: StudyGroup) -> None:
        super().__init__(data)
        reason: Any = self.fields["reason"]
        reason.choices = purge_reasons(group)
        self.fields["typed"].help_text = _("Type “%(word)s”.") % {"word": ERASE}
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed.strip().casefold() != str(ERASE).casefold():
            raise ValidationError(_("Type “%(word)s”.") % {"word": ERASE})
        return typed
