"""Plain text as chunks: lines that stand together, and what their shape alone tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from reader.importing.parsed import WIDE, is_blank

SHORT = 120  # no heading or title is wider
WRAPPED = 50  # nobody wraps prose at less

_WIDE = re.compile(f"[\u3000{WIDE}]")
_LONG_WORD = re.compile(r"[!-~]{40,}")
_UNDERLINE = re.compile(r"([=\-~^#*_])\1{2,}")
_RULE = re.compile(r"_{4,}|-{4,}")  # above notes, say, without a blank line
_SEPARATOR = re.compile(r"[*\-_•·~#=—–⁂+ ]{1,120}")
_ITEM = re.compile(r"(?:[-*•·◦‣]|(\d{1,3}|[A-Za-z])[.)])[ \u00a0]+(?=\S)")
_PAIR = re.compile(r"([^\s:：][^:：]{0,60})(?::[ \u00a0]+|：[ \u00a0]*)(\S.*)")
_NUMERAL = re.compile(r"(?:\d{1,3}|[IVXLC]{1,7}|§ ?\d{1,3})\.?")
_REFERENCES = re.compile(r"(?: ?\[\d{1,3}\])+$")
_ENDS = tuple(".!…:;,)。！：；，）")
_CLOSERS = "”’\"'»)]"
_OPENERS = "“‘\"'«(["


@dataclass(frozen=True)
class Chunk:
    """Lines without a blank line between them, and how many stood before. `underlined` by a line
    of dashes or the like, which is no longer there."""

    lines: tuple[str, ...]
    gap: int
    underlined: bool = False

    @cached_property
    def stripped(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.lines)

    @cached_property
    def text(self) -> str:
        return "\n".join(self.stripped)

    @property
    def indent(self) -> int:
        return min(_indent(line) for line in self.lines)

    @property
    def is_short_line(self) -> bool:
        return len(self.lines) == 1 and width(self.text) <= SHORT

    @cached_property
    def pairs(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Up to three lines and then at least two of "Key: value" to the end, if it is such a
        block; an indented line goes on with the value before it. Keys that come again are people
        who speak."""
        before: list[str] = []
        pairs: list[tuple[str, str]] = []
        for line in self.lines:
            found = _PAIR.fullmatch(line.strip())
            if pairs and _indent(line):
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
            elif found:
                pairs.append((found[1].strip(), found[2].strip()))
            elif pairs or len(before) == 3:
                return [], []
            else:
                before.append(line.strip())
        keys = {key.casefold() for key, _value in pairs}
        return (before, pairs) if len(keys) == len(pairs) > 1 else ([], [])

    @property
    def is_separator(self) -> bool:
        return len(self.lines) == 1 and bool(_SEPARATOR.fullmatch(self.text))

    @property
    def is_heading(self) -> bool:
        """A line that begins as a sentence does and doesn't end as one does; a numeral alone; a
        line in capitals; one that is underlined."""
        if not self.is_short_line or self.is_separator:
            return False
        if self.underlined or _NUMERAL.fullmatch(self.text):
            return True
        line = _REFERENCES.sub("", self.text)
        bare = line.rstrip(_CLOSERS)
        first = line.lstrip(_OPENERS)[:1]
        unfinished = bare != "" and not bare.endswith(_ENDS) and not line.endswith(_ENDS)
        return not first.islower() and (unfinished or _is_shouted(line))

    def items(self, *, counted: bool) -> list[tuple[int, str]]:
        """The chunk as a list's items with their level, if it is a list; a bullet goes, a number
        is a word of the text and stays. One numbered line alone is a list's only if `counted`:
        the numbers before or after it are its neighbours."""
        starts = [bool(_ITEM.match(line)) for line in self.stripped]
        margin = _indent(self.lines[0])
        if not starts[0] or not all(
            start or _indent(line) > margin for start, line in zip(starts, self.lines, strict=True)
        ):
            return []
        if sum(starts) == 1 and not counted and self.stripped[0][0].isalnum():
            return []
        return list(self._items(starts))

    def _items(self, starts: Sequence[bool]) -> Iterator[tuple[int, str]]:
        first = [at for at, start in enumerate(starts) if start]
        indents = sorted({_indent(self.lines[at]) for at in first})
        for begin, end in zip(first, [*first[1:], len(starts)], strict=True):
            level = 1 + indents.index(_indent(self.lines[begin]))
            text = "\n".join(self.stripped[begin:end])
            yield level, text if text[0].isalnum() else _ITEM.sub("", text, count=1)


def chunks_of(text: str) -> list[Chunk]:
    chunks: list[Chunk] = []
    lines: list[str] = []
    gap = 0
    for line in [*text.split("\n"), ""]:
        if len(lines) == 1 and _underlines(line, lines[0]):
            chunks.append(Chunk((lines[0],), gap, underlined=True))
            lines, gap = [], 1
        elif not lines and _RULE.fullmatch(line.strip()):
            chunks.append(Chunk((line.rstrip(),), gap))
            gap = 1
        elif not is_blank(line):
            lines.append(line.rstrip())
        else:
            if lines:
                chunks.extend(_split(lines, gap))
                lines, gap = [], 0
            gap += 1
    return chunks


def _underlines(line: str, above: str) -> bool:
    return bool(_UNDERLINE.fullmatch(line.strip())) and not _SEPARATOR.fullmatch(above.strip())


def _split(lines: Sequence[str], gap: int) -> Iterator[Chunk]:
    """One chunk, or several where something else than a blank line tells where they begin."""
    if any(map(_is_paragraph, lines)) and not Chunk(tuple(lines), gap).pairs[1]:
        for at, line in enumerate(lines):
            yield Chunk((line,), 0 if at else gap)
    else:
        begins = _first_lines(lines)
        for at, (begin, end) in enumerate(zip(begins, [*begins[1:], len(lines)], strict=True)):
            yield Chunk(tuple(lines[begin:end]), 0 if at else gap)


def _first_lines(lines: Sequence[str]) -> list[int]:
    """Where paragraphs begin that only an indent tells apart."""
    indented = [at for at, line in enumerate(lines) if _indent(line)]
    wrapped = max(map(len, lines)) >= WRAPPED and not any(
        _ITEM.match(line.strip()) for line in lines
    )
    told_apart = wrapped and indented[:1] == [0] and len(indented) < len(lines)
    return indented if told_apart else [0]


def _is_paragraph(line: str) -> bool:
    """Whether the line is too wide to have been wrapped; a long address doesn't count."""
    return width(_LONG_WORD.sub("", line)) > SHORT


def _is_shouted(line: str) -> bool:
    return line.isupper() and len(line.split()) > 1


def _indent(line: str) -> int:
    """In columns; one space is taken for a slip."""
    columns = (
        len(line) - len(line.lstrip()) + line[: len(line) - len(line.lstrip())].count("\u3000")
    )
    return columns if columns > 1 else 0


def width(line: str) -> int:
    """In columns: a Chinese or Japanese character takes two, and so does their space."""
    return len(line) + len(_WIDE.findall(line))
