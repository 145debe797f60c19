"""Notes taken home and brought in: chosen by mouse, by keyboard, without script; waited for; and
whose what was brought in is."""

from __future__ import annotations

import json
import re
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Download, FilePayload, Locator, Page, expect

from annotations import actions
from annotations.actions import Range
from annotations.actions.guests import guest, offer
from annotations.enums import ExportFormat
from annotations.exporting import making
from annotations.exporting.notebook import Filters
from annotations.exporting.scope import Scope
from annotations.importing.arriving import receive
from annotations.models import Annotation, Export
from reader.models import StudyGroup, User
from tests.browser.conftest import Browse, Troubles
from tests.browser.test_access import WIDTHS, found_in_themes
from tests.cast import Cast

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talk(cast: Cast) -> Annotation:
    """A question and its answer, and another's highlight."""
    first, second = cast.reading.article.paragraphs.filter(kind="paragraph")[:2]
    write = partial(actions.annotate, reading=cast.reading, audience="group")
    root: Annotation = write(
        by=cast.member, where=Range([first], 2, 8), motivation="questioning",
        body="Who answers whom?", client_id=uuid4(),
    )  # fmt: skip
    actions.reply(by=cast.other, parent=root, body="The reader, the author.", client_id=uuid4())
    write(
        by=cast.other, where=Range([second], 0, 8), motivation="highlighting", body="",
        client_id=uuid4(),
    )  # fmt: skip
    return root


def export_page(cast: Cast) -> str:
    return f"{cast.reading.get_absolute_url()}export/"


def chosen(page: Page) -> Locator:
    return page.locator("#preview .counts")


def words_of(taken: Download, where: Path) -> str:
    path = where / taken.suggested_filename
    taken.save_as(path)
    return path.read_text()


@pytest.mark.once
def test_is_chosen_and_downloaded_by_mouse(
    browse: Browse, cast: Cast, talk: Annotation, tmp_path: Path
) -> None:
    page = browse(cast.member)
    page.goto(cast.group.get_absolute_url())
    page.get_by_role("navigation", name="In this group").get_by_text("Take home").click()
    expect(chosen(page)).to_have_text("3 notes in 2 threads")
    expect(page.get_by_role("radio", name="Annotated edition The article")).to_be_checked()
    page.get_by_text("For Obsidian and other notebooks").click()
    expect(page.locator("#preview pre")).to_contain_text("Who answers whom?")
    page.get_by_label("Only my own notes").check()
    expect(chosen(page)).to_have_text("2 notes in 1 thread")
    page.get_by_label("Without the rest of their threads").check()
    expect(chosen(page)).to_have_text("1 note in 1 thread")
    # All of it is in the address, and one step back leaves the page.
    page.reload()
    expect(chosen(page)).to_have_text("1 note in 1 thread")
    expect(page.get_by_label("Only my own notes")).to_be_checked()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take home: Markdown").click()
    assert taken.value.suggested_filename == "Thursday circle.md"
    words = words_of(taken.value, tmp_path)
    assert ("Who answers whom?" in words, "The reader, the author." in words) == (True, False)
    page.go_back()
    expect(page.get_by_role("heading", name=cast.group.name, level=1)).to_be_visible()


@pytest.mark.once
def test_is_chosen_by_keyboard(
    browse: Browse, cast: Cast, talk: Annotation, troubles: Troubles, tmp_path: Path
) -> None:
    page = browse(cast.moderator)
    page.goto(f"{export_page(cast)}?format=docx")
    page.get_by_role("radio", name="Word document").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#preview .go")).to_have_text("Take home: Markdown")
    # What is chosen with stays under the fingers, and what came of it is told.
    expect(page.get_by_role("radio", name="Markdown")).to_be_focused()
    expect(page.locator("#status")).to_have_text("3 notes in 2 threads")
    page.get_by_text("Only some of the notes").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Nils").focus()
    page.keyboard.press("Space")
    expect(page.locator("#status")).to_have_text("3 notes in 2 threads")
    page.get_by_role("group", name="Written as").get_by_label("Highlight").focus()
    page.keyboard.press("Space")
    expect(page.locator("#status")).to_have_text("1 note in 1 thread")
    since, until = page.get_by_label("Written since"), page.get_by_label("Written until")
    since.fill("2026-05-02")
    until.fill("2026-05-01")
    expect(page.locator("#preview .errors")).to_have_text("The first day comes after the last.")
    expect(until).to_be_focused()
    expect(page.locator("#preview .go")).to_have_count(0)
    troubles.expect("422")
    since.fill("")
    until.fill("")
    button = page.get_by_role("button", name="Take home: Markdown")
    button.focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert "Who answers whom?" not in words_of(taken.value, tmp_path)


