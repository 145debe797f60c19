"""What is taken home, whatever it is written as: the one thing that an exporter reads.

Nothing in here asks a database, and nothing but `annotations.exporting.gathering` makes one: a
writer can't leak what it never gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cached_property
from uuid import UUID

from annotations.enums import AnchorState, Audience, Motivation, Naming, State
from reader.enums import BlockKind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as this notebook calls them. `id` is theirs in the group, or, where people appear
    under pseudonyms, in the reading alone; it says nothing else of them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph that stands. `spans` are [[start, end, kind, target], …] in code points."""

    key: str
    number: int | None  # what readers count
    kind: BlockKind
    level: int | None
    label: str
    text: str
    spans: Sequence[Sequence[object]]
    url: str


@dataclass(frozen=True, slots=True)
class Place:
    """The words that a thread is about: from `start` in the block at index `first` of its chapter
    to `end` in the one at `last`, in code points. A detached one stands at its block with both
    offsets 0, and `exact` are the words it lost."""

    first: int
    start: int
    last: int
    end: int
    exact: str
    prefix: str
    suffix: str
    text_revision: int
    anchor_state: AnchorState
    whole_article: bool = False
    whole_block: bool = False  # all the words of one block

    @property
    def is_detached(self) -> bool:
        return self.anchor_state == AnchorState.DETACHED

    @property
    def covers_words(self) -> bool:
        """Whether it has words of its own to be marked in the text."""
        return not self.is_detached and not self.whole_article


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of writing. A stone is a place where one was: it has a sentence in `stone`, no
    author and no words; so has what this notebook leaves out though others answer it."""

    id: UUID
    url: str
    parent: UUID | None  # what it answers
    depth: int  # 0 of a root
    motivation: Motivation
    category: str
    created: datetime
    author: Person | None = None
    tags: tuple[str, ...] = ()
    body: str = ""  # Markdown, as it was written
    html: str = ""  # the same, made safe
    edited: datetime | None = None
    state: State = State.VISIBLE
    audience: Audience = Audience.GROUP
    circle: str = ""
    answers: str = ""  # whom a reply to a reply answers
    mark: str = ""  # why not everybody reads it: "hidden", "for the leaders", …
    stone: str = ""
    endorsements: int = 0
    mine: bool = False  # by whoever takes it home

    @property
    def is_stone(self) -> bool:
        return bool(self.stone)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A thread is finished."""

    at: datetime
    outcome: str  # a line, or ""


@dataclass(frozen=True, slots=True)
class Thread:
    """A note and what was answered: each reply stands after what it answers, deeper by one."""

    number: int  # within its chapter, from 1, in reading order
    place: Place
    entries: tuple[Entry, ...]  # at least the root
    resolution: Resolution | None = None
    is_prompt: bool = False
    is_locked: bool = False

    @property
    def root(self) -> Entry:
        return self.entries[0]

    @property
    def replies(self) -> tuple[Entry, ...]:
        return self.entries[1:]


@dataclass(frozen=True, slots=True)
class Chapter:
    """An article and what is written around it, in one reading or, for oneself alone, in none.

    `blocks` is empty where whoever takes it home may no longer read the text; the places of its
    threads then are all at index 0 and only their quotes say anything.
    """

    slug: str
    url: str  # of the reading; "" where there is none
    title: str
    language: str
    direction: str
    text_revision: int
    text_from: datetime  # since when the text says this
    subtitle: str = ""
    creators: tuple[str, ...] = ()
    series: str = ""
    date: str = ""
    source: str = ""
    rights: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = ()
    threads: tuple[Thread, ...] = ()
    # Readers who want to be named, by name.
    colophon: tuple[str, ...] = ()

    def block(self, place: Place) -> Block | None:
        """Where a thread begins."""
        return self.blocks[place.first] if self.blocks else None

    @property
    def entries(self) -> Iterator[tuple[Thread, Entry]]:
        """Everything written, stones included, each with its thread."""
        return ((thread, entry) for thread in self.threads for entry in thread.entries)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is chosen of all that may be taken home. Empty means that it doesn't matter.

    People are named by their `Person.id`.
    """

    people: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    motivations: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None  # that day included
    resolved: bool | None = None
    detached: bool | None = None
    circle: str = ""  # its name: what was written to it alone
    mine: bool = False  # one's own notes alone
    whole_threads: bool = True  # also what stands around a note that is chosen
    leaders: bool = False  # also what only leaders read, marked
    private: bool = False  # also what only this person reads
    text: bool = True  # with the words of the article
    naming: Naming = Naming.SHOWN

    @property
    def chooses(self) -> bool:
        """Whether some notes are left out that could be there."""
        return bool(
            self.people or self.categories or self.tags or self.motivations or self.mine
            or self.since or self.until or self.circle
        ) or self.resolved is not None or self.detached is not None  # fmt: skip


@dataclass(frozen=True)
class Notebook:
    """A group's notes, a reading's, or one person's own, as one person may take them home."""

    title: str
    url: str  # of the group or the reading; of the site for one's own notes
    site: str  # the site's address, without a slash at its end
    group: str  # its name; "" for one's own notes over all groups
    group_slug: str
    language: str
    generated_at: datetime
    zone: tzinfo  # in which a person reads times
    filters: Filters
    chosen: str  # what is chosen, in a sentence; "" where nothing is left out
    chapters: Sequence[Chapter] = field(default=())

    @cached_property
    def people(self) -> dict[str, Person]:
        """Whoever wrote anything that is in it, by id, in the order of their first words."""
        found: dict[str, Person] = {}
        for chapter in self.chapters:
            for _thread, entry in chapter.entries:
                if entry.author is not None:
                    found.setdefault(entry.author.id, entry.author)
        return found

    @cached_property
    def count(self) -> int:
        """How many pieces of writing there are, stones left out."""
        return sum(not entry.is_stone for chapter in self.chapters for _, entry in chapter.entries)

    @property
    def thread_count(self) -> int:
        return sum(len(chapter.threads) for chapter in self.chapters)
