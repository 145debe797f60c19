"""HTML that `annotations.markdown.to_html` made, as Markdown: what a page shows of a note, whatever
was typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from annotations.exporting.markup import (
    BREAK,
    Block,
    Node,
    Raw,
    Styled,
    fence,
    listed,
    paragraph,
    quotation,
)

_INLINE = {"em": "emphasis", "strong": "strong", "s": "strike", "code": "code", "a": "link"}
_BLOCKS = {"p", "pre", "blockquote", "ul", "ol", "li", "hr"}


def blocks_of(html: str) -> list[Block]:
    """The blocks of what `annotations.markdown.to_html` made."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return list(_blocks(reader.top.within))


@dataclass(slots=True)
class _Element:
    tag: str
    start: int = 1
    within: list[Node | _Element] = field(default_factory=list)


class _Reader(HTMLParser):
    """Makes a tree of the elements that it knows; of others it keeps what they hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = _Element("")
        self._open: list[tuple[str, _Element | Styled]] = [("", self.top)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._add(BREAK)
        elif tag == "hr":
            self._add(_Element(tag))
        elif tag in _INLINE:
            self._begin(tag, Styled(_INLINE[tag], target=given.get("href") or ""))
        elif tag in _BLOCKS:
            start = given.get("start") or "1"
            self._begin(tag, _Element(tag, int(start) if start.isdecimal() else 1))

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n][0] == tag), 0)
        if at:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _begin(self, tag: str, made: _Element | Styled) -> None:
        self._add(made)
        self._open.append((tag, made))

    def _add(self, made: Node | _Element) -> None:
        within: list[Node | _Element] = self._open[-1][1].within  # type: ignore[assignment]
        within.append(made)


def _blocks(nodes: Iterable[Node | _Element]) -> Iterator[Block]:
    loose: list[Node] = []  # words outside of any paragraph, as in a list without blank lines
    for node in nodes:
        if not isinstance(node, _Element):
            loose.append(node)
            continue
        yield from paragraph(loose)
        loose = []
        yield from _block(node)
    yield from paragraph(loose)


def _block(element: _Element) -> Iterator[Block]:
    if element.tag == "hr":
        yield Block("---")
    elif element.tag == "pre":
        yield fence("".join(_text_within(element)))
    elif element.tag == "blockquote":
        inner = list(_blocks(element.within))
        yield from [quotation(inner)] if inner else []
    elif element.tag in ("ul", "ol"):
        items = [each for each in element.within if isinstance(each, _Element)]
        start = element.start if element.tag == "ol" else None
        yield from [listed([list(_blocks(each.within)) for each in items], start)] if items else []
    else:
        yield from _blocks(element.within)


def _text_within(element: _Element | Styled) -> Iterator[str]:
    for node in element.within:
        if isinstance(node, str):
            yield node
        elif not isinstance(node, Raw):
            yield from _text_within(node)
