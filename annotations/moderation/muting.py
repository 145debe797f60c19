"""Reading less of another person, or of a thread. It is for whoever mutes alone: nobody else's
page changes, and nobody is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.bylines import Alias, Byline, byline_in, bylines_for
from annotations.models import Annotation, Mute
from annotations.permissions import can_mute
from reader.enums import Bylines
from reader.models import Membership, Pseudonym, Reading, StudyGroup, User
from reader.permissions import is_leader, membership_of, require


@dataclass(frozen=True, slots=True)
class Muted:
    """A row of somebody's own list, as they may know whom it is about."""

    mute: Mute
    byline: Byline | None  # None of a thread whose beginning they don't see any more
    root: Annotation | None = None

    @property
    def is_thread(self) -> bool:
        return self.mute.root_id is not None


@transaction.atomic
def mute(*, by: User, annotation: Annotation, thread: bool) -> Mute:
    """Mute the thread of a note, or whoever wrote it: a person by name wherever the group goes by
    names, and somebody who has a pseudonym there in that reading alone."""
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    allowed = can_mute(by, membership, annotation)
    require(allowed and reading is not None, _("You mute what others write for the group."))
    assert reading is not None  # noqa: S101
    whom: dict[str, Any] = {"root": annotation.thread_root}
    if not thread:
        require(is_named(annotation), _("Who wrote this isn't named here any more."))
        whom = {"person": annotation.creator, "reading": _reading_of(reading)}
    found, _created = Mute.objects.get_or_create(user=by, group=reading.group, **whom)
    return found


def _reading_of(reading: Reading) -> Reading | None:
    """The only one in which a mute of a person holds; None where they go by their name."""
    return reading if reading.bylines == Bylines.PSEUDONYMS else None


def is_named(annotation: Annotation) -> bool:
    """Whether a note says who wrote it. Of several by “former member”, muting one would tell
    which others are by the same person."""
    reading, creator = annotation.reading, annotation.creator
    if reading is None or creator.anonymised_at is not None:
        return False
    if reading.bylines == Bylines.PSEUDONYMS:
        return True
    theirs = Membership.objects.of(creator).filter(group=reading.group_id, nameless=True)
    return not theirs.exists()


@transaction.atomic
def unmute(*, by: User, mute: Mute) -> None:
    require(mute.user_id == by.pk, _("This isn't yours to end."))
    mute.delete()


def muted_by(user: User, group: StudyGroup) -> list[Muted]:
    """Whom and what somebody has muted in a group, the newest first, each named as they may know
    them there now. Rows about readings that don't exist for them stay out."""
    leads = is_leader(membership_of(user, group))
    rows = list(Mute.objects.of(user).in_group(group).listed())
    seen = _readings_of(user, rows)
    roots = _roots_of(user, rows)
    names, aliases = bylines_for(roots.values(), user), _aliases_of(group, rows)
    listed = []
    for row in rows:
        if row.root_id is not None:
            root = roots.get(row.root_id)
            listed.append(Muted(row, names[root.pk] if root else None, root))
        elif row.reading_id is None or row.reading_id in seen:
            named = row.reading or Reading(bylines=Bylines.NAMES)
            called = byline_in(named, row.person, aliases[row.pk], to_leader=leads)
            listed.append(Muted(row, called))
    return listed


def _readings_of(user: User, rows: Iterable[Mute]) -> set[int]:
    named = {row.reading_id for row in rows if row.reading_id is not None}
    visible = Reading.objects.visible_to(user).filter(pk__in=named)
    return set(visible.values_list("pk", flat=True))


def _roots_of(user: User, rows: Iterable[Mute]) -> dict[int, Annotation]:
    threads = [row.root_id for row in rows if row.root_id is not None]
    visible = Annotation.objects.visible_to(user).filter(pk__in=threads)
    found = visible.select_related("creator", "reading__group", "reading__article")
    return {root.pk: root for root in found}


def _aliases_of(group: StudyGroup, rows: Iterable[Mute]) -> dict[int, Alias]:
    """How the people of these rows appear, by row."""
    people = {row.person_id for row in rows if row.person_id is not None}
    readings = {row.reading_id for row in rows if row.reading_id is not None}
    given = Pseudonym.objects.filter(reading__in=readings, user__in=people)
    names: dict[tuple[int | None, int | None], str] = {
        (reading, user): name
        for reading, user, name in given.values_list("reading_id", "user_id", "name")
    }
    left = Membership.objects.filter(group=group, user__in=people, nameless=True)
    nameless = set(left.values_list("user_id", flat=True))
    return {
        row.pk: Alias(names.get((row.reading_id, row.person_id), ""), row.person_id in nameless)
        for row in rows
    }
