"""A Word document, read back by python-docx and by LibreOffice: whose comments stand where."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.enums import AnchorState, Category, Motivation
from annotations.exporting import registry
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Filters,
    Notebook,
    Person,
    Place,
    Resolution,
    Thread,
)
from annotations.exporting.scope import Scope
from annotations.exporting.word import MOST_COMMENTS, write
from annotations.exporting.word.prose import Links, Tongue, run
from annotations.exporting.word.xml import Xml
from annotations.exporting.writing import CannotWrite, silent
from reader.enums import BlockKind
from tests.annotations.conftest import Write
from tests.cast import Cast

NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
NAMES = UUID("9d3f2b7e-64a1-4c58-8e0b-1f2a3c4d5e6f")
MIRA, NILS = Person("mira", "Mira Lund"), Person("nils", "Nils")
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
CID = "{http://schemas.microsoft.com/office/word/2016/wordml/cid}"
CEX = "{http://schemas.microsoft.com/office/word/2018/wordml/cex}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
ODT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
LOEXT = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
SITE = "https://read.example.org"


# What is taken home


def block(text: str, kind: BlockKind = BlockKind.PARAGRAPH, *spans: Any, **given: Any) -> Block:
    asked: dict[str, Any] = {"number": None, "level": None, "label": "", "url": f"{SITE}/#p"}
    return Block(key="k", kind=kind, text=text, spans=spans, **(asked | given))


def entry(name: str, body: str = "", **given: Any) -> Entry:
    """A note that is known by a name in a test."""
    asked: dict[str, Any] = {
        "parent": None, "depth": 0, "motivation": Motivation.COMMENTING, "category": "",
        "created": NOW, "author": MIRA, "url": f"{SITE}/n/{name}/",
    }  # fmt: skip
    return Entry(id=uuid5(NAMES, name), body=body, **(asked | given))


def answer(to: Entry, name: str, body: str = "", **given: Any) -> Entry:
    deeper = {"parent": to.id, "depth": to.depth + 1, "motivation": Motivation.REPLYING}
    if to.depth and to.author is not None:
        deeper["answers"] = to.author.name
    return entry(name, body, **(deeper | {"author": NILS} | given))


def place(blocks: Sequence[Block], first: int, start: int, last: int, end: int) -> Place:
    return Place(
        first, start, last, end, words(blocks, first, start, last, end), "", "", 1,
        AnchorState.EXACT,
    )  # fmt: skip


def words(blocks: Sequence[Block], first: int, start: int, last: int, end: int) -> str:
    if first == last:
        return blocks[first].text[start:end]
    between = [each.text for each in blocks[first + 1 : last]]
    return "\n".join([blocks[first].text[start:], *between, blocks[last].text[:end]])


LOST = Place(0, 0, 0, 0, "", "", "", 2, AnchorState.DETACHED)
WHOLE = Place(0, 0, 0, 0, "", "", "", 1, AnchorState.EXACT, whole_article=True)


def chapter(blocks: Sequence[Block], threads: Sequence[Thread], **given: Any) -> Chapter:
    asked: dict[str, Any] = {
        "slug": "margins", "url": f"{SITE}/margins/", "title": "Of margins", "language": "en",
        "direction": "ltr", "text_revision": 1, "text_from": NOW,
    }  # fmt: skip
    return Chapter(blocks=tuple(blocks), threads=tuple(threads), **(asked | given))


def notebook(*chapters: Chapter, **given: Any) -> Notebook:
    asked: dict[str, Any] = {
        "title": "Of margins", "url": f"{SITE}/margins/", "site": SITE, "group": "Thursday circle",
        "group_slug": "thursday", "language": "en", "generated_at": NOW, "zone": UTC,
        "filters": Filters(), "chosen": "",
    }  # fmt: skip
    return Notebook(chapters=chapters, **(asked | given))


def about(blocks: Sequence[Block], *ranges: tuple[int, int, int, int]) -> list[Thread]:
    """A note on each of these ranges."""
    return [
        Thread(n, place(blocks, *each), (entry(f"note {n}", f"About {n}"),))
        for n, each in enumerate(ranges, start=1)
    ]


def one_note(body: str, **given: Any) -> Notebook:
    blocks = [block("A margin is where a reader answers.")]
    thread = Thread(1, place(blocks, 0, 2, 0, 8), (entry("one", body, **given),))
    return notebook(chapter(blocks, [thread]))


TEXT = [
    block("Of margins", BlockKind.HEADING, level=2),
    block(
        "A margin is where a reader answers. It was left empty for that.[1]",
        BlockKind.PARAGRAPH, [2, 8, "emphasis", ""], [20, 26, "strong", ""],
        [40, 44, "link", "https://example.org/left?a=1&b=2"], [63, 66, "footnote_ref", "1"],
    ),
    block("One line for thee,\none line for me.", BlockKind.VERSE),
    block("", BlockKind.SEPARATOR),
    block("Then the book is closed.[1]", BlockKind.PARAGRAPH, [24, 27, "footnote_ref", "1"]),
    block("By custom, an inch.", BlockKind.FOOTNOTE, label="1"),
]  # fmt: skip


# What stands in the file


class Read:
    """A document as other programs find it."""

    def __init__(self, taken: Notebook) -> None:
        self.file = b"".join(write(taken, silent).chunks)
        self.archive = ZipFile(BytesIO(self.file))
        self.document = Document(BytesIO(self.file))
        self.comments = {each.comment_id: each for each in self.document.comments}
        self.ranges = ranges(self.document.element.body)

    def part(self, name: str) -> Any:
        return parse_xml(self.archive.read(f"word/{name}.xml"))

    @property
    def quotes(self) -> list[str]:
        return [self.ranges[number] for number in sorted(self.ranges)]

    @property
    def bodies(self) -> list[str]:
        """What the comments say, without the way back."""
        said = [self.comments[number].text for number in sorted(self.comments)]
        return [text.removesuffix("Open there").rstrip("\n") for text in said]

    def para_ids(self) -> list[str]:
        found = self.part("comments").iter(qn("w:comment"))
        return [comment.findall(qn("w:p"))[-1].get(f"{W14}paraId") for comment in found]

    def styles(self) -> list[tuple[str, str]]:
        return [(each.style.name, each.text) for each in self.document.paragraphs if each.style]


def said(element: Any) -> str:
    """The words in an element. Those of python-docx's own say theirs twice to `itertext`."""
    return "".join(each.text or "" for each in element.iter(qn("w:t")))


