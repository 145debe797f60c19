"""Who sees what, over every combination, against the document's rules written down once more.

Nothing here looks at how the query sets decide. Where the document is silent:

- One's own private notes exist wherever one reads the article, also after leaving a group or
  while suspended: they never belonged to the group. Own notes to a group are out of reach with
  the group.
- Replies to a pending note wait with it, but for its author and the leaders.
- A newcomer who reads "from now on" reads threads begun since; a late reply to an older one
  would stand without what it answers.
- Nobody but leaders sees what was written in a reading that is being planned.
- What leaders ask everybody is there to be answered, so no reveal rule hides it, nor that it was
  asked before a newcomer came; answers to it wait for the rule, and newcomers read those since.
- Observers aren't asked to write before they read.
- A leader's reply to one person is that person's and the leaders', whatever the reveal rule.
- Leaving or losing a role takes back what it gave: a former moderator keeps their own words to
  the leaders, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from annotations.models import Annotation
from reader.models import Circle, Membership, Participation, Reading, StudyGroup, User
from reader.querysets import Viewer
from tests.cast import Cast, assemble, person
from tests.worlds import once

pytestmark = pytest.mark.leaks

NOW = timezone.now()
EARLY, JOINED, LATE = (NOW - timedelta(days=days) for days in (9, 5, 1))
STATES = ("visible", "approved", "pending", "hidden", "removed", "withdrawn", "purged")
AUDIENCES = ("private", "circle", "group", "leaders")


@dataclass(frozen=True)
class Rule:
    """A reading: when others' notes are revealed, whether the group is public, and its status."""

    name: str
    revealed: str  # "yes", "no", "to writers", or "to those who have finished"
    public: bool = False
    planned: bool = False


RULES = (
    Rule("at once", "yes"),
    Rule("after own", "to writers"),
    Rule("after three", "to writers"),
    Rule("after finished", "to those who have finished"),
    Rule("date past", "yes"),
    Rule("date to come", "no"),
    Rule("public", "yes", public=True),
    Rule("public, after own", "to writers", public=True),
    Rule("planned", "yes", planned=True),
)


@dataclass(frozen=True)
class Actor:
    """What the document needs to know of a person."""

    name: str
    role: str = ""  # "" is nobody in the group
    comes_in: bool = True  # has not left, is not suspended
    circle: str = ""
    joined: datetime | None = None  # reads only what is written from then on
    writes: bool = False  # has notes of their own in every reading, more than three
    finished: bool = False  # has said so in every reading


ACTORS = (
    Actor("owner", "owner"),
    Actor("moderator", "moderator", writes=True),
    Actor("member", "member", circle="red"),
    Actor("writer", "member", circle="red", writes=True),
    Actor("other circle", "member", circle="blue", finished=True),
    Actor("no circle", "member"),
    Actor("newcomer", "member", circle="red", joined=JOINED),
    Actor("observer", "observer", finished=True),
    Actor("muted", "member", circle="red", writes=True),
    Actor("suspended", "member", comes_in=False, circle="red", writes=True),
    Actor("suspended once", "member", circle="red"),
    Actor("banned moderator", "moderator", comes_in=False),
    Actor("former", "member", comes_in=False, circle="red", writes=True, finished=True),
    Actor("former moderator", "moderator", comes_in=False, writes=True),
    Actor("demoted moderator", "member", writes=True),
    Actor("outsider"),
    Actor("administrator"),
    Actor("anonymous"),
)
BY_NAME = {actor.name: actor for actor in ACTORS}


@dataclass(frozen=True)
class Fact:
    """A note, as far as the document's rules ask about it."""

    rule: Rule
    audience: str
    state: str
    creator: str
    at: datetime
    circle: str = ""
    root: Fact | None = None
    is_prompt: bool = False
    addressee: str = ""

    def __str__(self) -> str:
        kind = "prompt " if self.is_prompt else ""
        kind += f"to {self.addressee} " if self.addressee else ""
        reply = f" on [{self.root}]" if self.root else ""
        when = "early" if self.at == EARLY else "late"
        return (
            f"{kind}{self.rule.name}: {when} {self.state} {self.audience} by {self.creator}{reply}"
        )


def leads(actor: Actor) -> bool:
    return actor.comes_in and actor.role in ("owner", "moderator")


def is_member(actor: Actor) -> bool:
    return actor.comes_in and actor.role != ""


def is_own(actor: Actor, note: Fact) -> bool:
    """An author looks at their notes as their author while they may come into the group."""
    return note.creator == actor.name and (note.audience == "private" or is_member(actor))


