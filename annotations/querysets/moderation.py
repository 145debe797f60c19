"""Who sees what of cases, reports, decisions and messages."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import RowNumber
from django.utils import timezone

from annotations.enums import RevisionState, State, Verb
from annotations.transitions import DECISIONS
from reader.enums import LEADERS
from reader.querysets import Viewer, group_ids_of

if TYPE_CHECKING:
    from annotations.models import (  # noqa: F401
        Case,
        LogEntry,
        Mute,
        Notice,
        Reason,
        Reconsideration,
        Report,
        WordRule,
    )
    from annotations.room import Room
    from reader.models import Membership, StudyGroup

# Within it a moderator takes back a decision, and an author the deletion of a note.
UNDO_FOR = timedelta(seconds=30)
# What the queue lists as decided.
DECIDED = (
    *DECISIONS, Verb.PUBLISH_EDIT, Verb.DECLINE_EDIT, Verb.IGNORE, Verb.BULK, Verb.PURGE,
)  # fmt: skip


NOT_TOLD = (Verb.REPORT, Verb.FLAG, Verb.IGNORE, Verb.UNDO)


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        return self.filter(resolved_at=None)

    def for_moderator(self, user: Viewer, group: StudyGroup) -> CaseQuerySet:
        """What this leader may decide in a group: nothing about their own notes, of which they
        don't learn that they were reported."""
        led = group_ids_of(user, role__in=LEADERS)
        return self.filter(group=group, group__in=led).exclude(annotation__creator=user.pk)

    def with_kind(self) -> CaseQuerySet:
        """Each with `is_reported`, whether a report of it has no answer yet, and `edit_waits`."""
        from annotations.models import AnnotationRevision, Report

        waiting = Report.objects.waiting().filter(case=OuterRef("pk"))
        edits = AnnotationRevision.objects.filter(
            annotation=OuterRef("annotation"), state=RevisionState.PENDING
        )
        return self.annotate(is_reported=Exists(waiting), edit_waits=Exists(edits))

    def oldest_first(self) -> CaseQuerySet:
        return self.order_by("opened_at", "pk")

    def led_by(self, user: Viewer) -> CaseQuerySet:
        """What this leader may decide in any of their groups."""
        led = group_ids_of(user, role__in=LEADERS)
        return self.filter(group__in=led).exclude(annotation__creator=user.pk)

    def come_after(self, pk: int) -> CaseQuerySet:
        """Those that stand behind this one where the oldest comes first; none where it isn't
        among them."""
        found: Any = self.model._default_manager.filter(pk=pk).values_list("opened_at", "group")
        at, group = found.first() or (None, None)
        later = Q(opened_at__gt=at) | Q(opened_at=at, pk__gt=pk)
        return self.filter(later, group=group) if at is not None else self.none()

    def nobody_else_decides(self) -> CaseQuerySet:
        """Of groups where nobody but the author of the note leads."""
        from reader.models import Membership

        others = Membership.objects.with_access().filter(group=OuterRef("group"), role__in=LEADERS)
        return self.exclude(Exists(others.exclude(user=OuterRef("annotation__creator"))))


class ReportQuerySet(models.QuerySet["Report"]):
    def waiting(self) -> ReportQuerySet:
        return self.filter(withdrawn_at=None, answered_at=None)

    def of(self, user: Viewer) -> ReportQuerySet:
        return self.filter(reporter=user.pk)

    def to_withdraw(self, user: Viewer) -> ReportQuerySet:
        """One's own that nobody has answered, in groups that one may still come into; also of
        what is hidden by now."""
        here = Q(annotation__reading__group__in=group_ids_of(user))
        rows = self.of(user).waiting().filter(here)
        return rows.select_related("annotation__reading__group", "annotation__root")


