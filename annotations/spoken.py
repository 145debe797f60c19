"""How places in a text, and notes that don't stand, are spoken of."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.enums import Motivation, State
from reader.enums import BlockKind


class HasPlace(Protocol):
    """A paragraph, whether it comes from a database or is on its way out of one."""

    @property
    def number(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def text(self) -> str: ...


def place_within(paragraph: HasPlace) -> str:
    """ "paragraph 12", "footnote 3", "heading “…”", for the middle of a line."""
    if paragraph.number is not None:
        return _("paragraph %(number)d") % {"number": paragraph.number}
    if paragraph.kind == BlockKind.FOOTNOTE:
        return _("footnote %(label)s") % {"label": paragraph.label}
    return _("heading “%(text)s”") % {"text": paragraph.text}


def place(paragraph: HasPlace) -> str:
    """The same, to begin a line with."""
    name = place_within(paragraph)
    return name[:1].upper() + name[1:]


def endorsed(count: int, motivation: str) -> str:
    """How many wonder about a question, too, or find that something matters."""
    if motivation == Motivation.QUESTIONING:
        said = ngettext("%(count)d wonders, too", "%(count)d wonder, too", count)
    else:
        said = ngettext("%(count)d agrees it matters", "%(count)d agree it matters", count)
    return said % {"count": count}


def stone_says(state: str, reason: str = "") -> str:
    """What stands where a note was: who took it away, by kind, and why; never whose it was."""
    if state == State.WITHDRAWN:
        return _("Deleted by its author")
    if state == State.HIDDEN:
        return _("Hidden while it is checked")
    if state == State.PURGED:
        return _("Erased")
    if reason:
        return _("Removed by a moderator · %(reason)s") % {"reason": reason}
    return _("Removed by a moderator")


def state_says(state: str, reason: str = "") -> str:
    """To those who read a note that others don't: how it stands."""
    if state == State.PENDING:
        return _("Waits for a moderator")
    if state == State.HIDDEN:
        return _("Hidden while it is checked")
    if state == State.REMOVED:
        return stone_says(state, reason)
    return _("Other words for it wait for a moderator")
