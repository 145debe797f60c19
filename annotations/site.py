"""What a site administrator sees of all groups: that something waits there, and never a word that
somebody wrote in a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from annotations.models import Case, LogEntry
from reader.models import Membership, StudyGroup, User

MOST = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A group in which something waits for a leader."""

    group: StudyGroup
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Site:
    purges: list[LogEntry]  # that owners asked for
    nobody_else: list[Case]  # of groups where nobody but the author leads
    waiting: list[Waiting]
    inside: list[Membership]  # where this administrator is by having stepped in


def site_for(administrator: User) -> Site:
    """The oldest of each first."""
    alone = Case.objects.open().nobody_else_decides().oldest_first().select_related("group")
    inside = Membership.objects.with_access().of(administrator).filter(ends_at__isnull=False)
    return Site(
        purges=list(LogEntry.objects.purges_asked_for()[:MOST]),
        nobody_else=list(alone[:MOST]),
        waiting=_waiting(),
        inside=list(inside.by_group()),
    )


def _waiting() -> list[Waiting]:
    is_open = Q(cases__isnull=False, cases__resolved_at=None)
    groups: Any = StudyGroup.objects.filter(is_open).annotate(
        open_cases=Count("cases", filter=Q(cases__resolved_at=None)),
        oldest=Min("cases__opened_at", filter=Q(cases__resolved_at=None)),
    )
    found = groups.order_by("oldest", "pk")[:MOST]
    return [Waiting(group, group.open_cases, group.oldest) for group in found]
