"""The annotated edition: one file, whole in itself, in which every number leads both ways."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from annotations.demo.edition import sample_edition, sample_notebook
from annotations.enums import AnchorState, Motivation
from annotations.exporting import edition
from annotations.exporting.edition.notes import DEEPEST
from annotations.exporting.edition.sheet import style
from annotations.exporting.notebook import Notebook, Person, Resolution
from reader.enums import Exporting, Status
from reader.models import User
from tests.annotations.exporting.notebooks import (
    NILS,
    THEN,
    blocks,
    chapter,
    note,
    notebook,
    plain,
    stone,
    thread,
    written,
)
from tests.cast import Cast, client_of

type Tag = tuple[str, dict[str, str | None]]
# What takes no end tag, and so encloses nothing.
VOID = {"br", "hr", "meta"}
ADDRESS = re.compile(r"(https?://|mailto:)")
ROOT = Path(settings.BASE_DIR)


class Read(HTMLParser):
    """A document as its tags, the words of each element that has an id or a class, and its
    style sheets; its elements are closed in the order in which they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.words: dict[str, str] = {}
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag in VOID:
            return
        classes = [f".{name}" for name in (given.get("class") or "").split()]
        names = [tag, *classes, *([f"#{given['id']}"] if "id" in given else [])]
        self._open.append((tag, names))
        for name in names:
            self.words[name] = self.words.get(name, "") + "|"

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for name in {name for _tag, names in self._open for name in names}:
            self.words[name] += data

    def texts(self, name: str) -> list[str]:
        """The words of every element with a tag, a .class or an #id."""
        return [" ".join(each.split()) for each in self.words.get(name, "").split("|")[1:]]

    def ids(self) -> list[str]:
        return [given["id"] or "" for _tag, given in self.tags if "id" in given]

    def links(self) -> list[str]:
        return [given["href"] or "" for _tag, given in self.tags if "href" in given]

    def shape(self) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(given)) for tag, given in self.tags]


def read(made: Notebook) -> Read:
    return Read(written(edition, made).decode())


@pytest.fixture(scope="module")
def sample() -> Read:
    return Read(sample_edition().decode())


def test_nothing_is_asked_of_anybody(sample: Read) -> None:
    allowed = {"class", "dir", "lang", "id", "href", "rel", "aria-label", "aria-labelledby", "role"}
    allowed |= {"datetime", "data-title", "charset", "name", "content", "http-equiv", "start"}
    assert {name for _tag, given in sample.tags for name in given} <= allowed
    assert {tag for tag, _given in sample.tags} & {"script", "link", "img", "base", "form"} == set()
    assert {tag for tag, given in sample.tags if "href" in given} == {"a"}
    assert [each for each in sample.links() if each[0] != "#" and not ADDRESS.match(each)] == []
    assert re.findall(r"url\(|@import|image-set|src:", sample.words["style"]) == []


def test_its_policy_allows_its_own_style_sheet_and_nothing_else() -> None:
    html = sample_edition().decode()
    [sheet] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    [policy] = [
        given["content"] for _tag, given in Read(html).tags
        if given.get("http-equiv") == "Content-Security-Policy"
    ]  # fmt: skip
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_every_number_stands_once_in_the_text_and_once_with_its_note(sample: Read) -> None:
    numbers = [str(thread.number) for thread in sample_notebook().chapters[0].threads]
    assert len(numbers) > 30
    assert sorted(sample.texts(".r"), key=int) == numbers
    assert sample.texts(".no") == numbers


def test_every_link_inside_leads_somewhere_and_notes_lead_back(sample: Read) -> None:
    ids = sample.ids()
    assert [each for each, times in Counter(ids).items() if times > 1] == []
    assert {each[1:] for each in sample.links() if each[0] == "#"} - set(ids) == set()
    numbers = [thread.number for thread in sample_notebook().chapters[0].threads]
    to_notes = [each for each in sample.links() if re.fullmatch(r"#c1-n\d+", each)]
    to_marks = [each for each in sample.links() if re.fullmatch(r"#c1-r\d+", each)]
    assert sorted(to_notes) == sorted(f"#c1-n{number}" for number in numbers)
    assert to_marks == [f"#c1-r{number}" for number in numbers]
    references = [each for each in ids if each.startswith("c1-f-")]
    assert len(references) == 5
    assert sorted(each[1:] for each in sample.links() if "-f-" in each) == sorted(references)


