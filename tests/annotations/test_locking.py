"""A thread that takes no replies: how it is paused, what people read, and how it opens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions, moderation
from annotations.enums import Verb
from annotations.models import Annotation, LogEntry
from annotations.moderation.locking import lock, open_what_was_paused, unlock
from annotations.permissions import is_locked
from reader.clock import JOBS
from reader.models import User
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of
from tests.permissions.world import comment
from tests.races import at_once

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BANNER = "Read on, think, come back."


@pytest.fixture
def root(cast: Cast, write: Write) -> Annotation:
    root = write(cast.other, "A heated beginning.")
    write(cast.member, "A heated answer.", to=root)
    return root


def soon(**far: int) -> datetime:
    return timezone.now() + timedelta(**(far or {"hours": 1}))


def url(name: str, note: Annotation) -> str:
    return reverse(name, args=[note.uuid])


def page(user: User | None, cast: Cast) -> str:
    return str(client_of(user).get(cast.reading.get_absolute_url()).text)


class TestLocking:
    def test_is_dated_logged_and_ends(self, cast: Cast, root: Annotation) -> None:
        until = soon()
        lock(by=cast.moderator, root=root, until=until)
        root.refresh_from_db()
        assert (root.locked_by, root.locked_until, is_locked(root)) == (
            cast.moderator, until, True,
        )  # fmt: skip
        lock(by=cast.moderator, root=root, until=until)  # sent twice
        lock(by=cast.owner, root=root)
        unlock(by=cast.moderator, root=root)
        unlock(by=cast.moderator, root=root)
        rows = [
            (row.verb, row.actor, row.details, row.for_members)
            for row in LogEntry.objects.about(root.pk).order_by("pk")
        ]
        assert rows == [
            (Verb.PAUSE, cast.moderator, {"until": until.isoformat()}, True),
            (Verb.LOCK, cast.owner, {}, True),
            (Verb.UNLOCK, cast.moderator, {}, True),
        ]
        root.refresh_from_db()
        assert (root.locked_by, root.locked_at, root.locked_until) == (None, None, None)

    def test_is_for_leaders_and_shared_threads(
        self, cast: Cast, root: Annotation, write: Write
    ) -> None:
        for by in (cast.other, cast.member, cast.observer, cast.outsider):
            for do in (lock, unlock):
                with pytest.raises(PermissionDenied):
                    do(by=by, root=root)
        for note in (root.thread.get(), write(cast.owner, "For me.", audience="private")):
            with pytest.raises(PermissionDenied):
                lock(by=cast.owner, root=note)
        with pytest.raises(ValidationError):
            lock(by=cast.owner, root=root, until=soon(hours=-1))
        assert not LogEntry.objects.exists()

    def test_flags_survive_what_is_decided_about_the_note(
        self, cast: Cast, root: Annotation
    ) -> None:
        lock(by=cast.owner, root=root)
        for verb in (Verb.HIDE, Verb.APPROVE):
            root.refresh_from_db()
            moderation.decide(by=cast.moderator, annotation=root, verb=verb, seen=root.version)
        actions.edit(by=cast.other, annotation=root, body="A cooler beginning.")
        root.refresh_from_db()
        assert is_locked(root)

    def test_a_decision_on_the_page_before_still_holds(self, cast: Cast, root: Annotation) -> None:
        seen = root.version
        lock(by=cast.owner, root=root)
        decided = moderation.decide(
            by=cast.moderator, annotation=root, verb=Verb.APPROVE, seen=seen
        )
        assert not decided.already


class TestReplying:
    def test_is_refused_with_a_kind_banner_and_no_links(self, cast: Cast, root: Annotation) -> None:
        before = page(cast.member, cast)
        lock(by=cast.owner, root=root, until=soon())
        counts = {
            user.name: [page(user, cast).count(words) for words in (BANNER, ">Reply</a>")]
            for user in (cast.member, cast.other, cast.observer, cast.owner)
        }
        assert counts == {name: [1, 0] for name in ("Mira", "Nils", "Ute", "Olga")}
        assert before.count(">Reply</a>") == 2
        reply = root.thread.get()
        for note in (root, reply):
            answer = client_of(cast.member).get(url("note_reply", note))
            assert (answer.status_code, answer.text.count(BANNER)) == (403, 1)
            with pytest.raises(PermissionDenied):
                actions.reply(by=cast.owner, parent=note, body="Still.", client_id=uuid4())
        unlock(by=cast.owner, root=root)
        assert [page(cast.member, cast).count(w) for w in (BANNER, ">Reply</a>")] == [0, 2]

    def test_under_a_stone_too(self, cast: Cast, root: Annotation) -> None:
        actions.withdraw(by=cast.other, annotation=root)
        lock(by=cast.owner, root=root)
        assert [page(cast.member, cast).count(w) for w in (BANNER, ">Reply</a>")] == [1, 0]

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
    def test_who_was_writing_keeps_the_words(
        self, cast: Cast, root: Annotation, headers: dict[str, str]
    ) -> None:
        client, there = client_of(cast.member), url("note_reply", root)
        assert client.get(there, headers=headers).status_code == 200
        lock(by=cast.owner, root=root, until=soon())
        sent = {"body": "My heated words.", "client_id": str(uuid4())}
        answer = client.post(there, sent, headers=headers)
        assert answer.status_code == 422
        words = [answer.text.count(said) for said in ("My heated words.", "Your words are kept.")]
        assert words == [1, 1]
        assert root.thread.count() == 1
        unlock(by=cast.owner, root=root)
        assert client.post(there, sent, headers=headers).status_code in (200, 302)
        assert root.thread.count() == 2

    def test_a_private_answer_stays_one(self, cast: Cast, root: Annotation) -> None:
        lock(by=cast.owner, root=root)
        sent = {"body": "Between us.", "client_id": str(uuid4()), "privately": "on"}
        answer = client_of(cast.owner).post(url("note_reply", root), sent)
        assert (answer.status_code, answer.text.count('name="privately"')) == (422, 1)
        assert answer.text.count("checked") == 1

    def test_who_may_not_write_is_not_offered_to(self, cast: Cast, root: Annotation) -> None:
        lock(by=cast.owner, root=root)
        sent = {"body": "My words.", "client_id": str(uuid4())}
        assert client_of(cast.observer).post(url("note_reply", root), sent).status_code == 403


class TestForm:
    def post(self, client: Client, note: Annotation, **sent: str) -> Any:
        return client.post(url("note_lock", note), sent, headers=HTMX)

    def test_the_ends_to_choose(self, cast: Cast, root: Annotation) -> None:
        cast.moderator.time_zone = "Asia/Tokyo"
        cast.moderator.save(update_fields=["time_zone"])
        client = client_of(cast.moderator)
        got: dict[str, Any] = {}
        for ends in ("hour", "morning", "open", "own"):
            sent = {"ends": ends, "until": "2031-05-04T12:00" if ends == "own" else ""}
            answer = self.post(client, root, **sent)
            assert (answer.status_code, answer.text.count(BANNER)) == (200, 1)
            root.refresh_from_db()
            got[ends] = root.locked_until
        hours = (got["hour"] - timezone.now()).total_seconds() / 3600
        assert 0.99 < hours <= 1
        morning = got["morning"].astimezone(ZoneInfo("Asia/Tokyo"))
        tomorrow = timezone.now().astimezone(ZoneInfo("Asia/Tokyo")).date() + timedelta(days=1)
        assert (morning.date(), morning.hour, morning.minute) == (tomorrow, 8, 0)
        assert got["open"] is None
        assert got["own"].isoformat() == "2031-05-04T03:00:00+00:00"

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"ends": "never"},
            {"ends": "own"},
            {"ends": "own", "until": "2020-01-01T08:00"},
            {"ends": "own", "until": "soon"},
        ],
    )
    def test_what_is_wrong_with_it(
        self, cast: Cast, root: Annotation, sent: dict[str, str]
    ) -> None:
        assert self.post(client_of(cast.moderator), root, **sent).status_code == 422
        assert client_of(cast.moderator).post(url("note_lock", root), sent).status_code == 422
        assert not LogEntry.objects.exists()

    def test_a_date_that_is_not_asked_for_is_left_alone(self, cast: Cast, root: Annotation) -> None:
        sent = {"ends": "open", "until": "2020-01-01T08:00"}
        assert self.post(client_of(cast.moderator), root, **sent).status_code == 200

    def test_from_a_reply_and_without_script(self, cast: Cast, root: Annotation) -> None:
        client, reply = client_of(cast.owner), root.thread.get()
        for note in (root, reply):
            menu = client.get(url("note_menu", note)).text
            assert menu.count("Pause this thread…") == 1
            assert client_of(cast.member).get(url("note_menu", note)).text.count("Pause") == 0
        there = url("note_lock", reply)
        assert client.get(there).text.count("Take replies again") == 0
        assert client.post(there, {"ends": "open"}).status_code == 302
        root.refresh_from_db()
        assert is_locked(root)
        assert client.get(url("note_menu", root)).text.count("The pause of this thread…") == 1
        assert client.get(there).text.count("Take replies again") == 1
        assert client.post(there, {"open": "open"}).status_code == 302
        root.refresh_from_db()
        assert not is_locked(root)
        assert client_of(cast.member).post(there, {"ends": "open"}).status_code == 403


class TestClock:
    def test_opens_what_is_over_and_shows_it(self, cast: Cast, root: Annotation) -> None:
        lock(by=cast.owner, root=root, until=soon())
        client, there = client_of(cast.member), cast.reading.get_absolute_url()
        client.get(there)
        kept = client.get(there)
        assert kept.text.count(BANNER) == 1
        Annotation.objects.filter(pk=root.pk).update(locked_until=timezone.now())
        root.refresh_from_db()
        assert not is_locked(root)
        JOBS["pauses"].run()
        assert open_what_was_paused() == 0
        since = client.get(there, headers={"If-None-Match": kept.headers["ETag"]})
        assert (since.status_code, since.text.count(BANNER)) == (200, 0)
        assert since.text.count(">Reply</a>") == 2
        root.refresh_from_db()
        assert (root.locked_by, root.locked_at, root.locked_until) == (None, None, None)
        assert [row.verb for row in LogEntry.objects.about(root.pk)] == [Verb.PAUSE]

    def test_leaves_what_goes_on(self, cast: Cast, root: Annotation, write: Write) -> None:
        lock(by=cast.owner, root=root, until=soon())
        lock(by=cast.owner, root=write(cast.other, "Another."))
        assert open_what_was_paused() == 0
        assert Annotation.objects.filter(locked_at__isnull=False).count() == 2


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_leaders_pause_and_open_at_once() -> None:
    cast = assemble()
    root = comment(cast.other, cast.reading, "A beginning.")
    lock(by=cast.owner, root=root)
    at_once(
        lambda: unlock(by=cast.moderator, root=root),
        lambda: unlock(by=cast.owner, root=root),
    )
    verbs = sorted(row.verb for row in LogEntry.objects.about(root.pk))
    assert verbs == [Verb.LOCK, Verb.UNLOCK]
