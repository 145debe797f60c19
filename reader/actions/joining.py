from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from reader import limits
from reader.actions.entering import let_in
from reader.actions.requests import ask
from reader.enums import Role
from reader.models import Invitation, JoinRequest, Membership, StudyGroup, User
from reader.permissions import asks_first, can_come_back, can_join, known_in, require

# A classroom shares one address, and mistypes.
MISSES = (100, timedelta(minutes=10))


def look_up(*, secret: str, client: str) -> Invitation | None:
    """The invitation that a token or code belongs to, dead ones too.

    `client` is the address that asks: too many that belong to none end in TooMany.
    """
    key = f"join:{limits.network_of(client)}"
    if seconds := limits.wait(key, *MISSES):
        raise limits.TooMany(seconds)
    found: Invitation | None = Invitation.objects.by_secret(secret).first()
    if found is None:
        limits.taken(key, *MISSES)
    return found


def works(invitation: Invitation) -> bool:
    return Invitation.objects.valid().filter(pk=invitation.pk).exists()


@transaction.atomic
def accept_invitation(*, by: User, token: str, answer: str = "") -> Membership | JoinRequest | None:
    """Join by a link or code. A request where the leaders are asked first; None where it is dead
    for this person, by whatever cause.

    Somebody who is a member already stays what they are, and no use is counted.
    """
    # The lock makes those who come at once by the same link come one after the other.
    links = Invitation.objects.by_secret(token).valid().select_for_update(of=("self",))
    invitation = links.first()
    if invitation is None:
        return None
    known = Membership.objects.filter(group=invitation.group, user=by).first()
    if known is not None and not can_come_back(known, invitation.created_at):
        return None
    if known is not None and known.left_at is None:
        return known
    if not asks_first(invitation, known):
        _count_use(invitation)
        return let_in(
            by=invitation.created_by,
            user=by,
            group=invitation.group,
            role=invitation.role,
            named_at=invitation.created_at,
            is_personal=invitation.email == by.email,
        )
    asked, new = ask(group=invitation.group, user=by, answer=answer, invitation=invitation)
    if new:
        _count_use(invitation)
    return asked


def _count_use(invitation: Invitation) -> None:
    invitation.uses += 1
    invitation.save(update_fields=["uses"])


@transaction.atomic
def join_group(*, by: User, group: StudyGroup) -> Membership:
    """Come into a group that is open to everybody here."""
    joinable = StudyGroup.objects.joinable_by(by).filter(pk=group.pk).first()
    allowed = joinable is not None and can_join(joinable, known_in(by, group))
    require(allowed, _("You can't join this group by yourself."))
    joined = let_in(by=by, user=by, group=group, role=Role.MEMBER, named_at=None)
    if joined is None:  # removed a moment ago
        raise PermissionDenied(_("You can't join this group by yourself."))
    return joined
