"""Who belongs to a group, as what, and how people go."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reader.actions import hand_over, leave, remove, set_role
from reader.enums import Role
from reader.models import JoinRequest, Membership, Pseudonym, StudyGroup, User
from reader.permissions import (
    can_hand_over,
    can_leave,
    can_remove,
    can_set_role,
    is_owner,
    roles_to_give,
)
from tests.cast import Cast, assemble, client_of, join
from tests.races import at_once


def of(user: User, group: StudyGroup) -> Membership:
    return Membership.objects.select_related("group").get(user=user, group=group)


def where(membership: Membership, name: str = "member") -> str:
    return reverse(name, args=[membership.group.slug, membership.pk])


def roles(group: StudyGroup) -> dict[str, str]:
    current = group.memberships.current().by_name()
    return {membership.user.name: membership.role for membership in current}


class TestWhoMayDoWhat:
    """Every role against every role, by the one who acts and the one it is about."""

    def pair(self, mine: str, theirs: str) -> tuple[Membership, Membership]:
        return Membership(pk=1, role=mine), Membership(pk=2, role=theirs)

    def test_giving_roles(self) -> None:
        given = {
            (mine, theirs, role)
            for mine, theirs, role in product(Role, Role, Role)
            if can_set_role(*self.pair(mine, theirs), role)
        }
        below = (Role.MODERATOR, Role.MEMBER, Role.OBSERVER)
        lowest = (Role.MEMBER, Role.OBSERVER)
        assert given == {
            *product([Role.OWNER], below, below),
            *product([Role.MODERATOR], lowest, lowest),
        }
        assert roles_to_give(*self.pair(Role.OWNER, Role.MEMBER)) == list(below)
        assert roles_to_give(None, Membership(pk=2, role=Role.MEMBER)) == []

    def test_removing(self) -> None:
        removed = {pair for pair in product(Role, Role) if can_remove(*self.pair(*pair))}
        assert removed == {
            *product([Role.OWNER], Role),
            (Role.MODERATOR, Role.MEMBER),
            (Role.MODERATOR, Role.OBSERVER),
        }
        assert not can_remove(None, Membership(pk=2, role=Role.MEMBER))

    def test_handing_over(self) -> None:
        handed = {pair for pair in product(Role, Role) if can_hand_over(*self.pair(*pair))}
        assert handed == {*product([Role.OWNER], Role)}
        assert not can_hand_over(None, Membership(pk=2, role=Role.MEMBER))
        owner, member = self.pair(Role.OWNER, Role.MEMBER)
        given = {}
        for standing in ("active", "held", "warned", "muted", "suspended", "banned"):
            member.standing = standing
            given[standing] = can_hand_over(owner, member)
        assert given == dict.fromkeys(given, True) | {"suspended": False, "banned": False}

    def test_nobody_does_anything_of_that_to_themselves(self) -> None:
        for role in Role:
            mine = Membership(pk=1, role=role)
            assert [roles_to_give(mine, mine), can_remove(mine, mine)] == [[], False]
            assert not can_hand_over(mine, mine)

    def test_leaving(self, cast: Cast) -> None:
        people = (cast.owner, cast.moderator, cast.member, cast.observer)
        may = {user.name: can_leave(of(user, cast.group)) for user in people}
        assert may == {"Olga": False, "Moses": True, "Mira": True, "Ute": True}
        assert not can_leave(None)
        second = of(cast.other, cast.group)
        for change, allowed in (
            ({"role": "owner"}, True),
            ({"standing": "suspended"}, False),
            ({"standing": "active"}, True),
            ({"left_at": timezone.now()}, False),
        ):
            Membership.objects.filter(pk=second.pk).update(**change)
            assert can_leave(of(cast.owner, cast.group)) is allowed


class TestPeople:
    def page(self, user: User, group: StudyGroup) -> str:
        return str(client_of(user).get(reverse("people", args=[group.slug])).text)

    def test_names_who_is_in_the_group_now(self, cast: Cast) -> None:
        join(cast.group, "Fritz", left_at=timezone.now())
        cast.other.pronouns = "he/him"
        cast.other.save(update_fields=["pronouns"])
        row = re.compile(
            r"</span> (?:<a href=\"([^\"]+)\">)?(\w+)(?:</a>)?(?: <small>(.+?)</small>)?"
            r"</td><td>(\w+)</td>"
        )
        rows = row.findall(self.page(cast.member, cast.group))
        assert rows == [
            ("", "Mira", "", "member"), ("", "Moses", "", "moderator"),
            ("", "Nils", "he/him", "member"), ("", "Olga", "", "owner"),
            ("", "Ute", "", "observer"),
        ]  # fmt: skip
        led = row.findall(self.page(cast.moderator, cast.group))
        people = (cast.member, cast.moderator, cast.other, cast.owner, cast.observer)
        assert [link for link, *_ in led] == [where(of(user, cast.group)) for user in people]

    def test_leaders_see_that_somebody_asks_to_be_let_in(self, cast: Cast) -> None:
        JoinRequest.objects.create(group=cast.group, user=cast.outsider)
        for user, told in ((cast.moderator, 1), (cast.member, 0)):
            assert self.page(user, cast.group).count("1 person asks to be let in") == told

    @pytest.mark.parametrize(("role", "queries"), [(Role.OWNER, 7), (Role.MEMBER, 5)])
    @pytest.mark.parametrize("count", [3, 300])
    def test_its_queries_do_not_grow(self, cast: Cast, role: str, queries: int, count: int) -> None:
        client = client_of(cast.owner if role == Role.OWNER else cast.member)
        Membership.objects.filter(Q(user__in=[cast.other, cast.observer]), group=cast.group).update(
            left_at=timezone.now()
        )
        more = [User(email=f"{n}@example.org", name=f"N{n}") for n in range(count - 3)]
        Membership.objects.bulk_create(
            Membership(group=cast.group, user=user) for user in User.objects.bulk_create(more)
        )
        # Session, person, group, membership, members; for leaders, who asks to be let in, and
        # whether there are guests.
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("people", args=[cast.group.slug])).text
        assert (page.count("<tr><td>"), len(asked)) == (count, queries)


class TestMember:
    def test_what_leaders_see(self, cast: Cast) -> None:
        cast.other.pronouns = "he/him"
        cast.other.save(update_fields=["pronouns"])
        Pseudonym.objects.create(reading=cast.reading, user=cast.other, name="Grey Heron")
        theirs = of(cast.other, cast.group)
        page = client_of(cast.moderator).get(where(theirs)).text
        facts = re.findall(r"<d[td]>(?:<time [^>]+>)?([^<]+)<", page)
        since = f"{theirs.joined_at:%-d %B %Y}"
        assert facts == [
            "Pronouns", "he/him", "Since", since, "Agreed to how you talk", "not yet",
        ]  # fmt: skip
        assert page.count("Grey Heron") == 0
        theirs.agreed_at = theirs.joined_at
        theirs.save(update_fields=["agreed_at"])
        assert client_of(cast.owner).get(where(theirs)).text.count(since) == 2

    def test_which_ways_are_open(self, cast: Cast) -> None:
        people = (cast.owner, cast.moderator, cast.other, cast.observer)
        ways = ("Change the role", "Hand the group over", "Remove from the group", "This is you")
        shown = {
            (by.name, user.name): [
                client_of(by).get(where(of(user, cast.group))).text.count(way) for way in ways
            ]
            for by in (cast.owner, cast.moderator)
            for user in people
        }
        assert shown == {
            ("Olga", "Olga"): [0, 0, 0, 1],
            ("Olga", "Moses"): [1, 1, 1, 0],
            ("Olga", "Nils"): [1, 1, 1, 0],
            ("Olga", "Ute"): [1, 1, 1, 0],
            ("Moses", "Olga"): [0, 0, 0, 0],
            ("Moses", "Moses"): [0, 0, 0, 1],
            ("Moses", "Nils"): [1, 0, 1, 0],
            ("Moses", "Ute"): [1, 0, 1, 0],
        }

    @pytest.mark.parametrize("name", ["member", "member_hand_over", "member_remove"])
    def test_who_is_not_there_is_not_there(self, cast: Cast, name: str) -> None:
        client = client_of(cast.owner)
        gone = of(join(cast.group, "Fritz", left_at=timezone.now()), cast.group)
        theirs = Membership.objects.get(group=cast.elsewhere.group)
        before = list(Membership.objects.order_by("pk").values())
        for pk in (gone.pk, theirs.pk, 0, 10**30):
            there = reverse(name, args=[cast.group.slug, pk])
            assert client.get(there).status_code == 404
            assert client.post(there, {"role": "observer"}).status_code == 404
        assert list(Membership.objects.order_by("pk").values()) == before

    def test_a_role_is_changed(self, cast: Cast) -> None:
        theirs = of(cast.other, cast.group)
        answer = client_of(cast.owner).post(where(theirs), {"role": "moderator"})
        assert answer.headers["Location"] == where(theirs)
        assert roles(cast.group)["Nils"] == "moderator"
        page = client_of(cast.other).get(where(of(cast.member, cast.group)))
        assert page.status_code == 200

    @pytest.mark.parametrize("role", ["", "owner", "moderator", "queen", "a\0b"])
    def test_a_role_that_a_moderator_cannot_give(self, cast: Cast, role: str) -> None:
        answer = client_of(cast.moderator).post(where(of(cast.other, cast.group)), {"role": role})
        assert (answer.status_code, roles(cast.group)["Nils"]) == (422, "member")

    def test_whom_it_is_none_of_their_business(self, cast: Cast) -> None:
        moderators, owners = of(cast.moderator, cast.group), of(cast.owner, cast.group)
        client = client_of(cast.moderator)
        for theirs, name in (
            (owners, "member"),
            (moderators, "member"),
            (owners, "member_remove"),
            (moderators, "member_remove"),
            (of(cast.other, cast.group), "member_hand_over"),
        ):
            assert client.post(where(theirs, name), {"role": "observer"}).status_code == 403
        assert roles(cast.group) == {
            "Mira": "member", "Moses": "moderator", "Nils": "member", "Olga": "owner",
            "Ute": "observer",
        }  # fmt: skip
        for do in (hand_over, remove, lambda **given: set_role(**given, role="observer")):
            for by in (cast.member, cast.observer, cast.outsider):
                with pytest.raises(PermissionDenied):
                    do(by=by, membership=of(cast.other, cast.group))

    def test_handing_over(self, cast: Cast) -> None:
        client, theirs = client_of(cast.owner), of(cast.other, cast.group)
        there = where(theirs, "member_hand_over")
        page = client.get(there).text
        assert page.count("You stay, as a moderator") == 1
        assert roles(cast.group)["Olga"] == "owner"
        answer = client.post(there)
        assert answer.headers["Location"] == reverse("people", args=[cast.group.slug])
        assert (roles(cast.group)["Olga"], roles(cast.group)["Nils"]) == ("moderator", "owner")
        assert client.post(there).status_code == 403

    def test_removing_somebody(self, cast: Cast) -> None:
        client, theirs = client_of(cast.moderator), of(cast.other, cast.group)
        there = where(theirs, "member_remove")
        assert client.get(there).text.count("only an invitation made from now on does") == 1
        assert client_of(cast.other).get(cast.group.get_absolute_url()).status_code == 200
        answer = client.post(there)
        assert answer.headers["Location"] == reverse("people", args=[cast.group.slug])
        theirs.refresh_from_db()
        assert (theirs.removed_by, theirs.nameless) == (cast.moderator, False)
        assert theirs.left_at is not None
        for page in (cast.group, cast.reading):
            assert client_of(cast.other).get(page.get_absolute_url()).status_code == 404
        assert client.post(there).status_code == 404
        with pytest.raises(PermissionDenied, match="has left the group in the meantime"):
            remove(by=cast.owner, membership=theirs)


class TestLeaving:
    def url(self, cast: Cast) -> str:
        return reverse("group_leave", args=[cast.group.slug])

    @pytest.mark.parametrize(("name", "nameless"), [("kept", False), ("nameless", True)])
    def test_with_or_without_a_name(self, cast: Cast, name: str, nameless: bool) -> None:
        client = client_of(cast.other)
        assert client.get(self.url(cast)).text.count("former member") == 1
        assert client.post(self.url(cast), {"name": name}).headers["Location"] == "/"
        theirs = of(cast.other, cast.group)
        assert (theirs.nameless, theirs.removed_by, theirs.left_at is None) == (
            nameless, None, False,
        )  # fmt: skip
        cast.group.refresh_from_db()
        assert cast.group.names_epoch == 1
        assert client.get(cast.group.get_absolute_url()).status_code == 404
        assert client.post(self.url(cast), {"name": name}).status_code == 404

    def test_says_what_becomes_of_private_notes(self, cast: Cast) -> None:
        page = client_of(cast.other).get(self.url(cast)).text
        assert page.count("no page shows those on a text that no other group of yours reads.") == 1

    def test_the_bar_leads_where_it_leads_on_every_page(self, cast: Cast) -> None:
        there = [reverse(name, args=[cast.group.slug]) for name in ("people", "invitations")]
        links = {
            user.name: [
                client_of(user).get(self.url(cast)).text.count(f'href="{url}"') for url in there
            ]
            for user in (cast.moderator, cast.member)
        }
        assert links == {"Moses": [1, 1], "Mira": [1, 0]}

    @pytest.mark.parametrize("name", ["", "else", "a\0b"])
    def test_how_must_be_said(self, cast: Cast, name: str) -> None:
        assert client_of(cast.other).post(self.url(cast), {"name": name}).status_code == 422
        assert of(cast.other, cast.group).left_at is None

    def test_the_last_owner_stays(self, cast: Cast) -> None:
        client = client_of(cast.owner)
        page = client.get(self.url(cast))
        ways = ("Hand it over to somebody", "Erase the group", "Leave the group")
        assert (page.status_code, [page.text.count(way) for way in ways]) == (200, [1, 1, 0])
        answer = client.post(self.url(cast), {"name": "kept"})
        told = answer.text.count("A group needs an owner: hand it over first, or erase it.")
        assert (answer.status_code, told) == (403, 1)
        Membership.objects.filter(user=cast.other, group=cast.group).update(role="owner")
        assert client.post(self.url(cast), {"name": "kept"}).status_code == 302
        assert roles(cast.group)["Nils"] == "owner"

    def test_who_reads_along_in_public_has_nothing_to_leave(self, cast: Cast) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        for client in (client_of(cast.outsider), client_of(cast.other)):
            client.post(self.url(cast), {"name": "kept"})
            assert client.get(self.url(cast)).status_code == 403


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestRaces:
    """However two decisions meet, the group keeps an owner."""

    @pytest.fixture
    def cast(self) -> Cast:
        cast = assemble()
        Membership.objects.filter(user=cast.other, group=cast.group).update(role="owner")
        return cast

    def met(self, cast: Cast, *calls: Callable[[], Any]) -> tuple[int, int]:
        """How many of the calls were refused, and how many owners there are now."""

        def told(call: Callable[[], Any]) -> bool:
            try:
                call()
            except PermissionDenied:
                return False
            return True

        done = at_once(*(lambda call=call: told(call) for call in calls))
        current = cast.group.memberships.current()
        return done.count(False), sum(is_owner(membership) for membership in current)

    def test_both_owners_leave(self, cast: Cast) -> None:
        assert self.met(
            cast,
            *(
                lambda by=by: leave(by=by, group=cast.group, nameless=False)
                for by in (cast.owner, cast.other)
            ),
        ) == (1, 1)

    def test_both_owners_remove_each_other(self, cast: Cast) -> None:
        first, second = of(cast.owner, cast.group), of(cast.other, cast.group)
        assert self.met(
            cast,
            lambda: remove(by=cast.owner, membership=second),
            lambda: remove(by=cast.other, membership=first),
        ) == (1, 1)

    def test_one_hands_over_to_two(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.other, group=cast.group).update(role="member")
        heirs = [of(user, cast.group) for user in (cast.other, cast.member)]
        assert self.met(
            cast,
            *(lambda to=to: hand_over(by=cast.owner, membership=to) for to in heirs),
        ) == (1, 1)

    def test_the_heir_leaves(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.other, group=cast.group).update(role="member")
        heir = of(cast.other, cast.group)
        assert self.met(
            cast,
            lambda: hand_over(by=cast.owner, membership=heir),
            lambda: leave(by=cast.other, group=cast.group, nameless=False),
        ) == (1, 1)

    def test_one_leaves_while_the_other_hands_over(self, cast: Cast) -> None:
        heir = of(cast.member, cast.group)
        refused, owners = self.met(
            cast,
            lambda: hand_over(by=cast.owner, membership=heir),
            lambda: leave(by=cast.other, group=cast.group, nameless=True),
        )
        assert (refused, owners) == (0, 1)
