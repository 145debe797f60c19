"""Notes as they stand on a page: roots with their words' place, replies, and stones.

Four queries, however many notes there are, and one more where words reach into paragraphs that
were not asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from annotations.bylines import Alias, Byline, byline, people_in
from annotations.enums import PUBLISHED, AnchorState, Audience, Motivation, State
from annotations.models import Annotation, Target
from annotations.room import Room
from annotations.segments import Mark
from reader.models import Paragraph


@dataclass(frozen=True, slots=True)
class Note:
    """One piece of writing as a viewer gets it. A stone has no byline and no words."""

    annotation: Annotation
    byline: Byline | None
    answers: str = ""  # whom a reply to a reply answers
    is_late: bool = False  # written after its author's due date
    reason: str = ""  # why it is hidden or removed, as the group says it

    edit_waits: bool = False  # other words of it for a moderator, as its author and leaders see
    is_muted: bool = False  # by somebody whom the viewer has muted
    endorsements: int = 0  # how many wonder, too

    @property
    def is_stone(self) -> bool:
        return self.byline is None

    @property
    def is_put_away(self) -> bool:
        """Removed, so that whoever may still read the words asks for them."""
        return self.annotation.state == State.REMOVED


@dataclass(slots=True)
class Thread:
    root: Note
    target: Target
    replies: list[Note] = field(default_factory=list)
    is_muted: bool = False  # by the viewer

    @property
    def short_id(self) -> str:
        """Names the thread within a page: in the table of offsets and on its card."""
        return self.root.annotation.uuid.hex[:8]

    @property
    def category(self) -> str:
        return self.root.annotation.category

    @property
    def is_whole_paragraph(self) -> bool:
        target = self.target
        return (
            not target.is_detached
            and target.start_paragraph_id == target.end_paragraph_id
            and target.start_offset == 0
            and target.end_offset == len(target.start_paragraph.text)
        )

    @property
    def is_unsure(self) -> bool:
        """Whether a correction of the text did something to the words that it is about."""
        exact = self.target.anchor_state == AnchorState.EXACT
        return not exact and not self.target.whole_article

    @property
    def paints(self) -> bool:
        """Talk about a whole paragraph colours none of its words; a highlight of it does. What
        lost its words has none to colour."""
        if self.target.is_detached:
            return False
        highlights = self.root.annotation.motivation == Motivation.HIGHLIGHTING
        return highlights or not self.is_whole_paragraph

    def mark_in(self, paragraph: Paragraph) -> Mark:
        start = self.target.start_offset if self.starts_in(paragraph) else 0
        end = self.target.end_offset if self.ends_in(paragraph) else len(paragraph.text)
        nearly = self.target.anchor_state == AnchorState.APPROXIMATE
        return Mark(start, end, self.category, nearly)

    def covers(self, paragraph: Paragraph) -> bool:
        first, last = self.target.start_paragraph.position, self.target.end_paragraph.position
        return first <= paragraph.position <= last

    def starts_in(self, paragraph: Paragraph) -> bool:
        return self.target.start_paragraph_id == paragraph.pk

    def ends_in(self, paragraph: Paragraph) -> bool:
        return self.target.end_paragraph_id == paragraph.pk


def threads_on(room: Room, paragraphs: Sequence[Paragraph]) -> list[Thread]:
    """Every thread whose words stand in any of these paragraphs, in reading order."""
    if not paragraphs:
        return []
    targets = Target.objects.current().in_reading(room.reading.pk)
    known = {paragraph.pk: paragraph for paragraph in paragraphs}
    return _threads(room, list(targets.touching(paragraphs)), known)


def prompts_of(room: Room) -> list[Target]:
    """What the leaders ask, oldest first, each with its place in the text."""
    if not room.part.asked:
        return []
    prompts = Annotation.objects.prompts_in(room).filter(state__in=PUBLISHED)
    targets = Target.objects.current().filter(annotation__in=prompts)
    places = targets.select_related("annotation", "start_paragraph")
    return list(places.order_by("annotation__created_at", "annotation"))


def thread_of(room: Room, root: Annotation) -> Thread | None:
    """One thread by its root; None where nothing of it exists for this person."""
    return next(iter(_threads(room, list(root.targets.current()), {})), None)


def _threads(room: Room, targets: list[Target], known: Mapping[int, Paragraph]) -> list[Thread]:
    """The threads of these targets, as far as they exist for this person."""
    if not targets:
        return []
    roots = [target.annotation_id for target in targets]
    visible = Annotation.objects.visible_in(room, roots).with_waiting_edits().with_endorsements()
    standing = list(visible.select_related("circle").order_by())
    gone = list(Annotation.objects.tombstones_in(room, roots).order_by())
    aliases = _name_creators(room, [*standing, *gone])
    pieces = {piece.pk: piece for piece in (*standing, *gone)}
    found = [target for target in targets if target.annotation_id in pieces]
    _place(found, known)
    for target in found:
        target.annotation = pieces[target.annotation_id]
    return _assemble(_Names(room, aliases), found, standing, gone)


def _name_creators(room: Room, pieces: Iterable[Annotation]) -> dict[int, Alias]:
    """Few people write many notes: each of them is read once."""
    people = people_in(room.reading, {piece.creator_id for piece in pieces})
    for piece in pieces:
        piece.creator = people[piece.creator_id][0]
    return {user_id: alias for user_id, (_user, alias) in people.items()}


def _place(targets: Iterable[Target], known: Mapping[int, Paragraph]) -> None:
    """Tie targets to their paragraphs. Only where words reach beyond those known are more read."""
    ends = {pk for target in targets for pk in (target.start_paragraph_id, target.end_paragraph_id)}
    missing = ends - known.keys()
    text = {**known, **Paragraph.objects.in_bulk(missing)} if missing else known
    for target in targets:
        target.start_paragraph = text[target.start_paragraph_id]
        target.end_paragraph = text[target.end_paragraph_id]


def _assemble(
    names: _Names, targets: list[Target], standing: list[Annotation], stones: list[Annotation]
) -> list[Thread]:
    stone_ids = {stone.pk for stone in stones}
    answers: dict[int | None, list[Annotation]] = defaultdict(list)
    for reply in (*standing, *stones):
        answers[reply.root_id].append(reply)
    threads = []
    for target in targets:
        ordered = _in_order(answers[target.annotation_id], stone_ids)
        is_stone = target.annotation_id in stone_ids
        if is_stone and not ordered:
            continue
        by_id: dict[int | None, Annotation] = {
            reply.pk: reply for reply in ordered if reply.pk not in stone_ids
        }
        root = names.note(target.annotation, None, stone=is_stone)
        notes = [
            names.note(reply, by_id.get(reply.parent_id), stone=reply.pk in stone_ids)
            for reply in ordered
        ]
        muted = target.annotation_id in names.room.mutes.roots
        threads.append(Thread(root, target, notes, is_muted=muted))
    return sorted(threads, key=_reading_order)


def _reading_order(thread: Thread) -> tuple[object, ...]:
    target = thread.target
    return (
        target.start_paragraph.position,
        0 if thread.is_whole_paragraph else 1,
        target.start_offset,
        thread.root.annotation.created_at,
        thread.root.annotation.pk,
    )


def _in_order(replies: Iterable[Annotation], stone_ids: set[int]) -> list[Annotation]:
    """Replies as they were written; a stone only where somebody's answer to it remains."""
    ordered = sorted(replies, key=lambda reply: (reply.created_at, reply.pk))
    needed: set[int] = set()
    by_id = {reply.pk: reply for reply in ordered}
    for reply in ordered:
        parent = reply.parent_id if reply.pk not in stone_ids else None
        while parent in by_id and parent not in needed:
            needed.add(parent)
            parent = by_id[parent].parent_id
    return [reply for reply in ordered if reply.pk not in stone_ids or reply.pk in needed]


