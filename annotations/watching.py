"""What is looked at in a group before others read it, in words, and what word rules do to a
text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.enums import Effect
from annotations.models import WordRule
from annotations.moderation.admitting import LINKS_AT_ONCE
from annotations.moderation.reporting import FEW, LARGE, MANY
from annotations.word_rules import Pattern, Text
from reader.models import StudyGroup

# The first that applies decides.
IN_ORDER = (Effect.BLOCK, Effect.HOLD, Effect.FLAG)


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules would do to a text."""

    outcome: str
    hits: list[tuple[WordRule, str]]  # each with what it found
    pieces: list[tuple[str, bool]]  # the text, as the rules read it: whether a rule found it


def watched(rules: Sequence[WordRule]) -> list[tuple[Effect, list[WordRule]]]:
    """Rules by what they do."""
    of_each = [(effect, [rule for rule in rules if rule.effect == effect]) for effect in IN_ORDER]
    return [(effect, some) for effect, some in of_each if some]


def tried(rules: Sequence[WordRule], text: str) -> Trial:
    searched = Text(text)
    found = [(rule, searched.first(Pattern.read(rule.words))) for rule in rules]
    spans = [(rule, span) for rule, span in found if span is not None]
    spans.sort(key=lambda hit: IN_ORDER.index(Effect(hit[0].effect)))
    plain = searched.plain
    hits = [(rule, plain[start:end]) for rule, (start, end) in spans]
    return Trial(_outcome(hits), hits, _pieces(plain, [span for _rule, span in spans]))


def _outcome(hits: Sequence[tuple[WordRule, str]]) -> str:
    if not hits:
        return _("No rule would do anything: it would be published.")
    return {
        Effect.BLOCK: _("This would not be taken, and its author would see which word it is."),
        Effect.HOLD: _("This would wait for a leader."),
        Effect.FLAG: _("This would be published, and shown to the leaders."),
    }[Effect(hits[0][0].effect)]


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        pieces += [(text[at:start], False), (text[max(at, start) : end], True)]
        at = end
    return [piece for piece in (*pieces, (text[at:], False)) if piece[0]]


def what_waits(group: StudyGroup) -> list[str]:
    """Every rule by which something waits for a leader, so that none is there unseen."""
    said = []
    if group.premoderates:
        said.append(
            _("Every note of a member, and every change of one, waits until a leader has seen it.")
        )
    elif group.holds_first:
        said.append(
            ngettext(
                "The first note of a new member waits.",
                "The first %(count)d notes of a new member wait.",
                group.holds_first,
            )
            % {"count": group.holds_first}
        )
    if WordRule.objects.for_notes_in(group.pk).exists():
        said.append(
            _(
                "The leaders watch for certain words: a note with one of them may wait, be shown "
                "to them, or not be taken. Its author is told."
            )
        )
    said.append(
        _("A note with more than %(links)d links waits, until one of its author’s was approved.")
        % {"links": LINKS_AT_ONCE}
    )
    said.append(_("Of one person the notes may wait, if a leader decides so; they are told."))
    if group.hides_reported:
        said.append(
            _(
                "A note that %(few)d people have reported is hidden until a leader decides; in a "
                "group of %(large)d and more it takes %(many)d."
            )
            % {"few": FEW, "many": MANY, "large": LARGE}
        )
    else:
        said.append(_("A report alone hides nothing: a leader decides."))
    return said
