"""Runs and paragraphs: words with their formatting, language and direction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri

from annotations.exporting.word.xml import NOTHING, Xml, joined, legal, tag, words
from annotations.markdown import SCHEMES

HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
MONOSPACE = "Courier New"
# Word takes no longer address.
LONGEST_ADDRESS = 2_079

# Letters that are written from right to left, roughly: only their presence is asked.
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")  # fmt: skip  # noqa: E501
_DIRECTIONS = {"L": False, "R": True, "AL": True, "AN": True}


@dataclass(frozen=True, slots=True)
class Tongue:
    """What somebody's words are written in. `language` is "" where it is the document's own."""

    language: str = ""
    rtl: bool = False


@dataclass
class Links:
    """The addresses that one part leads to; the same address is kept once."""

    _ids: dict[str, str] = field(default_factory=dict)

    def to(self, url: str, inside: Xml) -> Xml:
        """Words that lead somewhere, or just the words, where that is no safe address."""
        address = _address(url)
        if not address:
            return inside
        known = self._ids.setdefault(address, f"link{len(self._ids) + 1}")
        return tag("w:hyperlink", inside, r_id=known, history="1")

    @property
    def relationships(self) -> Xml:
        return joined(
            tag("Relationship", Id=known, Type=HYPERLINK, Target=address, TargetMode="External")
            for address, known in self._ids.items()
        )


def _address(url: str) -> str:
    """One that may be followed, in the characters that an address has; else nothing."""
    address = iri_to_uri(legal(url).strip()) or ""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  raises for what is no number
    except ValueError:
        return ""
    leads = parts.scheme in SCHEMES and (parts.netloc or parts.scheme == "mailto")
    return address if leads and len(address) <= LONGEST_ADDRESS else ""


@cache
def _properties(kinds: frozenset[str], style: str, language: str, rtl: bool) -> Xml:
    """How a run looks, in the schema's order. Complex scripts have their own bold and italics."""
    found = [tag("w:rStyle", val=style)] if style else []
    if "code" in kinds:
        found.append(tag("w:rFonts", ascii=MONOSPACE, hAnsi=MONOSPACE, cs=MONOSPACE))
    if "strong" in kinds:
        found += [tag("w:b"), tag("w:bCs")]
    if "emphasis" in kinds:
        found += [tag("w:i"), tag("w:iCs")]
    if "small_caps" in kinds:
        found.append(tag("w:smallCaps"))
    if "struck" in kinds:
        found.append(tag("w:strike"))
    if "code" in kinds:
        found.append(tag("w:noProof"))
    for kind in ("superscript", "subscript"):
        if kind in kinds:
            found.append(tag("w:vertAlign", val=kind))
            break
    if rtl:
        found.append(tag("w:rtl"))
    if language:
        found.append(tag("w:lang", val=language, eastAsia=language, bidi=language))
    return tag("w:rPr", *found) if found else NOTHING


def run(text: str, tongue: Tongue, kinds: Collection[str] = (), *, style: str = "") -> Xml:
    """Words that look alike: a run for every change of direction, since Word asks each for its
    own."""
    looks = frozenset(kinds)
    return joined(
        tag("w:r", _properties(looks, style, tongue.language, rtl), words(stretch))
        for stretch, rtl in _stretches(text, tongue.rtl)
    )


def _stretches(text: str, rtl: bool) -> Iterator[tuple[str, bool]]:
    """Text, cut where its letters change direction. What has none goes with the letters on both
    its sides, or, between different ones, as the paragraph does."""
    if not rtl and not _LEFTWARD.search(text):
        yield text, False
        return
    start, letters_end, current = 0, 0, rtl
    for at, char in enumerate(text):
        direction = _DIRECTIONS.get(unicodedata.bidirectional(char))
        if direction is None:
            continue
        if direction != current:
            cut = at if current == rtl else letters_end
            if cut > start:
                yield text[start:cut], current
            start, current = cut, direction
        letters_end = at + 1
    if current != rtl and letters_end < len(text):
        yield text[start:letters_end], current
        start, current = letters_end, rtl
    yield text[start:], current


def begins_rtl(text: str) -> bool:
    """Whether its first letter is written from right to left."""
    for char in text:
        direction = _DIRECTIONS.get(unicodedata.bidirectional(char))
        if direction is not None:
            return direction
    return False


def paragraph(
    style: str,
    *inside: Xml,
    rtl: bool = False,
    opens_page: bool = False,
    indent: int = 0,
    hanging: int = 0,
    para_id: str = "",
) -> Xml:
    """`indent` and `hanging` are in twentieths of a point; 0 leaves them to the style."""
    found = [tag("w:pStyle", val=style)]
    if opens_page:
        found.append(tag("w:pageBreakBefore"))
    if rtl:
        found.append(tag("w:bidi"))
    if indent:
        found.append(tag("w:ind", left=str(indent), hanging=str(hanging)))
    properties = tag("w:pPr", *found)
    if para_id:
        return tag("w:p", properties, *inside, w14_paraId=para_id)
    return tag("w:p", properties, *inside)
