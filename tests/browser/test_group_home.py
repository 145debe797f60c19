"""A group's home and the bar, by hand and by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotations.enums import State
from annotations.models import Annotation, Case
from reader.actions import ask_to_erase, create_group
from reader.enums import Status
from reader.models import JoinRequest, Membership
from tests.browser.conftest import Browse
from tests.browser.test_access import WIDTHS, found_in_themes
from tests.cast import Cast, read
from tests.permissions.world import comment

pytestmark = [
    pytest.mark.flows,
    pytest.mark.once,  # about the bar and what hangs from it
    pytest.mark.django_db(transaction=True),
]


def switcher(page: Page, cast: Cast) -> None:
    """Go by keyboard to where groups are switched, and open it."""
    page.goto(cast.group.get_absolute_url())
    summary = page.locator(".switcher summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sunday circle owner")).to_be_visible()


def test_groups_are_switched_by_keyboard(browse: Browse, cast: Cast) -> None:
    sunday = create_group(by=cast.member, name="Sunday circle")
    page = browse(cast.member)
    switcher(page, cast)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{sunday.get_absolute_url()}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sunday circle")


def test_what_hangs_open_closes(browse: Browse, cast: Cast) -> None:
    create_group(by=cast.member, name="Sunday circle")
    page = browse(cast.member)
    switcher(page, cast)
    menu = page.locator(".switcher .dropdown-menu")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator(".switcher summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(menu).to_be_hidden()


def test_without_script_the_bar_leads_on(browse: Browse, cast: Cast) -> None:
    page = browse(cast.member, script=False)
    page.goto(cast.group.get_absolute_url())
    page.locator(".switcher summary").click()
    page.locator(".switcher").get_by_role("link", name="Your groups").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your groups")
    page.get_by_role("link", name="Thursday circle").click()
    page.get_by_role("navigation", name="In this group").get_by_text("People").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")


@pytest.mark.a11y
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_while_groups_are_switched(
    browse: Browse, cast: Cast, width: int
) -> None:
    create_group(by=cast.member, name="Sunday circle")
    page = browse(cast.member, width=width)
    switcher(page, cast)
    assert found_in_themes(page) == {}


@pytest.mark.a11y
def test_axe_finds_nothing_on_a_home_with_everything(browse: Browse, cast: Cast) -> None:
    comment(cast.other, cast.reading, "For all.")
    waits = comment(cast.other, cast.reading, "Held.")
    Annotation.objects.filter(pk=waits.pk).update(state=State.PENDING, was_shown=False)
    Case.objects.create(annotation=waits, group=cast.group)
    for status in (Status.PLANNED, Status.CLOSED, Status.ARCHIVED):
        reading = read(cast.group, cast.owner)
        type(reading).objects.filter(pk=reading.pk).update(status=status)
    JoinRequest.objects.create(group=cast.group, user=cast.outsider)
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=1))
    ask_to_erase(by=cast.owner, group=cast.group)
    page = browse(cast.owner)
    page.goto(cast.group.get_absolute_url())
    page.get_by_text("1 archived reading").click()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for words in ("1 new note since yesterday", "1 note waits", "will be erased on"):
            expect(page.get_by_text(words)).to_be_visible()
        assert (width, found_in_themes(page)) == (width, {})


@pytest.mark.a11y
def test_a_long_name_keeps_the_bar_within_the_page(browse: Browse, cast: Cast) -> None:
    cast.group.name = "The Thursday circle for the close reading of very long texts " * 2
    cast.group.name = cast.group.name[:120]
    cast.group.save(update_fields=["name"])
    page = browse(cast.owner, width=320, height=640)
    for width in (320, 600, 900, 1024):
        page.set_viewport_size({"width": width, "height": 640})
        for address in (cast.group.get_absolute_url(), cast.reading.get_absolute_url()):
            page.goto(address)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert (address, wide) == (address, width)
            ends = page.evaluate(
                """() => [".switcher summary", ".sections a:last-child", ".bar .right"]
                    .map((part) => document.querySelector(part)?.getBoundingClientRect())
                    .map((box) => box && [Math.round(box.left), Math.round(box.right)])"""
            )
            (left, right), last, (account, _) = ends
            assert 80 <= right - left <= account - left
            assert last is None or width < 900 or last[1] <= account
