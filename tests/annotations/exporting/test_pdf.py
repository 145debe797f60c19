"""The annotated edition set in pages: tagged, with bookmarks, every number leading both ways."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from annotations.exporting import edition, pdf
from annotations.exporting.notebook import Notebook
from annotations.exporting.writing import CannotWrite, silent
from reader import paper
from reader.paper import WHAT_TO_INSTALL, can_set_pages
from tests.annotations.exporting.notebooks import (
    blocks,
    chapter,
    note,
    notebook,
    plain,
    thread,
    written,
)

needs_pango = pytest.mark.skipif(
    not can_set_pages(), reason="Pango is not installed here, so no page can be set."
)


@pytest.fixture(scope="module")
def made() -> Notebook:
    text = blocks(
        plain("heading", "Of margins", level=1),
        plain("paragraph", "A margin is left empty.[1]", [23, 26, "footnote_ref", "1"]),
        plain("heading", "Of inches", level=2),
        plain("paragraph", "By custom an inch."),
        plain("footnote", "Not everywhere.", label="1"),
    )
    root = note("See https://example.org/ and ![x](https://example.org/x.png).", number=1)
    replies = [
        note(f"Deeper {depth}.", depth=depth, number=10 + depth, parent=root.id, answers="Mira")
        for depth in range(1, 30)
    ]
    hostile = '</style><img src="file:///etc/hostname"><b style="background:url(http://[::1]/)">'
    return notebook(
        chapter(
            thread(root, *replies, first=1),
            thread(note(hostile, number=2, tags=(hostile,)), first=2, exact="Of", number=2),
            thread(note("> " * 50 + "deep", number=3), first=3, exact="By custom", number=3),
            text=text,
            title=f"Margins {hostile}",
        ),
        title=f"Margins {hostile}",
        language="pt-br",
    )


@pytest.fixture(scope="module")
def document(made: Notebook) -> PdfReader:
    return PdfReader(BytesIO(written(pdf, made)))


@needs_pango
def test_it_is_tagged_and_says_its_language_and_title(document: PdfReader, made: Notebook) -> None:
    root: Any = document.root_object
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "pt-br"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert document.metadata is not None
    assert document.metadata.title == f"{made.title} · Annotated edition"
    kinds = set(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Link"} - kinds == set()


@needs_pango
def test_what_it_says_about_itself_is_xml_whatever_is_in_the_title() -> None:
    stray = f"Of\x07 mar\x0b\x0cgins {chr(0xFFFE)}& <more>"
    made = notebook(chapter(title=stray, creators=(stray,)), title=stray)
    root: Any = PdfReader(BytesIO(written(pdf, made))).root_object
    about = ElementTree.fromstring(root["/Metadata"].get_data())
    title = about.find(".//{http://purl.org/dc/elements/1.1/}title")
    assert title is not None
    assert "".join(title.itertext()) == "Of margins & <more> · Annotated edition"


def tags(node: Any) -> Iterator[str]:
    """The kinds of everything in a tree of tags."""
    waiting = [node]
    while waiting:
        each = waiting.pop().get_object()
        if not isinstance(each, dict):
            continue
        if "/S" in each:
            yield each["/S"]
        kids = each.get("/K", [])
        kids = kids.get_object() if hasattr(kids, "get_object") else kids
        waiting += kids if isinstance(kids, list) else [kids]


@needs_pango
def test_its_bookmarks_are_the_headings_without_numbers_of_notes(
    document: PdfReader, made: Notebook
) -> None:
    def told(outline: Any) -> list[Any]:
        return [told(each) if isinstance(each, list) else each["/Title"] for each in outline]

    assert told(document.outline) == [made.title, ["Of margins", ["Of inches"]]]


@needs_pango
def test_numbers_and_footnotes_lead_both_ways(document: PdfReader) -> None:
    inside, outside = [], set()
    for page in document.pages:
        for annotation in page.get("/Annots", ()):
            link: Any = annotation.get_object()
            if "/Dest" in link:
                inside.append(str(link["/Dest"]))
            elif "/A" in link:
                outside.add(str(link["/A"]["/URI"]))
    for number in (1, 2, 3):
        assert (inside.count(f"c1-n{number}"), inside.count(f"c1-r{number}")) == (1, 1)
    assert (inside.count("c1-p-key4"), inside.count("c1-f-key1-23")) == (1, 1)
    assert set(inside) - set(document.named_destinations) == set()
    assert {each for each in outside if not each.startswith(("http", "mailto:"))} == set()


@needs_pango
def test_every_link_is_tagged_as_one_whatever_stands_in_it() -> None:
    """ISO 14289-1, 7.18.5: each is in a Link of the tree of tags, and is there once."""
    text = plain(
        "paragraph", "A link and a margin.[1]", [2, 13, "link", "https://example.org/"],
        [7, 10, "emphasis", ""], [20, 23, "footnote_ref", "1"],
    )  # fmt: skip
    body = note("[a *link*, **in** a note](https://example.org/1)", tags=("x",))
    marks = {"start": 4, "end": 23}
    on_links = thread(body, note("Deeper", depth=1, number=2), exact="nk and …", place=marks)
    made = notebook(chapter(on_links, text=blocks(text, plain("footnote", "x", label="1"))))
    document = PdfReader(BytesIO(written(pdf, made)))
    tagged = list(linked(document.root_object["/StructTreeRoot"]))
    there = [str(each) for page in document.pages for each in page.get("/Annots", ())]
    assert {kind for kind, _link in tagged} == {"/Link"}
    assert sorted(link for _kind, link in tagged) == sorted(there)
    assert len(there) == len(set(there)) > 8
    words = " ".join("".join(page.extract_text() for page in document.pages).split())
    assert "A link and a margin." in words
    assert "a link, in a note" in words


def linked(node: Any) -> Iterator[tuple[str, str]]:
    """Each link in a tree of tags, with the kind of what it is in."""
    waiting = [node]
    while waiting:
        each = waiting.pop().get_object()
        kids = each.get("/K", []) if isinstance(each, dict) else []
        for kid in kids if isinstance(kids, list) else [kids]:
            found = kid.get_object()
            if isinstance(found, DictionaryObject) and found.get("/Type") == "/OBJR":
                yield each["/S"], str(found.raw_get("/Obj"))
            else:
                waiting.append(kid)


@needs_pango
def test_everything_is_on_its_pages(document: PdfReader) -> None:
    words = "".join("".join(page.extract_text() for page in document.pages).split())
    assert "isleftempty.[1]" in words
    assert "file:///etc/hostname" in words
    assert [n for n in range(1, 30) if f"Deeper{n}." not in words] == []


@needs_pango
def test_words_that_say_how_they_run_begin_on_their_own_side() -> None:
    english, hebrew = note("Ends here (ok).", number=1), note("סוף", number=2)
    made = notebook(chapter(thread(english, hebrew)), language="he")
    [page] = PdfReader(BytesIO(written(pdf, made))).pages[-1:]
    found: dict[str, float] = {}

    def placed(text: str, _cm: Any, matrix: list[float], *_font: Any) -> None:
        found[text.strip()] = matrix[4]

    page.extract_text(visitor_text=placed)
    width = float(page.mediabox.width)
    assert (found["Ends here (ok)."] < width / 4, found["סוף"] > width / 2) == (True, True)


@needs_pango
@pytest.mark.hostile
@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname", "http://127.0.0.1:9/x.png", "https://example.org/x.png",
        "data:image/png;base64,AAAA", "ftp://example.org/x", "catena-face:../secret-key",
        "catena-face:secret-key", "//example.org/x",
    ],
)  # fmt: skip
def test_nothing_is_fetched(address: str) -> None:
    from annotations.exporting.typesetting import OurFacesAlone, typeset

    with pytest.raises(ValueError, match="Nothing is fetched"):
        OurFacesAlone(settings.ASSETS_DIR / "fonts").fetch(address)
    # What no notebook brings forth, should one ever.
    document = (
        f'<html lang="en"><title>x</title><link rel="stylesheet" href="{address}">'
        f'<link rel="attachment" href="{address}"><img src="{address}" alt="x">'
        f'<object data="{address}"></object><p style="background: url({address})">Words'
    )
    found = PdfReader(BytesIO(typeset(document, lambda _step: None)))
    assert "Words" in found.pages[0].extract_text()
    assert list(found.attachments) == []


@needs_pango
def test_it_says_how_far_it_has_come_and_can_be_ended(made: Notebook) -> None:
    heard: list[int] = []
    assert b"".join(pdf.write(made, heard.append).chunks).startswith(b"%PDF-1.7")
    assert sum(heard) == 32
    assert len(heard) > 2

    class Ended(Exception):
        pass

    def end(_more: int) -> None:
        raise Ended

    with pytest.raises(Ended):
        list(pdf.write(made, end).chunks)


def test_without_pango_it_says_what_to_install(
    made: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    paper.can_set_pages.cache_clear()
    try:
        with pytest.raises(CannotWrite, match=re.escape(str(WHAT_TO_INSTALL))):
            pdf.write(made, silent)
    finally:
        monkeypatch.undo()
        paper.can_set_pages.cache_clear()


@needs_pango
def test_what_is_too_long_for_pages_is_refused_before_any_is_made() -> None:
    text = blocks(("paragraph", "word " * 400_000))
    long = notebook(chapter(thread(note("One.")), text=text))
    with pytest.raises(CannotWrite, match="In pages this would be about 691"):
        pdf.write(long, silent)
    assert b"word word" in written(edition, long)
