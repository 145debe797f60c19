"""The one writer of a note's state, once it is stored."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, Actor, Audience, State, Verb
from annotations.layers import paragraphs_of, touch
from annotations.models import Annotation, LogEntry
from annotations.querysets import AnnotationQuerySet
from annotations.transitions import BY_VERB, allows


class IllegalTransition(Exception):
    """Asked for a way that the table doesn't have: a mistake of ours, never a reader's."""


class MovedOn(Exception):
    """What was decided on is no longer what is there: somebody else decided, or the author wrote
    other words. `entry` is what was done since, where that is in the log."""

    def __init__(self, annotation: Annotation, entry: LogEntry | None) -> None:
        super().__init__(_("Somebody else has been here in the meantime."))
        self.annotation = annotation
        self.entry = entry


def change(
    annotation: Annotation,
    verb: Verb,
    *,
    acting_as: Actor,
    seen: int | None = None,
    reason: str = "",
) -> Annotation:
    """Bring a note from its state into that of `verb`, and date what shows it anew.

    `seen` is the version that was decided on; with another one in the database nothing changes
    and MovedOn is raised. `reason` is a code, for states that have one. What was decided is for
    the caller to log.
    """
    if not allows(verb, State(annotation.state), acting_as):
        raise IllegalTransition(f"{annotation.state} --{verb}--> by {acting_as}")
    way = BY_VERB[verb]
    keeps_reason = verb == Verb.RESUBMIT  # others still read why it was removed
    return _write(
        annotation,
        way.target,
        seen=seen,
        reason=annotation.reason if keeps_reason else reason,
    )


def put_back(annotation: Annotation, *, seen: int | None = None) -> Annotation:
    """Bring a note back into the state before, with the reason that it had there."""
    before = State(annotation.state_before)
    kept = {State.HIDDEN, State.REMOVED}
    # What came before others by what is taken back was never there.
    since, at = annotation.shown_at, annotation.state_at
    columns: dict[str, Any] = {}
    if since is not None and since == at:
        columns = {"was_shown": False, "shown_at": None}
    reason = annotation.reason if before in kept else ""
    return _write(annotation, before, seen=seen, reason=reason, **columns)


def withdraw_private(notes: AnnotationQuerySet) -> None:
    """Those of these that stand, of notes that nobody but their author has ever seen."""
    notes.filter(audience=Audience.PRIVATE, state__in=PUBLISHED).update(
        state=State.WITHDRAWN,
        state_before=F("state"),
        state_at=timezone.now(),
        version=F("version") + 1,
    )


def _write(
    annotation: Annotation, target: State, *, seen: int | None, reason: str, **columns: Any
) -> Annotation:
    now, was = timezone.now(), annotation.state
    first_shown = target in PUBLISHED and not annotation.was_shown
    noticed = annotation.was_shown or first_shown
    shown = {"was_shown": True, "shown_at": now} if first_shown else columns
    at = annotation.version if seen is None else seen
    changed = Annotation.objects.filter(pk=annotation.pk, version=at, state=was).update(
        state=target,
        state_before=was,
        state_at=now,
        reason=reason,
        version=F("version") + 1,
        **shown,
    )
    if not changed:
        raise MovedOn(annotation, LogEntry.objects.about(annotation.pk).first())
    annotation.refresh_from_db(
        fields=[
            "state", "state_before", "state_at", "reason", "version", "was_shown", "shown_at",
        ]
    )  # fmt: skip
    # To others, what was removed and is sent again is still what was removed.
    same_to_others = {was, target} == {State.REMOVED, State.PENDING}
    if annotation.reading_id is not None:
        touch(
            annotation,
            paragraphs_of(annotation.thread_root),
            members_notice=noticed and not same_to_others,
        )
    return annotation
