"""At the meeting: threads are ticked off with a line each, by keyboard, on paper, without script;
and beside the text a question is wondered about, too, and resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from annotations import actions
from annotations.actions import Range, endorse, resolve
from annotations.models import Annotation
from reader.models import User
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, open_menu
from tests.browser.test_access import THEMES, WIDTHS, found_by_axe
from tests.cast import Cast

pytestmark = [
    pytest.mark.flows,
    pytest.mark.once,  # the same rows are written as by the forms of other tests
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def asked(cast: Cast) -> list[Annotation]:
    """Three questions, a disagreement and a prompt."""
    paragraphs = list(cast.reading.article.paragraphs.filter(kind="paragraph").order_by("position"))

    def write(by: User, body: str, on: int, motivation: str, category: str = "") -> Annotation:
        return actions.annotate(
            by=by, reading=cast.reading, where=Range([paragraphs[on]], 0, 8), body=body,
            motivation=motivation, category=category, audience="group", client_id=uuid4(),
        )  # fmt: skip

    write(cast.owner, "What would you keep?", 0, "questioning", "violet")
    write(cast.member, "This is all there is to say.", 2, "commenting", "green")
    write(cast.other, "Is it?", 2, "commenting", "rose")
    return [
        write(cast.other, "Who answers whom?", 0, "questioning"),
        write(cast.member, "Who is the next one?", 1, "questioning"),
        write(cast.other, "And which book?", 2, "questioning"),
    ]


def go(page: Page, cast: Cast) -> None:
    page.goto(f"{cast.reading.get_absolute_url()}meeting/")
    expect(page.get_by_text("of 5 settled")).to_be_visible()


def outcomes() -> dict[str, str]:
    settled = Annotation.objects.filter(resolved_at__isnull=False)
    return dict(settled.values_list("body", "resolution"))


def test_two_are_ticked_off_by_keyboard_and_one_is_undone(
    browse: Browse, cast: Cast, asked: list[Annotation], tmp_path: Path
) -> None:
    page = browse(cast.moderator)
    go(page, cast)
    line = page.get_by_label("Outcome: Who answers whom?")
    line.focus()
    page.keyboard.type("The reader, the author.")
    page.keyboard.press("Enter")
    # The next line to write on has the focus.
    expect(page.get_by_label("Outcome: Who is the next one?")).to_be_focused()
    page.keyboard.type("We are.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Settled: Who is the next one?")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_label("Outcome: And which book?")).to_be_focused()
    expect(page.locator("#progress")).to_have_text("2 of 5 settled")
    expect(page.get_by_role("status")).to_have_text("2 of 5 settled")
    assert outcomes() == {
        "Who answers whom?": "The reader, the author.", "Who is the next one?": "We are.",
    }  # fmt: skip
    undo = page.get_by_role("button", name="Undo: Who is the next one?")
    undo.focus()
    page.keyboard.press("Enter")
    line = page.get_by_label("Outcome: Who is the next one?")
    expect(line).to_be_focused()
    expect(line).to_have_value("We are.")
    assert outcomes() == {"Who answers whom?": "The reader, the author."}
    printed(page, tmp_path)
    page.reload()
    expect(page.locator("#progress")).to_have_text("1 of 5 settled")
    page.locator(".done").get_by_role("link", name="paragraph 1").click()
    expect(card(page, "Who answers whom?").locator(".resolved")).to_have_text(
        "Resolved · The reader, the author."
    )


def printed(page: Page, where: Path) -> None:
    """On one page of paper, with boxes and lines and nothing to press."""
    page.emulate_media(media="print")
    for part in (".bar", ".tabs", ".tools", ".undo", ".tick label"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.locator(".box:visible").count() == 5
    assert page.locator(".line:visible").count() == 4
    colours = page.evaluate(
        "[document.body, document.querySelector('.said')].map(e => getComputedStyle(e).color)"
    )
    assert colours[0] == "rgb(0, 0, 0)"
    page.screenshot(path=where / "printed.png")
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
    page.emulate_media(media="screen")


def test_without_script(browse: Browse, cast: Cast, asked: list[Annotation]) -> None:
    page = browse(cast.owner, script=False)
    page.goto(cast.reading.get_absolute_url())
    page.get_by_role("link", name="Meeting sheet").click()
    page.get_by_label("Outcome: And which book?").fill("This one.")
    page.get_by_label("Outcome: And which book?").press("Enter")
    page.get_by_role("button", name="Settled: Is it?").click()
    expect(page.locator("#progress")).to_have_text("2 of 5 settled")
    assert outcomes() == {"And which book?": "This one.", "Is it?": ""}
    page.get_by_role("button", name="Undo: And which book?").click()
    expect(page.locator(".messages")).to_have_text("Open again. It said: “This one.”")
    expect(page.locator("#progress")).to_have_text("1 of 5 settled")
    assert outcomes() == {"Is it?": ""}


def test_a_line_that_cannot_be_kept_stays(
    browse: Browse, cast: Cast, asked: list[Annotation], troubles: Troubles
) -> None:
    page = browse(cast.moderator)
    go(page, cast)
    resolve(by=cast.other, root=asked[0], outcome="Both.")
    line = page.get_by_label("Outcome: Who answers whom?")
    line.fill("Neither.")
    line.press("Enter")
    expect(page.get_by_text("Meanwhile somebody wrote: “Both.”")).to_be_visible()
    expect(line).to_be_focused()
    expect(line).to_have_value("Neither.")
    line.press("Enter")
    expect(page.locator(".outcome")).to_have_text("✓Settled · Neither.")
    assert outcomes() == {"Who answers whom?": "Neither."}
    troubles.expect("422")


def test_wondering_too_and_resolving_beside_the_text(
    browse: Browse, cast: Cast, asked: list[Annotation], troubles: Troubles
) -> None:
    page = browse(cast.other)
    page.goto(cast.reading.get_absolute_url())
    thread = card(page, "Who is the next one?")
    thread.click()
    wonder = thread.get_by_role("link", name="I wonder too")
    wonder.focus()
    page.keyboard.press("Enter")
    expect(thread.get_by_text("1 wonders, too")).to_be_visible()
    expect(thread.get_by_role("link", name="I wonder too")).to_be_focused()
    page.keyboard.press("Enter")
    expect(thread.get_by_text("1 wonders, too")).to_have_count(0)
    mine = card(page, "Who answers whom?")
    mine.click()
    mine.get_by_role("link", name="I wonder too").click()
    expect(page.get_by_role("status")).to_have_text(
        "This is your own: it waits for others to say so."
    )
    troubles.expect("403")
    open_menu(mine)
    mine.get_by_role("link", name="Resolve…").click()
    expect(mine.get_by_label("What came of it")).to_be_focused()
    page.keyboard.type("Everybody.")
    page.keyboard.press("Enter")
    expect(mine.locator(".resolved")).to_have_text("Resolved · Everybody.")
    expect(page.get_by_role("status")).to_have_text("Resolved.")
    page.keyboard.press("Escape")
    # Folded to its outcome, until it is looked at.
    expect(mine.get_by_text("Who answers whom?")).to_be_hidden()
    expect(mine.get_by_text("Everybody.")).to_be_visible()
    mine.click()
    expect(mine.get_by_text("Who answers whom?")).to_be_visible()
    open_menu(mine)
    mine.get_by_role("button", name="Open it again").click()
    expect(mine.locator(".resolved")).to_have_count(0)
    assert outcomes() == {}


@pytest.mark.a11y
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(
    browse: Browse,
    cast: Cast,
    asked: list[Annotation],
    troubles: Troubles,
    theme: Literal["light", "dark"],
    width: int,
) -> None:
    endorse(by=cast.member, annotation=asked[0])
    resolve(by=cast.other, root=asked[2], outcome="Any.")
    page = browse(cast.moderator, width=width, theme=theme)
    go(page, cast)
    assert found_by_axe(page) == []
    resolve(by=cast.other, root=asked[0], outcome="Both.")
    line = page.get_by_label("Outcome: Who answers whom?")
    line.fill("Neither.")
    line.press("Enter")
    expect(page.get_by_text("Meanwhile somebody wrote")).to_be_visible()
    troubles.expect("422")
    assert found_by_axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == width
    page.goto(f"/n/{asked[0].uuid}/")
    expect(page.get_by_text("Resolved · Both.").first).to_be_visible()
    assert found_by_axe(page) == []


@pytest.mark.a11y
def test_nothing_is_cut_off_on_a_small_screen(
    browse: Browse, cast: Cast, asked: list[Annotation]
) -> None:
    page = browse(cast.moderator, width=320, height=640, touch=True)
    go(page, cast)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    box = page.get_by_role("button", name="Settled: Is it?").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (44, 44)
