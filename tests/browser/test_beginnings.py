"""A new site without mail, from the first owner to the second reader's note."""

import pytest
from playwright.sync_api import Page, expect

from reader.actions import issue_claim
from reader.models import Article, StudyGroup, User
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, choose, drag_over, write

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]

TEXT = """On borrowed books

by Ada Quill

1921

What is lent

A lent book comes back with somebody in it.

Whoever underlined this page was in a hurry,
and was right.

The end of the loan
"""


def sign_up(page: Page, name: str, address: str) -> None:
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill("a long way from home")
    page.get_by_role("button", name="Sign Up").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_an_empty_site_to_a_talk(browse: Browse, script: bool, troubles: Troubles) -> None:
    owner = browse(script=script)
    owner.goto(f"/claim/{issue_claim()}/")
    sign_up(owner, "Olga", "olga@example.org")
    owner.get_by_role("button", name="It is mine").click()
    owner.get_by_label("Name", exact=True).fill("Thursday circle")
    owner.get_by_label("How we talk").fill("Be kind.")
    owner.get_by_role("button", name="Start it").click()
    expect(owner.get_by_role("heading", name="Thursday circle")).to_be_visible()
    assert User.objects.get().is_superuser

    owner.get_by_role("link", name="Add an article").click()
    owner.get_by_role("button", name="Look at it").click()
    expect(owner.get_by_text("Choose a file or paste a text.")).to_be_visible()
    troubles.expect("422")
    owner.get_by_label("Or paste the text").fill(TEXT)
    owner.get_by_role("button", name="Look at it").click()
    expect(owner.get_by_label("Title", exact=True)).to_have_value("On borrowed books")
    expect(owner.get_by_label("Authors")).to_have_value("Ada Quill")
    expect(owner.get_by_label("Date")).to_have_value("1921")
    kinds = owner.get_by_role("combobox").filter(has_text="leave it out")
    expect(kinds.nth(0)).to_have_value("heading")
    last = kinds.nth(kinds.count() - 1)
    last.select_option("heading")
    owner.get_by_label("Series").fill("Loans")
    owner.get_by_role("button", name="Save and look again").click()
    expect(kinds.nth(kinds.count() - 1)).to_have_value("heading")
    assert not Article.objects.exists()
    owner.get_by_role("button", name="Publish").click()
    expect(owner.get_by_role("heading", name="On borrowed books")).to_be_visible()
    expect(owner.get_by_text("Loans")).to_be_visible()

    owner.goto(f"/g/{StudyGroup.objects.get().slug}/invitations/")
    owner.get_by_role("button", name="Make a link").click()
    link = owner.get_by_label("The link").input_value()

    reader = browse(script=script)
    reader.goto(link)
    expect(reader.get_by_role("heading", name="Thursday circle")).to_be_visible()
    expect(reader.get_by_text("Be kind.")).to_be_visible()
    sign_up(reader, "Nils", "nils@example.org")
    reader.get_by_role("link", name="On borrowed books").click()
    if script:
        drag_over(reader, "somebody in it")
        choose(reader, "question")
    else:
        reader.get_by_role("link", name="Annotate paragraph 1").click()
        reader.get_by_label("Question").check()
    write(reader, "Who?")
    expect(card(reader, "Who?")).to_be_visible()

    owner.get_by_role("link", name="Readings").click()
    owner.get_by_role("link", name="On borrowed books", exact=True).click()
    expect(card(owner, "Who?")).to_contain_text("Nils")
