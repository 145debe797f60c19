from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.enums import LEADERS, Role
from reader.models import Membership, StudyGroup, User
from reader.permissions import (
    can_hand_over,
    can_leave,
    can_remove,
    can_set_role,
    membership_of,
    require,
)


@transaction.atomic
def set_role(*, by: User, membership: Membership, role: str) -> Membership:
    mine, theirs = _both(by, membership)
    require(can_set_role(mine, theirs, role), _("You can't give this person that role."))
    if theirs.role != role:
        theirs.role = role
        theirs.full_clean()
        theirs.save(update_fields=["role"])
        _show_anew(theirs.group)
    return theirs


@transaction.atomic
def hand_over(*, by: User, membership: Membership) -> Membership:
    """Make somebody else the owner. Who hands over stays, as a moderator."""
    mine, theirs = _both(by, membership)
    require(can_hand_over(mine, theirs), _("Only an owner hands a group over."))
    Membership.objects.filter(group=theirs.group_id, user=by).update(role=Role.MODERATOR)
    theirs.role = Role.OWNER
    theirs.save(update_fields=["role"])
    _show_anew(theirs.group)
    return theirs


@transaction.atomic
def remove(*, by: User, membership: Membership) -> Membership:
    """Put somebody out of the group. What they wrote stays, under their name."""
    mine, theirs = _both(by, membership)
    require(can_remove(mine, theirs), _("You can't remove this person."))
    theirs.left_at, theirs.removed_by = timezone.now(), by
    theirs.save(update_fields=["left_at", "removed_by"])
    _show_anew(theirs.group)
    return theirs


@transaction.atomic
def leave(*, by: User, group: StudyGroup, nameless: bool) -> Membership:
    """Leave a group; one's notes stay, under one's name or as a former member's."""
    _hold(group, Q(user=by))
    mine = membership_of(by, group)
    if mine is None or not can_leave(mine):
        raise PermissionDenied(_("A group needs an owner: hand it over first, or erase it."))
    mine.left_at, mine.nameless = timezone.now(), nameless
    mine.save(update_fields=["left_at", "nameless"])
    _show_anew(group)
    return mine


@transaction.atomic
def set_taken_home(
    *, by: User, group: StudyGroup, taken_home_as: str, in_colophon: bool
) -> Membership:
    """How somebody appears in what others take home from now on: a `TakenHome`, and whether they
    are named among the readers at the end of an annotated edition."""
    mine = membership_of(by, group)
    if mine is None:
        raise PermissionDenied(_("You don't belong to this group."))
    mine.taken_home_as, mine.in_colophon = taken_home_as, in_colophon
    mine.clean_fields(exclude=["group", "user", "removed_by", "offered_to"])
    mine.save(update_fields=["taken_home_as", "in_colophon"])
    return mine


def _show_anew(group: StudyGroup) -> None:
    """A name under notes may have changed, or which of them are marked as late: leaders' aren't."""
    StudyGroup.objects.filter(pk=group.pk).update(names_epoch=F("names_epoch") + 1)


def _both(by: User, membership: Membership) -> tuple[Membership | None, Membership]:
    """Who acts and whom it is about, as they are and stay until this transaction ends."""
    _hold(membership.group, Q(pk=membership.pk))
    theirs = Membership.objects.current().filter(pk=membership.pk).first()
    if theirs is None:
        raise PermissionDenied(_("This person has left the group in the meantime."))
    return membership_of(by, membership.group), theirs


def _hold(group: StudyGroup, who: Q) -> None:
    """Lock the leaders and whoever else it is about: of two who decide at once, the second sees
    what the first has done. In one order, so that neither waits for both."""
    rows = Membership.objects.filter(Q(role__in=LEADERS) | who, group=group)
    list(rows.select_for_update().order_by("pk").values_list("pk"))
