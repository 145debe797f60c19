"""Web Annotations, taken home from one group and brought into another that reads the same text,
keep every thread, quote and position."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from annotations.enums import CHOSEN_CATEGORIES, Category, Motivation
from annotations.exporting.gathering import gather
from annotations.exporting.making import make
from annotations.exporting.notebook import Chapter, Entry, Filters, Place
from annotations.exporting.scope import Scope
from annotations.importing.arriving import parse
from annotations.importing.foreign.bringing import bring_in
from annotations.importing.foreign.incoming import Incoming
from reader.actions import create_group
from reader.enums import Bylines
from reader.models import Circle, Reading, StudyGroup, User
from tests.annotations.importing.archived import build
from tests.cast import person

pytestmark = [pytest.mark.roundtrip, pytest.mark.django_db]


def chapter_of(user: User, reading: Reading) -> Chapter:
    [chapter] = gather(Scope(user, reading.group, reading), Filters()).chapters
    return chapter


def told(chapter: Chapter, *, by_name: bool) -> list[Any]:
    """Every thread with its place and all that is said in it, by whom and when, oldest first.
    Where a reading shows pseudonyms guests get new ones: then who it is that speaks again."""
    called: dict[str, str] = {}

    def name(entry: Entry) -> str:
        if entry.author is None:
            return ""
        known = called.setdefault(entry.author.name, f"speaker {len(called)}")
        return entry.author.name if by_name else known

    return [
        (
            _where(thread.place),
            thread.is_prompt,
            thread.resolution and thread.resolution.outcome,
            [
                (entry.depth, entry.created, *_said(entry, name(entry)))
                for entry in thread.entries
            ],
        )
        for thread in sorted(chapter.threads, key=lambda thread: thread.root.created)
    ]  # fmt: skip


def _where(place: Place) -> tuple[Any, ...]:
    """What is said of the whole article is about no words, wherever it stands."""
    if place.whole_article:
        return ("the whole article",)
    return (
        place.first, place.start, place.last, place.end, place.exact, place.prefix, place.suffix,
        place.is_detached,
    )  # fmt: skip


def _said(entry: Entry, name: str) -> tuple[Any, ...]:
    """Of what is gone nothing more than that it was there."""
    if entry.is_stone:
        return ()
    return (
        name, entry.body, entry.tags, entry.motivation, _category(entry), entry.edited,
        entry.circle,
    )  # fmt: skip


def _category(entry: Entry) -> str:
    """Of what has one to choose; the rows that are asked have any."""
    if entry.motivation not in {Motivation.COMMENTING, Motivation.HIGHLIGHTING}:
        return ""
    return entry.category if entry.category in CHOSEN_CATEGORIES else Category.YELLOW


def elsewhere(reading: Reading, group: StudyGroup) -> Reading:
    """The same text, read by others in circles of the same names."""
    other: Reading = Reading.objects.create(
        group=group, article=reading.article, has_circles=reading.has_circles,
        bylines=reading.bylines,
    )  # fmt: skip
    for circle in reading.circles.all():
        Circle.objects.create(reading=other, name=circle.name)
    return other


@pytest.mark.parametrize(
    "size",
    [(1, 20, 120), pytest.param((3, 100, 1_000), marks=[pytest.mark.exhaustive, pytest.mark.once])],
    ids=str,
)
def test_out_and_in(size: tuple[int, int, int]) -> None:
    full = build(*size)
    wanda = person("Wanda")
    group = create_group(by=wanda, name="Elsewhere")
    threads = 0
    for reading in full.readings:
        scope = Scope(full.owner, full.group, reading)
        with make(scope, Filters(), "jsonld").file as file:
            incoming = parse(BytesIO(file.read()), "notes.jsonld")
        assert isinstance(incoming, Incoming)
        there = elsewhere(reading, group)
        bring_in(by=wanda, reading=there, incoming=incoming)
        before, after = chapter_of(full.owner, reading), chapter_of(wanda, there)
        named = reading.bylines == Bylines.NAMES
        assert told(after, by_name=named) == told(before, by_name=named)
        threads += len(before.threads)
    assert threads > size[2] / 20
