"""How people come in: by links and codes, dead ones too, by asking, and by being let in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reader import actions, limits
from reader.actions import (
    accept_invitation,
    ask_for_another,
    ask_to_join,
    decide_request,
    invite,
    invite_by_code,
    join_group,
    leave,
)
from reader.actions.joining import works
from reader.models import Bucket, Invitation, JoinRequest, Membership, Reading, StudyGroup, User
from reader.permissions import can_invite_as, membership_of
from tests.cast import Cast, assemble, client_of, join, person
from tests.races import at_once

type Link = tuple[Invitation, str]
NOW = timezone.now()
DEAD: dict[str, dict[str, Any]] = {
    "expired": {"expires_at": NOW - timedelta(seconds=1)},
    "withdrawn": {"revoked_at": NOW},
    "used up": {"uses": 2},
}
SENTENCES = {
    "expired": "This invitation has expired",
    "withdrawn": "This invitation was withdrawn",
    "used up": "This invitation is used up",
}
OF_THE_GROUP = ("Thursday", "Be kind", "Olga", "margin")


@pytest.fixture
def link(cast: Cast) -> Link:
    return invite(by=cast.owner, group=cast.group, max_uses=2)


@pytest.fixture
def guest(cast: Cast) -> User:
    return person("Gerda")


@pytest.fixture
def sends_mail(settings: Any) -> None:
    settings.CATENA_SENDS_MAIL = True


def url(token: str) -> str:
    return reverse("join", args=[token])


def change(group: StudyGroup, **given: Any) -> StudyGroup:
    for name, value in given.items():
        setattr(group, name, value)
    group.save(update_fields=list(given))
    return group


def role_of(user: User, group: StudyGroup) -> str:
    return str(Membership.objects.get(user=user, group=group, left_at=None).role)


def of(user: User) -> Membership:
    found: Membership = Membership.objects.get(user=user)
    return found


def shown(answer: Any) -> list[int]:
    return [answer.text.count(words) for words in OF_THE_GROUP]


class TestByLink:
    def test_looking_at_it_joins_nobody(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        for client in (Client(), client_of(guest)):
            page = client.get(url(token))
            counts = [
                page.text.count(text) for text in ("Thursday circle", "Be kind.", "Olga invites")
            ]
            assert (page.status_code, counts) == (200, [1, 1, 1])
            assert client.head(url(token)).status_code == 200
        invitation.refresh_from_db()
        assert (invitation.uses, Membership.objects.filter(user=guest).count()) == (0, 0)

    def test_by_post_one_is_in_and_has_agreed(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        answer = client_of(guest).post(url(token))
        invitation.refresh_from_db()
        assert (answer.headers["Location"], invitation.uses) == ("/g/thursday-circle/", 1)
        mine = of(guest)
        assert (mine.role, mine.reads_from, mine.removed_by) == ("member", None, None)
        assert mine.agreed_at is not None
        assert abs(mine.agreed_at - timezone.now()) < timedelta(minutes=1)

    def test_it_leads_to_its_page(self, cast: Cast, guest: User) -> None:
        there = cast.reading.get_absolute_url()
        _invitation, token = invite(by=cast.owner, group=cast.group, path=there)
        client = client_of(guest)
        assert client.post(url(token)).headers["Location"] == there
        for again in (client.get(url(token)), client.post(url(token))):
            assert (again.status_code, again.headers["Location"]) == (302, there)
        Invitation.objects.update(revoked_at=timezone.now())
        assert client.get(url(token)).headers["Location"] == there

    def test_a_reading_that_is_only_planned_leads_home(self, cast: Cast, guest: User) -> None:
        there = cast.reading.get_absolute_url()
        _invitation, token = invite(by=cast.owner, group=cast.group, path=there)
        Reading.objects.update(status="planned")
        assert client_of(guest).post(url(token)).headers["Location"] == "/g/thursday-circle/"
        assert client_of(cast.owner).get(url(token)).headers["Location"] == there

    def test_who_is_not_signed_in_is_not_in(self, link: Link) -> None:
        invitation, token = link
        answer = Client().post(url(token))
        invitation.refresh_from_db()
        assert (answer.status_code, invitation.uses) == (200, 0)
        there = url(token).replace("/", "%2F")
        assert re.findall(r'href="(/accounts/[^"]+%[^"]+)"', answer.text) == [
            f"/accounts/signup/?next={there}%3Fagreed%3D1",
            f"/accounts/login/?next={there}",
        ]

    def test_a_site_that_takes_nobody_new_asks_to_sign_in(self, settings: Any, link: Link) -> None:
        settings.CATENA_REGISTRATION = "closed"
        page = Client().get(url(link[1])).text
        assert (page.count("/accounts/signup/"), page.count('"plain" href="/accounts/login/')) == (
            0, 2,
        )  # fmt: skip

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

    @pytest.mark.parametrize("members", [3, 300])
    def test_the_page_asks_as_much_of_the_database_however_many_are_in(
        self, cast: Cast, link: Link, guest: User, django_assert_num_queries: Any, members: int
    ) -> None:
        people = User.objects.bulk_create(
            User(email=f"m{n}@example.org", name=f"M {n}") for n in range(members)
        )
        Membership.objects.bulk_create(Membership(group=cast.group, user=user) for user in people)
        # limit, invitation, whether it works, reading, paragraph
        with django_assert_num_queries(5):
            assert Client().get(url(link[1])).status_code == 200
        client = client_of(guest)
        with django_assert_num_queries(8):  # session, person, membership
            assert client.get(url(link[1])).status_code == 200
        change(cast.group, approves_links=True)
        with django_assert_num_queries(7):  # a request, and nothing of the text
            assert client.get(url(link[1])).status_code == 200


class TestTheFirstParagraph:
    FIRST = "A margin is where a reader answers."

    def seen(self, token: str) -> int:
        return int(Client().get(url(token)).text.count(self.FIRST))

    def test_of_the_first_open_reading(self, cast: Cast, link: Link) -> None:
        assert self.seen(link[1]) == 1
        for status in ("planned", "closed", "archived"):
            Reading.objects.update(status=status)
            assert self.seen(link[1]) == 0
        Reading.objects.update(status="planned", opens_at=timezone.now())
        assert self.seen(link[1]) == 1

    def test_of_the_text_that_it_points_at(self, cast: Cast) -> None:
        there = cast.reading.get_absolute_url()
        key = cast.reading.article.paragraphs.get(position=2).key
        for path in (there, reverse("paragraph", args=[key])):
            assert self.seen(invite(by=cast.owner, group=cast.group, path=path)[1]) == 1
        theirs = cast.elsewhere.article.paragraphs.get(position=2).key
        path = reverse("paragraph", args=[theirs])
        Reading.objects.filter(pk=cast.reading.pk).update(status="planned")
        assert self.seen(invite(by=cast.owner, group=cast.group, path=path)[1]) == 0

    def test_not_before_the_leaders_have_said_yes(self, cast: Cast, link: Link) -> None:
        change(cast.group, approves_links=True)
        assert self.seen(link[1]) == 0

    @pytest.mark.parametrize("dead", DEAD)
    def test_not_by_a_dead_link(self, cast: Cast, link: Link, dead: str) -> None:
        Invitation.objects.update(**DEAD[dead])
        assert self.seen(link[1]) == 0


class TestDeadLinks:
    @pytest.mark.parametrize("dead", DEAD)
    def test_each_says_why_and_nothing_of_the_group(
        self, cast: Cast, link: Link, guest: User, dead: str
    ) -> None:
        invitation, token = link
        Invitation.objects.filter(pk=invitation.pk).update(**DEAD[dead])
        client = client_of(guest)
        for answer in (client.get(url(token)), client.post(url(token)), Client().get(url(token))):
            counts = {why: answer.text.count(words) for why, words in SENTENCES.items()}
            assert answer.status_code == 410
            assert counts == {why: int(why == dead) for why in SENTENCES}
            assert shown(answer) == [0, 0, 0, 0]
            assert answer.text.count(f'action="{url(token)}ask/"') == 1
        assert Membership.objects.filter(user=guest).count() == 0

    @pytest.mark.parametrize(
        "change",
        [lambda t: t[:-1], lambda t: t.swapcase(), lambda t: "x" * 9000, lambda t: "K7QX-M2PD",
         lambda t: "%00", lambda t: "%ED%A0%80", lambda t: "<b>"],
        ids=["cut off", "other case", "long", "code", "NUL", "surrogate", "markup"],
    )  # fmt: skip
    def test_a_forged_one_is_none_of_ours(
        self, cast: Cast, link: Link, guest: User, change: Callable[[str], str]
    ) -> None:
        address = f"/join/{change(link[1])}/"
        client = client_of(guest)
        for answer in (client.get(address), client.post(address), Client().get(address)):
            words = "This isn’t a link of ours"
            assert (answer.status_code, answer.text.count(words)) == (404, 1)
            assert shown(answer) == [0, 0, 0, 0]
            assert answer.text.count("/ask/") == 0
        assert client.post(f"{address}ask/").status_code == 302
        assert (Membership.objects.filter(user=guest).count(), JoinRequest.objects.count()) == (
            0,
            0,
        )

    @pytest.mark.parametrize("standing", ["suspended", "banned"])
    @pytest.mark.parametrize("left_at", [None, NOW], ids=["there", "gone"])
    def test_who_was_shut_out_stays_out(
        self, cast: Cast, link: Link, standing: str, left_at: object
    ) -> None:
        invitation, token = link
        theirs = Membership.objects.filter(user=cast.member)
        theirs.update(standing=standing, left_at=left_at)
        client = client_of(cast.member)
        for answer in (client.get(url(token)), client.post(url(token))):
            assert (answer.status_code, shown(answer)) == (410, [0, 0, 0, 0])
            assert answer.text.count("This link no longer works for you") == 1
            assert answer.text.count("/ask/") == 0
        assert accept_invitation(by=cast.member, token=token) is None
        invitation.refresh_from_db()
        assert (invitation.uses, theirs.get().left_at) == (0, left_at)
        theirs.update(standing_until=timezone.now())
        assert client.post(url(token)).status_code == 302
        assert role_of(cast.member, cast.group) == "member"

    def test_who_was_removed_comes_back_by_an_invitation_made_since(
        self, cast: Cast, link: Link
    ) -> None:
        theirs = Membership.objects.filter(user=cast.member)
        theirs.update(left_at=timezone.now(), removed_by=cast.owner)
        client = client_of(cast.member)
        for answer in (client.get(url(link[1])), client.post(url(link[1]))):
            assert answer.status_code == 410
            assert answer.text.count("This link no longer works for you") == 1
        assert accept_invitation(by=cast.member, token=link[1]) is None
        Invitation.objects.update(**DEAD["withdrawn"])
        assert client.post(f"{url(link[1])}ask/").headers["Location"] == url(link[1])
        assert JoinRequest.objects.count() == 0
        _since, token = invite(by=cast.owner, group=cast.group)
        assert client.post(url(token)).status_code == 302
        back = theirs.get()
        assert (back.left_at, back.removed_by) == (None, None)

    def test_too_many_that_do_not_exist(self, cast: Cast, link: Link) -> None:
        client = Client()
        for n in range(100):
            assert client.get(url(f"forged{n}")).status_code == 404
        for answer in (client.get(url(link[1])), client.post("/join/", {"code": "K7QX-M2PD"})):
            assert answer.status_code == 429
            assert int(answer.headers["Retry-After"]) in range(580, 601)
            assert answer.text.count("Try yours again in 10 min.") == 1
        elsewhere = Client(REMOTE_ADDR="203.0.113.9")
        assert elsewhere.get(url(link[1])).status_code == 200
        Bucket.objects.update(began_at=timezone.now() - timedelta(minutes=11))
        assert client.get(url(link[1])).status_code == 200

    def test_links_that_exist_count_nothing(self, cast: Cast, link: Link) -> None:
        Client().get(url(link[1]))
        Invitation.objects.update(**DEAD["expired"])
        Client().get(url(link[1]))
        assert Bucket.objects.filter(key__startswith="join:").count() == 0


class TestWhoMadeIt:
    """A link lives no longer than its maker's right to make one."""

    @pytest.mark.parametrize(
        ("theirs", "role", "dead"),
        [
            ({}, "member", False),
            ({}, "moderator", False),
            ({"role": "moderator"}, "member", False),
            ({"role": "moderator"}, "moderator", True),
            ({"role": "member"}, "observer", True),
            ({"left_at": NOW}, "member", True),
            ({"standing": "suspended"}, "member", True),
            ({"standing": "suspended", "standing_until": NOW}, "member", False),
        ],
    )
    @pytest.mark.parametrize("email", ["", "gerda@example.org"])
    def test_dead_with_their_right(
        self, cast: Cast, guest: User, theirs: dict[str, Any], role: str, dead: bool, email: str
    ) -> None:
        invitation, token = invite(by=cast.owner, group=cast.group, role=role)
        Invitation.objects.update(email=email)
        Membership.objects.filter(group=cast.group, user=cast.owner).update(**theirs)
        mine = membership_of(cast.owner, cast.group)
        assert (works(invitation), can_invite_as(mine, role)) == (not dead, not dead)
        client = client_of(guest)
        page = client.get(url(token))
        assert page.status_code == (410 if dead else 200)
        assert page.text.count("Whoever made it can no longer let people in.") == dead
        assert shown(page) == [0, 0, 0, 0] or not dead
        client.post(url(token))
        assert Membership.objects.filter(user=guest).count() == (not dead)

    def test_a_site_administrator_is_no_exception(self, cast: Cast, guest: User) -> None:
        _invitation, token = invite(by=cast.owner, group=cast.group)
        User.objects.filter(pk=cast.owner.pk).update(is_superuser=True)
        Membership.objects.filter(user=cast.owner).update(role="member")
        assert accept_invitation(by=guest, token=token) is None

    def test_a_leader_of_another_group_only_is_none_here(self, cast: Cast, guest: User) -> None:
        _invitation, token = invite(by=cast.owner, group=cast.group)
        Membership.objects.filter(user=cast.owner).update(group=cast.elsewhere.group)
        assert accept_invitation(by=guest, token=token) is None

    def test_leaders_see_it_no_more_among_what_works(self, cast: Cast) -> None:
        invite(by=cast.owner, group=cast.group)
        invite(by=cast.moderator, group=cast.group)
        there = reverse("invitations", args=[cast.group.slug])
        client = client_of(cast.owner)
        assert client.get(there).text.count("/revoke/") == 2
        Membership.objects.filter(user=cast.moderator).update(role="member")
        assert client.get(there).text.count("/revoke/") == 1


