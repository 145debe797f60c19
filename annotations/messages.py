"""What people are told of moderating, in words: what a message says, and how a note stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.bylines import is_former
from annotations.enums import Actor, RevisionState, Rule, State, Told, Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    LogEntry,
    Notice,
    Reason,
    Reconsideration,
)
from annotations.querysets import GONE
from annotations.reasons import LEGAL, LEGAL_LABEL, defaults_for, label_of, reasons_of
from reader.enums import Standing
from reader.models import StudyGroup, User
from reader.querysets import group_ids_of

A_PAGE = 30

# To the author of a note.
_DECIDED = {
    Verb.HIDE: gettext_lazy("Your note is hidden while it is checked."),
    Verb.APPROVE: gettext_lazy("A leader looked at your note, and it stands before others."),
    Verb.REMOVE: gettext_lazy("Your note was removed."),
    Verb.SEND_BACK: gettext_lazy("Your note came back to you: change it and send it again."),
    Verb.RESTORE: gettext_lazy("Your note stands before others again."),
    Verb.PURGE: gettext_lazy("Your note was erased."),
    Verb.HOLD: gettext_lazy("Your note waits for a leader."),
    Verb.HOLD_EDIT: gettext_lazy("Your new words wait for a leader; the earlier ones stand."),
    Verb.RESUBMIT: gettext_lazy("You sent your note again."),
    Verb.PUBLISH_EDIT: gettext_lazy("Your new words have taken the place of the earlier ones."),
    Verb.DECLINE_EDIT: gettext_lazy("Your new words weren’t taken; the earlier ones stand."),
    Verb.LOCK: gettext_lazy("The thread of your note takes no more replies."),
    Verb.PAUSE: gettext_lazy("The thread of your note takes no replies for a while."),
    Verb.UNLOCK: gettext_lazy("The thread of your note takes replies again."),
    Verb.ANSWER: gettext_lazy("What you asked to be reconsidered was answered."),
}
# To whoever reported one.
_REPORTED = {
    Verb.REMOVE: gettext_lazy("What you reported was removed. Thank you."),
    Verb.HIDE: gettext_lazy("What you reported is hidden. Thank you."),
    Verb.DECLINE_EDIT: gettext_lazy("A leader looked at what you reported. Thank you."),
    Verb.IGNORE: gettext_lazy(
        "A leader looked at what you reported, and nothing had to be done. Thank you all the same."
    ),
}
_REPORTED_AND_KEPT = gettext_lazy(
    "A leader looked at what you reported, and it stays. Thank you all the same."
)
# To a member.
_OF_A_STANDING = (Verb.SET_STANDING, Verb.ACKNOWLEDGE, Verb.RESTORE)
_STANDINGS = {
    Standing.ACTIVE: gettext_lazy("You take part as before."),
    Standing.HELD: gettext_lazy("Your notes wait for a leader before others see them."),
    Standing.WARNED: gettext_lazy(
        "The leaders have warned you. Say that you have read it, and you can write again."
    ),
    Standing.MUTED: gettext_lazy("You can read, but not write."),
    Standing.SUSPENDED: gettext_lazy("You can’t come into the group for now."),
    Standing.BANNED: gettext_lazy("You can’t come into the group any more."),
}
_OTHERS = {
    Told.WAITING: gettext_lazy("Something waits for a moderator."),
    Told.ASKED_AGAIN: gettext_lazy("Somebody asks to reconsider a decision."),
    Told.STEPPED_IN: gettext_lazy("The site administrator looks into the group."),
    Told.PURGE_ASKED: gettext_lazy("The group’s leaders ask you to erase a note for good."),
    Told.OFFERED: gettext_lazy("Notes were brought in from elsewhere that may be yours."),
}
# How a note stands, to its author.
_STANDS = {
    State.VISIBLE: gettext_lazy("It stands before those whom it is for."),
    State.APPROVED: gettext_lazy("A leader looked at it, and it stands before others."),
    State.PENDING: gettext_lazy("It waits for a leader. Until then nobody else sees it."),
    State.HIDDEN: gettext_lazy(
        "It is hidden while it is checked. That decides nothing yet: a leader will."
    ),
    State.REMOVED: gettext_lazy("It was removed. Its author and the leaders can still read it."),
}
# What brought it before the leaders: never the words that a rule looks for.
_HELD_BY = {
    Rule.GROUP: gettext_lazy("In this group the leaders look at every note before others see it."),
    Rule.MEMBER: gettext_lazy("For now the leaders look at your notes before others see them."),
    Rule.NEWCOMER: gettext_lazy(
        "The leaders look at the first notes of new members before others see them."
    ),
    Rule.WORD: gettext_lazy("There are words in it that the leaders look at first."),
    Rule.LINKS: gettext_lazy(
        "There are several links in it, and nobody has looked at anything of yours yet."
    ),
    Rule.AGAIN: gettext_lazy("You sent it again after it was removed; a leader looks once more."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message."""

    notice: Notice
    sentence: str
    reason: str  # a label
    said: str  # what the leaders wrote
    address: str
    link: str

    @property
    def is_new(self) -> bool:
        return self.notice.seen_at is None


