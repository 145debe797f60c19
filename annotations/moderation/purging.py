"""Words, gone for good: what the law or somebody's privacy asks for, and what nobody needs any
more of notes that their authors deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.enums import SPAM, Actor, Outcome, RevisionState, State, Told, Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    Export,
    LogEntry,
    Notice,
    Reconsideration,
    Report,
)
from annotations.moderation.cases import close_case
from annotations.moderation.logbook import part_of, record
from annotations.moderation.states import change
from annotations.moderation.telling import tell
from annotations.permissions import can_ask_purge, can_purge
from annotations.querysets.moderation import WORDS_OF_WITHDRAWN
from annotations.reasons import LEGAL, LEGAL_LABEL, in_use, reasons_of
from reader.models import StudyGroup, User
from reader.permissions import membership_of, require

# What is typed as a confirmation.
ERASE = gettext_lazy("erase")
# How long the words of a deleted note are there: its author may take it back in the first half
# minute, and while somebody has to decide about it, they are needed.
WITHDRAWN_KEPT = timedelta(minutes=5)
WITHDRAWN_KEPT_FOR_CASE = timedelta(days=30)
NOTICES_KEPT = timedelta(days=180)


def purge_reasons(group: StudyGroup) -> list[tuple[str, str]]:
    """Codes and labels: the group's own, but for spam, and one that no group has."""
    own = [(each.code, each.label) for each in in_use(reasons_of(group)) if each.code != SPAM]
    return [(LEGAL, str(LEGAL_LABEL)), *own]


@transaction.atomic
def ask_purge(*, by: User, annotation: Annotation, sentence: str) -> LogEntry:
    """An owner asks the site's administrators to erase a note; asked already, it stays at that."""
    group = _group_of(annotation)
    membership = membership_of(by, group)
    require(can_ask_purge(membership, annotation), _("Only an owner asks to erase a note."))
    if not sentence.strip():
        raise ValidationError({"sentence": _("Say why: the administrators read it.")})
    asked: LogEntry | None = (
        LogEntry.objects.purges_asked_for().filter(annotation=annotation).first()
    )
    if asked is not None:
        return asked
    entry = record(
        group=group,
        verb=Verb.ASK_PURGE,
        by=by,
        acting_as=part_of(by, membership),
        annotation=annotation,
        before=annotation.state,
        sentence=sentence,
    )
    for administrator in User.objects.filter(is_superuser=True, is_active=True).order_by("pk"):
        tell(administrator, Told.PURGE_ASKED, group=group, path=reverse("site"), entry=entry)
    return entry


@transaction.atomic
def purge(*, by: User, annotation: Annotation, reason: str, typed: str) -> Annotation:
    """Erase every word of a note, in whatever state it is. Others' replies to it stay, and the
    log keeps that it was done and why. Erased already, it stays so."""
    rows = Annotation.objects.select_for_update(of=("self",)).select_related("reading__group")
    note: Annotation = rows.get(pk=annotation.pk)
    if note.state == State.PURGED and by.is_superuser:
        return note
    require(can_purge(by, note), _("Only the site's administrators erase a note."))
    if typed.strip().casefold() != str(ERASE).casefold():
        raise ValidationError({"typed": _("Type “%(word)s”.") % {"word": ERASE}})
    group, before = _group_of(note), note.state
    if reason not in dict(purge_reasons(group)):
        raise ValidationError({"reason": _("Choose a reason: the log keeps it.")})
    change(note, Verb.PURGE, acting_as=Actor.ADMINISTRATOR, reason=reason)
    _wipe([note.pk])
    _wipe_what_was_said_of(note)
    _call_off_files_with(note)
    entry = record(
        group=group,
        verb=Verb.PURGE,
        by=by,
        acting_as=Actor.ADMINISTRATOR,
        annotation=note,
        before=before,
        reason=reason,
    )
    close_case(note, Outcome.UPHELD, entry=entry)
    if note.creator_id != by.pk:
        path = reverse("note_why", args=[note.uuid])
        tell(note.creator, Told.DECIDED, group=group, path=path, entry=entry)
    note.refresh_from_db()
    return note


@transaction.atomic
def wipe_withdrawn() -> int:
    """Notes that their authors deleted a while ago lose their words; how many did."""
    now = timezone.now()
    open_case = Case.objects.open().filter(annotation=OuterRef("pk"))
    nobody_decides = Q(state_at__lte=now - WITHDRAWN_KEPT) & ~Exists(open_case)
    long_ago = Q(state_at__lte=now - WITHDRAWN_KEPT_FOR_CASE) | Q(state_at=None)
    due = Annotation.objects.filter(WORDS_OF_WITHDRAWN, nobody_decides | long_ago)
    ids = list(due.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    _wipe(ids)
    return len(ids)


@transaction.atomic
def wipe_traces() -> int:
    """Likewise what is left of words elsewhere: of notes that had none themselves, only tags or
    earlier words."""
    earlier = AnnotationRevision.objects.filter(annotation=OuterRef("pk")).exclude(body="", tags=[])
    reported = Report.objects.filter(annotation=OuterRef("pk")).exclude(words="")
    open_case = Case.objects.open().filter(annotation=OuterRef("pk"))
    since = timezone.now() - WITHDRAWN_KEPT
    rows = Annotation.objects.filter(state=State.WITHDRAWN, body="", state_at__lte=since)
    due = rows.filter(~Q(tags=[]) | Exists(earlier) | Exists(reported)).filter(~Exists(open_case))
    ids = list(due.values_list("pk", flat=True))
    _wipe(ids)
    return len(ids)


def forget_old_notices() -> None:
    Notice.objects.filter(shows_at__lt=timezone.now() - NOTICES_KEPT).delete()


def _wipe(ids: Collection[int]) -> None:
    """Every word that their authors wrote, wherever a copy of it is."""
    notes = Annotation.objects.filter(pk__in=ids)
    notes.update(body="", body_html="", tags=[])
    notes.filter(resolved_by=F("creator")).update(resolution="")
    revisions = AnnotationRevision.objects.filter(annotation__in=ids)
    revisions.filter(state=RevisionState.PENDING).update(state=RevisionState.DECLINED)
    revisions.update(body="", body_html="", tags=[])
    Report.objects.filter(annotation__in=ids).update(words="")
    Case.objects.filter(annotation__in=ids).update(matched="")


def _wipe_what_was_said_of(note: Annotation) -> None:
    """What others said of the words may repeat them; in the log it is the moderators' own."""
    Annotation.objects.filter(pk=note.pk).update(resolution="")
    Report.objects.filter(annotation=note).update(sentence="")
    asked = Reconsideration.objects.filter(decision__annotation=note)
    asked.update(words="")


def _call_off_files_with(note: Annotation) -> None:
    """Files that wait to be fetched may hold the words. Whoever asked for one asks anew."""
    for export in Export.objects.that_may_hold(note).order_by("pk"):
        if export.file:
            transaction.on_commit(partial(export.file.storage.delete, str(export.file.name)))
        Export.objects.filter(pk=export.pk).update(cancelled_at=timezone.now(), file="")


def _group_of(annotation: Annotation) -> StudyGroup:
    reading = annotation.reading
    require(reading is not None, _("A private note is its author's alone."))
    assert reading is not None  # noqa: S101  as required
    return reading.group
