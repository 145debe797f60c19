"""Two people corrected the same text: the later one's changes, put onto what the other published.

By paragraph: what only one of them changed is as they made it; where both did, it is as the later
one has it, and what the other made of it is kept beside it as its `conflict`, to be chosen.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from reader.drafting import Draft, Json, id_of, says_the_same


def rebased(base: Draft, mine: Draft, theirs: Draft) -> Draft:
    """`mine`, which began with `base`, on the text that `theirs` is now.

    The order is theirs, unless only mine has another one than the base. A paragraph that one of
    them made stands after the one that it followed.
    """
    was, my, their = (_by_id(draft) for draft in (base, mine, theirs))
    chosen = {
        name: made
        for name in {**their, **my, **was}
        if (made := _chosen(was.get(name), my.get(name), their.get(name))) is not None
    }
    first, other = (theirs, mine)
    if _reordered(base, mine) and not _reordered(base, theirs):
        first, other = mine, theirs
    order = _woven([name for name in _names(first) if name in chosen], _names(other), chosen)
    return Draft(theirs.base, tuple(chosen[name] for name in order))


def _names(draft: Draft) -> list[str]:
    return [id_of(block) for block in draft.blocks]


def _by_id(draft: Draft) -> dict[str, Json]:
    return dict(zip(_names(draft), draft.blocks, strict=True))


def _chosen(was: Json | None, mine: Json | None, theirs: Json | None) -> Json | None:
    """What stands of one paragraph; None where nothing does."""
    if _same(mine, was):
        return theirs
    if _same(theirs, was) or _same(mine, theirs):
        return mine
    # What was undecided before no longer is: this is the newer question.
    stands = {name: value for name, value in (mine or theirs or {}).items() if name != "conflict"}
    conflict = {"mine": stands if mine is not None else None, "theirs": theirs}
    return {**stands, "conflict": conflict}


def _same(one: Json | None, other: Json | None) -> bool:
    if one is None or other is None:
        return one is other
    return says_the_same(one, other)


def _reordered(base: Draft, draft: Draft) -> bool:
    was, now = _names(base), _names(draft)
    both = {*was} & {*now}
    return [name for name in was if name in both] != [name for name in now if name in both]


def _woven(order: Sequence[str], other: Sequence[str], chosen: Container[str]) -> list[str]:
    """An order, and those that only the other has, each after the one that it follows there."""
    known = set(order)
    following: dict[str, list[str]] = {}
    after = ""
    for name in other:
        if name in known:
            after = name
        elif name in chosen:
            following.setdefault(after, []).append(name)
    woven = [each for name in order for each in (name, *following.get(name, ()))]
    return [*following.get("", ()), *woven]
