from django.db import models
from django.utils import timezone


class OutboxMessage(models.Model):
    """A mail written in the transaction that caused it and sent by the worker afterwards.

    A crash between sending and marking repeats it at most once, under the same Message-ID.
    The words are wiped once it is sent.
    """

    message_id = models.CharField(max_length=200, unique=True)
    # What it tells of, where that can be undone: until it is sent, it is taken back by this name.
    cause = models.CharField(max_length=60, blank=True)
    to = models.EmailField()
    subject = models.CharField(max_length=400)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=400, blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before"],
                name="outbox_waiting",
                condition=models.Q(sent_at=None, given_up_at=None),
            ),
            models.Index(fields=["cause"], name="outbox_cause", condition=~models.Q(cause="")),
        ]

    def __str__(self) -> str:
        return self.message_id


class ClockTick(models.Model):
    """When a recurring job last ran, so that several workers share one clock."""

    job = models.CharField(max_length=60, primary_key=True)
    ran_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.job
