"""A published text, corrected: as a whole and in one transaction, or not at all."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from reader.actions.articles import keep_text, lay, put_in_order
from reader.importing import Block, ImportRefused, ParsedArticle
from reader.models import Article, Correction, Paragraph, TextRevision, User
from reader.permissions import can_correct, require
from reader.signals import text_revised
from reader.slugs import random_key

# What of a paragraph a correction may change.
CORRECTED = (
    "position", "number", "kind", "level", "label", "text", "spans", "text_hash", "retired",
)  # fmt: skip
_SAID = ("kind", "level", "label", "text", "spans")


class TextMovedOn(Exception):
    """Somebody else has published a correction since this one was begun."""


class DraftMovedOn(Exception):
    """A correction is no longer as whoever changes it saw it, in another window of theirs."""


@transaction.atomic
def publish_correction(*, by: User, correction: Correction, seen: str = "") -> TextRevision:
    """Make a correction the article's text; a second call returns the same revision.

    `seen` is the state in which it was looked at; DraftMovedOn where that isn't so any more.

    Paragraphs keep their keys as the correction says. One that it leaves out is retired and never
    deleted. Raises TextMovedOn where the text is no longer the one that the correction began
    with, and ImportRefused, with a sentence, where no article can be made of it.
    """
    # Whoever writes a note holds on to the article's row, so this waits for notes on their way.
    article = Article.objects.select_for_update().get(pk=correction.article_id)
    require(can_correct(by, article), _("Only the leaders of its group correct a text."))
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    require(correction.created_by_id == by.pk, _("This correction is somebody else's."))
    if correction.published is not None:
        return article.text_revisions.get(number=correction.published)
    if correction.base != article.text_revision:
        raise TextMovedOn
    if seen not in ("", correction.state):
        raise DraftMovedOn
    article.text_revision += 1
    article.save(update_fields=["text_revision"])
    standing, changed = _relaid(article, correction)
    revision = keep_text(article, standing, changed=changed, by=by, comment=correction.comment)
    correction.published = revision.number
    correction.save(update_fields=["published"])
    text_revised.send(sender=Article, article=article)
    return revision


def blocks_of(correction: Correction) -> tuple[Block, ...]:
    """What a correction makes of the text. ImportRefused where that can't be an article, or where
    two people's changes wait for a choice between them."""
    if any("conflict" in data for data in correction.blocks):
        raise ImportRefused(_("Choose first what is to stand where you both changed something."))
    blocks = tuple(Block.from_json(data) for data in correction.blocks)
    return ParsedArticle(title=correction.article.title, blocks=blocks).checked().blocks


def _relaid(article: Article, correction: Correction) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs as they stand from now on, saved, in order; and those of them that say
    something else than they did."""
    known = {paragraph.key: paragraph for paragraph in article.paragraphs.all()}
    before = {paragraph.pk: _row(paragraph) for paragraph in known.values()}
    said = {paragraph.pk: _said(paragraph) for paragraph in known.values()}
    standing: list[Paragraph] = []
    for data, block in zip(correction.blocks, blocks_of(correction), strict=True):
        kept = known.pop(data["key"], None) or Paragraph(article=article, key=random_key())
        kept.retired = False
        standing.append(lay(kept, block))
    put_in_order(standing)
    for gone in known.values():
        gone.retired, gone.position, gone.number = True, 0, None
    new = [paragraph for paragraph in standing if paragraph.pk is None]
    rows = [p for p in (*standing, *known.values()) if p.pk in before and before[p.pk] != _row(p)]
    Paragraph.objects.bulk_update(rows, CORRECTED, batch_size=200)
    Paragraph.objects.bulk_create(new)
    return standing, [p for p in standing if said.get(p.pk) != _said(p)]


def _row(paragraph: Paragraph) -> tuple[object, ...]:
    return tuple(getattr(paragraph, name) for name in CORRECTED)


def _said(paragraph: Paragraph) -> tuple[object, ...]:
    return tuple(getattr(paragraph, name) for name in _SAID)
