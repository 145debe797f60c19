"""A site administrator in a group's private content: for an hour, in its log, and told to its
owners."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import Actor, Told, Verb
from annotations.models import LogEntry
from annotations.moderation.logbook import record
from annotations.moderation.telling import tell
from annotations.permissions import can_step_in
from reader.enums import Role, Standing
from reader.models import Membership, StudyGroup, User
from reader.permissions import is_leader, known_in, membership_of, require

STAYS_FOR = timedelta(hours=1)
# What a part in a group is made of, beside the role that comes back.
KEPT = ("standing", "standing_until", "left_at", "nameless", "removed_by_id")


@transaction.atomic
def step_in(*, by: User, group: StudyGroup, why: str) -> Membership:
    """Moderate a group for an hour, whatever one is there otherwise. `why` is for its owners.

    Who is in there already, as a leader or by having stepped in, stays what they are.
    """
    require(can_step_in(by), _("Only the site's administrators look into a group."))
    if not why.strip():
        raise ValidationError({"why": _("Say why: the owners read it.")})
    here = membership_of(by, group)
    if here is not None and is_leader(here):
        return here
    theirs = _locked(by, group)
    if theirs.ends_at is not None:
        _give_back(theirs)  # the last time is over, and the clock hasn't come to it
    details = _as_it_is(theirs)
    theirs.role_after = "" if theirs.pk is None or theirs.left_at is not None else theirs.role
    theirs.role, theirs.ends_at = Role.MODERATOR, timezone.now() + STAYS_FOR
    theirs.standing, theirs.standing_until = Standing.ACTIVE, None
    theirs.left_at, theirs.nameless, theirs.removed_by_id = None, False, None
    theirs.save()
    _show_anew(group)
    entry = record(
        group=group,
        verb=Verb.STEP_IN,
        by=by,
        acting_as=Actor.ADMINISTRATOR,
        membership=theirs,
        sentence=why,
        details={"until": theirs.ends_at.isoformat(), **details},
    )
    owners = group.memberships.with_access().filter(role=Role.OWNER).select_related("user")
    path = reverse("group_log", args=[group.slug])
    for owner in owners:
        tell(owner.user, Told.STEPPED_IN, group=group, path=path, entry=entry)
    return theirs


@transaction.atomic
def give_back() -> int:
    """Everybody whose hour is over is again what they were before; how many that were."""
    rows = Membership.objects.filter(ends_at__lte=timezone.now())
    over = list(rows.select_for_update(of=("self",)).select_related("group").order_by("pk"))
    for membership in over:
        _give_back(membership)
    return len(over)


def _give_back(theirs: Membership) -> None:
    """What the owners decided about them meanwhile stands."""
    last = LogEntry.objects.stepping_in_of(theirs).first()
    before = last.details.get("before", {}) if last is not None else {}
    if theirs.standing == Standing.ACTIVE:
        theirs.standing = before.get("standing", Standing.ACTIVE)
        theirs.standing_until = _moment(before.get("standing_until"))
    if theirs.left_at is None and not theirs.role_after:
        theirs.left_at = _moment(before.get("left_at")) or theirs.ends_at
        theirs.nameless = before.get("nameless", False)
        theirs.removed_by_id = before.get("removed_by_id")
    theirs.role = theirs.role_after or before.get("role", Role.MEMBER)
    theirs.role_after, theirs.ends_at = "", None
    theirs.save()
    _show_anew(theirs.group)


def _locked(by: User, group: StudyGroup) -> Membership:
    """Their row there as it stays until this transaction ends; a new one where they have none."""
    known = known_in(by, group)
    if known is None:
        return Membership(group=group, user=by)
    return Membership.objects.select_for_update(of=("self",)).get(pk=known.pk)


def _as_it_is(theirs: Membership) -> dict[str, Any]:
    if theirs.pk is None:
        return {}
    return {"before": {name: _said(getattr(theirs, name)) for name in (*KEPT, "role")}}


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _show_anew(group: StudyGroup) -> None:
    """A name under notes may have changed, or whether it is a leader's."""
    StudyGroup.objects.filter(pk=group.pk).update(names_epoch=F("names_epoch") + 1)
