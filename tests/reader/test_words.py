"""Words, and what becomes of them when their text changes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.words import Piece, Run, changes, folded, followed, kept, likeness, moved, tokens

pytestmark = pytest.mark.anchoring

# Few letters, so that what is drawn has words in common; and marks, scripts and signs.
texts = st.text(alphabet="ab ’'-.\n漢字é\u0301สวשא👩\u200d🇵1,A", max_size=60)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don’t stop, now.", ["Don’t", "stop", ",", "now", "."]),
        ("well-known", ["well", "-", "known"]),
        ("1,000.5 of them", ["1,000.5", "of", "them"]),
        ("“So?”", ["“", "So", "?", "”"]),
        ("輪読する。", ["輪", "読", "す", "る", "。"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("👩‍👩‍👧 👍🏽 🇵🇹🇧🇷", ["👩‍👩‍👧", "👍🏽", "🇵🇹", "🇧🇷"]),
        ("snake_case", ["snake", "_", "case"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_letters_without_a_space_for_very_long_are_words() -> None:
    assert words("a" * 50) == ["a"] * 50


@given(texts)
def test_every_letter_is_in_one_word_and_space_in_none(text: str) -> None:
    spans = tokens(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join(words(text)) == "".join(text.split())


def test_folded_looks_past_case_and_the_kind_of_marks() -> None:
    assert folded("“Don’t” – STOP") == folded('"don\'t" - stop')


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a foo b", "a bar b", [("same", "a "), ("out", "foo"), ("in", "bar"), ("same", " b")]),
        ("a b", "a x b", [("same", "a "), ("in", "x "), ("same", "b")]),
        ("a x b", "a b", [("same", "a "), ("out", "x "), ("same", "b")]),
        ("It is.", "It is!", [("same", "It is"), ("out", "."), ("in", "!")]),
        ("a  b", "a b", [("same", "a "), ("out", " "), ("same", "b")]),
        ("gone", "", [("out", "gone")]),
        ("", "new", [("in", "new")]),
        ("same", "same", [("same", "same")]),
        ("", "", []),
    ],
)
def test_changes(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.text) for piece in changes(old, new)] == expected


@given(texts, texts)
def test_changes_hold_both_texts(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "in") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "out") == new
    assert all(piece.text for piece in pieces)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))
    assert (pieces == [Piece("same", old)]) == (old == new != "")


@pytest.mark.parametrize(
    ("words", "new", "expected"),
    [
        ("quick", "the very quick red fox", "quick"),
        ("quick brown", "the very quick red fox", "quick red"),
        ("brown", "the quick browm fox", "browm"),
        ("brown", "the quick fox", None),
        ("brown", "the quick 漢 fox", None),
        ("uick", "the quick fox", "uick"),
        ("the quick brown fox", "oh the quick brown fox", "the quick brown fox"),
        ("the quick brown fox", "my quick brown cat", "my quick brown cat"),
        (" ", "the fox", None),
    ],
)
def test_followed(words: str, new: str, expected: str | None) -> None:
    old = "the quick brown fox"
    start = old.index(words)
    (found,) = followed(old, new, [(start, start + len(words))])
    assert (found and new[slice(*found)]) == expected


@given(texts, texts, st.data())
def test_followed_ranges_are_in_the_new_text(old: str, new: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    (found,) = followed(old, new, [(start, end)])
    if old == new:
        assert found == (start, end)
    elif found is not None:
        assert 0 <= found[0] < found[1] <= len(new)


@given(st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), max_size=30))
def test_runs_are_the_same_words_and_no_word_is_in_two(old: list[int], new: list[int]) -> None:
    for runs in (kept(old, new), moved(old, new)):
        for run in runs:
            assert old[run.old : run.old + run.size] == new[run.new : run.new + run.size] != []
        for side in (0, 1):
            ordered = sorted((run[side], run[side] + run.size) for run in runs)
            assert all(one[1] <= other[0] for one, other in pairwise(ordered))
    assert kept(old, new) == sorted(kept(old, new))
    assert [run.new for run in kept(old, new)] == sorted(run.new for run in kept(old, new))


def test_what_stays_is_in_as_few_pieces_as_may_be() -> None:
    old, new = [1, 2, 3, 4, 5, 3, 4, 6, 7], [1, 9, 9, 9, 3, 4, 6, 7]
    assert kept(old, new) == [Run(0, 0, 1), Run(5, 4, 4)]


def test_moved_runs_are_the_longest() -> None:
    first, second = [1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]
    assert moved([*first, 20, *second], [*second, 30, 31, *first]) == [Run(0, 8, 5), Run(6, 0, 6)]


def test_texts_too_long_to_compare_are_followed_by_what_stands_once() -> None:
    old = list(range(20_000))
    new = [*old[:9_000], -1, *old[9_010:15_000], -2, -3, *old[15_000:]]
    assert kept(old, new) == [
        Run(0, 0, 9_000),
        Run(9_010, 9_001, 5_990),
        Run(15_000, 14_993, 5_000),
    ]


@pytest.mark.hostile
def test_texts_too_long_to_compare_with_nothing_in_common_have_nothing() -> None:
    old, new = "".join(map(chr, range(0x4E00, 0x9E00))), "".join(map(chr, range(0x20000, 0x25000)))
    assert changes(old, new) == [Piece("out", old), Piece("in", new)]


def test_likeness() -> None:
    assert likeness("The  Word", "the word") == 1
    assert likeness("word", "") == 0
    assert 0.7 < likeness("recieve", "receive") < 1
