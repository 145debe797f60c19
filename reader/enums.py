"""The words that rows hold."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    OWNER = "owner", _("owner")
    MODERATOR = "moderator", _("moderator")
    MEMBER = "member", _("member")
    OBSERVER = "observer", _("observer")


LEADERS = (Role.OWNER, Role.MODERATOR)
# Who invites people as what; nobody makes owners by an invitation.
INVITERS: dict[str, tuple[Role, ...]] = {
    Role.MODERATOR: (Role.OWNER,),
    Role.MEMBER: LEADERS,
    Role.OBSERVER: LEADERS,
}


class Preset(TextChoices):
    """What a group's rules were taken from; each can have been changed since."""

    CIRCLE = "circle", _("Reading circle")
    CLASS = "class", _("Class")
    SENSITIVE = "sensitive", _("Sensitive text")


class Standing(TextChoices):
    ACTIVE = "active", _("active")
    HELD = "held", _("held")
    WARNED = "warned", _("warned")
    MUTED = "muted", _("muted")
    SUSPENDED = "suspended", _("suspended")
    BANNED = "banned", _("banned")


NO_ACCESS = (Standing.SUSPENDED, Standing.BANNED)
NO_WRITING = (*NO_ACCESS, Standing.MUTED, Standing.WARNED)


class Joining(TextChoices):
    OPEN = "open", _("open to everybody here")
    REQUEST = "request", _("by request")
    INVITATION = "invitation", _("by invitation")


class Readable(TextChoices):
    MEMBERS = "members", _("members")
    PUBLIC = "public", _("everybody")


class NewcomersRead(TextChoices):
    EVERYTHING = "everything", _("everything that was written")
    FROM_NOW = "from_now", _("what is written from the day they join")


class Exporting(TextChoices):
    """Who takes other people's words home."""

    MEMBERS = "members", _("all members")
    LEADERS = "leaders", _("leaders only")


class TakenHome(TextChoices):
    """What somebody is called in what others take home; what is later in this list tells less."""

    SHOWN = "shown", _("as the group shows me")
    INITIALS = "initials", _("by my initials")
    PSEUDONYM = "pseudonym", _("by a pseudonym")


class Sharing(TextChoices):
    GROUP = "group", _("this group")
    CHOSEN = "chosen", _("chosen groups")
    EVERYONE = "everyone", _("everyone here")


class Status(TextChoices):
    PLANNED = "planned", _("planned")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


class Reveal(TextChoices):
    """When members of a reading see each other's notes; leaders always do."""

    AT_ONCE = "at_once", _("at once")
    AFTER_OWN = "after_own", _("after writing notes oneself")
    AFTER_FINISHED = "after_finished", _("after saying that one has finished")
    AT_DATE = "at_date", _("from a date on")


class Bylines(TextChoices):
    NAMES = "names", _("names")
    PSEUDONYMS = "pseudonyms", _("pseudonyms")


class Theme(TextChoices):
    SYSTEM = "system", _("as the system")
    PAPER = "paper", _("paper")
    WHITE = "white", _("white")
    DARK = "dark", _("dark")


class TextSize(IntegerChoices):
    SMALL = 1, _("small")
    MEDIUM = 2, _("medium")
    LARGE = 3, _("large")
    LARGEST = 4, _("largest")


class BlockKind(TextChoices):
    """What a block of an article is; formats.md's words."""

    HEADING = "heading", _("heading")
    PARAGRAPH = "paragraph", _("paragraph")
    QUOTATION = "quotation", _("quotation")
    LIST_ITEM = "list_item", _("list item")
    VERSE = "verse", _("verse")
    PREFORMATTED = "preformatted", _("preformatted")
    FIGURE = "figure", _("figure")
    FOOTNOTE = "footnote", _("footnote")
    SEPARATOR = "separator", _("separator")


# What readers count when they say "paragraph 12".
NUMBERED = (
    BlockKind.PARAGRAPH,
    BlockKind.QUOTATION,
    BlockKind.LIST_ITEM,
    BlockKind.VERSE,
    BlockKind.PREFORMATTED,
    BlockKind.FIGURE,
)
