"""What a member may do in a group: decided by its leaders, with a reason and mostly an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, Actor, Told, Verb
from annotations.models import Annotation, LogEntry, MemberNote
from annotations.moderation.logbook import part_of, record
from annotations.moderation.telling import tell
from annotations.permissions import can_see_notes_on, can_set_standing
from annotations.querysets import AnnotationQuerySet, moderation
from annotations.reasons import in_use, reasons_of
from reader.enums import LEADERS, NO_WRITING, Standing
from reader.models import Membership, StudyGroup, User
from reader.permissions import is_leader, known_in, membership_of, require, standing_now

# A warning ends when it is acknowledged, and what is as usual has no end.
WITH_END = (Standing.HELD, Standing.MUTED, Standing.SUSPENDED, Standing.BANNED)
# With these something can be done about what the person has written.
OVER_NOTES = (Standing.MUTED, Standing.SUSPENDED, Standing.BANNED)
KEEP, HIDE, REMOVE = "keep", "hide", "remove"
VERBS = {HIDE: Verb.HIDE, REMOVE: Verb.REMOVE}


class StandingMovedOn(Exception):
    """Somebody else has decided about this member since the page was shown: `entry` says what."""

    def __init__(self, entry: LogEntry | None) -> None:
        super().__init__(_("Somebody else has decided about this person in the meantime."))
        self.entry = entry


@transaction.atomic
def set_standing(
    *,
    by: User,
    membership: Membership,
    standing: str,
    until: datetime | None = None,
    reason: str = "",
    sentence: str = "",
    notes: str = KEEP,
    seen: int | None = None,
) -> LogEntry:
    """Decide what somebody may do in a group from now on, and tell them.

    `notes` says what happens with what they published there for others: it is kept, hidden or
    removed, in one row of the log with one for each note below it, and without a message for
    each. Where `seen` is given, the newest row about the member that was looked at, 0 for none,
    another one in the log raises StandingMovedOn; the same decision sent twice is made once.
    """
    mine, theirs = _both(by, membership)
    require(can_set_standing(mine, theirs), _("You can't decide what this person may do here."))
    last = LogEntry.objects.about_member(theirs).first()
    if seen is not None and seen != (last.pk if last else 0):
        if last is not None and _is_the_same(last, by, standing, until, reason):
            return last
        raise StandingMovedOn(last)
    _check(theirs.group, standing, until, reason)
    entry = record(
        group=theirs.group,
        verb=Verb.SET_STANDING,
        by=by,
        acting_as=part_of(by, mine),
        membership=theirs,
        reason=reason,
        sentence=sentence,
        details=_details(theirs, standing, until, notes),
    )
    _write(theirs, standing, until, sentence)
    if notes != KEEP and standing in OVER_NOTES:
        _decide_about_notes(by, theirs, entry, VERBS[notes])
    path = reverse("decision", args=[entry.pk])
    tell(theirs.user, Told.STANDING, group=theirs.group, path=path, entry=entry)
    return entry


def _both(by: User, membership: Membership) -> tuple[Membership | None, Membership]:
    """Who decides and whom it is about, as they are and stay until this transaction ends. Who
    has left can be decided about too: by what they may do it is settled whether they come back."""
    # The leaders with them, in one order, as wherever people's parts in a group change.
    rows = Membership.objects.filter(
        Q(role__in=LEADERS) | Q(pk=membership.pk), group=membership.group_id
    )
    list(rows.select_for_update().order_by("pk").values_list("pk"))
    theirs = Membership.objects.select_related("group", "user").get(pk=membership.pk)
    return membership_of(by, theirs.group), theirs


def _is_the_same(
    last: LogEntry, by: User, standing: str, until: datetime | None, reason: str
) -> bool:
    made = (last.verb, last.actor_id, last.reason)
    set_to = (last.details.get("standing"), last.details.get("until"))
    return made == (Verb.SET_STANDING, by.pk, reason) and set_to == (standing, _iso(until))


def _check(group: StudyGroup, standing: str, until: datetime | None, reason: str) -> None:
    if standing not in Standing.values:
        raise ValidationError(_("There is no such standing."))
    if until is not None and (standing not in WITH_END or until <= timezone.now()):
        raise ValidationError(_("It ends at a moment to come, or has no end."))
    known = {each.code for each in in_use(reasons_of(group))}
    if standing != Standing.ACTIVE and reason not in known:
        raise ValidationError(_("Choose a reason: the person is told."))


def _details(
    theirs: Membership, standing: str, until: datetime | None, notes: str = KEEP
) -> dict[str, Any]:
    """What the log keeps: with it `restore_standing` brings everything back."""
    return {
        "standing": str(standing),
        "until": _iso(until),
        "from": theirs.standing,
        "from_until": _iso(theirs.standing_until),
        "from_sentence": theirs.standing_sentence,
        "notes": notes,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _write(theirs: Membership, standing: str, until: datetime | None, sentence: str) -> None:
    theirs.standing, theirs.standing_until = standing, until
    theirs.standing_sentence = sentence
    theirs.clean_fields(exclude=["group", "user", "removed_by"])
    theirs.save(update_fields=["standing", "standing_until", "standing_sentence"])


def published_by(membership: Membership) -> AnnotationQuerySet:
    """What a member has written for others in all readings of the group, as far as it stands."""
    here = Annotation.objects.filter(reading__group=membership.group_id, state__in=PUBLISHED)
    return here.filter(creator=membership.user_id)


def _decide_about_notes(by: User, theirs: Membership, entry: LogEntry, verb: Verb) -> None:
    from annotations.moderation.deciding import decide_all  # which holds members, for its part

    # All of them before any changes, in one order, as whoever reverses this does.
    standing = published_by(theirs).select_for_update(of=("self",)).order_by("pk")
    chosen = list(standing.values_list("uuid", "version"))
    if chosen:
        decide_all(
            by=by, group=theirs.group, chosen=chosen, verb=verb, reason=entry.reason,
            bulk=entry, tells=False,
        )  # fmt: skip


@transaction.atomic
def restore_standing(entry: LogEntry, by: User) -> Membership | None:
    """Put a member back to where they were before this row, a SET_STANDING, by what it holds:
    `from`, `from_until` and `from_sentence`. For undoing and reversing, which see to it that `by`
    may, log it, tell the person, and bring back the notes.

    What has been decided about the member since stands: it is refused, as that comes first. A
    warning that was acknowledged meanwhile is over, and stays so.
    """
    if entry.membership is None:
        return None
    _mine, theirs = _both(by, entry.membership)
    if (theirs.standing, _iso(theirs.standing_until)) != _set_to(entry):
        later = LogEntry.objects.standings_of(theirs).filter(pk__gt=entry.pk)
        require(not later.exists(), _("About this person something else was decided since."))
        return theirs
    until = entry.details.get("from_until")
    _write(
        theirs,
        entry.details["from"],
        None if until is None else datetime.fromisoformat(until),
        entry.details.get("from_sentence", ""),
    )
    return theirs


def _set_to(entry: LogEntry) -> tuple[str, str | None]:
    return entry.details["standing"], entry.details.get("until")


@transaction.atomic
def hold_member(*, membership: Membership, entry: LogEntry) -> LogEntry | None:
    """Whose note was removed as spam, by `entry`: what they write from now on waits for a
    moderator. Nobody is told; the row hangs on that of the removal, and is undone with it.

    Leaders' notes never wait, and who may write less than that isn't given more.
    """
    # Who is just deciding about this person has their rows, and may wait for the note in turn.
    rows = Membership.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    theirs = rows.select_related("group", "user").filter(pk=membership.pk).first()
    if theirs is None or is_leader(theirs) or standing_now(theirs) in NO_WRITING:
        return None
    if (theirs.standing, theirs.standing_until) == (Standing.HELD, None):
        return None
    held = record(
        group=theirs.group,
        verb=Verb.SET_STANDING,
        acting_as=Actor.SYSTEM,
        membership=theirs,
        reason=entry.reason,
        details=_details(theirs, Standing.HELD, None),
        bulk=entry,
    )
    _write(theirs, Standing.HELD, None, "")
    return held


@transaction.atomic
def acknowledge(*, by: User, group: StudyGroup, seen: int | None = None) -> Membership:
    """A member has read the warning that they were given: they write again. `seen` is the row of
    the log with the one they read; another one since raises StandingMovedOn."""
    known = known_in(by, group)
    if known is None:
        raise PermissionDenied(_("You don't belong to this group."))
    _mine, theirs = _both(by, known)
    if standing_now(theirs) != Standing.WARNED:
        return theirs
    warning = warning_of(theirs)
    if seen is not None and seen != (warning.pk if warning else 0):
        raise StandingMovedOn(warning)
    record(
        group=theirs.group,
        verb=Verb.ACKNOWLEDGE,
        by=by,
        acting_as=Actor.AUTHOR,
        membership=theirs,
        details={"of": warning.pk if warning else None},
    )
    _write(theirs, Standing.ACTIVE, None, "")
    return theirs


def is_told(entry: LogEntry) -> bool:
    """Whether whom it is about finds the decision: not while it can be taken back."""
    return timezone.now() >= entry.at + moderation.UNDO_FOR


def warning_of(membership: Membership) -> LogEntry | None:
    """The row that set the standing which a member has now."""
    found: LogEntry | None = LogEntry.objects.standings_of(membership).first()
    return found


@transaction.atomic
def note_on_member(*, by: User, membership: Membership, words: str) -> MemberNote:
    """Something for the leaders to keep in mind. Nobody writes about themselves, or reads it."""
    mine = membership_of(by, membership.group)
    allowed = can_see_notes_on(mine, membership)
    require(allowed, _("Only the group's leaders keep notes on its members."))
    note = MemberNote(membership=membership, created_by=by, words=words)
    note.full_clean()
    note.save(force_insert=True)
    return note


def notes_on(membership: Membership) -> list[MemberNote]:
    """The newest first, each with whoever wrote it."""
    return list(membership.leaders_notes.select_related("created_by"))
