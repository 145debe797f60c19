"""The pivot of foreign notes: what every importer of them makes of a file, and the only thing that
is placed and brought in. Nothing in here knows a format or asks a database."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from django.utils.translation import gettext as _

from annotations.enums import AnchorState, Audience, Motivation, State
from annotations.models import MAX_BODY
from annotations.selectors import CONTEXT, Quote

MOST_BYTES = 20_000_000
MOST_NOTES = 10_000
MOST_PEOPLE = 1_000
MOST_TAGS = 50
LONGEST_TAG = 40  # as people type them
LONGEST_ID = 300
LONGEST_NAME = 300
LONGEST_QUOTE = 50_000
LONGEST_LINE = 300  # a resolution, a circle's name
MOST_ANCESTORS = 1_000
FARTHEST = 100_000_000  # no text is as long

# What no note holds: controls but for line breaks and tabs, and halves of characters.
_REMOVED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?")


class NotNotes(Exception):
    """A file that no notes can be read from; its text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class IncomingPerson:
    """Whoever wrote something. The key is what the file calls them by."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Words by the keys of their paragraphs, as this project writes them. Without offsets they are
    all the words of those. `blocks` are where these stood in the text, from 0."""

    first: str
    last: str
    start: int | None = None
    end: int | None = None
    blocks: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class IncomingNote:
    """One piece of writing, from elsewhere. A stone is the place of one whose words aren't told."""

    id: str
    author: str  # the key of a person
    name: str = ""  # how a sentence calls it: "note 12"
    address: str = ""  # where it stood, if that can be looked up
    ancestors: tuple[str, ...] = ()  # the ids of what it answers, root first
    created: datetime | None = None
    edited: datetime | None = None
    motivation: Motivation = Motivation.COMMENTING
    category: str = ""
    body: str = ""  # Markdown
    tags: tuple[str, ...] = ()
    quote: Quote | None = None
    position: tuple[int, int] | None = None  # in a text that was something like the article's
    spot: Spot | None = None
    anchor_state: AnchorState = AnchorState.EXACT  # how it stood there
    whole_article: bool = False
    audience: Audience = Audience.GROUP
    circle: str = ""  # a name
    about: str = ""  # the address of the text
    state: State = State.VISIBLE  # what a stone was
    is_stone: bool = False
    resolved_at: datetime | None = None
    resolution: str = ""

    @property
    def is_reply(self) -> bool:
        return bool(self.ancestors)

    @property
    def has_place(self) -> bool:
        """Whether it says what it is about, so that it can stand without what it answers."""
        return bool(self.quote and self.quote.exact.strip()) or self.spot is not None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What isn't brought in, and why, in a sentence."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """All that a file holds. `source` is a word for the log: "hypothesis", "web-annotations"."""

    source: str
    people: Mapping[str, IncomingPerson]
    notes: Sequence[IncomingNote]
    skipped: Sequence[Skipped] = ()

    def __post_init__(self) -> None:
        if len(self.notes) > MOST_NOTES:
            too_many()
        if len(self.people) > MOST_PEOPLE:
            raise NotNotes(
                _("These notes are by more than %(most)d people, more than can be brought in.")
                % {"most": MOST_PEOPLE}
            )
        if not self.notes and not self.skipped:
            raise NotNotes(_("There are no notes in this file."))


def too_many() -> NoReturn:
    raise NotNotes(
        _("There are more than %(most)d notes in this file, more than can be brought in at once.")
        % {"most": MOST_NOTES}
    )


@dataclass(frozen=True, slots=True)
class Arranged:
    """Notes in an order in which each stands after what it answers. `parents` names that by id."""

    notes: Sequence[IncomingNote]
    parents: Mapping[str, str]
    skipped: Sequence[Skipped]

    def root_of(self) -> dict[str, str]:
        """The root of each, by id."""
        roots: dict[str, str] = {}
        for note in self.notes:
            parent = self.parents.get(note.id)
            roots[note.id] = note.id if parent is None else roots[parent]
        return roots


def arranged(notes: Sequence[IncomingNote]) -> Arranged:
    """Parents before children. A reply hangs on the nearest of what it answers that is there; one
    of which nothing is there begins a thread if it says what it is about. What answers itself
    begins one, too, or is left out. Stones that nobody answers are dropped."""
    known: dict[str, IncomingNote] = {}
    skipped = []
    for note in notes:
        if note.id in known:
            skipped.append(Skipped(note.id, note.name, _("It is in the file twice.")))
        known.setdefault(note.id, note)
    above = {note.id: parent for note in known.values() if (parent := _nearest(note, known))}
    below: dict[str, list[str]] = defaultdict(list)
    for child, parent in above.items():
        below[parent].append(child)
    begin = [note.id for note in known.values() if note.id not in above and _may_begin(note)]
    ordered = dict.fromkeys(_down(begin, below))
    for note in known.values():  # what is left answers itself, or what isn't there
        if note.id not in ordered and note.has_place:
            above.pop(note.id, None)
            ordered |= dict.fromkeys(each for each in _down([note.id], below, ordered))
    for note in known.values():
        if note.id not in ordered:
            reason = _("What it answers is not in the file.")
            skipped.append(Skipped(note.id, note.name, reason))
    kept = _answered([known[each] for each in ordered], above)
    parents = {note.id: above[note.id] for note in kept if note.id in above}
    return Arranged([_as_it_stands(note, parents) for note in kept], parents, skipped)


def _nearest(note: IncomingNote, known: Mapping[str, IncomingNote]) -> str | None:
    """The id of the nearest that it answers and that is there."""
    there = (each for each in reversed(note.ancestors) if each in known and each != note.id)
    return next(there, None)


