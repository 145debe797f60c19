"""Records as lines of a file, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NoReturn
from uuid import UUID

from django.utils.translation import gettext as _

from annotations.records.values import BadArchive, Wrong, made_of, readers_of, wrong

FORMAT, VERSION = "catena-archive", 1
HEADER = "catena.json"


def line(made: Any) -> bytes:
    """A record as one line of JSON: the same for the same record."""
    said = json.dumps(_plain(made), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{said}\n".encode()


def read[Kind](kind: type[Kind], data: bytes, where: str) -> Kind:
    """A line as a record; BadArchive where it isn't one, saying `where`."""
    try:
        made: Kind = made_of(kind, _parsed(data))
    except Wrong as why:
        sentence = _("%(where)s can't be read: %(why)s.")
        raise BadArchive(sentence % {"where": where, "why": why}) from why
    return made


def version_of(data: bytes) -> tuple[str, int]:
    """What a header says that it is; ("", 0) where it says nothing."""
    try:
        said = _parsed(data)
    except Wrong:
        return "", 0
    if not isinstance(said, dict):
        return "", 0
    kind, version = said.get("format"), said.get("version")
    known = isinstance(kind, str) and type(version) is int
    return (str(kind), int(version or 0)) if known else ("", 0)


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: _plain(getattr(value, name)) for name in readers_of(kind)}
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError:
        wrong(_("it isn't UTF-8"))
    except RecursionError:
        wrong(_("it is nested too deeply"))
    except ValueError:
        wrong(_("it isn't JSON"))


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            wrong(_("“%(name)s” stands there twice") % {"name": name[:40]})
        found[name] = value
    return found


def _no_number(_said: str) -> NoReturn:
    raise ValueError
