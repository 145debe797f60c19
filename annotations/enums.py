"""The words that rows hold."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Motivation(TextChoices):
    HIGHLIGHTING = "highlighting", _("highlight")
    COMMENTING = "commenting", _("comment")
    QUESTIONING = "questioning", _("question")
    REPLYING = "replying", _("reply")


class Category(TextChoices):
    """Three are for members to choose; blue marks questions and violet leaders' prompts."""

    YELLOW = "yellow", _("highlight")
    GREEN = "green", _("important")
    ROSE = "rose", _("doubt")
    BLUE = "blue", _("question")
    VIOLET = "violet", _("prompt")


CHOSEN_CATEGORIES = (Category.YELLOW, Category.GREEN, Category.ROSE)


class Audience(TextChoices):
    PRIVATE = "private", _("only me")
    CIRCLE = "circle", _("my circle")
    GROUP = "group", _("the group")
    LEADERS = "leaders", _("leaders")
    # A leader's reply to one person, and what follows from it between that person and the leaders.
    PERSON = "person", _("one person and the leaders")


class State(TextChoices):
    VISIBLE = "visible", _("visible")
    APPROVED = "approved", _("approved")
    PENDING = "pending", _("waits for a moderator")
    HIDDEN = "hidden", _("hidden")
    REMOVED = "removed", _("removed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    PURGED = "purged", _("purged")


PUBLISHED = (State.VISIBLE, State.APPROVED)
WITHDRAWABLE = (*PUBLISHED, State.PENDING, State.HIDDEN)
# What leaves a stone behind where other people's replies remain.
TOMBSTONES = (State.HIDDEN, State.REMOVED, State.WITHDRAWN, State.PURGED)


class AnchorState(TextChoices):
    EXACT = "exact", _("exact")
    MOVED = "moved", _("moved")
    APPROXIMATE = "approximate", _("approximate")
    DETACHED = "detached", _("detached")


class RevisionState(TextChoices):
    SUPERSEDED = "superseded", _("superseded")
    PENDING = "pending", _("waiting for a moderator")
    DECLINED = "declined", _("declined")
