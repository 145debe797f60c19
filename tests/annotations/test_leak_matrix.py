"""What everybody learns of notes, in whatever state, on every surface there is.

One world holds a note of each state and shape: a root or a reply, with or without a visible reply
under it. Each has a word that stands nowhere else. What may be found where is said once more in
`reads` and `knows`, from the table "Who sees what" of the agreement. An address that isn't in
`SURFACES` has a reason in `NO_NOTES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, product
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range, guests
from annotations.enums import Verb
from annotations.models import (
    Annotation,
    Layer,
    LogEntry,
    Reconsideration,
    WordRule,
)
from annotations.moderation import decide, reconsidering, undo
from annotations.moderation.purging import purge
from annotations.moderation.reporting import report
from annotations.moderation.standings import note_on_member, set_standing
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


NAMES, PUBLIC = Kind("names"), Kind("pseudonyms, public", pseudonyms=True, public=True)
CROSSED = (Kind("names, public", public=True), Kind("pseudonyms", pseudonyms=True))
# Whose seats differ most where the rules of a world do.
FEW = ("author", "member", "moderator", "anonymous")


# Who is like one of them in most, and is asked in the long run.
LIKE_THEM = ("owner", "other circle", "muted", "banned", "former")
OTHERS = [
    pytest.param(actor, marks=pytest.mark.exhaustive if actor in LIKE_THEM else ())
    for actor in EVERYBODY
    if actor not in FEW
]


def in_worlds(*now: Kind, rarely: tuple[Kind, ...] = ()) -> pytest.MarkDecorator:
    """In the same order wherever several are named, so that each is built once."""
    later = [pytest.param(kind, marks=pytest.mark.exhaustive) for kind in rarely]
    return pytest.mark.parametrize("shared_world", [*now, *later], ids=str, indirect=True)


IN_BOTH, IN_ONE = in_worlds(NAMES, PUBLIC), in_worlds(NAMES)


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
    in_case: bool = False  # deleted, while somebody has to decide about it
    root: str = ""  # of a reply: the state of its root
    extra: frozenset[str] | None = None  # of what is no note: who may read it, anywhere

    @property
    def id(self) -> str:
        """The beginning of its uuid, which is also its short id within a page."""
        return str(self.note.uuid)[:8] if self.note else "\0"  # which no page holds


def within_reach(kind: Kind, actor: str, fact: Fact) -> bool:
    """Whether somebody who doesn't lead may look where this is written."""
    if fact.audience == "circle":
        inside = actor in IN_CIRCLE
    else:
        in_private = actor in MEMBERS
        inside = fact.audience == "group" and (kind.public or in_private)
    # A thread whose head waits since it was written waits as a whole.
    return inside and fact.root != "pending"


def reads(kind: Kind, actor: str, fact: Fact) -> bool:
    """Whether its words are there for this person."""
    if fact.extra is not None:
        return actor in fact.extra
    if fact.state in GONE:
        return False
    if actor == fact.by:
        return True
    if fact.audience in {"private", "elsewhere"}:
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
    # What a member is shown before anything happens; each test finds the world as it was.
    at_first: dict[str, str] = field(default_factory=dict)

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


@pytest.fixture(scope="module")
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
        for name in (*MEMBERS, *LEADERS, "suspended", "banned", "former"):
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
        by = self.stranger() if answered else "author"
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
            answers = self.stranger() if state == "pending" else "member"
            self.write(answers, state, f"{name}: the answer", to=note)
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
        note = reported.note
        assert note is not None
        self.extra(
            "report", (*LEADERS, "reporter"), lambda said: self.report(note, "reporter", said)
        )
        gone = self.write("author", "rest", "deleted in a case")
        assert gone.note is not None
        self.report(gone.note, "reporter")
        actions.withdraw(by=self.people["author"], annotation=gone.note)
        self.facts[gone.name] = replace(gone, state="withdrawn", in_case=True)
        self._guest()
        held = self.write("author", "rest", "held by a word", held=True)
        self.facts["held by a word"] = replace(held, state="pending")
        self.extra("why removed", (*LEADERS, "author"), self._remove_with)
        self.extra("please reconsider", (*LEADERS, "author"), self._ask)
        self.extra("leaders’ note", LEADERS, self._note_on_author)
        self.extra("word rule", LEADERS, self._rule)
        self.extra("why muted", (*LEADERS, "muted"), self._mute)

    def _guest(self) -> None:
        """Somebody who wrote elsewhere what was brought in, and which may be the member's."""
        group, names = self.cast.group, ("a guest’s", "a guest’s, hidden")
        ana = guests.guest(group=group, name="Mira", uuid=uuid4())
        for name in names:
            fact = self.write("author", "rest", name)
            assert fact.note is not None
            Annotation.objects.filter(pk=fact.note.pk).update(creator=ana.user)
            state = "hidden" if name.endswith("hidden") else "visible"
            self.bring(fact.note, state, "author")
            self.facts[name] = replace(fact, by="guest", state=state)
        guests.offer(by=self.people["owner"], guest_membership=ana, to=self.people["member"])

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


