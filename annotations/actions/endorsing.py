"""“I wonder too”: what somebody has at heart that another asked or said, without words of their
own."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.actions.resolving import show_anew
from annotations.models import Annotation, Endorsement
from annotations.permissions import can_endorse
from reader.models import User
from reader.permissions import membership_of, require


@transaction.atomic
def endorse(*, by: User, annotation: Annotation) -> Annotation:
    """Wonder, too. Once is enough: said again, nothing changes."""
    note = _held(by, annotation)
    _endorsement, is_new = Endorsement.objects.get_or_create(annotation=note, user=by)
    if is_new:
        show_anew(note)
    return note


@transaction.atomic
def unendorse(*, by: User, annotation: Annotation) -> Annotation:
    """Take it back. Who never said it changes nothing."""
    note = _held(by, annotation)
    taken_back, _rows = Endorsement.objects.filter(annotation=note, user=by).delete()
    if taken_back:
        show_anew(note)
    return note


def _held(by: User, annotation: Annotation) -> Annotation:
    """The note as it stays until this transaction ends, for somebody who may endorse it."""
    rows = Annotation.objects.select_for_update(of=("self",))
    note: Annotation = rows.select_related("reading__group", "root").get(pk=annotation.pk)
    membership = None if note.reading is None else membership_of(by, note.reading.group)
    allowed = can_endorse(by, membership, note)
    require(allowed, _("You say this of what others wrote, in words, for those who read here."))
    return note
