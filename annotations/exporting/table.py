"""CSV: a row for each note, threads kept by ids, ready for a spreadsheet or a script."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.cells import MARK, Value, lines
from annotations.enums import PUBLISHED
from annotations.exporting.notebook import Block, Chapter, Entry, Notebook, Place, Thread
from annotations.exporting.writing import Tick, Written
from reader.enums import BlockKind

COLUMNS = (
    "id", "parent_id", "thread_id", "depth", "article", "paragraph", "start", "end",
    "text_revision", "quote", "motivation", "category", "author", "author_id", "created",
    "edited", "state", "resolved", "endorsements", "tags", "text", "url",
)  # fmt: skip


def write(notebook: Notebook, tick: Tick) -> Written:
    return Written(".csv", _table(notebook, tick))


def _table(notebook: Notebook, tick: Tick) -> Iterator[bytes]:
    yield MARK
    yield from lines(_rows(notebook, tick))


def _rows(notebook: Notebook, tick: Tick) -> Iterator[tuple[Value, ...]]:
    yield COLUMNS
    for chapter in notebook.chapters:
        for thread in chapter.threads:
            for entry in thread.entries:
                # What isn't part of what was taken home is no row; what was taken away is.
                if not entry.is_stone or entry.state not in PUBLISHED:
                    yield (*_place(chapter, thread, entry), *_written(thread, entry))
            tick(len(thread.entries))


def _place(chapter: Chapter, thread: Thread, entry: Entry) -> Iterator[Value]:
    """The words are the root's; its replies have its paragraph, so that rows can be sorted."""
    place, is_root = thread.place, entry is thread.root
    covers = is_root and place.covers_words
    yield from (str(entry.id), str(entry.parent) if entry.parent else "", str(thread.root.id))
    yield from (entry.depth, chapter.title, paragraph_of(chapter, place))
    yield from (place.start, place.end) if covers else (None, None)
    yield place.text_revision
    yield place.exact if is_root and not place.whole_article else ""


def _written(thread: Thread, entry: Entry) -> Iterator[Value]:
    author, resolution = entry.author, thread.resolution if entry is thread.root else None
    stone = entry.is_stone
    yield from ("", "") if stone else (entry.motivation.value, entry.category)
    yield from ("", "") if author is None else (author.name, author.id)
    yield from (entry.created, None if stone else entry.edited)
    yield f"{entry.state.value} ({entry.mark})" if entry.mark else entry.state.value
    yield None if resolution is None else resolution.at
    yield from (None, "", "") if stone else (entry.endorsements, "; ".join(entry.tags), entry.body)
    yield entry.url


def paragraph_of(chapter: Chapter, place: Place) -> str:
    """The paragraph as readers count it, from the first to the last; a footnote as the text
    refers to it, a heading by its words. With `article` and `text_revision` it names one."""
    if place.whole_article or not chapter.blocks:
        return ""
    first = _counted(chapter.blocks[place.first])
    if place.is_detached or place.first == place.last:
        return first
    # A hyphen would make a date of it.
    return f"{first}–{_counted(chapter.blocks[place.last])}"


def _counted(block: Block) -> str:
    if block.number is not None:
        return str(block.number)
    return f"[{block.label}]" if block.kind == BlockKind.FOOTNOTE else block.text
