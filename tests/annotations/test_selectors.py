import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.selectors import (
    Quote,
    find_quote,
    from_utf16,
    quote,
    same_words,
    sentences,
    to_utf16,
    utf16_length,
)

SAMPLES = ["plain", "👩‍👩‍👧 reads", "e\u0301te\u0301", "שָׁלוֹם עולם", "輪読する", "a𝄞b"]


def test_quote_keeps_the_words_and_32_code_points_around_them() -> None:
    text = "x" * 40 + "here" + "y" * 40
    assert quote([text], 40, 44) == Quote("here", "x" * 32, "y" * 32)


def test_quote_over_paragraphs_joins_them_by_a_line_break() -> None:
    assert quote(["one two", "middle", "three four"], 4, 5) == Quote(
        "two\nmiddle\nthree", "one ", " four"
    )


@pytest.mark.parametrize("text", SAMPLES)
def test_utf16_length_is_what_a_browser_counts(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


@given(st.text(), st.data())
def test_offsets_survive_the_way_to_utf16_and_back(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    assert from_utf16(text, to_utf16(text, offset)) == offset


@given(st.text(alphabet="a𝄞é輪", min_size=1), st.data())
def test_an_offset_inside_a_surrogate_pair_is_the_one_before_it(
    text: str, data: st.DataObject
) -> None:
    units = data.draw(st.integers(0, utf16_length(text)))
    offset = from_utf16(text, units)
    assert to_utf16(text, offset) <= units < to_utf16(text, offset) + 2


def test_find_quote_prefers_the_exact_case() -> None:
    assert find_quote("Truth and truth", "truth") == [(10, 15)]
    assert find_quote("Truth stands", "tRUTH") == [(0, 5)]


def test_find_quote_collapses_white_space_and_normalises() -> None:
    assert find_quote("the  caf\u00e9\nhere", " cafe\u0301 here ") == [(5, 14)]


def test_find_quote_offers_every_place() -> None:
    assert find_quote("so, so", "so") == [(0, 2), (4, 6)]


@pytest.mark.parametrize("nothing", ["", "   ", "\n"])
def test_find_quote_of_nothing_is_nowhere(nothing: str) -> None:
    assert find_quote("some text", nothing) == []


@given(st.text(), st.text())
def test_find_quote_takes_any_words_literally(text: str, wanted: str) -> None:
    for start, end in find_quote(text, wanted):
        assert 0 <= start < end <= len(text)


def test_sentences_leave_out_the_space_between_them() -> None:
    text = "He came. “Did he?” Yes!  So."
    assert [text[start:end] for start, end in sentences(text)] == [
        "He came.",
        "“Did he?”",
        "Yes!",
        "So.",
    ]


@given(st.text(max_size=300))
def test_sentences_cover_every_word_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", text)


def test_same_words_looks_past_space_and_normalisation() -> None:
    assert same_words("a  b\ncafe\u0301", "a b caf\u00e9")
    assert not same_words("a b", "a c")


def test_a_reference_belongs_to_the_sentence_before_it() -> None:
    text = "It was so.[1] Was it?"
    assert [text[start:end] for start, end in sentences(text, [(10, 13)])] == [
        "It was so.[1]",
        "Was it?",
    ]