def test_the_words_of_the_text_are_all_there() -> None:
    html = sample_edition().decode()
    body = Read(re.sub(r'<sup class="r">.*?</sup>|<span class="pn">.*?</span>', "", html))
    told = "".join(body.texts("main")).replace(" ", "")
    for block in sample_notebook().chapters[0].blocks:
        assert "".join(block.text.split()) in told


def test_what_is_committed_is_what_is_built() -> None:
    """`make sample` writes it."""
    assert (ROOT / "docs/sample-edition.html").read_bytes() == sample_edition()
    assert len(sample_edition()) < 250_000


def test_the_front_page_says_what_it_is() -> None:
    made = notebook(
        chapter(
            thread(note("One.", created=THEN)),
            thread(note("Two.", created=THEN + timedelta(days=30), author=NILS), number=2),
            subtitle="A study", series="Small books", date="1971", source="Papers, 3",
            rights="CC0", metadata=(("Place", "Lunn"), ("Rights", "CC0")),
            colophon=("Mira", "Nils"),
        ),
        chosen="#margins",
    )  # fmt: skip
    found = read(made)
    assert found.texts(".front")[0] == (
        "Annotated edition Small books Of margins A study Ada Quill · 1971"
        " PlaceLunnRightsCC0SourcePapers, 3"
        " With 2 notes by 2 readers in Circle, 4 May – 3 June 2031."
        " Chosen for it: #margins."
    )
    assert found.texts(".readers") == ["Read by Mira, Nils."]
    assert found.texts("title") == ["Of margins · Annotated edition"]


def test_nobody_is_named_who_has_not_agreed() -> None:
    assert read(notebook(chapter(thread(note("One."))))).texts(".readers") == []


def test_replies_are_nested_and_named_as_deep_as_they_go() -> None:
    entries = [note("Root.", number=1)]
    for depth in range(1, 13):
        above = entries[-1]
        answers = "" if depth == 1 else f"Reader {depth - 1}"
        entries.append(
            note(
                f"Reply {depth}.", depth=depth, number=depth + 1, parent=above.id,
                author=Person(str(depth), f"Reader {depth}"), answers=answers,
            )
        )  # fmt: skip
    late = note("Late.", depth=1, number=20, parent=entries[0].id, author=NILS)
    html = written(edition, notebook(chapter(thread(*entries, late)))).decode()
    found = Read(html)
    assert len(found.texts("ol")) == DEEPEST
    assert found.texts(".who") == ["Mira", *(f"Reader {n}" for n in range(1, 13)), "Nils"]
    assert [each for each in found.texts(".head") if "↳" in each] == [
        f"↳ Reader {n}" for n in range(1, 12)
    ]
    # Below the eighth they stand beside each other, and the late one below the root again.
    assert html.count("</ol></li>") == DEEPEST - 1


def test_a_range_over_paragraphs_is_marked_in_each_and_numbered_once() -> None:
    text = blocks(("paragraph", "One two."), ("paragraph", "Three."), ("paragraph", "Four five."))
    ranging = thread(
        note("On all."), exact="two.\nThree.\nFour", place={"start": 4, "last": 2, "end": 4}
    )
    found = read(notebook(chapter(replace(ranging), text=text)))
    assert found.texts("mark") == ["two.", "Three.", "Four"]
    assert found.texts(".words") == ["1One two.1", "2Three.", "3Four five."]


def test_ten_that_overlap_keep_their_numbers() -> None:
    text = "abcdefghijklmnopqrst"
    threads = [
        thread(
            note(f"N{n}.", number=n, category="green"), exact=text[n : n + 9], number=n,
            place={"start": n, "end": n + 9},
        )
        for n in range(1, 11)
    ]  # fmt: skip
    found = read(notebook(chapter(*threads, text=blocks(("paragraph", text)))))
    assert found.texts(".r") == [str(n) for n in range(1, 11)]
    assert re.sub(r"\d", "", found.texts(".words")[0]) == text


def test_a_number_inside_a_link_stands_behind_it() -> None:
    linked = plain("paragraph", "See the page here.", [4, 12, "link", "https://example.org/"])
    within = thread(note("Which?"), exact="the", place={"start": 4, "end": 7})
    html = written(edition, notebook(chapter(within, text=blocks(linked)))).decode()
    assert '<mark class=" d1">the</mark> page</a><sup class="r">' in html


