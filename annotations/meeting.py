"""The sheet for a group's next session, made from the threads of a reading.

It is read aloud, projected and printed, so that only what stands for the group, or for a circle,
is on it; of that, what the person who opens it sees. Each thread stands there once at most, in the
first part that it fits. A constant number of queries, however many notes there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from html import unescape
from uuid import UUID

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from annotations.enums import PUBLISHED, Audience, Category, Motivation
from annotations.models import Annotation
from annotations.permissions import can_resolve
from annotations.room import Room
from annotations.threads import Note, Thread, threads_on
from reader.models import Paragraph

# What was settled longer ago belongs to a session before this one.
SESSION = timedelta(hours=12)
JOINED_AT_MOST = 5
LONG = 8
# So many people make a talk out of an exchange.
TALK = 3
WORDS_IN_LABEL = 8


class Part(TextChoices):
    QUESTIONS = "questions", _("Open questions")
    DISAGREEMENTS = "disagreements", _("Where readers disagree")
    JOINED = "joined", _("Where most people joined in")
    PROMPTS = "prompts", _("Asked by the leaders, with few answers")


@dataclass(frozen=True, slots=True)
class Item:
    """A thread to talk about."""

    thread: Thread
    replies: int
    people: int  # who wrote in it
    may_tick: bool
    against: Thread | None = None  # who holds the same words to be important
    asked: int = 0  # of a prompt: how many write here and could answer

    @property
    def root(self) -> Annotation:
        return self.thread.root.annotation

    @property
    def called(self) -> str:
        return _called(self.thread)

    @property
    def words(self) -> str:
        return _words(self.thread)

    @property
    def in_short(self) -> str:
        """Tells it from the others, in a label."""
        target = self.thread.target
        return Truncator(self.words or target.exact).words(WORDS_IN_LABEL)

    @property
    def against_called(self) -> str:
        return "" if self.against is None else _called(self.against)

    @property
    def against_words(self) -> str:
        return "" if self.against is None else _words(self.against)

    @property
    def is_done(self) -> bool:
        return self.root.resolved_at is not None

    @property
    def stamp(self) -> str:
        """How the thread stands, for whoever ticks it off."""
        return stamp_of(self.root)

    @property
    def answered(self) -> int:
        """Of a prompt: how many did answer. Whoever asks doesn't count among them."""
        return self.people - 1


@dataclass(frozen=True, slots=True)
class Section:
    part: Part
    items: Sequence[Item]


@dataclass(frozen=True)
class Sheet:
    sections: Sequence[Section]
    earlier: Sequence[Item]  # settled at a session before

    @cached_property
    def items(self) -> list[Item]:
        return [item for section in self.sections for item in section.items]

    @property
    def is_long(self) -> bool:
        """Whether it needs two columns to keep to few sheets of paper."""
        return len(self.items) > LONG

    @property
    def done(self) -> int:
        return sum(item.is_done for item in self.items)

    def item(self, root: Annotation) -> Item | None:
        """The one of this thread, wherever it stands."""
        items = (*self.items, *self.earlier)
        return next((item for item in items if item.root.pk == root.pk), None)


def sheet_of(room: Room) -> Sheet:
    paragraphs = list(Paragraph.objects.standing().filter(article=room.article))
    return _Maker(room, threads_on(room, paragraphs), timezone.now() - SESSION).sheet()


def root_on_sheet(room: Room, uuid: UUID) -> Annotation | None:
    """The root of a thread that may stand there; None where it is none for this person."""
    found = Annotation.objects.visible_in(room).select_related("reading__group")
    root: Annotation | None = found.filter(uuid=uuid, root=None).first()
    return root if root is not None and _is_spoken_of(root) else None


def stamp_of(root: Annotation) -> str:
    """Tells one resolution of a thread from the next; "" while it is open."""
    return "" if root.resolved_at is None else root.resolved_at.isoformat()


