"""A world that a whole module asks about: built once, and undone with what each test did there."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction


def once[World](blocker: Any, build: Callable[[], World]) -> Iterator[World]:
    """For a fixture of a module: `yield from once(django_db_blocker, build)`."""
    with blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