def test_talk_about_a_whole_paragraph_marks_none_of_its_words_and_a_highlight_does() -> None:
    words = "A margin is where a reader answers."
    whole = {"end": len(words), "whole_block": True}
    talk = thread(note("All of it."), exact=words, place=whole)
    found = read(notebook(chapter(talk)))
    assert (found.texts("mark"), found.texts(".r")) == ([], ["1"])
    coloured = thread(note(category="green"), exact=words, place=whole)
    assert read(notebook(chapter(coloured))).texts("mark")[-1] == words


def test_what_lost_its_words_stands_by_its_paragraph_with_them() -> None:
    lost = thread(
        note("About what was there."), exact="words that are gone",
        place={"end": 0, "anchor_state": AnchorState.DETACHED},
    )  # fmt: skip
    found = read(notebook(chapter(lost)))
    assert found.texts(".lost") == ["These words are no longer in the text:"]
    assert found.texts(".quote") == ["words that are gone"]
    assert (found.texts("mark"), found.texts(".r"), found.texts(".lemma")) == ([], ["1"], [])


def test_prompts_and_notes_on_the_whole_text_stand_at_its_head() -> None:
    ask = note("What is a margin?", motivation=Motivation.QUESTIONING, category="violet")
    head = thread(ask, place={"whole_article": True, "end": 0}, exact="", is_prompt=True)
    found = read(notebook(chapter(head)))
    assert found.texts(".on-all") == ["On the whole text 1"]
    assert found.texts(".of-all") == ["1 Mira 4 May 2031 From the leadersWhat is a margin?"]


def test_stones_marks_endorsements_circles_and_resolutions_are_said() -> None:
    root = note(
        "Why?", motivation=Motivation.QUESTIONING, endorsements=2, circle="Early birds",
        edited=THEN, mark="For the leaders", tags=("why",),
    )  # fmt: skip
    reply = stone("Removed by a moderator", depth=1, number=2, parent=root.id)
    answer = note("Because.", depth=2, number=3, parent=reply.id, author=NILS)
    done = Resolution(THEN + timedelta(days=1), "We agree.")
    found = read(notebook(chapter(thread(root, reply, answer, resolution=done))))
    assert found.texts(".note") == [
        "1 Mira 4 May 2031 edited Question Circle: Early birds 2 wonder, too For the leaders"
        "A marginWhy?#why"
        "Removed by a moderator"
        "Nils 4 May 2031Because."
        "Resolved 5 May 2031: We agree."
    ]
    assert found.texts(".stone") == ["Removed by a moderator"]


def test_without_the_text_every_note_quotes_its_words() -> None:
    made = notebook(chapter(thread(note("One."), exact="A margin")), text=False)
    found = read(made)
    assert (found.texts(".words"), found.texts(".quote")) == ([], ["A margin"])
    assert found.texts(".no") == ["1"]
    gone = replace(made.chapters[0], blocks=())
    found = read(replace(made, chapters=(gone,)))
    assert found.texts(".note") == ["1 Mira 4 May 2031A marginOne."]


def test_several_chapters_have_titles_a_list_and_ids_of_their_own() -> None:
    text = blocks(
        ("heading", "Begin"), plain("heading", "Within", level=4), ("paragraph", "Words.")
    )
    one = chapter(thread(note("One."), exact="Begin"), text=text)
    two = replace(one, title="Of ends", threads=(thread(note("Two.", number=2), exact="Begin"),))
    found = read(notebook(one, two, title="Circle"))
    assert (found.texts("h1"), found.texts("h3")) == (["Circle"], ["Begin1", "Begin1"])
    # No level is left out on the way down.
    assert (found.texts("h4"), found.texts("h5")) == (["Within", "Within"], [])
    assert [
        given["href"] for tag, given in found.tags
        if tag == "a" and re.fullmatch(r"#c\d(-p-key\d)?", given.get("href") or "")
    ] == ["#c1", "#c1-p-key0", "#c1-p-key1", "#c2", "#c2-p-key0", "#c2-p-key1"]  # fmt: skip
    assert [each for each, times in Counter(found.ids()).items() if times > 1] == []


def test_a_text_has_its_language_and_direction_and_its_notes_theirs() -> None:
    hebrew = chapter(thread(note("A note.")), language="he", direction="rtl")
    html = written(edition, notebook(hebrew)).decode()
    assert '<html lang="en" dir="ltr">' in html
    assert '<article class="chapter" lang="he" dir="rtl">' in html
    assert 'role="group" aria-label="Notes on paragraph 1" lang="en" dir="ltr">' in html
    english = written(edition, notebook(chapter(thread(note("A note."))))).decode()
    assert 'role="group" aria-label="Notes on paragraph 1">' in english


