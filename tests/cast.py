"""The same few people in every test, and what they read."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from reader.actions import create_group, draft_article, publish
from reader.enums import BlockKind, Role
from reader.importing import Block, ParsedArticle, Span, SpanKind
from reader.models import Membership, Reading, StudyGroup, User

BLOCKS = (
    Block(BlockKind.HEADING, "Of margins", level=1),
    Block(
        BlockKind.PARAGRAPH,
        "A margin is where a reader answers. It was left empty for that.[1]",
        spans=(Span(2, 8, SpanKind.EMPHASIS), Span(63, 66, SpanKind.FOOTNOTE_REF, "1")),
    ),
    Block(
        BlockKind.PARAGRAPH,
        "Whoever writes there speaks to two people: the author and the next one.",
    ),
    Block(BlockKind.VERSE, "One line for thee,\none line for me."),
    Block(BlockKind.SEPARATOR, ""),
    Block(BlockKind.PARAGRAPH, "Then the book is closed, and the talk goes on."),
    Block(BlockKind.FOOTNOTE, "By custom, an inch.", label="1"),
)
ARTICLE = ParsedArticle(title="Of margins", creators=("Ada Quill",), blocks=BLOCKS)


@dataclass(frozen=True)
class Cast:
    """Owner, moderator and member of one group, an observer, and somebody from outside, who owns
    another group with a reading of its own."""

    owner: User
    moderator: User
    member: User
    other: User  # a second member
    observer: User
    outsider: User
    group: StudyGroup
    reading: Reading
    elsewhere: Reading


def person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", "long enough, 1", name=name)


def join(group: StudyGroup, name: str, role: str = Role.MEMBER, **given: Any) -> User:
    user = person(name)
    Membership.objects.create(group=group, user=user, role=role, **given)
    return user


def read(group: StudyGroup, owner: User, parsed: ParsedArticle = ARTICLE) -> Reading:
    return publish(by=owner, draft=draft_article(by=owner, group=group, parsed=parsed))


def assemble() -> Cast:
    owner, outsider = person("Olga"), person("Otto")
    group = create_group(by=owner, name="Thursday circle", rules="Be kind.")
    other_group = create_group(by=outsider, name="Friday circle")
    return Cast(
        owner=owner,
        moderator=join(group, "Moses", Role.MODERATOR),
        member=join(group, "Mira"),
        other=join(group, "Nils"),
        observer=join(group, "Ute", Role.OBSERVER),
        outsider=outsider,
        group=group,
        reading=read(group, owner),
        elsewhere=read(other_group, outsider),
    )


@dataclass(frozen=True)
class Kept:
    """A cast and its rows, which come back faster than it is assembled."""

    cast: Cast
    rows: dict[str, list[tuple[Any, ...]]]  # by quoted table

    def back(self) -> Cast:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                blanks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({blanks})", rows)
        return deepcopy(self.cast)


def keep() -> Kept:
    """Assembled in an empty database, and undone."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = _rows(cursor)
        cast = assemble()
        rows = {table: found for table, found in _rows(cursor).items() if found != before[table]}
        transaction.set_rollback(True)
    assert not any(before[table] for table in rows)
    return Kept(cast, rows)


def _rows(cursor: Any) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"SELECT * FROM {table}")
        found[table] = cursor.fetchall()
    return found


def client_of(user: User | None) -> Client:
    """A browser in which this person is signed in; None for anonymous."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client
