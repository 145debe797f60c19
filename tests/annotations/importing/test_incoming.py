"""Foreign notes, read: an order in which each stands after what it answers, and sentences for
files that hold none."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.enums import Motivation
from annotations.importing.foreign.incoming import (
    MOST_NOTES,
    MOST_PEOPLE,
    IncomingNote,
    NotNotes,
    arranged,
)
from annotations.importing.foreign.recognising import read
from annotations.selectors import Quote
from tests.annotations.importing.files import (
    ANNOTATION,
    WRONG,
    answer,
    broken,
    exported,
    incoming,
    places_in,
    row,
)

QUOTE = Quote("margin", "A ", " is")


def note(name: str, *ancestors: str, **given: Any) -> IncomingNote:
    given.setdefault("motivation", Motivation.REPLYING if ancestors else Motivation.COMMENTING)
    given.setdefault("body", "Words.")
    return IncomingNote(name, "ada", name=name, ancestors=ancestors, **given)


def order(*notes: IncomingNote) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Each with what it hangs on; and what is left out."""
    found = arranged(notes)
    return [(each.id, found.parents.get(each.id)) for each in found.notes], [
        skipped.id for skipped in found.skipped
    ]


def test_parents_stand_before_their_children_whatever_the_order_of_the_file() -> None:
    assert order(note("c", "a", "b"), note("b", "a"), note("a"), note("d", "a")) == (
        [("a", None), ("b", "a"), ("c", "b"), ("d", "a")],
        [],
    )


def test_a_reply_hangs_on_the_nearest_that_is_there() -> None:
    found = order(note("a"), note("d", "a", "b", "c"))
    assert found == ([("a", None), ("d", "a")], [])


def test_a_reply_of_which_nothing_is_there_begins_a_thread_if_it_quotes() -> None:
    found = arranged([note("b", "a", quote=QUOTE), note("c", "a", "b"), note("x", "a")])
    assert [(each.id, each.motivation) for each in found.notes] == [
        ("b", Motivation.COMMENTING),
        ("c", Motivation.REPLYING),
    ]
    assert [(each.id, each.reason) for each in found.skipped] == [
        ("x", "What it answers is not in the file.")
    ]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([note("a", "a")], ([], ["a"])),
        ([note("a", "b"), note("b", "a"), note("c", "b")], ([], ["a", "b", "c"])),
        (
            [note("a", "b"), note("b", "a", quote=QUOTE), note("c", "a")],
            ([("b", None), ("a", "b"), ("c", "a")], []),
        ),
    ],
    ids=["itself", "each other", "broken where it quotes"],
)
def test_cycles_end(
    notes: Sequence[IncomingNote], expected: tuple[list[tuple[str, str | None]], list[str]]
) -> None:
    assert order(*notes) == expected


def test_what_is_there_twice_is_there_once() -> None:
    assert order(note("a", body="One."), note("a", body="Two.")) == ([("a", None)], ["a"])


def test_stones_stand_only_where_they_are_answered() -> None:
    gone = {"is_stone": True, "body": "", "quote": QUOTE}
    found = order(note("a", **gone), note("b", "a", **gone), note("c", "b"), note("d", **gone))
    assert found == ([("a", None), ("b", "a"), ("c", "b")], [])


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 12), max_size=3),
                          st.booleans(), st.booleans()), max_size=12))  # fmt: skip
@settings(max_examples=40)
def test_nothing_is_lost_and_nothing_stands_before_what_it_answers(drawn: list[Any]) -> None:
    notes = [
        note(str(name), *map(str, above), quote=QUOTE if quotes else None, is_stone=stone)
        for name, above, quotes, stone in drawn
    ]
    found = arranged(notes)
    seen: set[str] = set()
    for each in found.notes:
        assert found.parents.get(each.id) in {None, *seen}
        seen.add(each.id)
    told = len(found.notes) + len(found.skipped)
    stones = {each.id for each in notes if each.is_stone}
    assert told + len(stones) >= len(notes)
    assert len(seen) == len(found.notes)


# Files that mean harm, or that mean nothing.

_DEEP = 200_000


