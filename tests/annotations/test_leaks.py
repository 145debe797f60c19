"""Secrets planted everywhere, looked for on every surface by everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range
from annotations.models import Annotation, AnnotationRevision
from reader.models import Circle, Membership, Paragraph, Reading, User
from tests.cast import ARTICLE, Cast, assemble, client_of, join, read
from tests.worlds import once

pytestmark = pytest.mark.leaks

HTMX = {"HX-Request": "true"}
EVERYBODY = frozenset({
    "owner", "moderator", "member", "author", "observer", "muted", "newcomer", "blue", "suspended",
    "former", "outsider", "anonymous",
})  # fmt: skip
LEADERS = frozenset({"owner", "moderator"})
MEMBERS = LEADERS | {"member", "author", "observer", "muted", "blue"}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Secret:
    note: Annotation
    words: frozenset[str]  # who may read it
    stone: frozenset[str] = NOBODY  # who may know that it stood here
    reading: Reading | None = None

    @property
    def mark(self) -> str:
        """What is looked for: a word that stands in its body and nowhere else."""
        return self.note.body.split()[0]

    @property
    def id(self) -> str:
        """The beginning of its uuid, which is also its short id within a page."""
        return str(self.note.uuid)[:8]


@dataclass(frozen=True)
class World:
    cast: Cast
    clients: dict[str, Client]
    secrets: dict[str, Secret]
    readings: list[Reading]
    paragraph: Paragraph  # on which all of them stand in the first reading


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from once(django_db_blocker, build)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    return shared_world


def first_of(reading: Reading) -> Paragraph:
    found: Paragraph = reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    return found


def build() -> World:
    cast = assemble()
    people = {
        "owner": cast.owner,
        "moderator": cast.moderator,
        "member": cast.member,
        "author": cast.other,
        "observer": cast.observer,
        "muted": join(cast.group, "Max"),
        "newcomer": join(cast.group, "Nova", reads_from=timezone.now() + timedelta(hours=1)),
        "blue": join(cast.group, "Bela"),
        "suspended": join(cast.group, "Susi"),
        "former": join(cast.group, "Fritz"),
        "outsider": cast.outsider,
    }
    theirs = Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)
    later = read(cast.group, cast.owner, replace(ARTICLE, title="Of waiting"))
    later.reveal, later.reveal_at = "at_date", timezone.now() + timedelta(days=1)
    later.save(update_fields=["reveal", "reveal_at"])
    secrets = _plant(cast, people, theirs, later)
    of = Membership.objects.filter(group=cast.group)
    of.filter(user=people["muted"]).update(standing="muted")
    of.filter(user=people["suspended"]).update(standing="suspended")
    of.filter(user=people["former"]).update(left_at=timezone.now())
    return World(
        cast=cast,
        clients={name: client_of(user) for name, user in people.items()}
        | {"anonymous": client_of(None)},
        secrets=secrets,
        readings=[cast.reading, later, theirs],
        paragraph=first_of(cast.reading),
    )


def _plant(
    cast: Cast, people: dict[str, User], theirs: Reading, later: Reading
) -> dict[str, Secret]:
    here, author = cast.reading, people["author"]
    red = Circle.objects.create(reading=here, name="red")
    red.members.set([people[name] for name in ("author", "member", "suspended", "former")])
    Circle.objects.create(reading=here, name="blue").members.set([people["blue"]])

    def note(
        mark: str, state: str = "", by: User = author, to: Annotation | None = None, **given: Any
    ) -> Annotation:
        body = f"{mark} is what it says."
        if to is not None:
            written = actions.reply(by=by, parent=to, body=body, client_id=uuid4())
        else:
            reading = given.pop("reading", here)
            written = actions.annotate(
                by=by, reading=reading, where=Range([first_of(reading)], 0, 8), body=body,
                motivation="commenting", audience=given.pop("audience", "group"),
                tags=[f"tag{mark}"], client_id=uuid4(), **given,
            )  # fmt: skip
        if state:
            written.state, written.was_shown = state, state != "pending"
            written.save(update_fields=["state", "was_shown"])
        return written

    held = LEADERS | {"author"}
    published = note("Quagmire")
    answered = note("Quillwort")
    taken_back = note("Quinoline")
    gone_reply = note("Quercetin", to=published)
    secrets = {
        "published": Secret(published, MEMBERS),
        "reply": Secret(note("Quotidian", to=published, by=people["member"]), MEMBERS),
        "private": Secret(note("Quixotry", audience="private"), frozenset({"author"})),
        "leaders": Secret(
            note("Quadroon", by=cast.moderator, audience="leaders"), LEADERS
        ),
        "circle": Secret(
            note("Quarrier", audience="circle", circle=red), LEADERS | {"author", "member"}
        ),
        "pending": Secret(note("Quartile", "pending"), held),
        "pending reply": Secret(note("Quaternion", "pending", to=published), held),
        "hidden": Secret(note("Quicksand", "hidden"), held),
        "removed": Secret(note("Quickstep", "removed"), held),
        "withdrawn": Secret(note("Quietude", "withdrawn"), NOBODY),
        "purged": Secret(note("Quintain", "purged"), NOBODY),
        "hidden, answered": Secret(answered, held, MEMBERS - held),
        "its answer": Secret(note("Quitclaim", to=answered, by=people["member"]), MEMBERS),
        "withdrawn, answered": Secret(taken_back, NOBODY, MEMBERS),
        "answer to that": Secret(note("Quizzical", to=taken_back, by=people["member"]), MEMBERS),
        "removed reply": Secret(gone_reply, held),
        "elsewhere": Secret(
            note("Quondam", by=people["outsider"], reading=theirs), frozenset({"outsider"})
        ),
        "before the reveal": Secret(note("Quorum", reading=later), held),
        "of a former member": Secret(note("Quebracho", by=people["former"]), MEMBERS),
    }  # fmt: skip
    for each, state in ((answered, "hidden"), (taken_back, "withdrawn"), (gone_reply, "removed")):
        Annotation.objects.filter(pk=each.pk).update(state=state)
    # Earlier words of what is held: a surface of its own.
    AnnotationRevision.objects.create(
        annotation=secrets["hidden"].note, number=1, body="x", body_html="<p>Quicksand before</p>"
    )
    return secrets


NOTE = (
    "note",
    "note_thread",
    "note_menu",
    "note_history",
    "note_reply",
    "note_edit",
    "note_delete",
)
THOROUGHLY = ("reply", "private", "pending", "hidden, answered")


def pages(world: World) -> Iterator[str]:
    """Every address that can show notes, or that some were there."""
    yield from ("/", reverse("group", args=[world.cast.group.slug]))
    yield reverse("paragraph", args=[world.paragraph.key])
    for reading in world.readings:
        page = reading.get_absolute_url()
        key = first_of(reading).key
        yield page
        yield reverse("paragraph_notes", args=[reading.group.slug, reading.article.slug, key])
        yield f"{page}annotate/?start_key={key}"
    yield f"{world.readings[0].get_absolute_url()}?open=all"
    for name in THOROUGHLY:
        yield f"{world.readings[0].get_absolute_url()}?note={world.secrets[name].note.uuid}"


def fragments(world: World) -> Iterator[str]:
    """All that htmx can ask about a note; of most notes that which shows the most."""
    for reading in world.readings:
        where = [reading.group.slug, reading.article.slug, first_of(reading).key]
        yield reverse("paragraph_notes", args=where)
    for name, secret in world.secrets.items():
        for kind in NOTE if name in THOROUGHLY else ("note_thread",):
            yield reverse(kind, args=[secret.note.uuid])


def told(answer: Any) -> str:
    """All that an answer says, without the address that was asked for."""
    where = answer.headers.get("Location", "")
    event = answer.headers.get("HX-Trigger-After-Settle", "")
    return re.sub(r'next=[^"\s]+', "", f"{where}\n{event}\n{answer.text}")


def written(world: World, client: Client) -> Iterator[str]:
    """What comes back when somebody writes on the same words; undone afterwards."""
    reading = world.cast.reading
    annotate = reverse("annotate", args=[reading.group.slug, reading.article.slug])
    reply = reverse("note_reply", args=[world.secrets["published"].note.uuid])
    whole = {"motivation": "commenting", "audience": "group", "sentence": "whole",
             "start_key": world.paragraph.key}  # fmt: skip
    for address, data in ((annotate, whole), (reply, {})):
        with transaction.atomic():
            sent = {**data, "body": "So it goes.", "client_id": str(uuid4())}
            yield told(client.post(address, sent, headers=HTMX))
            transaction.set_rollback(True)


def each(actor: str) -> Any:
    """With the seats that differ most in every run."""
    few = {"member", "newcomer", "outsider", "anonymous"}
    return pytest.param(actor, marks=[] if actor in few else pytest.mark.exhaustive)


@pytest.mark.parametrize("actor", [each(actor) for actor in sorted(EVERYBODY)])
def test_every_secret_is_seen_by_exactly_the_right_people(world: World, actor: str) -> None:
    client = world.clients[actor]
    said = "\n".join(
        [
            *(told(client.get(address)) for address in pages(world)),
            *(told(client.get(address, headers=HTMX)) for address in fragments(world)),
            *written(world, client),
        ]
    )
    words = {name for name, secret in world.secrets.items() if secret.mark in said}
    known = {name for name, secret in world.secrets.items() if secret.id in said}
    assert words == {name for name, each in world.secrets.items() if actor in each.words}
    assert known == {
        name for name, each in world.secrets.items() if actor in each.words | each.stone
    }


@pytest.mark.parametrize("actor", sorted(MEMBERS | {"newcomer"}))
def test_a_count_counts_what_its_reader_can_read(world: World, actor: str) -> None:
    """On the page, and in what comes back from a write, which is one more."""
    elsewhere = {"elsewhere", "before the reveal"}
    mine = [
        name
        for name, each in world.secrets.items()
        if actor in each.words and name not in elsewhere
    ]
    page = world.clients[actor].get(world.cast.reading.get_absolute_url()).text
    assert counted(page, world.paragraph) == len(mine)
    if actor not in {"observer", "muted"}:
        first, second = (
            counted(told, world.paragraph) for told in written(world, world.clients[actor])
        )
        assert first == len(mine) + 1
        assert second == (None if actor == "newcomer" else len(mine) + 1)


def counted(html: str, paragraph: Paragraph) -> int | None:
    found = re.search(rf'id="count-{paragraph.key}"[^>]*>(\d+) notes?<', html)
    return int(found[1]) if found else None
