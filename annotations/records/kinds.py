"""Every record, with what each of its fields may hold."""

# ruff: noqa: RUF009  what `holds` gives is a field, made anew for each
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotations.enums import (
    Actor,
    AnchorState,
    Audience,
    Category,
    Effect,
    Motivation,
    Outcome,
    RevisionState,
    Rule,
    State,
    Verb,
)
from annotations.records.values import (
    MAX_BODY,
    MAX_QUOTE,
    MAX_TEXT,
    MOST_COUNTED,
    MOST_SMALL,
    SLUG,
    TAG,
    WEB,
    YEARS,
    Reader,
    Wrong,
    choice,
    flag,
    holds,
    identity,
    maybe,
    moment,
    pair,
    past,
    record,
    several,
    span,
    text,
    whole,
    wrong,
)
from reader.enums import (
    BlockKind,
    Bylines,
    Exporting,
    Joining,
    NewcomersRead,
    Preset,
    Readable,
    Reveal,
    Role,
    Sharing,
    Standing,
    Status,
)
from reader.importing.parsed import LANGUAGE

_DETAILS: dict[str, Reader] = {
    "verb": choice(Verb),
    "notes": lambda value: value if isinstance(value, str) else whole()(value),
    "standing": choice(Standing),
    "from": choice(Standing),
    "until": maybe(text(40)),
    "from_until": maybe(text(40)),
    "from_sentence": text(1_000),
    "what": text(40),
    "words": text(100),
    "effect": choice(Effect),
    "outcome": choice(Outcome),
    "granted": flag,
    "count": whole(),
    "source": text(40),
    "edit": whole(1),
    "before": whole(1),
}
# What readers of the log count on.
_NEEDED: dict[str, tuple[str, ...]] = {
    Verb.BULK: ("verb",),
    Verb.SET_STANDING: ("standing", "from"),
    Verb.PUBLISH_EDIT: ("before",),
    Verb.DECLINE_EDIT: ("edit",),
}


def kept_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of the log says beside its columns, without what means something here alone."""
    return {name: value for name, value in details.items() if _is_detail(name, value)}


def _is_detail(name: str, value: Any) -> bool:
    try:
        _details({name: value})
    except Wrong:
        return False
    return True


def _details(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value.keys() <= _DETAILS.keys():
        wrong(_("says what no log does"))
    for name, each in value.items():
        found = _DETAILS[name](each)
        if name.endswith("until") and found is not None and not _is_end(found):
            wrong(_("isn't a time"))
    return dict(value)


def _is_end(said: str) -> bool:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return False
    return found.tzinfo is not None and found.year in YEARS


@dataclass(frozen=True, slots=True)
class Reason:
    code: str = holds(text(40, 1, SLUG))
    label: str = holds(text(60, 1))
    sentence: str = holds(text(1_000))
    position: int = holds(whole(0, MOST_SMALL))
    retired: bool = holds(flag)


@dataclass(frozen=True, slots=True)
class WordRule:
    words: str = holds(text(100, 1))
    effect: str = holds(choice(Effect))
    created_by: UUID = holds(identity)
    created_at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Policy:
    joining: str = holds(choice(Joining))
    approves_links: bool = holds(flag)
    readable_by: str = holds(choice(Readable))
    premoderates: bool = holds(flag)
    holds_first: int = holds(whole(0, MOST_SMALL))
    newcomers_read: str = holds(choice(NewcomersRead))
    reveal: str = holds(choice(Reveal))
    reveal_after: int = holds(whole(1, MOST_SMALL))
    bylines: str = holds(choice(Bylines))
    exporting: str = holds(choice(Exporting))
    hides_reported: bool = holds(flag)
    log_is_open: bool = holds(flag)
    mails_quote: bool = holds(flag)


@dataclass(frozen=True, slots=True)
class Group:
    name: str = holds(text(120, 1))
    slug: str = holds(text(60, 1, SLUG))
    description: str = holds(text(2_000))
    rules: str = holds(text(4_000))
    language: str = holds(text(12, 1, LANGUAGE))
    preset: str = holds(choice(Preset))
    policy: Policy = holds(record(Policy))
    joining_question: str = holds(text(300))
    created_at: datetime = holds(past)
    reasons: tuple[Reason, ...] = holds(several(record(Reason), 1_000))
    word_rules: tuple[WordRule, ...] = holds(several(record(WordRule), 10_000))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has a part in what the archive holds. `id` is theirs in the group alone; who
    is a former member there, or has no account any more, has no name."""

    id: UUID = holds(identity)
    name: str = holds(text(80))
    role: str = holds(choice(Role))
    joined_at: datetime = holds(past)
    nameless: bool = holds(flag)


