"""Decisions: each on the words that the moderator saw, in one transaction with its row in the
log, its case and its messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.enums import (
    PUBLISHED,
    SPAM,
    Actor,
    Outcome,
    RevisionState,
    State,
    Told,
    Verb,
)
from annotations.models import Annotation, AnnotationRevision, LogEntry, Report
from annotations.moderation import words
from annotations.moderation.cases import close_case, open_case, reopen_case
from annotations.moderation.logbook import part_of, record
from annotations.moderation.standings import hold_member, restore_standing
from annotations.moderation.states import MovedOn, change, put_back
from annotations.moderation.telling import take_back, tell
from annotations.permissions import can_decide, can_moderate, can_reverse, can_undo
from annotations.reasons import in_use, reasons_of
from annotations.transitions import BY_VERB, allows
from reader.models import Membership, StudyGroup, User
from reader.permissions import membership_of, require

AT_ONCE = 100  # notes in one bulk decision
OUTCOMES = {
    Verb.APPROVE: Outcome.KEPT,
    Verb.RESTORE: Outcome.KEPT,
    Verb.REMOVE: Outcome.UPHELD,
    Verb.SEND_BACK: Outcome.UPHELD,
}


@dataclass(frozen=True, slots=True)
class Decided:
    note: Annotation
    entry: LogEntry | None  # what decided it: now or, where it was `already` so, before
    already: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    entry: LogEntry
    done: list[Decided]
    skipped: list[tuple[Annotation | None, str]]  # and why


@transaction.atomic
def decide(
    *,
    by: User,
    annotation: Annotation,
    verb: Verb,
    seen: int,
    reason: str = "",
    sentence: str = "",
    bulk: LogEntry | None = None,
    tells: bool = True,
) -> Decided:
    """Decide about a note as it was at version `seen`. Approving publishes an edit that waits.

    What is already so stays so, as a success. Raises MovedOn where anything else has happened
    since.
    """
    note, group, membership = _on_the_table(by, annotation)
    source = State(note.state)
    edit_waits = verb == Verb.APPROVE and source in PUBLISHED and words.waiting(note) is not None
    if note.version != seen or not (edit_waits or _may(verb, source)):
        return _already(note, BY_VERB[verb].target)
    _require_reason(group, verb, reason)
    if edit_waits:
        return _publish_edit(by, membership, note, group, seen=seen, tells=tells, bulk=bulk)
    acting_as = part_of(by, membership)
    change(note, verb, acting_as=acting_as, seen=seen, reason=reason)
    entry = record(
        group=group,
        verb=verb,
        by=by,
        acting_as=acting_as,
        annotation=note,
        before=source,
        reason=reason,
        sentence=sentence,
        bulk=bulk,
        reverses=_removal_of(note) if verb == Verb.RESTORE else None,
    )
    _settle_case(note, group, entry)
    if reason == SPAM:
        _hold_spammer(note, group, entry)
    elif tells:
        _tell_author(note, source, entry)
    return Decided(note, entry)


def _may(verb: Verb, source: State) -> bool:
    return allows(verb, source, Actor.MODERATOR)


def _settle_case(note: Annotation, group: StudyGroup, entry: LogEntry) -> None:
    """What is hidden waits for a decision, and so does an edit of what stands again."""
    if entry.verb == Verb.HIDE:
        open_case(note, group)
        return
    edit_waits = note.is_published and words.waiting(note) is not None
    close_case(note, OUTCOMES[Verb(entry.verb)], entry=entry, stays_open=edit_waits)
    if edit_waits:
        open_case(note, group)


@transaction.atomic
def decline_edit(
    *, by: User, annotation: Annotation, seen: int, reason: str, sentence: str = ""
) -> Decided:
    """Leave the words that stand; the author keeps those that don't come."""
    note, group, membership = _on_the_table(by, annotation)
    edit = words.waiting(note)
    if edit is None or note.version != seen:
        raise MovedOn(note, _last_of(note))
    _require_reason(group, Verb.REMOVE, reason)
    words.decline(note, edit, seen=seen)
    entry = record(
        group=group,
        verb=Verb.DECLINE_EDIT,
        by=by,
        acting_as=part_of(by, membership),
        annotation=note,
        before=note.state,
        reason=reason,
        sentence=sentence,
        details={"edit": edit.number},
    )
    if note.is_published:  # else the note itself still waits
        close_case(note, Outcome.UPHELD, entry=entry)
    _tell_author(note, State(note.state), entry)
    return Decided(note, entry)


