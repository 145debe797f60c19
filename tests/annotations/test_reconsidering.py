"""Sending a removed note again, and asking somebody else to look at a decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from annotations import actions, moderation
from annotations.enums import SPAM, Actor, Rule, State, Told, Verb
from annotations.models import Annotation, LogEntry, Notice, Reconsideration, WordRule
from annotations.moderation.reconsidering import AnsweredAlready, answer, ask
from annotations.moderation.standings import set_standing
from reader.enums import Role, Standing
from reader.models import Membership, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of, join
from tests.clock import pass_time


@pytest.fixture
def note(cast: Cast, write: Write) -> Annotation:
    return write(cast.member, "Sharp words.")


def remove(by: User, note: Annotation, **given: Any) -> LogEntry:
    note.refresh_from_db()
    said = {"verb": Verb.REMOVE, "reason": "unkind", **given}
    entry = moderation.decide(by=by, annotation=note, seen=note.version, **said).entry
    assert entry is not None
    return entry


def asked(by: User, entry: LogEntry, words: str = "It was meant kindly.") -> Reconsideration:
    return ask(by=by, decision=entry, words=words)


def told(kind: Told) -> list[str]:
    rows = Notice.objects.filter(kind=kind).order_by("to__name")
    return list(rows.values_list("to__name", flat=True))


class TestResubmit:
    @pytest.fixture(autouse=True)
    def _later(self, cast: Cast, note: Annotation) -> None:
        remove(cast.moderator, note, sentence="Say it kindly.")
        note.refresh_from_db()

    def sent(self, note: Annotation, **given: object) -> dict[str, object]:
        return {
            "body": "Kinder words.", "category": "yellow", "tags": "", "seen": note.version,
            **given,
        }  # fmt: skip

    def test_the_form_holds_the_words_and_the_reason(self, cast: Cast, note: Annotation) -> None:
        page = client_of(cast.member).get(reverse("note_resubmit", args=[note.uuid])).text
        assert page.count("Sharp words.</textarea>") == 1
        assert page.count("<b>Reason:</b> Hurts somebody") == 1
        assert page.count("Say it kindly.") == 1

    def test_it_waits_once_more(self, cast: Cast, note: Annotation) -> None:
        client = client_of(cast.member)
        address = reverse("note_resubmit", args=[note.uuid])
        page = client.post(address, self.sent(note), follow=True)
        assert page.redirect_chain == [(f"/n/{note.uuid}/why/", 302)]
        assert page.text.count("You sent it again after it was removed") == 1
        note.refresh_from_db()
        assert (note.state, note.body, note.resubmitted) == (State.PENDING, "Kinder words.", 1)
        assert note.cases.get().rule == Rule.AGAIN

    def test_twice_at_most(self, cast: Cast, note: Annotation) -> None:
        client = client_of(cast.member)
        address = reverse("note_resubmit", args=[note.uuid])
        for body in ("Kinder words.", "The kindest words."):
            assert client.post(address, self.sent(note, body=body)).status_code == 302
            remove(cast.moderator, note)
            note.refresh_from_db()
        assert client.get(address).status_code == 403
        refused = client.post(address, self.sent(note, body="Third words."))
        assert (refused.status_code, refused.text.count("Third words.")) == (403, 1)
        page = client.get(reverse("note_why", args=[note.uuid])).text
        assert page.count("resubmit") == 0

    def test_not_after_spam(self, cast: Cast, write: Write) -> None:
        spam = write(cast.other, "Buy ink.")
        remove(cast.moderator, spam, reason=SPAM)
        client = client_of(cast.other)
        assert client.get(reverse("note_resubmit", args=[spam.uuid])).status_code == 403
        page = client.get(reverse("note_why", args=[spam.uuid])).text
        assert (page.count("<b>Reason:</b> Spam"), page.count("resubmit")) == (1, 0)

    def test_it_is_its_authors_alone(self, cast: Cast, note: Annotation) -> None:
        address = reverse("note_resubmit", args=[note.uuid])
        for user, status in ((cast.owner, 403), (cast.other, 404), (cast.outsider, 404)):
            assert client_of(user).get(address).status_code == status
            assert client_of(user).post(address, self.sent(note)).status_code == status

    @pytest.mark.parametrize(
        ("given", "status"), [({"body": ""}, 422), ({"seen": "x"}, 422), ({"seen": 1}, 409)]
    )
    def test_what_cannot_be(
        self, cast: Cast, note: Annotation, given: dict[str, object], status: int
    ) -> None:
        address = reverse("note_resubmit", args=[note.uuid])
        sent = self.sent(note, tags="mild", **given)
        page = client_of(cast.member).post(address, sent)
        assert (page.status_code, page.text.count('value="mild"')) == (status, 1)
        note.refresh_from_db()
        assert note.state == State.REMOVED

    def test_after_another_look_it_can_be_sent(self, cast: Cast, note: Annotation) -> None:
        """The form that says what has moved on carries the version that is there now."""
        address = reverse("note_resubmit", args=[note.uuid])
        page = client_of(cast.member).post(address, self.sent(note, seen=1)).text
        assert page.count(f'name="seen" value="{note.version}"') == 1

    def test_words_that_are_not_taken_stay(self, cast: Cast, note: Annotation) -> None:
        WordRule.objects.create(
            group=cast.group, words="ink", effect="block", created_by=cast.owner
        )
        page = client_of(cast.member).post(
            reverse("note_resubmit", args=[note.uuid]), self.sent(note, body="Red ink.")
        )
        assert (page.status_code, page.text.count("Red ink.</textarea>")) == (422, 1)
        assert page.text.count("isn’t taken in this group") == 1

    def test_too_fast(self, cast: Cast, note: Annotation, settings: Any) -> None:
        settings.CATENA_LIMIT_EDITS = ((0, timedelta(minutes=1)),)
        page = client_of(cast.member).post(
            reverse("note_resubmit", args=[note.uuid]), self.sent(note)
        )
        assert (page.status_code, page.text.count("Kinder words.</textarea>")) == (429, 1)
        assert 0 < int(page.headers["Retry-After"]) <= 60


class TestAsk:
    def test_once(self, cast: Cast, note: Annotation) -> None:
        entry = remove(cast.moderator, note)
        first = asked(cast.member, entry)
        again = asked(cast.member, entry, "Really.")
        assert (again.pk, again.words) == (first.pk, "It was meant kindly.")
        assert told(Told.ASKED_AGAIN) == ["Moses", "Olga"]

    def test_only_whom_it_is_about(self, cast: Cast, note: Annotation) -> None:
        entry = remove(cast.moderator, note)
        for by in (cast.other, cast.owner, cast.moderator, cast.outsider):
            with pytest.raises(PermissionDenied):
                asked(by, entry)
        assert not Reconsideration.objects.exists()

    def test_only_of_what_can_be_reversed(self, cast: Cast, note: Annotation) -> None:
        hidden = remove(cast.moderator, note, verb=Verb.HIDE, reason="")
        back = remove(cast.moderator, note, verb=Verb.APPROVE, reason="")
        for entry in (hidden, back):
            with pytest.raises(PermissionDenied):
                asked(cast.member, entry)
        removed = remove(cast.moderator, note)
        moderation.reverse_decision(by=cast.owner, entry=removed)
        with pytest.raises(PermissionDenied):
            asked(cast.member, LogEntry.objects.get(pk=removed.pk))

    def test_of_a_standing(self, cast: Cast) -> None:
        theirs = Membership.objects.get(user=cast.member)
        muted = set_standing(
            by=cast.moderator, membership=theirs, standing=Standing.MUTED, reason="unkind"
        )
        assert asked(cast.member, muted).group == cast.group
        active = set_standing(by=cast.owner, membership=theirs, standing=Standing.ACTIVE)
        with pytest.raises(PermissionDenied):
            asked(cast.member, active)

    @pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.BANNED])
    def test_also_by_somebody_who_cannot_come_in(
        self, cast: Cast, standing: Standing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = Membership.objects.get(user=cast.member)
        entry = set_standing(
            by=cast.owner, membership=theirs, standing=standing, reason="unkind",
            sentence="Take a rest.",
        )  # fmt: skip
        client, address = client_of(cast.member), reverse("decision", args=[entry.pk])
        assert client.get(address).status_code == 404
        pass_time(monkeypatch, seconds=31)
        page = client.get(address).text
        assert page.count("Take a rest.") == 1
        assert page.count("Olga") == 0
        assert page.count(cast.group.get_absolute_url()) == 0  # nothing there leads in
        send = reverse("decision_reconsider", args=[entry.pk])
        answered = client.post(send, {"words": "I have rested."}, follow=True)
        assert answered.redirect_chain == [(address, 302)]
        assert answered.text.count("I have rested.") == 1
        assert answered.text.count("<textarea") == 0
        assert Reconsideration.objects.get().words == "I have rested."

    def test_the_page_of_a_decision(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = remove(cast.moderator, note, sentence="Say it kindly.")
        pass_time(monkeypatch, seconds=31)
        address = reverse("decision", args=[entry.pk])
        mine = client_of(cast.member).get(address).text
        assert mine.count("Your note was removed.") == 1
        assert mine.count("<b>Reason:</b> Hurts somebody") == 1
        assert (mine.count("Moses"), mine.count("a moderator")) == (0, 1)
        assert (mine.count("<textarea"), mine.count("Sharp words.")) == (1, 0)
        theirs = client_of(cast.owner).get(address).text
        assert (theirs.count("Moses"), theirs.count("<textarea")) == (1, 0)
        for user in (cast.other, cast.observer, cast.outsider):
            assert client_of(user).get(address).status_code == 404
            sent = {"words": "Please."}
            send = reverse("decision_reconsider", args=[entry.pk])
            assert client_of(user).post(send, sent).status_code == 404
        assert client_of(cast.owner).post(send, {"words": "Please."}).status_code == 403

    def test_without_words(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = remove(cast.moderator, note)
        pass_time(monkeypatch, seconds=31)
        send = reverse("decision_reconsider", args=[entry.pk])
        for words in ("", " ", "x" * 1001):
            answered = client_of(cast.member).post(send, {"words": words})
            assert (answered.status_code, answered.text.count("<textarea")) == (422, 1)
        assert not Reconsideration.objects.exists()


class TestAnswer:
    def test_granted_the_note_stands_again(self, cast: Cast, note: Annotation) -> None:
        entry = remove(cast.moderator, note)
        request = asked(cast.member, entry)
        answer(by=cast.owner, reconsideration=request, grant=True, answer="You are right.")
        request.refresh_from_db()
        assert (request.answered_by, request.answer, request.granted) == (
            cast.owner, "You are right.", True,
        )  # fmt: skip
        note.refresh_from_db()
        assert note.state == State.APPROVED
        restored = LogEntry.objects.get(verb=Verb.RESTORE)
        assert (restored.reverses, restored.sentence) == (entry, "You are right.")
        row = LogEntry.objects.get(verb=Verb.ANSWER)
        assert (row.actor, row.acting_as, row.annotation, row.sentence) == (
            cast.owner, Actor.OWNER, note, "You are right.",
        )  # fmt: skip
        assert row.details == {"decision": entry.pk, "granted": True}
        notice = Notice.objects.get(kind=Told.ANSWERED)
        assert (notice.to, notice.entry) == (cast.member, entry)

    def test_refused_everything_stays(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, remove(cast.moderator, note))
        answer(by=cast.owner, reconsideration=request, grant=False, answer="It hurt.")
        note.refresh_from_db()
        assert note.state == State.REMOVED
        assert not LogEntry.objects.filter(verb=Verb.RESTORE).exists()
        assert told(Told.ANSWERED) == ["Mira"]

    def test_not_by_who_decided_where_there_is_another(
        self, cast: Cast, note: Annotation, write: Write
    ) -> None:
        request = asked(cast.member, remove(cast.owner, note))
        for by in (cast.owner, cast.member, cast.other, cast.outsider):
            with pytest.raises(PermissionDenied):
                answer(by=by, reconsideration=request, grant=True, answer="So be it.")
        answer(by=cast.moderator, reconsideration=request, grant=False, answer="No.")

    def test_else_by_the_owner_who_did(self, cast: Cast, note: Annotation) -> None:
        Membership.objects.filter(user=cast.moderator).update(standing=Standing.SUSPENDED)
        request = asked(cast.member, remove(cast.owner, note))
        answer(by=cast.owner, reconsideration=request, grant=True, answer="I was tired.")
        note.refresh_from_db()
        assert note.state == State.APPROVED

    def test_a_leader_who_asks_is_no_other_leader(self, cast: Cast, write: Write) -> None:
        theirs = write(cast.moderator, "Because I say so.")
        request = asked(cast.moderator, remove(cast.owner, theirs))
        with pytest.raises(PermissionDenied):
            answer(by=cast.moderator, reconsideration=request, grant=True, answer="Yes.")
        answer(by=cast.owner, reconsideration=request, grant=False, answer="No.")
        assert told(Told.ASKED_AGAIN) == ["Olga"]

    def test_a_moderator_alone_with_their_decision_leaves_it_to_the_owner(
        self, cast: Cast, note: Annotation
    ) -> None:
        request = asked(cast.member, remove(cast.moderator, note))
        with pytest.raises(PermissionDenied):
            answer(by=cast.moderator, reconsideration=request, grant=False, answer="No.")

    def test_or_by_an_administrator_who_stepped_in(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, remove(cast.moderator, note))
        until = timezone.now() + timedelta(hours=1)
        ada = join(cast.group, "Ada", Role.OWNER, ends_at=until)
        answer(by=ada, reconsideration=request, grant=True, answer="It stands again.")
        assert LogEntry.objects.get(verb=Verb.ANSWER).acting_as == Actor.ADMINISTRATOR

    def test_once(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, remove(cast.moderator, note))
        answer(by=cast.owner, reconsideration=request, grant=False, answer="No.")
        pia = join(cast.group, "Pia", Role.MODERATOR)
        with pytest.raises(AnsweredAlready):
            answer(by=pia, reconsideration=request, grant=True, answer="Yes.")
        note.refresh_from_db()
        assert note.state == State.REMOVED
        assert LogEntry.objects.filter(verb=Verb.ANSWER).count() == 1

    def test_of_a_standing(self, cast: Cast) -> None:
        theirs = Membership.objects.get(user=cast.member)
        entry = set_standing(
            by=cast.moderator, membership=theirs, standing=Standing.BANNED, reason="unkind"
        )
        request = asked(cast.member, entry)
        answer(by=cast.owner, reconsideration=request, grant=True, answer="Come back.")
        theirs.refresh_from_db()
        assert theirs.standing == Standing.ACTIVE

    def declined(self, cast: Cast, note: Annotation) -> LogEntry:
        Membership.objects.filter(user=cast.member).update(standing=Standing.HELD)
        edited = actions.edit(by=cast.member, annotation=note, body="Other words.")
        entry = moderation.decline_edit(
            by=cast.moderator, annotation=edited, seen=edited.version, reason="unkind"
        ).entry
        assert entry is not None
        return entry

    def test_of_a_declined_edit(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, self.declined(cast, note))
        answer(by=cast.owner, reconsideration=request, grant=True, answer="They may stand.")
        note.refresh_from_db()
        assert (note.body, note.state) == ("Other words.", State.VISIBLE)
        assert not note.revisions.filter(state__in=["pending", "declined"]).exists()

    def test_of_an_edit_that_others_have_overtaken(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, self.declined(cast, note))
        Membership.objects.filter(user=cast.member).update(standing=Standing.ACTIVE)
        note.refresh_from_db()
        actions.edit(by=cast.member, annotation=note, body="Newer words.")
        answer(by=cast.owner, reconsideration=request, grant=True, answer="They may stand.")
        note.refresh_from_db()
        assert note.body == "Newer words."

    def test_what_was_decided_otherwise_since_stays(self, cast: Cast, note: Annotation) -> None:
        entry = remove(cast.moderator, note)
        request = asked(cast.member, entry)
        moderation.reverse_decision(by=cast.owner, entry=entry)
        answer(by=cast.owner, reconsideration=request, grant=True, answer="It does already.")
        assert LogEntry.objects.filter(verb=Verb.RESTORE).count() == 1

    def test_its_page(self, cast: Cast, note: Annotation) -> None:
        request = asked(cast.member, remove(cast.moderator, note, sentence="Say it kindly."))
        address = reverse("reconsideration_answer", args=[request.pk])
        page = client_of(cast.owner).get(address).text
        for words in ("It was meant kindly.", "Sharp words.", "Say it kindly.", "Moses"):
            assert (words, page.count(words)) == (words, 1)
        assert page.count("<textarea") == 1
        theirs = client_of(cast.moderator).get(address).text
        assert theirs.count("You decided this, so another leader answers it.") == 1
        assert theirs.count("<textarea") == 0
        for user in (cast.member, cast.other, cast.outsider):
            assert client_of(user).get(address).status_code == 404

    def test_sent(self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch) -> None:
        request = asked(cast.member, remove(cast.moderator, note))
        address = reverse("reconsideration_answer", args=[request.pk])
        sent = {"grant": "no", "answer": "It hurt somebody."}
        owner = client_of(cast.owner)
        for wrong in ({"grant": ""}, {"answer": ""}, {"grant": "maybe"}):
            assert owner.post(address, sent | wrong).status_code == 422
        refused = client_of(cast.moderator).post(address, sent)
        assert (refused.status_code, refused.text.count("It hurt somebody.")) == (403, 1)
        assert client_of(cast.member).post(address, sent).status_code == 404
        done = owner.post(address, sent, follow=True)
        assert done.redirect_chain == [(address, 302)]
        assert done.text.count("The answer: the decision stands") == 1
        late = owner.post(address, sent | {"grant": "yes", "answer": "Or not."})
        assert (late.status_code, late.text.count("Or not.")) == (409, 1)
        pass_time(monkeypatch, seconds=31)
        mine = client_of(cast.member).get(reverse("decision", args=[request.decision_id])).text
        assert mine.count("The answer: the decision stands") == 1
        assert (mine.count("It hurt somebody."), mine.count("Olga")) == (1, 0)
