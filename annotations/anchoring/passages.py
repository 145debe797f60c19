"""Texts as sequences of passages, and where every word of one is in the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby
from typing import NamedTuple

from annotations.selectors import quote
from reader.aligning import align
from reader.words import FIRM, folded, kept, moved, tokens


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of a text. Its text may be empty."""

    key: int
    text: str


class At(NamedTuple):
    """A word's place: the passage's position in its text, the word's in the passage."""

    passage: int
    word: int


class Span(NamedTuple):
    """A stretch of a text, in code points of passages that are named by position."""

    first: int
    start: int
    last: int
    end: int


class Text:
    """Passages in order; their words are read when they are asked for."""

    def __init__(self, passages: Sequence[Passage], ids: dict[str, int]) -> None:
        self.passages, self._ids = passages, ids
        self.position = {passage.key: at for at, passage in enumerate(passages)}
        # As if the passages stood one after the other, with one character between.
        self.offsets = [0, *accumulate(len(passage.text) + 1 for passage in passages)]
        self._words: dict[int, tuple[list[tuple[int, int]], list[int]]] = {}

    def _read(self, at: int) -> tuple[list[tuple[int, int]], list[int]]:
        if at not in self._words:
            text, ids = self.passages[at].text, self._ids
            spans = tokens(text)
            plain = folded(text)
            if len(plain) != len(text):  # some letters fold to two
                words = [folded(text[start:end]) for start, end in spans]
            else:
                words = [plain[start:end] for start, end in spans]
            self._words[at] = spans, [ids.setdefault(word, len(ids)) for word in words]
        return self._words[at]

    def spans(self, at: int) -> list[tuple[int, int]]:
        return self._read(at)[0]

    def ids(self, at: int) -> list[int]:
        return self._read(at)[1]

    def text(self, at: int) -> str:
        return self.passages[at].text

    def quote(self, span: Span) -> str:
        texts = [passage.text for passage in self.passages[span.first : span.last + 1]]
        return quote(texts, span.start, span.end).exact

    def start(self, at: At) -> int:
        return self.offsets[at.passage] + self.spans(at.passage)[at.word][0]

    def end(self, at: At) -> int:
        return self.offsets[at.passage] + self.spans(at.passage)[at.word][1]

    def within(self, span: Span) -> Iterator[At]:
        """The words that a span touches."""
        for passage in range(span.first, span.last + 1):
            spans = self.spans(passage)
            low = span.start if passage == span.first else 0
            high = span.end if passage == span.last else len(self.text(passage))
            begin = bisect_right(spans, low, key=lambda word: word[1])
            end = bisect_left(spans, high, key=lambda word: word[0])
            yield from (At(passage, word) for word in range(begin, end))

    def span(self, first: At, last: At) -> Span:
        return Span(
            first.passage,
            self.spans(first.passage)[first.word][0],
            last.passage,
            self.spans(last.passage)[last.word][1],
        )


