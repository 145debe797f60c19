"""A group's home: what it lists, counts and names, for whom, at what price."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.enums import State
from annotations.home import Home, Line, Talk, home_of
from annotations.models import Annotation, Case, Target
from reader.models import (
    Article,
    Circle,
    JoinRequest,
    Membership,
    Paragraph,
    Participation,
    Pseudonym,
    Reading,
    User,
)
from reader.permissions import membership_of
from reader.querysets import Viewer
from tests.annotations.conftest import Write, approve
from tests.cast import Cast, client_of, join, read

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HTMX = {"HX-Request": "true"}


def home(cast: Cast, user: Viewer) -> Home:
    return home_of(user, cast.group, membership_of(user, cast.group))


def talk(cast: Cast, user: Viewer) -> Talk:
    return next(e.talk for e in home(cast, user).entries if e.reading == cast.reading)


def said(lines: list[Line]) -> list[tuple[str, str]]:
    return [(line.happened, line.words.strip()) for line in lines]


def change(row: Any, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def page_of(cast: Cast, user: User | None) -> str:
    answer = client_of(user).get(cast.group.get_absolute_url())
    assert answer.status_code == 200
    return str(answer.text)


class TestReadings:
    def add(self, cast: Cast, title: str, **given: Any) -> Reading:
        reading = read(cast.group, cast.owner)
        change(reading.article, title=title)
        change(reading, **given)
        return reading

    def test_come_in_order_and_archived_ones_are_folded(self, cast: Cast) -> None:
        change(cast.reading, order=5)
        self.add(cast, "Closed", status="closed", order=1)
        self.add(cast, "Opened by its date", status="planned", opens_at=NOW, order=2)
        self.add(cast, "First", order=1)
        self.add(cast, "Archived", status="archived", order=0)
        self.add(cast, "To come", status="planned", opens_at=NOW + timedelta(days=30), order=0)
        self.add(cast, "Not dated", status="planned", order=3)
        titles = {
            user.name: [
                [entry.reading.article.title for entry in entries]
                for entries in (home(cast, user).entries, home(cast, user).archived)
            ]
            for user in (cast.owner, cast.member)
        }
        read_now = ["First", "Opened by its date", "Of margins"]
        assert titles == {
            "Olga": [[*read_now, "To come", "Not dated", "Closed"], ["Archived"]],
            "Mira": [[*read_now, "Closed"], ["Archived"]],
        }
        page = page_of(cast, cast.member)
        assert page.index("1 archived reading") < page.index("Archived</a>")
        assert page_of(cast, cast.owner).count("planned, without a date yet") == 1

    def test_say_when_they_are_due(self, cast: Cast) -> None:
        due = timezone.make_aware(datetime(NOW.year + 1, 3, 2, 19, 0))
        change(cast.reading, due_at=due)
        Participation.objects.create(
            reading=cast.reading, user=cast.other, due_at=due + timedelta(days=1)
        )
        Participation.objects.create(reading=cast.reading, user=cast.observer)
        told = re.compile(r'<p class="due">(.+?)</p>', re.DOTALL)
        shown = {
            user.name: re.sub(r"<[^>]+>", "", told.findall(page_of(cast, user))[0])
            for user in (cast.member, cast.other, cast.observer)
        }
        assert shown == {
            "Mira": f"due 2 March {NOW.year + 1}, 19:00",
            "Nils": f"due 3 March {NOW.year + 1}, 19:00 your own date",
            "Ute": f"due 2 March {NOW.year + 1}, 19:00",
        }
        change(cast.reading, due_at=NOW - timedelta(days=1))
        assert told.findall(page_of(cast, cast.member))[0].startswith("was due ")

    def test_an_extension_holds_after_the_date_of_the_others(self, cast: Cast) -> None:
        change(cast.reading, due_at=NOW - timedelta(days=1))
        later = NOW + timedelta(days=1)
        Participation.objects.create(reading=cast.reading, user=cast.other, due_at=later)
        overdue = {
            user.name: home(cast, user).entries[0].is_overdue for user in (cast.member, cast.other)
        }
        assert overdue == {"Mira": True, "Nils": False}

    def test_show_where_the_talk_is(self, cast: Cast, write: Write) -> None:
        """Five numbered paragraphs; what one may not see raises no bar."""
        root = write(cast.owner, "A word.", on=0)
        for _ in range(5):
            write(cast.other, "Yes.", to=root)
        write(cast.other, "And here.", on=2)
        write(cast.owner, "For us.", on=1, audience="leaders")
        write(cast.other, "For me.", on=1, audience="private")
        heights = {u.name: home(cast, u).entries[0].heights for u in (cast.owner, cast.member)}
        assert heights == {"Olga": [3, 1, 0, 1], "Mira": [3, 0, 0, 1]}
        change(cast.reading, status="closed")
        assert home(cast, cast.member).entries[0].heights == []


class TestCounting:
    """Nothing that a person may not see is counted."""

    def test_each_counts_what_is_theirs_to_see(self, cast: Cast, write: Write) -> None:
        circle = Circle.objects.create(reading=cast.reading, name="Blue")
        circle.members.add(cast.other)
        root = write(cast.other, "Why here?", motivation="questioning")
        write(cast.owner, "So.", to=root)
        change(write(cast.other, "Settled?", motivation="questioning"),
               resolved_at=NOW, resolved_by=cast.owner)  # fmt: skip
        write(cast.owner, "For us?", motivation="questioning", audience="leaders")
        write(cast.other, "For me?", motivation="questioning", audience="private")
        change(write(cast.owner, "For blue?", motivation="questioning"),
               audience="circle", circle=circle)  # fmt: skip
        for state in (State.PENDING, State.HIDDEN, State.REMOVED, State.WITHDRAWN, State.PURGED):
            change(write(cast.owner, f"{state}?", motivation="questioning"), state=state)
        people = {
            "leader": cast.moderator, "member": cast.member, "in the circle": cast.other,
            "outsider": cast.outsider,
        }  # fmt: skip
        change(cast.group, readable_by="public")
        counted = {
            name: (talk(cast, user).notes, talk(cast, user).questions, talk(cast, user).new)
            for name, user in people.items()
        }
        assert counted == {
            "leader": (5, 3, 5),
            "member": (3, 1, 3),
            "in the circle": (4, 2, 2),
            "outsider": (3, 1, 0),
        }
        assert talk(cast, AnonymousUser()).notes == 3

    @pytest.mark.parametrize(
        ("rule", "given"),
        [
            ("after_own", {}),
            ("after_finished", {}),
            ("at_date", {"reveal_at": NOW + timedelta(days=1)}),
        ],
    )
    def test_before_the_reveal_others_notes_are_no_number(
        self, cast: Cast, write: Write, rule: str, given: dict[str, Any]
    ) -> None:
        root = write(cast.other, "Why here?", motivation="questioning")
        write(cast.owner, "So.", to=root)
        change(cast.reading, reveal=rule, **given)
        seen = home(cast, cast.member)
        assert seen.entries[0].talk == Talk()
        assert (seen.news.count, seen.latest, seen.questions) == (0, [], [])
        assert seen.entries[0].heights == []
        assert [talk(cast, cast.owner).notes, talk(cast, cast.owner).questions] == [2, 1]

    def test_a_newcomer_counts_from_the_day_they_came(self, cast: Cast, write: Write) -> None:
        change(write(cast.other, "Old."), created_at=NOW - timedelta(days=2))
        write(cast.other, "New.")
        nora = join(cast.group, "Nora", reads_from=NOW - timedelta(days=1))
        assert (talk(cast, nora).notes, talk(cast, cast.member).notes) == (1, 2)

    def test_prompts_are_counted_and_are_no_open_questions(self, cast: Cast, write: Write) -> None:
        change(write(cast.owner, "What do you make of it?", motivation="questioning"),
               category="violet")  # fmt: skip
        assert (talk(cast, cast.member).prompts, talk(cast, cast.member).questions) == (1, 0)
        assert home(cast, cast.member).questions == []


class TestNews:
    def test_is_what_others_wrote_since_one_looked(self, cast: Cast, write: Write) -> None:
        change(Membership.objects.get(user=cast.member, group=cast.group),
               joined_at=NOW - timedelta(days=5))  # fmt: skip
        mine = write(cast.member, "Mine.")
        before, old, new, answer = (
            write(cast.other, "Before I came."), write(cast.other, "Old."),
            write(cast.other, "New."), write(cast.other, "To you.", to=mine),
        )  # fmt: skip
        for days, note in ((6, before), (4, old), (2, new), (1, answer)):
            change(note, created_at=NOW - timedelta(days=days))
        joined = Membership.objects.get(user=cast.member, group=cast.group).joined_at
        news = home(cast, cast.member).news
        assert (news.count, news.answers, news.since) == (3, 1, joined)
        assert news.entries[0].begin == old
        looked = NOW - timedelta(days=3)
        visit = Participation.objects.create(reading=cast.reading, user=cast.member)
        assert home(cast, cast.member).news.count == 3  # a row that says nothing of a look
        change(visit, seen_at=looked)
        news = home(cast, cast.member).news
        assert (news.count, news.answers, news.since) == (2, 1, looked)
        assert news.entries[0].begin == new
        change(visit, seen_at=NOW)
        assert home(cast, cast.member).news.count == 0

    def test_each_looks_for_themselves(self, cast: Cast, write: Write) -> None:
        Participation.objects.create(
            reading=cast.reading, user=cast.other, seen_at=NOW + timedelta(days=1)
        )
        Membership.objects.update(joined_at=NOW - timedelta(days=1))
        write(cast.owner, "New.")
        people = (cast.owner, cast.member, cast.other)
        assert [home(cast, user).news.count for user in people] == [0, 1, 0]

    def test_what_was_held_is_new_once_it_is_let_in(self, cast: Cast, write: Write) -> None:
        Membership.objects.update(joined_at=NOW - timedelta(days=3))
        held, kept = write(cast.other, "Held."), write(cast.other, "Held yet.")
        answer = write(cast.owner, "Wait a little.", to=held)
        for note in (held, kept, answer):
            change(note, created_at=NOW - timedelta(days=2))
        for note in (held, kept):
            change(note, state=State.PENDING, was_shown=False)
        for user in (cast.moderator, cast.member, cast.observer):
            Participation.objects.create(
                reading=cast.reading, user=user, seen_at=NOW - timedelta(days=1)
            )
        people = (cast.moderator, cast.member, cast.observer)
        assert [home(cast, user).news.count for user in people] == [0, 0, 0]
        approve(cast.owner, held)
        assert [home(cast, user).news.count for user in people] == [0, 2, 2]
        assert home(cast, cast.member).news.entries[0].begin == held
        Participation.objects.update(seen_at=timezone.now())
        assert [home(cast, user).news.count for user in people] == [0, 0, 0]

    def test_is_a_box_that_leads_to_the_first_new_note(self, cast: Cast, write: Write) -> None:
        Membership.objects.update(joined_at=NOW - timedelta(hours=1))
        assert page_of(cast, cast.member).count("new note") == 0
        first = write(cast.other, "One.")
        write(cast.other, "Two.")
        page = page_of(cast, cast.member)
        assert page.count("2 new notes since") == 1
        assert page.count(f'<a href="{first.get_absolute_url()}">2 in Of margins</a>') == 1
        assert page.count(f'<a class="go" href="{first.get_absolute_url()}">Catch up</a>') == 1
        assert client_of(cast.member).get(first.get_absolute_url()).status_code == 302


class TestLists:
    def test_the_latest_notes(self, cast: Cast, write: Write) -> None:
        question = write(cast.member, "Why *here* & now?", motivation="questioning")
        write(cast.other, "So.", to=question)
        write(cast.owner, "For us.", audience="leaders")
        write(cast.member, "For me.", audience="private")
        write(cast.other)  # a highlight without words tells nothing
        change(write(cast.other, "Never mind."), state=State.WITHDRAWN)
        to_all = [("Nils replied", "So."), ("Mira asked", "Why here & now?")]
        assert said(home(cast, cast.member).latest) == to_all
        assert said(home(cast, cast.owner).latest) == [("Olga commented", "For us."), *to_all]
        for number in range(5):
            write(cast.member, f"Note {number}.")
        assert [line.words.strip() for line in home(cast, cast.member).latest] == [
            *(f"Note {number}." for number in (4, 3, 2, 1, 0)), "So.",
        ]  # fmt: skip

    def test_open_questions_oldest_first(self, cast: Cast, write: Write) -> None:
        asked = [
            write(cast.other, f"Why {number}?", motivation="questioning") for number in range(6)
        ]
        change(asked[0], resolved_at=NOW, resolved_by=cast.other)
        change(asked[1], state=State.HIDDEN)
        words = [line.words.strip() for line in home(cast, cast.member).questions]
        assert words == ["Why 2?", "Why 3?", "Why 4?", "Why 5?"]
        change(cast.reading, status="closed")
        assert home(cast, cast.member).questions == []

    def test_each_links_to_its_note_and_says_where(self, cast: Cast, write: Write) -> None:
        root = write(cast.other, "Why?", motivation="questioning", on=1)
        reply = write(cast.member, "So.", to=root)
        page = page_of(cast, cast.owner)
        lists = re.findall(r'<ul class="lines[^>]+>(.+?)</ul>', page, re.DOTALL)
        found = [re.findall(r'href="([^"]+)"', part) for part in lists]
        assert found == [
            [root.get_absolute_url()], [reply.get_absolute_url(), root.get_absolute_url()],
        ]  # fmt: skip
        assert [part.count("</span> 2") for part in lists] == [1, 2]

    def test_under_pseudonyms_only_leaders_read_names(self, cast: Cast, write: Write) -> None:
        write(cast.other, "Why?", motivation="questioning")
        change(cast.reading, bylines="pseudonyms")
        Pseudonym.objects.create(reading=cast.reading, user=cast.other, name="Blue Heron")
        told = {
            user.name: (home(cast, user).latest[0].happened, home(cast, user).questions[0].byline)
            for user in (cast.owner, cast.member, cast.other)
        }
        names = {name: (happened, byline.name) for name, (happened, byline) in told.items()}
        assert names == {
            "Olga": ("Nils asked", "Nils"),
            "Mira": ("Blue Heron asked", "Blue Heron"),
            "Nils": ("Blue Heron asked", "Blue Heron"),
        }
        page = page_of(cast, cast.member)
        lists = re.findall(r'<ul class="lines[^>]+>.+?</ul>', page, re.DOTALL)
        assert [part.count("Nils") for part in lists] == [0, 0]

    def test_what_waits_is_for_leaders(self, cast: Cast, write: Write) -> None:
        """And nobody learns here that their own note was reported."""
        for number in range(7):
            held = write(cast.other, f"Held {number}.")
            change(held, state=State.PENDING, was_shown=False)
            Case.objects.create(annotation=held, group=cast.group)
        Case.objects.create(annotation=write(cast.owner, "Reported."), group=cast.group)
        JoinRequest.objects.create(group=cast.group, user=cast.outsider)
        JoinRequest.objects.create(
            group=cast.group, email="x@example.org", decided_at=NOW, decided_by=cast.owner
        )
        waiting = {}
        for user in (cast.owner, cast.moderator, cast.member, cast.other):
            seen = home(cast, user)
            waiting[user.name] = (seen.waiting, seen.asking)
        assert waiting == {"Olga": (7, 1), "Moses": (8, 1), "Mira": (0, 0), "Nils": (0, 0)}
        queue = reverse("moderation", args=[cast.group.slug])
        link = f'<a href="{queue}">7 notes wait for a moderator</a>'
        assert page_of(cast, cast.owner).count(link) == 1
        assert page_of(cast, cast.other).count("Held") == 0

    def test_people_are_for_members(self, cast: Cast) -> None:
        change(cast.group, readable_by="public")
        for number in range(10):
            join(cast.group, f"Zoe{number}")
        seen = home(cast, cast.member)
        names = [member.user.name for member in seen.people]
        assert names == [
            "Mira", "Moses", "Nils", "Olga", "Ute", *(f"Zoe{number}" for number in range(7)),
        ]  # fmt: skip
        assert seen.people_count == 15
        for user in (None, cast.outsider):
            page = page_of(cast, user)
            assert [page.count(name) for name in (">People<", "Mira", "Moses")] == [0, 0, 0]


class TestSeen:
    def url(self, cast: Cast) -> str:
        return reverse("reading_seen", args=[cast.group.slug, cast.reading.article.slug])

    def test_what_one_has_seen_is_no_longer_new(self, cast: Cast, write: Write) -> None:
        Membership.objects.update(joined_at=NOW - timedelta(days=1))
        write(cast.other, "New.")
        client = client_of(cast.member)
        assert home(cast, cast.member).news.count == 1
        answer = client.post(self.url(cast), headers=HTMX)
        assert (answer.status_code, answer.content) == (204, b"")
        assert home(cast, cast.member).news.count == 0
        write(cast.other, "Newer.")
        assert home(cast, cast.member).news.count == 1

    def test_a_plain_form_leads_back_to_the_group(self, cast: Cast) -> None:
        answer = client_of(cast.observer).post(self.url(cast))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/g/thursday-circle/")
        assert Participation.objects.get().user == cast.observer

    def test_is_written_once_a_minute(self, cast: Cast) -> None:
        client = client_of(cast.member)
        client.post(self.url(cast))
        visit = Participation.objects.get()
        for seconds, is_new in ((59, False), (61, True)):
            before = timezone.now() - timedelta(seconds=seconds)
            change(visit, seen_at=before)
            client.post(self.url(cast))
            visit.refresh_from_db()
            assert (visit.seen_at != before) is is_new

    def test_keeps_an_extension(self, cast: Cast) -> None:
        Participation.objects.create(reading=cast.reading, user=cast.member, due_at=NOW)
        client_of(cast.member).post(self.url(cast))
        mine = Participation.objects.get()
        assert (mine.due_at, mine.seen_at is not None) == (NOW, True)

    def test_nobody_else_is_kept(self, cast: Cast) -> None:
        asked = {
            "outsider": client_of(cast.outsider).post(self.url(cast)).status_code,
            "htmx, signed out": Client().post(self.url(cast), headers=HTMX).status_code,
            "by GET": client_of(cast.member).get(self.url(cast)).status_code,
        }
        assert asked == {"outsider": 404, "htmx, signed out": 401, "by GET": 405}
        change(cast.group, readable_by="public")
        assert client_of(cast.outsider).post(self.url(cast)).status_code == 403
        assert Participation.objects.count() == 0

    def test_a_page_that_is_read_writes_nothing(self, cast: Cast) -> None:
        client_of(cast.member).get(cast.group.get_absolute_url())
        assert Participation.objects.count() == 0


def seed(cast: Cast, members: int, readings: int, notes: int) -> None:
    """A group of this many people and readings, with as many notes in each reading."""
    people = User.objects.bulk_create(
        User(email=f"reader-{number}@example.org", name=f"Reader {number}")
        for number in range(members - 5)
    )
    Membership.objects.bulk_create(Membership(group=cast.group, user=user) for user in people)
    JoinRequest.objects.bulk_create(
        JoinRequest(group=cast.group, email=f"asks-{number}@example.org")
        for number in range(members)
    )
    articles = Article.objects.bulk_create(
        Article(title=f"Text {number}", slug=f"text-{number}", added_by=cast.owner)
        for number in range(readings - 1)
    )
    Paragraph.objects.bulk_create(
        Paragraph(
            article=article, key=f"{article.pk}-{at}", position=at, number=at, kind="paragraph",
            text="Some words.", text_hash="",
        )
        for article in articles
        for at in range(1, 6)
    )  # fmt: skip
    Reading.objects.bulk_create(
        Reading(group=cast.group, article=article, bylines="pseudonyms") for article in articles
    )
    for reading in Reading.objects.filter(group=cast.group).select_related("article"):
        paragraphs = list(reading.article.paragraphs.exclude(number=None))
        written = Annotation.objects.bulk_create(
            Annotation(
                creator=cast.other, article=reading.article, reading=reading, audience="group",
                motivation="questioning", body="Why?", body_html="<p>Why?</p>",
                client_id=uuid4(), state="pending" if number % 3 == 2 else "visible",
                was_shown=number % 3 != 2,
            )
            for number in range(notes)
        )  # fmt: skip
        Target.objects.bulk_create(
            Target(
                annotation=note, start_paragraph=paragraphs[number % 4], start_offset=0,
                end_paragraph=paragraphs[number % 4], end_offset=4, text_revision=1,
            )
            for number, note in enumerate(written)
        )  # fmt: skip


def queries(user: User | None, address: str) -> int:
    client = client_of(user)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


class TestPrice:
    """Of 3 to 300 people, 1 to 40 readings, 3 to 30 notes in each."""

    @pytest.mark.parametrize(
        ("members", "readings", "notes"), [(5, 1, 3), (300, 1, 30), (5, 40, 3), (300, 40, 30)]
    )
    def test_of_a_groups_home(self, cast: Cast, members: int, readings: int, notes: int) -> None:
        seed(cast, members, readings, notes)
        change(cast.group, readable_by="public")
        people = {"owner": cast.owner, "member": cast.member, "anybody": None}
        address = cast.group.get_absolute_url()
        asked = {name: queries(user, address) for name, user in people.items()}
        assert asked == {"owner": 17, "member": 15, "anybody": 9}