class _Maker:
    """Takes thread after thread, so that each is taken once."""

    def __init__(self, room: Room, threads: Iterable[Thread], since: datetime) -> None:
        self._room = room
        shown = [thread for thread in threads if _is_shown(thread)]
        self._threads = [thread for thread in shown if not _was_settled_before(thread, since)]
        self._settled = [thread for thread in shown if _was_settled_before(thread, since)]
        self._writers = {
            note.annotation.creator_id
            for thread in shown
            for note in _notes(thread)
            if not note.annotation.is_prompt
        }
        self._taken: set[int] = set()

    def sheet(self) -> Sheet:
        made: list[tuple[Part, Callable[[], Iterator[Item]]]] = [
            (Part.QUESTIONS, self._questions),
            (Part.DISAGREEMENTS, self._disagreements),
            (Part.JOINED, self._joined),
            (Part.PROMPTS, self._prompts),
        ]
        sections = [Section(part, list(make())) for part, make in made]
        earlier = [self._item(thread) for thread in self._settled]
        return Sheet([section for section in sections if section.items], earlier)

    def _questions(self) -> Iterator[Item]:
        for thread in self._left():
            asks = thread.root.annotation.motivation == Motivation.QUESTIONING
            if asks and not thread.root.annotation.is_prompt:
                yield self._take(thread)

    def _disagreements(self) -> Iterator[Item]:
        """A doubt that others answered, or words that one marks as important and another doubts."""
        held = _by_paragraph(thread for thread in self._left(Category.GREEN) if thread.paints)
        for thread in self._left(Category.ROSE):
            against = _against(thread, held) if thread.paints else None
            if against is not None:
                self._taken.add(against.root.annotation.pk)
            author = thread.root.annotation.creator_id
            answered = any(note.annotation.creator_id != author for note in _replies(thread))
            if against is not None or answered:
                yield self._take(thread, against=against)

    def _joined(self) -> Iterator[Item]:
        """Endorsed by most, or talked about by most people; a few of them."""
        several = [
            thread
            for thread in self._left()
            if not thread.root.annotation.is_prompt
            and (thread.root.endorsements or len(_people(thread)) >= TALK)
        ]
        # In reading order where as many joined in.
        several.sort(key=lambda thread: (-thread.root.endorsements, -len(_people(thread))))
        yield from (self._take(thread) for thread in several[:JOINED_AT_MOST])

    def _prompts(self) -> Iterator[Item]:
        """Answered by fewer than half of those who write here."""
        for thread in self._left(Category.VIOLET):
            root = thread.root.annotation
            asked = len(self._writers - {root.creator_id})
            answered = len(_people(thread) - {root.creator_id})
            if root.is_prompt and (not answered or 2 * answered < asked):
                yield self._take(thread, asked=asked)

    def _left(self, category: str = "") -> list[Thread]:
        return [
            thread
            for thread in self._threads
            if thread.root.annotation.pk not in self._taken
            and (not category or thread.category == category)
        ]

    def _take(self, thread: Thread, *, against: Thread | None = None, asked: int = 0) -> Item:
        self._taken.add(thread.root.annotation.pk)
        return self._item(thread, against, asked)

    def _item(self, thread: Thread, against: Thread | None = None, asked: int = 0) -> Item:
        return Item(
            thread,
            replies=len(_replies(thread)),
            people=len(_people(thread)),
            may_tick=can_resolve(self._room.membership, thread.root.annotation),
            against=against,
            asked=asked,
        )


def _is_spoken_of(annotation: Annotation) -> bool:
    """Whether it stands for several people who meet."""
    heard = annotation.audience in (Audience.GROUP, Audience.CIRCLE)
    return heard and annotation.state in PUBLISHED


def _is_shown(thread: Thread) -> bool:
    root = thread.root
    muted = thread.is_muted or root.is_muted
    return not root.is_stone and not muted and _is_spoken_of(root.annotation)


def _was_settled_before(thread: Thread, since: datetime) -> bool:
    resolved = thread.root.annotation.resolved_at
    return resolved is not None and resolved < since


def _called(thread: Thread) -> str:
    """As everybody reads it: on paper a leader's own sheet tells no more."""
    byline = thread.root.byline
    return "" if byline is None else byline.aside or byline.name


def _words(thread: Thread) -> str:
    return unescape(strip_tags(thread.root.annotation.body_html)).strip()


def _replies(thread: Thread) -> list[Note]:
    return [note for note in thread.replies if not note.is_stone and _is_spoken_of(note.annotation)]


def _notes(thread: Thread) -> list[Note]:
    return [thread.root, *_replies(thread)]


def _people(thread: Thread) -> set[int]:
    return {note.annotation.creator_id for note in _notes(thread)}


def _by_paragraph(threads: Iterable[Thread]) -> dict[int, list[Thread]]:
    """Each under every position that its words reach over."""
    found: dict[int, list[Thread]] = defaultdict(list)
    for thread in threads:
        for position in _positions(thread):
            found[position].append(thread)
    return found


def _positions(thread: Thread) -> range:
    target = thread.target
    return range(target.start_paragraph.position, target.end_paragraph.position + 1)


def _against(thread: Thread, held: dict[int, list[Thread]]) -> Thread | None:
    """The first mark of somebody else that shares words with this one."""
    author = thread.root.annotation.creator_id
    near = (other for position in _positions(thread) for other in held.get(position, ()))
    return next(
        (
            other
            for other in near
            if other.root.annotation.creator_id != author and _share_words(thread, other)
        ),
        None,
    )


def _share_words(one: Thread, other: Thread) -> bool:
    (start, end), (from_, until) = _ends(one), _ends(other)
    return start < until and from_ < end


def _ends(thread: Thread) -> tuple[tuple[int, int], tuple[int, int]]:
    target = thread.target
    start = (target.start_paragraph.position, target.start_offset)
    return start, (target.end_paragraph.position, target.end_offset)