@dataclass(frozen=True, slots=True)
class Article:
    slug: str = holds(text(80, 1, SLUG))
    title: str = holds(text(400, 1))
    subtitle: str = holds(text(400))
    creators: tuple[str, ...] = holds(several(text(400), 1_000))
    series: str = holds(text(400))
    date_text: str = holds(text(200))
    source: str = holds(text(MAX_TEXT))
    rights: str = holds(text(MAX_TEXT))
    language: str = holds(text(12, 1, LANGUAGE))
    metadata: tuple[tuple[str, str], ...] = holds(several(pair, 10_000))
    text_revision: int = holds(whole(1))
    sharing: str = holds(choice(Sharing))
    added_by: UUID = holds(identity)
    created_at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Paragraph:
    key: str = holds(text(12, 1, SLUG))
    position: int = holds(whole())
    number: int | None = holds(maybe(whole()))
    kind: str = holds(choice(BlockKind))
    level: int | None = holds(maybe(whole(0, MOST_SMALL)))
    label: str = holds(text(40))
    text: str = holds(text(MAX_TEXT))
    spans: tuple[tuple[int, int, str, str], ...] = holds(several(span, 100_000))
    retired: bool = holds(flag)


@dataclass(frozen=True, slots=True)
class Said:
    """What one paragraph says from a text revision on."""

    key: str = holds(text(12, 1, SLUG))
    kind: str = holds(choice(BlockKind))
    level: int | None = holds(maybe(whole(0, MOST_SMALL)))
    label: str = holds(text(40))
    text: str = holds(text(MAX_TEXT))
    spans: tuple[tuple[int, int, str, str], ...] = holds(several(span, 100_000))
    created_at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Revision:
    """A text from one correction to the next: the keys of its paragraphs in order, null where it
    is that of the revision before, and those that say something else than before."""

    number: int = holds(whole(1))
    order: tuple[str, ...] | None = holds(maybe(several(text(12, 1, SLUG), 100_000)))
    comment: str = holds(text(300))
    created_by: UUID = holds(identity)
    created_at: datetime = holds(past)
    said: tuple[Said, ...] = holds(several(record(Said), 100_000))


@dataclass(frozen=True, slots=True)
class Circle:
    name: str = holds(text(80, 1))
    members: tuple[UUID, ...] = holds(several(identity, 100_000))


@dataclass(frozen=True, slots=True)
class Pseudonym:
    person: UUID = holds(identity)
    name: str = holds(text(80, 1))


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody has to do with a reading beside what they write there."""

    person: UUID = holds(identity)
    finished_at: datetime | None = holds(maybe(past))
    due_at: datetime | None = holds(maybe(moment))


@dataclass(frozen=True, slots=True)
class Reading:
    opens_at: datetime | None = holds(maybe(moment))
    due_at: datetime | None = holds(maybe(moment))
    order: int = holds(whole(0, MOST_COUNTED))
    status: str = holds(choice(Status))
    reveal: str = holds(choice(Reveal))
    reveal_after: int = holds(whole(1, MOST_SMALL))
    reveal_at: datetime | None = holds(maybe(moment))
    bylines: str = holds(choice(Bylines))
    has_circles: bool = holds(flag)
    created_at: datetime = holds(past)
    circles: tuple[Circle, ...] = holds(several(record(Circle), 10_000))
    pseudonyms: tuple[Pseudonym, ...] = holds(several(record(Pseudonym), 100_000))
    parts: tuple[Part, ...] = holds(several(record(Part), 100_000))


@dataclass(frozen=True, slots=True)
class Place:
    """Which words a thread is about, or was. One that somebody chose is `chosen`; by whom isn't
    said of a stone's."""

    start: str = holds(text(12, 1, SLUG))
    start_offset: int = holds(whole())
    end: str = holds(text(12, 1, SLUG))
    end_offset: int = holds(whole())
    whole_article: bool = holds(flag)
    exact: str = holds(text(MAX_QUOTE))
    prefix: str = holds(text(32))
    suffix: str = holds(text(32))
    text_revision: int = holds(whole(1))
    anchor_state: str = holds(choice(AnchorState))
    chosen: bool = holds(flag)
    placed_by: UUID | None = holds(maybe(identity))
    current: bool = holds(flag)
    created_at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Words:
    """What a note said before, or may say once a moderator lets it."""

    number: int = holds(whole(1, MOST_COUNTED))
    state: str = holds(choice(RevisionState))
    body: str = holds(text(MAX_BODY))
    category: str = holds(choice(Category, blank=True))
    tags: tuple[str, ...] = holds(several(text(200, 1, TAG), 100))
    created_at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Endorsed:
    by: UUID = holds(identity)
    at: datetime = holds(past)


@dataclass(frozen=True, slots=True)
class Resolved:
    by: UUID | None = holds(maybe(identity))
    at: datetime = holds(past)
    outcome: str = holds(text(300))


