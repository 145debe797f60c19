"""Keeping a discussion fit for everybody: every write of it, with its row in the log, in one
transaction."""

from annotations.moderation.admitting import Refused
from annotations.moderation.deciding import (
    AT_ONCE,
    Decided,
    Results,
    decide,
    decide_all,
    decline_edit,
    ignore,
    remove_with_replies,
)
from annotations.moderation.reversing import reverse_decision, undo
from annotations.moderation.states import MovedOn

__all__ = [
    "AT_ONCE",
    "Decided",
    "MovedOn",
    "Refused",
    "Results",
    "decide",
    "decide_all",
    "decline_edit",
    "ignore",
    "remove_with_replies",
    "reverse_decision",
    "undo",
]
