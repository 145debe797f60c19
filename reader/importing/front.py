"""What stands before the body of a plain text: title, author, date and the like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reader.importing.chunks import Chunk

CHUNKS = 8  # a block of pairs further down is part of the text
LINES = 4  # without such a block, no more lines than these

_YEAR = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
_DAY = re.compile(r"[(\[]|\d{1,2}\W")
_BY = re.compile(r"(?:by|von|par|por|di|de|מאת)[ \u00a0]+(?=[^\W\d_])", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|titel|titre|título|titolo|כותרת|标题|題名)$", re.IGNORECASE)
_AUTHOR = re.compile(r"^(?:authors?|autor(?:in)?|auteure?|autore|מחבר|作者|著者)\b", re.IGNORECASE)
_RIGHTS = re.compile(
    r"copy(?:right|left)|licen[cs]e|lizenz|\brights|rechte|droits|derechos|זכויות|版权",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"\b(?:source|quelle|fuente|fonte|מקור|来源|出典)", re.IGNORECASE)
_DATE = re.compile(r"\b(?:date|datum|fecha|data|תאריך|日期|日付)\b", re.IGNORECASE)
_SMALL = {
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "is", "of", "on", "or", "the",
    "to", "what", "why", "how", "with", "das", "dem", "den", "der", "die", "ein", "eine", "im",
    "und", "vom", "zur", "zum", "et", "la", "le", "les", "un", "une", "el", "los", "las", "il", "y",
}  # fmt: skip
_PARTICLES = {"de", "del", "della", "di", "du", "da", "van", "von", "der", "den", "ten", "zu", "la",
              "le", "bin", "ibn", "al", "y", "e", "af", "av", "ben"}  # fmt: skip
_AND = {"and", "&", "und", "et", "y", "e"}


@dataclass(frozen=True, slots=True)
class Front:
    title: str = ""
    subtitle: str = ""
    creators: tuple[str, ...] = ()
    series: str = ""
    date: str = ""
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> str:
        return _value(self.metadata, _SOURCE)

    @property
    def rights(self) -> str:
        return _value(self.metadata, _RIGHTS)


def front_of(chunks: Sequence[Chunk]) -> tuple[Front, Sequence[Chunk]]:
    """What the front tells, and the chunks after it: everything up to a block of pairs, else the
    first short lines that are followed by text."""
    lines: list[str] = []
    for index, chunk in enumerate(chunks[: min(CHUNKS, len(chunks) - 1)]):
        before, pairs = chunk.pairs
        if pairs:
            return _told([*lines, *before], pairs), chunks[index + 1 :]
        if not chunk.is_short_line and not _is_title_page(chunk):
            break
        lines += chunk.stripped
    count, lines = 0, []
    while count < min(LINES, len(chunks) - 1) and _may_be_front(chunks[count], first=count == 0):
        lines.append(chunks[count].text)
        count += 1
    # The line right before the text is its first heading, unless nothing else is the title.
    while count > 1 and not _belongs_to_front(lines[-1]):
        count -= 1
        lines.pop()
    if lines:
        lines = [*lines[0].split("\n"), *lines[1:]]
    return _told(lines, []), chunks[count:]


def _may_be_front(chunk: Chunk, *, first: bool) -> bool:
    if first and _is_title_page(chunk):
        return True
    if not chunk.is_short_line or chunk.is_separator or chunk.items(counted=False):
        return False
    if first:
        return chunk.is_heading or _is_date(chunk.text, first=True)
    return chunk.is_heading or _belongs_to_front(chunk.text)


def _is_title_page(chunk: Chunk) -> bool:
    """A title with who wrote it or when right under it."""
    rest = chunk.stripped[1:]
    return (
        1 <= len(rest) <= 3
        and all(len(line) <= 80 for line in chunk.stripped)
        and any(_by(line) or _is_date(line) for line in rest)
        and not any(line.endswith((",", ";")) for line in chunk.stripped)
    )


def _belongs_to_front(line: str) -> bool:
    return _is_date(line) or bool(_by(line)) or _is_name(line)


def _value(pairs: Sequence[tuple[str, str]], key: re.Pattern[str]) -> str:
    return next((value for name, value in reversed(pairs) if key.search(name)), "")


def _told(lines: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Front:
    """Author first, as on a title page; or the title first, where a "by" line or a name follows.
    What only the pairs tell stays there too."""
    dates = [line for line in lines if _is_date(line, first=line is lines[0])]
    rest = [line for line in lines if not dates or line is not dates[-1]]
    by = [line for line in rest[1:] if _by(line)]
    names = [line for line in rest if _is_name(line)]
    creators: list[str] = []
    series: list[str] = []
    if by:
        creators = [_by(line) for line in by]
        rest = [line for line in rest if line not in by]
    elif len(rest) > 1 and names and names[0] is rest[0] and (pairs or len(names) == 1):
        creators, series, rest = rest[:1], rest[1:-1], rest[-1:]
    elif len(rest) > 1 and names and names[-1] is not rest[0]:
        creators = names[-1:]
        rest = [line for line in rest if line is not names[-1]]
    author = _value(pairs, _AUTHOR)
    return Front(
        title=rest[0] if rest else _value(pairs, _TITLE),
        subtitle=" · ".join(rest[1:]),
        creators=tuple(creators or filter(None, [author])),
        series=" · ".join(series),
        date=dates[-1].strip("() ") if dates else _value(pairs, _DATE),
        metadata=tuple(pairs),
    )


def _is_date(line: str, *, first: bool = False) -> bool:
    """A few words with a year. A text's first line may be called "1984" without being a date."""
    few = len(line) <= 40 and len(line.strip("() ").split()) <= 5
    return few and bool(_YEAR.search(line)) and (not first or bool(_DAY.match(line)))


def _by(line: str) -> str:
    """Who a "by" line says wrote it."""
    found = _BY.match(line)
    rest = line[found.end() :] if found else ""
    words = [word for word in rest.split() if word not in _AND and word not in _PARTICLES]
    return (
        rest if len(rest) <= 80 and words and not any(word[0].islower() for word in words) else ""
    )


def _is_name(line: str) -> bool:
    """Two to four words that begin as a name's do."""
    words = line.replace(".", ". ").split()
    return 2 <= len(words) <= 4 and all(
        word in _PARTICLES
        if 0 < at < len(words) - 1 and word[0].islower()
        else word[0].isupper()
        and word.casefold() not in _SMALL
        and re.fullmatch(r"[^\W\d_](?:[^\W\d_]|[.'’-])*", word) is not None
        for at, word in enumerate(words)
    )
