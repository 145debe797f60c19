"""Where a note's words are once the text has changed: never at words that it wasn't about."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.anchoring import Following, Passage, Placement, Selector, locate
from annotations.enums import AnchorState
from annotations.selectors import quote
from bench import anchoring as bench
from bench import edits

pytestmark = pytest.mark.anchoring

EXACT, MOVED = AnchorState.EXACT, AnchorState.MOVED
APPROXIMATE, DETACHED = AnchorState.APPROXIMATE, AnchorState.DETACHED

ROSTER = (
    "The water roster was drawn up every spring by the two eldest, and nobody argued with it. "
    "In the year of the drought my aunt read it aloud to a room that had stopped talking."
)
MARGIN = (
    "A margin is a narrow place where a reader answers. It was left empty for exactly that, "
    "and whoever writes there speaks to two people: the author and the next reader."
)
MILLER = (
    "Whoever keeps the key keeps the peace, said the miller. He had never been given either, "
    "but he was a patient man, and he counted the sacks of his neighbours every evening."
)
TEXT = [Passage(1, ROSTER), Passage(2, ""), Passage(3, MARGIN), Passage(4, MILLER)]


def on(words: str, text: Sequence[Passage] = TEXT) -> Selector:
    """A target on these words; lines are those of several paragraphs."""
    whole = "\n".join(passage.text for passage in text)
    assert whole.count(words) == 1
    places = []
    for offset in (whole.index(words), whole.index(words) + len(words) - 1):
        at = whole[:offset].count("\n")
        places.append((at, offset - len("\n".join(p.text for p in text[:at])) - (at > 0)))
    (first, start), (last, end) = places
    found = quote([passage.text for passage in text[first : last + 1]], start, end + 1)
    return Selector(
        text[first].key, start, text[last].key, end + 1, found.exact, found.prefix, found.suffix
    )


def said(text: Sequence[Passage], place: Placement) -> str:
    keys = [passage.key for passage in text]
    covered = text[keys.index(place.first) : keys.index(place.last) + 1]
    return quote([passage.text for passage in covered], place.start, place.end).exact


def followed(
    words: str, after: Sequence[Passage], before: Sequence[Passage] = TEXT
) -> tuple[str, str, int]:
    """A note's state, its words and its paragraph in the text after."""
    place = Following(before, after).place(on(words, before))
    return place.state, said(after, place), place.first


def reworded(*changes: tuple[str, str]) -> list[Passage]:
    texts = [passage.text for passage in TEXT]
    for old, new in changes:
        assert any(old in text for text in texts)
        texts = [text.replace(old, new) for text in texts]
    return [Passage(p.key, text) for p, text in zip(TEXT, texts, strict=True)]


class TestWordsThatStay:
    def test_in_a_text_that_stays(self) -> None:
        selector = on("drawn up every spring")
        ends = (selector.first, selector.start, selector.last, selector.end)
        assert Following(TEXT, TEXT).place(selector) == Placement(EXACT, *ends, 1.0)

    def test_behind_words_that_changed(self) -> None:
        after = reworded(("The water roster", "Our roster"))
        assert followed("every spring", after) == (EXACT, "every spring", 1)

    def test_in_a_paragraph_that_went_elsewhere(self) -> None:
        after = [TEXT[3], TEXT[0], TEXT[1], TEXT[2]]
        assert followed("a patient man", after) == (EXACT, "a patient man", 4)

    def test_over_two_paragraphs_that_both_went_elsewhere(self) -> None:
        after = [*TEXT[1:], TEXT[0]]
        words = "the next reader.\nWhoever keeps"
        assert followed(words, after) == (EXACT, words, 3)

    def test_part_of_a_word(self) -> None:
        after = reworded(("The water roster", "Our roster"))
        assert followed("rought", after) == (EXACT, "rought", 1)

    def test_that_begin_with_a_space(self) -> None:
        after = reworded(("The water roster", "Our roster"))
        assert followed(" every spring", after) == (EXACT, " every spring", 1)

    def test_back_after_a_correction_that_was_undone(self) -> None:
        selector = on("the key keeps the peace")
        between = Following(TEXT, reworded(("the key keeps the peace", "zebras"))).place(selector)
        assert between.state == DETACHED
        assert Following(TEXT, TEXT).place(selector).state == EXACT