@dataclass(frozen=True)
class Surface:
    """One address, as far as notes can show there."""

    addresses: Callable[[World], list[str]]
    exact: bool = False  # whether it shows every word that its reader may read in the reading
    names: str = "of notes"  # whose: of notes that are read there, "everybody’s", or "nobody’s"
    fragment: bool = False  # asked by htmx
    log: bool = False  # for leaders: names notes that were decided about
    queue: bool = False  # for leaders: holds what was deleted, while somebody has to decide


def of_reading(name: str, query: str = "") -> Callable[[World], list[str]]:
    def addresses(world: World) -> list[str]:
        where = [world.cast.group.slug, world.reading.article.slug]
        return [reverse(name, args=where) + query]

    return addresses


def of_group(name: str, *queries: str) -> Callable[[World], list[str]]:
    def addresses(world: World) -> list[str]:
        path = reverse(name, args=[world.cast.group.slug])
        return [path + query for query in queries or ("",)]

    return addresses


def of_site(name: str, query: str = "") -> Callable[[World], list[str]]:
    return lambda world: [reverse(name) + query]


def of_members(name: str) -> Callable[[World], list[str]]:
    """About the author, about somebody else, and about whoever of these asks."""

    def addresses(world: World) -> list[str]:
        members = [world.member(who).pk for who in ("author", "muted")]
        return [reverse(name, args=[world.cast.group.slug, pk]) for pk in members]

    return addresses


def whole(world: World) -> list[str]:
    """Folded, opened, and opened at a note that waits."""
    page = world.reading.get_absolute_url()
    held = world.facts["pending root"].note
    assert held is not None
    return [page, f"{page}?open=all", f"{page}?note={held.uuid}"]


def paragraph_by_paragraph(world: World) -> list[str]:
    where = [world.cast.group.slug, world.reading.article.slug]
    return [
        reverse("paragraph_notes", args=[*where, paragraph.key]) for paragraph in world.paragraphs
    ]


def forms_to_write(world: World) -> list[str]:
    path = of_reading("annotate")(world)[0]
    keys = [world.paragraph(name).key for name in ("pending", "rest")]
    return [f"{path}?start_key={key}" for key in keys]


def decisions(world: World) -> list[str]:
    return [reverse("decision", args=[entry.pk]) for entry in world.entries.values()]


def private_ones(world: World) -> list[str]:
    mine = world.facts["private"].note
    assert mine is not None
    path = of_reading("private_notes")(world)[0]
    return [path, f"{path}?note={mine.uuid}"]


def asked_again(world: World) -> list[str]:
    assert world.asked is not None
    return [reverse("reconsideration_answer", args=[world.asked.pk])]


def passages(world: World) -> list[str]:
    """A paragraph, and the whole text."""
    path, keys = of_reading("passage_cite")(world)[0], [each.key for each in world.paragraphs]
    return [f"{path}?from={keys[0]}", f"{path}?from={keys[0]}:2&to={keys[-1]}:8&as=text"]


