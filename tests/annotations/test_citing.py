"""A passage, or one note, with its reference and its link: what it says, and who gets it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotations import citing
from annotations.citing import Passage, Said, Work
from annotations.enums import Verb
from annotations.markdown import to_html
from annotations.models import Annotation, Target
from annotations.moderation import decide
from annotations.permissions import can_cite
from reader.models import (
    Article,
    Circle,
    Membership,
    Paragraph,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from reader.permissions import membership_of
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of
from tests.moves import move

pytestmark = pytest.mark.once

WORK = Work("Of margins", "Ada Quill", "Small things", "May 1920", "The Quarterly, 3")
PASSAGE = Passage(WORK, ["One line.", "Another."], "paragraphs 2–3", "https://x.example/p/k/")


class TestWords:
    def test_of_a_passage(self) -> None:
        assert citing.passage(PASSAGE) == citing.Citation(
            text="“One line.\n\nAnother.”\n"
            "— Ada Quill, “Of margins”, Small things, May 1920, paragraphs 2–3, The Quarterly, 3\n"
            "https://x.example/p/k/\n",
            markdown="> One line.\n>\n> Another.\n\n"
            "— Ada Quill, *Of margins*, Small things, May 1920, "
            "[paragraphs 2–3](<https://x.example/p/k/>), The Quarterly, 3\n",
        )

    def test_of_a_text_of_which_little_is_known(self) -> None:
        cited = citing.passage(Passage(Work("A <b>"), ["x"], "heading “x_y_”", "https://x/p/k/"))
        assert cited.text == "“x”\n— “A <b>”, heading “x_y_”\nhttps://x/p/k/\n"
        assert cited.markdown == "> x\n\n— *A \\<b\\>*, [heading “x\\_y\\_”](<https://x/p/k/>)\n"

    def test_of_a_note(self) -> None:
        said = Said("Mira", "4 May 2026", "Who *says* so?\n\nHe does.", "https://x/n/1/", PASSAGE)
        assert citing.note(said) == citing.Citation(
            text="Mira, 4 May 2026:\n“Who *says* so?\n\nHe does.”\n"
            "on “One line. Another.” – Ada Quill, “Of margins”, Small things, May 1920, "
            "paragraphs 2–3, The Quarterly, 3\nhttps://x/n/1/\n",
            markdown="**Mira** · 4 May 2026 · [note](<https://x/n/1/>)\n\n"
            "on “One line. Another.” – Ada Quill, *Of margins*, Small things, May 1920, "
            "[paragraphs 2–3](<https://x.example/p/k/>), The Quarterly, 3\n\n"
            "> Who *says* so?\n>\n> He does.\n",
        )

    def test_of_a_note_on_the_whole_text(self) -> None:
        whole = Passage(Work("Of margins"), [], "", "https://x/p/k/")
        cited = citing.note(Said("Mira", "4 May", "Well.", "https://x/n/1/", whole))
        assert cited.text == "Mira, 4 May:\n“Well.”\non “Of margins”\nhttps://x/n/1/\n"
        assert "on *Of margins*, [the text](<https://x/p/k/>)\n" in cited.markdown

    def test_of_a_highlight(self) -> None:
        cited = citing.note(Said("Mira", "4 May", "", "https://x/n/1/", PASSAGE))
        assert cited.text.startswith("Mira, 4 May, highlighted:\n“One line.\n\nAnother.”\n— Ada")
        assert cited.markdown.startswith("**Mira** · 4 May · [note](<https://x/n/1/>)\n\n> One")

    def test_what_a_note_leaves_open_ends_with_it(self) -> None:
        said = Said("Mira", "4 May", "```\n# no end", "https://x/n/1/", PASSAGE)
        assert to_html(citing.note(said).markdown + "\nAfter it.").endswith("<p>After it.</p>")

    @given(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
        | st.sampled_from(
            ["# x", "- x", "1. x", "+ x", "> x", "===", "---", "***x***", "`x", "[x](y)", "<b>x",
             "&amp;", "    x", "~~x~~", "| x |", "x  ", "![x](y)", "\\", "1) x", "a_b_c", "*"]
        )
    )  # fmt: skip
    def test_markdown_reads_back_as_the_words(self, words: str) -> None:
        html = to_html(citing.passage(Passage(Work("t"), [words], "", "https://x/")).markdown)
        found = re.match(r"<blockquote>\s*(?:<p>(.*?)</p>)?\s*</blockquote>", html, re.DOTALL)
        assert found, html
        read = unescape(re.sub(r"</?a[^>]*>", "", found[1] or ""))  # an address becomes a link
        assert read.split() == words.split()

    def test_verse_keeps_its_lines(self) -> None:
        cited = citing.passage(Passage(Work("t"), ["One,\ntwo."], "", "https://x/"))
        assert cited.markdown.startswith("> One,\\\n> two.\n")
        assert "<br" in to_html(cited.markdown)


@pytest.fixture
def site(settings: Any) -> None:
    settings.CATENA_URL = "https://catena.example"


def where(reading: Reading, **query: Any) -> str:
    path = reverse("passage_cite", args=[reading.group.slug, reading.article.slug])
    query = {"from" if name == "begin" else name: value for name, value in query.items()}
    return path + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def plain(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return str(answer.text)


def fields(answer: Any) -> list[str]:
    found = re.findall(r"<textarea[^>]* readonly[^>]*>\n?(.*?)</textarea>", answer.text, re.DOTALL)
    return [unescape(each) for each in found]


@pytest.mark.usefixtures("site")
class TestAPassage:
    def test_of_words(self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]) -> None:
        key = paragraphs[1].key
        address = where(reading, begin=f"{key}:8", to=f"{key}:21")
        link = f"https://catena.example/p/{key}/?in=thursday-circle"
        answer = client_of(cast.observer).get(address)
        text, markdown = fields(answer)
        assert text == f"“writes there”\n— Ada Quill, “Of margins”, paragraph 2\n{link}\n"
        assert markdown == (
            f"> writes there\n\n— Ada Quill, *Of margins*, [paragraph 2](<{link}>)\n"
        )
        assert plain(client_of(cast.observer).get(f"{address}&as=text")) == text

    def test_of_a_paragraph(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        text = plain(
            client_of(cast.member).get(where(reading, begin=paragraphs[1].key) + "&as=text")
        )
        assert text.startswith(f"“{paragraphs[1].text}”\n— ")

    def test_of_several(self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]) -> None:
        first, _second, last = paragraphs
        address = where(reading, begin=f"{first.key}:42", to=f"{last.key}:23")
        assert plain(client_of(cast.member).get(f"{address}&as=text")).startswith(
            "“left empty for that.[1]\n\nWhoever writes there speaks to two people: the author and"
            " the next one.\n\nOne line for thee,\none line for me.\n\nThen the book is closed”\n"
            "— Ada Quill, “Of margins”, paragraphs 1–4\n"
        )

    def test_with_all_that_is_known_of_the_text(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        Article.objects.filter(pk=reading.article_id).update(
            series="Small things", date_text="May 1920", source="The\nQuarterly"
        )
        text = plain(
            client_of(cast.member).get(where(reading, begin=paragraphs[1].key) + "&as=text")
        )
        assert text.splitlines()[1] == (
            "— Ada Quill, “Of margins”, Small things, May 1920, paragraph 2, The Quarterly"
        )

    def test_of_a_heading(self, cast: Cast, reading: Reading) -> None:
        first = reading.article.paragraphs.get(kind="heading")
        last = reading.article.paragraphs.get(kind="footnote")
        client = client_of(cast.member)
        text = plain(client.get(where(reading, begin=first.key, **{"as": "text"})))
        assert text.startswith("“Of margins”\n— Ada Quill, “Of margins”, a heading\n")
        text = plain(client.get(where(reading, begin=first.key, to=last.key, **{"as": "text"})))
        assert text.splitlines()[-2] == (
            "— Ada Quill, “Of margins”, heading “Of margins” – footnote 1"
        )

    def test_counts_code_points(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        Paragraph.objects.filter(pk=paragraphs[0].pk).update(text="𐀀𐀁 and 𐀂.")
        key = paragraphs[0].key
        address = where(reading, begin=f"{key}:3", to=f"{key}:8", **{"as": "text"})
        assert plain(client_of(cast.member).get(address)).startswith("“and 𐀂”\n")

    @pytest.mark.parametrize(
        ("begin", "to"),
        [
            ("{0}:5", "{0}:5"), ("{0}:9", "{0}:5"), ("{2}", "{0}"), ("{0}:9999", ""),
            ("{0}:-1", ""), ("{0}:x", ""), ("{0}:٣", ""), ("{0}:1", "{0}:9999"), ("nosuchkey", ""),
            ("{0}", "nosuchkey"), ("", ""), ("%00", ""), ("{0}:%00", ""), ("{0}:", "{1}:"),
            ("{0}:1:2", ""), ("{0}:123456789012", ""), ("{0}:1e3", ""),
        ],
    )  # fmt: skip
    def test_where_no_words_are(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph], begin: str, to: str
    ) -> None:
        keys = [paragraph.key for paragraph in paragraphs]
        address = where(reading, begin=begin.format(*keys), to=to.format(*keys))
        expected = 200 if begin == "{0}:" else 404
        assert client_of(cast.member).get(address).status_code == expected

    def test_not_of_a_text_that_has_changed(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        key, client = paragraphs[0].key, client_of(cast.member)
        assert client.get(where(reading, begin=key, revision=1)).status_code == 200
        answer = client.get(where(reading, begin=key, revision=2))
        assert answer.status_code == 409
        assert "The text has changed since this page was opened." in answer.text
        assert fields(answer) == []

    def test_not_of_a_paragraph_that_is_gone(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        Paragraph.objects.filter(pk=paragraphs[0].pk).update(retired=True)
        answer = client_of(cast.member).get(where(reading, begin=paragraphs[0].key))
        assert answer.status_code == 404

    def test_for_whoever_reads(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(exporting="leaders")
        address = where(reading, begin=paragraphs[0].key)
        assert client_of(cast.observer).get(address).status_code == 200
        assert client_of(cast.outsider).get(address).status_code == 404
        assert client_of(None).get(address).status_code == 302
        assert client_of(None).get(address, headers={"HX-Request": "true"}).status_code == 401
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        assert client_of(None).get(address).status_code == 200
        there = paragraphs[0].key
        elsewhere = cast.elsewhere.article.paragraphs.filter(kind="paragraph")[0].key
        assert client_of(cast.member).get(where(reading, begin=elsewhere)).status_code == 404
        assert client_of(cast.outsider).get(where(cast.elsewhere, begin=there)).status_code == 404

    def test_asks_as_much_for_all_as_for_one(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph],
        django_assert_max_num_queries: Any,
    ) -> None:  # fmt: skip
        address = where(reading, begin=paragraphs[0].key, to=paragraphs[-1].key)
        client = client_of(cast.member)
        with django_assert_max_num_queries(9):
            client.get(address)

    def test_is_linked_where_there_is_no_script(
        self, cast: Cast, reading: Reading, paragraphs: list[Paragraph]
    ) -> None:
        key = paragraphs[0].key
        link = f'href="{where(reading, begin=key)}"'
        page = reverse("paragraph_notes", args=[reading.group.slug, reading.article.slug, key])
        assert link in client_of(cast.observer).get(page).text
        form = reverse("annotate", args=[reading.group.slug, reading.article.slug])
        assert link in client_of(cast.member).get(f"{form}?start_key={key}").text


def cite(note: Annotation) -> str:
    return reverse("note_cite", args=[note.uuid])


def exported_by(group: StudyGroup, who: str) -> None:
    StudyGroup.objects.filter(pk=group.pk).update(exporting=who)


@pytest.mark.usefixtures("site")
class TestANote:
    def test_of_another(self, cast: Cast, write: Write, paragraphs: list[Paragraph]) -> None:
        note = write(cast.other, "Who says so?", on=1, end=6)
        Annotation.objects.filter(pk=note.pk).update(created_at=datetime(2026, 5, 4, tzinfo=UTC))
        place = f"https://catena.example/p/{paragraphs[1].key}/?in=thursday-circle"
        link = f"https://catena.example/n/{note.uuid}/"
        answer = client_of(cast.member).get(cite(note))
        assert fields(answer) == [
            "Nils, 4 May 2026:\n“Who says so?”\n"
            f"on “Whoeve” – Ada Quill, “Of margins”, paragraph 2\n{link}\n",
            f"**Nils** · 4 May 2026 · [note](<{link}>)\n\n"
            f"on “Whoeve” – Ada Quill, *Of margins*, [paragraph 2](<{place}>)\n\n"
            "> Who says so?\n",
        ]
        text = plain(client_of(cast.member).get(cite(note) + "?as=text"))
        assert text == fields(answer)[0]

    def test_of_a_reply(self, cast: Cast, write: Write) -> None:
        answered = write(cast.other, "He does.", to=write(cast.member, "Who says so?", on=1))
        text = plain(client_of(cast.member).get(cite(answered) + "?as=text"))
        assert text.splitlines()[1:3] == [
            "“He does.”", "on “Whoev” – Ada Quill, “Of margins”, paragraph 2",
        ]  # fmt: skip

    def test_of_a_highlight_and_of_the_whole_text(self, cast: Cast, write: Write) -> None:
        client = client_of(cast.member)
        text = plain(client.get(cite(write(cast.other)) + "?as=text"))
        assert text.splitlines()[1:3] == ["“A mar”", "— Ada Quill, “Of margins”, paragraph 1"]
        about = write(cast.other, "All of it.", whole_article=True)
        text = plain(client.get(cite(about) + "?as=text"))
        assert text.splitlines()[2] == "on Ada Quill, “Of margins”"

    def test_without_its_words(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "Which inch?")
        move(note)
        text = plain(client_of(cast.member).get(cite(note) + "?as=text"))
        assert text.splitlines()[2] == "on “A mar” – Ada Quill, “Of margins”"

    @pytest.mark.parametrize(
        ("chosen", "name"), [("shown", "Nils"), ("initials", "N."), ("pseudonym", None)]
    )
    def test_by_the_name_its_author_chose(
        self, cast: Cast, write: Write, chosen: str, name: str | None
    ) -> None:
        theirs = Membership.objects.filter(group=cast.group, user=cast.other)
        theirs.update(taken_home_as=chosen)
        text = plain(client_of(cast.owner).get(cite(write(cast.other, "So?")) + "?as=text"))
        assert text.startswith(f"{name}, ") if name else "Nils" not in text

    def test_under_a_pseudonym(self, cast: Cast, write: Write, reading: Reading) -> None:
        Reading.objects.filter(pk=reading.pk).update(bylines="pseudonyms")
        Pseudonym.objects.create(reading=reading, user=cast.other, name="Copper Heron")
        note = write(cast.other, "So?")
        for by in (cast.member, cast.owner):
            assert plain(client_of(by).get(cite(note) + "?as=text")).startswith("Copper Heron, ")

    def test_of_who_has_left_without_a_name(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "So?")
        Membership.objects.filter(group=cast.group, user=cast.other).update(
            left_at=note.created_at, nameless=True
        )
        text = plain(client_of(cast.member).get(cite(note) + "?as=text"))
        assert text.startswith("former member, ")

    def test_where_leaders_alone_take_notes_home(self, cast: Cast, write: Write) -> None:
        exported_by(cast.group, "leaders")
        theirs, own = write(cast.other, "So?"), write(cast.member, "Well.", on=1)
        client, entry = client_of(cast.member), "Copy with its reference"
        refused = client.get(cite(theirs))
        assert refused.status_code == 403
        assert "In this group not everybody takes home what others wrote." in refused.text
        assert client.get(cite(own)).status_code == 200
        assert client_of(cast.owner).get(cite(theirs)).status_code == 200
        menus = {note: reverse("note_menu", args=[note.uuid]) for note in (theirs, own)}
        assert entry not in client.get(menus[theirs]).text
        assert entry in client.get(menus[own]).text
        assert entry in client_of(cast.owner).get(menus[theirs]).text
        exported_by(cast.group, "members")
        assert entry in client.get(menus[theirs]).text

    def test_outside(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "So?")
        assert client_of(cast.outsider).get(cite(note)).status_code == 404
        assert client_of(None).get(cite(note)).status_code == 302
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        assert client_of(cast.outsider).get(cite(note)).status_code == 403
        assert client_of(cast.member).post(cite(note)).status_code == 405
        assert client_of(cast.member).get(reverse("note_cite", args=[uuid4()])).status_code == 404

    @pytest.mark.parametrize("how", ["hidden", "removed", "withdrawn"])
    def test_what_doesn_t_stand(self, cast: Cast, write: Write, how: str) -> None:
        note = write(cast.other, "So?")
        write(cast.member, to=note)
        if how == "withdrawn":
            Annotation.objects.filter(pk=note.pk).update(
                state="withdrawn", state_at=note.created_at
            )
        else:
            verb = {"hidden": Verb.HIDE, "removed": Verb.REMOVE}[how]
            decide(by=cast.owner, annotation=note, verb=verb, seen=1, reason="unkind")
        got = [
            client_of(user).get(cite(note)).status_code
            for user in (cast.member, cast.moderator, cast.other)
        ]
        assert got == ([404, 404, 404] if how == "withdrawn" else [404, 403, 200])

    def test_what_wasn_t_for_others(self, cast: Cast, write: Write, reading: Reading) -> None:
        circle = Circle.objects.create(reading=reading, name="red")
        circle.members.set([cast.other, cast.member])
        private = write(cast.other, "For me.", audience="private")
        of_leaders = write(cast.moderator, "For us.", audience="leaders")
        in_circle = write(cast.other, "Here.", audience="circle", circle=circle)
        to_one = write(cast.owner, "To you.", to=write(cast.member, "So?"), privately=True)

        def may(user: User, note: Annotation) -> bool:
            found = Annotation.objects.get(pk=note.pk)
            return can_cite(user, membership_of(user, cast.group), found)

        assert may(cast.other, private)
        assert not may(cast.owner, of_leaders)
        assert may(cast.moderator, of_leaders)
        assert may(cast.member, in_circle)
        assert not may(cast.member, to_one)

    def test_its_words_are_no_markup(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "</textarea><script>alert(1)</script>")
        page = client_of(cast.member).get(cite(note)).text
        assert "<script>alert" not in page
        assert page.count("</textarea>") == 2
        assert Target.objects.filter(annotation=note).count() == 1
