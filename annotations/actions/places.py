"""Where in a text something is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.models import Annotation, Target
from annotations.selectors import quote
from reader.actions import TextMovedOn
from reader.models import Article, Paragraph, Reading, User


@dataclass(frozen=True, slots=True)
class Range:
    """An ordered stretch of one article: offsets are code points of the first and last text."""

    paragraphs: Sequence[Paragraph]  # consecutive, in reading order, at least one
    start: int
    end: int
    # Said of the whole article: the paragraph is where it is shown; none of its words are meant.
    whole_article: bool = False


def hold_text(*article_ids: int) -> None:
    """Let nobody correct an article, or take a copy of it for a group, until this transaction
    ends; who is about to is waited for. Before anything but a group is locked.

    A note's key to its article doesn't do that: PostgreSQL looks at it when the note is committed,
    after a correction that didn't see it.
    """
    articles = Article.objects.select_for_update(no_key=True).filter(pk__in=article_ids)
    list(articles.order_by("pk").values_list("pk"))


def require_present_text(article: Article, reading: Reading | None = None) -> None:
    """Stop with TextMovedOn unless the text of an article that is held is still the one it was
    read with, and still the one that its reading reads."""
    of_reading = {} if reading is None else {"readings": reading}
    found = Article.objects.filter(pk=article.pk, **of_reading)
    if found.values_list("text_revision", flat=True).first() != article.text_revision:
        raise TextMovedOn


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
