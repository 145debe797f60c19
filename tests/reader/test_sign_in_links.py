"""One-time links with which leaders help people back in, where no mail leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader import clock
from reader.actions import create_group, issue_sign_in_link, use_sign_in_link
from reader.models import Membership, SignInLink, User
from reader.permissions import can_issue_sign_in_link
from reader.tokens import hash_token
from tests.cast import Cast, assemble, client_of, join, person
from tests.races import at_once


def url(token: str) -> str:
    return reverse("sign_in_link", args=[token])


def who(client: Client) -> User | None:
    found: Any = get_user(client)
    return found if found.is_authenticated else None


@pytest.mark.parametrize(
    ("by", "member", "allowed"),
    [
        ("owner", "member", True),
        ("owner", "observer", True),
        ("owner", "moderator", True),
        ("moderator", "member", True),
        ("moderator", "owner", False),
        ("moderator", "moderator", False),
        ("owner", "owner", False),
        ("owner", "outsider", False),
        ("member", "observer", False),
        ("outsider", "member", False),
    ],
)
def test_for_whom(cast: Cast, by: str, member: str, allowed: bool) -> None:
    given = getattr(cast, by), getattr(cast, member)
    assert can_issue_sign_in_link(*given) == allowed
    if not allowed:
        with pytest.raises(PermissionDenied):
            issue_sign_in_link(by=given[0], member=given[1])


class TestNoWayIntoAnotherGroup:
    @pytest.mark.parametrize(
        ("mine", "theirs", "allowed"),
        [
            (None, "member", False),
            ("member", "member", False),
            ("moderator", "member", True),
            ("moderator", "moderator", False),
            ("owner", "moderator", True),
            ("owner", "owner", False),
        ],
    )
    def test_who_belongs_elsewhere_too(
        self, cast: Cast, mine: str | None, theirs: str, allowed: bool
    ) -> None:
        elsewhere = cast.elsewhere.group
        Membership.objects.create(group=elsewhere, user=cast.member, role=theirs)
        if mine:
            Membership.objects.create(group=elsewhere, user=cast.owner, role=mine)
        assert can_issue_sign_in_link(cast.owner, cast.member) == allowed
        Membership.objects.filter(group=elsewhere, user=cast.member).update(left_at=timezone.now())
        assert can_issue_sign_in_link(cast.owner, cast.member)

    def test_one_made_before_they_came_elsewhere_is_dead(self, cast: Cast) -> None:
        token = issue_sign_in_link(by=cast.owner, member=cast.member)
        assert Client().get(url(token)).status_code == 200
        theirs = Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
        client = Client()
        assert client.post(url(token)).status_code == 410
        assert who(client) is None
        theirs.delete()
        Membership.objects.filter(user=cast.owner).update(role="member")
        assert client.post(url(token)).status_code == 410

    def test_administrators_and_those_who_are_gone(self, cast: Cast) -> None:
        admin = join(cast.group, "Ada")
        for given in ({"is_staff": True}, {"is_superuser": True}, {"is_active": False}):
            User.objects.filter(pk=admin.pk).update(
                **{"is_staff": False, "is_superuser": False, "is_active": True, **given}
            )
            admin.refresh_from_db()
            assert not can_issue_sign_in_link(cast.owner, admin)

    def test_an_administrator_helps_whoever_belongs_to_a_group(self, cast: Cast) -> None:
        admin = User.objects.create_superuser("ada@example.org", "long enough, 1", name="Ada")
        create_group(by=cast.member, name="Of her own")
        assert can_issue_sign_in_link(admin, cast.member)
        assert can_issue_sign_in_link(admin, cast.owner)
        assert not can_issue_sign_in_link(admin, person("Gerda"))

    def test_not_where_mail_leaves(self, cast: Cast, settings: Any) -> None:
        settings.CATENA_SENDS_MAIL = True
        assert not can_issue_sign_in_link(cast.owner, cast.member)


class TestUsing:
    def test_it_is_shown_once_and_works_once(self, cast: Cast) -> None:
        theirs = Membership.objects.get(user=cast.member)
        made = client_of(cast.owner).post(
            reverse("sign_in_link_new", args=[cast.group.slug, theirs.pk])
        )
        [token] = re.findall(r'value="http://testserver/sign-in/([\w-]+)/"', made.text)
        link = SignInLink.objects.get()
        assert (made.status_code, link.token_hash) == (201, hash_token(token))
        client = Client()
        page = client.get(url(token))
        assert (page.status_code, page.text.count("Sign in as Mira"), who(client)) == (200, 1, None)
        assert client.post(url(token)).headers["Location"] == "/"
        assert who(client) == cast.member
        told = "You are signed in by a link that Olga made for you."
        assert client.get("/settings/").text.count(told) == 1
        other = Client()
        for answer in (other.post(url(token)), other.get(url(token))):
            assert (answer.status_code, answer.text.count("works once, and for a day")) == (410, 1)
        assert who(other) is None

    def test_a_newer_one_replaces_the_older(self, cast: Cast) -> None:
        older = issue_sign_in_link(by=cast.owner, member=cast.member)
        newer = issue_sign_in_link(by=cast.moderator, member=cast.member)
        assert [Client().get(url(token)).status_code for token in (older, newer)] == [410, 200]

    @pytest.mark.parametrize("token", ["x", "%00", "%ED%A0%80", "x" * 5000])
    def test_forged_or_too_old(self, cast: Cast, token: str) -> None:
        assert Client().post(f"/sign-in/{token}/").status_code == 410
        good = issue_sign_in_link(by=cast.owner, member=cast.member)
        SignInLink.objects.update(expires_at=timezone.now())
        answer = Client().post(url(good))
        assert (answer.status_code, answer.text.count("Mira")) == (410, 0)

    def test_whoever_was_signed_in_here_is_signed_out(self, cast: Cast) -> None:
        client = client_of(cast.outsider)
        client.post(url(issue_sign_in_link(by=cast.owner, member=cast.member)))
        assert who(client) == cast.member

    def test_the_clock_forgets_old_ones(self, cast: Cast) -> None:
        issue_sign_in_link(by=cast.owner, member=cast.member)
        SignInLink.objects.update(expires_at=timezone.now() - timedelta(days=31))
        issue_sign_in_link(by=cast.owner, member=cast.other)
        clock.JOBS["addresses"].run()
        assert SignInLink.objects.get().user == cast.other

    def test_but_none_that_was_used_and_not_told_of(self, cast: Cast) -> None:
        use_sign_in_link(token=issue_sign_in_link(by=cast.owner, member=cast.member))
        SignInLink.objects.update(expires_at=timezone.now() - timedelta(days=31))
        clock.JOBS["addresses"].run()
        assert SignInLink.objects.count() == 1
        SignInLink.objects.update(told_at=timezone.now())
        clock.JOBS["addresses"].run()
        assert SignInLink.objects.count() == 0


class TestItsSession:
    @pytest.fixture
    def client(self, cast: Cast) -> Client:
        """A browser in which the owner's link has signed the member in."""
        token = issue_sign_in_link(by=cast.owner, member=cast.member)
        client = Client()
        client.post(url(token))
        assert who(client) == cast.member
        return client

    def test_it_ends_after_twelve_hours_whatever_is_done_in_it(self, client: Client) -> None:
        def left() -> float:
            return client.session.get_expiry_age() / 3600

        assert left() == pytest.approx(12, abs=0.1)
        later = client.session
        later["_session_expiry"] = (timezone.now() + timedelta(hours=1)).isoformat()
        later.save()
        client.get("/settings/")
        client.post("/settings/", {"name": "Mira", "theme": "dark", "text_size": 2})
        assert left() == pytest.approx(1, abs=0.1)

    @pytest.mark.parametrize(
        "change",
        [
            lambda c: Membership.objects.create(group=c.elsewhere.group, user=c.member),
            lambda c: create_group(by=c.member, name="Of her own"),
            lambda c: Membership.objects.filter(user=c.member).update(role="owner"),
            lambda c: Membership.objects.filter(user=c.member).update(left_at=timezone.now()),
            lambda c: Membership.objects.filter(user=c.owner).update(role="member"),
            lambda c: User.objects.filter(pk=c.member.pk).update(is_staff=True),
            lambda c: SignInLink.objects.all().delete(),
        ],
        ids=["another group", "a group of her own", "an owner", "gone", "leads no more", "staff",
             "no link"],
    )  # fmt: skip
    def test_it_ends_with_the_right_to_make_one(
        self, cast: Cast, client: Client, change: Callable[[Cast], object]
    ) -> None:
        there = cast.group.get_absolute_url()
        assert client.get(there).status_code == 200
        own = client_of(cast.member)
        change(cast)
        answer = client.get(there)
        assert (answer.status_code, who(client)) == (302, None)
        assert answer.headers["Location"].startswith("/accounts/login/")
        own.get(there)
        assert who(own) == cast.member

    def test_what_was_typed_when_it_ended_comes_back(self, cast: Cast, client: Client) -> None:
        create_group(by=cast.member, name="Of her own")
        answer = client.post("/settings/", {"name": "Mira M"})
        assert (answer.status_code, answer.text.count("You have been signed out")) == (401, 2)

    def test_how_one_signs_in_is_not_changed_in_it(self, cast: Cast, client: Client) -> None:
        words = "Signed in by somebody&#x27;s link, you can&#x27;t change how you sign in."
        sent = {"email": "mallory@example.org", "action_add": ""}
        for name in ("account_email", "account_set_password"):
            for answer in (client.get(reverse(name)), client.post(reverse(name), sent)):
                assert (answer.status_code, answer.text.count(words)) == (403, 1)
        given = {"oldpassword": "", "password1": "of mallory's", "password2": "of mallory's"}
        client.post(reverse("account_change_password"), given)
        cast.member.refresh_from_db()
        assert (cast.member.email, cast.member.check_password("long enough, 1")) == (
            "mira@example.org", True,
        )  # fmt: skip
        assert client_of(cast.member).get(reverse("account_email")).status_code == 200

    def test_only_such_sessions_are_asked(
        self, cast: Cast, client: Client, django_assert_num_queries: Any
    ) -> None:
        own = client_of(cast.member)
        for each in (client, own):
            each.get("/settings/")  # the message is read
        with django_assert_num_queries(2):  # session, person
            own.get("/settings/")
        with django_assert_num_queries(5):  # the link, and what both are in their groups
            client.get("/settings/")


