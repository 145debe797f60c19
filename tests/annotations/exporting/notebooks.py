"""Notebooks out of nothing, for what a writer makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from annotations.enums import AnchorState, Motivation
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Filters,
    Notebook,
    Person,
    Place,
    Thread,
)
from annotations.exporting.writing import silent
from annotations.markdown import to_html
from reader.enums import NUMBERED, BlockKind

SITE = "https://catena.example"
READING = f"{SITE}/g/circle/read/of-margins/"
THEN = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
_NAMED = UUID("00000000-0000-4000-8000-000000000000")
MIRA = Person("mira", "Mira")
NILS = Person("nils", "Nils")


def note(body: str = "", *, depth: int = 0, number: int = 1, **given: Any) -> Entry:
    """A note with an id of its own for each number."""
    given.setdefault("id", uuid5(_NAMED, str(number)))
    given.setdefault("author", MIRA)
    motivation = Motivation.REPLYING if depth else Motivation.COMMENTING
    given.setdefault("motivation", motivation if body else Motivation.HIGHLIGHTING)
    return Entry(
        url=f"{SITE}/n/{given['id']}/",
        parent=given.pop("parent", None),
        depth=depth,
        category=given.pop("category", ""),
        created=given.pop("created", THEN + timedelta(minutes=number)),
        body=body,
        html=to_html(body),
        **given,
    )


def stone(sentence: str = "Deleted by its author", **given: Any) -> Entry:
    return replace(note(**given), author=None, stone=sentence)


def blocks(*made: tuple[str, str] | Block) -> tuple[Block, ...]:
    """Each a kind and a text, or a block; numbered as readers count."""
    found: list[Block] = []
    number = 0
    for at, each in enumerate(made):
        block = each if isinstance(each, Block) else plain(*each)
        number += block.kind in NUMBERED
        counted = number if block.kind in NUMBERED else None
        found.append(replace(block, key=f"key{at}", number=counted, url=f"{READING}#p-key{at}"))
    return tuple(found)


def plain(kind: str, text: str, *spans: Sequence[object], **given: Any) -> Block:
    level = given.pop("level", 1 if kind in (BlockKind.HEADING, BlockKind.LIST_ITEM) else None)
    return Block("", None, BlockKind(kind), level, given.pop("label", ""), text, spans, "")


def thread(*entries: Entry, exact: str = "A margin", **given: Any) -> Thread:
    """On the first words of the block at `first`."""
    first = given.pop("first", 0)
    placed = {
        "first": first, "start": 0, "last": given.pop("last", first), "end": len(exact),
        "prefix": "", "suffix": "", "text_revision": 1, "anchor_state": AnchorState.EXACT,
    }  # fmt: skip
    placed |= given.pop("place", {})
    return Thread(given.pop("number", 1), Place(exact=exact, **placed), entries, **given)


def chapter(*threads: Thread, text: tuple[Block, ...] | None = None, **given: Any) -> Chapter:
    text = blocks(("paragraph", "A margin is where a reader answers.")) if text is None else text
    about: dict[str, Any] = {
        "slug": "of-margins", "url": READING, "title": "Of margins", "language": "en",
        "direction": "ltr", "text_revision": 1, "text_from": THEN, "creators": ("Ada Quill",),
    }  # fmt: skip
    return Chapter(blocks=text, threads=threads, **(about | given))


def notebook(*chapters: Chapter, **given: Any) -> Notebook:
    filters = Filters(text=given.pop("text", True))
    about: dict[str, Any] = {
        "title": "Of margins", "url": READING, "site": SITE, "group": "Circle",
        "group_slug": "circle", "language": "en", "generated_at": THEN, "zone": UTC,
        "filters": filters, "chosen": "",
    }  # fmt: skip
    return Notebook(chapters=chapters, **(about | given))


def written(writer: Any, made: Notebook) -> bytes:
    return b"".join(writer.write(made, silent).chunks)
