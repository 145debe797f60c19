"""Targets followed from one text to another, and quotes located that come from outside."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from rapidfuzz import fuzz

from annotations.anchoring.edges import Edges
from annotations.anchoring.passages import At, Course, Passage, Span, Text
from annotations.anchoring.quotes import ABOUT, FLOOR, GROWTH, SLACK, Quoted, Selector
from annotations.enums import AnchorState
from annotations.selectors import find_quote, same_words
from reader.words import folded, kept, likeness

# Of a letter that was put in between the words of a quote, after the first few, so much is set
# against those on either side.
_BRIDGE = 0.15
# Of the words on either side of a short quote so many have to stand around it still, its own
# counted with them: in its paragraph, and elsewhere.
_AGREE, _AGREE_ELSEWHERE = 3, 4
# How much of the context of a short quote has to be around words that are only like it.
_CONTEXT = 0.6
# How much of what remains of a quote has to be its own words.
_REMAINDER = 0.75
# Of the words of a long quote so many have to be among words that are only like it, unless these
# are like it to nearly every letter.
_SAME_WORDS, _SAME_LETTERS = 0.6, 0.85
# Looking for likeness: so many paragraphs on either side, then so many that share rare words, of
# which no more paragraphs than this have any; and no quotes that are longer.
_NEIGHBOURS = 2
_LIKELY = 3
_RARE = 20
_TRIED = 40
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a target is. Detached: at the nearest passage that stands, both offsets 0."""

    state: AnchorState
    first: int
    start: int
    last: int
    end: int
    confidence: float  # 0 to 1


class Following:
    """Follows any number of targets from one text to another."""

    def __init__(self, before: Sequence[Passage], after: Sequence[Passage]) -> None:
        ids: dict[str, int] = {}
        self._before, self._after = Text(before, ids), Text(after, ids)
        self._course = Course(self._before, self._after)
        self._edges = Edges(self._before, self._after, self._course)

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
        quoted = Quoted(self._before, span, selector)
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
        quoted = Quoted(self._before, span, selector)
        return self._followed(quoted) or self._guessed(quoted, here, anywhere=True)

    def _span(self, selector: Selector) -> Span | None:
        """None where the text before doesn't say what the selector says."""
        position = self._before.position
        if selector.first not in position or selector.last not in position:
            return None
        span = Span(position[selector.first], selector.start, position[selector.last], selector.end)
        beyond = span.end > len(self._before.text(span.last))
        if beyond or span.first > span.last or self._before.quote(span) != selector.exact:
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

    def _followed(self, quoted: Quoted) -> Placement | None:
        if not quoted.places:
            return None
        images = self._course.images(quoted.places)
        found = self._gathered(quoted, images)
        if not found:
            return self._replaced(quoted)
        span = self._edges.stretched(quoted, found)
        words = self._after.quote(span)
        share, remains = quoted.share([k for _, k in found])
        alike = 1.0 if words == quoted.exact else max(share, likeness(quoted.exact, words))
        if alike < quoted.floor and remains < _REMAINDER:
            return self._replaced(quoted)
        if quoted.is_short and not self._agrees(quoted, found):
            return None
        return self._placement(quoted, span, alike)

    def _placement(self, quoted: Quoted, span: Span, confidence: float) -> Placement:
        keys = [self._after.passages[at].key for at in range(span.first, span.last + 1)]
        same = keys == quoted.keys and self._after.quote(span) == quoted.exact
        state = AnchorState.EXACT if same else AnchorState.MOVED
        return Placement(state, keys[0], span.start, keys[-1], span.end, round(confidence, 3))

    def _gathered(self, quoted: Quoted, images: Sequence[At | None]) -> list[tuple[At, int]]:
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
                sum_so_far -= _BRIDGE * max(0, gap - max(own, 0) - SLACK)
                if sum_so_far <= 0:
                    begin, sum_so_far = at, 0.0
            sum_so_far += quoted.weights[k]
            if sum_so_far > best:
                best, chosen = sum_so_far, (begin, at + 1)
        return there[slice(*chosen)]

    def _agrees(self, quoted: Quoted, found: Sequence[tuple[At, int]]) -> bool:
        """Whether enough of the words around a short quote still stand around it."""
        agree = asked = 0
        for place, way, edge in (
            (quoted.places[0], -1, found[0][0]),
            (quoted.places[-1], 1, found[-1][0]),
        ):
            size = len(self._before.ids(place.passage))
            words = [place.word + way * step for step in range(1, ABOUT + 1)]
            beside = [At(place.passage, word) for word in words if 0 <= word < size]
            asked += len(beside)
            agree += sum(
                image is not None
                and image.passage == edge.passage
                and 0 < (image.word - edge.word) * way <= 2 * ABOUT
                for image in self._course.images(beside)
            )
        stays = found[0][0].passage == self._course.partner.get(quoted.span.first)
        return agree >= min(asked, (_AGREE if stays else _AGREE_ELSEWHERE) - quoted.size)

    def _replaced(self, quoted: Quoted) -> Placement | None:
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
        if span.end - span.start > len(quoted.exact) * GROWTH + SLACK:
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

    def _guessed(self, quoted: Quoted, here: int, *, anywhere: bool) -> Placement | None:
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

    def _likely(self, quoted: Quoted) -> list[int]:
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

    def _guesses(self, quoted: Quoted, at: int) -> Iterator[tuple[float, float, Span]]:
        """Likeness, context and place of what might be a quote in one passage."""
        text, spans = self._after.text(at), self._after.spans(at)
        wanted = folded(quoted.exact)
        least = len(wanted) * quoted.guessed_floor / (2 - quoted.guessed_floor)
        runs = ((spans[run[0]][0], spans[run[1] - 1][1]) for run in self._course.free.get(at, ()))
        fitting = (run for run in runs if least <= run[1] - run[0] <= _LONGEST)
        for low, high in islice(fitting, _TRIED):
            there = fuzz.partial_ratio_alignment(
                wanted, folded(text[low:high]), score_cutoff=100 * FLOOR
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
            if alike < _SAME_LETTERS and not self._shares_words(quoted, found):
                continue
            context = _context(quoted.selector, text, span.start, span.end)
            if not quoted.is_short or context >= _CONTEXT:
                yield alike, context, span

    def _shares_words(self, quoted: Quoted, found: Sequence[At]) -> bool:
        """Whether what is like a long quote by its letters has enough of its words, in order."""
        if quoted.is_short:
            return True
        old, new = (
            [text.ids(at.passage)[at.word] for at in places]
            for text, places in ((self._before, quoted.places), (self._after, found))
        )
        return sum(run.size for run in kept(old, new)) >= _SAME_WORDS * len(old)

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
    worded = [at for at, passage in enumerate(text) if passage.text] or [0]
    here = next((at for at in worded if near and text[at].key == near[0]), worded[0])
    found = following.likely(made, here)
    if found is None:
        return Placement(AnchorState.DETACHED, text[here].key, 0, text[here].key, 0, 0.0)
    return replace(found, state=AnchorState.APPROXIMATE)
