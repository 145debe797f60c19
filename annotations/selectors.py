"""Positions and quotes. Offsets are Unicode code points, as the Web Annotation model demands;
browsers count UTF-16 code units. https://www.w3.org/TR/annotation-model/#selectors"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from uniseg.sentencebreak import sentences as uax29_sentences

CONTEXT = 32
_JOINER = "\u2060"  # ends no sentence and begins none
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Quote:
    """A text quote selector: the words themselves and up to 32 code points on either side."""

    exact: str
    prefix: str
    suffix: str


def quote(texts: Sequence[str], start: int, end: int) -> Quote:
    """The quote from `start` in the first of consecutive paragraphs to `end` in the last.

    Paragraphs are joined by a line break in `exact`.
    """
    first, last = texts[0], texts[-1]
    if len(texts) == 1:
        exact = first[start:end]
    else:
        exact = "\n".join([first[start:], *texts[1:-1], last[:end]])
    return Quote(exact, first[max(0, start - CONTEXT) : start], last[end : end + CONTEXT])


def utf16_length(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def from_utf16(text: str, units: int) -> int:
    """The code point offset of a UTF-16 offset; inside a surrogate pair, the one before it."""
    seen = 0
    for index, char in enumerate(text):
        width = 2 if ord(char) > 0xFFFF else 1
        if seen + width > units:
            return index
        seen += width
    return len(text)


def to_utf16(text: str, offset: int) -> int:
    return utf16_length(text[:offset])


def same_words(one: str, other: str) -> bool:
    """Whether two quotes differ in nothing but white space and Unicode normalisation."""
    return _plain(one) == _plain(other)


def find_quote(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands in `text`, as (start, end): exact case first, then any case.

    White space is collapsed and both sides compared in NFC. `text` is stored in NFC.
    """
    words = _plain(wanted).split(" ")
    if words == [""]:
        return []
    pattern = r"\s+".join(map(re.escape, words))
    exact = [match.span() for match in re.finditer(pattern, text)]
    if exact:
        return exact
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]


def sentences(text: str, attached: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """The sentences of a paragraph as (start, end) without the space around them (UAX #29).

    What stands in `attached`, such as a footnote's reference after a full stop, belongs to the
    sentence before it.
    """
    for start, end in attached:
        text = text[:start] + _JOINER * (end - start) + text[end:]
    spans: list[tuple[int, int]] = []
    offset = 0
    for sentence in uax29_sentences(text):
        start = offset + len(sentence) - len(sentence.lstrip())
        end = offset + len(sentence.rstrip())
        if start < end:
            spans.append((start, end))
        offset += len(sentence)
    return spans


def _plain(words: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFC", words)).strip()
