"""The moderators' queue, by keyboard, by thumb, and by two at once."""

import pytest
from playwright.sync_api import Page, expect

from annotations import actions
from annotations.enums import State, Verb
from annotations.models import Annotation, LogEntry
from annotations.moderation import decide
from annotations.moderation.reporting import report
from reader.models import StudyGroup
from tests.browser.conftest import Browse, Troubles
from tests.browser.test_access import WIDTHS, found_in_themes
from tests.cast import Cast, join
from tests.permissions.world import comment

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]


def hold_everything(cast: Cast) -> None:
    StudyGroup.objects.filter(pk=cast.group.pk).update(premoderates=True)
    cast.reading.refresh_from_db()


def queue(page: Page, cast: Cast, tab: str = "held") -> None:
    page.goto(f"/g/{cast.group.slug}/moderation/?tab={tab}")


def states() -> set[str]:
    return set(Annotation.objects.values_list("state", flat=True))


@pytest.mark.once
def test_twenty_held_notes_are_cleared_by_keyboard_alone(browse: Browse, cast: Cast) -> None:
    hold_everything(cast)
    people = [join(cast.group, f"Reader{number}") for number in range(20)]
    for number, user in enumerate(people):
        comment(user, cast.reading, f"Thought number {number}.")
    page = browse(cast.moderator)
    queue(page, cast)
    page.keyboard.press("j")
    for number in range(20):
        case = page.locator(".case:not(.done)").first
        expect(case).to_contain_text(f"Thought number {number}.")
        expect(case).to_be_focused()
        if number % 5:
            page.keyboard.press("a")
        else:
            page.keyboard.press("r")
            expect(page.get_by_role("radio", name="Hurts somebody")).to_be_focused()
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
        expect(page.locator(".case:not(.done)")).to_have_count(19 - number)
    expect(page.locator("#status")).to_contain_text("That was the last one here.")
    expect(page.locator("#count-held")).to_have_text("0")
    decided = Annotation.objects.values_list("state", flat=True).order_by("pk")
    assert list(decided) == ["removed", *["approved"] * 4] * 4


