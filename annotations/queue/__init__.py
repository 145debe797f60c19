"""The moderators' queue, read."""

from annotations.queue.done import DECISION
from annotations.queue.pages import Tab, Wanted, choices_of, counts_of, queue_of
from annotations.queue.waiting import marked, waiting_about

__all__ = [
    "DECISION",
    "Tab",
    "Wanted",
    "choices_of",
    "counts_of",
    "marked",
    "queue_of",
    "waiting_about",
]
