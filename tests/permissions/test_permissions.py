"""Every cell of the table, asked for as a page and as a fragment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from reader.models import Paragraph
from tests.permissions.table import ACCOUNTS, ACTORS, ROWS, SIGN, Row, document
from tests.permissions.world import World, first_of, rows_in_all_tables

pytestmark = pytest.mark.permissions

HTMX = {"HX-Request": "true"}


def ask(world: World, row: Row, actor: str, *, fragment: bool) -> Any:
    client, address = world.clients[actor], world.address(row, actor)
    headers = HTMX if fragment else {}
    if row.method == "GET":
        return client.get(address, headers=headers)
    with transaction.atomic():
        answer = client.post(address, world.data(row), headers=headers)
        # What was allowed is undone, so that the next one finds the world as it was.
        transaction.set_rollback(answer.status_code in {200, 201, 302})
    return answer


def told(answer: Any, *, fragment: bool = False) -> int | str:
    led = answer.headers.get("Location", "").startswith(reverse("account_login"))
    asked = answer.status_code == 401 or (led and not fragment)
    return SIGN if asked else answer.status_code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row(world: World, row: Row) -> None:
    before = rows_in_all_tables()
    pages = {actor: told(ask(world, row, actor, fragment=False)) for actor in ACTORS}
    fragments = {
        actor: told(ask(world, row, actor, fragment=True), fragment=True) for actor in ACTORS
    }
    assert pages == dict(zip(ACTORS, row.cells, strict=True))
    assert fragments == {
        actor: row.for_fragment(cell) for actor, cell in zip(ACTORS, row.cells, strict=True)
    }
    assert rows_in_all_tables() == before


def named(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, bool]]:
    """Every name in the URL configuration, and whether it is django-allauth's."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from named(entry.url_patterns)
        else:
            assert entry.name, f"{entry.pattern} has no name."
            yield entry.name, entry.name.startswith("account_")


def test_every_address_is_in_the_table_and_every_row_has_an_address() -> None:
    names = list(named(get_resolver().url_patterns))
    assert {name for name, theirs in names if not theirs} == {row.name for row in ROWS}
    assert {name for name, theirs in names if theirs} == set(ACCOUNTS)


def test_no_row_stands_twice() -> None:
    assert sorted({row.id for row in ROWS}) == sorted(row.id for row in ROWS)


