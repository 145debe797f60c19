"""Notes after their text was corrected, from the correction to what stands in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.actions import Range, withdraw
from annotations.enums import AnchorState
from annotations.models import Annotation, Target
from annotations.selectors import quote
from reader.models import Article, Paragraph
from tests.annotations.conftest import Write
from tests.cast import Cast
from tests.corrections import block, blocks_of, changed, correct, reworded

pytestmark = pytest.mark.anchoring


def now(note: Annotation) -> Target:
    return note.targets.current().select_related("start_paragraph", "end_paragraph").get()


def words_at(target: Target) -> str:
    """What stands where a target is."""
    first, last = target.start_paragraph, target.end_paragraph
    texts = Paragraph.objects.standing().filter(
        article=first.article_id, position__range=(first.position, last.position)
    )
    found = quote(
        list(texts.values_list("text", flat=True)), target.start_offset, target.end_offset
    )
    return found.exact


@pytest.fixture
def article(cast: Cast) -> Article:
    article: Article = cast.reading.article
    return article


@pytest.fixture
def note(cast: Cast, write: Write) -> Annotation:
    """On “two people” in “Whoever writes there speaks to two people: the author and …”."""
    return write(cast.member, "Which two?", on=1, start=31, end=41)


class TestOneNote:
    def test_stays_where_its_words_are_left_alone(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        made = now(note)
        correct(cast.owner, article, reworded(article, "book", "volume"))
        assert now(note) == made
        assert note.targets.count() == 1

    def test_goes_along_with_its_words(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        correct(cast.owner, article, reworded(article, "Whoever writes", "Who writes"))
        target = now(note)
        assert (target.anchor_state, target.start_offset, target.exact, words_at(target)) == (
            AnchorState.EXACT, 27, "two people", "two people",
        )  # fmt: skip
        assert (target.placed_by, target.text_revision, note.targets.count()) == (None, 2, 2)

    def test_says_that_its_words_changed(self, cast: Cast, write: Write, article: Article) -> None:
        note = write(cast.member, "So?", on=1, start=0, end=41)
        correct(cast.owner, article, reworded(article, "speaks to", "talks with"))
        target = now(note)
        assert (target.anchor_state, target.exact) == (
            AnchorState.MOVED, "Whoever writes there talks with two people",
        )  # fmt: skip

    def test_loses_words_that_were_taken_out(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        made = now(note)
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        target = now(note)
        assert (target.anchor_state, target.start_paragraph) == (
            AnchorState.DETACHED, made.start_paragraph,
        )  # fmt: skip
        assert (target.start_offset, target.end_offset, target.exact) == (0, 0, "two people")

    def test_of_a_paragraph_that_is_gone_stands_at_the_nearest(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        blocks = [each for each in blocks_of(article) if "two people" not in each["text"]]
        correct(cast.owner, article, blocks)
        target = now(note)
        assert target.anchor_state == AnchorState.DETACHED
        assert target.start_paragraph.text.startswith("A margin is")
        assert Paragraph.objects.filter(article=article, retired=True).count() == 1

    def test_is_back_once_the_correction_is_undone(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        made = now(note)
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        correct(cast.owner, article, blocks_of(article, 1))
        assert now(note) == made
        assert note.targets.count() == 2

    def test_of_a_retired_paragraph_is_back_with_it(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        made, before = now(note), blocks_of(article)
        correct(cast.owner, article, [each for each in before if "two" not in each["text"]])
        correct(cast.owner, article, before)
        assert now(note) == made

    def test_follows_its_words_into_another_paragraph(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        note = write(cast.member, on=0, start=36, end=63)  # It was left empty for that
        blocks = blocks_of(article)
        first = blocks[1]
        first["text"], rest = "A margin is where a reader answers.", "It was left empty for that."
        first["spans"] = []
        blocks.insert(2, block(rest))
        correct(cast.owner, article, blocks)
        target = now(note)
        assert (target.anchor_state, target.start_paragraph.text) == (AnchorState.MOVED, rest)
        assert target.exact == words_at(target)

    def test_on_the_whole_article_stands_at_its_head(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        prompt = write(
            cast.owner, "Why read?", motivation="questioning", category="violet", whole_article=True
        )
        correct(cast.owner, article, [block("Quite another text."), *blocks_of(article)[2:]])
        target = now(prompt)
        assert (target.whole_article, target.anchor_state, target.exact) == (True, "exact", "")
        assert target.start_paragraph.text == "Quite another text."

    def test_placed_anew_stays_there_while_that_text_changes(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        """An older choice that still stands is no reason to go back to it."""
        other = Paragraph.objects.get(article=article, text__startswith="Then the book")
        chosen = _choose(note, other, "the talk goes on", cast)
        correct(cast.owner, article, reworded(article, "the talk goes on", "the talk went on"))
        assert now(note).start_paragraph == other
        correct(cast.owner, article, reworded(article, "the talk went on", "the talk goes on"))
        assert now(note) == chosen

    def test_placed_anew_after_a_loss_goes_back_when_the_loss_is_undone(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        made = now(note)
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        changed_to = Paragraph.objects.get(article=article, text__contains="strangers")
        _choose(note, changed_to, "a crowd of strangers", cast)
        correct(cast.owner, article, blocks_of(article, 1))
        assert now(note) == made

    def test_widened_after_a_correction_keeps_its_words_when_that_is_undone(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        correct(cast.owner, article, reworded(article, "Whoever writes", "Whoever wrote"))
        there = Paragraph.objects.get(article=article, text__contains="two people")
        _choose(note, there, "speaks to two people", cast)
        correct(cast.owner, article, blocks_of(article, 1))
        assert (now(note).anchor_state, now(note).exact) == (
            AnchorState.EXACT, "speaks to two people",
        )  # fmt: skip

    def test_placed_anew_elsewhere_stays_there_when_that_changes_and_its_loss_comes_back(
        self, cast: Cast, article: Article, note: Annotation
    ) -> None:
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        other = Paragraph.objects.get(article=article, text__startswith="Then the book")
        _choose(note, other, "the talk goes on", cast)
        blocks = blocks_of(article, 1)
        blocks[-2]["text"] += " Yes."
        correct(cast.owner, article, blocks)
        assert now(note).exact == "the talk goes on"


def _choose(note: Annotation, paragraph: Paragraph, words: str, cast: Cast) -> Target:
    """Place a note anew, as its author does."""
    from annotations.actions import target_on

    note.refresh_from_db()
    start = paragraph.text.index(words)
    note.targets.update(current=False)
    target = target_on(note, Range([paragraph], start, start + len(words)))
    target.save()
    return target


def test_every_note_is_followed_whoever_sees_it(cast: Cast, article: Article, write: Write) -> None:
    notes = [
        write(cast.member, "For me.", on=1, start=31, end=41, audience="private"),
        write(cast.owner, "For us.", on=1, start=31, end=41, audience="leaders"),
        write(cast.other, "Taken back.", on=1, start=31, end=41),
    ]
    withdraw(by=cast.other, annotation=notes[2])
    correct(cast.owner, article, reworded(article, "Whoever", "Who"))
    assert [now(each).start_offset for each in notes] == [27, 27, 27]


@pytest.mark.parametrize("count", [3, 300])
def test_takes_the_same_queries_however_many_notes(
    cast: Cast,
    article: Article,
    write: Write,
    count: int,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    first = write(cast.member, on=1, start=31, end=41)
    target = now(first)
    copies = [Annotation(
        creator=cast.member, article=article, reading=cast.reading, audience="group",
        motivation="highlighting", category="yellow", client_id=first.uuid.__class__(int=at + 1),
    ) for at in range(count - 1)]  # fmt: skip
    Annotation.objects.bulk_create(copies)
    for each in copies:
        target.pk, target.annotation = None, each
        target.save(force_insert=True)
    blocks = reworded(article, "Whoever", "Who")
    with django_assert_num_queries(QUERIES):
        correct(cast.owner, article, blocks)
    assert Target.objects.filter(current=True, start_offset=27).count() == count


QUERIES = 22


def test_correcting_puts_the_words_of_several_paragraphs_in_one(
    cast: Cast, article: Article, write: Write
) -> None:
    note = write(cast.member, "Across.", on=0, until=1, start=36, end=20)
    assert now(note).exact == "It was left empty for that.[1]\nWhoever writes there"
    blocks = changed(article, lambda text: text)
    first, second = blocks[1], blocks.pop(2)
    first["text"] += f" {second['text']}"
    correct(cast.owner, article, blocks)
    target = now(note)
    assert (target.anchor_state, target.exact) == (
        AnchorState.MOVED, "It was left empty for that.[1] Whoever writes there",
    )  # fmt: skip
    assert words_at(target) == target.exact
    assert target.start_paragraph == target.end_paragraph
