"""What everybody learns of notes, in whatever state, on every surface there is.

One world holds a note of each state and shape: a root or a reply, with or without a visible reply
under it. Each has a word that stands nowhere else. What may be found where is said once more in
`reads` and `knows`, from the table "Who sees what" of the agreement. An address that isn't in
`SURFACES` has a reason in `NO_NOTES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range
from annotations.enums import Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Layer,
    LogEntry,
    Reconsideration,
    WordRule,
)
from annotations.moderation import decide, reconsidering, undo
from annotations.moderation.purging import purge
from annotations.moderation.reporting import report
from annotations.moderation.standings import note_on_member, set_standing
from annotations.moderation.stepping_in import step_in
from reader.actions.correcting import draft_of, keep_draft
from reader.enums import BlockKind
from reader.importing import Block, ParsedArticle
from reader.models import (
    Circle,
    Correction,
    Membership,
    OutboxMessage,
    Paragraph,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from tests.cast import Cast, assemble, client_of, join, person, read
from tests.moves import move
from tests.worlds import once

pytestmark = pytest.mark.leaks

HTMX = {"HX-Request": "true"}
LEADERS = ("owner", "moderator")
# Who is in the group, came before anything was written, and has written something.
MEMBERS = ("author", "member", "observer", "other circle", "reporter", "muted")
INSIDE = (*LEADERS, *MEMBERS, "newcomer", "before the reveal")
OUTSIDE = ("suspended", "banned", "former", "outsider", "administrator", "anonymous")
EVERYBODY = (*INSIDE, *OUTSIDE)
IN_CIRCLE = ("author", "member", "reporter", "muted")

STATES = (
    "visible", "approved", "pending", "pending again", "hidden", "removed", "withdrawn", "purged",
)  # fmt: skip
SHAPES = ("root", "root, answered", "reply", "reply, answered")
PUBLISHED = ("visible", "approved")
GONE = ("withdrawn", "purged")


@dataclass(frozen=True)
class Kind:
    """By whom and for whom a world's group is read: each holds everything once."""

    name: str
    pseudonyms: bool = False
    public: bool = False

    def __str__(self) -> str:
        return self.name


KINDS = (
    Kind("names"),
    Kind("pseudonyms, public", pseudonyms=True, public=True),
    Kind("names, public", public=True),
    Kind("pseudonyms", pseudonyms=True),
)


@dataclass(frozen=True)
class Fact:
    """Something written that has a mark, as far as the rules ask about it."""

    name: str
    mark: str
    note: Annotation | None  # None of what no surface names by an id
    state: str = "visible"
    by: str = "author"  # an actor, or somebody who wrote nothing else
    audience: str = "group"
    answered: bool = False  # whether a visible reply stands under it
    root: str = ""  # of a reply: the state of its root
    extra: frozenset[str] | None = None  # of what is no note: who may read it, anywhere

    @property
    def id(self) -> str:
        """The beginning of its uuid, which is also its short id within a page."""
        return str(self.note.uuid)[:8] if self.note else "no note"


def within_reach(kind: Kind, actor: str, fact: Fact) -> bool:
    """Whether somebody who doesn't lead may look where this is written."""
    if fact.audience == "circle":
        inside = actor in IN_CIRCLE
    else:
        in_private = actor in MEMBERS
        inside = fact.audience == "group" and (kind.public or in_private)
    # A thread whose head waits since it was written waits as a whole.
    return inside and (fact.root != "pending" or actor == "author")


def reads(kind: Kind, actor: str, fact: Fact) -> bool:
    """Whether its words are there for this person."""
    if fact.extra is not None:
        return actor in fact.extra
    if fact.state in GONE or fact.audience == "elsewhere":
        return False
    if actor == fact.by:
        return True
    if fact.audience == "private":
        return False
    if actor in LEADERS:
        return True
    return fact.state in PUBLISHED and within_reach(kind, actor, fact)


def knows(kind: Kind, actor: str, fact: Fact) -> bool:
    """Whether this person may know that something stood there: by a stone, where a visible reply
    remains, and never of what nobody was shown."""
    if reads(kind, actor, fact):
        return True
    leaves_a_stone = fact.state in {"pending again", "hidden", "removed", *GONE}
    in_reach = actor in LEADERS or within_reach(kind, actor, fact)
    return fact.answered and leaves_a_stone and in_reach


