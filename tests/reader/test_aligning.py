"""Which paragraph of a text goes on as which in a new version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.aligning import align

pytestmark = pytest.mark.anchoring

TEXTS = [
    "The water roster was drawn up every spring by the two eldest, and nobody argued with it.",
    "In the year of the drought my aunt read it aloud, twice, to a room that had stopped talking.",
    "A margin is a narrow place. It was left empty for that.",
    "",
    "Whoever keeps the key keeps the peace, said the miller; but he had never been given either.",
]
OLD = [(f"k{at}", "separator" if not text else "paragraph", text) for at, text in enumerate(TEXTS)]
SAME = [(kind, text) for _, kind, text in OLD]


def test_the_same_text_keeps_every_key() -> None:
    assert align(OLD, SAME) == ["k0", "k1", "k2", "k3", "k4"]


def test_a_changed_paragraph_keeps_its_key() -> None:
    new = [*SAME]
    new[1] = ("paragraph", TEXTS[1].replace("my aunt", "our neighbour").replace(", twice,", ""))
    assert align(OLD, new) == ["k0", "k1", "k2", "k3", "k4"]


def test_a_moved_one_keeps_its_key() -> None:
    assert align(OLD, [SAME[4], *SAME[:4]]) == ["k4", "k0", "k1", "k2", "k3"]


def test_a_moved_and_changed_one_keeps_its_key() -> None:
    changed = ("paragraph", TEXTS[4].replace("the miller", "the baker"))
    assert align(OLD, [changed, *SAME[:4]]) == ["k4", "k0", "k1", "k2", "k3"]


def test_one_put_in_gets_none_and_one_left_out_gives_none() -> None:
    new = [SAME[0], ("paragraph", "Quite another matter: zebras."), *SAME[2:]]
    assert align(OLD, new) == ["k0", None, "k2", "k3", "k4"]


def test_the_longer_piece_of_a_split_one_keeps_its_key() -> None:
    words = TEXTS[0].split()
    pieces = [("paragraph", " ".join(words[:5])), ("paragraph", " ".join(words[5:]))]
    assert align(OLD, [*pieces, *SAME[1:]]) == [None, "k0", "k1", "k2", "k3", "k4"]


def test_the_longer_of_merged_ones_keeps_its_key() -> None:
    merged = ("paragraph", f"{TEXTS[1]} {TEXTS[2]}")
    assert align(OLD, [SAME[0], merged, *SAME[3:]]) == ["k0", "k1", "k3", "k4"]


def test_a_copy_gets_none() -> None:
    assert sorted(filter(None, align(OLD, [*SAME, SAME[1]]))) == ["k0", "k1", "k2", "k3", "k4"]


def test_one_of_another_kind_keeps_its_key() -> None:
    new = [("quotation", text) if text else (kind, text) for kind, text in SAME]
    assert align(OLD, new) == ["k0", "k1", "k2", "k3", "k4"]


def test_lines_that_are_alike_stay_in_order() -> None:
    lines = [f"For {who} we ask: hear us." for who in ["the sick", "all", "the keepers", "all"]]
    old = [(str(at), "verse", line) for at, line in enumerate(lines)]
    new = [("verse", line.replace("hear us", "hear us now")) for line in lines]
    assert align(old, new) == ["0", "1", "2", "3"]


def test_a_short_line_is_known_by_its_letters() -> None:
    assert align([("a", "verse", "Roses are redd")], [("verse", "Rozes ar red")]) == ["a"]


def test_a_rewritten_one_alone_at_its_place_keeps_its_key() -> None:
    text = (
        "Nobody argued with the roster that was drawn up by the council in every year of drought."
    )
    new = [("paragraph", text), *SAME[1:]]
    assert align(OLD, new) == ["k0", "k1", "k2", "k3", "k4"]


def test_nothing() -> None:
    assert align([], []) == []
    assert align(OLD, []) == []
    assert align([], SAME) == [None] * 5


blocks = st.tuples(
    st.sampled_from(["paragraph", "verse", "separator"]),
    st.text(alphabet="ab 漢\n", max_size=12),
)


@given(st.lists(blocks, max_size=12), st.lists(blocks, max_size=12))
def test_each_key_is_given_once(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    keyed = [(str(at), *block) for at, block in enumerate(old)]
    found = align(keyed, new)
    assert len(found) == len(new)
    given_keys = [key for key in found if key is not None]
    assert len(set(given_keys)) == len(given_keys)
    assert set(given_keys) <= {key for key, _, _ in keyed}
    assert align(keyed, new) == found


@given(st.permutations(range(5)))
def test_any_order_keeps_the_keys_of_all_that_say_something(order: list[int]) -> None:
    found = align(OLD, [SAME[at] for at in order])
    assert [key for key, at in zip(found, order, strict=True) if at != 3] == [
        f"k{at}" for at in order if at != 3
    ]


def test_paragraphs_of_one_mould_that_change_places_keep_themselves() -> None:
    """Many poor pairs in order don't outweigh a few good ones."""
    mould = (
        "Open the settings and choose the {0}. Then choose the {1} and press Save. You can change "
        "the {1} again at any time. If it cannot be changed, ask the owner of the {0}."
    )
    texts = [mould.format(*pair) for pair in (("road", "sign"), ("flood", "dam"), ("oven", "lid"))]
    new = [texts[2].replace("at any time", "later"), texts[0].replace("Then", "Next"), texts[1]]
    old = [(key, "paragraph", text) for key, text in zip("abc", texts, strict=True)]
    assert align(old, [("paragraph", text) for text in new]) == ["c", "a", "b"]
