"""Cases with all that has to be known to decide them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.bylines import Byline, bylines_for, is_former
from annotations.enums import PUBLISHED, RevisionState, Rule, State, Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    LogEntry,
    Reason,
    Report,
    Target,
)
from annotations.permissions import verbs_for
from annotations.querysets import GONE, CaseQuerySet
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership, StudyGroup, User
from reader.permissions import standing_now
from reader.words import Piece, changes

REPORTS_SHOWN, READ_AT_ONCE, DECISIONS_SHOWN = 20, 3, 10

_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')


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
    return next(iter(waiting_of(user, group, list(with_notes(cases)))), None)


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


def with_notes(cases: CaseQuerySet) -> CaseQuerySet:
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
