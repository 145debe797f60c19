"""What exists for whom. Every surface asks here; nothing else filters by person.

The conditions are uncorrelated subqueries: a database works each out once, however many rows
it is asked of.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.core.validators import slug_re
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reader.enums import INVITERS, LEADERS, NO_ACCESS, Joining, Readable, Role, Status
from reader.tokens import hash_invitation

if TYPE_CHECKING:
    from reader.models import (  # noqa: F401
        Article,
        Circle,
        Correction,
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
        return self.filter(_lasts(timezone.now()))

    def with_access(self, now: datetime | None = None) -> MembershipQuerySet:
        """People who may come in: a standing whose end has passed no longer counts."""
        now = now or timezone.now()
        return self.filter(_lasts(now), ~Q(standing__in=NO_ACCESS) | Q(standing_until__lte=now))

    def of(self, user: Viewer) -> MembershipQuerySet:
        return self.filter(user=user) if user.is_authenticated else self.none()

    def under(self, leader: Viewer) -> MembershipQuerySet:
        """People whom this leader stands above in the same group."""
        owned = Q(group__in=group_ids_of(leader, role=Role.OWNER)) & ~Q(role=Role.OWNER)
        moderated = Q(group__in=group_ids_of(leader, role=Role.MODERATOR))
        return self.filter(owned | (moderated & ~Q(role__in=LEADERS)))

    def by_name(self) -> MembershipQuerySet:
        return self.select_related("user").order_by("user__name", "pk")

    def by_group(self) -> MembershipQuerySet:
        return self.select_related("group").order_by("group__name", "group_id")


def _lasts(now: datetime) -> Q:
    return (Q(ends_at=None) | Q(ends_at__gt=now)) & Q(left_at=None)


def group_ids_of(user: Viewer, **conditions: Any) -> models.QuerySet[Any, Any]:
    """The ids of groups a person may come into, as a subquery."""
    from reader.models import Membership

    mine = Membership.objects.with_access().of(user)
    return (mine.filter(**conditions) if conditions else mine).values("group_id")


class StudyGroupQuerySet(models.QuerySet["StudyGroup"]):
    def visible_to(self, user: Viewer) -> StudyGroupQuerySet:
        public = Q(readable_by=Readable.PUBLIC)
        return self.filter(public | Q(pk__in=group_ids_of(user)))

    def of_member(self, user: Viewer) -> StudyGroupQuerySet:
        """The groups a person belongs to, by name."""
        return self.filter(pk__in=group_ids_of(user)).order_by("name", "pk")

    def joinable_by(self, user: Viewer) -> StudyGroupQuerySet:
        """Groups that a person isn't in and may come into, or ask to, without being invited."""
        from reader.models import Membership

        if not user.is_authenticated:
            return self.none()
        over = Q(standing_until__lte=timezone.now())
        shut_out = Q(standing__in=NO_ACCESS) & ~over
        known = Membership.objects.of(user).filter(Q(left_at=None) | shut_out)
        open_to = self.filter(joining__in=[Joining.OPEN, Joining.REQUEST], erase_at=None)
        return open_to.exclude(pk__in=known.values("group_id")).order_by("name", "pk")

    def not_asked_by(self, user: Viewer) -> StudyGroupQuerySet:
        """Without those that have yet to answer this person."""
        from reader.models import JoinRequest

        return self.exclude(pk__in=JoinRequest.objects.waiting().of(user).values("group_id"))

    def due_for_erasing(self, now: datetime) -> StudyGroupQuerySet:
        return self.filter(erase_at__lte=now)


def has_begun(reading: str = "") -> Q:
    """A reading is no longer planned, or has come to its opening date. `reading` is the path to
    it, ending in "__"."""
    opened = Q((f"{reading}opens_at__lte", timezone.now()))
    return ~Q((f"{reading}status", Status.PLANNED)) | opened


class CircleQuerySet(models.QuerySet["Circle"]):
    def of(self, user: Viewer) -> CircleQuerySet:
        return self.filter(members=user.pk) if user.is_authenticated else self.none()

    def with_numbers(self) -> CircleQuerySet:
        """Each with how many of the group's people are in it, as `people`."""
        group = models.F("reading__group")
        still = Q(members__memberships__group=group, members__memberships__left_at=None)
        return self.annotate(people=models.Count("members", filter=still))


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: Viewer) -> ReadingQuerySet:
        mine = group_ids_of(user)
        return self._visible(mine, mine.filter(role__in=LEADERS))

    def visible_with(self, memberships: Collection[Membership]) -> ReadingQuerySet:
        """The same for somebody of whom all memberships by which they may come in are at hand."""
        led = [each.group_id for each in memberships if each.role in LEADERS]
        return self._visible([each.group_id for each in memberships], led)

    def _visible(self, inside: Any, led: Any) -> ReadingQuerySet:
        """By the ids of the groups that a person may come into, and of those they lead."""
        public = Q(group__readable_by=Readable.PUBLIC)
        return self.filter((public | Q(group__in=inside)) & has_begun() | Q(group__in=led))

    def readers(self) -> models.QuerySet[User]:
        """Whoever any of these is visible to: `visible_to`, asked from the other side."""
        from reader.models import Membership, User

        begun = self.filter(has_begun())
        inside = Q(group__in=begun.values("group")) | Q(
            group__in=self.values("group"), role__in=LEADERS
        )
        members = Membership.objects.with_access().filter(inside)
        public = models.Exists(begun.filter(group__readable_by=Readable.PUBLIC))
        return User.objects.filter(public | Q(pk__in=members.values("user")))

    def open_now(self) -> ReadingQuerySet:
        """Those that every member of their group reads and writes in."""
        return self.filter(has_begun(), status__in=[Status.PLANNED, Status.OPEN])

    def at(self, group: str, article: str) -> ReadingQuerySet:
        """The one at an address, by its group's and its article's slug; where the group has taken
        a copy of its own, by the slug of the other text, too. Should it read that one again as
        well, the newest, which comes first, is that."""
        own = Q(article__copied_from__slug=article, article__steward=models.F("group"))
        found = self.filter(own | Q(article__slug=article), group__slug=group)
        return found.order_by("-created_at", "-pk")

    def with_paragraph(self, key: str) -> ReadingQuerySet:
        """Those whose text has the paragraph of this key, or what it became in a copy."""
        copy = Q(article__paragraphs__copied_from__key=key)
        return self.filter(copy | Q(article__paragraphs__key=key))

    def with_titles(self) -> ReadingQuerySet:
        return self.select_related("article", "group")

    def with_counts(self) -> ReadingQuerySet:
        """In order, with titles and how many numbered paragraphs the text has, as
        `paragraph_count`."""
        numbered = Q(article__paragraphs__number__isnull=False, article__paragraphs__retired=False)
        counted = models.Count("article__paragraphs", filter=numbered)
        in_order = self.with_titles().order_by("order", "created_at")
        return in_order.annotate(paragraph_count=counted)

    def with_part_of(self, user: Viewer) -> ReadingQuerySet:
        """With a person's extension, as `own_due_at`."""
        own = models.FilteredRelation(
            "participations", condition=Q(participations__user=user.pk or 0)
        )
        return self.annotate(own=own, own_due_at=models.F("own__due_at"))


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, user: Viewer) -> ArticleQuerySet:
        from reader.models import Reading

        readings = Reading.objects.visible_to(user).values("article_id")
        return self.filter(pk__in=readings)


