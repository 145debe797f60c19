"""What a field of a record may hold, and what is said where it holds something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field, fields
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, NoReturn
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from reader.importing.parsed import SpanKind

# Of what a database takes at most; PostgreSQL's are the narrower ones.
MOST, MOST_SMALL = 2_147_483_647, 32_767
# Of what is counted on from there: nothing that stands at the end of what a column takes could
# be changed any more.
MOST_COUNTED = 1_000_000
MAX_BODY, MAX_TEXT, MAX_QUOTE = 10_000, 200_000, 1_000_000
SLUG = r"[-a-zA-Z0-9_]+"
# What people file a note under is one word.
TAG = r"[^\s\x00-\x1f\x7f]+"
WEB = r"https?://[^\s\x00-\x1f\x7f\"'<>]+"
_LINK = re.compile(r"(?:https?://|mailto:)[^\x00-\x20]*", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
# No database takes the first, and no file the others.
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
# Local times of years further away than these can't be reckoned everywhere.
YEARS = range(1000, 9000)
# By so much the clocks of two sites may differ.
AHEAD = timedelta(days=1)

type Reader = Callable[[Any], Any]


class BadArchive(Exception):
    """A file that isn't brought in. Its text is a sentence for whoever chose it."""


class Wrong(Exception):
    """What is wrong with one value, to stand behind its name."""


def wrong(sentence: str) -> NoReturn:
    raise Wrong(sentence)


def holds(read: Reader) -> Any:
    """A field that is read back like this."""
    return field(metadata={"read": read})


def text(most: int, least: int = 0, pattern: str = "") -> Reader:
    form = re.compile(pattern) if pattern else None

    def read(value: Any) -> str:
        if not isinstance(value, str):
            wrong(_("isn't text"))
        if len(value) > most:
            wrong(_("is longer than %(most)d characters") % {"most": most})
        if len(value) < least:
            wrong(_("is empty"))
        if _NOT_TEXT.search(value):
            wrong(_("holds a character that no text has"))
        if form is not None and value and not form.fullmatch(value):
            wrong(_("has another form than it should"))
        return value

    return read


def whole(least: int = 0, most: int = MOST) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int:  # True is one, too
            wrong(_("isn't a whole number"))
        if not least <= value <= most:
            wrong(_("is out of bounds"))
        return int(value)

    return read


def flag(value: Any) -> bool:
    return value if isinstance(value, bool) else wrong(_("is neither true nor false"))


def identity(value: Any) -> UUID:
    if not isinstance(value, str):
        wrong(_("isn't an id"))
    try:
        found = UUID(value)
    except ValueError:
        wrong(_("isn't an id"))
    return found if str(found) == value else wrong(_("isn't an id"))


def moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        wrong(_("isn't a time"))
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        wrong(_("isn't a time"))
    return found if found.year in YEARS else wrong(_("isn't a time"))


def past(value: Any) -> datetime:
    """When something was done. Nobody has done anything in a year to come, where it would stand
    before all else, and be new to everybody for ever."""
    found = moment(value)
    return found if found <= timezone.now() + AHEAD else wrong(_("is still to come"))


def choice(words: type[Enum], *, blank: bool = False) -> Reader:
    known = {each.value: each for each in words}

    def read(value: Any) -> Any:
        if blank and value == "":
            return ""
        if not isinstance(value, str) or value not in known:
            wrong(_("is none of what it can be"))
        return known[value]

    return read


def maybe(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def several(read: Reader, most: int) -> Reader:
    def every(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            wrong(_("isn't a list"))
        if len(value) > most:
            wrong(_("has more than %(most)d parts") % {"most": most})
        return tuple(read(each) for each in value)

    return every


def pair(value: Any) -> tuple[str, str]:
    found: tuple[str, ...] = several(text(MAX_TEXT), 2)(value)
    return (found[0], found[1]) if len(found) == 2 else wrong(_("isn't a pair"))


def span(value: Any) -> tuple[int, int, str, str]:
    """Formatting: where from and to, what, and where a link leads; that is a link of the web's."""
    if not isinstance(value, list) or len(value) != 4:
        wrong(_("isn't formatting"))
    start, end, kind, target = value
    found = (whole()(start), whole()(end), choice(SpanKind)(kind), text(10_000)(target))
    if found[2] == SpanKind.LINK and not _LINK.match(found[3]):
        wrong(_("links to no address of the web"))
    return (*found[:2], str(found[2].value), found[3])


def record(kind: Any) -> Reader:
    return lambda value: made_of(kind, value)


@cache
def readers_of(kind: Any) -> dict[str, Reader]:
    return {each.name: each.metadata["read"] for each in fields(kind)}


def made_of(kind: Any, value: Any) -> Any:
    readers = readers_of(kind)
    if not isinstance(value, dict):
        wrong(_("it isn't an object"))
    if missing := sorted(readers.keys() - value.keys()):
        wrong(_("“%(name)s” is missing") % {"name": missing[0]})
    if unknown := sorted(value.keys() - readers.keys()):
        wrong(_("“%(name)s” is unknown") % {"name": unknown[0][:40]})
    made = {}
    for name, read_value in readers.items():
        try:
            made[name] = read_value(value[name])
        except Wrong as why:
            raise Wrong(f"“{name}” {why}" if "“" not in str(why) else str(why)) from why
    return kind(**made)
