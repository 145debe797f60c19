"""Decisions: each on the words that the moderator saw, in one transaction with its row in the
log, its case and its messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.enums import (
    PUBLISHED,
    SPAM,
    Actor,
    Outcome,
    State,
    Told,
    Verb,
)
from annotations.models import Annotation, LogEntry
from annotations.moderation import words
from annotations.moderation.cases import close_case, open_case
from annotations.moderation.logbook import part_of, record
from annotations.moderation.standings import hold_member
from annotations.moderation.states import MovedOn, change
from annotations.moderation.telling import tell
from annotations.permissions import can_decide, can_moderate
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
        raise MovedOn(note, last_of(note))
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
        raise MovedOn(note, last_of(note))
    if not note.cases.open().exists():
        return Decided(note, last_of(note), already=True)
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
        raise MovedOn(root, last_of(root))
    standing = [*PUBLISHED, State.PENDING, State.HIDDEN]
    replies = Annotation.objects.filter(root=root, state__in=standing)
    chosen = [(root.uuid, seen), *replies.values_list("uuid", "version")]
    return decide_all(
        by=by, group=root.reading.group, chosen=chosen, verb=Verb.REMOVE, reason=reason,
        sentence=sentence,
    )  # fmt: skip


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
    last = last_of(note)
    approved = last is not None and last.verb in {Verb.APPROVE, Verb.PUBLISH_EDIT}
    same = {State.APPROVED: PUBLISHED} if approved else {}
    if note.state == target or note.state in same.get(target, ()):
        return Decided(note, last, already=True)
    raise MovedOn(note, last)


def last_of(note: Annotation) -> LogEntry | None:
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
