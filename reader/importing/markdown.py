"""Markdown (CommonMark) with tables, footnotes and YAML front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from textwrap import dedent
from typing import Any

import yaml
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from reader.enums import BlockKind
from reader.importing.decoding import decode
from reader.importing.parsed import (
    LANGUAGE,
    MAX_BLOCK,
    MAX_LENGTHS,
    Block,
    ImportRefused,
    ParsedArticle,
    Span,
    SpanKind,
    clean,
    is_blank,
    untitled,
)

DEEPEST = 20  # levels; the parser leaves out what lies deeper
MAX_BRACKETS = 12  # open at once; more is no mark-up, and costs the parser too much time
MAX_MARKS = 200_000  # of mark-up; the parser takes some 10 µs for each
MAX_FRONT = 10_000

_MARKS = r"*_`[]<&\!"
_QUOTED = re.compile(r"^(?: {0,3}> ?)+")
_SPANS = {"em": SpanKind.EMPHASIS, "strong": SpanKind.STRONG, "a": SpanKind.LINK}
_LINKS = ("https://", "http://", "mailto:")
_FIELDS = {
    "title": "title", "subtitle": "subtitle", "series": "series", "date": "date",
    "author": "creators", "authors": "creators", "creator": "creators", "creators": "creators",
    "language": "language", "lang": "language", "source": "source",
    "rights": "rights", "license": "rights", "licence": "rights",
}  # fmt: skip

type Pairs = list[tuple[str, list[str]]]


def parse(data: bytes, filename: str = "") -> ParsedArticle:
    text = decode(data).lstrip("\n")
    if sum(map(text.count, _MARKS)) > MAX_MARKS:
        raise ImportRefused(
            _("This has more than %(most)d signs of mark-up, so it seems to be no text to read.")
            % {"most": MAX_MARKS}
        )
    tokens = _PARSER.parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        raise ImportRefused(_("Quotations and lists are nested too deeply here."))
    front = tokens[0].content if tokens and tokens[0].type == "front_matter" else ""
    pairs = _pairs(front)
    # What can't be read as front matter is still what somebody wrote.
    unread = Block.of(BlockKind.PREFORMATTED, front) if pairs is None else None
    about = _about(pairs or [])
    title, blocks = _titled(_Blocks(text).of(tokens), about["title"])
    blocks = [unread, *blocks] if unread else blocks
    about["title"] = title or untitled(blocks, filename)
    return ParsedArticle(**about, blocks=tuple(blocks)).checked()


def _read_inline(state: StateCore) -> None:
    """As the parser's own rule, but for what would take it long."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            if len(token.content) > MAX_BLOCK or _brackets(token.content) > MAX_BRACKETS:
                token.children.append(Token("text", "", 0, content=token.content))
            else:
                state.md.inline.parse(token.content, state.md, state.env, token.children)


def _brackets(text: str) -> int:
    """The most that are open at once."""
    opened = most = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        opened = opened + 1 if bracket in "[{" else max(0, opened - 1)
        most = max(most, opened)
    return most


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
    parser.use(front_matter_plugin).use(footnote_plugin, inline=False, move_to_end=False)
    parser.core.ruler.at("inline", _read_inline)
    return parser


VERSE_LINE = 90
_PARSER = _parser()


