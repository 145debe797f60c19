"""Who took part: for leaders, numbers as they are, and nothing of what isn't theirs to know."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.models import Annotation
from annotations.taking_part import Row, table_of, to_csv
from reader.actions.participation import extend, finish
from reader.actions.readings import new_circle
from reader.models import Membership, Participation, Reading, User
from reader.pseudonyms import name_all, pseudonym_for
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

DUE = datetime(2031, 5, 4, 12, tzinfo=UTC)


def row_of(cast: Cast, user: User) -> Row:
    """The one row of this person."""
    (row,) = (row for row in table_of(cast.reading).rows if row.name == user.name)
    return row


def counted(cast: Cast, user: User) -> tuple[int, int, int]:
    row = row_of(cast, user)
    return row.notes, row.questions, row.replies


def backdate(note: Annotation, when: datetime) -> Annotation:
    Annotation.objects.filter(pk=note.pk).update(created_at=when)
    return note


def set_due(reading: Reading, due: datetime | None) -> None:
    reading.due_at = due
    reading.save(update_fields=["due_at"])


def address(name: str, reading: Reading) -> str:
    return reverse(name, args=[reading.group.slug, reading.article.slug])


def csv_of(reading: Reading) -> list[list[str]]:
    text = to_csv(table_of(reading)).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), strict=True))


class TestNumbers:
    def test_notes_questions_and_replies(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "One.")
        write(cast.member)
        write(cast.member, "Why?", motivation="questioning")
        write(cast.member, "So it is.", to=root)
        write(cast.other, "No.", to=root)
        assert counted(cast, cast.member) == (3, 1, 1)
        assert counted(cast, cast.other) == (0, 0, 1)
        assert counted(cast, cast.owner) == (0, 0, 0)

    def test_whoever_it_was_written_for(self, cast: Cast, write: Write) -> None:
        red = new_circle(by=cast.owner, reading=cast.reading, name="Red")
        red.members.add(cast.member)
        to_circle = write(cast.member, "Among us.", audience="circle", circle=red)
        write(cast.owner, "For us.", audience="leaders")
        private = actions.reply(
            by=cast.owner, parent=to_circle, body="For you.", client_id=uuid4(), privately=True
        )
        write(cast.member, "Thank you.", to=private)
        assert counted(cast, cast.member) == (1, 0, 1)
        assert counted(cast, cast.owner) == (1, 0, 1)

    def test_private_notes_leave_no_trace(self, cast: Cast, write: Write) -> None:
        before = table_of(cast.reading).rows
        backdate(write(cast.member, "For me.", audience="private"), DUE)
        assert table_of(cast.reading).rows == before

    @pytest.mark.parametrize(
        ("state", "counts"),
        [
            ("visible", 1), ("approved", 1), ("pending", 1), ("hidden", 1), ("removed", 1),
            ("withdrawn", 0), ("purged", 0),
        ],
    )  # fmt: skip
    def test_what_was_taken_back_does_not_count(
        self, cast: Cast, write: Write, state: str, counts: int
    ) -> None:
        note = backdate(write(cast.member, "Well."), DUE)
        Annotation.objects.filter(pk=note.pk).update(state=state)
        row = row_of(cast, cast.member)
        seen = DUE if counts else None
        assert (row.written, row.first, row.last) == (counts, seen, seen)

    def test_first_and_last(self, cast: Cast, write: Write) -> None:
        root = backdate(write(cast.member, "One."), DUE - timedelta(days=2))
        backdate(write(cast.member, "Two.", to=root), DUE + timedelta(days=1))
        row = row_of(cast, cast.member)
        assert (row.first, row.last) == (DUE - timedelta(days=2), DUE + timedelta(days=1))

    def test_another_reading_of_the_group_counts_for_itself(self, cast: Cast, write: Write) -> None:
        write(cast.member, "Here.")
        assert table_of(cast.elsewhere).rows[0].written == 0


class TestOnTime:
    @pytest.fixture
    def three(self, cast: Cast, write: Write) -> None:
        for days in (-1, 0, 1):
            backdate(write(cast.member, "Now."), DUE + timedelta(days=days))

    @pytest.mark.parametrize(
        ("due", "own", "on_time", "by"),
        [
            (None, None, 0, None),
            (DUE, None, 2, DUE),
            (None, DUE - timedelta(hours=1), 1, DUE - timedelta(hours=1)),
            (DUE, DUE + timedelta(days=1), 3, DUE + timedelta(days=1)),
            (DUE, DUE - timedelta(days=2), 0, DUE - timedelta(days=2)),
        ],
    )
    def test_by_the_persons_own_date(
        self,
        cast: Cast,
        three: None,
        due: datetime | None,
        own: datetime | None,
        on_time: int,
        by: datetime | None,
    ) -> None:
        set_due(cast.reading, due)
        finish(by=cast.other, reading=cast.reading)
        extend(by=cast.owner, reading=cast.reading, user=cast.member, due_at=own)
        extend(by=cast.owner, reading=cast.reading, user=cast.other, due_at=DUE)
        row = row_of(cast, cast.member)
        assert (row.on_time, row.due_at, row.has_own_date) == (on_time, by, own is not None)
        page = client_of(cast.owner).get(address("taking_part", cast.reading)).text
        assert page.count(f"{on_time} of 3") == (1 if by else 0)

    def test_no_date_is_said(self, cast: Cast, three: None) -> None:
        page = client_of(cast.owner).get(address("taking_part", cast.reading)).text
        assert page.count("no date") == len(table_of(cast.reading).rows) == 4


class TestWho:
    def names(self, cast: Cast) -> list[str]:
        return [row.name for row in table_of(cast.reading).rows]

    def test_everybody_who_is_there_to_write_by_name(self, cast: Cast) -> None:
        User.objects.filter(pk=cast.owner.pk).update(name="olga")
        assert self.names(cast) == ["Mira", "Moses", "Nils", "olga"]

    def test_observers_only_if_they_wrote(self, cast: Cast, write: Write) -> None:
        assert self.names(cast) == ["Mira", "Moses", "Nils", "Olga"]
        Membership.objects.filter(user=cast.observer).update(role="member")
        write(cast.observer, "Before I only looked on.")
        Membership.objects.filter(user=cast.observer).update(role="observer")
        assert self.names(cast) == ["Mira", "Moses", "Nils", "Olga", "Ute"]

    def test_who_has_left_only_if_they_wrote(self, cast: Cast, write: Write) -> None:
        write(cast.member, "Before I left.")
        left = Membership.objects.filter(user__in=[cast.member, cast.other])
        left.update(left_at=timezone.now())
        rows = table_of(cast.reading).rows
        assert [(row.name, row.has_left) for row in rows] == [
            ("Mira", True), ("Moses", False), ("Olga", False),
        ]  # fmt: skip

    @pytest.mark.parametrize("how", ["nameless", "anonymised"])
    def test_who_wants_no_name_there_has_none(self, cast: Cast, write: Write, how: str) -> None:
        write(cast.member, "Before I left.")
        left = Membership.objects.filter(user=cast.member)
        left.update(left_at=timezone.now(), nameless=how == "nameless")
        if how == "anonymised":
            User.objects.filter(pk=cast.member.pk).update(anonymised_at=timezone.now())
        assert self.names(cast) == ["former member", "Moses", "Nils", "Olga"]
        page = client_of(cast.owner).get(address("taking_part", cast.reading)).text
        assert page.count("Mira") == 0

    def test_nobody_from_elsewhere(self, cast: Cast) -> None:
        assert [row.name for row in table_of(cast.elsewhere).rows] == ["Otto"]


class TestBesideTheNumbers:
    def test_circle_and_finished(self, cast: Cast) -> None:
        red = new_circle(by=cast.owner, reading=cast.reading, name="Red")
        red.members.add(cast.member)
        said = finish(by=cast.other, reading=cast.reading).finished_at
        assert (row_of(cast, cast.member).circle, row_of(cast, cast.other).circle) == ("Red", "")
        assert row_of(cast, cast.other).finished_at == said
        assert row_of(cast, cast.member).finished_at is None

    def test_pseudonyms_stand_beside_names_for_leaders_alone(
        self, cast: Cast, write: Write
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        alias = pseudonym_for(cast.reading, cast.member).name
        url = address("taking_part", cast.reading)
        for leader in (cast.owner, cast.moderator):
            page = client_of(leader).get(url).text
            assert page.count(f"Mira</th><td>{alias}</td>") == 1
        for user in (cast.member, cast.other, cast.observer):
            refused = client_of(user).get(url)
            assert (refused.status_code, refused.text.count(alias)) == (403, 0)

    def test_columns_that_say_nothing_are_left_out(self, cast: Cast) -> None:
        page = client_of(cast.owner).get(address("taking_part", cast.reading)).text
        heads = [page.count(f">{head}</th>") for head in ("Appears as", "Circle", "Finished")]
        assert heads == [0, 0, 0]


class TestThePage:
    def test_who_gets_it(self, cast: Cast) -> None:
        people = (cast.owner, cast.moderator, cast.member, cast.observer, cast.outsider)
        for name in ("taking_part", "taking_part_csv"):
            url = address(name, cast.reading)
            got = [client_of(user).get(url).status_code for user in people]
            assert got == [200, 200, 403, 403, 404], name
            assert client_of(cast.owner).put(url).status_code == 405
        assert client_of(cast.owner).post(url).status_code == 405

    def test_an_extension(self, cast: Cast) -> None:
        client, url = client_of(cast.owner), address("taking_part", cast.reading)
        sent = {"user": cast.member.pk, "due_at": "2031-05-04T12:00"}
        answer = client.post(url, sent)
        assert (answer.status_code, answer.headers["Location"]) == (302, url)
        assert Participation.objects.get().due_at == DUE
        assert client.get(url).text.count("due 4 May, 12:00") == 1
        client.post(url, sent | {"due_at": ""})
        assert Participation.objects.get().due_at is None
        assert client_of(cast.member).post(url, sent).status_code == 403
        assert client_of(cast.outsider).post(url, sent).status_code == 404
        assert Participation.objects.get().due_at is None

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"user": ""}, "This field is required."),
            ({"user": "outsider"}, "This person isn’t in the group any more."),
            ({"user": "former"}, "This person isn’t in the group any more."),
            ({"user": "1" * 30}, "This person isn’t in the group any more."),
            ({"user": "x"}, "This person isn’t in the group any more."),
            ({"due_at": "soon"}, "Enter a valid date/time."),
            ({"due_at": "2030-01-01T00:00"}, "This is before the reading opens."),
        ],
    )
    def test_an_extension_that_cannot_be(
        self, cast: Cast, changed: dict[str, str], sentence: str
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(opens_at=DUE - timedelta(days=9))
        Membership.objects.filter(user=cast.other).update(left_at=timezone.now())
        ids = {"outsider": str(cast.outsider.pk), "former": str(cast.other.pk)}
        sent = {"user": str(cast.member.pk), "due_at": "2031-05-04T12:00"} | changed
        sent["user"] = ids.get(sent["user"], sent["user"])
        page = client_of(cast.moderator).post(address("taking_part", cast.reading), sent)
        assert (page.status_code, page.text.count(sentence)) == (422, 1)
        assert page.text.count(f'value="{sent["due_at"]}"') == 1
        assert Participation.objects.count() == 0


class TestCsv:
    def test_all_columns(self, cast: Cast, write: Write) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        cast.reading.refresh_from_db()
        red = new_circle(by=cast.owner, reading=cast.reading, name="Red, and rose")
        red.members.add(cast.member)
        alias = pseudonym_for(cast.reading, cast.member).name
        root = backdate(write(cast.member, "Why?", motivation="questioning"), DUE)
        backdate(write(cast.member, "So.", to=root), DUE + timedelta(days=1))
        set_due(cast.reading, DUE)
        Participation.objects.create(
            reading=cast.reading, user=cast.member, finished_at=DUE + timedelta(hours=1)
        )
        assert csv_of(cast.reading)[:3] == [
            ["Name", "Pseudonym", "Circle", "Notes", "Questions among them", "Replies", "First",
             "Last", "Due", "On time", "Finished"],
            ["Mira", alias, "Red, and rose", "1", "1", "1", "2031-05-04T12:00:00Z",
             "2031-05-05T12:00:00Z", "2031-05-04T12:00:00Z", "1", "2031-05-04T13:00:00Z"],
            ["Moses", "", "", "0", "0", "0", "", "", "2031-05-04T12:00:00Z", "0", ""],
        ]  # fmt: skip

    def test_without_a_date_nothing_is_on_time_or_late(self, cast: Cast) -> None:
        rows = csv_of(cast.reading)
        assert {tuple(row[8:10]) for row in rows[1:]} == {("", "")}

    def test_what_is_sent(self, cast: Cast) -> None:
        answer = client_of(cast.owner).get(address("taking_part_csv", cast.reading))
        assert {
            name: answer.headers[name]
            for name in ("Content-Type", "Content-Disposition", "Cache-Control")
        } == {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition":
                'attachment; filename="thursday-circle-of-margins-taking-part.csv"',
            "Cache-Control": "private, no-store",
        }  # fmt: skip
        assert answer.content.startswith(b"\xef\xbb\xbfName,")
        assert answer.content.count(b"\r\n") == answer.content.count(b"\n") == 5

    @pytest.mark.hostile
    @pytest.mark.parametrize(
        "name",
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example","x")'],
    )
    def test_nothing_is_a_formula(self, cast: Cast, name: str) -> None:
        red = new_circle(by=cast.owner, reading=cast.reading, name="Red")
        type(red).objects.filter(pk=red.pk).update(name=name)
        red.members.add(cast.member)
        User.objects.filter(pk=cast.member.pk).update(name=name)
        (row,) = (row for row in csv_of(cast.reading)[1:] if row[2])
        assert (row[0], row[2]) == (f"'{name}", f"'{name}")

    @pytest.mark.hostile
    @pytest.mark.parametrize("name", ['Mi"ra', "Mi,ra", "Mi;ra", "Mi\r\nra", "Zoë 読", "Mi'ra"])
    def test_names_come_through(self, cast: Cast, name: str) -> None:
        User.objects.filter(pk=cast.member.pk).update(name=name)
        assert [row[0] for row in csv_of(cast.reading)].count(name) == 1


@pytest.mark.parametrize(("count", "notes"), [(3, 1), (3, 40), (300, 1)])
def test_a_constant_number_of_queries(cast: Cast, write: Write, count: int, notes: int) -> None:
    users = User.objects.bulk_create(
        User(email=f"p{number}@example.org", name=f"P {number}") for number in range(count)
    )
    Membership.objects.bulk_create(Membership(group=cast.group, user=user) for user in users)
    red = new_circle(by=cast.owner, reading=cast.reading, name="Red")
    red.members.set(users)
    name_all(cast.reading, [user.pk for user in users])
    for user in users[:3]:
        for _ in range(notes):
            write(user, "Well.")
    client = client_of(cast.owner)
    assert queries(lambda: client.get(address("taking_part", cast.reading))) == 7
    assert queries(lambda: client.get(address("taking_part_csv", cast.reading))) == 6


def queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert ask().status_code == 200
    wrapping = ("SAVEPOINT", "RELEASE SAVEPOINT")
    return sum(not query["sql"].startswith(wrapping) for query in asked.captured_queries)
