"""A published text, corrected: each step kept for the one who corrects it, and the whole published
in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from reader.actions.articles import about, keep_text, lay, put_in_order
from reader.aligning import align
from reader.drafting import Draft
from reader.importing import Block, ImportRefused, ParsedArticle
from reader.merging import rebased
from reader.models import Article, Correction, Paragraph, TextRevision, User
from reader.permissions import require, require_correcting
from reader.signals import text_revised
from reader.slugs import random_key
from reader.texts import said, text_at

# What of a paragraph a correction may change.
CORRECTED = (
    "position", "number", "kind", "level", "label", "text", "spans", "text_hash", "retired",
)  # fmt: skip


class TextMovedOn(Exception):
    """Somebody else has published a correction since this one was begun."""


class DraftMovedOn(Exception):
    """A correction is no longer as whoever changes it saw it, in another window of theirs."""


def draft_of(article: Article, correction: Correction | None) -> Draft:
    """A correction as it stands; without one, the text, nothing changed."""
    if correction is None:
        return published(article, article.text_revision)
    return Draft(correction.base, tuple(correction.blocks))


def published(article: Article, number: int) -> Draft:
    """A text that the article has or had."""
    return Draft.of(number, text_at(article, number))


def new_version(article: Article, blocks: Sequence[Block]) -> Draft:
    """The whole text anew: each block goes on as the paragraph that it continues."""
    now = text_at(article, article.text_revision)
    keys = align(
        [(each.key, each.kind, each.text) for each in now],
        [(block.kind.value, block.text) for block in blocks],
    )
    return Draft.anew(article.text_revision, blocks, keys)


def earlier_version(article: Article, number: int) -> Draft:
    """A text that the article had, to be its text again."""
    return Draft(article.text_revision, published(article, number).blocks)


@transaction.atomic
def keep_draft(*, by: User, article: Article, seen: str, draft: Draft) -> Correction:
    """Make a draft this person's correction of the text, in place of what it was.

    `seen` is the state of what it was made from; DraftMovedOn where that isn't so any more.
    """
    # The article's row is held so that two first steps don't make two corrections.
    article = Article.objects.select_for_update().get(pk=article.pk)
    require_correcting(by, article)
    correction = Correction.objects.visible_to(by).open_for(article)
    if draft_of(article, correction).state != seen:
        raise DraftMovedOn
    correction = correction or Correction(article=article, created_by=by)
    correction.base, correction.blocks = draft.base, list(draft.blocks)
    correction.full_clean()
    correction.save()
    return correction


@transaction.atomic
def describe_correction(*, by: User, correction: Correction, comment: str) -> Correction:
    """Say what is corrected, for the others."""
    correction = _own(by, correction)
    correction.comment = comment
    correction.full_clean()
    correction.save(update_fields=["comment"])
    return correction


@transaction.atomic
def discard_correction(*, by: User, article: Article) -> None:
    """Throw a person's changes away; the text stays as it is. Without any, nothing happens."""
    require_correcting(by, article)
    Correction.objects.visible_to(by).open().filter(article=article).delete()


@transaction.atomic
def rebase_correction(*, by: User, correction: Correction) -> Correction:
    """Put a correction onto the text as it is now, which somebody else has corrected since."""
    article = Article.objects.select_for_update().get(pk=correction.article_id)
    correction = _own(by, correction)
    if correction.base != article.text_revision:
        put = rebased(
            published(article, correction.base),
            draft_of(article, correction),
            published(article, article.text_revision),
        )
        correction.base, correction.blocks = put.base, list(put.blocks)
        correction.save(update_fields=["base", "blocks"])
    return correction


@transaction.atomic
def mend_about(*, by: User, article: Article, parsed: ParsedArticle) -> Article:
    """Change what is said of an article: its title, its authors, its source. Not its text, nor
    its address."""
    article = Article.objects.select_for_update().get(pk=article.pk)
    require_correcting(by, article)
    columns = about(parsed, language=article.language)
    changed = [name for name, value in columns.items() if getattr(article, name) != value]
    if changed:
        for name in changed:
            setattr(article, name, columns[name])
        article.full_clean()
        article.save(update_fields=changed)
        # Its pages show this, and are kept until they have another version.
        article.readings.update(version=F("version") + 1)
    return article


def as_parsed(article: Article) -> ParsedArticle:
    """A published article as an importer would have read it."""
    draft = published(article, article.text_revision)
    return ParsedArticle(
        title=article.title,
        subtitle=article.subtitle,
        creators=tuple(article.creators),
        series=article.series,
        date=article.date_text,
        language=article.language,
        source=article.source,
        rights=article.rights,
        metadata=tuple((key, value) for key, value in article.metadata),
        blocks=tuple(Block.from_json(each) for each in draft.blocks),
    )


@transaction.atomic
def publish_correction(*, by: User, correction: Correction, seen: str) -> TextRevision:
    """Make a correction the article's text; a second call returns the same revision.

    `seen` is the state in which it was looked at; DraftMovedOn where that isn't so any more.

    Paragraphs keep their keys as the correction says. One that it leaves out is retired and never
    deleted. Raises TextMovedOn where the text is no longer the one that the correction began
    with, and ImportRefused, with a sentence, where no article can be made of it.
    """
    # Whoever writes a note holds on to the article's row, so this waits for notes on their way.
    article = Article.objects.select_for_update().get(pk=correction.article_id)
    require_correcting(by, article)
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    require(correction.created_by_id == by.pk, _("This correction is somebody else's."))
    if correction.published is not None:
        return article.text_revisions.get(number=correction.published)
    if correction.base != article.text_revision:
        raise TextMovedOn
    if seen != correction.state:
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
    saying = {paragraph.pk: said(paragraph) for paragraph in known.values()}
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
    return standing, [p for p in standing if saying.get(p.pk) != said(p)]


def _row(paragraph: Paragraph) -> tuple[object, ...]:
    return tuple(getattr(paragraph, name) for name in CORRECTED)


def _own(by: User, correction: Correction) -> Correction:
    """One's own open correction as it is now, and as it stays until this transaction ends."""
    require_correcting(by, correction.article)
    locked = Correction.objects.select_for_update(of=("self",)).open()
    own = locked.filter(pk=correction.pk, created_by=by).first()
    require(own is not None, _("These changes were published or thrown away in the meantime."))
    assert own is not None  # noqa: S101  required above
    return own
