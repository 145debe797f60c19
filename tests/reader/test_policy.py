"""What a group starts with, which rules it runs by, and its end."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from reader.actions import ask_to_erase, create_group, keep_group, set_policy
from reader.enums import Joining, Preset, Readable
from reader.forms import PolicyForm
from reader.models import StudyGroup, User
from reader.permissions import can_open_to_public
from reader.presets import PRESETS, Policy
from tests.cast import Cast, assemble, client_of, person, read
from tests.races import at_once

RULES = {
    "joining": "invitation", "joining_question": "", "newcomers_read": "everything",
    "holds_first": "0", "readable_by": "members", "reveal": "at_once", "reveal_after": "1",
    "bylines": "names", "exporting": "members", "mails_quote": "on", "log_is_open": "on",
    "preset": "circle",
}  # fmt: skip
# Each rule changed: what a form sends, and what holds then.
CHANGES: dict[str, tuple[str, Any]] = {
    "joining": ("request", "request"),
    "approves_links": ("on", True),
    "readable_by": ("public", "public"),
    "premoderates": ("on", True),
    "holds_first": ("3", 3),
    "hides_reported": ("on", True),
    "log_is_open": ("", False),
    "newcomers_read": ("from_now", "from_now"),
    "reveal": ("after_finished", "after_finished"),
    "reveal_after": ("4", 4),
    "bylines": ("pseudonyms", "pseudonyms"),
    "exporting": ("leaders", "leaders"),
    "mails_quote": ("", False),
}


@pytest.fixture
def fresh(cast: Cast) -> StudyGroup:
    """A group of Olga's in which nothing has been read."""
    return create_group(by=cast.owner, name="Sunday circle")


def policy_of(group: StudyGroup) -> str:
    return reverse("group_policy", args=[group.slug])


def remarks(page: str) -> list[str]:
    return re.findall(r'<p class="remark">([^<]+)</p>', page)


class TestPresets:
    @pytest.mark.parametrize("preset", Preset)
    def test_a_group_is_made_from_one(self, db: None, preset: Preset) -> None:
        guest = person("Gerda")
        client = client_of(guest)
        page = client.get(reverse("group_new")).text
        assert page.count(str(escape(PRESETS[preset].sentence))) == 1
        sent = {"name": "Sunday circle", "rules": "Be kind.", "preset": preset}
        answer = client.post(reverse("group_new"), sent)
        group = StudyGroup.objects.get()
        assert answer.headers["Location"] == group.get_absolute_url()
        assert (group.preset, group.policy, group.rules) == (
            preset, PRESETS[preset].policy, "Be kind.",
        )  # fmt: skip

    @pytest.mark.parametrize("preset", ["", "party", "a\0b"])
    def test_there_is_no_other(self, db: None, preset: str) -> None:
        sent = {"name": "Sunday circle", "rules": "What I typed.", "preset": preset}
        answer = client_of(person("Gerda")).post(reverse("group_new"), sent)
        assert (answer.status_code, answer.text.count("What I typed.")) == (422, 1)
        assert StudyGroup.objects.count() == 0

    def test_no_two_are_the_same(self) -> None:
        assert len({named.policy for named in PRESETS.values()}) == len(Preset)