@pytest.mark.hostile
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"%PDF-1.7",
        "not json".encode("utf-16"),
        b"null",
        b"12",
        b'"words"',
        b"[]",
        b"{}",
        b"[null]",
        b"[[[[]]]]",
        b'{"annotations": {}}',
        b'{"annotations": [], "rows": []}',
        b'{"annotations": [1]}',
        b'{"annotations": [[]]}',
        b'{"rows": [NaN]}',
        b'{"total": 1, "rows": [{"id": null}]}',
        b'{"type": "Annotation"}',
        b'{"type": "AnnotationCollection"}',
        b'{"type": "AnnotationPage", "items": [7]}',
        b'{"type": ["Annotation", 4], "target": 12}',
        b"[" * _DEEP,
        b"[" * _DEEP + b"]" * _DEEP,
        b'{"annotations":' + b'{"a":' * _DEEP + b"1" + b"}" * (_DEEP + 1),
        b'{"annotations": [' + b"9" * 10_000 + b"]}",
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_holds_no_notes_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(NotNotes) as refused:
        read(data)
    sentence = str(refused.value)
    assert sentence[-1:] == "."
    assert "Error" not in sentence


def _read_or_refused(value: object) -> None:
    try:
        found = incoming(value)
    except NotNotes:
        return
    for each in found.notes:
        said = (each.id, each.body, each.name, *each.tags)
        assert not any("\x00" in words or "\ud800" in words for words in said)


@pytest.mark.hostile
@pytest.mark.parametrize("path", places_in(row("a", "Words.", "margin")), ids=str)
def test_any_field_of_hypothesis_may_hold_anything(path: tuple[Any, ...]) -> None:
    whole = {**row("a", "Words.", "margin"), "references": []}
    for wrong in WRONG:
        _read_or_refused(exported(broken(whole, path, wrong)))


@pytest.mark.hostile
@pytest.mark.parametrize("path", places_in(ANNOTATION), ids=str)
def test_any_field_of_a_web_annotation_may_hold_anything(path: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        _read_or_refused(broken(ANNOTATION, path, wrong))


@pytest.mark.hostile
def test_selectors_refined_without_end() -> None:
    selector: Any = {"type": "TextQuoteSelector", "exact": "margin"}
    for _ in range(500):
        selector = {"type": "FragmentSelector", "value": "x", "refinedBy": selector}
    found = incoming({**ANNOTATION, "target": {"source": "x:y", "selector": selector}})
    assert found.notes[0].quote is None


@pytest.mark.hostile
def test_more_notes_than_can_be_brought_in() -> None:
    rows = [{"id": str(n), "user": "a", "uri": "b"} for n in range(100_000)]
    with pytest.raises(NotNotes, match=f"more than {MOST_NOTES} notes"):
        incoming(rows)
    items = [{"id": f"x:{n}", "type": "Annotation", "target": "x:y"} for n in range(MOST_NOTES + 1)]
    page = {"type": "AnnotationPage", "items": items}
    with pytest.raises(NotNotes, match=f"more than {MOST_NOTES} notes"):
        incoming(page)


@pytest.mark.hostile
def test_more_people_than_can_be_brought_in() -> None:
    rows = [row(str(n), "Words.", user=f"u{n}") for n in range(MOST_PEOPLE + 1)]
    with pytest.raises(NotNotes, match=f"more than {MOST_PEOPLE} people"):
        incoming(exported(*rows))


@pytest.mark.hostile
def test_a_file_that_is_too_large() -> None:
    with pytest.raises(NotNotes, match="larger than 20 MB"):
        read(b" " * 20_000_001)


def test_words_that_are_too_long_are_not_cut() -> None:
    with pytest.raises(NotNotes, match="The words of note 2 are longer than the 10000 characters"):
        incoming(exported(row("a", "x" * 10_000), row("b", "x" * 10_001)))


def test_characters_that_no_note_holds_are_left_out() -> None:
    (found,) = incoming(exported(row("a", "One\x00\r\ntwo \ud800three\x1b.", "mar\x00gin"))).notes
    assert found.body == "One\ntwo three."
    assert found.quote is not None
    assert found.quote.exact == "margin"


def test_a_time_still_to_come_is_now() -> None:
    (found,) = incoming(exported(row("a", "Words.", created="9999-12-31T23:59:59Z"))).notes
    assert found.created is not None
    assert found.created <= datetime.now(UTC)


def test_an_answer_is_one_even_where_its_parent_is_missing() -> None:
    (found,) = incoming(exported(answer("b", "a"))).notes
    assert (found.is_reply, found.whole_article) == (True, False)
