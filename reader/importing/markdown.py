"""Markdown (CommonMark) with YAML front matter and footnotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from reader.enums import BlockKind
from reader.importing.decoding import decode
from reader.importing.parsed import Block, ParsedArticle, Span, SpanKind, clean

_PARSER = (
    MarkdownIt("commonmark", {"html": False})
    .use(front_matter_plugin)
    .use(footnote_plugin, inline=False)
)
_SPANS = {"em": SpanKind.EMPHASIS, "strong": SpanKind.STRONG, "link": SpanKind.LINK}
_LINKS = ("https://", "http://", "mailto:")
_KNOWN = {
    "title", "subtitle", "author", "authors", "creator", "creators", "series", "date",
    "language", "lang", "source", "rights", "license", "licence",
}  # fmt: skip


def parse(data: bytes, filename: str = "") -> ParsedArticle:
    tokens = _PARSER.parse(clean(decode(data)))
    about = _front_matter(tokens)
    blocks = list(_Blocks().of(tokens))
    title = _first(about, "title")
    if not title:
        title, blocks = _title_from(blocks, filename)
    article = ParsedArticle(
        title=title,
        subtitle=_first(about, "subtitle"),
        creators=tuple(_all(about, "creators", "authors", "creator", "author")),
        series=_first(about, "series"),
        date=_first(about, "date"),
        language=_first(about, "language", "lang"),
        source=_first(about, "source"),
        rights=_first(about, "rights", "license", "licence"),
        metadata=tuple((key, clean(str(value))) for key, value in about.items()
                       if key.lower() not in _KNOWN and value is not None),
        blocks=tuple(blocks),
    )  # fmt: skip
    return article.checked()


def _front_matter(tokens: Sequence[Token]) -> dict[str, Any]:
    if not tokens or tokens[0].type != "front_matter":
        return {}
    try:
        about = yaml.load(tokens[0].content, Loader=yaml.BaseLoader)  # noqa: S506  strings only
    except yaml.YAMLError:
        return {}
    return {str(key): value for key, value in about.items()} if isinstance(about, dict) else {}


def _first(about: dict[str, Any], *keys: str) -> str:
    return next(iter(_all(about, *keys)), "")


def _all(about: dict[str, Any], *keys: str) -> list[str]:
    """Every value under the first of these keys that is there, as text."""
    for key in keys:
        value = about.get(key)
        if value:
            values = value if isinstance(value, list) else [value]
            return [clean(str(one)).strip() for one in values]
    return []


def _title_from(blocks: list[Block], filename: str) -> tuple[str, list[Block]]:
    """A first heading that stands alone at its level is the title."""
    if blocks and blocks[0].kind == BlockKind.HEADING:
        alone = sum(block.level == 0 for block in blocks) == 1
        if alone and blocks[0].level == 0:
            return blocks[0].text, blocks[1:]
    stem = PurePath(filename).stem.replace("_", " ").replace("-", " ").strip()
    words = next((block.text for block in blocks if block.text), "").split()
    return stem or " ".join(words[:8]), blocks


@dataclass(slots=True)
class _Inline:
    """Text as it grows, with the formatting that is open."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def read(self, tokens: Sequence[Token]) -> _Inline:
        open_spans: list[tuple[int, Token]] = []
        for token in tokens:
            if token.nesting == 1:
                open_spans.append((len(self.text), token))
            elif token.nesting == -1:
                self._close(*open_spans.pop())
            else:
                self._add(token)
        return self

    def _close(self, start: int, token: Token) -> None:
        kind = _SPANS.get(token.tag if token.tag != "a" else "link")
        target = str(token.attrGet("href") or "")
        if kind is None or start == len(self.text):
            return
        if kind == SpanKind.LINK and not target.lower().startswith(_LINKS):
            return
        self.spans.append(Span(start, len(self.text), kind, target))

    def _add(self, token: Token) -> None:
        start = len(self.text)
        if token.type in ("hardbreak", "softbreak"):
            self.breaks.append(token.type)
            self.text += "\n"
        elif token.type == "code_inline":
            self.text += token.content
            if token.content:
                self.spans.append(Span(start, len(self.text), SpanKind.CODE))
        elif token.type == "footnote_ref":
            label = _label(token)
            self.text += f"[{label}]"
            self.spans.append(Span(start, len(self.text), SpanKind.FOOTNOTE_REF, label))
        elif token.type == "image":
            self.images.append(token.content)
            self.text += token.content
        else:
            self.text += token.content

    @property
    def is_verse(self) -> bool:
        """Every line was broken on purpose."""
        return bool(self.breaks) and all(kind == "hardbreak" for kind in self.breaks)

    @property
    def is_figure(self) -> bool:
        return bool(self.images) and self.text.strip() == "".join(self.images).strip()


def _label(token: Token) -> str:
    return str(token.meta.get("label") or token.meta["id"] + 1)


class _Blocks:
    """Walks the tokens once, knowing what it is inside of."""

    def __init__(self) -> None:
        self.quotes = 0
        self.lists = 0
        self.footnote = ""

    def of(self, tokens: Sequence[Token]) -> Iterator[Block]:
        for index, token in enumerate(tokens):
            match token.type:
                case "blockquote_open":
                    self.quotes += 1
                case "blockquote_close":
                    self.quotes -= 1
                case "bullet_list_open" | "ordered_list_open":
                    self.lists += 1
                case "bullet_list_close" | "ordered_list_close":
                    self.lists -= 1
                case "footnote_open":
                    self.footnote = _label(token)
                case "footnote_close":
                    self.footnote = ""
                case "hr":
                    yield Block(BlockKind.SEPARATOR, "")
                case "fence" | "code_block" | "html_block":
                    yield from self._made(BlockKind.PREFORMATTED, token.content)
                case "inline":
                    yield from self._inline(tokens[index - 1], token)

    def _inline(self, opening: Token, token: Token) -> Iterator[Block]:
        inline = _Inline().read(token.children or [])
        if self.footnote:
            label = self.footnote
            yield from self._made(BlockKind.FOOTNOTE, inline.text, inline.spans, label=label)
        elif opening.type == "heading_open":
            level = int(opening.tag[1]) - 1
            yield from self._made(BlockKind.HEADING, inline.text, inline.spans, level=level)
        elif inline.is_figure:
            yield from self._made(BlockKind.FIGURE, inline.text)
        elif inline.is_verse:
            yield from self._made(BlockKind.VERSE, inline.text, inline.spans)
        elif self.lists:
            yield from self._made(BlockKind.LIST_ITEM, inline.text, inline.spans, level=self.lists)
        else:
            kind = BlockKind.QUOTATION if self.quotes else BlockKind.PARAGRAPH
            yield from self._made(kind, inline.text, inline.spans)

    def _made(
        self,
        kind: BlockKind,
        text: str,
        spans: Sequence[Span] = (),
        *,
        level: int | None = None,
        label: str = "",
    ) -> Iterator[Block]:
        block = Block.of(kind, text, level=level, label=label, spans=spans)
        if block:
            yield block
