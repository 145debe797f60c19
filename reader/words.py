"""A text's words, and what becomes of them when the text changes. Offsets are code points."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel, LCSseq

# Scripts that put no space between words: each of their letters is a word.
_ALONE = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u303f\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Marks on a letter, joiners, and skin tones: part of what stands before them.
_MARKS = "".join(c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c)[0] == "M")
_MARKS += "\u200b-\u200c\u2060\U0001f3fb-\U0001f3ff\U000e0020-\U000e01ef"
_ONE = rf"(?:[\U0001f1e6-\U0001f1ff]{{2}}|\S)[{_MARKS}]*(?:\u200d\S?[{_MARKS}]*)*"
_LETTER = rf"[^\W_{_ALONE}]"
_WORD = rf"{_LETTER}(?:{_LETTER}|[{_MARKS}\u200d]|['’ʼ·](?={_LETTER})|(?<=\d)[.,](?=\d))*"
_TOKEN = re.compile(f"{_WORD}|{_ONE}")
_ONES = re.compile(_ONE)
# No word is as long: letters without a space between them, each of which is then one.
_LONGEST = 40

# Marks that are typed in one way here and in another there.
_SIGNS = str.maketrans(dict.fromkeys("’‘‛ʼ`´", "'") | dict.fromkeys("“”„‟«»", '"')
                       | dict.fromkeys("‐‑‒–—―−", "-"))  # fmt: skip

# So many pairs of words are compared at once, at an eighth of a byte each.
_COMPARED = 1 << 27
# Where there are more, runs of so many words that stand once in either text are found first.
_LANDMARKS = (4, 12, 32)
# A run as long as this is the same words; a shorter one may be chance.
FIRM = 4
# Of what stands more often than this, only the nearest are looked at.
_NEAREST = 8
_FILLED = 64


class Run(NamedTuple):
    """`size` words from `old` on in one text are those from `new` on in another."""

    old: int
    new: int
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Literal["same", "out", "in"]
    text: str


def tokens(text: str) -> list[tuple[int, int]]:
    """Words as (start, end), with their inner apostrophes; a letter of a script that puts no
    space between words, and a punctuation mark, is one by itself. Only space is in none."""
    found: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if end - start <= _LONGEST:
            found.append((start, end))
        else:
            found.extend(one.span() for one in _ONES.finditer(text, start, end))
    return found


def folded(text: str) -> str:
    """For comparing: without case, with one kind of quotation marks and dashes."""
    return text.translate(_SIGNS).casefold()


def kept(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """The words that stay, in order, as a longest common subsequence; words are numbers.

    Very long texts that have next to nothing in common are taken to have nothing.
    """
    found: list[Run] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a, b, c, d = waiting.pop()
        head = _alike(old, new, a, c, min(b - a, d - c))
        tail = _alike_before(old, new, b, d, min(b - a, d - c) - head)
        found += [Run(a, c, head), Run(b - tail, d - tail, tail)]
        a, b, c, d = a + head, b - tail, c + head, d - tail
        if a == b or c == d:
            continue
        if (b - a) * (d - c) <= _COMPARED:
            blocks = LCSseq.editops(old[a:b], new[c:d]).as_matching_blocks()
            found += [Run(a + block.a, c + block.b, block.size) for block in blocks]
        else:
            marks = _landmarks(old[a:b], new[c:d])
            edges = [(a, c, 0), *((a + i, c + j, size) for i, j, size in marks), (b, d, 0)]
            found += [Run(*edge) for edge in edges]
            if marks:
                waiting += [(i + n, k, j + n, m) for (i, j, n), (k, m, _) in pairwise(edges)]
    return _settled(old, new, _joined(sorted(run for run in found if run.size)))


def moved(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """Runs of words that stand in both, wherever; each word is in one at most. The longest are
    taken first, of equal ones the nearest to what came before."""
    index: dict[tuple[int, ...], list[int]] = {}
    for at in range(len(new) - FIRM + 1):
        index.setdefault(tuple(new[at : at + FIRM]), []).append(at)
    candidates: list[Run] = []
    at = expected = 0
    while at <= len(old) - FIRM:
        places = index.get(tuple(old[at : at + FIRM]), [])
        middle = bisect_left(places, expected)
        near = places[max(0, middle - _NEAREST) : middle + _NEAREST]
        runs = [Run(at, j, _alike(old, new, at, j, min(len(old) - at, len(new) - j))) for j in near]
        if not runs:
            at += 1
            continue
        best = max(runs, key=lambda run: (run.size, -abs(run.new - expected), -run.new))
        candidates.append(best)
        # Another may begin inside of this one and reach further.
        at, expected = at + best.size - FIRM + 1, best.new + best.size
    return _filled(old, new, _taken(old, new, candidates))


def changes(old: str, new: str) -> list[Piece]:
    """What became of a text, word by word: "same" and "out" make the old one, "same" and "in"
    the new one."""
    before, after = tokens(old), tokens(new)
    ids: dict[str, int] = {}
    runs = kept(_numbered(old, before, ids), _numbered(new, after, ids))
    found: list[Piece] = []
    i = j = 0
    for run in [*runs, Run(len(before), len(after), 0)]:
        for step in range(run.size + 1):
            at, to = run.old + step, run.new + step
            a = before[at][0] if at < len(before) else len(old)
            b = after[to][0] if to < len(after) else len(new)
            if step == run.size and (at, to) != (len(before), len(after)):
                break
            found += _gap(old[i:a], new[j:b])
            if step < run.size:
                i, j = before[at][1], after[to][1]
                found.append(Piece("same", old[a:i]))
            else:
                i, j = a, b
    return _merged(found)


def followed(old: str, new: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int] | None]:
    """Where ranges of the old text are in the new one; None where nothing is left of them."""
    if old == new:
        return list(ranges)
    before, after = tokens(old), tokens(new)
    ids: dict[str, int] = {}
    images: list[int | None] = [None] * len(before)
    for run in kept(_numbered(old, before, ids), _numbered(new, after, ids)):
        for step in range(run.size):
            images[run.old + step] = run.new + step
    starts, ends = [start for start, _ in before], [end for _, end in before]
    found: list[tuple[int, int] | None] = []
    for start, end in ranges:
        first, last = bisect_left(ends, start + 1), bisect_left(starts, end)
        found.append(None)
        if start >= end or first >= last:
            continue
        low = max((i for i in images[:first][::-1][:1] if i is not None), default=None)
        left = -1 if first == 0 else low
        right = len(after) if last == len(before) else images[last]
        there = [image for image in images[first:last] if image is not None]
        # Words put in where the range's own were taken out, and nobody else's, are the range's.
        begin = there[0] if there else len(after)
        finish = there[-1] if there else -1
        if left is not None and images[first] is None:
            begin = min(begin, left + 1)
        if right is not None and images[last - 1] is None:
            finish = max(finish, right - 1)
        if begin > finish:
            continue
        a = after[begin][0]
        b = after[finish][1]
        if images[first] == begin and start > before[first][0]:
            a += start - before[first][0]
        if images[last - 1] == finish and end < before[last - 1][1]:
            b -= before[last - 1][1] - end
        if a < b and (there or likeness(old[start:end], new[a:b]) >= 0.5):
            found[-1] = (a, b)
    return found


def likeness(one: str, other: str) -> float:
    """From 0 to 1, letter by letter, whatever the space, case and kind of quotation marks."""
    return Indel.normalized_similarity(
        " ".join(folded(one).split()), " ".join(folded(other).split())
    )


def _numbered(text: str, spans: Sequence[tuple[int, int]], ids: dict[str, int]) -> list[int]:
    return [ids.setdefault(text[start:end], len(ids)) for start, end in spans]


def _alike(old: Sequence[int], new: Sequence[int], a: int, c: int, most: int) -> int:
    """How many words are the same from here on."""
    size = 0
    while size < most and old[a + size] == new[c + size]:
        size += 1
    return size


def _alike_before(old: Sequence[int], new: Sequence[int], b: int, d: int, most: int) -> int:
    size = 0
    while size < most and old[b - size - 1] == new[d - size - 1]:
        size += 1
    return size


def _landmarks(old: Sequence[int], new: Sequence[int]) -> list[Run]:
    """Runs that stand once in either text, in an order that both have."""
    for size in _LANDMARKS:
        once = _once(old, size), _once(new, size)
        pairs = [(at, once[1][gram]) for gram, at in once[0].items() if gram in once[1]]
        chain: list[Run] = []
        for at in increasing([new_at for _, new_at in pairs]):
            i, j = pairs[at]
            if not chain or (i >= chain[-1].old + size and j >= chain[-1].new + size):
                chain.append(Run(i, j, size))
        if chain:
            return chain
    return []


def _once(words: Sequence[int], size: int) -> dict[tuple[int, ...], int]:
    grams = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    counts = Counter(grams)
    return {gram: at for at, gram in enumerate(grams) if counts[gram] == 1}


def increasing(numbers: Sequence[int]) -> list[int]:
    """Where the members of a longest increasing subsequence are."""
    ends: list[int] = []
    at_end: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at_end[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        at_end[length : length + 1] = [at]
    chain = []
    at = at_end[-1] if at_end else -1
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def _settled(old: Sequence[int], new: Sequence[int], runs: Sequence[Run]) -> list[Run]:
    """Where words were only taken out, or only put in, between two runs, and one of them would
    stand as well right beside the other, there it stands: what stays is in as few pieces as may
    be."""
    found: list[Run] = []
    for run in runs:
        while found:
            one = found[-1]
            gaps = run.old - one.old - one.size, run.new - one.new - one.size
            if min(gaps) > 0 or max(gaps) == 0:
                break
            text, at, of = (old, run.old, one.old) if gaps[0] else (new, run.new, one.new)
            if text[at - one.size : at] == text[of : of + one.size]:
                found.pop()
                run = Run(run.old - one.size, run.new - one.size, one.size + run.size)
                continue
            end = of + one.size
            if text[end : end + run.size] == text[at : at + run.size]:
                found.pop()
                run = Run(one.old, one.new, one.size + run.size)
            break
        found.append(run)
    return found


def _joined(runs: Sequence[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        if found and (found[-1].old + found[-1].size, found[-1].new + found[-1].size) == run[:2]:
            found[-1] = found[-1]._replace(size=found[-1].size + run.size)
        else:
            found.append(run)
    return found


def _taken(old: Sequence[int], new: Sequence[int], candidates: Sequence[Run]) -> list[Run]:
    """Of runs that claim the same words the longest; what others keep is made as long as may be."""
    mine, yours = bytearray(len(old)), bytearray(len(new))
    found: list[Run] = []
    for i, j, size in sorted(candidates, key=lambda run: (-run.size, run.old, run.new)):
        begin = 0
        for at in range(size + 1):
            if at < size and not mine[i + at] and not yours[j + at]:
                continue
            if at - begin >= FIRM:
                a, c, b = i + begin, j + begin, i + at
                while a and c and not mine[a - 1] and not yours[c - 1] and old[a - 1] == new[c - 1]:
                    a, c = a - 1, c - 1
                found.append(Run(a, c, b - a))
                mine[a:b] = yours[c : c + b - a] = b"\x01" * (b - a)
            begin = at + 1
    return sorted(found)


def _filled(old: Sequence[int], new: Sequence[int], runs: Sequence[Run]) -> list[Run]:
    """Between two runs that went the same way, the single words that did."""
    claimed = bytearray(len(new))
    for run in runs:
        claimed[run.new : run.new + run.size] = b"\x01" * run.size
    found = list(runs)
    for one, other in pairwise(runs):
        a, c = one.old + one.size, one.new + one.size
        near = 0 < other.old - a <= _FILLED and 0 < other.new - c <= _FILLED
        if near and not any(claimed[c : other.new]):
            within = kept(old[a : other.old], new[c : other.new])
            found += [Run(a + run.old, c + run.new, run.size) for run in within]
    return sorted(found)


def _gap(old: str, new: str) -> list[Piece]:
    """What stood between two words that stay, and what stands there now; the space on either side
    that both have stays too."""
    if old == new:
        return [Piece("same", old)] if old else []
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n] or not old[n].isspace()), most)
    old, new, start = old[head:], new[head:], old[:head]
    most = min(len(old), len(new))
    tail = next((n for n in range(most) if old[-n - 1] != new[-n - 1] or not old[-n - 1].isspace()),
                most)  # fmt: skip
    end = old[len(old) - tail :]
    pieces = [
        Piece("same", start),
        Piece("out", old[: len(old) - tail]),
        Piece("in", new[: len(new) - tail]),
        Piece("same", end),
    ]
    return [piece for piece in pieces if piece.text]


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
