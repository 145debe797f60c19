"""The addresses around a text, as plain forms and as fragments."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.models import Annotation
from reader.models import Paragraph, Reading
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

HTMX = {"HX-Request": "true"}
WORDS = ("body", "tags", "wanted", "motivation", "audience")
SECOND = "It was left empty for that.[1]"
DAMAGED = "This form is damaged. Load its page again and write there."
CHANGED = "The text has changed since this page was opened. Load it again and choose anew."


@pytest.fixture
def annotate(cast: Cast) -> str:
    return reverse("annotate", args=[cast.group.slug, cast.reading.article.slug])


@pytest.fixture
def member(cast: Cast) -> Client:
    return client_of(cast.member)


def form(paragraph: Paragraph, **given: object) -> dict[str, Any]:
    """What a browser sends with a selection."""
    sent = {
        "motivation": "commenting",
        "category": "yellow",
        "audience": "group",
        "body": "Who answers whom?",
        "tags": "",
        "client_id": str(uuid4()),
        "start_key": paragraph.key,
        "start": 0,
        "end_key": paragraph.key,
        "end": 8,
        "exact": paragraph.text[:8],
        **given,
    }
    return {name: value for name, value in sent.items() if value is not None}


def only_note() -> Annotation:
    found: Annotation = Annotation.objects.get()
    return found


def quoted() -> str:
    return str(only_note().targets.get().exact)


class TestAnnotate:
    def test_a_plain_form_leads_to_the_place(
        self, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        answer = member.post(annotate, form(paragraphs[0]))
        note = only_note()
        assert (answer.status_code, answer.headers["Location"]) == (
            302, f"/n/{note.uuid}/?in=thursday-circle",
        )  # fmt: skip
        there = member.get(answer.headers["Location"], follow=True)
        assert there.redirect_chain == [
            (f"/g/thursday-circle/read/of-margins/?note={note.uuid}#n-{note.uuid}", 302)
        ]
        assert there.text.count(note.body_html) == 1

    def test_htmx_gets_the_pieces_that_changed(
        self, cast: Cast, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        first, second = paragraphs[:2]
        sent = form(first, end_key=second.key, end=7, start=54, exact=None)
        answer = member.post(annotate, sent, headers=HTMX)
        note = only_note()
        assert answer.status_code == 200
        assert re.findall(r'<(?:\w+)[^>]* id="([\w-]+)"[^>]* hx-swap-oob="true"', answer.text) == [
            f"p-{first.key}", f"p-{second.key}", f"count-{first.key}",
        ]  # fmt: skip
        assert re.findall(r'hx-swap-oob="beforeend:#([\w-]+)"', answer.text) == [
            f"notes-{first.key}"
        ]
        assert re.findall(r'<article[^>]* id="([\w-]+)"', answer.text) == [f"n-{note.uuid}"]
        assert re.findall(r"<mark[^>]*>([^<]*)</mark>", answer.text) == [
            "for that.",
            "[1]",
            "Whoever",
        ]
        assert json.loads(answer.headers["HX-Trigger-After-Settle"]) == {
            "catena:answer": {
                "happened": "saved",
                "waits": False,
                "corrected": False,
                "note": str(note.uuid),
                "root": str(note.uuid),
                "paragraph": first.key,
            }
        }

    def test_what_htmx_gets_is_what_the_page_shows(
        self, cast: Cast, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        answer = member.post(annotate, form(paragraphs[0]), headers=HTMX).text
        page = member.get(cast.reading.get_absolute_url()).text
        words = re.search(r'<p class="words[^>]*>.*?</p>', answer)
        assert words
        assert page.count(words[0].replace(' hx-swap-oob="true"', "")) == 1

    @pytest.mark.parametrize("motivation", ["highlighting", "commenting", "questioning"])
    @pytest.mark.parametrize("audience", ["private", "group"])
    def test_every_motivation_and_audience(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], motivation: str,
        audience: str,
    ) -> None:  # fmt: skip
        sent = form(paragraphs[0], motivation=motivation, audience=audience)
        assert member.post(annotate, sent).status_code == 302
        assert (only_note().motivation, only_note().audience) == (motivation, audience)

    def test_leaders_may_be_addressed_by_leaders_alone(
        self, cast: Cast, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        sent = form(paragraphs[0], audience="leaders")
        answer = client_of(cast.member).post(annotate, sent)
        assert (answer.status_code, answer.text.count("Select a valid choice")) == (422, 1)
        assert client_of(cast.moderator).post(annotate, sent).status_code == 302

    @pytest.mark.parametrize(
        ("given", "exact"),
        [
            ({"start": 2, "end": 8, "exact": "margin"}, "margin"),
            ({"start": 2, "end": 8, "exact": "  margin\n"}, "margin"),
            ({"sentence": "whole"}, f"A margin is where a reader answers. {SECOND}"),
            ({"sentence": "36-66"}, SECOND),
            ({"wanted": "left  empty"}, "left empty"),
            ({"wanted": "a MARGIN is"}, "A margin is"),
        ],
        ids=["measured", "white space", "whole", "sentence", "quoted", "any case"],
    )  # fmt: skip
    def test_ways_to_say_where(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], given: dict[str, Any],
        exact: str,
    ) -> None:  # fmt: skip
        places = dict.fromkeys(["start", "end", "end_key", "exact"])
        assert member.post(annotate, form(paragraphs[0], **{**places, **given})).status_code == 302
        assert quoted() == exact

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"exact": "Another text"}, CHANGED),
            ({"end": 9_999}, "The selection lies outside the text."),
            ({"start": 8, "end": 8}, "The selection lies outside the text."),
            ({"start": 1, "end": 2, "exact": None}, "Choose the words that the note is about."),
            ({"start": None, "end": None}, "Choose the words that the note is about."),
            ({"sentence": "1-2"}, "Choose one of the sentences."),
            ({"wanted": "nowhere to be found"}, "These words don&#x27;t stand in the paragraph."),
            ({"wanted": "a"}, "These words stand here 6 times. Quote a few more of them."),
            ({"start_key": "nothing"}, "This paragraph is no longer part of the text."),
            ({"client_id": "no-uuid"}, DAMAGED),
            ({"client_id": None}, DAMAGED),
            ({"start": "x"}, DAMAGED),
            ({"tags": " ".join(f"t{n}" for n in range(50))}, "A note takes at most 8 tags."),
            ({"tags": "x" * 401}, "Ensure this value has at most 400 characters (it has 401)."),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_the_words_stay(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], given: dict[str, Any],
        sentence: str,
    ) -> None:  # fmt: skip
        for headers in ({}, HTMX):
            answer = member.post(annotate, form(paragraphs[0], **given), headers=headers)
            assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
            assert answer.text.count("Who answers whom?") == 1
            assert answer.text.lstrip().startswith("<form") == bool(headers)
        assert Annotation.objects.count() == 0

    @pytest.mark.parametrize("motivation", ["commenting", "questioning"])
    def test_only_a_highlight_goes_without_words(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], motivation: str
    ) -> None:
        sent = form(paragraphs[0], body=" \n", motivation=motivation)
        answer = member.post(annotate, sent)
        assert answer.text.count("Write a few words; only a highlight goes without.") == 1
        sent["motivation"] = "highlighting"
        assert member.post(annotate, sent).status_code == 302
        assert only_note().body == ""

    def test_what_has_no_words_takes_no_note(
        self, cast: Cast, member: Client, annotate: str
    ) -> None:
        separator = cast.reading.article.paragraphs.get(kind="separator")
        answer = member.post(annotate, form(separator, sentence="whole"))
        sentence = "Choose the words that the note is about."
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)

    def test_sent_twice_it_is_one_note(
        self, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        sent = form(paragraphs[0])
        first, second = (member.post(annotate, sent) for _ in "ab")
        assert first.headers["Location"] == second.headers["Location"]
        assert Annotation.objects.count() == 1

    def test_nothing_sent_at_all(self, member: Client, annotate: str) -> None:
        assert member.post(annotate, {}).status_code == 422

    def test_the_form_for_those_without_script(
        self, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        answer = member.get(f"{annotate}?start_key={paragraphs[0].key}").text
        radios = re.findall(r'name="sentence" value="([\w-]+)"( checked)?', answer)
        assert radios == [("whole", " checked"), ("0-35", ""), ("36-66", "")]


class TestReplyEditDelete:
    def test_a_reply_as_page_and_as_fragment(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "A beginning.")
        address = reverse("note_reply", args=[root.uuid])
        other = client_of(cast.other)
        plain = other.post(address, {"body": "Yes.", "client_id": uuid4()})
        first = root.replies.get()
        assert plain.headers["Location"] == f"/n/{first.uuid}/?in=thursday-circle"
        answer = other.post(address, {"body": "And no.", "client_id": uuid4()}, headers=HTMX)
        second = root.replies.exclude(pk=first.pk).get()
        assert re.findall(r'id="(t-[\w-]+)" hx-swap-oob="true"', answer.text) == [f"t-{root.uuid}"]
        assert [answer.text.count(reply.body_html) for reply in (first, second)] == [1, 1]
        assert answer.text.count(">3 notes</a>") == 1
        event = json.loads(answer.headers["HX-Trigger-After-Settle"])["catena:answer"]
        assert (event["note"], event["root"]) == (str(second.uuid), str(root.uuid))

    @pytest.mark.parametrize("name", ["note_reply", "note_edit"])
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
    @pytest.mark.parametrize("body", ["", " \n ", "x" * 10_001], ids=["none", "blank", "long"])
    def test_words_that_cannot_be_taken_come_back(
        self, cast: Cast, write: Write, name: str, headers: dict[str, str], body: str
    ) -> None:
        note = write(cast.member, "A beginning.")
        sent = {"body": body, "client_id": str(uuid4())}
        answer = client_of(cast.member).post(reverse(name, args=[note.uuid]), sent, headers=headers)
        assert (answer.status_code, answer.text.count(f"\n{body}</textarea>")) == (422, 1)
        note.refresh_from_db()
        assert (note.body, Annotation.objects.count()) == ("A beginning.", 1)

    @pytest.mark.parametrize("name", ["note_reply", "note_edit"])
    def test_nothing_sent_at_all(self, cast: Cast, write: Write, name: str) -> None:
        note = write(cast.member, "A beginning.")
        answer = client_of(cast.member).post(reverse(name, args=[note.uuid]), {})
        assert answer.status_code == 422

    def test_ten_thousand_characters_are_taken(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "A beginning.")
        sent = {"body": "x" * 10_000, "category": "green", "tags": "#One, two"}
        answer = client_of(cast.member).post(reverse("note_edit", args=[note.uuid]), sent)
        note.refresh_from_db()
        assert (answer.status_code, len(note.body), note.category, note.tags) == (
            302, 10_000, "green", ["one", "two"],
        )  # fmt: skip

    def test_an_edit_keeps_what_was_there(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "First words.")
        member, address = client_of(cast.member), reverse("note_edit", args=[note.uuid])
        assert member.get(address, headers=HTMX).text.count("First words.") == 1
        member.post(address, {"body": "Second words.", "category": "yellow"})
        history = client_of(cast.other).get(reverse("note_history", args=[note.uuid])).text
        shown = re.findall(r'<div class="body" dir="auto">(.*?)</div>', history)
        assert shown == ["<p>Second words.</p>", "<p>First words.</p>"]

    def test_a_deleted_note_goes_from_the_page(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "I regret this.")
        address = reverse("note_delete", args=[note.uuid])
        answer = client_of(cast.member).post(address, headers=HTMX)
        assert re.findall(r'id="(n-[\w-]+)" hx-swap-oob="delete"', answer.text) == [
            f"n-{note.uuid}"
        ]
        assert answer.text.count("<mark") == 0
        event = json.loads(answer.headers["HX-Trigger-After-Settle"])["catena:answer"]
        assert event["happened"] == "deleted"

    def test_a_deleted_note_can_be_taken_back(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note, client = write(cast.member, "I regret this."), client_of(cast.member)
        page = reverse("note_take_back", args=[note.uuid])
        assert client.get(page).status_code == 404  # it stands
        answer = client.post(reverse("note_delete", args=[note.uuid]))
        where = f"{page}?in={cast.group.slug}"
        assert (answer.status_code, answer.headers["Location"]) == (302, where)
        shown = client.get(where).text
        assert f"{cast.reading.get_absolute_url()}#p-{paragraphs[0].key}" in shown
        assert "Undo" in shown
        assert client_of(cast.owner).post(where).status_code == 404
        assert client.post(where).headers["Location"].startswith(note.get_absolute_url())
        assert Annotation.objects.get().state == "visible"

    def test_on_the_page_it_comes_back_as_it_was(self, cast: Cast, write: Write) -> None:
        root, client = write(cast.member, "I regret this."), client_of(cast.member)
        page = reverse("note_take_back", args=[root.uuid])
        gone = client.post(reverse("note_delete", args=[root.uuid]), headers=HTMX).text
        assert page in gone
        back = client.post(page, headers=HTMX).text
        assert ("beforeend:#notes-" in back, "I regret this." in back) == (True, True)
        assert '<div id="taking-back" class="taking-back" hx-swap-oob="true"></div>' in back

    def test_after_half_a_minute_it_stays_deleted(self, cast: Cast, write: Write) -> None:
        note, client = write(cast.member, "I regret this."), client_of(cast.member)
        page = reverse("note_take_back", args=[note.uuid])
        client.post(reverse("note_delete", args=[note.uuid]))
        Annotation.objects.update(state_at=timezone.now() - timedelta(seconds=30))
        assert "Undo" not in client.get(page).text
        assert client.post(page).status_code == 403
        assert Annotation.objects.get().state == "withdrawn"


class TestPermalinks:
    def test_of_a_paragraph(self, cast: Cast, paragraphs: list[Paragraph]) -> None:
        key = paragraphs[0].key
        there = f"{cast.reading.get_absolute_url()}#p-{key}"
        for query in ("", "?in=thursday-circle", "?in=%00", "?in=no+slug"):
            answer = client_of(cast.member).get(reverse("paragraph", args=[key]) + query)
            assert (answer.status_code, answer.headers["Location"]) == (302, there)
        asked = Client().get(reverse("paragraph", args=[key]))
        assert asked.headers["Location"] == f"{reverse('account_login')}?next=/p/{key}/"

    def test_of_a_private_note_in_the_group_one_reads_in(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Mine.", audience="private")
        address = note.get_absolute_url()
        there = f"{cast.reading.get_absolute_url()}?note={note.uuid}#n-{note.uuid}"
        member = client_of(cast.member)
        assert member.get(f"{address}?in=thursday-circle").headers["Location"] == there
        assert member.get(address).headers["Location"] == there
        assert member.get(f"{address}?in=friday-circle").status_code == 404

    @pytest.mark.parametrize("named", ["", "x", str(UUID(int=0)), "%00", "'\"<b>"])
    def test_an_odd_name_of_a_note_is_no_error(self, cast: Cast, named: str) -> None:
        answer = client_of(cast.member).get(f"{cast.reading.get_absolute_url()}?note={named}")
        assert (answer.status_code, answer.text.count("data-focus")) == (200, 0)

    def test_more_threads_after_those_already_shown(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        notes = [write(cast.member, f"Note {number}.") for number in range(22)]
        place = [cast.group.slug, cast.reading.article.slug, paragraphs[0].key]
        address = reverse("paragraph_notes", args=place)
        other = client_of(cast.other)
        after = f"?after={notes[19].uuid}"
        for query, expected in (("", notes[:20]), (after, notes[20:]), ("?after=x", notes[:20])):
            for headers in ({}, HTMX):
                page = other.get(address + query, headers=headers).text
                assert [note for note in notes if note.body_html in page] == expected


@pytest.mark.hostile
class TestHostile:
    @pytest.mark.parametrize(
        ("body", "stored"),
        [
            ("\u202egnihton\u202c", "\u202egnihton\u202c"),
            ("zero\u200bwidth\ufeff", "zero\u200bwidth\ufeff"),
            ("e\u0301 \U0001f469\u200d\U0001f680", "e\u0301 \U0001f469\u200d\U0001f680"),
            ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ],
        ids=["direction", "zero width", "combining", "line ends"],
    )
    def test_odd_characters_are_a_note(
        self, cast: Cast, member: Client, annotate: str, paragraphs: list[Paragraph], body: str,
        stored: str,
    ) -> None:  # fmt: skip
        assert member.post(annotate, form(paragraphs[0], body=body)).status_code == 302
        assert only_note().body == stored
        assert member.get(cast.reading.get_absolute_url()).status_code == 200

    def test_a_lone_surrogate_becomes_a_mark_of_what_is_unreadable(
        self, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        for raw in (b"lone+%ED%A0%80+half", b"bad+%FF%FE+bytes"):
            sent = urlencode(form(paragraphs[0], body=None)).encode() + b"&body=" + raw
            kind = "application/x-www-form-urlencoded"
            answer = member.generic("POST", annotate, sent, content_type=kind)
            assert answer.status_code == 302
        assert list(Annotation.objects.values_list("body", flat=True)) == [
            "lone \ufffd\ufffd\ufffd half",
            "bad \ufffd\ufffd bytes",
        ]

    @pytest.mark.parametrize(
        "name",
        [*WORDS, "start_key", "end_key", "exact", "sentence", "client_id"],
    )
    def test_nothing_that_is_sent_is_a_failure(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], name: str
    ) -> None:
        for value in ("\0", "a\0b", "\ufffd", "9" * 5_000):
            before = Annotation.objects.count()
            answer = member.post(annotate, form(paragraphs[0], **{name: value}))
            assert answer.status_code in {302, 422}
            assert Annotation.objects.count() == before + (answer.status_code == 302)

    @pytest.mark.parametrize("name", ["start_key", "end_key", "start", "end", "motivation",
                                      "category", "in"])  # fmt: skip
    @pytest.mark.parametrize("value", ["%00", "%ED%A0%80", "9" * 5_000, "²", "-1", "<b>"])
    def test_nothing_that_is_asked_is_a_failure(
        self, member: Client, annotate: str, paragraphs: list[Paragraph], name: str, value: str
    ) -> None:
        asked = (
            f"{annotate}?start_key={paragraphs[0].key}&start=0&end_key={paragraphs[0].key}&end=8"
        )
        answer = member.get(f"{asked}&{name}={value}")
        assert answer.status_code == {"start_key": 404, "end_key": 422}.get(name, 200)

    def test_a_megabyte_is_too_long_and_comes_back(
        self, member: Client, annotate: str, paragraphs: list[Paragraph]
    ) -> None:
        body = "word " * 200_000 + "end"
        answer = member.post(annotate, form(paragraphs[0], body=body))
        assert (answer.status_code, answer.text.count(body)) == (422, 1)
        assert answer.text.count("has at most 10000 characters") == 1

    @pytest.mark.parametrize(
        "body",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "<svg onload=alert(1)>",
            "<a hx-get='/x' href='https://example.org'>x</a>",
            "![x](https://example.org/x.png)",
            "<p style='position:fixed' id='main'>x</p>",
            "[x](https://example.org \"a' onmouseover='alert(1)\")",
            "</div></article><h1>Mine</h1>",
            '<https://example.org/"onclick=alert(1)//>',
        ],
    )
    def test_markdown_that_means_harm_does_none(
        self, cast: Cast, member: Client, annotate: str, paragraphs: list[Paragraph], body: str
    ) -> None:
        """As a note and as a reply: no element or attribute but the few that are known."""
        before = tags_in(member.get(cast.reading.get_absolute_url()).text)
        member.post(annotate, form(paragraphs[0], body=body))
        note = only_note()
        member.post(
            reverse("note_reply", args=[note.uuid]), {"body": body, "client_id": str(uuid4())}
        )
        page = member.get(f"{cast.reading.get_absolute_url()}?open=all").text
        bodies = re.findall(r'<div class="body" dir="auto">(.*?)</div>', page, re.S)
        assert len(bodies) == 2
        known = r'</?(p|em|strong|code|a)>|<a href="https?://[^"<>\s]+" rel="[a-z ]+">'
        assert [re.sub(known, "", shown).count("<") for shown in bodies] == [0, 0]
        dangerous = {"script", "img", "svg", "iframe", "style", "h1"}
        after = tags_in(page)
        assert {name: after.count(name) for name in dangerous} == {
            name: before.count(name) for name in dangerous
        }

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "'-alert(1)-'"])
    def test_names_and_descriptions_are_text(
        self, cast: Cast, write: Write, reading: Reading, name: str
    ) -> None:
        write(cast.other, "Signed.")
        cast.other.name = name
        cast.other.save(update_fields=["name"])
        cast.group.name, cast.group.description, cast.group.rules = name, name, name
        cast.group.save(update_fields=["name", "description", "rules"])
        group = cast.group.get_absolute_url()
        for address in (reading.get_absolute_url(), group, f"{group}people/", f"{group}edit/", "/",
                        f"{group}invitations/", f"{group}articles/new/"):  # fmt: skip
            page = client_of(cast.owner).get(address)
            assert page.status_code == 200
            assert [page.text.count(raw) for raw in ("<script>alert", "<img src=x")] == [0, 0]


def tags_in(html: str) -> list[str]:
    return re.findall(r"<(\w+)", html)
