"""The text of a chapter with its numbered marks, a paragraph at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from annotations import spoken
from annotations.enums import AnchorState, Motivation
from annotations.exporting.edition.notes import ADDRESS, Notes
from annotations.exporting.notebook import Block, Chapter, Notebook, Thread
from annotations.exporting.writing import Tick
from annotations.rendering import inner
from annotations.segments import Format, Mark
from reader.enums import BlockKind


def provenance(chapter: Chapter) -> list[tuple[str, str]]:
    """What is known of where a text comes from, each thing once."""
    said = {value for _key, value in chapter.metadata}
    more = [(_("Source"), chapter.source), (_("Rights"), chapter.rights)]
    return [*chapter.metadata, *((key, value) for key, value in more if value not in {"", *said})]


def paints(thread: Thread) -> bool:
    """Talk about a whole paragraph colours none of its words; a highlight of it does."""
    highlights = thread.root.motivation == Motivation.HIGHLIGHTING
    return thread.place.covers_words and (highlights or not thread.place.whole_block)


@dataclass(frozen=True, slots=True)
class Listed:
    """A chapter in the list of contents."""

    id: str
    title: str
    language: str
    headings: list[tuple[str, str, bool]]  # id, words, whether it is below another


@dataclass
class ChapterPart:
    notebook: Notebook
    chapter: Chapter
    number: int
    several: bool
    # By the index of a block: what is written on it, and how that is marked there.
    begin: dict[int, list[Thread]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[int, list[Mark]] = field(default_factory=lambda: defaultdict(list))
    after: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def id(self) -> str:
        return f"c{self.number}"

    @property
    def has_text(self) -> bool:
        return self._notes.has_text

    @cached_property
    def _notes(self) -> Notes:
        return Notes(self.notebook, self.chapter, self.id)

    @cached_property
    def _depths(self) -> dict[int, int]:
        """By the index of a heading, the level of its element; no level is left out."""
        found, above = {}, 2 if self.several else 1
        least = above + 1
        for at, block in enumerate(self.chapter.blocks):
            if block.kind == BlockKind.HEADING:
                wanted = (block.level or 1) + least - 1
                above = max(least, min(wanted, above + 1, 6))
                found[at] = above
        return found

    @cached_property
    def _footnotes(self) -> dict[str, str]:
        """Label → the id of the footnote's element."""
        return {
            block.label: self._block_id(block)
            for block in self.chapter.blocks
            if block.kind == BlockKind.FOOTNOTE
        }

    @cached_property
    def _references(self) -> dict[str, list[str]]:
        """Label → the ids of the references to it."""
        found: dict[str, list[str]] = defaultdict(list)
        for block in self.chapter.blocks:
            for start, _end, kind, *target in block.spans:
                if kind == "footnote_ref" and target:
                    found[str(target[0])].append(self._reference_id(block, start))
        return found

    def contents(self) -> Listed:
        top, blocks = 3 if self.several else 2, self.chapter.blocks
        headings = [
            (self._block_id(blocks[at]), blocks[at].text, depth > top)
            for at, depth in self._depths.items()
            if depth <= top + 1 and self.has_text
        ]
        return Listed(self.id, self.chapter.title, self.chapter.language, headings)

    def _block_id(self, block: Block) -> str:
        return f"{self.id}-p-{escape(block.key)}"

    def _reference_id(self, block: Block, start: object) -> str:
        return f"{self.id}-f-{escape(block.key)}-{start}"

    def parts(self, tick: Tick) -> Iterator[str]:
        chapter = self.chapter
        kind = "chapter" if self.has_text else "chapter bare"
        about = f'lang="{escape(chapter.language)}" dir="{escape(chapter.direction)}"'
        yield f'<article class="{kind}" {about}>\n'
        if self.several:
            context = {"chapter": chapter, "id": self.id, "provenance": provenance(chapter)}
            yield render_to_string("annotations/edition/title.html", context)
        yield from self._with_text(tick) if self.has_text else self._without_text(tick)
        if chapter.colophon:
            names = ", ".join(f"<bdi>{escape(name)}</bdi>" for name in chapter.colophon)
            yield f'<p class="readers"{self._notes.foreign}>{escape(_("Read by"))} {names}.</p>\n'
        yield "</article>\n"

    def _without_text(self, tick: Tick) -> Iterator[str]:
        """Notes by themselves, where the text isn't there or isn't wanted."""
        for thread in self.chapter.threads:
            yield self._notes.group([thread], self._notes.whereabouts(thread.place))
            tick(len(thread.entries))

    def _with_text(self, tick: Tick) -> Iterator[str]:
        of_all = self._place()
        if of_all:
            numbers = " ".join(self._notes.number(thread) for thread in of_all)
            said = escape(_("On the whole text"))
            yield f'<p class="on-all"{self._notes.foreign}>{said} {numbers}</p>\n'
            yield self._notes.group(of_all, _("Notes on the whole text"), of_all=True)
            tick(sum(len(thread.entries) for thread in of_all))
        for at, block in enumerate(self.chapter.blocks):
            notes = ""
            if at in self.begin:
                label = _("Notes on %(place)s") % {"place": spoken.place_within(block)}
                notes = self._notes.group(self.begin[at], label)
                tick(sum(len(thread.entries) for thread in self.begin[at]))
            yield self._words(at, block) + notes

    def _place(self) -> list[Thread]:
        """Find every thread its place; those on the whole text are returned. A number stands
        behind the words in the block where they begin, beside which the note is."""
        of_all, blocks = [], self.chapter.blocks
        for thread in self.chapter.threads:
            place = thread.place
            if place.whole_article:
                of_all.append(thread)
                continue
            self.begin[place.first].append(thread)
            length = len(blocks[place.first].text)
            here = place.end if place.first == place.last else length
            behind = here if paints(thread) else length
            numbers = self.after[place.first]
            numbers[behind] = numbers.get(behind, "") + self._notes.number(thread)
            if paints(thread):
                self._mark(thread)
        return of_all

    def _mark(self, thread: Thread) -> None:
        place, root = thread.place, thread.root
        nearly = place.anchor_state == AnchorState.APPROXIMATE
        for at in range(place.first, place.last + 1):
            length = len(self.chapter.blocks[at].text)
            start = place.start if at == place.first else 0
            end = place.end if at == place.last else length
            self.marks[at].append(Mark(start, end, root.category, nearly))

    def _words(self, at: int, block: Block) -> str:
        anchor, numbers = self._block_id(block), self.after.get(at, {})
        if block.kind == BlockKind.SEPARATOR:
            return f'<hr id="{anchor}">\n' + "".join(numbers.values())
        words = inner(
            block.text, block.spans, self.marks.get(at, ()), self._link_in(block), numbers
        )
        if not block.text:
            words = "".join(numbers.values())
        name, more = "p", ""
        if block.kind == BlockKind.HEADING:
            name, more = f"h{self._depths[at]}", f' data-title="{escape(block.text)}"'
        elif block.kind == BlockKind.QUOTATION:
            name = "blockquote"
        back = ""
        if block.kind == BlockKind.FOOTNOTE:
            back = self._back(block)
        kind = f"{block.kind} numbered" if block.text[:1].isdigit() else str(block.kind)
        return (
            f'<{name} class="words {kind}" id="{anchor}"{more}>'
            f"{self._counted(block)}{words}{back}</{name}>\n"
        )

    def _counted(self, block: Block) -> str:
        said = block.label if block.kind == BlockKind.FOOTNOTE else block.number
        return "" if said in {None, ""} else f'<span class="pn">{escape(str(said))}</span>'

    def _back(self, footnote: Block) -> str:
        said = escape(_("Back to reference %(label)s in the text") % {"label": footnote.label})
        return "".join(
            f' <a class="back" href="#{reference}" aria-label="{said}">↩</a>'
            for reference in self._references.get(footnote.label, ())
        )

    def _link_in(self, block: Block) -> _Links:
        return _Links(self._footnotes, f"{self.id}-f-{escape(block.key)}")


@dataclass(frozen=True, slots=True)
class _Links:
    """Makes the links in one block: to addresses, and to footnotes by their label."""

    footnotes: Mapping[str, str]
    prefix: str

    def __call__(self, found: Format, html: str) -> str:
        if found.kind == "link":
            if not ADDRESS.match(found.target):
                return html
            return f'<a href="{escape(found.target)}" rel="noopener noreferrer">{html}</a>'
        footnote = self.footnotes.get(found.target)
        if footnote is None:
            return html
        anchor = f"{self.prefix}-{found.start}"
        return f'<sup class="ref"><a id="{anchor}" href="#{footnote}">{html}</a></sup>'
