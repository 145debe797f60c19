"""Where in a text notes from elsewhere stand, and how sure that is. Writes nothing, asks nothing.

A place that is named by our own paragraphs counts where its words stand there. Else the words are
looked for: as they are, whatever the space between them, since other programs join paragraphs in
their own ways; then, through the anchoring engine, in any case and by their likeness. Of several
places the surroundings choose, then what was found of the notes beside it in their text.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import log

from annotations.actions import Range
from annotations.anchoring import Passage, Placement, locate
from annotations.enums import AnchorState
from annotations.importing.foreign.incoming import IncomingNote, Spot
from annotations.selectors import Quote, quote, same_words
from reader.models import Paragraph
from reader.words import folded, likeness, tokens

# So much of what stood on either side of a quote is compared, white space left out.
_AROUND = 32
# Words that stand in more places than this say nothing of which one is meant.
_MOST_PLACES = 200
# Words that aren't there as they were quoted are looked for around so many paragraphs that have
# the most of them, the rarer ones counting more, and in so many on either side.
_LIKELY = 2
_NEIGHBOURS = 1
# That takes a while, the longer the words are: of a file full of words from elsewhere only so many
# characters are looked for, each quote counting as so many more, and of one other text only so many
# quotes, while none of its words is here for sure.
_MOST_LOOKED_FOR, _EACH = 500_000, 250
_MOST_MISSED = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """A root and its words. Detached: at the head of a paragraph, with none of them.

    `state` says how they were found, `stands` how the note stands from now on: what is found as it
    was written down stands as it stood there, and words that were found elsewhere than they were
    are still the note's words.
    """

    note: IncomingNote
    where: Range
    state: AnchorState
    confidence: float  # 0 to 1
    stands: AnchorState

    @property
    def is_sure(self) -> bool:
        return self.state in {AnchorState.EXACT, AnchorState.MOVED}


@dataclass(frozen=True, slots=True)
class Report:
    """What was placed where, in the order of the file."""

    placed: Sequence[Placed]

    @property
    def counts(self) -> dict[AnchorState, int]:
        """How many of each, the surest first; those that there are none of, too."""
        counted = Counter(each.state for each in self.placed)
        return {state: counted[state] for state in AnchorState}

    @property
    def unsure(self) -> list[Placed]:
        return [each for each in self.placed if not each.is_sure]


def place_all(
    notes: Sequence[IncomingNote],
    paragraphs: Sequence[Paragraph],
    also_called: Mapping[str, Paragraph] | None = None,
) -> Report:
    """Roots on the paragraphs that stand; `also_called` are some of them by the keys that they
    have in another copy of the text."""
    text = _Text(paragraphs, also_called or {})
    first = [text.place(note) for note in notes]
    beside = _Beside(text, first)
    again = ((each, None if each.is_sure else beside.near(each.note)) for each in first)
    return Report([each if near is None else text.place(each.note, near) for each, near in again])


class _Text:
    """A text to find quotes in. At least one of its paragraphs has words."""

    def __init__(
        self, paragraphs: Sequence[Paragraph], also_called: Mapping[str, Paragraph]
    ) -> None:
        self._paragraphs = list(paragraphs)
        self._position = {each.pk: at for at, each in enumerate(self._paragraphs)}
        self._keys = {key: self._position[each.pk] for key, each in also_called.items()
                      if each.pk in self._position}  # fmt: skip
        self._keys |= {each.key: at for at, each in enumerate(self._paragraphs)}
        self._passages = [Passage(each.pk, each.text) for each in self._paragraphs]
        lengths = (len(each.text) + 1 for each in self._paragraphs)
        self.offsets = [0, *accumulate(lengths)]  # as if one character stood between two
        whole = "\n".join(each.text for each in self._paragraphs)
        self._dense, self._at = _dense(whole)
        self._looked_for = 0
        self._missed: Counter[str] = Counter()  # by the text that notes are about
        self._sure: set[str] = set()
        self._head = next(at for at, each in enumerate(self._paragraphs) if each.text)

    def place(self, note: IncomingNote, near: int | None = None) -> Placed:
        """`near`: an offset in the whole text around which it should be."""
        if note.whole_article:
            first = self._paragraphs[self._head]
            where = Range([first], 0, len(first.text), whole_article=True)
            return Placed(note, where, AnchorState.EXACT, 1.0, AnchorState.EXACT)
        spot, guess = self._named(note.spot), self._counted(note.spot)
        if note.anchor_state == AnchorState.DETACHED:  # without its words, wherever they are
            return self._detached(note, spot or guess, near)
        if spot is not None and self._says(spot, note.quote):
            return Placed(note, spot, AnchorState.EXACT, 1.0, note.anchor_state)
        if guess is not None and self._says_around(guess, note.quote):
            return Placed(note, guess, AnchorState.EXACT, 1.0, note.anchor_state)
        if note.quote is None or not note.quote.exact.strip():
            return self._detached(note, spot or guess, near)
        if near is None and (there := spot or guess) is not None:
            near = self._offset(there)
        found = self._dense_places(note.quote)
        if found:
            self._sure.add(note.about)
            return self._chosen(note, note.quote, found, near, spot)
        return self._likely(note, note.quote, near, spot)

    def start(self, where: Range) -> int:
        return self._offset(where)

    def _named(self, spot: Spot | None) -> Range | None:
        """The words by the keys of their paragraphs, if these stand."""
        if spot is None or spot.first not in self._keys or spot.last not in self._keys:
            return None
        return self._spot(spot, self._keys[spot.first], self._keys[spot.last])

    def _counted(self, spot: Spot | None) -> Range | None:
        """The words by how many paragraphs stood before them: another copy has other keys."""
        if spot is None or spot.blocks is None or spot.blocks[1] >= len(self._paragraphs):
            return None
        return self._spot(spot, *spot.blocks)

    def _spot(self, spot: Spot, first: int, last: int) -> Range | None:
        """Without offsets where the paragraphs are too short for these."""
        covered = self._paragraphs[first : last + 1]
        if not covered:
            return None
        start = 0 if spot.start is None else spot.start
        end = len(covered[-1].text) if spot.end is None else spot.end
        beyond = start > len(covered[0].text) or end > len(covered[-1].text)
        if beyond or (len(covered) == 1 and start >= end):
            start = end = 0
        return Range(covered, start, end)

    def _says(self, where: Range, wanted: Quote | None) -> bool:
        """Whether the words stand there. Whole paragraphs that nobody quotes say themselves."""
        if len(where.paragraphs) == 1 and where.start >= where.end:
            return False
        said = quote([each.text for each in where.paragraphs], where.start, where.end).exact
        if wanted is None:
            return where.start == 0 and where.end == len(where.paragraphs[-1].text)
        return said == unicodedata.normalize("NFC", wanted.exact)

    def _says_around(self, where: Range, wanted: Quote | None) -> bool:
        """The same of a place that only a number names: what stands around it counts, too."""
        if wanted is None or not self._says(where, wanted):
            return False
        found = quote([each.text for each in where.paragraphs], where.start, where.end)
        before, after = (
            unicodedata.normalize("NFC", each) for each in (wanted.prefix, wanted.suffix)
        )
        return found.prefix.endswith(before) and found.suffix.startswith(after)

    def _offset(self, where: Range) -> int:
        return self.offsets[self._position[where.paragraphs[0].pk]] + where.start

    def _dense_places(self, wanted: Quote) -> list[tuple[int, int]]:
        """Where the words stand, whatever the space in them, in the text without any."""
        words, _at = _dense(unicodedata.normalize("NFC", wanted.exact))
        found: list[tuple[int, int]] = []
        at = self._dense.find(words) if words else -1
        while at >= 0 and len(found) <= _MOST_PLACES:
            found.append((at, at + len(words)))
            at = self._dense.find(words, at + 1)
        return found

    def _chosen(
        self,
        note: IncomingNote,
        wanted: Quote,
        found: Sequence[tuple[int, int]],
        near: int | None,
        spot: Range | None,
    ) -> Placed:
        """The one with the most of its surroundings, then the nearest."""

        def rank(place: tuple[int, int]) -> tuple[float, int]:
            distance = 0 if near is None else abs(self._at[place[0]] - near)
            return -round(self._around(wanted, *place), 2), distance

        ranked = sorted((*rank(place), *place) for place in found)
        (context, distance, start, end), others = ranked[0], ranked[1:]
        where = self._range(self._at[start], self._at[end - 1] + 1)
        if others and others[0][:2] == (context, distance):
            approximate = AnchorState.APPROXIMATE
            return Placed(note, where, approximate, round(1 / len(ranked), 3), approximate)
        confidence = 1.0 if not others or context < others[0][0] else 0.75
        moved = spot is not None and not _agree(note.spot, spot, where)
        state = AnchorState.MOVED if moved else AnchorState.EXACT
        return Placed(note, where, state, confidence, AnchorState.EXACT)

    def _around(self, wanted: Quote, start: int, end: int) -> float:
        """How like the surroundings are, of 1."""
        before, after = _dense(wanted.prefix)[0][-_AROUND:], _dense(wanted.suffix)[0][:_AROUND]
        sides = []
        if before:
            sides.append(likeness(before, self._dense[max(0, start - len(before)) : start]))
        if after:
            sides.append(likeness(after, self._dense[end : end + len(after)]))
        return sum(sides) / len(sides) if sides else 0.0

    def _likely(
        self, note: IncomingNote, wanted: Quote, near: int | None, spot: Range | None
    ) -> Placed:
        """What the anchoring engine takes it for."""
        found = self._located(note, wanted, near)
        if found is None:
            return self._detached(note, spot, near)
        first, last = self._position[found.first], self._position[found.last]
        where = Range(self._paragraphs[first : last + 1], found.start, found.end)
        said = quote([each.text for each in where.paragraphs], where.start, where.end).exact
        state = found.state if same_words(said, wanted.exact) else AnchorState.APPROXIMATE
        return Placed(note, where, state, found.confidence, state)

    def _located(self, note: IncomingNote, wanted: Quote, near: int | None) -> Placement | None:
        """The likeliest place; the engine asks a whole text for each quote, and is given parts."""
        elsewhere = note.about not in self._sure and self._missed[note.about] >= _MOST_MISSED
        self._looked_for += len(wanted.exact) + _EACH
        if elsewhere or self._looked_for > _MOST_LOOKED_FOR:
            return None
        beside = None if near is None else self._beside(near)
        found = [
            locate(window, wanted.exact, wanted.prefix, wanted.suffix, beside)
            for window in self._windows(wanted.exact)
        ]
        there = [each for each in found if each.state != AnchorState.DETACHED]
        self._missed[note.about] += not there
        return max(there, key=lambda each: each.confidence, default=None)

    def _windows(self, words: str) -> Iterator[Sequence[Passage]]:
        scores: dict[int, float] = defaultdict(float)
        for word in _words(words):
            there = self._standing.get(word, ())
            for at in there:
                scores[at] += log(1 + len(self._passages) / len(there))
        wide = _NEIGHBOURS + words.count("\n")
        taken: set[int] = set()
        for at in sorted(scores, key=lambda at: (-scores[at], at)):
            if at not in taken:
                window = range(max(0, at - wide), min(len(self._passages), at + wide + 1))
                taken.update(window)
                yield self._passages[window.start : window.stop]
            if len(taken) > _LIKELY * (2 * wide + 1):
                return

    @cached_property
    def _standing(self) -> dict[str, list[int]]:
        """In which paragraphs each word stands."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, passage in enumerate(self._passages):
            for word in _words(passage.text):
                found[word].append(at)
        return found

    def _detached(self, note: IncomingNote, spot: Range | None, near: int | None) -> Placed:
        """At the paragraph that is named, else the nearest to where it should be, else at the
        head of the article."""
        if spot is not None:
            paragraph = spot.paragraphs[0]
        elif near is not None:
            paragraph = self._paragraphs[self._passage_at(near)]
        else:
            paragraph = self._paragraphs[self._head]
        detached = AnchorState.DETACHED
        return Placed(note, Range([paragraph], 0, 0), detached, 0.0, detached)

    def _range(self, start: int, end: int) -> Range:
        first, last = self._passage_at(start), self._passage_at(end - 1)
        covered = self._paragraphs[first : last + 1]
        return Range(covered, start - self.offsets[first], end - self.offsets[last])

    def _beside(self, offset: int) -> tuple[int, int]:
        at = self._passage_at(offset)
        return self._paragraphs[at].pk, max(0, offset - self.offsets[at])

    def _passage_at(self, offset: int) -> int:
        at = bisect_right(self.offsets, offset) - 1
        return max(0, min(at, len(self._paragraphs) - 1))


