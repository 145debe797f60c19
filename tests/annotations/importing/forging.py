"""Archives that somebody has changed by hand, and zips that no archive ever was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps

HEADER = "catena.json"
NOTES, TEXTS = "readings/001/notes.jsonl", "readings/001/texts.jsonl"
PARAGRAPHS, CASES = "readings/001/paragraphs.jsonl", "readings/001/cases.jsonl"
ARTICLE, READING = "readings/001/article.json", "readings/001/reading.json"

type Rows = list[dict[str, Any]]
type Change = Callable[[Rows], object]


def unpacked(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return made.getvalue()


def rows_of(data: bytes) -> Rows:
    return [json.loads(line) for line in data.splitlines()]


def lines_of(rows: Rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def sealed(files: Mapping[str, bytes], **said: Any) -> bytes:
    """With a header that is right about everything else; `said` replaces what it says."""
    parts = {name: data for name, data in files.items() if name != HEADER}
    header = json.loads(files[HEADER])
    header["entries"] = [
        {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in parts.items()
    ]
    for what in ("notes", "cases"):
        counted = [
            data.count(b"\n") for name, data in parts.items() if name.endswith(f"{what}.jsonl")
        ]
        header["counts"][what] = sum(counted)
    header["counts"]["people"] = parts["people.jsonl"].count(b"\n")
    header["counts"]["log"] = parts.get("log.jsonl", b"").count(b"\n")
    return packed({**parts, HEADER: lines_of([header | said])})


def forged(data: bytes, changes: Mapping[str, Change]) -> bytes:
    """An archive in which some entries say something else, and its header agrees."""
    files = unpacked(data)
    for name, change in changes.items():
        rows = rows_of(files[name])
        change(rows)
        files[name] = lines_of(rows)
    return sealed(files)


def first(rows: Rows, **wanted: Any) -> dict[str, Any]:
    """The first row with these values; a callable says whether one will do."""

    def fits(row: dict[str, Any]) -> bool:
        return all(
            value(row[name]) if callable(value) else row[name] == value
            for name, value in wanted.items()
        )

    return next(row for row in rows if fits(row))


def everything() -> dict[str, int]:
    """How many rows each table has."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model._base_manager.count() for model in models}
