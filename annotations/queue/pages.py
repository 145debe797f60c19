"""The moderators' queue: what waits in a group, what was decided, what is asked to be looked at
again.

A constant number of queries, however many cases, reports and decisions there are. Whoever looks
leads the group: the view has seen to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Q

from annotations.models import (
    Case,
    LogEntry,
    Reconsideration,
)
from annotations.querysets import CaseQuerySet, LogQuerySet
from annotations.queue.done import ASKED, DECISION, Asked, Done, asked_of, done_of
from annotations.queue.waiting import Waiting, waiting_of, with_notes
from reader.models import Membership, Reading, StudyGroup, User

AT_A_TIME = 25


class Tab(StrEnum):
    HELD = "held"
    REPORTED = "reported"
    DECIDED = "decided"
    RECONSIDER = "reconsider"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see of a queue."""

    tab: Tab = Tab.HELD
    person: Membership | None = None
    reading: Reading | None = None
    rule: str = ""
    after: int | None = None  # the last row of the page before

    @property
    def is_narrowed(self) -> bool:
        return self.person is not None or self.reading is not None or bool(self.rule)


@dataclass(frozen=True, slots=True)
class Counts:
    held: int
    reported: int
    reconsider: int

    @property
    def open(self) -> int:
        return self.held + self.reported


@dataclass(frozen=True)
class Queue:
    wanted: Wanted
    counts: Counts
    waiting: Sequence[Waiting] = ()
    done: Sequence[Done] = ()
    asked: Sequence[Asked] = ()
    next: int | None = None  # after which row there is more


@dataclass(frozen=True, slots=True)
class Choices:
    """What a queue can be narrowed down to."""

    people: Sequence[Membership]
    readings: Sequence[Reading]


def queue_of(user: User, group: StudyGroup, wanted: Wanted) -> Queue:
    counts = counts_of(user, group)
    if wanted.tab == Tab.DECIDED:
        done, last = _page(_decided(user, group, wanted))
        return Queue(wanted, counts, done=done_of(user, group, done), next=last)
    if wanted.tab == Tab.RECONSIDER:
        asked = Reconsideration.objects.for_moderator(user, group).waiting()
        if wanted.after is not None:
            asked = asked.filter(pk__gt=wanted.after)
        narrowed = _narrowed(asked, "decision__annotation", wanted).select_related(*ASKED)
        rows, last = _page(narrowed.order_by("pk"))
        return Queue(wanted, counts, asked=asked_of(user, group, rows), next=last)
    cases, last = _page(_cases(user, group, wanted))
    return Queue(wanted, counts, waiting=waiting_of(user, group, cases), next=last)


def counts_of(user: User, group: StudyGroup) -> Counts:
    """Two queries."""
    cases = Case.objects.open().for_moderator(user, group).with_kind()
    found = cases.order_by().aggregate(
        held=Count("pk", filter=Q(is_reported=False)),
        reported=Count("pk", filter=Q(is_reported=True)),
    )
    asked = Reconsideration.objects.for_moderator(user, group).waiting().count()
    return Counts(found["held"], found["reported"], asked)


def choices_of(user: User, group: StudyGroup, wanted: Wanted) -> Choices:
    """Two queries: those of whom, or around whose text, anything ever came up."""
    notes = Case.objects.for_moderator(user, group).order_by()
    people = group.memberships.filter(user__in=notes.values("annotation__creator"))
    readings = Reading.objects.filter(pk__in=notes.values("annotation__reading"))
    found = list(people.by_name())
    if wanted.person is not None and wanted.person not in found:
        found.append(wanted.person)
    return Choices(found, list(readings.select_related("article").order_by("article__title", "pk")))


def _page(rows: Any) -> tuple[list[Any], int | None]:
    """The first rows, and after which of them there are more."""
    found = list(rows[: AT_A_TIME + 1])
    shown = found[:AT_A_TIME]
    return shown, shown[-1].pk if len(found) > AT_A_TIME else None


def _cases(user: User, group: StudyGroup, wanted: Wanted) -> CaseQuerySet:
    reported = wanted.tab == Tab.REPORTED
    cases = Case.objects.open().for_moderator(user, group).reported(reported)
    if wanted.after is not None:
        cases = cases.come_after(wanted.after)
    if wanted.rule:
        cases = cases.filter(rule=wanted.rule)
    return with_notes(_narrowed(cases, "annotation", wanted).oldest_first())


def _decided(user: User, group: StudyGroup, wanted: Wanted) -> LogQuerySet:
    rows = LogEntry.objects.decided_in(group, user)
    if wanted.after is not None:
        rows = rows.come_after(wanted.after)
    if wanted.rule:
        held = Case.objects.filter(group=group, rule=wanted.rule)
        rows = rows.filter(annotation__in=held.values("annotation"))
    found: LogQuerySet = _narrowed(rows, "annotation", wanted).select_related(*DECISION)
    return found


def _narrowed(rows: Any, note: str, wanted: Wanted) -> Any:
    if wanted.person is not None:
        rows = rows.filter(**{f"{note}__creator": wanted.person.user_id})
    if wanted.reading is not None:
        rows = rows.filter(**{f"{note}__reading": wanted.reading})
    return rows
