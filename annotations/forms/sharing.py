"""What is handed on, and where to: private notes to other readers, a group to its next term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.actions.copying import days_until, first_date_of, moved
from annotations.enums import Audience
from annotations.models import Annotation, Target
from annotations.permissions import can_annotate
from reader.models import Article, Circle, Membership, Reading, StudyGroup, User
from reader.permissions import is_leader

WEEK = timedelta(days=7)
FAR = timedelta(days=50 * 365)
DATE_LABELS = {
    "opens_at": gettext_lazy("opens"),
    "due_at": gettext_lazy("due"),
    "reveal_at": gettext_lazy("others’ notes are seen from"),
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Some of the people of a reading, whom a note can be for."""

    reading: Reading
    audience: str
    circle: Circle | None = None

    @property
    def value(self) -> str:
        return f"{self.reading.pk}-{self.audience}-{self.circle.pk if self.circle else ''}"

    @property
    def name(self) -> str:
        group = self.reading.group.name
        if self.circle is not None:
            return _("Circle %(circle)s · %(group)s") % {"circle": self.circle, "group": group}
        if self.audience == Audience.LEADERS:
            return _("Leaders of %(group)s") % {"group": group}
        return group


def destinations(user: User, article: Article) -> list[Destination]:
    """Where a person may write for others about a text, in whatever group; by group."""
    readings = Reading.objects.visible_to(user).with_titles().filter(article=article)
    parts = {part.group_id: part for part in Membership.objects.with_access().of(user)}
    writing = [
        reading
        for reading in readings.order_by("group__name", "pk")
        if can_annotate(parts.get(reading.group_id), reading)
    ]
    circles = Circle.objects.filter(reading__in=writing, reading__has_circles=True)
    mine = set(circles.of(user).values_list("pk", flat=True))
    found: list[Destination] = []
    by_name = list(circles.order_by("name"))
    for reading in writing:
        leads = is_leader(parts[reading.group_id])
        found.append(Destination(reading, Audience.GROUP))
        found += [
            Destination(reading, Audience.CIRCLE, circle)
            for circle in by_name
            if circle.reading_id == reading.pk and (leads or circle.pk in mine)
        ]
        found += [Destination(reading, Audience.LEADERS)] if leads else []
    return found


class NotesField(forms.ModelMultipleChoiceField[Annotation]):
    """A person's own notes, by their lasting names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(None, to_field_name="uuid", required=False, **options)


class PublishForm(forms.Form):
    """Some or all of a person's private notes on a text, and who shall read them."""

    notes = NotesField()
    # What the page showed, which is what "all of them" means.
    shown = NotesField(widget=forms.MultipleHiddenInput)
    everything = forms.BooleanField(required=False)
    to = forms.ChoiceField(
        label=gettext_lazy("Publish to"),
        error_messages={"invalid_choice": gettext_lazy("You can’t write there any more.")},
    )
    keep = forms.BooleanField(label=gettext_lazy("Keep my private notes too"), required=False)

    def __init__(self, data: Any = None, *, user: User, reading: Reading, note: str = "") -> None:
        self.targets = list(Target.objects.of_private_notes(user, reading.article_id))
        self.destinations = {each.value: each for each in destinations(user, reading.article)}
        here = Destination(reading, Audience.GROUP).value
        shown = [target.annotation.uuid for target in self.targets]
        super().__init__(data, initial={"notes": [note], "shown": shown, "to": here})
        own = Annotation.objects.private_of(user, reading.article_id)
        for name in ("notes", "shown"):
            self.fields[name].queryset = own  # type: ignore[attr-defined]
        choices = [(value, each.name) for value, each in self.destinations.items()]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[tuple[Target, bool]]:
        """The notes in reading order, and which of them are chosen."""
        chosen = {str(value) for value in self["notes"].value() or ()}
        return [(target, str(target.annotation.uuid) in chosen) for target in self.targets]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"notes", "shown"} & self.errors.keys():
            self.errors.pop("notes", None)
            self.add_error("notes", _("One of these notes is no longer there. Choose again."))
        elif "notes" in data and not self.chosen:
            self.add_error("notes", _("Choose the notes that others shall read."))
        return data

    @property
    def chosen(self) -> list[Annotation]:
        """In reading order."""
        place = {target.annotation_id: index for index, target in enumerate(self.targets)}
        name = "shown" if self.cleaned_data.get("everything") else "notes"
        return sorted(self.cleaned_data[name], key=lambda note: place.get(note.pk, 0))

    @property
    def destination(self) -> Destination:
        return self.destinations[self.cleaned_data["to"]]

    def to_share(self) -> dict[str, Any]:
        """What the action `share` is given."""
        to = self.destination
        return {
            "notes": self.chosen,
            "reading": to.reading,
            "audience": to.audience,
            "circle": to.circle,
            "keep": self.cleaned_data["keep"],
        }


class CopyForm(forms.Form):
    """A group's next term, with all its readings unless some are left out."""

    name = forms.CharField(label=gettext_lazy("Name of the new group"), max_length=120)
    readings = forms.MultipleChoiceField(
        label=gettext_lazy("Readings"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("One of these readings is gone.")},
    )
    first_date = forms.DateField(
        label=gettext_lazy("The first date becomes"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    own_notes = forms.BooleanField(label=gettext_lazy("Take my own notes along"), required=False)

    def __init__(self, data: Any = None, *, group: StudyGroup) -> None:
        self.known = {str(reading.pk): reading for reading in group.readings.with_titles()}
        self.first = first_date_of(self.known.values())
        name = _("%(group)s (next term)") % {"group": group.name}
        initial = {"name": name[:120], "readings": list(self.known)}
        super().__init__(data, initial=initial | {"first_date": self._suggested()})
        choices = [(pk, reading.article.title) for pk, reading in self.known.items()]
        self.fields["readings"].choices = choices  # type: ignore[attr-defined]
        if self.first is None:
            del self.fields["first_date"]

    def _suggested(self) -> date | None:
        """The same day of the week, not before today."""
        if self.first is None:
            return None
        late = timezone.localdate() - self.first
        return self.first + WEEK * max(0, -(-late.days // 7))

    def clean_readings(self) -> list[Reading]:
        return [self.known[pk] for pk in self.cleaned_data["readings"]]

    def clean_first_date(self) -> date | None:
        asked: date | None = self.cleaned_data["first_date"]
        if asked and abs(asked - timezone.localdate()) > FAR:
            raise ValidationError(_("Choose a date of these years."))
        return asked

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        dated = first_date_of(data.get("readings", ())) is not None
        if dated and not data.get("first_date") and "first_date" not in self.errors:
            self.add_error("first_date", _("Say on which day the new group begins."))
        return data

    @property
    def rows(self) -> list[tuple[Reading, bool, list[tuple[Any, datetime, datetime | None]]]]:
        """The readings, whether they are chosen, and their dates: what each is called, when it
        is, and once that was asked for, when it will be."""
        chosen = [reading for pk, reading in self.known.items() if pk in self["readings"].value()]
        asked = self.cleaned_data.get("first_date") if self.is_bound and self.is_valid() else None
        days = days_until(asked, chosen)
        then = {reading.pk: moved(reading, days) for reading in chosen if asked}
        return [
            (reading, reading in chosen, list(_dates(reading, then.get(reading.pk))))
            for reading in self.known.values()
        ]


def _dates(
    reading: Reading, then: Reading | None
) -> Iterator[tuple[Any, datetime, datetime | None]]:
    for name, label in DATE_LABELS.items():
        if when := getattr(reading, name):
            yield label, when, getattr(then, name) if then else None
