"""Settings come from the environment; a wrong value stops the start with one sentence."""

import hashlib
import os
import secrets
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """A variable that is set to nothing counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0.")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number.")
    return int(value)


STRETCHES = {"min": 60, "h": 3_600, "day": 86_400}


def limits(name: str, default: str) -> tuple[tuple[int, timedelta], ...]:
    """How often, in how long a stretch: "12/min 120/h"."""
    found = []
    for each in text(name, default).split():
        count, _slash, stretch = each.partition("/")
        if not count.isdecimal() or not int(count) or stretch not in STRETCHES:
            raise ImproperlyConfigured(
                f"{name} has {each!r}; it must be a number above 0 for each of min, h or day, "
                f"such as {default}."
            )
        found.append((int(count), timedelta(seconds=STRETCHES[stretch])))
    return tuple(found)


def choice(name: str, default: str, allowed: set[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        options = ", ".join(sorted(allowed))
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {options}.")
    return value


def secret_key(state: Path, *, debug: bool) -> str:
    """CATENA_SECRET_KEY, or the key that set-up wrote into the state directory."""
    if value := text("CATENA_SECRET_KEY"):
        if len(value) < 32:
            raise ImproperlyConfigured("CATENA_SECRET_KEY must have at least 32 characters.")
        return value
    kept = state / "secret-key"
    if kept.exists():
        return kept.read_text().strip()
    if debug:
        return secrets.token_urlsafe(48)
    raise ImproperlyConfigured(
        f"No secret key: set CATENA_SECRET_KEY, or run `make setup`, which writes {kept}."
    )


# SQLite 3.7.0 to 3.51.2 can lose committed writes in WAL mode when a connection restarts the
# log while another checkpoints it; these lines carry the repair. https://sqlite.org/wal.html
WAL_REPAIRED = {(3, 44): 6, (3, 50): 7}


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    major, minor, patch = version
    repaired_from = WAL_REPAIRED.get((major, minor))
    return version >= (3, 51, 3) or (repaired_from is not None and patch >= repaired_from)


def build(code: Path, static: Path) -> str:
    """What this build makes pages of: its templates, its code for notes, its static files."""
    parts = [*code.glob("templates/**/*.html"), *code.glob("annotations/**/*.py")]
    made = hashlib.sha256()
    for part in [*sorted(parts), static / "staticfiles.json"]:
        if part.exists():
            made.update(part.read_bytes())
    return made.hexdigest()[:12]


def database(url: str, state: Path, *, threads: int) -> dict[str, Any]:
    """Django's DATABASES entry for DATABASE_URL; SQLite in the state directory where it's empty."""
    if not url:
        return _sqlite(str(state / "catena.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path.removeprefix("/")))
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgresql(parts, threads)
    raise ImproperlyConfigured(
        f"DATABASE_URL begins with {parts.scheme!r}; use sqlite:///PATH or "
        "postgresql://USER:PASSWORD@HOST/NAME."
    )


def _postgresql(parts: SplitResult, threads: int) -> dict[str, Any]:
    """What stands behind `?` goes to the driver, such as sslmode=require."""
    pool = {"min_size": 1, "max_size": threads + 4, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(_port("DATABASE_URL", parts) or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {**dict(parse_qsl(parts.query)), "pool": pool},
    }


def _port(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as wrong:
        raise ImproperlyConfigured(f"{name} has a port that is not a number.") from wrong


def _sqlite(name: str) -> dict[str, Any]:
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "TRUNCATE"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL; PRAGMA mmap_size=0;"
            ),
        },
    }


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Django's MAILERS for CATENA_MAIL_URL: smtp://, smtps:// or console:; none where empty."""
    parts = urlsplit(url)
    if not url:
        return _mailer("dummy")
    if parts.scheme == "console":
        return _mailer("console")
    if parts.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(
            "CATENA_MAIL_URL must be smtp://USER:PASSWORD@HOST:PORT, smtps://… or console:."
        )
    port = _port("CATENA_MAIL_URL", parts)
    return _mailer(
        "smtp",
        host=parts.hostname or "localhost",
        port=port or (465 if parts.scheme == "smtps" else 587),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp" and port != 25,
        timeout=20,
    )


def _mailer(kind: str, **options: Any) -> dict[str, dict[str, Any]]:
    backend = f"django.core.mail.backends.{kind}.EmailBackend"
    return {"default": {"BACKEND": backend, "OPTIONS": options}}