def test_the_site_says_what_it_says_in_its_own_language_and_direction() -> None:
    """Else the number of a day changes sides, and a sentence ends where it should begin."""
    spoken = thread(note("A note.", category="green"), resolution=Resolution(THEN, "Agreed"))
    arabic = written(edition, notebook(chapter(spoken), language="ar", chosen="by Mira")).decode()
    assert '<html lang="ar" dir="rtl">' in arabic
    ours = re.findall(r'<p(?: class="([\w-]+)")? lang="en" dir="ltr">', arabic)
    assert ours == ["label", "gathered", "chosen", "key", "", ""]
    assert re.findall(r"<time [^>]*( dir=\"\w+\")><a [^>]+>([^<]+)<", arabic) == [
        (' dir="ltr"', "4 May 2031")
    ]
    assert '<b>Resolved</b> <span dir="ltr">4 May 2031</span>: <bdi>Agreed</bdi>' in arabic
    english = written(edition, notebook(chapter(spoken), language="en-gb")).decode()
    assert re.findall(r"<p[^>]* lang=|<time [^>]*dir=|<span dir=", english) == []


def test_its_colours_are_the_sites() -> None:
    own = (ROOT / "annotations/static/annotations/edition.css").read_text()
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b|rgb|hsl", own) == []
    site = (ROOT / "reader/static/reader/tokens.css").read_text()
    pairs = dict(re.findall(r"--([\w-]+): (light-dark\([^)]+\));", site))
    used = sorted(name for name in pairs if f"var(--{name})" in own)
    assert len(used) > 15
    light, dark = style(notebook()).split("@media screen and (prefers-color-scheme:dark)")
    for name in used:
        one, other = re.findall(r"#\w{6}", pairs[name])
        assert f"--{name}:{one};" in light
        assert f"--{name}:{other};" in dark.partition("}}")[0]


def test_it_comes_a_paragraph_at_a_time() -> None:
    text = blocks(*[("paragraph", f"Paragraph {n}.") for n in range(40)])
    threads = [
        thread(note(f"N{n}.", number=n + 1), first=n, exact="Para", number=n + 1) for n in range(40)
    ]
    heard: list[int] = []
    chunks = edition.write(notebook(chapter(*threads, text=text)), heard.append).chunks
    for _ in range(5):
        next(chunks)
    assert len(heard) <= 5
    assert sum(1 for _ in chunks) >= 38
    assert heard == [1] * 40


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    '"}body{background:url(https://example.org/)}',
    "\\22 }*{display:none}/*",
    "]]><svg/onload=alert(1)>",
    "<!-- --!><script>alert(1)</script>",
    "{{ x }}{% load i18n %}",
    "javascript:alert(1)",
    "&lt;b&gt; &amp;lt; &#60;b&#62;",
    "a\u202eb\u2066c\u0000d".replace("\u0000", ""),
]


def everywhere(words: str) -> Notebook:
    """The same words wherever a person's words can come to stand, but for bodies."""
    person = Person(words, words)
    root = note("Body.", author=person, tags=(words,), circle=words, mark=words, category="green")
    reply = note("Body.", depth=1, number=2, parent=root.id, author=person)
    deep = note("Body.", depth=2, number=3, parent=reply.id, author=person, answers=words)
    gone = stone(words, depth=1, number=4, parent=root.id)
    text = blocks(
        plain("heading", words),
        plain("paragraph", words, [0, 3, "footnote_ref", words]),
        plain("footnote", words, label=words),
    )
    on_words = thread(
        root, reply, deep, gone, first=1, exact=words, place={"end": len(words)},
        resolution=Resolution(THEN, words),
    )  # fmt: skip
    lost = thread(
        note("Body.", number=5, author=person), first=1, exact=words, number=2,
        place={"end": 0, "anchor_state": AnchorState.DETACHED},
    )  # fmt: skip
    made = chapter(
        on_words, lost, text=text, title=words, subtitle=words, series=words, date=words,
        creators=(words, words), source=f"{words} (source)", rights=f"{words} (rights)",
        metadata=((words, words),), colophon=(words,),
    )  # fmt: skip
    second = replace(made, threads=())
    return notebook(made, second, title=words, group=words, chosen=words)


@pytest.mark.hostile
@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_words_wherever_they_stand(words: str) -> None:
    found, harmless = read(everywhere(words)), read(everywhere("Plain words"))
    assert found.shape() == harmless.shape()
    assert [each for each in found.links() if each[0] != "#"] == [
        each for each in harmless.links() if each[0] != "#"
    ]
    plain_words = " ".join(words.split())
    assert set(found.texts("h1")) == {plain_words}
    assert set(found.texts(".who")) == {plain_words}
    assert "<" not in found.words["style"]
    assert len(found.texts("style")) == 1


