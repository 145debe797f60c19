"""Messages in the app: what they say, how they are marked, and what a page of them costs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import moderation
from annotations.enums import Actor, State, Told, Verb
from annotations.messages import A_PAGE, page_for, sentence_of, standing_in, until_in
from annotations.models import Annotation, LogEntry, Notice
from annotations.moderation.logbook import record
from annotations.moderation.reporting import report
from annotations.moderation.standings import set_standing
from annotations.moderation.telling import see, tell
from reader.enums import Standing
from reader.models import Membership, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of
from tests.clock import pass_time

HTMX = {"HX-Request": "true"}


@pytest.fixture
def note(cast: Cast, write: Write) -> Annotation:
    return write(cast.member, "Sharp words.")


def remove(cast: Cast, note: Annotation, **given: Any) -> LogEntry:
    said = {"verb": Verb.REMOVE, "reason": "unkind", "sentence": "Say it kindly.", **given}
    note.refresh_from_db()
    entry = moderation.decide(by=cast.moderator, annotation=note, seen=note.version, **said).entry
    assert entry is not None
    return entry


def lines(user: User) -> list[tuple[str, str, str, str]]:
    return [
        (line.sentence, line.reason, line.said, line.address)
        for _day, found in page_for(user).days
        for line in found
    ]


class TestWords:
    def test_of_a_removal(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remove(cast, note)
        assert lines(cast.member) == []  # while it can be undone
        pass_time(monkeypatch, seconds=31)
        assert lines(cast.member) == [
            ("Your note was removed.", "Hurts somebody", "Say it kindly.", f"/n/{note.uuid}/why/")
        ]

    def test_whoever_cannot_come_in_is_led_to_the_decision(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = remove(cast, note)
        Membership.objects.filter(user=cast.member).update(standing=Standing.SUSPENDED)
        pass_time(monkeypatch, seconds=31)
        assert [line[3] for line in lines(cast.member)] == [f"/decisions/{entry.pk}/"]
        client = client_of(cast.member)
        assert client.get(f"/decisions/{entry.pk}/").status_code == 200
        # As is the address in the mail.
        led = client.get(reverse("note_why", args=[note.uuid]))
        assert (led.status_code, led.headers["Location"]) == (302, f"/decisions/{entry.pk}/")

    @pytest.mark.parametrize(
        ("verbs", "sentence"),
        [
            ([Verb.HIDE], "Your note is hidden while it is checked."),
            ([Verb.HIDE, Verb.APPROVE], "Your note stands before others again."),
            ([Verb.REMOVE, Verb.RESTORE], "Your note stands before others again."),
        ],
    )
    def test_of_other_decisions(
        self, cast: Cast, note: Annotation, verbs: list[Verb], sentence: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        for verb in verbs:
            remove(cast, note, verb=verb, reason="unkind" if verb == Verb.REMOVE else "")
        pass_time(monkeypatch, seconds=31)
        assert lines(cast.member)[0][0] == sentence

    @pytest.mark.parametrize(
        ("verb", "sentence"),
        [
            (Verb.REMOVE, "What you reported was removed. Thank you."),
            (Verb.APPROVE, "A leader looked at what you reported, and it stays. Thank you all the"
                           " same."),
        ],
    )  # fmt: skip
    def test_to_whoever_reported(
        self, cast: Cast, note: Annotation, verb: Verb, sentence: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        report(by=cast.other, annotation=note, revision=1, reason="unkind")
        remove(cast, note, verb=verb)
        pass_time(monkeypatch, seconds=31)
        # Neither what the author was told nor a way to what isn't theirs.
        assert lines(cast.other) == [(sentence, "", "", "")]
        page = client_of(cast.other).get(reverse("messages")).text
        assert [page.count(word) for word in ("Say it kindly", "Mira", "Moses")] == [0, 0, 0]

    @pytest.mark.parametrize(
        ("standing", "sentence"),
        [
            ("held", "Your notes wait for a leader before others see them."),
            ("muted", "You can read, but not write."),
            ("suspended", "You can’t come into the group for now."),
            ("banned", "You can’t come into the group any more."),
        ],
    )
    def test_of_a_standing(
        self, cast: Cast, standing: str, sentence: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = Membership.objects.get(user=cast.member)
        until = timezone.now() + timedelta(days=3)
        entry = set_standing(
            by=cast.owner, membership=theirs, standing=standing, until=until, reason="unkind",
            sentence="Take a rest.",
        )  # fmt: skip
        assert (standing_in(entry), until_in(entry)) == (Standing(standing), until)
        pass_time(monkeypatch, seconds=31)
        assert lines(cast.member) == [
            (sentence, "Hurts somebody", "Take a rest.", f"/decisions/{entry.pk}/")
        ]
        page = client_of(cast.member).get(f"/decisions/{entry.pk}/").text
        shown = timezone.localtime(until)
        assert page.count(f"until {shown:%-d %B %Y, %H:%M}") == 1
        assert page.count("Olga") == 0
        moderation.reverse_decision(by=cast.moderator, entry=entry)
        pass_time(monkeypatch, seconds=31)
        assert lines(cast.member)[0][0] == "You take part as before."

    def test_to_leaders(self, cast: Cast, note: Annotation) -> None:
        report(by=cast.other, annotation=note, revision=1, reason="unkind")
        assert lines(cast.owner) == [
            ("Something waits for a moderator.", "", "", "/g/thursday-circle/moderation/")
        ]

    @pytest.mark.parametrize("kind", Told)
    @pytest.mark.parametrize("with_entry", [True, False])
    def test_every_kind_says_something(
        self, cast: Cast, note: Annotation, kind: Told, with_entry: bool
    ) -> None:
        for verb in Verb:
            entry = record(
                group=cast.group, verb=verb, by=cast.moderator, acting_as=Actor.MODERATOR,
                annotation=note if kind == Told.DECIDED else None,
                membership=Membership.objects.get(user=cast.member),
            )  # fmt: skip
            said = sentence_of(kind, entry if with_entry else None)
            assert len(said) > 7
            assert said.count("Moses") == 0


class TestPage:
    def told(self, cast: Cast, count: int) -> None:
        for _ in range(count):
            tell(cast.member, Told.WAITING, group=cast.group, path="/")

    def queries(self, client: Client) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("messages")).status_code == 200
        return [query["sql"] for query in asked.captured_queries]

    def test_new_ones_are_marked_until_they_were_seen(self, cast: Cast) -> None:
        client = client_of(cast.member)
        assert client.get(reverse("messages")).text.count("Nothing so far.") == 1
        assert client.get(reverse("home")).text.count('class="pip"') == 0
        self.told(cast, 2)
        # Two on the page, and two in the bar: beside the name and in the menu under it.
        assert client.get(reverse("messages")).text.count('class="pip"') == 4
        assert client.get(reverse("home")).text.count('class="pip"') == 2
        assert client.get(reverse("messages")).text.count('hx-trigger="load delay:2s"') == 1
        assert client.post(reverse("messages_seen")).status_code == 302
        page = client.get(reverse("messages")).text
        assert [page.count(part) for part in ('class="pip"', "hx-trigger=", "new</span>")] == [
            0, 0, 0,
        ]  # fmt: skip
        assert page.count("Something waits for a moderator.") == 2

    def test_looking_writes_nothing(self, cast: Cast) -> None:
        self.told(cast, 1)
        sql = self.queries(client_of(cast.member))
        assert [each for each in sql if not each.startswith("SELECT")] == []
        assert Notice.objects.unseen().count() == 1

    def test_what_came_after_the_page_stays_new(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = client_of(cast.member)
        self.told(cast, 1)
        page = client.get(reverse("messages")).text
        until = re.findall(r'name="until" value="([^"]+)"', page)
        pass_time(monkeypatch, seconds=1)
        self.told(cast, 1)
        answer = client.post(reverse("messages_seen"), {"until": until[0]}, headers=HTMX)
        assert answer.status_code == 204
        assert Notice.objects.unseen().count() == 1
        cast.member.refresh_from_db()
        assert cast.member.has_messages
        client.post(reverse("messages_seen"), {"until": "yesterday"})
        cast.member.refresh_from_db()
        assert not cast.member.has_messages

    def test_nobody_marks_anothers(self, cast: Cast) -> None:
        self.told(cast, 1)
        see(by=cast.other)
        assert Notice.objects.unseen().count() == 1

    def test_what_does_not_show_yet_is_not_seen(self, cast: Cast, note: Annotation) -> None:
        remove(cast, note)
        client = client_of(cast.member)
        assert client.get(reverse("messages")).text.count("removed") == 0
        see(by=cast.member)
        cast.member.refresh_from_db()
        assert Notice.objects.unseen().filter(to=cast.member).count() == 1
        assert not cast.member.has_messages

    def test_an_older_one_stays_new_while_another_waits(self, cast: Cast, note: Annotation) -> None:
        self.told(cast, 1)
        remove(cast, note)
        cast.member.refresh_from_db()
        assert cast.member.has_messages

    def test_then_it_is_new(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remove(cast, note)
        see(by=cast.member)
        pass_time(monkeypatch, seconds=31)
        cast.member.refresh_from_db()
        assert cast.member.has_messages

    def test_a_page_of_them_and_older_ones(self, cast: Cast) -> None:
        self.told(cast, A_PAGE + 5)
        client = client_of(cast.member)
        first = client.get(reverse("messages")).text
        assert first.count("Something waits") == A_PAGE
        older = re.findall(r'href="(\?before=\d+)"', first)
        second = client.get(reverse("messages") + older[0]).text
        assert (second.count("Something waits"), second.count("?before=")) == (5, 0)
        assert second.count("hx-trigger=") == 0

    @pytest.mark.parametrize("before", ["x", "0", "-1", "9" * 40, "²", ""])
    def test_before_nothing_is_the_first_page(self, cast: Cast, before: str) -> None:
        self.told(cast, 1)
        answer = client_of(cast.member).get(reverse("messages"), {"before": before})
        assert (answer.status_code, answer.text.count("Something waits")) == (200, 1)

    def test_anothers_message_is_no_place_to_begin(self, cast: Cast) -> None:
        self.told(cast, 1)
        tell(cast.other, Told.WAITING, group=cast.group, path="/")
        foreign = Notice.objects.get(to=cast.other)
        page = client_of(cast.member).get(reverse("messages"), {"before": foreign.pk}).text
        assert page.count("Something waits") == 1

    def test_by_day_in_ones_own_time_zone(self, cast: Cast) -> None:
        self.told(cast, 3)
        at = [datetime(2026, 3, 14, 8, 30, tzinfo=UTC), datetime(2026, 3, 14, 12, 30, tzinfo=UTC)]
        for moment, notice in zip([*at, at[1]], Notice.objects.order_by("pk"), strict=True):
            Notice.objects.filter(pk=notice.pk).update(shows_at=moment)
        cast.member.time_zone = "Pacific/Auckland"
        cast.member.save(update_fields=["time_zone"])
        page = client_of(cast.member).get(reverse("messages")).text
        days = re.findall(r'<h2><time datetime="([\d-]+)">([^<]+)</time></h2>', page)
        assert days == [("2026-03-15", "15 March 2026"), ("2026-03-14", "14 March 2026")]
        assert re.findall(r"<time [^>]+>(\d\d:\d\d)</time>", page) == ["01:30", "01:30", "21:30"]

    @pytest.mark.parametrize("count", [3, 40])
    def test_its_queries(
        self, cast: Cast, write: Write, count: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(count):
            note = write(cast.member, f"Number {number} of many.")
            tell(cast.member, Told.WAITING, group=cast.group, path="/")
            if number % 2:
                remove(cast, note)
        elsewhere = StudyGroup.objects.get(name="Friday circle")
        tell(cast.member, Told.ASKED_AGAIN, group=elsewhere, path="/")
        pass_time(monkeypatch, seconds=31)
        client = client_of(cast.member)
        client.get(reverse("messages"))
        # Session, person, messages with what they tell, reasons, where the person may come in.
        assert len(self.queries(client)) == 5

    def test_the_bar_costs_no_query(self, cast: Cast) -> None:
        client = client_of(cast.member)
        client.get(reverse("settings"))
        without = len(self.queries_of(client, "settings"))
        self.told(cast, 3)
        assert len(self.queries_of(client, "settings")) == without

    def queries_of(self, client: Client, name: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(name))
        return [query["sql"] for query in asked.captured_queries]

    def test_the_reading_page_is_fetched_anew_for_it(self, cast: Cast, note: Annotation) -> None:
        client = client_of(cast.member)
        address = cast.reading.get_absolute_url()
        client.get(address)  # which brings the token that the page holds
        etag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
        self.told(cast, 1)
        answer = client.get(address, headers={"If-None-Match": etag})
        assert (answer.status_code, answer.text.count('class="pip"')) == (200, 2)


class TestWhy:
    def page(self, user: User, note: Annotation) -> str:
        answer = client_of(user).get(reverse("note_why", args=[note.uuid]))
        assert answer.status_code == 200
        return answer.text

    def test_it_is_for_the_author_and_leaders(
        self, cast: Cast, note: Annotation, write: Write
    ) -> None:
        private = write(cast.member, "Mine alone.", audience="private")
        for user, of, status in (
            (cast.member, note, 200), (cast.owner, note, 200), (cast.moderator, note, 200),
            (cast.other, note, 404), (cast.observer, note, 404), (cast.outsider, note, 404),
            (cast.member, private, 404), (cast.owner, private, 404),
        ):  # fmt: skip
            answer = client_of(user).get(reverse("note_why", args=[of.uuid]))
            assert (user.name, answer.status_code) == (user.name, status)

    def test_of_a_new_members_note(self, cast: Cast, write: Write) -> None:
        cast.group.holds_first = 1
        cast.group.save(update_fields=["holds_first"])
        cast.reading.refresh_from_db()
        note = write(cast.member, "My first.")
        page = self.page(cast.member, note)
        assert page.count("It waits for a leader. Until then nobody else sees it.") == 1
        first = "The leaders look at the first notes of new members before others see them."
        assert page.count(first) == 1
        menu = client_of(cast.member).get(reverse("note_menu", args=[note.uuid])).text
        assert menu.count(f"/n/{note.uuid}/why/") == 1

    def test_a_word_rule_is_shown_to_leaders_alone(self, cast: Cast, write: Write) -> None:
        from annotations.models import WordRule

        WordRule.objects.create(
            group=cast.group, words="abracad*", effect="hold", created_by=cast.owner
        )
        note = write(cast.member, "Well: ABRACADABRA.")
        mine, theirs = self.page(cast.member, note), self.page(cast.moderator, note)
        assert mine.count("There are words in it that the leaders look at first.") == 1
        assert mine.upper().count("ABRACAD") == 1  # in the note alone
        assert theirs.count("A word rule") == 2  # why it waits, and the row of the log
        assert theirs.count("“<bdi>ABRACADABRA</bdi>”") == 1

    def test_of_a_removed_one(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = remove(cast, note)
        way = f'href="/decisions/{entry.pk}/"'
        mine = self.page(cast.member, note)
        assert mine.count("It was removed.") == 1
        assert mine.count("<b>Reason:</b> Hurts somebody") == 1
        assert mine.count("Say it kindly.") == 1
        assert mine.count("Sharp words.") == 1
        assert mine.count("Moses") == 0
        assert mine.count(f"/n/{note.uuid}/resubmit/") == 1
        assert mine.count(way) == 0  # it may yet be undone
        pass_time(monkeypatch, seconds=31)
        mine = self.page(cast.member, note)
        assert (mine.count(way), mine.count(" · a moderator")) == (1, 1)
        theirs = self.page(cast.owner, note)
        assert (theirs.count("Moses"), theirs.count("resubmit")) == (1, 0)

    def test_what_was_undone_in_time_is_not_told(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = remove(cast, note)
        moderation.undo(by=cast.moderator, entry=entry)
        pass_time(monkeypatch, seconds=31)
        mine = self.page(cast.member, note)
        assert [mine.count(word) for word in ("emoved", "Hurts", "taken back")] == [0, 0, 0]
        assert lines(cast.member) == []
        assert self.page(cast.owner, note).count("emoved") == 1

    def test_an_edit_that_waits_and_one_that_was_declined(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from annotations import actions

        Membership.objects.filter(user=cast.member).update(standing=Standing.HELD)
        note = actions.edit(by=cast.member, annotation=note, body="Other words.")
        page = self.page(cast.member, note)
        assert page.count("New words that wait for a leader") == 1
        assert (page.count("Other words."), page.count("Sharp words.")) == (1, 1)
        assert page.count("For now the leaders look at your notes before others see them.") == 1
        moderation.decline_edit(
            by=cast.moderator, annotation=note, seen=note.version, reason="unkind",
            sentence="Not like this.",
        )  # fmt: skip
        pass_time(monkeypatch, seconds=31)
        page = self.page(cast.member, note)
        assert page.count("New words that weren’t taken") == 1
        assert (page.count("Other words."), page.count("Not like this.")) == (1, 1)
        declined = LogEntry.objects.get(verb=Verb.DECLINE_EDIT)
        assert page.count(f'href="/decisions/{declined.pk}/"') == 1

    def test_one_hidden_for_reports_says_so_to_leaders_alone(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast.group.hides_reported = True
        cast.group.save(update_fields=["hides_reported"])
        for by in (cast.other, cast.observer):
            report(by=by, annotation=note, revision=1, reason="unkind")
        pass_time(monkeypatch, seconds=31)
        mine = self.page(cast.member, note)
        assert mine.count("It is hidden while it is checked.") == 1
        assert [mine.count(word) for word in ("eported", "Hurts")] == [0, 0]
        assert self.page(cast.owner, note).count("Reported by several people") == 1

    def test_its_queries(self, cast: Cast, note: Annotation, write: Write) -> None:
        client = client_of(cast.owner)
        counted = []
        for rounds in (1, 5):
            for _ in range(rounds):
                note.refresh_from_db()
                verb = Verb.HIDE if note.state != State.HIDDEN else Verb.APPROVE
                moderation.decide(by=cast.moderator, annotation=note, verb=verb, seen=note.version)
            client.get(reverse("note_why", args=[note.uuid]))
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("note_why", args=[note.uuid]))
            counted.append(len(asked.captured_queries))
        assert counted == [10, 10]