TABS = ("?tab=held", "?tab=reported", "?tab=decided", "?tab=reconsider")
SURFACES = {
    "reading": Surface(whole, exact=True),
    "paragraph_notes": Surface(paragraph_by_paragraph, exact=True, fragment=True),
    # And the same text, as another group reads it.
    "home": Surface(lambda world: [reverse("home"), world.elsewhere.get_absolute_url()]),
    "my_groups": Surface(lambda world: [f"{reverse('my_groups')}?in={world.cast.group.slug}"]),
    "group": Surface(of_group("group")),
    "paragraph": Surface(
        lambda world: [reverse("paragraph", args=[each.key]) for each in world.paragraphs[:1]]
    ),
    "annotate": Surface(forms_to_write),
    "private_notes": Surface(private_ones),
    "correction_preview": Surface(of_reading("correction_preview")),
    "need_a_look": Surface(of_reading("need_a_look")),
    "meeting": Surface(of_reading("meeting")),
    # How it begins; tests/annotations/test_export_leaks.py has the files, a column a format.
    "reading_export": Surface(of_reading("reading_export", "?format=html&leaders=on&private=on")),
    "group_export": Surface(of_group("group_export", "?format=csv&leaders=on&private=on")),
    "my_export": Surface(of_site("my_export", "?format=md")),
    "own_copy": Surface(of_reading("own_copy")),
    "taking_part": Surface(of_reading("taking_part"), names="everybody’s"),
    "taking_part_csv": Surface(of_reading("taking_part_csv"), names="everybody’s"),
    "people": Surface(of_group("people"), names="everybody’s"),
    "member": Surface(of_members("member"), names="everybody’s"),
    "member_standing": Surface(of_members("member_standing")),
    "member_notes": Surface(of_members("member_notes")),
    "circles": Surface(of_reading("circles"), names="everybody’s"),
    "messages": Surface(of_site("messages"), names="nobody’s", log=True),
    "group_log": Surface(of_group("group_log"), names="everybody’s", log=True),
    "moderation": Surface(of_group("moderation", *TABS), names="everybody’s", log=True, queue=True),
    "decision": Surface(decisions, names="nobody’s", log=True),
    "reconsideration_answer": Surface(asked_again, log=True),
    "mutes": Surface(of_group("mutes")),
    "guests": Surface(of_group("guests"), names="everybody’s"),
    "passage_cite": Surface(passages, names="nobody’s"),
    "acknowledge": Surface(of_group("acknowledge")),
    "group_reasons": Surface(of_group("group_reasons")),
    "word_rules": Surface(of_group("word_rules")),
    "site": Surface(of_site("site"), names="everybody’s", log=True),
    "site_step_in": Surface(of_group("site_step_in")),
    "site_word_rules": Surface(of_site("site_word_rules")),
    "group_copy": Surface(of_group("group_copy")),
    "group_policy": Surface(of_group("group_policy")),
    "correct": Surface(of_reading("correct")),
}
# About one note each.
NOTE_SURFACES = (
    "note", "note_thread", "note_menu", "note_history", "note_reply", "note_edit", "note_delete",
    "note_take_back", "note_report", "note_why", "note_resubmit", "note_decide", "note_lock",
    "note_resolve",
    "note_words", "note_place", "note_purge", "note_ask_purge", "note_cite",
)  # fmt: skip
# Who is answered by which of them though the note can't be read: without its words, but that a
# note in a case has them for those who decide.
ANSWERED = {
    "note_purge": ("administrator",),  # who erases it unread
    "note_take_back": ("author",),  # who has just deleted it
    "note_why": ("author",),  # who is led to what was decided
    "note_decide": LEADERS,
}
ACCOUNT = "about one's own account, or the way in"
TEXT = "of the text, as it was before anybody wrote on it"
SETTINGS = "what leaders set, for everybody or nobody in particular"
FILE = "of a file that this person asked for, or brought"
NO_NOTES = {
    "settings": ACCOUNT, "claim": ACCOUNT, "join_code": ACCOUNT, "join_asked": ACCOUNT,
    "join": ACCOUNT, "sign_in_link": ACCOUNT, "group_new": ACCOUNT,
    "group_leave": ACCOUNT, "group_join": ACCOUNT, "taken_home": ACCOUNT,
    "group_edit": SETTINGS, "group_erase": SETTINGS, 
    "reading_settings": SETTINGS, 
    "invitations": SETTINGS,
    "invitation_codes": SETTINGS, "invitation_mail": SETTINGS, "invitation_batch": SETTINGS,
    "join_requests": SETTINGS, "member_hand_over": SETTINGS, "member_remove": SETTINGS,
    "import_new": TEXT, "import_draft": TEXT, "correct_about": TEXT, 
    "correct_import": TEXT, "correct_insert": TEXT, "correct_block": TEXT, "texts": TEXT,
    "text_as_it_was": TEXT, 
    "export": FILE, "export_file": FILE, "group_import_new": FILE, "notes_import_new": FILE,
    "notes_import": FILE,
    "livez": "of the machine", "readyz": "of the machine",
}  # fmt: skip