@pytest.mark.once
def test_keys_move_and_choose_and_type(browse: Browse, cast: Cast) -> None:
    hold_everything(cast)
    for number in range(3):
        comment(cast.member, cast.reading, f"Thought number {number}.")
    page = browse(cast.moderator)
    queue(page, cast)
    cases = page.locator(".case")
    page.keyboard.press("a")  # nothing holds the focus yet
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(cases.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(cases.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Choose Mira’s note").first).to_be_checked()
    expect(page.get_by_text("Of those chosen")).to_be_visible()
    page.keyboard.press("r")
    words = page.get_by_label("In your words, if you like")
    expect(page.get_by_role("radio", name="Hurts somebody")).to_be_focused()
    words.focus()
    page.keyboard.type("a jar")
    expect(words).to_have_value("a jar")
    page.keyboard.press("Escape")
    expect(words).to_have_count(0)
    expect(cases.nth(0)).to_be_focused()
    assert states() == {"pending"}


def test_a_decision_is_taken_back(browse: Browse, cast: Cast) -> None:
    hold_everything(cast)
    comment(cast.member, cast.reading, "Perhaps not.")
    page = browse(cast.moderator)
    queue(page, cast)
    page.get_by_role("button", name="Approve").first.click()
    line = page.locator(".case.done")
    expect(line).to_contain_text("Approved.")
    expect(line).to_be_focused()
    line.get_by_role("button", name="Undo").click()
    expect(page.locator(".case:not(.done)")).to_be_focused()
    expect(page.locator("#count-held")).to_have_text("1")
    assert states() == {"pending"}


@pytest.mark.once
def test_one_tap_hides_on_a_phone(browse: Browse, cast: Cast) -> None:
    note = comment(cast.member, cast.reading, "A very-long-word-" * 20)
    report(by=cast.other, annotation=note, revision=1, reason="unkind", sentence="x" * 300)
    page = browse(cast.moderator, width=390, height=844, touch=True, theme="dark")
    queue(page, cast, "reported")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            "main button, main .plain, main .links a, main .tabs a, main summary, main .choose-it"
        )].filter((each) => each.checkVisibility())
          .map((each) => [each.textContent.trim(), each.getBoundingClientRect().height])
          .filter(([, height]) => height < 44)"""
    )
    assert small == []
    page.get_by_role("button", name="Hide").tap()
    expect(page.locator(".case.done")).to_contain_text("Hidden until somebody decides.")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert states() == {"hidden"}
    page.get_by_role("button", name="Undo").tap()
    page.get_by_role("link", name="Remove…").tap()
    expect(page.get_by_role("radio", name="Spam")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_of_two_the_second_reads_who_was_first(
    browse: Browse, cast: Cast, troubles: Troubles
) -> None:
    hold_everything(cast)
    note = comment(cast.member, cast.reading, "Either way.")
    page = browse(cast.owner)
    queue(page, cast)
    decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason="unkind")
    page.keyboard.press("j")
    page.keyboard.press("a")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Moses was here before you: removed.")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Either way.")
    assert states() == {"removed"}
    troubles.expect("409")
    told.get_by_role("link", name="Leave it as it is now").click()
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


def test_words_that_were_changed_meanwhile_are_decided_anew(
    browse: Browse, cast: Cast, troubles: Troubles
) -> None:
    hold_everything(cast)
    note = comment(cast.member, cast.reading, "These words.")
    page = browse(cast.owner)
    queue(page, cast)
    actions.edit(by=cast.member, annotation=note, body="Those words.")
    page.get_by_role("button", name="Approve").first.click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Its author has changed the words meanwhile.")
    expect(told.locator("del")).to_contain_text("These")
    expect(told.locator("ins")).to_contain_text("Those")
    troubles.expect("409")
    told.get_by_role("button", name="Approve it as it is now").click()
    expect(page.locator(".case.done")).to_contain_text("Approved.")
    assert states() == {"approved"}


@pytest.mark.once
def test_without_script_everything_is_there(browse: Browse, cast: Cast) -> None:
    hold_everything(cast)
    comment(cast.member, cast.reading, "One.")
    comment(cast.other, cast.reading, "Two.")
    page = browse(cast.owner, script=False)
    queue(page, cast)
    page.get_by_role("link", name="Remove…").first.click()
    page.get_by_role("radio", name="Not about the text").check()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".messages")).to_have_text("Removed.")
    page.get_by_label("Choose Nils’s note").check()
    page.locator("#bulk").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("One note was decided.")).to_be_visible()
    page.get_by_role("link", name="Back to the queue").click()
    page.get_by_role("link", name="Decided").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    page.get_by_role("button", name="Undo").last.click()
    expect(page.locator(".messages")).to_have_text("Taken back: it is as it was.")
    assert LogEntry.objects.filter(verb="undo").count() == 1
    assert states() == {"pending", "approved"}


def test_in_place_on_the_reading_page(browse: Browse, cast: Cast) -> None:
    note = comment(cast.member, cast.reading, "Said in passing.")
    page = browse(cast.owner)
    page.goto(note.get_absolute_url())
    card = page.locator(f"#n-{note.uuid}")
    card.get_by_label("More about Mira’s note").click()
    card.get_by_role("link", name="Remove…").click()
    card.get_by_role("radio", name="Hurts somebody").check()
    card.get_by_role("button", name="Remove", exact=True).click()
    expect(card).to_contain_text("Removed by a moderator · Hurts somebody")
    card.get_by_label("More about Mira’s note").click()
    card.get_by_role("button", name="Undo: removed").click()
    expect(card).not_to_contain_text("Removed by a moderator")
    assert states() == {State.VISIBLE}


@pytest.mark.a11y
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_a_queue(browse: Browse, cast: Cast, width: int) -> None:
    note = comment(cast.member, cast.reading, "An *opinion*, let us say.")
    report(by=cast.other, annotation=note, revision=1, reason="unkind", sentence="He means me.")
    actions.edit(by=cast.member, annotation=note, body="Another *opinion*.")
    decide(by=cast.owner, annotation=comment(cast.member, cast.reading, "Gone."), verb=Verb.REMOVE,
           seen=1, reason="unkind")  # fmt: skip
    page = browse(cast.owner, width=width)
    queue(page, cast, "reported")
    page.get_by_role("link", name="Remove…").click()
    page.get_by_text("The whole thread").click()
    page.get_by_text("Narrow down").click()
    expect(page.get_by_role("radio", name="Spam")).to_be_visible()
    expect(page.locator(".whole-thread .byline")).to_be_visible()
    assert found_in_themes(page) == {}
    queue(page, cast, "decided")
    assert found_in_themes(page) == {}
