"""A target as it was made, and how much of it has to be there for it to be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.anchoring.passages import Span, Text

# How much of a quote there has to be, of 1: of one followed and of one only found by its likeness,
# of many words and of few. docs/adr/0014.
FEW_WORDS = 5
FLOOR, _FLOOR_FEW = 0.7, 0.75
_GUESSED, _GUESSED_FEW = 0.75, 0.8
# A quote that lost its beginning or its end is what remains, if that is so much of it.
_REMAINS = 0.5
# Of so many words on either side of a short quote some have to stand around it still.
ABOUT = 4
# So much longer than a quote may what was put in make it: so many times, and so many letters.
GROWTH, SLACK = 2.0, 20


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


class Quoted:
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
        self.floor = _FLOOR_FEW if self.is_short else FLOOR
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