@dataclass
class World:
    kind: Kind
    cast: Cast
    people: dict[str, User]
    clients: dict[str, Client]
    facts: dict[str, Fact]
    names: dict[str, str]  # of somebody who wrote one fact: what they are called
    elsewhere: Reading
    entries: dict[str, LogEntry] = field(default_factory=dict)
    asked: Reconsideration | None = None

    @property
    def reading(self) -> Reading:
        return self.cast.reading

    @property
    def notes(self) -> dict[str, Fact]:
        return {name: fact for name, fact in self.facts.items() if fact.note is not None}

    def paragraph(self, name: str) -> Paragraph:
        """On which a state has its notes; the last one is for the rest."""
        at = [*STATES, "edit", "rest"].index(name)
        return self.paragraphs[at]

    @property
    def paragraphs(self) -> list[Paragraph]:
        found = self.reading.article.paragraphs.filter(kind="paragraph")
        return list(found.order_by("position"))

    def member(self, name: str) -> Membership:
        return Membership.objects.get(group=self.cast.group, user=self.people[name])


ARTICLE = ParsedArticle(
    title="Of margins",
    creators=("Ada Quill",),
    blocks=tuple(
        Block(BlockKind.PARAGRAPH, f"A margin is where reader number {at} answers.")
        for at in range(len(STATES) + 2)
    ),
)


@pytest.fixture(scope="module", params=KINDS, ids=str)
def shared_world(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "CATENA_SENDS_MAIL", True)
        yield from once(django_db_blocker, lambda: Builder(request.param).build())


