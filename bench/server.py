"""A site of the benchmark's own: state, database, port and process, all gone afterwards."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PORTS = range(8100, 8200)
START_SECONDS = 30
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Seeded:
    """What `seed_load --json` prints: a reading, and a member's Cookie header."""

    group: str
    article: str
    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Site:
    port: int
    environment: dict[str, str]

    def connect(self) -> http.client.HTTPConnection:
        """A client; it keeps its connection from one request to the next."""
        return http.client.HTTPConnection(HOST, self.port, timeout=60)

    def manage(self, *command: str) -> str:
        ended = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            sys.exit(f"manage.py {' '.join(command)} failed:\n{ended.stderr}")
        return ended.stdout

    def seed(self, **counts: int) -> Seeded:
        options = [f"--{name}={count}" for name, count in counts.items()]
        return Seeded(**json.loads(self.manage("seed_load", *options, "--json")))


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """A running site, on SQLite or on a new database of the PostgreSQL in DATABASE_URL."""
    with tempfile.TemporaryDirectory(prefix="catena-bench-") as state, _database() as url:
        port = _free_port()
        site = Site(port, _environment(state, url, port))
        site.manage("migrate", "--verbosity=0")
        site.manage("collectstatic", "--noinput", "--verbosity=0")
        with _process(site):
            yield site


def _environment(state: str, url: str, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CATENA_")}
    return kept | {
        "CATENA_STATE": state,
        "CATENA_SECRET_KEY": secrets.token_urlsafe(40),
        "CATENA_ALLOW_SEED": "1",
        # Few clients write as fast as many would.
        "CATENA_LIMIT_NOTES": "100000/min",
        "CATENA_LIMIT_NOTES_FIRST_DAY": "100000/min",
        # As long as it gets.
        "CATENA_PDF_PAGES": "10000",
        "CATENA_PORT": str(port),
        "DATABASE_URL": url,
    }


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """The URL of a database for this run; empty for SQLite in the state directory."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield ""
        return
    import psycopg

    name = f"catena_bench_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _free_port() -> int:
    for port in PORTS:
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port
    sys.exit(f"No port from {PORTS[0]} to {PORTS[-1]} is free.")


@contextlib.contextmanager
def _process(site: Site) -> Iterator[None]:
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "config.asgi:application", "--host", HOST,
         "--port", str(site.port), "--no-access-log", "--log-level", "warning"],
        cwd=ROOT,
        env=site.environment,
    )  # fmt: skip
    try:
        _wait_for(site, server)
        yield
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(site: Site, server: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), contextlib.closing(site.connect()) as client:
            client.request("GET", "/readyz")
            if client.getresponse().status == 200:
                return
        time.sleep(0.1)
    sys.exit("The benchmark's server doesn't answer.")
