"""What came of a thread, in a line."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.meeting import stamp_of
from annotations.models import Annotation


class ResolveForm(forms.Form):
    """`seen`, which a page sends along, says how the thread stood there: two people at one table
    don't write over each other unasked."""

    outcome = forms.CharField(
        label=_("What came of it"),
        max_length=300,
        required=False,
        help_text=_("One line, if you like. Everybody who reads the thread sees it."),
        widget=forms.TextInput({"autocomplete": "off", "data-first": True}),
    )

    def __init__(self, data: QueryDict | None, *, root: Annotation) -> None:
        # Several forms may be open on one page, so each has ids of its own.
        initial = {"outcome": root.resolution}
        super().__init__(data, initial=initial, auto_id=f"resolve-{root.uuid}-%s")
        self.root = root

    @property
    def stamp(self) -> str:
        return stamp_of(self.root)

    def clean_outcome(self) -> str:
        outcome = " ".join(self.cleaned_data["outcome"].split())
        written = self.root.resolution
        if written and outcome != written and self.data.get("seen", self.stamp) != self.stamp:
            said = _("Meanwhile somebody wrote: “%(outcome)s”. Send yours again to replace it.")
            raise forms.ValidationError(said, params={"outcome": written})
        return outcome
