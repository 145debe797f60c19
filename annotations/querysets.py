"""What exists for whom among notes. Every surface asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.enums import PUBLISHED, TOMBSTONES, Audience, RevisionState, State
from reader.enums import LEADERS, Readable, Reveal
from reader.querysets import Viewer, group_ids_of

if TYPE_CHECKING:
    from annotations.models import Annotation, AnnotationRevision, Target  # noqa: F401


# What a tombstone is made of: never a word that somebody wrote.
STONE_FIELDS = (
    "uuid", "state", "parent", "root", "created_at", "creator", "audience", "motivation",
    "category", "article", "reading", "version",
)  # fmt: skip
HELD = (State.PENDING, State.HIDDEN, State.REMOVED)
GONE = (State.WITHDRAWN, State.PURGED)


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: Viewer) -> AnnotationQuerySet:
        """The notes whose words this person may read, wherever they look from."""
        words = _within_reach(user) & Q(state__in=PUBLISHED)
        if user.is_authenticated:
            words |= _led_by(user) & Q(state__in=HELD)
            words |= _own(user) & ~Q(state__in=GONE)
        return self.filter(words)

    def tombstones_for(self, user: Viewer) -> AnnotationQuerySet:
        """Notes that this person may know to have stood here, without their words.

        A surface shows one only where visible replies remain.
        """
        stones = _within_reach(user) & Q(state__in=TOMBSTONES)
        if user.is_authenticated:
            stones = (stones & ~(_led_by(user) & Q(state__in=HELD))) & (
                ~Q(creator=user) | Q(state__in=GONE)
            )
            stones |= _own(user) & Q(state__in=GONE)
        return self.filter(stones).only(*STONE_FIELDS)

    def own_unshared(self, user: Viewer) -> AnnotationQuerySet:
        """A person's own notes that look different to others: private, held or withdrawn ones."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(
            Q(audience=Audience.PRIVATE) | ~Q(state__in=PUBLISHED), creator=user
        ).exclude(audience=Audience.PRIVATE, state__in=GONE)

    def places(self) -> list[tuple[int, int, int, int]]:
        """Id, version, and where the thread stands: the positions of the first and the last
        paragraph of its root's words."""
        of_root = Q(root=None, targets__current=True)
        of_reply = Q(root__targets__current=True)
        first, last = (
            Coalesce(f"targets__{end}__position", f"root__targets__{end}__position")
            for end in ("start_paragraph", "end_paragraph")
        )
        return list(
            self.filter(of_root | of_reply).order_by("pk").values_list("pk", "version", first, last)
        )

    def in_room(self, reading_id: int, article_id: int) -> AnnotationQuerySet:
        """What is written around an article in one reading, private notes included."""
        return self.filter(
            Q(reading=reading_id) | Q(reading=None, article=article_id), article=article_id
        )


class RevisionQuerySet(models.QuerySet["AnnotationRevision"]):
    def superseded(self) -> RevisionQuerySet:
        return self.filter(state=RevisionState.SUPERSEDED)


class TargetQuerySet(models.QuerySet["Target"]):
    def current(self) -> TargetQuerySet:
        return self.filter(current=True)

    def touching(self, paragraphs: list[tuple[int, int]]) -> TargetQuerySet:
        """Targets that cover any of these paragraphs, given as (id, position) of one article."""
        ids = [pk for pk, _ in paragraphs]
        positions = [position for _, position in paragraphs]
        spans_them = (
            ~Q(start_paragraph=F("end_paragraph"))
            & Q(start_paragraph__position__lte=max(positions, default=0))
            & Q(end_paragraph__position__gte=min(positions, default=0))
        )
        return self.filter(Q(start_paragraph__in=ids) | spans_them)


def _own(user: Viewer) -> Q:
    """One's own notes: private ones anywhere, others while one may come into the group."""
    return Q(creator=user) & (
        Q(audience=Audience.PRIVATE) | Q(reading__group__in=group_ids_of(user))
    )


def _led_by(user: Viewer) -> Q:
    return ~Q(audience=Audience.PRIVATE) & Q(
        reading__group__in=group_ids_of(user, role__in=LEADERS)
    )


def _within_reach(user: Viewer) -> Q:
    """Where a person may look, by group, circle, audience, reveal rule and when they joined."""
    from reader.models import Circle

    everyone = Q(audience=Audience.GROUP)
    if not user.is_authenticated:
        return everyone & Q(reading__group__readable_by=Readable.PUBLIC) & _revealed_to(user)
    circles = Circle.objects.filter(members=user.pk).values("pk")
    to_member = everyone | Q(audience=Audience.CIRCLE, circle__in=circles)
    in_group = Q(reading__group__in=group_ids_of(user, reads_from=None)) | _since_joining(user)
    as_public = everyone & Q(reading__group__readable_by=Readable.PUBLIC)
    return (to_member & in_group | as_public) & _revealed_to(user) | _led_by(user)


def _since_joining(user: Viewer) -> Q:
    from reader.models import Membership

    limited = (
        Membership.objects.with_access()
        .of(user)
        .filter(group=OuterRef("reading__group"), reads_from__lte=OuterRef("created_at"))
    )
    return Q(Exists(limited))


def _revealed_to(user: Viewer) -> Q:
    from annotations.models import Annotation

    revealed = Q(reading__reveal=Reveal.AT_ONCE) | Q(
        reading__reveal=Reveal.AT_DATE, reading__reveal_at__lte=timezone.now()
    )
    if user.is_authenticated:
        written_in = (
            Annotation.objects.filter(creator=user, reading__isnull=False)
            .exclude(state__in=GONE)
            .values("reading_id")
        )
        revealed |= Q(reading__reveal=Reveal.AFTER_OWN, reading__in=written_in)
    return revealed