class _Loader(yaml.BaseLoader):
    """Strings only; an alias could make a few lines very long."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("Aliases are not read.")
        return super().compose_node(parent, index)


def _pairs(front: str) -> Pairs | None:
    """Keys and their values in the order written; None where it is something else."""
    if is_blank(front):
        return []
    if len(front) > MAX_FRONT or _brackets(front) > MAX_BRACKETS:
        return None
    try:
        root = yaml.compose(front, Loader=_Loader)
        if not isinstance(root, yaml.MappingNode):
            return None
        pairs = [(_plain(key), _values(value)) for key, value in root.value]
    except (yaml.YAMLError, RecursionError):
        return None
    return None if any(not key or ":" in key for key, _values in pairs) else pairs


def _values(node: yaml.Node) -> list[str]:
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return [text for text in map(_plain, nodes) if not is_blank(text)]


def _plain(node: yaml.Node) -> str:
    """In one line."""
    if isinstance(node, yaml.MappingNode):
        return ", ".join(f"{_plain(key)}: {_plain(value)}" for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return ", ".join(map(_plain, node.value))
    return re.sub(r"[ \n]+", " ", clean(node.value)).strip()


def _about(pairs: Pairs) -> dict[str, Any]:
    """The article's fields; whatever has no field, or doesn't fit it, is metadata."""
    fields = {"title": "", "subtitle": "", "series": "", "date": "", "language": "", "source": "",
              "rights": ""}  # fmt: skip
    creators: list[str] = []
    metadata: list[tuple[str, str]] = []
    for key, values in pairs:
        name = _FIELDS.get(key.lower(), "")
        value = ", ".join(values)
        if name == "creators":
            creators += values
        elif name and not fields[name] and _fits(name, value):
            fields[name] = value
        elif value:
            metadata.append((key, value))
    return {**fields, "creators": tuple(creators), "metadata": tuple(metadata)}


def _fits(name: str, value: str) -> bool:
    known = name != "language" or re.fullmatch(LANGUAGE, value) is not None
    return known and len(value) <= MAX_LENGTHS.get(name, len(value))


def _titled(blocks: list[Block], title: str) -> tuple[str, list[Block]]:
    """The title, for which a first heading stands that has none beside or above it; and the
    blocks, with headings from level 1 on."""
    levels = [block.level or 0 for block in blocks if block.kind == BlockKind.HEADING]
    if not title and levels and blocks[0].kind == BlockKind.HEADING:
        highest, *rest = levels
        if all(level > highest for level in rest) and len(blocks[0].text) <= MAX_LENGTHS["title"]:
            title, blocks, levels = blocks[0].text, blocks[1:], rest
    down = 1 - min(levels, default=1)
    return title, [
        replace(block, level=(block.level or 0) + down)
        if block.kind == BlockKind.HEADING
        else block
        for block in blocks
    ]


@dataclass(slots=True)
class _Inline:
    """Text as it grows, with its formatting."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)
    breaks: set[str] = field(default_factory=set)
    images: str = ""

    def read(self, tokens: Iterable[Token] | None) -> _Inline:
        opened: list[tuple[int, Token]] = []
        for token in tokens or ():
            if token.nesting == 1:
                opened.append((len(self.text), token))
            elif token.nesting == -1:
                self._close(*opened.pop())
            else:
                self._add(token)
        return self

    def append(self, other: _Inline) -> _Inline:
        begin = len(self.text)
        self.text += other.text
        self.spans += [
            replace(span, start=span.start + begin, end=span.end + begin) for span in other.spans
        ]
        return self

    def _close(self, start: int, token: Token) -> None:
        kind = _SPANS.get(token.tag)
        target = str(token.attrGet("href") or "")
        if kind is None or (kind == SpanKind.LINK and not target.lower().startswith(_LINKS)):
            return
        self._span(start, kind, target)

    def _add(self, token: Token) -> None:
        start = len(self.text)
        match token.type:
            case "hardbreak" | "softbreak":
                self.breaks.add(token.type)
                self.text += "\n"
            case "code_inline":
                self.text += token.content
                self._span(start, SpanKind.CODE)
            case "footnote_ref":
                label = _label(token)
                self.text += f"[{label}]"
                self._span(start, SpanKind.FOOTNOTE_REF, label)
            case "image":
                alternative = _Inline().read(token.children).text
                self.images += alternative
                self.text += alternative
            case _:
                self.text += token.content

    def _span(self, start: int, kind: SpanKind, target: str = "") -> None:
        if start < len(self.text):
            self.spans.append(Span(start, len(self.text), kind, target))

    @property
    def is_verse(self) -> bool:
        """Every line was broken on purpose, and none is as long as prose."""
        lines = self.text.split("\n")
        return self.breaks == {"hardbreak"} and max(map(len, lines)) <= VERSE_LINE

    @property
    def is_figure(self) -> bool:
        return bool(self.images) and self.text.strip() == self.images.strip()


def _label(token: Token) -> str:
    return clean(str(token.meta["label"]))


class _Blocks:
    """Walks the tokens once, knowing what it is inside of. Footnotes are put at the end, each in
    one block, so that a reference has one place to lead to."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.made: list[Block] = []
        self.notes: list[Block] = []
        self.open_notes: list[tuple[str, _Inline]] = []
        self.quotes = 0
        self.numbers: list[int | None] = []  # what each open list counts up to; None for bullets
        self.marker: str | None = None  # of an item that has no words yet
        self.in_table = False

    def of(self, tokens: Sequence[Token]) -> list[Block]:
        for opening, token in pairwise([Token("", "", 0), *tokens]):
            self._read(token, opening)
        return [*self.made, *self.notes]

    def _read(self, token: Token, opening: Token) -> None:
        match token.type:
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                self.numbers.append(1 if start is None else int(start))
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
            case "list_item_open":
                self._count(token)
            case "list_item_close":
                if self.marker is not None:
                    self._make(BlockKind.LIST_ITEM, len(self.numbers), _Inline())
            case "footnote_reference_open":
                self.open_notes.append((_label(token), _Inline()))
            case "footnote_reference_close":
                label, note = self.open_notes.pop()
                block = Block.of(BlockKind.FOOTNOTE, note.text, label=label, spans=note.spans)
                self.notes += [block] if block else []
            case "table_open":
                self.in_table = True
                self._make(BlockKind.PREFORMATTED, None, _Inline(self._source(token)))
            case "table_close":
                self.in_table = False
            case "hr" if not self.open_notes:
                self.made.append(Block(BlockKind.SEPARATOR, ""))
            case "fence" | "code_block":
                self._make(BlockKind.PREFORMATTED, None, _Inline(token.content))
            case "inline" if not self.in_table:
                inline = _Inline().read(token.children)
                self._make(*self._kind(opening, inline), inline)

    def _count(self, token: Token) -> None:
        number = self.numbers[-1]
        self.marker = self.marker or ""
        if number is not None:
            self.marker += f"{number}{token.markup} "
            self.numbers[-1] = number + 1

    def _source(self, token: Token) -> str:
        """The lines that a token was made of, but for the marks of quotations around it."""
        begin, end = token.map or (0, 0)
        return dedent("\n".join(_QUOTED.sub("", line) for line in self.lines[begin:end]))

    def _kind(self, opening: Token, inline: _Inline) -> tuple[BlockKind, int | None]:
        if opening.type == "heading_open":
            return BlockKind.HEADING, int(opening.tag[1])
        if inline.is_figure:
            return BlockKind.FIGURE, None
        if self.marker is not None:
            return BlockKind.LIST_ITEM, len(self.numbers)
        if inline.is_verse:
            return BlockKind.VERSE, None
        return BlockKind.QUOTATION if self.quotes else BlockKind.PARAGRAPH, None

    def _make(self, kind: BlockKind, level: int | None, inline: _Inline) -> None:
        made = _Inline(self.marker or "").append(inline)
        self.marker = None
        if self.open_notes:
            self.open_notes[-1][1].append(_Inline("\n")).append(made)
        elif block := Block.of(kind, made.text, level=level, spans=made.spans):
            self.made.append(block)
