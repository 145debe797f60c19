from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.models import User

AREAS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
}  # fmt: skip

type Zones = list[tuple[str, list[tuple[str, str]]]]


@cache
def zones() -> Zones:
    """The world's time zones by area and city; other names are older ones of the same."""
    areas: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(available_timezones()):
        area, _slash, city = zone.partition("/")
        if area in AREAS:
            areas[area].append((zone, city.replace("_", " ").replace("/", ", ")))
    return list(areas.items())


class SettingsForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Dates and times are shown in it, and what you enter is meant so."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)

    class Meta:
        model = User
        fields = (
            "name", "pronouns", "time_zone", "language", "theme", "text_size", "quiet_from",
            "quiet_until",
        )  # fmt: skip
        widgets = {
            "theme": forms.RadioSelect,
            "text_size": forms.RadioSelect,
            "quiet_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "quiet_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }
        help_texts = {"pronouns": gettext_lazy("Shown beside your name where people are listed.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = settings.TIME_ZONE.replace("_", " ")
        as_site = ("", _("As this site: %(zone)s") % {"zone": site})
        fields: Any = self.fields
        fields["time_zone"].choices = [as_site, ("UTC", "UTC"), *zones()]
        fields["language"].choices = [("", _("As this site")), *settings.LANGUAGES]
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        quiet = data.get("quiet_from"), data.get("quiet_until")
        if not self.errors.keys() & {"quiet_from", "quiet_until"} and quiet.count(None) == 1:
            missing = "quiet_from" if quiet[0] is None else "quiet_until"
            self.add_error(missing, _("Say both when it begins and when it ends, or neither."))
        return data

    @property
    def about_oneself(self) -> list[forms.BoundField]:
        """Without the quiet hours, which stand together."""
        return [field for field in self if not field.name.startswith("quiet_")]
