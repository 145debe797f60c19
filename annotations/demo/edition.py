"""What the demo's group takes home, without a database: the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from annotations.demo import conversation, sample_article
from annotations.enums import AnchorState, Audience, Category, Motivation
from annotations.exporting.edition import write
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Filters,
    Notebook,
    Person,
    Place,
    Resolution,
    Thread,
)
from annotations.exporting.writing import silent
from annotations.markdown import to_html
from annotations.selectors import find_quote
from reader.enums import NUMBERED, Role

SITE = "https://catena.example"
URL = f"{SITE}/g/the-long-table/read/the-water-roster/"
BEGAN = datetime(2025, 11, 6, 18, 30, tzinfo=UTC)
_IDS = UUID("0f6a0a52-4df5-4d8c-a0c4-6f6d2f0b7a11")


def sample_edition() -> bytes:
    """The annotated edition of the demo's reading."""
    return b"".join(write(sample_notebook(), silent).chunks)


def sample_notebook() -> Notebook:
    told, article = conversation(), sample_article()
    blocks = tuple(_blocks())
    threads = sorted(_threads(told, blocks), key=_reading_order)
    chapter = Chapter(
        slug="the-water-roster",
        url=URL,
        title=article.title,
        language=article.language or "en",
        direction="ltr",
        text_revision=1,
        text_from=BEGAN,
        subtitle=article.subtitle,
        creators=tuple(article.creators),
        series=article.series,
        date=article.date,
        source=article.source,
        rights=article.rights,
        metadata=tuple((key, value) for key, value in article.metadata),
        blocks=blocks,
        threads=tuple(replace(each, number=n) for n, each in enumerate(threads, start=1)),
        colophon=tuple(sorted(each["name"] for each in told["members"] if each.get("colophon"))),
    )
    return Notebook(
        title=article.title,
        url=URL,
        site=SITE,
        group=told["group"]["name"],
        group_slug="the-long-table",
        language="en",
        generated_at=BEGAN + timedelta(days=9),
        zone=UTC,
        filters=Filters(),
        chosen="",
        chapters=(chapter,),
    )


def _blocks() -> Iterator[Block]:
    number = 0
    for at, parsed in enumerate(sample_article().blocks):
        counts = parsed.kind in NUMBERED
        number += counts
        key = _id(f"block {at}").hex[:12]
        yield Block(
            key=key,
            number=number if counts else None,
            kind=parsed.kind,
            level=parsed.level,
            label=parsed.label,
            text=parsed.text,
            spans=[[span.start, span.end, span.kind.value, span.target] for span in parsed.spans],
            url=f"{URL}#p-{key}",
        )


def _threads(told: dict[str, Any], blocks: tuple[Block, ...]) -> Iterator[Thread]:
    """What everybody at the table reads."""
    people = {
        each["key"]: Person(str(_id(each["email"])), each["name"]) for each in told["members"]
    }
    owner = next(each["key"] for each in told["members"] if each["role"] == Role.OWNER)
    for at, prompt in enumerate(told["prompts"]):
        asked = {
            "by": owner, "body": prompt["text"], "minutes": at,
            "motivation": Motivation.QUESTIONING, "category": Category.VIOLET,
        }  # fmt: skip
        root = _entry(f"prompt {at}", asked, people)
        head = Place(
            0, 0, 0, len(blocks[0].text), "", "", "", 1, AnchorState.EXACT, whole_article=True
        )
        yield Thread(0, head, (root,), is_prompt=True)
    for at, note in enumerate(told["notes"]):
        if note.get("audience", Audience.GROUP) == Audience.GROUP:
            yield Thread(
                0, _place(note, blocks), _entries(f"note {at}", note, people), _resolution(note)
            )


def _resolution(note: dict[str, Any]) -> Resolution | None:
    if "resolved" not in note:
        return None
    return Resolution(BEGAN + timedelta(days=8), note["resolved"])


def _entries(name: str, note: dict[str, Any], people: dict[str, Person]) -> tuple[Entry, ...]:
    root = _entry(name, note, people)
    answers = [
        _entry(f"{name}, {at}", {"motivation": Motivation.REPLYING, **answer}, people)
        for at, answer in enumerate(note.get("replies", []))
    ]
    below: dict[int | None, list[int]] = {}
    for at, answer in enumerate(note.get("replies", [])):
        below.setdefault(answer.get("to"), []).append(at)

    def under(parent: Entry, key: int | None) -> Iterator[Entry]:
        for at in below.get(key, ()):
            named = parent.author.name if parent.depth and parent.author else ""
            depth = parent.depth + 1
            entry = replace(answers[at], parent=parent.id, depth=depth, answers=named)
            yield entry
            yield from under(entry, at)

    return (root, *under(root, None))


def _entry(name: str, told: dict[str, Any], people: dict[str, Person]) -> Entry:
    key, body = _id(name), told.get("body", "").strip()
    motivation = Motivation(told["motivation"])
    category = told.get("category", "")
    if motivation == Motivation.QUESTIONING and not category:
        category = Category.BLUE
    return Entry(
        id=key,
        url=f"{SITE}/n/{key}/?in=the-long-table",
        parent=None,
        depth=0,
        motivation=motivation,
        category=category,
        created=BEGAN + timedelta(minutes=told["minutes"]),
        author=people[told["by"]],
        tags=tuple(told.get("tags", ())),
        body=body,
        html=to_html(body) if body else "",
    )


def _place(note: dict[str, Any], blocks: tuple[Block, ...]) -> Place:
    if "paragraph" in note:
        at = next(n for n, each in enumerate(blocks) if each.text.startswith(note["paragraph"]))
        first, start, last, end = at, 0, at, len(blocks[at].text)
    else:
        first, start, end = _find(blocks, note["quote"])
        last = first
    if "quote_end" in note:
        last, _start, end = _find(blocks, note["quote_end"])
    inside = [block.text for block in blocks[first : last + 1]]
    inside[-1] = inside[-1][:end]
    inside[0] = inside[0][start:]
    whole = first == last and start == 0 and end == len(blocks[first].text)
    return Place(
        first, start, last, end, "\n".join(inside), "", "", 1, AnchorState.EXACT, whole_block=whole
    )


def _find(blocks: tuple[Block, ...], words: str) -> tuple[int, int, int]:
    for at, block in enumerate(blocks):
        for start, end in find_quote(block.text, words):
            return at, start, end
    raise LookupError(f"The sample article doesn't say {words!r}.")


def _reading_order(thread: Thread) -> tuple[object, ...]:
    place = thread.place
    begins_whole = place.whole_article or place.whole_block
    return (place.first, not begins_whole, place.start, thread.root.created)


def _id(name: str) -> UUID:
    return uuid5(_IDS, name)
