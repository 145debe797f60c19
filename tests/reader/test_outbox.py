"""Mail is written with its cause, sent once, and repeated until it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone

from reader import outbox
from reader.models import OutboxMessage

pytestmark = pytest.mark.django_db


class Refusing(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("nobody there")


@pytest.fixture
def no_mail_server(settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Refusing"}}


def write(**given: str) -> OutboxMessage:
    words: dict[str, Any] = {"to": "mira@example.org", "subject": "An answer", "body": "Read on."}
    words |= given
    return outbox.enqueue(**words)


def make_due(message: OutboxMessage) -> None:
    message.refresh_from_db()
    message.not_before = timezone.now()
    message.save(update_fields=["not_before"])


def test_it_leaves_once_the_transaction_is_committed(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        message = write()
        assert mail.outbox == []
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["mira@example.org"], "An answer", "Read on.")
    assert sent.extra_headers["Message-ID"] == message.message_id
    message.refresh_from_db()
    assert message.sent_at is not None
    assert message.body == ""


@pytest.mark.django_db(transaction=True)
def test_it_is_gone_with_the_transaction_that_caused_it() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_takes_nothing_fails_nobody(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    backend = "django.tasks.backends.immediate.ImmediateBackend"
    settings.TASKS = {"default": {"BACKEND": backend, "QUEUES": ["another"]}}
    with transaction.atomic():
        write()
    assert "_deliver_soon" in caplog.text
    assert mail.outbox == []
    assert outbox.send_waiting() == 1


def test_sending_twice_sends_once() -> None:
    write()
    assert outbox.send_waiting() == 1
    assert outbox.send_waiting() == 0
    assert len(mail.outbox) == 1


def test_oldest_first_and_no_more_than_asked_for() -> None:
    for number in range(3):
        write(subject=str(number))
    assert outbox.send_waiting(limit=2) == 2
    assert [message.subject for message in mail.outbox] == ["0", "1"]


def test_another_worker_that_was_first_keeps_it() -> None:
    message = write()
    seen = OutboxMessage.objects.get(pk=message.pk)
    assert outbox._claim(message)
    assert not outbox._claim(seen)
    assert outbox.send_waiting() == 0


def test_after_a_crash_it_is_sent_again_under_the_same_id() -> None:
    message = write()
    assert outbox._claim(message)
    make_due(message)
    assert outbox.send_waiting() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == message.message_id


@pytest.mark.usefixtures("no_mail_server")
def test_a_failure_waits_twice_as_long_each_time() -> None:
    message = write()
    waits = []
    for _ in range(4):
        make_due(message)
        assert outbox.send_waiting() == 0
        message.refresh_from_db()
        waits.append(round((message.not_before - timezone.now()) / timedelta(minutes=1)))
    assert waits == [1, 2, 4, 8]
    assert message.last_error == "ConnectionRefusedError: nobody there"
    assert message.body == "Read on."


@pytest.mark.usefixtures("no_mail_server")
def test_it_gives_up_at_last_and_forgets_the_words() -> None:
    message = write()
    for _ in range(outbox.MAX_ATTEMPTS):
        make_due(message)
        outbox.send_waiting()
    message.refresh_from_db()
    assert message.given_up_at is not None
    assert message.body == ""
    make_due(message)
    outbox.send_waiting()
    message.refresh_from_db()
    assert message.attempts == outbox.MAX_ATTEMPTS


def test_a_subject_is_one_line() -> None:
    write(subject="Hello\r\nBcc: everybody@example.org")
    outbox.send_waiting()
    assert mail.outbox[0].subject == "Hello Bcc: everybody@example.org"
    assert mail.outbox[0].recipients() == ["mira@example.org"]
