"""How fast one person writes to others, and that nothing typed is lost where it is too fast or
isn't taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.models import Annotation, Case, LogEntry
from annotations.moderation import Refused, pace, rules
from reader.limits import TooMany
from reader.models import Membership, Paragraph, User
from tests.annotations.conftest import Write
from tests.annotations.test_views import form
from tests.cast import Cast, client_of, join

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def limits(settings: Any) -> None:
    settings.CATENA_LIMIT_NOTES = ((3, MINUTE), (5, HOUR))
    settings.CATENA_LIMIT_NOTES_FIRST_DAY = ((2, MINUTE), (3, HOUR))
    settings.CATENA_LIMIT_HIGHLIGHTS = ((4, MINUTE),)
    settings.CATENA_LIMIT_EDITS = ((2, MINUTE),)


@pytest.fixture
def settled(cast: Cast) -> Cast:
    """Everybody has been there for long."""
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=30))
    return cast


def age(minutes: float, *notes: Annotation) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    Annotation.objects.filter(pk__in=[note.pk for note in notes]).update(created_at=at)


def seconds(error: pytest.ExceptionInfo[TooMany]) -> int:
    return error.value.seconds


@pytest.mark.usefixtures("limits")
class TestPace:
    def test_highlights_without_words_have_their_own(self, settled: Cast, write: Write) -> None:
        for _each in range(4):
            write(settled.member, "", motivation="highlighting")
        with pytest.raises(TooMany):
            write(settled.member, "", motivation="highlighting")
        for number in range(3):
            write(settled.member, f"{number}.")
        with pytest.raises(TooMany):
            write(settled.member, "One more.")

    def test_so_many_a_minute(self, settled: Cast, write: Write) -> None:
        notes = [write(settled.member, f"{n}.") for n in range(3)]
        with pytest.raises(TooMany) as full:
            write(settled.member, "One more.")
        assert 58 <= seconds(full) <= 60
        age(0.5, notes[0])
        with pytest.raises(TooMany) as full:
            write(settled.member, to=notes[0])
        assert 28 <= seconds(full) <= 30
        age(1.1, notes[0])
        assert write(settled.member, "One more.").pk

    def test_so_many_an_hour(self, settled: Cast, write: Write) -> None:
        for minutes in (50, 40, 30, 20, 10):
            age(minutes, write(settled.member, f"{minutes}."))
        with pytest.raises(TooMany) as full:
            write(settled.member, "One more.")
        assert 598 <= seconds(full) <= 600

    def test_fewer_on_the_first_day(self, cast: Cast, write: Write) -> None:
        newcomer = join(cast.group, "Nora")
        for n in range(2):
            write(newcomer, f"{n}.")
        with pytest.raises(TooMany):
            write(newcomer, "One more.")
        Membership.objects.filter(user=newcomer).update(
            joined_at=timezone.now() - timedelta(days=1, minutes=1)
        )
        assert write(newcomer, "One more.").pk

    def test_leaders_and_private_notes_have_none(self, settled: Cast, write: Write) -> None:
        for n in range(7):
            assert write(settled.moderator, f"{n}.").pk
            assert write(settled.member, f"{n}.", audience="private").pk
        for n in range(3):
            assert write(settled.member, f"{n}.").pk

    def test_deleting_makes_no_room(self, settled: Cast, write: Write) -> None:
        for n in range(3):
            actions.withdraw(by=settled.member, annotation=write(settled.member, f"{n}."))
        with pytest.raises(TooMany):
            write(settled.member, "One more.")

    def test_others_are_not_counted(self, settled: Cast, write: Write) -> None:
        for n in range(3):
            write(settled.other, f"{n}.")
        assert write(settled.member, "The first.").pk

    def test_what_was_stored_already_is_answered(self, settled: Cast, write: Write) -> None:
        """Its first answer was lost on its way."""
        note = write(settled.member, "Once.")
        for n in range(2):
            write(settled.member, f"{n}.")
        again = actions.reply(by=settled.member, parent=note, body="Yes.", client_id=note.client_id)
        assert again.pk == note.pk

    def test_edits(self, settled: Cast, write: Write) -> None:
        note, mine = write(settled.member, "A."), write(settled.moderator, "A.")
        private = write(settled.member, "A.", audience="private")
        for body in ("B.", "C."):
            actions.edit(by=settled.member, annotation=note, body=body)
        with pytest.raises(TooMany) as full:
            actions.edit(by=settled.member, annotation=note, body="D.")
        assert 58 <= seconds(full) <= 60
        for body in ("B.", "C.", "D."):
            actions.edit(by=settled.moderator, annotation=mine, body=body)
            actions.edit(by=settled.member, annotation=private, body=body)
        note.refresh_from_db()
        assert note.body == "C."

    def test_it_costs_one_query(self, settled: Cast, write: Write) -> None:
        note = write(settled.member, "Once.")
        membership = Membership.objects.get(user=settled.member)
        with CaptureQueriesContext(connection) as asked:
            lately = pace.require_pace(settled.member, membership, note)
            pace.said_before(lately, note)
        assert len(asked) == 1


class TestTheSameTwice:
    SAID = "The very same four words."

    def test_it_is_refused_and_nothing_stored(self, cast: Cast, write: Write) -> None:
        write(cast.member, self.SAID)
        with pytest.raises(Refused, match="You have just written the same"):
            write(cast.member, "  the very SAME four\nwords.", on=1)
        assert Annotation.objects.count() == 1

    def test_as_a_reply_too(self, cast: Cast, write: Write) -> None:
        note = write(cast.owner, "Who?")
        write(cast.member, self.SAID, to=note)
        with pytest.raises(Refused):
            write(cast.member, self.SAID, to=note)

    @pytest.mark.parametrize("said", ["Yes, I agree.", "", "One two three"])
    def test_a_few_words_may_be_said_twice(self, cast: Cast, write: Write, said: str) -> None:
        assert {write(cast.member, said).pk for _time in range(2)} == set(
            Annotation.objects.values_list("pk", flat=True)
        )

    def test_others_may_say_it_and_so_may_one_later(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, self.SAID)
        assert write(cast.other, self.SAID).pk
        age(5.1, note)
        assert write(cast.member, self.SAID).pk

    def test_one_that_was_deleted_is_not_there(self, cast: Cast, write: Write) -> None:
        actions.withdraw(by=cast.member, annotation=write(cast.member, self.SAID))
        assert write(cast.member, self.SAID).pk

    def test_in_another_group_it_may_be_said(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, self.SAID)
        there = Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
        assert not pace.said_before(pace.require_pace(cast.member, there, note), note)


def watch(cast: Cast, words: str, effect: str) -> None:
    rules.add_word_rule(by=cast.owner, group=cast.group, words=words, effect=effect)


class TestWordRules:
    def test_each_effect(self, cast: Cast, write: Write) -> None:
        for effect in ("hold", "flag", "block"):
            watch(cast, f"{effect}ed", effect)
        held = write(cast.member, "Well, holded it is.")
        with pytest.raises(Refused, match="“Blocked”"):
            write(cast.member, "Blocked by it.")
        flagged = write(cast.member, "It is flaged here.")
        states = {note.pk: note.state for note in Annotation.objects.all()}
        assert (states[held.pk], states[flagged.pk]) == ("pending", "visible")
        cases = Case.objects.order_by("pk").values_list("annotation", "rule", "matched")
        assert list(cases) == [(held.pk, "word", "holded"), (flagged.pk, "word", "flaged")]

    def test_leaders_pass(self, cast: Cast, write: Write) -> None:
        watch(cast, "word", "block")
        assert write(cast.moderator, "A word.").state == "visible"
        assert write(cast.member, "A word.", audience="private").state == "visible"

    def test_the_site_watches_everywhere(self, cast: Cast, write: Write) -> None:
        administrator = User.objects.create_superuser("root@example.org", "x", name="Ada")
        rules.add_word_rule(by=administrator, group=None, words="word", effect="block")
        with pytest.raises(Refused):
            write(cast.member, "A word.")

    def test_of_another_group_nothing_holds(self, cast: Cast, write: Write) -> None:
        rules.add_word_rule(
            by=cast.outsider, group=cast.elsewhere.group, words="word", effect="block"
        )
        assert write(cast.member, "A word.").state == "visible"


ASKED = {"HX-Request": "true"}


@pytest.mark.usefixtures("limits")
class TestForms:
    """The form comes back with everything that was typed; as a page, and as a fragment."""

    TYPED = "Typed with care, and not to be lost."

    @pytest.fixture
    def member(self, settled: Cast) -> Client:
        return client_of(settled.member)

    @pytest.fixture
    def full(self, settled: Cast, write: Write) -> Annotation:
        """A note of an owner's, after which the member is at the limit."""
        for n in range(3):
            write(settled.member, f"{n}.")
        return write(settled.owner, "Who?")

    def told(self, answer: Any) -> tuple[int, bool, int, int]:
        wait = int(answer.headers["Retry-After"])
        sentence = answer.text.count("You write faster than this site takes it.")
        return answer.status_code, 55 <= wait <= 60, sentence, answer.text.count(self.TYPED)

    @pytest.mark.parametrize("headers", [{}, ASKED], ids=["page", "fragment"])
    def test_annotate(
        self, settled: Cast, member: Client, full: Annotation, paragraphs: list[Paragraph],
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        there = reverse("annotate", args=[settled.group.slug, settled.reading.article.slug])
        sent = form(paragraphs[0], body=self.TYPED, tags="kept", category="rose")
        before = Annotation.objects.count()
        answer = member.post(there, sent, headers=headers)
        assert self.told(answer) == (429, True, 1, 1)
        assert answer.text.count(f'value="{sent["client_id"]}"') == 1
        assert answer.text.count('value="kept"') == 1
        assert ("<html" in answer.text) is not bool(headers)
        assert Annotation.objects.count() == before

    @pytest.mark.parametrize("headers", [{}, ASKED], ids=["page", "fragment"])
    def test_reply(self, member: Client, full: Annotation, headers: dict[str, str]) -> None:
        there = reverse("note_reply", args=[full.uuid])
        sent = {"body": self.TYPED, "client_id": str(uuid4())}
        answer = member.post(there, sent, headers=headers)
        assert self.told(answer) == (429, True, 1, 1)
        assert ("<html" in answer.text) is not bool(headers)
        assert full.replies.count() == 0

    @pytest.mark.parametrize("headers", [{}, ASKED], ids=["page", "fragment"])
    def test_edit(
        self, settled: Cast, member: Client, write: Write, headers: dict[str, str]
    ) -> None:
        note = write(settled.member, "A.")
        for body in ("B.", "C."):
            actions.edit(by=settled.member, annotation=note, body=body)
        sent = {"body": self.TYPED, "category": "yellow", "tags": ""}
        answer = member.post(reverse("note_edit", args=[note.uuid]), sent, headers=headers)
        assert self.told(answer) == (429, True, 1, 1)
        note.refresh_from_db()
        assert note.body == "C."

    @pytest.mark.parametrize("headers", [{}, ASKED], ids=["page", "fragment"])
    def test_words_that_are_not_taken(
        self, settled: Cast, member: Client, write: Write, paragraphs: list[Paragraph],
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        watch(settled, "care", "block")
        to, mine = write(settled.owner, "Who?"), write(settled.member, "A.")
        place = [settled.group.slug, settled.reading.article.slug]
        log = LogEntry.objects.count()
        for there, sent in (
            (reverse("annotate", args=place), form(paragraphs[0], body=self.TYPED)),
            (
                reverse("note_reply", args=[to.uuid]),
                {"body": self.TYPED, "client_id": str(uuid4())},
            ),
            (reverse("note_edit", args=[mine.uuid]), {"body": self.TYPED, "tags": ""}),
        ):
            answer = member.post(there, sent, headers=headers)
            assert (answer.status_code, answer.text.count(self.TYPED)) == (422, 1)
            assert answer.text.count("“care” isn’t taken in this group.") == 1
        assert Annotation.objects.count() == 2
        assert LogEntry.objects.count() == log  # what is never stored leaves no row


def test_the_suite_is_not_held_up() -> None:
    assert site.CATENA_LIMIT_NOTES[0][0] == 100_000
