"""Circles: made, named, filled, divided by chance, and removed only where nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.actions import Range, annotate
from reader.actions import readings as actions
from reader.enums import Role
from reader.models import Circle, Membership, Reading, User
from reader.pseudonyms import pseudonym_for
from tests.cast import Cast, assemble, client_of, join
from tests.races import at_once


@pytest.fixture
def red(cast: Cast) -> Circle:
    return actions.new_circle(by=cast.owner, reading=cast.reading, name="Red")


@pytest.fixture
def blue(cast: Cast, red: Circle) -> Circle:
    return actions.new_circle(by=cast.owner, reading=cast.reading, name="Blue")


@pytest.fixture
def foreign(cast: Cast) -> Circle:
    return actions.new_circle(by=cast.outsider, reading=cast.elsewhere, name="Far")


def seats(reading: Reading) -> dict[str, str]:
    """Who is where, by name."""
    return dict(reading.circles.exclude(members=None).values_list("members__name", "name"))


def version(reading: Reading) -> int:
    return int(Reading.objects.get(pk=reading.pk).version)


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(PermissionDenied) as stopped:
        write()
    return str(stopped.value)


def address(name: str, reading: Reading, *rest: int) -> str:
    return reverse(name, args=[reading.group.slug, reading.article.slug, *rest])


def write_to(circle: Circle, by: User) -> None:
    paragraph = circle.reading.article.paragraphs.get(position=2)
    annotate(
        by=by, reading=circle.reading, where=Range([paragraph], 0, 4), motivation="commenting",
        audience="circle", circle=circle, body="Among us.", client_id=uuid4(),
    )  # fmt: skip


class TestMakingAndNaming:
    def test_the_first_one_makes_it_a_reading_in_circles(self, cast: Cast) -> None:
        assert cast.reading.has_circles is False
        circle = actions.new_circle(by=cast.moderator, reading=cast.reading, name="Red")
        reading = Reading.objects.get(pk=cast.reading.pk)
        assert (circle.reading, reading.has_circles, reading.version) == (cast.reading, True, 1)

    def test_a_name_is_there_once(self, cast: Cast, red: Circle, blue: Circle) -> None:
        sentence = "There is a circle of this name already."
        for name in ("Red", "red"):
            make = lambda: actions.new_circle(by=cast.owner, reading=cast.reading, name=name)  # noqa: B023, E731
            assert refused(make) == sentence
        assert refused(lambda: actions.rename_circle(by=cast.owner, circle=blue, name="RED")) == (
            sentence
        )
        red = actions.rename_circle(by=cast.owner, circle=red, name="red")
        assert sorted(cast.reading.circles.values_list("name", flat=True)) == ["Blue", "red"]
        assert version(cast.reading) == 3

    def test_in_another_reading_it_is_free(self, cast: Cast, foreign: Circle) -> None:
        circle = actions.new_circle(by=cast.owner, reading=cast.reading, name="Far")
        assert circle.reading == cast.reading

    def test_only_leaders(self, cast: Cast, red: Circle) -> None:
        for user in (cast.member, cast.observer, cast.outsider):
            for write in (
                lambda: actions.new_circle(by=user, reading=cast.reading, name="New"),  # noqa: B023
                lambda: actions.rename_circle(by=user, circle=red, name="New"),  # noqa: B023
                lambda: actions.drop_circle(by=user, circle=red),  # noqa: B023
                lambda: actions.set_circles(
                    by=user,  # noqa: B023
                    reading=cast.reading,
                    placement={cast.member.pk: red.pk},
                ),
                lambda: actions.divide(by=user, reading=cast.reading, into=2),  # noqa: B023
            ):
                assert refused(write) == "Only the group's leaders set up a reading."
        assert (list(cast.reading.circles.all()), version(cast.reading)) == ([red], 1)
        assert seats(cast.reading) == {}


class TestRemoving:
    def test_an_empty_one_goes(self, cast: Cast, red: Circle, blue: Circle) -> None:
        actions.drop_circle(by=cast.owner, circle=red)
        assert list(cast.reading.circles.all()) == [blue]
        assert version(cast.reading) == 3

    def test_not_while_somebody_is_in_it(self, cast: Cast, red: Circle) -> None:
        red.members.add(cast.member)
        sentence = refused(lambda: actions.drop_circle(by=cast.owner, circle=red))
        assert sentence == "Move the people in this circle to another one first."
        Membership.objects.filter(user=cast.member).update(left_at=timezone.now())
        actions.drop_circle(by=cast.owner, circle=red)
        assert Circle.objects.count() == 0

    def test_not_where_something_was_written(self, cast: Cast, red: Circle) -> None:
        write_to(red, cast.owner)
        sentence = refused(lambda: actions.drop_circle(by=cast.owner, circle=red))
        assert sentence == (
            "Something was written in this circle, so it stays. Nobody has to be in it."
        )
        assert (list(Circle.objects.all()), version(cast.reading)) == ([red], 1)


class TestPlacing:
    def test_several_at_once_and_one_circle_each(
        self, cast: Cast, red: Circle, blue: Circle
    ) -> None:
        member, other = cast.member.pk, cast.other.pk

        def place(placement: dict[int, int | None]) -> None:
            actions.set_circles(by=cast.owner, reading=cast.reading, placement=placement)

        place({member: red.pk, other: blue.pk})
        assert seats(cast.reading) == {"Mira": "Red", "Nils": "Blue"}
        place({member: blue.pk, other: None})
        assert seats(cast.reading) == {"Mira": "Blue"}
        assert version(cast.reading) == 4
        place({member: blue.pk, other: None})
        assert version(cast.reading) == 4

    def test_who_is_not_named_stays(self, cast: Cast, red: Circle) -> None:
        red.members.add(cast.other)
        actions.set_circles(by=cast.owner, reading=cast.reading, placement={cast.member.pk: red.pk})
        assert seats(cast.reading) == {"Mira": "Red", "Nils": "Red"}

    def test_other_readings_stay_as_they_are(
        self, cast: Cast, red: Circle, foreign: Circle
    ) -> None:
        foreign.members.add(cast.member)
        actions.set_circles(by=cast.owner, reading=cast.reading, placement={cast.member.pk: red.pk})
        assert seats(cast.elsewhere) == {"Mira": "Far"}

    @pytest.mark.parametrize("who", ["member", "outsider", "former", "nobody"])
    @pytest.mark.parametrize("where", ["red", "foreign", "nowhere"])
    def test_what_belongs_elsewhere_is_refused_with_a_sentence(
        self, cast: Cast, red: Circle, foreign: Circle, who: str, where: str
    ) -> None:
        Membership.objects.filter(user=cast.other).update(left_at=timezone.now())
        user = {
            "member": cast.member.pk, "outsider": cast.outsider.pk, "former": cast.other.pk,
            "nobody": 10**30,
        }[who]  # fmt: skip
        circle = {"red": red.pk, "foreign": foreign.pk, "nowhere": 10**30}[where]
        sent = {f"circle-{cast.moderator.pk}": red.pk, f"circle-{user}": circle}
        page = client_of(cast.owner).post(address("circles", cast.reading), sent)
        if (who, where) == ("member", "red"):
            assert page.status_code == 302
            assert seats(cast.reading) == {"Mira": "Red", "Moses": "Red"}
            return
        sentence = "Somebody has left or a circle was removed in the meantime. Look again."
        assert (page.status_code, page.text.count(sentence)) == (422, 1)
        chosen = f'<option value="{red.pk}" selected>'
        assert page.text.count(chosen) == (2 if who == "member" and where == "red" else 1)
        assert (seats(cast.reading), seats(cast.elsewhere)) == ({}, {})
        assert version(cast.reading) == 1

    @pytest.mark.parametrize(
        "sent", [{"circle-": "1"}, {"circle-x": ""}, {"circle-1": "x"}, {"circle-1": "9" * 5000}]
    )
    def test_what_cannot_be_read(self, cast: Cast, red: Circle, sent: dict[str, str]) -> None:
        page = client_of(cast.owner).post(address("circles", cast.reading), sent)
        sentence = "This form can’t be read. Nothing was changed."
        assert (page.status_code, page.text.count(sentence)) == (422, 1)


class TestDividing:
    @pytest.mark.parametrize(("members", "into"), [(2, 2), (7, 2), (7, 3), (9, 3), (7, 7)])
    def test_even_numbers_of_members_alone(self, cast: Cast, members: int, into: int) -> None:
        for number in range(members - 2):
            join(cast.group, f"M{number}")
        suspended = join(cast.group, "Susi", standing="suspended")
        actions.divide(by=cast.owner, reading=cast.reading, into=into)
        placed = seats(cast.reading)
        sizes = Counter(placed.values())
        assert (len(placed), len(sizes)) == (members, into)
        assert max(sizes.values()) - min(sizes.values()) <= 1
        assert not {"Olga", "Moses", "Ute", suspended.name} & placed.keys()
        assert set(sizes) == {f"Circle {number}" for number in range(1, into + 1)}
        assert Reading.objects.get(pk=cast.reading.pk).has_circles is True

    def test_the_circles_that_are_there_are_used(
        self, cast: Cast, red: Circle, blue: Circle
    ) -> None:
        blue.members.add(cast.owner, cast.member)
        actions.rename_circle(by=cast.owner, circle=red, name="circle 1")
        for number in range(4):
            join(cast.group, f"M{number}")
        actions.divide(by=cast.owner, reading=cast.reading, into=3)
        placed = seats(cast.reading)
        assert placed.pop("Olga") == "Blue"
        assert Counter(placed.values()) == {"circle 1": 2, "Blue": 2, "Circle 2": 2}

    def test_chance_decides(self, cast: Cast) -> None:
        people = [cast.member, cast.other, *(join(cast.group, f"M{number}") for number in range(6))]
        found = set()
        for _ in range(12):
            actions.divide(by=cast.owner, reading=cast.reading, into=2)
            placed = seats(cast.reading)
            found.add(tuple(placed[user.name] for user in people))
        assert len(found) > 4

    @pytest.mark.parametrize("into", [-1, 0, 1, 3, 10**9])
    def test_numbers_that_cannot_be(self, cast: Cast, into: int) -> None:
        sentence = refused(lambda: actions.divide(by=cast.owner, reading=cast.reading, into=into))
        assert sentence == "Choose another number of circles."
        url = address("circles_divide", cast.reading)
        page = client_of(cast.owner).post(url, {"into": into})
        assert (page.status_code, page.text.count(f'value="{into}"')) == (422, 1)
        assert Circle.objects.count() == 0

    def test_not_into_fewer_than_there_are(self, cast: Cast, red: Circle, blue: Circle) -> None:
        join(cast.group, "Max")
        actions.new_circle(by=cast.owner, reading=cast.reading, name="Green")
        refused(lambda: actions.divide(by=cast.owner, reading=cast.reading, into=2))
        actions.divide(by=cast.owner, reading=cast.reading, into=3)
        assert Counter(seats(cast.reading).values()) == {"Red": 1, "Blue": 1, "Green": 1}


class TestThePage:
    def test_everybody_by_their_own_name_also_under_pseudonyms(
        self, cast: Cast, red: Circle, blue: Circle
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        alias = pseudonym_for(cast.reading, cast.member)
        red.members.add(cast.member)
        page = client_of(cast.moderator).get(address("circles", cast.reading)).text
        assert (page.count("Mira"), page.count(alias.name)) == (1, 0)
        assert page.count(f'<option value="{red.pk}" selected>Red</option>') == 1
        assert (page.count("1 person<"), page.count("0 people<")) == (1, 1)
        assert page.count(address("circle_remove", cast.reading, red.pk)) == 0
        assert page.count(address("circle_remove", cast.reading, blue.pk)) == 1

    def test_each_form(self, cast: Cast) -> None:
        client, url = client_of(cast.owner), address("circles", cast.reading)
        made = client.post(address("circle_new", cast.reading), {"name": "Red"})
        assert (made.status_code, made.headers["Location"]) == (302, url)
        red = Circle.objects.get()
        named = client.post(address("circle_rename", cast.reading, red.pk), {"name": "Rose"})
        assert (named.status_code, Circle.objects.get().name) == (302, "Rose")
        placed = client.post(url, {f"circle-{cast.member.pk}": red.pk})
        assert (placed.status_code, seats(cast.reading)) == (302, {"Mira": "Rose"})
        out = client.post(url, {f"circle-{cast.member.pk}": ""})
        assert (out.status_code, seats(cast.reading)) == (302, {})
        gone = client.post(address("circle_remove", cast.reading, red.pk))
        assert (gone.status_code, Circle.objects.count()) == (302, 0)
        divided = client.post(address("circles_divide", cast.reading), {"into": "2"})
        assert (divided.status_code, Circle.objects.count()) == (302, 2)

    def test_what_was_typed_comes_back_with_a_sentence(
        self, cast: Cast, red: Circle, blue: Circle
    ) -> None:
        client = client_of(cast.owner)
        write_to(red, cast.owner)
        blue.members.add(cast.member)
        for name, sent, kept, sentence in (
            ("circle_new", {"name": "red"}, 'value="red"', "There is a circle of this name"),
            ("circle_new", {"name": " "}, 'value=" "', "This field is required."),
            ("circle_new", {"name": "x" * 81}, "x" * 81, "Ensure this value has at most 80"),
            ("circle_new", {"name": "a\0b"}, "", "Null characters are not allowed."),
            ("circle_rename", {"name": "Blue"}, 'value="Blue"', "There is a circle of this name"),
            ("circle_remove", {}, 'value="Red"', "Something was written in this circle"),
        ):
            rest = [] if name == "circle_new" else [red.pk]
            page = client.post(address(name, cast.reading, *rest), sent)
            assert (page.status_code, page.text.count(sentence)) == (422, 1), name
            assert kept in page.text, name
        page = client.post(address("circle_remove", cast.reading, blue.pk))
        assert page.status_code == 422
        assert page.text.count("Move the people in this circle to another one first.") == 1
        names = set(cast.reading.circles.values_list("name", flat=True))
        assert (names, version(cast.reading)) == ({"Red", "Blue"}, 2)

    def test_the_circle_of_another_reading_is_not_there(
        self, cast: Cast, red: Circle, foreign: Circle
    ) -> None:
        client = client_of(cast.owner)
        for name in ("circle_rename", "circle_remove"):
            for pk in (foreign.pk, 10**30):
                answer = client.post(address(name, cast.reading, pk), {"name": "Mine"})
                assert answer.status_code == 404
        assert sorted(Circle.objects.values_list("name", flat=True)) == ["Far", "Red"]

    def test_who_gets_it(self, cast: Cast, red: Circle) -> None:
        people = (cast.owner, cast.moderator, cast.member, cast.observer, cast.outsider)
        url = address("circles", cast.reading)
        got = [client_of(user).get(url).status_code for user in people]
        assert got == [200, 200, 403, 403, 404]
        for name, rest in (
            ("circles", ()),
            ("circle_new", ()),
            ("circles_divide", ()),
            ("circle_rename", (red.pk,)),
            ("circle_remove", (red.pk,)),
        ):
            url = address(name, cast.reading, *rest)
            got = [client_of(user).post(url, {}).status_code for user in people[2:]]
            assert got == [403, 403, 404], name
            if name != "circles":
                assert client_of(cast.owner).get(url).status_code == 405
        assert list(Circle.objects.all()) == [red]

    @pytest.mark.parametrize("count", [3, 300])
    def test_a_constant_number_of_queries(self, cast: Cast, red: Circle, count: int) -> None:
        users = User.objects.bulk_create(
            User(email=f"p{number}@example.org", name=f"P {number}") for number in range(count)
        )
        Membership.objects.bulk_create(
            Membership(group=cast.group, user=user, role=Role.MEMBER) for user in users
        )
        client, url = client_of(cast.owner), address("circles", cast.reading)
        placement = {f"circle-{user.pk}": red.pk for user in users}
        assert queries(lambda: client.get(url)) == 9
        assert queries(lambda: client.post(url, placement)) == 12
        assert len(seats(cast.reading)) == count
        assert queries(lambda: client.get(url)) == 9


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        ask()
    wrapping = ("SAVEPOINT", "RELEASE SAVEPOINT")
    return sum(not query["sql"].startswith(wrapping) for query in asked.captured_queries)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_leaders_place_one_person(self) -> None:
        cast = assemble()
        red, blue = (
            actions.new_circle(by=cast.owner, reading=cast.reading, name=name)
            for name in ("Red", "Blue")
        )
        at_once(
            *(
                lambda circle=circle, by=by: actions.set_circles(
                    by=by, reading=cast.reading, placement={cast.member.pk: circle.pk}
                )
                for circle, by in ((red, cast.owner), (blue, cast.moderator))
            )
        )
        assert len(Circle.members.through._default_manager.all()) == 1

    def test_two_leaders_divide(self) -> None:
        cast = assemble()
        at_once(
            *(
                lambda by=by: actions.divide(by=by, reading=cast.reading, into=2)
                for by in (cast.owner, cast.moderator)
            )
        )
        assert Counter(seats(cast.reading).values()) == {"Circle 1": 1, "Circle 2": 1}
