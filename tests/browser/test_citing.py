"""Words taken along with their reference: by mouse, by keyboard, without script, and where the
browser doesn't let a page copy."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations import actions
from annotations.actions import Range
from annotations.actions.guests import guest, offer
from annotations.models import Annotation
from reader.models import Article, Paragraph, StudyGroup, User
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, choose, drag_over, select
from tests.browser.test_access import THEMES, WIDTHS, found_by_axe
from tests.cast import Cast

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]

REFERENCE = "— Ada Quill, “Of margins”, paragraph 1\n"
REFUSED = "navigator.clipboard.write = navigator.clipboard.writeText = () => Promise.reject()"


@pytest.fixture
def address(cast: Cast) -> str:
    return cast.reading.get_absolute_url()


@pytest.fixture
def note(cast: Cast) -> Annotation:
    return actions.annotate(
        by=cast.other, reading=cast.reading, where=Range([first_of(cast)], 2, 8),
        motivation="commenting", audience="group", body="Which one?", client_id=uuid4(),
    )  # fmt: skip


def first_of(cast: Cast) -> Paragraph:
    found: Paragraph = cast.reading.article.paragraphs.get(number=1)
    return found


def copied(page: Page) -> str:
    words: str = page.evaluate("navigator.clipboard.readText()")
    return words


def test_a_passage_by_mouse(browse: Browse, cast: Cast, address: str) -> None:
    page = browse(cast.member)
    page.goto(address)
    drag_over(page, "left empty", until="speaks to two people")
    choose(page, "cite")
    expect(page.locator("#status")).to_have_text("Copied, with its reference.")
    expect(page.locator("#toolbar")).to_be_hidden()
    assert page.url.endswith(address)
    words = copied(page)
    assert words.startswith(
        "“left empty for that.[1]\n\nWhoever writes there speaks to two people”"
    )
    assert words.splitlines()[-2] == "— Ada Quill, “Of margins”, paragraphs 1–2"
    assert words.splitlines()[-1].endswith(f"/p/{first_of(cast).key}/?in=thursday-circle")


@pytest.mark.once
def test_a_passage_by_keyboard_for_who_only_reads(browse: Browse, cast: Cast, address: str) -> None:
    page = browse(cast.observer)
    page.goto(address)
    page.locator("#text").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    for letter in ("h", "c", "q"):  # with which others write
        page.keyboard.press(letter)
    page.keyboard.press("y")
    expect(page.locator("#status")).to_have_text("Copied, with its reference.")
    assert copied(page).startswith(f"“{first_of(cast).text}”\n{REFERENCE}")
    select(page, "left empty")
    shown = page.locator("#toolbar button:visible")
    assert shown.all_text_contents() == ["Copy", "Copy link"]
    page.locator(".words:focus").press("y")
    expect(page.locator("#toolbar")).to_be_hidden()
    page.wait_for_function(
        "navigator.clipboard.readText().then(words => words.startsWith('“left empty”'))"
    )


@pytest.mark.once
def test_a_passage_without_script(browse: Browse, cast: Cast, address: str) -> None:
    page = browse(cast.observer, script=False)
    page.goto(f"{address}p/{first_of(cast).key}/")
    page.get_by_role("link", name="Copy with its reference").click()
    field = page.get_by_label("As text")
    expect(field).to_have_js_property("readOnly", True)
    assert field.input_value().startswith(f"“{first_of(cast).text}”\n{REFERENCE}")
    assert page.get_by_role("button", name="Copy").count() == 0


@pytest.mark.once
def test_where_the_page_may_not_copy(browse: Browse, cast: Cast, address: str) -> None:
    page = browse(cast.member)
    page.add_init_script(REFUSED)
    page.goto(address)
    select(page, "left empty")
    choose(page, "cite")
    page.wait_for_url("**/cite/?**")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("#status")).to_contain_text("copy them by Ctrl and C")
    field = page.get_by_label("As text")
    expect(field).to_be_focused()
    chosen = page.evaluate("getSelection().toString()")
    assert chosen == field.input_value()
    assert chosen.startswith(f"“left empty”\n{REFERENCE}")


def test_a_note(browse: Browse, cast: Cast, address: str, note: Annotation) -> None:
    page = browse(cast.member)
    page.goto(address)
    there = card(page, "Which one?")
    there.click()
    there.locator(".menu summary").first.click()
    page.get_by_role("link", name="Copy with its reference").click()
    expect(page.locator("#status")).to_have_text("Copied, with its reference.")
    lines = copied(page).splitlines()
    assert lines[0].startswith("Nils, ")
    assert lines[1:3] == [
        "“Which one?”", f"on “margin” – {REFERENCE.removeprefix('— ').strip()}",
    ]  # fmt: skip
    assert lines[3].endswith(note.get_absolute_url())


@pytest.mark.once
def test_a_note_on_a_page_of_its_own(browse: Browse, cast: Cast, note: Annotation) -> None:
    page = browse(cast.member)
    page.goto(f"{note.get_absolute_url()}cite/")
    page.get_by_role("button", name=re.compile("Copy.*Markdown")).click()
    expect(page.locator("#status")).to_have_text("Copied.")
    assert copied(page) == page.get_by_label("As Markdown").input_value()
    assert "\n> Which one?" in copied(page)


@pytest.mark.once
def test_words_chosen_before_a_correction_are_not_others(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(address)
    Article.objects.filter(pk=cast.reading.article_id).update(text_revision=2)
    select(page, "left empty")
    choose(page, "cite")
    page.wait_for_url("**/cite/?**")
    expect(page.locator(".notice")).to_contain_text("The text has changed")
    troubles.expect("409")


@pytest.mark.once
@pytest.mark.a11y
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(
    browse: Browse, cast: Cast, address: str, note: Annotation, width: int
) -> None:
    StudyGroup.objects.filter(pk=cast.group.pk).update(exporting="members")
    ana = guest(group=cast.group, name="Mira", uuid=uuid4())
    offer(by=cast.owner, guest_membership=ana, to=cast.member)
    slug = [cast.group.slug]
    pages: dict[str, tuple[User, str]] = {
        "a note": (cast.member, f"{note.get_absolute_url()}cite/"),
        "a passage": (cast.observer, f"{address}cite/?from={first_of(cast).key}"),
        "guests": (cast.owner, reverse("guests", args=slug)),
        "offered": (cast.member, reverse("guests", args=slug)),
        "taken home": (cast.member, reverse("taken_home", args=slug)),
    }
    for name, (user, where) in pages.items():
        page = browse(user, width=width)
        page.goto(where)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            assert (name, theme, found_by_axe(page)) == (name, theme, [])
        assert page.evaluate(IS_TOO_WIDE) is False, name


OUTSIDE = """all => all.filter(one => {
    const { left, right } = one.getBoundingClientRect();
    return left < 0 || right > innerWidth;
}).map(one => one.textContent.trim())"""
IS_TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.once
@pytest.mark.a11y
@pytest.mark.parametrize(("width", "touch"), [(320, True), (390, False)])
def test_the_toolbar_fits(
    browse: Browse, cast: Cast, address: str, width: int, *, touch: bool
) -> None:
    page = browse(cast.member, width=width, touch=touch)
    page.goto(address)
    page.evaluate("document.querySelectorAll('.words')[2].scrollIntoView({ block: 'center' })")
    select(page, "speaks to two people")
    expect(page.locator("#toolbar")).to_be_visible()
    outside: list[str] = page.locator("#toolbar button:visible").evaluate_all(OUTSIDE)
    assert outside == []
