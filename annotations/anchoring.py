"""Where a note's words are once the text has changed, and how sure that is.

A quote is where its words went, if enough of them did: through a word diff of each paragraph that
keeps its key, then, where words were taken out here and the same put in there, to wherever that
is. Only where that fails are words looked for that are much like it, among those that were put
in: what stood there before is somebody else's. Context and nearness choose only among places whose
own words are enough like the quote's.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from rapidfuzz import fuzz

from annotations.enums import AnchorState
from annotations.passages import At, Course, Passage, Span, Text
from annotations.selectors import find_quote, same_words
from reader.words import folded, likeness

__all__ = ["Following", "Passage", "Placement", "Selector", "locate"]

# How much of a quote there has to be, of 1: of one followed and of one only found by its likeness,
# of many words and of few. docs/adr/0014.
FEW_WORDS = 5
_FLOOR, _FLOOR_FEW = 0.7, 0.75
_GUESSED, _GUESSED_FEW = 0.75, 0.8
# A quote that lost its beginning or its end is what remains, if that is so much of it.
_REMAINS, _REMAINDER = 0.5, 0.75
# Of a letter that was put in between the words of a quote, after the first few, so much is set
# against those on either side; and so much longer than the quote may what was put in make it.
_BRIDGE, _SLACK = 0.15, 20
_GROWTH = 2.0
# Of so many words on either side of a short quote so many have to stand around it still, its own
# counted with them: in its paragraph, and elsewhere.
_ABOUT = 4
_AGREE, _AGREE_ELSEWHERE = 3, 4
# How much of the context of a short quote has to be around words that are only like it.
_CONTEXT = 0.6
# So many words that were put in are taken for each of a quote's that was taken out.
_REPLACED = 2
# Looking for likeness: so many paragraphs on either side, then so many that share rare words, of
# which no more paragraphs than this have any; and no quotes that are longer.
_NEIGHBOURS = 2
_LIKELY = 3
_RARE = 20
_TRIED = 40
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Selector:
    """A target as it was made: from `start` in passage `first` to `end` in `last`, in code
    points."""

    first: int
    start: int
    last: int
    end: int
    exact: str
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a target is. Detached: at the nearest passage that stands, both offsets 0."""

    state: AnchorState
    first: int
    start: int
    last: int
    end: int
    confidence: float  # 0 to 1


class _Quoted:
    """A quote's words in the text that it was made on."""

    def __init__(self, text: Text, span: Span, selector: Selector) -> None:
        self.span, self.exact, self.selector = span, selector.exact, selector
        self.keys = [text.passages[at].key for at in range(span.first, span.last + 1)]
        self.places = list(text.within(span))
        spans = [text.spans(at.passage)[at.word] for at in self.places]
        self.weights = [end - start for start, end in spans]
        marks = [
            not text.text(at.passage)[start].isalnum()
            for at, (start, _) in zip(self.places, spans, strict=True)
        ]
        # Marks count only in a quote of nothing else.
        self._counts = [not mark or all(marks) for mark in marks]
        self.size = sum(self._counts)
        self.is_short = self.size <= FEW_WORDS
        self.floor = _FLOOR_FEW if self.is_short else _FLOOR
        self.guessed_floor = _GUESSED_FEW if self.is_short else _GUESSED
        self.lead = max(0, span.start - spans[0][0]) if spans else 0
        self.trail = max(0, spans[-1][1] - span.end) if spans else 0
        self.space_before = self.exact[: len(self.exact) - len(self.exact.lstrip())]
        self.space_after = self.exact[len(self.exact.rstrip()) :]
        self.is_whole = not (
            text.text(span.first)[: span.start].strip() or text.text(span.last)[span.end :].strip()
        )

    def share(self, found: Sequence[int]) -> tuple[float, float]:
        """How much of the quote these of its words are; and how much of what remains of it, from
        the first to the last of them, or 0 if that is too little."""
        words = sum(self._counts[k] for k in found)
        remains = sum(self._counts[min(found) : max(found) + 1])
        enough = remains > FEW_WORDS and remains >= _REMAINS * self.size
        return words / self.size, words / remains if enough else 0.0


