"""What a group's home shows one person, and what the list of their groups does.

A constant number of queries, however many people, readings and notes there are. Notes come from
`visible_to` alone: what a person may not see is not counted, listed or named here either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from math import ceil
from typing import Any

from django.db.models import Count, FilteredRelation, Min, Q, Window
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from annotations.bylines import Byline, bylines_for
from annotations.enums import PUBLISHED, Motivation
from annotations.models import Annotation, Case, Target
from annotations.querysets import IS_PROMPT, AnnotationQuerySet, muted_by
from reader.enums import Role, Status
from reader.models import Membership, Reading, StudyGroup, User
from reader.permissions import can_see_people, is_leader
from reader.querysets import Viewer

LATEST, QUESTIONS, PEOPLE = 6, 5, 12
IN_ORDER = (Status.OPEN, Status.PLANNED, Status.CLOSED, Status.ARCHIVED)
OVER = (Status.CLOSED, Status.ARCHIVED)
# The picture of a talk has this many bars at most, in so many heights; a single note is low.
BARS, HEIGHTS = 40, 3

OPEN_QUESTION = Q(motivation=Motivation.QUESTIONING, resolved_at=None) & ~IS_PROMPT

HAPPENED = {
    Motivation.HIGHLIGHTING: _("%(name)s highlighted"),
    Motivation.COMMENTING: _("%(name)s commented"),
    Motivation.QUESTIONING: _("%(name)s asked"),
    Motivation.REPLYING: _("%(name)s replied"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What is written in one reading, as far as it exists for one person."""

    notes: int = 0
    questions: int = 0
    prompts: int = 0
    new: int = 0  # by others, since this person last had it open
    answers: int = 0  # of what is new: replies to this person
    begin: int | None = None  # with this of what is new, by id
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A reading in a list."""

    reading: Reading
    talk: Talk
    begin: Annotation | None  # with this of what is new
    is_first: bool  # among those that stand as it does
    is_last: bool
    heights: Sequence[int] = ()  # of the talk, from the first paragraph to the last

    @property
    def paragraphs(self) -> int:
        return getattr(self.reading, "paragraph_count", 0)

    @property
    def own_due_at(self) -> datetime | None:
        """An extension."""
        return getattr(self.reading, "own_due_at", None)

    @property
    def due_at(self) -> datetime | None:
        return self.own_due_at or self.reading.due_at

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at < timezone.now()


@dataclass(frozen=True, slots=True)
class News:
    """What others have written since this person last looked."""

    entries: Sequence[Entry]

    @property
    def count(self) -> int:
        return sum(entry.talk.new for entry in self.entries)

    @property
    def answers(self) -> int:
        return sum(entry.talk.answers for entry in self.entries)

    @property
    def since(self) -> datetime | None:
        return min((entry.talk.since for entry in self.entries if entry.talk.since), default=None)


@dataclass(frozen=True, slots=True)
class Line:
    """A note in a list."""

    annotation: Annotation
    byline: Byline
    target: Target  # where its thread stands

    @property
    def happened(self) -> str:
        return HAPPENED[Motivation(self.annotation.motivation)] % {"name": self.byline.name}

    @property
    def words(self) -> str:
        return unescape(strip_tags(self.annotation.body_html))


@dataclass(frozen=True, slots=True)
class Home:
    entries: list[Entry]  # what is open, then planned, then closed
    archived: list[Entry]
    latest: list[Line]
    questions: list[Line]
    waiting: int  # notes that wait for this leader to decide
    asking: int  # people who ask to be let in
    people: list[Membership]
    people_count: int

    @property
    def several(self) -> bool:
        """Whether it has to be said which reading a note is in."""
        shown = (*self.latest, *self.questions)
        return len({line.annotation.reading_id for line in shown}) > 1

    @property
    def news(self) -> News:
        listed = (*self.entries, *self.archived)
        return News([entry for entry in listed if entry.talk.new])


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of a person's groups, with what is open there."""

    membership: Membership
    entries: list[Entry]


def home_of(user: Viewer, group: StudyGroup, membership: Membership | None) -> Home:
    leads = is_leader(membership)
    notes = Annotation.objects.visible_to(user).filter(reading__group=group)
    published = notes.filter(state__in=PUBLISHED)
    listed = published.exclude(muted_by(user))
    readings = Reading.objects.visible_to(user).filter(group=group).with_part_of(user)
    member = membership.user_id if membership else None
    entries = _with_pictures(published, _entries(published, readings.with_counts(), user, member))
    latest, questions = _lines(user, _latest(listed), _open_questions(listed))
    people = _first_people(group) if can_see_people(membership) else []
    return Home(
        entries=[entry for entry in entries if entry.reading.status_now != Status.ARCHIVED],
        archived=[entry for entry in entries if entry.reading.status_now == Status.ARCHIVED],
        latest=latest,
        questions=questions,
        waiting=Case.objects.open().for_moderator(user, group).count() if leads else 0,
        asking=group.requests.waiting().count() if leads else 0,
        people=people,
        people_count=_all(people),
    )


def _latest(published: AnnotationQuerySet) -> AnnotationQuerySet:
    return published.exclude(body="").order_by("-created_at", "-pk")[:LATEST]


def _open_questions(published: AnnotationQuerySet) -> AnnotationQuerySet:
    """Those that can still be answered, oldest first."""
    open_ones = published.filter(OPEN_QUESTION).exclude(reading__status__in=OVER)
    return open_ones.order_by("created_at", "pk")[:QUESTIONS]


def _first_people(group: StudyGroup) -> list[Membership]:
    members = group.memberships.current().by_name()
    return list(members.annotate(all=Window(Count("pk")))[:PEOPLE])


