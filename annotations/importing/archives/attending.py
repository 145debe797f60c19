"""The people of an archive, in the group that it is brought into.

Whoever brings it in says which of them they are, if any. Everybody else becomes a guest: nobody
is made the author of anything by a file, not even where they are known in the group by the id
that stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from annotations.actions.guests import guest
from annotations.importing.archives.matching import derived_uuid
from annotations.records import Person
from reader.models import Membership, StudyGroup, User

# Whose a stone is: the archive doesn't say.
NOBODY = "nobody"


class Attending:
    """By their ids in the archive: who they are here. Guests are made once they are needed."""

    def __init__(
        self, group: StudyGroup, people: Mapping[UUID, Person], by: User, me: UUID | None
    ) -> None:
        self._group, self._people = group, people
        self._found: dict[UUID, Membership] = {}
        rows = Membership.objects.filter(group=group).select_related("user")
        self._members = {member.uuid: member for member in rows}
        mine = next((each for each in self._members.values() if each.user_id == by.pk), None)
        if me is not None and mine is not None:
            self._found[me] = mine
        self._nobody: Membership | None = None
        self.guests: set[int] = set()  # that were made, or known, for this archive

    def user(self, person: UUID | None) -> int:
        return (self._nobodys() if person is None else self.member(person)).user_id

    def maybe(self, person: UUID | None) -> int | None:
        return None if person is None else self.user(person)

    def member(self, person: UUID) -> Membership:
        if person not in self._found:
            self._found[person] = self._guest(self._people[person])
        return self._found[person]

    def meet_all(self) -> None:
        """Everybody who is in the archive, in its order."""
        for person in self._people:
            self.member(person)

    def _guest(self, person: Person) -> Membership:
        known = self._members.get(person.id)
        is_somebody = known is not None and known.user.guest_in_id != self._group.pk
        made = guest(
            group=self._group,
            name=person.name,
            uuid=derived_uuid(self._group, person.id) if is_somebody else person.id,
            role=person.role,
            joined_at=person.joined_at,
            nameless=person.nameless,
        )
        self.guests.add(made.pk)
        return made

    def _nobodys(self) -> Membership:
        if self._nobody is None:
            uuid = uuid5(UUID(int=self._group.pk), NOBODY)
            self._nobody = guest(group=self._group, name=_("somebody"), uuid=uuid, nameless=True)
        return self._nobody
