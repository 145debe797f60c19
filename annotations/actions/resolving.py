"""A thread that is finished, with what came of it in a line; and begun again."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.layers import paragraphs_of, touch
from annotations.models import Annotation
from annotations.moderation.admitting import Gate, Refused, follow_up
from annotations.permissions import can_resolve
from reader.models import User
from reader.permissions import membership_of, require

_WRITTEN = ("resolved_by", "resolved_at", "resolution")


@transaction.atomic
def resolve(*, by: User, root: Annotation, outcome: str = "") -> Annotation:
    """Say that a thread is finished, and what came of it. Said once more, another outcome takes
    the place of the one before. Raises Refused for a line that would have to wait."""
    root = _held(by, root)
    outcome = " ".join(outcome.split())
    if root.resolved_at is not None and root.resolution == outcome:
        return root
    _admit(by, root, outcome)
    root.resolved_by, root.resolved_at, root.resolution = by, timezone.now(), outcome
    _save(root)
    return root


def _admit(by: User, root: Annotation, outcome: str) -> None:
    """A member's line passes what their notes pass. It has no state of its own, so that one that a
    moderator had to look at first isn't taken."""
    membership = None if root.reading is None else membership_of(by, root.reading.group)
    if root.reading is None or membership is None or not outcome:
        return
    said = Annotation(creator=by, audience=root.audience, body=outcome)
    admission = Gate(root.reading.group, membership).admit(said)
    if admission.is_held:
        raise Refused(
            _(
                "Here a moderator looks at your words first, and a line like this can’t wait. "
                "Leave it empty, or ask a leader to write it."
            )
        )
    follow_up(root, root.reading.group, admission)


@transaction.atomic
def reopen(*, by: User, root: Annotation) -> Annotation:
    """Take a thread up again. One that is open stays so."""
    root = _held(by, root)
    if root.resolved_at is None:
        return root
    root.resolved_by, root.resolved_at, root.resolution = None, None, ""
    _save(root)
    return root


def show_anew(annotation: Annotation) -> None:
    """Date anew what shows a note of which something changed that isn't its words or its state.
    What not everybody sees is kept apart for some, by its version."""
    if annotation.audience != Audience.GROUP:
        annotation.version += 1
        annotation.save(update_fields=["version"])
    touch(annotation, paragraphs_of(annotation.thread_root))


def _held(by: User, root: Annotation) -> Annotation:
    """The root as it is and stays until this transaction ends, for somebody who may resolve it."""
    rows = Annotation.objects.select_for_update(of=("self",)).select_related("reading__group")
    found: Annotation = rows.get(pk=root.pk)
    membership = None if found.reading is None else membership_of(by, found.reading.group)
    allowed = can_resolve(membership, found)
    require(allowed, _("Leaders, and whoever began a thread, resolve it."))
    return found


def _save(root: Annotation) -> None:
    root.clean_fields(exclude={field.name for field in root._meta.fields} - set(_WRITTEN))
    root.save(update_fields=_WRITTEN)
    show_anew(root)