class TestWordsThatChange:
    def test_one_inside(self) -> None:
        after = reworded(("every spring", "each spring"))
        assert followed("drawn up every spring by the two", after) == (
            MOVED, "drawn up each spring by the two", 1,
        )  # fmt: skip

    def test_the_first_and_the_last_one(self) -> None:
        after = reworded(("drawn up", "written up"), ("the two eldest", "the two oldest"))
        assert followed("drawn up every spring by the two eldest", after) == (
            MOVED, "written up every spring by the two oldest", 1,
        )  # fmt: skip

    def test_a_typing_mistake_is_corrected(self) -> None:
        before = [Passage(1, "They recieve the water on Mondays.")]
        after = [Passage(1, "They receive the water on Mondays.")]
        assert followed("recieve", after, before) == (MOVED, "receive", 1)

    def test_words_put_in(self) -> None:
        after = reworded(("by the two eldest", "by the two eldest and wisest"))
        assert followed("by the two eldest, and nobody", after) == (
            MOVED, "by the two eldest and wisest, and nobody", 1,
        )  # fmt: skip

    def test_words_put_in_right_beside_are_not_the_notes(self) -> None:
        after = reworded(("every spring", "early every spring again"))
        assert followed("every spring", after) == (EXACT, "every spring", 1)

    def test_the_same_word_put_in_beside_is_not_the_notes(self) -> None:
        after = reworded(("the two eldest", "the wisest and the two eldest"))
        assert followed("the two eldest, and nobody", after)[1] == "the two eldest, and nobody"

    def test_the_end_of_a_long_quote_is_gone(self) -> None:
        after = reworded((" In the year of the drought my aunt read it aloud to a room that had "
                          "stopped talking.", ""))  # fmt: skip
        state, words, _ = followed(ROSTER[:140], after)
        assert (state, words) == (MOVED, ROSTER[:88])

    @pytest.mark.parametrize(
        ("old", "new"),
        [("“", '"'), ("’", "'"), ("–", "-"), (" ", "  "), ("a", "A")],
    )
    def test_typography(self, old: str, new: str) -> None:
        before = [Passage(1, "He said – “don’t go”, she’d said it too – and left us standing.")]
        after = [Passage(1, before[0].text.replace(old, new))]
        for words in ("don’t go", "– “don’t go”, she’d said", "left us", "it too – and"):
            state, found, _ = followed(words, after, before)
            assert state in {EXACT, MOVED}
            assert found == words.replace(old, new)


class TestWordsThatGo:
    @pytest.mark.parametrize("words", [
        "spring", "the two eldest", "every spring by the two eldest",
        "was drawn up every spring by the two eldest, and nobody argued",
    ])  # fmt: skip
    @pytest.mark.parametrize(
        "instead", ["", "zebras", "the quantum mango of two syrups and a tuba"]
    )
    def test_replaced_in_unchanged_surroundings(self, words: str, instead: str) -> None:
        assert followed(words, reworded((words, instead))) == (DETACHED, "", 1)

    def test_are_not_looked_for_among_the_words_of_others(self) -> None:
        """The same words stand in the next line, as they always did."""
        lines = [f"For {who} we ask: hear us, and keep us." for who in ("all", "the sick", "her")]
        before = [Passage(at, line) for at, line in enumerate(lines)]
        after = [before[0], Passage(1, "For the sick we ask: nothing more."), before[2]]
        place = Following(before, after).place(Selector(1, 21, 1, 28, "hear us"))
        assert place == Placement(DETACHED, 1, 0, 1, 0, 0.0)

    def test_of_a_paragraph_that_is_gone(self) -> None:
        assert followed("a narrow place", [TEXT[0], Passage(9, "New."), TEXT[3]])[2] == 4
        assert followed("the two eldest", [*TEXT[2:]]) == (DETACHED, "", 3)
        assert followed("a narrow place", [TEXT[3]]) == (DETACHED, "", 4)

    def test_of_a_paragraph_that_says_something_else(self) -> None:
        after = [*TEXT[:2], Passage(3, "Quite another matter is told here now."), TEXT[3]]
        assert followed("a narrow place", after) == (DETACHED, "", 3)


