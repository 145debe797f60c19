"""The pivot: what every importer turns a file into, and the only thing that the store reads."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from pathlib import PurePath
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
MAX_LABEL = 40
MAX_CREATOR = 400
MAX_LENGTHS = {"title": 400, "subtitle": 400, "series": 400, "date": 200, "language": 12}
LANGUAGE = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"
# Letters that are written without spaces between words, and so without one where a line ends.
WIDE = "\u2e80-\u3098\u309b-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60"
WIDE += "\U00020000-\U0003ffff"

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, soft hyphens, byte order marks, half characters; and overrides and isolates, which can
# make words read as others than are stored. Joiners and other marks of typography stay.
_REMOVED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_SEAM = re.compile(rf"(?<=[{WIDE}])\n(?=[{WIDE}])")
# What composes into one character lies within one of these.
_CLUSTER = re.compile(r".[^\x00-\u02ff]*", re.DOTALL)
_MAY_BE_PILED = re.compile(r"[^\w\s\x00-\u02ff]{31,}")
MOST_PILED = 30  # as in Unicode's Stream-Safe Text Format


def clean(text: str) -> str:
    """NFC without control characters, direction overrides and soft hyphens; lines end with \\n,
    tabs are spaces up to the next fourth column."""
    text = _REMOVED.sub("", _LINE_ENDS.sub("\n", text)).expandtabs(4)
    for marks in _MAY_BE_PILED.findall(text):
        for piled, run in groupby(marks, lambda mark: unicodedata.combining(mark) > 0):
            # To put marks in order takes time that grows with the square of their number.
            if piled and len(list(run)) > MOST_PILED:
                raise ImportRefused(
                    _("More than %(most)d accents stand on one letter: this can't be read.")
                    % {"most": MOST_PILED}
                )
    return unicodedata.normalize("NFC", text)


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return all(char.isspace() or unicodedata.category(char) == "Cf" for char in text)


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
        """A block whose text is clean, with its spans moved along; None where nothing is left."""
        if kind == BlockKind.SEPARATOR:
            return cls(kind, "")
        text, spans = _cleaned(text, spans)
        if kind in LINED:
            begin = len(text) - len(text.lstrip("\n "))
            begin = text.rfind("\n", 0, begin) + 1  # the first line's indent belongs to it
        else:
            text, spans = _in_one_line(text, spans)
            begin = len(text) - len(text.lstrip())
        end = len(text.rstrip())
        if is_blank(text[begin:end]):
            return None
        return cls(kind, text[begin:end], level, label, within(spans, begin, end))

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


def _cleaned(text: str, spans: Iterable[Span]) -> tuple[str, Iterable[Span]]:
    """Mostly it is clean already; not where mark-up or an entity stood inside a character."""
    if clean(text) == text:
        return text, spans
    pieces: list[str] = []
    places: list[int] = []
    length = 0
    for cluster in _CLUSTER.findall(text):
        piece = clean(cluster)
        places += [length + min(at, len(piece)) for at in range(len(cluster))]
        pieces.append(piece)
        length += len(piece)
    places.append(length)
    moved = [replace(s, start=places[s.start], end=places[s.end]) for s in spans]
    return "".join(pieces), moved


def _in_one_line(text: str, spans: Iterable[Span]) -> tuple[str, Iterable[Span]]:
    seams = [seam.start() for seam in _SEAM.finditer(text)]
    if seams:
        text = _SEAM.sub("", text)
        spans = [
            replace(
                span,
                start=span.start - bisect_left(seams, span.start),
                end=span.end - bisect_left(seams, span.end),
            )
            for span in spans
        ]
    return text.replace("\n", " "), spans


def within(spans: Iterable[Span], begin: int, end: int) -> tuple[Span, ...]:
    """The spans of text[begin:end], counted from there."""
    cut = (
        replace(span, start=max(span.start, begin) - begin, end=min(span.end, end) - begin)
        for span in spans
    )
    return tuple(sorted(span for span in cut if span.start < span.end))


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
        if not any(block.kind not in _NOT_TEXT for block in self.blocks):
            raise ImportRefused(_("There is no text in this article."))
        if len(self.blocks) > MAX_BLOCKS:
            raise ImportRefused(
                _("The article has more than %(most)d paragraphs.") % {"most": MAX_BLOCKS}
            )
        if is_blank(self.title):
            raise ImportRefused(_("The article needs a title."))
        for name, most in MAX_LENGTHS.items():
            _check_length(name, getattr(self, name), most)
        for creator in self.creators:
            _check_length("author", creator, MAX_CREATOR)
        for number, block in enumerate(self.blocks, start=1):
            _check(block, number)
        return replace(self, blocks=join_footnotes(self.blocks))


_NOT_TEXT = frozenset({BlockKind.SEPARATOR, BlockKind.HEADING, BlockKind.FOOTNOTE})


def _check_length(name: str, value: str, most: int) -> None:
    if len(value) > most:
        raise ImportRefused(
            _("What was found as the %(name)s has more than %(most)d characters.")
            % {"name": _(name), "most": most}
        )


def _check(block: Block, number: int) -> None:
    if len(block.text) > MAX_BLOCK:
        raise ImportRefused(
            _(
                "Block %(number)d has more than %(most)d characters: "
                "the text seems to have no paragraph breaks."
            )
            % {"number": number, "most": MAX_BLOCK}
        )
    if len(block.label) > MAX_LABEL:
        raise ImportRefused(
            _("The footnote “%(label)s…” has a name of more than %(most)d characters.")
            % {"label": block.label[:MAX_LABEL], "most": MAX_LABEL}
        )
    if block.kind != BlockKind.SEPARATOR and is_blank(block.text):
        raise ImportRefused(_("Block %(number)d is empty.") % {"number": number})
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


def with_references(block: Block, labels: Collection[str]) -> Block:
    """The block, with every [label] in its words as a reference, but in code and footnotes."""
    if not labels or block.kind in (BlockKind.FOOTNOTE, BlockKind.PREFORMATTED):
        return block
    taken = [s for s in block.spans if s.kind in (SpanKind.CODE, SpanKind.FOOTNOTE_REF)]
    found = (
        Span(*match.span(), SpanKind.FOOTNOTE_REF, match[1])
        for match in re.finditer(r"\[([^\[\]\s]+)\]", block.text)
        if match[1] in labels
    )
    free = [
        span for span in found if not any(t.start < span.end and span.start < t.end for t in taken)
    ]
    return replace(block, spans=tuple(sorted([*block.spans, *free])))


def untitled(blocks: Iterable[Block], filename: str) -> str:
    """A title for a text that has none: its file's name, else its first words."""
    stem = clean(re.sub(r"[-_]", " ", PurePath(filename).stem)).strip()
    first = next((block.text for block in blocks if block.text), "")
    return stem[:120] if not is_blank(stem) else " ".join(first.split()[:8])[:80].strip()
