"""The one clock: what is done again and again, by whichever worker ticks first."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from reader import limits, outbox
from reader.actions.batches import take_up_stalled
from reader.models import (
    ClockTick,
    ImportDraft,
    Invitation,
    InvitationBatch,
    JoinRequest,
    SignInLink,
)

DRAFTS_KEPT = timedelta(days=30)
ADDRESSES_KEPT = timedelta(days=30)
RETRY = timedelta(minutes=5)
log = logging.getLogger("catena.clock")


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    interval: timedelta
    run: Callable[[], object]


JOBS: dict[str, Job] = {}


def every(interval: timedelta, name: str) -> Callable[[Callable[[], object]], None]:
    """Put a function on the clock. Its name is its row's key and must stay."""

    def register(run: Callable[[], object]) -> None:
        JOBS[name] = Job(name, interval, run)

    return register


@every(timedelta(seconds=15), "outbox")
def _send_mail() -> None:
    outbox.send_waiting()


@every(timedelta(days=1), "drafts")
def _forget_old_drafts() -> None:
    """Remove what was brought in but never published."""
    old = timezone.now() - DRAFTS_KEPT
    ImportDraft.objects.filter(article=None, created_at__lt=old).delete()


@every(timedelta(minutes=1), "invitations")
def _invite_who_still_waits() -> None:
    take_up_stalled()


@every(timedelta(days=1), "addresses")
def _forget_addresses() -> None:
    """Of people who were invited, or asked, and never came; and links that signed
    them in, once they know."""
    old = timezone.now() - ADDRESSES_KEPT
    Invitation.objects.filter(expires_at__lt=old).exclude(email="").update(email="")
    InvitationBatch.objects.filter(finished_at__lt=old).exclude(skipped=[]).update(skipped=[])
    JoinRequest.objects.filter(user=None, decided_at__lt=old).delete()
    done = Q(used_at=None) | Q(told_at__isnull=False)
    SignInLink.objects.filter(done, expires_at__lt=old).delete()


@every(timedelta(days=1), "limits")
def _forget_counts() -> None:
    limits.forget_old()


@every(timedelta(days=1), "sessions")
def _clear_sessions() -> None:
    call_command("clearsessions")


@every(timedelta(days=1), "tasks")
def _prune_task_results() -> None:
    call_command("prune_db_task_results", verbosity=0)


def run_due(now: datetime | None = None) -> list[str]:
    """Run every job whose time has come; the names of those that ran here.

    A job that fails is logged and tried again soon; it keeps no other from running.
    """
    now = now or timezone.now()
    return [job.name for job in JOBS.values() if _take(job, now) and _run(job, now)]


def _take(job: Job, now: datetime) -> bool:
    """Claim a job's turn. Of several workers asking at once, one row change decides."""
    tick, first = ClockTick.objects.get_or_create(job=job.name, defaults={"ran_at": now})
    if first:
        return True
    turn = ClockTick.objects.filter(
        job=job.name, ran_at=tick.ran_at, ran_at__lte=now - job.interval
    )
    return turn.update(ran_at=now) == 1


def _run(job: Job, now: datetime) -> bool:
    try:
        job.run()
    except Exception:  # whatever one job meets, the others have their turn
        log.exception("%s failed and will be tried again", job.name)
        again = now - job.interval + min(job.interval, RETRY)
        ClockTick.objects.filter(job=job.name, ran_at=now).update(ran_at=again)
        return False
    return True


def last_tick() -> datetime | None:
    """When a worker last looked at the clock; its shortest job tells."""
    return ClockTick.objects.filter(job="outbox").values_list("ran_at", flat=True).first()
