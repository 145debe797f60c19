"""For everyone: what axe-core finds, and what it can't see."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS
from playwright.sync_api import Page, expect

from annotations.demo import load_article, load_group, load_notes, sample_article
from reader.actions import draft_article, invite, issue_sign_in_link
from reader.actions.readings import divide
from reader.enums import Bylines, Reveal
from reader.models import Reading, User
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import choose, drag_over, select
from tests.permissions.world import begin_correction, comment

pytestmark = [pytest.mark.a11y, pytest.mark.django_db(transaction=True)]

THEMES: list[Literal["light", "dark"]] = ["light", "dark"]
WIDTHS = [1440, 390]

type State = Callable[[Page], object]


@pytest.fixture
def table() -> tuple[Reading, dict[str, User]]:
    """The sample group, in the midst of its conversation."""
    group, people = load_group("long enough, 1")
    owner = next(iter(people.values()))
    reading = load_article(group, owner, sample_article())
    load_notes(reading, people)
    return reading, people


AXE_FINDS = """options => axe.run(options).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) =>
    `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`)))"""


def found_by_axe(page: Page) -> list[str]:
    """Nothing but what it finds comes back, as the rest is long; a page is given axe once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE_FINDS, DEFAULT_OPTIONS)
    return found


def found_in_themes(page: Page) -> dict[str, list[str]]:
    """What axe finds on a page in each theme, where it finds anything."""
    found = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found[theme] = found_by_axe(page)
    return {theme: what for theme, what in found.items() if what}


INTO_VIEW = """words => new Promise(done => {
    const all = [...document.querySelectorAll(".words")];
    all.find(one => one.textContent.includes(words)).scrollIntoView({ block: "center" });
    requestAnimationFrame(() => requestAnimationFrame(done));
})"""


def compose(page: Page) -> None:
    # First, since scrolling far puts away what is offered for the selected words.
    page.evaluate(INTO_VIEW, "there was a matter of a dog")
    select(page, "there was a matter of a dog")
    choose(page, "comment")
    expect(page.locator("#composer textarea")).to_be_visible()