class TestPolicy:
    def test_every_rule_has_a_field_in_the_form_and_a_case_here(self) -> None:
        rules = {field.name for field in fields(Policy)}
        assert set(PolicyForm.Meta.fields) - {"preset", "joining_question"} == rules
        shown = {name for _heading, names in PolicyForm.SECTIONS for name in names}
        assert shown == rules | {"joining_question"}
        assert set(CHANGES) == rules

    @pytest.mark.parametrize("rule", CHANGES)
    def test_each_can_be_changed_alone(self, cast: Cast, fresh: StudyGroup, rule: str) -> None:
        before = asdict(fresh.policy)
        sent, held = CHANGES[rule]
        client, there = client_of(cast.owner), policy_of(fresh)
        assert client.post(there, RULES | {rule: sent}).headers["Location"] == there
        fresh.refresh_from_db()
        assert asdict(fresh.policy) == before | {rule: held}
        page = client.get(there).text
        assert (page.count("Saved."), len(remarks(page))) == (1, 1)
        assert page.count("Its rules come from: Reading circle.") == 1

    def test_what_was_changed_says_what_the_preset_has(self, cast: Cast, fresh: StudyGroup) -> None:
        policy = replace(fresh.policy, joining=Joining.REQUEST, mails_quote=False, holds_first=2)
        set_policy(by=cast.owner, group=fresh, policy=policy, joining_question="Why?")
        page = client_of(cast.owner).get(policy_of(fresh)).text
        assert remarks(page) == [
            "Changed; the preset has: by invitation",
            "Changed; the preset has: 0",
            "Changed; the preset has: on",
        ]
        assert page.count('value="Why?"') == 1

    def test_another_preset_is_filled_in_and_saved_only_then(self, cast: Cast) -> None:
        client, there = client_of(cast.owner), policy_of(cast.group)
        page = client.get(f"{there}?preset=class").text
        assert page.count("Filled in as: Class.") == 1
        assert remarks(page) == ["Today: at once", "Today: all members"]
        cast.group.refresh_from_db()
        assert cast.group.preset == "circle"
        sent = RULES | {"preset": "class", "reveal": "after_own", "exporting": "leaders"}
        assert client.post(f"{there}?preset=class", sent).headers["Location"] == there
        cast.group.refresh_from_db()
        assert (cast.group.preset, cast.group.policy) == ("class", PRESETS[Preset.CLASS].policy)
        assert remarks(client.get(there).text) == []

    @pytest.mark.parametrize("odd", ["", "party", "a%00b"])
    def test_an_odd_preset_in_the_address_is_none(self, cast: Cast, odd: str) -> None:
        page = client_of(cast.owner).get(f"{policy_of(cast.group)}?preset={odd}")
        told = page.text.count("Its rules come from: Reading circle.")
        assert (page.status_code, told) == (200, 1)

    @pytest.mark.parametrize(
        "given",
        [{"joining": "never"}, {"reveal": "at_date"}, {"reveal_after": "0"},
         {"holds_first": "-1"}, {"holds_first": "21"}, {"preset": "party"},
         {"joining_question": "x" * 301}, {"joining_question": "a\0b"}, {"bylines": ""}],
        ids=str,
    )  # fmt: skip
    def test_what_cannot_be_keeps_what_was_chosen(self, cast: Cast, given: dict[str, str]) -> None:
        sent = RULES | {"exporting": "leaders"} | given
        answer = client_of(cast.owner).post(policy_of(cast.group), sent)
        assert answer.status_code == 422
        assert len(re.findall(r'name="exporting" value="leaders"[^>]* checked', answer.text)) == 1
        before = cast.group.policy
        cast.group.refresh_from_db()
        assert cast.group.policy == before

    def test_moderators_see_it_and_change_nothing(self, cast: Cast) -> None:
        client, there = client_of(cast.moderator), policy_of(cast.group)
        page = client.get(f"{there}?preset=class").text
        boxes = re.findall(r"<input type=\"(?:radio|checkbox|number|text)\"[^>]*>", page)
        assert (len(boxes), [box for box in boxes if "disabled" not in box]) == (22, [])
        assert page.count("Fill in") == page.count(">Save<") == 0
        assert client.post(there, RULES | {"bylines": "pseudonyms"}).status_code == 403
        for user in (cast.moderator, cast.member, cast.observer, cast.outsider):
            with pytest.raises(PermissionDenied, match="Only an owner changes these rules"):
                set_policy(by=user, group=cast.group, policy=PRESETS[Preset.CLASS].policy)
        assert client_of(cast.member).get(there).status_code == 403
        assert client_of(cast.outsider).get(there).status_code == 404

    def test_readings_and_members_keep_their_own_rules(self, cast: Cast) -> None:
        set_policy(by=cast.owner, group=cast.group, policy=PRESETS[Preset.SENSITIVE].policy)
        cast.reading.refresh_from_db()
        assert (cast.reading.bylines, cast.reading.reveal) == ("names", "at_once")
        assert set(cast.group.memberships.values_list("reads_from", flat=True)) == {None}


class TestOpeningToNewcomers:
    def test_the_first_note_waits_then_and_the_page_says_so(
        self, cast: Cast, fresh: StudyGroup
    ) -> None:
        client, there = client_of(cast.owner), policy_of(fresh)
        page = client.post(there, RULES | {"joining": "open"}, follow=True).text
        assert page.count("Saved. As anybody can join now, the first note of each new member") == 1
        fresh.refresh_from_db()
        assert (fresh.joining, fresh.holds_first) == ("open", 1)

    def test_whoever_wants_none_to_wait_says_so_once_more(
        self, cast: Cast, fresh: StudyGroup
    ) -> None:
        client, there = client_of(cast.owner), policy_of(fresh)
        for _time in range(2):
            client.post(there, RULES | {"joining": "open"})
        fresh.refresh_from_db()
        assert (fresh.joining, fresh.holds_first) == ("open", 0)

    @pytest.mark.parametrize(
        ("given", "held"),
        [({"joining": "open", "holds_first": "3"}, 3), ({"joining": "request"}, 0)],
    )
    def test_not_where_a_number_was_chosen_or_the_group_stays_shut(
        self, cast: Cast, fresh: StudyGroup, given: dict[str, str], held: int
    ) -> None:
        client_of(cast.owner).post(policy_of(fresh), RULES | given)
        fresh.refresh_from_db()
        assert fresh.holds_first == held

    def test_none_where_it_was_set_to_none(self, cast: Cast, fresh: StudyGroup) -> None:
        fresh.holds_first = 2
        fresh.save(update_fields=["holds_first"])
        client_of(cast.owner).post(policy_of(fresh), RULES | {"joining": "open"})
        fresh.refresh_from_db()
        assert fresh.holds_first == 0


