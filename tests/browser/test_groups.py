"""How groups run themselves: who comes in and goes, who reads what, and what they are called."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import Annotation
from reader.actions import create_group, invite
from reader.enums import Joining, Reveal
from reader.models import Invitation, Membership, Reading, StudyGroup
from reader.tokens import hash_invitation
from tests.browser.conftest import SCRIPTS, Browse, Troubles
from tests.browser.hands import (
    card,
    choose,
    drag_over,
    make_link,
    open_menu,
    reply,
    select,
    sign_up,
    start_group,
    write,
)
from tests.cast import Cast
from tests.permissions.world import comment

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]
PHONE: dict[str, Any] = {"width": 390, "height": 844, "touch": True}

TEXT = """On borrowed books

A lent book comes back with somebody in it.

Whoever underlined this page was in a hurry.
"""
FIRST = "A lent book comes back with somebody in it."


def paste_article(page: Page) -> None:
    page.get_by_role("link", name="Add an article").click()
    page.get_by_label("Or paste the text").fill(TEXT)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name="On borrowed books").first).to_be_visible()


def note(page: Page, on: str, words: str, *, audience: str = "") -> None:
    """Write beside some words of the text, with the mouse."""
    drag_over(page, on)
    choose(page, "comment")
    write(page, words, audience=audience)


def to_group(page: Page, name: str) -> None:
    page.locator(".switcher summary").click()
    page.locator(".switcher").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def come_by(page: Page, link: str, *, asks: bool) -> None:
    """What the invited see before they have an account, and how they get one."""
    page.goto(link)
    expect(page.get_by_role("heading", name="Loans", level=1)).to_be_visible()
    expect(page.get_by_text("Be kind.")).to_be_visible()
    # Where the leaders are asked first, they are asked before anything of the text is shown.
    expect(page.get_by_text(FIRST)).to_have_count(0 if asks else 1)
    to_do = "Create an account and ask to join" if asks else "Create an account and join"
    expect(page.get_by_role("link", name=to_do)).to_be_visible()
    sign_up(page, "Gerda", "gerda@example.org")


def begun(browse: Browse, cast: Cast, kind: str) -> tuple[Page, str]:
    """A group of that kind with a text, a note of its owner's, and a link that leads to the
    text."""
    owner = browse(cast.outsider)
    owner.goto("/")
    owner.get_by_role("link", name="Start a group").click()
    start_group(owner, "Loans", "Be kind.", kind)
    paste_article(owner)
    note(owner, "was in a hurry", "In such a hurry.")
    expect(card(owner, "In such a hurry.")).to_be_visible()
    to_group(owner, "Loans")
    return owner, make_link(owner, "On borrowed books")


def write_on_the_phone(page: Page, words: str) -> None:
    select(page, "comes back")
    choose(page, "comment")
    write(page, words)


def in_the_sheet(page: Page, words: str) -> None:
    """Open the notes of the first paragraph that has some, from below."""
    expect(page.locator("reading-room:defined")).to_have_count(1)
    page.locator(".count:not(.none)").first.tap()
    expect(page.get_by_role("dialog").locator(".card", has_text=words)).to_be_visible()


def member_of(group: str, address: str = "gerda@example.org") -> Membership:
    return Membership.objects.get(group__name=group, user__email=address)


def test_a_reading_circle_from_its_start_to_a_guest_on_a_phone(browse: Browse, cast: Cast) -> None:
    _owner, link = begun(browse, cast, "Reading circle")
    guest = browse(**PHONE)
    come_by(guest, link, asks=False)
    expect(guest.get_by_role("heading", name="On borrowed books", level=1)).to_be_visible()
    assert guest.url.endswith("/read/on-borrowed-books/")
    assert member_of("Loans").agreed_at is not None
    in_the_sheet(guest, "In such a hurry.")


def test_a_class_thinks_first(browse: Browse, cast: Cast) -> None:
    owner, link = begun(browse, cast, "Class")
    guest = browse(**PHONE)
    come_by(guest, link, asks=False)
    expect(guest.get_by_text("once you have written a note yourself")).to_be_visible()
    expect(guest.get_by_label("Somebody has written here")).to_have_count(1)
    expect(guest.get_by_text("In such a hurry.")).to_have_count(0)
    assert member_of("Loans").agreed_at is not None
    write_on_the_phone(guest, "I know such books.")
    expect(guest.get_by_label("Somebody has written here")).to_have_count(0)
    expect(guest.locator(".card", has_text="In such a hurry.")).to_have_count(1)
    to_group(owner, "Loans")
    expect(owner.get_by_text("1 new note")).to_be_visible()


def test_a_sensitive_text_is_read_by_those_let_in(browse: Browse, cast: Cast) -> None:
    owner, link = begun(browse, cast, "Sensitive text")
    guest = browse(**PHONE)
    come_by(guest, link, asks=True)
    expect(guest.get_by_role("heading", name="The group’s leaders have been asked")).to_be_visible()
    assert not Membership.objects.filter(user__email="gerda@example.org").exists()
    guest.get_by_role("link", name="To your groups").tap()
    expect(guest.get_by_text("You asked to join Loans")).to_be_visible()

    to_group(owner, "Loans")
    owner.get_by_role("link", name="1 person asks to be let in").click()
    owner.get_by_role("button", name="Let in").click()
    expect(owner.get_by_text("Gerda is in.")).to_be_visible()
    assert member_of("Loans").agreed_at is not None

    guest.reload()
    guest.get_by_role("link", name="On borrowed books").tap()
    expect(guest.get_by_role("heading", name="On borrowed books", level=1)).to_be_visible()
    expect(guest.get_by_text("You write here under a pseudonym")).to_be_visible()
    expect(guest.locator(".card, .dot")).to_have_count(0)
    write_on_the_phone(guest, "I know such books.")
    expect(guest.locator("#toast")).to_contain_text("Others see it once a leader has looked at it.")
    in_the_sheet(guest, "I know such books.")
    waits = guest.get_by_role("dialog").locator(".card", has_text="waits for a moderator")
    expect(waits).to_be_visible()

    to_group(owner, "Loans")
    owner.get_by_role("link", name="waits for a moderator").click()
    held = owner.locator(".case", has_text="I know such books.")
    expect(held).to_contain_text("One of a new member’s first notes")
    held.get_by_role("button", name="Approve").click()
    expect(owner.locator(".case.done")).to_contain_text("Approved.")
    guest.reload()
    in_the_sheet(guest, "I know such books.")
    expect(guest.get_by_text("waits for a moderator")).to_have_count(0)


def test_whoever_asks_is_let_in_and_reads(browse: Browse, cast: Cast) -> None:
    StudyGroup.objects.filter(pk=cast.group.pk).update(
        joining=Joining.REQUEST, joining_question="Why this circle?"
    )
    guest, leader = browse(cast.outsider), browse(cast.moderator)
    guest.goto("/")
    guest.get_by_role("link", name="Ask to join Thursday circle").click()
    expect(guest.get_by_text("Be kind.")).to_be_visible()
    guest.get_by_label("Why this circle?").fill("I read along already.")
    guest.get_by_role("button", name="Ask to join").click()
    expect(guest.get_by_role("heading", name="The group’s leaders have been asked")).to_be_visible()

    leader.goto(cast.group.get_absolute_url())
    leader.get_by_role("navigation", name="In this group").get_by_text("People").click()
    leader.get_by_role("link", name="1 person asks to be let in").click()
    expect(leader.get_by_text("I read along already.")).to_be_visible()
    leader.get_by_role("button", name="Let in").click()
    expect(leader.get_by_text("Otto is in.")).to_be_visible()

    guest.goto("/")
    thursday = guest.locator("section.group", has_text="Thursday circle")
    thursday.get_by_role("link", name="Of margins").click()
    note(guest, "two people", "Which two?")
    expect(card(guest, "Which two?")).to_be_visible()


def test_who_is_removed_comes_back_by_no_old_link(
    browse: Browse, cast: Cast, troubles: Troubles
) -> None:
    _invitation, token = invite(by=cast.owner, group=cast.group)
    mira, owner = browse(cast.member), browse(cast.owner)
    mira.goto(cast.reading.get_absolute_url())
    owner.goto(cast.group.get_absolute_url())
    owner.get_by_role("navigation", name="In this group").get_by_text("People").click()
    owner.get_by_role("link", name="Mira").click()
    owner.get_by_role("link", name="Remove from the group").click()
    owner.get_by_role("button", name="Remove").click()
    expect(owner.get_by_role("heading", name="People", level=1)).to_be_visible()
    expect(owner.get_by_role("link", name="Mira")).to_have_count(0)

    answer = mira.reload()
    assert answer is not None
    assert answer.status == 404
    troubles.expect("404")
    expect(mira.get_by_text(re.compile("Thursday circle|margins"))).to_have_count(0)
    mira.goto(f"/join/{token}/")
    expect(mira.get_by_role("heading", name="This link no longer works for you")).to_be_visible()
    expect(mira.get_by_text(re.compile("Thursday circle|margins|Olga"))).to_have_count(0)
    troubles.expect("410")


def test_a_code_from_the_blackboard_is_typed_in_as_it_is_read(browse: Browse, cast: Cast) -> None:
    owner, guest = browse(cast.owner), browse(**PHONE)
    owner.goto(cast.group.get_absolute_url())
    owner.get_by_role("navigation", name="In this group").get_by_text("Invite").click()
    owner.get_by_role("link", name="By code").click()
    owner.get_by_role("button", name="Make a code").click()
    expect(owner.locator(".code")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    # One in which there is something to be mistaken.
    Invitation.objects.update(token_hash=hash_invitation("K0QX-M21D"))
    guest.goto("/join/")
    guest.get_by_label("The code").fill(" k o q x m2 ld ")
    guest.get_by_role("button", name="Go on").tap()
    expect(guest.get_by_role("heading", name="Thursday circle", level=1)).to_be_visible()
    sign_up(guest, "Gerda", "gerda@example.org")
    expect(guest.get_by_role("heading", name="Thursday circle", level=1)).to_be_visible()
    assert member_of("Thursday circle").agreed_at is not None


def test_next_term_the_same_again_with_other_dates(browse: Browse, cast: Cast) -> None:
    due = datetime(2031, 3, 4, 19, tzinfo=UTC)
    Reading.objects.filter(pk=cast.reading.pk).update(due_at=due)
    comment(cast.owner, cast.reading, "Mine, again.")
    comment(cast.member, cast.reading, "Not for others.")
    owner = browse(cast.owner)
    owner.goto(cast.group.get_absolute_url())
    expect(owner.get_by_text("due 4 March 2031, 19:00")).to_be_visible()
    owner.get_by_role("link", name="Next term").click()
    owner.get_by_label("Name of the new group").fill("Thursday circle, autumn")
    owner.get_by_label("The first date becomes").fill("2031-09-02")
    owner.get_by_role("button", name="Show the new dates").click()
    expect(owner.get_by_text("Tue 2 Sep 2031, 19:00")).to_be_visible()
    assert not StudyGroup.objects.filter(name__contains="autumn").exists()
    owner.get_by_label("Take my own notes along").check()
    owner.get_by_role("button", name="Make the new group").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Thursday circle, autumn")
    expect(owner.get_by_text("due 2 September 2031, 19:00")).to_be_visible()
    owner.get_by_role("main").get_by_role("link", name="Of margins").first.click()
    expect(card(owner, "Mine, again.")).to_be_visible()
    expect(owner.locator(".card")).to_have_count(1)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_private_note_is_published(browse: Browse, cast: Cast, script: bool) -> None:
    mira, nils = browse(cast.member, script=script), browse(cast.other)
    mira.goto(cast.reading.get_absolute_url())
    if script:
        note(mira, "two people", "Which two?", audience="private")
        open_menu(card(mira, "Which two?"))
    else:
        mira.get_by_role("link", name="Annotate paragraph 2").click()
        mira.get_by_role("combobox", name="To").select_option("private")
        write(mira, "Which two?")
        card(mira, "Which two?").get_by_label("More about").click()
        mira.get_by_role("link", name="What can be done with this note").click()
    nils.goto(cast.reading.get_absolute_url())
    expect(card(nils, "Which two?")).to_have_count(0)
    private = Annotation.objects.get()

    mira.get_by_role("link", name="Publish…").click()
    expect(mira.get_by_role("checkbox", name="Paragraph 2")).to_be_checked()
    mira.get_by_role("button", name="Publish").click()
    expect(mira.get_by_text("One note published to “Thursday circle”.")).to_be_visible()
    expect(card(mira, "Which two?")).to_have_count(1)
    expect(card(mira, "Which two?")).not_to_contain_text("Only you")
    nils.reload()
    expect(card(nils, "Which two?")).to_contain_text("Mira")
    private.refresh_from_db()
    assert (private.state, private.audience) == ("withdrawn", "private")


def test_reading_under_pseudonyms(browse: Browse, cast: Cast) -> None:
    owner, mira, nils = browse(cast.owner), browse(cast.member), browse(cast.other)
    rules(owner, cast)
    owner.get_by_role("radio", name="pseudonyms").check(force=True)
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Saved.")).to_be_visible()

    mira.goto(cast.reading.get_absolute_url())
    note(mira, "two people", "Which two?")
    expect(card(mira, "Which two?")).to_be_visible()
    mira.reload()
    name = mira.locator("#goes-by .mine").inner_text()
    expect(card(mira, "Which two?").locator(".byline")).to_have_text(name)
    open_menu(card(mira, "Which two?"))
    expect(mira.get_by_text(f"Others read this under {name}.")).to_be_visible()

    nils.goto(cast.reading.get_absolute_url())
    expect(card(nils, "Which two?").locator(".byline")).to_have_text(name)
    card(nils, "Which two?").locator(".body").click()
    reply(card(nils, "Which two?"), "You and I.")
    expect(card(nils, "You and I.")).to_be_visible()
    expect(nils.get_by_role("main").get_by_text("Mira")).to_have_count(0)
    nils.goto(cast.group.get_absolute_url())
    expect(nils.get_by_text(f"{name} commented")).to_be_visible()

    owner.goto(cast.reading.get_absolute_url())
    first = card(owner, "Which two?").locator("header").first
    expect(first).to_contain_text("Mira")
    expect(first).to_contain_text(f"as {name}")


def rules(page: Page, cast: Cast) -> None:
    """Where a reading's leaders set its dates and rules."""
    page.goto(cast.reading.get_absolute_url())
    page.get_by_role("link", name="Dates and rules").click()


