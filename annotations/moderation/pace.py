"""How fast one person writes to others, read off what they wrote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Q, TextField, Value, When
from django.utils import timezone

from annotations.enums import Audience
from annotations.models import Annotation
from annotations.querysets import GONE
from reader import limits
from reader.models import Membership, User
from reader.permissions import is_leader
from reader.words import folded

FIRST_DAY = timedelta(days=1)
# Within it the same text in the same group is an accident, or worse.
SAME_FOR = timedelta(minutes=5)
# "Yes, I agree." may be said twice.
SAME_FROM = 4

type Limits = Sequence[tuple[int, timedelta]]


@dataclass(frozen=True, slots=True)
class Lately:
    """What somebody wrote to others of late, the newest first: when, and in the group at hand
    what stands of it."""

    times: tuple[datetime, ...] = ()
    said: frozenset[str] = frozenset()


def require_pace(by: User, membership: Membership | None, annotation: Annotation) -> Lately:
    """Whether one more note is within the limits; else TooMany, with the seconds to wait.

    Leaders write as they like, and so does everybody for themselves. Highlights without words,
    of which a reader makes many, have a limit of their own. What is returned tells `said_before`
    the rest.
    """
    if membership is None or is_leader(membership) or annotation.audience == Audience.PRIVATE:
        return Lately()
    now = timezone.now()
    paces = _paces_of(membership, annotation, now)
    since = now - max(SAME_FOR, *(stretch for _count, stretch in paces))
    alike = Q(body="") if not annotation.body else ~Q(body="")
    lately = _lately(by, membership, alike, since=since, said_since=now - SAME_FOR)
    if wait := _wait(lately.times, paces, now):
        raise limits.TooMany(wait)
    return lately


def _paces_of(membership: Membership, annotation: Annotation, now: datetime) -> Limits:
    found: Limits = settings.CATENA_LIMIT_NOTES
    if not annotation.body:
        found = settings.CATENA_LIMIT_HIGHLIGHTS
    elif membership.joined_at > now - FIRST_DAY:
        found = settings.CATENA_LIMIT_NOTES_FIRST_DAY
    return found


def said_before(lately: Lately, annotation: Annotation) -> bool:
    """Whether somebody has just written the same words in the same group, and they stand."""
    said = _said(annotation.body)
    return len(said.split()) >= SAME_FROM and said in lately.said


def require_edit_pace(by: User, membership: Membership | None, annotation: Annotation) -> None:
    """Count one more edit of what others read, or stop with TooMany."""
    if membership is None or is_leader(membership) or annotation.audience == Audience.PRIVATE:
        return
    _count("edit", by, settings.CATENA_LIMIT_EDITS)


def require_report_pace(by: User) -> None:
    """Count one more report, or stop with TooMany."""
    _count("report", by, settings.CATENA_LIMIT_REPORTS)


def require_export_pace(by: User) -> None:
    """Count one more file that is made, or stop with TooMany."""
    _count("export", by, settings.CATENA_LIMIT_EXPORTS)


def require_import_pace(by: User) -> None:
    """Count one more file that is read and kept, or stop with TooMany."""
    _count("import", by, settings.CATENA_LIMIT_IMPORTS)


def _lately(
    by: User, membership: Membership, alike: Q, *, since: datetime, said_since: datetime
) -> Lately:
    here = When(reading__group=membership.group_id, created_at__gt=said_since, then="body")
    rows = (
        Annotation.objects.filter(alike, creator=by, created_at__gt=since)
        .exclude(audience=Audience.PRIVATE)
        .order_by("-created_at")
        .values_list("created_at", "state", Case(here, default=Value(""), output_field=TextField()))
    )
    found = list(rows)
    standing = (body for _at, state, body in found if body and state not in GONE)
    return Lately(tuple(at for at, _state, _body in found), frozenset(map(_said, standing)))


def _wait(times: Sequence[datetime], paces: Limits, now: datetime) -> int:
    """For how many seconds one more is too many; 0 where it isn't."""
    full = [times[count - 1] + stretch - now for count, stretch in paces if len(times) >= count]
    return max([0, *(math.ceil(left.total_seconds()) for left in full)])


def _count(what: str, by: User, paces: Limits) -> None:
    for count, stretch in paces:
        key = f"{what}:{by.pk}:{stretch.total_seconds():.0f}"
        limits.require(key, count, stretch)


def _said(body: str) -> str:
    return " ".join(folded(body).split())
