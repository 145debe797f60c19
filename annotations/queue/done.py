"""What was decided, and what is asked to be looked at again, in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.bylines import Byline, bylines_for, is_former
from annotations.decisions import name_of, undo_for
from annotations.enums import Outcome, Verb
from annotations.models import (
    Annotation,
    LogEntry,
    Reconsideration,
)
from annotations.permissions import REVERSIBLE
from annotations.querysets import GONE
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership, StudyGroup, User

# What is shown of a note or a member that a decision was about, and of who made it.
DECISION = (
    "actor", "reversed_by", "annotation__creator", "annotation__root", "annotation__reading__group",
    "annotation__reading__article", "membership__user",
)  # fmt: skip

ASKED = ("asked_by", *(f"decision__{name}" for name in DECISION))


@dataclass(frozen=True, slots=True)
class Done:
    """A decision, in a list."""

    entry: LogEntry
    by: str
    byline: Byline | None  # of the note's author
    reason: str
    undo_for: int  # seconds
    can_restore: bool

    @property
    def words(self) -> str:
        note = self.entry.annotation
        return "" if note is None or note.state in GONE else unescape(strip_tags(note.body_html))

    @property
    def is_reversed(self) -> bool:
        return hasattr(self.entry, "reversed_by")

    @property
    def what(self) -> str:
        details = self.entry.details
        if self.entry.verb == Verb.BULK:
            verb = Verb(details["verb"]).label if details.get("verb") in Verb else ""
            count = details.get("notes", 0)
            said = ngettext("one note %(verb)s", "%(count)d notes %(verb)s", count)
            return said % {"count": count, "verb": verb}
        if self.entry.verb == Verb.IGNORE and details.get("outcome") == Outcome.DUPLICATE:
            return _("left as it is: the same as another")
        if self.entry.verb == Verb.SET_STANDING:
            standing = Standing(details["standing"])
            return _("Standing: %(standing)s") % {"standing": standing.label}
        return str(self.entry.get_verb_display())

    @property
    def about(self) -> str:
        """Whose standing it is; "" where it is about notes."""
        member = self.entry.membership
        if member is None:
            return ""
        former = is_former(member.user, nameless=member.nameless)
        return _("former member") if former else member.user.name


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks that a decision be looked at again."""

    reconsideration: Reconsideration
    byline: Byline | None
    decided_by: str
    reason: str
    is_mine: bool  # whether whoever looks decided it: somebody else answers, if there is one


def done_of(user: User, group: StudyGroup, entries: Sequence[LogEntry]) -> list[Done]:
    notes = [entry.annotation for entry in entries if entry.annotation is not None]
    names = bylines_for(notes, user)
    reasons = reasons_of(group)
    return [
        Done(
            entry,
            name_of(entry),
            names.get(entry.annotation_id or 0),
            label_of(reasons, entry.reason),
            undo_for(user, entry),
            _can_restore(entry),
        )
        for entry in entries
    ]


def _can_restore(entry: LogEntry) -> bool:
    """Whether what it took can still be given back: not what has been decided otherwise since."""
    if entry.verb not in REVERSIBLE or hasattr(entry, "reversed_by"):
        return False
    note: Annotation | None = entry.annotation
    member: Membership | None = entry.membership
    if member is not None:
        standing = str(entry.details.get("standing"))
        return standing != Standing.ACTIVE and standing == member.standing
    if note is None:
        return entry.details.get("verb") in {Verb.REMOVE, Verb.HIDE}
    since = note.state_at
    return note.state == entry.after and (since is None or since <= entry.at)


def asked_of(user: User, group: StudyGroup, rows: Sequence[Reconsideration]) -> list[Asked]:
    notes = [row.decision.annotation for row in rows if row.decision.annotation is not None]
    names = bylines_for(notes, user)
    reasons = reasons_of(group)
    return [
        Asked(
            row,
            names.get(row.decision.annotation_id or 0),
            name_of(row.decision),
            label_of(reasons, row.decision.reason),
            row.decision.actor_id == user.pk,
        )
        for row in rows
    ]
