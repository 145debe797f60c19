"""The pages on which a text is corrected, and those that show what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from reader.actions import publish_correction
from reader.actions.correcting import draft_of, keep_draft
from reader.drafting import Draft, id_of
from reader.enums import BlockKind, Readable
from reader.importing import Block, Span, SpanKind
from reader.models import Article, Correction, Paragraph, Reading, User
from tests.cast import ARTICLE, Cast, assemble, client_of, read
from tests.corrections import correct, reworded
from tests.races import at_once

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TEXT = [block.text for block in ARTICLE.blocks]


@pytest.fixture
def client(cast: Cast) -> Client:
    return client_of(cast.owner)


@pytest.fixture
def article(cast: Cast) -> Article:
    found: Article = cast.reading.article
    return found


@pytest.fixture
def keys(article: Article) -> list[str]:
    return list(article.paragraphs.order_by("position").values_list("key", flat=True))


def at(reading: Reading, name: str = "correct", *more: Any) -> str:
    return reverse(name, args=[reading.group.slug, reading.article.slug, *more])


def draft(by: User, article: Article) -> Draft:
    article.refresh_from_db()
    return draft_of(article, Correction.objects.visible_to(by).open_for(article))


def shape(by: User, article: Article) -> list[str]:
    """What somebody's draft says, block by block."""
    return [f"{each['kind']}: {each['text']}" for each in draft(by, article).blocks]


def order(cast: Cast, article: Article, keys: list[str]) -> list[int | str]:
    """Where each block of the owner's draft stood before; what is new by its id."""
    names = [id_of(each) for each in draft(cast.owner, article).blocks]
    return [keys.index(name) if name in keys else name for name in names]