def reaches(actor: Actor, note: Fact) -> bool:
    """Whether the note is for this person at all, were it published."""
    if note.audience == "private":
        return False
    if leads(actor):
        return True
    if note.audience == "leaders" or note.rule.planned:
        return False
    if note.root and note.root.state == "pending" and note.root.creator != actor.name:
        return False
    if note.audience == "person":
        return is_member(actor) and actor.name == note.addressee
    if note.audience == "circle" and not (is_member(actor) and actor.circle == note.circle):
        return False
    if not note.is_prompt and not is_revealed_to(actor, note.rule):
        return False
    answers = note.root is not None and note.root.is_prompt
    begun = note.root.at if note.root and not answers else note.at
    since = actor.joined is None or actor.joined <= begun or note.is_prompt
    as_member = is_member(actor) and since
    return as_member or (note.rule.public and note.audience == "group")


def is_revealed_to(actor: Actor, rule: Rule) -> bool:
    return {
        "yes": True,
        "no": False,
        "to writers": actor.writes or (is_member(actor) and actor.role == "observer"),
        "to those who have finished": actor.finished,
    }[rule.revealed]


def words(actor: Actor, note: Fact) -> bool:
    """The table "Who sees what", the columns author, other members, moderators."""
    if note.state in ("withdrawn", "purged"):
        return False
    if is_own(actor, note):
        return True
    if note.state in ("visible", "approved"):
        return reaches(actor, note)
    return leads(actor) and reaches(actor, note)


def stone(actor: Actor, note: Fact) -> bool:
    """Whether the person may know that a note stood here, should replies to it remain."""
    if note.state in ("visible", "approved", "pending") or words(actor, note):
        return False
    return is_own(actor, note) or reaches(actor, note)


def facts() -> Iterator[Fact]:
    writers = [actor.name for actor in ACTORS if actor.writes]
    for rule, audience, state in product(RULES, AUDIENCES, STATES):
        for circle in ("red", "blue") if audience == "circle" else ("",):
            root = None
            for at in (EARLY, LATE):
                root = Fact(rule, audience, state, "Nils", at, circle)
                yield root
                # Replies that were written late: to an early root, and to one begun since.
                if audience in ("group", "circle"):
                    yield Fact(rule, audience, "visible", "Nora", LATE, circle, root)
            for creator in writers:
                yield Fact(rule, audience, state, creator, LATE, circle)
    # What leaders ask, how it is answered, and what they say to one person alone.
    for rule, state in product(RULES, STATES):
        for at in (EARLY, LATE):
            prompt = Fact(rule, "group", state, "Nils", at, is_prompt=True)
            yield prompt
            yield Fact(rule, "group", "visible", "Nora", LATE, root=prompt)
        root = Fact(rule, "group", "visible", "writer", LATE)
        yield Fact(rule, "person", state, "moderator", LATE, root=root, addressee="writer")
        yield Fact(rule, "person", state, "writer", LATE, root=root, addressee="writer")
        yield Fact(rule, "person", state, "owner", LATE, root=root, addressee="former")
    # What a person wrote themselves and how others answered it while it waits.
    for rule, creator in product(RULES[:2], writers):
        root = Fact(rule, "group", "pending", creator, LATE)
        yield Fact(rule, "group", "visible", "Nora", LATE, "", root)


@dataclass(frozen=True)
class World:
    people: dict[str, Viewer]
    facts: dict[int, Fact]


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from once(django_db_blocker, build)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    return shared_world


def build() -> World:
    cast = assemble()
    named = {"owner": cast.owner, "moderator": cast.moderator, "member": cast.member,
             "observer": cast.observer, "outsider": cast.outsider}  # fmt: skip
    people: dict[str, User] = {
        actor.name: named.get(actor.name) or person(actor.name.replace(" ", "-").title())
        for actor in ACTORS
        if actor.name != "anonymous"
    } | {"Nils": cast.other, "Nora": person("Nora")}
    people["administrator"].is_superuser = people["administrator"].is_staff = True
    people["administrator"].save(update_fields=["is_superuser", "is_staff"])
    readings = {rule: _reading(cast, rule, people) for rule in RULES}
    circles = {
        (rule, name): _circle(readings[rule], name, people)
        for rule, name in product(RULES, ("red", "blue"))
    }
    rows: dict[Fact, Annotation] = {}
    for fact in facts():
        for each in (fact.root, fact):
            if each is not None and each not in rows:
                rows[each] = _note(each, readings, circles, people, rows)
    roots = [row for fact, row in rows.items() if fact.root is None]
    Annotation.objects.bulk_create(roots)
    Annotation.objects.bulk_create(row for fact, row in rows.items() if fact.root is not None)
    return World(
        people={**people, "anonymous": AnonymousUser()},
        facts={row.pk: fact for fact, row in rows.items()},
    )