def shelves_of(user: User) -> list[Shelf]:
    """A person's groups by name."""
    memberships = Membership.objects.with_access().of(user).by_group()
    groups = [membership.group_id for membership in memberships]
    open_ones = Reading.objects.visible_to(user).open_now().filter(group__in=groups)
    readings = list(open_ones.with_part_of(user).with_counts())
    notes = Annotation.objects.visible_to(user).filter(reading__in=[r.pk for r in readings])
    entries: dict[int, list[Entry]] = defaultdict(list)
    for entry in _entries(notes.filter(state__in=PUBLISHED), readings, user, user.pk):
        entries[entry.reading.group_id].append(entry)
    return [Shelf(membership, entries[membership.group_id]) for membership in memberships]


def _all(shown: Iterable[Any]) -> int:
    """How many there are of what is shown in part, as a window has counted them."""
    return next((row.all for row in shown), 0)


def _entries(
    notes: AnnotationQuerySet, readings: Iterable[Reading], user: Viewer, member: int | None
) -> list[Entry]:
    """Readings with their talk; for a member, by id, also with what is new to them."""
    talks = _talks(notes, user, member)
    begin = Annotation.objects.in_bulk([talk.begin for talk in talks.values() if talk.begin])
    shelves: dict[str, list[Reading]] = {status: [] for status in IN_ORDER}
    for reading in readings:
        shelves[reading.status_now].append(reading)
    return [
        Entry(
            reading,
            talk := talks.get(reading.pk, Talk()),
            begin.get(talk.begin or 0),
            is_first=reading is shelf[0],
            is_last=reading is shelf[-1],
        )
        for shelf in shelves.values()
        for reading in shelf
    ]


def _talks(notes: AnnotationQuerySet, user: Viewer, member: int | None) -> dict[int, Talk]:
    """By reading; in one query. What somebody has muted counts, but isn't news."""
    counts: dict[str, Any] = {
        "notes": Count("pk"),
        "questions": Count("pk", filter=OPEN_QUESTION),
        "prompts": Count("pk", filter=IS_PROMPT),
    }
    if member is not None:
        notes = _looked_at_by(member, notes)
        new = _come_since(Coalesce("visit__seen_at", "seat__joined_at")) & ~Q(creator=member)
        new &= ~muted_by(user)
        counts |= {
            "new": Count("pk", filter=new),
            "answers": Count("pk", filter=new & Q(parent__creator=member)),
            "begin": Min("pk", filter=new),
            "since": Min(Coalesce("visit__seen_at", "seat__joined_at"), filter=new),
        }
    rows: Any = notes.order_by().values("reading").annotate(**counts)
    return {row.pop("reading"): Talk(**row) for row in rows}


def _come_since(looked: Coalesce) -> Q:
    """Written since then or, for those from whom it was held, let in; an answer to what was held
    with that. Leaders have read it while it waited."""
    let_in = Q(shown_at__gt=looked) | Q(root__shown_at__gt=looked)
    return Q(created_at__gt=looked) | let_in & Q(seat__role__in=[Role.MEMBER, Role.OBSERVER])


def _looked_at_by(member: int, notes: AnnotationQuerySet) -> AnnotationQuerySet:
    """With this person's part in each note's reading, as `visit`, and group, as `seat`."""
    visits, seats = "reading__participations", "reading__group__memberships"
    return notes.annotate(
        visit=FilteredRelation(visits, condition=Q((f"{visits}__user", member))),
        seat=FilteredRelation(seats, condition=Q((f"{seats}__user", member))),
    )


def _with_pictures(notes: AnnotationQuerySet, entries: list[Entry]) -> list[Entry]:
    """With where in the text the talk is, for what is open; in one query."""
    open_ones = [e.reading.pk for e in entries if e.reading.status_now == Status.OPEN]
    number = "start_paragraph__number"
    of_root = Q(root=None, targets__current=True)
    of_reply = Q(root__targets__current=True)
    rows = (
        notes.filter(of_root | of_reply, reading__in=open_ones)
        .order_by()
        .annotate(number=Coalesce(f"targets__{number}", f"root__targets__{number}"))
        .values_list("reading", "number")
        .annotate(Count("pk"))
    )
    pieces: dict[int, dict[int, int]] = defaultdict(dict)
    for reading, at, count in rows:
        if at is not None:  # headings and footnotes have no number
            pieces[reading][at] = count
    return [
        replace(entry, heights=_heights(pieces[entry.reading.pk], entry.paragraphs))
        for entry in entries
    ]


def _heights(pieces: Mapping[int, int], paragraphs: int) -> list[int]:
    """The height of each bar, given how many pieces are written on which paragraph, by number."""
    if not pieces or not paragraphs:
        return []
    bars = [0] * min(BARS, paragraphs)
    for number, count in pieces.items():
        bars[(min(number, paragraphs) - 1) * len(bars) // paragraphs] += count
    most = max(HEIGHTS, *bars)
    return [ceil(HEIGHTS * bar / most) for bar in bars]


def _lines(user: Viewer, *lists: AnnotationQuerySet) -> list[list[Line]]:
    """Notes with their bylines and places, of all lists at once."""
    found = [
        list(notes.select_related("creator", "reading__group", "reading__article"))
        for notes in lists
    ]
    notes = [note for each in found for note in each]
    threads = {note.root_id or note.pk for note in notes}
    targets = {
        target.annotation_id: target
        for target in Target.objects.current()
        .filter(annotation__in=threads)
        .select_related("start_paragraph")
    }
    names = bylines_for(notes, user)
    return [
        [Line(note, names[note.pk], targets[note.root_id or note.pk]) for note in each]
        for each in found
    ]