def _may_begin(note: IncomingNote) -> bool:
    return not note.is_reply or note.has_place


def _down(
    begin: Sequence[str],
    below: Mapping[str, Sequence[str]],
    seen: Mapping[str, object] | None = None,
) -> Iterator[str]:
    """Everything from these on, each after what it answers."""
    met = set(seen or ())
    waiting = list(reversed(begin))
    while waiting:
        each = waiting.pop()
        if each in met:
            continue
        met.add(each)
        yield each
        waiting += reversed(below.get(each, ()))


def _answered(notes: Sequence[IncomingNote], above: Mapping[str, str]) -> list[IncomingNote]:
    """Without the stones below which nothing stands."""
    needed: set[str] = set()
    for note in reversed(notes):
        if not note.is_stone or note.id in needed:
            needed.add(above.get(note.id, ""))
    return [note for note in notes if not note.is_stone or note.id in needed]


def _as_it_stands(note: IncomingNote, parents: Mapping[str, str]) -> IncomingNote:
    """A note's motivation by where it stands now."""
    if note.id in parents:
        return replace(note, motivation=Motivation.REPLYING, category="")
    if note.motivation != Motivation.REPLYING:
        return note
    words = Motivation.COMMENTING if note.body else Motivation.HIGHLIGHTING
    return replace(note, motivation=words)


def parsed(data: bytes) -> object:
    """A file's JSON."""
    if len(data) > MOST_BYTES:
        raise NotNotes(
            _("The file is larger than %(most)d MB, more than can be brought in.")
            % {"most": MOST_BYTES // 1_000_000}
        )
    try:
        found: object = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as refused:
        raise NotNotes(_("This isn’t a JSON file, or it has been damaged.")) from refused
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a file, asked for what it should hold. Null is as good as nothing; something
    else than what belongs there raises NotNotes, with the object's name."""

    name: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, name: str, value: object) -> Fields:
        if not isinstance(value, dict):
            raise NotNotes(_("Of %(note)s nothing can be read.") % {"note": name})
        return cls(name, value)

    def text(self, key: str, most: int) -> str:
        return self.said(key, self.values.get(key), most)

    def said(self, key: str, value: object, most: int) -> str:
        """A value, wherever it stood, as clean text."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(key)
        if len(value) > most:
            self._too_long(key, most)
        return tidy(value)

    def texts(self, key: str, most: int) -> list[str]:
        """One, or a list of them."""
        return [self.said(key, each, most) for each in self.several(key)]

    def several(self, key: str) -> list[object]:
        value = self.values.get(key)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def inner(self, key: str) -> Fields | None:
        value = self.values.get(key)
        if value is None:
            return None
        return Fields(self.name, value) if isinstance(value, dict) else self.wrong(key)

    def flag(self, key: str) -> bool:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key)
        return bool(value)

    def offset(self, key: str) -> int | None:
        """A number of characters; None where it can't be one."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(key)
        return value if 0 <= value <= FARTHEST else None

    def moment(self, key: str) -> datetime | None:
        """A time, in UTC where nothing else is said; never one that is still to come."""
        said = self.text(key, LONGEST_LINE)
        if not said:
            return None
        try:
            when = datetime.fromisoformat(said)
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(key)
        return min(when, datetime.now(UTC)) if when.year > 1900 else None

    def wrong(self, key: str) -> NoReturn:
        said = {"note": self.name, "key": key}
        raise NotNotes(_("In %(note)s, what stands under “%(key)s” can’t be read.") % said)

    def _too_long(self, key: str, most: int) -> NoReturn:
        if key in {"text", "value", "body", "bodyValue"}:
            sentence = _("The words of %(note)s are longer than %(most)d characters.")
        else:
            sentence = _("In %(note)s, “%(key)s” is longer than %(most)d characters.")
        raise NotNotes(sentence % {"note": self.name, "key": key, "most": most})


def tidy(text: str) -> str:
    """As a note's words may be stored."""
    return _REMOVED.sub("", _LINE_ENDS.sub("\n", text))


def body_of(words: str, fields: Fields) -> str:
    """Words as a note's body. Raises NotNotes where they are more than a note may hold: what is
    cut would be lost."""
    body = words.strip()
    if len(body) > MAX_BODY:
        raise NotNotes(
            _("The words of %(note)s are longer than the %(most)d characters that a note holds.")
            % {"note": fields.name, "most": MAX_BODY}
        )
    return body


def tags_of(words: Sequence[str], fields: Fields) -> tuple[str, ...]:
    """Tags as they are here: without a space, in lower case."""
    cleaned = ("-".join(word.lstrip("#").casefold().split()) for word in words)
    tags = tuple(dict.fromkeys(tag[:LONGEST_TAG] for tag in cleaned if tag))
    if len(tags) > MOST_TAGS:
        said = {"note": fields.name, "most": MOST_TAGS}
        raise NotNotes(_("%(note)s has more than %(most)d tags.") % said)
    return tags


def quote_of(fields: Fields) -> Quote:
    """Out of a TextQuoteSelector."""
    exact = fields.text("exact", LONGEST_QUOTE)
    before, after = fields.text("prefix", LONGEST_QUOTE), fields.text("suffix", LONGEST_QUOTE)
    return Quote(exact, before[-CONTEXT:], after[:CONTEXT])


def position_of(fields: Fields) -> tuple[int, int] | None:
    """Out of a TextPositionSelector."""
    start, end = fields.offset("start"), fields.offset("end")
    return None if start is None or end is None or end < start else (start, end)


def edited_after(created: datetime | None, edited: datetime | None) -> datetime | None:
    """When it was changed. Some write down the same moment twice, an instant apart."""
    if created is None or edited is None:
        return edited
    return edited if (edited - created).total_seconds() > 1 else None
