"""In whose name a command acts in a group."""

from __future__ import annotations

from django.core.management.base import CommandError

from reader.enums import Role
from reader.models import Membership, StudyGroup, User


def group_named(slug: str) -> StudyGroup:
    group: StudyGroup | None = StudyGroup.objects.filter(slug=slug).first()
    if group is None:
        raise CommandError(f"There is no group {slug!r}.")
    return group


def acting_in(group: StudyGroup, email: str | None) -> User:
    """Whoever has this address, if they are in the group; without one, the group's owner."""
    members = Membership.objects.with_access().filter(group=group).select_related("user")
    named = members.filter(user__email=email.lower()) if email else members.filter(role=Role.OWNER)
    member = named.order_by("joined_at", "pk").first()
    if member is None:
        raise CommandError(
            f"{email} is not in {group.name}." if email else f"{group.name} has no owner."
        )
    return member.user


def person_with(email: str) -> User:
    person: User | None = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody here has the address {email}.")
    return person
