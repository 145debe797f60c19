"""Which words a note is about, chosen anew."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.actions.places import (
    Range,
    hold_text,
    require_present_text,
    target_on,
)
from annotations.enums import AnchorState
from annotations.layers import paragraphs_of, touch
from annotations.models import Annotation
from annotations.permissions import can_place
from reader.actions import TextMovedOn
from reader.models import User
from reader.permissions import membership_of, require


@transaction.atomic
def place(*, by: User, annotation: Annotation, where: Range) -> Annotation:
    """Put a root on these words. Where it stood before is kept as its history.

    Raises TextMovedOn where the article that the note was read with has been corrected since.
    """
    article = annotation.article
    hold_text(article.pk)
    require_present_text(article)
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    if annotation.article_id != article.pk:
        raise TextMovedOn
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    before = annotation.targets.current().first()
    allowed = before is not None and can_place(by, membership, annotation, before)
    require(
        allowed, _("Only its author, or a leader once its words have changed, places a note anew.")
    )
    assert before is not None  # noqa: S101  a reply was refused
    after = target_on(annotation, where, by=by)
    if before.anchor_state == AnchorState.EXACT and before.ends == after.ends:
        return annotation
    left = paragraphs_of(annotation)
    before.current = False
    before.save(update_fields=["current"])
    after.save()
    annotation.version += 1
    annotation.save(update_fields=["version"])
    covered = sorted({*left, *(paragraph.pk for paragraph in where.paragraphs)})
    touch(annotation, covered, members_notice=annotation.was_shown)
    return annotation
