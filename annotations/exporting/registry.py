"""Every format in which notes are taken home, in the order in which groups ask for them.

A new one is a module with `write(notebook, tick) -> Written` and a line here.
"""

from __future__ import annotations

from importlib import import_module

from annotations.enums import ExportFormat
from annotations.exporting.notebook import Notebook
from annotations.exporting.writing import Tick, Written

# The module of each writer, imported once it is asked for: some bring much along.
WRITERS: dict[str, str] = {
    ExportFormat.MARKDOWN: "markdown",
    ExportFormat.EDITION: "edition",
    ExportFormat.PDF: "pdf",
    ExportFormat.WORD: "word",
    ExportFormat.CSV: "table",
    ExportFormat.READWISE: "readwise",
    ExportFormat.JSON_LD: "json_ld",
}


def write(notebook: Notebook, code: str, tick: Tick) -> Written:
    """A notebook in one format. The archive is none of them: it is written from the rows."""
    module = import_module(f"annotations.exporting.{WRITERS[code]}")
    written: Written = module.write(notebook, tick)
    return written
