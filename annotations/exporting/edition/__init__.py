"""The annotated edition: the text with numbered marks, and what was written beside it, as one
HTML file that asks nobody for anything.

What there is one of comes from templates; paragraphs and notes, of which there may be ten thousand,
are put together here. Every word of a person is escaped where it enters; a note's HTML was made
safe when it was stored.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from annotations.enums import Category
from annotations.exporting.edition.chapters import ChapterPart, paints, provenance
from annotations.exporting.edition.notes import direction_of, of_the_site
from annotations.exporting.edition.sheet import style
from annotations.exporting.notebook import Notebook
from annotations.exporting.writing import Tick, Written

# Stands in the template for the chapters; nobody's words can, which are escaped.
_HERE = "<<chapters>>"
# What no HTML may hold, and the XML in a PDF neither: controls, and what Unicode never gives to a
# character. A note that was pasted from a terminal has some.
_NO_HTML = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)


def write(notebook: Notebook, tick: Tick) -> Written:
    chunks = (part.encode() for part in parts(notebook, tick))
    return Written(".html", chunks)


def parts(notebook: Notebook, tick: Tick, *, paged: bool = False) -> Iterator[str]:
    """The document from its first to its last character, a paragraph with its notes at a time."""
    return (_NO_HTML.sub("", part) for part in _parts(notebook, tick, paged))


def _parts(notebook: Notebook, tick: Tick, paged: bool) -> Iterator[str]:
    edition = _Edition(notebook)
    before, _here, after = edition.around(paged=paged).partition(_HERE)
    yield before
    for chapter in edition.chapters:
        yield from chapter.parts(tick)
    yield after


class _Edition:
    """What the parts of one edition share."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        several = len(notebook.chapters) > 1
        self.chapters = [
            ChapterPart(notebook, chapter, number, several=several)
            for number, chapter in enumerate(notebook.chapters, start=1)
        ]

    def around(self, *, paged: bool) -> str:
        """Everything but the chapters, which go into it."""
        notebook = self._notebook
        sheet = style(notebook, paged=paged)
        digest = b64encode(sha256(sheet.encode()).digest()).decode()
        only = notebook.chapters[0] if len(notebook.chapters) == 1 else None
        listed = [chapter.contents() for chapter in self.chapters]
        context = {
            "notebook": notebook,
            "chapter": only,
            "provenance": [] if only is None else provenance(only),
            "direction": direction_of(notebook.language),
            "ours": of_the_site(notebook.language),
            "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            "form-action 'none'",
            "style": SafeString(sheet),
            "author": "" if only is None else ", ".join(only.creators),
            "days": self._days(),
            "people": len(notebook.people),
            "key": self._key(),
            "contents": listed,
            "lists": len(listed) > 1 or sum(len(each.headings) for each in listed) > 1,
            "day": date_format(notebook.generated_at.astimezone(notebook.zone), "j F Y"),
            "chapters": SafeString(_HERE),
        }
        return render_to_string("annotations/edition/document.html", context)

    def _days(self) -> str:
        zone = self._notebook.zone
        written = [
            entry.created
            for chapter in self._notebook.chapters
            for _thread, entry in chapter.entries
            if not entry.is_stone
        ]
        if not written:
            return ""
        first, last = min(written).astimezone(zone), max(written).astimezone(zone)
        if first.date() == last.date():
            return date_format(last, "j F Y")
        begin = "j"
        if first.year != last.year:
            begin = "j F Y"
        elif first.month != last.month:
            begin = "j F"
        return f"{date_format(first, begin)} – {date_format(last, 'j F Y')}"

    def _key(self) -> list[tuple[str, str]]:
        """The categories whose marks there are, each with its name."""
        used = {
            thread.root.category
            for chapter in self.chapters
            for thread in chapter.chapter.threads
            if chapter.has_text and paints(thread)
        }
        return [(code.value, str(code.label)) for code in Category if code in used]