@transaction.atomic
def ignore(
    *, by: User, annotation: Annotation, seen: int, outcome: Outcome = Outcome.IGNORED
) -> Decided:
    """Close the case of a note that needs nothing; whoever reported it did so in good faith."""
    note, group, membership = _on_the_table(by, annotation)
    if note.version != seen or note.state not in (*PUBLISHED, State.WITHDRAWN):
        raise MovedOn(note, _last_of(note))
    if not note.cases.open().exists():
        return Decided(note, _last_of(note), already=True)
    require(words.waiting(note) is None, _("Decide about the words that wait."))
    entry = record(
        group=group,
        verb=Verb.IGNORE,
        by=by,
        acting_as=part_of(by, membership),
        annotation=note,
        before=note.state,
        details={"outcome": outcome.value},
    )
    close_case(note, outcome, entry=entry)
    return Decided(note, entry)


def decide_all(
    *,
    by: User,
    group: StudyGroup,
    chosen: Sequence[tuple[UUID, int]],
    verb: Verb,
    reason: str = "",
    sentence: str = "",
    bulk: LogEntry | None = None,
    tells: bool = True,
) -> Results:
    """Decide about several notes of a group, given by id and the version seen: one row in the log
    for all of them, one transaction and one row for each; what can't be done is skipped."""
    membership = membership_of(by, group)
    require(can_moderate(membership), _("Only the group’s leaders decide about its notes."))
    entry = record(
        group=group,
        verb=Verb.BULK,
        by=by,
        acting_as=part_of(by, membership),
        reason=reason,
        sentence=sentence,
        bulk=bulk,
        details={"verb": verb.value, "notes": len(chosen)},
    )
    notes = {
        note.uuid: note
        for note in Annotation.objects.filter(
            uuid__in=[uuid for uuid, _seen in chosen], reading__group=group
        )
    }
    results = Results(entry, [], [])
    for uuid, seen in chosen:
        note = notes.get(uuid)
        if note is None:
            results.skipped.append((None, _("This note isn’t there.")))
            continue
        try:
            decided = decide(
                by=by, annotation=note, verb=verb, seen=seen, reason=reason, sentence=sentence,
                bulk=entry, tells=tells,
            )  # fmt: skip
        except MovedOn as moved:
            results.skipped.append((moved.annotation, str(moved)))
        except PermissionDenied as refused:
            results.skipped.append((note, str(refused)))
        else:
            if decided.already:
                results.skipped.append((decided.note, _("This had been decided already.")))
            else:
                results.done.append(decided)
    return results


def remove_with_replies(
    *, by: User, root: Annotation, seen: int, reason: str, sentence: str = ""
) -> Results:
    """A note and every reply to it that stands, as one action, except one's own. Raises MovedOn,
    and removes nothing, where the note isn't at version `seen` any more."""
    assert root.reading is not None  # noqa: S101  private notes have no moderators
    if Annotation.objects.filter(pk=root.pk, version=seen).first() is None:
        raise MovedOn(root, _last_of(root))
    standing = [*PUBLISHED, State.PENDING, State.HIDDEN]
    replies = Annotation.objects.filter(root=root, state__in=standing)
    chosen = [(root.uuid, seen), *replies.values_list("uuid", "version")]
    return decide_all(
        by=by, group=root.reading.group, chosen=chosen, verb=Verb.REMOVE, reason=reason,
        sentence=sentence,
    )  # fmt: skip


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
        raise MovedOn(note, _last_of(note))
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
def reverse_decision(*, by: User, entry: LogEntry, sentence: str = "") -> LogEntry:
    """Bring back, at any time, what a removal, a bulk action or a standing took; what has been
    decided otherwise since stays as it is."""
    entry = _held_still(entry)
    membership = membership_of(by, entry.group)
    require(can_reverse(by, membership, entry), _("Another leader of the group can reverse this."))
    if hasattr(entry, "reversed_by"):
        return entry.reversed_by
    done = _reverse_note(by, entry, sentence) if entry.annotation is not None else None
    if done is None:
        done = _reverse_others(by, membership, entry, sentence)
    for part in entry.parts.select_related("annotation__reading__group", "membership", "group"):
        if part.annotation is None or part.annotation.creator_id != by.pk:
            _reverse_part(by, membership, part, bulk=done)
    return done


