"""How words come in: what holds them for a moderator, shows them to one, or turns them away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, Actor, Audience, Effect, Rule, State, Verb
from annotations.models import Annotation, WordRule
from annotations.moderation.cases import open_case
from annotations.moderation.logbook import record
from annotations.querysets import AnnotationQuerySet
from annotations.word_rules import found, links_in
from reader.enums import Standing
from reader.models import Membership, StudyGroup
from reader.permissions import is_leader, standing_now

LINKS_AT_ONCE = 2
MODERATED = (Audience.GROUP, Audience.CIRCLE)


class Refused(Exception):
    """Words that aren't taken; the sentence says why, and nothing was stored."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Admission:
    """How words came in: freely, held by a rule, or published and shown to the moderators."""

    rule: Rule | None = None
    matched: str = ""
    is_held: bool = False

    @property
    def state(self) -> State:
        return State.PENDING if self.is_held else State.VISIBLE


FREELY = Admission()


@dataclass(frozen=True)
class Gate:
    """What a member's words have to pass in one group. Leaders' pass, and so do those that only
    leaders or one person read."""

    group: StudyGroup
    membership: Membership

    def admit(self, annotation: Annotation, *, is_edit: bool = False) -> Admission:
        """What becomes of these words; raises Refused for those that a word rule blocks."""
        if is_leader(self.membership) or annotation.audience not in MODERATED:
            return FREELY
        words = "\n".join([annotation.body, *annotation.tags])
        if matched := self._matched(Effect.BLOCK, words):
            sentence = _("“%(words)s” isn’t taken in this group. Say it in other words.")
            raise Refused(sentence % {"words": matched})
        if (held := self._held(words, is_edit=is_edit)) is not None:
            return held
        if matched := self._matched(Effect.FLAG, words):
            return Admission(Rule.WORD, matched)
        return FREELY

    def _held(self, words: str, *, is_edit: bool) -> Admission | None:
        if standing_now(self.membership) == Standing.HELD:
            return Admission(Rule.MEMBER, is_held=True)
        if matched := self._matched(Effect.HOLD, words):
            return Admission(Rule.WORD, matched, is_held=True)
        if self.group.premoderates:
            return Admission(Rule.GROUP, is_held=True)
        if not is_edit and self._is_among_first:
            return Admission(Rule.NEWCOMER, is_held=True)
        if links_in(words) > LINKS_AT_ONCE and not self._has_approval:
            return Admission(Rule.LINKS, is_held=True)
        return None

    @cached_property
    def _rules(self) -> dict[str, list[str]]:
        rules: dict[str, list[str]] = {effect: [] for effect in Effect}
        for rule in WordRule.objects.for_notes_in(self.group.pk):
            rules[rule.effect].append(rule.words)
        return rules

    def _matched(self, effect: Effect, words: str) -> str:
        return found(self._rules[effect], words)

    @cached_property
    def _is_among_first(self) -> bool:
        first = self.group.holds_first
        return first > 0 and self._own.filter(state__in=PUBLISHED).count() < first

    @cached_property
    def _has_approval(self) -> bool:
        return self._own.filter(state=State.APPROVED).exists()

    @property
    def _own(self) -> AnnotationQuerySet:
        return Annotation.objects.filter(
            creator=self.membership.user_id,
            reading__group=self.group,
            audience__in=MODERATED,
        )


def let_come(annotation: Annotation, admission: Admission) -> None:
    """Give a note that isn't stored yet the state that it comes in with."""
    annotation.state = admission.state
    annotation.was_shown = not admission.is_held
    if admission.is_held:
        annotation.state_at = annotation.created_at


def follow_up(annotation: Annotation, group: StudyGroup, admission: Admission) -> None:
    """Of a stored note: show the moderators what a rule stopped or flagged."""
    if admission.rule is None:
        return
    open_case(annotation, group, rule=admission.rule, matched=admission.matched)
    held = Verb.HOLD_EDIT if annotation.is_published else Verb.HOLD
    record(
        group=group,
        verb=held if admission.is_held else Verb.FLAG,
        acting_as=Actor.SYSTEM,
        annotation=annotation,
        rule=admission.rule,
    )
