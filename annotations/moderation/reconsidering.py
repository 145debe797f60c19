"""Please reconsider: whom a decision is about asks once, and somebody else answers in writing."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, RevisionState, Told, Verb
from annotations.models import Annotation, LogEntry, Reconsideration
from annotations.moderation import words
from annotations.moderation.deciding import decide
from annotations.moderation.logbook import part_of, record
from annotations.moderation.reversing import reverse_decision
from annotations.moderation.states import MovedOn
from annotations.moderation.telling import tell, tell_leaders
from annotations.permissions import can_answer, can_reconsider
from annotations.querysets import GONE
from reader.models import User
from reader.permissions import membership_of, require


class AnsweredAlready(Exception):
    """Somebody else was faster; `reconsideration` holds what they answered."""

    def __init__(self, reconsideration: Reconsideration) -> None:
        super().__init__(_("Somebody else has answered this in the meantime."))
        self.reconsideration = reconsideration


@transaction.atomic
def ask(*, by: User, decision: LogEntry, words: str) -> Reconsideration:
    """Ask once that others look at a decision again; asked already, it stays as it was."""
    require(can_reconsider(by, decision), _("Only whom a decision is about asks to reconsider it."))
    require(not hasattr(decision, "reversed_by"), _("This decision has been reversed already."))
    asked, is_new = Reconsideration.objects.get_or_create(
        decision=decision, defaults={"group": decision.group, "asked_by": by, "words": words}
    )
    if is_new:
        asked.clean_fields(exclude=["decision", "group", "asked_by", "answered_by"])
        path = f"{reverse('moderation', args=[decision.group.slug])}?tab=reconsider"
        tell_leaders(Told.ASKED_AGAIN, group=decision.group, path=path, without=by)
    return asked


@transaction.atomic
def answer(
    *, by: User, reconsideration: Reconsideration, grant: bool, answer: str
) -> Reconsideration:
    """Answer in writing; to grant it reverses the decision, as far as it still stands.

    Raises AnsweredAlready where that is so.
    """
    rows = Reconsideration.objects.select_for_update(of=("self",))
    asked = rows.select_related(
        "decision__annotation__reading__group", "decision__membership", "group", "asked_by"
    ).get(pk=reconsideration.pk)
    decision, membership = asked.decision, membership_of(by, asked.group)
    allowed = can_answer(by, membership, asked)
    require(allowed, _("Another leader than the one who decided answers this."))
    if asked.answered_at is not None:
        raise AnsweredAlready(asked)
    if grant:
        _grant(by, decision, answer)
    asked.answered_by, asked.answered_at = by, timezone.now()
    asked.answer, asked.granted = answer, grant
    asked.clean_fields(exclude=["decision", "group", "asked_by", "answered_by"])
    asked.save(update_fields=["answered_by", "answered_at", "answer", "granted"])
    note = decision.annotation
    if note is not None:
        note.refresh_from_db(fields=["state", "version", "revision"])
    record(
        group=asked.group,
        verb=Verb.ANSWER,
        by=by,
        acting_as=part_of(by, membership),
        annotation=note,
        before=note.state if note is not None else "",
        membership=decision.membership,
        sentence=answer,
        details={"decision": decision.pk, "granted": grant},
    )
    path = reverse("decision", args=[decision.pk])
    tell(
        asked.asked_by, Told.ANSWERED, group=asked.group, path=path, entry=decision, answer=answer,
        granted=grant,
    )  # fmt: skip
    return asked


def _grant(by: User, decision: LogEntry, sentence: str) -> None:
    note = decision.annotation
    if hasattr(decision, "reversed_by"):
        return
    if decision.verb == Verb.DECLINE_EDIT and note is not None:
        _take_edit(by, note, decision.details["edit"], sentence)
    elif note is None or note.state not in GONE:
        with suppress(MovedOn):  # sent again, say: that is decided by itself
            reverse_decision(by=by, entry=decision, sentence=sentence, tells=False)


def _take_edit(by: User, note: Annotation, number: int, sentence: str) -> None:
    """Let the declined words stand after all, unless their author has written others since."""
    declined = note.revisions.filter(number=number, state=RevisionState.DECLINED).first()
    overtaken = note.revision > number or words.waiting(note) is not None
    if declined is None or overtaken or note.state not in PUBLISHED:
        return
    words.wait_again(note, number=number, seen=note.version)
    decide(by=by, annotation=note, verb=Verb.APPROVE, seen=note.version, sentence=sentence)
