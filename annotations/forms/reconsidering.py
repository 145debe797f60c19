"""What people send about a decision: other words, a request to reconsider it, an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.forms.writing import EditForm
from annotations.models import MAX_SENTENCE, Annotation


def _words(label: Any, rows: int = 4) -> forms.CharField:
    field = forms.CharField(
        label=label,
        max_length=MAX_SENTENCE,
        widget=forms.Textarea(attrs={"rows": rows, "class": "grows", "dir": "auto"}),
    )
    # A browser would cut what is pasted, without a word.
    field.widget.attrs.pop("maxlength", None)
    return field


class ResubmitForm(EditForm):
    """A removed note, once more, as it was when the form was read."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, annotation: Annotation) -> None:
        super().__init__(data, annotation=annotation)
        self.initial["seen"] = annotation.version

    def anew(self, annotation: Annotation) -> ResubmitForm:
        """The same words, to be sent about the note as it is now."""
        sent: Any = self.data
        data = sent.copy()
        data["seen"] = annotation.version
        again = ResubmitForm(data, annotation=annotation)
        again.add_error(
            None, _("Something has happened to this note. Look again before you send it.")
        )
        return again


class AskForm(forms.Form):
    words = _words(_("Why should they look at it again?"))


class AnswerForm(forms.Form):
    grant = forms.ChoiceField(
        label=_("What do you say?"),
        choices=[
            ("no", _("The decision stands")),
            ("yes", _("It is reversed: what was there before is there again")),
        ],
        widget=forms.RadioSelect,
    )
    answer = _words(_("Your answer, to the person who asks"))

    def answered(self) -> dict[str, Any]:
        """What `answer` takes of it."""
        return {
            "grant": self.cleaned_data["grant"] == "yes",
            "answer": self.cleaned_data["answer"],
        }
