"""Plain text, read by its shape alone: blank lines, short lines, brackets and numbers.

Shapes known: author, series, title and date lines before a block of "Key: value" lines; headings
without mark-up; verse; indented quotations; lists; hard-wrapped paragraphs; separators, also one
that survives only as a wider gap; a numbered list at the end to which [n] in the text refers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from reader.enums import BlockKind
from reader.importing.decoding import decode
from reader.importing.parsed import Block, ParsedArticle, Span, SpanKind, clean

SHORT = 120  # no heading or title line is longer
VERSE_LINE = 70
FRONT_BLOCKS = 8

_PAIR = re.compile(r"([^\s:][^:\n]{0,60}):[ \u00a0]+(\S.*)")
_NOTE = re.compile(r"(?:\[(\d{1,3})\]|(\d{1,3})[.)])[ \u00a0]+(?=\S)")
_REFERENCE = re.compile(r"\[(\d{1,3})\]")
_ITEM = re.compile(r"(?:[-*•–]|\d{1,3}[.)])[ \u00a0]+(?=\S)")
_SEPARATOR = re.compile(r"[*\-_•·~#=—–⁂ ]{1,40}")
_YEAR = re.compile(r"\b\d{3,4}\b")
_BY = re.compile(r"(?:by|von|par|por|di|de)[ \u00a0]+(?=[^\W\d_])", re.IGNORECASE)
_RIGHTS = re.compile(r"copy(?:right|left)|licen[cs]e|lizenz|rights|rechte|droits|derechos", re.I)
_SOURCE = re.compile(r"source|quelle|fuente|fonte", re.IGNORECASE)
_DATE = re.compile(r"date|datum|fecha|data", re.IGNORECASE)
_CLOSERS = "”’\"'»)]"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines between blank lines, and how many blank lines stood before them."""

    lines: tuple[str, ...]
    gap: int

    @property
    def stripped(self) -> list[str]:
        return [line.strip() for line in self.lines]

    @property
    def text(self) -> str:
        return "\n".join(self.stripped)

    @property
    def is_short_line(self) -> bool:
        return len(self.lines) == 1 and len(self.lines[0].strip()) <= SHORT

    @property
    def is_indented(self) -> bool:
        return all(line.startswith("  ") for line in self.lines)


def parse(data: bytes, filename: str = "") -> ParsedArticle:
    chunks = _chunks(clean_lines(decode(data)))
    notes, chunks = _footnotes(chunks)
    front, body = _front(chunks)
    meta = _pairs(front[-1]) if front else []
    lines = [chunk.text for chunk in (front[:-1] if meta else front)]
    blocks = _body(body)
    title, creators, series, subtitle, date = _heads(lines, announced=bool(meta))
    if not title:
        title, blocks = _title_from(blocks, filename)
    article = ParsedArticle(
        title=title,
        subtitle=subtitle,
        creators=creators,
        series=series,
        date=date or _value(meta, _DATE),
        source=_value(meta, _SOURCE),
        rights=_value(meta, _RIGHTS),
        metadata=tuple(meta),
        blocks=tuple(_with_references([*blocks, *notes], notes)),
    )
    return article.checked()


def clean_lines(text: str) -> str:
    """Tabs at a line's start count as an indent, before cleaning makes each one space."""
    return clean(text.replace("\f", "\n").replace("\t", "    "))


def _chunks(text: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    lines: list[str] = []
    gap = 0
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.rstrip())
            continue
        if lines:
            chunks.append(Chunk(tuple(lines), gap))
            lines, gap = [], 0
        gap += 1
    return chunks