@pytest.mark.hostile
def test_what_no_html_holds_is_left_out_wherever_it_stands() -> None:
    stray = "".join(map(chr, (0x07, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0xFDD0, 0xFFFE, 0x1FFFF)))
    made = everywhere(f"a{stray}b 👩🏽‍🚀")
    body = chapter(thread(note(f"a{stray}b")))
    html = written(edition, replace(made, chapters=(*made.chapters, body))).decode()
    assert [char for char in stray if char in html] == []
    assert set(Read(html).texts("h1")) == {"ab 👩🏽‍🚀"}
    assert "ab" in Read(html).texts(".body")


def test_a_browser_is_told_nothing_that_pages_alone_know() -> None:
    """Whoever checks the file would be told of errors."""
    html = written(edition, notebook(chapter())).decode()
    assert re.findall(r"string-set|bookmark-|string\(|target-counter|leader\(", html) == []


@pytest.mark.hostile
def test_a_title_stays_a_string_in_the_style_sheet() -> None:
    for words in HOSTILE:
        running = style(notebook(title=words)).partition("@page{@top-center{content:")[2]
        string = re.match(r'"((?:[A-Za-z0-9 ]|\\[0-9a-f]+ )*)"\}\}', running)
        assert string is not None, words


@pytest.mark.hostile
@pytest.mark.parametrize("body", [
    *HOSTILE, "[x](javascript:alert(1))", "![x](https://example.org/x.png)",
    "<style>*{display:none}</style>", "</div></li></ol></div></main>", "<base href=//x>",
])  # fmt: skip
def test_a_body_brings_nothing_along(body: str) -> None:
    html = written(edition, notebook(chapter(thread(note(body))))).decode()
    found = Read(html)
    assert {tag for tag, _ in found.tags} & {"script", "img", "svg", "base", "link"} == set()
    assert len(found.texts("style")) == len(found.texts("main")) == 1
    assert [name for _tag, given in found.tags for name in given if name[:2] == "on"] == []
    assert {
        each for each in found.links() if not each.startswith(("#", "http", "mailto:"))
    } == set()


@pytest.mark.hostile
def test_an_address_in_the_text_that_is_none_is_no_link() -> None:
    linked = plain("paragraph", "See here.", [4, 8, "link", "javascript:alert(1)"])
    found = read(notebook(chapter(text=blocks(linked))))
    assert [each for each in found.links() if "javascript" in each] == []


def keepsake(client: Client, address: str) -> list[str]:
    return re.findall(r'<a class="keepsake" href="([^"]+)">', client.get(address).text)


def test_a_closed_reading_offers_its_edition_to_those_who_may_take_it(cast: Cast) -> None:
    reading = cast.reading
    page = reading.get_absolute_url()
    offered = [f"{page}export/?format=html"]
    assert keepsake(client_of(cast.member), page) == []
    assert keepsake(client_of(cast.owner), f"{page}settings/") == []
    reading.status = Status.CLOSED
    reading.save(update_fields=["status"])
    assert keepsake(client_of(cast.member), page) == offered
    assert keepsake(client_of(cast.owner), f"{page}settings/") == offered
    cast.group.exporting = Exporting.LEADERS
    cast.group.save(update_fields=["exporting"])

    def offers(user: User) -> list[str]:
        return keepsake(client_of(user), page)

    assert (offers(cast.member), offers(cast.owner)) == ([], offered)


def test_an_answer_that_was_kept_is_stale_once_others_may_take_it_home(cast: Cast) -> None:
    reading, client = cast.reading, client_of(cast.member)
    reading.status = Status.CLOSED
    reading.save(update_fields=["status"])
    page = reading.get_absolute_url()
    client.get(page)  # brings the cookie that the next answers depend on
    etag = client.get(page).headers["ETag"]
    assert client.get(page, headers={"If-None-Match": etag}).status_code == 304
    cast.group.exporting = Exporting.LEADERS
    cast.group.save(update_fields=["exporting"])
    assert client.get(page, headers={"If-None-Match": etag}).status_code == 200


def test_ticks_are_as_many_as_there_are_pieces() -> None:
    heard: list[int] = []
    made = sample_notebook()
    for _ in edition.write(made, heard.append).chunks:
        pass
    assert sum(heard) == sum(len(each.entries) for each in made.chapters[0].threads)