def refuse(page: Page) -> None:
    compose(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#composer .errorlist")).to_be_visible()


def look_at_a_note(page: Page) -> None:
    page.locator("mark.blue").first.click()
    expect(page.locator(".card.active")).to_be_visible()


def open_menu(page: Page) -> None:
    look_at_a_note(page)
    page.locator(".card.active .menu summary").first.click()
    expect(page.get_by_role("link", name="Link to this note")).to_be_visible()


def reply(page: Page) -> None:
    look_at_a_note(page)
    page.locator(".card.active .reply-link").first.click()
    expect(page.get_by_label("Your reply")).to_be_visible()


def offer(page: Page) -> None:
    select(page, "there was a matter of a dog")
    expect(page.locator("#toolbar")).to_be_visible()


READING_STATES: dict[str, State] = {
    "as it opens": lambda page: None,
    "words selected": offer,
    "writing": compose,
    "refused": refuse,
    "a note looked at": look_at_a_note,
    "its menu": open_menu,
    "replying": reply,
    "the keys": lambda page: page.evaluate("document.querySelector('#keys').showModal()"),
}


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_reading_page(
    browse: Browse, table: tuple[Reading, dict[str, User]], troubles: Troubles, width: int
) -> None:
    reading, people = table
    member = list(people.values())[-1]
    page = browse(member, width=width)
    for name, reach in READING_STATES.items():
        page.goto(reading.get_absolute_url())
        reach(page)
        assert (name, found_in_themes(page)) == (name, {})
    troubles.expect("422")


def test_axe_finds_nothing_on_the_pages_around_it(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    owner = next(iter(people.values()))
    group = reading.group
    draft = draft_article(by=owner, group=group, parsed=sample_article())
    _invitation, token = invite(by=owner, group=group)
    sign_in = issue_sign_in_link(by=owner, member=list(people.values())[-1])
    note = reading.annotations.exclude(body="").filter(root=None, creator=owner).first()
    assert note is not None
    place = reading.get_absolute_url()
    divide(by=owner, reading=reading, into=2)
    comment(owner, reading, "For later.", audience="private")
    begin_correction(owner, reading)
    placed = comment(owner, reading, "For everybody.")
    member = group.memberships.filter(role="member").earliest("pk").pk
    paragraph = reading.article.paragraphs.exclude(number=None)[0]
    signed_in = [
        "/", "/settings/", "/g/new/", group.get_absolute_url(), f"/g/{group.slug}/edit/",
        *(f"/g/{group.slug}/{part}/" for part in ("policy", "erase", "leave", "people")),
        *(f"/g/{group.slug}/people/{member}/{part}" for part in ("", "hand-over/", "remove/")),
        f"/g/{group.slug}/policy/?preset=sensitive", f"/g/{group.slug}/invitations/",
        f"/g/{group.slug}/articles/new/", f"/imports/{draft.pk}/", f"/join/{token}/",
        f"{place}annotate/?start_key={paragraph.key}", f"{place}p/{paragraph.key}/",
        *(f"{place}{part}/" for part in ("settings", "circles", "taking-part", "private")),
        *(f"{place}{part}/" for part in ("correct", "correct/about", "correct/import", "look")),
        f"{place}correct/block/{paragraph.key}/", f"{place}correct/preview/",
        f"{place}texts/", f"{place}texts/1/",
        f"/g/{group.slug}/copy/", "/join/", "/groups/",
        *(
            f"/n/{note.uuid}/{part}/"
            for part in ("thread", "menu", "reply", "edit", "delete", "history", "words")
        ),
        f"/n/{placed.uuid}/place/",
        "/accounts/password/change/", "/accounts/email/", "/accounts/logout/",
    ]  # fmt: skip
    signed_out = [
        "/", "/accounts/login/", f"/accounts/signup/?next=/join/{token}/", "/accounts/signup/",
        "/accounts/password/reset/", f"/join/{token}/", f"/sign-in/{sign_in}/",
    ]  # fmt: skip
    for user, addresses in ((owner, signed_in), (None, signed_out)):
        page = browse(user)
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert (address, width, found_in_themes(page)) == (address, width, {})


def test_axe_finds_nothing_before_the_reveal(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    Reading.objects.filter(pk=reading.pk).update(
        reveal=Reveal.AFTER_FINISHED, bylines=Bylines.PSEUDONYMS, version=reading.version + 1
    )
    page = browse(list(people.values())[-1])
    page.goto(reading.get_absolute_url())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.get_by_label("Somebody has written here").first).to_be_visible()
        expect(page.get_by_role("button", name="I have finished")).to_be_visible()
        assert (width, found_in_themes(page)) == (width, {})


def test_nothing_scrolls_sideways_at_320(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    owner = next(iter(people.values()))
    page = browse(owner, width=320, height=640)
    group = reading.group
    divide(by=owner, reading=reading, into=2)
    comment(owner, reading, "For later.", audience="private")
    begin_correction(owner, reading)
    place = reading.get_absolute_url()
    for address in (
        reading.get_absolute_url(), "/", group.get_absolute_url(), f"/g/{group.slug}/people/",
        f"/g/{group.slug}/invitations/", f"/g/{group.slug}/articles/new/", "/settings/",
        "/g/new/", f"/g/{group.slug}/policy/", f"/g/{group.slug}/copy/",
        *(f"{place}{part}/" for part in ("settings", "circles", "taking-part", "private")),
        *(f"{place}{part}/" for part in ("correct", "correct/preview", "texts", "look")),
    ):  # fmt: skip
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (address, wide) == (address, 320)


def test_text_spacing_hides_nothing(browse: Browse, table: tuple[Reading, dict[str, User]]) -> None:
    """WCAG 1.4.12: with wider spacing every note can still be read in full once looked at."""
    reading, people = table
    page = browse(list(people.values())[-1])
    page.goto(reading.get_absolute_url())
    page.evaluate(
        """() => {
          const spaced = new CSSStyleSheet();
          spaced.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important;"
            + " word-spacing: .16em !important; } p { margin-block-end: 2em !important; }");
          document.adoptedStyleSheets.push(spaced);
        }"""
    )
    look_at_a_note(page)
    page.wait_for_timeout(100)
    card = page.locator(".card.active")
    assert card.evaluate("card => card.scrollHeight <= card.clientHeight + 1")
    tops = page.evaluate(
        """() => [...document.querySelectorAll(".card")]
            .map((card) => card.getBoundingClientRect())
            .map(({ top, bottom }) => [top, bottom]).sort((one, other) => one[0] - other[0])"""
    )
    for (_, bottom), (top, _) in pairwise(tops):
        assert top >= bottom


def test_focus_is_never_hidden_behind_the_bar(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    page = browse(list(people.values())[-1])
    page.goto(reading.get_absolute_url())
    page.locator("#text").focus()
    for _ in range(6):
        page.keyboard.press("j")
    for _ in range(4):
        page.keyboard.press("k")
        top = page.locator(":focus").evaluate("element => element.getBoundingClientRect().top")
        assert top >= 48


def test_what_happens_is_told_and_threads_are_not(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    page = browse(list(people.values())[-1])
    page.goto(reading.get_absolute_url())
    assert page.locator("[aria-live]").count() == 0
    drag_over(page, "there was a matter of a dog")
    choose(page, "highlight")
    expect(page.get_by_role("status")).to_have_text(f"Highlighted for {reading.group.name}.")


def test_notes_follow_their_paragraph_in_the_document(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    page = browse(list(people.values())[-1], script=False)
    page.goto(reading.get_absolute_url())
    order = page.evaluate(
        """() => [...document.querySelectorAll(".words, .card, .annotate")].map((element) =>
          [element.closest(".unit").id, element.classList[0]])"""
    )
    units = list(dict.fromkeys(unit for unit, _ in order))
    assert [unit for unit, _ in order] == sorted((u for u, _ in order), key=units.index)
    for unit in units:
        kinds = [kind for where, kind in order if where == unit]
        assert kinds[:2] == ["words", "annotate"]
        assert set(kinds[2:]) <= {"card"}


def test_on_a_phone_what_one_writes_has_the_whole_width(
    browse: Browse, table: tuple[Reading, dict[str, User]]
) -> None:
    reading, people = table
    page = browse(list(people.values())[-1], width=390, height=844)
    page.goto(reading.get_absolute_url())
    compose(page)
    box = page.locator("#composer").bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
