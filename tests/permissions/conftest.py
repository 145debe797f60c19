from collections.abc import Iterator
from typing import Any

import pytest

from tests.permissions.world import World, build
from tests.worlds import once


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once a module; what a test changes is undone after it."""
    yield from once(django_db_blocker, build)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    return shared_world