def ranges(body: Any) -> dict[int, str]:
    """The words between the beginning and the end of every comment; a paragraph ends a line."""
    text: list[str] = []
    starts: dict[int, int] = {}
    found: dict[int, str] = {}
    for element in body.iter():
        match element.tag:
            case tag if tag == qn("w:p"):
                text.append("\n")
            case tag if tag == qn("w:t"):
                text.append(element.text or "")
            case tag if tag == qn("w:br"):
                text.append("\n")
            case tag if tag == qn("w:tab"):
                text.append("\t")
            case tag if tag == qn("w:commentRangeStart"):
                starts[int(element.get(qn("w:id")))] = len(text)
            case tag if tag == qn("w:commentRangeEnd"):
                number = int(element.get(qn("w:id")))
                found[number] = "".join(text[starts[number] :])
    return found


def test_each_comment_has_its_author_its_date_and_its_words() -> None:
    threads = about(TEXT, (1, 2, 1, 8), (4, 0, 4, 4))
    read = Read(notebook(chapter(TEXT, threads)))
    assert [(each.author, each.initials, each.timestamp) for each in read.comments.values()] == [
        ("Mira Lund", "ML", NOW)
    ] * 2
    assert read.bodies == ["About 1", "About 2"]
    assert read.quotes == ["margin", "Then"]
    assert read.quotes == [each.place.exact for each in threads]


def test_a_date_is_universal_time() -> None:
    read = Read(one_note("Yes.", created=NOW.astimezone(timezone(timedelta(hours=-7)))))
    (comment,) = read.part("comments")
    (same,) = read.part("commentsExtensible")
    assert comment.get(qn("w:date")) == "2026-05-03T09:30:00Z"
    assert same.get(f"{CEX}dateUtc") == "2026-05-03T09:30:00Z"


def test_a_range_may_cover_several_paragraphs() -> None:
    threads = about(TEXT, (1, 36, 4, 8), (0, 3, 1, 8), (2, 4, 2, 30))
    read = Read(notebook(chapter(TEXT, threads)))
    assert read.quotes == [each.place.exact for each in threads]
    assert read.quotes[0].splitlines() == [
        "It was left empty for that.[1]", "One line for thee,", "one line for me.", "", "Then the",
    ]  # fmt: skip


def test_ten_ranges_may_overlap() -> None:
    spread = [(1, n, 4, 24 - n) if n % 2 else (1, 3 * n, 1, 60 - n) for n in range(10)]
    threads = about(TEXT, *spread)
    read = Read(notebook(chapter(TEXT, threads)))
    assert read.quotes == [each.place.exact for each in threads]
    assert len(set(read.quotes)) == 10


