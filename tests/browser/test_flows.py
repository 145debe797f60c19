"""What people do here, in a real browser, on the database that the run is on."""

from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, expect

from annotations import actions
from annotations.models import Annotation
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, choose, drag_over, reply, write
from tests.cast import Cast, client_of

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]

SECRET = "Nobody else reads this."


@pytest.fixture
def address(cast: Cast) -> str:
    return cast.reading.get_absolute_url()


def read(page: Page, address: str) -> Page:
    page.goto(address)
    return page


def everything_seen_by(client: Client, cast: Cast) -> str:
    """The page and every fragment of it that there is, as text."""
    paragraphs = cast.reading.article.paragraphs.all()
    pages = [cast.reading.get_absolute_url()]
    pages += [f"{pages[0]}p/{paragraph.key}/" for paragraph in paragraphs]
    notes = Annotation.objects.all()
    parts = ("", "thread/", "menu/", "reply/", "edit/", "delete/", "history/")
    pages += [f"/n/{note.uuid}/{part}" for note in notes for part in parts]
    answers = [
        client.get(page, headers=headers)
        for page in pages
        for headers in ({}, {"HX-Request": "true"})
    ]
    return "\n".join(answer.content.decode() for answer in answers)


def test_two_members_talk_beside_the_words(browse: Browse, cast: Cast, address: str) -> None:
    mira, nils = read(browse(cast.member), address), browse(cast.other)
    drag_over(mira, "left empty", until="speaks to two people")
    choose(mira, "comment")
    write(mira, "It was *left* for us.")
    first = card(mira, "It was left for us.")
    expect(first).to_be_visible()
    expect(first).to_be_focused()
    expect(mira.locator(".words mark")).to_have_count(3)

    drag_over(mira, "the book is closed")
    choose(mira, "comment")
    write(mira, SECRET, audience="private")
    expect(card(mira, SECRET)).to_contain_text("Only you")

    read(nils, address)
    found = card(nils, "It was left for us.")
    expect(found).to_be_visible()
    box, words = found.bounding_box(), nils.locator(".words.paragraph").first.bounding_box()
    assert box is not None
    assert words is not None
    assert box["x"] > words["x"] + words["width"]
    assert abs(box["y"] - words["y"]) < words["height"]
    found.locator(".body").first.click()
    expect(nils.locator("mark.active")).to_have_count(3)
    reply(found, "And for those who come after.")
    expect(found.locator(".reply .body")).to_have_text("And for those who come after.")

    mira.reload()
    expect(card(mira, "It was left for us.")).to_contain_text("1 reply")
    expect(nils.get_by_text(SECRET)).to_have_count(0)
    assert SECRET not in everything_seen_by(client_of(cast.other), cast)
    assert SECRET not in everything_seen_by(client_of(cast.owner), cast)
    assert SECRET in everything_seen_by(client_of(cast.member), cast)


@pytest.mark.once
def test_the_same_without_script(browse: Browse, cast: Cast, address: str) -> None:
    mira = read(browse(cast.member, script=False), address)
    mira.get_by_role("link", name="Annotate paragraph 1").click()
    mira.get_by_label("It was left empty for that.[1]").check()
    mira.get_by_label("Comment").check()
    mira.get_by_label("Your words").fill("Left for us.")
    mira.get_by_role("button", name="Save").click()
    expect(card(mira, "Left for us.")).to_be_visible()
    expect(mira.locator("mark")).to_have_text(["It was left empty for that.", "[1]"])

    mira.get_by_role("link", name="Annotate paragraph 4").click()
    mira.get_by_label("Or quote the words you mean").fill("the  talk goes")
    mira.get_by_label("Comment").check()
    mira.get_by_label("Your words").fill(SECRET)
    mira.get_by_label("To").select_option("private")
    mira.get_by_role("button", name="Save").click()
    expect(card(mira, SECRET)).to_be_visible()

    nils = read(browse(cast.other, script=False), address)
    card(nils, "Left for us.").get_by_role("link", name="Reply").click()
    nils.get_by_label("Your reply").fill("For whom?")
    nils.get_by_role("button", name="Reply").click()
    expect(card(nils, "For whom?")).to_contain_text("1 reply")
    expect(nils.get_by_text(SECRET)).to_have_count(0)

    mira.goto(address)
    card(mira, "For whom?").locator("summary", has_text="1 reply").click()
    expect(card(mira, "For whom?").locator(".reply .byline")).to_have_text("Nils")
    assert SECRET not in everything_seen_by(client_of(cast.other), cast)


