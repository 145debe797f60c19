"""A text on its way: every step with its blocks, and what of it is another than before."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.drafting import Draft, NotInDraft, can_join, compared, id_of, tally
from reader.enums import BlockKind
from reader.importing import Block, ImportRefused, Span, SpanKind
from reader.importing.parsed import MAX_BLOCK
from reader.texts import Tally


def block(key: str, text: str = "", kind: str = "paragraph", **given: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"level": None, "label": "", "spans": []}
    return {"key": key, "kind": kind, "text": text or f"{key} says so.", **empty, **given}


def draft(*keys: str) -> Draft:
    return Draft(1, tuple(block(key) for key in keys))


def names(made: Draft) -> str:
    return " ".join(id_of(each) for each in made.blocks)


def words(*texts: str) -> list[Block]:
    return [Block(BlockKind.PARAGRAPH, text) for text in texts]


ABCD = draft("a", "b", "c", "d")


class TestSteps:
    def test_the_first_piece_of_what_is_split_is_the_block_still(self) -> None:
        made = ABCD.replaced("b", words("One.", "Two.", "Three."))
        assert names(made) == "a b new-1 new-2 c d"
        assert [each["text"] for each in made.blocks[1:4]] == ["One.", "Two.", "Three."]
        assert [each["key"] for each in made.blocks[1:4]] == ["b", "", ""]
        again = made.replaced("new-1", words("Two.", "And a half."))
        assert names(again) == "a b new-1 new-3 new-2 c d"

    def test_a_block_that_was_agreed_on_anew_is_in_no_conflict(self) -> None:
        torn = Draft(1, (block("a", conflict={"mine": None, "theirs": None}),))
        assert "conflict" not in torn.replaced("a", words("Peace.")).blocks[0]

    @pytest.mark.parametrize(
        ("after", "order"), [("", "new-1 a b c d"), ("b", "a b new-1 c d"), ("d", "a b c d new-1")]
    )
    def test_what_is_inserted_stands_after_the_block_named(self, after: str, order: str) -> None:
        assert names(ABCD.inserted(after, words("New."))) == order

    @pytest.mark.parametrize(
        ("block", "after", "order"),
        [
            ("d", "", "d a b c"),
            ("a", "c", "b c a d"),
            ("c", "a", "a c b d"),
            ("b", "a", "a b c d"),
            ("b", "b", "a b c d"),
        ],
    )
    def test_moving(self, block: str, after: str, order: str) -> None:
        assert names(ABCD.moved(block, after)) == order

    def test_up_and_down_end_at_the_ends(self) -> None:
        assert names(ABCD.raised("b")) == "b a c d"
        assert names(ABCD.lowered("b")) == "a c b d"
        assert ABCD.raised("a") == ABCD == ABCD.lowered("d")

    def test_joined_blocks_are_the_first_one_with_the_formatting_of_both(self) -> None:
        em = {"start": 0, "end": 3, "kind": "emphasis", "target": ""}
        both = Draft(1, (block("a", "One shed.", spans=[em]), block("b", "Two sheds.", spans=[em])))
        [made] = both.joined("a").blocks
        assert (made["key"], made["text"]) == ("a", "One shed. Two sheds.")
        assert Block.from_json(made).spans == (
            Span(0, 3, SpanKind.EMPHASIS), Span(10, 13, SpanKind.EMPHASIS),
        )  # fmt: skip

    def test_joining_keeps_lines_where_they_mean_something_and_adds_no_space_where_none_is_written(
        self,
    ) -> None:
        verse = Draft(1, (block("a", "One\nline", "verse"), block("b", "and one", "verse")))
        assert verse.joined("a").blocks[0]["text"] == "One\nline\nand one"
        wide = Draft(1, (block("a", "山を"), block("b", "見る")))
        assert wide.joined("a").blocks[0]["text"] == "山を見る"

    def test_what_cannot_be_joined(self) -> None:
        note, rule = block("n", kind="footnote", label="1"), block("s", kind="separator")
        assert [can_join(*pair) for pair in ((rule, note), (note, block("a")), (note,))] == [
            False, False, False,
        ]  # fmt: skip
        assert can_join(note, note)
        with pytest.raises(ImportRefused, match="joined"):
            ABCD.joined("d")
        long = block("a", "x" * MAX_BLOCK)
        with pytest.raises(ImportRefused, match="more than 50000 characters"):
            Draft(1, (long, {**long, "key": "b"})).joined("a")

    @pytest.mark.parametrize(
        ("left", "back", "order"),
        [
            ("b c d", "a", "a b c d"),
            ("a d", "c", "a c d"),
            ("d a", "c", "d a c"),
            ("d", "b", "b d"),
        ],
    )
    def test_what_is_put_back_stands_after_what_it_stood_after(
        self, left: str, back: str, order: str
    ) -> None:
        assert names(draft(*left.split()).put_back(back, ABCD)) == order

    def test_putting_back_what_is_there_changes_nothing(self) -> None:
        changed = ABCD.replaced("b", words("Otherwise."))
        assert changed.put_back("b", ABCD) == changed

    @pytest.mark.parametrize(
        ("mine", "theirs", "left"), [("M", "T", ("M", "T")), (None, "T", (None, "T")),
                                     ("M", None, ("M", None))],
    )  # fmt: skip
    def test_settling(self, mine: str | None, theirs: str | None, left: tuple[Any, Any]) -> None:
        sides = {
            name: block("a", text) if text else None
            for name, text in (("mine", mine), ("theirs", theirs))
        }
        torn = Draft(2, (block("a", mine or theirs or "", conflict=sides), block("b")))
        for whose, text in zip((False, True), left, strict=True):
            kept = torn.settled("a", theirs=whose)
            assert [each["text"] for each in kept.blocks] == [
                *([text] if text else []),
                "b says so.",
            ]
            assert not any("conflict" in each for each in kept.blocks)
        assert torn.settled("b", theirs=True) == torn

    @pytest.mark.parametrize("step", ["raised", "lowered", "joined", "without", "at"])
    def test_what_isnt_there(self, step: str) -> None:
        with pytest.raises(NotInDraft):
            getattr(ABCD, step)("x")
        with pytest.raises(NotInDraft):
            ABCD.put_back("x", ABCD)

    def test_another_text_altogether(self) -> None:
        made = Draft.anew(3, words("One.", "Two.", "Three."), [None, "a", None])
        assert (names(made), made.base) == ("new-1 a new-2", 3)

    def test_every_state_has_a_name_of_its_own(self) -> None:
        states = {made.state for made in (ABCD, ABCD.raised("b"), Draft(2, ABCD.blocks))}
        assert len(states) == 3
        assert ABCD.raised("b").raised("a").state == ABCD.state


class TestCompared:
    def shown(self, made: Draft) -> list[str]:
        return [
            f"{line.id} {line.state}{' moved' if line.moved else ''}"
            for line in compared(made, ABCD)
            if line.state != "same" or line.moved
        ]

    def test_nothing(self) -> None:
        lines = compared(ABCD, ABCD)
        assert [line.number for line in lines] == [1, 2, 3, 4]
        assert tally(lines) == Tally(0, 0, 0, 0)
        assert not tally(lines)

    def test_each_kind_of_change(self) -> None:
        made = ABCD.replaced("a", words("A.", "More.")).without("b").moved("d", "a")
        assert self.shown(made) == ["a changed", "b out", "d same moved", "new-1 new"]
        assert tally(compared(made, ABCD)) == Tally(changed=1, new=1, out=1, moved=1)

    def test_another_kind_is_a_change(self) -> None:
        verse = Block(BlockKind.VERSE, "a says so.")
        assert self.shown(ABCD.replaced("a", [verse])) == ["a changed"]

    def test_what_was_joined_says_so(self) -> None:
        assert self.shown(ABCD.joined("b")) == ["b changed", "c joined"]

    def test_what_was_taken_out_stands_where_it_stood(self) -> None:
        made = ABCD.without("a").without("c").without("d")
        assert self.shown(made) == ["a out", "c out", "d out"]
        assert [line.id for line in compared(made, ABCD)] == ["a", "b", "c", "d"]

    def test_what_isnt_counted_is_called_by_its_words(self) -> None:
        made = Draft(1, (
            block("h", "Of sheds and of what waits", "heading"),
            block("a"), block("s", " ", "separator"), block("b"),
        ))  # fmt: skip
        lines = compared(made, made)
        assert [line.number for line in lines] == [None, 1, None, 2]
        assert [line.name for line in lines] == [
            "heading: Of sheds and of what…", "paragraph 1", "separator", "paragraph 2",
        ]  # fmt: skip


def step(made: Draft, chance: random.Random) -> Draft:
    """Any step with any block."""
    here = [id_of(each) for each in made.blocks]
    one = chance.choice(here)
    steps = [
        made.raised(one),
        made.lowered(one),
        made.moved(one, chance.choice(["", *here])),
        made.replaced(one, words("Some.", "More.")),
        made.inserted(one, words("New.")),
        made.without(one) if len(here) > 1 else made,
        made.joined(one) if one != here[-1] else made,
    ]
    return chance.choice(steps)


@given(st.randoms(use_true_random=False), st.integers(0, 12))
def test_after_any_steps_each_block_is_there_once_and_what_is_out_can_be_put_back(
    chance: random.Random, steps: int
) -> None:
    made = ABCD
    for _ in range(steps):
        made = step(made, chance)
        here = [id_of(each) for each in made.blocks]
        assert len({*here}) == len(here)
    lines = compared(made, ABCD)
    assert {line.id for line in lines} >= {"a", "b", "c", "d"}
    assert [line.id for line in lines if line.stands] == [id_of(each) for each in made.blocks]
    for line in lines:
        if not line.stands:
            made = made.put_back(line.id, ABCD)
    assert {each["key"] for each in made.blocks} >= {"a", "b", "c", "d"}
