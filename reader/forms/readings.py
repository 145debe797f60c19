from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reader.enums import Bylines, Reveal, Status
from reader.forms.choices import Explained
from reader.models import Circle, Membership, Reading, User
from reader.permissions import can_show_names

NAMES_STAY_HIDDEN = _("People wrote here under pseudonyms; their names can’t be shown afterwards.")
DUE_TOO_EARLY = _("This is before the reading opens.")


class Moment(forms.DateTimeInput):
    """A date and a time of day, in the zone of whoever fills it in."""

    def __init__(self) -> None:
        super().__init__({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReadingForm(forms.ModelForm[Reading]):
    reveal_after = forms.IntegerField(label=_("After how many notes"), min_value=1, max_value=20)

    class Meta:
        model = Reading
        fields = (
            "status", "opens_at", "due_at", "reveal", "reveal_at", "reveal_after", "bylines",
            "has_circles",
        )  # fmt: skip
        widgets = {
            "status": Explained(
                {
                    Status.PLANNED: _(
                        "Only leaders see it, and prepare it. It opens by itself on its date."
                    ),
                    Status.OPEN: _("Members read and write."),
                    Status.CLOSED: _("Members read what is there; nobody writes any more."),
                    Status.ARCHIVED: _("Closed, and folded away on the group’s page."),
                }
            ),
            "opens_at": Moment,
            "due_at": Moment,
            "reveal": Explained(
                {
                    Reveal.AT_ONCE: _("A talk in the margin from the first note on."),
                    Reveal.AFTER_OWN: _(
                        "Each member first writes something. "
                        "Until then a dot says only that somebody wrote."
                    ),
                    Reveal.AFTER_FINISHED: _(
                        "Each member first reads to the end, and says so with a button there."
                    ),
                    Reveal.AT_DATE: _("Everybody sees them from the same moment on."),
                }
            ),
            "reveal_at": Moment,
            "bylines": Explained(
                {
                    Bylines.NAMES: _("Everybody goes by their own name."),
                    Bylines.PSEUDONYMS: _(
                        "Everybody is given a name that they keep in this reading. "
                        "Only leaders know who it is."
                    ),
                }
            ),
        }
        labels = {"has_circles": _("Read in circles")}
        help_texts = {
            "opens_at": _("Empty: it opens when you open it."),
            "due_at": _("Members can still write afterwards; what comes later is marked as late."),
            "has_circles": _(
                "Each circle has notes of its own, beside the group’s. "
                "Off, circles and what was written there stay as they are."
            ),
        }

    SECTIONS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
        (_("When it is read"), ("status", "opens_at", "due_at")),
        (_("Who sees what"), ("reveal", "reveal_at", "reveal_after", "bylines", "has_circles")),
    )

    def __init__(self, data: QueryDict | None, *, reading: Reading) -> None:
        super().__init__(data, instance=reading, initial={"status": reading.status_now})
        bylines: Any = self.fields["bylines"]
        self.held = reading.bylines
        if not can_show_names(reading):
            bylines.help_text, bylines.widget.shut = NAMES_STAY_HIDDEN, {Bylines.NAMES}
        elif self.held == Bylines.NAMES:
            bylines.help_text = _("Once people have pseudonyms here, there is no way back.")
        self.can_show_names = not bylines.widget.shut

    def sections(self) -> Iterator[tuple[str | Promise, list[BoundField]]]:
        for heading, names in self.SECTIONS:
            yield heading, [self[name] for name in names]

    def clean_bylines(self) -> str:
        chosen: str = self.cleaned_data["bylines"]
        if chosen == Bylines.NAMES != self.held and not self.can_show_names:
            raise ValidationError(NAMES_STAY_HIDDEN)
        return chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, due = data.get("opens_at"), data.get("due_at")
        if data.get("status") == Status.PLANNED and opens and opens <= timezone.now():
            self.add_error("opens_at", _("A planned reading needs a date to come here, or none."))
        if due and opens and due <= opens:
            self.add_error("due_at", DUE_TOO_EARLY)
        if data.get("reveal") == Reveal.AT_DATE and "reveal_at" in data and not data["reveal_at"]:
            self.add_error("reveal_at", _("Choose the moment from which they are seen."))
        return data


class CircleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, data: Mapping[str, Any] | None = None, *, circle: Circle | None = None):
        of = f"circle-{circle.pk}" if circle else "circle"
        super().__init__(data, auto_id=f"{of}-%s", initial={"name": circle.name if circle else ""})


class DivideForm(forms.Form):
    """Into how many circles, of those numbers that are possible; perhaps of none."""

    def __init__(self, data: QueryDict | None = None, *, numbers: range) -> None:
        super().__init__(data, initial={"into": numbers.start})
        self.is_possible = bool(numbers)
        self.fields["into"] = forms.IntegerField(
            label=_("How many circles"), min_value=numbers.start, max_value=numbers.stop - 1
        )


class PlacementForm(forms.Form):
    """Which circle everybody is in: one field a person, by their id."""

    placement: dict[int, int | None]

    def __init__(self, data: QueryDict | None, *, reading: Reading) -> None:
        super().__init__(data)
        self.reading = reading

    def clean(self) -> dict[str, Any]:
        sent = {name: self.data[name] for name in self.data if name.startswith("circle-")}
        try:
            self.placement = {
                int(name.removeprefix("circle-")): int(circle) if circle else None
                for name, circle in sent.items()
            }
        except ValueError:
            raise ValidationError(_("This form can’t be read. Nothing was changed.")) from None
        return super().clean() or {}

    def rows(self) -> list[tuple[Membership, str]]:
        """Everybody by name, and the circle chosen for them, by its id; "" for none."""
        seats = Circle.members.through._default_manager.filter(circle__reading=self.reading)
        now = dict(seats.values_list("user_id", "circle_id"))
        members = self.reading.group.memberships.current().by_name()
        return [
            (member, self.data.get(f"circle-{member.user_id}", str(now.get(member.user_id, ""))))
            for member in members
        ]


class ExtensionForm(forms.Form):
    """A due date for one person; none takes it back."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label=_("For"),
        empty_label=_("Choose a person"),
        error_messages={"invalid_choice": _("This person isn’t in the group any more.")},
    )
    due_at = forms.DateTimeField(
        label=_("Due"), required=False, widget=Moment, help_text=_("Empty takes it back.")
    )

    def __init__(self, data: QueryDict | None, *, reading: Reading) -> None:
        super().__init__(data)
        self.reading = reading
        members = reading.group.memberships.current().values("user")
        users: Any = self.fields["user"]
        users.queryset = User.objects.filter(pk__in=members).order_by("name", "pk")

    def clean_due_at(self) -> datetime | None:
        due: datetime | None = self.cleaned_data["due_at"]
        if due and self.reading.opens_at and due <= self.reading.opens_at:
            raise ValidationError(DUE_TOO_EARLY)
        return due
