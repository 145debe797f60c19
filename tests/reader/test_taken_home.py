"""How somebody appears in what others take home: what they choose, and what they are told of it."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from reader.actions import set_taken_home
from reader.models import Membership, Reading, StudyGroup, User
from tests.cast import Cast, client_of

pytestmark = pytest.mark.once


def chosen(cast: Cast, user: User) -> tuple[str, bool]:
    mine = Membership.objects.get(group=cast.group, user=user)
    return mine.taken_home_as, mine.in_colophon


class TestChoosing:
    def test_for_oneself_in_one_group(self, cast: Cast) -> None:
        Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
        set_taken_home(by=cast.member, group=cast.group, taken_home_as="initials", in_colophon=True)
        assert chosen(cast, cast.member) == ("initials", True)
        others = Membership.objects.exclude(group=cast.group, user=cast.member)
        assert set(others.values_list("taken_home_as", "in_colophon")) == {("shown", False)}

    def test_only_inside(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            set_taken_home(
                by=cast.outsider, group=cast.group, taken_home_as="shown", in_colophon=False
            )
        Membership.objects.filter(user=cast.member).update(left_at=timezone.now())
        with pytest.raises(PermissionDenied):
            set_taken_home(
                by=cast.member, group=cast.group, taken_home_as="shown", in_colophon=True
            )
        assert chosen(cast, cast.member) == ("shown", False)

    def test_only_what_there_is(self, cast: Cast) -> None:
        with pytest.raises(ValidationError):
            set_taken_home(
                by=cast.member, group=cast.group, taken_home_as="nothing", in_colophon=True
            )
        assert chosen(cast, cast.member) == ("shown", False)


class TestThePage:
    def url(self, cast: Cast) -> str:
        return reverse("taken_home", args=[cast.group.slug])

    @pytest.mark.parametrize("who", ["member", "observer", "owner"])
    def test_is_sent(self, cast: Cast, who: str) -> None:
        user: User = getattr(cast, who)
        client = client_of(user)
        answer = client.post(self.url(cast), {"taken_home_as": "pseudonym", "in_colophon": "on"})
        assert (answer.status_code, answer.headers["Location"]) == (302, self.url(cast))
        assert chosen(cast, user) == ("pseudonym", True)
        page = client.get(self.url(cast)).text
        assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["pseudonym"]
        assert re.findall(r'<input type="checkbox"[^>]* checked', page)
        client.post(self.url(cast), {"taken_home_as": "shown"})
        assert chosen(cast, user) == ("shown", False)

    def test_what_is_wrong(self, cast: Cast) -> None:
        answer = client_of(cast.member).post(self.url(cast), {"taken_home_as": "nothing"})
        assert answer.status_code == 422
        assert chosen(cast, cast.member) == ("shown", False)

    def test_outside(self, cast: Cast) -> None:
        assert client_of(cast.outsider).get(self.url(cast)).status_code == 404
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        assert client_of(cast.outsider).get(self.url(cast)).status_code == 403
        assert client_of(None).get(self.url(cast)).status_code == 302

    def test_says_who_takes_notes_home_and_what_it_doesn_t_cover(self, cast: Cast) -> None:
        client = client_of(cast.member)
        everybody, leaders = "Everybody in this group can take", "The leaders of this group can"
        under = "Where people read each other under pseudonyms"
        page = client.get(self.url(cast)).text
        assert [said in page for said in (everybody, leaders, under)] == [True, False, False]
        assert "It keeps names." in page
        assert "What was taken home before stays as it was." in page
        StudyGroup.objects.filter(pk=cast.group.pk).update(exporting="leaders")
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        page = client.get(self.url(cast)).text
        assert [said in page for said in (everybody, leaders, under)] == [False, True, True]

    def test_is_linked_from_the_people(self, cast: Cast) -> None:
        page = client_of(cast.observer).get(reverse("people", args=[cast.group.slug])).text
        assert page.count(f'href="{self.url(cast)}"') == 1
