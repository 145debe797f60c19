"""Words, gone for good: erased on demand, or long after their author deleted them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations import clock as _registered  # noqa: F401
from annotations.enums import Actor, State, Verb
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    LogEntry,
    Notice,
    Reconsideration,
    Report,
)
from annotations.moderation import decide
from annotations.moderation.logbook import record
from annotations.moderation.purging import ask_purge, purge, purge_reasons, wipe_withdrawn
from annotations.moderation.reconsidering import ask
from annotations.moderation.reporting import report
from annotations.moderation.rules import add_word_rule
from reader import clock
from reader.models import User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

MARK = "Marker"
WHY = "It names a child."


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada@example.org", "x", name="Ada")


def traces() -> list[str]:
    """Every table in which the marked words are, wherever they were copied to."""
    rows: dict[str, Any] = {
        "body": Annotation.objects.filter(body__contains=MARK),
        "html": Annotation.objects.filter(body_html__contains=MARK),
        "tags": Annotation.objects.filter(tags__icontains=MARK),
        "resolution": Annotation.objects.filter(resolution__contains=MARK),
        "revisions": AnnotationRevision.objects.filter(body__contains=MARK),
        "their html": AnnotationRevision.objects.filter(body_html__contains=MARK),
        "their tags": AnnotationRevision.objects.filter(tags__icontains=MARK),
        "reports": Report.objects.filter(words__contains=MARK),
        "their sentences": Report.objects.filter(sentence__contains=MARK),
        "cases": Case.objects.filter(matched__contains=MARK),
        "reconsiderations": Reconsideration.objects.filter(words__contains=MARK),
    }
    return [name for name, found in rows.items() if found.exists()]


@pytest.fixture
def spread(cast: Cast, write: Write) -> Annotation:
    """A note whose words have gone wherever words go, with a reply of somebody else's."""
    note = write(cast.member, f"{MARK} one.", tags=[MARK])
    actions.edit(by=cast.member, annotation=note, body=f"{MARK} two.", tags=[MARK])
    write(cast.other, "An answer.", to=note)
    add_word_rule(by=cast.owner, group=cast.group, words=f"{MARK} three", effect="hold")
    actions.edit(by=cast.member, annotation=note, body=f"{MARK} three.", tags=[MARK])
    note.refresh_from_db()
    report(
        by=cast.other, annotation=note, revision=note.revision, reason="unkind",
        sentence=f"{MARK}!",
    )  # fmt: skip
    Annotation.objects.filter(pk=note.pk).update(
        resolution=f"{MARK}.", resolved_by=cast.owner, resolved_at=timezone.now()
    )
    row = record(
        group=cast.group, verb=Verb.DECLINE_EDIT, by=cast.owner, acting_as=Actor.OWNER,
        annotation=note, before=note.state,
    )  # fmt: skip
    ask(by=cast.member, decision=row, words=f"{MARK}?")
    note.refresh_from_db()
    assert len(traces()) == 11
    return note


