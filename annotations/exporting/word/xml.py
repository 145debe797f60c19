"""WordprocessingML as text, written a piece at a time: a document of 10,000 comments never stands
in memory as a tree, and every word that a person wrote passes through `legal` and an escape.

Elements are those of ISO/IEC 29500-1, chapter 17; what they contain stands in its order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NewType

# Well-formed, with all text in it escaped. Made in this module alone, so that the type checker
# sees whatever didn't pass through it.
Xml = NewType("Xml", str)

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "w16cid": "http://schemas.microsoft.com/office/word/2016/wordml/cid",
    "w16cex": "http://schemas.microsoft.com/office/word/2018/wordml/cex",
}
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NOTHING = Xml("")

# What XML 1.0 has no way to hold; and a carriage return, which it reads as something else.
_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BROKEN = re.compile("([\n\t])")


def legal(text: str) -> str:
    """Without the characters that no XML can hold: controls, half of a pair, U+FFFE and U+FFFF."""
    return _ILLEGAL.sub("", text)


def _escaped(text: str) -> str:
    plain = legal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace('"', "&quot;")


def joined(pieces: Iterable[Xml]) -> Xml:
    return Xml("".join(pieces))


def tag(name: str, /, *inside: Xml, **attributes: str) -> Xml:
    """An element. An attribute `val` is `w:val`; with an underscore, `r_id`, it is `r:id`; with a
    capital, as in packages, it has no prefix."""
    given = "".join(f' {_named(key)}="{_escaped(value)}"' for key, value in attributes.items())
    content = "".join(inside)
    return Xml(f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>")


@cache
def _named(key: str) -> str:
    if key[0].isupper():
        return key
    return key.replace("_", ":") if "_" in key else f"w:{key}"


def words(text: str) -> Xml:
    """What a run holds: text, with its line breaks and tabs."""
    pieces = _BROKEN.split(text) if "\n" in text or "\t" in text else [text]
    return joined(_piece(piece) for piece in pieces if piece)


def _piece(text: str) -> Xml:
    if text == "\n":
        return Xml("<w:br/>")
    if text == "\t":
        return Xml("<w:tab/>")
    return Xml(f'<w:t xml:space="preserve">{_escaped(text)}</w:t>')


def root(name: str, *prefixes: str, ignorable: str = "") -> tuple[Xml, Xml]:
    """A part's beginning and its end. Programs that don't know what is `ignorable` pass it by."""
    declared = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)
    passed = f' mc:Ignorable="{ignorable}"' if ignorable else ""
    return Xml(f"{DECLARATION}<{name}{declared}{passed}>"), Xml(f"</{name}>")
