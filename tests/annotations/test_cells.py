"""Cells that spreadsheets open: words and never a formula."""

import csv
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import cells


@pytest.mark.parametrize(
    "words",
    [
        "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\tx", "\rx", " =1", "\u00a0=1", "\n=1",
        " \t -1", "＝1+1", "＋1", "－1", "＠x", "=", "- a list", "@Mira",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_work_out_is_words(words: str) -> None:
    assert cells.cell(words) == f"'{words}"


@pytest.mark.parametrize(
    "words", ["", "a", "a=1", "a\n=1", "1-2", "—", "'=1", " a", "\n", "漢", "(-1)"]
)
def test_other_words_stay_as_they_are(words: str) -> None:
    assert cells.cell(words) == words


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, -5),
        (0, 0),
        (datetime(2031, 5, 4, 12, tzinfo=UTC), "2031-05-04T12:00:00Z"),
        (datetime(2031, 5, 4, 1, tzinfo=timezone(timedelta(hours=2))), "2031-05-03T23:00:00Z"),
    ],
)
def test_values(value: cells.Value, cell: str | int) -> None:
    assert cells.cell(value) == cell


def test_lines_as_rfc_4180_has_them() -> None:
    rows: list[list[cells.Value]] = [
        ["a", "b"],
        ['say "x"', "one, two"],
        ["two\nlines", 3],
        [None, ""],
    ]
    made = list(cells.lines(rows))
    assert made == [
        b"a,b\r\n", b'"say ""x""","one, two"\r\n', b'"two\nlines",3\r\n', b",\r\n",
    ]  # fmt: skip


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2), min_size=1)
)
def test_any_words_come_back(rows: list[list[str]]) -> None:
    text = b"".join(cells.lines(rows)).decode()
    back = list(csv.reader(StringIO(text, newline=""), strict=True))
    assert back == [[str(cells.cell(words)) for words in row] for row in rows]
