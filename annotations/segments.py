"""A paragraph's formatting and its notes, merged in one sweep into flat segments.

A segment is a stretch of text over which nothing changes: which formatting applies, how many
notes cover it, and whose category shows. Marks are never nested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Format:
    start: int
    end: int
    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch that a note covers, in code points of one paragraph."""

    start: int
    end: int
    category: str
    nearly: bool = False  # the note's words are only nearly here


@dataclass(frozen=True, slots=True)
class Segment:
    start: int
    end: int
    formats: tuple[Format, ...]
    category: str  # "" where no note covers the words
    depth: int  # how many notes cover them
    nearly: bool = False  # as the note whose category shows


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring segments inside the same link, so that a link is never cut in two."""

    link: Format | None
    segments: tuple[Segment, ...]


LINKS = frozenset({"link", "footnote_ref"})


def segments(length: int, formats: Sequence[Format], marks: Sequence[Mark]) -> list[Segment]:
    """Flat segments covering 0..length without gap or overlap.

    The shortest mark decides how the words look, since a long one shows on either side of it.
    """
    edges = {0, length}
    opening: dict[int, list[Format | Mark]] = {}
    closing: dict[int, list[Format | Mark]] = {}
    both: list[Format | Mark] = [*formats, *marks]
    for item in both:
        start, end = max(0, item.start), min(length, item.end)
        if start < end:
            edges |= {start, end}
            opening.setdefault(start, []).append(item)
            closing.setdefault(end, []).append(item)
    found: list[Segment] = []
    active: list[Format | Mark] = []
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        for gone in closing.get(start, ()):
            active.remove(gone)
        active.extend(opening.get(start, ()))
        found.append(_segment(start, end, active))
    return found


def _segment(start: int, end: int, active: Iterable[Format | Mark]) -> Segment:
    formats = tuple(item for item in active if isinstance(item, Format))
    covering = [item for item in active if isinstance(item, Mark)]
    shortest = min(covering, key=lambda mark: mark.end - mark.start, default=None)
    if shortest is None:
        return Segment(start, end, formats, "", 0)
    return Segment(start, end, formats, shortest.category, len(covering), shortest.nearly)


def runs(flat: Iterable[Segment]) -> list[Run]:
    def link(segment: Segment) -> Format | None:
        return next((item for item in segment.formats if item.kind in LINKS), None)

    return [Run(target, tuple(group)) for target, group in groupby(flat, key=link)]
