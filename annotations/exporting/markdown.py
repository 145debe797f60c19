"""Markdown, ready for Obsidian: one file an article, each note a list item below what it answers.

Front matter, the passage as a block quote, then the thread as a nested list: the one shape that
Obsidian gives links to (`^n-…`), and that GitHub and Pandoc read as a thread. Nothing but one line
of the front matter depends on the day, and nothing on how much there is, so that what is written
once more differs only where the reading grew.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import yaml
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from annotations import spoken
from annotations.enums import Category, Motivation
from annotations.exporting import markup, safe_html
from annotations.exporting.markdown_text import Text, in_lines
from annotations.exporting.markup import Node, Styled
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Notebook,
    Place,
    Resolution,
    Thread,
)
from annotations.exporting.writing import Tick, Written, file_name
from annotations.exporting.zipped import zipped
from reader.enums import BlockKind

# What ends a tag in Obsidian: ASCII's signs but `-`, `_` and `/`, and two blocks of punctuation.
_NOT_IN_TAGS = re.compile(
    r"[\u2000-\u206f\u2e00-\u2e7f'!\"#$%&()*+,.:;<=>?@^`{|}~\[\]\\\s\x00-\x1f]"
)
_BETWEEN = " · "


def write(notebook: Notebook, tick: Tick) -> Written:
    chapters = notebook.chapters
    if len(chapters) == 1:
        return Written(".md", _file(notebook, chapters[0], tick))
    if not chapters:
        return Written(".md", iter([_nothing(notebook).encode()]))
    files = ((name, _file(notebook, chapter, tick)) for name, chapter in named(chapters))
    return Written(".zip", zipped(files))


def named(chapters: Sequence[Chapter]) -> Iterator[tuple[str, Chapter]]:
    """Each with the name of its file: its title, its slug too where two have the same one, and a
    number where a text is read twice."""
    titles = Counter(file_name(chapter.title).casefold() for chapter in chapters)
    taken: set[str] = set()
    for chapter in chapters:
        stem = file_name(chapter.title)
        if titles[stem.casefold()] > 1:
            stem = f"{stem} ({chapter.slug})"
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem} {number}", number + 1
        taken.add(name.casefold())
        yield f"{name}.md", chapter


def _file(notebook: Notebook, chapter: Chapter, tick: Tick) -> Iterator[bytes]:
    yield _front(_about(notebook, chapter), notebook).encode()
    for text in markup.apart(_Pages(notebook, chapter).blocks(tick)):
        yield f"\n{text}\n".encode()


def _nothing(notebook: Notebook) -> str:
    front = _front({"title": notebook.title, "group": notebook.group}, notebook)
    return f"{front}\n{_('There are no notes here.')}\n"


# Front matter


def _about(notebook: Notebook, chapter: Chapter) -> dict[str, Any]:
    return {
        "title": chapter.title,
        "subtitle": chapter.subtitle,
        "creators": list(map(_in_line, chapter.creators)),
        "series": chapter.series,
        "date": chapter.date,
        "source": chapter.source,
        "rights": chapter.rights,
        "language": chapter.language,
        "direction": chapter.direction if chapter.direction == "rtl" else "",
        "group": notebook.group,
        "reading": chapter.url,
        "text_revision": chapter.text_revision,
        "chosen": notebook.chosen,
    }


def _front(about: Mapping[str, Any], notebook: Notebook) -> str:
    taken_home = notebook.generated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {
        key: _in_line(value) if isinstance(value, str) else value
        for key, value in {**about, "taken_home": taken_home}.items()
        if value
    }
    # No line is broken, so that none can begin with what ends front matter.
    written = yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{written}---\n"


def _in_line(text: str) -> str:
    return " ".join(markup.plain(text).split())


class _Pages:
    """What a chapter's file holds after its front matter."""

    def __init__(self, notebook: Notebook, chapter: Chapter) -> None:
        self._notebook, self._chapter = notebook, chapter
        self._ids = block_ids(chapter)
        self._text = Text(chapter.blocks)
        self._with_text = notebook.filters.text and bool(chapter.blocks)

    def blocks(self, tick: Tick) -> Iterator[markup.Block]:
        chapter = self._chapter
        told = partial(self._thread, tick)
        if not self._with_text:
            yield from chain.from_iterable(map(told, chapter.threads))
            return
        around: dict[int, list[Thread]] = defaultdict(list)
        for thread in chapter.threads:
            around[-1 if thread.place.whole_article else thread.place.first].append(thread)
        yield from chain.from_iterable(map(told, around[-1]))
        items: list[Block] = []  # of one list, as long as nothing stands between them
        for at, block in enumerate(chapter.blocks):
            if block.kind == BlockKind.LIST_ITEM:
                items.append(block)
            following = chapter.blocks[at + 1 : at + 2]
            goes_on = following and following[0].kind == BlockKind.LIST_ITEM
            if items and (around[at] or not goes_on):
                yield self._text.items(items)
                items = []
            if block.kind != BlockKind.LIST_ITEM:
                yield from self._text.block(block)
            yield from chain.from_iterable(map(told, around[at]))

    # Threads

    def _thread(self, tick: Tick, thread: Thread) -> Iterator[markup.Block]:
        yield markup.quotation(self._passage(thread.place))
        said: list[str] = []
        ended_in_list = False
        for at, entry in enumerate(thread.entries):
            indent = "  " * entry.depth
            if ended_in_list and entry.depth > thread.entries[at - 1].depth:
                said.append(indent + markup.APART)
            content = self._content(entry, thread)
            ended_in_list = content[-1].is_list
            said.append(markup.set_in(markup.stacked(content), f"{indent}- ", f"{indent}  "))
        tick(len(thread.entries))
        yield markup.Block("\n\n".join(said), is_list=True)

    def _passage(self, place: Place) -> Iterator[markup.Block]:
        for text in self._quoted(place):
            yield from markup.paragraph(in_lines([text]))
        yield from markup.paragraph(self._where(place))

    def _quoted(self, place: Place) -> list[str]:
        """The words of a passage, a paragraph each; none where they stand right above it."""
        if place.whole_article or self._stands_above(place):
            return []
        blocks = self._chapter.blocks[place.first : place.last + 1]
        if place.is_detached or not blocks:
            return place.exact.split("\n")
        texts = [block.text for block in blocks]
        texts[-1] = texts[-1][: place.end]
        texts[0] = texts[0][place.start :]
        return texts

    def _stands_above(self, place: Place) -> bool:
        return place.whole_block and not place.is_detached and self._with_text

    def _where(self, place: Place) -> Iterator[Node]:
        block = self._chapter.block(place)
        if place.whole_article:
            yield _link(_("The whole text"), self._chapter.url)
        elif block is None:
            yield _link(self._chapter.title, self._chapter.url)
        else:
            yield _link(spoken.place(block), block.url)
            if place.last != place.first and not place.is_detached:
                yield f" – {spoken.place_within(self._chapter.blocks[place.last])}"
            if self._stands_above(place):
                yield _BETWEEN + _("all of it")
            if place.is_detached:
                yield _BETWEEN + _("these words are no longer in the text")

    def _content(self, entry: Entry, thread: Thread) -> list[markup.Block]:
        head = markup.one_line(_between(self._head(entry, thread)))
        blocks = [markup.Block(f"{head} ^{self._ids[entry.id]}")]
        if not entry.is_stone:
            blocks += safe_html.blocks_of(entry.html)
            tags = " ".join(map(tagged, entry.tags))
            blocks += [markup.Block(tags)] if tags else []
        if entry is thread.root and thread.resolution is not None:
            blocks += markup.paragraph(_between(self._resolution(thread.resolution)))
        return blocks

    def _head(self, entry: Entry, thread: Thread) -> Iterator[Node]:
        if entry.is_stone:
            yield Styled("emphasis", [entry.stone])
            return
        yield Styled("strong", [_in_line(entry.author.name if entry.author else "") or "?"])
        yield _link(self._when(entry.created), entry.url)
        yield kind_of(entry, thread)
        yield _("edited") if entry.edited else ""
        yield Styled("emphasis", [entry.mark])
        yield spoken.endorsed(entry.endorsements, entry.motivation) if entry.endorsements else ""

    def _resolution(self, resolution: Resolution) -> Iterator[Node]:
        yield Styled("strong", [_("Resolved")])
        yield self._when(resolution.at)
        yield _in_line(resolution.outcome)

    def _when(self, moment: datetime) -> str:
        return date_format(moment.astimezone(self._notebook.zone), "j F Y, H:i")


