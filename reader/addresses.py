"""A list of people to be invited, as it is pasted from a mail program or a spreadsheet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

SHOWN = 120  # of what stands in a line, as many characters are kept
LONGEST = 254  # characters in an address
SEPARATOR = re.compile(r"[,;]")
QUOTES = " \t\"'()"


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # from 1
    text: str  # what stands there
    address: str  # "" where none could be read
    trouble: str = ""  # why not, as a sentence


def read_addresses(text: str) -> list[Line]:
    """Every entry, in order: "address", "Name <address>", "Name address", several in a line with
    commas or semicolons between. An address that stands there twice counts once."""
    found: list[Line] = []
    seen: dict[str, int] = {}
    for number, words in enumerate(text.replace("\r", "").split("\n"), start=1):
        for entry in _entries(words):
            line = _read(number, entry)
            if line.address and line.address in seen:
                first = seen[line.address]
                line = Line(number, line.text, "", _again(first))
            elif line.address:
                seen[line.address] = number
            found.append(line)
    return found


def _again(first: int) -> str:
    return _("This address stands in line %(line)s already.") % {"line": first}


def _entries(words: str) -> Iterator[str]:
    """A name may hold a comma itself: what has no @ belongs to the "<address>" that follows."""
    kept = ""
    for part in SEPARATOR.split(words):
        if kept and "<" in part:
            part, kept = f"{kept}, {part.strip()}", ""
        elif kept:
            yield kept
            kept = ""
        part = part.strip()
        if "@" in part:
            yield part
        else:
            kept = part
    if kept:
        yield kept


def _read(number: int, entry: str) -> Line:
    shown = entry if len(entry) <= SHOWN else f"{entry[: SHOWN - 1]}…"
    if "@" not in entry:
        return Line(number, shown, "", _("There is no @ in it."))
    address = _address_in(entry)
    try:
        if len(address) > LONGEST or not address.isprintable():
            raise ValidationError("too long, or with signs that nobody sees")
        validate_email(address)
    except ValidationError:
        return Line(number, shown, "", _("No address can be read there."))
    return Line(number, shown, address)


def _address_in(entry: str) -> str:
    """What could be the address, in lower case as accounts keep theirs; "" where nothing is."""
    _before, bracket, rest = entry.rpartition("<")
    if bracket:
        inside, _close, after = rest.partition(">")
        candidates = [] if after.strip(QUOTES) else [inside]
    else:
        candidates = [word for word in entry.split() if "@" in word]
    if len(candidates) != 1:
        return ""
    return candidates[0].strip(QUOTES).removeprefix("mailto:").lower()
