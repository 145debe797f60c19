"""What a person is called, on every surface, to whoever looks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.models import Annotation
from reader.enums import LEADERS, Bylines
from reader.models import Membership, Participation, Pseudonym, Reading, User
from reader.querysets import Viewer, group_ids_of


@dataclass(frozen=True, slots=True)
class Byline:
    name: str
    initials: str
    aside: str = ""  # to leaders: the pseudonym that everybody else reads
    is_guest: bool = False  # of that name, and not the member who may have the same


@dataclass(frozen=True, slots=True)
class Alias:
    """What bears on how one person appears in one reading."""

    pseudonym: str = ""
    nameless: bool = False  # has left its group as "former member"
    leads: bool = False
    due_at: Any = None  # their own due date, where they were given one


def people_in(reading: Reading, user_ids: Collection[int]) -> dict[int, tuple[User, Alias]]:
    """These people and how they appear in a reading, in one query."""
    memberships = Membership.objects.filter(group=reading.group_id, user=OuterRef("pk"))
    mine = {"reading": reading, "user": OuterRef("pk")}
    people: Any = User.objects.filter(pk__in=user_ids).annotate(
        alias_pseudonym=Subquery(Pseudonym.objects.filter(**mine).values("name")),
        alias_nameless=Exists(memberships.filter(nameless=True)),
        alias_leads=Exists(memberships.current().filter(role__in=LEADERS)),
        alias_due=Subquery(Participation.objects.filter(**mine).values("due_at")),
    )
    return {
        user.pk: (
            user,
            Alias(
                user.alias_pseudonym or "", user.alias_nameless, user.alias_leads, user.alias_due
            ),
        )
        for user in people
    }


def byline(annotation: Annotation, alias: Alias, *, to_leader: bool) -> Byline:
    """The name that is read under a note. `alias` is its creator's in the note's reading.

    A private note has its author for only reader, who goes by their own name there. Under
    pseudonyms leaders read the name and the pseudonym; everybody else, the author included,
    reads the pseudonym alone.
    """
    creator: User = annotation.creator
    reading = annotation.reading
    if annotation.audience == Audience.PRIVATE or reading is None:
        return _called(creator.name)
    return byline_in(reading, creator, alias, to_leader=to_leader)


def byline_in(reading: Reading, user: User, alias: Alias, *, to_leader: bool) -> Byline:
    """What somebody is called who did something for others in a reading."""
    former = is_former(user, nameless=alias.nameless)
    is_guest = user.guest_in_id is not None
    name = Byline(_("former member"), "–") if former else _called(user.name, is_guest=is_guest)
    if reading.bylines == Bylines.NAMES:
        return name
    pseudonym = alias.pseudonym or _("somebody")
    seen = Byline(name.name, name.initials, pseudonym, name.is_guest)
    return seen if to_leader else _called(pseudonym)


def is_former(user: User, *, nameless: bool) -> bool:
    """Whether somebody's name is shown in a group no more."""
    return nameless or user.anonymised_at is not None


def bylines_for(annotations: Iterable[Annotation], viewer: Viewer) -> dict[int, Byline]:
    """Annotation id → byline, for notes of any readings that `viewer` may see; three queries.

    Their creators and readings should have been read with them.
    """
    notes = list(annotations)
    readings = {note.reading_id for note in notes if note.reading_id is not None}
    creators = {note.creator_id for note in notes}
    groups = {note.reading.group_id for note in notes if note.reading is not None}
    led = set(group_ids_of(viewer, role__in=LEADERS).values_list("group_id", flat=True))
    pseudonyms = {
        (reading, user): name
        for reading, user, name in Pseudonym.objects.filter(
            reading__in=readings, user__in=creators
        ).values_list("reading_id", "user_id", "name")
    }
    nameless = set(
        Membership.objects.filter(group__in=groups, user__in=creators, nameless=True).values_list(
            "group_id", "user_id"
        )
    )
    called = {}
    for note in notes:
        group = None if note.reading is None else note.reading.group_id
        pseudonym = pseudonyms.get((note.reading_id or 0, note.creator_id), "")
        alias = Alias(pseudonym, (group, note.creator_id) in nameless)
        called[note.pk] = byline(note, alias, to_leader=group in led)
    return called


def _called(name: str, *, is_guest: bool = False) -> Byline:
    words = name.split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [name[:2]]
    return Byline(name, "".join(letters).upper(), is_guest=is_guest)
