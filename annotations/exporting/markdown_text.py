"""An article's paragraphs as Markdown, with their formatting and real footnotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from annotations.exporting import markup
from annotations.exporting.markup import BREAK, Node, Styled
from annotations.exporting.notebook import Block
from annotations.segments import Format
from reader.enums import BlockKind

# A heading has one of six levels.
_DEEPEST = 6
_NUMBER = re.compile(r"([0-9]{1,9})([.)]) +(?=\S)")


class Text:
    """Knows which footnotes the whole of it refers to."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._footnotes = _footnotes(blocks)

    def block(self, block: Block) -> Iterator[markup.Block]:
        match block.kind:
            case BlockKind.HEADING:
                signs = "#" * min(max(block.level or 1, 1), _DEEPEST)
                yield markup.Block(f"{signs} {markup.one_line(self._words(block))}")
            case BlockKind.SEPARATOR:
                yield markup.Block("---")
            case BlockKind.PREFORMATTED:
                yield markup.fence(block.text)
            case BlockKind.QUOTATION:
                yield markup.quotation(markup.paragraph(self._words(block)))
            case BlockKind.VERSE:
                yield from markup.paragraph(in_lines(self._words(block)))
            case BlockKind.FOOTNOTE:
                yield self._footnote(block)
            case BlockKind.FIGURE:
                whole = Styled("emphasis", list(self._words(block)))
                yield from markup.paragraph([whole])
            case _:
                yield from markup.paragraph(self._words(block))

    def _words(self, block: Block, begin: int = 0) -> Iterator[Node]:
        """With their formatting; from `begin` on."""
        known = self._footnotes
        formats = [
            Format(start - begin, end - begin, kind, known.get(target, "") if ref else target)
            for start, end, kind, target in _spans(block)
            for ref in [kind == "footnote_ref"]
            if end > begin
        ]
        yield from markup.formatted(block.text[begin:], formats, set(known.values()))

    def _footnote(self, block: Block) -> markup.Block:
        label = self._footnotes.get(block.label)
        words = markup.one_line(self._words(block))
        if label is None:  # nothing refers to it, so that it would be shown nowhere
            return markup.Block(markup.one_line([f"[{block.label}] ", *self._words(block)]))
        return markup.Block(f"[^{label}]: {words}")

    def items(self, items: Sequence[Block]) -> markup.Block:
        """Each item as deep as its level says, as far as there is one above it."""
        lines: list[str] = []
        above: list[tuple[int, _Sign]] = []
        for item in items:
            level, before = item.level or 1, None
            while above and above[-1][0] >= level:
                last, sign = above.pop()
                before = sign if last == level else None
            sign = _Sign.of(item.text, before)
            indent = " " * sum(len(each.text) for _level, each in above)
            words = markup.inline(self._words(item, sign.begin)) or markup.APART
            # Numbers begin a list only after an empty line.
            begins = sign.number is not None and not sign.follows(before)
            lines += [""] if lines and begins else []
            lines.append(markup.set_in(words, indent + sign.text, indent + " " * len(sign.text)))
            above.append((level, sign))
        return markup.Block("\n".join(lines), is_list=True)


@dataclass(frozen=True, slots=True)
class _Sign:
    """What an item of a list begins with: its own number, where whoever reads Markdown would
    count the same, or a bullet."""

    text: str
    begin: int = 0  # where its words do
    number: int | None = None

    @classmethod
    def of(cls, words: str, before: _Sign | None) -> _Sign:
        found = _NUMBER.match(words)
        if found is None:
            return cls("* ")
        number = int(found[1])
        numbered = cls(f"{number}{found[2]} ", found.end(), number)
        begins = before is None or before.number is None
        return numbered if begins or numbered.follows(before) else cls("* ")

    def follows(self, before: _Sign | None) -> bool:
        if before is None or before.number is None or self.number is None:
            return False
        return self.number == before.number + 1 and self.text[-2] == before.text[-2]


def _spans(block: Block) -> Iterator[tuple[int, int, str, str]]:
    for start, end, kind, target in block.spans:
        yield int(str(start)), int(str(end)), str(kind), str(target)


def _footnotes(blocks: Iterable[Block]) -> dict[str, str]:
    """The labels of those footnotes that something refers to, as Markdown takes them."""
    noted = [block.label for block in blocks if block.kind == BlockKind.FOOTNOTE]
    referred = {
        target
        for block in blocks
        if block.kind != BlockKind.PREFORMATTED
        for _start, _end, kind, target in _spans(block)
        if kind == "footnote_ref"
    }
    written: dict[str, str] = {}
    for label in dict.fromkeys(noted):
        if label in referred and noted.count(label) == 1:
            plain = re.sub(r"[^\w-]+", "-", label).strip("-") or "note"
            taken = {each.casefold() for each in written.values()}
            number, free = 2, plain
            while free.casefold() in taken:
                free, number = f"{plain}-{number}", number + 1
            written[label] = free
    return written


def in_lines(nodes: Iterable[Node]) -> Iterator[Node]:
    """With every line where it is, and as far in."""
    for node in nodes:
        if isinstance(node, Styled):
            yield Styled(node.kind, list(in_lines(node.within)), node.target)
        elif isinstance(node, str):
            yield from _lines(node)
        else:
            yield node


def _lines(text: str) -> Iterator[str]:
    for at, line in enumerate(markup.plain(text).split("\n")):
        if at:
            yield BREAK
            inner = line.lstrip(" ")
            # Spaces at the beginning would be lost, and so would an empty line.
            line = "\u00a0" * max(len(line) - len(inner), not inner) + inner
        yield line