class TestWordsThatMove:
    SENTENCE = "It was left empty for exactly that"

    def test_with_their_sentence(self) -> None:
        after = reworded(
            (f" {self.SENTENCE},", ""), ("the miller.", f"the miller. {self.SENTENCE}.")
        )
        assert followed("left empty for", after) == (MOVED, "left empty for", 4)
        assert followed(self.SENTENCE, after) == (MOVED, self.SENTENCE, 4)

    def test_inside_of_their_paragraph(self) -> None:
        first, second = ROSTER[:88], ROSTER[89:]
        after = [Passage(1, f"{second} {first}"), *TEXT[1:]]
        assert followed("drawn up every spring", after) == (EXACT, "drawn up every spring", 1)
        assert followed("my aunt read it", after) == (EXACT, "my aunt read it", 1)

    def test_into_a_paragraph_of_their_own(self) -> None:
        at = MARGIN.index("It was")
        after = [*TEXT[:2], Passage(3, MARGIN[: at - 1]), Passage(9, MARGIN[at:]), TEXT[3]]
        assert followed("left empty", after) == (MOVED, "left empty", 9)
        assert followed("reader answers", after) == (EXACT, "reader answers", 3)
        assert followed("answers. It was", after) == (MOVED, "answers.\nIt was", 3)
        assert followed(MARGIN, after) == (MOVED, f"{MARGIN[: at - 1]}\n{MARGIN[at:]}", 3)

    def test_into_the_paragraph_before(self) -> None:
        after = [*TEXT[:2], Passage(3, f"{MARGIN} {MILLER}")]
        assert followed("a patient man", after) == (MOVED, "a patient man", 3)
        assert followed(MILLER, after) == (MOVED, MILLER, 3)
        words = "the next reader.\nWhoever keeps"
        assert followed(words, after) == (MOVED, words.replace("\n", " "), 3)

    def test_with_a_paragraph_that_was_pasted_anew(self) -> None:
        after = [Passage(-1, MILLER.replace("counted", "weighed")), *TEXT[:3]]
        assert followed("a patient man", after) == (MOVED, "a patient man", -1)

    def test_not_with_a_copy(self) -> None:
        after = [Passage(9, MARGIN), *TEXT]
        assert followed("a narrow place", after) == (EXACT, "a narrow place", 3)

    def test_and_change_so_that_only_likeness_finds_them(self) -> None:
        before = [Passage(1, "One stays here."), Passage(2, "Colours labelled in grey honour him.")]
        after = [Passage(1, "One stays here. Colors labeled in gray honor hym, as was said.")]
        state, words, key = followed(before[1].text[:-1], after, before)
        assert (state, words, key) == (APPROXIMATE, "Colors labeled in gray honor hym", 1)


class TestSeveralParagraphs:
    def test_shrink_where_the_last_is_gone(self) -> None:
        words = f"{MARGIN}\nWhoever keeps the key"
        assert followed(words, TEXT[:3]) == (MOVED, MARGIN, 3)

    def test_shrink_where_the_first_is_gone(self) -> None:
        words = f"{ROSTER[89:]}\n\n{MARGIN}"
        assert followed(words, TEXT[2:]) == (MOVED, MARGIN, 3)

    def test_hold_what_was_put_in_between(self) -> None:
        words = f"{ROSTER[89:]}\n\n{MARGIN}"
        after = [TEXT[0], Passage(9, "A line between them."), *TEXT[2:]]
        assert followed(words, after) == (
            MOVED, f"{ROSTER[89:]}\nA line between them.\n{MARGIN}", 1,
        )  # fmt: skip

    def test_do_not_reach_over_a_text_that_came_between(self) -> None:
        before = [Passage(8, "Somebody spoke."), Passage(9, MILLER)]
        after = [before[0], *TEXT[:3], before[1]]
        words = f"spoke.\n{MILLER[:60]}"
        assert followed(words, after, before) == (MOVED, MILLER[:60], 9)


