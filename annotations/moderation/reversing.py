"""Taking back: one's own decision while nobody has been told, or anybody's later."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.enums import (
    Outcome,
    State,
    Told,
    Verb,
)
from annotations.models import Annotation, LogEntry, Report
from annotations.moderation import words
from annotations.moderation.cases import close_case, reopen_case
from annotations.moderation.deciding import decide, last_of
from annotations.moderation.logbook import part_of, record
from annotations.moderation.standings import restore_standing
from annotations.moderation.states import MovedOn, put_back
from annotations.moderation.telling import take_back, tell
from annotations.permissions import can_reverse, can_undo
from reader.models import Membership, User
from reader.permissions import membership_of, require


@transaction.atomic
def undo(*, by: User, entry: LogEntry) -> LogEntry:
    """Take back one's own decision while nobody has been told: everything is as before. Raises
    MovedOn where something else has happened to the note since."""
    entry = _held_still(entry)
    require(can_undo(by, entry), _("A decision can be taken back for 30 seconds, by who made it."))
    return _undone(by, membership_of(by, entry.group), entry, bulk=None)


def _held_still(entry: LogEntry) -> LogEntry:
    """A row that nobody else reverses until this transaction ends. Of several notes at once, they
    all stay as they are: in one order, before what shows them is dated anew."""
    rows = LogEntry.objects.select_for_update(of=("self",), no_key=True)
    related = rows.select_related("annotation__reading__group", "membership", "group")
    found: LogEntry = related.get(pk=entry.pk)
    if found.annotation_id is None:
        within = Annotation.objects.filter(Q(log__bulk=found) | Q(log__bulk__bulk=found))
        notes = Annotation.objects.filter(pk__in=within.values("pk")).order_by("pk")
        list(notes.select_for_update().values_list("pk"))
    return found


def _undone(
    by: User, membership: Membership | None, entry: LogEntry, bulk: LogEntry | None
) -> LogEntry:
    if hasattr(entry, "reversed_by"):
        return entry.reversed_by
    note, before = entry.annotation, ""
    if note is not None:
        before = note.state
        _put_back(entry, note)
        reopen_case(entry)
        if entry.verb == Verb.HIDE and not _is_to_be_looked_at(note):
            close_case(note, Outcome.IGNORED, entry=entry, silently=True)
    elif entry.verb == Verb.SET_STANDING:
        restore_standing(entry, by=by)
    take_back(entry)
    undone = record(
        group=entry.group,
        verb=Verb.UNDO,
        by=by,
        acting_as=part_of(by, membership),
        annotation=note,
        before=before,
        membership=entry.membership,
        bulk=bulk,
        reverses=entry,
    )
    for part in entry.parts.select_related("annotation", "membership", "group"):
        _undone(by, membership, part, bulk=undone)
    return undone


def _put_back(entry: LogEntry, note: Annotation) -> None:
    if note.version != entry.version:
        raise MovedOn(note, last_of(note))
    if entry.verb == Verb.PUBLISH_EDIT:
        words.unpublish(note, number=entry.details["before"], seen=note.version)
    elif entry.verb == Verb.DECLINE_EDIT:
        words.wait_again(note, number=entry.details["edit"], seen=note.version)
    elif entry.verb != Verb.IGNORE:
        put_back(note, seen=note.version)


def _is_to_be_looked_at(note: Annotation) -> bool:
    case = note.cases.open().first()
    return case is not None and (
        bool(case.rule) or Report.objects.waiting().filter(case=case).exists()
    )


@transaction.atomic
def reverse_decision(
    *, by: User, entry: LogEntry, sentence: str = "", tells: bool = True
) -> LogEntry:
    """Bring back, at any time, what a removal, a bulk action or a standing took; what has been
    decided otherwise since stays as it is. Whom it is about is told, unless the caller does."""
    entry = _held_still(entry)
    membership = membership_of(by, entry.group)
    require(can_reverse(by, membership, entry), _("Another leader of the group can reverse this."))
    entry = _in_force(entry)
    if hasattr(entry, "reversed_by"):
        return entry.reversed_by
    if entry.annotation is not None:
        done = _reverse_note(by, entry, sentence, tells=tells)
    else:
        done = _reverse_others(by, membership, entry, sentence, tells=tells)
    for part in entry.parts.select_related("annotation__reading__group", "membership", "group"):
        if part.annotation is None or part.annotation.creator_id != by.pk:
            _reverse_part(by, membership, part, bulk=done)
    return done


def _in_force(entry: LogEntry) -> LogEntry:
    """The row by which it is so now: where its reversal was taken back, that taking back."""
    while hasattr(entry, "reversed_by") and hasattr(entry.reversed_by, "reversed_by"):
        entry = entry.reversed_by.reversed_by
    return entry


def _reverse_note(by: User, entry: LogEntry, sentence: str, *, tells: bool) -> LogEntry:
    note = entry.annotation
    assert note is not None  # noqa: S101
    if not _still_holds(entry, note):
        raise MovedOn(note, last_of(note))
    verb = Verb.RESTORE if note.state == State.REMOVED else Verb.APPROVE
    decided = decide(
        by=by, annotation=note, verb=verb, seen=note.version, sentence=sentence, tells=tells
    )
    if decided.entry is None:
        raise MovedOn(note, None)
    return decided.entry


def _reverse_others(
    by: User, membership: Membership | None, entry: LogEntry, sentence: str, *, tells: bool
) -> LogEntry:
    """A standing, or several notes at once."""
    if entry.verb == Verb.SET_STANDING:
        restore_standing(entry, by=by)
    done = record(
        group=entry.group,
        verb=Verb.RESTORE,
        by=by,
        acting_as=part_of(by, membership),
        membership=entry.membership,
        sentence=sentence,
        reverses=entry,
    )
    if tells and entry.membership is not None:
        path = reverse("decision", args=[done.pk])
        tell(entry.membership.user, Told.STANDING, group=entry.group, path=path, entry=done)
    return done


def _reverse_part(by: User, membership: Membership | None, part: LogEntry, bulk: LogEntry) -> None:
    """One note of several, where it is still as that left it."""
    if hasattr(part, "reversed_by"):
        return
    if part.annotation is None:
        _reverse_others_within(by, membership, part, bulk)
        return
    note = part.annotation
    if _still_holds(part, note):
        verb = Verb.RESTORE if note.state == State.REMOVED else Verb.APPROVE
        decide(by=by, annotation=note, verb=verb, seen=note.version, bulk=bulk, tells=False)
        _reverse_others_within(by, membership, part, bulk)


def _still_holds(entry: LogEntry, note: Annotation) -> bool:
    """Whether a note is out of view by this row, and not by anything since."""
    out = note.state == entry.after and note.state in {State.REMOVED, State.HIDDEN}
    return out and (note.state_at is None or note.state_at <= entry.at)


def _reverse_others_within(
    by: User, membership: Membership | None, part: LogEntry, bulk: LogEntry
) -> None:
    """The notes of several, and the hold on whoever sent what turned out not to be spam, unless
    something else was decided about them since."""
    if part.verb == Verb.SET_STANDING and part.membership is not None:
        if LogEntry.objects.standings_of(part.membership).first() == part:
            restore_standing(part, by=by)
            record(
                group=part.group, verb=Verb.RESTORE, by=by, acting_as=part_of(by, membership),
                membership=part.membership, bulk=bulk, reverses=part,
            )  # fmt: skip
        return
    for each in part.parts.select_related("annotation__reading__group", "membership", "group"):
        _reverse_part(by, membership, each, bulk)
