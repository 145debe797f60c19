"""Where a quote begins and ends, once most of its words are found."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.anchoring.passages import At, Course, Span, Text
from annotations.anchoring.quotes import ABOUT, GROWTH, SLACK, Quoted

# So many words that were put in are taken for each of a quote's that was taken out.
_REPLACED = 2


class Edges:
    """The outermost words of quotes on their way from one text to another."""

    def __init__(self, before: Text, after: Text, course: Course) -> None:
        self._before, self._after, self._course = before, after, course

    def stretched(self, quoted: Quoted, found: Sequence[tuple[At, int]]) -> Span:
        """From the first of the found words to the last, with words that were put in where the
        quote's own first and last ones were taken out."""
        (first, k), (last, n) = found[0], found[-1]
        begin, end = self._closer(found), self._closer(found, back=True)
        if begin == first and k > 0:
            begin = self._outward(quoted, first, k, -1)
        if end == last and n < len(quoted.places) - 1:
            end = self._outward(quoted, last, len(quoted.places) - 1 - n, 1)
        if quoted.is_whole:
            begin, end = self._to_the_edges(quoted, begin, end)
        span = self._after.span(begin, end)
        start, finish = span.start, span.end
        if begin == first and k == 0:
            start += self._inside(quoted.places[0], first, quoted.lead)
        if end == last and n == len(quoted.places) - 1:
            finish -= self._inside(quoted.places[-1], last, quoted.trail)
        before, after = self._after.text(span.first), self._after.text(span.last)
        if quoted.space_before and before.endswith(quoted.space_before, 0, start):
            start -= len(quoted.space_before)
        if quoted.space_after and after.startswith(quoted.space_after, finish):
            finish += len(quoted.space_after)
        return Span(span.first, start, span.last, finish)

    def _closer(self, found: Sequence[tuple[At, int]], *, back: bool = False) -> At:
        """The place of the outermost word. Where something was put in beside it that is the same
        word again, right next to the others, it is that one."""
        ordered, way = (found[::-1], -1) if back else (found, 1)
        for size in range(1, len(ordered)):
            (one, k), (other, n) = ordered[size - 1], ordered[size]
            if one.passage != other.passage or n - k != way:
                break
            if other.word - one.word != way:
                ids = self._after.ids(other.passage)
                places = [At(other.passage, other.word - way * (size - at)) for at in range(size)]
                if all(
                    0 <= place.word < len(ids) and ids[place.word] == ids[at.word]
                    for place, (at, _) in zip(places, ordered, strict=False)
                ):
                    return places[0]
                break
        return ordered[0][0]

    def _outward(self, quoted: Quoted, edge: At, lost: int, way: int) -> At:
        """From the outermost word that stands over those put in for the `lost` ones beyond it."""
        free = self._free_beside(edge, way)
        if not free:
            return edge
        place = quoted.places[0] if way < 0 else quoted.places[-1]
        size = len(self._before.ids(place.passage))
        others, word = 0, place.word + way
        while 0 <= word < size and others <= ABOUT:
            if self._course.image(At(place.passage, word)) is not None:
                break
            others, word = others + 1, word + way
        taken = self._again(edge, place, lost, free, way)
        if not taken:
            taken = round(free * lost / (lost + others))
        if taken > _REPLACED * lost + 1:
            taken = lost
        return At(edge.passage, edge.word + way * taken)

    def _again(self, edge: At, place: At, lost: int, free: int, way: int) -> int:
        """How many of the lost words, which reach to `place`, were put in again beside it."""
        old, new = self._before.ids(place.passage), self._after.ids(edge.passage)
        for step in range(min(lost, free)):
            word = place.word - way * (lost - 1 - step)
            if not 0 <= word < len(old) or old[word] != new[edge.word + way * (step + 1)]:
                return step
        return min(lost, free)

    def _free_beside(self, edge: At, way: int) -> int:
        """How many words that come from nowhere stand beside a word of the new text."""
        free, word = 0, edge.word + way
        size = len(self._after.ids(edge.passage))
        while 0 <= word < size and self._course.claimed(At(edge.passage, word)) is None:
            free, word = free + 1, word + way
        return free

    def _to_the_edges(self, quoted: Quoted, begin: At, end: At) -> tuple[At, At]:
        """A target that covered whole passages covers all that was put into them."""
        head = begin.word - self._free_beside(begin, -1)
        tail = end.word + self._free_beside(end, 1)
        wide = At(begin.passage, head), At(end.passage, tail)
        reach = self._after.end(wide[1]) - self._after.start(wide[0])
        return wide if reach <= len(quoted.exact) * GROWTH + SLACK else (begin, end)

    def _inside(self, old: At, new: At, offset: int) -> int:
        """An offset inside a word, if it is the same to the letter."""
        a, b = self._before.spans(old.passage)[old.word], self._after.spans(new.passage)[new.word]
        return offset if 0 < offset < b[1] - b[0] == a[1] - a[0] else 0
