"""The moderators' queue: what waits in a group, what was decided, what is asked to be looked at
again.

A constant number of queries, however many cases, reports and decisions there are. Whoever looks
leads the group: the view has seen to it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from html import escape, unescape
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.bylines import Byline, bylines_for, is_former
from annotations.decisions import name_of, undo_for
from annotations.enums import PUBLISHED, Outcome, RevisionState, Rule, State, Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    LogEntry,
    Reason,
    Reconsideration,
    Report,
    Target,
)
from annotations.permissions import REVERSIBLE, verbs_for
from annotations.querysets import GONE, CaseQuerySet, LogQuerySet
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership, Reading, StudyGroup, User
from reader.permissions import standing_now
from reader.words import Piece, changes

AT_A_TIME = 25
REPORTS_SHOWN, READ_AT_ONCE, DECISIONS_SHOWN = 20, 3, 10
# What is shown of a note that a decision was about, and of who made it.
DECISION = (
    "actor", "reversed_by", "annotation__creator", "annotation__root", "annotation__reading__group",
    "annotation__reading__article",
)  # fmt: skip
ASKED = ("asked_by", *(f"decision__{name}" for name in DECISION))
_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')


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


@dataclass(frozen=True, slots=True)
class Said:
    """One person's report."""

    report: Report
    reason: str
    name: str


@dataclass(frozen=True, slots=True)
class Reports:
    """Those of one case that wait for an answer."""

    by_reason: Sequence[tuple[str, int]]  # the most frequent first
    shown: Sequence[Said]  # those who say something first

    @property
    def count(self) -> int:
        return sum(count for _reason, count in self.by_reason)

    @property
    def more(self) -> int:
        return self.count - len(self.shown)

    @property
    def others(self) -> int:
        """But for those that are read at once."""
        return self.count - READ_AT_ONCE


@dataclass(frozen=True, slots=True)
class Author:
    """What leaders know of whoever wrote a note."""

    byline: Byline
    membership: Membership | None
    kept: int  # how many notes leaders keep on them
    decisions: Sequence[LogEntry]  # the last ones about their notes here
    reasons: Sequence[Reason]

    @property
    def standing(self) -> str:
        """In words; "" where there is nothing to say."""
        if self.membership is None:
            return ""
        standing = standing_now(self.membership)
        return "" if standing == Standing.ACTIVE else str(Standing(standing).label)

    @property
    def lately(self) -> list[tuple[LogEntry, str]]:
        """What was decided, and why."""
        return [(entry, label_of(list(self.reasons), entry.reason)) for entry in self.decisions]

    @property
    def tally(self) -> str:
        """ "2 approved, 1 removed"."""
        counts = Counter(entry.get_verb_display() for entry in self.decisions)
        return ", ".join(f"{count} {verb}" for verb, count in counts.items())


@dataclass(frozen=True)
class Waiting:
    """A case with all that has to be known to decide."""

    case: Case
    target: Target | None  # where its thread stands
    author: Author
    parent: Byline | None  # of the note that it answers, where that has words
    reports: Reports
    edit: AnnotationRevision | None  # what its author wants to stand instead

    @property
    def note(self) -> Annotation:
        note: Annotation = self.case.annotation
        return note

    @property
    def verbs(self) -> list[Verb]:
        return verbs_for(self.note, edit_waits=self.edit is not None, in_case=True)

    @property
    def first(self) -> Verb | None:
        """What is in its author's favour: what the key for it does."""
        favours = (Verb.APPROVE, Verb.RESTORE, Verb.IGNORE)
        return next((verb for verb in favours if verb in self.verbs), None)

    @property
    def is_gone(self) -> bool:
        return self.note.state in GONE

    @property
    def why(self) -> str:
        """What brought it here, in a sentence."""
        if self.case.rule == Rule.WORD:
            held = self.edit is not None or self.note.state not in PUBLISHED
            said = _("Held by a word rule: “%(words)s”") if held else _("A word rule: “%(words)s”")
            return said % {"words": self.case.matched}
        if self.case.rule:
            return str(Rule(self.case.rule).label)
        if self.reports.count:
            return ngettext(
                "Reported by one person", "Reported by %(count)d people", self.reports.count
            ) % {"count": self.reports.count}
        return _("Hidden by a moderator") if self.note.state == State.HIDDEN else ""

    @property
    def words(self) -> SafeString:
        """The note's own, or those that are to stand instead, with what matched marked."""
        return marked(self.note.body_html, self.case.matched)

    @property
    def edited(self) -> Sequence[Piece]:
        """What the author wants to change."""
        return changes(self.note.body, self.edit.body) if self.edit else ()

    @cached_property
    def since_reported(self) -> Sequence[Piece]:
        """What has changed since the newest report, where anything has."""
        newest = max(self.reports.shown, key=lambda said: said.report.pk, default=None)
        if newest is None or self.is_gone or newest.report.words == self.note.body:
            return ()
        return changes(newest.report.words, self.note.body)