def test_a_note_on_the_whole_text_stands_on_its_title() -> None:
    read = Read(notebook(chapter(TEXT, [Thread(1, WHOLE, (entry("whole", "All of it."),))])))
    assert read.quotes == ["Of margins"]
    assert read.bodies == ["About the whole text\nAll of it."]
    assert read.document.paragraphs[0].style.name == "Title"  # type: ignore[union-attr]


def test_a_note_that_lost_its_words_says_which() -> None:
    lost = replace(LOST, first=1, last=1, exact="a wide margin")
    read = Read(notebook(chapter(TEXT, [Thread(1, lost, (entry("lost", "Why?"),))])))
    assert read.quotes == [""]
    assert read.bodies == [
        "The words that this is about are gone from the text:\na wide margin\nWhy?"
    ]
    (reference,) = read.document.element.body.iter(qn("w:commentReference"))
    assert said(reference.getparent().getparent()) == TEXT[1].text


# Threads


def a_thread() -> Thread:
    root = entry("root", "Why a margin?", category=Category.BLUE, tags=("form", "paper"))
    first = answer(root, "first", "For a hand.")
    below = answer(first, "below", "Or two.", author=MIRA)
    gone = answer(root, "gone", author=None, stone="Removed by a moderator · not about the text")
    under = answer(gone, "under", "I saw it.")
    finished = Resolution(NOW, "For the next reader")
    return Thread(1, place(TEXT, 1, 2, 2, 8), (root, first, below, gone, under), finished)


def test_a_thread_is_one_level_deep_and_every_reply_stands_on_its_words() -> None:
    thread = a_thread()
    read = Read(notebook(chapter(TEXT, [thread])))
    assert read.quotes == [thread.place.exact] * 5
    ids = read.para_ids()
    lines = [
        (each.get(f"{W15}paraId"), each.get(f"{W15}paraIdParent"), each.get(f"{W15}done"))
        for each in read.part("commentsExtended")
    ]
    assert lines == [(ids[0], None, "1"), *((each, ids[0], "1") for each in ids[1:])]
    durable = [
        (each.get(f"{CID}paraId"), each.get(f"{CID}durableId")) for each in read.part("commentsIds")
    ]
    assert durable == [(each, each) for each in ids]
    assert [each.get(f"{CEX}durableId") for each in read.part("commentsExtensible")] == ids


def test_a_thread_says_what_word_has_no_place_for() -> None:
    read = Read(notebook(chapter(TEXT, [a_thread()])))
    assert read.bodies == [
        "Question\nWhy a margin?\nResolved on 3 May 2026: For the next reader\n#form · #paper · ",
        "For a hand.",
        "↳ to Nils:\nOr two.",
        "Removed by a moderator · not about the text",
        "↳ to a reply that is gone:\nI saw it.",
    ]
    assert [each.author for each in read.comments.values()] == [
        "Mira Lund", "Nils", "Mira Lund", "", "Nils",
    ]  # fmt: skip


def test_what_is_open_is_not_done() -> None:
    read = Read(one_note("Yes."))
    assert [each.get(f"{W15}done") for each in read.part("commentsExtended")] == ["0"]


def test_ids_are_in_range_one_each_and_the_same_next_time() -> None:
    threads = about(TEXT, *[(1, n, 1, n + 5) for n in range(40)])
    ends = [UUID(int=n) for n in (0, 0x7FFFFFFD, 0x7FFFFFFE)]  # the third shares the first's
    rare = [
        replace(each, entries=(replace(each.root, id=n),))
        for each, n in zip(threads[:3], ends, strict=True)
    ]
    ids = Read(notebook(chapter(TEXT, [*rare, *threads]))).para_ids()
    assert ids[:2] == ["00000001", "7FFFFFFE"]
    assert len(set(ids)) == 43
    assert all(re.fullmatch("[0-7][0-9A-F]{7}", each) for each in ids)
    assert all(0 < int(each, 16) < 0x7FFFFFFF for each in ids)
    assert Read(notebook(chapter(TEXT, threads[20:]))).para_ids() == ids[23:]


def test_marks_circles_and_who_wonders_too() -> None:
    given = {"mark": "For the leaders", "circle": "Night", "endorsements": 2, "edited": NOW}
    read = Read(one_note("Hm.", **given))
    assert read.bodies == [
        "For the leaders · To the circle Night\nHm.\n2 agree it matters · edited on 3 May 2026 · "
    ]


def test_a_closed_prompt_says_so() -> None:
    blocks = [block("A margin.")]
    thread = Thread(
        1, place(blocks, 0, 0, 0, 8), (entry("one", "Why?"),), is_prompt=True, is_locked=True
    )
    assert Read(notebook(chapter(blocks, [thread]))).bodies == ["Prompt · Closed to replies\nWhy?"]


