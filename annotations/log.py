"""What the rows of a group's log say: to its leaders all that was done, by whom and to whom; to
its members what was done, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotations.bylines import is_former
from annotations.enums import Effect, Outcome, Verb
from annotations.models import LogEntry
from annotations.querysets import GONE, LogQuerySet
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership, StudyGroup, User
from reader.templatetags.times import day_and_time

A_PAGE = 40
PARTS = 100  # of one row; a bulk decision has no more

TO_MEMBERS: dict[Verb, Any] = {
    Verb.HIDE: gettext_lazy("A note was hidden until somebody decides"),
    Verb.APPROVE: gettext_lazy("A note that was hidden stands again"),
    Verb.REMOVE: gettext_lazy("A note was removed"),
    Verb.RESTORE: gettext_lazy("Something was restored"),
    Verb.PURGE: gettext_lazy("A note was erased"),
    Verb.LOCK: gettext_lazy("A thread was closed to replies"),
    Verb.PAUSE: gettext_lazy("A thread was paused"),
    Verb.UNLOCK: gettext_lazy("A thread was opened to replies"),
    Verb.SET_STANDING: gettext_lazy("It was decided what somebody may do here"),
    Verb.CHANGE_RULES: gettext_lazy("The leaders changed what they watch for, or their reasons"),
    Verb.ANSWER: gettext_lazy("Somebody asked to reconsider, and was answered"),
    Verb.STEP_IN: gettext_lazy("A site administrator looked into the group"),
}
RULES: dict[str, Any] = {
    "word_rule_added": gettext_lazy("Word rule added"),
    "word_rule_dropped": gettext_lazy("Word rule dropped"),
    "reason_added": gettext_lazy("Reason added"),
    "reason_changed": gettext_lazy("Reason changed"),
    "reason_retired": gettext_lazy("Reason retired"),
    "reason_back": gettext_lazy("Reason brought back"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was done. To members it holds no name, no words and no way to a note."""

    entry: LogEntry
    done: str
    reason: str = ""
    by: str = ""
    of: str = ""  # whose note it was, or whose part in the group
    further: tuple[str, ...] = ()
    note: Any = None  # where there is one to be read
    parts: list[Row] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.entry.at


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    more: int | None  # the row after which the next page begins


def for_members(group: StudyGroup, after: int | None) -> Page:
    entries, more = _page(LogEntry.objects.for_members_of(group), after)
    reasons = reasons_of(group)
    rows = [
        Row(entry, _said_to_members(entry), reason=label_of(reasons, entry.reason))
        for entry in entries
    ]
    return Page(rows, more)


def for_leaders(
    viewer: User,
    group: StudyGroup,
    after: int | None,
    *,
    person: int | None = None,
    verb: str = "",
) -> Page:
    """All but what a leader would learn of reports about their own notes."""
    found = LogEntry.objects.visible_to(viewer).for_leaders_of(group)
    if person is not None:
        about = Q(annotation__creator=person) | Q(membership__user=person)
        found = found.filter(Q(actor=person) | about)
    if verb:
        found = found.filter(verb=verb)
    entries, more = _page(_with_people(found), after)
    parts = _parts_of(viewer, entries)
    everything = [*entries, *(part for some in parts.values() for part in some)]
    said = _Said(group, everything)
    return Page([said.row(entry, parts) for entry in entries], more)


def _page(found: LogQuerySet, after: int | None) -> tuple[list[LogEntry], int | None]:
    if after is not None:
        found = found.come_after(after)
    entries = list(found.order_by("-at", "-pk")[: A_PAGE + 1])
    more = entries[A_PAGE - 1].pk if len(entries) > A_PAGE else None
    return entries[:A_PAGE], more


def _with_people(entries: LogQuerySet) -> LogQuerySet:
    return entries.select_related("actor", "annotation__creator", "membership__user")


def _parts_of(viewer: User, entries: Iterable[LogEntry]) -> dict[int, list[LogEntry]]:
    """By the row that they are parts of; a ban's notes are parts of a bulk row in it."""
    parts: dict[int, list[LogEntry]] = {}
    above = [entry.pk for entry in entries]
    while above:
        below = _with_people(LogEntry.objects.visible_to(viewer).filter(bulk__in=above))
        above = []
        for part in below.order_by("pk"):
            parts.setdefault(part.bulk_id or 0, []).append(part)
            if part.verb == Verb.BULK:
                above.append(part.pk)
    return parts