def _reading(cast: Cast, rule: Rule, people: dict[str, User]) -> Reading:
    group = StudyGroup.objects.create(
        name=rule.name,
        slug=rule.name.replace(" ", "-").replace(",", ""),
        readable_by="public" if rule.public else "members",
    )
    for actor in ACTORS:
        if actor.role:
            Membership.objects.create(
                group=group,
                user=people[actor.name],
                role=actor.role,
                reads_from=actor.joined,
                **_standing(actor),
            )
    reveal, at = {
        "after own": ("after_own", None),
        "after three": ("after_own", None),
        "after finished": ("after_finished", None),
        "public, after own": ("after_own", None),
        "date past": ("at_date", NOW - timedelta(hours=1)),
        "date to come": ("at_date", NOW + timedelta(days=1)),
    }.get(rule.name, ("at_once", None))
    reading = Reading.objects.create(
        group=group,
        article=cast.reading.article,
        reveal=reveal,
        reveal_at=at,
        reveal_after=3 if rule.name == "after three" else 1,
        status="planned" if rule.planned else "open",
    )
    for actor in ACTORS:
        if actor.finished:
            Participation.objects.create(reading=reading, user=people[actor.name], finished_at=LATE)
    return reading


def _standing(actor: Actor) -> dict[str, object]:
    if actor.name.startswith("former"):
        return {"left_at": LATE}
    if actor.name == "suspended once":
        return {"standing": "suspended", "standing_until": LATE}
    kinds = {"suspended": "suspended", "banned moderator": "banned", "muted": "muted"}
    return {"standing": kinds.get(actor.name, "active")}


def _circle(reading: Reading, name: str, people: dict[str, User]) -> Circle:
    circle = Circle.objects.create(reading=reading, name=name)
    circle.members.set(people[actor.name] for actor in ACTORS if actor.circle == name)
    return circle


def _note(
    fact: Fact,
    readings: dict[Rule, Reading],
    circles: dict[tuple[Rule, str], Circle],
    people: dict[str, User],
    rows: dict[Fact, Annotation],
) -> Annotation:
    reading = readings[fact.rule]
    root = rows[fact.root] if fact.root else None
    return Annotation(
        creator=people[fact.creator],
        article=reading.article,
        reading=None if fact.audience == "private" else reading,
        circle=circles.get((fact.rule, fact.circle)),
        audience=fact.audience,
        addressee=people[fact.addressee] if fact.addressee else None,
        motivation="replying" if root else "questioning" if fact.is_prompt else "commenting",
        category="violet" if fact.is_prompt else "",
        body=str(fact),
        state=fact.state,
        was_shown=fact.state != "pending",
        created_at=fact.at,
        client_id=uuid4(),
        parent=root,
        root=root,
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_words(world: World, name: str) -> None:
    seen = {note.pk for note in Annotation.objects.visible_to(world.people[name])}
    expected = {pk for pk, fact in world.facts.items() if words(BY_NAME[name], fact)}
    assert {str(world.facts[pk]) for pk in seen ^ expected} == set()


@pytest.mark.parametrize("name", BY_NAME)
def test_stones(world: World, name: str) -> None:
    seen = {note.pk for note in Annotation.objects.tombstones_for(world.people[name])}
    expected = {pk for pk, fact in world.facts.items() if stone(BY_NAME[name], fact)}
    assert {str(world.facts[pk]) for pk in seen ^ expected} == set()


@pytest.mark.parametrize("name", BY_NAME)
def test_nothing_is_both_words_and_stone(world: World, name: str) -> None:
    user = world.people[name]
    seen = set(Annotation.objects.visible_to(user).values_list("pk", flat=True))
    gone = set(Annotation.objects.tombstones_for(user).values_list("pk", flat=True))
    assert seen & gone == set()
    assert name in {"anonymous", "outsider", "administrator"} or seen


def test_a_stone_holds_no_words(world: World) -> None:
    for stones in (
        Annotation.objects.tombstones_for(world.people["member"]),
        Annotation.objects.tombstones_for(world.people["writer"]),
    ):
        first = stones[0]
        assert {"body", "body_html", "tags"} - first.get_deferred_fields() == set()


def test_the_oracle_covers_every_answer() -> None:
    """A table that never says yes, or never no, would prove nothing."""
    said = {(words(a, f), stone(a, f)) for a in ACTORS for f in facts()}
    assert said == {(True, False), (False, True), (False, False)}
