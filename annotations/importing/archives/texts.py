"""Texts and readings of an archive, stored: for a transaction of their caller's, in a few
statements for any number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.importing.archives.attending import Attending
from annotations.importing.archives.matching import free_article_slug, free_keys
from annotations.importing.archives.past import Past
from annotations.records import Holding, Paragraph, Said
from reader.actions.articles import text_hash
from reader.models import (
    Article,
    Circle,
    ParagraphRevision,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    TextRevision,
)
from reader.models import Paragraph as Row

BATCH = 500


def lay_text(
    holding: Holding, group: StudyGroup, people: Attending
) -> tuple[Article, dict[str, int]]:
    """An article with all that it ever said, and its paragraphs by their keys in the archive."""
    theirs = holding.article
    article = Article(
        slug=free_article_slug(group, theirs.slug),
        title=theirs.title,
        subtitle=theirs.subtitle,
        creators=list(theirs.creators),
        series=theirs.series,
        date_text=theirs.date_text,
        source=theirs.source,
        rights=theirs.rights,
        language=theirs.language,
        metadata=[list(pair) for pair in theirs.metadata],
        text_revision=theirs.text_revision,
        sharing=theirs.sharing,
        steward=group,
        added_by_id=people.user(theirs.added_by),
        created_at=theirs.created_at,
    )
    article.full_clean()
    article.save()
    keys = free_keys(group, holding)
    rows = [
        Row(
            article=article,
            key=keys[each.key],
            position=each.position,
            number=each.number,
            retired=each.retired,
            **_said(each),
        )
        for each in holding.paragraphs
    ]
    Row.objects.bulk_create(rows, batch_size=BATCH)
    pks = {each.key: made.pk for each, made in zip(holding.paragraphs, rows, strict=True)}
    _lay_past(holding, article, pks, people)
    return article, pks


def _lay_past(
    holding: Holding, article: Article, pks: Mapping[str, int], people: Attending
) -> None:
    ParagraphRevision.objects.bulk_create(
        (
            ParagraphRevision(
                paragraph_id=pks[said.key],
                text_revision=revision.number,
                created_at=said.created_at,
                **_said(said),
            )
            for revision in holding.revisions
            for said in revision.said
        ),
        batch_size=BATCH,
    )
    orders = Past(holding).orders
    TextRevision.objects.bulk_create(
        (
            TextRevision(
                article=article,
                number=revision.number,
                order=[pks[key] for key in orders[revision.number]],
                comment=revision.comment,
                created_by_id=people.user(revision.created_by),
                created_at=revision.created_at,
            )
            for revision in holding.revisions
        ),
        batch_size=BATCH,
    )


def _said(each: Paragraph | Said) -> dict[str, Any]:
    spans = [list(span) for span in each.spans]
    return {
        "kind": each.kind,
        "level": each.level,
        "label": each.label,
        "text": each.text,
        "spans": spans,
        "text_hash": text_hash(each.text, spans),
    }


def lay_reading(
    holding: Holding, article: Article, group: StudyGroup, people: Attending, order: int
) -> Reading:
    """A reading with its circles, its pseudonyms and what was said about people's part in it."""
    theirs = holding.reading
    reading = Reading(
        group=group,
        article=article,
        opens_at=theirs.opens_at,
        due_at=theirs.due_at,
        order=order,
        status=theirs.status,
        reveal=theirs.reveal,
        reveal_after=theirs.reveal_after,
        reveal_at=theirs.reveal_at,
        bylines=theirs.bylines,
        has_circles=theirs.has_circles,
        created_at=theirs.created_at,
    )
    reading.full_clean()
    reading.save()
    circles = Circle.objects.bulk_create(
        Circle(reading=reading, name=circle.name) for circle in theirs.circles
    )
    seat(dict(zip((each.name for each in circles), circles, strict=True)), holding, people)
    Pseudonym.objects.bulk_create(
        Pseudonym(reading=reading, user_id=people.user(each.person), name=each.name)
        for each in theirs.pseudonyms
    )
    Participation.objects.bulk_create(
        Participation(
            reading=reading,
            user_id=people.user(each.person),
            finished_at=each.finished_at,
            due_at=each.due_at,
        )
        for each in theirs.parts
    )
    return reading


def seat(circles: Mapping[str, Circle], holding: Holding, people: Attending) -> None:
    """Put those who were in these circles into them."""
    seats = Circle.members.through
    seats.objects.bulk_create(
        seats(circle_id=circles[circle.name].pk, user_id=people.user(person))
        for circle in holding.reading.circles
        if circle.name in circles
        for person in circle.members
    )
