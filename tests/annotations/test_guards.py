"""What a decision asks beside the table: whose note it is, what was seen, and how soon."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from annotations import actions, transitions
from annotations.enums import SPAM, Actor, RevisionState, Verb
from annotations.models import Annotation, AnnotationRevision, Case, LogEntry, Notice, WordRule
from annotations.moderation import (
    MovedOn,
    Refused,
    decide,
    decide_all,
    decline_edit,
    ignore,
    reverse_decision,
    undo,
    words,
)
from annotations.moderation.purging import purge
from annotations.moderation.reporting import report
from annotations.moderation.states import change
from reader.models import Membership, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast
from tests.permissions.world import everything_stored


def fresh(note: Annotation) -> Annotation:
    return Annotation.objects.select_related("reading__group", "creator").get(pk=note.pk)


def case_of(note: Annotation) -> str:
    case = Case.objects.get(annotation=note)
    return case.outcome or "open"


class TestGuards:
    def test_nobody_decides_about_their_own_note(self, cast: Cast, write: Write) -> None:
        for leader in (cast.owner, cast.moderator):
            mine = write(leader, "Mine.")
            for verb in transitions.DECISIONS:
                with pytest.raises(PermissionDenied):
                    decide(by=leader, annotation=mine, verb=verb, seen=1, reason="unkind")
            with pytest.raises(PermissionDenied):
                ignore(by=leader, annotation=mine, seen=1)

    @pytest.mark.parametrize("reason", ["", "no-such", "Unkind"])
    @pytest.mark.parametrize("verb", [Verb.REMOVE, Verb.SEND_BACK])
    def test_a_removal_has_a_reason_of_the_group(
        self, cast: Cast, write: Write, verb: Verb, reason: str
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(premoderates=True)
        cast.reading.group.refresh_from_db()
        note = write(cast.other, "Hm.")
        before = everything_stored()
        with pytest.raises(PermissionDenied, match="reason"):
            decide(by=cast.moderator, annotation=note, verb=verb, seen=1, reason=reason)
        assert everything_stored() == before

    def test_a_note_is_sent_again_twice_at_most(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Hm.")
        for times in (1, 2, 3):
            note = fresh(note)
            decide(
                by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=note.version,
                reason="unkind",
            )  # fmt: skip
            note = fresh(note)
            if times == 3:
                break
            sent = actions.resubmit(by=cast.other, annotation=note, seen=note.version, body="Hm.")
            assert sent.resubmitted == times
        before = everything_stored()
        with pytest.raises(PermissionDenied):
            actions.resubmit(by=cast.other, annotation=note, seen=note.version, body="Hm.")
        assert everything_stored() == before

    def test_what_was_removed_as_spam_is_not_sent_again(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Buy it.")
        decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason=SPAM)
        assert not Notice.objects.filter(to=cast.other).exists()
        assert Membership.objects.get(user=cast.other, group=cast.group).standing == "held"
        before = everything_stored()
        with pytest.raises(PermissionDenied):
            actions.resubmit(by=cast.other, annotation=note, seen=2, body="Buy it now.")
        assert everything_stored() == before

    def test_words_that_a_rule_blocks_are_not_sent_again(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Hm.")
        decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason="unkind")
        rule = {"words": "cabbage", "effect": "block", "created_by": cast.owner}
        WordRule.objects.create(group=cast.group, **rule)
        before = everything_stored()
        with pytest.raises(Refused):
            actions.resubmit(by=cast.other, annotation=note, seen=2, body="You cabbage.")
        assert everything_stored() == before


class TestSeen:
    """A decision is made on the version that was looked at."""

    @pytest.mark.parametrize("verb", [Verb.HIDE, Verb.APPROVE, Verb.REMOVE])
    def test_other_words_since(self, cast: Cast, write: Write, verb: Verb) -> None:
        note = write(cast.other, "Hm.")
        actions.edit(by=cast.other, annotation=note, body="Hm, hm.")
        before = everything_stored()
        with pytest.raises(MovedOn):
            decide(by=cast.moderator, annotation=note, verb=verb, seen=1, reason="unkind")
        assert everything_stored() == before

    def test_another_decision_since_names_it(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Hm.")
        first = decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        before = everything_stored()
        with pytest.raises(MovedOn) as moved:
            decide(by=cast.owner, annotation=note, verb=Verb.REMOVE, seen=1, reason="unkind")
        assert moved.value.entry == first.entry
        same = decide(by=cast.owner, annotation=note, verb=Verb.APPROVE, seen=1)
        assert (same.already, same.entry) == (True, first.entry)
        assert everything_stored() == before

    def test_the_writer_asks_the_database_once_more(self, cast: Cast, write: Write) -> None:
        """Whoever calls it may hold a note that is old by now."""
        held = fresh(write(cast.other, "Hm."))
        actions.edit(by=cast.other, annotation=held, body="Hm, hm.")
        before = everything_stored()
        for seen in (1, None):
            with pytest.raises(MovedOn):
                change(held, Verb.HIDE, acting_as=Actor.MODERATOR, seen=seen)
        assert everything_stored() == before


class TestUndo:
    def decided(self, cast: Cast, note: Annotation, verb: Verb = Verb.HIDE) -> LogEntry:
        done = decide(
            by=cast.moderator, annotation=note, verb=verb, seen=fresh(note).version,
            reason="unkind" if verb == Verb.REMOVE else "",
        )  # fmt: skip
        assert done.entry
        return done.entry

    def test_for_half_a_minute(
        self, cast: Cast, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = self.decided(cast, write(cast.other, "Hm."))
        before = everything_stored()
        monkeypatch.setattr(timezone, "now", lambda: entry.at + timedelta(seconds=30))
        with pytest.raises(PermissionDenied):
            undo(by=cast.moderator, entry=entry)
        assert everything_stored() == before
        monkeypatch.setattr(timezone, "now", lambda: entry.at + timedelta(seconds=29))
        undo(by=cast.moderator, entry=entry)
        assert fresh(entry.annotation).state == "visible"

    @pytest.mark.parametrize("verb", [Verb.HIDE, Verb.APPROVE, Verb.REMOVE])
    def test_everything_is_as_before(self, cast: Cast, write: Write, verb: Verb) -> None:
        note = fresh(write(cast.other, "Hm."))
        report(by=cast.member, annotation=note, revision=1, reason="unkind")
        undo(by=cast.moderator, entry=self.decided(cast, note, verb))
        now, case = fresh(note), Case.objects.get(annotation=note)
        assert (now.state, now.version, now.reason, now.was_shown) == ("visible", 3, "", True)
        assert (case.resolved_at, case.reports.waiting().count()) == (None, 1)
        assert not Notice.objects.filter(to__in=[cast.other, cast.member]).exists()

    def test_a_held_note_waits_again_as_if_nobody_had_seen_it(
        self, cast: Cast, write: Write
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(premoderates=True)
        cast.reading.group.refresh_from_db()
        note = write(cast.other, "Hm.")
        undo(by=cast.moderator, entry=self.decided(cast, note, Verb.APPROVE))
        now = fresh(note)
        assert (now.state, now.was_shown, now.shown_at) == ("pending", False, None)
        assert Case.objects.get(annotation=note).resolved_at is None

    def test_not_once_something_has_happened(self, cast: Cast, write: Write) -> None:
        edited, removed, deleted = (write(cast.other, f"Hm {n}.") for n in range(3))
        entries = [self.decided(cast, note, Verb.APPROVE) for note in (edited, removed, deleted)]
        actions.edit(by=cast.other, annotation=edited, body="Hm, hm.")
        decide(by=cast.owner, annotation=removed, verb=Verb.REMOVE, seen=2, reason="unkind")
        actions.withdraw(by=cast.other, annotation=deleted)
        before = everything_stored()
        for entry in entries:
            with pytest.raises(MovedOn):
                undo(by=cast.moderator, entry=LogEntry.objects.get(pk=entry.pk))
        assert everything_stored() == before

    def test_twice_is_once(self, cast: Cast, write: Write) -> None:
        entry = self.decided(cast, write(cast.other, "Hm."))
        undone = undo(by=cast.moderator, entry=LogEntry.objects.get(pk=entry.pk))
        before = everything_stored()
        assert undo(by=cast.moderator, entry=LogEntry.objects.get(pk=entry.pk)) == undone
        assert everything_stored() == before

    def test_the_hold_of_a_spammer_goes_with_it(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Buy it.")
        done = decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason=SPAM)
        assert done.entry
        undo(by=cast.moderator, entry=done.entry)
        assert Membership.objects.get(user=cast.other, group=cast.group).standing == "active"

    @pytest.mark.parametrize("at_once", [False, True])
    def test_the_hold_goes_when_it_turns_out_not_to_be_spam(
        self, cast: Cast, write: Write, at_once: bool
    ) -> None:
        note = write(cast.other, "Buy it.")
        if at_once:
            entry = decide_all(
                by=cast.moderator, group=cast.group, chosen=[(note.uuid, 1)], verb=Verb.REMOVE,
                reason=SPAM,
            ).entry  # fmt: skip
        else:
            done = decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason=SPAM)
            assert done.entry
            entry = done.entry
        reverse_decision(by=cast.owner, entry=LogEntry.objects.get(pk=entry.pk))
        theirs = Membership.objects.get(user=cast.other, group=cast.group)
        assert (fresh(note).state, theirs.standing) == ("approved", "active")

    def test_a_removal_whose_reversal_was_taken_back_is_reversed_once_more(
        self, cast: Cast, write: Write
    ) -> None:
        note = write(cast.other, "Hm.")
        removal = self.decided(cast, note, Verb.REMOVE)
        undo(by=cast.owner, entry=reverse_decision(by=cast.owner, entry=removal))
        assert fresh(note).state == "removed"
        reverse_decision(by=cast.owner, entry=LogEntry.objects.get(pk=removal.pk))
        assert fresh(note).state == "approved"

    def test_what_brought_back_several_is_decided_anew(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Hm.")
        bulk = decide_all(
            by=cast.moderator, group=cast.group, chosen=[(note.uuid, 1)], verb=Verb.REMOVE,
            reason="unkind",
        ).entry  # fmt: skip
        back = reverse_decision(by=cast.owner, entry=bulk)
        before = everything_stored()
        with pytest.raises(PermissionDenied):
            undo(by=cast.owner, entry=back)
        assert everything_stored() == before

    def test_a_restored_note_that_is_removed_again_by_undoing(
        self, cast: Cast, write: Write
    ) -> None:
        """It is restored once more, as a reversal of what took it last."""
        note = write(cast.other, "Hm.")
        self.decided(cast, note, Verb.REMOVE)
        undone = undo(by=cast.moderator, entry=self.decided(cast, note, Verb.RESTORE))
        again = self.decided(cast, note, Verb.RESTORE)
        assert (fresh(note).state, again.reverses) == ("approved", undone)


class TestTakeBack:
    def test_for_half_a_minute(
        self, cast: Cast, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note = actions.withdraw(by=cast.other, annotation=write(cast.other, "Hm."))
        since = note.state_at
        assert since
        before = everything_stored()
        monkeypatch.setattr(timezone, "now", lambda: since + timedelta(seconds=30))
        with pytest.raises(PermissionDenied):
            actions.take_back(by=cast.other, annotation=note)
        assert everything_stored() == before
        monkeypatch.setattr(timezone, "now", lambda: since + timedelta(seconds=29))
        assert actions.take_back(by=cast.other, annotation=note).state == "visible"

    def test_what_was_hidden_is_hidden_again(self, cast: Cast, write: Write) -> None:
        """Nobody escapes a decision by deleting and bringing back."""
        note = write(cast.other, "Hm.")
        decide(by=cast.moderator, annotation=note, verb=Verb.HIDE, seen=1)
        actions.withdraw(by=cast.other, annotation=note)
        assert actions.take_back(by=cast.other, annotation=note).state == "hidden"
        assert Case.objects.get(annotation=note).resolved_at is None

    def test_not_what_was_erased_meanwhile(self, cast: Cast, write: Write) -> None:
        note = actions.withdraw(by=cast.other, annotation=write(cast.other, "Hm."))
        User.objects.filter(pk=cast.outsider.pk).update(is_superuser=True)
        cast.outsider.refresh_from_db()
        purge(by=cast.outsider, annotation=note, reason="legal", typed="erase")
        with pytest.raises(PermissionDenied):
            actions.take_back(by=cast.other, annotation=note)


class TestHeldEdits:
    """Of a published note, with the numbers of its words."""

    @pytest.fixture
    def note(self, cast: Cast, write: Write) -> Annotation:
        """Published with the first words, of which a second version waits."""
        note = write(cast.other, "First.", tags=["one"])
        self.hold(cast)
        self.edit(cast, note, "Second.")
        return fresh(note)

    def hold(self, cast: Cast, waits: bool = True) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(premoderates=waits)

    def edit(self, cast: Cast, note: Annotation, body: str) -> Annotation:
        return actions.edit(by=cast.other, annotation=note, body=body, category="yellow")

    def revisions(self, note: Annotation) -> list[tuple[int, str, str]]:
        rows = AnnotationRevision.objects.filter(annotation=note).order_by("number")
        return [(row.number, row.state, row.body) for row in rows]

    def stands(self, note: Annotation) -> tuple[str, str, int, int]:
        now = fresh(note)
        return now.state, now.body, now.revision, now.version

    def rows(self, note: Annotation) -> list[tuple[str, int | None, int | None, bool]]:
        rows = LogEntry.objects.about(note.pk).order_by("pk")
        return [(row.verb, row.version, row.revision, row.for_members) for row in rows]

    def test_what_stands_goes_on_standing(self, note: Annotation) -> None:
        assert self.stands(note) == ("visible", "First.", 1, 2)
        assert self.revisions(note) == [(2, "pending", "Second.")]
        assert self.rows(note) == [("hold_edit", 2, 1, False)]
        assert case_of(note) == "open"

    def test_approving_publishes_it(self, cast: Cast, note: Annotation) -> None:
        done = decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=2)
        assert done.entry
        assert (done.entry.verb, done.entry.before, done.entry.after) == (
            "publish_edit", "visible", "visible",
        )  # fmt: skip
        assert self.stands(note) == ("visible", "Second.", 2, 3)
        assert self.revisions(note) == [(1, "superseded", "First.")]
        assert self.rows(note)[1:] == [("publish_edit", 3, 2, False)]
        assert case_of(note) == "kept"
        assert fresh(note).edited_at is not None

    def test_whoever_approves_it_second_is_told(self, cast: Cast, note: Annotation) -> None:
        first = decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=2)
        second = decide(by=cast.owner, annotation=note, verb=Verb.APPROVE, seen=2)
        assert (second.already, second.entry) == (True, first.entry)

    def test_publishing_undone(self, cast: Cast, note: Annotation) -> None:
        done = decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=2)
        assert done.entry
        undo(by=cast.moderator, entry=done.entry)
        assert self.stands(note) == ("visible", "First.", 1, 4)
        assert self.revisions(note) == [(2, "pending", "Second.")]
        assert self.rows(note)[2:] == [("undo", 4, 1, False)]
        assert (case_of(note), fresh(note).edited_at) == ("open", None)
        decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=4)
        assert self.stands(note) == ("visible", "Second.", 2, 5)

    def test_declining_it(self, cast: Cast, note: Annotation) -> None:
        done = decline_edit(by=cast.moderator, annotation=note, seen=2, reason="unkind")
        assert done.entry
        assert self.stands(note) == ("visible", "First.", 1, 3)
        assert self.revisions(note) == [(2, "declined", "Second.")]
        assert self.rows(note)[1:] == [("decline_edit", 3, 1, False)]
        assert case_of(note) == "upheld"

    def test_declining_undone(self, cast: Cast, note: Annotation) -> None:
        done = decline_edit(by=cast.moderator, annotation=note, seen=2, reason="unkind")
        assert done.entry
        undo(by=cast.moderator, entry=done.entry)
        assert self.stands(note) == ("visible", "First.", 1, 4)
        assert self.revisions(note) == [(2, "pending", "Second.")]
        assert case_of(note) == "open"

    def test_its_author_overtakes_it_with_other_words_that_wait(
        self, cast: Cast, note: Annotation
    ) -> None:
        self.edit(cast, note, "Third.")
        assert self.stands(note) == ("visible", "First.", 1, 3)
        assert [row[1:] for row in self.revisions(note)] == [("pending", "Third.")]
        with pytest.raises(MovedOn):  # nobody has seen the third ones
            decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=2)
        with pytest.raises(MovedOn):
            decline_edit(by=cast.moderator, annotation=note, seen=2, reason="unkind")

    def test_its_author_overtakes_it_with_words_that_pass(
        self, cast: Cast, note: Annotation
    ) -> None:
        self.hold(cast, False)
        self.edit(cast, note, "Third.")
        state, body, revision, version = self.stands(note)
        assert (state, body, version) == ("visible", "Third.", 3)
        assert self.revisions(note) == [(1, "superseded", "First.")]
        assert revision > 1
        assert case_of(note) == "ignored"

    def test_its_author_takes_it_back(self, cast: Cast, note: Annotation) -> None:
        actions.edit(by=cast.other, annotation=note, body="First.", category="yellow", tags=["one"])
        assert self.stands(note) == ("visible", "First.", 1, 3)
        assert (self.revisions(note), case_of(note)) == ([], "ignored")
        with pytest.raises(MovedOn):
            decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=2, reason="unkind")

    def test_a_note_with_one_is_not_left_as_it_is(self, cast: Cast, note: Annotation) -> None:
        """Somebody has to say what becomes of the words that wait."""
        before = everything_stored()
        with pytest.raises(PermissionDenied):
            ignore(by=cast.moderator, annotation=note, seen=2)
        assert everything_stored() == before

    @pytest.mark.parametrize("back", ["approve", "remove"])
    def test_a_note_that_was_hidden_with_one_keeps_its_case(
        self, cast: Cast, note: Annotation, back: str
    ) -> None:
        """Until the words that wait are decided about too."""
        decide(by=cast.moderator, annotation=note, verb=Verb.HIDE, seen=2)
        if back == "remove":
            decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=3, reason="unkind")
            seen, verb = 4, Verb.RESTORE
        else:
            seen, verb = 3, Verb.APPROVE
        decide(by=cast.moderator, annotation=note, verb=verb, seen=seen)
        assert self.stands(note) == ("approved", "First.", 1, seen + 1)
        assert self.revisions(note) == [(2, "pending", "Second.")]
        assert case_of(note) == "open"

    def test_a_hidden_note_keeps_its_case_when_its_edit_is_declined(
        self, cast: Cast, note: Annotation
    ) -> None:
        decide(by=cast.moderator, annotation=note, verb=Verb.HIDE, seen=2)
        decline_edit(by=cast.moderator, annotation=note, seen=3, reason="unkind")
        assert (fresh(note).state, case_of(note)) == ("hidden", "open")

    def test_a_note_sent_again_has_one_set_of_words(self, cast: Cast, note: Annotation) -> None:
        """While it waits, its author's new words are what waits."""
        decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=2, reason="unkind")
        actions.resubmit(
            by=cast.other, annotation=note, seen=3, body="First.", category="yellow", tags=["one"]
        )
        assert words.waiting(fresh(note)) is None
        self.edit(cast, note, "Fourth.")
        now = fresh(note)
        assert (now.state, now.body, words.waiting(now)) == ("pending", "Fourth.", None)
        decide(by=cast.moderator, annotation=now, verb=Verb.APPROVE, seen=now.version)
        assert (fresh(note).body, case_of(note)) == ("Fourth.", "kept")

    def test_numbers_are_never_given_twice(self, cast: Cast, note: Annotation) -> None:
        decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=2)
        self.edit(cast, note, "Third.")
        decline_edit(by=cast.moderator, annotation=note, seen=4, reason="unkind")
        self.edit(cast, note, "Fourth.")
        decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=6)
        assert self.stands(note) == ("visible", "Fourth.", 4, 7)
        assert self.revisions(note) == [
            (1, RevisionState.SUPERSEDED, "First."),
            (2, RevisionState.SUPERSEDED, "Second."),
            (3, RevisionState.DECLINED, "Third."),
        ]


