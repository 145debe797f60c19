"""Which paragraph of a text goes on as which, when the whole comes anew."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from reader.words import folded, increasing, likeness, tokens

# How much of two paragraphs is to be the same, of 1: between the same neighbours, and elsewhere.
_HERE = 0.45
_ELSEWHERE = 0.6
# And where it stands alone between them.
_ALONE = 0.3
# A piece of a paragraph that was split, or one of several that were merged, is nearly all there.
_INSIDE = 0.75
_INSIDE_WORDS = 8
# A line of few words may have none left as they were, and yet most letters.
_FEW_WORDS = 12
_LETTERS = 0.6
# Pairs of words that more paragraphs than this have in common say nothing.
_COMMON = 12
# So many that share the most are compared, and so many on either side of the same place.
_COMPARED = 4
# A pair is unmistakable if no other of either shares more than so much of what it shares.
_RIVAL = 0.97
# To be kept in order a pair has to share so much of what the best of either shares.
_NEAR_BEST = 0.85
_ABOUT = 2
_LONGEST = 12_000  # words of a paragraph that are compared


class _Pair(NamedTuple):
    shared: int  # words
    old: int
    new: int
    here: bool  # between the same neighbours


def align(old: Sequence[tuple[str, str, str]], new: Sequence[tuple[str, str]]) -> list[str | None]:
    """For each new block, (kind, text), the key of the old one, (key, kind, text), that it
    continues, if any; each key once at most.

    First those whose text is the same and stands once in either, and those that are unmistakably
    each other's; then, between the same neighbours, those that are like each other or the same, in
    order as far as that goes; then what went elsewhere. Of the
    pieces of a paragraph that was split the one with the most words keeps its key; so does the
    longest of those that were merged.
    """
    before, after = [text for _, _, text in old], [text for _, text in new]
    continues = _same_once(before, after)
    marks = sorted(continues)
    chain = [marks[at] for at in increasing([continues[at] for at in marks])]
    pairs = _alike(before, after, continues, [(continues[at], at) for at in chain])
    _take(continues, _unmistakable(pairs))
    left = _left(pairs, continues)
    _take(continues, _in_order([pair for pair in _near_best(left) if pair.here]))
    _take(continues, _same(before, after, continues))
    _take(continues, sorted(pairs, key=_most))
    _take(continues, _rewritten(before, after, continues))
    _take(continues, _separators(old, new, continues))
    return [old[continues[at]][0] if at in continues else None for at in range(len(new))]


def _take(continues: dict[int, int], pairs: Sequence[_Pair]) -> None:
    taken = set(continues.values())
    for pair in pairs:
        if pair.new not in continues and pair.old not in taken:
            continues[pair.new] = pair.old
            taken.add(pair.old)


def _left(pairs: Sequence[_Pair], continues: dict[int, int]) -> list[_Pair]:
    taken = set(continues.values())
    return [pair for pair in pairs if pair.new not in continues and pair.old not in taken]


def _near_best(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Pairs that share nearly as much as the best of either does: else many poor ones that go in
    order would outweigh a few good ones."""
    best: Counter[tuple[str, int]] = Counter()
    for pair in pairs:
        best["old", pair.old] = max(best["old", pair.old], pair.shared)
        best["new", pair.new] = max(best["new", pair.new], pair.shared)
    return [
        pair
        for pair in pairs
        if pair.shared >= _NEAR_BEST * max(best["old", pair.old], best["new", pair.new])
    ]