class _Names:
    """Bylines for the notes of one room, and what else depends on who wrote them."""

    def __init__(self, room: Room, aliases: Mapping[int, Alias]) -> None:
        self.room = room
        self.aliases = aliases

    def note(self, annotation: Annotation, parent: Annotation | None, *, stone: bool) -> Note:
        reason = self.room.reason(annotation.reason)
        if stone:
            return Note(annotation, None, reason=reason)
        answers = "" if parent is None else self._byline(parent).name
        late = self._is_late(annotation)
        tells = self.room.leads or annotation.creator_id == self.room.user.pk
        waits = tells and getattr(annotation, "edit_waits", False)
        muted = annotation.creator_id in self.room.mutes.people
        endorsed = getattr(annotation, "endorsement_count", 0)
        called = self._byline(annotation)
        return Note(annotation, called, answers, late, reason, waits, muted, endorsed)

    def _byline(self, annotation: Annotation) -> Byline:
        if annotation.reading_id == self.room.reading.pk:
            annotation.reading = self.room.reading
        alias = self.aliases[annotation.creator_id]
        return byline(annotation, alias, to_leader=self.room.leads)

    def _is_late(self, annotation: Annotation) -> bool:
        """Of what a reading asks for by a date: what leaders and private notes say isn't."""
        alias = self.aliases[annotation.creator_id]
        due_at = alias.due_at or self.room.reading.due_at
        asked_for = annotation.audience in (Audience.GROUP, Audience.CIRCLE) and not alias.leads
        return asked_for and due_at is not None and annotation.created_at > due_at