class TestReversal:
    """What a leader brings back later is what that decision took, in the words it took."""

    def removed(self, cast: Cast, note: Annotation) -> LogEntry:
        done = decide(
            by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=fresh(note).version,
            reason="unkind",
        )  # fmt: skip
        assert done.entry
        return done.entry

    def test_by_another_leader(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Hm.")
        entry = self.removed(cast, note)
        done = reverse_decision(by=cast.owner, entry=LogEntry.objects.get(pk=entry.pk))
        assert (fresh(note).state, done.verb, done.reverses) == ("approved", "restore", entry)

    def test_not_what_was_sent_again(self, cast: Cast, write: Write) -> None:
        """Nobody publishes words by reversing what was decided about others."""
        note = write(cast.other, "Hm.")
        entry = self.removed(cast, note)
        actions.resubmit(by=cast.other, annotation=note, seen=2, body="Something else.")
        before = everything_stored()
        with pytest.raises(MovedOn):
            reverse_decision(by=cast.owner, entry=LogEntry.objects.get(pk=entry.pk))
        assert everything_stored() == before
        self.removed(cast, note)
        before = everything_stored()
        with pytest.raises(MovedOn):
            reverse_decision(by=cast.owner, entry=LogEntry.objects.get(pk=entry.pk))
        assert everything_stored() == before