@dataclass(frozen=True, slots=True)
class Page:
    days: list[tuple[date, list[Line]]]  # the newest first
    newest: datetime | None  # when the newest here showed
    has_new: bool
    older_than: int | None  # the last one here, where there are older ones

    @property
    def until(self) -> str:
        """What whoever reads it will have seen."""
        return self.newest.isoformat() if self.newest is not None else ""


@dataclass(frozen=True, slots=True)
class Deed:
    """One row of the log as it is read by one person."""

    entry: LogEntry
    sentence: str
    by: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """How a note stands and how it came to."""

    sentence: str
    since: datetime
    rule: str  # why it waits
    matched: str  # to leaders: the words that a rule found
    removal: LogEntry | None
    reason: str  # of the removal
    said: str  # about it, to the author
    edit: AnnotationRevision | None  # other words that wait, or weren't taken
    declined: LogEntry | None  # and why they weren't
    declined_reason: str
    deeds: list[Deed]

    def is_told(self, entry: LogEntry | None) -> bool:
        """Whether whoever reads this may know of a row of the log by now."""
        return entry is not None and entry.pk in {deed.entry.pk for deed in self.deeds}

    @property
    def can_question_edit(self) -> bool:
        return self.is_told(self.declined)


def page_for(user: User, *, before: int | None = None) -> Page:
    """A person's messages, the newest first; `before` is the last one of the page before."""
    mine = Notice.objects.visible_to(user)
    last = mine.filter(pk=before).first() if before is not None else None
    rows = mine.older_than(last) if last is not None else mine
    notices = list(rows.with_what()[: A_PAGE + 1])
    shown, more = notices[:A_PAGE], len(notices) > A_PAGE
    days: dict[date, list[Line]] = defaultdict(list)
    for line in _lines(user, shown):
        days[timezone.localdate(line.notice.shows_at)].append(line)
    return Page(
        days=list(days.items()),
        newest=shown[0].shows_at if shown else None,
        has_new=any(notice.seen_at is None for notice in shown),
        older_than=shown[-1].pk if more else None,
    )


def _lines(user: User, notices: Sequence[Notice]) -> Iterable[Line]:
    reasons = _reasons_in({notice.group for notice in notices})
    here = set(group_ids_of(user).values_list("group_id", flat=True)) if notices else set()
    for notice in notices:
        entry = notice.entry
        own = entry is not None and notice.kind in {Told.DECIDED, Told.STANDING}
        address, link = _way(notice, may_enter=notice.group_id in here)
        yield Line(
            notice=notice,
            sentence=sentence_of(notice.kind, entry),
            reason=_label(reasons[notice.group_id], entry.reason) if entry and own else "",
            said=entry.sentence if entry is not None and own else "",
            address=address,
            link=link,
        )