@pytest.mark.once
def test_is_chosen_without_script(
    browse: Browse, cast: Cast, talk: Annotation, tmp_path: Path
) -> None:
    page = browse(cast.other, script=False)
    page.goto(cast.reading.get_absolute_url())
    page.get_by_role("link", name="Take the notes home").click()
    page.get_by_text("One row a note").click()
    page.get_by_label("Only my own notes").check()
    page.get_by_role("button", name="Show what I get").click()
    assert page.url.endswith("#preview")
    expect(chosen(page)).to_have_text("3 notes in 2 threads")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take home: table (CSV)").click()
    assert "Who answers whom?" in words_of(taken.value, tmp_path)


@pytest.mark.once
def test_a_choice_survives_being_signed_out(
    browse: Browse, cast: Cast, talk: Annotation, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(f"{export_page(cast)}?format=csv&mine=on")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label("Also my private notes").check()
    said = page.locator("form.stacked > .failed")
    expect(said).to_contain_text("You have been signed out. What you chose is still here")
    expect(page.get_by_label("Only my own notes")).to_be_checked()
    expect(page.get_by_label("Also my private notes")).to_be_checked()
    troubles.expect("401")
    page.reload()
    expect(page).to_have_url(re.compile("/accounts/login/.*mine"))


def begun(cast: Cast, by: User) -> Export:
    """A file that is being made."""
    export: Export = Export.objects.create(
        created_by=by, group=cast.group, reading=cast.reading, format=ExportFormat.PDF,
        query="format=pdf&mine=on", total=1_000, started_at=timezone.now(),
    )  # fmt: skip
    return export


@pytest.mark.once
def test_a_long_one_is_waited_for_and_another_called_off(
    browse: Browse, cast: Cast, talk: Annotation
) -> None:
    export = begun(cast, cast.member)
    rows = Export.objects.filter(pk=export.pk)
    page = browse(cast.member)
    page.goto(export.get_absolute_url())
    expect(page.get_by_text("0 of about 1000 notes are written.")).to_be_visible()
    page.get_by_role("button", name="Call it off").focus()
    rows.update(done=400)
    expect(page.get_by_text("400 of about 1000 notes are written.")).to_be_visible()
    expect(page.get_by_role("button", name="Call it off")).to_be_focused()
    export.file.save(str(export.pk), ContentFile(b"%PDF-1.7"), save=False)
    rows.update(
        done=1_000,
        finished_at=timezone.now(),
        file=export.file.name,
        filename="Margins.pdf",
        size=8,
    )
    expect(page.get_by_role("link", name="Download")).to_be_focused()
    expect(page.locator("#status")).to_have_text("It is there. Margins.pdf, 8\u00a0bytes")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename == "Margins.pdf"
    page.get_by_role("link", name="Choose anew").click()
    expect(page.get_by_label("Only my own notes")).to_be_checked()
    expect(page.locator(".earlier a")).to_have_text("Annotated edition, PDF")
    other = begun(cast, cast.member)
    page.goto(other.get_absolute_url())
    page.get_by_role("button", name="Call it off").click()
    expect(page.locator("#progress")).to_have_text("Called off. Nothing is kept.")
    other.refresh_from_db()
    assert other.cancelled_at is not None


def a_file(name: str, words: bytes, kind: str = "application/json") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": words}


def from_hypothesis() -> bytes:
    """What two people wrote elsewhere, one in answer to the other."""

    def row(note: str, text: str, user: str, **more: Any) -> dict[str, Any]:
        return {
            "id": note, "uri": "https://example.org/", "text": text, "tags": [],
            "created": "2024-05-01T10:00:00+00:00", "updated": "2024-05-01T10:00:00+00:00",
            "user": f"acct:{user.lower()}@hypothes.is", "user_info": {"display_name": user},
            **more,
        }  # fmt: skip

    def about(quote: str) -> dict[str, Any]:
        return {"target": [{"selector": [{"type": "TextQuoteSelector", "exact": quote}]}]}

    rows = [
        row("a", "Olga asks.", "Olga", **about("A margin is")),
        row("b", "Mira answers.", "Mira", references=["a"], **about("A margin is")),
        row("c", "Of words that went.", "Mira", **about("a whale, a white one, and its captain")),
    ]
    return json.dumps({"total": len(rows), "rows": rows}).encode()


def test_notes_are_brought_in_and_become_whose_they_are(
    browse: Browse, cast: Cast, troubles: Troubles
) -> None:
    page = browse(cast.owner)
    page.goto(cast.group.get_absolute_url())
    page.get_by_role("link", name="Bring notes in").click()
    page.get_by_label("File").set_input_files(a_file("notes.json", from_hypothesis()))
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".errorlist")).to_have_text("Say which article these notes are about.")
    troubles.expect("422")
    page.get_by_label("File").set_input_files(a_file("notes.json", from_hypothesis()))
    page.get_by_label("About the article").select_option("Of margins")
    page.get_by_role("button", name="Look at it").click()
    tallies = page.locator("#plan .tallies").first
    expect(tallies).to_have_text("2 new notes1 reply2 people who wrote them")
    page.get_by_text("1 note to look at afterwards").click()
    expect(page.locator("#plan .pick .place")).to_have_text("not in this text")
    who = page.get_by_label("Which of them are you?")
    who.focus()
    page.keyboard.press("ArrowDown")
    expect(who.locator(":checked")).to_have_text("Olga")
    expect(page.locator("#status")).to_have_text("2 new notes 1 reply 2 people who wrote them")
    expect(who).to_be_focused()
    assert not Annotation.objects.exists()
    page.get_by_role("button", name="Bring them in").click()
    expect(page.locator(".messages")).to_have_text("3 notes were brought in.")
    line = page.locator(".guests > li")
    expect(line.get_by_role("heading")).to_have_text("Mira")
    # Who has the guest's name is chosen already.
    line.get_by_role("button", name="Ask").click()
    expect(line).to_contain_text("Mira is asked")
    theirs = browse(cast.member)
    theirs.goto("/messages/")
    theirs.get_by_role("link", name="Look at them").click()
    theirs.get_by_role("button", name="These are mine").click()
    expect(theirs.locator(".messages")).to_have_text(
        "They are yours now, and stand under your name."
    )
    assert dict(Annotation.objects.values_list("body", "creator")) == {
        "Olga asks.": cast.owner.pk, "Mira answers.": cast.member.pk,
        "Of words that went.": cast.member.pk,
    }  # fmt: skip


