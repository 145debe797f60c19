import platform
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from reader.clock import last_tick
from reader.models import OutboxMessage
from reader.paper import WHAT_TO_INSTALL, can_set_pages

type Finding = tuple[bool, str]


class Command(BaseCommand):
    help = "Check this installation; ends with 1 where something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(_findings())
        for good, sentence in findings:
            self.stdout.write(f"{'ok   ' if good else 'WRONG'}  {sentence}")
        if not all(good for good, _ in findings):
            raise SystemExit(1)


def _findings() -> Iterator[Finding]:
    yield True, f"Python {platform.python_version()}"
    yield _secret()
    yield _fonts()
    yield _paper()
    yield _mail()
    try:
        connection.ensure_connection()
    except Error as failed:
        yield False, f"The database doesn't answer: {str(failed).strip()}"
        return
    yield _database()
    waiting = _waiting_migrations()
    yield (
        not waiting,
        (
            f"{waiting} migrations wait: run `manage.py migrate`"
            if waiting
            else "Every migration is applied"
        ),
    )
    if not waiting:
        yield _clock()
        yield _outbox()


def _secret() -> Finding:
    if settings.DEBUG:
        return False, "CATENA_DEBUG is on: errors show settings to everybody; only for development"
    return True, f"Secret key of {len(settings.SECRET_KEY)} characters"


def _fonts() -> Finding:
    if (settings.ASSETS_DIR / "fonts" / "fonts.css").exists():
        return True, "Fonts are built"
    return True, "Fonts are not built, so system fonts are shown: run `make setup`"


def _paper() -> Finding:
    return True, "PDF can be made" if can_set_pages() else str(WHAT_TO_INSTALL)


def _mail() -> Finding:
    if settings.CATENA_SENDS_MAIL:
        return True, f"Mail leaves as {settings.DEFAULT_FROM_EMAIL}"
    return True, "No mail server: people sign in by password and are invited by link"


def _database() -> Finding:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return True, f"PostgreSQL {cursor.fetchone()[0]}"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0].upper()
    safe = settings.CATENA_SQLITE_WAL_IS_SAFE
    return mode != "WAL" or safe, (
        f"SQLite {sqlite3.sqlite_version} with journal {mode}: this version "
        f"{'has' if safe else 'lacks'} the repair of the WAL-reset race"
    )


def _waiting_migrations() -> int:
    loader = MigrationExecutor(connection).loader
    return len(set(loader.graph.nodes) - set(loader.applied_migrations))


def _clock() -> Finding:
    tick = last_tick()
    if tick is None:
        return (
            True,
            "The clock has not ticked yet: `manage.py serve` or `manage.py worker` starts it",
        )
    recent = timezone.now() - tick < timedelta(minutes=5)
    return recent, f"The clock last ticked at {tick:%Y-%m-%d %H:%M:%S} UTC"


def _outbox() -> Finding:
    given_up = OutboxMessage.objects.exclude(given_up_at=None).order_by("-given_up_at").first()
    week = timezone.now() - timedelta(days=7)
    if given_up and given_up.given_up_at and given_up.given_up_at > week:
        return False, f"Mail could not be sent this week: {given_up.last_error}"
    waiting = OutboxMessage.objects.filter(sent_at=None, given_up_at=None).count()
    return True, f"{waiting} messages wait in the outbox"
