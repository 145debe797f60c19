"""What a group starts with: named sets of rules, each of which can be changed afterwards."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reader.enums import Bylines, Exporting, Joining, NewcomersRead, Preset, Readable, Reveal


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a group, by the names of its columns."""

    joining: Joining
    approves_links: bool
    readable_by: Readable
    premoderates: bool
    holds_first: int
    newcomers_read: NewcomersRead
    reveal: Reveal
    reveal_after: int
    bylines: Bylines
    exporting: Exporting
    hides_reported: bool
    log_is_open: bool
    mails_quote: bool


@dataclass(frozen=True, slots=True)
class Named:
    policy: Policy
    sentence: str | Promise  # what it means for those who read there


CIRCLE = Policy(
    joining=Joining.INVITATION,
    approves_links=False,
    readable_by=Readable.MEMBERS,
    premoderates=False,
    holds_first=0,
    newcomers_read=NewcomersRead.EVERYTHING,
    reveal=Reveal.AT_ONCE,
    reveal_after=1,
    bylines=Bylines.NAMES,
    exporting=Exporting.MEMBERS,
    hides_reported=False,
    log_is_open=True,
    mails_quote=True,
)
CLASS = replace(CIRCLE, reveal=Reveal.AFTER_OWN, exporting=Exporting.LEADERS)
SENSITIVE = replace(
    CIRCLE,
    approves_links=True,
    holds_first=1,
    newcomers_read=NewcomersRead.FROM_NOW,
    bylines=Bylines.PSEUDONYMS,
    exporting=Exporting.LEADERS,
    mails_quote=False,
)

PRESETS: dict[Preset, Named] = {
    Preset.CIRCLE: Named(
        CIRCLE,
        _(
            "People you know, by invitation: everybody sees every note at once, under names, and "
            "may take the notes home."
        ),
    ),
    Preset.CLASS: Named(
        CLASS,
        _(
            "By invitation or a code on the board: each sees the others’ notes after writing one, "
            "so that everybody thinks first; leaders export."
        ),
    ),
    Preset.SENSITIVE: Named(
        SENSITIVE,
        _(
            "A link asks you first, newcomers see only what is written from now on and their first "
            "note waits for you; people write under pseudonyms, only leaders export, and mails "
            "carry nobody’s words."
        ),
    ),
}