@st.composite
def an_edited_text(draw: Any) -> tuple[list[Passage], list[Passage], Selector]:
    """Some text, some target on it, and some text that came of it."""
    word = st.sampled_from(
        ["the", "key", "Key", "keeps", "peace,", "漢字", "שלום", "é", "👩‍👧", "a", ".", "\n"]
    )
    paragraphs = st.lists(word, max_size=12).map(" ".join)
    before = [
        Passage(at, text)
        for at, text in enumerate(draw(st.lists(paragraphs, min_size=1, max_size=5)))
    ]
    after = list(before)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(after) - 1))
        key, text = after[at].key, after[at].text
        where = draw(st.integers(0, len(text)))
        until = draw(st.integers(where, len(text)))
        act = draw(st.sampled_from(["write", "split", "merge", "move", "out", "copy", "key"]))
        new = -len(after) - draw(st.integers(1, 3)) * 100
        if act == "write":
            after[at] = Passage(key, text[:where] + draw(paragraphs) + text[until:])
        elif act == "split":
            after[at : at + 1] = [Passage(key, text[:where]), Passage(new, text[where:])]
        elif act == "merge" and at + 1 < len(after):
            after[at : at + 2] = [Passage(key, f"{text} {after[at + 1].text}")]
        elif act == "move":
            after.insert(draw(st.integers(0, len(after) - 1)), after.pop(at))
        elif act == "out" and len(after) > 1:
            del after[at]
        elif act == "copy":
            after.insert(at, Passage(new, text))
        elif act == "key":
            after[at] = Passage(new, text)
    after = list({passage.key: passage for passage in after}.values())
    first = draw(st.integers(0, len(before) - 1))
    last = draw(st.integers(first, len(before) - 1))
    start = draw(st.integers(0, len(before[first].text)))
    end = draw(st.integers(start if first == last else 0, len(before[last].text)))
    words = quote([passage.text for passage in before[first : last + 1]], start, end)
    selector = Selector(first, start, last, end, words.exact, words.prefix, words.suffix)
    return before, after, selector


def hold(text: Sequence[Passage], place: Placement, made: Selector) -> None:
    """What is true of every placement."""
    keys = [passage.key for passage in text]
    assert keys.index(place.first) <= keys.index(place.last)
    assert 0 <= place.confidence <= 1
    if place.state == DETACHED:
        assert (place.first, place.start, place.end) == (place.last, 0, 0)
        return
    words = said(text, place)
    assert words.strip()
    assert words[0].isspace() <= made.exact[0].isspace()
    assert words[-1].isspace() <= made.exact[-1].isspace()
    assert 0 <= place.start <= len(text[keys.index(place.first)].text)
    assert 0 <= place.end <= len(text[keys.index(place.last)].text)
    if place.state == EXACT:
        assert words == made.exact


@given(an_edited_text())
def test_every_place_can_be_shown(edited: tuple[list[Passage], list[Passage], Selector]) -> None:
    before, after, selector = edited
    if selector.exact.strip():
        place = Following(before, after).place(selector)
        hold(after, place, selector)
        if place.state == EXACT:
            assert (place.first, place.last) == (selector.first, selector.last)
        assert Following(before, after).place(selector) == place


@given(an_edited_text())
def test_a_text_that_came_back_gives_every_target_back(
    edited: tuple[list[Passage], list[Passage], Selector],
) -> None:
    before, _, selector = edited
    ends = (selector.first, selector.start, selector.last, selector.end)
    again = [Passage(passage.key, passage.text) for passage in before]
    assert Following(before, again).place(selector) == Placement(EXACT, *ends, 1.0)


@given(an_edited_text())
def test_a_place_does_not_depend_on_who_else_asks(
    edited: tuple[list[Passage], list[Passage], Selector],
) -> None:
    before, after, selector = edited
    following = Following(before, after)
    for passage in before:
        if passage.text.strip():
            following.place(Selector(passage.key, 0, passage.key, len(passage.text), passage.text))
    assert following.place(selector) == Following(before, after).place(selector)


