"""A reading as one person sees it: what every view of the reading page starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils.translation import gettext as _

from annotations.models import Annotation
from annotations.permissions import can_annotate
from annotations.querysets import AnnotationQuerySet
from reader.enums import Reveal
from reader.models import Article, Circle, Membership, Reading, StudyGroup
from reader.permissions import is_leader, membership_of
from reader.querysets import Viewer


@dataclass(frozen=True)
class Room:
    user: Viewer
    reading: Reading
    membership: Membership | None
    has_circles: bool  # there are some, whether or not notes can be addressed to them

    @property
    def article(self) -> Article:
        return self.reading.article

    @property
    def group(self) -> StudyGroup:
        return self.reading.group

    @property
    def leads(self) -> bool:
        return is_leader(self.membership)

    @cached_property
    def may_write(self) -> bool:
        return can_annotate(self.membership, self.reading)

    @cached_property
    def circle_ids(self) -> tuple[int, ...]:
        if not self.has_circles:
            return ()
        mine = self.reading.circles.of(self.user)
        return tuple(mine.order_by("pk").values_list("pk", flat=True))

    @property
    def sees_what_its_class_sees(self) -> bool:
        """False where the person's own history decides, so that nothing rendered is shared."""
        newcomer = self.membership is not None and self.membership.reads_from is not None
        return self.reading.reveal == Reveal.AT_ONCE and not newcomer

    @cached_property
    def audience_class(self) -> str:
        """Who else would be shown exactly the same: the part of a fragment's key for people."""
        if self.leads:
            seat = "leaders"
        elif self.membership is not None:
            seat = "members" + "".join(f"+{pk}" for pk in self.circle_ids)
        else:
            seat = "public"
        return seat if self.may_write else f"{seat}-reading"

    def notes(self) -> AnnotationQuerySet:
        return Annotation.objects.in_room(self.reading.pk, self.article.pk)


def enter(user: Viewer, group_slug: str, article_slug: str) -> Room:
    """The room behind an address; 404 where the reading doesn't exist for this person."""
    return _room(user, group__slug=group_slug, article__slug=article_slug)


def enter_for_article(user: Viewer, article_id: int, group_slug: str = "") -> Room:
    """A room in which an article is read: in the group named, else the person's newest one."""
    named = {"group__slug": group_slug} if group_slug else {}
    return _room(user, article=article_id, **named)


def enter_for_note(user: Viewer, annotation: Annotation, group_slug: str = "") -> Room:
    """The room a note belongs to; a private one follows its author wherever the text is read."""
    if annotation.reading_id is None:
        return enter_for_article(user, annotation.article_id, group_slug)
    return _room(user, pk=annotation.reading_id)


def _room(user: Viewer, **where: object) -> Room:
    readings = Reading.objects.visible_to(user).with_titles().filter(**where)
    circles = Exists(Circle.objects.filter(reading=OuterRef("pk")))
    reading = readings.annotate(circled=circles).order_by("-created_at", "-pk").first()
    if reading is None:
        raise Http404(_("There is no such reading."))
    has_circles = bool(getattr(reading, "circled", True))
    return Room(user, reading, membership_of(user, reading.group), has_circles)
