"""Every cell of the table, asked for as a page and as a fragment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions.table import ACCOUNTS, ACTORS, ROWS, SIGN, Row, document
from tests.permissions.world import World, everything_stored

pytestmark = pytest.mark.permissions

HTMX = {"HX-Request": "true"}


def ask(world: World, row: Row, actor: str) -> tuple[int | str, int | str]:
    """What comes back as a page and as a fragment."""
    address = world.address(row, actor)
    data = world.data(row, actor) if row.method == "POST" else {}
    page, fragment = (
        _answer(world.clients[actor], row.method, address, data, headers) for headers in ({}, HTMX)
    )
    return told(page), told(fragment, fragment=True)


def _answer(
    client: Client, method: str, address: str, data: dict[str, Any], headers: dict[str, str]
) -> Any:
    if method == "GET":
        return _read(client.get(address, headers=headers))
    with transaction.atomic():
        answer = _read(client.post(address, data, headers=headers))
        # What was allowed is undone, so that the next one finds the world as it was.
        transaction.set_rollback(answer.status_code in {200, 201, 204, 302})
    return answer


def _read(answer: Any) -> Any:
    """A file to its end, which closes it."""
    if answer.streaming:
        list(answer.streaming_content)
    return answer


def told(answer: Any, *, fragment: bool = False) -> int | str:
    led = answer.headers.get("Location", "").startswith(reverse("account_login"))
    asked = answer.status_code == 401 or (led and not fragment)
    return SIGN if asked else answer.status_code


@pytest.mark.exhaustive
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row(world: World, row: Row) -> None:
    world.prepare(row)
    before = everything_stored()
    got = {actor: ask(world, row, actor) for actor in ACTORS}
    assert got == {
        actor: (cell, row.for_fragment(cell)) for actor, cell in zip(ACTORS, row.cells, strict=True)
    }
    assert everything_stored() == before


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
    before = everything_stored()
    got = {way: world.clients["owner"].generic(way, address).status_code for way in methods}
    assert got == dict.fromkeys(methods, 405)
    assert everything_stored() == before


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_address_of_accounts(world: World, name: str) -> None:
    blanks = {
        "account_confirm_email": {"key": "wrong"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "wrong"},
    }
    address = reverse(name, kwargs=blanks.get(name, {}))
    before = everything_stored()
    got = tuple(told(world.clients[who].get(address)) for who in ("member", "anonymous"))
    assert got == ACCOUNTS[name]
    assert everything_stored() == before