class _Beside:
    """Positions in the text that notes come from, and where those of which one is sure are here:
    the others of the same text should be beside them, in the same order."""

    def __init__(self, text: _Text, placed: Sequence[Placed]) -> None:
        self._known: dict[str, list[tuple[int, int]]] = {}
        for each in placed:
            position = each.note.position
            if position is not None and each.is_sure and each.confidence == 1.0:
                there = self._known.setdefault(each.note.about, [])
                there.append((position[0], text.start(each.where)))
        for known in self._known.values():
            known.sort()

    def near(self, note: IncomingNote) -> int | None:
        known = self._known.get(note.about)
        if note.position is None or not known:
            return None
        here = note.position[0]
        at = bisect(known, (here,))
        beside = known[max(0, at - 1) : at + 1]
        position, offset = min(beside, key=lambda each: abs(each[0] - here))
        return max(0, offset + here - position)


def _agree(said: Spot | None, spot: Range, where: Range) -> bool:
    """Whether words were found where they were said to be."""
    same = spot.paragraphs[0].pk == where.paragraphs[0].pk
    return same and (said is None or said.start is None or spot.start == where.start)


def _words(text: str) -> set[str]:
    plain = folded(text)
    return {plain[start:end] for start, end in tokens(plain)}


def _dense(text: str) -> tuple[str, list[int]]:
    """A text without its white space and what isn't seen, and where each of its characters is."""
    at = [n for n, char in enumerate(text) if not char.isspace() and char not in _UNSEEN]
    return "".join(text[n] for n in at), at


# Soft hyphens, and marks of where a line may break: some programs keep them in what they quote.
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff")
