"""A text is corrected, and its notes go along."""

import pytest
from playwright.sync_api import expect

from annotations.models import Annotation
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, choose, drag_over, select, write
from tests.cast import Cast

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]

READING = "/g/thursday-circle/read/of-margins/"
# As the article was, with a sentence more, a word mended, and two paragraphs the other way round.
REVISED = """# Of margins

A margin is where every reader answers. It was left empty for that.[^1]

Then the book is closed, and the talk goes on.

Whoever writes there speaks to two people: the author and the next one. Nobody else listens.

[^1]: By custom, an inch.
"""


def test_a_typo_under_a_highlight(browse: Browse, cast: Cast) -> None:
    member = browse(cast.member)
    member.goto(READING)
    drag_over(member, "speaks to two people")
    choose(member, "comment")
    write(member, "Only two?")
    expect(card(member, "Only two?")).to_be_visible()
    owner = browse(cast.owner)
    owner.goto(READING)
    owner.locator(".unit", has_text="Whoever writes").hover()
    owner.get_by_role("link", name="Correct paragraph 2").click()
    words = owner.get_by_label("Its words")
    words.fill(words.input_value().replace("speaks to", "speeks with"))
    owner.get_by_role("button", name="Keep and look at what changes").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("What changes")
    expect(owner.locator(".fates-list li")).to_have_count(1)
    owner.get_by_label("What was corrected").fill("With whom one speaks.")
    owner.get_by_role("button", name="Publish the corrected text").click()
    expect(owner.locator("mark")).to_have_text("speeks with two people")
    expect(card(owner, "Only two?")).to_contain_text("The text changed here")
    # Whoever still has the earlier text before them writes on its words.
    select(member, "the author")
    choose(member, "highlight")
    expect(member.locator("#toast")).to_contain_text("The text was corrected")
    assert Annotation.objects.latest("pk").targets.get().exact == "the author"


def test_a_revised_article_is_imported(browse: Browse, cast: Cast, troubles: Troubles) -> None:
    page = browse(cast.owner, script=False)
    for number, words in (2, "two people"), (4, "the talk goes on"):
        page.goto(READING)
        page.get_by_role("link", name=f"Annotate paragraph {number}").click()
        page.get_by_label("Or quote the words you mean").fill(words)
        page.get_by_label("Your words").fill(f"On {words}.")
        page.get_by_role("button", name="Save").click()
    page.goto(f"{READING}correct/")
    page.get_by_role("link", name="Import a new version").click()
    page.get_by_label("Or paste the text").fill(REVISED)
    page.get_by_role("button", name="Look at what changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What changes")
    expect(page.locator(".tally dd")).to_have_text(["2", "0", "0", "0"])
    page.get_by_role("button", name="Publish the corrected text").click()
    expect(page.locator("mark")).to_have_text(["the talk goes on", "two people"])
    expect(page.locator(".words.verse")).to_have_count(0)
    page.goto(f"{READING}texts/")
    page.get_by_role("link", name="As it was first published").click()
    expect(page.get_by_text("One line for thee")).to_be_visible()
    page.get_by_role("button", name="Make this the text again").click()
    page.get_by_role("button", name="Publish the corrected text").click()
    expect(page.locator("mark")).to_have_text(["two people", "the talk goes on"])
    expect(page.locator(".words.verse")).to_have_count(1)
