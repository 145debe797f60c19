"""Reveal rule, circles and pseudonyms, over every surface that counts, lists or names.

Each note holds a word that stands nowhere else and has an author of its own, so that a surface
can be asked for exactly the words, names and pseudonyms that it tells.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range
from annotations.models import Annotation, Target
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
from tests.cast import client_of, person, read
from tests.worlds import once

pytestmark = pytest.mark.leaks

HTMX = {"HX-Request": "true"}
NOW = timezone.now()
CAME, EARLY, JOINED, LATE = (NOW - timedelta(days=days) for days in (30, 9, 5, 1))


@dataclass(frozen=True)
class Case:
    """A group of its own, with the same people, and one reading."""

    name: str
    reveal: str = "at_once"
    after: int = 1  # notes of one's own
    at: datetime | None = None
    public: bool = False
    pseudonyms: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        return self.name.replace(" ", "-")


CASES = {
    case.name: case
    for case in (
        Case("at once"),
        Case("after one", "after_own"),
        Case("after two", "after_own", after=2),
        Case("after finishing", "after_finished"),
        Case("date past", "at_date", at=NOW - timedelta(hours=1)),
        Case("date to come", "at_date", at=NOW + timedelta(days=1)),
        Case("pseudonyms", pseudonyms=True),
        Case("public", public=True),
        Case("public pseudonyms", public=True, pseudonyms=True),
        Case("public after one", "after_own", public=True, pseudonyms=True),
    )
}


@dataclass(frozen=True)
class Viewer:
    name: str
    role: str = "member"  # "" is nobody in the group
    circle: str = ""
    joined: datetime | None = None  # reads only threads begun since
    writes: int = 0  # how many notes they have written in every reading
    finished: bool = False

    @property
    def leads(self) -> bool:
        return self.role in {"owner", "moderator"}


VIEWERS = {
    viewer.name: viewer
    for viewer in (
        Viewer("Mortimer", "moderator"),
        Viewer("Quirin", circle="red"),  # has written nothing yet
        Viewer("Ulrike", circle="red", writes=1, finished=True),
        Viewer("Zdenka", circle="blue", writes=2),
        Viewer("Nepomuk", circle="red", joined=JOINED, writes=2, finished=True),
        Viewer("Ottilie", "observer"),
        Viewer("Fremda", ""),
        Viewer("", ""),
    )
}


@dataclass(frozen=True)
class Fact:
    """A note, as far as the rules ask about it."""

    name: str
    by: str
    on: int = 0  # which paragraph
    audience: str = "group"
    circle: str = ""
    to: str = ""
    at: datetime = LATE
    state: str = "visible"
    category: str = "yellow"
    root: Fact | None = None


OLD = Fact("old", "Aurelia", at=EARLY)
NEW = Fact("new", "Benedikt")
PROMPT = Fact("prompt", "Wilhelmine", on=1, category="violet")
FACTS = (
    OLD,
    NEW,
    Fact("answer", "Cosima", root=NEW),
    Fact("late answer", "Dagobert", root=OLD),
    Fact("private", "Emeline", audience="private"),
    Fact("leaders", "Wilhelmine", audience="leaders"),
    Fact("pending", "Gottlieb", state="pending"),
    PROMPT,
    Fact("answer to the prompt", "Kunigunde", root=PROMPT),
    Fact("red", "Hieronymus", on=1, audience="circle", circle="red"),
    Fact("blue", "Isolde", on=1, audience="circle", circle="blue"),
    one := Fact("first of Ulrike", "Ulrike", on=2),
    Fact("to Ulrike", "Wilhelmine", audience="person", to="Ulrike", root=one),
    *(Fact(f"{at} of Zdenka", "Zdenka", on=2) for at in ("first", "second")),
    *(Fact(f"{at} of Nepomuk", "Nepomuk", on=2) for at in ("first", "second")),
    # On a paragraph that nothing else is written on.
    Fact("lonely", "Ludovika", on=3),
)
AUTHORS = {fact.by for fact in FACTS} - VIEWERS.keys()
LEADS = "Wilhelmine"  # who writes for the leaders and doesn't look


def revealed(viewer: Viewer, case: Case) -> bool:
    if case.reveal == "after_own":
        return viewer.role == "observer" or viewer.writes >= case.after
    if case.reveal == "after_finished":
        return viewer.finished
    return case.at is None or case.at <= NOW


def sees(viewer: Viewer, case: Case, fact: Fact) -> bool:
    """moderation.md, "Who sees what", and the three rules, said once more."""
    if fact.by == viewer.name:
        return True
    if fact.audience == "private":
        return False
    if viewer.leads:
        return True
    if fact.state == "pending" or fact.audience == "leaders":
        return False
    if fact.audience == "person":
        return fact.to == viewer.name
    if fact.audience == "circle" and fact.circle != viewer.circle:
        return False
    if fact.category != "violet" and not revealed(viewer, case):
        return False
    begun = (fact.root or fact).at
    reads = bool(viewer.role) and (viewer.joined is None or viewer.joined <= begun)
    return reads or (case.public and fact.audience == "group")


def words_for(viewer: Viewer, case: Case) -> set[str]:
    return {fact.name for fact in FACTS if sees(viewer, case, fact)}


def names_of(facts: set[str], viewer: Viewer, case: Case) -> set[str]:
    """What the authors of these notes are called to this person."""
    authors = {fact.by for fact in FACTS if fact.name in facts}
    if not case.pseudonyms:
        return authors
    pseudonyms = {alias(author) for author in authors}
    return authors | pseudonyms if viewer.leads else pseudonyms


def alias(name: str) -> str:
    """A pseudonym in which nobody finds the name, nor a test one in another."""
    return f"Heron{sorted(AUTHORS | VIEWERS.keys()).index(name):02}"


@dataclass(frozen=True)
class World:
    clients: dict[str, Client]
    readings: dict[str, Reading]
    paragraphs: list[Paragraph]
    notes: dict[tuple[str, str], Annotation]  # by case and fact
    marks: dict[tuple[str, str], str]  # the word that stands in each


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from once(django_db_blocker, build)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    return shared_world


def build() -> World:
    people = {name: person(name) for name in sorted(AUTHORS | VIEWERS.keys()) if name}
    home = StudyGroup.objects.create(name="Where the text comes from", slug="source")
    Membership.objects.create(group=home, user=people[LEADS], role="owner")
    article = read(home, people[LEADS]).article
    paragraphs = list(article.paragraphs.filter(number__isnull=False).order_by("position"))
    readings = {case.name: _reading(case, article, people) for case in CASES.values()}
    notes: dict[tuple[str, str], Annotation] = {}
    marks: dict[tuple[str, str], str] = {}
    numbers = count(1)
    for case in CASES:
        for fact in FACTS:
            mark = marks[case, fact.name] = f"qua{next(numbers):04}x"
            notes[case, fact.name] = _note(
                fact, readings[case], people, f"{mark} is said.",
                notes[case, fact.root.name] if fact.root else None, paragraphs[fact.on],
            )  # fmt: skip
    return World(
        clients={name: client_of(people.get(name)) for name in VIEWERS},
        readings=readings,
        paragraphs=paragraphs,
        notes=notes,
        marks=marks,
    )


def _reading(case: Case, article: Any, people: dict[str, User]) -> Reading:
    group = StudyGroup.objects.create(
        name=f"Group {case.name}",
        slug=case.slug,
        readable_by="public" if case.public else "members",
    )
    for viewer in VIEWERS.values():
        if viewer.role:
            Membership.objects.create(
                group=group,
                user=people[viewer.name],
                role=viewer.role,
                reads_from=viewer.joined,
                joined_at=viewer.joined or CAME,
            )
    for author in AUTHORS:
        role = "moderator" if author == LEADS else "member"
        Membership.objects.create(group=group, user=people[author], role=role)
    reading = Reading.objects.create(
        group=group,
        article=article,
        reveal=case.reveal,
        reveal_after=case.after,
        reveal_at=case.at,
        bylines="pseudonyms" if case.pseudonyms else "names",
        has_circles=True,
    )
    for name in ("red", "blue"):
        inside = {viewer.name for viewer in VIEWERS.values() if viewer.circle == name}
        inside |= {fact.by for fact in FACTS if fact.circle == name}
        circle = Circle.objects.create(reading=reading, name=name)
        circle.members.set(people[member] for member in inside)
    for viewer in VIEWERS.values():
        if viewer.finished:
            Participation.objects.create(
                reading=reading, user=people[viewer.name], finished_at=LATE
            )
    if case.pseudonyms:
        Pseudonym.objects.bulk_create(
            Pseudonym(reading=reading, user=user, name=alias(name)) for name, user in people.items()
        )
    return reading


def _note(
    fact: Fact,
    reading: Reading,
    people: dict[str, User],
    body: str,
    root: Annotation | None,
    paragraph: Paragraph,
) -> Annotation:
    circle = reading.circles.get(name=fact.circle) if fact.circle else None
    note = Annotation.objects.create(
        creator=people[fact.by],
        article=reading.article,
        reading=None if fact.audience == "private" else reading,
        audience=fact.audience,
        circle=circle,
        addressee=people.get(fact.to),
        motivation="replying"
        if root
        else "questioning"
        if fact.category == "violet"
        else "commenting",
        category="" if root else fact.category,
        body=body,
        body_html=f"<p>{body}</p>",
        state=fact.state,
        was_shown=fact.state != "pending",
        created_at=fact.at,
        parent=root,
        root=root,
        client_id=uuid4(),
    )
    if root is None:
        Target.objects.create(
            annotation=note,
            start_paragraph=paragraph,
            start_offset=0,
            end_paragraph=paragraph,
            end_offset=8,
            exact=paragraph.text[:8],
            text_revision=1,
        )
    return note


def told(answer: Any) -> str:
    """What an answer says, without the bar above it, which names its reader."""
    where: str = answer.headers.get("Location", "")
    return where + re.sub(r'<header class="bar">.*?</header>', "", answer.text, flags=re.DOTALL)


def words_in(text: str, world: World, case: Case) -> set[str]:
    """The facts of a case whose word stands in a text, and those of any other, with its name."""
    return {
        fact if of == case.name else f"{of}: {fact}"
        for (of, fact), mark in world.marks.items()
        if mark in text
    }


def names_in(text: str) -> set[str]:
    people = AUTHORS | VIEWERS.keys() - {""}
    return {called for name in people for called in (name, alias(name)) if called in text}


EVERYTHING = [(case, viewer) for case in CASES.values() for viewer in VIEWERS.values()]
BOTH = pytest.mark.parametrize(
    ("case", "viewer"),
    EVERYTHING,
    ids=[f"{case.name}-{viewer.name or 'anonymous'}" for case, viewer in EVERYTHING],
)
# A rule of each kind, and who differs there. That `visible_to` decides right in all of them is
# tested elsewhere.
FEW = [
    (CASES[case], VIEWERS[viewer])
    for case, viewers in {
        "after two": ("Mortimer", "Quirin", "Ulrike", "Zdenka"),
        "pseudonyms": ("Mortimer", "Zdenka", "Nepomuk"),
        "public after one": ("Mortimer", "Quirin", "Ulrike", "Fremda", ""),
    }.items()
    for viewer in viewers
]
THESE = pytest.mark.parametrize(
    ("case", "viewer"),
    FEW,
    ids=[f"{case.name}-{viewer.name or 'anonymous'}" for case, viewer in FEW],
)


def comes_in(viewer: Viewer, case: Case) -> bool:
    return bool(viewer.role) or case.public


@pytest.mark.exhaustive
@BOTH
def test_the_reading_page(world: World, case: Case, viewer: Viewer) -> None:
    """Folded, opened, and paragraph by paragraph: the same words, names and counts."""
    client, reading = world.clients[viewer.name], world.readings[case.name]
    page = reading.get_absolute_url()
    if not comes_in(viewer, case):
        assert client.get(page).status_code == (404 if viewer.name else 302)
        return
    expected = words_for(viewer, case)
    texts = [told(client.get(page))]
    if (case, viewer) in FEW:
        texts.append(told(client.get(f"{page}?open=all")))
        texts.append("".join(paragraph_by_paragraph(world, case, client)))
    mine = {alias(viewer.name)} if viewer.role else set()  # under which they write here
    for text in texts:
        assert words_in(text, world, case) == expected
        assert names_in(text) - mine == names_of(expected, viewer, case) - mine
    counts = re.findall(r'id="count-[^"]+"[^>]*>(\d+) notes?<', texts[0])
    assert sum(map(int, counts)) == len(expected)
    assert dots_in(texts[0]) == dots_for(viewer, case)


def paragraph_by_paragraph(world: World, case: Case, client: Client) -> Iterator[str]:
    reading = world.readings[case.name]
    for paragraph in world.paragraphs:
        where = [reading.group.slug, reading.article.slug, paragraph.key]
        yield told(client.get(reverse("paragraph_notes", args=where), headers=HTMX))


def dots_in(page: str) -> list[bool]:
    """Of each numbered paragraph, whether a dot stands beside it."""
    units = re.split(r'<div class="unit ', page)[1:]
    return ['class="dot"' in unit for unit in units if 'class="number" href' in unit]


def dots_for(viewer: Viewer, case: Case) -> list[bool]:
    """Where a thread begins that only the reveal rule keeps from this person."""
    at_once = replace(case, reveal="at_once", at=None)
    later = words_for(viewer, at_once) - words_for(viewer, case)
    waiting = {fact.on for fact in FACTS if fact.name in later and fact.root is None}
    return [at in waiting for at in range(4)]


# What stands in a list of its own; of two notes that nobody sees differently, one.
NOTE = ("note", "note_thread", "note_menu", "note_history", "note_reply")
PLACE = ("note_words", "note_place")  # which a reply has none of
THOROUGHLY = ("answer", "blue", "pending", "to Ulrike")
ASKED = [fact for fact in FACTS if not fact.name.startswith("second")]


@pytest.mark.exhaustive
@THESE
def test_the_addresses_of_notes(world: World, case: Case, viewer: Viewer) -> None:
    """A note's thread, its menu, its earlier words and the forms about it."""
    client = world.clients[viewer.name]
    expected = words_for(viewer, case)
    mine = {alias(viewer.name)} if viewer.role else set()
    for fact in ASKED:
        note = world.notes[case.name, fact.name]
        thread = {each.name for each in FACTS if (each.root or each) == (fact.root or fact)}
        names = NOTE if fact.name in THOROUGHLY else ("note_thread",)
        for name in (*names, *(PLACE if names is NOTE and fact.root is None else ())):
            answer = client.get(reverse(name, args=[note.uuid]), headers=HTMX)
            text = told(answer)
            if fact.name not in expected:
                assert answer.status_code == (404 if viewer.name else 401), (name, fact.name)
                assert not names_in(text)
                assert not words_in(text, world, case)
                continue
            assert answer.status_code in {200, 302, 401, 403}, (name, fact.name)
            shown = words_in(text, world, case)
            assert shown <= expected & thread, (name, fact.name)
            # Its menu offers to mute whoever wrote it, by what they are called on the page.
            named = shown | {fact.name} if name == "note_menu" else shown
            assert names_in(text) - mine <= names_of(named, viewer, case), (name, fact.name)
            if name == "note_thread":
                assert shown == expected & thread
                assert names_in(text) - mine == names_of(shown, viewer, case) - mine


