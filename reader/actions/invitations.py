from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import limits, outbox
from reader.enums import Role
from reader.models import Invitation, InvitationBatch, StudyGroup, User
from reader.paths import leads_into
from reader.permissions import can_edit_group, can_invite_as, membership_of, require
from reader.tokens import hash_invitation, new_code, new_token

INVITATION_DAYS = 7
# A code is short: it is for a room and an hour, not for a term (docs/adr/0011).
CODE_DAYS = 1
CODE_MAX_DAYS = 7
CODE_USES = 40
CODE_ROLES = (Role.MEMBER, Role.OBSERVER)
A_DAY = timedelta(days=1)


def invite(
    *,
    by: User,
    group: StudyGroup,
    role: str = Role.MEMBER,
    days: int = INVITATION_DAYS,
    max_uses: int | None = None,
    path: str = "",
) -> tuple[Invitation, str]:
    """An invitation and its token, which is never to be had again."""
    return make(by=by, group=group, role=role, days=days, max_uses=max_uses, path=path)


def invite_by_code(
    *,
    by: User,
    group: StudyGroup,
    role: str = Role.MEMBER,
    days: int = CODE_DAYS,
    max_uses: int = CODE_USES,
    path: str = "",
) -> tuple[Invitation, str]:
    """An invitation and its code, which is never to be had again."""
    allowed = role in CODE_ROLES and days <= CODE_MAX_DAYS
    require(allowed, _("A code is for members and observers, and for a few days."))
    return make(
        by=by, group=group, role=role, days=days, max_uses=max_uses, path=path, is_code=True
    )


@transaction.atomic
def make(
    *,
    by: User,
    group: StudyGroup,
    role: str,
    days: int,
    max_uses: int | None,
    path: str,
    is_code: bool = False,
) -> tuple[Invitation, str]:
    require_inviting(by, group, role)
    if path and not leads_into(group, path):
        raise ValidationError(_("An invitation leads to a page of its group."))
    count_invitations(by, 1)
    secret = new_code() if is_code else new_token()
    invitation = Invitation(
        group=group,
        token_hash=hash_invitation(secret),
        role=role,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
        max_uses=max_uses,
        is_code=is_code,
        path=path,
    )
    invitation.full_clean()
    invitation.save()
    return invitation, secret


def require_inviting(by: User, group: StudyGroup, role: str) -> None:
    allowed = can_invite_as(membership_of(by, group), role)
    require(allowed, _("You can't invite people with this role."))


def count_invitations(by: User, count: int) -> None:
    key = f"invitations:{by.pk}"
    limits.require(key, settings.CATENA_INVITATIONS_PER_DAY, A_DAY, count=count)


@transaction.atomic
def name_somebody(
    *,
    by: User,
    group: StudyGroup,
    email: str,
    role: str,
    path: str = "",
    batch: InvitationBatch | None = None,
) -> tuple[Invitation, str]:
    """A personal invitation for one, mailed where mail leaves; whoever calls has asked whether
    `by` may."""
    token = new_token()
    invitation = Invitation.objects.create(
        group=group,
        token_hash=hash_invitation(token),
        role=role,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        max_uses=1,
        email=email,
        batch=batch,
        path=path,
    )
    if settings.CATENA_SENDS_MAIL:
        _mail(invitation, token)
    return invitation, token


def _mail(invitation: Invitation, token: str) -> None:
    """It says who invites to what and how long it holds, and nothing else that anybody wrote."""
    context = {
        "inviter": " ".join(invitation.created_by.name.split()),
        "group": " ".join(invitation.group.name.split()),
        "days": INVITATION_DAYS,
        "address": f"{settings.CATENA_URL}{reverse('join', args=[token])}",
    }
    outbox.enqueue(
        to=invitation.email,
        subject=_("%(inviter)s invites you to %(group)s") % context,
        body=render_to_string("reader/mail/invitation.txt", context),
    )


@transaction.atomic
def revoke(*, by: User, invitation: Invitation) -> Invitation:
    allowed = can_edit_group(membership_of(by, invitation.group))
    require(allowed, _("Only the group's leaders withdraw an invitation."))
    if invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
    return invitation