# Bodies


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("One *two* **three** ~~four~~ `five`", "One two three four five"),
        ("One\ntwo\\\nthree\n\nfour", "One two\nthree\nfour"),
        ("- one\n  - two\n- three", "•\tone\n•\ttwo\n•\tthree"),
        ("3. one\n4. two\n\n   more", "3.\tone\n4.\ttwo\nmore"),
        ("> one\n\n```\ntwo\n  three\n```", "one\ntwo\n  three"),
        ("[one](https://example.org) <https://example.org/two>", "one https://example.org/two"),
        ("# one\n\n![two](https://example.org/x.png)", "# one\n!two"),
        ("<b>one</b> &amp; &lt;w:p/&gt;", "<b>one</b> & <w:p/>"),
        ("one\n\n---\n\ntwo", "one\n* * *\ntwo"),
    ],
)
def test_nothing_of_a_body_is_lost(body: str, text: str) -> None:
    assert Read(one_note(body)).bodies == [text]


def looks(read: Read, text: str) -> set[str]:
    (found,) = (each for each in read.part("comments").iter(qn("w:r")) if said(each) == text)
    return {each.tag.rpartition("}")[2] for each in found.find(qn("w:rPr"))}


def test_a_body_keeps_its_looks() -> None:
    read = Read(one_note("*one* **two** ~~three~~ `four` ***five***"))
    assert looks(read, "one") == {"i", "iCs"}
    assert looks(read, "two") == {"b", "bCs"}
    assert looks(read, "three") == {"strike"}
    assert looks(read, "four") == {"rFonts", "noProof"}
    assert looks(read, "five") == {"b", "bCs", "i", "iCs"}


def test_links_lead_where_they_did_and_nowhere_else() -> None:
    body = "[a](https://example.org/ä?b=<c>&d) [e](javascript:alert) [f](file:///etc) [g](/h)"
    relations = Read(one_note(body)).archive.read("word/_rels/comments.xml.rels")
    assert [each.get("Target") for each in parse_xml(relations)] == [
        "https://example.org/%C3%A4?b=%3Cc%3E&d", f"{SITE}/n/one/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "//example.org", "https:", "https://[::1", "https://a:b/",
        "ftp://example.org", "https://example.org/" + "a" * 2_079, "",
    ],
)  # fmt: skip
def test_what_is_no_address_is_no_link(address: str) -> None:
    """Word takes a document for damaged that has one."""
    blocks = [block("A link.", BlockKind.PARAGRAPH, [2, 6, "link", address])]
    read = Read(notebook(chapter(blocks, [])))
    assert read.styles()[-1] == ("Normal", "A link.")
    assert list(read.document.paragraphs[-1]._p.iter(qn("w:hyperlink"))) == []


HOSTILE = [
    "</w:t></w:r></w:p></w:comment><w:comment w:id='9'>",
    "]]> <!-- --> <?xml?> &#0; &bogus; <!DOCTYPE x [<!ENTITY y 'z'>]>",
    "nul \x00 bell \x07 escape \x1b delete \x7f next \x85",
    "half \ud83d pair, half \udc4d pair",
    "noncharacters \ufffe \uffff",
    "שלום עולם, hello, مرحبا 123",
    "👩‍👩‍👧 𝒳 𐎀 🏳️‍🌈",
    "\u202eright to left\u202c",
    "x" * 10_000,
    "> " * 200 + "deep",
    "- " * 200 + "deep",
]


@pytest.mark.hostile
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words_wherever_they_stand(words: str) -> None:
    taken = one_note(f"`{words}`", author=Person("x", words), tags=(words[:40],), mark=words)
    (only,) = taken.chapters
    mean = replace(
        only, title=words, subtitle=words, creators=(words,), source=words, rights=words,
        metadata=((words, words),), colophon=(words,), language=words[:8],
        blocks=(block(words), *only.blocks),
        threads=(*about([block(words)], (0, 0, 0, 3)), *only.threads),
    )  # fmt: skip
    read = Read(replace(taken, chapters=(mean,), title=words, group=words, chosen=words))
    assert len(read.comments) == 2
    plain = re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", words)
    assert read.document.paragraphs[0].text == plain
    assert read.comments[1].author == plain[:255]
    for name in read.archive.namelist():
        if name.endswith((".xml", ".rels")):
            parse_xml(read.archive.read(name))


# The article


