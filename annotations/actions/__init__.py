"""Every write around a text: one transaction each, the permission checked inside it."""

from annotations.actions.copying import copy_group
from annotations.actions.erasing import erase_group
from annotations.actions.layers import touch
from annotations.actions.places import Range, paragraphs_of, passage_of, target_on
from annotations.actions.sharing import share
from annotations.actions.writing import (
    admit,
    annotate,
    approve,
    circle_of_answer,
    edit,
    reply,
    withdraw,
)

__all__ = [
    "Range",
    "admit",
    "annotate",
    "approve",
    "circle_of_answer",
    "copy_group",
    "edit",
    "erase_group",
    "paragraphs_of",
    "passage_of",
    "reply",
    "share",
    "target_on",
    "touch",
    "withdraw",
]
