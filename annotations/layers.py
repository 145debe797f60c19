"""Where a thread stands, and how its rendered fragments are dated: who can notice a change gets
them anew."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from annotations.enums import Audience
from annotations.models import Annotation, Layer
from reader.models import Paragraph


def paragraphs_of(root: Annotation) -> list[int]:
    """The ids of the paragraphs that a thread's words stand in."""
    return [paragraph.pk for paragraph in passage_of(root)]


def passage_of(root: Annotation) -> list[Paragraph]:
    """The paragraphs that a thread's words stand in, in order."""
    target = root.targets.current().select_related("start_paragraph", "end_paragraph").get()
    if target.start_paragraph_id == target.end_paragraph_id:
        return [target.start_paragraph]
    first, last = target.start_paragraph.position, target.end_paragraph.position
    between = Paragraph.objects.filter(article_id=root.article_id, position__range=(first, last))
    return list(between.order_by("position"))


def touch(
    annotation: Annotation, paragraph_ids: Sequence[int], *, members_notice: bool = True
) -> None:
    """Date the fragments of these paragraphs anew, for those who can notice the change: leaders
    always; members, or those of its circle, unless nothing of the note was ever shown to them."""
    if annotation.reading_id is None:
        return
    to_group = members_notice and annotation.audience == Audience.GROUP
    _raise(annotation, None, paragraph_ids, leaders=True, members=to_group)
    if members_notice and annotation.audience == Audience.CIRCLE:
        _raise(annotation, annotation.circle_id, paragraph_ids, leaders=False, members=True)


def _raise(
    annotation: Annotation,
    circle_id: int | None,
    paragraph_ids: Sequence[int],
    *,
    leaders: bool,
    members: bool,
) -> None:
    columns = [*(["leaders_version"] if leaders else []), *(["version"] if members else [])]
    raised = {column: F(column) + 1 for column in columns}
    place = {"reading_id": annotation.reading_id, "circle_id": circle_id}
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
