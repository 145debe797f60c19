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


class Actor(TextChoices):
    """In what part somebody did something. People are told this, never who it was."""

    AUTHOR = "author", _("its author")
    SYSTEM = "system", _("a rule of the group")
    MODERATOR = "moderator", _("a moderator")
    OWNER = "owner", _("the owner")
    ADMINISTRATOR = "administrator", _("the site administrator")


class Verb(TextChoices):
    """What is done in moderating. The first ones change a note's state: see transitions."""

    PUBLISH = "publish", _("published")
    HOLD = "hold", _("held for a moderator")
    HIDE = "hide", _("hidden")
    APPROVE = "approve", _("approved")
    REMOVE = "remove", _("removed")
    SEND_BACK = "send_back", _("sent back to its author")
    RESUBMIT = "resubmit", _("sent again by its author")
    RESTORE = "restore", _("restored")
    WITHDRAW = "withdraw", _("deleted by its author")
    TAKE_BACK = "take_back", _("no longer deleted")
    PURGE = "purge", _("erased")
    # Of a published note whose author wants other words there.
    HOLD_EDIT = "hold_edit", _("an edit held for a moderator")
    PUBLISH_EDIT = "publish_edit", _("an edit published")
    DECLINE_EDIT = "decline_edit", _("an edit declined")
    FLAG = "flag", _("flagged")
    REPORT = "report", _("reported")
    IGNORE = "ignore", _("left as it is")
    UNDO = "undo", _("taken back")
    LOCK = "lock", _("closed to replies")
    PAUSE = "pause", _("paused")
    UNLOCK = "unlock", _("opened to replies")
    # Of a member.
    SET_STANDING = "set_standing", _("standing changed")
    ACKNOWLEDGE = "acknowledge", _("warning acknowledged")
    BULK = "bulk", _("several notes at once")
    ANSWER = "answer", _("asked to reconsider, and answered")
    # Of the group.
    CHANGE_RULES = "change_rules", _("rules changed")
    STEP_IN = "step_in", _("the site administrator stepped in")
    ASK_PURGE = "ask_purge", _("asked to be erased")
    BRING_IN = "bring_in", _("notes brought in from a file")
    ADOPT = "adopt", _("a guest’s notes taken over")


class Rule(TextChoices):
    """Why the system held or hid something, or showed it to moderators."""

    GROUP = "group", _("Everything waits for a moderator here")
    MEMBER = "member", _("Its author’s notes wait for a moderator")
    NEWCOMER = "newcomer", _("One of a new member’s first notes")
    WORD = "word", _("A word rule")
    LINKS = "links", _("Several links from somebody of whom nothing was approved yet")
    REPORTS = "reports", _("Reported by several people")
    AGAIN = "again", _("Sent again after it was removed")


class Effect(TextChoices):
    """What a word rule does."""

    HOLD = "hold", _("hold the note for a moderator")
    FLAG = "flag", _("publish it, and show it to the moderators")
    BLOCK = "block", _("don’t take it; the author sees which word it is")


class Outcome(TextChoices):
    """How a case ended."""

    UPHELD = "upheld", _("acted on")
    KEPT = "kept", _("kept")
    IGNORED = "ignored", _("no action needed")
    DUPLICATE = "duplicate", _("the same as another")


class Told(TextChoices):
    """What a message in the app is about."""

    DECIDED = "decided", _("a decision about your note")
    REPORT_ANSWERED = "report_answered", _("what became of your report")
    STANDING = "standing", _("your part in the group")
    WAITING = "waiting", _("something waits for a moderator")
    ASKED_AGAIN = "asked_again", _("somebody asks to reconsider")
    ANSWERED = "answered", _("an answer to what you asked")
    STEPPED_IN = "stepped_in", _("the site administrator stepped in")
    PURGE_ASKED = "purge_asked", _("a group asks to erase a note")
    OFFERED = "offered", _("notes that may be yours")


class ExportFormat(TextChoices):
    """What notes are taken home as."""

    MARKDOWN = "md", _("Markdown")
    EDITION = "html", _("annotated edition")
    PDF = "pdf", _("annotated edition, PDF")
    WORD = "docx", _("Word document")
    CSV = "csv", _("table (CSV)")
    READWISE = "readwise", _("table for Readwise (CSV)")
    JSON_LD = "jsonld", _("Web Annotations (JSON-LD)")
    ARCHIVE = "archive", _("archive")


class Naming(TextChoices):
    """What people are called in what is taken home; each may have asked for less."""

    SHOWN = "shown", _("as the group shows them")
    INITIALS = "initials", _("by initials")
    PSEUDONYMS = "pseudonyms", _("by pseudonyms")


SPAM = "spam"
