"""The annotated edition as people open it: a file, without a server, without script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from annotations.demo.edition import sample_edition, sample_notebook
from tests.browser.conftest import Troubles
from tests.browser.test_access import THEMES, found_by_axe

pytestmark = [pytest.mark.a11y, pytest.mark.once]

type Open = Callable[..., Page]
# Of each paragraph's notes: whether they stand right of it, and how far below its first line.
BESIDE = """() => [...document.querySelectorAll(".chapter > .notes:not(.of-all)")].map((notes) => {
  const words = notes.previousElementSibling.getBoundingClientRect();
  const here = notes.getBoundingClientRect();
  return [here.left >= words.right, Math.round(here.top - words.top)];
})"""


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path, troubles: Troubles) -> Iterator[Open]:
    file = tmp_path / "edition.html"
    file.write_bytes(sample_edition())
    pages: list[Page] = []

    def opened(width: int, theme: str = "light", *, script: bool = True) -> Page:
        page = chromium.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            java_script_enabled=script,
        )
        pages.append(page)
        troubles.watch(page)
        page.on("request", lambda request: troubles.seen.append(f"asked for {request.url}"))
        page.goto(file.as_uri())
        troubles.expect(file.as_uri())
        return page

    yield opened
    for page in pages:
        page.context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(opened: Open, theme: str) -> None:
    page = opened(1440, theme)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, found_by_axe(page)) == (width, [])


def test_notes_stand_beside_their_words_on_a_wide_screen_and_below_on_a_narrow_one(
    opened: Open,
) -> None:
    page = opened(1440)
    beside = page.evaluate(BESIDE)
    assert len(beside) > 20
    assert [each for each in beside if not each[0] or each[1] < 0] == []
    # Where little is said a note begins level with its paragraph.
    assert sum(top < 12 for _, top in beside) > len(beside) / 2
    page.set_viewport_size({"width": 320, "height": 900})
    assert [left for left, top in page.evaluate(BESIDE) if left or top <= 0] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_number_leads_to_its_note_and_back_without_script(opened: Open) -> None:
    page = opened(390, script=False)
    page.get_by_role("link", name="Note 9", exact=True).click()
    assert page.url.endswith("#c1-n9")
    page.get_by_role("link", name="Note 9, to its place").click()
    assert page.url.endswith("#c1-r9")


def test_it_prints_with_every_notes_number_once(opened: Open) -> None:
    page = opened(1440)
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    leads = Counter(
        str(link.get_object().get("/Dest"))
        for sheet in printed.pages
        for link in sheet.get("/Annots", ())
    )
    for thread in sample_notebook().chapters[0].threads:
        assert leads[f"/c1-n{thread.number}"] == leads[f"/c1-r{thread.number}"] == 1
    assert len(printed.pages) < 20
