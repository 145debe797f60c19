"""What people send: why a note should be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.forms.places import HiddenFieldsForm
from annotations.models import MAX_SENTENCE, Annotation, Reason, Report


class ReportForm(HiddenFieldsForm):
    """It carries the revision of the words that were read with it."""

    reason = forms.ChoiceField(
        label=_("What is it about?"), widget=forms.RadioSelect(attrs={"data-first": ""})
    )
    words = forms.CharField(
        label=_("Anything the leaders should know (optional)"),
        required=False,
        max_length=MAX_SENTENCE,
        widget=forms.Textarea(attrs={"rows": 2, "class": "grows", "dir": "auto"}),
    )
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        annotation: Annotation,
        reasons: Sequence[Reason],
        mine: Report | None = None,
    ) -> None:
        """`mine` is what this person has reported of the same words before."""
        before = {"reason": mine.reason, "words": mine.sentence} if mine is not None else {}
        super().__init__(
            data,
            auto_id=f"report-{annotation.uuid}-%s",
            initial={"revision": annotation.revision, **before},
        )
        fields: Any = self.fields
        fields["words"].widget.attrs.pop("maxlength", None)
        fields["reason"].choices = [(reason.code, reason.label) for reason in reasons]

    def reported(self) -> dict[str, Any]:
        """What `report` takes of it."""
        data = self.cleaned_data
        return {
            "revision": data["revision"], "reason": data["reason"], "sentence": data["words"],
        }  # fmt: skip

    def about(self, annotation: Annotation) -> ReportForm:
        """The same once more, about the words that stand now."""
        sent: Any = self.data
        data = sent.copy()
        data["revision"] = annotation.revision
        choices: Any = self.fields["reason"]
        again = ReportForm(data, annotation=annotation, reasons=())
        again.fields["reason"].choices = choices.choices  # type: ignore[attr-defined]
        again.add_error(None, _("Its author has changed these words. Read them as they are now."))
        return again
