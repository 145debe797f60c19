"""A new site without mail, from the first owner to the second reader's reply."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from reader.actions import issue_claim
from reader.models import Article, User
from tests.browser.conftest import SCRIPTS, Browse, Troubles
from tests.browser.hands import (
    card,
    choose,
    drag_over,
    make_link,
    reply,
    sign_up,
    start_group,
    write,
)

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


@pytest.mark.parametrize("script", SCRIPTS)
def test_from_an_empty_site_to_a_talk(browse: Browse, script: bool, troubles: Troubles) -> None:
    assert not settings.CATENA_SENDS_MAIL
    owner = browse(script=script)
    owner.goto(f"/claim/{issue_claim()}/")
    sign_up(owner, "Olga", "olga@example.org")
    owner.get_by_role("button", name="It is mine").click()
    start_group(owner, "Thursday circle", "Be kind.")
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

    owner.locator(".switcher summary").click()
    owner.locator(".switcher").get_by_role("link", name="Thursday circle").click()
    link = make_link(owner)

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
    answer(owner, "Who?", "Whoever had it last.", script=script)
    reader.reload()
    answer(reader, "Who?", "And wanted it back.", script=script)
    owner.reload()
    expect(card(owner, "Who?")).to_contain_text("2 replies")

    come_back_without_password(reader, owner)


def answer(page: Page, to: str, words: str, *, script: bool) -> None:
    thread = card(page, to)
    if script:
        thread.locator(".body").first.click()
        reply(thread, words)
    else:
        thread.get_by_role("link", name="Reply").first.click()
        page.get_by_label("Your reply").fill(words)
        page.get_by_role("button", name="Reply").click()
    expect(thread.locator(".reply .body", has_text=words)).to_have_count(1)


def come_back_without_password(reader: Page, owner: Page) -> None:
    """No mail can help; whoever leads the group makes a link, which works once."""
    reader.get_by_label("Your account").click()
    reader.get_by_role("button", name="Sign out").click()
    reader.goto("/accounts/login/")
    reader.get_by_role("link", name="Forgot your password?").click()
    expect(reader.get_by_text("Ask somebody who leads your group")).to_be_visible()
    owner.locator(".switcher summary").click()
    owner.locator(".switcher").get_by_role("link", name="Thursday circle").click()
    owner.get_by_role("navigation", name="In this group").get_by_text("People").click()
    owner.get_by_role("link", name="Nils").click()
    owner.get_by_role("button", name="Make a sign-in link").click()
    reader.goto(owner.get_by_label("The link").input_value())
    reader.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(reader.get_by_text("You are signed in by a link that Olga made")).to_be_visible()
    reader.get_by_role("link", name="On borrowed books").click()
    expect(card(reader, "Who?")).to_be_visible()
