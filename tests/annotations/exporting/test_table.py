"""CSV: every column, threads that can be put together again, and nothing that works anything out,
in a spreadsheet too."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from annotations import actions
from annotations.enums import AnchorState, Category, Motivation, State
from annotations.exporting import table
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters, Notebook, Resolution
from annotations.exporting.scope import Scope
from tests.annotations.conftest import Write
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
from tests.cast import Cast

COLUMNS = [
    "id", "parent_id", "thread_id", "depth", "article", "paragraph", "start", "end",
    "text_revision", "quote", "motivation", "category", "author", "author_id", "created",
    "edited", "state", "resolved", "endorsements", "tags", "text", "url",
]  # fmt: skip


def rows_of(made: Notebook) -> list[dict[str, str]]:
    data = written(table, made)
    assert data.startswith(b"\xef\xbb\xbf")
    heading, *rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    assert heading == COLUMNS
    return [dict(zip(heading, row, strict=True)) for row in rows]


def column(made: Notebook, name: str) -> list[str]:
    return [row[name] for row in rows_of(made)]


class TestRows:
    def test_every_column_of_a_thread(self) -> None:
        root = note(
            "Is *that* so?", motivation=Motivation.QUESTIONING, category=Category.BLUE,
            tags=("margins", "first drafts"), endorsements=2, edited=THEN + timedelta(hours=1),
        )  # fmt: skip
        reply = note("No.", depth=1, number=2, author=NILS, parent=root.id)
        resolved = Resolution(THEN + timedelta(days=1), "We agree.")
        assert rows_of(notebook(chapter(thread(root, reply, resolution=resolved)))) == [
            {
                "id": str(root.id), "parent_id": "", "thread_id": str(root.id), "depth": "0",
                "article": "Of margins", "paragraph": "1", "start": "0", "end": "8",
                "text_revision": "1", "quote": "A margin", "motivation": "questioning",
                "category": "blue", "author": "Mira", "author_id": "mira",
                "created": "2031-05-04T12:01:00Z", "edited": "2031-05-04T13:00:00Z",
                "state": "visible", "resolved": "2031-05-05T12:00:00Z", "endorsements": "2",
                "tags": "margins; first drafts", "text": "Is *that* so?", "url": root.url,
            },
            {
                "id": str(reply.id), "parent_id": str(root.id), "thread_id": str(root.id),
                "depth": "1", "article": "Of margins", "paragraph": "1", "start": "", "end": "",
                "text_revision": "1", "quote": "", "motivation": "replying", "category": "",
                "author": "Nils", "author_id": "nils", "created": "2031-05-04T12:02:00Z",
                "edited": "", "state": "visible", "resolved": "", "endorsements": "0", "tags": "",
                "text": "No.", "url": reply.url,
            },
        ]  # fmt: skip

    def test_a_stone_has_its_state_and_no_words(self) -> None:
        gone = stone(
            body="Secret.", state=State.REMOVED, category=Category.ROSE, tags=("secret",),
            endorsements=3, edited=THEN,
        )  # fmt: skip
        first, _second = rows_of(notebook(chapter(thread(gone, note("Why?", depth=1, number=2)))))
        said = {name: value for name, value in first.items() if value}
        assert said == {
            "id": str(gone.id), "thread_id": str(gone.id), "depth": "0", "article": "Of margins",
            "paragraph": "1", "start": "0", "end": "8", "text_revision": "1", "quote": "A margin",
            "created": "2031-05-04T12:01:00Z", "state": "removed", "url": gone.url,
        }  # fmt: skip

    def test_what_was_left_out_is_no_row(self) -> None:
        out = stone("What this answers is not part of what was taken home")
        reply = note("Why?", depth=1, number=2, parent=out.id)
        made = notebook(chapter(thread(out, reply)))
        assert column(made, "id") == [str(reply.id)]
        assert column(made, "parent_id") == column(made, "thread_id") == [str(out.id)]

    def test_why_not_everybody_reads_it(self) -> None:
        made = notebook(chapter(thread(note("Us.", mark="For the leaders"))))
        assert column(made, "state") == ["visible (For the leaders)"]

    def test_articles_follow_each_other(self) -> None:
        one, two = (chapter(thread(note("a", number=n)), title=f"Text {n}") for n in (1, 2))
        assert column(notebook(one, two), "article") == ["Text 1", "Text 2"]

    def test_nothing_has_only_a_heading(self) -> None:
        assert rows_of(notebook()) == []

    def test_tells_how_far_it_is(self) -> None:
        told: list[int] = []
        threads = [thread(note("a"), note("b", depth=1, number=2)), thread(note("c", number=3))]
        list(table.write(notebook(chapter(*threads)), told.append).chunks)
        assert told == [2, 1]


TEXT = blocks(
    ("heading", "Of margins"),
    ("paragraph", "A margin is where a reader answers."),
    ("separator", ""),
    ("verse", "One line for thee."),
    plain("footnote", "By custom, an inch.", label="1"),
)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ({"first": 0}, ("Of margins", "0", "8", "A margin")),
        ({"first": 1}, ("1", "0", "8", "A margin")),
        ({"first": 3, "start": 2, "end": 4}, ("2", "2", "4", "A margin")),
        ({"first": 4}, ("[1]", "0", "8", "A margin")),
        ({"first": 1, "last": 3, "end": 3}, ("1–2", "0", "3", "A margin")),
        ({"whole_article": True}, ("", "", "", "")),
        ({"first": 1, "anchor_state": AnchorState.DETACHED, "end": 0}, ("1", "", "", "A margin")),
    ],
)
def test_where_it_stands(place: dict[str, object], found: tuple[str, ...]) -> None:
    given = {"last": place.get("first", 0)} | place
    (row,) = rows_of(notebook(chapter(thread(note(), place=given), text=TEXT)))
    assert tuple(row[name] for name in ("paragraph", "start", "end", "quote")) == found


def test_on_a_text_that_one_may_no_longer_read() -> None:
    made = notebook(chapter(thread(note("Mine.")), text=(), url=""))
    assert column(made, "paragraph") == [""]


def test_from_the_database(cast: Cast, write: Write) -> None:
    root = write(cast.member, "=1+1", on=1, motivation="questioning")
    answer = write(cast.other, "Gone.", to=root)
    deeper = write(cast.moderator, "Why?", to=answer)
    write(cast.member, "Mine alone.", audience="private")
    write(cast.owner, "Between us.", audience="leaders")
    actions.withdraw(by=cast.other, annotation=answer)
    rows = rows_of(gather(Scope(cast.other, cast.group, cast.reading), Filters()))
    names = ("id", "parent_id", "depth", "paragraph", "author", "state", "text")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (str(root.uuid), "", "0", "2", "Mira", "visible", "'=1+1"),
        (str(answer.uuid), str(root.uuid), "1", "2", "", "withdrawn", ""),
        (str(deeper.uuid), str(answer.uuid), "2", "2", "Moses", "visible", "Why?"),
    ]


# In a spreadsheet

FORMULAS = (
    "=1+1", '=HYPERLINK("https://evil.example","x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3",
    "\t=1+1", "\r=1+1", " =1+1", "＝1+1", "\n=1+1", 'He said "=1", twice\n=1+1', "a,b;c",
)  # fmt: skip
# As bad as it can be: spaces taken away, numbers looked for, formulas worked out.
_OPENED = "Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,true,0,true"
_IN_SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def opened(files: Sequence[Path]) -> list[list[list[tuple[str, bool]]]]:
    """What LibreOffice makes of tables: rows of cells, each with whether it is a formula."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice isn’t installed: apt-get install -y libreoffice-calc")
    folder = files[0].parent
    home = (folder / "home").as_uri()
    subprocess.run(
        [
            office, f"-env:UserInstallation={home}", "--headless", f"--infilter={_OPENED}",
            "--convert-to", "xlsx", "--outdir", str(folder), *map(str, files),
        ],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return [_sheet(file.with_suffix(".xlsx")) for file in files]


def _sheet(file: Path) -> list[list[tuple[str, bool]]]:
    with ZipFile(file) as archive:
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    words = ["".join(each.itertext()) for each in shared.iter(f"{_IN_SHEETS}si")]
    rows = []
    for row in sheet.iter(f"{_IN_SHEETS}row"):
        found = {_column(cell): _cell(cell, words) for cell in row.iter(f"{_IN_SHEETS}c")}
        rows.append([found.get(at, ("", False)) for at in range(max(found) + 1)])
    return rows


def _column(cell: ElementTree.Element) -> int:
    """Empty cells aren't there; a single letter is enough for ours."""
    return ord(str(cell.get("r"))[0]) - ord("A")


def _cell(cell: ElementTree.Element, words: Sequence[str]) -> tuple[str, bool]:
    value = cell.findtext(f"{_IN_SHEETS}v") or ""
    if cell.get("t") == "s":
        value = words[int(value)]
    return value, cell.find(f"{_IN_SHEETS}f") is not None


@pytest.mark.once
def test_in_libreoffice_columns_are_right_and_formulas_inert(tmp_path: Path) -> None:
    notes = [
        note(words, number=at, author=replace(NILS, name=words), tags=(words,))
        for at, words in enumerate(FORMULAS)
    ]
    made = notebook(chapter(*(thread(each, exact=each.body) for each in notes), title="=1+1"))
    ours, bare = tmp_path / "ours.csv", tmp_path / "bare.csv"
    ours.write_bytes(written(table, made))
    bare.write_bytes(b"a,b\r\n=1+1,x\r\n =1+1,x\r\n")
    (heading, *rows), (_heading, *control) = opened([ours, bare])
    assert [words for words, _is_formula in heading] == COLUMNS
    assert [row[0] for row in control] == [("2", True), ("2", True)]  # it does work them out
    assert [[words for words, is_formula in row if is_formula] for row in rows] == [[]] * len(notes)
    place = {name: at for at, name in enumerate(COLUMNS)}
    expected = rows_of(made)
    for row, ours_row in zip(rows, expected, strict=True):
        for name in ("id", "url", "article", "quote", "text", "author", "tags"):
            # It reads a carriage return as the end of a line in a cell.
            said = re.sub(r"\r\n?", "\n", ours_row[name])
            assert row[place[name]][0].strip() == said.strip(), name
    assert [row[place["end"]][0] for row in rows] == [str(len(words)) for words in FORMULAS]
