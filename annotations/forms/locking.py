"""What leaders send to pause a thread."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotations.models import Annotation
from reader.forms.choices import Explained
from reader.forms.readings import Moment

HOUR, MORNING, OWN, OPEN_END = "hour", "morning", "own", "open"
WAKES = time(8)


def next_morning() -> datetime:
    """Tomorrow at eight, where whoever asks is."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, WAKES))


class LockForm(forms.Form):
    ends = forms.ChoiceField(
        label=_("Nobody replies here"),
        choices=[
            (HOUR, _("for an hour")),
            (MORNING, _("until tomorrow, 08:00")),
            (OWN, _("until another moment")),
            (OPEN_END, _("until a leader opens it")),
        ],
        initial=MORNING,
        widget=Explained({}),
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=Moment, help_text=_("In your time zone.")
    )

    def __init__(self, data: QueryDict | None, *, root: Annotation) -> None:
        # Several forms may be open on one page, so each has ids of its own.
        super().__init__(data, auto_id=f"lock-{root.uuid}-%s")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("ends") == OWN and "until" in data:
            until = data["until"]
            if until is None or until <= timezone.now():
                self.add_error("until", _("Choose a moment to come."))
        return data

    @property
    def until_chosen(self) -> datetime | None:
        """When the pause is over; None where a leader ends it."""
        ends = {
            HOUR: timezone.now() + timedelta(hours=1),
            MORNING: next_morning(),
            OWN: self.cleaned_data["until"],
        }
        return ends.get(self.cleaned_data["ends"])