def _reverse_note(by: User, entry: LogEntry, sentence: str) -> LogEntry:
    note = entry.annotation
    assert note is not None  # noqa: S101
    if not _still_holds(entry, note):
        raise MovedOn(note, _last_of(note))
    verb = Verb.RESTORE if note.state == State.REMOVED else Verb.APPROVE
    decided = decide(by=by, annotation=note, verb=verb, seen=note.version, sentence=sentence)
    if decided.entry is None:
        raise MovedOn(note, None)
    return decided.entry


def _reverse_others(
    by: User, membership: Membership | None, entry: LogEntry, sentence: str
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
    if entry.membership is not None:
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


def _on_the_table(
    by: User, annotation: Annotation
) -> tuple[Annotation, StudyGroup, Membership | None]:
    """A note as it is and stays until this transaction ends, for somebody who may decide."""
    rows = Annotation.objects.select_for_update(of=("self",))
    note = rows.select_related("reading__group", "creator", "root").get(pk=annotation.pk)
    membership = None if note.reading is None else membership_of(by, note.reading.group)
    allowed = can_decide(by, membership, note)
    require(allowed, _("Leaders decide about the notes of others in their group."))
    assert note.reading is not None  # noqa: S101
    return note, note.reading.group, membership


def _already(note: Annotation, target: State) -> Decided:
    last = _last_of(note)
    approved = last is not None and last.verb in {Verb.APPROVE, Verb.PUBLISH_EDIT}
    same = {State.APPROVED: PUBLISHED} if approved else {}
    if note.state == target or note.state in same.get(target, ()):
        return Decided(note, last, already=True)
    raise MovedOn(note, last)


def _last_of(note: Annotation) -> LogEntry | None:
    found: LogEntry | None = (
        LogEntry.objects.about(note.pk).exclude(verb=Verb.REPORT).select_related("actor").first()
    )
    return found


def _removal_of(note: Annotation) -> LogEntry | None:
    """Or the row that undid its restoring."""
    rows = LogEntry.objects.about(note.pk).standing().filter(after=State.REMOVED)
    found: LogEntry | None = rows.exclude(before=State.REMOVED).first()
    return found


def _require_reason(group: StudyGroup, verb: Verb, reason: str) -> None:
    if BY_VERB[verb].needs_reason:
        known = {each.code for each in in_use(reasons_of(group))}
        require(reason in known, _("Choose a reason: its author is told."))


def _publish_edit(
    by: User,
    membership: Membership | None,
    note: Annotation,
    group: StudyGroup,
    *,
    seen: int,
    tells: bool,
    bulk: LogEntry | None,
) -> Decided:
    before, number = note.state, note.revision
    words.publish(note, seen=seen)
    entry = record(
        group=group,
        verb=Verb.PUBLISH_EDIT,
        by=by,
        acting_as=part_of(by, membership),
        annotation=note,
        before=before,
        bulk=bulk,
        details={"before": number},
    )
    close_case(note, Outcome.KEPT, entry=entry)
    if tells:
        _tell_author(note, State.PENDING, entry)
    return Decided(note, entry)


def _tell_author(note: Annotation, source: State, entry: LogEntry) -> None:
    """What concerns a published note goes by mail too; that one was let in shows by itself."""
    if entry.verb == Verb.APPROVE and source in PUBLISHED:
        return
    path = reverse("note_why", args=[note.uuid])
    mails = entry.verb not in {Verb.APPROVE, Verb.PUBLISH_EDIT} or source == State.HIDDEN
    assert note.reading is not None  # noqa: S101
    tell(note.creator, Told.DECIDED, group=note.reading.group, path=path, entry=entry, mails=mails)


def _hold_spammer(note: Annotation, group: StudyGroup, entry: LogEntry) -> None:
    membership = Membership.objects.current().of(note.creator).filter(group=group).first()
    if membership is not None:
        hold_member(membership=membership, entry=entry)


def edits_of(notes: Iterable[Annotation]) -> dict[int, AnnotationRevision]:
    """The edit that waits, of each of these that has one."""
    rows = AnnotationRevision.objects.filter(annotation__in=notes, state=RevisionState.PENDING)
    return {row.annotation_id: row for row in rows}
