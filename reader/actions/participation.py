"""One person's part in a reading, beside what they write."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.actions.readings import led, save_shown
from reader.models import Membership, Participation, Reading, User
from reader.permissions import can_finish, can_mark_seen, membership_of, require

LOOK = timedelta(minutes=1)


@transaction.atomic
def mark_seen(*, by: User, reading: Reading) -> Participation:
    """A member has the reading open now. Within a minute that is one look."""
    allowed = can_mark_seen(membership_of(by, reading.group))
    require(allowed, _("Only for the group's members is it kept what they have seen."))
    mine, _created = Participation.objects.get_or_create(reading=reading, user=by)
    now = timezone.now()
    if mine.seen_at is None or mine.seen_at <= now - LOOK:
        mine.seen_at = now
        mine.save(update_fields=["seen_at"])
    return mine


@transaction.atomic
def finish(*, by: User, reading: Reading) -> Participation:
    """Somebody says that they have read to the end. It was said when it was said first."""
    allowed = can_finish(membership_of(by, reading.group))
    require(allowed, _("Only the group's members say that they have finished."))
    part, _created = Participation.objects.get_or_create(reading=reading, user=by)
    if part.finished_at is None:
        part.finished_at = timezone.now()
        part.save(update_fields=["finished_at"])
    return part


@transaction.atomic
def extend(*, by: User, reading: Reading, user: User, due_at: datetime | None) -> Participation:
    """Give one person a due date of their own; None takes it back."""
    reading = led(by, reading)
    theirs = Membership.objects.current().of(user).filter(group=reading.group)
    require(theirs.exists(), _("This person isn't in the group any more."))
    part, _created = Participation.objects.get_or_create(reading=reading, user=user)
    if part.due_at != due_at:
        part.due_at = due_at
        part.save(update_fields=["due_at"])
        save_shown(reading)
    return part
