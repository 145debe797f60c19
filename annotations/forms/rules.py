"""What leaders send about the rules of their group: words to watch for, and reasons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotations.enums import Effect
from annotations.models import MAX_BODY, MAX_SENTENCE, Reason
from annotations.word_rules import MAX_LETTERS, Pattern


class WordRuleForm(forms.Form):
    words = forms.CharField(
        label=_("Words"),
        help_text=_(
            "One word, or several in a row, in any case. A star stands for any letters within a "
            "word: “spam*” finds “spammer” too."
        ),
        max_length=400,
    )
    effect = forms.ChoiceField(
        label=_("What happens"), choices=Effect.choices, widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"effect": Effect.HOLD})
        self.fields["words"].widget.attrs |= {"autocomplete": "off", "dir": "auto"}
        # A browser would cut what is pasted, without a word.
        self.fields["words"].widget.attrs.pop("maxlength", None)
        self.fields["words"].help_text += " " + _("At most %(most)d letters.") % {
            "most": MAX_LETTERS
        }

    def clean_words(self) -> str:
        try:
            return Pattern.read(self.cleaned_data["words"]).words
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong


class TryForm(forms.Form):
    """A text to try the rules on. Nothing of it is stored."""

    text = forms.CharField(
        label=_("Try them on a text"),
        help_text=_("See which rules would do something to it. Nothing of it is kept."),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 4, "class": "grows", "dir": "auto"}),
    )


class GroupReasonForm(forms.Form):
    """A reason, in the group's words; of one that is there already by its code."""

    label = forms.CharField(
        label=_("Reason"), help_text=_("What everybody reads where the note was."), max_length=60
    )
    sentence = forms.CharField(
        label=_("What its author reads"),
        max_length=MAX_SENTENCE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "grows", "dir": "auto"}),
    )

    def __init__(self, data: Any = None, *, reason: Reason | None = None) -> None:
        self.reason = reason
        super().__init__(
            data,
            auto_id=f"{reason.code if reason else 'new'}-%s",
            initial={"label": reason.label, "sentence": reason.sentence} if reason else None,
        )
