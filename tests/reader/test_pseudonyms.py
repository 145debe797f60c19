"""Pseudonyms: one each, for as long as the reading is there, and telling nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader import pseudonyms
from reader.models import Pseudonym, Reading, User
from reader.pseudonyms import FIRST, NAMES, SECOND, name_all, pseudonym_for
from tests.cast import Cast, assemble
from tests.races import at_once


def names_in(reading: Reading) -> dict[int, str]:
    return dict(Pseudonym.objects.filter(reading=reading).values_list("user_id", "name"))


def people(count: int) -> list[int]:
    User.objects.bulk_create(
        User(email=f"p{number}@example.org", name=f"P {number}") for number in range(count)
    )
    return list(User.objects.filter(name__startswith="P ").values_list("pk", flat=True))


def test_two_lists_of_sixty_words_without_a_double() -> None:
    assert (len(set(FIRST)), len(set(SECOND)), len(set(NAMES))) == (60, 60, 3600)


def test_the_first_time_makes_it_and_every_time_after_finds_it(cast: Cast) -> None:
    first = pseudonym_for(cast.reading, cast.member)
    again = pseudonym_for(cast.reading, cast.member)
    assert first == again
    assert names_in(cast.reading) == {cast.member.pk: first.name}
    assert first.name in NAMES


def test_one_person_in_two_readings_has_two(cast: Cast) -> None:
    here = pseudonym_for(cast.reading, cast.member)
    there = pseudonym_for(cast.elsewhere, cast.member)
    assert here != there
    assert (here.reading, there.reading) == (cast.reading, cast.elsewhere)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(rounds=st.lists(st.sets(st.integers(0, 29), max_size=30), max_size=5))
def test_names_are_unique_and_stay(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, rounds: list[set[int]]
) -> None:
    """Also of few words, whoever is named when, and whoever is named again."""
    monkeypatch.setattr(pseudonyms, "NAMES", NAMES[:7])
    known = User.objects.filter(name__startswith="P ").values_list("pk", flat=True)
    ids = list(known.order_by("pk")) or people(30)
    Pseudonym.objects.all().delete()
    before: dict[int, str] = {}
    for wanted in rounds:
        name_all(cast.reading, [ids[index] for index in wanted])
        now = names_in(cast.reading)
        assert now.keys() == before.keys() | {ids[index] for index in wanted}
        assert len(set(now.values())) == len(now)
        assert {user: now[user] for user in before} == before
        before = now


def test_when_every_pair_is_taken_they_are_numbered(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "NAMES", ("Amber Heron", "Clay Newt"))
    name_all(cast.reading, people(5))
    named = set(names_in(cast.reading).values())
    first = {"Amber Heron", "Clay Newt", "Amber Heron 2", "Clay Newt 2"}
    assert named - first in ({"Amber Heron 3"}, {"Clay Newt 3"})
    assert first - named == set()


def test_the_name_says_nothing_of_who_came_when() -> None:
    """Drawn twice for the same people in the same order, hardly a name is the same."""
    drawn = [pseudonyms._drawn((), 60) for _ in range(2)]
    assert sum(one == other for one, other in zip(*drawn, strict=True)) < 6
    assert drawn[0] != sorted(drawn[0])


@pytest.mark.parametrize("count", [3, 300])
def test_a_constant_number_of_queries(cast: Cast, count: int) -> None:
    ids = people(count)
    with CaptureQueriesContext(connection) as asked:
        name_all(cast.reading, ids)
    wrapping = ("SAVEPOINT", "RELEASE SAVEPOINT")
    queries = [query for query in asked.captured_queries if not query["sql"].startswith(wrapping)]
    assert (len(names_in(cast.reading)), len(queries)) == (count, 3)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_person_in_two_tabs(self) -> None:
        cast = assemble()
        given = at_once(*[lambda: pseudonym_for(cast.reading, cast.member).name] * 4)
        assert set(given) == set(names_in(cast.reading).values())
        assert len(set(given)) == 1

    def test_several_people_and_few_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pseudonyms, "NAMES", NAMES[:4])
        cast = assemble()
        users = (cast.owner, cast.moderator, cast.member, cast.other)
        given = at_once(
            *(lambda user=user: pseudonym_for(cast.reading, user).name for user in users)
        )
        assert set(given) == set(NAMES[:4])
        assert sorted(names_in(cast.reading).values()) == sorted(NAMES[:4])
