"""What goes wrong on the way, and what people do in another order than was thought of: no word
is lost, and whoever writes is told."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from annotations import actions
from annotations.models import Annotation
from reader.actions import create_group
from reader.enums import Status
from reader.models import Reading
from tests.browser.conftest import SCRIPTS, Browse, Troubles
from tests.browser.hands import card, choose, reply, select, write
from tests.cast import Cast

WIDTH = """(element) => {
  const words = document.createRange();
  words.selectNodeContents(element);
  return Math.round(words.getBoundingClientRect().width);
}"""

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(cast: Cast) -> str:
    return cast.reading.get_absolute_url()


@pytest.fixture
def note(cast: Cast) -> Callable[..., Annotation]:
    def note(body: str, number: int = 2, start: int = 0, end: int = 7) -> Annotation:
        paragraph = cast.reading.article.paragraphs.get(number=number)
        return actions.annotate(
            by=cast.member,
            reading=cast.reading,
            where=actions.Range([paragraph], start, end),
            motivation="commenting" if body else "highlighting",
            audience="group",
            body=body,
            client_id=uuid4(),
        )

    return note


def sign_in_elsewhere(page: Page, cast: Cast) -> None:
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("Email").fill(cast.member.email)
    other.get_by_label("Password").fill("long enough, 1")
    other.get_by_role("button", name="Sign In").click()
    expect(other.get_by_role("heading", name="Your groups")).to_be_visible()
    other.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_form_works_on_a_page_of_its_own(
    browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation], script: bool
) -> None:
    mine = note("A beginning.")
    paragraph = cast.reading.article.paragraphs.get(number=2)
    page = browse(cast.member, script=script)
    page.goto(f"{address}annotate/?start_key={paragraph.key}")
    page.get_by_label("Your words").fill("By the long way.")
    page.get_by_role("button", name="Save").click()
    expect(card(page, "By the long way.")).to_be_visible()
    page.goto(reverse("note_reply", args=[mine.uuid]))
    page.get_by_label("Your reply").fill("And an answer.")
    page.get_by_role("button", name="Reply").click()
    expect(page.locator(".reply .body", has_text="And an answer.")).to_have_count(1)
    page.goto(reverse("note_edit", args=[mine.uuid]))
    page.get_by_label("Your words").fill("A new beginning.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".body", has_text="A new beginning.")).to_have_count(1)
    page.goto(reverse("note_thread", args=[mine.uuid]))
    expect(page.get_by_role("link", name="Reply").first).to_be_visible()
    page.goto(reverse("note_menu", args=[mine.uuid]))
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_role("link", name="Back to the text").click()
    expect(page.locator(".stone")).to_have_text("Deleted by its author")


@pytest.mark.once
def test_a_refused_form_without_script_is_mended(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member, script=False)
    page.goto(address)
    page.get_by_role("link", name="Annotate paragraph 4").click()
    page.get_by_label("Or quote the words you mean").fill("the talk stops")
    page.get_by_label("Your words").fill("Does it?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("These words don't stand in the paragraph.")
    troubles.expect("422")
    field = page.get_by_label("Or quote the words you mean")
    expect(field).to_have_value("the talk stops")
    expect(page.get_by_label("Your words")).to_have_value("Does it?")
    field.fill("the talk goes on")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("mark")).to_have_text("the talk goes on")


@pytest.mark.once
def test_highlighting_while_writing_keeps_what_is_written(
    browse: Browse, cast: Cast, address: str
) -> None:
    page = browse(cast.member)
    page.goto(address)
    select(page, "two people")
    choose(page, "comment")
    page.locator("#composer textarea").fill("Half a thought")
    for words in ("reader answers", "the talk goes on", "left empty"):
        select(page, words)
        choose(page, "highlight")
    expect(page.locator("mark")).to_have_count(3)
    expect(page.locator("#composer textarea")).to_have_value("Half a thought")
    select(page, "One line")
    choose(page, "question")
    expect(page.locator("#status")).to_contain_text("You are still writing here")
    expect(page.locator("#composer textarea")).to_be_focused()
    expect(page.locator("#composer textarea")).to_be_in_viewport()
    write(page, "Half a thought, finished.")
    expect(card(page, "Half a thought, finished.")).to_be_visible()
    saved = Annotation.objects.get(body="Half a thought, finished.")
    assert saved.targets.get().exact == "two people"


def _highlight_without_an_answer(page: Page, address: str) -> Callable[[], None]:
    """A highlight whose answer is held back; what lets it come."""
    held: list[Route] = []
    page.goto(address)
    page.route("**/annotate/", lambda route: held.append(route))
    select(page, "reader answers")
    choose(page, "highlight")

    def answer() -> None:
        held[0].continue_()
        page.unroute("**/annotate/")
        expect(page.locator("mark")).to_have_count(1)

    return answer


@pytest.mark.once
def test_an_answer_that_comes_late_leaves_what_is_selected(
    browse: Browse, cast: Cast, address: str
) -> None:
    page = browse(cast.member)
    answer = _highlight_without_an_answer(page, address)
    select(page, "left empty")
    expect(page.locator("#toolbar")).to_be_visible()
    answer()
    expect(page.locator("#toolbar")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == "left empty"
    choose(page, "highlight")
    expect(page.locator("mark")).to_have_text(["reader answers", "left empty"])


@pytest.mark.once
def test_an_answer_that_comes_amid_selecting_leaves_what_is_selected_so_far(
    browse: Browse, cast: Cast, address: str
) -> None:
    page = browse(cast.member)
    answer = _highlight_without_an_answer(page, address)
    page.keyboard.down("Shift")
    select(page, "left empty", released=False)
    expect(page.locator("#toolbar")).to_be_hidden()
    answer()
    assert page.evaluate("getSelection().toString()") == "left empty"
    page.keyboard.up("Shift")
    expect(page.locator("#toolbar")).to_be_visible()


def test_a_second_reply_does_not_take_the_place_of_the_first(
    browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
) -> None:
    note("A beginning.")
    for number in range(8):
        note(f"Note {number}.", start=number, end=number + 4)
    page = browse(cast.other)
    page.goto(address)
    thread = card(page, "A beginning.")
    thread.locator(".body").click()
    thread.get_by_role("link", name="Reply").click()
    thread.get_by_label("Your reply").fill("Half a thought")
    thread.get_by_role("link", name="Reply").click()
    expect(page.locator("#status")).to_contain_text("You are still writing here")
    page.get_by_role("link", name="3 more threads here").click()
    expect(page.locator(".card")).to_have_count(9)
    expect(thread.get_by_label("Your reply")).to_have_value("Half a thought")


@pytest.mark.once
def test_the_place_stays_while_something_else_is_answered(
    browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
) -> None:
    note("A beginning.")
    page = browse(cast.member)
    page.goto(address)
    select(page, "two people")
    choose(page, "comment")
    page.locator("#composer textarea").fill("Half a thought")
    card(page, "A beginning.").locator(".body").click()
    reply(card(page, "A beginning."), "In between.")
    expect(page.locator(".reply .body")).to_have_text("In between.")
    assert page.evaluate("CSS.highlights.has('pending')")
    write(page, "Half a thought, finished.")
    expect(card(page, "Half a thought, finished.")).to_be_focused()
    assert not page.evaluate("CSS.highlights.has('pending')")


@pytest.mark.parametrize("how", ["annotate", "reply"])
def test_what_can_no_longer_be_written_is_handed_back(
    browse: Browse,
    cast: Cast,
    address: str,
    note: Callable[..., Annotation],
    troubles: Troubles,
    how: str,
) -> None:
    mine = note("A beginning.")
    page = browse(cast.other, script=False)
    if how == "reply":
        page.goto(reverse("note_reply", args=[mine.uuid]))
    else:
        page.goto(f"{address}annotate/?start_key={mine.targets.get().start_paragraph.key}")
    page.get_by_role("textbox", name="Your").first.fill("Long thought over.")
    cast.reading.status = Status.CLOSED
    cast.reading.save(update_fields=["status"])
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("heading", name="You can't do this here")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_value("Long thought over.")
    troubles.expect("403")


@pytest.mark.once
def test_without_script_a_form_outlives_its_session(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member, script=False)
    page.goto(address)
    page.get_by_role("link", name="Annotate paragraph 4").click()
    page.get_by_label("Question").check()
    page.get_by_label("Your words").fill("Long thought over.")
    page.get_by_label("Tags").fill("talk")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    troubles.expect("401")
    sign_in_elsewhere(page, cast)
    page.get_by_role("button", name="Send it once more").click()
    # Signing in has changed the form's token, too.
    expect(page.get_by_role("heading", name="The form is too old")).to_be_visible()
    troubles.expect("403")
    page.get_by_role("button", name="Send it once more").click()
    expect(card(page, "Long thought over.")).to_contain_text("Question")
    assert Annotation.objects.get().tags == ["talk"]


@pytest.mark.once
def test_a_highlight_outlives_its_token(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(address)
    Session.objects.all().delete()
    select(page, "two people")
    choose(page, "highlight")
    expect(page.locator("#toast")).to_contain_text("You have been signed out.")
    troubles.expect("401")
    sign_in_elsewhere(page, cast)
    select(page, "two people")
    choose(page, "highlight")
    expect(page.locator("mark")).to_have_text("two people")
    troubles.expect("403")


@pytest.mark.once
def test_a_server_that_is_away_is_told_of(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(address)
    page.route("**/annotate/**", lambda route: route.abort())
    select(page, "two people")
    page.locator("#toolbar [data-act=comment]").click()
    expect(page.locator("#toast")).to_contain_text("This didn’t reach the server.")
    assert not page.evaluate("CSS.highlights.has('pending')")
    page.unroute("**/annotate/**")
    select(page, "two people")
    choose(page, "comment")
    page.locator("#composer textarea").fill("At last.")
    page.route("**/annotate/**", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#composer .failed")).to_contain_text("Your words are still here")
    page.unroute("**/annotate/**")
    page.get_by_role("button", name="Save").click()
    expect(card(page, "At last.")).to_be_visible()
    troubles.expect("ERR_FAILED")
    troubles.expect("htmx:")


def test_an_answer_lost_on_its_way_costs_no_word(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(address)
    select(page, "two people")
    choose(page, "comment")
    page.locator("#composer textarea").fill("First.")

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
        route.abort()

    page.route("**/annotate/**", lose)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#composer .failed")).to_be_visible()
    page.unroute("**/annotate/**")
    write(page, "First, and more.")
    expect(card(page, "First, and more.")).to_have_count(1)
    assert [note.body for note in Annotation.objects.all()] == ["First, and more."]
    troubles.expect("ERR_FAILED")
    troubles.expect("htmx:")


@pytest.mark.once
def test_back_shows_what_was_written(browse: Browse, cast: Cast, address: str) -> None:
    page = browse(cast.member)
    page.goto(address)
    select(page, "two people")
    choose(page, "comment")
    write(page, "Before I go.")
    expect(card(page, "Before I go.")).to_be_visible()
    page.get_by_role("link", name="Catena").click()
    expect(page.get_by_role("heading", name="Your groups")).to_be_visible()
    page.go_back()
    expect(card(page, "Before I go.")).to_be_visible()


@pytest.mark.once
def test_another_category_shows_on_the_card(
    browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
) -> None:
    note("A beginning.")
    page = browse(cast.member)
    page.goto(address)
    edge = "card => getComputedStyle(card).borderLeftStyle"
    assert card(page, "A beginning.").evaluate(edge) == "solid"
    card(page, "A beginning.").locator(".body").click()
    card(page, "A beginning.").get_by_label("More about").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("radio", name="Doubt").check(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("mark.rose")).to_have_count(1)
    assert card(page, "A beginning.").evaluate(edge) == "dashed"


@pytest.mark.once
class TestFocus:
    def test_the_first_wrong_field(
        self, browse: Browse, cast: Cast, address: str, troubles: Troubles
    ) -> None:
        page = browse(cast.member)
        page.goto(address)
        select(page, "two people")
        choose(page, "question")
        page.locator("#composer input[name=tags]").fill("a b c d e f g h i j")
        write(page, "Who?")
        expect(page.locator("#composer input[name=tags]")).to_be_focused()
        expect(page.locator("#composer .errorlist")).to_be_visible()
        troubles.expect("422")

    def test_after_deleting(
        self, browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
    ) -> None:
        note("A beginning.", number=4)
        note("Another.", number=4)
        page = browse(cast.member)
        page.goto(address)
        for words, next_one in (("A beginning.", "Another."), ("Another.", "Then the book")):
            card(page, words).locator(".body").click()
            card(page, words).get_by_label("More about").click()
            page.get_by_role("link", name="Delete…").click()
            page.get_by_role("button", name="Delete", exact=True).click()
            expect(page.locator(":focus")).to_contain_text(next_one)

    def test_escape_closes_one_thing(
        self, browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
    ) -> None:
        note("A beginning.")
        page = browse(cast.member)
        page.goto(address)
        card(page, "A beginning.").locator(".body").click()
        menu = card(page, "A beginning.").get_by_label("More about")
        menu.click()
        expect(page.get_by_role("link", name="Link to this note")).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_focused()
        expect(page.get_by_role("link", name="Link to this note")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator(".words:focus")).to_contain_text("Whoever writes there")
        expect(page.locator(".card.active")).to_have_count(0)

    def test_after_saving_on_a_phone(self, browse: Browse, cast: Cast, address: str) -> None:
        page = browse(cast.member, width=390, height=844)
        page.goto(address)
        page.get_by_role("link", name="Annotate paragraph 2").click()
        write(page, "From my pocket.")
        expect(page.locator("#toast")).to_have_text("Saved.")
        expect(page.locator(".words:focus")).to_contain_text("Whoever writes there")
        expect(page.get_by_role("link", name="1 note", exact=True)).to_be_visible()


def test_one_text_read_in_two_groups(
    browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
) -> None:
    """What is done with a private note comes back to the group in which it was done."""
    paragraph = cast.reading.article.paragraphs.get(number=2)
    actions.annotate(
        by=cast.member, reading=cast.reading, where=actions.Range([paragraph], 0, 7),
        motivation="commenting", audience="private", body="Only mine.", client_id=uuid4(),
    )  # fmt: skip
    second = create_group(by=cast.member, name="Friday table")
    Reading.objects.create(group=second, article=cast.reading.article)
    note("Only for Thursdays.")
    page = browse(cast.member)
    page.goto(address)
    card(page, "Only mine.").locator(".body").click()
    card(page, "Only mine.").get_by_label("More about").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Your words").fill("Still mine.")
    page.get_by_role("button", name="Save").click()
    expect(card(page, "Still mine.")).to_be_visible()
    expect(page.locator("mark")).to_have_count(1)
    place = cast.group.slug
    assert (
        page.evaluate(
            "[...document.querySelectorAll('.count')].map((link) => link.pathname.split('/')[2])"
        )
        == [place] * page.locator(".count").count()
    )


@pytest.mark.once
class TestUnderTheHand:
    """What is pressed stays under the pointer, and does what it says."""

    def test_a_half_written_reply_is_saved_after_a_look_at_the_text(
        self, browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
    ) -> None:
        note("A beginning.")
        page = browse(cast.other)
        page.goto(address)
        thread = card(page, "A beginning.")
        thread.locator(".body").click()
        thread.get_by_role("link", name="Reply").click()
        thread.get_by_label("Your reply").fill("Half a thought, finished.")
        expect(thread.get_by_text("To Mira: “A beginning.”")).to_be_visible()
        page.locator(".words", has_text="Then the book").click()
        expect(page.locator(".card.active")).to_have_count(0)
        thread.get_by_role("button", name="Reply").click()
        expect(thread.locator(".reply .body")).to_have_text("Half a thought, finished.")

    def test_replies_open_with_one_click_and_close_with_the_next(
        self, browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
    ) -> None:
        root = note("A beginning.")
        actions.reply(by=cast.other, parent=root, body="An answer.", client_id=uuid4())
        page = browse(cast.other)
        page.goto(address)
        replies = page.locator(".replies > summary")
        for is_open in (True, False, True):
            replies.click()
            expect(page.get_by_text("An answer.")).to_be_visible(visible=is_open)

    def test_a_heading_with_a_mark_keeps_its_shape(
        self, browse: Browse, cast: Cast, address: str
    ) -> None:
        page = browse(cast.member)
        page.goto(address)
        heading = page.locator(".words.heading")
        before = heading.evaluate(WIDTH)
        select(page, "f margin")
        choose(page, "highlight")
        expect(heading.locator("mark")).to_have_text("f margin")
        assert heading.evaluate(WIDTH) == before

    def test_the_chosen_words_stay_painted(self, browse: Browse, cast: Cast, address: str) -> None:
        page = browse(cast.member)
        page.goto(address)
        select(page, "two people")
        choose(page, "comment")
        select(page, "Whoever")
        choose(page, "highlight")
        expect(page.locator("mark")).to_have_text("Whoever")
        painted = "[...CSS.highlights.get('pending')].map((range) => range.toString())"
        assert page.evaluate(painted) == ["two people"]

    def test_a_note_far_down_a_crowded_paragraph_is_found(
        self, browse: Browse, cast: Cast, address: str, note: Callable[..., Annotation]
    ) -> None:
        for number in range(48):
            note(f"Note {number}.", start=number, end=number + 2)
        page = browse(cast.other)
        page.goto(address)
        page.locator("mark").last.click()
        expect(page.locator(".card.active")).to_contain_text("Note 47.")


@pytest.mark.once
def test_more_than_a_note_holds_is_said_and_kept(
    browse: Browse, cast: Cast, address: str, troubles: Troubles
) -> None:
    page = browse(cast.member)
    page.goto(address)
    select(page, "two people")
    choose(page, "comment")
    words = ("A word. " * 1_400).strip()
    write(page, words)
    expect(page.locator("#composer .errorlist li")).to_have_count(1)
    expect(page.locator("#composer .errorlist")).to_contain_text("10000")
    expect(page.locator("#composer textarea")).to_have_value(words)
    troubles.expect("422")
