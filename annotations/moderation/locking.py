"""A thread that takes no replies: for a while, in which people read on and think, or until a
leader opens it. What is written there stays, and so does whatever else is known of the thread."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import Verb
from annotations.layers import paragraphs_of, touch
from annotations.models import Annotation
from annotations.moderation.logbook import part_of, record
from annotations.permissions import can_lock, is_locked
from reader.models import Membership, User
from reader.permissions import membership_of, require


@transaction.atomic
def lock(*, by: User, root: Annotation, until: datetime | None = None) -> Annotation:
    """Take no more replies in a thread, until then or until a leader opens it. Who does it once
    more, with another end, changes the end."""
    root, membership = _held(by, root)
    if until is not None and until <= timezone.now():
        raise ValidationError(_("Choose a moment to come."))
    if is_locked(root) and root.locked_until == until:
        return root
    root.locked_by, root.locked_at, root.locked_until = by, timezone.now(), until
    _save(root)
    ends = {} if until is None else {"until": until.isoformat()}
    _log(root, by, membership, Verb.LOCK if until is None else Verb.PAUSE, ends)
    return root


@transaction.atomic
def unlock(*, by: User, root: Annotation) -> Annotation:
    """Take replies again. A thread that is open stays so, and nothing is logged."""
    root, membership = _held(by, root)
    if root.locked_at is None:
        return root
    was_locked = is_locked(root)
    _open(root)
    if was_locked:
        _log(root, by, membership, Verb.UNLOCK, {})
    return root


def _held(by: User, root: Annotation) -> tuple[Annotation, Membership | None]:
    """The root as it is and stays until this transaction ends, for somebody who may lock it."""
    rows = Annotation.objects.select_for_update(of=("self",)).select_related("reading__group")
    root = rows.get(pk=root.pk)
    membership = None if root.reading is None else membership_of(by, root.reading.group)
    require(can_lock(membership, root), _("Only the group's leaders pause a thread."))
    return root, membership


def _open(root: Annotation) -> None:
    root.locked_by = root.locked_at = root.locked_until = None
    _save(root)


def _save(root: Annotation) -> None:
    root.save(update_fields=["locked_by", "locked_at", "locked_until"])
    touch(root, paragraphs_of(root), members_notice=root.was_shown)


def _log(
    root: Annotation,
    by: User,
    membership: Membership | None,
    verb: Verb,
    details: dict[str, str],
) -> None:
    assert root.reading is not None  # noqa: S101  can_lock has seen to it
    record(
        group=root.reading.group,
        verb=verb,
        by=by,
        acting_as=part_of(by, membership),
        annotation=root,
        before=root.state,
        details=details,
    )


def open_what_was_paused() -> int:
    """Take the lock off every thread whose pause is over, so that pages that were kept say so
    too; how many there were. It ends as was said when it began, so the log gets no row."""
    ended = Annotation.objects.paused_until_before(timezone.now())
    return sum(_opened(pk) for pk in ended.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _opened(pk: int) -> bool:
    """Unless a leader has changed its end meanwhile."""
    rows = Annotation.objects.select_for_update(of=("self",))
    root = rows.paused_until_before(timezone.now()).filter(pk=pk).first()
    if root is not None:
        _open(root)
    return root is not None
