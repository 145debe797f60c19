"""Notes put back on their words, by whatever hand."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations import actions
from annotations.actions import Range
from annotations.enums import AnchorState
from annotations.models import Annotation
from reader.models import User
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, choose, drag_over, open_menu
from tests.browser.test_access import WIDTHS, found_in_themes
from tests.cast import Cast, assemble
from tests.moves import move

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]

type Write = Callable[..., Annotation]


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def write(cast: Cast) -> Write:
    """A note on some words of the sample text."""

    def write(by: User, words: str, body: str = "") -> Annotation:
        paragraph = cast.reading.article.paragraphs.get(text__contains=words)
        at = paragraph.text.index(words)
        return actions.annotate(
            by=by,
            reading=cast.reading,
            where=Range([paragraph], at, at + len(words)),
            motivation="commenting" if body else "highlighting",
            audience="group",
            body=body,
            client_id=uuid4(),
        )

    return write


def stands_on(note: Annotation) -> tuple[str, str]:
    target = note.targets.get(current=True)
    return target.anchor_state, target.exact


def marked(page: Page) -> list[str]:
    return page.locator("mark").all_text_contents()


def ask_anew(page: Page, thread: Locator) -> None:
    """From the line that says what became of its words."""
    thread.locator(".became > summary").click()
    thread.get_by_role("link", name="Place it anew").click()
    expect(page.locator("#placing [role=status]")).to_contain_text("Select the words")


def test_a_detached_note_is_put_back_with_the_mouse(
    browse: Browse, cast: Cast, write: Write, troubles: Troubles
) -> None:
    note = write(cast.member, "speaks to two people", "Which two?")
    last = cast.reading.article.paragraphs.get(text__contains="the talk goes on")
    move(note, to=last)
    page = browse(cast.moderator)
    page.goto(cast.reading.get_absolute_url())
    thread = card(page, "Which two?")
    expect(thread.locator(".lost")).to_have_text("speaks to two people")
    ask_anew(page, thread)
    drag_over(page, "Whoever writes there")
    assert page.locator("#toolbar button:visible").all_text_contents() == ["Place the note here"]
    # A text that was corrected meanwhile is noticed, and nothing is lost.
    cast.reading.article.paragraphs.filter(text__contains="Whoever").update(
        text="Others write there now, and it is two people that they speak to."
    )
    choose(page, "place")
    expect(page.locator("#toast")).to_contain_text("The text has changed")
    troubles.expect("422")
    assert page.evaluate("getSelection().toString()") == "Whoever writes there"
    drag_over(page, "where a reader answers")
    choose(page, "place")
    first = page.locator(".unit", has_text="A margin is where").first
    expect(first.locator(".card", has_text="Which two?")).to_be_focused()
    expect(page.locator("#placing")).to_be_hidden()
    assert marked(page) == ["where a reader answers"]
    assert page.locator(".card", has_text="Which two?").count() == 1
    expect(page.locator(".became")).to_have_count(0)
    assert stands_on(note) == ("exact", "where a reader answers")


@pytest.mark.once
def test_by_keyboard_alone(browse: Browse, cast: Cast, write: Write) -> None:
    note = write(cast.member, "speaks to two people", "Which two?")
    move(note)
    page = browse(cast.member)
    page.goto(cast.reading.get_absolute_url())
    expect(page.locator("reading-room.laid")).to_have_count(1)
    page.locator(".words", has_text="A margin").focus()
    press = page.keyboard.press
    press("n")
    thread = card(page, "Which two?")
    expect(thread).to_be_focused()
    press("Tab")
    press("Enter")
    anew = thread.get_by_role("link", name="Place it anew")
    expect(anew).to_be_visible()
    anew.focus()
    press("Enter")
    expect(page.locator("#placing")).to_be_visible()
    press("Escape")
    expect(page.locator("#placing")).to_be_hidden()
    expect(thread).to_be_focused()
    anew.focus()
    press("Enter")
    press("k")
    expect(page.locator(".words", has_text="A margin")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", *["Shift+ArrowRight"] * 2):
        press(key)
    press("Enter")
    expect(thread).to_be_focused()
    assert stands_on(note) == ("exact", "margin is where")
    # Without a selection it is the paragraph that has the focus.
    open_menu(thread)
    thread.get_by_role("link", name="Place it anew").press("Enter")
    press("j")
    press("Enter")
    expect(page.locator(".unit", has_text="Whoever").locator(".card")).to_be_focused()
    assert stands_on(note)[1].startswith("Whoever writes there")


@pytest.mark.once
def test_without_script(browse: Browse, cast: Cast, write: Write, troubles: Troubles) -> None:
    note = write(cast.member, "speaks to two people", "Which two?")
    move(note)
    page = browse(cast.member, script=False)
    page.goto(cast.reading.get_absolute_url())
    page.get_by_role("link", name="1 note needs a look").click()
    page.get_by_role("link", name="Place it anew").click()
    page.get_by_label("Quote the words you mean").fill("the")
    page.get_by_role("button", name="Place it here").click()
    expect(page.get_by_role("alert")).to_contain_text("These words stand in the text")
    troubles.expect("422")
    page.get_by_label("and the talk goes on").check()
    page.get_by_role("button", name="Place it here").click()
    expect(page.locator(".messages")).to_contain_text("The note has its place.")
    assert stands_on(note) == ("exact", "the")


def test_the_extent_of_ones_own_highlight(browse: Browse, cast: Cast, write: Write) -> None:
    note = write(cast.member, "speaks to two people")
    page = browse(cast.member)
    page.goto(cast.reading.get_absolute_url())
    page.locator("mark").click()
    thread = page.locator(".card")
    thread.get_by_label("More about").click()
    thread.get_by_role("link", name="Place it anew").click()
    drag_over(page, "speaks", until="the next one")
    choose(page, "place")
    expect(thread).to_be_focused()
    assert marked(page) == ["speaks to two people: the author and the next one"]
    assert stands_on(note) == ("exact", marked(page)[0])


@pytest.mark.a11y
def test_axe_finds_nothing(browse: Browse, cast: Cast, write: Write) -> None:
    text = cast.reading.article
    for words, state in (
        ("where a reader answers", AnchorState.MOVED),
        ("speaks to two people", AnchorState.APPROXIMATE),
        ("the talk goes on", AnchorState.DETACHED),
    ):
        note = write(cast.member, words, f"About {words}.")
        at = text.paragraphs.get(text__contains=words).text.index(words)
        move(note, state, start=at + 2, end=at + 12)
    for width in WIDTHS:
        page = browse(cast.member, width=width)
        place = cast.reading.get_absolute_url()
        page.goto(place)
        expect(page.locator("reading-room:defined")).to_have_count(1)
        if width == max(WIDTHS):
            for summary in page.locator(".became > summary").all():
                summary.click()
            expect(page.get_by_role("link", name="Place it anew")).to_have_count(3)
            assert ("the states", found_in_themes(page)) == ("the states", {})
            page.get_by_role("link", name="Place it anew").first.click()
            expect(page.locator("#placing")).to_be_visible()
        assert ("the text", found_in_themes(page)) == ("the text", {})
        pages = (f"{place}look/", f"/n/{note.uuid}/words/", f"/n/{note.uuid}/place/")
        for address in pages:
            page.goto(address)
            assert (address, found_in_themes(page)) == (address, {})
