"""A group, gone for good. The only place where what people wrote is deleted."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    Endorsement,
    Export,
    Layer,
    LogEntry,
    MemberNote,
    Mute,
    NotesImport,
    Notice,
    Reason,
    Reconsideration,
    Report,
    Target,
    WordRule,
)
from annotations.querysets import AnnotationQuerySet
from reader.models import (
    Article,
    Circle,
    Correction,
    ImportDraft,
    Invitation,
    InvitationBatch,
    JoinRequest,
    Membership,
    Paragraph,
    ParagraphRevision,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    TextRevision,
    User,
)

# What hangs on a group itself, beside its readings, in the order in which it is locked.
AROUND = (ImportDraft, InvitationBatch, Invitation, JoinRequest, Membership)


@transaction.atomic
def erase_group(group: StudyGroup) -> bool:
    """Delete everything of a group whose time has come; False where it was taken back meanwhile.

    A text that was the group's own, or nobody's any more, goes too, unless another group reads it
    or somebody has private notes on it. Those stay their author's.
    """
    # Before the group, as whoever leaves or comes in does, so that neither waits for both.
    for each in AROUND:
        list(each.objects.filter(group=group).select_for_update().order_by("pk").values_list("pk"))
    due = StudyGroup.objects.due_for_erasing(timezone.now())
    if due.select_for_update().filter(pk=group.pk).first() is None:
        return False
    read_here = list(group.readings.values_list("article_id", flat=True))
    # Before anything around a text, as whoever writes on it or corrects it does.
    texts = Article.objects.filter(Q(pk__in=read_here) | Q(steward=group)).select_for_update()
    list(texts.order_by("pk").values_list("pk"))
    _delete_moderation(group)
    _delete_files(group)
    Layer.objects.filter(reading__group=group).delete()
    _delete_notes(Annotation.objects.filter(reading__group=group))
    for of_reading in (Circle, Pseudonym, Participation):
        of_reading.objects.filter(reading__group=group).delete()
    for model in (Reading, *reversed(AROUND)):
        model.objects.filter(group=group).delete()
    _delete_texts(group, read_here)
    _delete_guests(group)
    group.delete()
    return True


def _delete_moderation(group: StudyGroup) -> None:
    """What hangs on notes, members and rows of the log, and then those rows."""
    for of_group in (Notice, Mute, Reconsideration, Reason, WordRule):
        of_group.objects.filter(group=group).delete()
    Report.objects.filter(case__group=group).delete()
    Case.objects.filter(group=group).delete()
    MemberNote.objects.filter(membership__group=group).delete()
    LogEntry.objects.erase_with(group)


def _delete_files(group: StudyGroup) -> None:
    """What was on its way out of it or in; the files go once this transaction holds."""
    for model in (Export, NotesImport):
        rows = model.objects.filter(group=group)
        for row in rows.exclude(file=""):
            transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)))
        rows.delete()


def _delete_texts(group: StudyGroup, read_here: Collection[int]) -> None:
    """Those that the group added, and those it read that were left without a steward, where
    nobody has anything of theirs on them."""
    added = Article.objects.filter(steward=group)
    Correction.objects.filter(article__in=added).delete()
    left = Article.objects.filter(pk__in=read_here, steward=None)
    kept = Q(readings__isnull=False) | Q(pk__in=Annotation.objects.kept_private().values("article"))
    for article in (added | left).exclude(kept):
        _delete_notes(Annotation.objects.filter(article=article))
        ParagraphRevision.objects.filter(paragraph__article=article).delete()
        Paragraph.objects.filter(copied_from__article=article).update(copied_from=None)
        for of_text in (Paragraph, TextRevision):
            of_text.objects.filter(article=article).delete()
        article.copies.update(copied_from=None)
        article.delete()
    added.update(steward=None)


def _delete_guests(group: StudyGroup) -> None:
    """Those who wrote elsewhere what was brought in; who had a part in a text that stays, stays."""
    texts = Q(pk__in=Article.objects.values("added_by"))
    texts |= Q(pk__in=TextRevision.objects.values("created_by"))
    guests = User.objects.filter(guest_in=group)
    guests.exclude(texts).delete()
    guests.update(guest_in=None)


def _delete_notes(notes: AnnotationQuerySet) -> None:
    Endorsement.objects.filter(annotation__in=notes).delete()
    Target.objects.filter(annotation__in=notes).delete()
    AnnotationRevision.objects.filter(annotation__in=notes).delete()
    # A note that others answer is protected. Hung on its root, no reply is answered any more.
    replies = notes.filter(root__isnull=False)
    replies.update(parent=F("root"))
    replies.delete()
    notes.delete()