def test_the_documentation_is_the_table() -> None:
    written = (Path(settings.BASE_DIR) / "docs/permissions.md").read_text()
    assert written == document(), "Write it anew: python -m tests.permissions"


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_every_other_method_is_405(world: World, name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    known = {row.method for row in ROWS if row.name == name}
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - known
    address = world.address(row, "owner")
    before = rows_in_all_tables()
    got = {way: world.clients["owner"].generic(way, address).status_code for way in methods}
    assert got == dict.fromkeys(methods, 405)
    assert rows_in_all_tables() == before


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_address_of_accounts(world: World, name: str) -> None:
    blanks = {
        "account_confirm_email": {"key": "wrong"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "wrong"},
    }
    address = reverse(name, kwargs=blanks.get(name, {}))
    before = rows_in_all_tables()
    got = tuple(told(world.clients[who].get(address)) for who in ("member", "anonymous"))
    assert got == ACCOUNTS[name]
    assert rows_in_all_tables() == before


NOBODYS = uuid4()


def body_of(answer: Any) -> str:
    """An answer without what differs each time: the masked token, and the address asked for."""
    text = re.sub(r'("X-CSRFToken": |name="csrfmiddlewaretoken" value=)"[^"]+"', "", answer.text)
    return str(re.sub(r"\?next=[^\"]+", "", text))


@pytest.fixture
def foreign(world: World) -> dict[str, list[str]]:
    """Addresses that name what is another's, gone or mixed up, by how they are asked for."""
    ours, theirs = world.cast.reading, world.cast.elsewhere
    retired = Paragraph.objects.filter(article=ours.article, kind="verse").get()
    retired.retired = True
    retired.save(update_fields=["retired"])
    group, article, key = ours.group.slug, ours.article.slug, first_of(ours).key
    note = world.notes["another's, private"].uuid
    by_get = [
        reverse("group", args=[theirs.group.slug]),
        reverse("reading", args=[theirs.group.slug, theirs.article.slug]),
        reverse("reading", args=[group, theirs.article.slug]),
        reverse("reading", args=[theirs.group.slug, article]),
        reverse("paragraph_notes", args=[group, article, first_of(theirs).key]),
        reverse("paragraph_notes", args=[group, article, retired.key]),
        reverse("paragraph_notes", args=[group, theirs.article.slug, first_of(theirs).key]),
        reverse("paragraph", args=[first_of(theirs).key]),
        reverse("paragraph", args=[retired.key]),
        reverse("paragraph", args=[key]) + f"?in={theirs.group.slug}",
        *(
            reverse("annotate", args=[group, article]) + f"?start_key={other}"
            for other in (first_of(theirs).key, retired.key, "nothing")
        ),
        *(
            reverse(name, args=[other])
            for name in ("note", "note_thread", "note_menu", "note_history", "note_reply")
            for other in (note, world.notes["a withdrawn note"].uuid)
        ),
    ]
    by_post = [
        reverse("annotate", args=[group, theirs.article.slug]),
        reverse("invitation_revoke", args=[theirs.group.slug, world.invitation]),
        *(
            reverse(name, args=[note]) for name in ("note_reply", "note_edit", "note_delete")
        ),
    ]  # fmt: skip
    return {"GET": by_get, "POST": by_post}


@pytest.mark.parametrize("actor", ["owner", "member"])
def test_what_is_anothers_is_as_if_it_were_not(
    world: World, foreign: dict[str, list[str]], actor: str
) -> None:
    client: Client = world.clients[actor]
    missing = body_of(client.get(reverse("note", args=[NOBODYS])))
    before = rows_in_all_tables()
    for address in foreign["GET"]:
        answer = client.get(address)
        assert (answer.status_code, body_of(answer)) == (404, missing), address
    sent = {"body": "Words.", "client_id": str(uuid4())}
    missing = body_of(client.post(reverse("note_reply", args=[NOBODYS]), sent))
    assert missing.count("Words.") == 1
    for address in foreign["POST"]:
        answer = client.post(address, sent)
        assert (answer.status_code, body_of(answer)) == (404, missing), address
    assert rows_in_all_tables() == before


def test_who_is_not_signed_in_learns_nothing_either(
    world: World, foreign: dict[str, list[str]]
) -> None:
    client = world.clients["anonymous"]
    for address in [*foreign["GET"], reverse("note", args=[NOBODYS])]:
        assert told(client.get(address)) == SIGN, address


@pytest.mark.parametrize("which", ["another article's", "retired", "nobody's"])
@pytest.mark.parametrize("end", ["start_key", "end_key"])
def test_a_selection_in_another_text_is_refused_with_a_sentence(
    world: World, foreign: dict[str, list[str]], which: str, end: str
) -> None:
    key = {
        "another article's": first_of(world.cast.elsewhere).key,
        "retired": Paragraph.objects.get(article=world.cast.reading.article, retired=True).key,
        "nobody's": "nothing",
    }[which]
    row = next(row for row in ROWS if row.id == "annotate POST")
    data = {**world.data(row), "sentence": "", "start": "0", "end": "4", end: key}
    before = rows_in_all_tables()
    answer = world.clients["member"].post(world.address(row, "member"), data)
    assert answer.status_code == 422
    assert answer.text.count("This paragraph is no longer part of the text.") == 1
    assert answer.text.count("Who says so?") == 1
    assert rows_in_all_tables() == before


def test_the_draft_and_the_invitation_of_another_group_stay_as_they_are(world: World) -> None:
    outsider = world.clients["outsider"]  # who leads a group of their own
    group = world.cast.elsewhere.group.slug
    before = rows_in_all_tables()
    missing = reverse("invitation_revoke", args=[world.cast.group.slug, 10**30])
    assert world.clients["owner"].post(missing).status_code == 404
    revoke = reverse("invitation_revoke", args=[group, world.invitation])
    assert outsider.post(revoke).status_code == 404
    assert outsider.post(reverse("import_discard", args=[world.draft])).status_code == 404
    assert outsider.post(reverse("import_draft", args=[world.draft])).status_code == 404
    assert rows_in_all_tables() == before


def test_whoever_signs_in_comes_back_to_the_note(world: World) -> None:
    note = world.notes["another's"]
    address = f"{note.get_absolute_url()}?in=thursday-circle"
    asked = Client().get(address)
    assert asked.headers["Location"] == (
        f"{reverse('account_login')}?next={note.get_absolute_url()}%3Fin%3Dthursday-circle"
    )
    client = Client()
    signed_in = client.post(
        asked.headers["Location"], {"login": "mira@example.org", "password": "long enough, 1"}
    )
    assert (signed_in.status_code, signed_in.headers["Location"]) == (302, address)
    there = client.get(address)
    reading = world.cast.reading.get_absolute_url()
    assert there.headers["Location"] == f"{reading}?note={note.uuid}#n-{note.uuid}"
