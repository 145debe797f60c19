"""Counting how often, in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from reader import clock, limits
from reader.models import Bucket
from tests.races import at_once

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def make_older(key: str, by: timedelta) -> None:
    bucket = Bucket.objects.get(key=key)
    bucket.began_at -= by
    bucket.save(update_fields=["began_at"])


def test_as_many_as_the_limit_and_no_more() -> None:
    assert [limits.taken("a", 3, MINUTE) for _ in range(5)] == [True, True, True, False, False]
    assert limits.taken("b", 3, MINUTE)
    assert Bucket.objects.get(key="a").count == 3


def test_several_count_together_or_not_at_all() -> None:
    assert limits.taken("a", 10, MINUTE, count=7)
    assert not limits.taken("a", 10, MINUTE, count=4)
    assert limits.taken("a", 10, MINUTE, count=3)
    assert not limits.taken("b", 10, MINUTE, count=11)


def test_a_stretch_that_is_over_counts_anew() -> None:
    assert limits.taken("a", 1, MINUTE)
    make_older("a", timedelta(seconds=59))
    assert not limits.taken("a", 1, MINUTE)
    make_older("a", timedelta(seconds=1))
    assert limits.wait("a", 1, MINUTE) == 0
    assert limits.taken("a", 1, MINUTE)
    assert not limits.taken("a", 1, MINUTE)


def test_how_long_to_wait() -> None:
    assert limits.wait("a", 2, MINUTE) == 0
    limits.taken("a", 2, MINUTE)
    assert limits.wait("a", 2, MINUTE) == 0
    limits.taken("a", 2, MINUTE)
    make_older("a", timedelta(seconds=20))
    assert limits.wait("a", 2, MINUTE) in {39, 40}
    with pytest.raises(limits.TooMany) as stopped:
        limits.require("a", 2, MINUTE)
    assert stopped.value.seconds in {39, 40}
    with pytest.raises(limits.TooMany) as stopped:
        limits.require("b", 2, MINUTE, count=3)
    assert stopped.value.seconds == 60


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "::ffff:203.0.113.5"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_whom_an_address_stands_for(address: str, network: str) -> None:
    assert limits.network_of(address) == network


def test_the_clock_forgets_what_is_over() -> None:
    limits.taken("old", 1, MINUTE)
    limits.taken("new", 1, MINUTE)
    Bucket.objects.filter(key="old").update(began_at=timezone.now() - timedelta(days=1, seconds=1))
    clock.JOBS["limits"].run()
    assert list(Bucket.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_as_the_limit() -> None:
    got = at_once(*[lambda: limits.taken("a", 3, MINUTE)] * 6)
    assert sorted(map(bool, got)) == [False] * 3 + [True] * 3
    assert Bucket.objects.get().count == 3
