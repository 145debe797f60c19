from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.models import Participation, Reading, User
from reader.permissions import can_mark_seen, membership_of, require

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