class ParagraphQuerySet(models.QuerySet["Paragraph"]):
    def standing(self) -> ParagraphQuerySet:
        return self.filter(retired=False).order_by("position")

    def by_key(self, *keys: str) -> dict[str, Paragraph]:
        """Those with these keys, as far as they are there. In a group's own copy of a text a
        paragraph is found by the key that it had in the other one, too."""
        keys = tuple(key for key in keys if slug_re.match(key))  # a database takes no NUL
        found = {paragraph.key: paragraph for paragraph in self.filter(key__in=keys)}
        if missing := {*keys} - found.keys():
            copies = self.filter(copied_from__key__in=missing).select_related("copied_from")
            found |= {copy.copied_from.key: copy for copy in copies if copy.copied_from}
        return found

    def visible_to(self, user: Viewer) -> ParagraphQuerySet:
        from reader.models import Article

        return self.filter(article__in=Article.objects.visible_to(user).values("pk"))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def valid(self) -> InvitationQuerySet:
        """Those that work: also, whoever made them could make them now."""
        from reader.models import Membership

        free = Q(max_uses=None) | Q(uses__lt=models.F("max_uses"))
        makers = Membership.objects.with_access().filter(
            group=models.OuterRef("group"), user=models.OuterRef("created_by")
        )
        rightful = Q()
        for role, inviters in INVITERS.items():
            rightful |= Q(models.Exists(makers.filter(role__in=inviters)), role=role)
        return self.filter(free, rightful, revoked_at=None, expires_at__gt=timezone.now())

    def by_secret(self, secret: str) -> InvitationQuerySet:
        """The one that this token or code opens, or once opened."""
        found = self.filter(token_hash=hash_invitation(secret))
        return found.select_related("group", "created_by")

    def passed_on(self) -> InvitationQuerySet:
        """Links, to be passed on by hand."""
        return self.filter(is_code=False, email="")

    def codes(self) -> InvitationQuerySet:
        return self.filter(is_code=True)

    def mailed(self) -> InvitationQuerySet:
        return self.exclude(email="")

    def for_leaders_of(self, group: StudyGroup) -> InvitationQuerySet:
        return self.filter(group=group).select_related("created_by").order_by("-created_at", "-pk")


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def waiting(self) -> JoinRequestQuerySet:
        return self.filter(decided_at=None)

    def of(self, user: Viewer) -> JoinRequestQuerySet:
        return self.filter(user=user) if user.is_authenticated else self.none()

    def with_groups(self) -> JoinRequestQuerySet:
        """Each with its group, and whether whoever asks may be told which it is, as `is_named`:
        a dead link tells nothing."""
        from reader.models import Invitation

        told = Q(invitation=None) | Q(invitation__in=Invitation.objects.valid())
        named = models.Case(models.When(told, then=True), default=False)
        return self.select_related("group").annotate(is_named=named)

    def for_leaders_of(self, group: StudyGroup) -> JoinRequestQuerySet:
        """What waits, with who asks and the link they came by, oldest first."""
        found = self.waiting().filter(group=group).order_by("created_at", "pk")
        return found.select_related("user", "invitation__created_by")


class ImportDraftQuerySet(models.QuerySet["ImportDraft"]):
    def visible_to(self, user: Viewer) -> ImportDraftQuerySet:
        """One's own drafts, as long as one leads the group they are meant for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(created_by=user, group__in=group_ids_of(user, role__in=LEADERS))


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: Viewer) -> CorrectionQuerySet:
        """One's own, as long as one leads the group whose text it is."""
        if not user.is_authenticated:
            return self.none()
        led = group_ids_of(user, role__in=LEADERS)
        return self.filter(created_by=user, article__steward__in=led)

    def open(self) -> CorrectionQuerySet:
        return self.filter(published=None)

    def open_for(self, article: Article) -> Correction | None:
        """The one on its way; a person has one at most for each article."""
        found: Correction | None = self.open().filter(article=article).first()
        return found
