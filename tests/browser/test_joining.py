"""From an invitation to the text, on a phone, and the pages on the way for everyone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reader.actions import (
    ask_for_another,
    ask_to_join,
    invite,
    invite_by_code,
    invite_by_mail,
    issue_sign_in_link,
)
from reader.addresses import read_addresses
from reader.models import Invitation, Membership, StudyGroup
from tests.browser.conftest import SCRIPTS, Browse, Troubles
from tests.browser.hands import sign_up
from tests.browser.test_access import THEMES, found_by_axe
from tests.cast import Cast, assemble, person

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]
PHONE: dict[str, Any] = {"width": 390, "height": 844, "touch": True}


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("by", ["link", "code"])
def test_two_screens_from_an_invitation_to_the_text(
    browse: Browse, cast: Cast, by: str, script: bool
) -> None:
    text = cast.reading.get_absolute_url()
    page = browse(**PHONE, script=script)
    if by == "link":
        _invitation, token = invite(by=cast.owner, group=cast.group, path=text)
        page.goto(f"/join/{token}/")
    else:
        _invitation, code = invite_by_code(by=cast.owner, group=cast.group, path=text)
        page.goto("/")
        page.get_by_role("link", name="Type it in").click()
        page.get_by_label("The code").fill(code.lower().replace("-", " "))
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Be kind.")).to_be_visible()
    expect(page.get_by_text("A margin is where a reader answers.")).to_be_visible()
    sign_up(page, "Gerda", "gerda@example.org")
    expect(page.get_by_role("heading", name="Of margins", level=1).first).to_be_visible()
    assert page.url.endswith(text)
    mine = Membership.objects.get(user__email="gerda@example.org")
    assert (mine.role, mine.agreed_at is None) == ("member", False)


def test_who_has_an_account_comes_back_to_the_button(browse: Browse, cast: Cast) -> None:
    text = cast.reading.get_absolute_url()
    _invitation, token = invite(by=cast.owner, group=cast.group, path=text)
    page = browse(**PHONE)
    page.goto(f"/join/{token}/")
    page.get_by_role("link", name="I have one: sign in").click()
    page.get_by_label("Email").fill("otto@example.org")
    page.get_by_label("Password").fill("long enough, 1")
    page.get_by_role("main").get_by_role("button", name="Sign In").click()
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url(f"**{text}")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_list_is_worked_off_and_its_bad_lines_named(
    browse: Browse, cast: Cast, settings: Any, script: bool
) -> None:
    settings.CATENA_SENDS_MAIL = True
    page = browse(cast.owner, script=script)
    page.goto(f"/g/{cast.group.slug}/invitations/mail/")
    page.get_by_label("Addresses").fill("Gerda <gerda@example.org>\nnobody\nmira@example.org")
    page.get_by_role("button", name="Invite them").click()
    expect(page.get_by_text("1 person is invited. 2 entries were passed over:")).to_be_visible()
    expect(page.get_by_role("row", name="2 nobody There is no @ in it.")).to_be_visible()


@pytest.mark.once
def test_progress_counts_up_by_itself(browse: Browse, cast: Cast, settings: Any) -> None:
    settings.CATENA_SENDS_MAIL = True
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    lines = read_addresses("\n".join(f"g{n}@example.org" for n in range(30)))
    batch = invite_by_mail(by=cast.owner, group=cast.group, role="member", lines=lines)
    page = browse(cast.owner)
    page.goto(f"/g/{cast.group.slug}/invitations/batches/{batch.pk}/")
    expect(page.get_by_text("0 invited so far, 30 still to go.")).to_be_visible()
    type(batch).objects.update(waiting=[], invited=30, finished_at=timezone.now())
    expect(page.get_by_text("30 people are invited.")).to_be_visible()


def test_a_sign_in_link_signs_in_once(browse: Browse, cast: Cast, troubles: Troubles) -> None:
    token = issue_sign_in_link(by=cast.owner, member=cast.member)
    page = browse(**PHONE)
    page.goto(f"/sign-in/{token}/")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You are signed in by a link that Olga made for you.")).to_be_visible()
    page.goto(f"/sign-in/{token}/")
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    troubles.expect("410")


@pytest.mark.a11y
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browse: Browse, cast: Cast, settings: Any, troubles: Troubles, width: int
) -> None:
    settings.CATENA_SENDS_MAIL = True
    StudyGroup.objects.filter(pk=cast.group.pk).update(joining="request", joining_question="Why?")
    group = StudyGroup.objects.get(pk=cast.group.pk)
    _working, token = invite(by=cast.owner, group=group)
    invite_by_code(by=cast.owner, group=group)
    dead, dead_token = invite(by=cast.owner, group=group)
    dead.expires_at = timezone.now() - timedelta(seconds=1)
    dead.save(update_fields=["expires_at"])
    ask_for_another(by=None, invitation=dead, client="", name="G", email="g@example.org")
    ask_to_join(by=cast.outsider, group=group, answer="So that I read more.")
    lines = read_addresses("gerda@example.org\nnobody")
    batch = invite_by_mail(by=cast.owner, group=group, role="member", lines=lines)
    assert Invitation.objects.mailed().count() == 1
    ways = f"/g/{group.slug}/invitations/"
    pages = {
        cast.owner: [
            ways, f"{ways}codes/", f"{ways}mail/", f"{ways}batches/{batch.pk}/",
            f"/g/{group.slug}/requests/",
        ],
        person("Gustav"): [f"/join/{token}/", f"/g/{group.slug}/join/", f"/join/{dead_token}/"],
        None: [f"/join/{token}/", "/join/", f"/join/{dead_token}/", "/join/x/", "/join/asked/"],
    }  # fmt: skip
    for user, addresses in pages.items():
        page = browse(user, width=width)
        for address in addresses:
            page.goto(address)
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                assert (address, theme, found_by_axe(page)) == (address, theme, [])
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert (address, theme, wide <= 0) == (address, theme, True)
    troubles.expect("410")
    troubles.expect("404")