def test_two_circles_in_one_reading(browse: Browse, cast: Cast) -> None:
    owner, mira, nils = browse(cast.owner), browse(cast.member), browse(cast.other)
    rules(owner, cast)
    owner.get_by_role("link", name="Circles").click()
    for name in ("Alders", "Birches"):
        owner.get_by_label("A new circle").fill(name)
        owner.get_by_role("button", name="Make it").click()
    owner.get_by_label("Mira").select_option("Alders")
    owner.get_by_label("Nils").select_option("Birches")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Saved.")).to_be_visible()
    owner.get_by_role("link", name="Of margins").first.click()
    owner.get_by_role("link", name="Ask everybody about the whole text").click()
    owner.get_by_label("Your words").fill("What is a margin for?")
    owner.get_by_role("button", name="Save").click()

    for page, circle, words in ((mira, "Alders", "By the water."), (nils, "Birches", "Up here.")):
        page.goto(cast.reading.get_absolute_url())
        drag_over(page, "two people")
        choose(page, "comment")
        audience = page.get_by_role("combobox", name="To")
        expect(audience.locator("option:checked")).to_have_text(f"Circle: {circle}")
        write(page, words)
        expect(card(page, words)).to_be_visible()
        page.get_by_role("link", name="Answer", exact=True).click()
        asked = card(page, "What is a margin for?")
        reply(asked, f"{circle} answer.")
        expect(asked.locator(".reply .body")).to_have_text([f"{circle} answer."])
    for page, own, others in (
        (mira, ("By the water.", "Alders answer."), ("Up here.", "Birches")),
        (nils, ("Up here.", "Birches answer."), ("By the water.", "Alders")),
    ):
        page.reload()
        for words in own:
            expect(card(page, words)).to_have_count(1)
        for words in others:
            expect(page.get_by_text(words)).to_have_count(0)
    owner.goto(cast.reading.get_absolute_url())
    for words in ("By the water.", "Up here.", "Alders answer.", "Birches answer."):
        expect(card(owner, words)).to_have_count(1)