class TestPurge:
    def test_no_word_is_left_anywhere(self, cast: Cast, ada: User, spread: Annotation) -> None:
        gone = purge(by=ada, annotation=spread, reason="legal", typed="erase")
        assert traces() == []
        assert (gone.state, gone.reason, gone.body, gone.tags) == ("purged", "legal", "", [])
        assert list(gone.replies.values_list("body", "state")) == [("An answer.", "visible")]
        assert Case.objects.get().outcome == "upheld"
        assert not AnnotationRevision.objects.filter(state="pending").exists()
        entry = LogEntry.objects.filter(verb=Verb.PURGE).get()
        assert (entry.annotation, entry.actor, entry.acting_as, entry.reason, entry.before) == (
            gone, ada, "administrator", "legal", "visible",
        )  # fmt: skip
        assert (entry.sentence, entry.details) == ("", {})

    @pytest.mark.parametrize("state", [state for state in State if state != State.PURGED])
    def test_from_every_state(self, cast: Cast, ada: User, write: Write, state: State) -> None:
        note = write(cast.member, f"{MARK} one.")
        Annotation.objects.filter(pk=note.pk).update(state=state)
        note.refresh_from_db()
        gone = purge(by=ada, annotation=note, reason="unkind", typed=" Erase ")
        assert (gone.state, traces()) == ("purged", [])

    def test_again_changes_nothing(self, cast: Cast, ada: User, write: Write) -> None:
        note = write(cast.member, MARK)
        for _time in range(2):
            purge(by=ada, annotation=note, reason="legal", typed="erase")
        assert LogEntry.objects.count() == 1

    def test_its_author_is_told(self, cast: Cast, ada: User, write: Write) -> None:
        purge(by=ada, annotation=write(cast.member, MARK), reason="legal", typed="erase")
        notice = Notice.objects.get()
        assert (notice.to, notice.kind) == (cast.member, "decided")

    @pytest.mark.parametrize(
        ("given", "wrong"),
        [({"typed": "delete"}, "typed"), ({"typed": ""}, "typed"), ({"reason": "spam"}, "reason"),
         ({"reason": ""}, "reason"), ({"reason": "none"}, "reason")],
    )  # fmt: skip
    def test_nothing_goes_by_mistake(
        self, cast: Cast, ada: User, write: Write, given: dict[str, str], wrong: str
    ) -> None:
        note = write(cast.member, MARK)
        sent = {"reason": "legal", "typed": "erase"} | given
        with pytest.raises(ValidationError) as refused:
            purge(by=ada, annotation=note, **sent)
        assert list(refused.value.message_dict) == [wrong]
        answer = client_of(ada).post(reverse("note_purge", args=[note.uuid]), sent)
        note.refresh_from_db()
        assert (answer.status_code, note.body, LogEntry.objects.count()) == (422, MARK, 0)

    def test_nobody_else(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, MARK)
        for user in (cast.owner, cast.moderator, cast.member, cast.other, cast.outsider):
            with pytest.raises(PermissionDenied):
                purge(by=user, annotation=note, reason="legal", typed="erase")
            there = reverse("note_purge", args=[note.uuid])
            assert client_of(user).get(there).status_code == 404
            sent = {"reason": "legal", "typed": "erase"}
            assert client_of(user).post(there, sent).status_code == 404
        note.refresh_from_db()
        assert note.body == MARK

    def test_a_private_note_is_its_authors_alone(self, cast: Cast, ada: User, write: Write) -> None:
        note = write(cast.member, MARK, audience="private")
        with pytest.raises(PermissionDenied):
            purge(by=ada, annotation=note, reason="legal", typed="erase")
        there = reverse("note_purge", args=[note.uuid])
        assert client_of(ada).get(there).status_code == 404

    def test_the_page_shows_none_of_its_words(self, cast: Cast, ada: User, write: Write) -> None:
        note = write(cast.member, MARK)
        there = reverse("note_purge", args=[note.uuid])
        page = client_of(ada).get(there)
        assert (page.status_code, page.text.count("Thursday circle")) == (200, 1)
        assert [word for word in (MARK, "Mira") if word in page.text] == []
        answer = client_of(ada).post(there, {"reason": "legal", "typed": "erase"})
        assert answer.headers["Location"] == reverse("site")
        note.refresh_from_db()
        assert note.state == "purged"

    def test_the_thread_stays_under_a_stone(
        self, cast: Cast, ada: User, spread: Annotation
    ) -> None:
        purge(by=ada, annotation=spread, reason="legal", typed="erase")
        for user in (cast.owner, cast.other, cast.member):
            page = client_of(user).get(cast.reading.get_absolute_url()).text
            assert (page.count("An answer."), page.count(MARK)) == (1, 0)


class TestAsking:
    def test_an_owner_asks_and_administrators_are_told(
        self, cast: Cast, ada: User, write: Write, settings: Any
    ) -> None:
        settings.CATENA_SENDS_MAIL = True
        note = write(cast.member, MARK)
        there = reverse("note_ask_purge", args=[note.uuid])
        client = client_of(cast.owner)
        assert client.get(there).status_code == 200
        for _time in range(2):
            answer = client.post(there, {"sentence": WHY})
            assert answer.headers["Location"] == reverse("group_log", args=[cast.group.slug])
        entry = LogEntry.objects.get()
        assert (entry.verb, entry.actor, entry.sentence, entry.for_members) == (
            "ask_purge", cast.owner, WHY, False,
        )  # fmt: skip
        assert [(each.to, each.kind) for each in Notice.objects.all()] == [(ada, "purge_asked")]
        note.refresh_from_db()
        assert (note.state, note.body) == ("visible", MARK)

    def test_once_it_is_done_nothing_waits(self, cast: Cast, ada: User, write: Write) -> None:
        note = write(cast.member, MARK)
        ask_purge(by=cast.owner, annotation=note, sentence=WHY)
        assert LogEntry.objects.purges_asked_for().count() == 1
        purge(by=ada, annotation=note, reason="legal", typed="erase")
        assert LogEntry.objects.purges_asked_for().count() == 0
        note.refresh_from_db()
        with pytest.raises(PermissionDenied):
            ask_purge(by=cast.owner, annotation=note, sentence=WHY)

    def test_only_owners(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, MARK)
        there = reverse("note_ask_purge", args=[note.uuid])
        for user, status in (
            (cast.moderator, 403), (cast.member, 403), (cast.observer, 403), (cast.outsider, 404),
        ):  # fmt: skip
            assert client_of(user).get(there).status_code == status
            assert client_of(user).post(there, {"sentence": WHY}).status_code == status
            with pytest.raises(PermissionDenied):
                ask_purge(by=user, annotation=note, sentence=WHY)
        assert client_of(cast.owner).post(there, {"sentence": " "}).status_code == 422
        assert LogEntry.objects.count() == 0

    def test_the_reasons_are_the_groups_and_the_law(self, cast: Cast) -> None:
        codes = [code for code, _label in purge_reasons(cast.group)]
        assert (codes[0], "spam" in codes, "private" in codes) == ("legal", False, True)