@pytest.fixture
def world(shared_world: World, db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A minute later: what could be taken back is told."""
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=1))
    return shared_world


# The first two kinds hold everything once; the others in the long run.
def most(kind: str) -> Any:
    return kind


class Builder:
    """By the ways that people have."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.numbers = count(1)
        self.facts: dict[str, Fact] = {}
        self.names: dict[str, str] = {}
        self.entries: dict[str, LogEntry] = {}

    def build(self) -> World:
        cast = assemble()
        self.reading = read(cast.group, cast.owner, ARTICLE)
        self.cast = replace(cast, reading=self.reading)
        self.people = self._people()
        self.elsewhere: Reading = Reading.objects.create(
            group=cast.elsewhere.group, article=self.reading.article
        )
        self._set_up()
        for name in (*MEMBERS, *LEADERS, "suspended", "banned"):
            if name != "observer":
                self.write(name, "rest", f"own of {name}")
        for state in STATES:
            for shape in SHAPES:
                self.plant(state, shape)
        self.plant_edits()
        self.plant_others()
        world = World(
            kind=self.kind,
            cast=self.cast,
            people=self.people,
            clients={name: client_of(user) for name, user in self.people.items()}
            | {"anonymous": client_of(None)},
            facts=self.facts,
            names=self.names,
            elsewhere=self.elsewhere,
            entries=self.entries,
        )
        self._settle(world)
        return world

    def _people(self) -> dict[str, User]:
        cast, group = self.cast, self.cast.group
        people = {
            "owner": cast.owner,
            "moderator": cast.moderator,
            "author": cast.other,
            "member": cast.member,
            "observer": cast.observer,
            "outsider": cast.outsider,
            "administrator": person("Ada"),
        }
        others = {
            "other circle": "Oda", "reporter": "Rita", "muted": "Max", "suspended": "Susi",
            "banned": "Bert", "former": "Fritz", "before the reveal": "Bela",
        }  # fmt: skip
        people |= {name: join(group, called) for name, called in others.items()}
        later = timezone.now() + timedelta(hours=1)
        people["newcomer"] = join(group, "Nova", reads_from=later)
        User.objects.filter(pk=people["administrator"].pk).update(is_superuser=True)
        people["administrator"].refresh_from_db()
        return people

    def _set_up(self) -> None:
        reading, group = self.reading, self.cast.group
        if self.kind.public:
            self._of_group(readable_by="public")
        else:
            reading.reveal = "after_own"
        reading.bylines = "pseudonyms" if self.kind.pseudonyms else "names"
        reading.has_circles = True
        reading.save(update_fields=["reveal", "bylines", "has_circles"])
        red, blue = (Circle.objects.create(reading=reading, name=name) for name in ("red", "blue"))
        red.members.set([self.people[name] for name in (*IN_CIRCLE, "suspended", "banned")])
        blue.members.set([self.people["other circle"]])
        self.red = red
        assert group.pk == reading.group_id

    def _of_group(self, **columns: Any) -> None:
        StudyGroup.objects.filter(pk=self.cast.group.pk).update(**columns)
        self.reading.group.refresh_from_db()
        self.cast.group.refresh_from_db()

    def mark(self) -> str:
        return f"qua{next(self.numbers):03}x"

    def stranger(self) -> str:
        """Somebody who writes one note here and nothing else."""
        at = len(self.names) + 1
        name, alias = f"Wren{at:02}", f"Heron{at:02}"
        user = join(self.cast.group, name)
        self.people[name] = user
        self.names[name] = alias
        if self.kind.pseudonyms:
            Pseudonym.objects.create(reading=self.reading, user=user, name=alias)
        return name

    def write(
        self, by: str, on: str, name: str, *, held: bool = False, to: Annotation | None = None,
        **given: Any,
    ) -> Fact:  # fmt: skip
        mark = self.mark()
        body = f"{mark} is said."
        user = self.people[by]
        if held:
            self._of_group(premoderates=True)
        if to is not None:
            parent = Annotation.objects.select_related("reading__group").get(pk=to.pk)
            note = actions.reply(by=user, parent=parent, body=body, client_id=uuid4())
        else:
            at = [*STATES, "edit", "rest"].index(on)
            paragraphs = self.reading.article.paragraphs.filter(kind="paragraph")
            where = paragraphs.order_by("position")[at]
            note = actions.annotate(
                by=user, reading=given.pop("reading", self.reading), where=Range([where], 0, 8),
                motivation=given.pop("motivation", "commenting"),
                audience=given.pop("audience", "group"), body=body, tags=[f"tag{mark}"],
                client_id=uuid4(), **given,
            )  # fmt: skip
        if held:
            self._of_group(premoderates=False)
        audience = "elsewhere" if note.reading_id == self.elsewhere.pk else note.audience
        fact = Fact(name, mark, note, by=by, audience=audience)
        self.facts[name] = fact
        return fact

    def plant(self, state: str, shape: str) -> None:
        """A note, brought into its state, with an answer by somebody else where it has one."""
        name, answered = f"{state} {shape}", shape.endswith("answered")
        by = self.stranger() if answered and state != "pending" else "author"
        held = state == "pending"
        to = None
        if shape.startswith("reply"):
            host = self.facts.get(f"{state} host") or self.write("member", state, f"{state} host")
            to = host.note
        fact = self.write(by, state, name, held=held, to=to)
        note = fact.note
        assert note is not None
        if answered:
            if state == "pending":  # let in for a moment in which somebody answers
                entry = self.decide(note, "approve")
            self.write("member", state, f"{name}: the answer", to=note)
            if state == "pending":
                undo(by=self.people["moderator"], entry=entry)
        self.bring(note, state, by)
        self.facts[name] = replace(fact, state=state, answered=answered)
        answer = self.facts.get(f"{name}: the answer")
        if answer is not None and shape.startswith("root"):
            self.facts[answer.name] = replace(answer, root=state)

    def bring(self, note: Annotation, state: str, by: str) -> None:
        if state == "approved":
            self.decide(note, "approve")
        elif state == "hidden":
            self.report(note, "reporter")
            self.decide(note, "hide")
        elif state in {"removed", "pending again"}:
            self.entries[f"{state} {note.pk}"] = self.decide(note, "remove")
        elif state == "withdrawn":
            actions.withdraw(by=self.people[by], annotation=note)
        elif state == "purged":
            purge(by=self.people["administrator"], annotation=note, reason="legal", typed="erase")
        if state == "pending again":
            now = Annotation.objects.get(pk=note.pk)
            actions.resubmit(
                by=self.people[by], annotation=now, seen=now.version, body=f"{now.body} Again.",
                tags=now.tags,
            )  # fmt: skip

    def decide(self, note: Annotation, verb: str) -> LogEntry:
        version = Annotation.objects.values_list("version", flat=True).get(pk=note.pk)
        done = decide(
            by=self.people["moderator"], annotation=note, verb=Verb(verb), seen=version,
            reason="unkind" if verb == "remove" else "",
        )  # fmt: skip
        assert done.entry is not None
        return done.entry

    def report(self, note: Annotation, by: str, sentence: str = "") -> None:
        report(
            by=self.people[by], annotation=note, revision=note.revision, reason="unkind",
            sentence=sentence,
        )  # fmt: skip

    def plant_edits(self) -> None:
        """Of a published note, other words that wait."""
        for shape in ("root", "reply"):
            name = f"edit {shape}"
            to = None
            if shape == "reply":
                to = self.write("member", "edit", "edit host").note
            fact = self.write("author", "edit", name, to=to)
            mark = self.mark()
            self._of_group(premoderates=True)
            assert fact.note is not None
            actions.edit(by=self.people["author"], annotation=fact.note, body=f"{mark} instead.")
            self._of_group(premoderates=False)
            waits = frozenset({*LEADERS, "author"})
            self.facts[f"{name}: the words"] = Fact(f"{name}: the words", mark, None, extra=waits)

    def plant_others(self) -> None:
        """For fewer people, from elsewhere, and what is said around notes."""
        self.write("author", "rest", "private", audience="private")
        self.write("moderator", "rest", "leaders", audience="leaders")
        self.write("member", "rest", "circle", audience="circle", circle=self.red)
        self.write("outsider", "rest", "elsewhere", reading=self.elsewhere)
        self.write("author", "rest", "question", motivation="questioning")
        reported = self.write("author", "rest", "reported")
        assert reported.note is not None
        self.extra("report", LEADERS, lambda said: self.report(reported.note, "reporter", said))
        held = self.write("author", "rest", "held by a word", held=True)
        self.facts["held by a word"] = replace(held, state="pending")
        self.extra("why removed", (*LEADERS, "author"), self._remove_with)
        self.extra("please reconsider", (*LEADERS, "author"), self._ask)
        self.extra("leaders’ note", LEADERS, self._note_on_author)
        self.extra("word rule", LEADERS, self._rule)
        self.extra("why muted", (*LEADERS, "muted"), self._mute)

    def extra(self, name: str, who: tuple[str, ...], act: Callable[[str], Any]) -> None:
        mark = self.mark()
        act(f"{mark} is why.")
        # The owner and the moderator are told as who they are; nobody else learns of it.
        self.facts[name] = Fact(name, mark, None, extra=frozenset(who))

    def _remove_with(self, said: str) -> None:
        note = self.write("author", "rest", "removed with a sentence").note
        assert note is not None
        done = decide(
            by=self.people["moderator"], annotation=note, verb=Verb.REMOVE, seen=1,
            reason="unkind", sentence=said,
        )  # fmt: skip
        assert done.entry is not None
        self.entries["removed with a sentence"] = done.entry
        fact = self.facts["removed with a sentence"]
        self.facts[fact.name] = replace(fact, state="removed")

    def _ask(self, said: str) -> None:
        entry = LogEntry.objects.get(pk=self.entries["removed with a sentence"].pk)
        reconsidering.ask(by=self.people["author"], decision=entry, words=said)

    def _note_on_author(self, said: str) -> None:
        theirs = Membership.objects.get(group=self.cast.group, user=self.people["author"])
        note_on_member(by=self.people["owner"], membership=theirs, words=said)

    def _rule(self, said: str) -> None:
        WordRule.objects.create(
            group=self.cast.group, words=said.split()[0], effect="hold",
            created_by=self.people["owner"],
        )  # fmt: skip

    def _mute(self, said: str) -> None:
        theirs = Membership.objects.get(group=self.cast.group, user=self.people["muted"])
        set_standing(
            by=self.people["owner"], membership=theirs, standing="muted", reason="unkind",
            sentence=said,
        )  # fmt: skip

    def _settle(self, world: World) -> None:
        """What became of people since, and what a correction of the text left."""
        of = Membership.objects.filter(group=self.cast.group)
        of.filter(user=self.people["suspended"]).update(standing="suspended")
        of.filter(user=self.people["banned"]).update(standing="banned")
        of.filter(user=self.people["former"]).update(left_at=timezone.now())
        world.asked = Reconsideration.objects.get()
        for name in ("pending root", "hidden root", "reported"):
            lost = self.facts[name].note
            assert lost is not None
            move(lost)
        article = self.reading.article
        for by in LEADERS:
            user = self.people[by]
            if not Correction.objects.filter(created_by=user).exists():
                draft = draft_of(article, None)
                without = draft.without(world.paragraphs[0].key)
                keep_draft(by=user, article=article, seen=draft.state, draft=without)
