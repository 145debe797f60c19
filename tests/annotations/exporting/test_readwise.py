"""The table for Readwise: its columns, and a conversation in one note."""

from __future__ import annotations

import csv
from io import StringIO

from annotations.exporting import readwise
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters, Notebook
from annotations.exporting.scope import Scope
from tests.annotations.conftest import Write
from tests.annotations.exporting.notebooks import (
    NILS,
    READING,
    blocks,
    chapter,
    note,
    notebook,
    stone,
    thread,
    written,
)
from tests.cast import Cast


def rows_of(made: Notebook) -> list[list[str]]:
    text = written(readwise, made).decode()
    heading, *rows = csv.reader(StringIO(text, newline=""), strict=True)
    assert heading == ["Highlight", "Title", "Author", "URL", "Note", "Location", "Date"]
    return rows


def notes_of(made: Notebook) -> list[str]:
    return [row[4] for row in rows_of(made)]


def test_a_row_for_each_passage() -> None:
    made = notebook(
        chapter(thread(note("So.")), thread(note(number=2)), creators=("Ada Quill", "Bo Ink"))
    )
    about = ["A margin", "Of margins", "Ada Quill, Bo Ink", READING]
    assert rows_of(made) == [
        [*about, "Mira: So.", "1", "2031-05-04 12:01:00"],
        [*about, "", "1", "2031-05-04 12:02:00"],
    ]


def test_what_was_said_about_it_is_one_note() -> None:
    talk = thread(
        note("So.", tags=("first drafts", "margins")),
        note("- No.\n- Yes.", depth=1, number=2, author=NILS, mark="For the leaders"),
        stone(depth=2, number=3, body="Gone."),
        note("Well.", depth=3, number=4, tags=("margins",)),
    )
    assert notes_of(notebook(chapter(talk))) == [
        ".first-drafts .margins\nMira: So.\nNils (For the leaders): - No.\n- Yes.\nMira: Well."
    ]


def test_ones_own_words_need_no_name() -> None:
    talk = thread(note("So.", mine=True), note("No.", depth=1, number=2, author=NILS))
    assert notes_of(notebook(chapter(talk))) == ["So.\nNils: No."]


def test_what_has_no_passage_is_no_highlight() -> None:
    made = notebook(chapter(thread(note("On all."), exact="", place={"whole_article": True})))
    assert rows_of(made) == []


def test_places_in_order() -> None:
    text = blocks(
        ("heading", "Of"), ("paragraph", "One."), ("separator", ""), ("heading", "Two"),
        ("paragraph", "Two."),
    )  # fmt: skip
    threads = [thread(note(number=at), first=at, exact="x") for at in (0, 1, 3, 4)]
    located = [row[5] for row in rows_of(notebook(chapter(*threads, text=text)))]
    assert located == ["", "1", "1", "2"]
    away = chapter(thread(note()), text=(), url="", source="https://a.example/text")
    assert [(row[3], row[5]) for row in rows_of(notebook(away))] == [("https://a.example/text", "")]


def test_formulas_are_words_here_too() -> None:
    made = notebook(chapter(thread(note("=1+1", mine=True), exact="-2+3"), title="@x"))
    assert [rows_of(made)[0][at] for at in (0, 1, 4)] == ["'-2+3", "'@x", "'=1+1"]


def test_tells_how_far_it_is() -> None:
    told: list[int] = []
    made = notebook(chapter(thread(note("a"), note("b", depth=1, number=2))))
    list(readwise.write(made, told.append).chunks)
    assert told == [2]


def test_from_the_database(cast: Cast, write: Write) -> None:
    root = write(cast.member, "So.")
    write(cast.other, "No.", to=root)
    write(cast.member, "On all.", whole_article=True)
    write(cast.member, "Mine alone.", audience="private")
    made = gather(Scope(cast.other, cast.group, cast.reading), Filters())
    assert [(row[0], row[4]) for row in rows_of(made)] == [("A mar", "Mira: So.\nNils: No.")]
