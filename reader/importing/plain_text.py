"""Plain text, read by its shape alone: blank lines, short lines, brackets and numbers.

Lines become chunks; numbered chunks at the end to which [n] in the text refers are footnotes; what
stands before the body (front.py) tells title, author and date; each chunk of the body becomes
blocks: headings without mark-up, verse, indented quotations, lists, tables, separators (also one
that survives only as a wider gap) and paragraphs, wrapped or not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from reader.enums import BlockKind
from reader.importing.chunks import WRAPPED, Chunk, chunks_of, width
from reader.importing.decoding import decode
from reader.importing.front import front_of
from reader.importing.parsed import Block, ParsedArticle, untitled, with_references

VERSE_LINE = 70

_NOTE = re.compile(r"(?:\[([1-9][0-9]{0,2})\]|([1-9][0-9]{0,2})[.)])[ \u00a0]+(?=\S)")
_REFERENCE = re.compile(r"\[([1-9][0-9]{0,2})\]")
_ABOVE_NOTES = re.compile(r"(?:foot|end)?notes?|(?:fuß)?noten|anmerkungen|notas|הערות|注釈?", re.I)
_COLUMNS = re.compile(r"\S {3,}\S")


def parse(data: bytes, filename: str = "") -> ParsedArticle:
    notes, chunks = _footnotes(chunks_of(decode(data)))
    front, body = front_of(chunks)
    usual_gap = _most_common([chunk.gap for chunk in chunks[1:]])
    blocks = _body(body, usual_gap, before_notes=bool(notes))
    if not front.title and blocks and blocks[0].kind == BlockKind.HEADING:
        front, blocks = replace(front, title=blocks[0].text), blocks[1:]
    labels = {note.label for note in notes}
    article = ParsedArticle(
        title=front.title or untitled(blocks, filename),
        subtitle=front.subtitle,
        creators=front.creators,
        series=front.series,
        date=front.date,
        source=front.source,
        rights=front.rights,
        metadata=front.metadata,
        blocks=(*(with_references(block, labels) for block in blocks), *notes),
    )
    return article.checked()


def _footnotes(chunks: Sequence[Chunk]) -> tuple[list[Block], Sequence[Chunk]]:
    """The numbered list at the end that the text before it refers to, and what stands before.

    A note may go on in indented chunks. Most of the list must be referred to.
    """
    cut, above = len(chunks), 1000
    while cut > 1:
        number = _number(chunks[cut - 1].text)
        if not (number < above if number else chunks[cut - 1].indent):
            break
        cut, above = cut - 1, number or above
    referred = {label for chunk in chunks[:cut] for label in _REFERENCE.findall(chunk.text)}
    while cut < len(chunks) and str(_number(chunks[cut].text)) not in referred:
        cut += 1
    notes = _notes([line for chunk in chunks[cut:] for line in chunk.stripped])
    if 2 * sum(note.label in referred for note in notes) < len(notes):
        return [], chunks
    return notes, chunks[:cut]


def _notes(lines: Sequence[str]) -> list[Block]:
    """A line that begins with the next number begins the next note."""
    texts: list[tuple[int, list[str]]] = []
    for line in lines:
        number = _number(line)
        if number and (not texts or number > texts[-1][0]):
            texts.append((number, [_NOTE.sub("", line, count=1)]))
        else:
            texts[-1][1].append(line)
    made = [
        Block.of(BlockKind.FOOTNOTE, "\n".join(text), label=str(number)) for number, text in texts
    ]
    return [block for block in made if block]


def _number(text: str) -> int:
    """The number that a note or an item begins with, else 0."""
    found = _NOTE.match(text)
    return int(found[1] or found[2]) if found else 0


def _body(chunks: Sequence[Chunk], usual_gap: int, *, before_notes: bool) -> list[Block]:
    usual_indent = _most_common([chunk.indent for chunk in chunks])
    numbers = [0, *(_number(chunk.text) for chunk in chunks), 0]
    blocks: list[Block] = []
    for index, chunk in enumerate(chunks):
        before, number, after = numbers[index : index + 3]
        counted = number > 0 and (before == number - 1 > 0 or after == number + 1)
        is_last = index == len(chunks) - 1
        may_be_heading = not is_last or (before_notes and bool(_ABOVE_NOTES.fullmatch(chunk.text)))
        made = _blocks(
            chunk,
            is_item=counted,
            is_quoted=chunk.indent >= usual_indent + 2,
            may_be_heading=may_be_heading,
        )
        between = blocks and made and _is_prose(blocks[-1]) and _is_prose(made[0])
        if between and chunk.gap > max(1, usual_gap):
            blocks.append(Block(BlockKind.SEPARATOR, ""))
        blocks.extend(made)
    return blocks


def _most_common(numbers: Sequence[int]) -> int:
    """The smallest of those that are most common; 0 where there is none."""
    counts = Counter(numbers)
    return min((n for n in counts if counts[n] == max(counts.values())), default=0)


def _is_prose(block: Block) -> bool:
    return block.kind not in (BlockKind.HEADING, BlockKind.SEPARATOR)


def _blocks(chunk: Chunk, *, is_item: bool, is_quoted: bool, may_be_heading: bool) -> list[Block]:
    if chunk.is_separator:
        return [Block(BlockKind.SEPARATOR, "")]
    if items := chunk.items(counted=is_item):
        return [block for level, text in items for block in _made(BlockKind.LIST_ITEM, text, level)]
    if may_be_heading and chunk.is_heading:
        return _made(BlockKind.HEADING, chunk.text, level=1)
    if len(chunk.lines) > 1 and all(_COLUMNS.search(line.strip()) for line in chunk.lines):
        return _made(BlockKind.PREFORMATTED, "\n".join(chunk.lines))
    if _is_verse(chunk):
        return _made(BlockKind.VERSE, chunk.text)
    return _made(BlockKind.QUOTATION if is_quoted else BlockKind.PARAGRAPH, chunk.text)


def _made(kind: BlockKind, text: str, level: int | None = None) -> list[Block]:
    block = Block.of(kind, text, level=level)
    return [block] if block else []


def _is_verse(chunk: Chunk) -> bool:
    """Several short lines, of which some would have had room for the next line's first word."""
    widths = [width(line) for line in chunk.stripped]
    widest = max(widths)
    if len(widths) < 2 or widest > VERSE_LINE:
        return False
    words = [width(line.split(maxsplit=1)[0]) for line in chunk.stripped[1:]]
    full = all(
        wide + 1 + word > widest or wide >= 0.85 * widest
        for wide, word in zip(widths, words, strict=False)
    )
    return not (full and widest >= WRAPPED)
