"""A table for Readwise, by the columns of its CSV import: a row for each passage, with all that
was said about it. Highlight is the only column that it demands; Location is a whole number, Date
is in UTC, and words that begin a note with a dot become its tags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from annotations.cells import Value, lines
from annotations.exporting.notebook import Chapter, Entry, Notebook, Place, Thread
from annotations.exporting.writing import Tick, Written

COLUMNS = ("Highlight", "Title", "Author", "URL", "Note", "Location", "Date")


def write(notebook: Notebook, tick: Tick) -> Written:
    # Without the mark of UTF-8: a service reads this, and looks for a column named Highlight.
    return Written(".csv", lines(_rows(notebook, tick)))


def _rows(notebook: Notebook, tick: Tick) -> Iterator[tuple[Value, ...]]:
    yield COLUMNS
    for chapter in notebook.chapters:
        for thread in chapter.threads:
            if thread.place.exact and not thread.place.whole_article:
                yield _row(chapter, thread)
            tick(len(thread.entries))


def _row(chapter: Chapter, thread: Thread) -> tuple[Value, ...]:
    return (
        thread.place.exact,
        chapter.title,
        ", ".join(chapter.creators),
        chapter.url or chapter.source,
        _note(thread),
        _location(chapter, thread.place),
        thread.root.created.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    )


def _note(thread: Thread) -> str:
    """Its tags, then everybody's words; one's own come first and need no name there."""
    tags = dict.fromkeys(tag for entry in thread.entries for tag in entry.tags)
    said = [_said(entry) for entry in thread.entries if not entry.is_stone]
    words = [" ".join(f".{'-'.join(tag.split())}" for tag in tags), *said]
    return "\n".join(each for each in words if each)


def _said(entry: Entry) -> str:
    if not entry.body.strip() or entry.author is None:
        return ""
    mark = f" ({entry.mark})" if entry.mark else ""
    if entry.mine and entry.depth == 0 and not mark:
        return entry.body
    return f"{entry.author.name}{mark}: {entry.body}"


def _location(chapter: Chapter, place: Place) -> int | None:
    """The paragraph's number, or that of the last one before it."""
    before = (block.number for block in chapter.blocks[place.first :: -1])
    return next((number for number in before if number is not None), None)
