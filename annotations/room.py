"""A reading as one person sees it: what every view of the reading page starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Q,
    StringAgg,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.models import Annotation, Mute, Reason
from annotations.permissions import can_annotate, why_only_reading
from annotations.querysets import IS_PROMPT, AnnotationQuerySet
from annotations.reasons import label_of, reasons_of
from reader.enums import Bylines, Reveal, Role
from reader.models import (
    Article,
    Circle,
    Membership,
    Paragraph,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
)
from reader.permissions import is_leader
from reader.querysets import ReadingQuerySet, Viewer


@dataclass(frozen=True, slots=True)
class Part:
    """What one person has to do with one reading, beside their membership in its group."""

    circle_ids: tuple[int, ...] = ()
    written: int = 0  # how many notes with words they have for others there, where that matters
    finished: bool = False
    due_at: datetime | None = None  # their own date, where they were given another one
    pseudonym: str = ""  # "" until they have one
    asked: bool = False  # whether the leaders ask anything there
    mutes: bool = False  # whether they have muted anybody or anything in its group


@dataclass(frozen=True, slots=True)
class Mutes:
    """Whom and what one person has muted, by id, as far as it holds in one reading."""

    people: frozenset[int] = frozenset()
    roots: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Room:
    user: Viewer
    reading: Reading
    membership: Membership | None
    part: Part

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

    @property
    def why_only_reading(self) -> str:
        """The sentence for somebody who may not write here."""
        said = why_only_reading(self.membership)
        return said or _("You can't write in this reading.")

    @cached_property
    def mutes(self) -> Mutes:
        if not self.part.mutes:
            return Mutes()
        rows = list(Mute.objects.in_room(self).values_list("person", "root"))
        people = frozenset(person for person, _root in rows if person is not None)
        return Mutes(people, frozenset(root for _person, root in rows if root is not None))

    @property
    def may_correct(self) -> bool:
        """Whether the text is this group's and the person leads it: `can_correct`, as seen here."""
        return self.leads and self.article.steward_id == self.group.pk

    @property
    def circle_ids(self) -> tuple[int, ...]:
        return self.part.circle_ids

    @property
    def due_at(self) -> datetime | None:
        return self.part.due_at or self.reading.due_at

    @cached_property
    def _reasons(self) -> list[Reason]:
        return reasons_of(self.group)

    def reason(self, code: str) -> str:
        """What the group calls a reason; nothing is asked where there is none."""
        return label_of(self._reasons, code) if code else ""

    @property
    def goes_by_pseudonyms(self) -> bool:
        return self.reading.bylines == Bylines.PSEUDONYMS

    @property
    def writes_first_notes(self) -> bool:
        """Whether what this person writes here may wait for a leader, as those of new members."""
        return not self.leads and self.part.written < self.group.holds_first

    @cached_property
    def revealed(self) -> bool:
        """Whether the reading's rule lets this person see what others wrote. Observers are not
        asked to write first."""
        reading, part = self.reading, self.part
        if self.leads or reading.reveal == Reveal.AT_ONCE:
            return True
        if reading.reveal == Reveal.AT_DATE:
            return reading.reveal_at is not None and reading.reveal_at <= timezone.now()
        if reading.reveal == Reveal.AFTER_FINISHED:
            return part.finished
        observes = self.membership is not None and self.membership.role == Role.OBSERVER
        return observes or part.written >= reading.reveal_after

    @property
    def sees_what_its_class_sees(self) -> bool:
        """False where the person's own history decides, so that nothing rendered is shared."""
        newcomer = self.membership is not None and self.membership.reads_from is not None
        return self.revealed and not newcomer

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
    return _room(user, Reading.objects.at(group_slug, article_slug))


def enter_reading(user: Viewer, reading: Reading) -> Room:
    """The room of a reading; 404 where it doesn't exist for this person."""
    return _room(user, Reading.objects.filter(pk=reading.pk))


