"""Next term: a group begun anew from another, with what it reads and nobody else's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.actions.places import hold_text
from annotations.actions.sharing import anew, store
from annotations.actions.writing import take_name
from annotations.enums import PUBLISHED, Audience, Category
from annotations.models import Annotation, Reason, WordRule
from reader.actions.groups import create_group, set_policy
from reader.enums import Role, Status
from reader.models import Reading, StudyGroup, User
from reader.permissions import can_copy_group, membership_of, require

DATES = ("opens_at", "due_at", "reveal_at")
# A second request of the same kind within it is the same button, pressed twice.
MOMENT = timedelta(minutes=1)


@transaction.atomic
def copy_group(
    *,
    by: User,
    group: StudyGroup,
    name: str,
    readings: Sequence[Reading],
    first_date: date | None = None,
    own_notes: bool = False,
) -> StudyGroup:
    """A new group with the same rules, the same readings and the leaders' prompts in them.

    Nobody but `by` is in it, as its owner, and nothing that others wrote, except prompts: they are
    written anew, as are the person's own notes where they are wanted. With `first_date`, all
    dates move so that the first of them falls on it, in the time zone of whoever asks.
    """
    group = StudyGroup.objects.select_for_update().get(pk=group.pk)
    require(can_copy_group(membership_of(by, group)), _("Only the group's leaders copy it."))
    require(all(reading.group_id == group.pk for reading in readings), _("Not of this group."))
    hold_text(*(reading.article_id for reading in readings))
    if (pressed_twice := _just_copied(by, name, readings)) is not None:
        return pressed_twice
    copy = create_group(
        by=by,
        name=name,
        description=group.description,
        rules=group.rules,
        language=group.language,
        preset=group.preset,
    )
    copy = set_policy(
        by=by, group=copy, policy=group.policy, joining_question=group.joining_question
    )
    _copy_rules(by, group, copy)
    days = days_until(first_date, readings)
    copies: dict[int | None, Reading] = {reading.pk: moved(reading, days) for reading in readings}
    for reading in copies.values():
        reading.group = copy
    Reading.objects.bulk_create(copies.values())
    notes = {
        note.pk: anew(
            note,
            by=by,
            reading=copies[note.reading_id],
            audience=note.audience,
            client_id=uuid4(),
        )
        for note in _taken_along(by, readings, own_notes)
    }
    for first in {note.reading_id: note for note in notes.values()}.values():
        take_name(first)
    store(notes)
    return copy


def _copy_rules(by: User, group: StudyGroup, copy: StudyGroup) -> None:
    """What the leaders watch for, and their reasons."""
    reasons = list(Reason.objects.of(group))
    watched = list(WordRule.objects.of(group))
    for reason in reasons:
        reason.pk, reason.group = None, copy
    for rule in watched:
        rule.pk, rule.group = None, copy
        rule.created_by, rule.created_at = by, timezone.now()
    Reason.objects.bulk_create(reasons)
    WordRule.objects.bulk_create(watched)


def first_date_of(readings: Iterable[Reading]) -> date | None:
    """The first day that any date of these falls on."""
    dates = (getattr(reading, name) for reading in readings for name in DATES)
    return min((timezone.localdate(when) for when in dates if when is not None), default=None)


def days_until(first_date: date | None, readings: Iterable[Reading]) -> int:
    """By how many days these move so that their first date falls on this one."""
    first = first_date_of(readings)
    return 0 if first is None or first_date is None else (first_date - first).days


def moved(reading: Reading, days: int) -> Reading:
    """A reading of the same text, not yet saved and of no group, with all its dates moved."""
    dates = {name: _moved(getattr(reading, name), days) for name in DATES}
    opens_at = dates["opens_at"]
    if opens_at is None:
        is_planned = reading.status_now == Status.PLANNED
    else:
        is_planned = opens_at > timezone.now()
    return Reading(
        article=reading.article,
        order=reading.order,
        status=Status.PLANNED if is_planned else Status.OPEN,
        reveal=reading.reveal,
        reveal_after=reading.reveal_after,
        bylines=reading.bylines,
        **dates,
    )


def _moved(when: datetime | None, days: int) -> datetime | None:
    """The same time of day by the clock on the wall, also where clocks were set in between."""
    return when and timezone.localtime(when) + timedelta(days=days)


def _just_copied(by: User, name: str, readings: Sequence[Reading]) -> StudyGroup | None:
    """A group of that name alone may be another, begun by hand: it reads other texts."""
    own = StudyGroup.objects.filter(memberships__user=by, memberships__role=Role.OWNER)
    articles = {reading.article_id for reading in readings}
    for group in own.filter(name=name, created_at__gt=timezone.now() - MOMENT):
        if set(group.readings.values_list("article_id", flat=True)) == articles:
            return group
    return None


def _taken_along(by: User, readings: Sequence[Reading], own_notes: bool) -> list[Annotation]:
    """Prompts, and where they are wanted one's own notes that no circle's are; never a reply."""
    wanted = Q(category=Category.VIOLET, audience=Audience.GROUP)
    if own_notes:
        wanted |= Q(creator=by, audience__in=(Audience.GROUP, Audience.LEADERS))
    roots = Annotation.objects.filter(reading__in=readings, root=None, state__in=PUBLISHED)
    return list(roots.filter(wanted))
