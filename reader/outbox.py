"""Mail that is never lost: written with what caused it, sent by the worker, repeated until sent."""

from datetime import datetime, timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.tasks import task
from django.utils import timezone

from reader.models import OutboxMessage

# Doubling from a minute, twelve tries take 34 hours: a mail server may be away for a day.
MAX_ATTEMPTS = 12
FIRST_RETRY = timedelta(minutes=1)
# While one worker sends a message no other picks it up; a crash frees it after this long.
CLAIM = timedelta(minutes=5)


def enqueue(
    *, to: str, subject: str, body: str, cause: str = "", not_before: datetime | None = None
) -> OutboxMessage:
    """Write a message into the present transaction; it leaves once that is committed, and not
    before a moment where one is named. Until then `take_back` knows it by its cause."""
    message = OutboxMessage.objects.create(
        cause=cause,
        not_before=not_before or timezone.now(),
        message_id=make_msgid(domain=urlsplit(settings.CATENA_URL).hostname),
        to=to,
        subject=" ".join(subject.split())[:400],
        body=body,
    )
    # Robust: the message is safe already, so a full queue mustn't fail the request.
    if not_before is None:
        transaction.on_commit(_deliver_soon, robust=True)
    return message


def take_back(cause: str) -> int:
    """Send nothing more of what this caused; how many messages that were."""
    waiting = OutboxMessage.objects.filter(cause=cause, sent_at=None, given_up_at=None)
    return waiting.update(given_up_at=timezone.now(), body="", last_error="taken back")


def _deliver_soon() -> None:
    deliver.enqueue()


@task
def deliver() -> int:
    return send_waiting()


def send_waiting(limit: int = 100) -> int:
    """Send what is due, oldest first; how many were sent."""
    due = OutboxMessage.objects.filter(
        sent_at=None, given_up_at=None, not_before__lte=timezone.now()
    ).order_by("not_before", "pk")
    return sum(_send(message) for message in due[:limit])


def _send(message: OutboxMessage) -> bool:
    if not _claim(message):
        return False
    try:
        EmailMessage(
            message.subject,
            message.body,
            settings.DEFAULT_FROM_EMAIL,
            [message.to],
            headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
        ).send()
    except Exception as failed:  # whatever a mail server does, the message stays
        _put_off(message, failed)
        return False
    message.sent_at, message.body, message.last_error = timezone.now(), "", ""
    message.save(update_fields=["sent_at", "body", "last_error"])
    return True


def _claim(message: OutboxMessage) -> bool:
    """Whether this worker sends it: of several, the first to count the attempt does."""
    mine = OutboxMessage.objects.filter(
        pk=message.pk, sent_at=None, given_up_at=None, attempts=message.attempts
    ).update(attempts=F("attempts") + 1, not_before=timezone.now() + CLAIM)
    message.attempts += mine
    return mine == 1


def _put_off(message: OutboxMessage, failed: Exception) -> None:
    now = timezone.now()
    message.last_error = f"{type(failed).__name__}: {failed}"[:400]
    message.not_before = now + FIRST_RETRY * 2 ** (message.attempts - 1)
    if message.attempts >= MAX_ATTEMPTS:
        message.given_up_at, message.body = now, ""
    message.save(update_fields=["last_error", "not_before", "given_up_at", "body"])
