"""What is in an archive and what isn't, by who takes it home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from annotations import actions
from annotations.enums import Actor, Audience, State, Verb
from annotations.exporting import archive
from annotations.exporting.writing import silent
from annotations.models import Annotation, AnnotationRevision, Case, LogEntry, MemberNote, Mute
from annotations.moderation import decide
from annotations.moderation.logbook import record
from annotations.moderation.reporting import report
from reader.models import Membership, Reading, User
from tests.annotations.conftest import Write
from tests.annotations.importing.archived import archived, entries
from tests.annotations.importing.forging import CASES, NOTES, Rows, rows_of, unpacked
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.leaks]
LEADERS = ("owner", "moderator")
NAMES = [
    "group.json",
    "readings/001/article.json",
    "readings/001/paragraphs.jsonl",
    "readings/001/texts.jsonl",
    "readings/001/reading.json",
    "readings/001/notes.jsonl",
    "readings/001/cases.jsonl",
]


def of(cast: Cast, name: str) -> bytes:
    return archived(getattr(cast, name), cast.group)


def rows(data: bytes, name: str = NOTES) -> Rows:
    return rows_of(unpacked(data)[name])


def words(data: bytes) -> bytes:
    """Everything in it, header and all."""
    return b"\n".join(unpacked(data).values())


def bodies(data: bytes) -> list[str]:
    return [row["body"] for row in rows(data)]


@pytest.fixture
def report_and_decide(cast: Cast, write: Write) -> dict[str, Annotation]:
    """A note of the owner and one of a member, each reported, hidden and in the log."""
    made = {"owners": write(cast.owner, "By Olga"), "members": write(cast.member, "By Mira")}
    for note in made.values():
        report(
            by=cast.other, annotation=note, revision=note.revision, reason="unkind",
            sentence="I was hurt",
        )  # fmt: skip
        note.refresh_from_db()
        decide(by=cast.moderator, annotation=note, verb=Verb.HIDE, seen=note.version)
    return made


class TestWhoMay:
    @pytest.mark.parametrize("name", ["member", "other", "observer", "outsider"])
    def test_only_leaders(self, cast: Cast, write: Write, name: str) -> None:
        write(cast.member, "A note")
        with pytest.raises(PermissionDenied):
            archive.write(getattr(cast, name), cast.group, [cast.reading], silent)

    def test_no_reading_of_another_group(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            archive.write(cast.owner, cast.group, [cast.elsewhere], silent)


class TestEntries:
    def test_their_names(self, cast: Cast) -> None:
        for name, log in (("owner", ["log.jsonl"]), ("moderator", [])):
            with ZipFile(BytesIO(of(cast, name))) as opened:
                assert opened.namelist() == [*NAMES, *log, "people.jsonl", "catena.json"]
                dates = {info.date_time for info in opened.infolist()}
                assert dates == {(1980, 1, 1, 0, 0, 0)}

    def test_the_header(self, cast: Cast, write: Write, settings: Any) -> None:
        write(cast.member, "A note")
        data = of(cast, "owner")
        header = json.loads(unpacked(data)["catena.json"])
        named = {each["name"]: each["size"] for each in header.pop("entries")}
        assert named == {name: len(each) for name, each in entries(data).items()}
        made = datetime.fromisoformat(header.pop("generated_at"))
        assert abs((timezone.now() - made).total_seconds()) < 60
        mine = Membership.objects.get(group=cast.group, user=cast.owner)
        assert header == {
            "format": "catena-archive",
            "version": 1,
            "site": settings.CATENA_URL,
            "exported_by": str(mine.uuid),
            "scope": "group",
            "counts": {"readings": 1, "people": 2, "notes": 1, "cases": 0, "log": 0},
        }

    def test_the_same_twice(self, cast: Cast, write: Write) -> None:
        write(cast.other, "An answer", to=write(cast.member, "A note"))
        assert entries(of(cast, "owner")) == entries(of(cast, "owner"))

    def test_it_says_how_far_it_is(self, cast: Cast, write: Write) -> None:
        for n in range(3):
            write(cast.member, f"Note {n}")
        told: list[int] = []
        written = archive.write(cast.owner, cast.group, [cast.reading], told.append)
        assert told == []
        assert sum(len(chunk) for chunk in written.chunks) > 0
        assert told == [3]

    def test_whoever_stops_it_ends_it(self, cast: Cast, write: Write) -> None:
        class Cancelled(Exception):
            pass

        def stop(_written: int) -> None:
            raise Cancelled

        write(cast.member, "A note")
        with pytest.raises(Cancelled):
            list(archive.write(cast.owner, cast.group, [cast.reading], stop).chunks)


class TestPeople:
    def test_only_who_has_a_part_in_it(self, cast: Cast, write: Write) -> None:
        write(cast.member, "A note")
        people = rows(of(cast, "moderator"), "people.jsonl")
        assert sorted(person["name"] for person in people) == ["Mira", "Moses", "Olga"]
        assert [sorted(person) for person in people] == [
            ["id", "joined_at", "name", "nameless", "role"]
        ] * 3

    def test_no_name_of_who_is_a_former_member(self, cast: Cast, write: Write) -> None:
        write(cast.member, "A note")
        write(cast.other, "Another")
        theirs = Membership.objects.filter(group=cast.group, user=cast.member)
        theirs.update(left_at=timezone.now(), nameless=True)
        User.objects.filter(pk=cast.other.pk).update(anonymised_at=timezone.now())
        data = of(cast, "owner")
        assert sorted(person["name"] for person in rows(data, "people.jsonl")) == ["", "", "Olga"]
        assert b"Mira" not in words(data)
        assert b"Nils" not in words(data)

    def test_nothing_else_of_anybody(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "A note")
        theirs = Membership.objects.get(group=cast.group, user=cast.member)
        MemberNote.objects.create(membership=theirs, created_by=cast.owner, words="LEADERSNOTE")
        Mute.objects.create(user=cast.owner, group=cast.group, person=cast.member)
        data = words(of(cast, "owner"))
        for secret in (b"@", b"LEADERSNOTE", note.client_id.bytes, str(note.client_id).encode()):
            assert secret not in data
        assert b"<p>" not in data

    def test_somebody_who_never_was_in_the_group(self, cast: Cast) -> None:
        """As whoever added a text that the group reads, too."""
        article = cast.reading.article
        article.added_by = cast.outsider
        article.save()
        data = of(cast, "owner")
        (added,) = rows(data, "readings/001/article.json")
        who = next(each for each in rows(data, "people.jsonl") if each["id"] == added["added_by"])
        assert (who["name"], who["role"], who["nameless"]) == ("", "member", True)
        assert b"Otto" not in words(data)


class TestPrivateNotes:
    def test_ones_own_and_nobody_elses(self, cast: Cast, write: Write) -> None:
        for name in ("owner", "moderator", "member"):
            write(getattr(cast, name), f"only {name}", audience="private")
        assert bodies(of(cast, "owner")) == ["only owner"]
        assert bodies(of(cast, "moderator")) == ["only moderator"]


class TestStates:
    @pytest.mark.parametrize("name", LEADERS)
    @pytest.mark.parametrize("state", ["pending", "hidden", "removed"])
    def test_what_leaders_read(self, cast: Cast, write: Write, state: str, name: str) -> None:
        note = write(cast.member, "HELDWORDS")
        Annotation.objects.filter(pk=note.pk).update(state=state, was_shown=state != "pending")
        assert bodies(of(cast, name)) == ["HELDWORDS"]

    @pytest.mark.parametrize("name", LEADERS)
    @pytest.mark.parametrize("state", [State.WITHDRAWN, State.PURGED])
    @pytest.mark.parametrize("author", ["member", "owner"])
    def test_words_that_are_gone(
        self, cast: Cast, write: Write, state: str, name: str, author: str
    ) -> None:
        """Also while they still stand in the database: a case keeps them there for a while."""
        note = write(getattr(cast, author), "GONEWORDS", tags=["gonetag"])
        AnnotationRevision.objects.create(annotation=note, number=7, body="GONEBEFORE")
        Case.objects.create(annotation=note, group=cast.group, rule="word", matched="GONEMATCH")
        write(cast.other, "An answer", to=note)
        Annotation.objects.filter(pk=note.pk).update(
            state=state, resolved_by=getattr(cast, author), resolved_at=timezone.now(),
            resolution="GONEOUTCOME",
        )  # fmt: skip
        data = of(cast, name)
        assert b"GONE" not in words(data)
        assert b"gonetag" not in words(data)
        stone, answer = rows(data)
        assert (stone["state"], stone["creator"], stone["body"]) == (state, None, "")
        assert [place["placed_by"] for place in stone["places"]] == [None]
        assert stone["resolved"]["by"] is None
        assert answer["body"] == "An answer"
        if author == "member":
            assert b"Mira" not in words(data)

    @pytest.mark.parametrize("name", LEADERS)
    @pytest.mark.parametrize("state", [State.WITHDRAWN, State.PURGED])
    def test_no_stone_where_nobody_answers(
        self, cast: Cast, write: Write, state: str, name: str
    ) -> None:
        root = write(cast.member, "GONE")
        reply = write(cast.other, "GONE, too", to=root)
        Annotation.objects.filter(pk__in=[root.pk, reply.pk]).update(state=state)
        assert rows(of(cast, name)) == []

    def test_a_stone_between_two_that_stand(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "Root")
        middle = write(cast.other, "GONE", to=root)
        write(cast.member, "Leaf", to=middle)
        actions.withdraw(by=cast.other, annotation=middle)
        assert bodies(of(cast, "owner")) == ["Root", "", "Leaf"]
        assert b"Nils" not in words(of(cast, "owner"))


@pytest.mark.usefixtures("report_and_decide")
class TestModeration:
    def test_a_moderator_gets_no_log(self, cast: Cast) -> None:
        data = of(cast, "moderator")
        assert "log.jsonl" not in unpacked(data)
        assert json.loads(unpacked(data)["catena.json"])["counts"]["log"] == 0

    def test_nobody_learns_what_was_done_about_their_own(
        self, cast: Cast, report_and_decide: dict[str, Annotation]
    ) -> None:
        data = of(cast, "owner")
        own, members = (str(report_and_decide[name].uuid) for name in ("owners", "members"))
        assert [row["note"] for row in rows(data, CASES)] == [members]
        log = rows(data, "log.jsonl")
        assert [(row["verb"], row["note"]) for row in log] == [
            ("report", members),
            ("hide", members),
        ]
        assert own in {row["uuid"] for row in rows(data)}

    def test_a_moderators_cases(self, cast: Cast, report_and_decide: dict[str, Annotation]) -> None:
        found = {row["note"] for row in rows(of(cast, "moderator"), CASES)}
        assert found == {str(note.uuid) for note in report_and_decide.values()}

    def test_nobody_learns_who_reported(self, cast: Cast) -> None:
        data = words(of(cast, "owner"))
        assert b"I was hurt" not in data
        assert b"Nils" not in data
        who = Membership.objects.get(group=cast.group, user=cast.other)
        assert str(who.uuid).encode() not in data


class TestTheLog:
    def test_of_some_readings_only_what_is_about_them(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "A note")
        said: dict[str, Any] = {"by": cast.owner, "acting_as": Actor.OWNER, "group": cast.group}
        record(verb=Verb.LOCK, annotation=note, before=note.state, **said)
        record(verb=Verb.CHANGE_RULES, details={"what": "reason_added", "of": 7}, **said)
        whole = rows(of(cast, "owner"), "log.jsonl")
        assert [(row["verb"], row["details"]) for row in whole] == [
            ("lock", {}),
            ("change_rules", {"what": "reason_added"}),
        ]
        Reading.objects.create(group=cast.group, article=cast.elsewhere.article)
        part = archived(cast.owner, cast.group, [cast.reading])
        assert [row["verb"] for row in rows(part, "log.jsonl")] == ["lock"]
        assert json.loads(unpacked(part)["catena.json"])["scope"] == "readings"
        assert LogEntry.objects.count() == 2


class TestAudiences:
    @pytest.mark.parametrize("name", LEADERS)
    def test_leaders_take_what_they_read(self, cast: Cast, write: Write, name: str) -> None:
        root = write(cast.member, "For all")
        write(cast.owner, "To one", to=root, privately=True)
        write(cast.owner, "Leaders only", audience="leaders")
        data = of(cast, name)
        assert [(row["body"], row["audience"]) for row in rows(data)] == [
            ("For all", Audience.GROUP),
            ("To one", Audience.PERSON),
            ("Leaders only", Audience.LEADERS),
        ]


def test_it_is_made_while_it_is_read(cast: Cast, write: Write) -> None:
    """No more is in memory than what is passed on."""
    write(cast.member, "A note")
    chunks: Iterator[bytes] = archive.write(cast.owner, cast.group, [cast.reading], silent).chunks
    with pytest.raises(TypeError):
        len(chunks)  # type: ignore[arg-type]
    assert next(chunks).startswith(b"PK")
