"""What a group watches for, and why notes are removed there: its own words for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotations.enums import SPAM, Effect, Verb
from annotations.models import LogEntry, Reason, WordRule
from annotations.moderation.logbook import part_of, record
from annotations.permissions import can_moderate, can_step_in
from annotations.reasons import LEGAL, defaults_for
from annotations.word_rules import Pattern
from reader.models import StudyGroup, User
from reader.permissions import membership_of, require

# So many are asked of every note that somebody writes.
WORD_RULES_AT_MOST = 200
REASONS_AT_MOST = 30


@transaction.atomic
def add_word_rule(*, by: User, group: StudyGroup | None, words: str, effect: str) -> WordRule:
    """In one group or, without one, on the whole site; ValidationError says what is wrong.

    Of the same words there is one rule: again, with another effect, changes that one.
    """
    _require_rules(by, group)
    try:
        words = Pattern.read(words).words
    except ValueError as wrong:
        raise ValidationError({"words": str(wrong)}) from wrong
    known = {rule.words: rule for rule in WordRule.objects.of(group)}
    rule = known.get(words) or WordRule(group=group, words=words, created_by=by)
    if rule.pk is None and len(known) >= WORD_RULES_AT_MOST:
        message = _("There are %(most)d word rules, and that is as many as there can be.")
        raise ValidationError({"words": message % {"most": WORD_RULES_AT_MOST}})
    if rule.pk is not None and rule.effect == effect:
        return rule
    rule.effect, rule.created_by = effect, by
    rule.full_clean()
    rule.save()
    _log(by, group, "word_rule_added", effect=Effect(effect).value, words=words)
    return rule


@transaction.atomic
def drop_word_rule(*, by: User, rule: WordRule) -> None:
    """What it has held or flagged stays where it is."""
    _require_rules(by, rule.group)
    _log(by, rule.group, "word_rule_dropped", effect=rule.effect, words=rule.words)
    rule.delete()


@transaction.atomic
def add_reason(*, by: User, group: StudyGroup, label: str, sentence: str = "") -> Reason:
    rows = _own_reasons(by, group)
    if len(rows) >= REASONS_AT_MOST:
        message = _("There are %(most)d reasons, and that is as many as there can be.")
        raise ValidationError({"label": message % {"most": REASONS_AT_MOST}})
    last = Reason.objects.of(group).aggregate(last=Max("position"))["last"]
    reason = Reason(
        group=group,
        code=_free_code(rows, label),
        label=label,
        sentence=sentence,
        position=last + 1,
    )
    reason.full_clean()
    reason.save()
    _log(by, group, "reason_added", words=label)
    return reason


@transaction.atomic
def change_reason(*, by: User, group: StudyGroup, code: str, label: str, sentence: str) -> Reason:
    """In other words; decisions that name it are read with them too."""
    reason = _one(_own_reasons(by, group), code)
    if (reason.label, reason.sentence) == (label, sentence):
        return reason
    reason.label, reason.sentence = label, sentence
    reason.full_clean()
    reason.save(update_fields=["label", "sentence"])
    _log(by, group, "reason_changed", words=label)
    return reason


@transaction.atomic
def move_reason(*, by: User, group: StudyGroup, code: str, step: int) -> None:
    """Up by one where `step` is -1, down where it is 1, as far as there is room."""
    rows = _own_reasons(by, group)
    at = rows.index(_one(rows, code))
    to = max(0, min(len(rows) - 1, at + step))
    rows.insert(to, rows.pop(at))
    for position, row in enumerate(rows):
        row.position = position
    Reason.objects.bulk_update(rows, ["position"])


@transaction.atomic
def retire_reason(*, by: User, group: StudyGroup, code: str, retired: bool = True) -> Reason:
    """It is no longer chosen, or is again; what was decided with it keeps it."""
    require(code != SPAM, _("Spam stays: it sends no message, and holds who sends it."))
    reason = _one(_own_reasons(by, group), code)
    if reason.retired != retired:
        reason.retired = retired
        reason.save(update_fields=["retired"])
        _log(by, group, "reason_retired" if retired else "reason_back", words=reason.label)
    return reason


def _require_rules(by: User, group: StudyGroup | None) -> None:
    if group is None:
        require(can_step_in(by), _("Only the site's administrators change its rules."))
        return
    allowed = can_moderate(membership_of(by, group))
    require(allowed, _("Only the group's leaders change its rules."))
    # Of two who change them at once, the second sees what the first has done.
    list(StudyGroup.objects.select_for_update().filter(pk=group.pk).values_list("pk"))


def _own_reasons(by: User, group: StudyGroup) -> list[Reason]:
    """The group's own rows, in order; with its first change it gets those that it had."""
    _require_rules(by, group)
    rows = list(Reason.objects.of(group))
    return rows or Reason.objects.bulk_create(defaults_for(group))


def _one(rows: Sequence[Reason], code: str) -> Reason:
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise ValidationError(_("This reason isn't there any more."))
    return found


def _free_code(rows: Sequence[Reason], label: str) -> str:
    taken = {LEGAL, *(row.code for row in rows)}
    stem = slugify(label)[:30] or "reason"
    return next(
        code
        for code in (stem, *(f"{stem}-{n}" for n in range(2, REASONS_AT_MOST + 2)))
        if code not in taken
    )


def _log(by: User, group: StudyGroup | None, what: str, **said: Any) -> LogEntry | None:
    """The site's own rules belong to no group, and to no group's log."""
    if group is None:
        return None
    return record(
        group=group,
        verb=Verb.CHANGE_RULES,
        by=by,
        acting_as=part_of(by, membership_of(by, group)),
        details={"what": what, **said},
    )
