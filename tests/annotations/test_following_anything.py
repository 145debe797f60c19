"""Whatever is corrected, in whatever order: nobody loses a note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from annotations.actions import Range, annotate
from annotations.enums import AnchorState
from annotations.models import Annotation, AnnotationRevision, Target
from reader.models import Article, Paragraph
from tests.annotations.test_following import now, words_at
from tests.cast import Cast, assemble
from tests.corrections import block, blocks_of, correct
from tests.worlds import once

pytestmark = pytest.mark.anchoring


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    yield from once(django_db_blocker, build)


def build() -> Cast:
    """Notes on a word, on sentences, on whole paragraphs, across two, across a footnote's sign,
    in verse, and one that its author keeps."""
    cast = assemble()
    text = list(Paragraph.objects.standing().filter(article=cast.reading.article))
    places = [
        (1, 2, 1, 8), (1, 36, 1, 63), (1, 50, 1, 66), (2, 0, 2, 71), (2, 31, 2, 41),
        (1, 36, 2, 20), (3, 0, 3, 34), (3, 4, 3, 8), (5, 5, 5, 13), (2, 10, 5, 9), (0, 0, 0, 10),
    ]  # fmt: skip
    for at, (first, start, last, end) in enumerate(places):
        annotate(
            by=cast.member,
            reading=cast.reading,
            where=Range(text[first : last + 1], start, end),
            motivation="commenting",
            audience="private" if at % 4 == 3 else "group",
            client_id=uuid4(),
            body="So?",
        )
    return cast


@st.composite
def a_correction_of(draw: Any, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some correction of these blocks."""
    blocks = [dict(each) for each in blocks]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(blocks) - 1))
        chosen = blocks[at]
        act = draw(
            st.sampled_from(["reword", "cut", "split", "merge", "move", "out", "in", "copy"])
        )
        words = chosen["text"].split(" ")
        if act == "out" and sum(bool(b["text"]) for b in blocks) > 2:
            del blocks[at]
        elif act == "move":
            blocks.insert(draw(st.integers(0, len(blocks) - 1)), blocks.pop(at))
        elif act == "in":
            blocks.insert(at, block(draw(st.sampled_from(["A new one, of some words.", "Yes."]))))
        elif act == "copy" and chosen["text"]:
            blocks.insert(at, {**chosen, "key": ""})
        elif act == "merge" and at + 1 < len(blocks) and chosen["text"] and blocks[at + 1]["text"]:
            chosen["text"], chosen["spans"] = f"{chosen['text']} {blocks.pop(at + 1)['text']}", []
        elif len(words) > 3:
            where = draw(st.integers(1, len(words) - 2))
            chosen["spans"] = []
            if act == "split":
                chosen["text"] = " ".join(words[:where])
                blocks.insert(at + 1, {**chosen, "key": "", "text": " ".join(words[where:])})
            elif act == "cut":
                chosen["text"] = " ".join(words[:where])
            else:
                words[where] = draw(st.sampled_from(["perhaps", "never", "🙂", words[0]]))
                chosen["text"] = " ".join(words)
    return blocks


@given(data=st.data())
def test_no_sequence_of_corrections_loses_a_note(world: Cast, data: st.DataObject) -> None:
    """As many notes as before, each with one place that can be shown, every exact one on exactly
    its words; and back at the first text each is where it was made."""
    with transaction.atomic():
        article = Article.objects.get(pk=world.reading.article_id)
        notes = list(article.annotations.order_by("pk"))
        made = {each.pk: now(each) for each in notes}
        for _ in range(data.draw(st.integers(1, 3))):
            correct(world.owner, article, data.draw(a_correction_of(blocks_of(article))))
            _hold(article, notes, made)
        correct(world.owner, article, blocks_of(article, 1))
        assert {each.pk: now(each) for each in notes} == made
        assert AnnotationRevision.objects.count() == 0
        transaction.set_rollback(True)


def _hold(article: Article, notes: list[Annotation], made: dict[int, Target]) -> None:
    assert list(article.annotations.order_by("pk")) == notes
    standing = {p.pk: p for p in Paragraph.objects.standing().filter(article=article)}
    for each in notes:
        target = now(each)
        assert target.start_paragraph_id in standing
        assert target.end_paragraph_id in standing
        if target.anchor_state == AnchorState.DETACHED:
            assert target.exact == made[each.pk].exact
            continue
        assert words_at(target) == target.exact != ""
        if target.anchor_state == AnchorState.EXACT:
            assert target.exact == made[each.pk].exact
