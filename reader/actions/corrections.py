"""Corrections on their way: what one person changes in a text, kept with every step."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from reader.actions.articles import about
from reader.actions.correcting import DraftMovedOn
from reader.aligning import align
from reader.drafting import Draft
from reader.importing import Block, ParsedArticle
from reader.merging import rebased
from reader.models import Article, Correction, User
from reader.permissions import can_correct, require
from reader.texts import text_at


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
    _require_correcting(by, article)
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
    _require_correcting(by, article)
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
    _require_correcting(by, article)
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


def _own(by: User, correction: Correction) -> Correction:
    """One's own open correction as it is now, and as it stays until this transaction ends."""
    _require_correcting(by, correction.article)
    locked = Correction.objects.select_for_update(of=("self",)).open()
    own = locked.filter(pk=correction.pk, created_by=by).first()
    require(own is not None, _("These changes were published or thrown away in the meantime."))
    assert own is not None  # noqa: S101  required above
    return own


def _require_correcting(by: User, article: Article) -> None:
    require(can_correct(by, article), _("Only the leaders of its group correct a text."))
