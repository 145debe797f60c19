"""Notes as a correction of their text would leave them, without a correction."""

from annotations.enums import AnchorState
from annotations.models import Annotation, Target
from reader.models import Paragraph, TextRevision


def move(
    note: Annotation,
    state: str = AnchorState.DETACHED,
    *,
    to: Paragraph | None = None,
    start: int = 0,
    end: int = 0,
) -> Target:
    """Leave a note on other words of a paragraph, or without any there. Detached it keeps those
    that it had."""
    was = note.targets.get(current=True)
    note.targets.update(current=False)
    paragraph = to or was.start_paragraph
    lost = state == AnchorState.DETACHED
    article = note.article
    first = article.text_revisions.get(number=1)
    TextRevision.objects.get_or_create(
        article=article, number=2, defaults={"order": first.order, "created_by": article.added_by}
    )
    article.text_revision = 2
    article.save(update_fields=["text_revision"])
    return Target.objects.create(
        annotation=note,
        start_paragraph=paragraph,
        start_offset=0 if lost else start,
        end_paragraph=paragraph,
        end_offset=0 if lost else end,
        exact=was.exact if lost else paragraph.text[start:end],
        text_revision=2,
        anchor_state=state,
    )
