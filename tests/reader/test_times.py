"""Moments in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from reader.templatetags import times

HERE = timezone.get_default_timezone()
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=HERE)  # a Wednesday


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("when", "day", "day_and_time", "day_or_time"),
    [
        (NOW, "today", "today, 12:00", "12:00"),
        (NOW.replace(hour=0), "today", "today, 00:00", "00:00"),
        (NOW - timedelta(hours=13), "yesterday", "yesterday, 23:00", "yesterday"),
        (NOW + timedelta(hours=12), "tomorrow", "tomorrow, 00:00", "tomorrow"),
        (NOW + timedelta(days=6), "Tuesday", "Tuesday, 12:00", "Tuesday"),
        (NOW - timedelta(days=6), "Thursday", "Thursday, 12:00", "Thursday"),
        (NOW + timedelta(days=7), "2 December", "2 December, 12:00", "2 December"),
        (NOW - timedelta(days=7), "18 November", "18 November, 12:00", "18 November"),
        (NOW + timedelta(days=40), "4 January 2027", "4 January 2027, 12:00", "4 January 2027"),
    ],
)
def test_in_words(when: datetime, day: str, day_and_time: str, day_or_time: str) -> None:
    said = (times.day(when), times.day_and_time(when), times.day_or_time(when))
    assert said == (day, day_and_time, day_or_time)


def test_in_the_readers_own_zone() -> None:
    night = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
    said = {}
    for zone in ("UTC", "Pacific/Auckland"):
        with timezone.override(zone):
            said[zone] = times.day_and_time(night)
    assert said == {"UTC": "tomorrow, 01:00", "Pacific/Auckland": "today, 14:00"}
