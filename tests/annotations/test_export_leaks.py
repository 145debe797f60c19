"""The leak matrix, a column a format: what everybody gets who takes home all that they may."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse

from annotations.enums import ExportFormat
from tests.annotations.test_leak_matrix import (
    EVERYBODY,
    FEW,
    INSIDE,
    LEADERS,
    NAMES,
    PUBLIC,
    PUBLISHED,
    Surface,
    World,
    check,
    in_worlds,
    names_in,
    names_of,
    reads,
    shared_world,
    whole,
    world,
)

__all__ = ["shared_world", "world"]  # fixtures
pytestmark = pytest.mark.leaks

# The PDF is the edition on pages; the archive has a test of its own below.
FORMATS = [code for code in ExportFormat.values if code not in {"pdf", "archive"}]
EVERYTHING = "leaders=on&private=on"
WHO = [
    pytest.param(actor, marks=() if actor in FEW else pytest.mark.exhaustive) for actor in EVERYBODY
]
COLUMN = Surface(whole)


def asked(world: World, actor: str, code: str, more: str = "", *, group: bool = False) -> Any:
    slugs = [world.cast.group.slug, world.reading.article.slug]
    address = (
        reverse("group_export", args=slugs[:1]) if group else reverse("reading_export", args=slugs)
    )
    return world.clients[actor].post(f"{address}?format={code}&{more}")


def taken(answer: Any) -> str:
    """All that is in a file, whatever it is packed in."""
    data = b"".join(answer.streaming_content)
    if not data.startswith(b"PK"):
        return data.decode("utf-8-sig")
    with ZipFile(BytesIO(data)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist())


def words(world: World, said: str) -> set[str]:
    return {name for name, fact in world.facts.items() if fact.mark in said}


@in_worlds(PUBLIC, rarely=(NAMES,))
@pytest.mark.parametrize("actor", WHO)
class TestEverybody:
    @pytest.mark.parametrize("code", FORMATS)
    def test_takes_what_they_may_read_and_nothing_else(
        self, world: World, actor: str, code: str
    ) -> None:
        answer = asked(world, actor, code, EVERYTHING, group=code == "md")
        if actor not in INSIDE:
            assert answer.status_code in {302, 403, 404}
            assert not answer.streaming
            return
        said = taken(answer)
        check(world, actor, said, COLUMN, f"{code} for {actor}")
        here = {
            name for name, fact in world.notes.items()
            if fact.audience != "elsewhere" and reads(world.kind, actor, fact)
        }  # fmt: skip
        assert words(world, said) == here
        if world.kind.pseudonyms:
            assert names_in(world, said) & world.names.keys() == set()
        else:
            assert names_in(world, said) == names_of(world, actor)

    def test_hands_on_what_everybody_reads_unless_they_ask_for_more(
        self, world: World, actor: str
    ) -> None:
        if actor not in INSIDE:
            return
        shared = {
            name for name, fact in world.notes.items()
            if fact.state in PUBLISHED and fact.audience in {"group", "circle"}
            and fact.root != "pending" and reads(world.kind, actor, fact)
        }  # fmt: skip
        assert words(world, taken(asked(world, actor, "csv"))) == shared

    def test_takes_their_own_alone_where_leaders_take_the_rest(
        self, world: World, actor: str
    ) -> None:
        world.cast.group.__class__.objects.filter(pk=world.cast.group.pk).update(
            exporting="leaders"
        )
        for code in ("md", "jsonld"):
            answer = asked(world, actor, code, EVERYTHING)
            if actor not in INSIDE or actor in LEADERS:
                assert answer.streaming == (actor in INSIDE)
                list(answer.streaming_content if answer.streaming else ())
                continue
            own = {name for name, fact in world.notes.items() if fact.by == actor}
            own &= {name for name, fact in world.notes.items() if reads(world.kind, actor, fact)}
            here = {name for name in own if world.facts[name].audience != "elsewhere"}
            said = taken(answer)
            assert words(world, said) == here
            assert names_in(world, said) <= {world.names.get(actor, "")}

    def test_their_own_notes_everywhere(self, world: World, actor: str) -> None:
        answer = world.clients[actor].post(f"{reverse('my_export')}?format=jsonld")
        if not answer.streaming:
            assert (actor, answer.status_code) == ("anonymous", 302)
            return
        said = taken(answer)
        check(world, actor, said, COLUMN, f"own notes of {actor}")
        mine = {name for name, fact in world.notes.items() if fact.by == actor}
        assert words(world, said) <= mine
        if actor in INSIDE:
            assert words(world, said) == {
                name for name in mine if reads(world.kind, actor, world.facts[name])
            }


@in_worlds(PUBLIC, rarely=(NAMES,))
@pytest.mark.parametrize("actor", WHO)
def test_an_archive_is_for_leaders(world: World, actor: str) -> None:
    """It has names, for those who read them anyway, and all that leaders read but the words of
    what is gone."""
    answer = asked(world, actor, "archive")
    if actor not in LEADERS:
        assert answer.status_code in {302, 403, 404, 422}
        assert not answer.streaming
        return
    said = taken(answer)
    surface = Surface(whole, names="everybody’s", log=True)
    check(world, actor, said, surface, f"archive for {actor}")
    mine = {
        name for name, fact in world.notes.items()
        if fact.audience != "elsewhere" and reads(world.kind, actor, fact)
    }  # fmt: skip
    assert words(world, said) >= mine
