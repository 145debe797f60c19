"""Two who correct a text at once, and one who writes while another corrects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.utils import timezone

from annotations.actions import Range, annotate, erase_group, place
from annotations.models import Annotation, Target
from reader.actions import TextMovedOn, publish_correction
from reader.models import (
    Article,
    Correction,
    Paragraph,
    Reading,
    StudyGroup,
    TextRevision,
    User,
)
from tests.annotations.test_following import now, words_at
from tests.cast import assemble
from tests.corrections import reworded
from tests.races import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def _correction(by: User, article: Article, old: str, new: str) -> Correction:
    return Correction.objects.create(
        article=article, created_by=by, base=1, blocks=reworded(article, old, new)
    )


def _publish(by: User, correction: Correction) -> Callable[[], Any]:
    def publish() -> TextRevision | str:
        try:
            return publish_correction(by=by, correction=correction, seen=correction.state)
        except TextMovedOn:
            return "too late"

    return publish


def test_of_two_corrections_one_is_published_and_the_other_is_kept() -> None:
    cast = assemble()
    article = cast.reading.article
    mine = _correction(cast.owner, article, "margin", "edge")
    yours = _correction(cast.moderator, article, "margin", "border")
    results = at_once(_publish(cast.owner, mine), _publish(cast.moderator, yours))
    assert results.count("too late") == 1
    assert [each.number for each in TextRevision.objects.filter(article=article)] == [1, 2]
    kept = Correction.objects.get(published=None)
    assert kept.blocks == (mine if kept.pk == mine.pk else yours).blocks


def test_the_same_correction_twice_is_one() -> None:
    cast = assemble()
    mine = _correction(cast.owner, cast.reading.article, "margin", "edge")
    first, second = at_once(_publish(cast.owner, mine), _publish(cast.owner, mine))
    assert first == second
    assert TextRevision.objects.filter(article=cast.reading.article).count() == 2


@pytest.mark.parametrize("times", range(4))
def test_a_note_written_while_the_text_is_corrected_stands_on_its_words(times: int) -> None:
    cast = assemble()
    article = cast.reading.article
    correction = _correction(cast.owner, article, "Whoever writes", "Who writes")

    def write() -> Annotation:
        while True:
            reading = Reading.objects.with_titles().get(pk=cast.reading.pk)
            paragraph = Paragraph.objects.get(article=article, text__contains="two people")
            start = paragraph.text.index("two people")
            try:
                return annotate(
                    by=cast.member,
                    reading=reading,
                    where=Range([paragraph], start, start + len("two people")),
                    motivation="commenting",
                    audience="group",
                    client_id=uuid4(),
                    body="Which?",
                )
            except TextMovedOn:
                continue

    _revision, note = at_once(_publish(cast.owner, correction), write)
    assert isinstance(note, Annotation)
    target = now(note)
    assert (target.exact, words_at(target)) == ("two people", "two people")
    assert (target.start_offset, Target.objects.filter(current=True).count()) == (27, 1)


@pytest.mark.parametrize("times", range(3))
def test_a_note_placed_anew_while_the_text_is_corrected_stands_on_its_words(times: int) -> None:
    cast = assemble()
    article = cast.reading.article
    paragraph = Paragraph.objects.get(article=article, text__contains="two people")
    note = annotate(
        by=cast.member,
        reading=cast.reading,
        where=Range([paragraph], 0, len("Whoever")),
        motivation="commenting",
        audience="group",
        client_id=uuid4(),
        body="Which?",
    )
    correction = _correction(cast.owner, article, "Whoever writes", "Who writes")

    def move() -> Annotation:
        while True:
            found = Annotation.objects.select_related("article").get(pk=note.pk)
            now_there = Paragraph.objects.get(pk=paragraph.pk)
            start = now_there.text.index("two people")
            where = Range([now_there], start, start + len("two people"))
            try:
                return place(by=cast.member, annotation=found, where=where)
            except TextMovedOn:
                continue

    at_once(_publish(cast.owner, correction), move)
    target = now(note)
    assert (target.exact, words_at(target), target.start_offset) == ("two people", "two people", 27)
    assert note.targets.filter(current=True).count() == 1


@pytest.mark.parametrize("times", range(3))
def test_a_group_is_erased_while_its_text_is_corrected_and_written_on(times: int) -> None:
    """Whoever comes first, nobody waits for somebody who waits for them."""
    cast = assemble()
    article = cast.reading.article
    correction = _correction(cast.owner, article, "margin", "edge")
    paragraph = Paragraph.objects.get(article=article, text__contains="two people")
    due = {"erase_at": timezone.now(), "erase_asked_by": cast.owner}
    StudyGroup.objects.filter(pk=cast.group.pk).update(**due)

    def write() -> Annotation:
        return annotate(
            by=cast.member,
            reading=Reading.objects.with_titles().get(pk=cast.reading.pk),
            where=Range([paragraph], 0, 7),
            motivation="highlighting",
            audience="group",
            client_id=uuid4(),
        )

    def late(call: Callable[[], object]) -> Callable[[], object]:
        def attempt() -> object:
            with suppress(PermissionDenied, ObjectDoesNotExist, TextMovedOn):
                return call()
            return None

        return attempt

    erased, *_others = at_once(
        lambda: erase_group(cast.group), late(_publish(cast.owner, correction)), late(write)
    )
    assert erased
    assert not Article.objects.filter(pk=article.pk).exists()
    assert not Annotation.objects.filter(article=article.pk).exists()
