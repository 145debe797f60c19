"""Fragments that are kept and shown to others."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.core.cache import cache

from annotations.models import Annotation
from reader.models import User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of


def test_people_in_different_time_zones_share_a_fragment(cast: Cast, write: Write) -> None:
    note = write(cast.other, "Late in the evening.")
    Annotation.objects.filter(pk=note.pk).update(
        created_at=datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
    )

    def seen(user: User, zone: str) -> list[tuple[str, str]]:
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
        page = client_of(user).get(cast.reading.get_absolute_url()).text
        return re.findall(r'<time dir="auto" datetime="([^"]+)">([^<]+)</time>', page)

    first = seen(cast.member, "Pacific/Auckland")
    assert first == [("2026-03-14T23:30:00+00:00", "14 Mar")]
    assert seen(cast.observer, "Pacific/Honolulu") == first
    cache.clear()
    assert seen(cast.member, "Asia/Tokyo") == first