class TestComingBack:
    @pytest.fixture
    def since(self, cast: Cast) -> Callable[..., str]:
        """Somebody leaves, and an invitation is made after that; its token."""

        def make(user: User, email: str = "", **given: Any) -> str:
            Membership.objects.filter(user=user).update(left_at=timezone.now())
            invitation, token = invite(by=cast.owner, group=cast.group, **given)
            Invitation.objects.filter(pk=invitation.pk).update(email=email)
            return token

        return make

    def test_by_a_link_that_is_older_they_ask(self, cast: Cast, link: Link) -> None:
        invitation, token = link
        theirs = Membership.objects.filter(user=cast.member)
        client = client_of(cast.member)
        assert client.get(url(token)).headers["Location"] == "/g/thursday-circle/"
        leave(by=cast.member, group=cast.group, nameless=False)
        page = client.get(url(token)).text
        assert (page.count("Ask to join</button>"), page.count("margin is where")) == (1, 0)
        assert client.post(url(token)).headers["Location"] == url(token)
        assert client.get(url(token)).text.count("leaders have been asked</h1>") == 1
        assert theirs.get().left_at is not None
        asked = JoinRequest.objects.get()
        assert (asked.user, asked.invitation) == (cast.member, invitation)
        decide_request(by=cast.owner, asked=asked, accept=True)
        assert theirs.get().left_at is None

    def test_a_mailed_one_that_is_older_asks_too(self, cast: Cast, link: Link) -> None:
        Invitation.objects.update(email="mira@example.org")
        leave(by=cast.member, group=cast.group, nameless=False)
        assert isinstance(accept_invitation(by=cast.member, token=link[1]), JoinRequest)

    @pytest.mark.parametrize(
        ("before", "invited_as", "email", "after"),
        [
            ("observer", "member", "", "observer"),
            ("observer", "moderator", "", "observer"),
            ("member", "moderator", "", "member"),
            ("member", "observer", "", "observer"),
            ("owner", "moderator", "", "moderator"),
            ("moderator", "member", "", "member"),
            ("observer", "member", "mira@example.org", "member"),
            ("member", "moderator", "mira@example.org", "moderator"),
            ("observer", "member", "somebody@example.org", "observer"),
        ],
    )
    def test_as_no_more_than_they_were_unless_invited_in_person(
        self, cast: Cast, since: Callable[..., str], before: str, invited_as: str, email: str,
        after: str,
    ) -> None:  # fmt: skip
        Membership.objects.filter(user=cast.member).update(role=before)
        token = since(cast.member, email, role=invited_as)
        accept_invitation(by=cast.member, token=token)
        assert role_of(cast.member, cast.group) == after

    def test_neither_by_a_yes_nor_into_an_open_group(self, cast: Cast, link: Link) -> None:
        leave(by=cast.observer, group=cast.group, nameless=False)
        asked = accept_invitation(by=cast.observer, token=link[1])
        assert isinstance(asked, JoinRequest)
        decide_request(by=cast.owner, asked=asked, accept=True)
        assert role_of(cast.observer, cast.group) == "observer"
        leave(by=cast.observer, group=cast.group, nameless=False)
        change(cast.group, joining="open")
        join_group(by=cast.observer, group=cast.group)
        assert role_of(cast.observer, cast.group) == "observer"

    def test_who_left_comes_back_as_what_the_link_says(
        self, cast: Cast, since: Callable[..., str]
    ) -> None:
        theirs = Membership.objects.filter(user=cast.moderator)
        token = since(cast.moderator)
        theirs.update(standing="muted", nameless=True)
        assert client_of(cast.moderator).post(url(token)).status_code == 302
        back = theirs.get()
        assert (back.role, back.left_at, back.standing) == ("member", None, "muted")
        assert (back.nameless, back.agreed_at is None) == (False, False)
        cast.group.refresh_from_db()
        assert cast.group.names_epoch == 1

    @pytest.mark.parametrize(
        ("rule", "before", "after"),
        [
            ("everything", None, "none"),
            ("everything", "then", "then"),
            ("from_now", None, "now"),
            ("from_now", "then", "now"),
        ],
    )
    def test_what_they_read_never_becomes_more(
        self, cast: Cast, since: Callable[..., str], rule: str, before: str | None, after: str
    ) -> None:
        then = timezone.now() - timedelta(days=9)
        change(cast.group, newcomers_read=rule)
        Membership.objects.filter(user=cast.member).update(reads_from=then if before else None)
        client_of(cast.member).post(url(since(cast.member)))
        now = of(cast.member)
        assert now.left_at is None
        wanted = {"none": None, "then": then, "now": now.joined_at}
        assert now.reads_from == wanted[after]

    def test_a_newcomer_reads_from_the_day_they_came(
        self, cast: Cast, link: Link, guest: User
    ) -> None:
        change(cast.group, newcomers_read="from_now")
        client_of(guest).post(url(link[1]))
        assert of(guest).reads_from == of(guest).joined_at


