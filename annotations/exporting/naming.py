"""What people are called in what others take home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.utils.crypto import salted_hmac

from annotations.enums import Naming
from annotations.exporting.notebook import Person
from reader.enums import TakenHome
from reader.models import Membership, Reading, StudyGroup
from reader.pseudonyms import NAMES

# What each way of naming shows, from the most to the least.
_DEGREES: dict[str, int] = {
    Naming.SHOWN: 0,
    TakenHome.SHOWN: 0,
    Naming.INITIALS: 1,
    TakenHome.INITIALS: 1,
    Naming.PSEUDONYMS: 2,
    TakenHome.PSEUDONYM: 2,
}


class Names:
    """The people of one group, as a notebook calls them; one query.

    Each by what tells least of what was asked for by whoever takes the notes home and by the
    person themselves. Names that are made here stay the same from one time to the next: later
    members change nobody's.
    """

    def __init__(self, group: StudyGroup, naming: Naming) -> None:
        self._naming = naming
        found = Membership.objects.filter(group=group).order_by("pk").select_related("user")
        self._members = {member.user_id: member for member in found}
        self._initials = _distinct(self._members.values())
        self._pseudonyms = _drawn(self._members.values())

    def in_reading(
        self, reading: Reading, user_id: int, shown: str, *, pseudonymous: bool
    ) -> Person:
        """Somebody who is `shown` like this to everybody in a reading."""
        member = self._members.get(user_id)
        if member is None:  # wrote there, and is known there no more
            return Person(_unlinked(UUID(int=user_id), f"{reading.pk}"), shown)
        if pseudonymous:
            return Person(_unlinked(member.uuid, f"reading {reading.pk}"), shown)
        degree = max(_DEGREES[self._naming], _DEGREES[member.taken_home_as])
        if degree == 0 or member.nameless or member.user.anonymised_at is not None:
            return Person(str(member.uuid), shown)
        name = (self._initials if degree == 1 else self._pseudonyms)[user_id]
        return Person(_unlinked(member.uuid, f"degree {degree}"), name)

    def to_be_named(self, user_ids: Iterable[int]) -> tuple[str, ...]:
        """The names of those among these who want to be named as readers."""
        members = (self._members[pk] for pk in user_ids if pk in self._members)
        willing = (
            member.user.name
            for member in members
            if member.in_colophon and not member.nameless and member.user.anonymised_at is None
        )
        return tuple(sorted(willing, key=str.casefold))

    def everybody(self) -> list[int]:
        """The ids of those who are in the group, whether or not they wrote anything."""
        return [pk for pk, member in self._members.items() if member.left_at is None]


def _unlinked(person: UUID, where: str) -> str:
    """An id that nobody can tell to be the same person's as one elsewhere. Made of a secret: a
    member's own id stands in files that call them by name, and whoever had one could reckon."""
    return str(UUID(bytes=_secret(person, where)[:16]))


def _secret(person: UUID, where: str) -> bytes:
    return salted_hmac("catena.taken-home", f"{person} {where}", algorithm="sha256").digest()


def initials(name: str) -> str:
    return "".join(f"{word[0]}." for word in name.split()).upper()


def _distinct(members: Iterable[Membership]) -> dict[int, str]:
    """By user; who has the same initials as somebody before them gets a number."""
    seen: Counter[str] = Counter()
    found = {}
    for member in members:
        letters = initials(member.user.name)
        seen[letters] += 1
        found[member.user_id] = letters if seen[letters] == 1 else f"{letters} {seen[letters]}"
    return found


def _drawn(members: Iterable[Membership]) -> dict[int, str]:
    """By user: the name at a place that is theirs, for reasons that nobody knows, or the next one
    that is free."""
    taken: set[str] = set()
    found = {}
    for member in members:
        at = int.from_bytes(_secret(member.uuid, "name"))
        while (name := _nth(at)) in taken:
            at += 1
        taken.add(name)
        found[member.user_id] = name
    return found


def _nth(at: int) -> str:
    return NAMES[at % len(NAMES)]
