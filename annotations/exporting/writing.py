"""What every exporter gives back, and what it tells on its way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# How many bytes of a file's name are its title's; file systems take 255 in all.
LONGEST_NAME = 120
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
# Names that are devices somewhere.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)

# Told how many more notes are written. May raise whatever ends the work.
type Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A file on its way. `chunks` are read once."""

    suffix: str  # with its dot; `registry.MEDIA_TYPES` has the type of each
    chunks: Iterator[bytes]


class CannotWrite(Exception):
    """This machine, or this notebook, doesn't allow it; the sentence is for whoever asked."""


def silent(_written: int) -> None:
    """A tick that nobody hears."""


def file_name(title: str) -> str:
    """A title as the stem of a file's name, on any system, in any script."""
    plain = unicodedata.normalize("NFC", title)
    # Marks of direction, zero-width characters and the like would disguise it.
    shown = "".join(char for char in plain if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    words = " ".join(_UNSAFE.sub(" ", shown).split()).strip(". ")
    cut = words.encode()[:LONGEST_NAME].decode(errors="ignore").rstrip(". ")
    return f"{cut}_" if _DEVICES.match(cut) else cut or "notes"
