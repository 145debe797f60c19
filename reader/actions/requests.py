from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reader import limits, outbox
from reader.actions.entering import let_in
from reader.actions.invitations import name_somebody
from reader.enums import LEADERS, Role
from reader.models import Invitation, JoinRequest, Membership, StudyGroup, User
from reader.permissions import can_come_back, can_decide_requests, membership_of, require

# In a group. Whoever has no account takes no place from those who have one.
WAITING_AT_MOST = 100
STRANGERS_AT_MOST = 20
ASKING = (100, timedelta(hours=1))  # from one address


@transaction.atomic
def ask_to_join(*, by: User, group: StudyGroup, answer: str = "") -> JoinRequest:
    """Ask the leaders of a group that takes requests; also who was removed from an open one."""
    joinable = StudyGroup.objects.joinable_by(by).filter(pk=group.pk).exists()
    require(joinable, _("This group is joined by invitation."))
    return ask(group=group, user=by, answer=answer)[0]


@transaction.atomic
def ask_for_another(
    *, by: User | None, invitation: Invitation, client: str, name: str = "", email: str = ""
) -> JoinRequest:
    """With a dead link, ask for one that works: an account does, or a name and an address."""
    limits.require(f"ask:{limits.network_of(client)}", *ASKING)
    group = invitation.group
    if by is None:
        return ask(group=group, name=name, email=email.lower(), invitation=invitation)[0]
    known = Membership.objects.filter(group=group, user=by).first()
    allowed = known is None or can_come_back(known, invitation.created_at)
    require(allowed, _("This link no longer works for you."))
    return ask(group=group, user=by, invitation=invitation)[0]


def ask(
    *,
    group: StudyGroup,
    user: User | None = None,
    name: str = "",
    email: str = "",
    answer: str = "",
    invitation: Invitation | None = None,
) -> tuple[JoinRequest, bool]:
    """A request and whether it is new: whoever waits already waits on."""
    # One after the other, so that each sees how many wait.
    StudyGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    waiting = JoinRequest.objects.waiting().filter(group=group)
    same = waiting.filter(user=user, email=email).first()
    if same is not None:
        return same, False
    others = list(waiting.values_list("user", flat=True))
    alike = sum((other is None) == (user is None) for other in others)
    if alike >= (STRANGERS_AT_MOST if user is None else WAITING_AT_MOST):
        raise limits.TooMany(int(timedelta(hours=1).total_seconds()))
    asked = JoinRequest(
        group=group, user=user, name=name, email=email, answer=answer, invitation=invitation
    )
    asked.full_clean()
    asked.save()
    if not others:
        _tell_leaders(group)
    return asked, True


@transaction.atomic
def decide_request(*, by: User, asked: JoinRequest, accept: bool) -> tuple[JoinRequest, str]:
    """Let somebody in, or not, and the token of a personal invitation where they have no account.

    A request that was decided in the meantime stays as it was decided; so does one of somebody
    who is shut out, declined.
    """
    allowed = can_decide_requests(membership_of(by, asked.group))
    require(allowed, _("Only the group's leaders decide who comes in."))
    rows = JoinRequest.objects.select_for_update(of=("self",))
    asked = rows.select_related("group", "user", "invitation").get(pk=asked.pk)
    if asked.decided_at is not None:
        return asked, ""
    now, token = timezone.now(), ""
    if accept and asked.user is not None:
        role = _role_for(asked)
        joined = let_in(by=by, user=asked.user, group=asked.group, role=role, named_at=now)
        accept = joined is not None
        if accept:
            _tell_new_member(asked.user, asked.group)
    elif accept:
        token = _invite_asker(by, asked)
    asked.decided_by, asked.decided_at, asked.accepted = by, now, accept
    asked.save(update_fields=["decided_by", "decided_at", "accepted"])
    return asked, token


def _role_for(asked: JoinRequest) -> str:
    """At most a member's: a moderator is made by name."""
    observes = asked.invitation is not None and asked.invitation.role == Role.OBSERVER
    return Role.OBSERVER if observes else Role.MEMBER


def _invite_asker(by: User, asked: JoinRequest) -> str:
    path = asked.invitation.path if asked.invitation else ""
    return name_somebody(
        by=by, group=asked.group, email=asked.email, role=_role_for(asked), path=path
    )[1]


def _tell_leaders(group: StudyGroup) -> None:
    """Once, until everything that waits is decided; nothing that the person wrote."""
    address = f"{settings.CATENA_URL}{reverse('join_requests', args=[group.slug])}"
    leaders = group.memberships.with_access().filter(role__in=LEADERS).select_related("user")
    for leader in leaders:
        _mail(leader.user, _("Somebody asks to join %(group)s"), "join_request", group, address)


def _tell_new_member(user: User, group: StudyGroup) -> None:
    address = f"{settings.CATENA_URL}{group.get_absolute_url()}"
    _mail(user, _("You are in: %(group)s"), "let_in", group, address)


def _mail(user: User, subject: str, template: str, group: StudyGroup, address: str) -> None:
    if not settings.CATENA_SENDS_MAIL:
        return
    context = {"group": " ".join(group.name.split()), "address": address}
    body = render_to_string(f"reader/mail/{template}.txt", context)
    outbox.enqueue(to=user.email, subject=subject % context, body=body)
