"""The sheet for the next session: what is on it, in which part, for whom, and ticking it off."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import endorse, reopen, resolve
from annotations.enums import State
from annotations.meeting import Sheet, sheet_of
from annotations.models import Annotation, Mute
from annotations.room import enter_reading
from reader.enums import Bylines, Readable, Reveal, Status
from reader.models import Circle, Paragraph, Reading, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of, join
from tests.moves import move
from tests.permissions.world import comment

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

type Parts = dict[str, list[str]]


def of(user: User, reading: Reading) -> Sheet:
    return sheet_of(enter_reading(user, Reading.objects.get(pk=reading.pk)))


def parts(user: User, cast: Cast) -> Parts:
    sheet = of(user, cast.reading)
    return {
        section.part.value: [item.words for item in section.items] for section in sheet.sections
    }


def url(cast: Cast) -> str:
    return reverse("meeting", args=[cast.group.slug, cast.reading.article.slug])


def ask(write: Write, by: User, body: str, **given: Any) -> Annotation:
    return write(by, body, motivation="questioning", **given)


def text_of(item: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", item).split())


def items(page: str) -> list[str]:
    """What each item says, but for the forms."""
    found = re.findall(r'<li class="item.*?</li>', page, re.DOTALL)
    return [text_of(re.sub(r"<form.*?</form>", "", each, flags=re.DOTALL)) for each in found]


class TestParts:
    def test_questions_stand_in_reading_order(self, cast: Cast, write: Write) -> None:
        ask(write, cast.member, "Second?", on=1)
        ask(write, cast.other, "Third?", on=1, start=8, end=12)
        first = ask(write, cast.other, "First?", on=0)
        write(cast.member, "An answer.", to=first)
        ask(write, cast.owner, "From the leaders?", category="violet", on=0)
        write(cast.member, "No question.")
        assert parts(cast.member, cast) == {
            "questions": ["First?", "Second?", "Third?"],
            "prompts": ["From the leaders?"],
        }

    def test_a_doubt_that_others_answered(self, cast: Cast, write: Write) -> None:
        answered = write(cast.member, "I doubt it.", category="rose", on=0)
        write(cast.other, "I don’t.", to=answered)
        alone = write(cast.other, "I go on about it.", category="rose", on=1)
        write(cast.other, "And on.", to=alone)
        taken_back = write(cast.other, "Nobody minds.", category="rose", on=2)
        reply = write(cast.member, "I do.", to=taken_back)
        actions.withdraw(by=cast.member, annotation=reply)
        agreed = write(cast.owner, "An answer alone is none.", on=2)
        write(cast.member, "True.", to=agreed)
        assert parts(cast.observer, cast) == {"disagreements": ["I doubt it."]}

    @pytest.mark.parametrize(
        ("by", "start", "end", "listed"),
        [
            ("other", 3, 9, True),  # shares words
            ("other", 0, 5, True),
            ("other", 5, 9, False),  # begins where the other ends
            ("member", 3, 9, False),  # somebody who is of two minds
        ],
    )
    def test_important_to_one_and_doubted_by_another(
        self, cast: Cast, write: Write, by: str, start: int, end: int, listed: bool
    ) -> None:
        write(cast.member, "This is it.", category="green", start=0, end=5)
        doubted = write(getattr(cast, by), "Is it?", category="rose", start=start, end=end)
        write(getattr(cast, by), "Elsewhere.", category="rose", on=1, start=start, end=end)
        sheet = of(cast.observer, cast.reading)
        against = [(item.root, item.against_called, item.against_words) for item in sheet.items]
        assert against == ([(doubted, "Mira", "This is it.")] if listed else [])

    def test_over_several_paragraphs_and_not_where_words_are_lost(
        self, cast: Cast, write: Write
    ) -> None:
        long = write(cast.member, "All of this.", category="green", on=0, until=2, end=5)
        write(cast.other, "Not the middle.", category="rose", on=1, start=3, end=9)
        assert parts(cast.observer, cast) == {"disagreements": ["Not the middle."]}
        move(long)
        assert parts(cast.observer, cast) == {}

    def test_where_most_joined_in(self, cast: Cast, write: Write) -> None:
        greta = join(cast.group, "Greta")
        talked = write(cast.member, "Talked about by three.", on=2)
        for by in (cast.other, cast.owner):
            write(by, to=talked)
        two = write(cast.member, "Talked about by two.", on=2)
        for _again in range(4):
            write(cast.other, f"Again {_again}.", to=two)
        for count, body in enumerate(("None.", "One.", "Two.", "Three.")):
            note = write(cast.member, body, on=1)
            for by in (cast.other, cast.owner, greta)[:count]:
                endorse(by=by, annotation=note)
        assert parts(cast.observer, cast) == {
            "joined": ["Three.", "Two.", "One.", "Talked about by three."]
        }
        for body in ("Four.", "Five."):
            endorse(by=greta, annotation=write(cast.other, body, on=0))
        assert parts(cast.observer, cast) == {
            "joined": ["Three.", "Two.", "Four.", "Five.", "One."]
        }

    def test_prompts_that_fewer_than_half_answered(self, cast: Cast, write: Write) -> None:
        greta = join(cast.group, "Greta")
        people = (cast.member, cast.other, greta, cast.moderator)
        for by in people:
            write(by, f"{by.name} writes here.", on=2)
        for answers in range(4):
            prompt = ask(write, cast.owner, f"Answered by {answers}?", category="violet", on=1)
            for by in people[:answers]:
                write(by, f"An answer to {answers}.", to=prompt)
        write(cast.owner, "Come on.", to=Annotation.objects.get(body="Answered by 1?"))
        found = [
            (item.words, item.answered, item.asked) for item in of(cast.member, cast.reading).items
        ]
        assert found == [("Answered by 0?", 0, 4), ("Answered by 1?", 1, 4)]

    def test_each_stands_once_in_the_first_that_it_fits(self, cast: Cast, write: Write) -> None:
        everything = ask(write, cast.member, "A question, liked and talked about?")
        doubt = write(cast.member, "A doubt, too.", category="rose", on=1)
        important = write(cast.other, "Important, and liked.", category="green", on=1)
        for note in (everything, doubt, important):
            for by in (cast.owner, cast.moderator):
                endorse(by=by, annotation=note)
                write(by, "Yes.", to=note)
        assert parts(cast.observer, cast) == {
            "questions": ["A question, liked and talked about?"],
            "disagreements": ["A doubt, too."],
        }

    def test_what_is_settled_stays_for_a_session(self, cast: Cast, write: Write) -> None:
        now, before = (ask(write, cast.member, body) for body in ("Settled now?", "Long ago?"))
        ask(write, cast.member, "Open?", on=2)
        for root in (now, before):
            resolve(by=cast.owner, root=root, outcome="So it is.")
        Annotation.objects.filter(pk=before.pk).update(
            resolved_at=timezone.now() - timedelta(hours=13)
        )
        sheet = of(cast.member, cast.reading)
        assert [(item.words, item.is_done) for item in sheet.items] == [
            ("Settled now?", True), ("Open?", False),
        ]  # fmt: skip
        assert [item.words for item in sheet.earlier] == ["Long ago?"]
        assert (sheet.done, sheet.is_long) == (1, False)


class TestForWhom:
    def test_nothing_but_what_stands_for_those_who_meet(self, cast: Cast, write: Write) -> None:
        cast.reading.has_circles = True
        cast.reading.save(update_fields=["has_circles"])
        circle = Circle.objects.create(reading=cast.reading, name="red")
        circle.members.set([cast.member, cast.other])
        ask(write, cast.member, "For all?")
        ask(write, cast.member, "For red?", audience="circle", circle=circle, on=1)
        ask(write, cast.member, "For me?", audience="private", on=1)
        ask(write, cast.owner, "For leaders?", audience="leaders", on=1)
        for state in (State.PENDING, State.HIDDEN, State.REMOVED, State.WITHDRAWN):
            note = ask(write, cast.member, f"{state}?", on=2)
            Annotation.objects.filter(pk=note.pk).update(state=state)
        both, mine = ["For all?", "For red?"], ["For all?"]
        seen = {
            user.name: parts(user, cast)["questions"]
            for user in (cast.owner, cast.member, cast.other, cast.observer)
        }
        assert seen == {"Olga": both, "Mira": both, "Nils": both, "Ute": mine}
        page = client_of(cast.member).get(url(cast)).text
        assert [text.count("Circle: red") for text in items(page)] == [0, 1]

    def test_only_open_answers_count(self, cast: Cast, write: Write) -> None:
        root = ask(write, cast.member, "Who says so?")
        write(cast.other, "He does.", to=root)
        actions.reply(
            by=cast.owner, parent=root, body="Between us.", client_id=uuid4(), privately=True
        )
        hidden = write(cast.other, "Hidden.", to=root)
        Annotation.objects.filter(pk=hidden.pk).update(state=State.HIDDEN)
        for user in (cast.owner, cast.member, cast.other):
            assert [(i.replies, i.people) for i in of(user, cast.reading).items] == [(1, 2)]

    def test_a_reveal_rule_holds_here_too(self, cast: Cast, write: Write) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(reveal=Reveal.AFTER_OWN)
        ask(write, cast.other, "Not revealed?")
        ask(write, cast.owner, "From the leaders?", category="violet")
        assert parts(cast.member, cast) == {"prompts": ["From the leaders?"]}
        page = client_of(cast.member).get(url(cast)).text
        assert [page.count(words) for words in ("Not revealed?", "Nils")] == [0, 0]
        ask(write, cast.member, "Mine?")
        assert parts(cast.member, cast)["questions"] == ["Not revealed?", "Mine?"]

    def test_what_somebody_muted_is_not_on_theirs(self, cast: Cast, write: Write) -> None:
        ask(write, cast.other, "Loud?")
        thread = ask(write, cast.owner, "Endless?")
        ask(write, cast.moderator, "Calm?")
        here: dict[str, Any] = {"user": cast.member, "group": cast.group}
        Mute.objects.create(person=cast.other, **here)
        Mute.objects.create(root=thread, **here)
        assert parts(cast.member, cast)["questions"] == ["Calm?"]
        assert parts(cast.observer, cast)["questions"] == ["Loud?", "Endless?", "Calm?"]

    def test_pseudonyms_are_all_that_is_told_to_leaders_too(self, cast: Cast, write: Write) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines=Bylines.PSEUDONYMS)
        cast.reading.refresh_from_db()
        root = ask(write, cast.other, "Who says so?")
        alias = cast.reading.pseudonyms.get(user=cast.other).name
        for user in (cast.owner, cast.member):
            page = client_of(user).get(url(cast)).text
            assert [page.count(name) for name in (alias, "Nils")] == [1, 0]
        assert root.creator == cast.other

    def test_who_may_tick(self, cast: Cast, write: Write) -> None:
        ask(write, cast.member, "Mine?")
        ask(write, cast.other, "Another’s?")
        may = {
            user.name: [item.may_tick for item in of(user, cast.reading).items]
            for user in (cast.owner, cast.moderator, cast.member, cast.observer)
        }
        assert may == {
            "Olga": [True, True], "Moses": [True, True], "Mira": [True, False],
            "Ute": [False, False],
        }  # fmt: skip
        page = client_of(cast.member).get(url(cast)).text
        assert [page.count(part) for part in ('class="tick"', 'class="line on-paper"')] == [1, 1]


class TestThePage:
    @pytest.fixture
    def question(self, cast: Cast, write: Write) -> Annotation:
        question = ask(write, cast.other, "Who <i>says</i> so?", start=2, end=8)
        write(cast.member, "He does.", to=question)
        endorse(by=cast.member, annotation=question)
        return question

    def test_says_all_there_is_to_know(
        self, cast: Cast, write: Write, question: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        due = datetime.fromisoformat("2031-05-04T12:00+00:00")
        Reading.objects.filter(pk=cast.reading.pk).update(due_at=due)
        write(cast.member, "Holds.", category="green", on=1)
        write(cast.other, category="rose", on=1)
        ask(write, cast.owner, "And all of it?", category="violet", whole_article=True)
        page = client_of(cast.observer).get(url(cast)).text
        assert items(page) == [
            "Who &lt;i&gt;says&lt;/i&gt; so? margin Nils · paragraph 1 · 1 reply · 1 wonders, too",
            "Whoev Nils · paragraph 2 · no reply yet Mira marked the same words as important: "
            "Holds. read it",
            "And all of it? Olga · the whole text · 0 of 2 answered",
        ]
        assert page.count("due <time") == 1
        assert page.count("Sunday, 4 May 2031, 12:00") == 1
        assert page.count(f'href="/n/{question.uuid}/?in=thursday-circle"') == 1
        assert re.findall(r'id="progress">(.*?)<', page) == ["0 of 3 settled"]

    def test_an_empty_one_says_so(self, cast: Cast, write: Write) -> None:
        client = client_of(cast.observer)
        assert client.get(url(cast)).text.count("Nothing waits to be talked about") == 1
        write(cast.member, "Only a remark.")
        Reading.objects.filter(pk=cast.reading.pk).update(reveal=Reveal.AFTER_FINISHED)
        assert client.get(url(cast)).text.count("once you see it in the text") == 1

    def test_is_found_from_the_text_and_by_leaders_from_the_home(
        self, cast: Cast, write: Write
    ) -> None:
        link = f'href="{url(cast)}"'
        home, settings = (
            cast.group.get_absolute_url(),
            reverse("circles", args=[cast.group.slug, cast.reading.article.slug]),
        )
        member, owner = client_of(cast.member), client_of(cast.owner)
        assert member.get(cast.reading.get_absolute_url()).text.count(link) == 1
        assert [owner.get(page).text.count(link) for page in (home, settings)] == [1, 1]
        assert [page.text.count('aria-current="page">Meeting sheet') for page in (
            owner.get(url(cast)), member.get(url(cast))
        )] == [1, 0]  # fmt: skip

    def test_without_script(self, cast: Cast, question: Annotation) -> None:
        client, note = client_of(cast.other), str(question.uuid)
        answer = client.post(url(cast), {"note": note, "outcome": "He does, in ¶ 3."})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{url(cast)}#i-{note}")
        page = client.get(url(cast)).text
        assert items(page) == [
            "Who &lt;i&gt;says&lt;/i&gt; so? margin Nils · paragraph 1 · 1 reply · "
            "1 wonders, too ✓ Settled · He does, in ¶ 3."
        ]
        assert [page.count(words) for words in ('name="undo"', "1 of 1 settled")] == [1, 1]
        question.refresh_from_db()
        assert (question.resolved_by, question.resolution) == (cast.other, "He does, in ¶ 3.")
        assert client.post(url(cast), {"note": note, "undo": "1"}).status_code == 302
        page = client.get(url(cast)).text
        assert page.count("It said: “He does, in ¶ 3.”") == 1
        question.refresh_from_db()
        assert (question.resolved_at, question.resolution) == (None, "")

    def test_htmx_gets_the_one_item_and_how_far_they_are(
        self, cast: Cast, question: Annotation, write: Write
    ) -> None:
        ask(write, cast.member, "Another one?", on=2)
        client, note = client_of(cast.moderator), str(question.uuid)
        sent = {"note": note, "outcome": "He does.", "seen": ""}
        for _click in range(2):
            answer = client.post(url(cast), sent, headers=HTMX)
            assert (answer.status_code, len(items(answer.text))) == (200, 1)
            assert answer.text.count("1 of 2 settled") == 1
            assert answer.text.count('hx-swap-oob="true"') == 1
            assert answer.headers["HX-Trigger-After-Settle"] == (
                f'{{"catena:ticked": {{"item": "i-{note}", "done": true}}}}'
            )
        undone = client.post(url(cast), {"note": note, "undo": "1"}, headers=HTMX)
        # What was written comes back into its line.
        assert [undone.text.count(part) for part in ('value="He does."', "0 of 2")] == [1, 1]
        assert undone.headers["HX-Trigger-After-Settle"].count('"done": false') == 1
        assert client.post(url(cast), {"note": note, "undo": "1"}, headers=HTMX).status_code == 200

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
    def test_what_was_written_meanwhile_and_what_is_too_long(
        self, cast: Cast, question: Annotation, write: Write, headers: dict[str, str]
    ) -> None:
        ask(write, cast.member, "Another one?", on=2)
        client, note = client_of(cast.moderator), str(question.uuid)
        long = {"note": note, "outcome": "x" * 301}
        answer = client.post(url(cast), long, headers=headers)
        assert (answer.status_code, answer.text.count(f'value="{"x" * 301}"')) == (422, 1)
        assert len(items(answer.text)) == (1 if headers else 2)
        resolve(by=cast.other, root=question, outcome="His words.")
        sent = {"note": note, "outcome": "Their words.", "seen": ""}
        answer = client.post(url(cast), sent, headers=headers)
        assert answer.status_code == 422
        assert answer.text.count("“His words.”") == 1
        assert answer.text.count('value="Their words."') == 1
        question.refresh_from_db()
        assert (question.resolved_by, question.resolution) == (cast.other, "His words.")

    def test_one_of_an_earlier_session_is_opened_again(
        self, cast: Cast, question: Annotation, write: Write
    ) -> None:
        remark = write(cast.other, "A remark.", on=1)
        for root in (question, remark):
            resolve(by=cast.owner, root=root)
        Annotation.objects.filter(resolved_at__isnull=False).update(
            resolved_at=timezone.now() - timedelta(days=7)
        )
        client = client_of(cast.owner)
        assert client.get(url(cast)).text.count("2 threads settled earlier") == 1
        for root, status in ((question, 200), (remark, 204)):
            sent = {"note": str(root.uuid), "undo": "1"}
            assert client.post(url(cast), sent, headers=HTMX).status_code == status
        assert parts(cast.owner, cast) == {"questions": ["Who <i>says</i> so?"]}

    def test_who_gets_what(self, cast: Cast, question: Annotation) -> None:
        sent = {"note": str(question.uuid), "outcome": "Mine."}
        assert client_of(cast.member).post(url(cast), sent).status_code == 403
        assert client_of(cast.outsider).get(url(cast)).status_code == 404
        assert client_of(cast.outsider).post(url(cast), sent).status_code == 404
        assert client_of(cast.owner).put(url(cast)).status_code == 405
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by=Readable.PUBLIC)
        assert client_of(cast.outsider).get(url(cast)).status_code == 403
        assert client_of(None).get(url(cast)).status_code == 302
        question.refresh_from_db()
        assert question.resolved_at is None

    def test_what_it_is_sent_for_nothing(
        self, cast: Cast, question: Annotation, write: Write
    ) -> None:
        private = ask(write, cast.owner, "For me?", audience="private")
        elsewhere = comment(cast.outsider, cast.elsewhere, "Over there.")
        wrong: list[str | UUID] = [
            "", "no-such", uuid4(), question.thread.get().uuid, private.uuid, elsewhere.uuid,
        ]  # fmt: skip
        for note in wrong:
            sent = {"note": str(note), "outcome": "Mine."}
            assert client_of(cast.owner).post(url(cast), sent).status_code == 404
        assert not Annotation.objects.filter(resolved_at__isnull=False).exists()

    def test_once_a_reading_is_closed_leaders_still_say_what_came_of_it(
        self, cast: Cast, question: Annotation
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(status=Status.CLOSED)
        sent = {"note": str(question.uuid), "outcome": "He did."}
        assert client_of(cast.owner).post(url(cast), sent).status_code == 302
        reopen(by=cast.owner, root=question)
        assert client_of(cast.member).get(url(cast)).status_code == 200


@pytest.mark.parametrize(("notes", "listed"), [(3, 2), (300, 225)])
def test_what_is_asked_of_the_database(cast: Cast, notes: int, listed: int) -> None:
    """As many queries for three notes as for three hundred."""
    first = cast.reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    made = [
        Annotation(
            creator=(cast.member, cast.other, cast.other, cast.member)[at % 4],
            article=cast.reading.article,
            reading=cast.reading, audience="group", client_id=uuid4(), body=f"Number {at}?",
            body_html=f"<p>Number {at}?</p>",
            motivation=("questioning", "commenting")[at % 2],
            category=("blue", "rose", "blue", "green")[at % 4],
        )
        for at in range(notes)
    ]  # fmt: skip
    for root in Annotation.objects.bulk_create(made):
        root.targets.create(
            start_paragraph=first, start_offset=0, end_paragraph=first, end_offset=5,
            exact="A mar", text_revision=1,
        )  # fmt: skip
    endorse(by=cast.owner, annotation=made[0])
    client = client_of(cast.owner)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url(cast)).text
    assert len(asked.captured_queries) == 9
    assert len(items(page)) == listed
