"""One function makes somebody a member, whichever way they took."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reader.enums import NewcomersRead
from reader.models import Circle, Membership, StudyGroup, User
from reader.permissions import can_come_back


@transaction.atomic
def let_in(
    *, user: User, group: StudyGroup, role: str, named_at: datetime | None
) -> Membership | None:
    """Make somebody a member who has seen how the group talks; None where they may not come back.

    `named_at` is when the leaders made what lets them in; None where they come by themselves.
    Coming back widens nothing: whoever read only what was written from some day on still does.
    """
    now = timezone.now()
    from_now = now if group.newcomers_read == NewcomersRead.FROM_NOW else None
    rows = Membership.objects.select_for_update()
    known, new = rows.get_or_create(
        group=group,
        user=user,
        defaults={"role": role, "joined_at": now, "agreed_at": now, "reads_from": from_now},
    )
    if new:
        return known
    if not can_come_back(known, named_at):
        return None
    if known.left_at is None:
        return known
    if known.nameless:
        StudyGroup.objects.filter(pk=group.pk).update(names_epoch=F("names_epoch") + 1)
    # No seat in a circle is kept for them: leaders give it anew.
    seats = Circle.members.through._default_manager
    seats.filter(circle__reading__group=group, user=user).delete()
    known.role, known.joined_at, known.agreed_at = role, now, now
    known.left_at, known.removed_by, known.nameless = None, None, False
    known.reads_from = from_now or known.reads_from
    known.save(
        update_fields=[
            "role", "joined_at", "agreed_at", "left_at", "removed_by", "nameless", "reads_from",
        ]
    )  # fmt: skip
    return known
