"""Who sees what of cases, reports, decisions and messages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from annotations.enums import RevisionState, State, Verb
from annotations.transitions import DECISIONS
from reader.enums import LEADERS
from reader.querysets import Viewer, group_ids_of

if TYPE_CHECKING:
    from annotations.models import (  # noqa: F401
        Annotation,
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
    Verb.SET_STANDING,
)  # fmt: skip
# What whom it is about isn't told.
NOT_TOLD = (Verb.REPORT, Verb.FLAG, Verb.IGNORE, Verb.UNDO, Verb.ASK_PURGE)


@contextmanager
def _let_log_be_erased() -> Iterator[None]:
    """For the present transaction; PostgreSQL's trigger asks for it. SQLite has no such trigger:
    it is lost when a table is made anew, as migrations do there."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL catena.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL catena.erasing = 'off'")


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

    def reported(self, wanted: bool) -> CaseQuerySet:
        """Those about which a report has no answer yet, or the others."""
        rows: Any = self.with_kind()
        found: CaseQuerySet = rows.filter(is_reported=wanted)
        return found

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

    def on(self, annotation: Annotation) -> ReportQuerySet:
        """Those of a note's present words."""
        return self.filter(annotation=annotation, revision=annotation.revision)

    def to_withdraw(self, user: Viewer, uuid: UUID) -> ReportQuerySet:
        """One's own of a note that nobody has answered, in a group that one may still come into;
        also where the note is hidden by now."""
        here = Q(annotation__reading__group__in=group_ids_of(user), annotation__uuid=uuid)
        return self.of(user).waiting().filter(here).select_related("annotation__reading")


class LogQuerySet(models.QuerySet["LogEntry"]):
    """Rows are added, and nothing else."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("The log is only added to.")

    def delete(self) -> NoReturn:
        raise TypeError("The log is only added to.")

    def erase_with(self, group: StudyGroup) -> None:
        """The one way out: a whole group goes, and its log with it."""
        rows = self.filter(group=group)
        with _let_log_be_erased():
            # At once: of rows that reverse each other none can go first.
            rows._raw_delete(rows.db)

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
        return stands & ~Q(verb__in=NOT_TOLD) & Q(~Exists(undone))

    def concerning_author(self, user: Viewer, uuid: UUID) -> LogQuerySet:
        """What was done to this person's note of this id, and stands; the newest first."""
        rows = self.filter(annotation__uuid=uuid, annotation__creator=user.pk)
        return rows.standing().order_by("-at", "-pk")

    def with_whom(self) -> LogQuerySet:
        """Each with everything that its page shows."""
        return self.select_related(
            "actor", "annotation__reading__article", "group", "membership__user", "reversed_by"
        )

    def for_members_of(self, group: StudyGroup) -> LogQuerySet:
        """What was done, without anybody's name or words: the caller shows none. Of several
        notes at once each has `shown` of those that members could see before; where there are
        none, as of such as waited for a moderator, nothing is said of it."""
        from annotations.models import LogEntry

        parts = LogEntry.objects.filter(bulk=OuterRef("pk"), for_members=True).order_by()
        shown = parts.values("bulk").annotate(shown=models.Count("pk")).values("shown")
        rows = self.filter(self._told(), group=group, for_members=True, bulk=None)
        rows = rows.exclude(verb=Verb.UNDO).annotate(shown=Coalesce(models.Subquery(shown), 0))
        several = Q(verb__in=[Verb.BULK, Verb.RESTORE], annotation=None, membership=None)
        return rows.exclude(several & Q(shown=0))

    def for_leaders_of(self, group: StudyGroup) -> LogQuerySet:
        return self.filter(group=group, bulk=None)

    def stepping_in_of(self, membership: Membership) -> LogQuerySet:
        """When a site administrator came in by themselves, newest first."""
        return self.filter(membership=membership, verb=Verb.STEP_IN)

    def purges_asked_for(self) -> LogQuerySet:
        """What owners asked to have erased and isn't yet, the oldest first."""
        asked = self.filter(verb=Verb.ASK_PURGE).exclude(annotation__state=State.PURGED)
        return asked.select_related("group", "actor", "annotation").order_by("at", "pk")

    def decided_in(self, group: StudyGroup, user: Viewer) -> LogQuerySet:
        """What was decided about notes and members of a group that this leader leads, newest
        first: but not about their own, of which they would learn that they were reported."""
        led = group_ids_of(user, role__in=LEADERS)
        mine = Q(annotation__creator=user.pk, annotation__isnull=False)
        mine |= Q(membership__user=user.pk, membership__isnull=False)
        rows = self.filter(group=group, group__in=led, bulk=None, verb__in=DECIDED)
        return rows.exclude(mine).order_by("-at", "-pk")

    def come_after(self, pk: int) -> LogQuerySet:
        """Those that stand behind this one where the newest comes first."""
        found: Any = self.model._default_manager.filter(pk=pk).values_list("at", "group")
        at, group = found.first() or (None, None)
        earlier = Q(at__lt=at) | Q(at=at, pk__lt=pk)
        return self.filter(earlier, group=group) if at is not None else self.none()

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

    def notes_of(self, entry: LogEntry) -> LogQuerySet:
        """What one row did to notes, all of it in one other row below it."""
        return self.filter(bulk__bulk=entry)

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

    def with_decision(self) -> ReconsiderationQuerySet:
        """Each with everything that its page shows."""
        decision = ("actor", "annotation__reading__article", "membership__user", "group")
        return self.select_related(
            "group", "asked_by", "answered_by", *(f"decision__{each}" for each in decision)
        )


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
        mine = self.named() if by_name else self
        return mine.of(room.user).filter(
            Q(root__reading=reading) | Q(person__isnull=False) & people
        )

    def in_group(self, group: StudyGroup) -> MuteQuerySet:
        return self.filter(group=group)

    def listed(self) -> MuteQuerySet:
        """The newest first, each with whom or what it is about."""
        about = self.select_related("person", "reading__article")
        return about.order_by("-created_at", "-pk")

    def named(self) -> MuteQuerySet:
        """Without people whose name isn't shown in the group any more: what is folded would tell
        which notes there are theirs."""
        from reader.models import Membership

        nameless = Membership.objects.filter(
            user=OuterRef("person"), group=OuterRef("group"), nameless=True
        )
        return self.filter(~Exists(nameless), person__anonymised_at=None)


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


def muted_by(user: Viewer) -> Q:
    """Of notes anywhere: those of people, or in threads, that this person has muted. By its name
    somebody is muted where people go by names, by a pseudonym in that reading alone."""
    from annotations.models import Mute
    from reader.enums import Bylines

    if not user.is_authenticated:
        return Q(pk__in=[])
    mine = Mute.objects.of(user)
    threads = mine.filter(root__isnull=False).values("root")
    theirs = mine.filter(person=OuterRef("creator"))
    by_name = theirs.named().filter(reading=None, group=OuterRef("reading__group"))
    by_pseudonym = theirs.filter(reading=OuterRef("reading"))
    return (
        Q(pk__in=threads)
        | Q(root__in=threads)
        | Q(Exists(by_name), reading__bylines=Bylines.NAMES)
        | Q(Exists(by_pseudonym), reading__bylines=Bylines.PSEUDONYMS)
    )
