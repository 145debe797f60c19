"""Why notes are removed: a group's own rows or, until it makes some, these."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.enums import SPAM
from annotations.models import Reason
from reader.models import StudyGroup

# Code, label, and what the author reads.
DEFAULTS = (
    (
        "unkind",
        gettext_lazy("Hurts somebody"),
        gettext_lazy("It hurts somebody, or is about a person rather than about the text."),
    ),
    (
        "off-topic",
        gettext_lazy("Not about the text"),
        gettext_lazy("It leads away from the text that we read together."),
    ),
    (
        "private",
        gettext_lazy("Tells something private"),
        gettext_lazy("It tells something private about somebody who may not want that."),
    ),
    (
        "spoiler",
        gettext_lazy("Gives away what comes"),
        gettext_lazy("It gives away what others haven’t read yet."),
    ),
    ("double", gettext_lazy("Said twice"), gettext_lazy("The same stands here already.")),
    (SPAM, gettext_lazy("Spam"), ""),
    ("other", gettext_lazy("Something else"), ""),
)


# For erasing alone, in every group.
LEGAL, LEGAL_LABEL = "legal", gettext_lazy("A law asks for it")


def reasons_of(group: StudyGroup) -> list[Reason]:
    """Every reason that a group has or had, in order; what is retired only explains old
    decisions. Spam, which sends no message and holds its author, is always there."""
    return list(Reason.objects.of(group)) or defaults_for(group)


def defaults_for(group: StudyGroup) -> list[Reason]:
    return [
        Reason(group=group, code=code, label=str(label), sentence=str(sentence), position=at)
        for at, (code, label, sentence) in enumerate(DEFAULTS)
    ]


def in_use(reasons: list[Reason]) -> list[Reason]:
    return [reason for reason in reasons if not reason.retired]


def label_of(reasons: list[Reason], code: str) -> str:
    """ "" for none; a code that no row has any more says itself."""
    if not code:
        return ""
    if code == LEGAL:
        return str(LEGAL_LABEL)
    found = next((reason.label for reason in reasons if reason.code == code), "")
    return found or code or _("no reason")
