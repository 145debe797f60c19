"""Where a note has stood, and what became of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.actions import Range
from annotations.anchoring import Passage, locate
from annotations.bylines import Byline, byline, byline_in, people_in
from annotations.enums import AnchorState
from annotations.layers import passage_of
from annotations.models import Annotation, Target
from annotations.room import Room
from reader.models import Paragraph, TextRevision
from reader.words import Piece, changes


@dataclass(frozen=True, slots=True)
class Step:
    """One of a note's places, and how it came there."""

    target: Target
    by_author: bool
    leader: str  # what the leader who chose it is called; "" where none did
    revision: TextRevision | None  # the text in which it stood there first

    @property
    def followed(self) -> bool:
        return self.target.placed_by_id is None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    made: Target  # as somebody chose the words
    now: Target
    steps: Sequence[Step]  # oldest first

    @classmethod
    def of(cls, room: Room, root: Annotation) -> Whereabouts:
        """Three queries, and one more where leaders chose some of the places."""
        targets = list(root.targets.select_related("start_paragraph").order_by("pk"))
        now = next(target for target in targets if target.current)
        chosen = [target for target in targets if target.placed_by_id]
        made = now if now.placed_by_id else (chosen or targets)[-1]
        numbers = {target.text_revision for target in targets}
        revisions = {
            each.number: each
            for each in TextRevision.objects.filter(article=root.article_id, number__in=numbers)
        }
        names = _names(room, root, chosen)
        steps = [
            Step(
                target,
                target.placed_by_id == root.creator_id,
                names.get(target.placed_by_id, ""),
                revisions.get(target.text_revision),
            )
            for target in targets
        ]
        return cls(made, now, steps)

    @property
    def has_moved(self) -> bool:
        return self.now.pk != self.made.pk

    @property
    def changed_in(self) -> TextRevision | None:
        """The correction after which the note stands where it does now; None of one that stands
        where it was put, or came so from elsewhere."""
        step = next(step for step in self.steps if step.target.pk == self.now.pk)
        corrected = self.now.text_revision != self.made.text_revision
        return step.revision if step.followed and corrected else None

    @property
    def pieces(self) -> Sequence[Piece]:
        """The words as they were chosen and as they are, piece by piece."""
        return changes(self.made.exact, "" if self.now.is_detached else self.now.exact)


def _names(room: Room, root: Annotation, chosen: Sequence[Target]) -> dict[int | None, str]:
    leaders = {target.placed_by_id for target in chosen} - {root.creator_id, None}
    people = people_in(room.reading, {pk for pk in leaders if pk}) if leaders else {}
    return {
        pk: byline_in(room.reading, user, alias, to_leader=room.leads).name
        for pk, (user, alias) in people.items()
    }


def proposed(root: Annotation, target: Target) -> Range | None:
    """The words that a note stands on as far as a correction could tell; for one that lost them,
    the likeliest ones in the text as it is now, if there are any."""
    if not target.is_detached:
        return Range(passage_of(root), target.start_offset, target.end_offset)
    text = Paragraph.objects.standing().filter(article=root.article_id)
    paragraphs = {paragraph.pk: paragraph for paragraph in text}
    passages = [Passage(pk, paragraph.text) for pk, paragraph in paragraphs.items()]
    near = (target.start_paragraph_id, 0)
    found = locate(passages, target.exact, target.prefix, target.suffix, near)
    if found.state == AnchorState.DETACHED:
        return None
    keys = list(paragraphs)
    covered = keys[keys.index(found.first) : keys.index(found.last) + 1]
    return Range([paragraphs[pk] for pk in covered], found.start, found.end)


@dataclass(frozen=True, slots=True)
class Look:
    """A note whose words are gone or only nearly there, in a list."""

    target: Target
    byline: Byline
    made: Target  # as somebody chose the words


def looks(room: Room, targets: Sequence[Target]) -> list[Look]:
    """Two queries for all of them."""
    notes = [target.annotation for target in targets]
    people = people_in(room.reading, {note.creator_id for note in notes})
    chosen = Target.objects.as_chosen([note.pk for note in notes])
    found = []
    for target in targets:
        note = target.annotation
        note.creator, alias = people[note.creator_id]
        if note.reading_id is not None:
            note.reading = room.reading
        called = byline(note, alias, to_leader=room.leads)
        found.append(Look(target, called, chosen.get(note.pk, target)))
    return found