def _footnotes(chunks: Sequence[Chunk]) -> tuple[list[Block], list[Chunk]]:
    """The numbered list at the end that the text before it refers to, and what stands before."""
    cut = len(chunks)
    while cut > 1 and _NOTE.match(chunks[cut - 1].text):
        cut -= 1
    referred = {label for chunk in chunks[:cut] for label in _REFERENCE.findall(_joined(chunk))}
    while cut < len(chunks) and _label(chunks[cut]) not in referred:
        cut += 1
    tail = chunks[cut:]
    labels = [_label(chunk) for chunk in tail]
    if len(set(labels)) != len(labels) or not set(labels) <= referred:
        return [], list(chunks)
    notes = []
    for chunk, label in zip(tail, labels, strict=True):
        text = _joined(chunk)
        found = _NOTE.match(text)
        block = Block.of(BlockKind.FOOTNOTE, text[found.end() if found else 0 :], label=label)
        if block:
            notes.append(block)
    return notes, list(chunks[:cut])


def _label(chunk: Chunk) -> str:
    found = _NOTE.match(chunk.text)
    return (found[1] or found[2]) if found else ""


def _front(chunks: Sequence[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """What stands before the body: everything up to a block of pairs, else the first short lines
    that are followed by text, up to four."""
    for index, chunk in enumerate(chunks[:FRONT_BLOCKS]):
        if len(chunk.lines) > 1 and _pairs(chunk):
            return list(chunks[: index + 1]), list(chunks[index + 1 :])
        if not chunk.is_short_line:
            break
    count = 0
    while count < min(4, len(chunks) - 1) and _may_be_front(chunks[count], count):
        count += 1
    lines = list(chunks[:count])
    # The line right before the text is its first heading, unless nothing else is the title.
    while len(lines) > 1 and not _belongs_to_front(lines[-1]):
        lines.pop()
    return lines, list(chunks[len(lines) :])


def _may_be_front(chunk: Chunk, index: int) -> bool:
    if not chunk.is_short_line or _is_separator(chunk) or _ITEM.match(chunk.text):
        return False
    return _is_heading_line(chunk.text) or _is_date(chunk.text) or bool(_BY.match(chunk.text))


def _belongs_to_front(chunk: Chunk) -> bool:
    text = chunk.text
    return _is_date(text) or bool(_BY.match(text)) or _is_name(text)


def _pairs(chunk: Chunk) -> list[tuple[str, str]]:
    found = [_PAIR.fullmatch(line) for line in chunk.stripped]
    return [(pair[1].strip(), pair[2].strip()) for pair in found if pair] if all(found) else []


def _value(pairs: Sequence[tuple[str, str]], key: re.Pattern[str]) -> str:
    return next((value for name, value in reversed(pairs) if key.search(name)), "")


def _heads(lines: Sequence[str], *, announced: bool) -> tuple[str, tuple[str, ...], str, str, str]:
    """Title, creators, series, subtitle and date, from the lines before the body.

    Author first, as on a title page; or the title first where a "by" line or a name follows.
    """
    dates = [line for line in lines if _is_date(line)]
    date = dates[-1].strip("() ") if dates else ""
    rest = [line for line in lines if not dates or line != dates[-1]]
    named = [line for line in rest if _BY.match(line)]
    if named:
        creators = tuple(_BY.sub("", line, count=1) for line in named)
        rest = [line for line in rest if line not in named]
    elif len(rest) > 1 and _is_name(rest[0]):
        creators, rest = (rest[0],), rest[1:]
        if announced or len(rest) > 1:
            return rest[-1], creators, " · ".join(rest[:-1]), "", date
    elif len(rest) > 1 and _is_name(rest[-1]):
        creators, rest = (rest[-1],), rest[:-1]
    else:
        creators = ()
    title = rest[0] if rest else ""
    return title, creators, "", " · ".join(rest[1:]), date


def _is_date(line: str) -> bool:
    words = line.strip("() ").split()
    return bool(words) and len(words) <= 5 and bool(_YEAR.search(line)) and len(line) <= 40


def _is_name(line: str) -> bool:
    """Two to four words that all begin like a name's."""
    words = line.replace(".", ". ").split()
    return 2 <= len(words) <= 4 and all(
        word[0].isupper() and not any(char.isdigit() for char in word) for word in words
    )


def _title_from(blocks: list[Block], filename: str) -> tuple[str, list[Block]]:
    if blocks and blocks[0].kind == BlockKind.HEADING:
        return blocks[0].text, blocks[1:]
    stem = PurePath(filename).stem.replace("_", " ").replace("-", " ").strip()
    return stem[:SHORT] or _first_words(blocks), blocks


def _first_words(blocks: Sequence[Block]) -> str:
    text = next((block.text for block in blocks if block.text), "")
    return " ".join(text.split()[:8])[:SHORT]


def _body(chunks: Sequence[Chunk]) -> list[Block]:
    usual = Counter(chunk.gap for chunk in chunks[1:]).most_common(1)
    wide = max(2, usual[0][0] + 1) if usual else 2
    blocks: list[Block] = []
    for index, chunk in enumerate(chunks):
        made = _blocks(chunk, is_last=index == len(chunks) - 1)
        between = blocks and made and _is_prose(blocks[-1]) and _is_prose(made[0])
        if between and chunk.gap >= wide:
            blocks.append(Block(BlockKind.SEPARATOR, ""))
        blocks.extend(made)
    return blocks


def _is_prose(block: Block) -> bool:
    return block.kind not in (BlockKind.HEADING, BlockKind.SEPARATOR)


def _blocks(chunk: Chunk, *, is_last: bool) -> list[Block]:
    if _is_separator(chunk):
        return [Block(BlockKind.SEPARATOR, "")]
    if items := _items(chunk):
        return items
    if chunk.is_short_line and not is_last and _is_heading_line(chunk.text):
        return _made(BlockKind.HEADING, chunk.text, level=1)
    if _is_verse(chunk):
        return _made(BlockKind.VERSE, chunk.text)
    kind = BlockKind.QUOTATION if chunk.is_indented else BlockKind.PARAGRAPH
    return _made(kind, _joined(chunk))


def _made(kind: BlockKind, text: str, level: int | None = None) -> list[Block]:
    block = Block.of(kind, text, level=level)
    return [block] if block else []


def _joined(chunk: Chunk) -> str:
    return " ".join(chunk.stripped)


def _is_separator(chunk: Chunk) -> bool:
    return len(chunk.lines) == 1 and bool(_SEPARATOR.fullmatch(chunk.text))


def _is_heading_line(line: str) -> bool:
    """A line that doesn't end as a sentence does, and begins as one does."""
    bare = line.rstrip(_CLOSERS)
    begins = line.lstrip("“‘\"'«([")[:1]
    return (
        len(line) <= SHORT
        and bool(bare)
        and bare[-1] not in ".!…:;,。"
        and not line.endswith(")")
        and not begins.islower()
    )


def _items(chunk: Chunk) -> list[Block]:
    if not all(_ITEM.match(line) for line in chunk.stripped):
        return []
    if len(chunk.lines) == 1 and chunk.stripped[0][0].isdigit():
        return []
    made = [Block.of(BlockKind.LIST_ITEM, _unbulleted(line), level=1) for line in chunk.stripped]
    return [block for block in made if block]


def _unbulleted(line: str) -> str:
    """Without a bullet; a number is a word of the text and stays."""
    found = _ITEM.match(line)
    return line if found is None or line[0].isdigit() else line[found.end() :]


def _is_verse(chunk: Chunk) -> bool:
    """Several short lines that weren't simply wrapped at a margin."""
    lengths = [len(line) for line in chunk.stripped]
    if len(lengths) < 2 or max(lengths) > VERSE_LINE:
        return False
    wrapped = max(lengths) >= 50 and all(n >= 0.75 * max(lengths) for n in lengths[:-1])
    return not wrapped


def _with_references(blocks: Sequence[Block], notes: Sequence[Block]) -> list[Block]:
    labels = {note.label for note in notes}
    return [_with_reference(block, labels) for block in blocks]


def _with_reference(block: Block, labels: set[str]) -> Block:
    spans = tuple(
        Span(*found.span(), SpanKind.FOOTNOTE_REF, found[1])
        for found in _REFERENCE.finditer(block.text)
        if found[1] in labels and block.kind != BlockKind.FOOTNOTE
    )
    return Block(block.kind, block.text, block.level, block.label, spans)