@dataclass(frozen=True, slots=True)
class Done:
    """A decision, in a list."""

    entry: LogEntry
    by: str
    byline: Byline | None  # of the note's author
    reason: str
    undo_for: int  # seconds
    can_restore: bool

    @property
    def words(self) -> str:
        note = self.entry.annotation
        return "" if note is None or note.state in GONE else unescape(strip_tags(note.body_html))

    @property
    def is_reversed(self) -> bool:
        return hasattr(self.entry, "reversed_by")

    @property
    def what(self) -> str:
        details = self.entry.details
        if self.entry.verb == Verb.BULK:
            verb = Verb(details["verb"]).label if details.get("verb") in Verb else ""
            count = details.get("notes", 0)
            said = ngettext("one note %(verb)s", "%(count)d notes %(verb)s", count)
            return said % {"count": count, "verb": verb}
        if self.entry.verb == Verb.IGNORE and details.get("outcome") == Outcome.DUPLICATE:
            return _("left as it is: the same as another")
        return str(self.entry.get_verb_display())


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks that a decision be looked at again."""

    reconsideration: Reconsideration
    byline: Byline | None
    decided_by: str
    reason: str
    is_mine: bool  # whether whoever looks decided it: somebody else answers, if there is one


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
        return Queue(wanted, counts, asked=_asked_of(user, group, rows), next=last)
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


def waiting_of(user: User, group: StudyGroup, cases: Sequence[Case]) -> list[Waiting]:
    notes = [case.annotation for case in cases]
    with_words = [note.parent for note in notes if note.parent and note.parent.state not in GONE]
    targets = _targets([note.root_id or note.pk for note in notes])
    names = bylines_for([*notes, *with_words], user)
    reasons = reasons_of(group)
    creators = {note.creator_id for note in notes}
    members = {
        member.user_id: member
        for member in group.memberships.filter(user__in=creators).annotate(
            kept=Count("leaders_notes")
        )
    }
    decisions: dict[int, list[LogEntry]] = defaultdict(list)
    newest = LogEntry.objects.last_about_notes_of(creators, group, DECISIONS_SHOWN)
    for entry in newest.select_related("annotation"):
        decisions[entry.annotation.creator_id].append(entry)
    reports = _reports(cases, reasons)
    edits = {
        edit.annotation_id: edit
        for edit in AnnotationRevision.objects.filter(
            annotation__in=[note.pk for note in notes], state=RevisionState.PENDING
        )
    }

    def author(note: Annotation) -> Author:
        member: Any = members.get(note.creator_id)
        kept = member.kept if member is not None else 0
        return Author(names[note.pk], member, kept, decisions[note.creator_id], reasons)

    return [
        Waiting(
            case,
            targets.get(case.annotation.root_id or case.annotation.pk),
            author(case.annotation),
            names.get(case.annotation.parent_id or 0),
            reports[case.pk],
            edits.get(case.annotation.pk),
        )
        for case in cases
    ]


def waiting_about(user: User, group: StudyGroup, note: Annotation) -> Waiting | None:
    """The open case of a note, if it has one that this leader decides."""
    cases = Case.objects.open().for_moderator(user, group).filter(annotation=note)
    return next(iter(waiting_of(user, group, list(_with_notes(cases)))), None)


def done_of(user: User, group: StudyGroup, entries: Sequence[LogEntry]) -> list[Done]:
    notes = [entry.annotation for entry in entries if entry.annotation is not None]
    names = bylines_for(notes, user)
    reasons = reasons_of(group)
    return [
        Done(
            entry,
            name_of(entry),
            names.get(entry.annotation_id or 0),
            label_of(reasons, entry.reason),
            undo_for(user, entry),
            _can_restore(entry),
        )
        for entry in entries
    ]


def marked(html: str, matched: str) -> SafeString:
    """Safe words with those that a rule is about marked, wherever they stand."""
    if not matched:
        return SafeString(html)
    looked_for = re.compile(rf"(?<!\w)({re.escape(escape(matched))})(?!\w)", re.IGNORECASE)
    pieces = _TAG.split(html)  # words and tags in turn
    return SafeString(
        "".join(
            piece if index % 2 else looked_for.sub(r"<mark>\1</mark>", piece)
            for index, piece in enumerate(pieces)
        )
    )


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
    return _with_notes(_narrowed(cases, "annotation", wanted).oldest_first())


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


def _with_notes(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.select_related(
        "annotation__creator", "annotation__reading__group", "annotation__reading__article",
        "annotation__circle", "annotation__root", "annotation__parent__creator",
        "annotation__parent__reading__group",
    )  # fmt: skip


def _targets(roots: Collection[int]) -> dict[int, Target]:
    targets = Target.objects.current().filter(annotation__in=roots)
    return {each.annotation_id: each for each in targets.select_related("start_paragraph")}


def _reports(cases: Sequence[Case], reasons: list[Reason]) -> Mapping[int, Reports]:
    """By case; two queries, of which neither brings more than is shown."""
    waiting = Report.objects.waiting().filter(case__in=[case.pk for case in cases])
    counted: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = waiting.order_by().values_list("case", "reason").annotate(count=Count("pk"))
    for case, reason, count in rows.order_by("case", "-count", "reason"):
        counted[case].append((label_of(reasons, reason), count))
    # Who says something in their own words comes first, and of these the newest.
    of_each = Window(
        RowNumber(),
        partition_by=[F("case")],
        order_by=[
            ExpressionWrapper(Q(sentence=""), BooleanField()).asc(),
            F("pk").desc(),
        ],
    )
    shown: dict[int, list[Said]] = defaultdict(list)
    said = waiting.annotate(rank=of_each).filter(rank__lte=REPORTS_SHOWN)
    for report in said.select_related("reporter").order_by("case", "rank"):
        former = is_former(report.reporter, nameless=False)
        name = _("a former member") if former else report.reporter.name
        shown[report.case_id].append(Said(report, label_of(reasons, report.reason), name))
    return {case.pk: Reports(counted[case.pk], shown[case.pk]) for case in cases}


def _can_restore(entry: LogEntry) -> bool:
    """Whether what it took can still be given back: not what has been decided otherwise since."""
    if entry.verb not in REVERSIBLE or hasattr(entry, "reversed_by"):
        return False
    note = entry.annotation
    if note is None:
        return entry.details.get("verb") in {Verb.REMOVE, Verb.HIDE}
    since = note.state_at
    return note.state == entry.after and (since is None or since <= entry.at)


def _asked_of(user: User, group: StudyGroup, rows: Sequence[Reconsideration]) -> list[Asked]:
    notes = [row.decision.annotation for row in rows if row.decision.annotation is not None]
    names = bylines_for(notes, user)
    reasons = reasons_of(group)
    return [
        Asked(
            row,
            names.get(row.decision.annotation_id or 0),
            name_of(row.decision),
            label_of(reasons, row.decision.reason),
            row.decision.actor_id == user.pk,
        )
        for row in rows
    ]