def test_what_others_wrote_comes_after_ones_own_note(browse: Browse, cast: Cast) -> None:
    before_the_reveal(cast, Reveal.AFTER_OWN)
    mira = browse(cast.member)
    mira.goto(cast.reading.get_absolute_url())
    expect(mira.get_by_text("once you have written a note yourself")).to_be_visible()
    only_a_dot(mira)
    note(mira, "two people", "Which two?")
    expect(card(mira, "I was first.")).to_be_visible()
    expect(card(mira, "Which two?")).to_be_focused()
    expect(mira.locator(".dot, .reveal")).to_have_count(0)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_others_wrote_comes_after_reading_to_the_end(
    browse: Browse, cast: Cast, script: bool
) -> None:
    before_the_reveal(cast, Reveal.AFTER_FINISHED)
    mira = browse(cast.member, script=script)
    mira.goto(cast.reading.get_absolute_url())
    expect(mira.get_by_text("once you say that you have finished")).to_be_visible()
    only_a_dot(mira)
    mira.get_by_role("button", name="I have finished").click()
    expect(mira.get_by_text("Now you see what the others wrote.")).to_be_visible()
    expect(card(mira, "I was first.")).to_be_visible()
    expect(mira.locator(".dot, .reveal")).to_have_count(0)


def before_the_reveal(cast: Cast, reveal: Reveal) -> None:
    Reading.objects.filter(pk=cast.reading.pk).update(reveal=reveal)
    comment(cast.other, cast.reading, "I was first.")
    comment(cast.other, cast.reading, "And second.")


