"""The pivot: what every importer turns a file into, and the only thing that the store reads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from reader.enums import BlockKind


class ImportRefused(Exception):
    """A file that no article can be made of; its text is a sentence for the person."""


class SpanKind(StrEnum):
    EMPHASIS = "emphasis"
    STRONG = "strong"
    SMALL_CAPS = "small_caps"
    LINK = "link"
    CODE = "code"
    SUPERSCRIPT = "superscript"
    SUBSCRIPT = "subscript"
    FOOTNOTE_REF = "footnote_ref"


# Kinds whose line breaks mean something; elsewhere a line break is a space.
LINED = frozenset({BlockKind.VERSE, BlockKind.PREFORMATTED})
MAX_BLOCK = 50_000
MAX_BLOCKS = 10_000
MAX_TITLE = 400

# Overrides and isolates can make words read as others than are stored; joiners can't.
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_INVISIBLE = dict.fromkeys([0xFEFF, 0x00AD])
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """NFC without control characters, direction overrides, soft hyphens; tabs become spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = _CONTROLS.sub("", text.translate(_BIDI_CONTROLS).translate(_INVISIBLE))
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Formatting of text[start:end], in code points."""

    start: int
    end: int
    kind: SpanKind
    target: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    text: str
    level: int | None = None
    label: str = ""
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(
        cls,
        kind: BlockKind,
        text: str,
        *,
        level: int | None = None,
        label: str = "",
        spans: Iterable[Span] = (),
    ) -> Block | None:
        """A block that keeps its promises, or None where nothing is left of it.

        The text must have been cleaned before spans were measured in it.
        """
        if kind == BlockKind.SEPARATOR:
            return cls(kind, "")
        if kind not in LINED:
            text = text.replace("\n", " ")
        begin = len(text) - len(text.lstrip())
        end = len(text.rstrip())
        kept = tuple(
            sorted(
                replace(
                    span,
                    start=max(span.start, begin) - begin,
                    end=min(span.end, end) - begin,
                )
                for span in spans
                if max(span.start, begin) < min(span.end, end)
            )
        )
        return cls(kind, text[begin:end], level, label, kept) if begin < end else None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind.value),
            "level": self.level,
            "text": self.text,
            "label": self.label,
            "spans": [
                {"start": s.start, "end": s.end, "kind": s.kind.value, "target": s.target}
                for s in self.spans
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Block:
        spans = tuple(
            Span(int(s["start"]), int(s["end"]), SpanKind(s["kind"]), str(s["target"]))
            for s in data["spans"]
        )
        level = data["level"]
        return cls(
            BlockKind(data["kind"]),
            str(data["text"]),
            None if level is None else int(level),
            str(data["label"]),
            spans,
        )


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    title: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    creators: tuple[str, ...] = ()
    series: str = ""
    date: str = ""
    language: str = ""
    source: str = ""
    rights: str = ""
    metadata: tuple[tuple[str, str], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "creators": list(self.creators),
            "series": self.series,
            "date": self.date,
            "language": self.language,
            "source": self.source,
            "rights": self.rights,
            "metadata": [list(pair) for pair in self.metadata],
            "blocks": [block.to_json() for block in self.blocks],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParsedArticle:
        """Read back what `to_json` wrote. ImportRefused where it isn't that."""
        try:
            article = cls(
                title=str(data["title"]),
                subtitle=str(data["subtitle"]),
                creators=tuple(map(str, data["creators"])),
                series=str(data["series"]),
                date=str(data["date"]),
                language=str(data["language"]),
                source=str(data["source"]),
                rights=str(data["rights"]),
                metadata=tuple((str(key), str(value)) for key, value in data["metadata"]),
                blocks=tuple(Block.from_json(block) for block in data["blocks"]),
            )
        except (KeyError, TypeError, ValueError) as wrong:
            raise ImportRefused(_("This draft is damaged. Import the article again.")) from wrong
        return article.checked()

    def checked(self) -> ParsedArticle:
        """Itself, with footnotes joined; ImportRefused where it can't become an article."""
        if not self.title.strip():
            raise ImportRefused(_("The article needs a title."))
        if len(self.title) > MAX_TITLE:
            raise ImportRefused(_("The title is longer than an article's title can be."))
        if not any(block.kind not in _NOT_TEXT for block in self.blocks):
            raise ImportRefused(_("There is no text in this article."))
        if len(self.blocks) > MAX_BLOCKS:
            raise ImportRefused(
                _("The article has more than %(most)d paragraphs.") % {"most": MAX_BLOCKS}
            )
        for number, block in enumerate(self.blocks, start=1):
            _check(block, number)
        return replace(self, blocks=join_footnotes(self.blocks))


_NOT_TEXT = frozenset({BlockKind.SEPARATOR, BlockKind.HEADING, BlockKind.FOOTNOTE})


def _check(block: Block, number: int) -> None:
    if len(block.text) > MAX_BLOCK:
        raise ImportRefused(
            _(
                "Paragraph %(number)d has more than %(most)d characters: "
                "the file seems to have no paragraph breaks."
            )
            % {"number": number, "most": MAX_BLOCK}
        )
    if block.kind != BlockKind.SEPARATOR and not block.text.strip():
        raise ImportRefused(_("Paragraph %(number)d is empty.") % {"number": number})
    for span in block.spans:
        if not 0 <= span.start < span.end <= len(block.text):
            raise ImportRefused(_("This draft is damaged. Import the article again."))


def join_footnotes(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Footnotes and references that have each other; a reference alone is plain text."""
    labels = {block.label for block in blocks if block.kind == BlockKind.FOOTNOTE}
    return tuple(
        replace(
            block,
            spans=tuple(
                span
                for span in block.spans
                if span.kind != SpanKind.FOOTNOTE_REF or span.target in labels
            ),
        )
        for block in blocks
    )
