"""The document's own words: front pages, and the articles with the marks of the comments."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import spoken
from annotations.exporting.notebook import Block, Chapter, Notebook
from annotations.exporting.word.anchors import (
    Discussion,
    Marks,
    around,
    places,
)
from annotations.exporting.word.prose import Links, Tongue, begins_rtl, paragraph, run
from annotations.exporting.word.xml import NOTHING, Xml, joined, tag
from annotations.segments import Format, Segment, segments
from reader.enums import BlockKind

_STYLES: dict[str, str] = {
    BlockKind.PARAGRAPH: "Normal",
    BlockKind.QUOTATION: "Quote",
    BlockKind.VERSE: "Verse",
    BlockKind.PREFORMATTED: "Preformatted",
    BlockKind.FIGURE: "Caption",
    BlockKind.FOOTNOTE: "FootnoteText",
    BlockKind.SEPARATOR: "Separator",
}
_LINKS = frozenset({"link", "footnote_ref"})
_PLAIN = Tongue()


@dataclass
class Book:
    """What the chapters of one document share."""

    notebook: Notebook
    links: Links = field(default_factory=Links)
    bookmarks: int = 0

    @property
    def is_one(self) -> bool:
        """Whether there is one article alone, whose title is the document's."""
        return len(self.notebook.chapters) == 1

    def marked(self, name: str, inside: Xml) -> Xml:
        """Words that other places in the document lead to."""
        self.bookmarks += 1
        number = str(self.bookmarks)
        start = tag("w:bookmarkStart", id=number, name=name)
        return joined([start, inside, tag("w:bookmarkEnd", id=number)])


def front(book: Book) -> Iterator[Xml]:
    """Of a document of several articles, or of none."""
    notebook = book.notebook
    yield paragraph("Title", _own(notebook.title), rtl=begins_rtl(notebook.title))
    yield from _facts(_of_the_notebook(notebook), book)
    for number, chapter in enumerate(notebook.chapters):
        linked = tag("w:hyperlink", _own(chapter.title, "Hyperlink"), anchor=f"chapter_{number}")
        yield paragraph("Contents", linked, rtl=begins_rtl(chapter.title))


def _own(text: str, style: str = "") -> Xml:
    return run(text, Tongue(rtl=begins_rtl(text)), style=style)


def _facts(facts: Iterator[tuple[str, str]], book: Book) -> Iterator[Xml]:
    for name, value in facts:
        if value:
            label = run(f"{name}: ", _PLAIN, ("strong",))
            style = "Hyperlink" if value.startswith(("http://", "https://")) else ""
            said = run(value, _PLAIN, style=style)
            yield paragraph("Facts", label, book.links.to(value, said) if style else said)


def _of_the_notebook(notebook: Notebook) -> Iterator[tuple[str, str]]:
    day = date_format(notebook.generated_at.astimezone(notebook.zone), "j F Y")
    notes = ngettext("%(count)d note", "%(count)d notes", notebook.count)
    if notebook.group != notebook.title:
        yield _("Group"), notebook.group
    yield _("Taken home"), f"{day} · {notes % {'count': notebook.count}}"
    yield _("Chosen"), notebook.chosen
    if len(notebook.chapters) != 1:
        yield _("Read there"), notebook.url


def _of_the_article(chapter: Chapter) -> Iterator[tuple[str, str]]:
    yield _("Series"), chapter.series
    yield _("Date"), chapter.date
    yield _("Source"), chapter.source
    yield _("Rights"), chapter.rights
    yield from chapter.metadata
    yield _("Read there"), chapter.url