@dataclass(frozen=True, slots=True)
class Locked:
    by: UUID | None = holds(maybe(identity))
    at: datetime = holds(past)
    until: datetime | None = holds(maybe(moment))


@dataclass(frozen=True, slots=True)
class Note:
    """Everything written. A stone, which is withdrawn or purged, has no creator and no words."""

    uuid: UUID = holds(identity)
    creator: UUID | None = holds(maybe(identity))
    audience: str = holds(choice(Audience))
    circle: str = holds(text(80))  # its name
    addressee: UUID | None = holds(maybe(identity))
    motivation: str = holds(choice(Motivation))
    category: str = holds(choice(Category, blank=True))
    tags: tuple[str, ...] = holds(several(text(200, 1, TAG), 100))
    body: str = holds(text(MAX_BODY))
    parent: UUID | None = holds(maybe(identity))
    state: str = holds(choice(State))
    state_before: str = holds(choice(State, blank=True))
    state_at: datetime | None = holds(maybe(past))
    reason: str = holds(text(40))
    version: int = holds(whole(1, MOST_COUNTED))
    revision: int = holds(whole(1, MOST_COUNTED))
    was_shown: bool = holds(flag)
    shown_at: datetime | None = holds(maybe(past))
    resubmitted: int = holds(whole(0, MOST_SMALL))
    created_at: datetime = holds(past)
    edited_at: datetime | None = holds(maybe(past))
    imported_from: str = holds(text(300, 0, WEB))
    resolved: Resolved | None = holds(maybe(record(Resolved)))
    locked: Locked | None = holds(maybe(record(Locked)))
    places: tuple[Place, ...] = holds(several(record(Place), 10_000))
    words: tuple[Words, ...] = holds(several(record(Words), 10_000))
    endorsed: tuple[Endorsed, ...] = holds(several(record(Endorsed), 100_000))

    @property
    def is_stone(self) -> bool:
        return self.state in (State.WITHDRAWN, State.PURGED)


@dataclass(frozen=True, slots=True)
class Case:
    note: UUID = holds(identity)
    opened_at: datetime = holds(past)
    rule: str = holds(choice(Rule, blank=True))
    matched: str = holds(text(200))
    resolved_at: datetime | None = holds(maybe(past))
    outcome: str = holds(choice(Outcome, blank=True))
    reopened_at: datetime | None = holds(maybe(past))


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the log. `bulk` and `reverses` are the lines, from 1, of rows before it."""

    at: datetime = holds(past)
    actor: UUID | None = holds(maybe(identity))
    acting_as: str = holds(choice(Actor))
    verb: str = holds(choice(Verb))
    note: UUID | None = holds(maybe(identity))
    version: int | None = holds(maybe(whole()))
    revision: int | None = holds(maybe(whole()))
    before: str = holds(choice(State, blank=True))
    after: str = holds(choice(State, blank=True))
    member: UUID | None = holds(maybe(identity))
    reason: str = holds(text(40))
    sentence: str = holds(text(1_000))
    rule: str = holds(choice(Rule, blank=True))
    details: dict[str, Any] = holds(_details)
    bulk: int | None = holds(maybe(whole(1)))
    reverses: int | None = holds(maybe(whole(1)))
    for_members: bool = holds(flag)

    @property
    def says_enough(self) -> bool:
        return all(name in self.details for name in _NEEDED.get(self.verb, ()))


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the archive: of what it consists, to be checked."""

    name: str = holds(text(100, 1))
    sha256: str = holds(text(64, 64, r"[0-9a-f]+"))
    size: int = holds(whole())  # bytes, unpacked


@dataclass(frozen=True, slots=True)
class Counts:
    readings: int = holds(whole())
    people: int = holds(whole())
    notes: int = holds(whole())
    cases: int = holds(whole())
    log: int = holds(whole())


@dataclass(frozen=True, slots=True)
class Header:
    format: str = holds(text(40))
    version: int = holds(whole())
    site: str = holds(text(200, 1, WEB))
    generated_at: datetime = holds(past)
    exported_by: UUID = holds(identity)
    scope: str = holds(text(10, 1, "group|readings"))
    counts: Counts = holds(record(Counts))
    entries: tuple[Entry, ...] = holds(several(record(Entry), 2_000))


@dataclass(frozen=True, slots=True)
class Holding:
    """An article, a reading of it, and what is written there."""

    article: Article
    paragraphs: tuple[Paragraph, ...]
    revisions: tuple[Revision, ...]
    reading: Reading
    notes: tuple[Note, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Archive:
    header: Header
    group: Group
    people: tuple[Person, ...]
    holdings: tuple[Holding, ...]
    log: tuple[Decision, ...]
