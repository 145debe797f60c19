"""A report, a decision, and what its author does about it: with everybody on their own page."""

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations import actions
from annotations.enums import State, Verb
from annotations.models import Annotation, Case, LogEntry
from annotations.moderation import decide
from reader.models import Membership
from tests.browser.conftest import Browse, Troubles
from tests.browser.hands import card, open_menu, reply
from tests.cast import Cast
from tests.clock import pass_time
from tests.permissions.world import comment

pytestmark = [pytest.mark.flows, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(cast: Cast) -> str:
    return cast.reading.get_absolute_url()


def remove(page: Page, case: Locator, reason: str, sentence: str = "") -> None:
    case.get_by_role("link", name="Remove…").click()
    case.get_by_role("radio", name=reason).check()
    case.get_by_label("In your words, if you like").fill(sentence)
    case.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".case.done")).to_contain_text("Removed.")


def state_of(note: Annotation) -> str:
    note.refresh_from_db()
    return note.state


def test_a_report_a_removal_other_words_and_an_approval(
    browse: Browse, cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = comment(cast.other, cast.reading, "Only a fool would say so.")
    mira = browse(cast.member)
    mira.goto(address)
    open_menu(card(mira, "Only a fool"))
    mira.get_by_role("link", name="Report…").click()
    mira.get_by_role("radio", name="Hurts somebody").check()
    mira.get_by_role("button", name="Report").click()
    expect(mira.locator(".said")).to_be_visible()

    moses = browse(cast.moderator)
    moses.goto(address)
    moses.get_by_role("link", name=cast.group.name).first.or_(
        moses.locator(".switcher")
    ).first.hover()
    moses.goto(cast.group.get_absolute_url())
    moses.get_by_role("navigation", name="In this group").get_by_text("Moderation").click()
    moses.get_by_role("link", name="Reported").click()
    remove(moses, moses.locator(".case"), "Hurts somebody", "Say what you mean by it?")
    pass_time(monkeypatch, seconds=31)

    mira.goto(address)
    expect(card(mira, "Only a fool")).to_have_count(0)
    mira.goto("/messages/")
    expect(mira.locator("main")).to_contain_text("removed")

    nils = browse(cast.other)
    nils.goto("/messages/")
    expect(nils.locator("main")).to_contain_text("Say what you mean by it?")
    expect(nils.locator("main")).not_to_contain_text("Mira")
    nils.get_by_role("link", name="Read why, and what you can do").click()
    expect(nils.locator("main")).to_contain_text("Hurts somebody")
    expect(nils.locator("main")).not_to_contain_text("Moses")
    nils.get_by_role("link", name="Change it and send it again").click()
    nils.get_by_label("Your words").fill("Whoever says so hasn’t read the second line.")
    nils.get_by_role("button", name="Send it again").click()
    assert state_of(note) == State.PENDING

    moses.goto(f"/g/{cast.group.slug}/moderation/")
    held = moses.locator(".case")
    expect(held).to_contain_text("hasn’t read the second line")
    held.get_by_role("button", name="Approve").click()
    expect(moses.locator(".case.done")).to_contain_text("Approved.")

    mira.goto(address)
    expect(card(mira, "hasn’t read the second line")).to_be_visible()
    assert state_of(note) == State.APPROVED
    assert Case.objects.get().outcome == "kept"


def test_another_leader_reconsiders(
    browse: Browse, cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = comment(cast.other, cast.reading, "The author is wrong.")
    done = decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason="off-topic")
    pass_time(monkeypatch, seconds=31)
    nils = browse(cast.other)
    assert done.entry
    nils.goto(done.entry.get_absolute_url())
    nils.locator("main textarea").fill("It is about the second line.")
    nils.get_by_role("button", name="Ask them").click()
    expect(nils.locator("main")).to_contain_text("Nobody has answered yet.")

    moses, olga = browse(cast.moderator), browse(cast.owner)
    for leader in (moses, olga):
        leader.goto(f"/g/{cast.group.slug}/moderation/?tab=reconsider")
        leader.locator('main a[href^="/reconsiderations/"]').first.click()
    expect(moses.locator("main")).to_contain_text("another leader answers it")
    olga.get_by_role("radio", name="It is reversed").check()
    olga.get_by_label("Your answer, to the person who asks").fill("You are right.")
    olga.get_by_role("button", name="Send the answer").click()
    expect(olga.locator("main")).to_contain_text("You are right.")
    pass_time(monkeypatch, seconds=31)

    assert state_of(note) == State.APPROVED
    nils.goto("/messages/")
    nils.locator("main li, main article").get_by_role("link").first.click()
    expect(nils.locator("main")).to_contain_text("You are right.")
    expect(nils.locator("main")).not_to_contain_text("Olga")
    nils.goto(address)
    expect(card(nils, "The author is wrong.")).to_be_visible()


def test_a_report_about_a_moderator(browse: Browse, cast: Cast, address: str) -> None:
    note = comment(cast.moderator, cast.reading, "As I said, read it again.")
    mira = browse(cast.member, script=False)
    mira.goto(f"/n/{note.uuid}/report/")
    mira.get_by_role("radio", name="Hurts somebody").check()
    mira.get_by_role("button", name="Report").click()

    moses, olga = browse(cast.moderator), browse(cast.owner)
    for page, count in ((moses, 0), (olga, 1)):
        page.goto(f"/g/{cast.group.slug}/moderation/?tab=reported")
        expect(page.locator(".case")).to_have_count(count)
        expect(page.locator("#count-reported")).to_have_text(str(count))
        page.goto(f"/g/{cast.group.slug}/log/")
        expect(page.locator("main b", has_text="Reported")).to_have_count(count)
    moses.goto("/messages/")
    expect(moses.locator("main")).to_contain_text("Nothing so far.")
    olga.goto(f"/g/{cast.group.slug}/moderation/?tab=reported")
    remove(olga, olga.locator(".case"), "Hurts somebody")
    assert state_of(note) == State.REMOVED


def test_a_ban_with_thirty_notes_and_its_reversal(
    browse: Browse, cast: Cast, troubles: Troubles
) -> None:
    notes = [comment(cast.other, cast.reading, f"Thought {number}.") for number in range(30)]
    theirs = Membership.objects.get(group=cast.group, user=cast.other)
    olga = browse(cast.owner)
    olga.goto(f"/g/{cast.group.slug}/people/{theirs.pk}/standing/")
    olga.locator("input[name=standing][value=banned]").check()
    olga.locator("[name=reason]").first.wait_for()
    reasons = olga.locator("select[name=reason]")
    if reasons.count():
        reasons.select_option("unkind")
    else:
        olga.locator("input[name=reason][value=unkind]").check()
    olga.locator("input[name=notes][value=remove]").check()
    olga.get_by_role("button", name="Decide, and tell them").click()
    expect(olga.locator(".messages")).to_contain_text("30 notes are removed.")
    assert set(Annotation.objects.values_list("state", flat=True)) == {State.REMOVED}
    bulk = LogEntry.objects.get(verb=Verb.BULK)
    assert bulk.parts.count() == len(notes)
    nils = browse(cast.other)
    answer = nils.goto(cast.group.get_absolute_url())
    assert answer is not None
    assert answer.status == 404
    troubles.expect("404")
    olga.goto(f"/g/{cast.group.slug}/log/")
    expect(olga.locator("main").get_by_text("30 notes: removed")).to_have_count(1)

    entry = LogEntry.objects.get(verb=Verb.SET_STANDING)
    moses = browse(cast.moderator)
    moses.goto(f"/g/{cast.group.slug}/moderation/?tab=decided")
    moses.locator(f'form[action="/decisions/{entry.pk}/reverse/"]').get_by_role("button").click()
    expect(moses.locator(".messages")).to_contain_text("Restored.")
    assert set(Annotation.objects.values_list("state", flat=True)) == {State.APPROVED}
    theirs.refresh_from_db()
    assert theirs.standing == "active"


def test_three_answers_stay_under_a_removed_note(browse: Browse, cast: Cast, address: str) -> None:
    root = comment(cast.other, cast.reading, "Something unkind.")
    for user in (cast.member, cast.owner, cast.moderator):
        page = browse(user)
        page.goto(address)
        card(page, "Something unkind.").locator(".body").first.click()
        reply(card(page, "Something unkind."), f"{user.name} answers.")
        expect(card(page, "Something unkind.")).to_contain_text(f"{user.name} answers.")
    moses = browse(cast.moderator)
    moses.goto(address)
    thread = card(moses, "Something unkind.")
    open_menu(thread)
    thread.get_by_role("link", name="Remove…").click()
    thread.get_by_role("radio", name="Hurts somebody").check()
    thread.get_by_role("button", name="Remove", exact=True).click()
    expect(moses.locator(".card .standing-of-note")).to_contain_text("Removed by a moderator")
    expect(moses.locator(".card .put-away")).to_have_count(1)

    mira = browse(cast.member)
    mira.goto(address)
    expect(mira.locator(".stone")).to_have_text("Removed by a moderator · Hurts somebody")
    expect(mira.locator(".card")).not_to_contain_text("Nils")
    for user in (cast.member, cast.owner, cast.moderator):
        expect(mira.locator(".card .body", has_text=f"{user.name} answers.")).to_have_count(1)
    assert state_of(root) == State.REMOVED
    assert set(Annotation.objects.exclude(pk=root.pk).values_list("state", flat=True)) == {
        "visible"
    }


def test_a_deleted_note_is_taken_back(browse: Browse, cast: Cast, address: str) -> None:
    note = comment(cast.member, cast.reading, "Perhaps not.")
    mira = browse(cast.member)
    mira.goto(address)
    thread = card(mira, "Perhaps not.")
    open_menu(thread)
    thread.get_by_role("link", name="Delete…").click()
    thread.get_by_role("button", name="Delete").click()
    expect(card(mira, "Perhaps not.")).to_have_count(0)
    mira.locator("#taking-back").get_by_role("button", name="Undo").click()
    expect(card(mira, "Perhaps not.")).to_be_visible()
    expect(mira.locator("#taking-back")).to_be_empty()
    assert state_of(note) == State.VISIBLE
    assert actions.withdraw(by=cast.member, annotation=note).state == State.WITHDRAWN
