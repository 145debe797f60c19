"""Rendered fragments are dated: who can notice a change gets them anew."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from annotations.enums import Audience, State
from annotations.models import Annotation, Layer


def touch(annotation: Annotation, paragraph_ids: Sequence[int]) -> None:
    """Date the fragments of these paragraphs anew, for those who can notice the change."""
    if annotation.reading_id is None:
        return
    held_from_the_start = annotation.state == State.PENDING and annotation.version == 1
    raised = {"leaders_version": F("leaders_version") + 1}
    if annotation.audience != Audience.LEADERS and not held_from_the_start:
        raised["version"] = F("version") + 1
    place = {"reading_id": annotation.reading_id}
    layers = Layer.objects.filter(**place, paragraph_id__in=paragraph_ids)
    if len(paragraph_ids) > 1:
        # In one order, so that of two notes across the same paragraphs neither waits for both.
        list(layers.select_for_update().order_by("paragraph").values_list("pk"))
    if layers.update(**raised) == len(paragraph_ids):
        return
    # The first note on some of them. Raising the others twice does no harm.
    Layer.objects.bulk_create(
        [Layer(**place, paragraph_id=pk) for pk in paragraph_ids], ignore_conflicts=True
    )
    layers.update(**raised)
