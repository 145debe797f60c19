"""What exists for whom. Every surface asks here; nothing else filters by person.

The conditions are uncorrelated subqueries: a database works each out once, however many rows
it is asked of.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reader.enums import LEADERS, NO_ACCESS, Readable, Status

if TYPE_CHECKING:
    from reader.models import (  # noqa: F401
        Article,
        Circle,
        ImportDraft,
        Invitation,
        JoinRequest,
        Membership,
        Paragraph,
        Reading,
        StudyGroup,
        User,
    )

type Viewer = User | AnonymousUser


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> MembershipQuerySet:
        """People who are in their group now, whatever their standing."""
        return self.filter(left_at=None)

    def with_access(self, now: datetime | None = None) -> MembershipQuerySet:
        """People who may come in: a standing whose end has passed no longer counts."""
        over = Q(standing_until__lte=now or timezone.now())
        return self.current().filter(~Q(standing__in=NO_ACCESS) | over)

    def of(self, user: Viewer) -> MembershipQuerySet:
        return self.filter(user=user) if user.is_authenticated else self.none()

    def by_name(self) -> MembershipQuerySet:
        return self.select_related("user").order_by("user__name", "pk")


def group_ids_of(user: Viewer, **conditions: Any) -> models.QuerySet[Any, Any]:
    """The ids of groups a person may come into, as a subquery."""
    from reader.models import Membership

    return Membership.objects.with_access().of(user).filter(**conditions).values("group_id")


class StudyGroupQuerySet(models.QuerySet["StudyGroup"]):
    def visible_to(self, user: Viewer) -> StudyGroupQuerySet:
        public = Q(readable_by=Readable.PUBLIC)
        return self.filter(public | Q(pk__in=group_ids_of(user)))

    def with_readings_for(self, user: Viewer) -> StudyGroupQuerySet:
        """Each group with the readings a person sees there, as `shown_readings`."""
        from reader.models import Reading

        readings = Reading.objects.visible_to(user).with_counts()
        return self.prefetch_related(
            models.Prefetch("readings", queryset=readings, to_attr="shown_readings")
        )

    def of_member(self, user: Viewer) -> StudyGroupQuerySet:
        """The groups a person belongs to, by name."""
        return self.filter(pk__in=group_ids_of(user)).order_by("name", "pk")


def has_begun(reading: str = "") -> Q:
    """A reading is no longer planned, or has come to its opening date. `reading` is the path to
    it, ending in "__"."""
    opened = Q((f"{reading}opens_at__lte", timezone.now()))
    return ~Q((f"{reading}status", Status.PLANNED)) | opened


class CircleQuerySet(models.QuerySet["Circle"]):
    def of(self, user: Viewer) -> CircleQuerySet:
        return self.filter(members=user.pk) if user.is_authenticated else self.none()


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: Viewer) -> ReadingQuerySet:
        public = Q(group__readable_by=Readable.PUBLIC)
        member = Q(group__in=group_ids_of(user))
        leader = Q(group__in=group_ids_of(user, role__in=LEADERS))
        return self.filter((public | member) & has_begun() | leader)

    def with_titles(self) -> ReadingQuerySet:
        return self.select_related("article", "group")

    def with_counts(self) -> ReadingQuerySet:
        """With titles, and how many numbered paragraphs the text has, as `paragraph_count`."""
        numbered = Q(article__paragraphs__number__isnull=False, article__paragraphs__retired=False)
        counted = models.Count("article__paragraphs", filter=numbered)
        return self.with_titles().annotate(paragraph_count=counted)


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, user: Viewer) -> ArticleQuerySet:
        from reader.models import Reading

        readings = Reading.objects.visible_to(user).values("article_id")
        return self.filter(pk__in=readings)


class ParagraphQuerySet(models.QuerySet["Paragraph"]):
    def standing(self) -> ParagraphQuerySet:
        return self.filter(retired=False).order_by("position")

    def visible_to(self, user: Viewer) -> ParagraphQuerySet:
        from reader.models import Article

        return self.filter(article__in=Article.objects.visible_to(user).values("pk"))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def valid(self, now: datetime | None = None) -> InvitationQuerySet:
        free = Q(max_uses=None) | Q(uses__lt=models.F("max_uses"))
        return self.filter(free, revoked_at=None, expires_at__gt=now or timezone.now())

    def for_leaders_of(self, group: StudyGroup) -> InvitationQuerySet:
        return self.filter(group=group).select_related("created_by").order_by("-created_at", "-pk")


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def waiting(self) -> JoinRequestQuerySet:
        return self.filter(decided_at=None)


class ImportDraftQuerySet(models.QuerySet["ImportDraft"]):
    def visible_to(self, user: Viewer) -> ImportDraftQuerySet:
        """One's own drafts, as long as one leads the group they are meant for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(created_by=user, group__in=group_ids_of(user, role__in=LEADERS))
