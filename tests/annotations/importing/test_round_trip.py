"""An archive, brought into a database that knows nothing of it and archived there, is the same,
byte for byte, but for its header."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from annotations.actions import erase_group
from annotations.enums import Audience, Category, State
from annotations.importing.archives.reading import read
from annotations.importing.archives.restoring import plan, restore
from annotations.models import Annotation, Case, Endorsement, LogEntry, Target
from reader.models import Article, StudyGroup, User
from tests.annotations.importing.archived import BEGAN, archived, build, entries
from tests.annotations.importing.forging import everything, rows_of, unpacked

pytestmark = pytest.mark.roundtrip
ROOT = Path(__file__).parents[3]
# Where a server for tests answers, unless DATABASE_URL names one.
SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


def erase(group: StudyGroup, owner: User) -> None:
    """Everything, as if this site had never known it; the owner stays."""
    for note in Annotation.objects.filter(audience=Audience.PRIVATE):
        note.targets.all().delete()
        note.delete()
    StudyGroup.objects.filter(pk=group.pk).update(erase_at=BEGAN, erase_asked_by=owner)
    assert erase_group(group)
    assert (Annotation.objects.count(), Article.objects.count()) == (0, 0)


def everything_that_can_differ(data: bytes) -> dict[str, set[Any]]:
    """So that no test passes because there was nothing of a kind."""
    files = unpacked(data)
    notes = [row for name in files if name.endswith("notes.jsonl") for row in rows_of(files[name])]
    places = [place for note in notes for place in note["places"]]
    return {
        "states": {note["state"] for note in notes},
        "audiences": {note["audience"] for note in notes},
        "categories": {note["category"] for note in notes},
        "anchors": {place["anchor_state"] for place in places},
        "words": {words["state"] for note in notes for words in note["words"]},
        "hung on": {
            name
            for note in notes
            for name in ("resolved", "locked", "endorsed", "imported_from", "edited_at", "tags")
            if note[name]
        },
    }


def depths(data: bytes) -> Counter[int]:
    files = unpacked(data)
    parents = {
        row["uuid"]: row["parent"]
        for name in files
        if name.endswith("notes.jsonl")
        for row in rows_of(files[name])
    }

    def depth(uuid: str) -> int:
        above = parents[uuid]
        return 1 if above is None else 1 + depth(above)

    return Counter(map(depth, parents))


def assert_full(data: bytes) -> None:
    assert everything_that_can_differ(data) == {
        "states": {*State.values},
        "audiences": {*Audience.values},
        "categories": {"", *Category.values},
        "anchors": {"exact", "moved", "detached"},
        "words": {"superseded", "pending", "declined"},
        "hung on": {"resolved", "locked", "endorsed", "imported_from", "edited_at", "tags"},
    }
    assert max(depths(data)) == 12


@pytest.mark.django_db
def test_a_small_group() -> None:
    full = build(2, 20, 160)
    data = archived(full.owner, full.group)
    assert_full(data)
    erase(full.group, full.owner)
    found = read(BytesIO(data))
    made = restore(by=full.owner, records=found, me=str(found.header.exported_by))
    assert entries(archived(full.owner, made.group)) == entries(data)
    assert (made.articles, made.notes, made.known, made.left_out, made.guests) == (
        2, found.header.counts.notes, 0, 0, 5,
    )  # fmt: skip


@pytest.mark.django_db
def test_what_is_restored_works_as_what_was_there() -> None:
    """The rows that no archive holds are made as they were."""
    full = build(1, 16, 60)
    kept = ("body_html", "renderer_version", "imported_from", "article__slug", "root__uuid")
    notes = Annotation.objects.exclude(state__in=[State.WITHDRAWN, State.PURGED])
    shared = notes.exclude(audience=Audience.PRIVATE).order_by("uuid")
    Annotation.objects.update(body_html="", renderer_version=1)
    before = list(shared.values_list("uuid", *kept[2:]))
    own = {"annotation__creator": full.owner}
    counts = [
        Target.objects.filter(annotation__in=shared).count(),
        Endorsement.objects.filter(annotation__in=shared).count(),
        Case.objects.filter(annotation__in=shared).exclude(**own).count(),
    ]
    data = archived(full.owner, full.group)
    erase(full.group, full.owner)
    found = read(BytesIO(data))
    made = restore(by=full.owner, records=found, me=str(found.header.exported_by))
    assert list(shared.values_list("uuid", *kept[2:])) == before
    assert [
        Target.objects.filter(annotation__in=shared).count(),
        Endorsement.objects.filter(annotation__in=shared).count(),
        Case.objects.filter(annotation__in=shared).exclude(**own).count(),
    ] == counts
    assert LogEntry.objects.filter(group=made.group).count() == found.header.counts.log
    assert set(shared.values_list("renderer_version", flat=True)) == {1}
    assert not shared.filter(body_html="").exclude(body="").exists()
    assert not shared.filter(body_html__contains="<script>").exists()


@pytest.mark.django_db
def test_one_of_several_readings() -> None:
    full = build(2, 12, 60)
    data = archived(full.owner, full.group, [full.readings[1]])
    found = read(BytesIO(data))
    assert (found.header.scope, len(found.holdings)) == ("readings", 1)
    assert {row.note is None for row in found.log} == {False}
    erase(full.group, full.owner)
    made = restore(by=full.owner, records=found, me=str(found.header.exported_by))
    again = entries(archived(full.owner, made.group))
    assert again == entries(data)


@pytest.mark.django_db
def test_nothing_is_written_by_a_plan() -> None:
    full = build(1, 12, 30)
    found = read(BytesIO(archived(full.owner, full.group)))
    before = everything()
    planned = plan(by=full.owner, records=found, me=str(found.header.exported_by))
    assert everything() == before
    assert [(each.is_new, each.new, each.known) for each in planned.articles] == [
        (True, found.header.counts.notes, 0)
    ]
    assert planned.matched == ("Olive",)
    assert sorted(planned.guests) == ["", "Mona", "Reader0", "Reader1", "Reader2"]


@pytest.fixture
def server() -> Iterator[str]:
    """An empty PostgreSQL database of its own."""
    named = os.environ.get("DATABASE_URL", "")
    url = named if named.startswith("postgres") else SERVER
    name = f"catena_round_trip_{os.getpid()}"
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        pytest.skip("No PostgreSQL answers at DATABASE_URL or at 127.0.0.1:5432.")
    with connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def carry(url: str, state: Path, *words: str) -> None:
    state.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "CATENA_STATE": str(state),
        "CATENA_DEBUG": "1",
        "CATENA_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-0123456789",
    }
    command = [sys.executable, "-m", "tests.annotations.importing.carrying", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.exhaustive
@pytest.mark.once
def test_a_thousand_notes_from_sqlite_to_postgresql_and_back(server: str, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{n}.zip" for n in range(3))
    carry("", tmp_path / "a", "build", str(first))
    assert_full(first.read_bytes())
    counts = json.loads(unpacked(first.read_bytes())["catena.json"])["counts"]
    # What was deleted and nobody answers stays behind.
    assert (counts["readings"], counts["notes"] > 900) == (3, True)
    carry(server, tmp_path / "b", "restore", str(first), str(second))
    assert entries(second.read_bytes()) == entries(first.read_bytes())
    carry("", tmp_path / "c", "restore", str(second), str(third))
    assert entries(third.read_bytes()) == entries(first.read_bytes())
