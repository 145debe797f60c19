"""Groups, their people, and the ways in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader.actions import accept_invitation, create_group, edit_group, invite, revoke
from reader.models import Invitation, Membership, StudyGroup, User
from reader.tokens import hash_token
from tests.cast import Cast, assemble, client_of, join, person
from tests.races import at_once

type Link = tuple[Invitation, str]


@pytest.fixture
def link(cast: Cast) -> Link:
    return invite(by=cast.owner, group=cast.group, max_uses=2)


@pytest.fixture
def guest(cast: Cast) -> User:
    return person("Gerda")


def url(token: str) -> str:
    return reverse("join", args=[token])


def role_of(user: User, group: StudyGroup) -> str:
    return str(Membership.objects.get(user=user, group=group, left_at=None).role)


class TestGroups:
    def test_who_starts_one_owns_it(self, guest: User) -> None:
        answer = client_of(guest).post(
            reverse("group_new"), {"name": "Sunday circle", "rules": "Be kind."}
        )
        group = StudyGroup.objects.get(name="Sunday circle")
        assert answer.headers["Location"] == "/g/sunday-circle/"
        assert (role_of(guest, group), group.rules, group.readable_by) == (
            "owner", "Be kind.", "members",
        )  # fmt: skip

    @pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\0b"])
    def test_a_name_that_cannot_be(self, guest: User, name: str) -> None:
        sent = {"name": name, "description": "What I typed."}
        answer = client_of(guest).post(reverse("group_new"), sent)
        assert (answer.status_code, answer.text.count("What I typed.")) == (422, 1)
        assert StudyGroup.objects.filter(memberships__user=guest).count() == 0

    def test_nothing_sent_at_all(self, guest: User) -> None:
        assert client_of(guest).post(reverse("group_new"), {}).status_code == 422

    @pytest.mark.parametrize(
        ("name", "slug"),
        [("New", r"new-\w{5}"), ("Thursday circle", r"thursday-circle-\w{5}"), ("読書会", "group")],
    )
    def test_every_group_has_an_address_of_its_own(
        self, cast: Cast, guest: User, name: str, slug: str
    ) -> None:
        group = create_group(by=guest, name=name)
        assert re.fullmatch(slug, group.slug)
        assert client_of(guest).get(group.get_absolute_url()).status_code == 200

    def test_leaders_change_it_and_nobody_else(self, cast: Cast) -> None:
        for user in (cast.owner, cast.moderator):
            group = edit_group(
                by=user, group=cast.group, name=f"Of {user.name}", description="", rules=""
            )
            assert group.name == f"Of {user.name}"
        for user in (cast.member, cast.observer, cast.outsider):
            with pytest.raises(PermissionDenied, match="Only the group's leaders change this"):
                edit_group(by=user, group=cast.group, name="Mine", description="", rules="")
        cast.group.refresh_from_db()
        assert cast.group.name == "Of Moses"

    def test_the_people_page_names_who_is_in_it_now(self, cast: Cast) -> None:
        join(cast.group, "Fritz", left_at=timezone.now())
        page = client_of(cast.member).get(reverse("people", args=[cast.group.slug])).text
        rows = re.findall(r"</span> (\w+)</td><td>(\w+)</td>", page)
        assert rows == [
            ("Mira", "member"), ("Moses", "moderator"), ("Nils", "member"), ("Olga", "owner"),
            ("Ute", "observer"),
        ]  # fmt: skip

    def test_a_public_group_shows_its_readings_and_not_its_people(self, cast: Cast) -> None:
        cast.group.readable_by = "public"
        cast.group.save(update_fields=["readable_by"])
        for user in (None, cast.outsider):
            page = client_of(user).get(cast.group.get_absolute_url()).text
            names = ("Of margins", "Olga", "Mira", "Moses")
            assert [page.count(name) for name in names] == [1, 0, 0, 0]


class TestInviting:
    def test_a_link_is_shown_once_and_kept_hashed(self, cast: Cast) -> None:
        address = reverse("invitations", args=[cast.group.slug])
        client = client_of(cast.owner)
        made = client.post(address, {"role": "member", "days": "3", "max_uses": "5"})
        [token] = re.findall(r'value="http://testserver/join/([\w-]+)/"', made.text)
        invitation = Invitation.objects.get()
        assert len(token) == 43  # 256 bits
        assert invitation.token_hash == hash_token(token)
        assert token not in str(vars(invitation))
        assert (invitation.max_uses, invitation.created_by) == (5, cast.owner)
        assert abs(invitation.expires_at - timezone.now() - timedelta(days=3)) < timedelta(
            minutes=1
        )
        again = client.get(address).text
        assert (again.count(token), again.count("0 / 5")) == (0, 1)

    @pytest.mark.parametrize(
        ("who", "role", "allowed"),
        [
            ("owner", "member", True),
            ("owner", "moderator", True),
            ("owner", "owner", False),
            ("moderator", "member", True),
            ("moderator", "moderator", False),
            ("member", "member", False),
            ("observer", "member", False),
            ("outsider", "member", False),
        ],
    )
    def test_as_what(self, cast: Cast, who: str, role: str, allowed: bool) -> None:
        user = getattr(cast, who)
        if not allowed:
            with pytest.raises(PermissionDenied, match="You can't invite people with this role"):
                invite(by=user, group=cast.group, role=role)
        else:
            assert invite(by=user, group=cast.group, role=role)[0].role == role
        assert Invitation.objects.count() == allowed

    @pytest.mark.parametrize(
        "given",
        [{"days": "0"}, {"days": "31"}, {"days": "x"}, {"max_uses": "0"}, {"role": "owner"}],
        ids=str,
    )
    def test_a_form_that_is_wrong(self, cast: Cast, given: dict[str, str]) -> None:
        sent = {"role": "member", "days": "7", **given}
        answer = client_of(cast.owner).post(reverse("invitations", args=[cast.group.slug]), sent)
        assert (answer.status_code, Invitation.objects.count()) == (422, 0)

    def test_withdrawn_it_no_longer_works(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        address = reverse("invitation_revoke", args=[cast.group.slug, invitation.pk])
        assert client_of(cast.moderator).post(address).status_code == 302
        invitation.refresh_from_db()
        first = invitation.revoked_at
        assert revoke(by=cast.owner, invitation=invitation).revoked_at == first
        assert client_of(guest).post(url(token)).status_code == 410
        for user in (cast.member, cast.outsider):
            with pytest.raises(PermissionDenied):
                revoke(by=user, invitation=invitation)


class TestJoining:
    def test_looking_at_it_joins_nobody(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        for client in (Client(), client_of(guest)):
            page = client.get(url(token))
            shown = [
                page.text.count(text) for text in ("Thursday circle", "Be kind.", "Olga invites")
            ]
            assert (page.status_code, shown) == (200, [1, 1, 1])
            assert client.head(url(token)).status_code == 200
        invitation.refresh_from_db()
        assert (invitation.uses, Membership.objects.filter(user=guest).count()) == (0, 0)

    def test_by_post_one_is_in(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        answer = client_of(guest).post(url(token))
        invitation.refresh_from_db()
        assert (answer.headers["Location"], invitation.uses) == ("/g/thursday-circle/", 1)
        assert role_of(guest, cast.group) == "member"

    def test_who_is_not_signed_in_is_not_in(self, link: Link) -> None:
        invitation, token = link
        answer = Client().post(url(token))
        invitation.refresh_from_db()
        assert (answer.status_code, invitation.uses) == (200, 0)
        assert re.findall(r'<a class="go" href="([^"]+)"', answer.text) == [
            f"/accounts/signup/?next={url(token)}"
        ]

    @pytest.mark.parametrize(
        "dead",
        [
            {"expires_at": timezone.now() - timedelta(seconds=1)},
            {"revoked_at": timezone.now()},
            {"uses": 2},
        ],
        ids=["expired", "revoked", "used up"],
    )
    def test_a_dead_link_says_no_more_than_that(
        self, cast: Cast, link: Link, guest: User, dead: dict[str, object]
    ) -> None:
        invitation, token = link
        Invitation.objects.filter(pk=invitation.pk).update(**dead)
        self._is_dead(guest, token)

    @pytest.mark.parametrize(
        "change", [lambda t: t[:-1], lambda t: t.swapcase(), lambda t: "x" * 9000]
    )
    def test_a_forged_link(
        self, cast: Cast, link: Link, guest: User, change: Callable[[str], str]
    ) -> None:
        self._is_dead(guest, change(link[1]))

    def _is_dead(self, guest: User, token: str) -> None:
        client = client_of(guest)
        for answer in (client.get(url(token)), client.post(url(token)), Client().get(url(token))):
            shown = [answer.text.count(text) for text in ("This link no longer works", "Thursday")]
            assert (answer.status_code, shown) == (410, [1, 0])
        assert Membership.objects.filter(user=guest).count() == 0

    def test_a_member_stays_what_they_are(self, cast: Cast) -> None:
        invitation, token = invite(by=cast.owner, group=cast.group, role="moderator")
        for user, role in (
            (cast.member, "member"),
            (cast.observer, "observer"),
            (cast.owner, "owner"),
        ):
            assert client_of(user).post(url(token)).status_code == 302
            assert role_of(user, cast.group) == role
        invitation.refresh_from_db()
        assert invitation.uses == 0

    @pytest.mark.parametrize("standing", ["suspended", "banned"])
    @pytest.mark.parametrize("left_at", [None, timezone.now()], ids=["there", "gone"])
    def test_who_was_shut_out_stays_out(
        self, cast: Cast, link: Link, standing: str, left_at: object
    ) -> None:
        invitation, token = link
        theirs = Membership.objects.filter(user=cast.member)
        theirs.update(standing=standing, left_at=left_at)
        assert client_of(cast.member).post(url(token)).status_code == 410
        invitation.refresh_from_db()
        assert (invitation.uses, theirs.get().left_at) == (0, left_at)
        theirs.update(standing_until=timezone.now())
        assert client_of(cast.member).post(url(token)).status_code == 302
        assert role_of(cast.member, cast.group) == "member"

    def test_who_left_comes_back_by_a_link_as_what_it_says(self, cast: Cast, link: Link) -> None:
        theirs = Membership.objects.filter(user=cast.moderator)
        theirs.update(left_at=timezone.now(), standing="muted")
        assert client_of(cast.moderator).post(url(link[1])).status_code == 302
        back = theirs.get()
        assert (back.role, back.left_at, back.standing) == ("member", None, "muted")


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_the_last_use_goes_to_one(self) -> None:
        cast = assemble()
        invitation, token = invite(by=cast.owner, group=cast.group, max_uses=1)
        guests = [person(name) for name in ("Gerda", "Gustav", "Gesa")]
        joined = at_once(*(lambda by=by: accept_invitation(by=by, token=token) for by in guests))
        invitation.refresh_from_db()
        assert sum(membership is not None for membership in joined) == 1
        assert invitation.uses == 1
        assert Membership.objects.filter(user__in=guests).count() == 1

    def test_one_person_twice_is_in_once(self) -> None:
        cast = assemble()
        invitation, token = invite(by=cast.owner, group=cast.group)
        guest = person("Gerda")
        joined = at_once(*[lambda: accept_invitation(by=guest, token=token)] * 2)
        invitation.refresh_from_db()
        assert joined[0] == joined[1]
        assert (invitation.uses, Membership.objects.filter(user=guest).count()) == (1, 1)
