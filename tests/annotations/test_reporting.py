"""Reports: what they do, what they leave, and who never learns of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from annotations import actions, moderation
from annotations.enums import Actor, Outcome, Rule, State, Told, Verb
from annotations.models import Annotation, Case, LogEntry, Notice, Reason, Report
from annotations.moderation import MovedOn
from annotations.moderation.reporting import report, withdraw_report
from reader.enums import Standing
from reader.limits import TooMany
from reader.models import Membership, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of, join

HTMX = {"HX-Request": "true"}
TEN_AN_HOUR = ((10, timedelta(hours=1)),)
THANKS = "Thank you. A leader will look at it, and you are told what came of it."


@pytest.fixture
def note(cast: Cast, write: Write) -> Annotation:
    return write(cast.member, "Sharp words.")


def reported(by: User, note: Annotation, **given: Any) -> Report:
    said = {"revision": 1, "reason": "unkind", **given}
    return report(by=by, annotation=note, **said)


def only_case() -> Case:
    found: Case = Case.objects.get()
    return found


def closed() -> tuple[bool, str]:
    case = only_case()
    return case.resolved_at is not None, case.outcome


class TestReport:
    def test_it_keeps_the_words_and_opens_a_case(self, cast: Cast, note: Annotation) -> None:
        made = reported(cast.other, note, sentence="About me.")
        assert Report.objects.values_list(
            "reporter__name", "revision", "words", "reason", "sentence", "case__outcome"
        ).get() == ("Nils", 1, "Sharp words.", "unkind", "About me.", "")
        assert made.case == only_case()
        row: Any = LogEntry.objects.values_list(
            "verb", "actor", "acting_as", "annotation", "reason", "for_members", "details"
        ).get()
        assert row == (
            Verb.REPORT, None, Actor.SYSTEM, note.pk, "unkind", False, {"report": made.pk},
        )  # fmt: skip
        told = Notice.objects.values_list("to__name", "kind").order_by("to__name")
        assert list(told) == [("Moses", Told.WAITING), ("Olga", Told.WAITING)]
        note.refresh_from_db()
        assert (note.state, note.version) == (State.VISIBLE, 1)

    def test_again_is_the_same_in_other_words(self, cast: Cast, note: Annotation) -> None:
        first = reported(cast.other, note)
        again = reported(cast.other, note, reason="spam", sentence="Twice.")
        assert again.pk == first.pk
        assert list(Report.objects.values_list("reason", "sentence")) == [("spam", "Twice.")]
        assert LogEntry.objects.count() == 1

    def test_many_make_one_case(self, cast: Cast, note: Annotation) -> None:
        people = [cast.other, cast.observer, cast.moderator]
        people += [join(cast.group, f"Person{number}") for number in range(20)]
        for by in people:
            reported(by, note)
        assert (Case.objects.count(), Report.objects.count()) == (1, 23)
        assert Notice.objects.filter(kind=Told.WAITING).count() == 2

    def test_who_reads_along_reports_too(self, cast: Cast, note: Annotation) -> None:
        Membership.objects.filter(user=cast.other).update(standing=Standing.MUTED)
        for by in (cast.observer, cast.other):
            assert reported(by, note).reporter_id == by.pk

    def test_nobody_else_does(self, cast: Cast, note: Annotation, write: Write) -> None:
        Membership.objects.filter(user=cast.other).update(standing=Standing.SUSPENDED)
        private = write(cast.member, "Mine alone.", audience="private")
        held = write(cast.member, "Held.")
        Annotation.objects.filter(pk=held.pk).update(state=State.PENDING)
        for by, of in (
            (cast.member, note),
            (cast.outsider, note),
            (cast.other, note),
            (cast.moderator, private),
            (cast.observer, held),
        ):
            with pytest.raises(PermissionDenied):
                reported(by, of)
        assert not Report.objects.exists()
        assert not Case.objects.exists()

    def test_other_words_stand_there_by_now(self, cast: Cast, note: Annotation) -> None:
        actions.edit(by=cast.member, annotation=note, body="Mild words.")
        with pytest.raises(MovedOn) as moved:
            reported(cast.other, note)
        assert moved.value.annotation.body == "Mild words."
        assert not Report.objects.exists()
        assert reported(cast.other, note, revision=2).words == "Mild words."

    def test_each_revision_can_be_reported(self, cast: Cast, note: Annotation) -> None:
        reported(cast.other, note)
        actions.edit(by=cast.member, annotation=note, body="Sharper words.")
        reported(cast.other, note, revision=2)
        assert list(Report.objects.order_by("revision").values_list("words", flat=True)) == [
            "Sharp words.", "Sharper words.",
        ]  # fmt: skip
        assert Case.objects.count() == 1

    def test_what_was_answered_stays_so(self, cast: Cast, note: Annotation) -> None:
        reported(cast.other, note)
        moderation.decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        again = reported(cast.other, note, reason="spam")
        assert (again.reason, again.answered_at is not None) == ("unkind", True)
        assert closed() == (True, Outcome.KEPT)

    def test_after_an_answer_others_open_it_anew(self, cast: Cast, note: Annotation) -> None:
        reported(cast.other, note)
        moderation.decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        reported(cast.observer, note)
        assert closed() == (False, "")
        assert Case.objects.count() == 1

    def test_ten_an_hour(self, cast: Cast, write: Write, settings: Any) -> None:
        settings.CATENA_LIMIT_REPORTS = TEN_AN_HOUR
        notes = [write(cast.member, f"Number {number} of many.") for number in range(11)]
        for each in notes[:10]:
            reported(cast.other, each)
        with pytest.raises(TooMany) as limit:
            reported(cast.other, notes[10])
        assert 0 < limit.value.seconds <= 3600
        assert Report.objects.count() == 10
        assert reported(cast.other, notes[0], reason="spam").reason == "spam"  # the same one
        assert reported(cast.observer, notes[10]).pk

    def test_a_leader_does_not_learn_of_it(self, cast: Cast, write: Write) -> None:
        theirs = write(cast.moderator, "Because I say so.")
        reported(cast.other, theirs)
        assert list(Notice.objects.values_list("to__name", flat=True)) == ["Olga"]
        for leader, cases, rows in ((cast.moderator, 0, 0), (cast.owner, 1, 1)):
            assert Case.objects.for_moderator(leader, cast.group).count() == cases
            assert LogEntry.objects.visible_to(leader).about(theirs.pk).count() == rows


class TestHiding:
    @pytest.fixture(autouse=True)
    def _hides(self, cast: Cast) -> None:
        cast.group.hides_reported = True
        cast.group.save(update_fields=["hides_reported"])

    def state(self, note: Annotation) -> str:
        note.refresh_from_db()
        return note.state

    def test_two_in_a_small_group(self, cast: Cast, note: Annotation) -> None:
        reported(cast.other, note)
        reported(cast.other, note, sentence="Really.")
        assert self.state(note) == State.VISIBLE
        made = reported(cast.observer, note)
        assert (self.state(note), made.annotation.state) == (State.HIDDEN, State.HIDDEN)
        hid = LogEntry.objects.get(verb=Verb.HIDE)
        assert (hid.actor, hid.acting_as, hid.rule) == (None, Actor.SYSTEM, Rule.REPORTS)
        assert (hid.before, hid.after, hid.version) == (State.VISIBLE, State.HIDDEN, 2)
        told = Notice.objects.get(to=cast.member)
        assert (told.kind, told.entry) == (Told.DECIDED, hid)

    def test_three_in_a_large_one(self, cast: Cast, note: Annotation) -> None:
        people = [join(cast.group, f"Person{number}") for number in range(10)]
        assert cast.group.memberships.current().count() == 15
        for by in people[:2]:
            reported(by, note)
        assert self.state(note) == State.VISIBLE
        reported(people[2], note)
        assert self.state(note) == State.HIDDEN

    def test_who_is_out_does_not_count(self, cast: Cast, note: Annotation) -> None:
        reported(cast.other, note)
        Membership.objects.filter(user=cast.other).update(standing=Standing.BANNED)
        reported(cast.observer, note)
        assert self.state(note) == State.VISIBLE

    def test_nor_who_took_it_back_or_was_answered(self, cast: Cast, note: Annotation) -> None:
        withdraw_report(by=cast.other, report=reported(cast.other, note))
        reported(cast.observer, note)
        assert self.state(note) == State.VISIBLE
        moderation.decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        reported(join(cast.group, "Pia"), note)
        assert self.state(note) == State.APPROVED
        reported(join(cast.group, "Paul"), note)
        assert self.state(note) == State.HIDDEN

    def test_off_by_default(self, cast: Cast, note: Annotation) -> None:
        cast.group.hides_reported = False
        cast.group.save(update_fields=["hides_reported"])
        for by in (cast.other, cast.observer, cast.moderator, join(cast.group, "Pia")):
            reported(by, note)
        assert self.state(note) == State.VISIBLE


class TestWithdraw:
    def test_the_last_one_closes_the_case_silently(self, cast: Cast, note: Annotation) -> None:
        first, second = reported(cast.other, note), reported(cast.observer, note)
        told = Notice.objects.count()
        withdraw_report(by=cast.other, report=first)
        assert closed() == (False, "")
        withdraw_report(by=cast.observer, report=second)
        assert closed() == (True, Outcome.IGNORED)
        assert Notice.objects.count() == told
        entry = LogEntry.objects.get(verb=Verb.IGNORE)
        assert (entry.actor, entry.for_members) == (None, False)
        withdraw_report(by=cast.observer, report=second)  # once more is nothing
        assert LogEntry.objects.filter(verb=Verb.IGNORE).count() == 1

    def test_what_else_keeps_it_open(self, cast: Cast, write: Write) -> None:
        flagged, hidden, edited = (write(cast.member, f"Words of {n}.") for n in "abc")
        made = [reported(cast.other, each) for each in (flagged, hidden, edited)]
        Case.objects.filter(annotation=flagged).update(rule=Rule.WORD, matched="words")
        moderation.decide(by=cast.moderator, annotation=hidden, verb=Verb.HIDE, seen=1)
        Membership.objects.filter(user=cast.member).update(standing=Standing.HELD)
        actions.edit(by=cast.member, annotation=edited, body="Others.")
        for each in made:
            withdraw_report(by=cast.other, report=each)
        assert Case.objects.open().count() == 3

    def test_one_takes_back_ones_own(self, cast: Cast, note: Annotation) -> None:
        made = reported(cast.other, note)
        for by in (cast.owner, cast.observer, cast.member):
            with pytest.raises(PermissionDenied):
                withdraw_report(by=by, report=made)
        moderation.decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        with pytest.raises(PermissionDenied):
            withdraw_report(by=cast.other, report=made)

    def test_it_can_be_made_again(self, cast: Cast, note: Annotation) -> None:
        made = reported(cast.other, note)
        withdraw_report(by=cast.other, report=made)
        again = reported(cast.other, note, reason="spam")
        assert (again.pk, again.withdrawn_at, again.reason) == (made.pk, None, "spam")
        assert closed() == (False, "")


class TestPages:
    @pytest.fixture
    def other(self, cast: Cast) -> Client:
        return client_of(cast.other)

    def sent(self, **given: object) -> dict[str, object]:
        return {"reason": "unkind", "words": "About me.", "revision": 1, **given}

    def test_the_form_says_what_happens(self, other: Client, note: Annotation) -> None:
        page = other.get(reverse("note_report", args=[note.uuid])).text
        assert page.count("Its author never learns who reported it.") == 1
        assert page.count('type="radio"') == 7
        assert page.count("Sharp words.") == 2  # the thread, and what it is about
        fragment = other.get(reverse("note_report", args=[note.uuid]), headers=HTMX).text
        assert fragment.count("<form") == 1
        assert fragment.count("<html") == 0
        assert fragment.count(f'hx-target="#c-{note.uuid}"') == 1

    def test_only_reasons_in_use_are_offered(
        self, cast: Cast, other: Client, note: Annotation
    ) -> None:
        Reason.objects.create(group=cast.group, code="rude", label="Rude")
        Reason.objects.create(group=cast.group, code="old", label="Old one", retired=True)
        address = reverse("note_report", args=[note.uuid])
        page = other.get(address).text
        assert (page.count("Rude"), page.count("Old one")) == (1, 0)
        assert other.post(address, self.sent(reason="old")).status_code == 422
        assert other.post(address, self.sent(reason="rude")).status_code == 302

    def test_as_a_plain_form(self, other: Client, note: Annotation) -> None:
        answer = other.post(reverse("note_report", args=[note.uuid]), self.sent(), follow=True)
        assert answer.redirect_chain[0] == (f"/n/{note.uuid}/", 302)
        assert answer.text.count(THANKS) == 1
        assert Report.objects.values_list("reason", "sentence").get() == ("unkind", "About me.")

    def test_in_place(self, other: Client, note: Annotation) -> None:
        answer = other.post(reverse("note_report", args=[note.uuid]), self.sent(), headers=HTMX)
        assert answer.text.strip() == f'<p class="said" role="status" tabindex="-1">{THANKS}</p>'

    def test_without_a_reason(self, other: Client, note: Annotation) -> None:
        answer = other.post(
            reverse("note_report", args=[note.uuid]), self.sent(reason=""), headers=HTMX
        )
        assert (answer.status_code, answer.text.count("About me.")) == (422, 1)

    def test_a_damaged_form_says_so(self, other: Client, note: Annotation) -> None:
        answer = other.post(reverse("note_report", args=[note.uuid]), self.sent(revision="x"))
        assert answer.status_code == 422
        assert answer.text.count("This form is damaged.") == 1

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
    def test_words_that_changed_meanwhile_are_shown(
        self, cast: Cast, other: Client, note: Annotation, headers: dict[str, str]
    ) -> None:
        actions.edit(by=cast.member, annotation=note, body="Mild words.")
        address = reverse("note_report", args=[note.uuid])
        answer = other.post(address, self.sent(), headers=headers)
        assert answer.status_code == 409
        assert answer.text.count("Its author has changed these words.") == 1
        assert answer.text.count('<blockquote class="then" dir="auto">Mild words.</blockq') == 1
        assert answer.text.count("About me.") == 1
        assert answer.text.count('name="revision" value="2"') == 1
        assert not Report.objects.exists()
        assert other.post(address, self.sent(revision=2)).status_code == 302

    def test_too_many_keep_what_was_typed(
        self, cast: Cast, other: Client, write: Write, settings: Any
    ) -> None:
        settings.CATENA_LIMIT_REPORTS = TEN_AN_HOUR
        for number in range(10):
            reported(cast.other, write(cast.member, f"Number {number} of many."))
        last = write(cast.member, "The last one.")
        answer = other.post(reverse("note_report", args=[last.uuid]), self.sent(), headers=HTMX)
        assert (answer.status_code, answer.text.count("About me.")) == (429, 1)
        assert 0 < int(answer.headers["Retry-After"]) <= 3600

    def test_one_that_was_made_is_shown_again(
        self, cast: Cast, other: Client, note: Annotation
    ) -> None:
        reported(cast.other, note, sentence="For the first time.")
        page = other.get(reverse("note_report", args=[note.uuid])).text
        assert page.count("You have reported it already.") == 1
        assert page.count("For the first time.") == 1
        moderation.decide(by=cast.moderator, annotation=note, verb=Verb.APPROVE, seen=1)
        page = other.get(reverse("note_report", args=[note.uuid])).text
        assert page.count("a leader has looked at them") == 1
        assert page.count('type="radio"') == 0

    def test_the_one_that_hides_it_leads_to_the_text(
        self, cast: Cast, other: Client, note: Annotation
    ) -> None:
        cast.group.hides_reported = True
        cast.group.save(update_fields=["hides_reported"])
        reported(cast.observer, note)
        answer = other.post(reverse("note_report", args=[note.uuid]), self.sent(), follow=True)
        assert answer.redirect_chain == [(cast.reading.get_absolute_url(), 302)]
        assert answer.text.count("The note is hidden until a leader has decided.") == 1
        assert answer.text.count("Sharp words.") == 0
        # It can be taken back all the same.
        back = other.post(reverse("report_withdraw", args=[note.uuid]), headers=HTMX)
        assert (back.status_code, back.text.count("Your report is taken back.")) == (200, 1)

    def test_the_menu(self, cast: Cast, other: Client, note: Annotation, write: Write) -> None:
        def offers(client: Client, of: Annotation) -> tuple[int, int]:
            text = client.get(reverse("note_menu", args=[of.uuid]), headers=HTMX).text
            return text.count("Report…"), text.count("Take your report back")

        assert offers(other, note) == (1, 0)
        assert offers(client_of(cast.observer), note) == (1, 0)
        assert offers(client_of(cast.member), note) == (0, 0)
        assert offers(client_of(cast.moderator), note) == (0, 0)  # who decides instead
        reported(cast.other, note)
        assert offers(other, note) == (0, 1)
        assert offers(client_of(cast.observer), note) == (1, 0)
        other.post(reverse("report_withdraw", args=[note.uuid]))
        assert offers(other, note) == (1, 0)

    def test_the_author_never_learns_who(self, cast: Cast, note: Annotation, write: Write) -> None:
        reported(cast.other, note, sentence="About Zacharias.")
        mine = client_of(cast.member)
        pages = [
            mine.get(reverse(name, args=[note.uuid])).text
            for name in ("note_why", "note_menu", "note_thread", "note_history")
        ]
        pages.append(mine.get(reverse("messages")).text)
        pages.append(mine.get(cast.reading.get_absolute_url()).text)
        for page in pages:
            assert [page.count(word) for word in ("Nils", "Zacharias", "eported")] == [0, 0, 0]

    def test_nor_does_a_leader_who_wrote_it(self, cast: Cast, write: Write) -> None:
        theirs = write(cast.moderator, "Because I say so.")
        reported(cast.other, theirs)
        page = client_of(cast.moderator).get(reverse("note_why", args=[theirs.uuid])).text
        assert [page.count(word) for word in ("Nils", "eported")] == [0, 0]