class TestTelling:
    def sign_in(self, user: User) -> Client:
        client = Client()
        given = {"login": user.email, "password": "long enough, 1"}
        assert client.post(reverse("account_login"), given).status_code == 302
        assert who(client) == user
        return client

    def told(self, client: Client) -> int:
        words = re.findall(r"On \d+ \w+ \d{4} Olga made a sign-in link for you; it was used\.",
                           client.get("/settings/").text)  # fmt: skip
        return len(words)

    def test_at_ones_own_next_sign_in_once(self, cast: Cast) -> None:
        token = issue_sign_in_link(by=cast.owner, member=cast.member)
        assert self.told(self.sign_in(cast.member)) == 0
        client = Client()
        client.post(url(token))
        # Whoever holds the link can't spend the telling.
        assert (self.told(client), SignInLink.objects.get().told_at) == (0, None)
        assert self.told(self.sign_in(cast.other)) == 0
        own = self.sign_in(cast.member)
        assert [self.told(own), self.told(own), self.told(self.sign_in(cast.member))] == [1, 0, 0]
        assert SignInLink.objects.get().told_at is not None


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_at_once_sign_in_once() -> None:
    cast = assemble()
    token = issue_sign_in_link(by=cast.owner, member=cast.member)
    used = at_once(*[lambda: use_sign_in_link(token=token)] * 3)
    assert sum(link is not None for link in used) == 1