def test_an_article_stands_in_words_own_styles() -> None:
    blocks = [
        *TEXT,
        block("one", BlockKind.LIST_ITEM, level=1),
        block("1. two", BlockKind.LIST_ITEM, level=2),
        block("said", BlockKind.QUOTATION),
        block("  a  b", BlockKind.PREFORMATTED),
        block("A hand", BlockKind.FIGURE),
        block("nine", BlockKind.HEADING, level=9),
    ]
    told = chapter(
        blocks, [], subtitle="A sketch", creators=("Ada Quill", "B. Nib"), rights="CC0",
        source="https://example.org/margins", colophon=("Mira", "Nils"),
    )  # fmt: skip
    assert Read(notebook(told, chosen="My own notes")).styles() == [
        ("Title", "Of margins"),
        ("Subtitle", "A sketch"),
        ("Creators", "Ada Quill, B. Nib"),
        ("Facts", "Group: Thursday circle"),
        ("Facts", "Taken home: 3 May 2026 · 0 notes"),
        ("Facts", "Chosen: My own notes"),
        ("Facts", "Source: https://example.org/margins"),
        ("Facts", "Rights: CC0"),
        ("Facts", f"Read there: {SITE}/margins/"),
        ("Heading 2", "Of margins"),
        ("Normal", TEXT[1].text),
        ("Verse", "One line for thee,\none line for me."),
        ("Separator", ""),
        ("Normal", "Then the book is closed.[1]"),
        ("footnote text", "1 By custom, an inch."),
        ("List Bullet", "one"),
        ("List 2", "1. two"),
        ("Quote", "said"),
        ("Preformatted", "  a  b"),
        ("Caption", "A hand"),
        ("Heading 6", "nine"),
        ("Colophon", "Read by Mira, Nils."),
    ]


def test_the_documents_properties_name_the_text_and_who_made_it() -> None:
    told = chapter(TEXT, [], creators=("Ada Quill", "B. Nib"))
    about = Read(notebook(told, chosen="Since May")).document.core_properties
    assert (about.title, about.author) == ("Of margins", "Ada Quill; B. Nib")
    assert (about.subject, about.comments, about.language) == (
        "Thursday circle", "Since May", "en",
    )  # fmt: skip
    assert about.created == about.modified == NOW


def test_footnotes_and_what_refers_to_them_lead_to_each_other() -> None:
    threads = about(TEXT, (1, 52, 1, 66), (5, 3, 5, 9))
    read = Read(notebook(chapter(TEXT, threads)))
    assert read.quotes == ["y for that.[1]", "custom"]
    assert read.styles()[-1] == ("footnote text", "1 By custom, an inch.")
    assert anchors(read) == ["note_0_5", "note_0_5", "ref_0_5"]


def test_a_footnote_that_nothing_refers_to_leads_nowhere() -> None:
    read = Read(notebook(chapter([block("Alone.", BlockKind.FOOTNOTE, label="*")], [])))
    assert read.styles()[-1] == ("footnote text", "* Alone.")
    assert anchors(read) == []


def test_of_footnotes_with_one_label_one_is_meant() -> None:
    read = Read(notebook(chapter([*TEXT, TEXT[-1]], [])))
    assert anchors(read) == ["note_0_6", "note_0_6", "ref_0_6", "ref_0_6"]


def anchors(read: Read) -> list[str]:
    """Where links within the document lead, to names that are there, one each."""
    body = read.document.element.body
    names = [each.get(qn("w:name")) for each in body.iter(qn("w:bookmarkStart"))]
    ids = [each.get(qn("w:id")) for each in body.iter(qn("w:bookmarkStart"))]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)
    assert ids == [each.get(qn("w:id")) for each in body.iter(qn("w:bookmarkEnd"))]
    found = [
        to for each in body.iter(qn("w:hyperlink")) if (to := each.get(qn("w:anchor"))) is not None
    ]
    assert set(found) <= set(names)
    return found


def test_a_group_has_its_articles_on_pages_of_their_own() -> None:
    other = chapter([block("Second.")], [], title="Of books")
    taken = notebook(chapter(TEXT, []), other, title="Thursday circle", url=SITE)
    read = Read(taken)
    assert read.styles()[:5] == [
        ("Title", "Thursday circle"),
        ("Facts", "Taken home: 3 May 2026 · 0 notes"),
        ("Facts", f"Read there: {SITE}"),
        ("Contents", "Of margins"),
        ("Contents", "Of books"),
    ]
    opening = [
        each.text for each in read.document.paragraphs if each.paragraph_format.page_break_before
    ]
    assert opening == ["Of margins", "Of books"]
    assert anchors(read)[:2] == ["chapter_0", "chapter_1"]


def test_nothing_is_a_document_too() -> None:
    read = Read(notebook(title="My notes", group=""))
    assert read.styles() == [
        ("Title", "My notes"),
        ("Facts", "Taken home: 3 May 2026 · 0 notes"),
        ("Facts", f"Read there: {SITE}/margins/"),
    ]