class Following:
    """Follows any number of targets from one text to another."""

    def __init__(self, before: Sequence[Passage], after: Sequence[Passage]) -> None:
        ids: dict[str, int] = {}
        self._before, self._after = Text(before, ids), Text(after, ids)
        self._course = Course(self._before, self._after)

    def place(self, selector: Selector) -> Placement:
        """Where this target, made on the text before, is in the text after.

        Exact: the same words stand in the same passages. Moved: they were followed, but some
        changed, or they stand elsewhere, or the target shrank to what remains of it.
        Approximate: words much like them were found. Else detached.
        """
        span = self._span(selector)
        if span is None:
            return locate(self._after.passages, selector.exact, selector.prefix, selector.suffix)
        if self._stays(span):
            return Placement(AnchorState.EXACT, *_ends(selector), 1.0)
        quoted = _Quoted(self._before, span, selector)
        if found := self._followed(quoted):
            return found
        here = self._nearest(span.first)
        return self._guessed(quoted, here, anywhere=not quoted.is_short) or self._detached(here)

    def likely(self, selector: Selector, here: int) -> Placement | None:
        """Where the words of a text that has no passage in common with the other may be; `here`
        is the position of the likeliest passage."""
        span = self._span(selector)
        if span is None:
            return None
        quoted = _Quoted(self._before, span, selector)
        return self._followed(quoted) or self._guessed(quoted, here, anywhere=True)

    def _span(self, selector: Selector) -> Span | None:
        """None where the text before doesn't say what the selector says."""
        position = self._before.position
        if selector.first not in position or selector.last not in position:
            return None
        span = Span(position[selector.first], selector.start, position[selector.last], selector.end)
        if span.first > span.last or self._before.quote(span) != selector.exact:
            return None
        return span

    def _stays(self, span: Span) -> bool:
        """Whether its passages say what they said, one after the other."""
        passages = range(span.first, span.last + 1)
        there = [self._same_key(at) for at in passages]
        return all(
            to is not None
            and to - step == there[0]
            and self._before.text(at) == self._after.text(to)
            for step, (at, to) in enumerate(zip(passages, there, strict=True))
        )

    def _same_key(self, at: int) -> int | None:
        return self._after.position.get(self._before.passages[at].key)

    def _followed(self, quoted: _Quoted) -> Placement | None:
        if not quoted.places:
            return None
        images = self._course.images(quoted.places)
        found = self._gathered(quoted, images)
        if not found:
            return self._replaced(quoted)
        span = self._stretched(quoted, found)
        words = self._after.quote(span)
        share, remains = quoted.share([k for _, k in found])
        alike = 1.0 if words == quoted.exact else max(share, likeness(quoted.exact, words))
        if alike < quoted.floor and remains < _REMAINDER:
            return self._replaced(quoted)
        if quoted.is_short and not self._agrees(quoted, found):
            return None
        return self._placement(quoted, span, alike)

    def _placement(self, quoted: _Quoted, span: Span, confidence: float) -> Placement:
        keys = [self._after.passages[at].key for at in range(span.first, span.last + 1)]
        same = keys == quoted.keys and self._after.quote(span) == quoted.exact
        state = AnchorState.EXACT if same else AnchorState.MOVED
        return Placement(state, keys[0], span.start, keys[-1], span.end, round(confidence, 3))

    def _gathered(self, quoted: _Quoted, images: Sequence[At | None]) -> list[tuple[At, int]]:
        """The words that stand close enough together to be the quote, in the order in which they
        stand, each with its number in the quote. Something between them that the quote didn't
        have is bridged if there is enough of the quote on both of its sides."""
        there = sorted((image, k) for k, image in enumerate(images) if image is not None)
        begin, sum_so_far, best, chosen = 0, 0.0, 0.0, (0, 0)
        for at, (image, k) in enumerate(there):
            if at:
                one, n = there[at - 1]
                gap = self._after.start(image) - self._after.end(one)
                own = self._before.start(quoted.places[k]) - self._before.end(quoted.places[n])
                sum_so_far -= _BRIDGE * max(0, gap - max(own, 0) - _SLACK)
                if sum_so_far <= 0:
                    begin, sum_so_far = at, 0.0
            sum_so_far += quoted.weights[k]
            if sum_so_far > best:
                best, chosen = sum_so_far, (begin, at + 1)
        return there[slice(*chosen)]

    def _stretched(self, quoted: _Quoted, found: Sequence[tuple[At, int]]) -> Span:
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

    def _outward(self, quoted: _Quoted, edge: At, lost: int, way: int) -> At:
        """From the outermost word that stands over those put in for the `lost` ones beyond it."""
        free = self._free_beside(edge, way)
        if not free:
            return edge
        place = quoted.places[0] if way < 0 else quoted.places[-1]
        size = len(self._before.ids(place.passage))
        others, word = 0, place.word + way
        while 0 <= word < size and others <= _ABOUT:
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

    def _to_the_edges(self, quoted: _Quoted, begin: At, end: At) -> tuple[At, At]:
        """A target that covered whole passages covers all that was put into them."""
        head = begin.word - self._free_beside(begin, -1)
        tail = end.word + self._free_beside(end, 1)
        wide = At(begin.passage, head), At(end.passage, tail)
        reach = self._after.end(wide[1]) - self._after.start(wide[0])
        return wide if reach <= len(quoted.exact) * _GROWTH + _SLACK else (begin, end)

    def _inside(self, old: At, new: At, offset: int) -> int:
        """An offset inside a word, if it is the same to the letter."""
        a, b = self._before.spans(old.passage)[old.word], self._after.spans(new.passage)[new.word]
        return offset if 0 < offset < b[1] - b[0] == a[1] - a[0] else 0

    def _agrees(self, quoted: _Quoted, found: Sequence[tuple[At, int]]) -> bool:
        """Whether enough of the words around a short quote still stand around it."""
        agree = asked = 0
        for place, way, edge in (
            (quoted.places[0], -1, found[0][0]),
            (quoted.places[-1], 1, found[-1][0]),
        ):
            size = len(self._before.ids(place.passage))
            words = [place.word + way * step for step in range(1, _ABOUT + 1)]
            beside = [At(place.passage, word) for word in words if 0 <= word < size]
            asked += len(beside)
            agree += sum(
                image is not None
                and image.passage == edge.passage
                and 0 < (image.word - edge.word) * way <= 2 * _ABOUT
                for image in self._course.images(beside)
            )
        stays = found[0][0].passage == self._course.partner.get(quoted.span.first)
        return agree >= min(asked, (_AGREE if stays else _AGREE_ELSEWHERE) - quoted.size)

    def _replaced(self, quoted: _Quoted) -> Placement | None:
        """Words put in exactly where the quote was taken out, if they are much like it."""
        first, last = quoted.places[0], quoted.places[-1]
        left = self._beside(first, -1)
        right = self._beside(last, 1)
        if left is None or right is None or left.passage != right.passage:
            return None
        begin, end = At(left.passage, left.word + 1), At(right.passage, right.word - 1)
        if begin.word > end.word:
            return None
        span = self._after.span(begin, end)
        if span.end - span.start > len(quoted.exact) * _GROWTH + _SLACK:
            return None
        alike = likeness(quoted.exact, self._after.quote(span))
        return self._placement(quoted, span, alike) if alike >= quoted.guessed_floor else None

    def _beside(self, place: At, way: int) -> At | None:
        """Where the word beside this one is now; at the edge of a passage, the edge."""
        word = place.word + way
        if 0 <= word < len(self._before.ids(place.passage)):
            return self._course.image(At(place.passage, word))
        to = self._course.partner.get(place.passage)
        return None if to is None else At(to, -1 if way < 0 else len(self._after.ids(to)))

    def _guessed(self, quoted: _Quoted, here: int, *, anywhere: bool) -> Placement | None:
        """Words much like the quote among those that were put in: in its passage, in its
        neighbours, then anywhere."""
        if not quoted.places or len(quoted.exact) > _LONGEST:
            return None
        about = [at for at in self._course.free if abs(at - here) <= _NEIGHBOURS]
        about.sort(key=lambda at: abs(at - here))
        for passages in ([here], about, self._likely(quoted) if anywhere else ()):
            guesses = [guess for at in passages for guess in self._guesses(quoted, at)]
            if guesses:
                alike, _, span = max(guesses, key=lambda guess: guess[:2])
                keys = self._after.passages[span.first].key, self._after.passages[span.last].key
                return Placement(
                    AnchorState.APPROXIMATE,
                    keys[0],
                    span.start,
                    keys[1],
                    span.end,
                    round(alike, 3),
                )
        return None

    def _nearest(self, at: int) -> int:
        """The position in the new text of a passage of the old one, or of the nearest to it that
        stands and has words; of two as near the one before."""
        before, after = self._before.passages, self._after.passages
        for step in range(len(before)):
            for near in (at - step, at + step):
                if 0 <= near < len(before):
                    there = self._after.position.get(before[near].key)
                    if there is not None and after[there].text:
                        return there
        return next((there for there, passage in enumerate(after) if passage.text), 0)

    def _likely(self, quoted: _Quoted) -> list[int]:
        """The passages in which the most of a quote's rarer words were put in."""
        counts: Counter[int] = Counter()
        for word in {self._before.ids(at.passage)[at.word] for at in quoted.places}:
            there = self._put_in.get(word, ())
            if len(there) <= _RARE:
                counts.update(there)
        return [at for at, _ in counts.most_common(_LIKELY)]

    @cached_property
    def _put_in(self) -> dict[int, list[int]]:
        """In which passages each word was put in."""
        found: dict[int, set[int]] = {}
        for at, runs in self._course.free.items():
            for begin, end in runs:
                for word in self._after.ids(at)[begin:end]:
                    found.setdefault(word, set()).add(at)
        return {word: sorted(there) for word, there in found.items()}

    def _guesses(self, quoted: _Quoted, at: int) -> Iterator[tuple[float, float, Span]]:
        """Likeness, context and place of what might be a quote in one passage."""
        text, spans = self._after.text(at), self._after.spans(at)
        wanted = folded(quoted.exact)
        least = len(wanted) * quoted.guessed_floor / (2 - quoted.guessed_floor)
        runs = ((spans[run[0]][0], spans[run[1] - 1][1]) for run in self._course.free.get(at, ()))
        fitting = (run for run in runs if least <= run[1] - run[0] <= _LONGEST)
        for low, high in islice(fitting, _TRIED):
            there = fuzz.partial_ratio_alignment(
                wanted, folded(text[low:high]), score_cutoff=100 * _FLOOR
            )
            if there is None:
                continue
            near = Span(at, low + there.dest_start, at, low + there.dest_end)
            found = list(self._after.within(near))
            if not found:
                continue
            span = self._after.span(found[0], found[-1])
            alike = likeness(quoted.exact, text[span.start : span.end])
            if alike < quoted.guessed_floor:
                continue
            context = _context(quoted.selector, text, span.start, span.end)
            if not quoted.is_short or context >= _CONTEXT:
                yield alike, context, span

    def _detached(self, here: int) -> Placement:
        key = self._after.passages[here].key
        return Placement(AnchorState.DETACHED, key, 0, key, 0, 0.0)


