"""Inviting a pasted list of people, in the background, a few at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.actions.invitations import count_invitations, name_somebody, require_inviting
from reader.addresses import Line
from reader.models import Invitation, InvitationBatch, Membership, StudyGroup, User
from reader.paths import leads_into
from reader.permissions import can_come_back, can_invite_as, membership_of, require

AT_ONCE = 20  # addresses in a transaction
STALLED = timedelta(minutes=5)


@transaction.atomic
def invite_by_mail(
    *, by: User, group: StudyGroup, role: str, lines: Sequence[Line], path: str = ""
) -> InvitationBatch:
    """Invite every address that could be read; the others are named by line."""
    require_inviting(by, group, role)
    require(settings.CATENA_SENDS_MAIL, _("This site sends no mail."))
    if path and not leads_into(group, path):
        raise ValidationError(_("An invitation leads to a page of its group."))
    good = [[line.number, line.text, line.address] for line in lines if line.address]
    count_invitations(by, len(good))
    batch = InvitationBatch.objects.create(
        group=group,
        created_by=by,
        role=role,
        path=path,
        waiting=good,
        total=len(good),
        skipped=[[line.number, line.text, line.trouble] for line in lines if line.trouble],
    )
    # Robust: the clock picks up what a full queue doesn't take.
    transaction.on_commit(lambda: _work_off_soon(batch.pk), robust=True)
    return batch


def _work_off_soon(pk: UUID) -> None:
    work_off.enqueue(str(pk))


@task
def work_off(pk: str) -> None:
    """Invite whoever waits. Begun again after a crash, or twice at once, it invites nobody twice:
    an address leaves the list in the transaction that invites it."""
    while _invite_some(UUID(pk)):
        pass


def take_up_stalled() -> None:
    old = InvitationBatch.objects.filter(finished_at=None, created_at__lt=timezone.now() - STALLED)
    for pk in old.values_list("pk", flat=True):
        work_off.enqueue(str(pk))


@transaction.atomic
def _invite_some(pk: UUID) -> bool:
    """Whether more are waiting."""
    rows = InvitationBatch.objects.select_for_update(of=("self",))
    batch = rows.select_related("group", "created_by").filter(pk=pk).first()
    if batch is None:  # gone with its group
        return False
    some, batch.waiting = batch.waiting[:AT_ONCE], batch.waiting[AT_ONCE:]
    troubles = _troubles(batch, [address for _number, _text, address in some])
    for number, text, address in some:
        if address in troubles:
            batch.skipped.append([number, text, troubles[address]])
            continue
        name_somebody(
            by=batch.created_by, group=batch.group, email=address,
            role=batch.role, path=batch.path, batch=batch,
        )  # fmt: skip
        batch.invited += 1
    batch.skipped.sort(key=lambda line: line[0])
    if not batch.waiting and batch.finished_at is None:
        batch.finished_at = timezone.now()
    batch.save(update_fields=["waiting", "skipped", "invited", "finished_at"])
    return bool(batch.waiting)


def _troubles(batch: InvitationBatch, addresses: list[str]) -> dict[str, str]:
    """Why some of these aren't invited now, by address."""
    if not can_invite_as(membership_of(batch.created_by, batch.group), batch.role):
        return dict.fromkeys(addresses, _("You no longer lead this group."))
    troubles: dict[str, str] = {}
    invited = Invitation.objects.valid().filter(group=batch.group, email__in=addresses)
    for address in invited.values_list("email", flat=True):
        troubles[address] = _("An invitation that still works was sent there already.")
    known = Membership.objects.filter(group=batch.group, user__email__in=addresses)
    now = timezone.now()
    for membership in known.select_related("user"):
        if membership.left_at is None:
            troubles[membership.user.email] = _("Belongs to the group already.")
        elif not can_come_back(membership, now):
            troubles[membership.user.email] = _("Was shut out of the group.")
    return troubles
