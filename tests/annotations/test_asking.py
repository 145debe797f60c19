"""What leaders ask, answers by circle, answers to one person, and notes that wait."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.models import Annotation, Target
from reader.actions.members import set_role
from reader.models import Circle, Membership, Participation, Pseudonym, Reading, User
from tests.annotations.conftest import Write, approve
from tests.cast import Cast, client_of, join

pytestmark = pytest.mark.django_db


def ask(write: Write, by: User, body: str = "What is a margin for?", **given: object) -> Annotation:
    return write(by, body, motivation="questioning", category="violet", **given)


@pytest.fixture
def circles(cast: Cast) -> dict[str, Circle]:
    cast.reading.has_circles = True
    cast.reading.save(update_fields=["has_circles"])
    made = {
        name: Circle.objects.create(reading=cast.reading, name=name) for name in ("red", "blue")
    }
    made["red"].members.set([cast.member])
    made["blue"].members.set([cast.other])
    return made


def annotate_address(reading: Reading) -> str:
    return reverse("annotate", args=[reading.group.slug, reading.article.slug])


def form_for(reading: Reading, **given: str) -> dict[str, str]:
    first = reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    return {
        "motivation": "commenting", "audience": "group", "body": "Words.", "sentence": "whole",
        "client_id": str(uuid4()), "start_key": first.key, **given,
    }  # fmt: skip


class TestPrompts:
    @pytest.mark.parametrize("about", ["", "article"])
    def test_a_leader_asks_by_form(self, cast: Cast, about: str) -> None:
        sent = form_for(cast.reading, motivation="prompting", body="Why?", about=about)
        answer = client_of(cast.moderator).post(annotate_address(cast.reading), sent)
        assert answer.status_code == 302
        note = Annotation.objects.get()
        target = Target.objects.get()
        assert (note.motivation, note.category, note.audience) == ("questioning", "violet", "group")
        assert (target.whole_article, target.exact == "") == (about != "", about != "")

    def test_members_do_not(self, cast: Cast, write: Write) -> None:
        sent = form_for(cast.reading, motivation="prompting")
        answer = client_of(cast.member).post(annotate_address(cast.reading), sent)
        assert answer.status_code == 422
        with pytest.raises(PermissionDenied):
            ask(write, cast.member)
        assert Annotation.objects.count() == 0

    def test_only_a_prompt_is_about_the_whole_text(self, cast: Cast) -> None:
        sent = form_for(cast.reading, about="article")
        answer = client_of(cast.owner).post(annotate_address(cast.reading), sent)
        sentence = "Only a question from the leaders is about the whole text."
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert Annotation.objects.count() == 0

    def test_it_stands_at_the_head_of_the_page_before_the_reveal_too(
        self, cast: Cast, write: Write
    ) -> None:
        cast.reading.reveal = "after_finished"
        cast.reading.save(update_fields=["reveal"])
        prompt = ask(write, cast.owner, "Is it *fair*?", whole_article=True)
        write(cast.other, "An answer of mine.", to=prompt)
        page = client_of(cast.member).get(cast.reading.get_absolute_url()).text
        head = page[: page.index('id="text"')]
        assert head.count("Is it <em>fair</em>?") == 1
        assert page.count("An answer of mine.") == 0

    def test_newcomers_find_what_was_asked_before_they_came(self, cast: Cast, write: Write) -> None:
        prompt = ask(write, cast.owner)
        write(cast.other, "An old answer.", to=prompt)
        write(cast.other, "An old note.")
        newcomer = join(cast.group, "Nova", reads_from=timezone.now())
        write(cast.member, "A new answer.", to=prompt)
        seen = Annotation.objects.visible_to(newcomer).values_list("body", flat=True)
        assert list(seen) == [prompt.body, "A new answer."]

    def test_no_other_kind_of_note_is_violet(self, cast: Cast, write: Write) -> None:
        assert write(cast.owner, "A comment.", category="violet").category == "yellow"

    def test_editing_keeps_it_one(self, cast: Cast, write: Write) -> None:
        prompt = ask(write, cast.owner)
        assert actions.edit(by=cast.owner, annotation=prompt, body="And why?").category == "violet"


class TestCircles:
    def test_each_circle_answers_a_prompt_by_itself(
        self, cast: Cast, write: Write, circles: dict[str, Circle]
    ) -> None:
        prompt = ask(write, cast.owner)
        red = write(cast.member, "Red says.", to=prompt)
        again = write(cast.owner, "To the red ones.", to=red)
        aside = write(cast.owner, "To all.", to=prompt)
        assert [(note.audience, note.circle) for note in (red, again, aside)] == [
            ("circle", circles["red"]), ("circle", circles["red"]), ("group", None),
        ]  # fmt: skip
        seen = {
            user.name: set(Annotation.objects.visible_to(user).values_list("body", flat=True))
            for user in (cast.member, cast.other)
        }
        asked = {prompt.body, "To all."}
        assert seen == {"Mira": asked | {"Red says.", "To the red ones."}, "Nils": asked}

    def test_who_is_in_none_answers_to_the_group(
        self, cast: Cast, write: Write, circles: dict[str, Circle]
    ) -> None:
        circles["red"].members.clear()
        assert write(cast.member, to=ask(write, cast.owner)).audience == "group"

    def test_the_composer_offers_ones_own_first(
        self, cast: Cast, circles: dict[str, Circle]
    ) -> None:
        address = annotate_address(cast.reading)
        start = form_for(cast.reading)["start_key"]
        chosen = {}
        for user in (cast.member, cast.owner):
            page = client_of(user).get(f"{address}?start_key={start}").text
            offered = page.partition('<select name="audience"')[2].partition("</select>")[0]
            chosen[user.name] = [
                (part.partition('"')[0], " selected" in part.partition(">")[0])
                for part in offered.split('<option value="')[1:]
            ]
        red, blue = (f"circle-{circles[name].pk}" for name in ("red", "blue"))
        assert chosen == {
            "Mira": [(red, True), ("group", False), ("private", False)],
            "Olga": [(blue, False), (red, False), ("group", True), ("private", False),
                     ("leaders", False)],
        }  # fmt: skip

    def test_a_card_says_which_it_is_for(
        self, cast: Cast, write: Write, circles: dict[str, Circle]
    ) -> None:
        write(cast.other, "Among us.", audience="circle", circle=circles["blue"])
        page = client_of(cast.owner).get(cast.reading.get_absolute_url()).text
        assert page.count('<span class="kind">Circle: blue</span>') == 1

    def test_a_note_to_ones_circle_and_none_to_anothers(
        self, cast: Cast, circles: dict[str, Circle]
    ) -> None:
        client = client_of(cast.member)
        got = {
            name: client.post(
                annotate_address(cast.reading),
                form_for(cast.reading, audience=f"circle-{circle.pk}"),
            ).status_code
            for name, circle in circles.items()
        }
        assert got == {"red": 302, "blue": 422}
        assert [note.circle for note in Annotation.objects.all()] == [circles["red"]]


class TestOnePerson:
    def test_a_leader_answers_one_person_alone(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "What do you think?")
        address = reverse("note_reply", args=[note.uuid])
        sent = {"body": "Between us.", "client_id": str(uuid4()), "privately": "on"}
        assert client_of(cast.owner).post(address, sent).status_code == 302
        aside = Annotation.objects.get(body="Between us.")
        assert (aside.audience, aside.addressee) == ("person", cast.other)
        answer = write(cast.other, "Thank you.", to=aside)
        assert (answer.audience, answer.addressee) == ("person", cast.other)
        seen = {
            user.name: Annotation.objects.visible_to(user).filter(root=note).count()
            for user in (cast.owner, cast.moderator, cast.other, cast.member, cast.outsider)
        }
        assert seen == {"Olga": 2, "Moses": 2, "Nils": 2, "Mira": 0, "Otto": 0}

    def test_members_answer_nobody_alone(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "What do you think?")
        with pytest.raises(PermissionDenied):
            write(cast.member, "Psst.", to=note, privately=True)
        address = reverse("note_reply", args=[note.uuid])
        page = client_of(cast.member).get(address).text
        assert page.count('name="privately"') == 0
        assert client_of(cast.owner).get(address).text.count('name="privately"') == 1
        sent = {"body": "Psst.", "client_id": str(uuid4()), "privately": "on"}
        assert client_of(cast.member).post(address, sent).status_code == 302
        assert Annotation.objects.get(body="Psst.").audience == "group"

    def test_the_page_says_to_whom(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "What do you think?")
        aside = write(cast.owner, "Between us.", to=note, privately=True)
        said = {}
        for user in (cast.other, cast.moderator):
            page = client_of(user).get(reverse("note_reply", args=[aside.uuid])).text
            said[user.name] = page.partition('<span class="to">')[2].partition("</span>")[0].strip()
        assert said == {"Nils": "To the leaders", "Moses": "To Olga and the leaders"}


def set_holding(cast: Cast, first: int) -> None:
    group = cast.reading.group
    group.holds_first = first
    group.save(update_fields=["holds_first"])


class TestWaiting:
    @pytest.fixture(autouse=True)
    def _hold(self, cast: Cast) -> None:
        set_holding(cast, 1)

    def test_the_first_notes_wait_until_one_is_let_in(self, cast: Cast, write: Write) -> None:
        first, second = write(cast.member, "One."), write(cast.member, "Two.")
        approve(cast.moderator, first)
        third = write(cast.member, "Three.")
        assert [note.state for note in (first, second, third)] == ["pending", "pending", "visible"]

    def test_leaders_and_notes_for_oneself_do_not_wait(self, cast: Cast, write: Write) -> None:
        states = [
            write(cast.owner, "A leader's.").state,
            write(cast.member, "For me.", audience="private").state,
        ]
        assert states == ["visible", "visible"]

    def test_who_is_held_waits_in_any_group(self, cast: Cast, write: Write) -> None:
        set_holding(cast, 0)
        Membership.objects.filter(user=cast.member).update(standing="held")
        assert write(cast.member, "One.").state == "pending"

    def test_sent_again_with_other_words_it_keeps_them_and_waits(self, cast: Cast) -> None:
        client, address = client_of(cast.member), annotate_address(cast.reading)
        sent = form_for(cast.reading, body="One.")
        for body in ("One.", "One, and a half."):
            assert client.post(address, {**sent, "body": body}).status_code == 302
        note = Annotation.objects.get()
        assert (note.body, note.state) == ("One, and a half.", "pending")

    def test_nobody_lets_in_their_own(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "One.")
        Membership.objects.filter(user=cast.member).update(role="moderator")
        with pytest.raises(PermissionDenied):
            approve(cast.member, note)
        with pytest.raises(PermissionDenied):
            approve(cast.other, note)
        approved = approve(cast.owner, note)
        assert (approved.state, approved.version) == ("approved", 2)
        assert approve(cast.moderator, note).version == 2

    def test_the_menu_lets_it_in(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "One.")
        menu, decide = (reverse(f"note_{name}", args=[note.uuid]) for name in ("menu", "decide"))
        offered = {
            user.name: client_of(user).get(menu).text.count(f'action="{decide}') > 0
            for user in (cast.owner, cast.moderator, cast.member)
        }
        assert offered == {"Olga": True, "Moses": True, "Mira": False}
        approving = {"verb": "approve", "seen": 1}
        assert client_of(cast.owner).post(decide, approving).status_code == 302
        note.refresh_from_db()
        assert note.state == "approved"


class TestReveal:
    def test_a_dot_says_that_somebody_wrote_and_the_own_note_shows_what(
        self, cast: Cast, write: Write
    ) -> None:
        cast.reading.reveal, cast.reading.reveal_after = "after_own", 2
        cast.reading.save(update_fields=["reveal", "reveal_after"])
        write(cast.other, "Unseen words.", on=1)
        write(cast.owner, "For leaders.", on=0, audience="leaders")
        write(cast.other, "For me.", on=2, audience="private")
        client, address = client_of(cast.member), cast.reading.get_absolute_url()
        seen = []
        for body in ("", "One.", "Two."):
            if body:
                write(cast.member, body, on=0)
            page = client.get(address).text
            seen.append((page.count('class="dot"'), page.count("Unseen words.")))
        assert seen == [(1, 0), (1, 0), (0, 1)]

    def test_a_highlight_without_words_reveals_nothing(self, cast: Cast, write: Write) -> None:
        cast.reading.reveal = "after_own"
        cast.reading.save(update_fields=["reveal"])
        hidden = write(cast.other, "Unseen words.")
        write(cast.member)
        seen = Annotation.objects.visible_to(cast.member)
        assert hidden not in seen
        write(cast.member, "Words.")
        assert hidden in seen.all()

    def test_who_can_not_write_is_not_told_to(self, cast: Cast, write: Write) -> None:
        cast.reading.reveal, cast.reading.status = "after_own", "closed"
        cast.reading.save(update_fields=["reveal", "status"])
        page = client_of(cast.member).get(cast.reading.get_absolute_url()).text
        assert page.count("leaders can show it to all") == 1
        assert page.count("note yourself") == 0

    def test_the_note_that_reveals_leads_to_the_whole_page(self, cast: Cast, write: Write) -> None:
        cast.reading.reveal = "after_own"
        cast.reading.save(update_fields=["reveal"])
        client, address = client_of(cast.member), annotate_address(cast.reading)
        answers = [
            client.post(address, form_for(cast.reading), headers={"HX-Request": "true"})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [204, 200]
        first = Annotation.objects.earliest("pk")
        there = f"{first.get_absolute_url()}?in={cast.group.slug}"
        assert answers[0].headers["HX-Redirect"] == there


def test_the_first_note_under_pseudonyms_makes_one(cast: Cast, write: Write) -> None:
    cast.reading.bylines = "pseudonyms"
    cast.reading.save(update_fields=["bylines"])
    write(cast.member, "For me.", audience="private")
    assert Pseudonym.objects.count() == 0
    write(cast.member, "One.")
    write(cast.member, "Two.")
    name = Pseudonym.objects.get().name
    page = client_of(cast.other).get(cast.reading.get_absolute_url()).text
    mine = client_of(cast.member).get(cast.reading.get_absolute_url()).text
    led = client_of(cast.owner).get(cast.reading.get_absolute_url()).text
    assert ("Mira" in page, name in page) == (False, True)
    assert mine.count(f'<b class="mine">{name}</b>') == 1
    assert ("Mira" in led, f"as {name}" in led) == (True, True)


def test_a_note_after_the_date_is_marked(cast: Cast, write: Write) -> None:
    now = timezone.now()
    cast.reading.due_at = now - timedelta(days=1)
    cast.reading.save(update_fields=["due_at"])
    Participation.objects.create(reading=cast.reading, user=cast.other, due_at=now + timedelta(1))
    write(cast.member, "Too late.")
    write(cast.other, "In time, for me.")
    write(cast.owner, "Leaders have no date.")
    write(cast.moderator, "Nor do moderators.")

    def marked() -> int:
        page = client_of(cast.observer).get(cast.reading.get_absolute_url()).text
        return page.count("after the date")

    before = marked()
    moderator = Membership.objects.get(user=cast.moderator, group=cast.group)
    set_role(by=cast.owner, membership=moderator, role="member")
    assert (before, marked()) == (1, 2)


def test_circles_pseudonyms_and_rules_cost_no_more_queries(
    cast: Cast, write: Write, circles: dict[str, Circle]
) -> None:
    """One for what is asked; before the reveal one for the dots, and none for what is kept."""
    reading, client = cast.reading, client_of(cast.member)
    reading.bylines = "pseudonyms"
    reading.save(update_fields=["bylines"])
    ask(write, cast.owner)
    write(cast.member, "Mine.", audience="circle", circle=circles["red"])
    write(cast.other, "Another circle's.", audience="circle", circle=circles["blue"])
    write(cast.other, "Across.", on=0, until=1)

    def page() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reading.get_absolute_url()).status_code == 200
        return len(asked)

    cache.clear()
    revealed = [page(), page()]
    reading.reveal = "after_finished"
    reading.save(update_fields=["reveal"])
    assert (revealed, page()) == ([12, 8], 11)