def _unmistakable(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Pairs of which neither has another that is nearly as much like it, wherever they stand."""
    shared: dict[tuple[str, int], list[int]] = {}
    for pair in pairs:
        shared.setdefault(("old", pair.old), []).append(pair.shared)
        shared.setdefault(("new", pair.new), []).append(pair.shared)
    second = {who: sorted(counts)[-2] if len(counts) > 1 else 0 for who, counts in shared.items()}
    return [
        pair
        for pair in pairs
        if max(second["old", pair.old], second["new", pair.new]) <= _RIVAL * pair.shared
    ]


def _same_once(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """New ones to the old ones with the same text, where no other has it."""
    times = Counter(before), Counter(after)
    once = {text: at for at, text in enumerate(before) if text and times[0][text] == 1}
    return {at: once[text] for at, text in enumerate(after) if text in once and times[1][text] == 1}


def _same(before: Sequence[str], after: Sequence[str], continues: dict[int, int]) -> list[_Pair]:
    """Of what is left, pairs with the same text: the first with the first."""
    taken = set(continues.values())
    left: dict[str, deque[int]] = {}
    for at, text in enumerate(before):
        if text and at not in taken:
            left.setdefault(text, deque()).append(at)
    return [
        _Pair(0, left[text].popleft(), at, here=False)
        for at, text in enumerate(after)
        if at not in continues and left.get(text)
    ]


def _rewritten(
    before: Sequence[str], after: Sequence[str], continues: dict[int, int]
) -> list[_Pair]:
    """One that stands alone where one stood, if there is something of it."""
    found = []
    for at in range(len(after)):
        i = continues.get(at - 1, -1 if at == 0 else len(before)) + 1
        if at in continues or continues.get(at + 1, len(before)) != i + 1:
            continue
        ids: dict[str, int] = {}
        words, others = _words(before[i], ids), _words(after[at], ids)
        shared = LCSseq.similarity(words, others)
        if shared and 2 * shared >= _ALONE * (len(words) + len(others)):
            found.append(_Pair(shared, i, at, here=True))
    return found


def _separators(
    old: Sequence[tuple[str, str, str]], new: Sequence[tuple[str, str]], continues: dict[int, int]
) -> list[_Pair]:
    """Blocks without words go on as those behind the same paragraph."""
    taken = set(continues.values())
    left = [at for at, (_, _, text) in enumerate(old) if not text and at not in taken]
    found, last = [], -1
    for at, (kind, text) in enumerate(new):
        if at in continues:
            last = continues[at]
        elif not text:
            next_one = bisect_left(left, last + 1)
            if next_one < len(left) and old[left[next_one]][1] == kind:
                last = left[next_one]
                found.append(_Pair(0, last, at, here=False))
    return found


def _alike(
    before: Sequence[str],
    after: Sequence[str],
    continues: dict[int, int],
    chain: Sequence[tuple[int, int]],
) -> list[_Pair]:
    """Pairs, of those that are left, that are like enough."""
    taken = set(continues.values())
    ids: dict[str, int] = {}
    olds = {at: _words(t, ids) for at, t in enumerate(before) if at not in taken and t.strip()}
    news = {at: _words(t, ids) for at, t in enumerate(after) if at not in continues and t.strip()}
    # Between which neighbours that stayed each stands.
    old_marks, new_marks = [i for i, _ in chain], [j for _, j in chain]
    old_gap = {at: bisect_left(old_marks, at) for at in olds}
    new_gap = {at: bisect_left(new_marks, at) for at in news}
    found = []
    same = {(i, j) for i, j in _equal(before, after, old_gap, new_gap)}
    for i, j in sorted(same | set(_candidates(olds, news, old_gap, new_gap))):
        here = old_gap[i] == new_gap[j]
        shared = LCSseq.similarity(olds[i], news[j])
        most, least = max(len(olds[i]), len(news[j])), min(len(olds[i]), len(news[j]))
        alike = 2 * shared / (most + least)
        if here and most <= _FEW_WORDS:
            letters = likeness(before[i], after[j])
            alike = max(alike, letters if letters >= _LETTERS else 0)
        inside = least >= _INSIDE_WORDS and shared >= _INSIDE * least
        if alike >= (_HERE if here else _ELSEWHERE) or inside:
            found.append(_Pair(max(shared, 1), i, j, here))
    return found


def _equal(
    before: Sequence[str],
    after: Sequence[str],
    old_gap: dict[int, int],
    new_gap: dict[int, int],
) -> Iterator[tuple[int, int]]:
    """Pairs between the same neighbours that say the same, of many only the nearest."""
    index: dict[tuple[int, str], list[int]] = {}
    for at, gap in old_gap.items():
        index.setdefault((gap, before[at]), []).append(at)
    turn: Counter[tuple[int, str]] = Counter()
    for at, gap in new_gap.items():
        there = index.get((gap, after[at]), [])
        middle = turn[gap, after[at]]
        turn[gap, after[at]] += 1
        yield from ((i, at) for i in there[max(0, middle - _COMPARED) : middle + _COMPARED])


def _words(text: str, ids: dict[str, int]) -> list[int]:
    spans = tokens(text)[:_LONGEST]
    return [ids.setdefault(folded(text[start:end]), len(ids)) for start, end in spans]


def _candidates(
    before: dict[int, list[int]],
    after: dict[int, list[int]],
    old_gap: dict[int, int],
    new_gap: dict[int, int],
) -> Iterator[tuple[int, int]]:
    """Pairs worth comparing: those that share rare pairs of words, and those at the same place."""
    index: dict[tuple[int, int], set[int]] = {}
    for at, words in before.items():
        for gram in pairwise(words):
            index.setdefault(gram, set()).add(at)
    in_gap: dict[int, list[int]] = {}
    for at, gap in old_gap.items():
        in_gap.setdefault(gap, []).append(at)
    place: Counter[int] = Counter()
    sizes = Counter(new_gap.values())
    for at, words in after.items():
        counts: Counter[int] = Counter()
        for gram in set(pairwise(words)):
            if len(sharing := index.get(gram, ())) <= _COMMON:
                counts.update(sharing)
        chosen = {old_at for old_at, _ in counts.most_common(_COMPARED)}
        gap = new_gap[at]
        there = in_gap.get(gap, [])
        # As far from the beginning of the gap, or as far from its end.
        for middle in (place[gap], place[gap] + len(there) - sizes[gap]):
            chosen.update(there[max(0, middle - _ABOUT) : max(0, middle + _ABOUT + 1)])
        place[gap] += 1
        yield from ((old_at, at) for old_at in sorted(chosen))


def _most(pair: _Pair) -> tuple[int, int, int]:
    return (-pair.shared, pair.old, pair.new)


def _in_order(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Of pairs those that go in order in both texts and share the most words together."""
    # A Fenwick tree over the old ones: the heaviest chain that ends at or before each.
    olds = sorted({pair.old for pair in pairs})
    best: list[tuple[int, int]] = [(0, -1)] * (len(olds) + 1)
    before: list[int] = []
    ordered = sorted(pairs, key=lambda pair: (pair.new, -pair.old))
    for at, pair in enumerate(ordered):
        rank = bisect_left(olds, pair.old)
        heaviest = (0, -1)
        while rank > 0:
            heaviest = max(heaviest, best[rank])
            rank -= rank & -rank
        before.append(heaviest[1])
        weight = (heaviest[0] + pair.shared, at)
        rank = bisect_left(olds, pair.old) + 1
        while rank <= len(olds):
            best[rank] = max(best[rank], weight)
            rank += rank & -rank
    chain: list[_Pair] = []
    rank, at = len(olds), -1
    heaviest = (0, -1)
    while rank > 0:
        heaviest = max(heaviest, best[rank])
        rank -= rank & -rank
    at = heaviest[1]
    while at >= 0:
        chain.append(ordered[at])
        at = before[at]
    return chain
