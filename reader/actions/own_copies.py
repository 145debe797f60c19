"""A text, copied for a group that reads it: all that it says and ever said, under new keys."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from reader.enums import Sharing
from reader.models import (
    Article,
    Paragraph,
    ParagraphRevision,
    StudyGroup,
    TextRevision,
    User,
)
from reader.slugs import free_slug, random_key

BATCH = 500


def copied(article: Article, *, by: User, steward: StudyGroup) -> Article:
    """A group's own copy of an article, its past texts and retired paragraphs included. For a
    transaction that holds the article's row, and has seen to it that `by` may do this.

    `copied_from` says of each paragraph which one it was.
    """
    made: Article = _anew(
        article,
        slug=free_slug(Article, article.title, fallback="article"),
        steward=steward,
        sharing=Sharing.GROUP,
        added_by=by,
        created_at=Article._meta.get_field("created_at").get_default(),
        copied_from=article,
    )
    made.full_clean()
    made.save()
    originals = list(Paragraph.objects.filter(article=article).order_by("pk"))
    paragraphs = [
        _anew(each, article=made, key=random_key(), copied_from=each) for each in originals
    ]
    Paragraph.objects.bulk_create(paragraphs, batch_size=BATCH)
    keys = {each.copied_from_id: each.pk for each in paragraphs}
    _copy_past(article, made, keys)
    return made


def _copy_past(article: Article, made: Article, keys: Mapping[int, int]) -> None:
    """What each paragraph said, and in which order they stood; `keys` are the copied paragraphs'
    by those of the originals."""
    said = ParagraphRevision.objects.filter(paragraph__article=article).order_by("pk")
    ParagraphRevision.objects.bulk_create(
        [_anew(each, paragraph_id=keys[each.paragraph_id]) for each in said], batch_size=BATCH
    )
    TextRevision.objects.bulk_create(
        [
            _anew(each, article=made, order=[keys[pk] for pk in each.order])
            for each in article.text_revisions.all()
        ],
        batch_size=BATCH,
    )


def _anew(row: Any, **changed: Any) -> Any:
    """A row like this one but for what is changed, not yet saved."""
    made = copy(row)
    made.pk, made._state.adding = None, True
    for name, value in changed.items():
        setattr(made, name, value)
    return made