def block_ids(chapter: Chapter) -> dict[UUID, str]:
    """What Obsidian calls each note. The earlier of two that begin alike keeps the short one, so
    that nothing that is written later changes a link."""
    found: dict[UUID, str] = {}
    taken: set[str] = set()
    entries = sorted((entry for _, entry in chapter.entries), key=lambda e: (e.created, e.id))
    for entry in entries:
        length = 8
        while (short := f"n-{entry.id.hex[:length]}") in taken and length < 32:
            length += 4
        taken.add(short)
        found[entry.id] = short
    return found


def kind_of(entry: Entry, thread: Thread) -> str:
    """What sort of note it is, where that isn't a plain one."""
    if entry is thread.root and thread.is_prompt:
        return str(Category.VIOLET.label)
    if entry.motivation == Motivation.QUESTIONING:
        return str(Motivation.QUESTIONING.label)
    if entry.category in (Category.GREEN, Category.ROSE):
        return str(Category(entry.category).label)
    return str(Motivation.HIGHLIGHTING.label) if not entry.body.strip() else ""


def tagged(tag: str) -> str:
    """A tag as Obsidian takes it, and what it was called where that says less."""
    name = "-".join(tag.split())
    legal = _NOT_IN_TAGS.sub("", name).strip("-_/")
    if not legal or legal.isdigit():
        return markup.one_line([f"#{_in_line(tag)}"])
    return f"#{legal}" if legal == name else f"#{legal} {markup.one_line([f'({_in_line(tag)})'])}"


def _link(words: str, url: str) -> Node:
    return Styled("link", [_in_line(words)], url) if url else _in_line(words)


def _between(nodes: Iterable[Node]) -> Iterator[Node]:
    """What there is of these, with something between."""
    begun = False
    for node in nodes:
        if node == "" or (isinstance(node, Styled) and node.within == [""]):
            continue
        if begun:
            yield _BETWEEN
        begun = True
        yield node