@pytest.mark.parametrize("has_text", [True, False])
def test_without_the_text_its_quotes_stand_there(has_text: bool) -> None:
    """Left out by choice, or because whoever takes it home reads it no more."""
    lost = replace(LOST, exact="once\nhere")
    threads = [*about(TEXT, (1, 2, 1, 8), (1, 2, 1, 8), (2, 0, 2, 8)), Thread(4, WHOLE, (
        entry("whole", "All."),
    )), Thread(5, lost, (entry("lost", "Gone."),))]  # fmt: skip
    told = chapter(TEXT if has_text else [], threads)
    read = Read(notebook(told, filters=Filters(text=False)))
    assert read.quotes == ["margin", "margin", "One line", "Of margins", "once\nhere"]
    quoted = [text for style, text in read.styles() if style == "Quote"]
    assert quoted == ["margin", "One line", "once\nhere"]


def test_each_chapter_has_its_language_and_direction() -> None:
    hebrew = [block("שלום Ada, 12 [1] עולם"), block("Latin alone")]
    there = chapter(hebrew, about(hebrew, (0, 2, 0, 9)), language="he", direction="rtl")
    read = Read(notebook(chapter([block("One שלום.")], []), there))
    assert read.quotes == [hebrew[0].text[2:9]]
    *_, english, _title, _facts, one, two = read.document.element.body.findall(qn("w:p"))
    assert [each.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is None for each in (english, one, two)] == [
        True, False, False,
    ]  # fmt: skip
    assert directions(english) == [("One ", False, None), ("שלום", True, None), (".", False, None)]
    assert directions(one) == [
        ("של", True, "he"), ("ום ", True, "he"), ("Ada", False, "he"), (",", True, "he"),
        (" 12 [1] עולם", True, "he"),
    ]  # fmt: skip
    assert directions(two) == [("Latin alone", False, "he")]


def directions(paragraph: Any) -> list[tuple[str, bool, str | None]]:
    found = []
    for each in paragraph.iter(qn("w:r")):
        look = each.find(qn("w:rPr"))
        if text := said(each):
            language = None if look is None else look.find(qn("w:lang"))
            tongue = None if language is None else language.get(qn("w:bidi"))
            found.append((text, look is not None and look.find(qn("w:rtl")) is not None, tongue))
    return found


@given(text=st.text(alphabet="aZ1 .,שם"), rtl=st.booleans())
def test_a_run_has_one_direction(text: str, rtl: bool) -> None:
    namespaces = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    made = directions(parse_xml(f"<w:p {namespaces}>{run(text, Tongue(rtl=rtl))}</w:p>"))
    assert "".join(each for each, _rtl, _language in made) == text
    for stretch, is_rtl, _language in made:
        assert not re.search("[aZ]" if is_rtl else "[שם]", stretch)


# The file


RUN_PROPERTIES = [
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "smallCaps", "strike", "noProof", "vertAlign",
    "rtl", "lang",
]  # fmt: skip
PARAGRAPH_PROPERTIES = ["pStyle", "pageBreakBefore", "bidi", "ind"]


def everything() -> Notebook:
    """All looks at once, in both directions, in two chapters."""
    kinds = ["emphasis", "strong", "small_caps", "code", "superscript", "subscript"]
    spans = [[n, 20 - n, kind, ""] for n, kind in enumerate(kinds)]
    hebrew = [
        block("שלום עולם and more of it", BlockKind.PARAGRAPH, *spans, [3, 9, "link", SITE]),
        *TEXT[1:-1],
        block("כך נהוג", BlockKind.FOOTNOTE, label="1"),
    ]
    lost = Thread(3, replace(LOST, first=1, last=1, exact="wide"), (entry("lost", "> - **x**"),))
    there = chapter(
        hebrew, [*about(hebrew, (0, 2, 1, 9), (0, 4, 4, 25)), lost], language="he",
        direction="rtl",
    )  # fmt: skip
    whole = Thread(2, WHOLE, (entry("whole", "1. *a*\n2. [b](https://example.org)"),))
    return notebook(chapter(TEXT, [a_thread(), whole]), there, title="Thursday circle")


def test_elements_stand_in_the_order_of_the_schema() -> None:
    read = Read(everything())
    for name in ("document", "comments"):
        part = read.part(name)
        for each in part.iter(qn("w:r")):
            tags = [child.tag.rpartition("}")[2] for child in each]
            assert "rPr" not in tags[1:]
        for each in part.iter(qn("w:p")):
            assert qn("w:pPr") not in [child.tag for child in each][1:]
        for tag, order in (("w:rPr", RUN_PROPERTIES), ("w:pPr", PARAGRAPH_PROPERTIES)):
            for each in part.iter(qn(tag)):
                places = [order.index(child.tag.rpartition("}")[2]) for child in each]
                assert places == sorted(set(places))