class TestLocate:
    def test_the_words(self) -> None:
        selector = on("the next reader.\nWhoever keeps")
        ends = (selector.first, selector.start, selector.last, selector.end)
        assert locate(TEXT, selector.exact) == Placement(EXACT, *ends, 1.0)

    @pytest.mark.parametrize("words", ["the  next\nreader", "the next reader. Whoever keeps"])
    def test_the_words_whatever_their_space(self, words: str) -> None:
        assert locate(TEXT, words).state == EXACT

    def test_the_words_whatever_their_normalisation(self) -> None:
        text = [Passage(1, "In the caf\u00e9 they read.")]
        assert locate(text, "cafe\u0301 they") == Placement(EXACT, 1, 7, 1, 16, 1.0)

    def test_the_words_in_another_case_are_only_nearly_those(self) -> None:
        place = locate(TEXT, "THE TWO ELDEST")
        assert (place.state, said(TEXT, place)) == (APPROXIMATE, "the two eldest")

    def test_of_several_the_one_in_its_context(self) -> None:
        text = [
            Passage(at, f"{who} reads the book aloud.") for at, who in enumerate(["Ana", "Eve"])
        ]
        place = locate(text, "the book", "Eve reads ", " aloud.")
        assert (place.state, place.first) == (EXACT, 1)
        assert place.confidence == pytest.approx(1)

    def test_of_several_the_nearest(self) -> None:
        text = [Passage(at, "Read the book.") for at in range(5)]
        assert locate(text, "the book", near=(3, 0)).first == 3

    def test_of_several_as_good_any_is_only_a_guess(self) -> None:
        text = [Passage(at, "Read the book.") for at in range(4)]
        assert locate(text, "the book") == Placement(APPROXIMATE, 0, 5, 0, 13, 0.25)

    def test_words_much_like_it(self) -> None:
        place = locate(TEXT, "He has never been given any, but he was a patient man")
        assert place.state == APPROXIMATE
        assert said(TEXT, place) == "He had never been given either, but he was a patient man"
        assert 0.6 < place.confidence < 1

    @pytest.mark.parametrize("words", ["", " \n", "zebras", "of zebras and quantum syrup in the"])
    def test_words_that_are_not_there(self, words: str) -> None:
        assert locate(TEXT, words) == Placement(DETACHED, 1, 0, 1, 0, 0.0)

    def test_words_that_are_not_there_are_shown_near(self) -> None:
        assert locate(TEXT, "zebras", near=(3, 5)) == Placement(DETACHED, 3, 0, 3, 0, 0.0)

    @given(an_edited_text())
    def test_every_place_can_be_shown(
        self, edited: tuple[list[Passage], list[Passage], Selector]
    ) -> None:
        _, after, made = edited
        if made.exact.strip():
            place = locate(after, made.exact, made.prefix, made.suffix, (made.first, made.start))
            keys = [passage.key for passage in after]
            assert keys.index(place.first) <= keys.index(place.last)
            assert place.state == DETACHED or said(after, place).strip()


def test_a_target_that_its_text_does_not_bear_out_is_looked_for() -> None:
    selector = Selector(1, 0, 1, 3, "a patient man")
    assert Following(TEXT, TEXT).place(selector).first == 4


@pytest.mark.hostile
@pytest.mark.parametrize(
    "letters",
    ["a", "ab ", "漢字仮名", "e\u0301\u0302", "👩\u200d", "\u202eא "],
)
def test_a_paragraph_of_50_000_letters(letters: str) -> None:
    """Whatever it is made of: it is answered, and what is placed can be shown."""
    random = Random(letters)
    old = "".join(random.choices(letters, k=50_000)).strip() or letters
    new = "".join(random.choices(letters, k=50_000)).strip() or letters
    before = [Passage(1, old)]
    made = [
        Selector(1, at, 1, at + 40, old[at : at + 40]) for at in range(0, len(old) - 40, 20_000)
    ]
    made = [each for each in made if each.exact.strip()]
    for after in ([Passage(2, new)], [Passage(1, f"x {old}")]):
        following = Following(before, after)
        for selector in made:
            place = following.place(selector)
            keys = [passage.key for passage in after]
            assert place.first in keys
            assert place.state != EXACT or said(after, place) == selector.exact


def test_what_the_benchmark_promises() -> None:
    """On a part of its texts; `make bench ONLY=anchoring` takes all of them."""
    found = [
        outcome
        for name, paragraphs in (("prose", 10), ("verse", 20), ("rules", 20), ("unspaced", 10))
        for outcome in bench.run_on(name, edits.read(name)[:paragraphs], 60, bench.SEED)
    ]
    figures = {each.name: each.value for each in bench.results(found)}
    assert figures["anchoring.right"] >= 95
    assert figures["anchoring.wrong"] <= 1
    assert figures["anchoring.wrong_vanished_6_words"] == 0
    assert figures["anchoring.wrong_vanished_short"] <= 2
