"""What a correction would do to its text and to the notes on it: looked at before anything is
published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from annotations.actions.following import Course, Step, planned
from annotations.anchoring import Passage
from annotations.bylines import Byline, bylines_for
from annotations.enums import AnchorState
from annotations.models import Annotation
from reader.actions.correcting import blocks_of, draft_of, published
from reader.drafting import Line, compared, id_of, tally
from reader.models import Correction, User
from reader.texts import Tally
from reader.words import Piece, changes

SHOWN = 60
# So many characters of what stays are shown on either side of what changes.
AROUND = 60
_WORST_FIRST = (AnchorState.DETACHED, AnchorState.APPROXIMATE, AnchorState.MOVED)


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph that becomes another one, comes or goes, word by word."""

    line: Line
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a note that doesn't simply stay."""

    annotation: Annotation
    byline: Byline
    state: AnchorState
    pieces: Sequence[Piece]  # its words as they are and as they would be


@dataclass(frozen=True, slots=True)
class Forecast:
    """`counts` are of what was written for others, in all readings, and of what this person
    sees; `fates` are of that alone. What stands as it did counts as exact."""

    tally: Tally
    changes: Sequence[Change]
    counts: Mapping[AnchorState, int]
    fates: Sequence[Fate]
    more: int  # fates beside those

    @property
    def notes(self) -> int:
        return sum(self.counts.values())

    @property
    def stay(self) -> int:
        return self.counts[AnchorState.EXACT]

    @property
    def move(self) -> int:
        return self.counts[AnchorState.MOVED]

    @property
    def uncertain(self) -> int:
        return self.counts[AnchorState.APPROXIMATE]

    @property
    def lost(self) -> int:
        return self.counts[AnchorState.DETACHED]


def forecast(viewer: User, correction: Correction) -> Forecast:
    """As many queries as for a text with one note. ImportRefused where the correction can't be
    an article's text.

    What others keep for themselves goes along like every note, and is in no number: a leader
    could find out by trying on which words it stands.
    """
    lines = _lines(correction)
    course = Course(correction.article, _after(correction))
    notes = Annotation.objects.roots_on(correction.article).order_by()
    visible = set(notes.visible_to(viewer).values_list("pk", flat=True))
    known = visible.union(notes.shared().values_list("pk", flat=True))
    steps = [step for step in planned(course) if step.current.annotation_id in known]
    concerned = sorted(
        (step for step in steps if step.current.annotation_id in visible and _alters(course, step)),
        key=lambda step: (_WORST_FIRST.index(step.state), course.position[step.place.first]),
    )
    return Forecast(
        tally([change.line for change in lines]),
        lines,
        _counted(course, steps),
        _fates(viewer, course, concerned[:SHOWN]),
        max(0, len(concerned) - SHOWN),
    )


def _alters(course: Course, step: Step) -> bool:
    """Whether this correction, and not an earlier one, changes how a note stands on its words."""
    if step.state == AnchorState.EXACT:
        return False
    return (step.current.anchor_state, step.current.exact) != (step.state, _words(course, step))


def _counted(course: Course, steps: Iterable[Step]) -> Mapping[AnchorState, int]:
    counts = dict.fromkeys(AnchorState, 0)
    for step in steps:
        counts[step.state if _alters(course, step) else AnchorState.EXACT] += 1
    return counts


def _lines(correction: Correction) -> list[Change]:
    before = published(correction.article, correction.base)
    was = {id_of(block): block["text"] for block in before.blocks}
    found = []
    for line in compared(draft_of(correction.article, correction), before):
        old = was.get(line.id, "")
        new = line.block["text"] if line.stands else ""
        if line.state != "same" or line.moved:
            found.append(Change(line, changes(old, new)))
    return found


def _after(correction: Correction) -> list[Passage]:
    """The text that would stand, new paragraphs under numbers that no other has."""
    known = dict(correction.article.paragraphs.values_list("key", "pk"))
    blocks = zip(correction.blocks, blocks_of(correction), strict=True)
    return [
        Passage(known.get(data["key"], -at), block.text)
        for at, (data, block) in enumerate(blocks, start=1)
    ]


def _fates(viewer: User, course: Course, steps: Sequence[Step]) -> list[Fate]:
    notes = Annotation.objects.filter(pk__in=[step.current.annotation_id for step in steps])
    known = notes.select_related("creator", "reading__group").in_bulk()
    called = bylines_for(known.values(), viewer)
    return [
        Fate(
            known[step.current.annotation_id],
            called[step.current.annotation_id],
            step.state,
            _abridged(changes(step.current.exact, _then(course, step))),
        )
        for step in steps
    ]


def _abridged(pieces: Sequence[Piece]) -> list[Piece]:
    """A note may be about a long paragraph: what stays is cut to what stands next to a change."""
    last = len(pieces) - 1
    return [
        replace(piece, text=_cut(piece.text, head=at > 0, tail=at < last))
        if piece.kind == "same"
        else piece
        for at, piece in enumerate(pieces)
    ]


def _cut(text: str, *, head: bool, tail: bool) -> str:
    if len(text) <= 2 * AROUND:
        return text
    begin = text[:AROUND].rpartition(" ")[0] + " " if head else ""
    end = " " + text[-AROUND:].partition(" ")[2] if tail else ""
    return f"{begin}…{end}"


def _then(course: Course, step: Step) -> str:
    return "" if step.state == AnchorState.DETACHED else _words(course, step)


def _words(course: Course, step: Step) -> str:
    """The words that a note would stand on; detached, those that it has lost."""
    if step.state == AnchorState.DETACHED or step.made.whole_article:
        return step.made.exact
    return course.quote(step.place)[0]
