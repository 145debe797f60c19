"""Every write around a text: one transaction each, the permission checked inside it."""

from annotations.actions.layers import touch
from annotations.actions.places import Range, paragraphs_of, passage_of, target_on
from annotations.actions.writing import annotate, edit, reply, withdraw

__all__ = [
    "Range",
    "annotate",
    "edit",
    "paragraphs_of",
    "passage_of",
    "reply",
    "target_on",
    "touch",
    "withdraw",
]
