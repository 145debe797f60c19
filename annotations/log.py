"""The log is added to. A whole group takes its log with it when it is erased."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def let_log_be_erased() -> Iterator[None]:
    """For the present transaction; PostgreSQL's trigger asks for it. SQLite has no such trigger:
    it is lost when a table is made anew, as migrations do there."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL catena.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL catena.erasing = 'off'")
