"""Every job has its turn, once, whoever looks at the clock."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from reader import clock, outbox
from reader.models import ClockTick, ImportDraft, StudyGroup, User

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A clock with one job, hourly; what it rang."""
    bell: list[str] = []
    job = clock.Job("bell", HOUR, lambda: bell.append("rang"))
    monkeypatch.setattr(clock, "JOBS", {job.name: job})
    return bell


def test_the_clock_runs_every_job_at_first(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert clock.run_due() == list(clock.JOBS)
    assert set(clock.JOBS) >= {
        "outbox", "drafts", "invitations", "addresses", "limits", "sessions", "tasks",
    }  # fmt: skip


def test_a_job_waits_for_its_interval(rung: list[str]) -> None:
    now = timezone.now()
    assert clock.run_due(now) == ["bell"]
    assert clock.run_due(now + HOUR - timedelta(seconds=1)) == []
    assert clock.run_due(now + HOUR) == ["bell"]
    assert rung == ["rang", "rang"]


def test_a_job_that_fails_is_tried_again_soon_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    daily = timedelta(days=1)
    jobs = [clock.Job("broken", daily, fail), clock.Job("whole", daily, lambda: None)]
    monkeypatch.setattr(clock, "JOBS", {job.name: job for job in jobs})
    now = timezone.now()
    assert clock.run_due(now) == ["whole"]
    assert "broken failed" in caplog.text
    before = ClockTick.objects.get(job="broken").ran_at
    assert clock.run_due(now + clock.RETRY - timedelta(seconds=1)) == []
    assert ClockTick.objects.get(job="broken").ran_at == before
    clock.run_due(now + clock.RETRY)
    assert ClockTick.objects.get(job="broken").ran_at == before + clock.RETRY


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ran_before", [False, True])
def test_of_several_workers_one_runs_it(rung: list[str], ran_before: bool) -> None:
    now = timezone.now()
    if ran_before:
        ClockTick.objects.create(job="bell", ran_at=now - HOUR)
    start = threading.Barrier(4)
    ran: list[str] = []

    def worker() -> None:
        start.wait()
        ran.extend(clock.run_due(now))
        connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert ran == ["bell"]
    assert rung == ["rang"]


def test_drafts_never_published_are_forgotten_after_thirty_days() -> None:
    mira = User.objects.create_user("mira@example.org", name="Mira")
    group = StudyGroup.objects.create(name="Circle", slug="circle")

    def draft(days: int) -> UUID:
        age = timezone.now() - timedelta(days=days)
        draft = ImportDraft.objects.create(group=group, created_by=mira, parsed={}, created_at=age)
        return draft.pk

    draft(31)
    kept = draft(29)
    clock.JOBS["drafts"].run()
    assert list(ImportDraft.objects.values_list("pk", flat=True)) == [kept]


def test_expired_sessions_are_cleared() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - HOUR)
    Session.objects.create(session_key="new", session_data="", expire_date=now + HOUR)
    clock.JOBS["sessions"].run()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


def test_the_command_names_what_ran(rung: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("run_due")
    call_command("run_due")
    assert capsys.readouterr().out == "bell\n"


class TestDoctor:
    def told(self, capsys: pytest.CaptureFixture[str]) -> str:
        call_command("doctor")
        return capsys.readouterr().out

    def test_a_whole_installation(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = self.told(capsys)
        assert "WRONG" not in told
        assert "Every migration is applied" in told
        assert ("SQLite" if connection.vendor == "sqlite" else "PostgreSQL") in told
        assert "The clock has not ticked yet" in told

    def test_a_clock_that_stopped(self, capsys: pytest.CaptureFixture[str]) -> None:
        ClockTick.objects.create(job="outbox", ran_at=timezone.now() - HOUR)
        with pytest.raises(SystemExit, match="1"):
            call_command("doctor")
        assert "WRONG  The clock last ticked at" in capsys.readouterr().out

    def test_mail_that_could_not_be_sent(self, capsys: pytest.CaptureFixture[str]) -> None:
        message = outbox.enqueue(to="mira@example.org", subject="Hello", body="")
        message.given_up_at, message.last_error = timezone.now(), "no such host"
        message.save(update_fields=["given_up_at", "last_error"])
        with pytest.raises(SystemExit, match="1"):
            call_command("doctor")
        assert "WRONG  Mail could not be sent this week: no such host" in capsys.readouterr().out