def entries_in(page: str) -> dict[str, tuple[int, int, list[bool]]]:
    """By address of a reading in a list: how many notes, how many new, and where they are."""
    return {
        block[: block.index('"')]: (
            int(found[1]) if (found := re.search(r"(\d+) notes?\b", block)) else 0,
            int(new[1]) if (new := re.search(r'class="new">(\d+) new', block)) else 0,
            [height != "0" for height in re.findall(r'<i class="h(\d)"', block)],
        )
        for block in re.findall(
            r'<article class="reading[^"]*"><h3[^>]*><a href="(.*?</article>)', page, re.DOTALL
        )
    }


def entry_for(viewer: Viewer, case: Case) -> tuple[int, int, list[bool]]:
    facts = [
        fact
        for fact in FACTS
        if sees(viewer, case, fact)
        and (fact.state, fact.audience != "private") == ("visible", True)
    ]
    new = [fact for fact in facts if fact.by != viewer.name and fact.at > (viewer.joined or CAME)]
    where = {(fact.root or fact).on for fact in facts}
    return len(facts), len(new) if viewer.role else 0, [at in where for at in range(4)]


@pytest.mark.exhaustive
@BOTH
def test_a_groups_home(world: World, case: Case, viewer: Viewer) -> None:
    client, reading = world.clients[viewer.name], world.readings[case.name]
    answer = client.get(reading.group.get_absolute_url())
    if not comes_in(viewer, case):
        assert answer.status_code == (404 if viewer.name else 302)
        return
    page = told(answer)
    shown, expected = words_in(page, world, case), words_for(viewer, case)
    assert shown <= expected
    assert bool(shown) == bool(expected)
    listed = re.sub(r'<ul class="people">.*?</ul>', "", page, flags=re.DOTALL)
    assert names_in(listed) == names_of(shown, viewer, case) & names_in(listed)
    many, new, where = entry_for(viewer, case)
    assert entries_in(page) == {reading.get_absolute_url(): (many, new, where if many else [])}


