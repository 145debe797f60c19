"""Cases: opened once for a note, gone on with, closed by what is decided."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from annotations.enums import Outcome, Rule, Told
from annotations.models import Annotation, Case, LogEntry, Report
from annotations.moderation.telling import tell, tell_leaders
from reader.models import StudyGroup, User


def open_case(
    annotation: Annotation, group: StudyGroup, *, rule: Rule | str = "", matched: str = ""
) -> Case:
    """The one open case of a note: that which is there, with what brings it here now, or the last
    one anew, or a first one. The leaders are told, but for the note's author."""
    case = Case.objects.open().filter(annotation=annotation).first()
    if case is None:
        case = _open_anew(annotation) or _open_first(annotation, group)
        queue = reverse("moderation", args=[group.slug])
        tell_leaders(Told.WAITING, group=group, path=queue, without=annotation.creator)
    if rule and (case.rule, case.matched) != (rule, matched):
        case.rule, case.matched = rule, matched[:200]
        case.save(update_fields=["rule", "matched"])
    return case


def _open_anew(annotation: Annotation) -> Case | None:
    case: Case | None = Case.objects.filter(annotation=annotation).order_by("-pk").first()
    if case is not None:
        case.reopened_at, case.resolved_at, case.outcome = timezone.now(), None, ""
        case.rule, case.matched = "", ""
        case.save(update_fields=["reopened_at", "resolved_at", "outcome", "rule", "matched"])
    return case


def _open_first(annotation: Annotation, group: StudyGroup) -> Case:
    try:
        with transaction.atomic():
            return Case.objects.create(annotation=annotation, group=group)
    except IntegrityError:  # somebody else was first
        return Case.objects.open().get(annotation=annotation)


def close_case(
    annotation: Annotation,
    outcome: Outcome,
    *,
    entry: LogEntry | None = None,
    silently: bool = False,
    stays_open: bool = False,
) -> Case | None:
    """Close what is open, if anything is; its reporters are told of the `entry` that closed it,
    unless `silently`. Where something else waits it `stays_open`, and only they are answered."""
    case: Case | None = Case.objects.open().filter(annotation=annotation).first()
    if case is None:
        return None
    now = timezone.now()
    if not stays_open:
        case.resolved_at, case.outcome = now, outcome
        case.save(update_fields=["resolved_at", "outcome"])
    reports = Report.objects.waiting().filter(case=case).order_by("reporter")
    waiting = list(reports.select_related("reporter"))
    Report.objects.filter(pk__in=[report.pk for report in waiting]).update(answered_at=now)
    if entry is not None and not silently:
        _hold_people(annotation, waiting)
        path = reverse("messages")
        for reporter in {report.reporter_id: report.reporter for report in waiting}.values():
            tell(reporter, Told.REPORT_ANSWERED, group=entry.group, path=path, entry=entry)
    return case


def _hold_people(annotation: Annotation, reports: Sequence[Report]) -> None:
    """Whoever is told of a decision about what was reported, in one order: of two who reported
    each other's notes, decided about at once, neither message waits for the other."""
    told = {annotation.creator_id, *(report.reporter_id for report in reports)}
    if reports:
        people = User.objects.filter(pk__in=told).order_by("pk")
        list(people.select_for_update(no_key=True).values_list("pk"))


def close_case_of_edit(annotation: Annotation) -> None:
    """Its author has overtaken or taken back what waited: nobody has to look, unless somebody
    has reported the note."""
    case = Case.objects.open().filter(annotation=annotation).first()
    if case is not None and not Report.objects.waiting().filter(case=case).exists():
        close_case(annotation, Outcome.IGNORED, silently=True)


def reopen_case(entry: LogEntry) -> None:
    """As it was before this decision closed it, or went on after it with another report."""
    answered = Report.objects.filter(annotation=entry.annotation_id, answered_at__gte=entry.at)
    answered.update(answered_at=None)
    case = Case.objects.filter(annotation=entry.annotation_id, resolved_at__gte=entry.at).first()
    if case is not None:
        case.resolved_at, case.outcome = None, ""
        case.save(update_fields=["resolved_at", "outcome"])
