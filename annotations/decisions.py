"""Decisions in words: what was decided, by whom, and what has become of a note since somebody
wanted to decide about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotations.bylines import is_former
from annotations.enums import RevisionState, State, Verb
from annotations.models import Annotation, LogEntry, Reason
from annotations.moderation import Decided
from annotations.permissions import can_undo, verbs_for
from annotations.querysets import GONE
from annotations.querysets.moderation import UNDO_FOR
from annotations.reasons import label_of
from reader.models import User
from reader.words import Piece, changes

# What a moderator reads who has just decided.
SAID: dict[Verb, Any] = {
    Verb.APPROVE: gettext_lazy("Approved."),
    Verb.HIDE: gettext_lazy("Hidden until somebody decides."),
    Verb.REMOVE: gettext_lazy("Removed."),
    Verb.SEND_BACK: gettext_lazy("Sent back to its author."),
    Verb.RESTORE: gettext_lazy("Restored."),
    Verb.PUBLISH_EDIT: gettext_lazy("The new words are published."),
    Verb.DECLINE_EDIT: gettext_lazy("The edit is declined; what stood there stays."),
    Verb.IGNORE: gettext_lazy("Left as it is."),
}

# What the log has of a note beside decisions about it: an author's edit makes some of it.
BY_THE_WAY = (Verb.HOLD, Verb.HOLD_EDIT, Verb.FLAG, Verb.REPORT)
AGAIN: dict[str, Any] = {
    Verb.APPROVE: gettext_lazy("Approve it as it is now"),
    Verb.HIDE: gettext_lazy("Hide it all the same"),
    Verb.REMOVE: gettext_lazy("Remove it all the same"),
    Verb.RESTORE: gettext_lazy("Restore it all the same"),
}


def undo_for(user: User, entry: LogEntry) -> int:
    """For how many more seconds this person can take back a decision."""
    if hasattr(entry, "reversed_by") or not can_undo(user, entry):
        return 0
    left = entry.at + UNDO_FOR - timezone.now()
    return max(0, -(-left // timedelta(seconds=1)))


def name_of(entry: LogEntry) -> str:
    """Who did it, as leaders read it."""
    if entry.actor is None:
        return str(entry.get_acting_as_display())
    former = is_former(entry.actor, nameless=False)
    return _("a former member") if former else entry.actor.name


def said_of(done: Decided) -> str:
    """What has just been decided, in a sentence."""
    entry = done.entry
    if entry is None:
        return _("This had been decided already.")
    if done.already:
        said = {"what": entry.get_verb_display(), "name": name_of(entry)}
        return _("Already %(what)s by %(name)s.") % said
    if entry.verb == Verb.BULK:
        parts = entry.parts.count()
        removed = ngettext("One note removed.", "%(count)d notes removed.", parts)
        return removed % {"count": parts}
    return str(SAID.get(Verb(entry.verb), entry.get_verb_display()))


@dataclass(frozen=True)
class Since:
    """What has become of a note since somebody saw it and wanted to decide."""

    note: Annotation
    entry: LogEntry | None  # what others decided since
    changed: Sequence[Piece]  # how the words differ, where they do
    edit_waits: bool
    can_be_read: bool
    verb: str  # what was to be decided
    reason: str  # of the decision since, in words

    @property
    def sentence(self) -> str:
        if self.entry is not None:
            said = {"name": name_of(self.entry), "what": self.entry.get_verb_display()}
            return _("%(name)s was here before you: %(what)s.") % said
        if self.note.state == State.WITHDRAWN:
            return _("Its author has deleted it meanwhile.")
        if self.edit_waits:
            return _("Its author wants other words there now.")
        if self.changed:
            return _("Its author has changed the words meanwhile.")
        return _("It isn’t any more as you saw it.")

    @property
    def again(self) -> str:
        """To decide the same about what is there now."""
        return str(AGAIN.get(self.verb, _("Decide it all the same")))

    @property
    def can_decide_again(self) -> bool:
        verb = Verb.REMOVE if self.verb not in Verb else self.verb
        return verb in verbs_for(self.note, edit_waits=self.edit_waits, in_case=True)


def since_then(note: Annotation, decided: Mapping[str, Any], reasons: list[Reason]) -> Since:
    """`decided` is what was sent: the verb, the version seen and the revision of its words."""
    since = LogEntry.objects.about(note.pk).filter(version__gt=decided["seen"])
    entry: LogEntry | None = since.exclude(verb__in=BY_THE_WAY).select_related("actor").first()
    edit = note.revisions.filter(state=RevisionState.PENDING).first()
    before = note.revisions.filter(number=decided["revision"] or 0).first()
    in_case = note.cases.open().exists()
    pieces: Sequence[Piece] = ()
    if before is not None and before.number < note.revision:
        pieces = changes(before.body, note.body)
    elif edit is not None:
        pieces = changes(note.body, edit.body)
    can_be_read = note.state not in GONE or in_case
    return Since(
        note,
        entry,
        pieces if can_be_read else (),
        edit is not None,
        can_be_read,
        decided["verb"],
        label_of(reasons, entry.reason) if entry is not None else "",
    )
