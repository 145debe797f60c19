"""A group with everything in it that an archive has to carry: the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import cycle
from random import Random
from typing import Any
from uuid import UUID
from zipfile import ZipFile

from annotations.actions import Range, target_on
from annotations.enums import Actor, Audience, Motivation, Outcome, State, Verb
from annotations.exporting import archive as archiving
from annotations.exporting.writing import silent
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    Endorsement,
    Reason,
    Target,
    WordRule,
)
from annotations.moderation.logbook import record
from reader.actions import create_group
from reader.enums import BlockKind, Role
from reader.importing import Block, ParsedArticle, Span, SpanKind
from reader.models import (
    Circle,
    Membership,
    Paragraph,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from tests.cast import join, person, read
from tests.corrections import block, blocks_of, correct

SCRIPTS = (
    "A margin is where a reader answers; it was left empty for that purpose alone.",
    "На полях читатель отвечает: их оставили пустыми ради этого ответа и ничего другого.",
    "الهامش هو المكان الذي يجيب فيه القارئ، وقد ترك فارغا لهذا الغرض وحده دون غيره.",
    "השוליים הם המקום שבו הקורא משיב, והם נשארו ריקים לשם כך בלבד ולא לשום דבר אחר.",
    "हाशिया वह जगह है जहाँ पाठक उत्तर देता है; उसे केवल इसी के लिए खाली छोड़ा गया था।",
    "页边是读者作答的地方 🪶👩🏽‍🔬,它正是为此而留白的,别无他用。",
)
BEGAN = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
GONE_WORDS = "words that are gone"
HELD = (State.PENDING, State.HIDDEN)
# Most stand; the others come in turn.
STATES = (
    *[State.VISIBLE] * 4, State.APPROVED, State.PENDING, State.VISIBLE, State.HIDDEN,
    State.REMOVED, State.WITHDRAWN, State.VISIBLE, State.PURGED,
)  # fmt: skip


@dataclass(frozen=True)
class Full:
    """Who is in it, and what it is."""

    owner: User
    moderator: User
    members: Sequence[User]
    group: StudyGroup
    readings: Sequence[Reading]


def build(articles: int = 3, paragraphs: int = 100, notes: int = 1_000) -> Full:
    """A group of these sizes in all: `paragraphs` in each article, `notes` over all."""
    owner = person("Olive")
    group = create_group(by=owner, name="Cércle des marges 讀", description="Six scripts.")
    moderator = join(group, "Mona", Role.MODERATOR)
    members = [join(group, f"Reader{n}") for n in range(4)]
    left = Membership.objects.filter(group=group, user=members[3])
    left.update(left_at=BEGAN + timedelta(days=9), nameless=True)
    people = [owner, moderator, *members]
    Reason.objects.create(group=group, code="unkind", label="Unkind", sentence="Be kind.")
    for words in ("cur*", "Ärger", "zebra", "Zebra", "_x", "über*", "апельсин", "讀"):
        WordRule.objects.create(group=group, words=words, effect="hold", created_by=moderator)
    readings = [_read(group, owner, n, paragraphs) for n in range(articles)]
    _seat(readings[-1], people)
    for n, reading in enumerate(readings):
        share = notes // articles + (n < notes % articles)
        _fill(reading, people, share, Random(n))
    _log(group, owner, moderator)
    group.refresh_from_db()
    return Full(owner, moderator, members, group, readings)


def _read(group: StudyGroup, owner: User, n: int, paragraphs: int) -> Reading:
    blocks = [Block(BlockKind.HEADING, f"Text {n}", level=1)]
    for at in range(paragraphs - 1):
        text = f"{at}. {SCRIPTS[at % 6]} {SCRIPTS[(at + n) % 6]}"
        spans = (Span(0, 2, SpanKind.STRONG), Span(3, 9, SpanKind.LINK, "https://example.org/"))
        blocks.append(Block(BlockKind.PARAGRAPH, text, spans=spans if at % 5 == 0 else ()))
    parsed = ParsedArticle(
        title=f"Text {n} · नाम",
        creators=("Ada Quill", "阿達"),
        metadata=(("Key", "value"),),
        blocks=tuple(blocks),
        language="ar" if n == 1 else "en",
    )
    return read(group, owner, parsed)


def _seat(reading: Reading, people: Sequence[User]) -> None:
    """Circles and pseudonyms in one of the readings."""
    reading.bylines, reading.has_circles = "pseudonyms", True
    reading.due_at, reading.status = BEGAN + timedelta(days=30), "closed"
    reading.save()
    for name, some in (("Rouge", people[:3]), ("Émeraude", people[3:])):
        Circle.objects.create(reading=reading, name=name).members.set(some)
    for n, user in enumerate(people):
        Pseudonym.objects.create(reading=reading, user=user, name=f"Moss Heron {n}")
    Participation.objects.create(reading=reading, user=people[2], finished_at=BEGAN)
    Participation.objects.create(reading=reading, user=people[3], due_at=BEGAN, seen_at=BEGAN)


def _fill(reading: Reading, people: Sequence[User], count: int, chance: Random) -> None:
    """Half of the notes on the first text, which is corrected twice, half on the last."""
    early, late = _Notes(reading, people, chance, 0), _Notes(reading, people, chance, 10_000)
    early.write(count // 2)
    _correct(reading, people[0])
    late.write(count - count // 2)
    _private(reading, people)


def _correct(reading: Reading, owner: User) -> None:
    article = reading.article
    blocks = blocks_of(article)
    for at in range(2, len(blocks) - 1, 3):
        text = blocks[at]["text"]
        blocks[at] |= {"text": f"{text[:9]} – so – {text[9:]}", "spans": []}
    del blocks[4::5]
    blocks.insert(3, block("A paragraph that came later, with words of its own."))
    correct(owner, article, blocks, "First look")
    blocks = blocks_of(article)
    blocks[5:8] = reversed(blocks[5:8])
    correct(owner, article, blocks, "Another order")
    reading.refresh_from_db()


class _Notes:
    """Threads of a reading, of every kind in turn, stored in few statements."""

    def __init__(
        self, reading: Reading, people: Sequence[User], chance: Random, begin: int
    ) -> None:
        self._reading, self._people, self._chance = reading, people, chance
        self._text = list(reading.article.paragraphs.standing())
        self._circles = list(reading.circles.order_by("name"))
        self._at = begin
        self._states = cycle(STATES)

    def write(self, count: int) -> None:
        self._text = list(self._reading.article.paragraphs.standing())
        made: list[Annotation] = []
        above: list[Annotation] = []
        left = count
        while left:
            depth = min(left, self._chance.choice((1, 1, 2, 3, 5, 12)))
            parent = None
            for level in range(depth):
                note = self._note(parent, len(made) + level)
                (made if parent is None else above).append(note)
                parent = note
            left -= depth
        Annotation.objects.bulk_create(made)
        for level in range(1, 12):
            some = [note for note in above if self._level(note) == level]
            for note in some:
                # Set anew, now that they have ids.
                note.parent = note.parent
                note.root = note.parent.thread_root if note.parent else None
            Annotation.objects.bulk_create(some)
        Target.objects.bulk_create(self._targets(made))
        self._around([*made, *above])

    def _level(self, note: Annotation) -> int:
        level, at = 0, note
        while at.parent is not None:
            level, at = level + 1, at.parent
        return level

    def _note(self, parent: Annotation | None, n: int) -> Annotation:
        self._at += 1
        number, state = self._at, next(self._states)
        creator = self._people[number % len(self._people)]
        when = BEGAN + timedelta(minutes=number)
        kind = Motivation.REPLYING if parent else list(Motivation)[number % 3]
        gone = state in (State.WITHDRAWN, State.PURGED)
        words = GONE_WORDS if state == State.WITHDRAWN else "" if gone else self._words(number)
        note = Annotation(
            uuid=UUID(int=self._chance.getrandbits(128), version=4),
            client_id=UUID(int=self._chance.getrandbits(128), version=4),
            creator=creator,
            article=self._reading.article,
            reading=self._reading,
            motivation=kind,
            category=("yellow", "green", "rose", "", "blue", "violet")[number % 6],
            tags=[] if gone else ["marge", "полях"][: number % 3],
            body=words,
            body_html="<script>never trusted</script>",
            parent=parent,
            state=state,
            state_before="" if state == State.VISIBLE else State.VISIBLE,
            state_at=None if state == State.VISIBLE else when + timedelta(hours=1),
            reason="unkind" if state in (State.REMOVED, State.PURGED) else "",
            version=1 + number % 5,
            revision=3,
            was_shown=state != State.PENDING,
            shown_at=when if number % 10 == 3 else None,
            resubmitted=number % 2,
            created_at=when,
            edited_at=when + timedelta(hours=3) if number % 7 == 0 else None,
            imported_from=f"https://elsewhere.example/n/{number}/" if number % 9 == 0 else "",
            **self._audience(parent, number),
        )
        if parent is None and number % 3 == 0:
            note.resolved_by, note.resolved_at = self._people[0], when + timedelta(days=1)
            note.resolution = "We agree."
        if parent is None and number % 4 == 0:
            note.locked_by, note.locked_at = self._people[1], when + timedelta(days=2)
            note.locked_until = when + timedelta(days=3) if number % 8 == 0 else None
        return note

    def _words(self, number: int) -> str:
        return f"**{number}** {SCRIPTS[number % 6]}\n\n> {SCRIPTS[(number + 1) % 6]}"

    def _audience(self, parent: Annotation | None, number: int) -> dict[str, Any]:
        if parent is not None and number % 11 == 0 and parent.audience == Audience.GROUP:
            return {"audience": Audience.PERSON, "addressee": self._people[2]}
        if parent is not None:
            return {
                "audience": parent.audience,
                "circle": parent.circle,
                "addressee": parent.addressee,
            }
        if self._circles and number % 3 == 0:
            return {"audience": Audience.CIRCLE, "circle": self._circles[number % 2]}
        return {"audience": Audience.LEADERS if number % 5 == 0 else Audience.GROUP}

    def _targets(self, roots: Sequence[Annotation]) -> Iterator[Target]:
        for n, root in enumerate(roots):
            first = 1 + 3 * n % (len(self._text) - 3)
            covered = self._text[first : first + 1 + (n % 4 == 0)]
            whole = n % 17 == 0
            end = 20 if len(covered) == 1 else 12
            yield target_on(root, Range(covered, 4, end, whole_article=whole))

    def _around(self, notes: Sequence[Annotation]) -> None:
        """Earlier words, words that wait, endorsements, cases."""
        earlier, wonders, cases = [], [], []
        for n, note in enumerate(notes):
            at = note.created_at
            gone = note.state in (State.WITHDRAWN, State.PURGED)
            body = GONE_WORDS if gone else "Before."
            state = ("pending" if note.is_published else "declined") if n % 6 == 0 else ""
            for number, kind in ((1, "superseded"), (2, "superseded"), (4, state)):
                if kind and n % 3 == 0:
                    earlier.append(
                        AnnotationRevision(
                            annotation=note, number=number, state=kind, body=body,
                            tags=["früher"], category="green", created_at=at,
                        )
                    )  # fmt: skip
            others = [user for user in self._people if user != note.creator]
            wonders += [
                Endorsement(annotation=note, user=user, created_at=at) for user in others[: n % 3]
            ]
            waits = n % 3 == 0 and state == "pending"
            if note.state in HELD or waits:
                cases.append(
                    Case(
                        annotation=note, group=self._reading.group, opened_at=at, rule="word",
                        matched="cur*",
                    )
                )  # fmt: skip
            elif n % 13 == 0:
                cases.append(
                    Case(
                        annotation=note, group=self._reading.group, opened_at=at, rule="word",
                        matched=GONE_WORDS if gone else "cur*", resolved_at=at + timedelta(1),
                        outcome=Outcome.KEPT,
                    )
                )  # fmt: skip
        AnnotationRevision.objects.bulk_create(earlier)
        Endorsement.objects.bulk_create(wonders)
        Case.objects.bulk_create(cases)


def _private(reading: Reading, people: Sequence[User]) -> None:
    """What the owner keeps to herself, and what others do."""
    text: list[Paragraph] = list(reading.article.paragraphs.standing())
    for n, user in enumerate(people):
        note = Annotation(
            creator=user,
            article=reading.article,
            audience=Audience.PRIVATE,
            motivation=Motivation.COMMENTING,
            body=f"only {user.name} reads this",
            client_id=UUID(int=reading.pk * 100 + n),
            created_at=BEGAN + timedelta(seconds=n),
        )
        note.save()
        target_on(note, Range([text[2]], 0, 5)).save()


def _log(group: StudyGroup, owner: User, moderator: User) -> None:
    """Rows on notes, members and rules, one of several notes, and one that is taken back."""
    theirs = Membership.objects.get(group=group, user__name="Reader1")
    held = {"standing": "held", "until": None, "from": "active", "from_until": None}
    record(
        group=group, verb=Verb.SET_STANDING, by=owner, acting_as=Actor.OWNER, membership=theirs,
        reason="unkind", details={**held, "from_sentence": "", "notes": "keep"},
    )  # fmt: skip
    several = record(
        group=group, verb=Verb.BULK, by=moderator, acting_as=Actor.MODERATOR,
        details={"verb": "hide", "notes": 3},
    )  # fmt: skip
    notes = Annotation.objects.filter(reading__group=group, root=None).order_by("uuid")
    for note in notes.filter(state=State.HIDDEN)[:3]:
        part = record(
            group=group, verb=Verb.HIDE, by=moderator, acting_as=Actor.MODERATOR,
            annotation=note, before=State.VISIBLE, bulk=several,
        )  # fmt: skip
        record(
            group=group, verb=Verb.UNDO, by=moderator, acting_as=Actor.MODERATOR,
            annotation=note, before=State.HIDDEN, reverses=part,
        )  # fmt: skip
    for note in notes.exclude(state__in=[State.WITHDRAWN, State.PURGED])[:8]:
        record(
            group=group, verb=Verb.REPORT, acting_as=Actor.SYSTEM, annotation=note,
            before=note.state, reason="unkind", details={"report": 7},
        )  # fmt: skip


def archived(user: User, group: StudyGroup, readings: Sequence[Reading] | None = None) -> bytes:
    """The archive of a group, or of some of its readings."""
    found = Reading.objects.visible_to(user).filter(group=group).with_titles()
    chosen = list(found.order_by("order", "created_at", "pk")) if readings is None else readings
    return b"".join(archiving.write(user, group, chosen, silent).chunks)


def entries(data: bytes) -> dict[str, bytes]:
    """What is in an archive, but for its header."""
    with ZipFile(BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name != "catena.json"}
