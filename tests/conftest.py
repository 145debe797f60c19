"""What holds in every test: known settings, no network, no template variable without a value."""

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from reader.models import Reading
    from tests.cast import Cast, Kept

# The environment of whoever runs the tests must not decide how they end. It is cleared before
# Django's settings are read, which is why they are named here and not in pyproject.toml.
KEPT = {"CATENA_ASSETS", "CATENA_BROWSER", "CATENA_SCREENSHOTS", "CATENA_STATE"}
for name in [name for name in os.environ if name.startswith("CATENA_") and name not in KEPT]:
    del os.environ[name]
os.environ["CATENA_SECRET_KEY"] = "only-for-tests-only-for-tests-only-for-tests-0123456789"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
SCRATCH = Path(tempfile.mkdtemp(prefix="catena-test-"))

hypothesis_settings.register_profile("quick", max_examples=60, deadline=None)
hypothesis_settings.register_profile("few", max_examples=15, deadline=None)
hypothesis_settings.register_profile(
    "soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("quick")


class Unset(str):
    """Stands for a template variable that has no value: an error in our own templates.

    Django asks whether the replacement is true before it shows it. In the templates of other
    packages it is not, so that they render as they always do.
    """

    OURS = str(Path(__file__).parent.parent / "templates")
    THEIRS = str(Path(OURS) / "allauth")  # laid into their pages, with their variables

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        variable = getattr(frame.f_locals.get("self"), "var", "?")
        template = _template_rendered_in(frame)
        if template.startswith(self.OURS) and not template.startswith(self.THEIRS):
            pytest.fail(f"{template} shows {{{{ {variable} }}}}, which has no value here.")
        return False


def _template_rendered_in(frame: Any) -> str:
    while frame is not None:
        if frame.f_code.co_name == "render_annotated":
            return str(frame.f_locals["self"].origin)
        frame = frame.f_back
    return ""


def _configure() -> None:
    settings.DEBUG = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    # Tests write faster than people; those of the limits set them.
    for what in ("NOTES", "NOTES_FIRST_DAY", "HIGHLIGHTS", "EDITS", "REPORTS", "EXPORTS"):
        setattr(settings, f"CATENA_LIMIT_{what}", ((100_000, timedelta(minutes=1)),))
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    takeaway = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": SCRATCH / "takeaway"},
    }
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain, "takeaway": takeaway}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True  # else each client first reads every file there is
    templates: Any = settings.TEMPLATES[0]
    templates["OPTIONS"]["string_if_invalid"] = Unset()
    # A database for each process, so that runs on one machine don't meet; SQLite's is a file, as
    # in production, since connections to one in memory lock each other out.
    database: Any = settings.DATABASES["default"]
    sqlite = database["ENGINE"].endswith("sqlite3")
    name = str(SCRATCH / "catena.sqlite3") if sqlite else f"test_catena_{os.getpid()}"
    database.setdefault("TEST", {})["NAME"] = name


# Fixtures that come with a database.
ASKING = {"db", "transactional_db", "django_db_setup", "live_server"}
_configure()
# In a worker pytest has set Django up already, and with it what it made of the settings before.
setting_changed.send(sender=None, setting="TASKS", value=settings.TASKS, enter=True)
django.setup()  # here, so that the conftest modules below this one can import models


@pytest.hookimpl(tryfirst=True)  # before what is chosen by its marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks no database: once is enough, whatever the number of databases."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if not names & ASKING and item.get_closest_marker("django_db") is None:
            item.add_marker("once")


def pytest_unconfigure() -> None:
    shutil.rmtree(SCRATCH, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Only this machine is reached. Drivers written in C, such as PostgreSQL's, are not asked."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            pytest.fail(f"A test wanted to connect to {address}.")
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if not _is_here(host):
            pytest.fail(f"A test wanted to look up {host!r}.")
        return look_up(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _is_here(host: Any) -> bool:
    """Whether this is an address of this machine; an unroutable address goes nowhere either."""
    if host in {None, "", b"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _emptied_by_deleting() -> Iterator[None]:
    """After a test that commits PostgreSQL's tables are emptied as SQLite's are: to delete few rows
    takes a twentieth of the time that it takes to truncate every table. References are looked at
    when all of it is committed, so that the order is no matter; the log lets itself be deleted
    where something is erased."""

    def emptied(self: DatabaseOperations, style: Any, tables: list[str], **_: Any) -> list[str]:
        deleted = [f"DELETE FROM {self.quote_name(table)}" for table in tables]
        return ["SET LOCAL catena.erasing = 'on'", *deleted]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", emptied)
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rows rolled back leave their numbers to the next test, and with them kept fragments."""
    cache.clear()


@pytest.fixture(scope="session")
def kept_cast(django_db_setup: None, django_db_blocker: Any) -> "Kept":
    from tests.cast import keep

    with django_db_blocker.unblock():
        return keep()


@pytest.fixture
def cast(kept_cast: "Kept", db: None) -> "Cast":
    return kept_cast.back()


@pytest.fixture
def reading(cast: "Cast") -> "Reading":
    return cast.reading
