"""Groups: how they begin, and what they show."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from reader.actions import create_group, edit_group
from reader.models import Membership, StudyGroup, User
from tests.cast import Cast, client_of, person


@pytest.fixture
def guest(cast: Cast) -> User:
    return person("Gerda")


def role_of(user: User, group: StudyGroup) -> str:
    return str(Membership.objects.get(user=user, group=group, left_at=None).role)


class TestGroups:
    def test_who_starts_one_owns_it(self, guest: User) -> None:
        answer = client_of(guest).post(
            reverse("group_new"),
            {"name": "Sunday circle", "rules": "Be kind.", "preset": "circle"},
        )
        group = StudyGroup.objects.get(name="Sunday circle")
        assert answer.headers["Location"] == "/g/sunday-circle/"
        assert (role_of(guest, group), group.rules, group.readable_by) == (
            "owner", "Be kind.", "members",
        )  # fmt: skip

    @pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\0b"])
    def test_a_name_that_cannot_be(self, guest: User, name: str) -> None:
        sent = {"name": name, "description": "What I typed.", "preset": "circle"}
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

    def test_a_public_group_shows_its_readings_and_not_its_people(self, cast: Cast) -> None:
        cast.group.readable_by = "public"
        cast.group.save(update_fields=["readable_by"])
        for user in (None, cast.outsider):
            page = client_of(user).get(cast.group.get_absolute_url()).text
            names = ("Of margins", "Olga", "Mira", "Moses")
            assert [page.count(name) for name in names] == [1, 0, 0, 0]
