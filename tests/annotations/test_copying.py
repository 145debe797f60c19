"""Next term: what comes along, what stays, and when it is read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.models import Annotation, Target
from reader.actions import create_group, invite
from reader.enums import Bylines, Reveal, Role, Status
from reader.models import (
    Article,
    Circle,
    Invitation,
    Membership,
    Paragraph,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from tests.annotations.conftest import Write, a_move
from tests.annotations.test_reading_queries import queries
from tests.cast import ARTICLE, Cast, client_of, read

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2036, 3, 6, 18, 0, tzinfo=BERLIN)  # before the clocks are set
AUTUMN = date(2036, 9, 4)  # 182 days later, in summer time


def copy(by: User, reading: Reading, **given: Any) -> StudyGroup:
    given.setdefault("name", "Autumn")
    given.setdefault("readings", list(reading.group.readings.with_titles()))
    return actions.copy_group(by=by, group=reading.group, **given)


def roots(group: StudyGroup) -> list[Annotation]:
    return list(Annotation.objects.filter(reading__group=group).order_by("pk"))


class TestGroup:
    def test_its_rules_come_along(self, cast: Cast) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(
            description="Old books.", preset="sensitive", joining="request",
            joining_question="Why?", approves_links=True, holds_first=3,
            newcomers_read="from_now", reveal="after_own", reveal_after=2, bylines="pseudonyms",
            exporting="leaders", mails_quote=False, language="de",
            erase_at=timezone.now(), erase_asked_by=cast.owner,
        )  # fmt: skip
        made = copy(cast.owner, cast.reading)
        old, new = StudyGroup.objects.get(pk=cast.group.pk), StudyGroup.objects.get(pk=made.pk)
        assert new.policy == old.policy
        assert (new.name, new.slug, new.description, new.rules, new.preset, new.language) == (
            "Autumn", "autumn", "Old books.", "Be kind.", "sensitive", "de",
        )  # fmt: skip
        assert (new.joining_question, new.erase_at, new.erase_asked_by) == ("Why?", None, None)

    def test_nobody_comes_along_and_whoever_copies_owns_it(self, cast: Cast) -> None:
        invite(by=cast.owner, group=cast.group)
        made = copy(cast.moderator, cast.reading)
        assert list(made.memberships.values_list("user", "role")) == [
            (cast.moderator.pk, Role.OWNER)
        ]
        assert Invitation.objects.filter(group=made).count() == 0

    @pytest.mark.parametrize("who", ["member", "observer", "outsider"])
    def test_only_leaders_copy(self, cast: Cast, who: str) -> None:
        before = StudyGroup.objects.count()
        with pytest.raises(PermissionDenied) as stopped:
            copy(getattr(cast, who), cast.reading)
        assert str(stopped.value) == "Only the group's leaders copy it."
        assert StudyGroup.objects.count() == before

    def test_only_its_own_readings(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            copy(cast.owner, cast.reading, readings=[cast.elsewhere])

    def test_pressed_twice_makes_one(self, cast: Cast) -> None:
        first = copy(cast.owner, cast.reading)
        assert copy(cast.owner, cast.reading) == first
        assert copy(cast.moderator, cast.reading) != first
        StudyGroup.objects.filter(pk=first.pk).update(
            created_at=timezone.now() - timedelta(minutes=2)
        )
        assert copy(cast.owner, cast.reading) != first

    def test_a_group_of_that_name_begun_by_hand_is_another(self, cast: Cast) -> None:
        by_hand = create_group(by=cast.owner, name="Autumn")
        made = copy(cast.owner, cast.reading)
        assert made != by_hand
        assert copy(cast.owner, cast.reading) == made

    def test_the_old_one_stays_as_it_is(self, cast: Cast, write: Write) -> None:
        write(cast.owner, "Mine.")
        before = [list(model.objects.order_by("pk").values()) for model in (Annotation, Reading)]
        made = copy(cast.owner, cast.reading, own_notes=True)
        old = [
            list(Annotation.objects.exclude(reading__group=made).order_by("pk").values()),
            list(Reading.objects.exclude(group=made).order_by("pk").values()),
        ]
        assert old == before


class TestReadings:
    def test_the_same_text_with_its_rules_in_its_order(self, cast: Cast) -> None:
        second = read(cast.group, cast.owner, replace(ARTICLE, title="Of seconds"))
        Reading.objects.filter(pk=second.pk).update(
            reveal=Reveal.AFTER_OWN, reveal_after=3, bylines=Bylines.PSEUDONYMS, has_circles=True,
            status=Status.ARCHIVED, version=7, order=0,
        )  # fmt: skip
        articles = Article.objects.count()
        made = copy(cast.owner, cast.reading)
        assert list(
            made.readings.values_list(
                "article", "reveal", "reveal_after", "bylines", "has_circles", "status", "version"
            )
        ) == [
            (second.article_id, "after_own", 3, "pseudonyms", False, "open", 0),
            (cast.reading.article_id, "at_once", 1, "names", False, "open", 0),
        ]
        assert Article.objects.count() == articles

    def test_some_of_them(self, cast: Cast) -> None:
        read(cast.group, cast.owner, replace(ARTICLE, title="Of seconds"))
        made = copy(cast.owner, cast.reading, readings=[cast.reading])
        assert list(made.readings.values_list("article", flat=True)) == [cast.reading.article_id]
        assert copy(cast.owner, cast.reading, name="Empty", readings=[]).readings.count() == 0

    def test_nobodys_part_in_them(self, cast: Cast) -> None:
        Circle.objects.create(reading=cast.reading, name="Red").members.add(cast.owner)
        Pseudonym.objects.create(reading=cast.reading, user=cast.owner, name="Moss Owl")
        Participation.objects.create(reading=cast.reading, user=cast.owner, due_at=SPRING)
        made = copy(cast.owner, cast.reading)
        assert [
            model.objects.filter(reading__group=made).count()
            for model in (Circle, Pseudonym, Participation)
        ] == [0, 0, 0]

    def test_the_new_group_may_read_the_text(self, cast: Cast) -> None:
        made = copy(cast.owner, cast.reading)
        Membership.objects.create(group=made, user=cast.outsider)
        reading = made.readings.get()
        assert client_of(cast.outsider).get(reading.get_absolute_url()).status_code == 200
        assert set(Article.objects.visible_to(cast.outsider)) == {
            cast.reading.article, cast.elsewhere.article,
        }  # fmt: skip


class TestDates:
    def test_all_move_by_the_same_days_and_keep_their_time_of_day(self, cast: Cast) -> None:
        second = read(cast.group, cast.owner, replace(ARTICLE, title="Of seconds"))
        for reading, days in ((cast.reading, 0), (second, 7)):
            reading.opens_at = SPRING + timedelta(days=days)
            reading.due_at = SPRING + timedelta(days=days + 5, hours=3)
            reading.save(update_fields=["opens_at", "due_at"])
        Reading.objects.filter(pk=second.pk).update(
            reveal=Reveal.AT_DATE, reveal_at=SPRING + timedelta(days=30)
        )
        with timezone.override(BERLIN):
            made = copy(cast.owner, cast.reading, first_date=AUTUMN)
        assert [
            [when and when.astimezone(BERLIN).strftime("%d.%m. %H:%M %Z") for when in dates]
            for dates in made.readings.values_list("opens_at", "due_at", "reveal_at")
        ] == [
            ["04.09. 18:00 CEST", "09.09. 21:00 CEST", None],
            ["11.09. 18:00 CEST", "16.09. 21:00 CEST", "04.10. 18:00 CEST"],
        ]

    def test_the_first_is_the_first_of_the_chosen_ones_in_the_persons_own_zone(
        self, cast: Cast
    ) -> None:
        late = datetime(2036, 3, 6, 23, 30, tzinfo=UTC)  # the 7th in Berlin
        cast.reading.due_at = late
        cast.reading.save(update_fields=["due_at"])
        early = read(cast.group, cast.owner, replace(ARTICLE, title="Of seconds"))
        early.due_at = late - timedelta(days=20)
        early.save(update_fields=["due_at"])
        with timezone.override(BERLIN):
            made = copy(
                cast.owner, cast.reading, readings=[cast.reading], first_date=date(2036, 3, 8)
            )
        assert made.readings.get().due_at == late + timedelta(days=1)

    def test_without_a_first_date_they_stay(self, cast: Cast) -> None:
        cast.reading.opens_at = SPRING
        cast.reading.save(update_fields=["opens_at"])
        assert copy(cast.owner, cast.reading).readings.get().opens_at == SPRING

    @pytest.mark.parametrize(("opens", "status"), [(None, "open"), (-1, "open"), (1, "planned")])
    def test_planned_until_the_opening_that_lies_ahead(
        self, cast: Cast, opens: int | None, status: str
    ) -> None:
        opens_at = None if opens is None else timezone.now() + timedelta(days=opens)
        Reading.objects.filter(pk=cast.reading.pk).update(opens_at=opens_at, status="closed")
        assert copy(cast.owner, cast.reading).readings.get().status == status

    @pytest.mark.parametrize(("opens", "status"), [(None, "planned"), (-1, "open"), (1, "planned")])
    def test_what_is_planned_stays_so_unless_a_date_opens_it(
        self, cast: Cast, opens: int | None, status: str
    ) -> None:
        opens_at = None if opens is None else timezone.now() + timedelta(days=opens)
        Reading.objects.filter(pk=cast.reading.pk).update(opens_at=opens_at, status="planned")
        assert copy(cast.owner, cast.reading).readings.get().status == status


@pytest.fixture
def written(cast: Cast, write: Write) -> dict[str, Annotation]:
    """One of each kind that the owner, or somebody else, may have written."""
    circle = Circle.objects.create(reading=cast.reading, name="Red")
    circle.members.add(cast.member)
    first = cast.reading.article.paragraphs.exclude(text="").earliest("position")
    ask: dict[str, Any] = {"motivation": "questioning", "category": "violet"}
    return {
        "a prompt": write(cast.moderator, "*Who* is asked?", **ask, on=1),
        "a prompt on the whole": actions.annotate(
            by=cast.owner, reading=cast.reading, audience="group", body="And all in all?",
            where=actions.Range([first], 0, len(first.text), whole_article=True),
            client_id=uuid4(), **ask,
        ),
        "a prompt for leaders": write(cast.moderator, "Shall we?", **ask, audience="leaders"),
        "a prompt for a circle": write(
            cast.moderator, "And you?", **ask, audience="circle", circle=circle
        ),
        "own": write(cast.owner, "Mine.", tags=["ink"], category="rose", on=0, start=2, end=8),
        "own, for leaders": write(cast.owner, "Ours.", audience="leaders"),
        "own, for a circle": write(cast.owner, "Yours.", audience="circle", circle=circle),
        "own, private": write(cast.owner, "Nobody’s.", audience="private"),
        "own, deleted": actions.withdraw(by=cast.owner, annotation=write(cast.owner, "Oh.")),
        "another's": write(cast.member, "Theirs."),
        "a reply": write(cast.owner, "An answer.", to=write(cast.member, "Why?")),
    }  # fmt: skip


class TestNotes:
    def test_prompts_come_along(self, cast: Cast, written: dict[str, Annotation]) -> None:
        made = copy(cast.owner, cast.reading)
        assert [note.body for note in roots(made)] == ["*Who* is asked?", "And all in all?"]
        for note in roots(made):
            assert (note.creator, note.category, note.motivation, note.audience) == (
                cast.owner, "violet", "questioning", "group",
            )  # fmt: skip
        on_passage, on_whole = (note.targets.get() for note in roots(made))
        assert (on_passage.exact, on_passage.whole_article) == ("Whoev", False)
        assert (on_whole.exact, on_whole.whole_article) == ("", True)
        assert roots(made)[0].body_html == "<p><em>Who</em> is asked?</p>"

    def test_ones_own_where_they_are_wanted(
        self, cast: Cast, written: dict[str, Annotation]
    ) -> None:
        made = copy(cast.owner, cast.reading, own_notes=True)
        assert [(note.body, note.audience) for note in roots(made)] == [
            ("*Who* is asked?", "group"),
            ("And all in all?", "group"),
            ("Mine.", "group"),
            ("Ours.", "leaders"),
        ]
        mine = roots(made)[2]
        assert (mine.tags, mine.category, mine.state, mine.version, mine.parent) == (
            ["ink"], "rose", "visible", 1, None,
        )  # fmt: skip
        assert mine.created_at > written["another's"].created_at
        assert mine.targets.get().exact == "margin"

    def test_private_ones_follow_without_a_copy(
        self, cast: Cast, written: dict[str, Annotation]
    ) -> None:
        copy(cast.owner, cast.reading, own_notes=True)
        assert Annotation.objects.filter(audience="private").get() == written["own, private"]

    def test_under_a_pseudonym_where_the_reading_has_them(
        self, cast: Cast, written: dict[str, Annotation]
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines=Bylines.PSEUDONYMS)
        made = copy(cast.owner, cast.reading)
        assert list(Pseudonym.objects.values_list("reading__group", "user")) == [
            (made.pk, cast.owner.pk)
        ]

    def test_one_that_was_moved_is_followed_from_its_words_as_chosen(
        self, cast: Cast, written: dict[str, Annotation]
    ) -> None:
        made, moved = a_move(written["a prompt"], placed_again=False)
        rows = roots(copy(cast.owner, cast.reading))[0].targets.order_by("pk")
        assert [(row.exact, row.placed_by, row.current) for row in rows] == [
            (made.exact, cast.owner, False), (moved.exact, None, True),
        ]  # fmt: skip

    def test_they_stand_on_the_new_page(self, cast: Cast, written: dict[str, Annotation]) -> None:
        made = copy(cast.owner, cast.reading, own_notes=True)
        text = client_of(cast.owner).get(made.readings.get().get_absolute_url()).text
        assert ("is asked?" in text, "Mine." in text, "Theirs." in text) == (True, True, False)


@pytest.fixture
def url(cast: Cast) -> str:
    return reverse("group_copy", args=[cast.group.slug])


@pytest.fixture
def dated(cast: Cast) -> Reading:
    cast.reading.due_at = SPRING
    cast.reading.save(update_fields=["due_at"])
    return cast.reading


class TestPage:
    def test_asks_with_all_readings_and_a_name(self, cast: Cast, url: str, dated: Reading) -> None:
        text = client_of(cast.owner).get(url).text
        assert 'value="Thursday circle (next term)"' in text
        assert re.findall(r'name="readings" value="(\d+)" id="[^"]+" checked', text) == [
            str(cast.reading.pk)
        ]
        assert "Here the first one is Thursday, 6 March 2036." in text

    def test_suggests_the_same_day_of_the_week_from_today_on(
        self, cast: Cast, url: str, dated: Reading
    ) -> None:
        today = timezone.localdate()
        for due, suggested in (
            (SPRING, "2036-03-06"),
            (timezone.now() - timedelta(days=14), str(today)),
            (timezone.now() - timedelta(days=13), str(today + timedelta(days=1))),
        ):
            Reading.objects.filter(pk=dated.pk).update(due_at=due)
            text = client_of(cast.owner).get(url).text
            assert re.findall(r'type="date" name="first_date" value="([^"]+)"', text) == [suggested]

    def test_shows_the_dates_and_makes_nothing(self, cast: Cast, url: str, dated: Reading) -> None:
        groups = StudyGroup.objects.count()
        answer = client_of(cast.owner).post(
            url,
            {"name": "Autumn", "readings": [dated.pk], "first_date": "2036-09-04", "show": "1"},
        )
        assert answer.status_code == 200
        shown = re.findall(r"<time [^>]*>([^<]+)</time>", answer.text)
        assert shown == ["Thu 6 Mar 2036, 17:00", "Thu 4 Sep 2036, 17:00"]
        assert 'value="Autumn"' in answer.text
        assert StudyGroup.objects.count() == groups

    def test_makes_the_group_and_leads_to_it(self, cast: Cast, url: str, dated: Reading) -> None:
        client = client_of(cast.owner)
        answer = client.post(
            url,
            {
                "name": "Autumn", "readings": [dated.pk], "first_date": "2036-09-04",
                "own_notes": "on",
            },
        )  # fmt: skip
        assert (answer.status_code, answer.headers["Location"]) == (302, "/g/autumn/")
        assert "This is your new group." in client.get("/g/autumn/").text
        due_at = Reading.objects.get(group__slug="autumn").due_at
        assert due_at == SPRING.astimezone(UTC) + timedelta(days=182)  # the site's own zone

    def test_asks_for_no_date_where_there_are_none(self, cast: Cast, url: str) -> None:
        client = client_of(cast.owner)
        assert "first_date" not in client.get(url).text
        answer = client.post(url, {"name": "Autumn", "readings": [cast.reading.pk]})
        assert answer.status_code == 302

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"name": ""}, "This field is required."),
            ({"first_date": ""}, "Say on which day the new group begins."),
            ({"first_date": "soon"}, "Enter a valid date."),
            ({"first_date": "9999-12-31"}, "Choose a date of these years."),
        ],
    )
    def test_refuses_with_a_sentence_and_keeps_the_rest(
        self, cast: Cast, url: str, dated: Reading, changed: dict[str, str], sentence: str
    ) -> None:
        groups = StudyGroup.objects.count()
        data = {"name": "Autumn", "readings": [dated.pk], "first_date": "2036-09-04"}
        answer = client_of(cast.owner).post(url, data | {"own_notes": "on"} | changed)
        assert answer.status_code == 422
        assert answer.text.count(sentence) == 1
        assert re.search(r'name="own_notes"[^>]* checked', answer.text)
        assert re.findall(r'name="readings" value="(\d+)" id="[^"]+" checked', answer.text) == [
            str(dated.pk)
        ]
        assert StudyGroup.objects.count() == groups

    def test_refuses_another_groups_reading(self, cast: Cast, url: str) -> None:
        groups = StudyGroup.objects.count()
        for wrong in (cast.elsewhere.pk, 10**30, "x", "\0"):
            answer = client_of(cast.owner).post(url, {"name": "Autumn", "readings": [wrong]})
            assert answer.status_code == 422
        assert StudyGroup.objects.count() == groups

    @pytest.mark.parametrize("count", [1, 40])
    def test_queries(self, cast: Cast, url: str, paragraphs: list[Paragraph], count: int) -> None:
        chosen = [cast.reading.pk]
        for number in range(count - 1):
            article = Article.objects.create(
                title=f"No. {number}", slug=f"no-{number}", steward=cast.group, added_by=cast.owner
            )
            chosen.append(Reading.objects.create(group=cast.group, article=article).pk)
        notes = Annotation.objects.bulk_create(
            Annotation(
                creator=cast.owner, article=cast.reading.article, reading=cast.reading,
                audience="group", motivation="commenting", body="Mine.", client_id=uuid4(),
            )
            for _number in range(count)
        )  # fmt: skip
        Target.objects.bulk_create(
            Target(
                annotation=note, start_paragraph=paragraphs[0], start_offset=0,
                end_paragraph=paragraphs[0], end_offset=4, text_revision=1,
            )
            for note in notes
        )  # fmt: skip
        client = client_of(cast.owner)
        client.get(url)
        assert queries(lambda: client.get(url)) == 5
        data = {"name": "Autumn", "readings": chosen, "own_notes": "on"}
        assert queries(lambda: client.post(url, data), status=302) == 28
        assert Annotation.objects.filter(reading__group__slug="autumn").count() == count