class LogQuerySet(models.QuerySet["LogEntry"]):
    """Rows are added, and nothing else."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("The log is only added to.")

    def delete(self) -> NoReturn:
        raise TypeError("The log is only added to.")

    def erase_with(self, group: StudyGroup) -> None:
        """The one way out: a whole group goes, and its log with it."""
        from annotations.log import let_log_be_erased

        rows = self.filter(group=group)
        with let_log_be_erased():
            models.QuerySet.delete(rows.exclude(reverses=None))
            models.QuerySet.delete(rows.exclude(bulk=None))
            models.QuerySet.delete(rows)

    def visible_to(self, user: Viewer) -> LogQuerySet:
        """Leaders see all of their groups' rows; others those about themselves and their notes,
        as soon as they can't be taken back any more."""
        if not user.is_authenticated:
            return self.none()
        led = Q(group__in=group_ids_of(user, role__in=LEADERS))
        of_own_note = Q(annotation__isnull=False, annotation__creator=user.pk)
        mine = Q(membership__isnull=False, membership__user=user.pk) | of_own_note
        return self.filter(led & ~of_own_note | mine & self._told())

    def _told(self) -> Q:
        """What whom it is about may know of: not that somebody reported or flagged a note, nor
        what can be, or was, taken back in time. Leaders learn no more of their own notes."""
        from annotations.models import LogEntry

        undone = LogEntry.objects.filter(reverses=OuterRef("pk"), verb=Verb.UNDO)
        stands = Q(at__lte=timezone.now() - UNDO_FOR) | Q(actor=None)
        return stands & ~Q(verb__in=NOT_TOLD) & ~Exists(undone)

    def for_members_of(self, group: StudyGroup) -> LogQuerySet:
        """What was done, without anybody's name or words: the caller shows none."""
        return self.filter(group=group, for_members=True, bulk=None)

    def for_leaders_of(self, group: StudyGroup) -> LogQuerySet:
        return self.filter(group=group, bulk=None)

    def decided_in(self, group: StudyGroup, user: Viewer) -> LogQuerySet:
        """What was decided about notes in a group that this leader leads, newest first: but not
        about their own, of which they would learn that they were reported."""
        led = group_ids_of(user, role__in=LEADERS)
        mine = Q(annotation__creator=user.pk, annotation__isnull=False)
        rows = self.filter(group=group, group__in=led, bulk=None, verb__in=DECIDED)
        return rows.exclude(mine).order_by("-at", "-pk")

    def come_after(self, pk: int) -> LogQuerySet:
        """Those that stand behind this one where the newest comes first."""
        at = self.model._default_manager.filter(pk=pk).values_list("at", flat=True).first()
        earlier = Q(at__lt=at) | Q(at=at, pk__lt=pk)
        return self.filter(earlier) if at is not None else self.none()

    def last_about_notes_of(
        self, creators: Collection[int], group: StudyGroup, most: int
    ) -> LogQuerySet:
        """Of each of these people: the newest decisions about their notes in a group that
        nothing has reversed, newest first."""
        of_each = models.Window(
            RowNumber(), partition_by=[F("annotation__creator")], order_by=[F("pk").desc()]
        )
        rows = self.standing().filter(
            group=group, annotation__creator__in=creators, verb__in=(*DECISIONS, Verb.DECLINE_EDIT)
        )
        return rows.annotate(rank=of_each).filter(rank__lte=most).order_by("-pk")

    def about(self, annotation_id: int) -> LogQuerySet:
        return self.filter(annotation=annotation_id)

    def standing(self) -> LogQuerySet:
        """Those that nothing has reversed."""
        return self.filter(reversed_by=None)

    def about_member(self, membership: Membership) -> LogQuerySet:
        return self.filter(membership=membership)

    def standings_of(self, membership: Membership) -> LogQuerySet:
        """What was decided about a member's standing, and holds or was followed by another."""
        return self.about_member(membership).standing().filter(verb=Verb.SET_STANDING)


class ReconsiderationQuerySet(models.QuerySet["Reconsideration"]):
    def waiting(self) -> ReconsiderationQuerySet:
        return self.filter(answered_at=None)

    def for_moderator(self, user: Viewer, group: StudyGroup) -> ReconsiderationQuerySet:
        """Nobody reads what is asked about their own note or part: they asked it."""
        led = group_ids_of(user, role__in=LEADERS)
        return self.filter(group=group, group__in=led).exclude(asked_by=user.pk)

    def visible_to_leader(self, user: Viewer) -> ReconsiderationQuerySet:
        """The same over all groups that a person leads."""
        led = group_ids_of(user, role__in=LEADERS)
        return self.filter(group__in=led).exclude(asked_by=user.pk)


class ReasonQuerySet(models.QuerySet["Reason"]):
    def of(self, group: StudyGroup) -> ReasonQuerySet:
        return self.filter(group=group)

    def of_groups(self, group_ids: Collection[int]) -> ReasonQuerySet:
        return self.filter(group__in=group_ids)


class WordRuleQuerySet(models.QuerySet["WordRule"]):
    def for_notes_in(self, group_id: int) -> WordRuleQuerySet:
        """The group's and the site's."""
        return self.filter(Q(group=group_id) | Q(group=None))

    def of(self, group: StudyGroup | None) -> WordRuleQuerySet:
        return self.filter(group=group)


class MuteQuerySet(models.QuerySet["Mute"]):
    def of(self, user: Viewer) -> MuteQuerySet:
        return self.filter(user=user.pk)

    def in_room(self, room: Room) -> MuteQuerySet:
        """Those of its person that hold in one reading."""
        from reader.enums import Bylines

        reading = room.reading
        by_name = reading.bylines == Bylines.NAMES
        people = Q(reading=None, group=reading.group_id) if by_name else Q(reading=reading)
        return self.of(room.user).filter(
            Q(root__reading=reading) | Q(person__isnull=False) & people
        )


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Viewer) -> NoticeQuerySet:
        return self.filter(to=user.pk, shows_at__lte=timezone.now())

    def unseen(self) -> NoticeQuerySet:
        return self.filter(seen_at=None)

    def older_than(self, last: Notice) -> NoticeQuerySet:
        """What comes after one of them, the newest first."""
        earlier = Q(shows_at__lt=last.shows_at)
        return self.filter(earlier | Q(shows_at=last.shows_at, pk__lt=last.pk))

    def with_what(self) -> NoticeQuerySet:
        """Each with what it tells of; the newest first."""
        return self.select_related("group", "entry__annotation").order_by("-shows_at", "-pk")


WORDS_OF_WITHDRAWN = Q(state=State.WITHDRAWN) & ~Q(body="")