class TestOpeningToEverybody:
    def test_a_group_that_has_readings_stays_with_its_members(self, cast: Cast) -> None:
        client, there = client_of(cast.owner), policy_of(cast.group)
        reason = "It can no longer be opened to everybody"
        page = client.get(there).text
        assert page.count(reason) == 1
        assert len(re.findall(r'value="public"[^>]* disabled', page)) == 1
        answer = client.post(there, RULES | {"readable_by": "public"})
        assert (answer.status_code, answer.text.count(reason)) == (422, 2)
        opened = replace(cast.group.policy, readable_by=Readable.PUBLIC)
        with pytest.raises(PermissionDenied, match="can't be opened to everybody"):
            set_policy(by=cast.owner, group=cast.group, policy=opened)
        cast.group.refresh_from_db()
        assert cast.group.readable_by == "members"

    @pytest.mark.parametrize("status", ["planned", "open", "closed", "archived"])
    def test_whatever_became_of_them(self, cast: Cast, status: str) -> None:
        cast.reading.status = status
        cast.reading.save(update_fields=["status"])
        assert not can_open_to_public(cast.group)

    def test_before_that_it_can_and_other_rules_change_afterwards(
        self, cast: Cast, fresh: StudyGroup
    ) -> None:
        client, there = client_of(cast.owner), policy_of(fresh)
        opened = RULES | {"readable_by": "public"}
        assert client.post(there, opened).status_code == 302
        read(fresh, cast.owner)
        assert client.post(there, opened | {"bylines": "pseudonyms"}).status_code == 302
        fresh.refresh_from_db()
        assert (fresh.readable_by, fresh.bylines) == ("public", "pseudonyms")
        # Closed again, it is for members, and what they write from then on stays theirs.
        assert client.post(there, RULES).status_code == 302
        assert client.post(there, opened).status_code == 422


class TestErasing:
    def test_its_name_is_typed_and_a_week_is_left(self, cast: Cast) -> None:
        client, there = client_of(cast.owner), reverse("group_erase", args=[cast.group.slug])
        for name in ("", "thursday circle", "Friday circle", "Thursday", "a\0b"):
            assert client.post(there, {"name": name}).status_code == 422
        cast.group.refresh_from_db()
        assert cast.group.erase_at is None
        answer = client.post(there, {"name": " Thursday  circle "})
        assert answer.headers["Location"] == cast.group.get_absolute_url()
        cast.group.refresh_from_db()
        assert cast.group.erase_asked_by == cast.owner
        week = timezone.now() + timedelta(days=7)
        assert cast.group.erase_at is not None
        assert abs(cast.group.erase_at - week) < timedelta(minutes=1)
        page = client.get(there).text
        assert page.count("Thursday circle will be erased on") == 1
        assert page.count("Keep the group") == 1
        assert page.count('name="name"') == 0

    def test_asking_again_does_not_put_it_off(self, cast: Cast) -> None:
        first = ask_to_erase(by=cast.owner, group=cast.group).erase_at
        assert ask_to_erase(by=cast.owner, group=cast.group).erase_at == first

    def test_an_owner_takes_it_back(self, cast: Cast) -> None:
        ask_to_erase(by=cast.owner, group=cast.group)
        answer = client_of(cast.owner).post(reverse("group_keep", args=[cast.group.slug]))
        assert answer.headers["Location"] == cast.group.get_absolute_url()
        cast.group.refresh_from_db()
        assert (cast.group.erase_at, cast.group.erase_asked_by) == (None, None)

    def test_nobody_else_does_either(self, cast: Cast) -> None:
        asked: User
        for asked in (cast.moderator, cast.member, cast.observer, cast.outsider):
            for do in (ask_to_erase, keep_group):
                with pytest.raises(PermissionDenied, match="Only an owner"):
                    do(by=asked, group=cast.group)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_opening_to_everybody_while_the_first_article_comes() -> None:
    """A reading that was made for members doesn't find itself in public."""
    cast = assemble()
    group = create_group(by=cast.owner, name="Sunday circle")
    opened = replace(group.policy, readable_by=Readable.PUBLIC)

    def open_it() -> str:
        try:
            return set_policy(by=cast.owner, group=group, policy=opened).readable_by
        except PermissionDenied:
            return "refused"

    told, _reading = at_once(open_it, lambda: read(group, cast.owner))
    group.refresh_from_db()
    assert (told, group.readable_by) in {("public", "public"), ("refused", "members")}