class Course:
    """Where every word of the old text is in the new one, as far as it has been asked."""

    def __init__(self, before: Text, after: Text) -> None:
        self.before, self.after = before, after
        self.partner = {
            at: after.position[passage.key]
            for at, passage in enumerate(before.passages)
            if passage.key in after.position
        }
        self._images: dict[int, list[At | None]] = {}
        self._firm: dict[int, bytearray] = {}
        self._settled = False

    def stays(self, at: int) -> bool:
        """Whether a passage says what it said."""
        to = self.partner.get(at)
        return to is not None and self.before.text(at) == self.after.text(to)

    def image(self, at: At) -> At | None:
        if self.stays(at.passage):
            return At(self.partner[at.passage], at.word)
        return self._diff(at.passage)[at.word]

    def images(self, places: Sequence[At]) -> list[At | None]:
        """Where these words are; as soon as one didn't clearly stay in its passage, the whole
        text is asked."""
        if not self._settled and not all(map(self._is_firm, places)):
            self._settle()
        return [self.image(place) for place in places]

    @cached_property
    def free(self) -> dict[int, list[tuple[int, int]]]:
        """Runs of words of the new text that come from nowhere in the old one: (begin, end) by
        passage."""
        self._settle()
        found = {}
        for at, claimed in self._claimed.items():
            runs = [
                (run[0], run[-1] + 1)
                for taken, group in groupby(range(len(claimed)), key=claimed.__getitem__)
                if taken is None and (run := list(group))
            ]
            if runs:
                found[at] = runs
        return found

    def claimed(self, at: At) -> At | None:
        """The word of the old text that this one of the new text is."""
        self._settle()
        if at.passage in self._claimed:
            return self._claimed[at.passage][at.word]
        return At(self._origin[at.passage], at.word)

    @cached_property
    def _origin(self) -> dict[int, int]:
        return {to: at for at, to in self.partner.items()}

    def _is_firm(self, at: At) -> bool:
        if self.stays(at.passage):
            return True
        self._diff(at.passage)
        return bool(self._firm[at.passage][at.word])

    def _diff(self, at: int) -> list[At | None]:
        if at not in self._images:
            ids = self.before.ids(at)
            images: list[At | None] = [None] * len(ids)
            firm = bytearray(len(ids))
            if (to := self.partner.get(at)) is not None:
                for old, new, size in kept(ids, self.after.ids(to)):
                    images[old : old + size] = [At(to, new + step) for step in range(size)]
                    if size >= FIRM:
                        firm[old : old + size] = b"\x01" * size
            self._images[at], self._firm[at] = images, firm
        return self._images[at]

    def _settle(self) -> None:
        """Follow what was moved from passage to passage, or inside of one."""
        if self._settled:
            return
        self._settled = True
        self._pair_the_lost()
        changed = [at for at in range(len(self.before.passages)) if not self.stays(at)]
        same = {self.partner[at] for at in range(len(self.before.passages)) if self.stays(at)}
        self._claimed: dict[int, list[At | None]] = {
            at: [None] * len(self.after.ids(at))
            for at in range(len(self.after.passages))
            if at not in same
        }
        firm_there = {at: bytearray(len(claimed)) for at, claimed in self._claimed.items()}
        for at in changed:
            for word, image in enumerate(self._diff(at)):
                if image is not None:
                    self._claimed[image.passage][image.word] = At(at, word)
                    firm_there[image.passage][image.word] = self._firm[at][word]
        old, old_ids = _stretches(self.before, {at: self._firm[at] for at in changed}, -1)
        new, new_ids = _stretches(self.after, firm_there, -2)
        for run in moved(old_ids, new_ids):
            self._move(old[run.old : run.old + run.size], new[run.new : run.new + run.size])

    def _pair_the_lost(self) -> None:
        """Passages that were laid anew, under other keys."""
        lost = [at for at in range(len(self.before.passages)) if at not in self.partner]
        laid = [at for at in range(len(self.after.passages)) if at not in self._origin]
        if not lost or not laid:
            return
        continued = align(
            [(str(at), "", self.before.text(at)) for at in lost],
            [("", self.after.text(at)) for at in laid],
        )
        for to, key in zip(laid, continued, strict=True):
            if key is not None:
                self.partner[int(key)] = to
                self._origin[to] = int(key)
                self._images.pop(int(key), None)

    def _move(self, old: Sequence[At | None], new: Sequence[At | None]) -> None:
        """These words went there, unless more of them seem to stand where they stood."""
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a and b]
        displaced = sum(self.image(a) not in (None, b) for a, b in pairs)
        displaced += sum(self._claimed[b.passage][b.word] not in (None, a) for a, b in pairs)
        if 2 * displaced > len(pairs):
            return
        for a, b in pairs:
            there, here = self._images[a.passage][a.word], self._claimed[b.passage][b.word]
            if there is not None:
                self._claimed[there.passage][there.word] = None
            if here is not None:
                self._images[here.passage][here.word] = None
            self._images[a.passage][a.word] = b
            self._claimed[b.passage][b.word] = a


def _stretches(
    text: Text, firm: dict[int, bytearray], between: int
) -> tuple[list[At | None], list[int]]:
    """The words that didn't clearly stay, one stretch after the other, with something between
    them that stands nowhere else: numbers from `between` down, every second."""
    places: list[At | None] = []
    ids: list[int] = []
    for passage, flags in firm.items():
        for stays, group in groupby(range(len(flags)), key=flags.__getitem__):
            if not stays:
                words = list(group)
                places += [*(At(passage, word) for word in words), None]
                ids += [*text.ids(passage)[words[0] : words[-1] + 1], between]
                between -= 2
    return places, ids
