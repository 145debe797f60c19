"""Who took part in a reading, for its leaders: numbers as they are, and no score."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotations import cells
from annotations.bylines import is_former
from annotations.enums import Motivation
from annotations.models import Annotation
from annotations.querysets import GONE
from reader.enums import Bylines, Role
from reader.models import Circle, Membership, Participation, Pseudonym, Reading


@dataclass(frozen=True, slots=True)
class Row:
    """One person's part, by all that they wrote for others and didn't take back."""

    name: str
    pseudonym: str
    circle: str
    has_left: bool
    due_at: datetime | None
    has_own_date: bool
    finished_at: datetime | None
    written: int = 0
    notes: int = 0
    questions: int = 0  # of the notes
    first: datetime | None = None
    last: datetime | None = None
    on_time: int = 0  # of all that is written, where there is a date

    @property
    def replies(self) -> int:
        return self.written - self.notes


@dataclass(frozen=True, slots=True)
class Table:
    reading: Reading
    rows: list[Row]

    @property
    def has_pseudonyms(self) -> bool:
        return self.reading.bylines == Bylines.PSEUDONYMS

    @property
    def has_circles(self) -> bool:
        return any(row.circle for row in self.rows)

    @property
    def has_finished(self) -> bool:
        return any(row.finished_at for row in self.rows)


def table_of(reading: Reading) -> Table:
    """Everybody who is there to write, and whoever wrote, by name. Two queries."""
    numbers = _numbers(reading)
    rows = [
        _row(member, reading, numbers.get(member.user_id, {}))
        for member in _people(reading, list(numbers))
    ]
    return Table(reading, sorted(rows, key=lambda row: row.name.casefold()))


def _numbers(reading: Reading) -> dict[int, dict[str, Any]]:
    """User id → what they wrote. A private note is in no reading."""
    own = Participation.objects.filter(reading=reading, user=OuterRef("creator")).values("due_at")
    due = Coalesce(Subquery(own), Value(reading.due_at, DateTimeField()))
    counts: dict[str, Any] = {
        "written": Count("pk"),
        "notes": Count("pk", filter=Q(root=None)),
        "questions": Count("pk", filter=Q(motivation=Motivation.QUESTIONING)),
        "first": Min("created_at"),
        "last": Max("created_at"),
        "on_time": Count("pk", filter=Q(created_at__lte=due)),
    }
    notes = Annotation.objects.filter(reading=reading).exclude(state__in=GONE)
    rows = notes.order_by().values("creator").annotate(**counts).values_list("creator", *counts)
    return {creator: dict(zip(counts, numbers, strict=True)) for creator, *numbers in rows}


def _people(reading: Reading, wrote: Collection[int]) -> Any:
    """With what is known of their part, beside what they wrote."""
    here = {"reading": reading, "user": OuterRef("user")}
    part = Participation.objects.filter(**here)
    circle = Circle.objects.filter(reading=reading, members=OuterRef("user"))
    expected = Q(left_at=None) & ~Q(role=Role.OBSERVER)
    return (
        Membership.objects.filter(expected | Q(user__in=wrote), group=reading.group_id)
        .select_related("user")
        .annotate(
            own_due=Subquery(part.values("due_at")),
            finished=Subquery(part.values("finished_at")),
            pseudonym=Subquery(Pseudonym.objects.filter(**here).values("name")),
            circle=Subquery(circle.values("name")[:1]),
        )
        .order_by("pk")
    )


def _row(member: Any, reading: Reading, numbers: dict[str, Any]) -> Row:
    former = is_former(member.user, nameless=member.nameless)
    return Row(
        name=_("former member") if former else member.user.name,
        pseudonym=member.pseudonym or "",
        circle=member.circle or "",
        has_left=member.left_at is not None,
        due_at=member.own_due or reading.due_at,
        has_own_date=member.own_due is not None,
        finished_at=member.finished,
        **numbers,
    )


def to_csv(table: Table) -> bytes:
    """RFC 4180, in UTF-8 with the mark by which spreadsheets know it."""
    headings = [
        _("Name"), _("Pseudonym"), _("Circle"), _("Notes"), _("Questions among them"),
        _("Replies"), _("First"), _("Last"), _("Due"), _("On time"), _("Finished"),
    ]  # fmt: skip
    return cells.MARK + b"".join(cells.lines([headings, *map(_values, table.rows)]))


def _values(row: Row) -> Iterator[cells.Value]:
    yield from (row.name, row.pseudonym, row.circle, row.notes, row.questions, row.replies)
    yield from (row.first, row.last, row.due_at, row.on_time if row.due_at else None)
    yield row.finished_at