def test_every_comment_begins_ends_and_is_referred_to_once() -> None:
    read = Read(everything())
    seen: dict[str, list[str]] = {}
    for each in read.document.element.body.iter():
        tag = each.tag.rpartition("}")[2]
        if tag.startswith("comment"):
            seen.setdefault(each.get(qn("w:id")), []).append(tag)
            above = each.getparent()
            assert above.tag == qn("w:r" if tag == "commentReference" else "w:p")
    wanted = ["commentRangeStart", "commentRangeEnd", "commentReference"]
    assert seen == {str(number): wanted for number in read.comments}


def test_the_ends_of_a_thread_stand_before_its_references() -> None:
    read = Read(notebook(chapter(TEXT, [a_thread()])))
    tags = [each.tag.rpartition("}")[2] for each in read.document.element.body.iter()]
    found = [tag for tag in tags if tag.startswith("comment")]
    assert found == ["commentRangeStart"] * 5 + ["commentRangeEnd"] * 5 + ["commentReference"] * 5


def test_every_part_is_named_and_related() -> None:
    read = Read(everything())
    types = read.archive.read("[Content_Types].xml").decode()
    relations = read.archive.read("word/_rels/document.xml.rels").decode()
    for name in ("comments", "commentsExtended", "commentsIds", "commentsExtensible"):
        assert f'PartName="/word/{name}.xml"' in types
        assert f'Target="{name}.xml"' in relations
    assert (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.commentsExtended+xml"
        in types
    )
    assert "http://schemas.microsoft.com/office/2011/relationships/commentsExtended" in relations
    # In the mode of an older Word there are no threads.
    (mode,) = (
        each.get(qn("w:val"))
        for each in read.part("settings").iter(qn("w:compatSetting"))
        if each.get(qn("w:name")) == "compatibilityMode"
    )
    assert mode == "15"
    for part in ("document", "comments"):
        names = re.findall(r'r:id="([^"]+)"', read.archive.read(f"word/{part}.xml").decode())
        ids = re.findall(
            r' Id="([^"]+)"', read.archive.read(f"word/_rels/{part}.xml.rels").decode()
        )
        assert set(names) <= set(ids)
        assert len(set(ids)) == len(ids)


def test_it_has_one_set_of_styles() -> None:
    """python-docx's own document has another one, which knows nothing of ours."""
    archive = Read(everything()).archive
    assert [name for name in archive.namelist() if "style" in name.lower()] == ["word/styles.xml"]
    assert b"stylesWithEffects" not in archive.read("[Content_Types].xml")
    assert b"stylesWithEffects" not in archive.read("word/_rels/document.xml.rels")


@given(
    path=st.sampled_from(["/", "/ä", "/a b", "/%zz", "/[x]", '/"<>', "?q=&amp;#"]),
    host=st.sampled_from(["example.org", "münchen.example", "[::1]", "a:80"]),
)
def test_an_address_keeps_to_the_letters_that_one_has(path: str, host: str) -> None:
    links = Links()
    links.to(f"https://{host}{path}", Xml("<w:r/>"))
    assert not re.search(r'[^!-~]|Target="[^"]*[<> ]', links.relationships.replace(" ", ""))


def test_the_same_notebook_gives_the_same_bytes() -> None:
    read = Read(everything())
    assert Read(everything()).file == read.file
    assert {each.date_time for each in read.archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert read.archive.namelist()[0] == "[Content_Types].xml"


def test_word_takes_no_more_comments_than_it_opens() -> None:
    most = Thread(1, place(TEXT, 1, 0, 1, 5), (entry("one", "Yes."),) * (MOST_COMMENTS + 1))
    with pytest.raises(CannotWrite, match="no document with more than 32767 comments"):
        write(notebook(chapter(TEXT, [most])), silent)


def test_each_thread_is_told_once_it_is_written() -> None:
    told: list[int] = []
    taken = notebook(chapter(TEXT, [a_thread(), *about(TEXT, (1, 2, 1, 8))]))
    written = write(taken, told.append)
    assert (written.suffix, told) == (".docx", [])
    assert b"".join(written.chunks)[:2] == b"PK"
    assert told == [4, 1]  # a stone is no note
    assert sum(told) == taken.count


# Any words


LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
KINDS = ["emphasis", "strong", "small_caps", "link", "code", "superscript", "footnote_ref"]


@st.composite
def texts(draw: st.DrawFn) -> Chapter:
    """Random words with random formatting and up to twelve ranges."""
    blocks = []
    for _number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from([BlockKind.PARAGRAPH, BlockKind.VERSE]))
        alphabet = LETTERS | st.just("\n") if kind == BlockKind.VERSE else LETTERS
        text = draw(st.text(alphabet, min_size=1, max_size=30))
        spans = []
        for _span in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text) - 1))
            look = draw(st.sampled_from(KINDS))
            target = {"link": "https://example.org/", "footnote_ref": "1"}.get(look, "")
            spans.append([start, draw(st.integers(start + 1, len(text))), look, target])
        blocks.append(block(text, kind, *spans))
    blocks.append(block("A footnote", BlockKind.FOOTNOTE, label="1"))
    spots = st.integers(0, len(blocks) - 2).flatmap(
        lambda at: st.tuples(st.just(at), st.integers(0, len(blocks[at].text)))
    )
    found = draw(st.lists(st.tuples(spots, spots), min_size=1, max_size=12))
    threads = about(blocks, *[(*min(pair), *max(pair)) for pair in found])
    direction = draw(st.sampled_from(["ltr", "rtl"]))
    return chapter(blocks, threads, direction=direction)