@pytest.mark.parametrize("name", VIEWERS)
def test_the_list_of_groups(world: World, name: str) -> None:
    page, viewer = told(world.clients[name].get("/")), VIEWERS[name]
    assert not names_in(page)
    assert not any(mark in page for mark in world.marks.values())
    counted = {address: entry[:2] for address, entry in entries_in(page).items()}
    assert counted == {
        world.readings[case.name].get_absolute_url(): entry_for(viewer, case)[:2]
        for case in CASES.values()
        if viewer.role
    }


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.pseudonyms], ids=str)
@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=lambda viewer: viewer.name or "anonymous")
def test_people_are_listed_under_their_names_alone(
    world: World, viewer: Viewer, case: Case
) -> None:
    """A list that held pseudonyms too would tell who is who."""
    group = world.readings[case.name].group
    answer = world.clients[viewer.name].get(reverse("people", args=[group.slug]))
    everybody = AUTHORS | {each.name for each in VIEWERS.values() if each.role}
    assert names_in(told(answer)) == (everybody if viewer.role else set())


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["taking_part", "taking_part_csv"])
@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_who_took_part(world: World, case: Case, name: str) -> None:
    """For leaders: everybody's name, and beside it the pseudonym where there is one."""
    reading = world.readings[case.name]
    address = reverse(name, args=[reading.group.slug, reading.article.slug])
    people = AUTHORS | {v.name for v in VIEWERS.values() if v.role not in {"", "observer"}}
    everybody = people | ({alias(each) for each in people} if case.pseudonyms else set())
    for viewer in VIEWERS.values():
        answer = world.clients[viewer.name].get(address)
        said = re.sub(r"<form.*?</form>", "", told(answer), flags=re.DOTALL)
        assert names_in(said) == (everybody if viewer.leads else set()), viewer.name
        assert not words_in(said, world, case)
        assert answer.status_code == (
            200
            if viewer.leads
            else 302
            if not viewer.name
            else 403
            if comes_in(viewer, case)
            else 404
        )


