"""What people choose for themselves: profile, time zone, how a page looks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.forms.accounts import zones
from reader.models import Membership, User
from tests.cast import Cast, client_of

SENT = {
    "name": "Mira", "pronouns": "she/her", "time_zone": "Pacific/Auckland", "theme": "dark",
    "text_size": "3",
}  # fmt: skip
# Already the next day in Auckland, still the day before in Honolulu.
NOON = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
EARLY = datetime(2026, 3, 14, 8, 30, tzinfo=UTC)


def in_zone(user: User, zone: str) -> User:
    user.time_zone = zone
    user.save(update_fields=["time_zone"])
    return user


class TestProfile:
    def test_everything_is_kept(self, cast: Cast) -> None:
        client = client_of(cast.member)
        assert client.post(reverse("settings"), SENT).status_code == 302
        kept = User.objects.values("name", "pronouns", "time_zone", "theme", "text_size")
        assert kept.get(pk=cast.member.pk) == SENT | {"text_size": 3}
        page = client.get(reverse("settings")).text
        assert page.count('value="she/her"') == 1
        assert page.count('<option value="Pacific/Auckland" selected>Auckland</option>') == 1
        cast.group.refresh_from_db()
        assert cast.group.names_epoch == 0  # what notes are signed with is as it was

    def test_nothing_of_it_must_be_told(self, cast: Cast) -> None:
        in_zone(cast.member, "Pacific/Auckland")
        sent = {"name": "Mira", "theme": "dark", "text_size": "3"}
        assert client_of(cast.member).post(reverse("settings"), sent).status_code == 302
        cast.member.refresh_from_db()
        assert (cast.member.pronouns, cast.member.time_zone) == ("", "")

    @pytest.mark.parametrize(
        "given",
        [{"pronouns": "x" * 41}, {"pronouns": "a\0b"}, {"time_zone": "Mars/Olympus"},
         {"time_zone": "../etc"}, {"time_zone": "EST"}, {"time_zone": "a\0b"}],
        ids=str,
    )  # fmt: skip
    def test_what_cannot_be_is_said_and_the_rest_kept(
        self, cast: Cast, given: dict[str, str]
    ) -> None:
        sent = SENT | {"name": "Mira M."} | given
        answer = client_of(cast.member).post(reverse("settings"), sent)
        assert (answer.status_code, answer.text.count('value="Mira M."')) == (422, 1)
        cast.member.refresh_from_db()
        assert (cast.member.name, cast.member.time_zone) == ("Mira", "")

    def test_zones_have_an_area_and_a_city(self) -> None:
        areas = dict(zones())
        names = [name for entries in areas.values() for name, _ in entries]
        assert len(names) == len(set(names)) > 300
        assert ("Europe/Lisbon", "Lisbon") in areas["Europe"]
        assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in areas["America"]
        assert set(areas) & {"Etc", "US", "SystemV"} == set()

    def test_the_site_has_its_own(self, cast: Cast, settings: Any) -> None:
        settings.TIME_ZONE = "America/New_York"
        page = client_of(cast.member).get(reverse("settings")).text
        assert page.count('<option value="" selected>As this site: America/New York</option>') == 1

    def test_a_language_is_asked_where_there_are_several(self, cast: Cast, settings: Any) -> None:
        client = client_of(cast.member)
        assert client.get(reverse("settings")).text.count('name="language"') == 0
        settings.LANGUAGES = [("en", "English"), ("pt", "Português")]
        assert client.get(reverse("settings")).text.count('name="language"') == 1
        assert client.post(reverse("settings"), SENT | {"language": "pt"}).status_code == 302
        assert client.get(reverse("settings")).text.count('<html lang="pt"') == 1
        assert Client().get("/").text.count('<html lang="en"') == 1
        settings.LANGUAGES = [("en", "English")]
        assert client.get(reverse("settings")).text.count('<html lang="en"') == 1
        assert client.post(reverse("settings"), SENT).status_code == 302
        cast.member.refresh_from_db()
        assert cast.member.language == "pt"


class TestQuietHours:
    def kept(self, user: User) -> tuple[time | None, time | None]:
        user.refresh_from_db()
        return user.quiet_from, user.quiet_until

    def test_both_or_none(self, cast: Cast) -> None:
        client = client_of(cast.member)
        quiet = {"quiet_from": "22:30", "quiet_until": "07:00"}
        assert client.post(reverse("settings"), SENT | quiet).status_code == 302
        assert self.kept(cast.member) == (time(22, 30), time(7))
        page = client.get(reverse("settings")).text
        assert re.findall(r'type="time" name="(\w+)" value="([\d:]+)"', page) == [*quiet.items()]
        for name in quiet:
            answer = client.post(reverse("settings"), SENT | quiet | {name: ""})
            assert answer.status_code == 422
            said = "Say both when it begins and when it ends, or neither."
            assert answer.text.count(said) == 1
        assert self.kept(cast.member) == (time(22, 30), time(7))
        none = dict.fromkeys(quiet, "")
        assert client.post(reverse("settings"), SENT | none).status_code == 302
        assert self.kept(cast.member) == (None, None)

    def test_what_is_no_time(self, cast: Cast) -> None:
        quiet = {"quiet_from": "25:00", "quiet_until": "07:00"}
        answer = client_of(cast.member).post(reverse("settings"), SENT | quiet)
        assert (answer.status_code, answer.text.count("Enter a valid time.")) == (422, 1)
        assert answer.text.count("or neither.") == 0


class TestTimeZone:
    def since(self, user: User, group: Any) -> set[str]:
        page = client_of(user).get(reverse("people", args=[group.slug])).text
        return set(re.findall(r"<time [^>]+>([^<]+)</time>", page))

    def test_each_sees_the_day_that_it_was_for_them(self, cast: Cast) -> None:
        Membership.objects.update(joined_at=NOON)
        in_zone(cast.member, "Pacific/Auckland")
        in_zone(cast.other, "Pacific/Honolulu")
        seen = {
            user.name: self.since(user, cast.group)
            for user in (cast.member, cast.observer, cast.other)
        }
        assert seen == {"Mira": {"15 Mar 2026"}, "Ute": {"14 Mar 2026"}, "Nils": {"14 Mar 2026"}}
        Membership.objects.update(joined_at=EARLY)
        assert self.since(cast.other, cast.group) == {"13 Mar 2026"}
        assert timezone.get_current_timezone_name() == "UTC"

    def test_a_zone_that_this_machine_does_not_know_is_the_sites(self, cast: Cast) -> None:
        Membership.objects.update(joined_at=NOON)
        for zone in ("Mars/Olympus", "/etc/passwd", "x" * 64):
            in_zone(cast.member, zone)
            assert self.since(cast.member, cast.group) == {"14 Mar 2026"}

    def test_nobody_is_looked_up_who_brought_no_session(self, db: None) -> None:
        for address in ("/", "/livez", "/accounts/login/", "/nothing/"):
            with CaptureQueriesContext(connection) as asked:
                Client().get(address)
            assert [query["sql"] for query in asked.captured_queries] == [], address