def _ends(selector: Selector) -> tuple[int, int, int, int]:
    return selector.first, selector.start, selector.last, selector.end


def _context(selector: Selector, text: str, start: int, end: int) -> float:
    """How like what stands around a place is to what stood around the quote, of 1."""
    sides = []
    if selector.prefix.strip():
        before = text[max(0, start - len(selector.prefix)) : start]
        sides.append(likeness(selector.prefix, before))
    if selector.suffix.strip():
        sides.append(likeness(selector.suffix, text[end : end + len(selector.suffix)]))
    return sum(sides) / len(sides) if sides else 0.0


def locate(
    text: Sequence[Passage],
    exact: str,
    prefix: str = "",
    suffix: str = "",
    near: tuple[int, int] | None = None,
) -> Placement:
    """Where a quote from elsewhere stands in a text; `near` is a passage's key and an offset.

    The words themselves come first, whatever their space and normalisation, then in any case; of
    several places the one with the most of the context, then the nearest. Else words that are much
    like the quote. A place that nothing chooses among others as good is only approximate.
    """
    exact = unicodedata.normalize("NFC", exact)
    selector = Selector(0, 0, 0, 0, exact, prefix, suffix)
    reading = Text(text, {})
    whole = "\n".join(passage.text for passage in text)
    found = find_quote(whole, exact)
    if not found:
        return _located_by_likeness(text, selector, near)
    wanted = None
    if near is not None and near[0] in reading.position:
        wanted = reading.offsets[reading.position[near[0]]] + near[1]
    ranked = sorted(
        (
            -round(_context(selector, whole, start, end), 2),
            0 if wanted is None else abs(start - wanted),
            start,
            end,
        )
        for start, end in found
    )
    (context, distance, start, end), others = ranked[0], ranked[1:]
    if not others:
        confidence = 1.0
    elif others[0][:2] == (context, distance):
        confidence = 1 / len(ranked)
    else:
        confidence = (1 - context) / 2
    chosen = not others or others[0][:2] != (context, distance)
    same = same_words(whole[start:end], exact)
    first = bisect_right(reading.offsets, start) - 1
    last = bisect_right(reading.offsets, end - 1) - 1
    return Placement(
        AnchorState.EXACT if same and chosen else AnchorState.APPROXIMATE,
        text[first].key,
        start - reading.offsets[first],
        text[last].key,
        end - reading.offsets[last],
        round(confidence, 3),
    )


def _located_by_likeness(
    text: Sequence[Passage], selector: Selector, near: tuple[int, int] | None
) -> Placement:
    """As if the quote with its context had been a text by itself, cut out there and put in here."""
    pieces = selector.exact.split("\n")
    texts = [*pieces[:-1], pieces[-1] + selector.suffix]
    texts[0] = selector.prefix + texts[0]
    lowest = min(passage.key for passage in text)
    before = [Passage(lowest - len(texts) + at, piece) for at, piece in enumerate(texts)]
    start = len(selector.prefix)
    end = len(pieces[-1]) + (start if len(pieces) == 1 else 0)
    made = replace(selector, first=before[0].key, start=start, last=before[-1].key, end=end)
    following = Following(before, text)
    here = next((at for at, passage in enumerate(text) if near and passage.key == near[0]), 0)
    found = following.likely(made, here)
    if found is None:
        return Placement(AnchorState.DETACHED, text[here].key, 0, text[here].key, 0, 0.0)
    return replace(found, state=AnchorState.APPROXIMATE)