def _said_to_members(entry: Any) -> str:
    verb = Verb(entry.verb)
    if verb == Verb.BULK:
        return _several(Verb(entry.details["verb"]), entry.shown)
    if verb == Verb.RESTORE and entry.shown:
        return _several(verb, entry.shown)
    if verb == Verb.RESTORE and entry.annotation_id is not None:
        return _("A note was restored")
    if verb == Verb.RESTORE and entry.membership_id is not None:
        return str(TO_MEMBERS[Verb.SET_STANDING])
    return str(TO_MEMBERS[verb]) if verb in TO_MEMBERS else str(capfirst(verb.label))


def _several(verb: Verb, count: int) -> str:
    sentence = ngettext("One note: %(what)s", "%(count)d notes: %(what)s", count)
    return sentence % {"count": count, "what": verb.label}


class _Said:
    """What rows say to leaders, with names as they are now."""

    def __init__(self, group: StudyGroup, entries: Collection[LogEntry]) -> None:
        self.reasons = reasons_of(group)
        people = {user.pk for entry in entries for user in _people(entry)}
        nameless = Membership.objects.filter(group=group, nameless=True, user__in=people)
        self.nameless = set(nameless.values_list("user", flat=True))

    def row(self, entry: LogEntry, parts: dict[int, list[LogEntry]]) -> Row:
        note = entry.annotation
        return Row(
            entry,
            _done(entry),
            reason=label_of(self.reasons, entry.reason),
            by=self._by(entry),
            of=self._of(entry),
            further=tuple(_further(entry)),
            note=None if note is None or note.state in GONE else note,
            parts=[self.row(part, parts) for part in parts.get(entry.pk, ())[:PARTS]],
        )

    def _by(self, entry: LogEntry) -> str:
        part = entry.get_acting_as_display()
        if entry.verb == Verb.REPORT:
            return _("somebody in the group")  # who it was stands in the report alone
        if entry.actor is None:
            return str(part)
        return f"{self._name(entry.actor)} ({part})"

    def _of(self, entry: LogEntry) -> str:
        if entry.annotation is not None:
            return self._name(entry.annotation.creator)
        member = entry.membership
        by_themselves = member is not None and member.user_id == entry.actor_id
        return "" if member is None or by_themselves else self._name(member.user)

    def _name(self, user: User) -> str:
        former = is_former(user, nameless=user.pk in self.nameless)
        return _("former member") if former else user.name


def _people(entry: LogEntry) -> Sequence[User]:
    author = entry.annotation.creator if entry.annotation is not None else None
    member = entry.membership.user if entry.membership is not None else None
    return [user for user in (entry.actor, author, member) if user is not None]


def _done(entry: LogEntry) -> str:
    verb, details = Verb(entry.verb), entry.details
    if verb == Verb.BULK:
        return _several(Verb(details["verb"]), details.get("notes", 0))
    if verb == Verb.BRING_IN and "count" in details:
        return _brought_in(details["count"])
    if verb == Verb.ADOPT and "count" in details:
        return _taken_over(details["count"])
    if verb == Verb.CHANGE_RULES and details.get("what") in RULES:
        return str(RULES[details["what"]])
    return str(capfirst(verb.label))


def _brought_in(count: int) -> str:
    sentence = ngettext(
        "A note brought in from a file", "%(count)d notes brought in from a file", count
    )
    return sentence % {"count": count}


def _taken_over(count: int) -> str:
    sentence = ngettext(
        "A note of a guest taken over", "%(count)d notes of a guest taken over", count
    )
    return sentence % {"count": count}


def _further(entry: LogEntry) -> Iterable[str]:
    """What else a row says, in words of the system but for those of a rule."""
    details = entry.details
    if entry.rule:
        yield str(entry.get_rule_display())
    if details.get("words"):
        yield f"“{details['words']}”"
    if details.get("effect") in Effect.values:
        yield str(Effect(details["effect"]).label)
    if details.get("standing") in Standing.values:
        yield str(Standing(details["standing"]).label)
    if details.get("outcome") in Outcome.values:
        yield str(Outcome(details["outcome"]).label)
    if "granted" in details:
        yield _("granted") if details["granted"] else _("not granted")
    until = details.get("until")
    if until and (end := parse_datetime(until)):
        yield _("until %(end)s") % {"end": day_and_time(end)}
