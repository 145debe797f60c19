"""A reading's dates and rules, its place in the list, and each person's own part in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from reader.actions import participation
from reader.actions import readings as actions
from reader.enums import Reveal, Status
from reader.models import Membership, Participation, Pseudonym, Reading, User
from reader.pseudonyms import pseudonym_for
from tests.cast import Cast, assemble, client_of, read
from tests.races import at_once

HTMX = {"HX-Request": "true"}
NOW = timezone.now().replace(second=0, microsecond=0)
PAST, FUTURE = NOW - timedelta(days=3), NOW + timedelta(days=3)
RULES: dict[str, Any] = {
    "opens_at": None, "due_at": None, "status": "open", "reveal": "at_once", "reveal_after": 1,
    "reveal_at": None, "bylines": "names", "has_circles": False,
}  # fmt: skip


def edit(by: User, reading: Reading, **changed: Any) -> Reading:
    return actions.edit_reading(by=by, reading=reading, **(RULES | changed))


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(PermissionDenied) as stopped:
        write()
    return str(stopped.value)


def address(name: str, reading: Reading) -> str:
    return reverse(name, args=[reading.group.slug, reading.article.slug])


def typed(**changed: Any) -> dict[str, str]:
    """What a browser sends of the form."""
    chosen = (RULES | changed).items()
    sent = {name: value for name, value in chosen if value is not None and value is not False}
    return {
        name: value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else str(value)
        for name, value in sent.items()
    }


class TestANewReading:
    @pytest.mark.parametrize(
        ("reveal", "after", "bylines"),
        [("at_once", 1, "names"), ("after_own", 3, "pseudonyms"), ("after_finished", 1, "names")],
    )
    def test_it_starts_with_the_groups_rules(
        self, cast: Cast, reveal: str, after: int, bylines: str
    ) -> None:
        group = cast.group
        group.reveal, group.reveal_after, group.bylines = reveal, after, bylines
        group.save(update_fields=["reveal", "reveal_after", "bylines"])
        reading = read(group, cast.owner)
        assert (reading.reveal, reading.reveal_after, reading.bylines) == (reveal, after, bylines)

    def test_it_stands_last_and_is_open(self, cast: Cast) -> None:
        reading = read(cast.group, cast.owner)
        assert list(cast.group.readings.all()) == [cast.reading, reading]
        assert reading.status == Status.OPEN


class TestEditing:
    def test_what_is_shown_differently_is_dated_anew(self, cast: Cast) -> None:
        changes: list[dict[str, Any]] = [
            {"due_at": FUTURE}, {"reveal": "after_own"}, {"reveal_after": 2},
            {"has_circles": True}, {"status": "closed"},
        ]  # fmt: skip
        for number, changed in enumerate(changes, start=1):
            before = Reading.objects.get(pk=cast.reading.pk)
            now = edit(cast.owner, cast.reading, **changed)
            assert now.version == before.version + 1 == number
            edit(cast.moderator, cast.reading, **changed)
            now.refresh_from_db()
            assert now.version == number
        assert (now.status, now.has_circles) == ("closed", False)

    @pytest.mark.parametrize("status", Status.values)
    @pytest.mark.parametrize("opens_at", [None, PAST, FUTURE])
    def test_open_with_a_date_to_come_is_planned(
        self, cast: Cast, status: str, opens_at: datetime | None
    ) -> None:
        reading = edit(cast.owner, cast.reading, status=status, opens_at=opens_at)
        planned = status == "planned" or (status == "open" and opens_at == FUTURE)
        assert reading.status == ("planned" if planned else status)
        by_itself = status == "planned" and opens_at == PAST
        assert reading.status_now == ("open" if by_itself else reading.status)

    @pytest.mark.parametrize(("before", "after"), list(product(Status.values, repeat=2)))
    def test_every_status_follows_every_other(self, cast: Cast, before: str, after: str) -> None:
        edit(cast.owner, cast.reading, status=before)
        assert edit(cast.moderator, cast.reading, status=after).status == after

    def test_members_do_not(self, cast: Cast) -> None:
        for user in (cast.member, cast.observer, cast.outsider):
            sentence = refused(lambda user=user: edit(user, cast.reading, status="closed"))  # type: ignore[misc]
            assert sentence == "Only the group's leaders set up a reading."
        cast.reading.refresh_from_db()
        assert (cast.reading.status, cast.reading.version) == ("open", 0)


class TestNamesAndPseudonyms:
    @pytest.mark.parametrize(
        ("before", "wrote", "after", "allowed"),
        [
            ("names", False, "names", True),
            ("names", False, "pseudonyms", True),
            ("names", True, "names", True),
            ("names", True, "pseudonyms", True),
            ("pseudonyms", False, "names", True),
            ("pseudonyms", False, "pseudonyms", True),
            ("pseudonyms", True, "names", False),
            ("pseudonyms", True, "pseudonyms", True),
        ],
    )
    def test_names_come_back_only_before_anybody_has_a_pseudonym(
        self, cast: Cast, before: str, wrote: bool, after: str, allowed: bool
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines=before)
        if wrote:
            pseudonym_for(cast.reading, cast.member)
        sent = typed(bylines=after)
        page = client_of(cast.owner).post(address("reading_settings", cast.reading), sent)
        assert page.status_code == (302 if allowed else 422)
        sentence = "People wrote here under pseudonyms; their names can’t be shown afterwards."
        assert page.text.count(sentence) == (0 if allowed else 2)
        if not allowed:
            told = refused(lambda: edit(cast.owner, cast.reading, bylines=after))
            assert told == "Their names can't be shown any more."
        cast.reading.refresh_from_db()
        assert cast.reading.bylines == (after if allowed else before)

    def test_everybody_who_is_or_was_there_is_given_one(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.other).update(left_at=timezone.now())
        known = pseudonym_for(cast.reading, cast.member)
        edit(cast.owner, cast.reading, bylines="pseudonyms")
        given = dict(Pseudonym.objects.values_list("user_id", "name"))
        inside = (cast.owner, cast.moderator, cast.member, cast.other, cast.observer)
        assert given.keys() == {user.pk for user in inside}
        assert given[cast.member.pk] == known.name
        assert Pseudonym.objects.exclude(reading=cast.reading).count() == 0


class TestTheSettingsPage:
    def test_it_shows_what_holds_in_the_persons_own_time(self, cast: Cast) -> None:
        cast.owner.time_zone = "Asia/Kolkata"
        cast.owner.save(update_fields=["time_zone"])
        at_noon = datetime(2031, 5, 4, 12, tzinfo=UTC)
        edit(cast.owner, cast.reading, due_at=at_noon)
        page = client_of(cast.owner).get(address("reading_settings", cast.reading))
        assert page.text.count('value="2031-05-04T17:30"') == 1
        assert page.text.count("All times are in your time zone, Asia/Kolkata.") == 1
        sent = typed() | {"due_at": "2031-05-04T18:30"}
        client_of(cast.owner).post(address("reading_settings", cast.reading), sent)
        cast.reading.refresh_from_db()
        assert cast.reading.due_at == at_noon + timedelta(hours=1)

    def test_saving(self, cast: Cast) -> None:
        url = address("reading_settings", cast.reading)
        chosen = typed(
            status="planned", opens_at=FUTURE, due_at=FUTURE + timedelta(days=1),
            reveal="at_date", reveal_at=FUTURE, reveal_after=4, has_circles="on",
        )  # fmt: skip
        answer = client_of(cast.moderator).post(url, chosen)
        assert (answer.status_code, answer.headers["Location"]) == (302, url)
        cast.reading.refresh_from_db()
        kept = {name: getattr(cast.reading, name) for name in RULES}
        assert kept == {
            "status": "planned", "opens_at": FUTURE, "due_at": FUTURE + timedelta(days=1),
            "reveal": "at_date", "reveal_at": FUTURE, "reveal_after": 4, "bylines": "names",
            "has_circles": True,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"reveal": "at_date"}, "Choose the moment from which they are seen."),
            ({"opens_at": FUTURE, "due_at": NOW}, "This is before the reading opens."),
            (
                {"opens_at": FUTURE, "due_at": FUTURE - timedelta(minutes=1)},
                "This is before the reading opens.",
            ),
            (
                {"status": "planned", "opens_at": PAST},
                "A planned reading needs a date to come here, or none.",
            ),
            ({"reveal_after": 0}, "Ensure this value is greater than or equal to 1."),
            ({"reveal_after": 21}, "Ensure this value is less than or equal to 20."),
            ({"due_at": "yesterday"}, "Enter a valid date/time."),
            ({"status": "gone"}, "gone is not one of the available choices."),
            ({"bylines": "\0"}, "Select a valid choice."),
        ],
    )  # fmt: skip
    def test_what_cannot_be(self, cast: Cast, changed: dict[str, Any], sentence: str) -> None:
        url = address("reading_settings", cast.reading)
        sent = typed(**({"due_at": FUTURE} | changed))
        page = client_of(cast.owner).post(url, sent)
        assert (page.status_code, page.text.count(sentence)) == (422, 1)
        assert page.text.count(f'value="{sent["due_at"]}"') == 1
        cast.reading.refresh_from_db()
        assert (cast.reading.version, cast.reading.due_at) == (0, None)

    def test_a_reading_that_has_opened_by_itself_is_shown_as_open(self, cast: Cast) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(status="planned", opens_at=PAST)
        page = client_of(cast.owner).get(address("reading_settings", cast.reading))
        assert page.text.count('value="open" id="id_status_1" required checked') == 1

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_who_gets_it(self, cast: Cast, headers: dict[str, str]) -> None:
        url = address("reading_settings", cast.reading)
        got = {
            user.name: client_of(user).get(url, headers=headers).status_code
            for user in (cast.owner, cast.moderator, cast.member, cast.observer, cast.outsider)
        }
        assert got == {"Olga": 200, "Moses": 200, "Mira": 403, "Ute": 403, "Otto": 404}
        assert client_of(cast.owner).put(url).status_code == 405


class TestOrder:
    @pytest.fixture
    def shelf(self, cast: Cast) -> list[Reading]:
        return [cast.reading, *(read(cast.group, cast.owner) for _ in range(3))]

    def order(self, cast: Cast) -> list[int]:
        return list(cast.group.readings.values_list("pk", flat=True))

    def test_up_and_down(self, cast: Cast, shelf: list[Reading]) -> None:
        a, b, c, d = (reading.pk for reading in shelf)
        actions.move(by=cast.owner, reading=shelf[2], up=True)
        assert self.order(cast) == [a, c, b, d]
        actions.move(by=cast.moderator, reading=shelf[0], up=False)
        assert self.order(cast) == [c, a, b, d]

    def test_beyond_the_ends_nothing_moves(self, cast: Cast, shelf: list[Reading]) -> None:
        before = self.order(cast)
        actions.move(by=cast.owner, reading=shelf[0], up=True)
        actions.move(by=cast.owner, reading=shelf[-1], up=False)
        assert self.order(cast) == before

    def test_it_passes_those_that_stand_elsewhere_on_the_page(
        self, cast: Cast, shelf: list[Reading]
    ) -> None:
        a, b, c, d = (reading.pk for reading in shelf)
        Reading.objects.filter(pk__in=[b, c]).update(status="archived")
        actions.move(by=cast.owner, reading=shelf[3], up=True)
        assert self.order(cast) == [d, b, c, a]

    def test_one_that_was_closed_meanwhile_is_among_the_closed_ones(
        self, cast: Cast, shelf: list[Reading]
    ) -> None:
        a, b, c, d = (reading.pk for reading in shelf)
        Reading.objects.filter(pk__in=[a, d]).update(status="closed")
        actions.move(by=cast.owner, reading=shelf[3], up=True)
        assert self.order(cast) == [d, b, c, a]

    def test_places_that_are_alike_are_told_apart(self, cast: Cast, shelf: list[Reading]) -> None:
        cast.group.readings.update(order=0)
        a, b, c, d = self.order(cast)
        actions.move(by=cast.owner, reading=Reading.objects.get(pk=d), up=True)
        assert self.order(cast) == [a, b, d, c]

    def test_buttons(self, cast: Cast, shelf: list[Reading]) -> None:
        a, b, c, d = (reading.pk for reading in shelf)
        url = address("reading_move", shelf[1])
        answer = client_of(cast.owner).post(url, {"up": "1"})
        assert answer.headers["Location"] == cast.group.get_absolute_url()
        assert self.order(cast) == [b, a, c, d]
        client_of(cast.owner).post(url, {"down": "1"})
        assert self.order(cast) == [a, b, c, d]
        assert client_of(cast.owner).get(url).status_code == 405
        assert client_of(cast.member).post(url, {"up": "1"}).status_code == 403
        assert client_of(cast.outsider).post(url, {"up": "1"}).status_code == 404
        assert self.order(cast) == [a, b, c, d]


class TestFinishing:
    def test_said_once_it_stays(self, cast: Cast) -> None:
        first = participation.finish(by=cast.member, reading=cast.reading)
        again = participation.finish(by=cast.member, reading=cast.reading)
        assert again.finished_at == first.finished_at
        assert Participation.objects.count() == 1
        assert Reading.objects.get(pk=cast.reading.pk).version == 0

    @pytest.mark.parametrize("reveal", [Reveal.AT_ONCE, Reveal.AFTER_FINISHED])
    def test_the_button(self, cast: Cast, reveal: str) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(reveal=reveal)
        url = address("reading_finished", cast.reading)
        got = {
            user.name: client_of(user).post(url).status_code
            for user in (cast.owner, cast.member, cast.observer, cast.outsider)
        }
        assert got == {"Olga": 302, "Mira": 302, "Ute": 302, "Otto": 404}
        there = client_of(cast.member).post(url)
        assert there.headers["Location"] == cast.reading.get_absolute_url()
        assert client_of(cast.member).get(url).status_code == 405
        finished = Participation.objects.filter(finished_at__isnull=False)
        inside = {cast.owner.pk, cast.member.pk, cast.observer.pk}
        assert set(finished.values_list("user_id", flat=True)) == inside

    @pytest.mark.parametrize(("finished", "buttons"), [(False, 1), (True, 0)])
    def test_the_button_is_there_until_it_was_pressed(
        self, cast: Cast, finished: bool, buttons: int
    ) -> None:
        context = {"reading": cast.reading, "finished": finished, "csrf_token": "token"}
        shown = render_to_string("reader/_finished.html", context)
        assert shown.count(f'action="{address("reading_finished", cast.reading)}"') == buttons
        assert shown.count("You have finished.") == 1 - buttons

    def test_nobody_from_outside(self, cast: Cast) -> None:
        sentence = refused(lambda: participation.finish(by=cast.outsider, reading=cast.reading))
        assert sentence == "Only the group's members say that they have finished."
        assert Participation.objects.count() == 0


class TestExtensions:
    def test_given_and_taken_back(self, cast: Cast) -> None:
        given = participation.extend(
            by=cast.moderator, reading=cast.reading, user=cast.member, due_at=FUTURE
        )
        assert given.due_at == FUTURE
        again = participation.extend(
            by=cast.owner, reading=cast.reading, user=cast.member, due_at=FUTURE
        )
        assert (again, Reading.objects.get(pk=cast.reading.pk).version) == (given, 1)
        back = participation.extend(
            by=cast.owner, reading=cast.reading, user=cast.member, due_at=None
        )
        assert (back.due_at, Reading.objects.get(pk=cast.reading.pk).version) == (None, 2)

    def test_only_for_people_of_the_group(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.other).update(left_at=timezone.now())
        for user in (cast.other, cast.outsider):
            sentence = refused(
                lambda user=user: participation.extend(  # type: ignore[misc]
                    by=cast.owner, reading=cast.reading, user=user, due_at=FUTURE
                )
            )
            assert sentence == "This person isn't in the group any more."
        assert Participation.objects.count() == 0

    def test_only_by_leaders(self, cast: Cast) -> None:
        sentence = refused(
            lambda: participation.extend(
                by=cast.member, reading=cast.reading, user=cast.member, due_at=FUTURE
            )
        )
        assert sentence == "Only the group's leaders set up a reading."
        assert Participation.objects.count() == 0


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_person_finishes_in_two_tabs(self) -> None:
        cast = assemble()

        def finish() -> object:
            return participation.finish(by=cast.member, reading=cast.reading).finished_at

        first, second = at_once(finish, finish)
        assert first == second
        assert Participation.objects.count() == 1

    def test_two_leaders_change_a_reading(self) -> None:
        cast = assemble()
        at_once(
            lambda: edit(cast.owner, cast.reading, due_at=FUTURE),
            lambda: edit(cast.moderator, cast.reading, reveal="after_own"),
        )
        cast.reading.refresh_from_db()
        assert cast.reading.version == 2

    def test_two_leaders_move_readings(self) -> None:
        cast = assemble()
        shelf = [cast.reading, *(read(cast.group, cast.owner) for _ in range(2))]
        at_once(
            lambda: actions.move(by=cast.owner, reading=shelf[2], up=True),
            lambda: actions.move(by=cast.moderator, reading=shelf[0], up=False),
        )
        orders = list(cast.group.readings.values_list("order", flat=True))
        assert all(one < other for one, other in pairwise(orders))
