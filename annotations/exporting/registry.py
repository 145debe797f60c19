"""Every format in which notes are taken home, in the order in which groups ask for them.

A new one is a module with `write(notebook, tick) -> Written` and a line here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath

from annotations.enums import ExportFormat
from annotations.exporting.notebook import Notebook
from annotations.exporting.writing import Tick, Written
from reader.paper import WHAT_TO_INSTALL, can_set_pages

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
MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".jsonld": 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
    ".md": "text/markdown; charset=utf-8",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}


def why_not(code: str) -> str:
    """Why this machine can't write a format, in a sentence; "" where it can."""
    missing = code == ExportFormat.PDF and not can_set_pages()
    return str(WHAT_TO_INSTALL) if missing else ""


def media_type_of(filename: str) -> str:
    """What a file is, by the ending that its writer gave it."""
    return MEDIA_TYPES.get(PurePath(filename).suffix, "application/octet-stream")


def write(notebook: Notebook, code: str, tick: Tick) -> Written:
    """A notebook in one format. The archive is none of them: it is written from the rows."""
    module = import_module(f"annotations.exporting.{WRITERS[code]}")
    written: Written = module.write(notebook, tick)
    return written
