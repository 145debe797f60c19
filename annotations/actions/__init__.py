"""Every write around a text: one transaction each, the permission checked inside it."""

from annotations.actions.copying import copy_group
from annotations.actions.erasing import erase_group
from annotations.actions.following import carried, follow
from annotations.actions.layers import touch
from annotations.actions.own_copies import take_copy
from annotations.actions.places import Range, paragraphs_of, passage_of, target_on
from annotations.actions.placing import place
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
    "carried",
    "circle_of_answer",
    "copy_group",
    "edit",
    "erase_group",
    "follow",
    "paragraphs_of",
    "passage_of",
    "place",
    "reply",
    "share",
    "take_copy",
    "target_on",
    "touch",
    "withdraw",
]