def test_what_is_private_is_not_counted_for_leaders(world: World) -> None:
    reading = world.readings["pseudonyms"]
    address = reverse("taking_part_csv", args=[reading.group.slug, reading.article.slug])
    lines = csv.reader(world.clients["Mortimer"].get(address).text.splitlines()[1:])
    shared = Counter(fact.by for fact in FACTS if fact.audience != "private")
    assert {line[0]: int(line[3]) + int(line[5]) for line in lines} == {
        name: shared[name] for name in AUTHORS | VIEWERS.keys() - {"", "Fremda", "Ottilie"}
    }


@THESE
def test_where_one_writes_nobody_is_named(world: World, case: Case, viewer: Viewer) -> None:
    client, reading = world.clients[viewer.name], world.readings[case.name]
    where = [reading.group.slug, reading.article.slug]
    for address in (
        reverse("annotate", args=where) + f"?start_key={world.paragraphs[0].key}",
        reverse("private_notes", args=where),
        reverse("my_groups") + f"?in={reading.group.slug}",
    ):
        for headers in ({}, HTMX):
            said = told(client.get(address, headers=headers))
            assert names_in(said) <= ({alias(viewer.name)} if case.pseudonyms else set())
            assert not words_in(said, world, case)
            others = {circle for circle in ("red", "blue") if f">{circle}<" in said}
            assert viewer.leads or others <= {viewer.circle}


