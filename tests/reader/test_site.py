"""The pages around the groups, what every answer tells the browser, and errors."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.exceptions import BadRequest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from annotations.actions import Range, annotate
from reader.actions import create_group
from reader.models import JoinRequest, Membership, StudyGroup, User
from reader.views import errors
from tests.cast import Cast, client_of, person, read

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

    def test_shows_ones_groups_and_what_is_open_there(self, cast: Cast) -> None:
        heading = re.compile(r"<h[23][^>]*><a href=\"[^\"]+\">([^<]+)</a>")
        people = (cast.member, cast.outsider, person("Gerda"))

        def shown() -> dict[str, list[str]]:
            return {user.name: heading.findall(client_of(user).get("/").text) for user in people}

        assert shown() == {
            "Mira": ["Thursday circle", "Of margins"],
            "Otto": ["Friday circle", "Of margins"],
            "Gerda": [],
        }
        cast.reading.status = "closed"
        cast.reading.save(update_fields=["status"])
        assert shown()["Mira"] == ["Thursday circle"]

    def test_a_planned_reading_is_the_leaders_and_stands_in_the_group(self, cast: Cast) -> None:
        cast.reading.status = "planned"
        cast.reading.save(update_fields=["status"])
        title = '">Of margins</a></h3>'
        people = (cast.owner, cast.moderator, cast.member, cast.observer)
        shown = {
            address: [client_of(user).get(address).text.count(title) for user in people]
            for address in ("/", cast.group.get_absolute_url())
        }
        assert shown == {"/": [0, 0, 0, 0], cast.group.get_absolute_url(): [1, 1, 0, 0]}

    def test_says_what_is_new_to_whom(self, cast: Cast) -> None:
        Membership.objects.update(joined_at=timezone.now() - timedelta(days=1))
        paragraph = cast.reading.article.paragraphs.get(position=2)
        annotate(
            by=cast.other, reading=cast.reading, where=Range([paragraph], 0, 8),
            motivation="commenting", audience="group", body="So.", client_id=uuid4(),
        )  # fmt: skip
        told = {
            user.name: re.findall(r'<b class="new">(.+?)</b>', client_of(user).get("/").text)
            for user in (cast.member, cast.other, cast.outsider)
        }
        assert told == {"Mira": ["1 new"], "Nils": [], "Otto": []}

    def test_leads_into_groups_that_take_people(self, cast: Cast) -> None:
        open_one = create_group(by=cast.owner, name="Open circle")
        asked = create_group(by=cast.owner, name="Asked circle")
        create_group(by=cast.owner, name="Closed circle")
        StudyGroup.objects.filter(pk=open_one.pk).update(joining="open")
        StudyGroup.objects.filter(pk=asked.pk).update(joining="request")
        page = client_of(cast.member).get("/").text
        assert re.findall(r"/g/([\w-]+)/join/", page) == ["asked-circle", "open-circle"]
        assert page.count("You asked to join") == page.count("Closed circle") == 0
        JoinRequest.objects.create(group=asked, user=cast.member)
        JoinRequest.objects.create(group=asked, user=cast.other)
        page = client_of(cast.member).get("/").text
        assert re.findall(r"/g/([\w-]+)/join/", page) == ["open-circle"]
        assert page.count("You asked to join Asked circle") == 1

    def test_twenty_groups_take_no_more_queries_than_one(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        client = client_of(cast.member)
        for count in (1, 20):
            while cast.member.memberships.count() < count:
                read(create_group(by=cast.member, name="Another circle"), cast.member)
            # session, person, groups, readings, notes, what can be joined, what is asked
            with django_assert_num_queries(7):
                assert client.get("/").status_code == 200


class TestSwitcher:
    def ask(self, user: User | None, **headers: str) -> Any:
        address = f"{reverse('my_groups')}?in=thursday-circle"
        return client_of(user).get(address, headers=headers)

    def test_lists_ones_groups_and_ones_part_in_them(self, cast: Cast) -> None:
        create_group(by=cast.member, name="Another circle")
        answer = self.ask(cast.member, **{"HX-Request": "true"})
        entries = re.findall(
            r'<a href="([^"]+)"([^>]*)><span class="name">([^<]+)</span> <small>(\w+)</small></a>',
            answer.text,
        )
        assert entries == [
            ("/g/another-circle/", "", "Another circle", "owner"),
            ("/g/thursday-circle/", ' aria-current="true"', "Thursday circle", "member"),
        ]
        assert answer.text.count("<html") == 0

    def test_as_a_page_it_is_the_list_of_groups(self, cast: Cast) -> None:
        answer = self.ask(cast.member)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        assert self.ask(None, **{"HX-Request": "true"}).status_code == 401

    def test_twenty_groups_take_no_more_queries_than_one(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        client = client_of(cast.member)
        for count in (1, 20):
            while cast.member.memberships.count() < count:
                create_group(by=cast.member, name="Another circle")
            with django_assert_num_queries(3):  # session, person, groups
                client.get(reverse("my_groups"), headers={"HX-Request": "true"})

    def test_no_page_pays_for_it(self, cast: Cast) -> None:
        """Where there is no script, its links lead on."""
        page = client_of(cast.member).get(reverse("people", args=[cast.group.slug])).text
        menu = re.findall(r'<div class="dropdown-menu">(.+?)</div>', page, re.DOTALL)[0]
        assert re.findall(r'href="([^"]+)"', menu) == [cast.group.get_absolute_url(), "/"]

    def test_the_way_through_a_group_is_as_wide_as_ones_part(self, cast: Cast) -> None:
        cast.group.readable_by = "public"
        cast.group.save(update_fields=["readable_by"])
        shown = {}
        for name, user in (("Moses", cast.moderator), ("Mira", cast.member), ("anybody", None)):
            page = client_of(user).get(cast.group.get_absolute_url()).text
            way = re.findall(r'<nav class="sections".+?</nav>', page, re.DOTALL)[0]
            shown[name] = re.findall(r"<a [^>]*>([^<]+)</a>", way)
            assert re.findall(r'<a [^>]*aria-current="page">([^<]+)</a>', way) == ["Readings"]
        assert shown == {
            "Moses": [
                "Readings", "People", "Invite", "Moderation", "How it works", "Take home",
            ],
            "Mira": ["Readings", "People", "Take home"],
            "anybody": ["Readings"],
        }  # fmt: skip


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
