"""The pictures in the README, and that a theme is the one that was asked for.

`make screenshots` writes them to docs/screenshots; elsewhere they go nowhere.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.demo import (
    load_article,
    load_group,
    load_moderation,
    load_notes,
    sample_article,
)
from tests.browser.conftest import Browse

pytestmark = [
    pytest.mark.flows,
    pytest.mark.once,  # about pages, whichever database they came from
    pytest.mark.django_db(transaction=True),
]

SHOTS = [("light", 1440, 900), ("dark", 1440, 900), ("light", 390, 844), ("dark", 390, 844)]
PAPER = {"light": "rgb(251, 248, 241)", "dark": "rgb(25, 23, 19)"}


@pytest.mark.parametrize(("theme", "width", "height"), SHOTS)
def test_the_reading_room(
    browse: Browse, tmp_path: Path, theme: str, width: int, height: int
) -> None:
    group, people = load_group("long enough, 1")
    owner = next(iter(people.values()))
    reading = load_article(group, owner, sample_article())
    load_notes(reading, people)
    page = browse(list(people.values())[-1], width=width, height=height, theme=theme)
    page.goto(reading.get_absolute_url())
    page.evaluate("document.fonts.ready")
    look(page, wide=width > 900)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == PAPER[theme]
    shoot(page, tmp_path, f"reading-{theme}-{'wide' if width > 900 else 'phone'}")


@pytest.mark.parametrize(
    ("theme", "width", "height", "tab"),
    [("light", 1440, 800, "reported"), ("dark", 390, 844, "held")],
)
def test_the_queue(
    browse: Browse, tmp_path: Path, theme: str, width: int, height: int, tab: str
) -> None:
    group, people = load_group("long enough, 1")
    reading = load_article(group, people["ines"], sample_article())
    load_notes(reading, people)
    load_moderation(reading, people)
    page = browse(people["amara"], width=width, height=height, theme=theme)
    page.goto(f"{group.get_absolute_url()}moderation/?tab={tab}")
    page.evaluate("document.fonts.ready")
    expect(page.locator(".case")).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == PAPER[theme]
    shoot(page, tmp_path, f"queue-{theme}-{'wide' if width > 900 else 'phone'}")


def test_what_is_taken_home(browse: Browse, tmp_path: Path) -> None:
    """On one visit, as a theme changes nothing but the colours."""
    group, people = load_group("long enough, 1")
    reading = load_article(group, people["ines"], sample_article())
    load_notes(reading, people)
    page = browse(people["amara"], height=860)
    page.goto(f"{reading.get_absolute_url()}export/")
    for theme in PAPER:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.evaluate("document.fonts.ready")
        expect(page.locator("#preview blockquote")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == PAPER[theme]
        shoot(page, tmp_path, f"taking-home-{theme}-wide")


def shoot(page: Page, tmp_path: Path, name: str) -> None:
    folder = Path(os.environ.get("CATENA_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", animations="disabled")


def look(page: Page, *, wide: bool) -> None:
    """At the sentence that the sample's readers talk about most."""
    words = page.locator(".words", has_text="A fair rule is one that can be checked")
    if not wide:
        words.locator("mark.blue").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.get_by_role("dialog").locator(".card:has(.thread.blue) .body").first.click()
        return
    words.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 320)")
    page.locator(".card", has_text="And when that person is ill").locator(".body").first.click()
    expect(page.locator(".card.active .reply").first).to_be_visible()
