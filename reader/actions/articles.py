import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from reader.enums import NUMBERED
from reader.importing import Block, ParsedArticle
from reader.models import (
    Article,
    ImportDraft,
    Paragraph,
    ParagraphRevision,
    Reading,
    StudyGroup,
    TextRevision,
    User,
)
from reader.permissions import can_add_article, membership_of, require
from reader.slugs import free_slug, random_key


def _require_adding(by: User, group: StudyGroup) -> None:
    allowed = can_add_article(membership_of(by, group))
    require(allowed, _("Only the group's leaders add articles."))


@transaction.atomic
def draft_article(
    *, by: User, group: StudyGroup, parsed: ParsedArticle, filename: str = ""
) -> ImportDraft:
    """Keep what an importer made of a file, to be looked at and mended."""
    _require_adding(by, group)
    return ImportDraft.objects.create(
        group=group, created_by=by, parsed=parsed.to_json(), filename=filename[:255]
    )


@transaction.atomic
def mend_draft(*, by: User, draft: ImportDraft, parsed: ParsedArticle) -> ImportDraft:
    """Keep what was mended; a draft that has been published stays as it was."""
    _require_adding(by, draft.group)
    draft = _locked(draft)
    if draft.article_id is None:
        draft.parsed = parsed.to_json()
        draft.save(update_fields=["parsed"])
    return draft


@transaction.atomic
def discard_draft(*, by: User, draft: ImportDraft) -> None:
    _require_adding(by, draft.group)
    draft = _locked(draft)
    require(draft.article_id is None, _("This article is published already."))
    draft.delete()


@transaction.atomic
def publish(*, by: User, draft: ImportDraft) -> Reading:
    """Make the article and the group's reading of it; a second call returns the same reading."""
    _require_adding(by, draft.group)
    draft = _locked(draft)
    if draft.article_id is not None:
        return Reading.objects.get(group=draft.group, article=draft.article_id)
    article = _store(ParsedArticle.from_json(draft.parsed), by=by, steward=draft.group)
    draft.article = article
    draft.save(update_fields=["article"])
    last = draft.group.readings.aggregate(last=Max("order"))["last"]
    reading = Reading(
        group=draft.group,
        article=article,
        order=(last or 0) + 1,
        reveal=draft.group.reveal,
        reveal_after=draft.group.reveal_after,
        bylines=draft.group.bylines,
    )
    reading.full_clean()
    reading.save()
    return reading


def _locked(draft: ImportDraft) -> ImportDraft:
    """The draft as it is now, and as it stays until this transaction ends."""
    locked = ImportDraft.objects.select_for_update(of=("self",)).filter(pk=draft.pk)
    found = locked.select_related("group").first()
    if found is None:
        raise PermissionDenied(_("This draft was thrown away in the meantime."))
    return found


def _store(parsed: ParsedArticle, *, by: User, steward: StudyGroup) -> Article:
    article = Article(
        **about(parsed, language=steward.language),
        slug=free_slug(Article, parsed.title, fallback="article"),
        steward=steward,
        added_by=by,
    )
    article.full_clean()
    article.save()
    paragraphs = [
        lay(Paragraph(article=article, key=random_key()), block) for block in parsed.blocks
    ]
    put_in_order(paragraphs)
    Paragraph.objects.bulk_create(paragraphs)
    keep_text(article, paragraphs, changed=paragraphs, by=by)
    return article


def about(parsed: ParsedArticle, *, language: str) -> dict[str, Any]:
    """What an article keeps beside its text, by column; `language` is for one that names none."""
    return {
        "title": parsed.title,
        "subtitle": parsed.subtitle,
        "creators": list(parsed.creators),
        "series": parsed.series,
        "date_text": parsed.date,
        "source": parsed.source,
        "rights": parsed.rights,
        "language": parsed.language or language,
        "metadata": [list(pair) for pair in parsed.metadata],
    }


def lay(paragraph: Paragraph, block: Block) -> Paragraph:
    """Make a paragraph say what a block does; not yet saved."""
    paragraph.kind, paragraph.level, paragraph.label = block.kind, block.level, block.label
    paragraph.text = block.text
    paragraph.spans = [[span.start, span.end, span.kind, span.target] for span in block.spans]
    paragraph.text_hash = text_hash(paragraph.text, paragraph.spans)
    return paragraph


def put_in_order(paragraphs: Sequence[Paragraph]) -> None:
    """Give each its position and the number that readers see; not yet saved."""
    numbers = count(1)
    for position, paragraph in enumerate(paragraphs, start=1):
        paragraph.position = position
        paragraph.number = next(numbers) if paragraph.kind in NUMBERED else None


def keep_text(
    article: Article,
    standing: Sequence[Paragraph],
    *,
    changed: Iterable[Paragraph],
    by: User,
    comment: str = "",
) -> TextRevision:
    """Remember what an article says from its present text revision on."""
    ParagraphRevision.objects.bulk_create(
        ParagraphRevision(
            paragraph=paragraph,
            text_revision=article.text_revision,
            kind=paragraph.kind,
            level=paragraph.level,
            label=paragraph.label,
            text=paragraph.text,
            spans=paragraph.spans,
            text_hash=paragraph.text_hash,
        )
        for paragraph in changed
    )
    return TextRevision.objects.create(
        article=article,
        number=article.text_revision,
        order=[paragraph.pk for paragraph in standing],
        comment=comment,
        created_by=by,
    )


def text_hash(text: str, spans: list[Any]) -> str:
    """SHA-256 over the words and their formatting."""
    return hashlib.sha256(json.dumps([text, spans], ensure_ascii=False).encode()).hexdigest()