def only_a_dot(page: Page) -> None:
    """One for a paragraph, however many wrote there, and not a word or a count of them."""
    expect(page.get_by_label("Somebody has written here")).to_have_count(1)
    expect(page.locator(".card, mark, .count:not(.none)")).to_have_count(0)


@pytest.mark.once
def test_groups_are_switched_from_the_text(browse: Browse, cast: Cast) -> None:
    create_group(by=cast.member, name="Sunday circle")
    mira = browse(cast.member)
    mira.goto(cast.reading.get_absolute_url())
    to_group(mira, "Sunday circle")
    to_group(mira, "Thursday circle")


def test_who_leaves_as_former_member_is_named_no_more(browse: Browse, cast: Cast) -> None:
    comment(cast.member, cast.reading, "What I leave behind.")
    nils, mira = browse(cast.other), browse(cast.member)
    nils.goto(cast.reading.get_absolute_url())
    expect(card(nils, "What I leave behind.").locator(".byline")).to_have_text("Mira")
    mira.goto(cast.group.get_absolute_url())
    mira.get_by_role("navigation", name="In this group").get_by_text("People").click()
    mira.get_by_role("link", name="Leave this group").click()
    mira.get_by_role("radio", name="under “former member”").check(force=True)
    mira.get_by_role("button", name="Leave the group").click()
    expect(mira.get_by_role("heading", name="Your groups", level=1)).to_be_visible()
    expect(mira.get_by_role("link", name="Thursday circle")).to_have_count(0)
    nils.reload()
    expect(card(nils, "What I leave behind.").locator(".byline")).to_have_text("former member")
    expect(nils.get_by_role("main").get_by_text("Mira")).to_have_count(0)
    nils.goto(cast.group.get_absolute_url())
    expect(nils.get_by_text("former member commented")).to_be_visible()
    expect(nils.get_by_text("Mira")).to_have_count(0)
