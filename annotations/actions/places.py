"""Where in a text something is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.models import Annotation, Target
from annotations.selectors import quote
from reader.models import Paragraph, User


@dataclass(frozen=True, slots=True)
class Range:
    """An ordered stretch of one article: offsets are code points of the first and last text."""

    paragraphs: Sequence[Paragraph]  # consecutive, in reading order, at least one
    start: int
    end: int
    # Said of the whole article: the paragraph is where it is shown; none of its words are meant.
    whole_article: bool = False


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


def target_on(annotation: Annotation, where: Range, *, by: User | None = None) -> Target:
    """A root's target, not yet saved; chosen by its creator unless somebody else is named."""
    found = quote([paragraph.text for paragraph in where.paragraphs], where.start, where.end)
    return Target(
        annotation=annotation,
        start_paragraph=where.paragraphs[0],
        start_offset=where.start,
        end_paragraph=where.paragraphs[-1],
        end_offset=where.end,
        whole_article=where.whole_article,
        exact="" if where.whole_article else found.exact,
        prefix="" if where.whole_article else found.prefix,
        suffix="" if where.whole_article else found.suffix,
        text_revision=annotation.article.text_revision,
        placed_by=by or annotation.creator,
    )