class TestTheList:
    def step(self, client: Client, cast: Cast, **pressed: Any) -> Any:
        address = at(cast.reading)
        seen = client.get(address).context["desk"].draft.state
        return client.post(address, {"seen": seen, **pressed})

    def test_it_shows_the_text_and_writes_nothing(self, client: Client, cast: Cast) -> None:
        answer = client.get(at(cast.reading))
        assert answer.status_code == 200
        assert [line.state for line in answer.context["lines"]] == ["same"] * 7
        assert answer.text.count("Nothing is changed yet.") == 1
        assert Correction.objects.count() == 0

    @pytest.mark.parametrize(
        ("name", "which", "left"),
        [
            ("up", 2, [0, 2, 1, 3, 4, 5, 6]),
            ("down", 2, [0, 1, 3, 2, 4, 5, 6]),
            ("out", 2, [0, 1, 3, 4, 5, 6]),
            ("join", 1, [0, 1, 3, 4, 5, 6]),
        ],
    )
    def test_a_step(
        self, client: Client, cast: Cast, article: Article, keys: list[str], name: str,
        which: int, left: list[int],
    ) -> None:  # fmt: skip
        answer = self.step(client, cast, **{name: keys[which]})
        assert (answer.status_code, answer["Location"]) == (
            302, f"{at(cast.reading)}#b-{keys[which]}",
        )  # fmt: skip
        assert order(cast, article, keys) == left
        assert not client_of(cast.moderator).get(at(cast.reading)).context["tally"]

    def test_what_was_taken_out_stays_in_sight_and_is_put_back(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        self.step(client, cast, out=keys[2])
        page = client.get(at(cast.reading))
        assert page.text.count(f"<s>{TEXT[2]}</s>") == 1
        assert page.text.count("1 taken out") == 2
        self.step(client, cast, back=keys[2])
        assert order(cast, article, keys) == [0, 1, 2, 3, 4, 5, 6]
        assert client.get(at(cast.reading)).text.count("Nothing is changed yet.") == 1

    @pytest.mark.parametrize(
        ("after", "left"), [("0", [2, 0, 1, 3, 4, 5, 6]), ("4", [0, 1, 3, 4, 5, 2, 6])]
    )
    def test_a_block_is_moved_after_a_paragraph_by_its_number(
        self, client: Client, cast: Cast, article: Article, keys: list[str], after: str,
        left: list[int],
    ) -> None:  # fmt: skip
        assert self.step(client, cast, move=keys[2], after=after).status_code == 302
        assert order(cast, article, keys) == left

    @pytest.mark.parametrize(
        ("pressed", "sentence"),
        [
            ({"up": "nosuchkey"}, "There is no such paragraph in this text."),
            ({"back": "nosuchkey"}, "There is no such paragraph in this text."),
            ({}, "There is no such paragraph in this text."),
            ({"move": 2, "after": "5"}, "There is no paragraph of this number."),
            ({"move": 2, "after": "x"}, "There is no paragraph of this number."),
            ({"move": 2}, "There is no paragraph of this number."),
            ({"join": 3}, "These two can’t be joined."),
        ],
    )
    def test_what_is_wrong_is_said(
        self, client: Client, cast: Cast, keys: list[str], pressed: dict[str, Any], sentence: str
    ) -> None:
        named = {
            name: keys[value] if isinstance(value, int) else value
            for name, value in pressed.items()
        }
        answer = self.step(client, cast, **named)
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert Correction.objects.count() == 0

    def test_the_last_block_stays(self, client: Client, cast: Cast, keys: list[str]) -> None:
        for key in keys[1:]:
            assert self.step(client, cast, out=key).status_code == 302
        answer = self.step(client, cast, out=keys[0])
        assert (answer.status_code, answer.text.count("Something has to stay")) == (422, 1)

    def test_from_another_window_nothing_is_done_twice(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        seen = client.get(at(cast.reading)).context["desk"].draft.state
        pressed = {"seen": seen, "up": keys[2]}
        assert client.post(at(cast.reading), pressed).status_code == 302
        answer = client.post(at(cast.reading), pressed)
        assert (answer.status_code, answer.text.count("Nothing was done")) == (409, 1)
        assert order(cast, article, keys) == [0, 2, 1, 3, 4, 5, 6]
        pressed["seen"] = answer.context["desk"].draft.state
        assert client.post(at(cast.reading), pressed).status_code == 302

    def test_thrown_away(self, client: Client, cast: Cast, keys: list[str]) -> None:
        self.step(client, cast, out=keys[2])
        answer = client.post(at(cast.reading, "correct_discard"), follow=True)
        assert answer.text.count("Thrown away. The text is as it was.") == 1
        assert Correction.objects.count() == 0

    @pytest.mark.parametrize("many", [10, 200])
    def test_as_many_queries_for_200_paragraphs_as_for_10(
        self, cast: Cast, many: int, django_assert_num_queries: Callable
    ) -> None:
        blocks = tuple(Block(BlockKind.PARAGRAPH, f"Number {n} of them.") for n in range(many))
        reading = read(cast.group, cast.owner, replace(ARTICLE, title="Long", blocks=blocks))
        client = client_of(cast.owner)
        client.get(at(reading))
        with django_assert_num_queries(8):
            answer = client.get(at(reading))
        assert len(answer.context["lines"]) == many
        key = answer.context["lines"][0].id
        seen = answer.context["desk"].draft.state
        with django_assert_num_queries(22):
            client.post(at(reading), {"seen": seen, "down": key})
        with django_assert_num_queries(8):
            client.get(at(reading))


class TestABlock:
    def filled(self, client: Client, address: str, **typed: Any) -> dict[str, Any]:
        """The form as a browser sends it, with what was typed into it."""
        form = client.get(address).context["form"]
        fields = {field.name: str(field.value() or "") for field in form}
        sent = {"seen": form.state, **fields, **typed}
        return {name: value.replace("\n", "\r\n") for name, value in sent.items()}

    def put(self, client: Client, cast: Cast, key: str, **typed: Any) -> Any:
        address = at(cast.reading, "correct_block", key)
        return client.post(address, self.filled(client, address, **typed))

    def test_new_words_with_the_formatting_on_its_words(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        answer = self.put(client, cast, keys[1], text=f"Now then: {TEXT[1]}")
        assert (answer.status_code, answer["Location"]) == (
            302, f"{at(cast.reading)}#b-{keys[1]}",
        )  # fmt: skip
        made = Block.from_json(draft(cast.owner, article).blocks[1])
        assert made.text == f"Now then: {TEXT[1]}"
        assert made.spans == (
            Span(12, 18, SpanKind.EMPHASIS), Span(73, 76, SpanKind.FOOTNOTE_REF, "1"),
        )  # fmt: skip
        assert Paragraph.objects.get(key=keys[1]).text == TEXT[1]

    def test_unchanged_it_changes_nothing(
        self, client: Client, cast: Cast, keys: list[str]
    ) -> None:
        for key in keys:
            assert self.put(client, cast, key).status_code == 302
        assert Correction.objects.count() == 0

    def test_an_empty_line_makes_two(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        text = TEXT[1].replace(". It", ".\n \n\nIt")
        self.put(client, cast, keys[1], text=text)
        first, second = draft(cast.owner, article).blocks[1:3]
        assert (first["key"], second["key"]) == (keys[1], "")
        assert (first["text"], second["text"]) == (
            "A margin is where a reader answers.", "It was left empty for that.[1]",
        )  # fmt: skip
        assert [span["kind"] for span in first["spans"]] == ["emphasis"]
        assert [span["kind"] for span in second["spans"]] == ["footnote_ref"]

    def test_a_verse_keeps_its_lines_and_one_empty_line(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        self.put(client, cast, keys[3], text="One line\n  and one\n\nand a third")
        assert shape(cast.owner, article)[3] == "verse: One line\n  and one\n\nand a third"
        self.put(client, cast, keys[3], text="One line\n\n\nfor thee")
        assert shape(cast.owner, article)[3:5] == ["verse: One line", "verse: for thee"]

    def test_empty_lines_that_are_there_divide_nothing(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        Paragraph.objects.filter(key=keys[3]).update(text="a\n\n\n\nb")
        page = client.get(at(cast.reading, "correct_block", keys[3]))
        assert page.text.count("Where you leave 4 empty lines, it becomes two.") == 1
        self.put(client, cast, keys[3], text="a\n\n\n\nb, c")
        assert shape(cast.owner, article)[3] == "verse: a\n\n\n\nb, c"

    def test_another_kind(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        self.put(client, cast, keys[2], kind="heading", level="3")
        made = draft(cast.owner, article).blocks[2]
        assert (made["kind"], made["level"], made["key"]) == ("heading", 3, keys[2])
        self.put(client, cast, keys[2], kind="verse", text="Whoever\nwrites")
        assert shape(cast.owner, article)[2] == "verse: Whoever\nwrites"
        self.put(client, cast, keys[6], kind="paragraph")
        assert shape(cast.owner, article)[6] == "paragraph: 1. By custom, an inch."
        self.put(client, cast, keys[6], kind="footnote")
        assert draft(cast.owner, article).blocks[6]["label"] == "1"
        assert shape(cast.owner, article)[6] == "footnote: By custom, an inch."

    def test_a_footnote_keeps_its_label_and_is_referred_to_by_it(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        self.put(client, cast, keys[6], text="By custom, two inches.")
        assert draft(cast.owner, article).blocks[6]["label"] == "1"
        self.put(client, cast, keys[2], text="Whoever writes there.[1] Or [2].")
        assert draft(cast.owner, article).blocks[2]["spans"] == [
            {"start": 21, "end": 24, "kind": "footnote_ref", "target": "1"}
        ]

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"text": " \n\u200b"}, "There are no words. To take it out, use “Take out”."),
            ({"text": "x" * 50_001}, "That is more than 50000 characters; an empty line makes two "
             "of it."),
            ({"text": "x " * 100_001}, "More than 200000 characters: import a new version of the "
             "text instead."),
            ({"text": "a\x00b"}, "Null characters are not allowed."),
            ({"text": "No label", "kind": "footnote"}, "A footnote begins with its number, as “1. "
             "…” or “[1] …”."),
            ({"text": "Words", "kind": "separator"}, "A separator has no words. Leave the block "
             "out instead."),
            ({"text": "Words", "kind": "rune"}, "Select a valid choice. rune is not one of the "
             "available choices."),
            ({"text": "Words", "kind": "heading", "level": "7"}, "Select a valid choice. 7 is not "
             "one of the available choices."),
            ({"text": "a" + "\u0301" * 200}, "More than 30 accents stand on one letter: this "
             "can't be read."),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_the_words_are_kept(
        self, client: Client, cast: Cast, keys: list[str], typed: dict[str, str], sentence: str
    ) -> None:
        answer = self.put(client, cast, keys[2], **typed)
        assert answer.status_code == 422
        form = answer.context["form"]
        assert [str(error) for errors in form.errors.values() for error in errors] == [sentence]
        assert form["text"].value() == typed["text"].replace("\n", "\r\n")
        assert Correction.objects.count() == 0

    def test_changed_in_another_window_it_is_asked_once_more(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        address = at(cast.reading, "correct_block", keys[2])
        here = self.filled(client, address, text="From here.")
        client.post(address, self.filled(client, address, text="From there."))
        answer = client.post(address, here)
        assert (answer.status_code, answer.text.count("From here.</textarea>")) == (409, 1)
        assert answer.text.count("From there.") == 1
        assert shape(cast.owner, article)[2] == "paragraph: From there."
        client.post(address, {**here, "seen": answer.context["form"].state})
        assert shape(cast.owner, article)[2] == "paragraph: From here."

    def test_another_block_may_have_been_changed_meanwhile(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        address = at(cast.reading, "correct_block", keys[2])
        here = self.filled(client, address, text="From here.")
        self.put(client, cast, keys[5], text="From there.")
        assert client.post(address, here).status_code == 302
        assert [shape(cast.owner, article)[n][11:] for n in (2, 5)] == ["From here.", "From there."]

    def test_one_that_was_taken_out_comes_back_with_its_new_words(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        seen = client.get(at(cast.reading)).context["desk"].draft.state
        client.post(at(cast.reading), {"seen": seen, "out": keys[2]})
        page = client.get(at(cast.reading, "correct_block", keys[2]))
        assert page.text.count("You have taken this out. If you keep it here, it is back.") == 1
        self.put(client, cast, keys[2], text="Back again.")
        assert shape(cast.owner, article)[1:4] == [
            f"paragraph: {TEXT[1]}", "paragraph: Back again.", f"verse: {TEXT[3]}",
        ]  # fmt: skip

    def test_on_to_what_changes(self, client: Client, cast: Cast, keys: list[str]) -> None:
        answer = self.put(client, cast, keys[2], text="Otherwise.", look="1")
        assert answer["Location"] == at(cast.reading, "correction_preview")

    def test_a_new_one(self, client: Client, cast: Cast, article: Article, keys: list[str]) -> None:
        address = at(cast.reading, "correct_insert")
        after = f"{address}?after={keys[2]}"
        answer = client.post(after, self.filled(client, after, text="New.\n\nAnd newer."))
        assert answer["Location"] == f"{at(cast.reading)}#b-new-1"
        client.post(address, self.filled(client, address, text="A beginning", kind="heading"))
        assert order(cast, article, keys) == ["new-3", 0, 1, 2, "new-1", "new-2", 3, 4, 5, 6]
        assert self.put(client, cast, "new-2", text="Newest.").status_code == 302
        assert shape(cast.owner, article)[5] == "paragraph: Newest."
        rule = self.filled(client, after, kind="separator")
        assert client.post(after, rule).status_code == 302
        assert shape(cast.owner, article)[4] == "separator: "

    def test_a_new_one_is_asked_about_as_an_old_one(self, client: Client, cast: Cast) -> None:
        address = at(cast.reading, "correct_insert")
        answer = client.post(address, self.filled(client, address, text=" "))
        assert (answer.status_code, Correction.objects.count()) == (422, 0)
        assert answer.text.count("Write the words of the new paragraph.") == 1
        assert answer.text.count("Don’t insert anything") == 1
        assert client.get(f"{address}?after=nosuchkey").status_code == 404

    def test_sent_twice_a_new_one_is_inserted_once(
        self, client: Client, cast: Cast, article: Article
    ) -> None:
        address = at(cast.reading, "correct_insert")
        sent = self.filled(client, address, text="New.")
        assert client.post(address, sent).status_code == 302
        answer = client.post(address, sent)
        assert (answer.status_code, answer.text.count("New.</textarea>")) == (409, 1)
        assert answer.text.count("sent this already") == 1
        assert shape(cast.owner, article).count("paragraph: New.") == 1
        sent["seen"] = answer.context["form"].state
        assert client.post(address, sent).status_code == 302
        assert shape(cast.owner, article).count("paragraph: New.") == 2

    def test_htmx_gets_the_form_in_place_of_the_block(
        self, client: Client, cast: Cast, keys: list[str]
    ) -> None:
        address = at(cast.reading, "correct_block", keys[2])
        part = client.get(address, headers=HTMX)
        assert part.text.strip().startswith(f'<li class="block editing" id="b-{keys[2]}">')
        assert part.text.count("<html") == 0
        assert part.text.count(f'action="{address}"') == 1
        back = f'hx-get="{at(cast.reading)}" hx-select="#b-{keys[2]}"'
        assert [page.text.count(back) for page in (part, client.get(address))] == [1, 0]

    def test_a_block_of_nothing(self, client: Client, cast: Cast) -> None:
        theirs = cast.elsewhere.article.paragraphs.earliest("position").key
        for name in ("nosuchkey", "new-1", theirs):
            assert client.get(at(cast.reading, "correct_block", name)).status_code == 404

    def test_words_for_a_block_that_is_gone_come_back(self, client: Client, cast: Cast) -> None:
        answer = client.post(at(cast.reading, "correct_block", "new-1"), {"text": "Long words."})
        assert (answer.status_code, answer.text.count("Long words.")) == (404, 1)

    def test_one_that_was_published_since_leads_to_the_list_that_says_so(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        self.put(client, cast, keys[2], text="Mine.")
        blocks = reworded(article, "", "")
        blocks.append({**blocks[2], "key": "", "text": "Later."})
        correct(cast.moderator, article, blocks)
        new = article.paragraphs.get(text="Later.").key
        answer = client.get(at(cast.reading, "correct_block", new))
        assert (answer.status_code, answer["Location"]) == (302, at(cast.reading))

    @pytest.mark.hostile
    def test_hostile_words_are_shown_as_words(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        hostile = "<script>alert(1)</script> \u202egnirts\u202c {{ x }} \u2066a\u2069</textarea><b>"
        self.put(client, cast, keys[2], text=hostile)
        clean = "<script>alert(1)</script> gnirts {{ x }} a</textarea><b>"
        assert shape(cast.owner, article)[2] == f"paragraph: {clean}"
        self.put(client, cast, keys[1], text=f"{TEXT[1]} {TEXT[2]}")
        pages = [
            client.get(at(cast.reading)),
            client.get(at(cast.reading, "correct_block", keys[2])),
        ]
        correction = Correction.objects.get()
        publish_correction(by=cast.owner, correction=correction, seen=correction.state)
        correct(cast.owner, article, reworded(article, "alert", "<i>"), "<u>why</u>")
        pages += [
            client.get(at(cast.reading, "texts")),
            client.get(at(cast.reading, "text_as_it_was", 2)),
        ]
        for page in pages:
            assert page.status_code == 200
            assert re.findall(r"<script>|</textarea><b>|<i>|<u>|[\u202a-\u202e]", page.text) == []

    @pytest.mark.parametrize("many", [10, 200])
    def test_as_many_queries_for_200_paragraphs_as_for_10(
        self, cast: Cast, many: int, django_assert_num_queries: Callable
    ) -> None:
        blocks = tuple(Block(BlockKind.PARAGRAPH, f"Number {n} of them.") for n in range(many))
        reading = read(cast.group, cast.owner, replace(ARTICLE, title="Long", blocks=blocks))
        client = client_of(cast.owner)
        key = reading.article.paragraphs.earliest("position").key
        address = at(reading, "correct_block", key)
        typed = self.filled(client, address, text="Otherwise.")
        with django_assert_num_queries(8):
            client.get(address)
        with django_assert_num_queries(22):
            client.post(address, typed)


class TestTheWholeAnew:
    TEXT = "Of edges\n\nby Ida Stone\n\n" + "\n\n".join(
        [TEXT[5], "Whoever writes there speaks to two: the author and the next one."]
    )

    def test_its_paragraphs_go_on_and_its_title_is_left(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        address = at(cast.reading, "correct_import")
        page = client.get(address)
        assert page.text.count("title, authors, source and the like stay as they are") == 1
        answer = client.post(address, {"text": self.TEXT})
        assert (answer.status_code, answer["Location"]) == (
            302, at(cast.reading, "correction_preview"),
        )  # fmt: skip
        assert order(cast, article, keys) == [5, 2]
        assert Article.objects.get(pk=article.pk).title == "Of margins"

    def test_from_a_file(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        upload = SimpleUploadedFile("edges.txt", self.TEXT.encode())
        client.post(at(cast.reading, "correct_import"), {"file": upload})
        assert order(cast, article, keys) == [5, 2]

    def test_changes_that_were_begun_go_only_if_that_is_said(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        before = draft(cast.owner, article)
        keep_draft(by=cast.owner, article=article, seen=before.state, draft=before.without(keys[0]))
        address = at(cast.reading, "correct_import")
        answer = client.post(address, {"text": self.TEXT})
        assert answer.status_code == 422
        assert answer.text.count("Say that these changes may go.") == 1
        assert answer.context["form"]["text"].value() == self.TEXT
        assert order(cast, article, keys) == [1, 2, 3, 4, 5, 6]
        client.post(address, {"text": self.TEXT, "instead": "on"})
        assert order(cast, article, keys) == [5, 2]

    def test_what_is_no_text_is_refused(self, client: Client, cast: Cast) -> None:
        answer = client.post(at(cast.reading, "correct_import"), {"text": "a\x00b"})
        assert (answer.status_code, Correction.objects.count()) == (422, 0)


class TestAboutIt:
    def filled(self, client: Client, cast: Cast, **typed: str) -> dict[str, str]:
        form = client.get(at(cast.reading, "correct_about")).context["form"]
        fields = {field.name: str(field.value() or "") for field in form}
        return {"seen": form.state, **fields, **typed}

    def test_it_is_changed_at_once_and_the_text_is_not(
        self, client: Client, cast: Cast, article: Article
    ) -> None:
        before = draft(cast.owner, article)
        version = cast.reading.version
        typed = {"title": "Of edges", "creators": "Ada Quill\r\nIda Stone", "metadata": "Place: X"}
        sent = self.filled(client, cast, **typed)
        answer = client.post(at(cast.reading, "correct_about"), sent)
        assert (answer.status_code, answer["Location"]) == (302, at(cast.reading, "correct_about"))
        assert draft(cast.owner, article) == before
        assert (article.title, article.creators, article.metadata, article.slug) == (
            "Of edges", ["Ada Quill", "Ida Stone"], [["Place", "X"]], "of-margins",
        )  # fmt: skip
        cast.reading.refresh_from_db()
        assert cast.reading.version == version + 1
        client.post(at(cast.reading, "correct_about"), self.filled(client, cast))
        cast.reading.refresh_from_db()
        assert cast.reading.version == version + 1

    def test_the_page_of_the_text_shows_it_to_whoever_has_an_older_one(
        self, client: Client, cast: Cast
    ) -> None:
        reader, page = client_of(cast.member), cast.reading.get_absolute_url()
        reader.get(page)
        kept = {"If-None-Match": reader.get(page)["ETag"]}
        assert reader.get(page, headers=kept).status_code == 304
        sent = self.filled(client, cast, title="Of edges")
        client.post(at(cast.reading, "correct_about"), sent)
        assert reader.get(page, headers=kept).text.count(">Of edges</h1>") == 1

    @pytest.mark.parametrize(
        ("typed", "status"),
        [
            ({"title": " "}, 422),
            ({"metadata": "x"}, 422),
            ({"metadata": "k: a" + "\u0301" * 40}, 422),
            ({"seen": "older"}, 409),
        ],
    )
    def test_what_is_wrong_is_said_and_kept(
        self, client: Client, cast: Cast, typed: dict[str, str], status: int
    ) -> None:
        sent = self.filled(client, cast, subtitle="And <b> more", **typed)
        answer = client.post(at(cast.reading, "correct_about"), sent)
        assert (answer.status_code, answer.text.count("And &lt;b&gt; more")) == (status, 1)
        assert Article.objects.filter(subtitle="").count() == Article.objects.count()


class TestTheLaterEditor:
    @pytest.fixture
    def late(self, cast: Cast, article: Article, keys: list[str]) -> Correction:
        """The owner's, of a text that the moderator has corrected since."""
        before = draft(cast.owner, article)
        mine = before.replaced(keys[2], [Block(BlockKind.PARAGRAPH, "Mine <i>.")])
        mine = mine.without(keys[3]).replaced(keys[5], [Block(BlockKind.PARAGRAPH, "Also mine.")])
        correction = keep_draft(by=cast.owner, article=article, seen=before.state, draft=mine)
        blocks = reworded(article, "Whoever", "Who")
        blocks[3]["text"] = "No line for thee."
        correct(cast.moderator, article, [*blocks[:5], blocks[6]], "A <b> slip.")
        return correction

    def test_is_told_so_and_by_whom(self, client: Client, cast: Cast, late: Correction) -> None:
        page = client.get(at(cast.reading))
        assert page.text.count("Somebody else has corrected this text meanwhile") == 1
        assert page.text.count("Moses, <time") == 1
        assert page.text.count("A &lt;b&gt; slip.") == 1
        assert [line.state for line in page.context["lines"]].count("changed") == 2

    def test_goes_on_with_the_old_text_meanwhile(
        self, client: Client, cast: Cast, article: Article, keys: list[str], late: Correction
    ) -> None:
        seen = client.get(at(cast.reading)).context["desk"].draft.state
        assert client.post(at(cast.reading), {"seen": seen, "out": keys[0]}).status_code == 302
        late.refresh_from_db()
        assert (late.base, late.blocks[0]["key"]) == (1, keys[1])

    def test_chooses(
        self, client: Client, cast: Cast, article: Article, keys: list[str], late: Correction
    ) -> None:
        answer = client.post(at(cast.reading, "correct_rebase"), follow=True)
        assert [line.id for line in answer.context["conflicts"]] == [keys[2], keys[3], keys[5]]
        assert answer.text.count("Somebody else has corrected this text meanwhile") == 0
        assert answer.text.count("You had taken this out") == 1
        assert answer.text.count("You changed this; somebody has taken it out since.") == 1
        for pressed in ({"theirs": keys[2]}, {"mine": keys[3]}, {"theirs": keys[5]}):
            seen = client.get(at(cast.reading)).context["desk"].draft.state
            client.post(at(cast.reading), {"seen": seen, **pressed})
        page = client.get(at(cast.reading))
        assert page.context["conflicts"] == []
        assert [each[:14] for each in shape(cast.owner, article)] == [
            "heading: Of ma", "paragraph: A m", "paragraph: Who", "separator: ", "footnote: By c",
        ]  # fmt: skip

    def test_without_anything_begun_nothing_happens(self, client: Client, cast: Cast) -> None:
        answer = client.post(at(cast.reading, "correct_rebase"))
        assert (answer["Location"], Correction.objects.count()) == (at(cast.reading), 0)

    def test_is_told_when_nothing_is_disputed(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        before = draft(cast.owner, article)
        keep_draft(by=cast.owner, article=article, seen=before.state, draft=before.without(keys[0]))
        correct(cast.moderator, article, reworded(article, "Whoever", "Who"))
        answer = client.post(at(cast.reading, "correct_rebase"), follow=True)
        assert answer.text.count("Your changes stand on the text as it is now.") == 1


class TestPastTexts:
    def test_a_text_that_was_never_corrected(self, cast: Cast) -> None:
        page = client_of(cast.member).get(at(cast.reading, "texts"))
        assert page.text.count("This text has never been corrected") == 1

    def test_only_who_corrects_it_is_told_by_whom(self, cast: Cast, article: Article) -> None:
        correct(cast.moderator, article, reworded(article, "Whoever", "Who"), "A slip.")
        Reading.objects.create(group=cast.elsewhere.group, article=article)
        elsewhere = reverse("texts", args=[cast.elsewhere.group.slug, article.slug])
        shown = {}
        for who, address in (
            (cast.owner, at(cast.reading, "texts")),
            (cast.member, at(cast.reading, "texts")),
            (cast.observer, at(cast.reading, "texts")),
            (cast.outsider, elsewhere),
        ):
            page = client_of(who).get(address)
            shown[who.name] = [page.text.count(each) for each in ("A slip.", "Moses", "1 changed")]
        assert shown == {
            "Olga": [1, 1, 1], "Mira": [1, 0, 1], "Ute": [1, 0, 1], "Otto": [1, 0, 1],
        }  # fmt: skip

    def test_anybody_in_a_public_group(self, cast: Cast, article: Article) -> None:
        cast.group.readable_by = Readable.PUBLIC
        cast.group.save(update_fields=["readable_by"])
        correct(cast.moderator, article, reworded(article, "Whoever", "Who"))
        for address in (at(cast.reading, "texts"), at(cast.reading, "text_as_it_was", 1)):
            page = client_of(None).get(address)
            assert (page.status_code, page.text.count("Moses")) == (200, 0)

    def test_a_past_text_with_what_became_of_it(
        self, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        correct(cast.owner, article, reworded(article, "to two people", "to us")[1:])
        page = client_of(cast.member).get(at(cast.reading, "text_as_it_was", 1))
        assert page.text.count(f'id="p-{keys[2]}"') == 1
        assert page.text.count(TEXT[2].replace("'", "&#x27;")) == 1
        assert page.text.count("Taken out since") == 1
        assert page.text.count("Changed since") == 1
        assert page.text.count("<ins>") == page.text.count("[put in:") == 1
        assert page.text.count("Make this the text again") == 0
        assert client_of(cast.member).get(at(cast.reading, "text_as_it_was", 3)).status_code == 404

    def test_it_is_made_the_text_again(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        correct(cast.owner, article, reworded(article, "margin", "edge")[1:])
        page = client.get(at(cast.reading, "text_as_it_was", 1))
        assert page.text.count("Make this the text again") == 1
        again = at(cast.reading, "text_again", 1)
        answer = client.post(again)
        assert answer["Location"] == at(cast.reading, "correction_preview")
        assert order(cast, article, keys) == [0, 1, 2, 3, 4, 5, 6]
        correction = Correction.objects.open().get()
        publish_correction(by=cast.owner, correction=correction, seen=correction.state)
        texts = article.paragraphs.standing().values_list("text", flat=True)
        assert list(texts) == TEXT
        present = client.get(at(cast.reading, "text_as_it_was", 3))
        assert present.text.count("Make this the text again") == 0
        assert client.post(at(cast.reading, "text_again", 9)).status_code == 404

    def test_changes_that_were_begun_go_only_if_that_is_said(
        self, client: Client, cast: Cast, article: Article, keys: list[str]
    ) -> None:
        correct(cast.moderator, article, reworded(article, "margin", "edge"))
        before = draft(cast.owner, article)
        keep_draft(by=cast.owner, article=article, seen=before.state, draft=before.without(keys[0]))
        again = at(cast.reading, "text_again", 1)
        answer = client.post(again)
        assert answer.status_code == 422
        assert answer.text.count("Say that these changes may go.") == 1
        assert order(cast, article, keys) == [1, 2, 3, 4, 5, 6]
        assert client.post(again, {"instead": "on"}).status_code == 302
        assert order(cast, article, keys) == [0, 1, 2, 3, 4, 5, 6]

    @pytest.mark.parametrize("many", [1, 3])
    def test_as_many_queries_for_3_corrections_as_for_1(
        self, cast: Cast, article: Article, many: int, django_assert_num_queries: Callable
    ) -> None:
        for number in range(many):
            correct(cast.moderator, article, reworded(article, "e", f"{number}"))
        client = client_of(cast.owner)
        with django_assert_num_queries(8):
            client.get(at(cast.reading, "texts"))
        with django_assert_num_queries(11):
            client.get(at(cast.reading, "text_as_it_was", 1))


class TestWhoMay:
    NAMES = ("correct", "correct_about", "correct_import", "correct_insert", "correct_block")
    POSTED = ("correct_discard", "correct_rebase", "text_again")

    def address(self, cast: Cast, keys: list[str], name: str) -> str:
        more: dict[str, list[Any]] = {"correct_block": [keys[2]], "text_again": [1]}
        return at(cast.reading, name, *more.get(name, []))

    @pytest.mark.parametrize("name", NAMES + POSTED)
    def test_its_leaders_alone(self, cast: Cast, keys: list[str], name: str) -> None:
        address = self.address(cast, keys, name)
        got = {
            who.name: client_of(who).post(address, {"text": "Words."}).status_code
            for who in (cast.member, cast.observer, cast.outsider)
        }
        assert got == {"Mira": 403, "Ute": 403, "Otto": 404}
        assert client_of(None).post(address, {"text": "Words."}).status_code == 401
        assert Correction.objects.count() == 0

    @pytest.mark.parametrize("name", POSTED)
    def test_what_writes_is_posted(
        self, client: Client, cast: Cast, keys: list[str], name: str
    ) -> None:
        assert client.get(self.address(cast, keys, name)).status_code == 405

    def test_leaders_of_another_group_are_led_to_a_copy_of_their_own(
        self, cast: Cast, article: Article
    ) -> None:
        reading = Reading.objects.create(group=cast.elsewhere.group, article=article)
        client = client_of(cast.outsider)
        assert client.get(at(reading)).status_code == 403
        page = client.get(at(reading, "reading_settings")).text
        links = [page.count(f'href="{at(reading, name)}"') for name in ("correct", "own_copy")]
        assert links == [0, 1]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_windows_at_once_one_is_asked_again() -> None:
    cast = assemble()
    clients = [client_of(cast.owner) for _ in range(2)]
    seen = clients[0].get(at(cast.reading)).context["desk"].draft.state
    keys = cast.reading.article.paragraphs.values_list("key", flat=True)[:2]
    results = at_once(
        *(
            lambda client=client, key=key: (
                client.post(at(cast.reading), {"seen": seen, "out": key}).status_code
            )
            for client, key in zip(clients, keys, strict=True)
        )
    )
    assert sorted(results, key=str) == [302, 409]
    assert len(Correction.objects.get().blocks) == 6
