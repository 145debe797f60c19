"""Rows of the log: written with what they are about, in the same transaction."""

from __future__ import annotations

from typing import Any

from annotations.enums import Actor, Rule, State, Verb
from annotations.models import Annotation, LogEntry
from reader.enums import Role
from reader.models import Membership, StudyGroup, User

# Of what is done to a note that stood before others, or to the whole group.
OPEN = (
    Verb.HIDE, Verb.REMOVE, Verb.RESTORE, Verb.PURGE, Verb.LOCK, Verb.PAUSE, Verb.UNLOCK,
    Verb.SET_STANDING, Verb.CHANGE_RULES, Verb.BULK, Verb.ANSWER, Verb.STEP_IN,
)  # fmt: skip
# What brings back a note that members saw disappear.
BROUGHT_BACK = (Verb.APPROVE, Verb.UNDO)


def part_of(by: User | None, membership: Membership | None) -> Actor:
    """In what part somebody moderates."""
    if by is None:
        return Actor.SYSTEM
    if membership is None or membership.ends_at is not None:
        return Actor.ADMINISTRATOR
    return Actor.OWNER if membership.role == Role.OWNER else Actor.MODERATOR


def record(
    *,
    group: StudyGroup,
    verb: Verb,
    by: User | None = None,
    acting_as: Actor,
    annotation: Annotation | None = None,
    before: str = "",
    membership: Membership | None = None,
    reason: str = "",
    sentence: str = "",
    rule: Rule | str = "",
    details: dict[str, Any] | None = None,
    bulk: LogEntry | None = None,
    reverses: LogEntry | None = None,
) -> LogEntry:
    """Add a row. Of a note, `before` is its state until now; it is read as it is since."""
    entry = LogEntry(
        group=group,
        actor=by,
        acting_as=acting_as,
        verb=verb,
        annotation=annotation,
        before=before,
        membership=membership,
        reason=reason,
        sentence=sentence,
        rule=rule,
        details=details or {},
        bulk=bulk,
        reverses=reverses,
        for_members=_is_for_members(verb, annotation, before),
    )
    if annotation is not None:
        entry.after, entry.version = annotation.state, annotation.version
        entry.revision = annotation.revision
    entry.clean_fields(exclude={field.name for field in entry._meta.fields if field.is_relation})
    entry.save(force_insert=True)
    return entry


def _is_for_members(verb: Verb, annotation: Annotation | None, before: str) -> bool:
    if annotation is None:
        return verb in OPEN
    if verb in BROUGHT_BACK:
        return annotation.was_shown and before in {State.HIDDEN, State.REMOVED}
    if verb == Verb.RESTORE and annotation.shown_at == annotation.state_at:
        return False  # it comes before others for the first time
    return verb in OPEN and annotation.was_shown and before != State.PENDING