@settings(max_examples=40)
@given(told=texts())
def test_every_range_holds_its_words_whatever_they_are(told: Chapter) -> None:
    read = Read(notebook(told))
    assert read.quotes == [each.place.exact for each in told.threads]


# From the site, and into another program


@pytest.mark.django_db
def test_notes_of_a_reading_stand_on_their_words(cast: Cast, write: Write) -> None:
    first = write(cast.member, "Who *left* it?", start=2, end=8)
    reply = write(cast.other, "A printer.", to=first)
    write(cast.member, "Which?", to=reply)
    write(cast.owner, on=0, until=1, start=36, end=7)
    taken = gather(Scope(cast.member, cast.group, cast.reading), Filters())
    read = Read(taken)
    assert [(each.author, read.ranges[number]) for number, each in read.comments.items()] == [
        ("Mira", "margin"),
        ("Nils", "margin"),
        ("Mira", "margin"),
        ("Olga", "It was left empty for that.[1]\nWhoever"),
    ]
    assert read.bodies == ["Who left it?", "A printer.", "↳ to Nils:\nWhich?", "Highlight"]
    assert registry.write(taken, "docx", silent).suffix == ".docx"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with the document as LibreOffice saves it again, and prints it."""
    if (program := shutil.which("soffice")) is None:
        pytest.skip("LibreOffice (soffice) isn't installed, so that nothing opens the document.")
    place = tmp_path_factory.mktemp("office")
    (place / "notes.docx").write_bytes(Read(everything()).file)
    for wanted in ("fodt", "pdf"):
        subprocess.run(
            [program, f"-env:UserInstallation=file://{place}/profile", "--headless",
             "--convert-to", wanted, "--outdir", str(place), str(place / "notes.docx")],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    return place


@pytest.mark.once
def test_libreoffice_keeps_every_comment_on_its_words(office: Path) -> None:
    saved = parse_xml((office / "notes.fodt").read_bytes())
    kept = [
        (words, note.findtext(f"{DC}creator") or "", note.get(f"{LOEXT}resolved"))
        for note, words in annotated(saved)
    ]
    written = [
        (
            told.title if thread.place.whole_article else thread.place.exact,
            "" if each.author is None else each.author.name,
            "false" if thread.resolution is None else "true",
        )
        for told in everything().chapters
        for thread, each in told.entries
        if not thread.place.is_detached
    ]
    assert sorted(kept) == sorted([*written, ("", "Mira Lund", "false")])


@pytest.mark.once
def test_libreoffice_prints_it(office: Path) -> None:
    assert (office / "notes.pdf").read_bytes()[:5] == b"%PDF-"


def annotated(saved: Any) -> list[tuple[Any, str]]:
    """LibreOffice's comments with the words that they are about."""
    text: list[str] = []
    begun: list[tuple[Any, int]] = []
    ends: dict[str, int] = {}

    def walk(element: Any) -> None:
        tag = element.tag
        if tag == f"{OFFICE}annotation":
            begun.append((element, len(text)))
        elif tag == f"{OFFICE}annotation-end":
            ends[element.get(f"{OFFICE}name")] = len(text)
        else:
            if tag in (f"{ODT}p", f"{ODT}h", f"{ODT}line-break"):
                text.append("\n")
            elif tag == f"{ODT}s":
                text.append(" " * int(element.get(f"{ODT}c", "1")))
            text.append(element.text or "")
            for child in element:
                walk(child)
                text.append(child.tail or "")

    for each in saved.iter(f"{OFFICE}text"):
        walk(each)
    return [
        (note, "".join(text[start : ends.get(note.get(f"{OFFICE}name"), start)]))
        for note, start in begun
    ]