class TestByCode:
    @pytest.mark.parametrize("write", [str, str.lower, lambda c: c.replace("-", " ")])
    def test_it_is_typed_in_and_leads_in(
        self, cast: Cast, guest: User, write: Callable[[str], str]
    ) -> None:
        invitation, code = invite_by_code(by=cast.owner, group=cast.group)
        client = client_of(guest)
        answer = client.post(reverse("join_code"), {"code": write(code)})
        assert answer.headers["Location"] == url(code)
        assert client.get(url(code)).text.count("Thursday circle") == 1
        assert client.post(url(code.lower())).headers["Location"] == "/g/thursday-circle/"
        invitation.refresh_from_db()
        assert invitation.uses == 1

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [
            ("K7QX-M2PD", "No group has this code."),
            ("K7QX", "A code has eight letters and digits."),
            ("x" * 61, "at most 60 characters"),
            ("", "This field is required."),
            ("a\0", "Null characters"),
            ("<b>", "A code has eight letters and digits."),
        ],
    )
    def test_a_code_that_is_none(self, db: None, code: str, sentence: str) -> None:
        answer = Client().post(reverse("join_code"), {"code": code})
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert answer.text.count("<b>") == 0
        counted = sum(Bucket.objects.values_list("count", flat=True))
        assert counted == (code == "K7QX-M2PD")

    def test_the_way_there_is_on_the_front_page(self, db: None) -> None:
        assert Client().get("/").text.count('href="/join/"') == 1

    def test_dead_it_says_so(self, cast: Cast) -> None:
        _invitation, code = invite_by_code(by=cast.owner, group=cast.group)
        Invitation.objects.update(**DEAD["expired"])
        there = Client().post(reverse("join_code"), {"code": code}).headers["Location"]
        assert Client().get(there).text.count(SENTENCES["expired"]) == 1


