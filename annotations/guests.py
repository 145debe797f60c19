"""A group's guests, for its leaders; and whom somebody is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from annotations.models import Annotation
from annotations.querysets import GONE
from reader.enums import Bylines
from reader.models import Membership, StudyGroup, User

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Guest:
    membership: Membership
    notes: int  # how many stand, for whomever they are

    @property
    def name(self) -> str:
        return str(self.membership.user.name)


@dataclass(frozen=True, slots=True)
class Offer:
    """A guest whose notes may be somebody's own, with the first of those that they read anyway."""

    guest: Guest
    notes: Sequence[Annotation]


def guests_in(group: StudyGroup) -> QuerySet[Membership]:
    """Those who can be offered to a member, by name. Who asked not to be named here isn't."""
    named: QuerySet[Membership] = group.memberships.filter(
        user__guest_in=group, user__anonymised_at=None, nameless=False
    )
    return named.select_related("user", "group", "offered_to").order_by("user__name", "pk")


def with_notes(memberships: Iterable[Membership]) -> list[Guest]:
    memberships = list(memberships)
    people = [membership.user_id for membership in memberships]
    standing = Annotation.objects.of_groups().filter(creator__in=people).exclude(state__in=GONE)
    counted = Counter(dict(standing.order_by().values_list("creator").annotate(Count("pk"))))
    return [Guest(each, counted[each.user_id]) for each in memberships]


def offered_to(user: User, group: StudyGroup) -> list[Offer]:
    """Whom somebody is asked about, with a few notes to tell by. Of readings under pseudonyms none
    is shown: it would tell whose pseudonym that is."""
    asked = with_notes(guests_in(group).filter(offered_to=user))
    return [Offer(each, _first_notes(user, each.membership)) for each in asked]


def _first_notes(user: User, membership: Membership) -> list[Annotation]:
    by_name = Q(reading__group=membership.group_id, reading__bylines=Bylines.NAMES)
    theirs = Annotation.objects.visible_to(user).filter(by_name, creator=membership.user_id)
    with_words = theirs.exclude(body="").select_related("reading__group", "reading__article")
    return list(with_words.order_by("created_at", "pk")[:SHOWN])
