"""What a person is called, on every surface, to whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.models import Annotation
from reader.enums import Bylines
from reader.models import Pseudonym, Reading, User
from reader.querysets import Viewer


@dataclass(frozen=True, slots=True)
class Byline:
    name: str
    initials: str


def pseudonyms_in(reading: Reading) -> dict[int, str]:
    """User id → the name used in this reading; empty where people go by their own."""
    if reading.bylines == Bylines.NAMES:
        return {}
    return dict(Pseudonym.objects.filter(reading=reading).values_list("user_id", "name"))


def byline(annotation: Annotation, viewer: Viewer, pseudonyms: Mapping[int, str]) -> Byline:
    """The name `viewer` reads under a note. `pseudonyms` are those of the note's reading.

    A private note has its author for only reader, who goes by their own name there. Nobody,
    leaders included, is told the name behind a pseudonym.
    """
    creator: User = annotation.creator
    if creator.anonymised_at is not None:
        return Byline(_("former member"), "–")
    reading = annotation.reading
    if annotation.audience == Audience.PRIVATE or reading is None:
        return _named(creator.name)
    if reading.bylines == Bylines.PSEUDONYMS:
        return _named(pseudonyms.get(creator.pk) or _("somebody"))
    return _named(creator.name)


def _named(name: str) -> Byline:
    words = name.split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [name[:2]]
    return Byline(name, "".join(letters).upper())