class TestAskingForAnother:
    @pytest.fixture
    def dead(self, cast: Cast, link: Link) -> str:
        Invitation.objects.update(**DEAD["expired"])
        return link[1]

    def test_with_an_account_it_is_one_button(self, cast: Cast, dead: str, guest: User) -> None:
        client = client_of(guest)
        assert client.get(url(dead)).text.count('class="field') == 0
        for _ in range(2):
            answer = client.post(f"{url(dead)}ask/")
            assert answer.headers["Location"] == reverse("join_asked")
        asked = JoinRequest.objects.get()
        assert (asked.user, asked.group, asked.invitation_id) == (
            guest, cast.group, Invitation.objects.get().pk,
        )  # fmt: skip
        page = client.get(url(dead))
        assert (page.status_code, shown(page)) == (200, [0, 0, 0, 0])
        assert page.text.count("leaders have been asked</h1>") == 1

    def test_without_one_a_name_and_an_address(self, cast: Cast, dead: str) -> None:
        for email in ("Gerda@example.org", "gerda@EXAMPLE.org"):
            answer = Client().post(f"{url(dead)}ask/", {"name": "Gerda", "email": email})
            assert answer.status_code == 302
            assert Client().get(answer.headers["Location"]).status_code == 200
        asked = JoinRequest.objects.get()
        assert (asked.user, asked.name, asked.email) == (None, "Gerda", "gerda@example.org")

    @pytest.mark.parametrize(
        "given",
        [{"name": ""}, {"email": ""}, {"email": "nobody"}, {"name": "x" * 81}, {"name": "a\0"}],
        ids=str,
    )
    def test_what_is_wrong_comes_back(self, dead: str, given: dict[str, str]) -> None:
        sent = {"name": "<b>Gerda", "email": "gerda@example.org", **given}
        answer = Client().post(f"{url(dead)}ask/", sent)
        assert (answer.status_code, shown(answer)) == (422, [0, 0, 0, 0])
        assert answer.text.count(SENTENCES["expired"]) == 1
        assert (answer.text.count("<b>Gerda"), JoinRequest.objects.count()) == (0, 0)

    def test_members_and_links_that_work_ask_nothing(
        self, cast: Cast, link: Link, guest: User
    ) -> None:
        client_of(guest).post(f"{url(link[1])}ask/")
        Invitation.objects.update(**DEAD["expired"])
        client_of(cast.member).post(f"{url(link[1])}ask/")
        assert JoinRequest.objects.count() == 0

    def test_twenty_without_an_account_wait_at_most(
        self, cast: Cast, dead: str, guest: User
    ) -> None:
        JoinRequest.objects.bulk_create(
            JoinRequest(group=cast.group, name=f"G {n}", email=f"g{n}@example.org")
            for n in range(20)
        )
        answer = Client().post(f"{url(dead)}ask/", {"name": "G", "email": "late@example.org"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
        words = "once its leaders have answered some of those who wait."
        assert (answer.text.count(words), JoinRequest.objects.count()) == (1, 20)
        again = Client().post(f"{url(dead)}ask/", {"name": "G", "email": "g7@example.org"})
        assert again.status_code == 302
        assert client_of(guest).post(f"{url(dead)}ask/").status_code == 302
        assert JoinRequest.objects.count() == 21

    def test_a_hundred_with_one(self, cast: Cast, dead: str, guest: User) -> None:
        people = User.objects.bulk_create(
            User(email=f"m{n}@example.org", name=f"M {n}") for n in range(100)
        )
        JoinRequest.objects.bulk_create(JoinRequest(group=cast.group, user=u) for u in people)
        assert client_of(guest).post(f"{url(dead)}ask/").status_code == 429
        answer = Client().post(f"{url(dead)}ask/", {"name": "G", "email": "late@example.org"})
        assert (answer.status_code, JoinRequest.objects.count()) == (302, 101)

    def test_the_home_page_names_no_group_that_the_link_hides(
        self, cast: Cast, dead: str, guest: User
    ) -> None:
        client = client_of(guest)
        client.post(f"{url(dead)}ask/")
        page = client.get("/")
        asked = "You asked, by a link, to be let into a group (today)."
        assert (page.text.count(asked), shown(page)) == (1, [0, 0, 0, 0])
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
        named = "You asked to join Thursday circle (today)."
        assert client.get("/").text.count(named) == 1
        JoinRequest.objects.update(invitation=None)
        Invitation.objects.update(**DEAD["expired"])
        assert client.get("/").text.count(named) == 1

    def test_one_place_asks_a_hundred_times_an_hour(self, cast: Cast, dead: str) -> None:
        assert limits.taken("ask:127.0.0.1", 100, timedelta(hours=1), count=100)
        answer = Client().post(f"{url(dead)}ask/", {"name": "G", "email": "late@example.org"})
        assert (answer.status_code, JoinRequest.objects.count()) == (429, 0)


class TestLeadersAreAsked:
    @pytest.fixture(autouse=True)
    def sensitive(self, cast: Cast) -> StudyGroup:
        return change(
            cast.group, approves_links=True, newcomers_read="from_now",
            joining_question="Why you?",
        )  # fmt: skip

    def test_by_a_link_one_asks_and_answers(self, cast: Cast, link: Link, guest: User) -> None:
        invitation, token = link
        client = client_of(guest)
        assert client.get(url(token)).text.count("Why you?</label>") == 1
        refused = client.post(url(token), {"answer": " "})
        assert (refused.status_code, JoinRequest.objects.count()) == (422, 0)
        answer = client.post(url(token), {"answer": "<i>I read"})
        assert answer.headers["Location"] == url(token)
        page = client.get(url(token)).text
        assert page.count("You’ll find the group on your home page once they have said yes.") == 1
        client.post(url(token), {"answer": "Again"})
        invitation.refresh_from_db()
        asked = JoinRequest.objects.get()
        assert (asked.user, asked.answer, asked.invitation) == (guest, "<i>I read", invitation)
        assert (invitation.uses, Membership.objects.filter(user=guest).count()) == (1, 0)

    def test_the_request_is_shown_and_one_tap_lets_in(
        self, cast: Cast, link: Link, guest: User
    ) -> None:
        accept_invitation(by=guest, token=link[1], answer="<i>I read")
        leader = client_of(cast.moderator)
        there = reverse("join_requests", args=[cast.group.slug])
        page = leader.get(there).text
        names = ("Gerda</h2>", "came by a link that Olga made", "Why you?", "&lt;i&gt;I read")
        assert [page.count(words) for words in names] == [1, 1, 1, 1]
        assert page.count("gerda@example.org") == 0
        [address] = re.findall(r'action="([^"]+/requests/\d+/)"', page)
        assert leader.post(address, {"decision": "accept"}).headers["Location"] == there
        assert leader.get(there).text.count("Gerda is in.") == 1
        mine = of(guest)
        assert (mine.role, mine.reads_from) == ("member", mine.joined_at)
        asked = JoinRequest.objects.get()
        assert (asked.accepted, asked.decided_by) == (True, cast.moderator)
        assert client_of(guest).get(url(link[1])).headers["Location"] == "/g/thursday-circle/"
        leader.post(address, {"decision": "decline"})
        asked.refresh_from_db()
        assert asked.accepted
        assert leader.get(there).text.count("Gerda: this had been decided already.") == 1

    def test_a_no_tells_nothing_and_they_may_ask_again(
        self, cast: Cast, link: Link, guest: User, sends_mail: None,
        django_capture_on_commit_callbacks: Any,
    ) -> None:  # fmt: skip
        asked = accept_invitation(by=guest, token=link[1], answer="I read")
        assert isinstance(asked, JoinRequest)
        with django_capture_on_commit_callbacks(execute=True):
            decide_request(by=cast.owner, asked=asked, accept=False)
        assert (mail.outbox, Membership.objects.filter(user=guest).count()) == ([], 0)
        assert client_of(guest).get(url(link[1])).status_code == 200
        assert isinstance(accept_invitation(by=guest, token=link[1]), JoinRequest)

    def test_a_moderators_link_makes_members_by_request(self, cast: Cast, guest: User) -> None:
        for role, made in (("moderator", "member"), ("observer", "observer")):
            _invitation, token = invite(by=cast.owner, group=cast.group, role=role)
            asked = accept_invitation(by=guest, token=token)
            assert isinstance(asked, JoinRequest)
            decide_request(by=cast.moderator, asked=asked, accept=True)
            assert role_of(guest, cast.group) == made
            Membership.objects.filter(user=guest).delete()

    def test_whom_a_leader_named_is_in_at_once(self, cast: Cast, guest: User) -> None:
        invitation, token = invite(by=cast.owner, group=cast.group)
        Invitation.objects.filter(pk=invitation.pk).update(email="gerda@example.org")
        page = client_of(guest).get(url(token)).text
        assert page.count("Why you?") == 0
        assert isinstance(accept_invitation(by=guest, token=token), Membership)

    def test_who_was_removed_is_let_in_by_a_yes(self, cast: Cast, guest: User) -> None:
        Membership.objects.filter(user=cast.member).update(
            left_at=timezone.now(), removed_by=cast.owner
        )
        _invitation, token = invite(by=cast.owner, group=cast.group)
        asked = accept_invitation(by=cast.member, token=token, answer="Please")
        assert isinstance(asked, JoinRequest)
        decide_request(by=cast.owner, asked=asked, accept=True)
        assert role_of(cast.member, cast.group) == "member"


class TestRequests:
    def test_who_is_told_and_in_what_words(
        self, cast: Cast, guest: User, sends_mail: None, django_capture_on_commit_callbacks: Any
    ) -> None:
        change(cast.group, joining="request", joining_question="Why?", name="A\nCircle <b>")
        with django_capture_on_commit_callbacks(execute=True):
            ask_to_join(by=guest, group=cast.group, answer="Words of mine")
            asked = ask_to_join(by=person("Gustav"), group=cast.group, answer="And mine")
        told = sorted((message.to[0], message.subject) for message in mail.outbox)
        assert told == [
            (f"{name}@example.org", "Somebody asks to join A Circle <b>")
            for name in ("moses", "olga")
        ]
        there = "http://127.0.0.1:8000/g/thursday-circle/requests/"
        for message in mail.outbox:
            assert message.body.count(there) == 1
            assert [message.body.count(words) for words in ("mine", "Gerda", "Gustav")] == [0, 0, 0]
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            decide_request(by=cast.owner, asked=asked, accept=True)
        [message] = mail.outbox
        assert (message.to, message.subject) == (["gustav@example.org"], "You are in: A Circle <b>")
        assert message.body.count("http://127.0.0.1:8000/g/thursday-circle/\n") == 1

    def test_who_has_no_account_is_mailed_an_invitation(
        self, cast: Cast, link: Link, sends_mail: None, django_capture_on_commit_callbacks: Any
    ) -> None:
        Invitation.objects.update(path=cast.reading.get_absolute_url(), **DEAD["expired"])
        dead = Invitation.objects.select_related("group").get()
        asked = ask_for_another(
            by=None, invitation=dead, client="203.0.113.5", name="Gerda", email="G@example.org"
        )
        client = client_of(cast.owner)
        there = reverse("join_request_decide", args=[cast.group.slug, asked.pk])
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(there, {"decision": "accept"}).status_code == 302
        invitation = Invitation.objects.latest("pk")
        assert (invitation.email, invitation.max_uses, invitation.path) == (
            "g@example.org", 1, cast.reading.get_absolute_url(),
        )  # fmt: skip
        assert sorted(message.to[0] for message in mail.outbox) == [
            "g@example.org", "moses@example.org", "olga@example.org",
        ]  # fmt: skip

    def test_where_no_mail_leaves_the_leader_passes_it_on(self, cast: Cast, link: Link) -> None:
        Invitation.objects.update(**DEAD["used up"])
        dead = Invitation.objects.select_related("group").get()
        asked = ask_for_another(
            by=None, invitation=dead, client="203.0.113.5", name="<b>G", email="g@example.org"
        )
        client = client_of(cast.owner)
        there = reverse("join_request_decide", args=[cast.group.slug, asked.pk])
        answer = client.post(there, {"decision": "accept"})
        [token] = re.findall(r'value="http://testserver/join/([\w-]+)/"', answer.text)
        assert (answer.status_code, answer.text.count("&lt;b&gt;G, g@example.org")) == (201, 1)
        assert client_of(person("Gerda")).post(url(token)).status_code == 302
        again = client.post(there, {"decision": "accept"})
        assert (again.status_code, Invitation.objects.count()) == (302, 2)

    def test_who_was_shut_out_meanwhile_is_not_let_in(self, cast: Cast, guest: User) -> None:
        change(cast.group, joining="request")
        asked = ask_to_join(by=guest, group=cast.group)
        Membership.objects.create(
            group=cast.group, user=guest, standing="banned", left_at=timezone.now()
        )
        client = client_of(cast.owner)
        there = reverse("join_request_decide", args=[cast.group.slug, asked.pk])
        client.post(there, {"decision": "accept"})
        page = client.get(reverse("join_requests", args=[cast.group.slug])).text
        assert page.count("Gerda was shut out of this group and isn&#x27;t let in.") == 1
        asked.refresh_from_db()
        assert (asked.accepted, of(guest).left_at is None) == (False, False)

    def test_whoever_comes_in_another_way_waits_no_more(
        self, cast: Cast, link: Link, guest: User
    ) -> None:
        change(cast.group, joining="request", approves_links=True)
        asked = ask_to_join(by=guest, group=cast.group)
        _invitation, token = invite(by=cast.moderator, group=cast.group)
        client = client_of(guest)
        assert client.get(url(token)).text.count("leaders have been asked</h1>") == 1
        Invitation.objects.filter(created_by=cast.moderator).update(email="gerda@example.org")
        assert client.get(url(token)).text.count("Join</button>") == 1
        assert client.post(url(token)).headers["Location"] == "/g/thursday-circle/"
        asked.refresh_from_db()
        assert (asked.accepted, asked.decided_by) == (True, cast.moderator)
        leave(by=guest, group=cast.group, nameless=False)
        decide_request(by=cast.owner, asked=asked, accept=True)
        assert of(guest).left_at is not None

    def test_whoever_joins_by_themselves_settles_it_themselves(
        self, cast: Cast, guest: User
    ) -> None:
        change(cast.group, joining="request")
        for user in (guest, person("Gustav")):
            ask_to_join(by=user, group=cast.group)
        change(cast.group, joining="open")
        client = client_of(guest)
        there = reverse("group_join", args=[cast.group.slug])
        assert client.get(there).text.count("Join</button>") == 1
        assert client.post(there).headers["Location"] == "/g/thursday-circle/"
        settled = JoinRequest.objects.get(user=guest)
        assert (settled.accepted, settled.decided_by) == (True, guest)
        assert JoinRequest.objects.waiting().get().user == User.objects.get(name="Gustav")

    def test_who_decides(self, cast: Cast, guest: User) -> None:
        change(cast.group, joining="request")
        asked = ask_to_join(by=guest, group=cast.group)
        for user in (cast.member, cast.observer, cast.outsider, guest):
            with pytest.raises(PermissionDenied):
                decide_request(by=user, asked=asked, accept=True)
        theirs = reverse("join_request_decide", args=[cast.elsewhere.group.slug, asked.pk])
        assert client_of(cast.outsider).post(theirs, {"decision": "accept"}).status_code == 404
        ours = reverse("join_request_decide", args=[cast.group.slug, asked.pk])
        assert client_of(cast.owner).post(ours, {"decision": "perhaps"}).status_code == 422
        assert JoinRequest.objects.waiting().count() == 1

    @pytest.mark.parametrize("waiting", [3, 300])
    def test_the_page_asks_as_much_of_the_database_however_many_wait(
        self, cast: Cast, link: Link, django_assert_num_queries: Any, waiting: int
    ) -> None:
        people = User.objects.bulk_create(
            User(email=f"m{n}@example.org", name=f"M {n}") for n in range(waiting)
        )
        JoinRequest.objects.bulk_create(
            JoinRequest(group=cast.group, user=user, answer="So", invitation=link[0])
            for user in people
        )
        client = client_of(cast.owner)
        there = reverse("join_requests", args=[cast.group.slug])
        with django_assert_num_queries(5):  # session, person, group, membership, requests
            assert client.get(there).text.count("<article") == waiting


class TestGroupsThatTakePeople:
    def there(self, cast: Cast) -> str:
        return reverse("group_join", args=[cast.group.slug])

    def test_an_open_one_is_joined_at_once(self, cast: Cast, guest: User) -> None:
        change(cast.group, joining="open", joining_question="Why?", newcomers_read="from_now")
        client = client_of(guest)
        page = client.get(self.there(cast)).text
        assert [page.count(words) for words in ("Be kind.", "Why?", "Join</button>")] == [1, 0, 1]
        assert client.post(self.there(cast)).headers["Location"] == "/g/thursday-circle/"
        mine = of(guest)
        assert (mine.role, mine.agreed_at) == ("member", mine.reads_from)
        assert client.get(self.there(cast)).headers["Location"] == "/g/thursday-circle/"

    def test_one_by_request_asks(self, cast: Cast, guest: User) -> None:
        change(cast.group, joining="request", joining_question="Why?")
        client = client_of(guest)
        page = client.get(self.there(cast)).text
        assert [page.count(words) for words in ("Be kind.", "Why?", "Ask to join</b")] == [1, 1, 1]
        refused = client.post(self.there(cast), {"answer": "x" * 1001})
        assert (refused.status_code, refused.text.count("x" * 1001)) == (422, 1)
        answer = client.post(self.there(cast), {"answer": "Because"})
        assert answer.headers["Location"] == self.there(cast)
        assert client.get(self.there(cast)).text.count("leaders have been asked</h1>") == 1
        assert (JoinRequest.objects.get().answer, guest.memberships.count()) == ("Because", 0)

    def test_who_was_removed_from_an_open_one_asks(self, cast: Cast) -> None:
        change(cast.group, joining="open")
        Membership.objects.filter(user=cast.member).update(
            left_at=timezone.now(), removed_by=cast.owner
        )
        client = client_of(cast.member)
        assert client.get(self.there(cast)).text.count("Ask to join</button>") == 1
        with pytest.raises(PermissionDenied):
            join_group(by=cast.member, group=cast.group)
        client.post(self.there(cast))
        assert JoinRequest.objects.get().user == cast.member

    @pytest.mark.parametrize("joining", ["open", "request", "invitation"])
    @pytest.mark.parametrize(
        ("theirs", "joinable"),
        [
            ({}, True),
            ({"left_at": NOW}, True),
            ({"left_at": NOW, "standing": "muted"}, True),
            ({"left_at": NOW, "standing": "banned"}, False),
            ({"left_at": NOW, "standing": "banned", "standing_until": NOW}, True),
            ({"standing": "suspended"}, False),
        ],
        ids=["nobody yet", "left", "left, muted", "banned", "banned once", "suspended"],
    )
    def test_for_whom_it_is_there(
        self, cast: Cast, guest: User, joining: str, theirs: dict[str, Any], joinable: bool
    ) -> None:
        change(cast.group, joining=joining)
        if theirs:
            Membership.objects.create(group=cast.group, user=guest, **theirs)
        there = joinable and joining != "invitation"
        assert client_of(guest).get(self.there(cast)).status_code == (200 if there else 404)
        found = StudyGroup.objects.joinable_by(guest).values_list("slug", flat=True)
        assert list(found) == ([cast.group.slug] if there else [])
        if not there:
            for way in (join_group, ask_to_join):
                with pytest.raises(PermissionDenied):
                    way(by=guest, group=cast.group)

    def test_not_a_group_that_is_about_to_go_nor_ones_own(self, cast: Cast, guest: User) -> None:
        change(cast.group, joining="open")
        for user in (cast.member, cast.owner):
            assert list(StudyGroup.objects.joinable_by(user)) == []
        change(cast.group, erase_at=timezone.now(), erase_asked_by=cast.owner)
        assert list(StudyGroup.objects.joinable_by(guest)) == []


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

    def test_into_an_open_group_twice_at_once(self) -> None:
        cast = assemble()
        change(cast.group, joining="open")
        guest = person("Gerda")

        def come() -> object:
            try:
                return join_group(by=guest, group=cast.group).pk
            except PermissionDenied:  # in already
                return None

        assert len(set(at_once(come, come)) - {None}) == 1
        assert Membership.objects.filter(user=guest).count() == 1

    def test_two_leaders_let_somebody_in_once(self) -> None:
        cast = assemble()
        invitation, _token = invite(by=cast.owner, group=cast.group)
        asked = ask_for_another(
            by=None, invitation=invitation, client="203.0.113.5", name="G", email="g@example.org"
        )
        decided: Any = at_once(
            *(
                lambda by=by: decide_request(by=by, asked=asked, accept=True)
                for by in (cast.owner, cast.moderator)
            )
        )
        assert sorted(bool(token) for _asked, token in decided) == [False, True]
        assert Invitation.objects.filter(email="g@example.org").count() == 1

    def test_one_who_asks_twice_waits_once(self) -> None:
        cast = assemble()
        change(cast.group, joining="request")
        guest = person("Gerda")
        asked = at_once(*[lambda: ask_to_join(by=guest, group=cast.group).pk] * 3)
        assert (len(set(asked)), JoinRequest.objects.count()) == (1, 1)


def test_nobody_else_is_let_in_meanwhile(cast: Cast, link: Link) -> None:
    join(cast.group, "Fritz", left_at=timezone.now())
    before = Membership.objects.current().count()
    client_of(cast.outsider).post(url(link[1]))
    assert Membership.objects.current().count() == before + 1


def test_the_page_to_sign_up_says_where_it_leads(cast: Cast) -> None:
    invitation, token = invite(by=cast.owner, group=cast.group)
    there = reverse("account_signup") + f"?next={reverse('join', args=[token])}"
    said = f"To read with {cast.group.name}"
    before = Client().get(there).text.count(said)
    actions.revoke(by=cast.owner, invitation=invitation)
    assert (before, Client().get(there).text.count(said)) == (1, 0)