def long_ago(note: Annotation, **since: float) -> None:
    Annotation.objects.filter(pk=note.pk).update(state_at=timezone.now() - timedelta(**since))


class TestWhatAuthorsDeleted:
    def test_words_go_after_five_minutes(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, f"{MARK} one.", tags=[MARK])
        actions.edit(by=cast.member, annotation=note, body=f"{MARK} two.", tags=[MARK])
        stays = write(cast.other, "Stays.")
        actions.withdraw(by=cast.member, annotation=note)
        long_ago(note, minutes=4)
        clock.JOBS["withdrawn"].run()
        assert traces() == ["body", "html", "tags", "revisions", "their html", "their tags"]
        long_ago(note, minutes=6)
        clock.JOBS["withdrawn"].run()
        assert traces() == []
        stays.refresh_from_db()
        assert (stays.body, wipe_withdrawn()) == ("Stays.", 0)

    def test_so_does_what_they_wrote_of_their_thread(self, cast: Cast, write: Write) -> None:
        """What another wrote of it is theirs."""
        for by in (cast.member, cast.owner):
            note = write(cast.member, "Mine.")
            actions.resolve(by=by, root=note, outcome=f"By {by.name}.")
            actions.withdraw(by=cast.member, annotation=note)
            long_ago(note, minutes=6)
        assert wipe_withdrawn() == 2
        said = Annotation.objects.order_by("pk").values_list("resolution", flat=True)
        assert list(said) == ["", "By Olga."]

    def test_while_somebody_has_to_decide_after_thirty_days(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, f"{MARK} one.")
        report(by=cast.other, annotation=note, revision=1, reason="unkind")
        actions.withdraw(by=cast.member, annotation=note)
        assert Case.objects.open().count() == 1
        long_ago(note, days=29)
        assert (wipe_withdrawn(), "reports" in traces()) == (0, True)
        long_ago(note, days=31)
        assert (wipe_withdrawn(), traces()) == (1, [])

    def test_what_is_only_removed_or_hidden_keeps_its_words(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, MARK)
        decide(by=cast.owner, annotation=note, verb=Verb.REMOVE, seen=note.version, reason="unkind")
        long_ago(note, days=400)
        assert wipe_withdrawn() == 0
        clock.JOBS["traces"].run()
        assert traces() == ["body", "html"]

    def test_what_is_left_of_a_highlight_goes_too(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "", tags=[MARK])
        earlier = write(cast.member, f"{MARK} one.", motivation="highlighting", on=1)
        actions.edit(by=cast.member, annotation=earlier, body="")
        for each in (note, earlier):
            each.refresh_from_db()
            actions.withdraw(by=cast.member, annotation=each)
            long_ago(each, minutes=6)
        clock.JOBS["withdrawn"].run()
        assert traces() == ["tags", "revisions", "their html"]
        clock.JOBS["traces"].run()
        assert traces() == []


def test_old_messages_are_forgotten(cast: Cast) -> None:
    old, new = (
        Notice.objects.create(to=cast.member, group=cast.group, kind="standing") for _n in range(2)
    )
    Notice.objects.filter(pk=old.pk).update(shows_at=timezone.now() - timedelta(days=181))
    Notice.objects.filter(pk=new.pk).update(shows_at=timezone.now() - timedelta(days=179))
    clock.JOBS["notices"].run()
    assert list(Notice.objects.all()) == [new]