class ChapterWriter:
    """Writes one article, a paragraph at a time."""

    def __init__(
        self, number: int, chapter: Chapter, about: Sequence[Discussion], book: Book
    ) -> None:
        self._number, self._chapter, self._about, self._book = number, chapter, about, book
        other = chapter.language and chapter.language != book.notebook.language
        self._tongue = Tongue(chapter.language if other else "", chapter.direction == "rtl")
        self._footnotes = {
            block.label: at
            for at, block in enumerate(chapter.blocks)
            if block.kind == BlockKind.FOOTNOTE
        }
        self._referred: set[str] = set()

    def paragraphs(self) -> Iterator[Xml]:
        yield from self._opening()
        if self._chapter.blocks and self._book.notebook.filters.text:
            yield from self._text()
        else:
            yield from self._quotes()
        if self._chapter.colophon:
            names = ", ".join(self._chapter.colophon)
            said = run(_("Read by %(names)s.") % {"names": names}, _PLAIN)
            yield paragraph("Colophon", said)

    def _opening(self) -> Iterator[Xml]:
        chapter, book = self._chapter, self._book
        whole = [each for each in self._about if each.thread.place.whole_article]
        title = around(run(chapter.title, self._tongue), whole)
        marked = book.marked(f"chapter_{self._number}", title)
        yield self._paragraph("Title", marked, opens_page=not book.is_one)
        if chapter.subtitle:
            yield self._paragraph("Subtitle", run(chapter.subtitle, self._tongue))
        if chapter.creators:
            yield self._paragraph("Creators", run(", ".join(chapter.creators), self._tongue))
        if book.is_one:
            yield from _facts(_of_the_notebook(book.notebook), book)
        yield from _facts(_of_the_article(chapter), book)

    def _paragraph(self, style: str, inside: Xml, *, opens_page: bool = False) -> Xml:
        return paragraph(style, inside, rtl=self._tongue.rtl, opens_page=opens_page)

    def _text(self) -> Iterator[Xml]:
        about = [each for each in self._about if not each.thread.place.whole_article]
        marked = places(self._chapter, about)
        opens_page = self._book.is_one
        for at, block in enumerate(self._chapter.blocks):
            inside = self._words(block, marked[at])
            if block.kind == BlockKind.FOOTNOTE:
                inside = joined([self._label(at, block), inside])
            yield self._paragraph(_style(block), inside, opens_page=opens_page)
            opens_page = False

    def _label(self, at: int, block: Block) -> Xml:
        """A footnote's own, which leads back to where it is referred to first.

        Footnotes stand where the article has them, as paragraphs, not at the foot of pages: Word
        passes by comments that stand in a footnote ([MS-OI29500], commentRangeStart), and
        LibreOffice 7 loses the words of footnotes in a document with comments.
        """
        label = run(block.label, self._tongue, style="FootnoteReference")
        if block.label in self._referred:
            label = tag("w:hyperlink", label, anchor=self._name("ref", block.label))
        if self._footnotes[block.label] == at:  # of several with one label, the last is meant
            label = self._book.marked(self._name("note", block.label), label)
        return joined([label, run(" ", _PLAIN)])

    def _name(self, what: str, label: str) -> str:
        return f"{what}_{self._number}_{self._footnotes[label]}"

    def _words(self, block: Block, marks: dict[int, Marks]) -> Xml:
        """A block's words, cut wherever their formatting changes or a mark stands."""
        formats = [_format(span) for span in block.spans]
        waiting = deque(sorted(marks))
        made: list[Xml] = []
        for segment in segments(len(block.text), formats, []):
            at = segment.start
            while waiting and waiting[0] < segment.end:
                cut = waiting.popleft()
                made += [self._piece(block, segment, at, cut), marks[cut].xml]
                at = cut
            made.append(self._piece(block, segment, at, segment.end))
        return joined([*made, *(marks[cut].xml for cut in waiting)])

    def _piece(self, block: Block, segment: Segment, start: int, end: int) -> Xml:
        if start == end:
            return NOTHING
        text = block.text[start:end]
        kinds = [each.kind for each in segment.formats if each.kind not in _LINKS]
        led = {each.kind: each for each in segment.formats if each.kind in _LINKS}
        if "footnote_ref" in led and led["footnote_ref"].target in self._footnotes:
            return self._reference(text, kinds, led["footnote_ref"].target)
        if "link" in led:
            said = run(text, self._tongue, kinds, style="Hyperlink")
            return self._book.links.to(led["link"].target, said)
        return run(text, self._tongue, kinds)

    def _reference(self, text: str, kinds: Sequence[str], label: str) -> Xml:
        said = run(text, self._tongue, kinds, style="FootnoteReference")
        led = tag("w:hyperlink", said, anchor=self._name("note", label))
        if label in self._referred:
            return led
        self._referred.add(label)
        return self._book.marked(self._name("ref", label), led)

    def _quotes(self) -> Iterator[Xml]:
        """In place of the text, the words that are written about."""
        chapter = self._chapter
        about = [each for each in self._about if not each.thread.place.whole_article]
        for place, found in groupby(about, key=lambda each: each.thread.place):
            block = chapter.block(place)
            if block is not None:
                yield self._paragraph("Facts", run(spoken.place(block), _PLAIN))
            words = run(place.exact, self._tongue) if place.exact else run("…", _PLAIN)
            yield self._paragraph("Quote", around(words, list(found)))


def _format(span: Sequence[object]) -> Format:
    start, end, kind, target = span
    return Format(int(str(start)), int(str(end)), str(kind), str(target))


def _style(block: Block) -> str:
    if block.kind == BlockKind.HEADING:
        return f"Heading{min(max(block.level or 1, 1), 6)}"
    if block.kind == BlockKind.LIST_ITEM:
        # The numbers of a numbered list are part of its words.
        name = "List" if block.text[:1].isdigit() else "ListBullet"
        level = min(max(block.level or 1, 1), 3)
        return name if level == 1 else f"{name}{level}"
    return _STYLES[block.kind]
