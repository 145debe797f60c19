"""Cells of a table that spreadsheets open: they hold words and never a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO

type Value = str | int | datetime | None

# What a spreadsheet takes for a formula, or for a way into one. Some skip white space before it,
# and some read the wide signs of East Asian keyboards as the narrow ones.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
# By which spreadsheets know UTF-8.
MARK = "\ufeff".encode()


def cell(value: Value) -> str | int:
    """A value as it stands in its cell: times in UTC, nothing for None, and an apostrophe before
    what a spreadsheet would work out."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def lines(rows: Iterable[Iterable[Value]]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, a row at a time; the first one is the heading."""
    line = StringIO()
    writer = csv.writer(line)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()