# What is written, one after the other, while people have the page open.
WRITTEN = {
    "at once": (
        Fact("private", "Emeline", on=2, audience="private"),
        Fact("leaders", LEADS, on=2, audience="leaders"),
        Fact("circle", "Hieronymus", on=2, audience="circle", circle="red"),
        Fact("one person", LEADS, audience="person", to="Ulrike", root=one),
        Fact("group", "Benedikt", on=2),
    ),
    "after two": (Fact("group", "Benedikt", on=2),),
    "public pseudonyms": (Fact("leaders", LEADS, on=2, audience="leaders"),),
}
LOOKING = ("Mortimer", "Quirin", "Ulrike", "Zdenka", "Fremda", "")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_changes_for_who_does_not_see_it(world: World, name: str) -> None:
    """Neither a page nor its validator."""
    case = CASES[name]
    looking = [VIEWERS[who] for who in LOOKING if comes_in(VIEWERS[who], case)]
    for viewer in looking:
        world.clients[viewer.name].get("/")  # for the token, which is part of a page
    before = {viewer.name: surfaces(world, case, viewer) for viewer in looking}
    for fact in WRITTEN[name]:
        write(world, case, fact)
        after = {viewer.name: surfaces(world, case, viewer) for viewer in looking}
        for viewer in looking:
            was, now = before[viewer.name], after[viewer.name]
            seen = {where for where, said in was.items() if said}
            changed = {where for where in was if now[where] != was[where]}
            assert changed == (seen if sees(viewer, case, fact) else set()), (viewer, fact)
            if was["validator"]:
                headers = {"If-None-Match": was["validator"]}
                page = world.readings[name].get_absolute_url()
                answer = world.clients[viewer.name].get(page, headers=headers)
                assert answer.status_code == (200 if sees(viewer, case, fact) else 304)
        before = after


