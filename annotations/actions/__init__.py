"""Every write around a text: one transaction each, the permission checked inside it."""

from annotations.actions.copying import copy_group
from annotations.actions.endorsing import endorse, unendorse
from annotations.actions.erasing import erase_group
from annotations.actions.following import carried, follow
from annotations.actions.own_copies import take_copy
from annotations.actions.places import Range, target_on
from annotations.actions.placing import place
from annotations.actions.resolving import reopen, resolve
from annotations.actions.sharing import share
from annotations.actions.writing import (
    annotate,
    circle_of_answer,
    edit,
    reply,
    resubmit,
    take_back,
    withdraw,
)

__all__ = [
    "Range",
    "annotate",
    "carried",
    "circle_of_answer",
    "copy_group",
    "edit",
    "endorse",
    "erase_group",
    "follow",
    "place",
    "reopen",
    "reply",
    "resolve",
    "resubmit",
    "share",
    "take_back",
    "take_copy",
    "target_on",
    "unendorse",
    "withdraw",
]