def test_highlights_in_three_categories(browse: Browse, cast: Cast, address: str) -> None:
    page = read(browse(cast.member), address)
    for words, category in [("reader", "yellow"), ("two people", "green"), ("talk goes", "rose")]:
        drag_over(page, words)
        choose(page, "highlight", category if category != "yellow" else "")
        expect(page.locator(f".words mark.{category}")).to_have_text(words)
        expect(page.locator("#toolbar")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("Highlighted for Thursday circle.")
    assert sorted(Annotation.objects.values_list("category", "motivation", "body")) == [
        ("green", "highlighting", ""),
        ("rose", "highlighting", ""),
        ("yellow", "highlighting", ""),
    ]
    drag_over(page, "the author")
    expect(page.locator("#toolbar .named .swatch")).to_have_class("swatch rose")


def test_a_question_about_a_whole_paragraph(browse: Browse, cast: Cast, address: str) -> None:
    page = read(browse(cast.member), address)
    page.locator(".unit", has_text="One line for thee").hover()
    page.get_by_role("link", name="Annotate paragraph 3").click()
    page.get_by_label("Question").check(force=True)
    write(page, "Who is thee?")
    expect(card(page, "Who is thee?")).to_contain_text("Question")
    expect(page.locator(".words.verse mark")).to_have_count(0)


@pytest.mark.once
def test_what_is_missing_is_said_and_nothing_is_lost(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = read(browse(cast.member), address)
    drag_over(page, "two people")
    choose(page, "question")
    page.locator("#composer input[name=tags]").fill("#readers")
    write(page, " ")
    expect(page.locator("#composer .errorlist")).to_have_text(
        "Write a few words; only a highlight goes without."
    )
    troubles.expect("422")
    expect(page.locator("#composer input[name=tags]")).to_have_value("#readers")
    expect(page.locator("#composer .quote")).to_have_text("two people")
    write(page, "Which two?")
    expect(card(page, "Which two?").locator(".tag")).to_have_text("#readers")
    expect(page.locator("mark.blue")).to_have_text("two people")


def test_a_double_click_writes_once(browse: Browse, cast: Cast, address: str) -> None:
    page = read(browse(cast.member), address)
    drag_over(page, "two people")
    choose(page, "comment")
    page.locator("#composer textarea").fill("Once.")
    page.get_by_role("button", name="Save").dblclick()
    expect(card(page, "Once.")).to_have_count(1)
    page.reload()
    expect(card(page, "Once.")).to_have_count(1)
    assert Annotation.objects.count() == 1


def test_editing_and_deleting_ones_own(browse: Browse, cast: Cast, address: str) -> None:
    mira, nils = read(browse(cast.member), address), browse(cast.other)
    drag_over(mira, "two people")
    choose(mira, "comment")
    write(mira, "Frist.")
    card(mira, "Frist.").get_by_label("More about").first.click()
    mira.get_by_role("link", name="Edit", exact=True).click()
    mira.get_by_label("Your words").fill("First.")
    mira.get_by_role("radio", name="Important").check(force=True)
    mira.get_by_role("button", name="Save").click()
    expect(card(mira, "First.")).to_have_count(1)
    expect(mira.locator("mark.green")).to_have_text("two people")
    card(mira, "First.").get_by_role("link", name="edited").click()
    expect(mira.locator(".card .body")).to_have_text(["First.", "Frist."])

    read(nils, address)
    card(nils, "First.").locator(".body").first.click()
    reply(card(nils, "First."), "Seconded.")
    expect(card(nils, "Seconded.")).to_be_visible()
    card(nils, "Seconded.").get_by_label("More about Mira").click()
    expect(nils.get_by_role("link", name="Link to this note")).to_be_visible()
    expect(nils.get_by_role("link", name="Edit", exact=True)).to_have_count(0)

    read(mira, address)
    card(mira, "First.").locator(".body").first.click()
    card(mira, "First.").get_by_label("More about Mira").click()
    mira.get_by_role("link", name="Delete…").click()
    mira.get_by_role("button", name="Delete", exact=True).click()
    left = card(mira, "Seconded.")
    expect(left.locator(".stone")).to_have_text("Deleted by its author")
    expect(mira.get_by_text("First.")).to_have_count(0)


def test_a_note_without_replies_goes_with_its_mark(
    browse: Browse, cast: Cast, address: str
) -> None:
    page = read(browse(cast.member), address)
    drag_over(page, "two people")
    choose(page, "highlight")
    expect(page.locator("mark")).to_have_count(1)
    page.locator("mark").click()
    page.locator(".card").get_by_label("More about").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator("mark")).to_have_count(0)


@pytest.mark.once
def test_by_keyboard_alone(browse: Browse, cast: Cast, address: str) -> None:
    page = read(browse(cast.member), address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("j")
    expect(page.locator(".words:focus")).to_contain_text("Whoever writes there")
    page.keyboard.press("c")
    expect(page.locator("#composer textarea")).to_be_focused()
    page.keyboard.type("With j and c alone.")
    page.keyboard.press("Control+Enter")
    expect(card(page, "With j and c alone.")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".words:focus")).to_contain_text("A margin is where")
    page.keyboard.press("n")
    expect(card(page, "With j and c alone.")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


@pytest.mark.once
def test_on_a_phone_notes_come_from_below(browse: Browse, cast: Cast, address: str) -> None:
    mira = read(browse(cast.member), address)
    drag_over(mira, "two people")
    choose(mira, "comment")
    write(mira, "Which two?")
    expect(card(mira, "Which two?")).to_be_visible()

    nils = read(browse(cast.other, width=390, height=844, touch=True), address)
    expect(card(nils, "Which two?")).to_be_hidden()
    nils.get_by_role("link", name="1 note", exact=True).tap()
    sheet = nils.get_by_role("dialog")
    expect(sheet).to_contain_text("Which two?")
    sheet.locator(".card").tap()
    sheet.get_by_role("link", name="Reply").tap()
    sheet.get_by_label("Your reply").fill("You and I.")
    sheet.get_by_role("button", name="Reply").tap()
    expect(sheet.locator(".reply .body")).to_have_text("You and I.")
    sheet.get_by_role("button", name="Close").tap()
    expect(nils.get_by_role("link", name="2 notes")).to_be_visible()
    nils.locator("mark").tap()
    expect(sheet).to_contain_text("You and I.")


@pytest.mark.once
def test_signed_out_while_writing(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = read(browse(cast.member), address)
    drag_over(page, "two people")
    choose(page, "comment")
    Session.objects.all().delete()
    write(page, "Long thought over.")
    expect(page.locator("#composer .failed")).to_contain_text("You have been signed out.")
    expect(page.locator("#composer textarea")).to_have_value("Long thought over.")
    troubles.expect("401")

    with page.expect_popup() as opened:
        page.locator("#composer .failed a").click()
    other = opened.value
    other.get_by_label("Email").fill(cast.member.email)
    other.get_by_label("Password").fill("long enough, 1")
    other.get_by_role("button", name="Sign In").click()
    expect(other.get_by_role("heading", name="Your groups")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(card(page, "Long thought over.")).to_be_visible()
    troubles.expect("403")


@pytest.mark.once
def test_a_link_to_a_note_survives_signing_in(browse: Browse, cast: Cast, address: str) -> None:
    mira = read(browse(cast.member), address)
    drag_over(mira, "the talk goes on")
    choose(mira, "comment")
    write(mira, "On and on.")
    expect(card(mira, "On and on.")).to_be_visible()
    note = Annotation.objects.get()

    page = browse()
    page.goto(note.get_absolute_url())
    page.get_by_label("Email").fill(cast.other.email)
    page.get_by_label("Password").fill("long enough, 1")
    page.get_by_role("button", name="Sign In").click()
    expect(card(page, "On and on.")).to_be_focused()
    expect(card(page, "On and on.")).to_be_in_viewport()


@pytest.mark.once
def test_more_threads_than_a_margin_holds(browse: Browse, cast: Cast, address: str) -> None:
    paragraph = cast.reading.article.paragraphs.get(number=2)
    for number in range(8):
        actions.annotate(
            by=cast.member,
            reading=cast.reading,
            where=actions.Range([paragraph], number * 6, number * 6 + 4),
            motivation="commenting",
            audience="group",
            body=f"Thread {number}.",
            client_id=uuid4(),
        )
    page = read(browse(cast.other), address)
    expect(page.locator(".card")).to_have_count(6)
    page.locator("mark").last.click()
    expect(page.locator(".card")).to_have_count(8)
    expect(page.locator(".card.active")).to_contain_text("Thread 7.")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".card")]
            .map((card) => card.getBoundingClientRect())
            .every(({ top }, at, all) => at === 0 || top >= all[at - 1].bottom)"""
    )

    page = read(browse(cast.other, script=False), address)
    page.get_by_role("link", name="2 more threads here").click()
    expect(page.locator(".card .body")).to_have_text(["Thread 6.", "Thread 7."])


@pytest.mark.once
def test_a_long_thread_unfolds_in_its_place(browse: Browse, cast: Cast, address: str) -> None:
    paragraph = cast.reading.article.paragraphs.get(number=2)
    root = actions.annotate(
        by=cast.member,
        reading=cast.reading,
        where=actions.Range([paragraph], 0, 7),
        motivation="questioning",
        audience="group",
        body="Who?",
        client_id=uuid4(),
    )
    answer = root
    for number in range(6):
        by = (cast.other, cast.member)[number % 2]
        answer = actions.reply(by=by, parent=answer, body=f"Answer {number}.", client_id=uuid4())
    page = read(browse(cast.other), address)
    page.locator("mark").click()
    expect(page.locator(".reply")).to_have_count(3)
    page.get_by_role("link", name="3 more replies").click()
    expect(page.locator(".reply .body")).to_have_text([f"Answer {n}." for n in range(6)])
    expect(page.locator(".reply .answers").first).to_have_text("↳ Nils")
