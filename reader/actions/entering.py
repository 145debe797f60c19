"""One function makes somebody a member, whichever way they took."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reader.enums import NewcomersRead, Role
from reader.models import Circle, JoinRequest, Membership, StudyGroup, User
from reader.permissions import can_come_back

RANKS: list[str] = list(Role)  # the highest first


@transaction.atomic
def let_in(
    *,
    by: User,
    user: User,
    group: StudyGroup,
    role: str,
    named_at: datetime | None,
    is_personal: bool = False,
) -> Membership | None:
    """Make somebody a member who has seen how the group talks; None where they may not come back.

    `named_at` is when the leaders made what lets them in; None where they come by themselves.
    Coming back widens nothing: whoever read only what was written from some day on still does,
    and nobody comes back as more than they were, but where a leader invited them in person.
    """
    now = timezone.now()
    from_now = now if group.newcomers_read == NewcomersRead.FROM_NOW else None
    waiting = JoinRequest.objects.waiting().filter(group=group, user=user)
    # Requests before memberships, as where one is decided.
    list(waiting.select_for_update().order_by("pk").values_list("pk"))
    rows = Membership.objects.select_for_update()
    known, new = rows.get_or_create(
        group=group,
        user=user,
        defaults={"role": role, "joined_at": now, "agreed_at": now, "reads_from": from_now},
    )
    if not new and not can_come_back(known, named_at):
        return None
    waiting.update(decided_by=by, decided_at=now, accepted=True)
    if new or known.left_at is None:
        return known
    if known.nameless:
        StudyGroup.objects.filter(pk=group.pk).update(names_epoch=F("names_epoch") + 1)
    # No seat in a circle is kept for them: leaders give it anew.
    seats = Circle.members.through._default_manager
    seats.filter(circle__reading__group=group, user=user).delete()
    known.role = role if is_personal else max(known.role, role, key=RANKS.index)
    known.joined_at = known.agreed_at = now
    known.left_at, known.removed_by, known.nameless = None, None, False
    known.reads_from = from_now or known.reads_from
    known.save(
        update_fields=[
            "role", "joined_at", "agreed_at", "left_at", "removed_by", "nameless", "reads_from",
        ]
    )  # fmt: skip
    return known
