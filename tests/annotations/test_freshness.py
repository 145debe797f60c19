"""What was shown, kept, and must change at once: pages, fragments and their validators."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.layers import paragraphs_of, touch
from annotations.models import Annotation
from reader.actions import rename
from reader.models import Circle, Membership, Reading, User
from tests.annotations.conftest import Write, approve
from tests.cast import Cast, client_of, join

pytestmark = pytest.mark.leaks

HTMX = {"HX-Request": "true"}


def test_nobody_is_named_who_is_behind_a_stone(cast: Cast, write: Write) -> None:
    root = write(cast.owner, "A beginning.")
    parent = write(cast.other, "Unkind words.", to=root)
    write(cast.member, "An answer to them.", to=parent)
    page = cast.reading.get_absolute_url() + "?open=all"
    assert client_of(cast.observer).get(page).text.count("Nils") == 3  # byline, menu, "↳ Nils"
    moderate(parent, "hidden")
    assert client_of(cast.observer).get(page).text.count("Nils") == 0
    assert client_of(cast.moderator).get(page).text.count("Nils") == 3


def test_a_thread_whose_root_waits_for_a_moderator(cast: Cast, write: Write) -> None:
    root = write(cast.other, "Words to look at again.")
    answer = write(cast.member, "An answer to them.", to=root)
    moderate(root, "pending")
    thread = reverse("note_thread", args=[answer.uuid])
    got = {
        user.name: (client_of(user).get(thread).status_code, seen_on_page(user, cast.reading, root))
        for user in (cast.observer, cast.other, cast.moderator)
    }
    assert got == {"Ute": (404, False), "Nils": (200, True), "Moses": (200, True)}
    # Its author keeps their own words, but the thread they stood in isn't shown.
    assert client_of(cast.member).get(thread).status_code == 404
    assert client_of(cast.member).get(answer.get_absolute_url()).status_code == 302


def test_a_newcomer_reads_threads_begun_since(cast: Cast, write: Write) -> None:
    old = write(cast.other, "Before you came.")
    newcomer = join(cast.group, "Nova", reads_from=timezone.now())
    late = write(cast.member, "After you came.", to=old)
    new = write(cast.other, "A new beginning.")
    seen = Annotation.objects.visible_to(newcomer)
    assert list(seen) == [new]
    assert client_of(newcomer).get(late.get_absolute_url()).status_code == 404


def moderate(note: Annotation, state: str) -> None:
    """As a moderation action does it: the state, the version, and the layer's counters. What is
    pending was never shown."""
    note.state, note.version, note.was_shown = state, note.version + 1, state != "pending"
    note.save(update_fields=["state", "version", "was_shown"])
    touch(note, paragraphs_of(note.thread_root))


def seen_on_page(user: User | None, reading: Reading, note: Annotation) -> bool:
    page = client_of(user).get(reading.get_absolute_url()).text
    assert (note.body in page) == (str(note.uuid) in page)
    return note.body in page


@dataclass
class Browser:
    """Somebody who comes back to the page and asks whether it has changed."""

    client: Client
    address: str
    etag: str = ""

    def visit(self) -> tuple[int, str]:
        headers = {"If-None-Match": self.etag} if self.etag else {}
        answer = self.client.get(self.address, headers=headers)
        self.etag = answer.headers.get("ETag", "")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        return answer.status_code, re.sub(r'"X-CSRFToken": "\w+"|value="\w{64}"', "", answer.text)


@pytest.fixture
def browsers(cast: Cast) -> dict[str, Browser]:
    """Everybody has the page open, twice, so that there is a CSRF cookie already."""
    people = {"owner": cast.owner, "member": cast.member, "author": cast.other,
              "observer": cast.observer}  # fmt: skip
    found = {
        name: Browser(client_of(user), cast.reading.get_absolute_url())
        for name, user in people.items()
    }
    for browser in (*found.values(), *found.values()):
        browser.visit()
    return found


@pytest.mark.parametrize("state", ["hidden", "removed", "withdrawn", "purged"])
def test_what_is_taken_away_is_gone_at_once(
    cast: Cast, write: Write, browsers: dict[str, Browser], state: str
) -> None:
    note = write(cast.other, "A secret that was out.")
    assert [browser.visit()[1].count(note.body) for browser in browsers.values()] == [1, 1, 1, 1]
    assert [browser.visit()[0] for browser in browsers.values()] == [304, 304, 304, 304]
    moderate(note, state)
    seen = {name: browser.visit() for name, browser in browsers.items()}
    still = {name for name, (_, page) in seen.items() if note.body in page}
    assert {name: status for name, (status, _) in seen.items()} == dict.fromkeys(browsers, 200)
    assert still == ({"owner", "author"} if state in {"hidden", "removed"} else set())
    assert seen["member"][1].count(str(note.uuid)) == 0
    paragraph = note.targets.get().start_paragraph
    fragment = reverse(
        "paragraph_notes", args=[cast.group.slug, cast.reading.article.slug, paragraph.key]
    )
    answer = browsers["member"].client.get(fragment, headers=HTMX)
    assert (answer.status_code, answer.text.count(note.body)) == (200, 0)
    assert browsers["member"].client.get(note.get_absolute_url()).status_code == 404


def test_a_note_to_the_leaders_changes_nothing_for_members(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    before = {name: browser.visit() for name, browser in browsers.items()}
    write(cast.owner, "Between us.", audience="leaders")
    assert [browsers[name].visit()[0] for name in ("member", "author", "observer")] == [304] * 3
    for browser in browsers.values():
        browser.etag = ""
    after = {name: browser.visit() for name, browser in browsers.items()}
    assert before["member"][0] == 304
    assert [after[name][1].count("Between us.") for name in browsers] == [1, 0, 0, 0]


def test_a_note_that_waits_changes_nothing_for_members_until_it_is_let_in(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    cast.reading.group.holds_first = 1
    cast.reading.group.save(update_fields=["holds_first"])
    taken_back = write(cast.other, "Held, and taken back.")
    unseen = {"owner": 200, "member": 304, "author": 200, "observer": 304}
    assert visit_all(browsers) == unseen
    actions.withdraw(by=cast.other, annotation=taken_back)
    assert visit_all(browsers) == unseen
    waiting = write(cast.other, "Held, and let in.")
    assert visit_all(browsers) == unseen
    approve(cast.moderator, waiting)
    assert visit_all(browsers) == dict.fromkeys(browsers, 200)


def test_what_a_circle_writes_changes_nothing_for_others(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    red = Circle.objects.create(reading=cast.reading, name="red")
    red.members.set([cast.member, cast.other])
    visit_all(browsers)
    note = write(cast.other, "Among ourselves.", audience="circle", circle=red)
    inside = {"owner": 200, "member": 200, "author": 200, "observer": 304}
    assert visit_all(browsers) == inside
    write(cast.member, "An answer.", to=note)
    assert visit_all(browsers) == inside
    actions.withdraw(by=cast.other, annotation=note)
    assert visit_all(browsers) == inside


def test_what_leaders_ask_each_other_changes_only_their_pages(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    visit_all(browsers)
    asked = {"motivation": "questioning", "category": "violet"}
    write(cast.owner, "Shall we ask them?", audience="leaders", **asked)
    alone = {"owner": 200, "member": 304, "author": 304, "observer": 304}
    assert visit_all(browsers) == alone
    write(cast.owner, "What is a margin?", **asked)
    assert visit_all(browsers) == dict.fromkeys(browsers, 200)


def test_a_reply_to_one_person_changes_only_their_page_and_the_leaders(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    note = write(cast.other, "What do you think?")
    visit_all(browsers)
    aside = write(cast.owner, "Between us.", to=note, privately=True)
    alone = {"owner": 200, "member": 304, "author": 200, "observer": 304}
    assert visit_all(browsers) == alone
    write(cast.other, "Thank you.", to=aside)
    assert visit_all(browsers) == alone
    pages = {name: browser.client.get(browser.address).text for name, browser in browsers.items()}
    counts = {name: (p.count("Between us."), p.count("Thank you.")) for name, p in pages.items()}
    assert counts == {"owner": (1, 1), "member": (0, 0), "author": (1, 1), "observer": (0, 0)}


def visit_all(browsers: dict[str, Browser]) -> dict[str, int]:
    return {name: browser.visit()[0] for name, browser in browsers.items()}


def test_a_private_note_changes_only_its_authors_page(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    write(cast.other, "Mine alone.", audience="private")
    seen = {name: browser.visit() for name, browser in browsers.items()}
    assert {name: status for name, (status, _) in seen.items()} == {
        "owner": 304, "member": 304, "author": 200, "observer": 304,
    }  # fmt: skip
    assert seen["author"][1].count("Mine alone.") == 1
    for name in ("owner", "member", "observer"):
        browsers[name].etag = ""
        assert browsers[name].visit()[1].count("Mine alone.") == 0


@pytest.mark.parametrize("offered", [True, False], ids=["offered", "no longer offered"])
def test_what_a_circle_writes_stays_in_it(cast: Cast, write: Write, offered: bool) -> None:
    """Also in kept fragments, and where circles were switched off since."""
    reading = cast.reading
    reading.has_circles = offered
    reading.save(update_fields=["has_circles"])
    red = Circle.objects.create(reading=reading, name="red")
    red.members.set([cast.member, cast.other])
    note = write(cast.other, "Among ourselves.", audience="circle", circle=red)
    people = (cast.member, cast.observer, cast.owner, cast.other, cast.observer, cast.member)
    assert [seen_on_page(user, reading, note) for user in people] == [
        True, False, True, True, False, True,
    ]  # fmt: skip
    observer = Browser(client_of(cast.observer), reading.get_absolute_url())
    before = [observer.visit() for _ in range(3)][-1]
    moderate(note, "hidden")
    observer.etag = ""
    after = observer.visit()
    assert before[0] == 304
    assert (after[0], after[1].count(note.body), after[1].count(str(note.uuid))) == (200, 0, 0)
    assert [seen_on_page(user, reading, note) for user in people] == [
        False, False, True, True, False, False,
    ]  # fmt: skip


def test_what_somebody_wrote_as_a_leader_is_not_kept_for_members(cast: Cast, write: Write) -> None:
    note = write(cast.moderator, "Between us.", audience="leaders")
    Membership.objects.filter(user=cast.moderator).update(role="member")
    people = (cast.moderator, cast.member, cast.owner)
    assert [seen_on_page(user, cast.reading, note) for user in people] == [True, False, True]


def test_who_has_left_a_circle_keeps_their_own_words_from_others(cast: Cast, write: Write) -> None:
    red = Circle.objects.create(reading=cast.reading, name="red")
    red.members.set([cast.other])
    note = write(cast.other, "Among ourselves.", audience="circle", circle=red)
    red.members.clear()
    people = (cast.other, cast.member)
    assert [seen_on_page(user, cast.reading, note) for user in people] == [True, False]


def test_a_page_that_was_open_ends_with_access(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    write(cast.other, "For the group.")
    member = browsers["member"]
    member.visit()
    assert member.visit()[0] == 304
    Membership.objects.filter(user=cast.member, group=cast.group).update(standing="suspended")
    headers = {"If-None-Match": member.etag}
    answer = member.client.get(member.address, headers=headers)
    assert (answer.status_code, answer.text.count("For the group.")) == (404, 0)


def test_the_reveal_rule_holds_for_kept_pages_too(cast: Cast, write: Write) -> None:
    note = write(cast.other, "An early thought.")
    assert seen_on_page(cast.member, cast.reading, note)
    cast.reading.reveal = "after_own"
    cast.reading.save(update_fields=["reveal"])
    assert [seen_on_page(user, cast.reading, note) for user in (cast.member, cast.owner)] == [
        False,
        True,
    ]
    write(cast.member, "Mine alone.", audience="private")
    assert not seen_on_page(cast.member, cast.reading, note)
    write(cast.member, "My own thought.")
    assert seen_on_page(cast.member, cast.reading, note)


def test_in_a_public_group_everybody_reads_what_is_for_the_group(cast: Cast, write: Write) -> None:
    cast.group.readable_by = "public"
    cast.group.save(update_fields=["readable_by"])
    red = Circle.objects.create(reading=cast.reading, name="red")
    red.members.set([cast.member])
    notes = {
        "group": write(cast.member, "For everybody."),
        "leaders": write(cast.owner, "Between us.", audience="leaders"),
        "circle": write(cast.member, "Among ourselves.", audience="circle", circle=red),
        "private": write(cast.member, "Mine alone.", audience="private"),
    }
    Membership.objects.filter(user=cast.other, group=cast.group).update(standing="suspended")
    for user in (cast.member, None, cast.outsider, cast.other, None):
        page = client_of(user).get(cast.reading.get_absolute_url()).text
        seen = {name for name, note in notes.items() if note.body in page}
        assert seen == ({"group", "circle", "private"} if user == cast.member else {"group"})


def test_a_new_name_is_on_every_page_at_once(
    cast: Cast, write: Write, browsers: dict[str, Browser]
) -> None:
    write(cast.other, "Signed.")
    assert browsers["member"].visit()[1].count(">Nils<") == 1
    rename(by=cast.other, name="Nora")
    status, page = browsers["member"].visit()
    assert (status, page.count(">Nils<"), page.count(">Nora<")) == (200, 0, 1)
