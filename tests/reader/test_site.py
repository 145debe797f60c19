"""The pages around the groups, what every answer tells the browser, and errors."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import BadRequest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from reader.actions import create_group
from reader.views import errors
from tests.cast import Cast, client_of, person

CSP = (
    "base-uri 'none'; connect-src 'self'; default-src 'none'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; "
    "script-src 'self'; style-src 'self'"
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
}


def told(answer: Any) -> dict[str, str]:
    """The headers, a policy's parts in order."""
    found = {name: answer.headers.get(name, "") for name in ALWAYS}
    parts = sorted(found["Content-Security-Policy"].split("; "))
    return {**found, "Content-Security-Policy": "; ".join(parts)}


def varies(answer: Any) -> set[str]:
    return {name.strip() for name in answer.headers["Vary"].split(",")}


class TestHeaders:
    @pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
    def test_of_pages_and_fragments(self, cast: Cast, fragment: bool) -> None:
        key = cast.reading.article.paragraphs.get(position=2).key
        headers = {"HX-Request": "true"} if fragment else {}
        notes = reverse("paragraph_notes", args=["thursday-circle", "of-margins", key])
        annotate = reverse("annotate", args=["thursday-circle", "of-margins"])
        for address in (notes, f"{annotate}?start_key={key}", "/", cast.group.get_absolute_url()):
            answer = client_of(cast.member).get(address, headers=headers)
            assert (answer.status_code, told(answer)) == (200, ALWAYS)
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert varies(answer) >= {"HX-Request", "Cookie"}

    def test_of_the_page_that_is_validated(self, cast: Cast) -> None:
        client = client_of(cast.member)
        client.get(cast.reading.get_absolute_url())
        answer = client.get(cast.reading.get_absolute_url())
        again = client.get(
            cast.reading.get_absolute_url(), headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert (answer.status_code, again.status_code) == (200, 304)
        for each in (answer, again):
            assert told(each) == ALWAYS
            assert each.headers["Cache-Control"] == "private, no-cache"
            assert varies(each) == {"HX-Request", "Cookie"}

    @pytest.mark.parametrize("address", ["/nothing/", "/accounts/login/", "/livez", "/join/x/"])
    def test_of_whatever_else(self, db: None, address: str) -> None:
        answer = Client().get(address)
        assert told(answer) == ALWAYS
        assert re.findall("no-store", answer.headers["Cache-Control"]) == ["no-store"]

    def test_cookies_are_for_the_server_alone(self, cast: Cast) -> None:
        client = Client()
        client.get("/accounts/login/")
        client.post("/accounts/login/", {"login": "mira@example.org", "password": "long enough, 1"})
        flags = {name: (c["httponly"], c["samesite"]) for name, c in client.cookies.items()}
        assert flags["session"] == flags["csrf"] == (True, "Lax")


class TestErrors:
    def test_404(self, cast: Cast) -> None:
        for client in (Client(), client_of(cast.member)):
            answer = client.get("/nothing/here/")
            sentence = "There is nothing at this address, or nothing that you may see."
            assert (answer.status_code, answer.text.count(sentence)) == (404, 1)
            assert answer.text.count('<header class="bar">') == 1

    def test_403_says_why(self, cast: Cast) -> None:
        answer = client_of(cast.member).get(reverse("group_edit", args=[cast.group.slug]))
        sentence = "Only the group&#x27;s leaders change this."
        assert (answer.status_code, answer.text.count(sentence)) == (403, 1)
        assert answer.text.count('<header class="bar">') == 1

    def test_a_form_without_its_token_comes_back_with_its_words(self, cast: Cast) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.member)
        answer = client.post(reverse("group_new"), {"name": "X", "rules": "<b>My rules</b>"})
        assert (answer.status_code, answer.text.count("The form is too old")) == (403, 2)
        assert answer.text.count("&lt;b&gt;My rules&lt;/b&gt;</textarea>") == 1

    def test_words_of_somebody_signed_out_come_back(self, cast: Cast) -> None:
        answer = Client().post(reverse("group_new"), {"name": "X", "rules": "My rules"})
        assert (answer.status_code, answer.text.count("My rules</textarea>")) == (401, 1)

    def test_400_and_500(self, db: None, rf: RequestFactory) -> None:
        request = rf.get("/")
        assert errors.bad_request(request, BadRequest()).status_code == 400
        failed = errors.server_error(request)
        assert (failed.status_code, failed.text.count("Something went wrong here")) == (500, 1)


class TestHome:
    def test_says_what_it_is_to_those_outside(self, db: None) -> None:
        page = Client().get("/").text
        assert page.count("Read an article together") == 1

    def test_shows_ones_groups_and_their_readings(self, cast: Cast) -> None:
        heading = re.compile(r'<h[23]><a href="[^"]+">([^<]+)</a>')
        people = (cast.member, cast.outsider, person("Gerda"))
        shown = {user.name: heading.findall(client_of(user).get("/").text) for user in people}
        assert shown == {
            "Mira": ["Thursday circle", "Of margins"],
            "Otto": ["Friday circle", "Of margins"],
            "Gerda": [],
        }

    def test_a_planned_reading_is_the_leaders(self, cast: Cast) -> None:
        cast.reading.status = "planned"
        cast.reading.save(update_fields=["status"])
        for address in ("/", cast.group.get_absolute_url()):
            shown = {
                user.name: client_of(user).get(address).text.count("Of margins")
                for user in (cast.owner, cast.moderator, cast.member, cast.observer)
            }
            assert shown == {"Olga": 1, "Moses": 1, "Mira": 0, "Ute": 0}

    def test_three_groups_take_no_more_queries_than_one(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        client = client_of(cast.member)
        for count in (1, 3):
            while cast.member.memberships.count() < count:
                create_group(by=cast.member, name="Another circle")
            with django_assert_num_queries(4):  # session, person, groups, readings
                assert client.get("/").status_code == 200


class TestProbes:
    def test_alive_and_ready(self, db: None) -> None:
        alive, ready = Client().get("/livez"), Client().get("/readyz")
        assert (alive.status_code, alive.json()) == (200, {"alive": True})
        assert (ready.status_code, ready.json()) == (200, {"ready": True})
        assert alive.headers["Cache-Control"] == ready.headers["Cache-Control"] == "no-store"

    def test_not_ready_while_a_migration_waits(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'annotations'")
        answer = Client().get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False})


@pytest.mark.parametrize(
    ("back", "led_to"),
    [
        ("/g/thursday-circle/", "/g/thursday-circle/"),
        ("", "/settings/"),
        ("https://example.org/", "/settings/"),
        ("//example.org/", "/settings/"),
        ("javascript:alert(1)", "/settings/"),
    ],
)
def test_settings_lead_back_within_the_site(cast: Cast, back: str, led_to: str) -> None:
    sent = {"name": "Mira", "theme": "dark", "text_size": "3"}
    answer = client_of(cast.member).post(f"/settings/?{urlencode({'next': back})}", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, led_to)
    cast.member.refresh_from_db()
    assert (cast.member.theme, cast.member.text_size) == ("dark", 3)
