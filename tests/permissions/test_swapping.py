"""An id of another's, in an address or a form, is as if there were nothing; and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.permissions.swaps import BLANKS, FIELDS, PLAIN, QUERIES, Ids, keys_of_things, swaps
from tests.permissions.table import ACTORS, ROWS, SIGN, Row
from tests.permissions.test_permissions import HTMX, told
from tests.permissions.world import World, everything_stored

pytestmark = pytest.mark.permissions

ASKING = ("owner", "member")
DONE = (200, 201, 302)


def blanks() -> dict[str, list[str]]:
    """Every address of the URL configuration that has blanks, but for django-allauth's."""

    def walk(entries: list[URLPattern | URLResolver]) -> Iterator[tuple[str, list[str]]]:
        for entry in entries:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns)
            elif entry.name and not entry.name.startswith("account_"):
                yield entry.name, list(entry.pattern.converters)

    return {name: found for name, found in walk(get_resolver().url_patterns) if found}


def key_of(name: str, blank: str) -> str:
    """What it is called in BLANKS."""
    return f"{name} {blank}" if f"{name} {blank}" in BLANKS else blank


SWAPPED = {
    name: {blank: kind for blank in found if (kind := BLANKS.get(key_of(name, blank)))}
    for name, found in blanks().items()
}


def test_every_blank_is_known() -> None:
    """A new address says in BLANKS what each of its blanks names; then it is swapped below."""
    known = [(name, blank) for name, found in blanks().items() for blank in found]
    assert [each for each in known if key_of(*each) not in BLANKS] == []


def good_row(name: str, method: str) -> Row | None:
    """The first row by which the owner or the member gets something; None where nobody does."""
    return next(
        (
            row
            for row in ROWS
            if (row.name, row.method) == (name, method)
            and {row.cells[ACTORS.index(actor)] for actor in ASKING} & {*DONE}
        ),
        None,
    )


@pytest.fixture(scope="module")
def shared_ids(shared_world: World, django_db_blocker: Any) -> dict[str, Ids]:
    with django_db_blocker.unblock():
        return swaps(shared_world)


@pytest.fixture
def ids(world: World, shared_ids: dict[str, Ids]) -> dict[str, Ids]:
    return shared_ids


def body_of(answer: Any) -> str:
    """An answer without what differs each time: the masked token, and the address asked for."""
    text = re.sub(r'("X-CSRFToken": |name="csrfmiddlewaretoken" value=)"[^"]+"', "", answer.text)
    return str(re.sub(r"\?next=[^\"]+", "", text))


def asked(
    world: World, wrong: str, actor: str, method: str, address: str, data: Any = None
) -> list[tuple[int, str]]:
    """What comes back as a page and, for the two that matter most, as a fragment."""
    client = world.clients[actor]
    transports = ({}, HTMX) if wrong in {"another group's", "nobody's"} else ({},)
    answers = [
        client.get(address, headers=headers)
        if method == "GET"
        else client.post(address, data, headers=headers)
        for headers in transports
    ]
    return [(answer.status_code, body_of(answer)) for answer in answers]


def different(answers: dict[str, list[tuple[int, str]]]) -> dict[str, list[tuple[int, str]]]:
    """Those that are not what an id of nothing gets."""
    nobodys = answers["nobody's"]
    return {wrong: got for wrong, got in answers.items() if got != nobodys[: len(got)]}


def refusals(row: Row, actor: str) -> set[int]:
    """What an id that leads nowhere gets. Who may not do such a thing at all in a group may be
    told that first."""
    cell = row.cells[ACTORS.index(actor)]
    return {404} if cell in DONE else {404, int(cell)}


GOOD = [
    row
    for name, kinds in SWAPPED.items()
    if kinds
    for method in ("GET", "POST")
    if (row := good_row(name, method))
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("actor", ASKING)
@pytest.mark.parametrize("row", GOOD, ids=lambda row: row.id)
def test_in_an_address(world: World, ids: dict[str, Ids], row: Row, actor: str) -> None:
    good, data = world.kwargs(row, actor), world.data(row)
    query = world.address(row, actor).partition("?")[2]
    before = everything_stored()

    def got(wrong: str, **swapped: Any) -> list[tuple[int, str]]:
        path = reverse(row.name, kwargs={**good, **swapped})
        return asked(world, wrong, actor, row.method, f"{path}?{query}", data)

    for blank, kind in SWAPPED[row.name].items():
        answers = {
            wrong: got(wrong, **{blank: value})
            for wrong, value in ids[kind].items()
            if wrong != "beside" or (len(good) > 1 and refusals(row, actor) == {404})
        }
        assert different(answers) == {}, blank
        assert {status for status, _ in answers["nobody's"]} <= refusals(row, actor), blank
    if len(good) > 1:
        wrong = "another group's"
        theirs = {blank: ids[kind][wrong] for blank, kind in SWAPPED[row.name].items()}
        assert {status for status, _ in got(wrong, **theirs)} == {404}
    assert everything_stored() == before


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "row", [row for row in GOOD if row.method == "GET"], ids=lambda row: row.id
)
def test_who_is_not_signed_in_learns_nothing_either(
    world: World, ids: dict[str, Ids], row: Row
) -> None:
    client, good = world.clients["anonymous"], world.kwargs(row, "anonymous")
    for blank, kind in SWAPPED[row.name].items():
        for wrong, value in ids[kind].items():
            if wrong != "beside":
                address = reverse(row.name, kwargs={**good, blank: value})
                assert told(client.get(address)) == SIGN, (blank, wrong)
                assert told(client.get(address, headers=HTMX), fragment=True) == SIGN