def _reasons_in(groups: Collection[StudyGroup]) -> dict[int, list[Reason]]:
    rows: dict[int, list[Reason]] = defaultdict(list)
    for reason in Reason.objects.of_groups([group.pk for group in groups]):
        rows[reason.group_id].append(reason)
    return {group.pk: rows[group.pk] or defaults_for(group) for group in groups}


def _label(reasons: list[Reason], code: str) -> str:
    return str(LEGAL_LABEL) if code == LEGAL else label_of(reasons, code)


def sentence_of(kind: str, entry: LogEntry | None) -> str:
    """What has happened, said to whom a message is for."""
    if kind in _OTHERS:
        return str(_OTHERS[Told(kind)])
    if kind == Told.ANSWERED:
        return _("What you asked to be reconsidered was answered.")
    if entry is None:
        return str(Told(kind).label)
    if kind == Told.REPORT_ANSWERED:
        return str(_REPORTED.get(Verb(entry.verb), _REPORTED_AND_KEPT))
    return to_whom_it_concerns(entry)


def to_whom_it_concerns(entry: LogEntry) -> str:
    """A row of the log, said to the author of its note or to its member."""
    if entry.annotation_id is None and entry.verb in _OF_A_STANDING:
        standing = Standing.ACTIVE if entry.verb == Verb.RESTORE else standing_in(entry)
        return str(_STANDINGS.get(standing, _STANDINGS[Standing.ACTIVE]))
    if entry.verb == Verb.APPROVE and entry.before == State.HIDDEN:
        return str(_DECIDED[Verb.RESTORE])
    known = _DECIDED.get(Verb(entry.verb))
    return str(known) if known is not None else _plainly(entry)


def _plainly(entry: LogEntry) -> str:
    return f"{capfirst(entry.get_verb_display())}."


def standing_in(entry: LogEntry) -> Standing:
    value = entry.details.get("standing", "")
    return Standing(value) if value in Standing.values else Standing.ACTIVE


def until_in(entry: LogEntry) -> datetime | None:
    """The end of a standing, where it has one."""
    value = entry.details.get("until")
    return parse_datetime(value) if isinstance(value, str) else None


def _way(notice: Notice, *, may_enter: bool) -> tuple[str, str]:
    """Where a message leads to."""
    entry, group = notice.entry, notice.group
    if notice.kind == Told.WAITING:
        return reverse("moderation", args=[group.slug]), _("Look at it")
    if notice.kind == Told.ASKED_AGAIN:
        queue = reverse("moderation", args=[group.slug])
        return f"{queue}?tab=reconsider", _("Answer it")
    if notice.kind == Told.STEPPED_IN:
        return reverse("group_log", args=[group.slug]), _("The group’s log")
    if notice.kind == Told.PURGE_ASKED:
        return reverse("site"), _("Look at it")
    if notice.kind == Told.OFFERED:
        page = reverse("guests", args=[group.slug])
        return (page, _("Look at them")) if may_enter else ("", "")
    if entry is None or notice.kind == Told.REPORT_ANSWERED:
        return "", ""
    note = entry.annotation if notice.kind == Told.DECIDED else None
    if note is not None and may_enter and note.state not in GONE:
        return reverse("note_why", args=[note.uuid]), _("Read why, and what you can do")
    return entry.get_absolute_url(), _("Read it, and how to answer")


