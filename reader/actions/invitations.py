from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.enums import NO_ACCESS, Role
from reader.models import Invitation, Membership, StudyGroup, User
from reader.permissions import can_edit_group, can_invite_as, membership_of, require, standing_now
from reader.tokens import hash_token, new_token

INVITATION_DAYS = 7


@transaction.atomic
def invite(
    *,
    by: User,
    group: StudyGroup,
    role: str = Role.MEMBER,
    days: int = INVITATION_DAYS,
    max_uses: int | None = None,
) -> tuple[Invitation, str]:
    """An invitation and its token, which is never to be had again."""
    allowed = can_invite_as(membership_of(by, group), role)
    require(allowed, _("You can't invite people with this role."))
    token = new_token()
    invitation = Invitation(
        group=group,
        token_hash=hash_token(token),
        role=role,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
        max_uses=max_uses,
    )
    invitation.full_clean()
    invitation.save()
    return invitation, token


@transaction.atomic
def revoke(*, by: User, invitation: Invitation) -> Invitation:
    allowed = can_edit_group(membership_of(by, invitation.group))
    require(allowed, _("Only the group's leaders withdraw an invitation."))
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
    return invitation


def open_invitation(token: str) -> Invitation | None:
    return (
        Invitation.objects.valid()
        .select_related("group", "created_by")
        .filter(token_hash=hash_token(token))
        .first()
    )


@transaction.atomic
def accept_invitation(*, by: User, token: str) -> Membership | None:
    """Join by a link. None where it is dead, by whatever cause.

    Somebody who is a member already stays what they are, and no use is counted. Whoever was
    suspended or banned doesn't come back by a link.
    """
    # The lock makes those who come at once by the same link come one after the other.
    links = Invitation.objects.valid().select_for_update(of=("self",)).select_related("group")
    invitation = links.filter(token_hash=hash_token(token)).first()
    if invitation is None:
        return None
    known = Membership.objects.filter(group=invitation.group, user=by).first()
    if known is not None and standing_now(known) in NO_ACCESS:
        return None
    if known is not None and known.left_at is None:
        return known
    invitation.uses += 1
    invitation.save(update_fields=["uses"])
    if known is None:
        return Membership.objects.create(group=invitation.group, user=by, role=invitation.role)
    known.left_at, known.role, known.joined_at = None, invitation.role, timezone.now()
    known.save(update_fields=["left_at", "role", "joined_at"])
    return known