def enter_for_article(user: Viewer, article_id: int, group_slug: str = "") -> Room:
    """A room in which an article is read: in the group named, else the person's newest one."""
    return _room(user, _in_group(group_slug).filter(article=article_id))


def enter_for_paragraph(user: Viewer, paragraph: Paragraph, group_slug: str = "") -> Room:
    """Likewise, where a paragraph stands, or what it became in a group's own copy of its text."""
    same = Paragraph.objects.filter(Q(pk=paragraph.pk) | Q(copied_from=paragraph.pk))
    articles = same.filter(retired=False).values("article")
    return _room(user, _in_group(group_slug).filter(article__in=articles))


def enter_for_note(user: Viewer, uuid: UUID, group_slug: str = "") -> Room:
    """The room a note belongs to; a private one follows its author wherever the text is read.
    Whether the note is there for this person, the room's rules say: `visible_in`."""
    named = Annotation.objects.filter(uuid=uuid).order_by()
    reading = Q(pk=named.values("reading")[:1])
    article = Q(article=named.filter(reading=None).values("article")[:1])
    if group_slug:
        article &= Q(group__slug=group_slug)
    return _room(user, Reading.objects.filter(reading | article))


def _in_group(slug: str) -> ReadingQuerySet:
    return Reading.objects.filter(group__slug=slug) if slug else Reading.objects.all()


def _room(user: Viewer, named: ReadingQuerySet) -> Room:
    mine = {each.group_id: each for each in Membership.objects.with_access().of(user)}
    readings = _with_part(named.visible_with(mine.values()).with_titles(), user)
    reading = readings.order_by("-created_at", "-pk").first()
    if reading is None:
        raise Http404(_("There is no such reading."))
    return Room(user, reading, mine.get(reading.group_id), _part(reading, user))


def _with_part(readings: ReadingQuerySet, user: Viewer) -> ReadingQuerySet:
    """Each reading with what makes a `Part`, in one query."""
    columns = _part_columns()
    if not user.is_authenticated:
        return readings.annotate(part_asked=columns["part_asked"])
    return readings.alias(viewer=Value(user.pk)).annotate(**columns)


@cache
def _part_columns() -> dict[str, Any]:
    """Of the person who is a reading's alias `viewer`: so they are made once, which takes longer
    than to ask them."""
    here: Any = {"reading": OuterRef("pk")}
    mine: Any = {**here, "user": OuterRef("viewer")}
    own = Participation.objects.filter(**mine)
    prompts = Annotation.objects.filter(IS_PROMPT, **here)
    muted = Mute.objects.filter(user=OuterRef("viewer"), group=OuterRef("group"))
    circles = Circle.objects.filter(members=OuterRef("viewer"), **here).order_by()
    ids = StringAgg(Cast("pk", CharField()), delimiter=Value(" "))
    written = Annotation.objects.written().filter(creator=OuterRef("viewer"), **here).order_by()
    counted = written.values("reading").annotate(written=Count("pk")).values("written")
    # Counted only where it matters.
    matters = Q(reveal=Reveal.AFTER_OWN) | Q(group__holds_first__gt=0)
    return {
        "part_asked": Exists(prompts),
        "part_circles": Subquery(circles.values("reading").annotate(ids=ids).values("ids")),
        "part_written": Case(When(matters, then=Subquery(counted))),
        "part_mutes": Exists(muted),
        "part_finished": Exists(own.filter(finished_at__isnull=False)),
        "part_due": Subquery(own.values("due_at")),
        "part_pseudonym": Subquery(Pseudonym.objects.filter(**mine).values("name")),
    }


def _part(reading: Any, user: Viewer) -> Part:
    if not user.is_authenticated:
        return Part(asked=reading.part_asked)
    return Part(
        asked=reading.part_asked,
        circle_ids=tuple(sorted(map(int, (reading.part_circles or "").split()))),
        written=reading.part_written or 0,
        finished=reading.part_finished,
        due_at=reading.part_due,
        mutes=reading.part_mutes,
        pseudonym=reading.part_pseudonym or "",
    )
