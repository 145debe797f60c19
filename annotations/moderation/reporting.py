"""Reports: somebody asks the moderators to look at what another wrote."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, Actor, Outcome, Rule, Told, Verb
from annotations.models import Annotation, Case, Report
from annotations.moderation import words
from annotations.moderation.cases import close_case, open_case
from annotations.moderation.logbook import record
from annotations.moderation.pace import require_report_pace
from annotations.moderation.states import MovedOn, change
from annotations.moderation.telling import tell
from annotations.permissions import can_report, can_withdraw_report
from reader.models import StudyGroup, User
from reader.permissions import membership_of, require

# How many people hide a note by their reports, where a group wants that: a large one asks more.
FEW, MANY = 2, 3
LARGE = 15


@transaction.atomic
def report(
    *, by: User, annotation: Annotation, revision: int, reason: str, sentence: str = ""
) -> Report:
    """Ask the moderators to look at a note, as its words were in this revision. Everybody has one
    report of it: again is the same, in other words. What was answered stays so.

    Raises MovedOn where the note has other words by now, and TooMany.
    """
    note, group = _held_still(annotation)
    allowed = can_report(by, membership_of(by, group), note)
    require(allowed, _("You report what others wrote in a group that you belong to."))
    if note.revision != revision:
        raise MovedOn(note, None)
    mine = Report.objects.of(by).filter(annotation=note, revision=revision).first()
    if mine is not None and mine.answered_at is not None:
        return mine
    is_new = mine is None or mine.withdrawn_at is not None
    if is_new:
        require_report_pace(by)
    case = open_case(note, group) if is_new or mine is None else mine.case
    mine = _written(mine, case, note, by, reason, sentence)
    if is_new:
        # Who it was stands in the report alone, which the log's readers may not all see.
        record(
            group=group,
            verb=Verb.REPORT,
            acting_as=Actor.SYSTEM,
            annotation=note,
            before=note.state,
            reason=reason,
            details={"report": mine.pk},
        )
        if _hides(case, group):
            _hide(note, group)
    mine.annotation = note
    return mine


@transaction.atomic
def withdraw_report(*, by: User, report: Report) -> Report:
    """Take one's own report back. With the last one its case is closed, unless something else
    keeps it open."""
    note, group = _held_still(report.annotation)
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    require(can_withdraw_report(by, report), _("You take back a report of your own."))
    if report.withdrawn_at is not None:
        return report
    report.withdrawn_at = timezone.now()
    report.save(update_fields=["withdrawn_at"])
    case = Case.objects.open().filter(pk=report.case_id).first()
    if case is not None and not _is_kept_open(case, note):
        entry = record(
            group=group,
            verb=Verb.IGNORE,
            acting_as=Actor.SYSTEM,
            annotation=note,
            before=note.state,
            details={"outcome": Outcome.IGNORED.value, "withdrawn": report.pk},
        )
        close_case(note, Outcome.IGNORED, entry=entry, silently=True)
    return report


def _held_still(annotation: Annotation) -> tuple[Annotation, StudyGroup]:
    """A note that stays as it is until this transaction ends, and its group."""
    rows = Annotation.objects.select_for_update(of=("self",))
    note = rows.select_related("reading__group", "creator", "root").get(pk=annotation.pk)
    require(note.reading is not None, _("A private note has no moderators."))
    assert note.reading is not None  # noqa: S101  as required
    return note, note.reading.group


def _written(
    mine: Report | None, case: Case, note: Annotation, by: User, reason: str, sentence: str
) -> Report:
    if mine is None:
        mine = Report(annotation=note, reporter=by, revision=note.revision)
    elif mine.withdrawn_at is not None:
        mine.created_at, mine.withdrawn_at = timezone.now(), None
    mine.case, mine.words, mine.reason, mine.sentence = case, note.body, reason, sentence
    mine.clean_fields(exclude=["case", "annotation", "reporter"])
    mine.save()
    return mine


def _hides(case: Case, group: StudyGroup) -> bool:
    """Whether as many members as it takes wait for an answer about this note."""
    if not group.hides_reported:
        return False
    members = group.memberships.with_access().values("user")
    waiting = Report.objects.waiting().filter(case=case, reporter__in=members)
    few = group.memberships.current().count() < LARGE
    return waiting.values("reporter").distinct().count() >= (FEW if few else MANY)


def _hide(note: Annotation, group: StudyGroup) -> None:
    was = note.state
    change(note, Verb.HIDE, acting_as=Actor.SYSTEM, seen=note.version)
    entry = record(
        group=group,
        verb=Verb.HIDE,
        acting_as=Actor.SYSTEM,
        annotation=note,
        before=was,
        rule=Rule.REPORTS,
    )
    path = reverse("note_why", args=[note.uuid])
    tell(note.creator, Told.DECIDED, group=group, path=path, entry=entry)


def _is_kept_open(case: Case, note: Annotation) -> bool:
    return (
        bool(case.rule)
        or note.state not in PUBLISHED
        or words.waiting(note) is not None
        or Report.objects.waiting().filter(case=case).exists()
    )
