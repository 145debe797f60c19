"""Two people correct the same text: nothing of either is lost."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.drafting import Draft, id_of, says_the_same
from reader.merging import rebased
from tests.reader.test_drafting import ABCD, draft, names, words


def texts(made: Draft) -> dict[str, str]:
    return {id_of(each): each["text"] for each in made.blocks}


def torn(made: Draft) -> dict[str, tuple[str | None, str | None]]:
    """The conflicts: what either made of a block."""
    return {
        id_of(each): tuple(
            side and side["text"] for side in (each["conflict"]["mine"], each["conflict"]["theirs"])
        )
        for each in made.blocks
        if "conflict" in each
    }


def published(made: Draft, base: int = 2) -> Draft:
    """A draft as somebody else's next text: what is new has a key."""
    blocks = ({**each, "key": each["key"] or f"their-{each['draft']}"} for each in made.blocks)
    return Draft(base, tuple({k: v for k, v in each.items() if k != "draft"} for each in blocks))


def put(mine: Draft, theirs: Draft) -> Draft:
    return rebased(ABCD, mine, published(theirs))


def test_what_only_one_changed_is_as_they_made_it() -> None:
    made = put(ABCD.replaced("a", words("Mine.")), ABCD.replaced("c", words("Theirs.")))
    assert texts(made) == {"a": "Mine.", "b": "b says so.", "c": "Theirs.", "d": "d says so."}
    assert (torn(made), made.base) == ({}, 2)


def test_what_both_changed_alike_is_no_conflict() -> None:
    same = ABCD.replaced("a", words("The same."))
    assert (texts(put(same, same))["a"], torn(put(same, same))) == ("The same.", {})


def test_what_both_changed_is_mine_with_theirs_beside_it() -> None:
    made = put(ABCD.replaced("a", words("Mine.")), ABCD.replaced("a", words("Theirs.")))
    assert (texts(made)["a"], torn(made)) == ("Mine.", {"a": ("Mine.", "Theirs.")})
    assert texts(made.settled("a", theirs=True))["a"] == "Theirs."
    assert texts(made.settled("a", theirs=False))["a"] == "Mine."


def test_what_i_took_out_and_they_changed_stays_with_theirs() -> None:
    made = put(ABCD.without("a"), ABCD.replaced("a", words("Theirs.")))
    assert (names(made), torn(made)) == ("a b c d", {"a": (None, "Theirs.")})
    assert names(made.settled("a", theirs=False)) == "b c d"
    assert texts(made.settled("a", theirs=True))["a"] == "Theirs."


def test_what_they_took_out_and_i_changed_stays_with_mine() -> None:
    made = put(ABCD.replaced("b", words("Mine.")), ABCD.without("b"))
    assert (names(made), torn(made)) == ("a b c d", {"b": ("Mine.", None)})
    assert names(made.settled("b", theirs=True)) == "a c d"


def test_what_either_took_out_untouched_by_the_other_is_gone() -> None:
    assert names(put(ABCD.without("a"), ABCD.without("c"))) == "b d"
    assert names(put(ABCD.without("a"), ABCD.without("a"))) == "b c d"


def test_new_blocks_of_both_stand_after_what_they_followed() -> None:
    mine = ABCD.inserted("a", words("Mine.")).inserted("", words("First."))
    theirs = ABCD.inserted("a", words("Theirs.")).inserted("d", words("Last."))
    assert names(put(mine, theirs)) == "new-2 a new-1 their-new-1 b c d their-new-2"


def test_new_blocks_after_one_that_they_took_out_stand_where_it_stood() -> None:
    mine = ABCD.replaced("b", words("b says so.", "Mine."))
    assert names(put(mine, ABCD.without("b"))) == "a new-1 c d"


@pytest.mark.parametrize(
    ("mine", "theirs", "order"),
    [
        ("a b c d", "d c b a", "d c b a"),
        ("b a c d", "a b c d", "b a c d"),
        ("b a c d", "a b d c", "a b d c"),
        ("b a c d", "a b c", "b a c"),
        ("b a c", "a b c d", "b a c"),
    ],
)
def test_the_order_is_theirs_unless_only_i_changed_it(mine: str, theirs: str, order: str) -> None:
    assert names(put(draft(*mine.split()), draft(*theirs.split()))) == order


def test_a_split_of_mine_on_what_they_changed() -> None:
    mine = ABCD.replaced("b", words("b says", "so."))
    made = put(mine, ABCD.replaced("b", words("b says no.")))
    assert (names(made), torn(made)) == ("a b new-1 c d", {"b": ("b says", "b says no.")})


def test_a_second_time_the_newer_question_is_asked() -> None:
    first = put(ABCD.replaced("a", words("Mine.")), ABCD.replaced("a", words("Theirs.")))
    base = published(ABCD.replaced("a", words("Theirs.")))
    unchanged = rebased(base, first, published(base, 3))
    assert torn(unchanged) == {"a": ("Mine.", "Theirs.")}
    anew = rebased(base, first, published(base.replaced("a", words("Theirs again.")), 3))
    assert torn(anew) == {"a": ("Mine.", "Theirs again.")}
    assert "conflict" not in anew.blocks[0]["conflict"]["mine"]


def _anything(chance: random.Random) -> Draft:
    made = ABCD
    for _ in range(chance.randrange(6)):
        one = chance.choice([id_of(each) for each in made.blocks])
        step = chance.randrange(5)
        text = f"Said {chance.randrange(9)}."
        if step == 0:
            made = made.raised(one)
        elif step == 1:
            made = made.replaced(one, words(text))
        elif step == 2:
            made = made.replaced(one, words(text, f"{text} More."))
        elif step == 3:
            made = made.inserted(one, words(text))
        elif len(made.blocks) > 1:
            made = made.without(one)
    return made


@given(st.randoms(use_true_random=False))
def test_nobodys_words_are_lost(chance: random.Random) -> None:
    mine, theirs = _anything(chance), published(_anything(chance))
    made = rebased(ABCD, mine, theirs)
    said = {each["text"] for each in made.blocks} | {
        side["text"] for each in made.blocks for side in each.get("conflict", {}).values() if side
    }
    for side in (mine, theirs):
        for each in side.blocks:
            was = ABCD.get(id_of(each))
            if was is None or not says_the_same(was, each):
                assert each["text"] in said
    here = [id_of(each) for each in made.blocks]
    assert len({*here}) == len(here)
    assert rebased(ABCD, ABCD, theirs) == theirs
    assert rebased(ABCD, mine, Draft(2, ABCD.blocks)).blocks == mine.blocks
