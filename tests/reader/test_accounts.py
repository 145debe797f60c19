"""Signing up and in, with a mail server and without."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, reverse

from reader.actions import create_group, invite, invite_by_code, issue_claim, rename, revoke
from reader.models import JoinRequest, Membership, SiteClaim, StudyGroup, User
from tests.cast import Cast, client_of, person

SIGN_UP = {"name": "Gerda", "email": "Gerda@Example.org", "password1": "a long enough one"}
type OnCommit = Callable[..., AbstractContextManager[Any]]


def sign_up(client: Client, to: str = "", **given: str) -> Any:
    address = reverse("account_signup") + (f"?next={to}" if to else "")
    return client.post(address, {**SIGN_UP, **given, **({"next": to} if to else {})})


@pytest.fixture
def token(cast: Cast) -> str:
    return invite(by=cast.owner, group=cast.group)[1]


@pytest.fixture
def with_mail(settings: Any) -> Iterator[None]:
    """A site that has a mail server: its settings, and the addresses that depend on them."""
    settings.CATENA_SENDS_MAIL = True
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_PREVENT_ENUMERATION = True
    settings.CATENA_REGISTRATION = "open"
    _read_addresses_anew()
    yield
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = False
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
    _read_addresses_anew()


def _read_addresses_anew() -> None:
    for name in ("allauth.account.urls", "allauth.urls", "config.urls"):
        importlib.reload(importlib.import_module(name))
    clear_url_caches()


class TestRegistration:
    @pytest.mark.parametrize(
        ("registration", "alone", "invited", "claiming"),
        [("open", True, True, True), ("invitation", False, True, True),
         ("closed", False, False, True)],
    )  # fmt: skip
    def test_who_may_sign_up(
        self, settings: Any, cast: Cast, token: str, registration: str, alone: bool, invited: bool,
        claiming: bool,
    ) -> None:  # fmt: skip
        settings.CATENA_REGISTRATION = registration
        _invitation, code = invite_by_code(by=cast.owner, group=cast.group)
        withdrawn, dead = invite(by=cast.owner, group=cast.group)
        revoke(by=cast.owner, invitation=withdrawn)
        ways = {
            "": alone,
            reverse("join", args=[token]): invited,
            reverse("join", args=["forged"]): alone,
            reverse("join", args=[code]): invited,
            reverse("join", args=[dead]): alone,
            reverse("claim", args=[issue_claim()]): claiming,
            reverse("claim", args=["forged"]): alone,
            "/g/new/": alone,
        }
        for number, (to, allowed) in enumerate(ways.items()):
            email = f"guest{number}@example.org"
            answer = sign_up(Client(), to, email=email)
            assert answer.status_code == (302 if allowed else 200), to
            assert User.objects.filter(email=email).exists() == allowed

    @pytest.mark.parametrize("by", ["link", "code"])
    def test_from_an_invitation_to_the_text_in_two_screens(self, cast: Cast, by: str) -> None:
        text = cast.reading.get_absolute_url()
        make = invite if by == "link" else invite_by_code
        _invitation, secret = make(by=cast.owner, group=cast.group, max_uses=1, path=text)
        client, there = Client(), reverse("join", args=[secret])
        [form] = re.findall(r'href="(/accounts/signup/[^"]+)"', client.get(there).text)
        # Another browser, as when a mail program's own hands the page on: the address is enough.
        client = Client()
        [sent] = re.findall(r'name="next" value="([^"]+)"', client.get(form).text)
        assert sent == f"{there}?agreed=1"
        answer = client.post(reverse("account_signup"), {**SIGN_UP, "next": sent}, follow=True)
        assert answer.redirect_chain == [(sent, 302), (text, 302)]
        assert answer.status_code == 200
        user = User.objects.get(email="gerda@example.org")
        assert (user.name, EmailAddress.objects.get(user=user).verified) == ("Gerda", True)
        mine = Membership.objects.get(user=user, group=cast.group)
        assert (mine.role, mine.agreed_at is None) == ("member", False)

    def test_who_has_not_seen_the_rules_joins_by_the_button(self, cast: Cast, token: str) -> None:
        client, there = Client(), reverse("join", args=[token])
        answer = sign_up(client, there)
        assert (answer.status_code, answer.headers["Location"]) == (302, there)
        user = User.objects.get(email="gerda@example.org")
        assert Membership.objects.filter(user=user).count() == 0
        assert client.post(there).headers["Location"] == cast.group.get_absolute_url()

    def test_signing_in_joins_nobody(self, cast: Cast, token: str) -> None:
        there = f"{reverse('join', args=[token])}?agreed=1"
        entered = {"login": "otto@example.org", "password": "long enough, 1", "next": there}
        client = Client()
        assert client.post(reverse("account_login"), entered).headers["Location"] == there
        assert client.get(there).text.count("Join</button>") == 1
        assert Membership.objects.filter(user=cast.outsider, group=cast.group).count() == 0

    def test_where_leaders_are_asked_signing_up_asks_them(self, cast: Cast, token: str) -> None:
        cast.group.approves_links = True
        cast.group.save(update_fields=["approves_links"])
        client, there = Client(), f"{reverse('join', args=[token])}?agreed=1"
        answer = client.post(reverse("account_signup"), {**SIGN_UP, "next": there}, follow=True)
        assert answer.text.count("leaders have been asked</h1>") == 1
        user = User.objects.get(email="gerda@example.org")
        assert JoinRequest.objects.get().user == user
        assert Membership.objects.filter(user=user).count() == 0

    def test_of_two_who_sign_up_by_the_last_use_one_is_in(self, cast: Cast) -> None:
        _invitation, token = invite(by=cast.owner, group=cast.group, max_uses=1)
        there = f"{reverse('join', args=[token])}?agreed=1"
        slow = Client()
        slow.get(f"{reverse('account_signup')}?next={there}")
        sign_up(Client(), there, email="first@example.org")
        assert slow.post(reverse("account_signup"), {**SIGN_UP, "next": there}).status_code == 200
        assert User.objects.filter(email="gerda@example.org").count() == 0

    @pytest.mark.parametrize("registration", ["invitation", "open"])
    def test_signing_up_is_no_way_to_try_codes(
        self, settings: Any, cast: Cast, registration: str
    ) -> None:
        settings.CATENA_REGISTRATION = registration
        _invitation, code = invite_by_code(by=cast.owner, group=cast.group)
        client = Client()
        for _ in range(100):
            client.get(reverse("join", args=["K7QX-M2PD"]))
        answer = client.get(f"{reverse('account_signup')}?next={reverse('join', args=[code])}")
        assert answer.text.count('name="password1"') == (registration == "open")

    def test_without_a_mail_server_a_password_is_enough(self, settings: Any, db: None) -> None:
        settings.CATENA_REGISTRATION = "open"
        assert sign_up(Client()).headers["Location"] == "/"
        client = Client()
        entered = {"login": "gerda@example.org", "password": SIGN_UP["password1"]}
        assert client.post(reverse("account_login"), entered).headers["Location"] == "/"
        assert client.get("/").text.count("You belong to no group yet.") == 1
        assert len(mail.outbox) == 0

    @pytest.mark.parametrize(
        "given",
        [{"password1": "short"}, {"password1": "password123"}, {"email": "no address"},
         {"email": "mira@example.org"}, {"name": ""}, {"name": "x" * 81}, {"name": "a\0b"},
         {"website": "https://spam.example"}],
        ids=str,
    )  # fmt: skip
    def test_what_is_wrong_makes_no_account(
        self, settings: Any, cast: Cast, given: dict[str, str]
    ) -> None:
        settings.CATENA_REGISTRATION = "open"
        before = User.objects.count()
        sign_up(Client(), **given)
        assert User.objects.count() == before

    @pytest.mark.parametrize(
        "to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
    )
    def test_signing_in_leads_to_no_other_site(self, cast: Cast, to: str) -> None:
        entered = {"login": "mira@example.org", "password": "long enough, 1", "next": to}
        answer = Client().post(reverse("account_login"), entered)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.usefixtures("with_mail")
class TestWithMail:
    def test_a_new_address_is_verified_by_a_code(
        self, db: None, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        client = Client()
        with django_capture_on_commit_callbacks(execute=True):
            answer = sign_up(client)
        there = reverse("account_email_verification_sent")
        assert answer.headers["Location"] == there
        assert client.get("/settings/").status_code == 302
        [message] = mail.outbox
        assert message.to == ["gerda@example.org"]
        client.post(there, {"code": code_in(message)})
        assert EmailAddress.objects.get(email="gerda@example.org").verified
        assert client.get("/settings/").status_code == 200

    def test_an_invitation_stands_in_for_that(self, cast: Cast, token: str) -> None:
        client, there = Client(), reverse("join", args=[token])
        assert sign_up(client, there).headers["Location"] == there
        assert client.get("/settings/").status_code == 200
        assert len(mail.outbox) == 0

    def test_signing_in_by_code(
        self, cast: Cast, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        EmailAddress.objects.create(
            user=cast.member, email=cast.member.email, verified=True, primary=True
        )
        client = Client()
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/accounts/login/code/", {"email": "mira@example.org"})
        [message] = mail.outbox
        confirm = reverse("account_confirm_login_code")
        assert client.post(confirm, {"code": "WRONG1"}).status_code == 200
        assert client.get("/settings/").status_code == 302
        assert client.post(confirm, {"code": code_in(message)}).headers["Location"] == "/"
        assert client.get("/settings/").text.count('value="Mira"') == 1


def code_in(message: Any) -> str:
    [code] = re.findall(r"^\s*([A-Z0-9-]{6,9})\s*$", message.body, re.M)
    return str(code)


class TestClaim:
    def test_the_first_owner_takes_over_once(self, db: None) -> None:
        token = issue_claim()
        assert token
        guest, late = person("Gerda"), person("Gustav")
        there = reverse("claim", args=[token])
        assert Client().post(there).status_code == 200
        assert client_of(guest).get(there).status_code == 200
        assert User.objects.filter(is_superuser=True).count() == 0
        assert client_of(guest).post(there).headers["Location"] == reverse("group_new")
        guest.refresh_from_db()
        assert (guest.is_superuser, guest.is_staff) == (True, True)
        assert client_of(late).post(there).status_code == 404
        assert issue_claim() is None
        assert list(User.objects.filter(is_superuser=True)) == [guest]

    def test_a_newer_link_replaces_the_older(self, db: None) -> None:
        older, newer = issue_claim(), issue_claim()
        guest = client_of(person("Gerda"))
        assert guest.get(reverse("claim", args=[older])).status_code == 404
        assert guest.get(reverse("claim", args=[newer])).status_code == 200
        assert SiteClaim.objects.get().token_hash != newer

    def test_where_there_is_an_owner_the_link_does_nothing(self, db: None) -> None:
        token = issue_claim()
        User.objects.create_superuser("root@example.org", "long enough, 1", name="Root")
        guest = person("Gerda")
        assert client_of(guest).post(reverse("claim", args=[token])).status_code == 403
        guest.refresh_from_db()
        assert not guest.is_superuser


class TestSettings:
    def test_name_theme_and_size(self, cast: Cast) -> None:
        client, there = client_of(cast.member), reverse("settings")
        answer = client.post(there, {"name": "Mira M.", "theme": "dark", "text_size": "4"})
        assert answer.headers["Location"] == there
        page = client.get(there).text
        assert page.count("Saved.") == 1
        assert page.count('data-theme="dark" data-text-size="4"') == 1
        cast.member.refresh_from_db()
        cast.group.refresh_from_db()
        assert (cast.member.name, cast.group.names_epoch) == ("Mira M.", 1)

    @pytest.mark.parametrize(
        "given", [{"name": ""}, {"name": "a\0b"}, {"theme": "pink"}, {"text_size": "9"}], ids=str
    )
    def test_what_cannot_be_is_said(self, cast: Cast, given: dict[str, str]) -> None:
        sent = {"name": "Mira M.", "theme": "dark", "text_size": "4", **given}
        assert client_of(cast.member).post(reverse("settings"), sent).status_code == 422
        cast.member.refresh_from_db()
        assert (cast.member.name, cast.member.theme) == ("Mira", "system")


def test_a_group_of_ones_own_needs_an_account_that_is_active(cast: Cast) -> None:
    client = client_of(cast.member)
    cast.member.is_active = False
    cast.member.save(update_fields=["is_active"])
    asked = client.get(reverse("group_new"))
    assert asked.headers["Location"] == f"{reverse('account_login')}?next=/g/new/"
    assert create_group(by=cast.owner, name="Another").memberships.count() == 1


def test_a_new_name_locks_ones_groups_in_one_order(cast: Cast) -> None:
    """A database may change them in any; of two who share groups each could wait for the other."""
    Membership.objects.create(user=cast.member, group=cast.elsewhere.group)
    with CaptureQueriesContext(connection) as asked:
        rename(by=cast.member, name="Mira M.")
    about_groups = [sql for query in asked if "reader_studygroup" in (sql := query["sql"])]
    locked, changed = about_groups
    assert locked.count("ORDER BY 1 ASC") == 1
    locks = connection.features.has_select_for_no_key_update
    assert locked.endswith("FOR NO KEY UPDATE") is locks
    assert changed.startswith('UPDATE "reader_studygroup"')
    assert list(StudyGroup.objects.values_list("names_epoch", flat=True)) == [1, 1]