def surfaces(world: World, case: Case, viewer: Viewer) -> dict[str, str]:
    """All that shows or counts a note on the third paragraph, and the validator of its page."""
    client, reading = world.clients[viewer.name], world.readings[case.name]
    where = [reading.group.slug, reading.article.slug, world.paragraphs[2].key]
    page = client.get(reading.get_absolute_url())
    said = {
        "page": told(page),
        "paragraph": told(client.get(reverse("paragraph_notes", args=where), headers=HTMX)),
        "group": told(client.get(reading.group.get_absolute_url())),
        "groups": told(client.get("/")) if viewer.role else "",
    }
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"')
    return {where: token.sub("", text) for where, text in said.items()} | {
        "validator": page.headers.get("ETag", "")
    }


def write(world: World, case: Case, fact: Fact) -> None:
    reading = world.readings[case.name]
    by = User.objects.get(name=fact.by)
    if fact.root is not None:
        parent = world.notes[case.name, fact.root.name]
        actions.reply(by=by, parent=parent, body="New words.", client_id=uuid4(), privately=True)
        return
    actions.annotate(
        by=by,
        reading=reading,
        where=Range([world.paragraphs[fact.on]], 0, 8),
        motivation="commenting",
        audience=fact.audience,
        circle=reading.circles.get(name=fact.circle) if fact.circle else None,
        body="New words.",
        client_id=uuid4(),
    )


def test_the_oracle_tells_people_apart() -> None:
    """In a table whose rows were all alike, nothing would have been tested."""
    for case in CASES.values():
        told_apart = {frozenset(words_for(viewer, case)) for viewer in VIEWERS.values()}
        assert len(told_apart) >= 5, case.name