@IN_ONE
def test_every_address_that_shows_something_has_its_column(world: World) -> None:
    """A new address is a surface, or says why notes can't show there."""
    blanks = {
        "group": "g", "article": "a", "key": "k", "slug": "s", "block": "b", "token": "t",
        "pk": 1, "number": 1, "uuid": uuid4(),
    }  # fmt: skip
    known = {*SURFACES, *NOTE_SURFACES, *NO_NOTES}
    found = set()
    for name, needed in addresses_of(get_resolver().url_patterns):
        if name.startswith("account_"):
            continue
        for value in (1, uuid4()):  # a number, or what a draft and a batch have
            kwargs = {blank: blanks[blank] if blank != "pk" else value for blank in needed}
            with suppress(NoReverseMatch):
                answer = world.clients["owner"].get(reverse(name, kwargs=kwargs))
                if answer.status_code != 405:
                    found.add(name)
    assert sorted(found - known) == []
    assert sorted(known - found) == []
    assert not {*SURFACES, *NOTE_SURFACES} & NO_NOTES.keys()


def addresses_of(entries: list[URLPattern | URLResolver]) -> Iterator[tuple[str, list[str]]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from addresses_of(entry.url_patterns)
        else:
            yield entry.name or "", list(entry.pattern.converters)


def told(answer: Any) -> str:
    """All that an answer says, without the address that was asked for, and without the bar above
    it, which names its reader."""
    where = answer.headers.get("Location", "")
    events = "".join(value for name, value in answer.headers.items() if name.startswith("HX-"))
    text = re.sub(r'<header class="bar">.*?</header>', "", answer.text, flags=re.DOTALL)
    return re.sub(r'next=[^"\s]+', "", f"{where}\n{events}\n{text}")


def sentence_of(said: str, at: str) -> str:
    """What stands around a find, for the message of a test that fails."""
    where = said.find(at)
    return " ".join(said[max(0, where - 80) : where + 80].split())


def check(
    world: World, actor: str, said: str, surface: Surface, where: str, *, address: str = ""
) -> None:
    """Nothing that isn't this person's."""
    kind, leads = world.kind, actor in LEADERS
    own = re.findall(r"[0-9a-f]{8}-", address)  # what was asked for isn't told
    for fact in world.facts.values():
        if fact.mark in said and not reads(kind, actor, fact):
            deciding = leads and surface.queue and fact.in_case
            assert deciding, (where, fact.name, sentence_of(said, fact.mark))
        if fact.id in said and f"{fact.id}-" not in own and not knows(kind, actor, fact):
            listed = surface.log and (leads or actor in {fact.by, "administrator"})
            assert listed, (where, fact.name, sentence_of(said, fact.id))
    wrong = names_in(world, said) - names_for(world, actor, surface)
    assert not wrong, (where, wrong, [sentence_of(said, name) for name in wrong])


def names_in(world: World, said: str) -> set[str]:
    called = {*world.names, *world.names.values()}
    return {name for name in called if name in said}


def names_for(world: World, actor: str, surface: Surface) -> set[str]:
    if surface.names == "everybody’s":
        # A list of people is by their names alone, and pseudonyms are with notes.
        return {*world.names, *(world.names.values() if actor in LEADERS else ())}
    if surface.names == "nobody’s" and actor not in LEADERS:
        return set()
    return names_of(world, actor)


def names_of(world: World, actor: str) -> set[str]:
    """What the authors of notes that are read are called to this person."""
    authors = {
        fact.by
        for fact in world.notes.values()
        if fact.by in world.names and reads(world.kind, actor, fact)
    }
    if not world.kind.pseudonyms:
        return authors
    aliases = {world.names[name] for name in authors}
    return authors | aliases if actor in LEADERS else aliases


def asked_of(world: World, actor: str, address: str, *, fragment: bool = False) -> Any:
    return world.clients[actor].get(address, headers=HTMX if fragment else {})


def may_enter(world: World, actor: str) -> bool:
    return actor in INSIDE or world.kind.public


def exactly(world: World, actor: str, name: str, said: str) -> None:
    """Whatever this person may read and know of in the reading is there too."""
    kind, inside = world.kind, may_enter(world, actor)
    here = {
        key: fact for key, fact in world.notes.items() if inside and fact.audience != "elsewhere"
    }
    assert world.facts["elsewhere"].mark not in said
    words = {key for key, fact in here.items() if fact.mark in said}
    known = {key for key, fact in here.items() if fact.id in said}
    assert words == {key for key, fact in here.items() if reads(kind, actor, fact)}, name
    assert known == {key for key, fact in here.items() if knows(kind, actor, fact)}, name
    assert names_in(world, said) == (names_of(world, actor) if inside else set()), name


def counted(page: str, reading: Reading) -> int:
    """How many notes a list of readings says there are in one."""
    blocks = re.findall(
        r'<article class="reading[^"]*"><h3[^>]*><a href="(.*?</article>)', page, re.DOTALL
    )
    for block in blocks:
        if block.startswith(f'{reading.get_absolute_url()}"'):
            found = re.search(r"(\d+) notes?\b", block)
            return int(found[1]) if found else 0
    return -1


def some_of(world: World, actor: str, name: str) -> list[Fact]:
    """Of which notes this person asks at this address: in turn, so that of each state and shape
    somebody asks everywhere."""
    facts = sorted(world.notes.values(), key=lambda fact: fact.name)
    at = EVERYBODY.index(actor) + len(EVERYBODY) * NOTE_SURFACES.index(name)
    return [facts[(5 * at + step * 37) % len(facts)] for step in range(2)]


@pytest.mark.exhaustive
@IN_ONE
@pytest.mark.parametrize("actor", ["author", "member"])
def test_every_address_of_a_note_in_every_state(world: World, actor: str) -> None:
    planted = [f"{state} {shape}" for state in STATES for shape in SHAPES]
    for at, name in enumerate(NOTE_SURFACES):
        for fact in (world.facts[each] for each in (*planted, "private", "deleted in a case")):
            at_address(world, actor, name, fact, fragment=bool(at % 2))


def at_address(world: World, actor: str, name: str, fact: Fact, *, fragment: bool) -> None:
    surface = Surface(whole, queue=name == "note_decide", log=name == "note_why")
    assert fact.note is not None
    address, where = reverse(name, args=[fact.note.uuid]), (name, fact.name)
    answer = asked_of(world, actor, address, fragment=fragment)
    said = told(answer)
    check(world, actor, said, surface, f"{name} of {fact.name}", address=address)
    if reads(world.kind, actor, fact) or actor in ANSWERED.get(name, ()):
        return
    assert fact.id not in said.replace(address, ""), where
    assert not names_in(world, said), where
    asked = answer.headers.get("Location", "").startswith(reverse("account_login"))
    signs_in = actor == "anonymous" and (asked or answer.status_code == 401)
    no_site = name == "note_purge" and answer.status_code == 403
    assert answer.status_code == 404 or signs_in or no_site, (*where, answer.status_code)


class OfASeat:
    """What one person is asked for, in one world."""

    def test_a_surface_shows_what_its_reader_may_read(self, world: World, actor: str) -> None:
        for name, surface in SURFACES.items():
            texts = []
            for address in surface.addresses(world):
                said = told(asked_of(world, actor, address, fragment=surface.fragment))
                people = re.sub(r'<ul class="people">.*?</ul>', "", said, flags=re.DOTALL)
                check(world, actor, people, surface, address, address=address)
                texts.append(said)
            if surface.exact:
                exactly(world, actor, name, "\n".join(texts))

    def test_a_count_counts_what_its_reader_can_read(self, world: World, actor: str) -> None:
        """Beside each paragraph, and in the lists of readings."""
        if not may_enter(world, actor):
            return
        here = [fact for fact in world.notes.values() if fact.audience != "elsewhere"]
        mine = [fact for fact in here if reads(world.kind, actor, fact)]
        page = asked_of(world, actor, world.reading.get_absolute_url()).text
        counts = re.findall(r'id="count-[^"]+"[^>]*>(\d+) notes?<', page)
        assert sum(map(int, counts)) == len(mine)
        standing = [f for f in mine if f.state in PUBLISHED and f.audience != "private"]
        for address in (world.cast.group.get_absolute_url(), *(["/"] if actor in INSIDE else [])):
            listed = counted(asked_of(world, actor, address).text, world.reading)
            assert listed == len(standing), address

    def test_the_addresses_of_a_note(self, world: World, actor: str) -> None:
        """Where it isn't there for somebody, it is as if it weren't there at all."""
        for name in NOTE_SURFACES:
            for fact in some_of(world, actor, name):
                at_address(world, actor, name, fact, fragment=True)

    def test_what_comes_back_from_a_write(self, world: World, actor: str) -> None:
        """It shows what stands around, to somebody who may not even have looked there, and counts
        one more."""
        host, paragraph = world.facts["hidden host"].note, world.paragraph("hidden")
        assert host is not None
        whole_paragraph = {"start_key": paragraph.key, "sentence": "whole"}
        note = {"motivation": "commenting", "audience": "group", **whole_paragraph}
        sent: dict[str, dict[str, str]] = {
            of_reading("annotate")(world)[0]: note,
            reverse("note_reply", args=[host.uuid]): {},
            reverse("note_report", args=[host.uuid]): {"reason": "unkind", "revision": "1"},
            reverse("note_mute", args=[host.uuid]): {"what": "thread"},
        }
        for (address, data), headers in product(sent.items(), ({}, HTMX)):
            body = {"body": "So it goes.", "client_id": str(uuid4())}
            with transaction.atomic():
                answer = world.clients[actor].post(address, data | body, headers=headers)
                transaction.set_rollback(True)
            check(world, actor, told(answer), Surface(whole), address, address=address)
            found = re.search(rf'id="count-{paragraph.key}"[^>]*>(\d+) notes?<', answer.text)
            if found and headers:
                written = "report" not in address
                assert int(found[1]) == read_on_hidden(world, actor) + written, address


def read_on_hidden(world: World, actor: str) -> int:
    """How many notes on the paragraph of what is hidden this person reads, once they wrote one."""
    seat = "observer" if actor == "before the reveal" else actor
    here = [fact for name, fact in world.notes.items() if name.startswith("hidden ")]
    return sum(reads(world.kind, seat, fact) for fact in here)


@in_worlds(NAMES, PUBLIC, rarely=CROSSED)
@pytest.mark.parametrize("actor", FEW)
class TestWhereSeatsDifferMost(OfASeat):
    pass


# Their pages come from the same queries as those of the few, which both databases are asked; what
# is there for each of them, the rules' own tests ask on both.
@pytest.mark.once
@in_worlds(NAMES, rarely=(PUBLIC,))
@pytest.mark.parametrize("actor", OTHERS)
class TestEverybodyElse(OfASeat):
    pass


@IN_BOTH
def test_mail_says_what_its_reader_may_know(world: World) -> None:
    for actor in world.people.keys() & {*EVERYBODY}:
        mailed_to(world, actor)


def mailed_to(world: World, actor: str) -> None:
    mails = OutboxMessage.objects.filter(to=world.people[actor].email)
    said = "\n".join(f"{mail.subject}\n{mail.body}" for mail in mails)
    surface = Surface(whole, names="nobody’s", log=True)
    check(world, actor, said, surface, "mail")
    told_of = {"author": True, "moderator": True, "owner": True, "reporter": False}
    if actor in told_of:
        assert bool(said) == told_of[actor]
    # Nobody's words leave by mail, but to whoever wrote them and to whom they were written.
    said_in = [fact for fact in world.facts.values() if fact.mark in said]
    assert {fact.name for fact in said_in if fact.by != actor or fact.note is None} <= {
        "why removed", "why muted",
    }  # fmt: skip


@IN_BOTH
def test_everybody_is_told_apart(world: World) -> None:
    """In a table whose rows were all alike, nothing would have been tested."""
    rows = {
        actor: frozenset(
            name for name, fact in world.facts.items() if reads(world.kind, actor, fact)
        )
        for actor in EVERYBODY
    }
    assert len(set(rows.values())) >= 6
    assert {fact.state for fact in world.notes.values()} == set(STATES)
    for state in STATES:
        stored = {
            fact.note.pk for fact in world.notes.values() if fact.state == state and fact.note
        }
        now = set(Annotation.objects.filter(pk__in=stored).values_list("state", flat=True))
        assert now == {"pending" if state == "pending again" else state}


# What happens while people have their pages open, of which those who aren't leaders, and aren't
# its author, notice nothing.
type Event = Callable[["Writer"], Any]
LOOKING = ("member", "observer", "other circle", "muted", "outsider", "anonymous")


class Writer:
    """Things that happen to notes on the paragraph of what is visible."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.author, self.moderator = world.people["author"], world.people["moderator"]

    def held(self, *, on: bool = True) -> None:
        of_group = StudyGroup.objects.filter(pk=self.world.cast.group.pk)
        of_group.update(premoderates=on)
        self.world.reading.group.refresh_from_db()

    def fact(self, name: str) -> Annotation:
        note = self.world.facts[name].note
        assert note is not None
        return Annotation.objects.select_related("reading__group", "root").get(pk=note.pk)

    @contextmanager
    def holding(self) -> Iterator[None]:
        self.held()
        yield
        self.held(on=False)

    def note(self, body: str = "Something new.", **given: Any) -> Annotation:
        by = given.pop("by", self.author)
        given = {"motivation": "commenting", "audience": "group", **given}
        where = Range([self.world.paragraph("visible")], 0, 8)
        return actions.annotate(
            by=by, reading=self.world.reading, where=where, body=body, client_id=uuid4(), **given
        )

    def reply(self, to: str, body: str = "Something new.") -> Annotation:
        parent = self.fact(to)
        return actions.reply(by=self.author, parent=parent, body=body, client_id=uuid4())

    def decide(self, note: Annotation, verb: str, reason: str = "") -> Any:
        return decide(
            by=self.moderator, annotation=note, verb=Verb(verb), seen=note.version, reason=reason
        )

    def held_note(self) -> Annotation:
        with self.holding():
            return self.note()

    def held_reply(self) -> Annotation:
        with self.holding():
            return self.reply("visible host")

    def held_edit(self) -> Annotation:
        with self.holding():
            return actions.edit(by=self.author, annotation=self.fact("visible root"), body="New.")

    def edit_again(self) -> Annotation:
        self.held_edit()
        return self.held_edit()

    def edit_of_held_note(self) -> None:
        actions.edit(by=self.author, annotation=self.held_note(), body="Other words.")

    def a_report(self) -> None:
        note = self.fact("visible root")
        report(
            by=self.world.people["reporter"], annotation=note, revision=note.revision,
            reason="unkind",
        )  # fmt: skip

    def a_flag(self) -> None:
        """A word rule that publishes and shows it to the moderators: the edit itself is seen, so
        what is compared is the case."""
        from annotations.moderation.cases import open_case

        open_case(self.fact("visible root"), self.world.cast.group, rule="word", matched="qu")

    def among_leaders(self) -> None:
        self.note(by=self.moderator, audience="leaders")
        note_on_member(
            by=self.moderator, membership=self.world.member("author"), words="Something new."
        )

    def sent_back(self) -> None:
        self.decide(self.held_note(), "send_back", "unkind")

    def held_and_removed(self) -> None:
        self.decide(self.held_reply(), "remove", "unkind")

    def sent_again(self) -> None:
        """Also where its stone stands in a thread."""
        for name in ("removed root", "removed reply", "removed with a sentence"):
            note = self.fact(name)
            actions.resubmit(by=self.author, annotation=note, seen=note.version, body="New words.")

    def sent_again_under_an_answer(self) -> None:
        for name in ("removed root, answered", "removed reply, answered"):
            note = self.fact(name)
            by = self.world.people[self.world.facts[name].by]
            again = actions.resubmit(by=by, annotation=note, seen=note.version, body="New words.")
            with self.holding():
                actions.edit(by=by, annotation=again, body="Newer words.")

    def removed_once_more(self) -> None:
        for name in ("pending again root, answered", "pending again reply, answered"):
            self.decide(self.fact(name), "remove", "unkind")

    def asked_again(self) -> None:
        entry = next(iter(self.world.entries.values()))
        entry = LogEntry.objects.get(pk=entry.pk)
        assert entry.annotation is not None
        reconsidering.ask(by=entry.annotation.creator, decision=entry, words="Why?")

    def left_as_it_is(self) -> None:
        from annotations.moderation import ignore

        note = self.fact("reported")
        ignore(by=self.moderator, annotation=note, seen=note.version)


UNSEEN = (
    "held_note", "held_reply", "held_edit", "edit_again", "edit_of_held_note", "a_report", "a_flag",
    "among_leaders", "sent_back", "held_and_removed", "sent_again", "sent_again_under_an_answer",
    "removed_once_more", "asked_again", "left_as_it_is",
)  # fmt: skip
# What differs each time: tokens, and the ids that forms give to what is written with them.
TOKEN = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"'
    r'|name="client_id" value="[^"]+"'
)
# Where members look.
WATCHED = {
    name: SURFACES[name].addresses
    for name in (
        "home", "group", "people", "messages", "group_log", "mutes", "annotate", "private_notes",
    )
}  # fmt: skip


def looked_at(world: World, actor: str) -> dict[str, str]:
    """Every byte that this person gets, and the validator of the page."""
    client, found = world.clients[actor], {}
    page = client.get(world.reading.get_absolute_url())
    found["reading"] = page.text
    found["validator"] = page.headers.get("ETag", "")
    found["reading, opened"] = client.get(f"{world.reading.get_absolute_url()}?open=all").text
    paragraphs = paragraph_by_paragraph(world)
    for at in (0, 5, 9):  # what is visible, what was removed, and the rest
        found[f"paragraph {at}"] = client.get(paragraphs[at], headers=HTMX).text
    for name in (
        "visible host",
        "visible root",
        "removed host",
        "removed root, answered: the answer",
    ):
        note = world.facts[name].note
        assert note is not None
        for kind in ("note_thread", "note_menu", "note_history", "note_reply"):
            path = reverse(kind, args=[note.uuid])
            found[f"{kind} of {name}"] = client.get(path, headers=HTMX).text
    for name, addresses in WATCHED.items():
        for address in addresses(world):
            found[f"{name} {address}"] = client.get(address).text
    return {name: TOKEN.sub("", text) for name, text in found.items()}


def layers(world: World) -> list[Any]:
    rows = Layer.objects.filter(reading=world.reading, version__gt=0)
    return sorted(rows.values_list("paragraph", "circle", "version"), key=repr)


def looking(world: World) -> list[str]:
    few = ("member", "outsider", "anonymous")
    return [actor for actor in (few if world.kind.public else LOOKING) if may_enter(world, actor)]


def validated(world: World, actor: str, etag: str) -> int:
    page = world.reading.get_absolute_url()
    return int(world.clients[actor].get(page, headers={"If-None-Match": etag}).status_code)


@pytest.fixture
def before(world: World) -> dict[str, dict[str, str]]:
    for actor in looking(world):
        world.clients[actor].get("/")  # for the token, which is part of a page
        world.clients[actor].get(reverse("account_login"))
    return {actor: looked_at(world, actor) for actor in looking(world)}


@IN_BOTH
def test_nothing_changes_for_who_sees_nothing_of_it(
    world: World, before: dict[str, dict[str, str]]
) -> None:
    """Nothing is dated, no validator says otherwise, and after all of it together nobody's pages
    differ in a byte."""
    dated, writer = layers(world), Writer(world)
    validators = {actor: was["validator"] for actor, was in before.items() if was["validator"]}
    for event in UNSEEN:
        getattr(writer, event)()
        assert layers(world) == dated, event
        for actor, etag in validators.items():
            assert validated(world, actor, etag) == 304, (event, actor)
    unchanged(world, before, "all of it")


@pytest.mark.exhaustive
@IN_ONE
@pytest.mark.parametrize("event", UNSEEN)
def test_nothing_changes_by(world: World, event: str) -> None:
    world.clients["member"].get("/")  # for the token, which is part of a page
    before = world.at_first or looked_at(world, "member")
    world.at_first = before
    getattr(Writer(world), event)()
    unchanged(world, {"member": before}, event)


def unchanged(world: World, before: dict[str, dict[str, str]], event: str) -> None:
    cache.clear()  # what was kept would be as it was
    for actor, was in before.items():
        now = looked_at(world, actor)
        assert [name for name in was if now[name] != was[name]] == [], (event, actor)


@IN_BOTH
class TestWhatIsSeen:
    """The reverse: a table in which nothing ever changed would be no test."""

    SEEN: dict[str, Callable[[Writer], object]] = {
        "let in": lambda writer: writer.decide(writer.fact("pending root"), "approve"),
        "an edit let in": lambda writer: writer.decide(
            Annotation.objects.get(pk=writer.held_edit().pk), "approve"
        ),
        "hidden": lambda writer: writer.decide(writer.fact("visible root"), "hide"),
        "removed": lambda writer: writer.decide(writer.fact("visible root"), "remove", "unkind"),
        "restored": lambda writer: writer.decide(writer.fact("removed root"), "restore"),
        "sent again and let in": lambda writer: writer.decide(
            writer.fact("pending again root"), "approve"
        ),
        "deleted": lambda writer: actions.withdraw(
            by=writer.author, annotation=writer.fact("visible root")
        ),
        "published": lambda writer: writer.note(),
    }

    @pytest.mark.parametrize("event", SEEN)
    def test_it_shows_at_once(self, world: World, event: str) -> None:
        actors = looking(world)[:2]
        page = world.reading.get_absolute_url()
        for actor in actors:
            world.clients[actor].get("/")
        first = {actor: world.clients[actor].get(page) for actor in actors}
        dated = layers(world)
        self.SEEN[event](Writer(world))
        assert layers(world) != dated
        for actor in actors:
            now = world.clients[actor].get(page)
            was = first[actor]
            assert TOKEN.sub("", now.text) != TOKEN.sub("", was.text), actor
            etag = was.headers.get("ETag", "")
            assert etag != now.headers.get("ETag", "") or not etag, actor
            if etag:
                assert validated(world, actor, etag) == 200, actor
