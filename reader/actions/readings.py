"""How a group reads an article: dates, rules and circles."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count, islice

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.enums import Bylines, Role, Status
from reader.models import Circle, Membership, Reading, StudyGroup, User
from reader.permissions import (
    can_edit_reading,
    can_show_names,
    membership_of,
    require,
)
from reader.pseudonyms import CHANCE, name_all


@transaction.atomic
def edit_reading(
    *,
    by: User,
    reading: Reading,
    opens_at: datetime | None,
    due_at: datetime | None,
    status: str,
    reveal: str,
    reveal_after: int,
    reveal_at: datetime | None,
    bylines: str,
    has_circles: bool,
) -> Reading:
    """Change a reading's dates and rules. Opened with a date to come, it is planned until then."""
    reading = led(by, reading)
    shows_names = bylines == Bylines.NAMES != reading.bylines
    require(not shows_names or can_show_names(reading), _("Their names can't be shown any more."))
    opens_later = opens_at is not None and opens_at > timezone.now()
    columns = {
        "opens_at": opens_at,
        "due_at": due_at,
        "status": Status.PLANNED if status == Status.OPEN and opens_later else status,
        "reveal": reveal,
        "reveal_after": reveal_after,
        "reveal_at": reveal_at,
        "bylines": bylines,
        "has_circles": has_circles,
    }
    changed = [name for name, value in columns.items() if getattr(reading, name) != value]
    if not changed:
        return reading
    for name in changed:
        setattr(reading, name, columns[name])
    reading.full_clean()
    save_shown(reading, *changed)
    if "bylines" in changed and bylines == Bylines.PSEUDONYMS:
        # Those who have left wrote under their names too.
        name_all(reading, list(reading.group.memberships.values_list("user_id", flat=True)))
    return reading


@transaction.atomic
def move(*, by: User, reading: Reading, up: bool) -> Reading:
    """Change places with the one before or after it, among those of the same status."""
    _require_leading(by, reading)
    group = StudyGroup.objects.select_for_update(no_key=True).get(pk=reading.group_id)
    shelf = list(group.readings.all())
    reading = shelf[shelf.index(reading)]  # as it stands now
    alike = [other for other in shelf if other.status_now == reading.status_now]
    place = alike.index(reading) + (-1 if up else 1)
    if 0 <= place < len(alike):
        here, there = shelf.index(reading), shelf.index(alike[place])
        shelf[here], shelf[there] = shelf[there], shelf[here]
        for order, other in enumerate(shelf, start=1):
            other.order = order
        Reading.objects.bulk_update(shelf, ["order"])
    return reading


@transaction.atomic
def new_circle(*, by: User, reading: Reading, name: str) -> Circle:
    reading = led(by, reading)
    circle = _named(Circle(reading=reading), name)
    circle.save()
    _use_circles(reading)
    return circle


@transaction.atomic
def rename_circle(*, by: User, circle: Circle, name: str) -> Circle:
    reading = led(by, circle.reading)
    if circle.name != name:
        _named(circle, name).save(update_fields=["name"])
        save_shown(reading)
    return circle


@transaction.atomic
def drop_circle(*, by: User, circle: Circle) -> None:
    """Remove a circle in which nobody is and nothing was written."""
    reading = led(by, circle.reading)
    inside = Membership.objects.current().filter(group=reading.group, user__circles=circle)
    require(not inside.exists(), _("Move the people in this circle to another one first."))
    try:
        circle.delete()
    except ProtectedError as kept:
        sentence = _("Something was written in this circle, so it stays. Nobody has to be in it.")
        raise PermissionDenied(sentence) from kept
    save_shown(reading)


@transaction.atomic
def set_circles(*, by: User, reading: Reading, placement: Mapping[int, int | None]) -> Reading:
    """Put people, by their ids, into circles, by theirs, or into none. Who isn't named stays."""
    reading = led(by, reading)
    members = reading.group.memberships.current().values_list("user_id", flat=True)
    circles = reading.circles.values_list("pk", flat=True)
    known = placement.keys() <= set(members) and set(placement.values()) <= {None, *circles}
    require(known, _("Somebody has left or a circle was removed in the meantime. Look again."))
    seats = Circle.members.through._default_manager
    taken = seats.filter(circle__reading=reading, user__in=placement)
    before = dict(taken.values_list("user_id", "circle_id"))
    moved = {user: circle for user, circle in placement.items() if before.get(user) != circle}
    if moved:
        taken.filter(user__in=moved).delete()
        seats.bulk_create(
            Circle.members.through(user_id=user, circle_id=circle)
            for user, circle in moved.items()
            if circle is not None
        )
        save_shown(reading)
    return reading


def numbers_of_circles(reading: Reading) -> range:
    """How many circles its members can be divided into: no fewer than there are."""
    return range(max(2, reading.circles.count()), len(_to_divide(reading)) + 1)


@transaction.atomic
def divide(*, by: User, reading: Reading, into: int) -> Reading:
    """Put every member anew into one of so many circles, by chance and in even numbers."""
    reading = led(by, reading)
    require(into in numbers_of_circles(reading), _("Choose another number of circles."))
    circles = list(reading.circles.order_by("pk"))
    taken = {circle.name.casefold() for circle in circles}
    names = (_("Circle %(number)d") % {"number": number} for number in count(1))
    free = (name for name in names if name.casefold() not in taken)
    circles += Circle.objects.bulk_create(
        Circle(reading=reading, name=name) for name in islice(free, into - len(circles))
    )
    members = _to_divide(reading)
    CHANCE.shuffle(members)
    placement = {user: circles[index % into].pk for index, user in enumerate(members)}
    _use_circles(reading)
    return set_circles(by=by, reading=reading, placement=placement)


def led(by: User, reading: Reading) -> Reading:
    """The reading as it is now, and as it stays until this transaction ends, for a leader."""
    _require_leading(by, reading)
    locked = Reading.objects.select_for_update(of=("self",), no_key=True)
    return locked.with_titles().get(pk=reading.pk)


def _require_leading(by: User, reading: Reading) -> None:
    allowed = can_edit_reading(membership_of(by, reading.group))
    require(allowed, _("Only the group's leaders set up a reading."))


def save_shown(reading: Reading, *changed: str) -> None:
    """Date what is shown around notes anew, with the columns that changed."""
    reading.version += 1
    reading.save(update_fields=[*changed, "version"])


def _use_circles(reading: Reading) -> None:
    reading.has_circles = True
    save_shown(reading, "has_circles")


def _named(circle: Circle, name: str) -> Circle:
    circle.name = name
    circle.clean_fields(exclude=["reading"])
    taken = circle.reading.circles.filter(name__iexact=name).exclude(pk=circle.pk)
    require(not taken.exists(), _("There is a circle of this name already."))
    return circle


def _to_divide(reading: Reading) -> list[int]:
    """The ids of those who read in a circle: leaders see all, and observers only look on."""
    members = reading.group.memberships.with_access().filter(role=Role.MEMBER)
    return list(members.values_list("user_id", flat=True))
