"""Notes whose words a correction took or changed: what is shown, and placing them anew."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from annotations import actions
from annotations.actions import Range
from annotations.enums import AnchorState, State
from annotations.models import Annotation, Layer, Target
from annotations.permissions import can_place
from reader.actions import TextMovedOn
from reader.enums import Status
from reader.models import Article, Membership, Paragraph, Reading, User
from reader.permissions import membership_of
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of
from tests.corrections import correct, reworded
from tests.moves import move

HTMX = {"HX-Request": "true"}


def now(note: Annotation) -> Target:
    target: Target = note.targets.select_related("start_paragraph").get(current=True)
    return target


def said(note: Annotation) -> tuple[str, str, str]:
    target = now(note)
    return target.anchor_state, target.start_paragraph.text[:7], target.exact


def address(name: str, note: Annotation) -> str:
    return reverse(name, args=[note.uuid])


def measured(paragraph: Paragraph, start: int, end: int) -> dict[str, Any]:
    """What the page sends for selected words."""
    return {
        "start_key": paragraph.key,
        "start": start,
        "end_key": paragraph.key,
        "end": end,
        "exact": paragraph.text[start:end],
    }


class TestAction:
    def test_it_is_a_new_row_and_the_old_ones_are_its_history(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note, to=paragraphs[2])
        placed = actions.place(by=cast.member, annotation=note, where=Range(paragraphs[1:2], 0, 7))
        assert placed.version == 2
        rows = note.targets.order_by("pk").values_list(
            "anchor_state", "exact", "placed_by__name", "current", "text_revision"
        )
        assert list(rows) == [
            ("exact", "margin", "Mira", False, 1),
            ("detached", "margin", None, False, 2),
            ("exact", "Whoever", "Mira", True, 2),
        ]

    def test_what_changes_nothing_is_no_change(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        for _ in range(2):
            placed = actions.place(
                by=cast.member, annotation=note, where=Range(paragraphs[1:2], 0, 7)
            )
        assert (placed.version, note.targets.count()) == (2, 2)

    def test_accepting_what_a_correction_found_says_who_did(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note, AnchorState.MOVED, start=2, end=8)
        for _ in range(2):
            actions.place(by=cast.moderator, annotation=note, where=Range(paragraphs[:1], 2, 8))
        assert (now(note).anchor_state, now(note).placed_by) == ("exact", cast.moderator)
        assert note.targets.count() == 3

    def test_the_fragments_of_both_places_are_dated_anew(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", on=0, until=1, end=7)
        Layer.objects.all().delete()
        actions.place(by=cast.member, annotation=note, where=Range(paragraphs[1:3], 4, 3))
        layers = Layer.objects.values_list("paragraph__number", "version", "leaders_version")
        assert sorted(layers) == [(1, 1, 1), (2, 1, 1), (4, 1, 1)]

    def test_members_notice_nothing_of_what_is_held(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?")
        Annotation.objects.filter(pk=note.pk).update(state=State.PENDING, was_shown=False)
        Layer.objects.all().delete()
        actions.place(by=cast.member, annotation=note, where=Range(paragraphs[1:2], 0, 7))
        assert set(Layer.objects.values_list("version", "leaders_version")) == {(0, 1)}

    def test_a_text_that_was_corrected_meanwhile_is_noticed(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?")
        Article.objects.update(text_revision=2)
        with pytest.raises(TextMovedOn):
            actions.place(by=cast.member, annotation=note, where=Range(paragraphs[1:2], 0, 7))
        assert now(note).start_paragraph == paragraphs[0]

    def test_a_reply_has_no_place(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        reply = write(cast.member, to=write(cast.other, "Why?"))
        with pytest.raises(PermissionDenied):
            actions.place(by=cast.member, annotation=reply, where=Range(paragraphs[1:2], 0, 7))


STATES = list(AnchorState)


class TestWhoMay:
    """By the state of the note: exact, moved, approximate, detached."""

    @pytest.fixture
    def may(self) -> Any:
        def may(user: User, note: Annotation) -> list[bool]:
            reading = note.reading
            membership = None if reading is None else membership_of(user, reading.group)
            chosen_by = note.creator
            return [
                can_place(user, membership, note, Target(anchor_state=state, placed_by=chosen_by))
                for state in STATES
            ]

        return may

    def test_authors_always_and_leaders_where_it_is_unsure(
        self, cast: Cast, write: Write, may: Any
    ) -> None:
        note = write(cast.member, "Why?")
        assert {user.name: may(user, note) for user in (cast.member, cast.moderator)} == {
            "Mira": [True] * 4,
            "Moses": [False, True, True, True],
        }
        for user in (cast.other, cast.observer, cast.outsider):
            assert may(user, note) == [False] * 4

    def test_leaders_once_the_reading_is_closed(self, cast: Cast, write: Write, may: Any) -> None:
        note = write(cast.member, "Why?")
        assert note.reading is not None
        note.reading.status = Status.CLOSED
        assert may(cast.member, note) == [False] * 4
        assert may(cast.owner, note) == [False, True, True, True]

    def test_a_private_note_has_its_author_alone(self, cast: Cast, write: Write, may: Any) -> None:
        note = write(cast.member, "Why?", audience="private")
        assert (may(cast.member, note), may(cast.owner, note)) == ([True] * 4, [False] * 4)

    @pytest.mark.parametrize("state", [State.HIDDEN, State.REMOVED, State.WITHDRAWN])
    def test_nobody_what_does_not_stand(
        self, cast: Cast, write: Write, may: Any, state: str
    ) -> None:
        note = write(cast.member, "Why?")
        note.state = state
        assert (may(cast.member, note), may(cast.owner, note)) == ([False] * 4, [False] * 4)

    def test_a_leader_mends_what_they_chose(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?")
        chosen = Target(anchor_state=AnchorState.EXACT, placed_by=cast.moderator)
        for user, may in ((cast.moderator, True), (cast.owner, False)):
            assert can_place(user, membership_of(user, cast.group), note, chosen) is may

    def test_nobody_what_is_said_of_the_whole_article(self, cast: Cast, write: Write) -> None:
        note = write(cast.owner, "Why?", motivation="questioning", category="violet")
        whole = Target(whole_article=True, placed_by=cast.owner)
        assert not can_place(cast.owner, membership_of(cast.owner, cast.group), note, whole)


class TestPlaceView:
    @pytest.fixture
    def note(self, cast: Cast, write: Write) -> Annotation:
        return write(cast.member, "Why?", start=12, end=34)

    def test_selected_words(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        move(note, to=paragraphs[2])
        answer = client_of(cast.member).post(
            address("note_place", note), measured(paragraphs[1], 8, 14), headers=HTMX
        )
        assert answer.status_code == 200
        assert said(note) == ("exact", "Whoever", "writes")
        told = json.loads(answer.headers["HX-Trigger-After-Settle"])["catena:answer"]
        assert (told["happened"], told["paragraph"]) == ("placed", paragraphs[1].key)
        painted = dict(re.findall(r'id="p-(\w+)"[^>]* data-notes="([^"]*)"', answer.text))
        short = note.uuid.hex[:8]
        assert painted == {paragraphs[1].key: f"{short}:8:14", paragraphs[2].key: ""}
        counted = re.findall(r'class="count( none)?" id="count-(\w+)"', answer.text)
        assert counted == [("", paragraphs[1].key), (" none", paragraphs[2].key)]

    def test_without_htmx_the_way_leads_to_the_note(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        data = {"start_key": paragraphs[1].key, "sentence": "whole"}
        client = client_of(cast.member)
        answer = client.post(address("note_place", note), data)
        assert (answer.status_code, str(note.uuid) in answer.headers["Location"]) == (302, True)
        assert said(note) == ("exact", "Whoever", paragraphs[1].text)
        page = client.get(answer.headers["Location"], follow=True)
        assert page.text.count('<li class="success">The note has its place.</li>') == 1

    def test_from_the_list_it_leads_back_there(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        move(note)
        data = {"start_key": paragraphs[1].key, "sentence": "whole", "look": "1"}
        answer = client_of(cast.member).post(address("note_place", note), data)
        assert answer.headers["Location"] == f"{cast.reading.get_absolute_url()}look/"

    def test_the_page_offers_the_sentences_where_a_detached_note_stands(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        Paragraph.objects.filter(pk=paragraphs[0].pk).update(text="Others. Words.", spans=[])
        move(note)
        page = client_of(cast.member).get(address("note_place", note))
        assert re.findall(r'name="sentence" value="([\w-]+)"', page.text) == [
            "whole", "0-7", "8-14",
        ]  # fmt: skip
        assert "These are the right words" not in page.text
        assert page.text.count('<blockquote class="lost"') == 1
        assert "checked" not in page.text

    def test_another_paragraph_by_its_number(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        client = client_of(cast.member)
        for number, key, missing in (
            ("2", paragraphs[1].key, 0),
            ("99", paragraphs[0].key, 1),
            ("9" * 40, paragraphs[0].key, 1),
        ):
            page = client.get(address("note_place", note), {"number": number})
            assert f'name="start_key" value="{key}"' in page.text
            assert page.text.count("There is no paragraph 99") == missing

    def test_words_that_come_back_are_proposed(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        move(note, to=paragraphs[2])
        page = client_of(cast.member).get(address("note_place", note))
        assert page.text.count("Perhaps here") == 1
        accept = page.text[page.text.index('<form class="accept"') :]
        fields = dict(
            re.findall(
                r'name="(start_key|start|end_key|end|exact)" value="([^"]*)"',
                accept[: accept.index("</form>")],
            )
        )
        assert fields == {key: str(value) for key, value in measured(paragraphs[0], 12, 34).items()}
        assert client_of(cast.member).post(address("note_place", note), fields).status_code == 302
        assert said(note) == ("exact", "A margi", "where a reader answers")

    def test_quoted_words_are_looked_for_in_the_whole_text(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        data = {"start_key": paragraphs[0].key, "wanted": "the talk goes on"}
        client_of(cast.member).post(address("note_place", note), data)
        assert said(note) == ("exact", "Then th", "the talk goes on")

    def test_of_several_matches_one_is_chosen(
        self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        client, data = client_of(cast.member), {"start_key": paragraphs[0].key, "wanted": "the"}
        asked = client.post(address("note_place", note), data)
        found = re.findall(r'name="found" value="([\w-]+)"', asked.text)
        assert (asked.status_code, len(found)) == (422, 6)
        assert 'value="the"' in asked.text
        at = paragraphs[2].text.index("the book")
        chosen = f"{paragraphs[2].key}-{at}-{at + 3}"
        assert found.count(chosen) == 1
        done = client.post(address("note_place", note), {**data, "found": chosen})
        assert (done.status_code, now(note).start_offset) == (302, at)

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"exact": "Whatever"}, "The text has changed since this page was opened."),
            ({"start": 3, "end": 3}, "The selection lies outside the text."),
            ({"start": "", "end": ""}, "Choose the words that the note is about."),
            (
                {"wanted": "nowhere at all", "start": ""},
                "These words don&#x27;t stand in the text.",
            ),
            ({"sentence": "0-1"}, "Choose one of the sentences."),
            ({"start_key": "nosuchkey"}, "This paragraph is no longer part of the text."),
        ],
    )
    def test_what_is_refused_is_said_and_kept(
        self,
        cast: Cast,
        note: Annotation,
        paragraphs: list[Paragraph],
        wrong: dict[str, Any],
        sentence: str,
    ) -> None:
        data = {**measured(paragraphs[1], 0, 7), **wrong}
        for headers in ({}, HTMX):
            answer = client_of(cast.member).post(address("note_place", note), data, headers=headers)
            assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert said(note) == ("exact", "A margi", "where a reader answers")

    def test_who_may_not(self, cast: Cast, note: Annotation, paragraphs: list[Paragraph]) -> None:
        data = measured(paragraphs[1], 0, 7)
        got = {
            user.name: client_of(user).post(address("note_place", note), data).status_code
            for user in (cast.other, cast.observer, cast.moderator, cast.outsider)
        }
        assert got == {"Nils": 403, "Ute": 403, "Moses": 403, "Otto": 404}
        move(note)
        assert client_of(cast.other).post(address("note_place", note), data).status_code == 403
        assert client_of(cast.moderator).post(address("note_place", note), data).status_code == 302

    def test_a_reply_and_a_prompt_about_everything_have_no_words(
        self, cast: Cast, write: Write, note: Annotation, paragraphs: list[Paragraph]
    ) -> None:
        reply = write(cast.member, to=note)
        whole = write(
            cast.owner, "All?", motivation="questioning", category="violet", whole_article=True
        )
        for name in ("note_place", "note_words"):
            assert client_of(cast.member).get(address(name, reply)).status_code == 404
        assert client_of(cast.owner).get(address("note_place", whole)).status_code == 403
        assert client_of(cast.owner).get(address("note_words", whole)).status_code == 200

    def test_only_these_methods(self, cast: Cast, note: Annotation) -> None:
        client = client_of(cast.member)
        look = f"{cast.reading.get_absolute_url()}look/"
        assert client.put(address("note_place", note)).status_code == 405
        assert client.post(address("note_words", note)).status_code == 405
        assert client.post(look).status_code == 405


class TestWords:
    def test_as_they_were_chosen_and_now(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=27)
        text = "A margin is a place where anybody answers."
        Paragraph.objects.filter(pk=paragraphs[0].pk).update(text=text, spans=[])
        move(
            note, AnchorState.MOVED, to=Paragraph.objects.get(pk=paragraphs[0].pk), start=2, end=25
        )
        fragment = client_of(cast.other).get(address("note_words", note), headers=HTMX).text
        then, today = re.findall(r'<blockquote class="then"[^>]*>(.*?)</blockquote>', fragment)
        plain = [re.sub("<[^>]*>", "", each) for each in (then, today)]
        before = "…A margin is where a reader answers. It was left empty for t…"
        assert plain == [before, text[2:25]]
        assert ("<del>" in then, "<ins>" in today) == (True, True)
        assert "Place it anew" not in fragment
        mine = client_of(cast.member).get(address("note_words", note), headers=HTMX).text
        assert mine.count("Place it anew") == mine.count("These are the right words") == 1

    def test_where_it_has_stood_and_by_whom(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note)
        actions.place(by=cast.moderator, annotation=note, where=Range(paragraphs[1:2], 0, 7))
        move(note, AnchorState.APPROXIMATE, to=paragraphs[1], start=8, end=14)

        def steps(user: User) -> list[str]:
            page = client_of(user).get(address("note_words", note)).text
            return re.findall(r"<li><p><b>([^<]+)</b>", page)

        placed = ["Placed by its author", "Followed a correction", "Placed by {}"]
        last = "Followed a correction"
        assert steps(cast.other) == [*placed[:2], "Placed by Moses", last]
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        assert steps(cast.other) == [*placed[:2], "Placed by somebody", last]
        assert steps(cast.owner) == [*placed[:2], "Placed by Moses", last]

    @pytest.mark.parametrize("places", [2, 30])
    def test_queries(
        self, cast: Cast, write: Write, places: int, django_assert_num_queries: Any
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        for at in range(places):
            Target.objects.filter(annotation=note, current=True).update(placed_by=cast.owner)
            move(note, AnchorState.MOVED, start=at, end=at + 4)
        client = client_of(cast.other)
        client.get(address("note_words", note))
        for headers in ({}, HTMX):
            with django_assert_num_queries(10):
                client.get(address("note_words", note), headers=headers)

    def test_when_the_text_changed_and_what_it_was(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, "Why?", on=2, start=5, end=45)
        article = cast.reading.article
        correct(
            cast.owner, article, reworded(article, paragraphs[2].text, "So it ends."), "A new end"
        )
        assert now(note).anchor_state == AnchorState.DETACHED
        page = client_of(cast.other).get(address("note_words", note), headers=HTMX).text
        told = re.findall(r'<p class="quiet">(.*?)</p>', page, re.DOTALL)
        past = f"{cast.reading.get_absolute_url()}texts/1/#p-{paragraphs[2].key}"
        assert [("A new end" in each, past in each) for each in told] == [(True, True)]

    def test_lost_words_are_lost(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note)
        page = client_of(cast.other).get(address("note_words", note)).text
        assert page.count("These words are no longer in the text.") == 1
        assert "<del>" not in page


def cards_of(html: str) -> dict[str, str]:
    """The state that each card tells, by its note."""
    found = re.findall(r'<article class="card" id="n-([\w-]+)".*?</article>', html, re.DOTALL)
    cards = re.split(r'<article class="card" id="n-', html)[1:]
    sentence = re.compile(r"<summary>([^<]*(?:changed|nearly|no longer)[^<]*)</summary>")
    told = [sentence.findall(card.split("</article>")[0]) for card in cards]
    return dict(zip(found, (each[0] if each else "" for each in told), strict=True))


class TestReadingPage:
    def test_each_state(self, cast: Cast, write: Write, paragraphs: list[Paragraph]) -> None:
        exact, moved, near, lost = (
            write(cast.member, name, start=12, end=34) for name in ("e", "m", "a", "d")
        )
        move(moved, AnchorState.MOVED, to=paragraphs[1], start=0, end=7)
        move(near, AnchorState.APPROXIMATE, to=paragraphs[1], start=8, end=14)
        move(lost, to=paragraphs[2])
        page = client_of(cast.other).get(cast.reading.get_absolute_url()).text
        assert cards_of(page) == {
            str(exact.uuid): "",
            str(moved.uuid): "The text changed here",
            str(near.uuid): "Its words are only nearly here now",
            str(lost.uuid): "These words are no longer in the text",
        }
        assert re.findall(r'<mark class="([^"]+)">([^<]+)</mark>', page) == [
            ("yellow d1", "where a reader answers"), ("yellow d1", "Whoever"),
            ("yellow d1 nearly", "writes"),
        ]  # fmt: skip
        assert re.findall(r'<blockquote class="lost"[^>]*>([^<]*)<', page) == [
            "where a reader answers"
        ]
        unit = page[page.index(f'id="u-{paragraphs[2].key}"') :]
        assert f'id="n-{lost.uuid}"' in unit
        assert 'class="thread yellow whole"' not in unit

    def test_a_stone_keeps_the_place_but_leads_nowhere(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        write(cast.other, to=note)
        move(note)
        actions.withdraw(by=cast.member, annotation=note)
        page = client_of(cast.other).get(cast.reading.get_absolute_url()).text
        assert page.count("These words are no longer in the text") == 1
        assert address("note_words", note) not in page

    def test_a_card_is_the_same_for_everybody_with_the_same_seat(
        self, cast: Cast, write: Write
    ) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note)

        def card(user: User) -> str:
            page = client_of(user).get(cast.reading.get_absolute_url()).text
            return page[page.index('<article class="card"') :].partition("</article>")[0]

        assert card(cast.member) == card(cast.other)

    def test_private_notes_quote_what_is_lost(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?", start=2, end=8, audience="private")
        move(note)
        page = client_of(cast.member).get(f"{cast.reading.get_absolute_url()}private/").text
        assert re.findall(r"<q [^>]*>([^<]*)</q> <small>([^<]*)<", page) == [
            ("margin", "These words are no longer in the text")
        ]

    def test_a_page_of_its_own_quotes_them_once(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        move(note)
        page = client_of(cast.other).get(address("note_thread", note)).text
        assert re.findall(r"<blockquote [^>]*>margin<", page) != []
        assert len(re.findall(r"<blockquote [^>]*>margin<", page)) == 1

    def test_the_menu_offers_it_to_whoever_may(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Why?", start=2, end=8)
        reply = write(cast.member, to=note)

        def offered(user: User, of: Annotation) -> bool:
            return "Place it anew" in client_of(user).get(address("note_menu", of)).text

        people = (cast.member, cast.other, cast.moderator)
        assert [offered(user, note) for user in people] == [True, False, False]
        move(note)
        assert [offered(user, note) for user in people] == [True, False, True]
        assert not offered(cast.member, reply)


@pytest.mark.leaks
class TestLook:
    @pytest.fixture
    def url(self, reading: Reading) -> str:
        return f"{reading.get_absolute_url()}look/"

    def told(self, client: Client, reading: Reading, url: str) -> tuple[int, list[str]]:
        """How many the reading page counts, and which the list names."""
        page = client.get(reading.get_absolute_url()).text
        counted = re.search(r"(\d+) notes? needs? a look", page)
        listed = re.findall(r'<div class="body" dir="auto"><p>(\w+)</p>', client.get(url).text)
        return int(counted[1]) if counted else 0, listed

    def test_ones_own_and_for_leaders_all_they_see(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph], url: str
    ) -> None:
        for by, body, audience, state in (
            (cast.member, "lost", "group", AnchorState.DETACHED),
            (cast.member, "near", "group", AnchorState.APPROXIMATE),
            (cast.member, "moved", "group", AnchorState.MOVED),
            (cast.member, "private", "private", AnchorState.DETACHED),
            (cast.other, "others", "group", AnchorState.DETACHED),
            (cast.other, "hidden", "private", AnchorState.DETACHED),
            (cast.owner, "leaders", "leaders", AnchorState.DETACHED),
            (cast.owner, "diary", "private", AnchorState.DETACHED),
        ):
            move(write(by, body, audience=audience, start=2, end=8), state, start=3, end=9)
        held = write(cast.other, "held", start=2, end=8)
        Annotation.objects.filter(pk=held.pk).update(state=State.PENDING, was_shown=False)
        move(held)
        write(cast.member, "exact")
        gone = write(cast.member, "gone")
        move(gone)
        actions.withdraw(by=cast.member, annotation=gone)
        got = {
            user.name: self.told(client_of(user), cast.reading, url)
            for user in (cast.member, cast.other, cast.observer, cast.owner, cast.moderator)
        }
        assert {name: (count, sorted(named)) for name, (count, named) in got.items()} == {
            "Mira": (3, ["lost", "near", "private"]),
            "Nils": (3, ["held", "hidden", "others"]),
            "Ute": (0, []),
            "Olga": (6, ["diary", "held", "leaders", "lost", "near", "others"]),
            "Moses": (5, ["held", "leaders", "lost", "near", "others"]),
        }

    def test_people_are_called_what_they_are_called_in_the_reading(
        self, cast: Cast, write: Write, url: str
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        cast.reading.refresh_from_db()
        note = write(cast.member, "lost")
        move(note)
        alias = cast.reading.pseudonyms.get(user=cast.member).name
        mine, theirs = (client_of(user).get(url).text for user in (cast.member, cast.owner))
        listed = [
            re.findall(r"<small><bdi>([^<]+)</bdi>(.*?)</small>", each) for each in (mine, theirs)
        ]
        assert listed == [
            [(alias, "")], [("Mira", f' <span class="aside">as {alias}</span>')],
        ]  # fmt: skip

    def test_nobody_elsewhere(self, cast: Cast, write: Write, url: str) -> None:
        move(write(cast.member, "lost"))
        assert client_of(cast.outsider).get(url).status_code == 404
        assert client_of(None).get(url).status_code == 302

    def test_in_a_closed_reading_only_what_may_still_be_placed(
        self, cast: Cast, write: Write, url: str
    ) -> None:
        move(write(cast.member, "lost"))
        move(write(cast.member, "private", audience="private"))
        Reading.objects.filter(pk=cast.reading.pk).update(status=Status.CLOSED)
        assert self.told(client_of(cast.member), cast.reading, url) == (1, ["private"])
        assert self.told(client_of(cast.owner), cast.reading, url) == (1, ["lost"])

    def test_what_is_not_revealed_yet_is_not_counted(
        self, cast: Cast, write: Write, url: str
    ) -> None:
        move(write(cast.other, "others"))
        Membership.objects.filter(user=cast.other).update(role="moderator")
        Reading.objects.filter(pk=cast.reading.pk).update(reveal="after_own", reveal_after=3)
        assert self.told(client_of(cast.member), cast.reading, url) == (0, [])

    def test_the_same_rule_as_for_placing(self, cast: Cast, write: Write, url: str) -> None:
        """Whatever the list names can be placed by whoever reads it, and nothing else could."""
        notes = [
            write(by, "x", audience=audience)
            for by, audience in (
                (cast.member, "group"), (cast.member, "private"), (cast.other, "group"),
                (cast.owner, "leaders"), (cast.owner, "group"), (cast.moderator, "private"),
            )
        ]  # fmt: skip
        for note in notes:
            move(note)
        for status in (Status.OPEN, Status.CLOSED):
            Reading.objects.filter(pk=cast.reading.pk).update(status=status)
            for user in (cast.member, cast.other, cast.observer, cast.moderator, cast.owner):
                client = client_of(user)
                listed = client.get(url).text
                for note in notes:
                    may = client.get(address("note_place", note)).status_code == 200
                    assert (str(note.uuid) in listed) is may, (status, user.name, note.audience)

    def test_the_list_takes_over_what_is_nearly_there(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph], url: str
    ) -> None:
        note = write(cast.member, "near", start=2, end=8)
        move(note, AnchorState.APPROXIMATE, to=paragraphs[1], start=0, end=7)
        client = client_of(cast.member)
        page = client.get(url).text
        form = page[page.index('<ol class="looks"') :]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.partition("</form>")[0]))
        assert client.post(address("note_place", note), fields).headers["Location"] == url
        assert said(note) == ("exact", "Whoever", "Whoever")
        assert self.told(client, cast.reading, url) == (0, [])

    def test_the_count_leaves_the_page_with_the_note(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph], url: str
    ) -> None:
        """A page that is kept is asked for by its validator."""
        for audience in ("group", "private"):
            note = write(cast.member, "lost", audience=audience)
            move(note)
            client = client_of(cast.member)
            first = client.get(cast.reading.get_absolute_url())
            actions.place(by=cast.member, annotation=note, where=Range(paragraphs[1:2], 0, 7))
            again = client.get(
                cast.reading.get_absolute_url(),
                headers={"If-None-Match": first.headers["ETag"]},
            )
            assert (again.status_code, "needs a look" in again.text) == (200, False)

    @pytest.mark.parametrize("notes", [3, 300])
    def test_queries(
        self, cast: Cast, write: Write, url: str, notes: int, django_assert_num_queries: Any
    ) -> None:
        first = write(cast.member, "lost", start=2, end=8)
        move(first)
        rows = Annotation.objects.bulk_create(
            Annotation(
                creator=cast.member, article=first.article, reading=first.reading,
                audience="group", motivation="commenting", client_id=f"{at:032x}", body="x",
            )
            for at in range(notes - 1)
        )  # fmt: skip
        paragraph = now(first).start_paragraph
        Target.objects.bulk_create(
            Target(
                annotation=row, start_paragraph=paragraph, end_paragraph=paragraph,
                start_offset=0, end_offset=0, exact="x", text_revision=2, anchor_state="detached",
            )
            for row in rows
        )  # fmt: skip
        client = client_of(cast.member)
        client.get(url)
        with django_assert_num_queries(8):
            page = client.get(url)
        assert page.text.count('<li class="look-at') == min(notes, 50)
