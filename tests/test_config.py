"""Settings come from the environment; what is wrong there is said in one sentence."""

import logging
import os
import re
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from config.logs import Discreet

STATE = Path("/state")


class TestVariables:
    @pytest.mark.parametrize("said", ["1", "true", "YES", " on "])
    def test_on(self, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
        monkeypatch.setenv("CATENA_X", said)
        assert env.flag("CATENA_X") is True

    @pytest.mark.parametrize("said", ["0", "False", "no", "off"])
    def test_off(self, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
        monkeypatch.setenv("CATENA_X", said)
        assert env.flag("CATENA_X", default=True) is False

    def test_set_to_nothing_is_not_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CATENA_X", " ")
        assert env.text("CATENA_X", "given") == "given"
        assert env.flag("CATENA_X", default=True) is True
        assert env.number("CATENA_X", 8) == 8
        assert env.choice("CATENA_X", "a", {"a", "b"}) == "a"

    def test_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        minute, hour = timedelta(minutes=1), timedelta(hours=1)
        assert env.limits("CATENA_X", "12/min 120/h") == ((12, minute), (120, hour))
        monkeypatch.setenv("CATENA_X", " 5/day ")
        assert env.limits("CATENA_X", "12/min") == ((5, timedelta(days=1)),)

    @pytest.mark.parametrize("wrong", ["12", "0/min", "-1/min", "1/week", "1/min 2", "/h", "1 / h"])
    def test_limits_that_are_none(self, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
        monkeypatch.setenv("CATENA_X", wrong)
        with pytest.raises(ImproperlyConfigured, match="it must be a number above 0 for each of"):
            env.limits("CATENA_X", "12/min")

    def test_mistakes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CATENA_X", "maybe")
        with pytest.raises(ImproperlyConfigured, match="CATENA_X is 'maybe'; it must be 1 or 0"):
            env.flag("CATENA_X")
        with pytest.raises(ImproperlyConfigured, match="it must be a whole number"):
            env.number("CATENA_X", 8)
        with pytest.raises(ImproperlyConfigured, match="it must be one of a, b"):
            env.choice("CATENA_X", "a", {"b", "a"})


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 9), True),
        ((3, 45, 0), False),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_versions_of_sqlite_whose_wal_is_safe(version: tuple[int, int, int], safe: bool) -> None:
    assert env.wal_is_safe(version) is safe


class TestSecret:
    @pytest.fixture(autouse=True)
    def _unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CATENA_SECRET_KEY")

    def test_the_variable_comes_first(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "secret-key").write_text("kept")
        monkeypatch.setenv("CATENA_SECRET_KEY", "a" * 40)
        assert env.secret_key(tmp_path, debug=False) == "a" * 40

    def test_then_the_kept_one(self, tmp_path: Path) -> None:
        (tmp_path / "secret-key").write_text("kept\n")
        assert env.secret_key(tmp_path, debug=False) == "kept"

    def test_none_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(ImproperlyConfigured, match="No secret key: set CATENA_SECRET_KEY"):
            env.secret_key(tmp_path, debug=False)
        assert env.secret_key(tmp_path, debug=True) != env.secret_key(tmp_path, debug=True)

    def test_a_short_one(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("CATENA_SECRET_KEY", "short")
        with pytest.raises(ImproperlyConfigured, match="at least 32 characters"):
            env.secret_key(tmp_path, debug=True)


class TestDatabase:
    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("", "/state/catena.sqlite3"),
            ("sqlite:///notes.sqlite3", "notes.sqlite3"),
            ("sqlite:////srv/my%20notes.sqlite3", "/srv/my notes.sqlite3"),
        ],
    )
    def test_sqlite(self, url: str, name: str) -> None:
        database = env.database(url, STATE, threads=8)
        assert database["ENGINE"] == "django.db.backends.sqlite3"
        assert database["NAME"] == name
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "synchronous=FULL" in database["OPTIONS"]["init_command"]

    def test_a_state_directory_with_any_name(self) -> None:
        database = env.database("", Path("/srv/50% of #1?"), threads=8)
        assert database["NAME"] == "/srv/50% of #1?/catena.sqlite3"

    def test_postgresql(self) -> None:
        url = "postgresql://mira:p%40ss@db.example.org:5433/circle?sslmode=require"
        database = env.database(url, STATE, threads=8)
        assert database == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "circle",
            "USER": "mira",
            "PASSWORD": "p@ss",
            "HOST": "db.example.org",
            "PORT": "5433",
            "CONN_MAX_AGE": 0,
            "OPTIONS": {
                "sslmode": "require",
                "pool": {"min_size": 1, "max_size": 12, "timeout": 10},
            },
        }

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("mysql://localhost/catena", "DATABASE_URL begins with 'mysql'; use sqlite:///PATH"),
            ("postgresql://localhost:five/catena", "DATABASE_URL has a port that is not a number"),
        ],
    )
    def test_mistakes(self, url: str, sentence: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
            env.database(url, STATE, threads=8)


class TestMail:
    def test_none(self) -> None:
        assert env.mailers("")["default"]["BACKEND"].endswith("dummy.EmailBackend")

    def test_on_the_console(self) -> None:
        assert env.mailers("console:")["default"]["BACKEND"].endswith("console.EmailBackend")

    @pytest.mark.parametrize(
        ("url", "port", "ssl", "tls"),
        [
            ("smtp://u:p@mail.example.org", 587, False, True),
            ("smtp://u:p@mail.example.org:25", 25, False, False),
            ("smtps://u:p@mail.example.org", 465, True, False),
        ],
    )
    def test_smtp(self, url: str, port: int, ssl: bool, tls: bool) -> None:
        options = env.mailers(url)["default"]["OPTIONS"]
        assert (options["host"], options["username"]) == ("mail.example.org", "u")
        assert (options["port"], options["use_ssl"], options["use_tls"]) == (port, ssl, tls)

    def test_mistakes(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="CATENA_MAIL_URL must be smtp://"):
            env.mailers("mail.example.org")


@pytest.mark.leaks
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not Found: /join/s3cr-t_/", "Not Found: /join/…/"),
        ("Forbidden (CSRF): /claim/s3cret?x=1", "Forbidden (CSRF): /claim/…?x=1"),
        ("/accounts/confirm-email/Mw:1s3cret/", "/accounts/confirm-email/…/"),
        ("/accounts/password/reset/key/1-s3cret/ failed", "/accounts/password/reset/key/…/ failed"),
        ("Gone: /join/K7QX-M2PD/ask/", "Gone: /join/…/ask/"),
        ("Gone: /sign-in/s3cr-t_/", "Gone: /sign-in/…/"),
        (
            "/accounts/signup/?next=%2Fjoin%2Fs3cr-t_%2F%3Fagreed%3D1",
            "/accounts/signup/?next=%2Fjoin%2F…%2F%3Fagreed%3D1",
        ),
        ("/accounts/login/?next=/join/s3cr-t_/", "/accounts/login/?next=/join/…/"),
        ("Not Found: /g/circle/", "Not Found: /g/circle/"),
    ],
)
def test_no_log_line_holds_a_link_that_lets_in(said: str, kept: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s", (said,), None)
    assert Discreet("{message}", style="{").format(record) == kept


class TestStart:
    """What a person sees who starts it with a wrong environment."""

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *command],
            env={"PATH": os.environ["PATH"], "CATENA_SECRET_KEY": "k" * 50, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.run("manage.py", *command.split(), **environment)

    def value(self, name: str, **environment: str) -> str:
        ask = f"from config import settings; print(settings.{name})"
        return self.run("-c", ask, **environment).stdout.strip()

    def test_a_mistake_is_one_sentence(self) -> None:
        ended = self.start("check", CATENA_URL="catena.example.org")
        assert ended.returncode == 1
        assert ended.stderr == (
            "CATENA_URL is 'catena.example.org'; it must be http(s)://HOST[:PORT].\n"
        )

    def test_the_port_is_in_the_address(self) -> None:
        assert self.value("CATENA_URL", CATENA_PORT="8123") == "http://127.0.0.1:8123"
        assert self.value("CATENA_PORT", CATENA_URL="http://localhost:8124") == "8124"
        assert self.value("CATENA_PORT", CATENA_URL="https://example.org:8443") == "8000"

    def test_cookies_are_for_https_only_where_the_address_is(self) -> None:
        assert self.value("SESSION_COOKIE_SECURE", CATENA_URL="https://example.org") == "True"
        assert self.value("SESSION_COOKIE_SECURE") == "False"

    def test_production_has_no_warning(self) -> None:
        ended = self.start(
            "check --deploy --fail-level WARNING",
            CATENA_URL="https://example.org",
            CATENA_SECRET_KEY="".join(chr(33 + at) for at in range(90)),
        )
        assert ended.returncode == 0, ended.stderr

    def test_a_busy_port_is_one_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = busy.getsockname()[1]
            ended = self.start("serve --check-port", CATENA_PORT=str(port))
        assert ended.returncode == 1
        assert ended.stderr == (
            f"CommandError: Port {port} is taken: stop what runs there, "
            "or choose another with CATENA_PORT=8001.\n"
        )


def test_another_build_has_another_name(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "page.html"
    template.parent.mkdir()
    template.write_text("one")
    static = tmp_path / "static"
    static.mkdir()
    first = env.build(tmp_path, static)
    assert env.build(tmp_path, static) == first
    template.write_text("two")
    second = env.build(tmp_path, static)
    (static / "staticfiles.json").write_text("{}")
    assert len({first, second, env.build(tmp_path, static)}) == 3