def test_words_that_were_sent_to_nothing_come_back(world: World, ids: dict[str, Ids]) -> None:
    row = good_row("note_reply", "POST")
    assert row
    for uuid in ids["note"].values():
        answer = world.clients["member"].post(reverse("note_reply", args=[uuid]), world.data(row))
        assert (answer.status_code, answer.text.count("He does.")) == (404, 1)


def without(value: Any, answers: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """What came back, but for the id itself, which a form holds as it was sent."""
    return [(status, body.replace(str(value), "…")) for status, body in answers]


@pytest.mark.parametrize("actor", ASKING)
@pytest.mark.parametrize("name", QUERIES)
def test_in_a_query(world: World, ids: dict[str, Ids], name: str, actor: str) -> None:
    """Whatever comes back, it is the same as for an id of nothing."""
    row = good_row(name, "GET")
    assert row
    path, _, query = world.address(row, actor).partition("?")
    before = everything_stored()
    for field, kind in QUERIES[name].items():
        answers = {}
        for wrong, value in ids[kind].items():
            swapped = urlencode(dict(parse_qsl(query)) | {field: value})
            got = asked(world, wrong, actor, "GET", f"{path}?{swapped}")
            answers[wrong] = without(value, got)
        assert different(answers) == {}, field
    assert everything_stored() == before


def is_called(name: str, field: str) -> bool:
    return field.startswith(name) if name.endswith("-") else field == name


SENDING = [
    (row, actor)
    for row in ROWS
    for actor in ASKING
    if row.method == "POST" and row.name in FIELDS and row.cells[ACTORS.index(actor)] in DONE
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("row", "actor"), SENDING, ids=[f"{row.id}-{actor}" for row, actor in SENDING]
)
def test_in_a_form(world: World, ids: dict[str, Ids], row: Row, actor: str) -> None:
    """Refused; a form that names what is gone may say so."""
    address, data = world.address(row, actor), world.data(row)
    before = everything_stored()
    for name, kind in FIELDS[row.name].items():
        field = next((each for each in data if is_called(name, each)), name)
        answers = {
            wrong: without(
                value, asked(world, wrong, actor, "POST", address, {**data, field: value})
            )
            for wrong, value in ids[kind].items()
        }
        refused = {status for got in answers.values() for status, _ in got}
        assert refused <= {404, 422}, field
        answers.pop("gone", None)
        assert different(answers) == {}, field
    assert everything_stored() == before


def test_every_id_that_a_form_sends_is_known(world: World) -> None:
    """A number or a key in the table's forms is either swapped above or said to name nothing."""
    keys = keys_of_things()
    unknown = {
        (row.name, field)
        for row in ROWS
        if row.method == "POST"
        for field, value in world.data(row).items()
        if (str(value).isdecimal() or str(value) in keys)
        and field not in PLAIN
        and not any(is_called(known, field) for known in FIELDS.get(row.name, {}))
    }
    assert unknown == set()


@pytest.mark.parametrize("wrong", ["another group's", "nobody's", "gone", "beside"])
@pytest.mark.parametrize("end", ["start_key", "end_key"])
def test_a_selection_in_another_text_is_refused_with_a_sentence(
    world: World, ids: dict[str, Ids], wrong: str, end: str
) -> None:
    row = good_row("annotate", "POST")
    assert row
    data = {**world.data(row), "sentence": "", "start": "0", "end": "4"}
    data[end] = ids["paragraph"][wrong]
    answer = world.clients["member"].post(world.address(row, "member"), data)
    assert answer.status_code == 422
    assert answer.text.count("This paragraph is no longer part of the text.") == 1
    assert answer.text.count("Who says so?") == 1
