"""What whoever corrects a text sends once they have seen what it does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reader.models import Correction


class PublishCorrectionForm(forms.Form):
    """`seen` names the state of the correction that was looked at."""

    comment = forms.CharField(
        label=_("What was corrected"),
        required=False,
        max_length=Correction._meta.get_field("comment").max_length,
        help_text=_("A sentence for everybody who reads the text. It may stay empty."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, correction: Correction) -> None:
        super().__init__(data, initial={"comment": correction.comment, "seen": correction.state})
        self.correction = correction

    @property
    def is_stale(self) -> bool:
        return self.is_bound and self.data.get("seen") != self.correction.state

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise ValidationError(
                _(
                    "Nothing was published: this correction was changed in the meantime. "
                    "Below is what it does now."
                )
            )
        return super().clean() or {}