def why(annotation: Annotation, group: StudyGroup, viewer: User) -> Why:
    """Of a note that this person wrote, or whose group they lead."""
    is_own = annotation.creator_id == viewer.pk
    reasons = reasons_of(group)
    rows = LogEntry.objects.visible_to(viewer).about(annotation.pk).select_related("actor")
    removal = _removal_of(annotation)
    edit, declined = _edit_of(annotation)
    case = Case.objects.open().filter(annotation=annotation).first()
    waits = annotation.state == State.PENDING or _is_waiting(edit)
    stands = _STANDS[State(annotation.state)]
    return Why(
        sentence=str(stands),
        since=annotation.state_at or annotation.created_at,
        rule=_rule_of(case, is_own=is_own) if case is not None and (waits or not is_own) else "",
        matched=case.matched if case is not None and not is_own else "",
        removal=removal,
        reason=_label(reasons, annotation.reason or (removal.reason if removal else "")),
        said=removal.sentence if removal is not None else "",
        edit=edit,
        declined=declined,
        declined_reason=_label(reasons, declined.reason) if declined is not None else "",
        deeds=[_deed(entry, reasons, is_own=is_own) for entry in rows],
    )


def _is_waiting(edit: AnnotationRevision | None) -> bool:
    return edit is not None and edit.state == RevisionState.PENDING


def _removal_of(annotation: Annotation) -> LogEntry | None:
    """What its present state follows from, where that is a removal."""
    if annotation.state != State.REMOVED:
        return None
    removals = LogEntry.objects.about(annotation.pk).filter(verb__in=[Verb.REMOVE, Verb.SEND_BACK])
    found: LogEntry | None = removals.first()
    return found


def _edit_of(annotation: Annotation) -> tuple[AnnotationRevision | None, LogEntry | None]:
    """The words that wait to stand there, or the last ones that weren't taken, and why not."""
    apart = annotation.revisions.exclude(state=RevisionState.SUPERSEDED)
    edit: AnnotationRevision | None = apart.filter(number__gt=annotation.revision).last()
    if edit is None or _is_waiting(edit):
        return edit, None
    rows = LogEntry.objects.about(annotation.pk).filter(verb=Verb.DECLINE_EDIT)
    declined = next((row for row in rows if row.details.get("edit") == edit.number), None)
    return edit, declined


def _rule_of(case: Case, *, is_own: bool) -> str:
    """That others reported a note isn't for its author to know."""
    if not case.rule:
        return ""
    rule = Rule(case.rule)
    return str(_HELD_BY.get(rule, "")) if is_own else str(rule.label)


def _deed(entry: LogEntry, reasons: list[Reason], *, is_own: bool) -> Deed:
    rule = Rule(entry.rule) if entry.rule else None
    told = rule is not None and (not is_own or rule in _HELD_BY)
    return Deed(
        entry=entry,
        sentence=to_whom_it_concerns(entry) if is_own else _plainly(entry),
        by=_("you")
        if is_own and entry.acting_as == Actor.AUTHOR
        else by_whom(entry, named=not is_own),
        rule=str(rule.label) if rule is not None and told else "",
        reason=_label(reasons, entry.reason),
    )


def by_whom(entry: LogEntry, *, named: bool) -> str:
    """Who did it: to leaders their name, to everybody else in what part."""
    if entry.acting_as == Actor.AUTHOR and not named:
        return _("you")
    if not named or entry.actor is None:
        return "" if entry.verb == Verb.REPORT else entry.get_acting_as_display()
    actor = entry.actor
    return _("former member") if is_former(actor, nameless=False) else str(actor.name)


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the log on a page of its own."""

    entry: LogEntry
    is_own: bool  # whether it is about the viewer
    sentence: str
    by: str
    reason: str
    until: datetime | None
    asked: Reconsideration | None
    is_over: bool  # reversed since


def decision_for(entry: LogEntry, viewer: User) -> Decision:
    note, membership = entry.annotation, entry.membership
    is_own = (note is not None and note.creator_id == viewer.pk) or (
        membership is not None and membership.user_id == viewer.pk
    )
    return Decision(
        entry=entry,
        is_own=is_own,
        sentence=to_whom_it_concerns(entry) if is_own else _plainly(entry),
        by=by_whom(entry, named=not is_own),
        reason=_label(reasons_of(entry.group), entry.reason),
        until=until_in(entry),
        asked=Reconsideration.objects.filter(decision=entry).first(),
        is_over=hasattr(entry, "reversed_by"),
    )