def archive_of(cast: Cast) -> bytes:
    scope = Scope(cast.owner, cast.group)
    with making.make(scope, Filters(), ExportFormat.ARCHIVE).file as file:
        return file.read()


def test_a_group_begins_with_an_archive(browse: Browse, cast: Cast, talk: Annotation) -> None:
    archive = a_file("circle.zip", archive_of(cast), "application/zip")
    page = browse(cast.outsider, script=False)
    page.goto(reverse("home"))
    page.get_by_role("link", name="Start a group").click()
    page.get_by_role("link", name="Or begin with an archive of another group").click()
    page.get_by_label("Archive").set_input_files(archive)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_label("Which of them are you?").select_option("Mira")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#plan .tallies li").first).to_have_text("3 new notes")
    page.get_by_role("button", name="Begin this group").click()
    expect(page.locator(".messages")).to_contain_text("3 notes were brought in.")
    expect(page.get_by_role("heading", name=cast.group.name, level=1)).to_be_visible()
    made = StudyGroup.objects.latest("pk")
    assert made.memberships.get(role="owner", left_at=None).user == cast.outsider
    assert Annotation.objects.get(reading__group=made, body=talk.body).creator == cast.outsider


@pytest.mark.a11y
def test_axe_finds_nothing(
    browse: Browse, cast: Cast, talk: Annotation, troubles: Troubles
) -> None:
    ada = guest(group=cast.group, name="Ada", uuid=uuid4())
    offer(by=cast.owner, guest_membership=ada, to=cast.owner)
    guest(group=cast.group, name="Bea", uuid=uuid4())
    arrived = receive(
        by=cast.owner, file=BytesIO(from_hypothesis()), filename="notes.json", group=cast.group,
        reading=cast.reading,
    )  # fmt: skip
    pages = [
        f"{export_page(cast)}?format=html&category=blue",
        f"{export_page(cast)}?format=csv&since=2026-05-02&until=2026-05-01",
        begun(cast, cast.owner).get_absolute_url(),
        reverse("notes_import_new", args=[cast.group.slug]),
        arrived.get_absolute_url(),
        reverse("guests", args=[cast.group.slug]),
    ]
    for width in WIDTHS:
        page = browse(cast.owner, width=width)
        for address in pages:
            page.goto(address)
            assert (address, width, found_in_themes(page)) == (address, width, {})
            assert (address, page.evaluate("document.body.scrollWidth")) == (address, width)
    troubles.expect("422")
