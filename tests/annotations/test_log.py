"""What a group's log says to its leaders, and what of it to its members."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.enums import Actor, Verb
from annotations.log import A_PAGE, for_leaders, for_members
from annotations.models import Annotation, LogEntry
from annotations.moderation import decide, decide_all, rules, undo
from annotations.moderation.logbook import record
from annotations.moderation.reporting import report
from annotations.moderation.standings import set_standing
from annotations.querysets import moderation
from reader.actions import leave
from reader.models import User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of, join

TEXT, SAID = "Marker of the text.", "Marker of the sentence."


@pytest.fixture
def there(cast: Cast) -> str:
    return reverse("group_log", args=[cast.group.slug])


type Earlier = Callable[[], None]


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> Earlier:
    """Called, whatever was done can no longer be taken back."""
    return lambda: monkeypatch.setattr(moderation, "UNDO_FOR", timedelta(0))


def remove(cast: Cast, note: Annotation, by: User | None = None) -> LogEntry:
    decided = decide(
        by=by or cast.moderator, annotation=note, verb=Verb.REMOVE, seen=note.version,
        reason="unkind", sentence=SAID,
    )  # fmt: skip
    assert decided.entry is not None
    return decided.entry


def rows(page: str) -> list[str]:
    """What the rows say, without their marks."""
    found = re.findall(r'<li id="l-\d+">(.*?)</li>\n?(?=<li id="l-|</ul>)', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def premoderate(cast: Cast) -> None:
    for group in (cast.group, cast.reading.group):
        group.premoderates = True
        group.save(update_fields=["premoderates"])


class TestLeaders:
    def test_who_did_what_to_whom_and_why(self, cast: Cast, write: Write, there: str) -> None:
        note = write(cast.member, TEXT)
        entry = remove(cast, note)
        rules.add_word_rule(by=cast.owner, group=cast.group, words="damn", effect="block")
        page = client_of(cast.owner).get(there).text
        when = rf"today, {timezone.localtime(entry.at):%H:%M}"
        assert rows(page) == [
            f"{when} Word rule added “damn” · don’t take it; the author sees which word it is "
            "Olga (the owner)",
            f"{when} Removed · Mira · Hurts somebody · the note Moses (a moderator) · this "
            f"decision {SAID}",
        ]
        assert page.count(f"/n/{note.uuid}/?in=thursday-circle") == 1
        assert TEXT not in page

    def test_the_newest_first_and_by_pages(self, cast: Cast, there: str) -> None:
        for n in range(A_PAGE + 3):
            record(
                group=cast.group, verb=Verb.CHANGE_RULES, by=cast.owner, acting_as=Actor.OWNER,
                details={"what": "reason_added", "words": f"R{n}."},
            )  # fmt: skip
        client = client_of(cast.owner)
        first = client.get(there).text
        more = re.findall(r'href="(\?after=\d+)"', first)
        second = client.get(f"{there}{more[0]}").text
        words = [re.search(r"“(R\d+\.)”", row)[1] for row in (*rows(first), *rows(second))]  # type: ignore[index]
        assert words == [f"R{n}." for n in range(A_PAGE + 3)][::-1]
        assert (len(rows(first)), len(more), "?after=" in second) == (A_PAGE, 1, False)

    @pytest.mark.parametrize("odd", ["x", "-1", "9" * 30, "", "٣", "1%00", "0"])
    def test_an_odd_page_is_the_first_or_empty(self, cast: Cast, there: str, odd: str) -> None:
        rules.add_reason(by=cast.owner, group=cast.group, label="Ours")
        assert client_of(cast.owner).get(f"{there}?after={odd}").status_code == 200

    def test_several_notes_unfold_to_each(self, cast: Cast, write: Write, there: str) -> None:
        notes = [write(cast.member, f"{TEXT} {n}") for n in range(3)]
        chosen = [(note.uuid, note.version) for note in notes]
        decide_all(
            by=cast.owner, group=cast.group, chosen=chosen, verb=Verb.REMOVE, reason="off-topic"
        )
        (row,) = rows(client_of(cast.moderator).get(there).text)
        assert row.count("3 notes: removed") == 1
        assert row.count("3 parts") == 1
        assert row.count("Removed · Mira · Not about the text · the note") == 3

    def test_a_ban_with_its_notes_unfolds_twice(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        for n in range(2):
            write(cast.member, f"{n}.")
        theirs = cast.group.memberships.get(user=cast.member)
        set_standing(
            by=cast.owner, membership=theirs, standing="banned", reason="unkind", notes="remove",
        )  # fmt: skip
        page = for_leaders(cast.moderator, cast.group, None)
        (row,) = page.rows
        assert (row.done, row.of, row.further) == ("Standing changed", "Mira", ("banned",))
        (bulk,) = row.parts
        assert (bulk.done, [part.of for part in bulk.parts]) == (
            "2 notes: removed", ["Mira", "Mira"],
        )  # fmt: skip
        earlier()
        assert [row.done for row in for_members(cast.group, None).rows] == [
            "It was decided what somebody may do here"
        ]

    def test_one_looks_by_person_and_by_what_was_done(
        self, cast: Cast, write: Write, there: str
    ) -> None:
        remove(cast, write(cast.member, "One."))
        decide(
            by=cast.owner, annotation=(two := write(cast.other, "Two.")), verb=Verb.HIDE,
            seen=two.version,
        )  # fmt: skip
        client = client_of(cast.owner)

        def found(**asked: Any) -> list[str]:
            page = client.get(there, asked)
            assert page.status_code == 200
            return [row.split(", ")[1][6:].split(" ·")[0] for row in rows(page.text)]

        assert found(person=cast.member.pk) == ["Removed"]
        assert found(person=cast.owner.pk) == ["Hidden"]
        assert found(verb="hide") == ["Hidden"]
        assert found(verb="remove", person=cast.other.pk) == []
        everything = ["Hidden", "Removed"]
        assert found(person=cast.outsider.pk, verb="burn") == everything
        assert found(person="x") == found(person="", verb="") == everything

    def test_names_are_those_of_now(self, cast: Cast, write: Write, there: str) -> None:
        note, others = write(cast.member, "One."), write(cast.other, "Two.")
        remove(cast, note)
        remove(cast, others)
        User.objects.filter(pk=cast.moderator.pk).update(name="Moshe")
        leave(by=cast.member, group=cast.group, nameless=True)
        User.objects.filter(pk=cast.other.pk).update(anonymised_at=timezone.now())
        page = client_of(cast.owner).get(there).text
        assert page.count("Moshe (a moderator)") == 2
        assert page.count("<bdi>former member</bdi>") == 2
        assert page.count("Mira") == page.count("Nils") == page.count("Moses") == 0

    def test_nobody_learns_that_their_own_note_was_reported(
        self, cast: Cast, write: Write, there: str
    ) -> None:
        note = write(cast.moderator, TEXT)
        report(by=cast.member, annotation=note, revision=1, reason="unkind", sentence=SAID)
        rule = rules.add_reason(by=cast.owner, group=cast.group, label="Ours")
        assert rule.pk
        assert [row.done for row in for_leaders(cast.moderator, cast.group, None).rows] == [
            "Reason added"
        ]
        assert "Reported" in [row.done for row in for_leaders(cast.owner, cast.group, None).rows]
        page = client_of(cast.owner).get(there).text
        assert SAID not in page  # what somebody wrote in a report is in the report alone
        assert all("Mira" not in row for row in rows(page))

    def test_of_another_group_there_is_nothing(self, cast: Cast, there: str) -> None:
        rules.add_reason(by=cast.outsider, group=cast.elsewhere.group, label="Theirs")
        assert client_of(cast.owner).get(there).text.count("Nothing was done yet.") == 1
        assert client_of(cast.outsider).get(there).status_code == 404


class TestMembers:
    def test_what_was_done_without_names_and_words(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        note = write(cast.member, TEXT)
        remove(cast, note)
        rules.add_word_rule(by=cast.owner, group=cast.group, words="damn", effect="block")
        earlier()
        for user in (cast.other, cast.member, cast.observer):
            page = client_of(user).get(there).text
            assert rows(page) == [
                "today The leaders changed what they watch for, or their reasons",
                "today A note was removed · Hurts somebody",
            ]
            hidden = ["Mira", "Moses", "Olga", TEXT, SAID, "damn", str(note.uuid), "decisions/"]
            if user == cast.member:
                hidden.remove("Mira")  # her own account
            assert [word for word in hidden if word in page] == []

    def test_nothing_of_what_they_could_not_see(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        premoderate(cast)
        held = [write(cast.member, f"{n}.") for n in range(4)]
        remove(cast, held[0])
        chosen = [(note.uuid, note.version) for note in held[1:3]]
        decide_all(by=cast.owner, group=cast.group, chosen=chosen, verb=Verb.APPROVE)
        open_note = write(cast.owner, "Open.")
        report(by=cast.member, annotation=open_note, revision=1, reason="unkind")
        earlier()
        assert rows(client_of(cast.other).get(there).text) == []

    def test_several_at_once_are_counted_as_far_as_they_were_shown(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        shown = [write(cast.member, f"{n}.") for n in range(2)]
        premoderate(cast)
        held = Annotation.objects.get(pk=write(cast.other, "Held.").pk)
        assert held.state == "pending"
        chosen = [(note.uuid, note.version) for note in (*shown, held)]
        decide_all(
            by=cast.owner, group=cast.group, chosen=chosen, verb=Verb.REMOVE, reason="unkind"
        )
        earlier()
        assert rows(client_of(cast.other).get(there).text) == [
            "today 2 notes: removed · Hurts somebody"
        ]

    def test_not_while_it_can_be_taken_back_nor_once_it_was(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        entry = remove(cast, write(cast.member, TEXT))
        client = client_of(cast.other)
        assert rows(client.get(there).text) == []
        undo(by=cast.moderator, entry=entry)
        earlier()
        assert rows(client.get(there).text) == []

    def test_they_see_none_where_the_group_keeps_it_closed(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        remove(cast, write(cast.member, TEXT))
        earlier()
        cast.group.log_is_open, cast.group.holds_first = False, 2
        cast.group.save(update_fields=["log_is_open", "holds_first"])
        for user in (cast.member, cast.observer):
            answer = client_of(user).get(there)
            assert answer.status_code == 403
            assert answer.text.count("keep the list of their decisions to themselves") == 1
            # No rule holds anything unseen.
            assert answer.text.count("The first 2 notes of a new member wait.") == 1
            assert "Hurts somebody" not in answer.text
        page = client_of(cast.moderator).get(there)
        assert (page.status_code, len(rows(page.text))) == (200, 1)

    def test_members_look_for_nobody(
        self, cast: Cast, write: Write, earlier: Earlier, there: str
    ) -> None:
        remove(cast, write(cast.member, TEXT))
        earlier()
        client = client_of(cast.other)
        asked = f"{there}?person={cast.other.pk}&verb=hide"
        assert len(rows(client.get(asked).text)) == 1
        assert "<select" not in client.get(there).text

    def test_readers_of_a_public_group_see_none(self, cast: Cast, there: str) -> None:
        cast.group.readable_by = "public"
        cast.group.save(update_fields=["readable_by"])
        assert client_of(cast.outsider).get(there).status_code == 403
        assert client_of(None).get(there).status_code == 302


class TestWhatItCosts:
    def fill(self, cast: Cast, write: Write, many: int) -> None:
        notes = [write((cast.member, cast.other)[n % 2], f"{n}.") for n in range(3)]
        decide_all(
            by=cast.owner, group=cast.group, verb=Verb.REMOVE, reason="unkind",
            chosen=[(note.uuid, note.version) for note in notes],
        )  # fmt: skip
        for n in range(many):
            record(
                group=cast.group, verb=Verb.HIDE, by=cast.moderator, acting_as=Actor.MODERATOR,
                annotation=notes[n % 3], before="visible", reason="unkind",
            )  # fmt: skip
        for n in range(min(many, 30)):
            join(cast.group, f"Guest{many}x{n}")

    def test_queries(self, cast: Cast, write: Write, earlier: Earlier, there: str) -> None:
        counts = []
        for many in (3, 300):
            self.fill(cast, write, many)
            earlier()
            for user in (cast.owner, cast.other):
                client = client_of(user)
                with CaptureQueriesContext(connection) as asked:
                    assert client.get(there).status_code == 200
                counts.append(len(asked))
        assert counts == [10, 7, 10, 7]


class TestAppendOnly:
    @pytest.fixture
    def entry(self, cast: Cast) -> LogEntry:
        rules.add_reason(by=cast.owner, group=cast.group, label="Ours")
        found: LogEntry = LogEntry.objects.get()
        return found

    def test_code_offers_no_other_way(self, entry: LogEntry) -> None:
        rows = LogEntry.objects.filter(pk=entry.pk)
        ways: dict[str, Callable[[], object]] = {
            "update": lambda: rows.update(sentence="Never said."),
            "delete": lambda: rows.delete(),
            "delete one": entry.delete,
            "bulk_update": lambda: rows.bulk_update([entry], ["sentence"]),
        }
        for change in ways.values():
            with pytest.raises(TypeError, match="only added to"), transaction.atomic():
                change()
        assert LogEntry.objects.get().sentence == ""

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="a trigger of PostgreSQL's")
    def test_nor_does_the_database(self, entry: LogEntry) -> None:
        for asked in (
            "UPDATE annotations_logentry SET sentence = 'Never said.'",
            "DELETE FROM annotations_logentry",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(asked)
        with pytest.raises(DatabaseError), transaction.atomic():
            entry.save()
        assert LogEntry.objects.get().sentence == ""

    def test_withdrawing_leaves_no_row(self, cast: Cast, write: Write) -> None:
        actions.withdraw(by=cast.member, annotation=write(cast.member, TEXT))
        assert LogEntry.objects.count() == 0
