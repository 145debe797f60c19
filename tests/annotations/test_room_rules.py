"""What a room settles beforehand decides as the rules do that ask every note."""

import pytest

from annotations.models import Annotation
from annotations.room import Room, enter
from reader.models import Reading
from tests.annotations.test_visibility import BY_NAME, World, shared_world, world  # noqa: F401

pytestmark = pytest.mark.permissions


@pytest.mark.parametrize("name", BY_NAME)
def test_a_room_shows_what_is_visible(world: World, name: str) -> None:  # noqa: F811
    user = world.people[name]
    rooms = [
        enter(user, reading.group.slug, reading.article.slug)
        for reading in Reading.objects.visible_to(user).with_titles()
    ]
    for room in rooms:
        assert words_in(room) == set(room.notes().visible_to(user).values_list("pk", flat=True))
        assert stones_in(room) == set(
            room.notes().tombstones_for(user).values_list("pk", flat=True)
        )
    assert rooms or name in {"outsider", "administrator"}


def words_in(room: Room) -> set[int]:
    return set(Annotation.objects.visible_in(room).values_list("pk", flat=True))


def stones_in(room: Room) -> set[int]:
    return set(Annotation.objects.tombstones_in(room).values_list("pk", flat=True))
