"""A passage, or one note, quoted with where it stands: to be pasted elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotations import spoken
from reader.enums import BlockKind

# What would be mark-up anywhere in a line, and what would be at its beginning.
_MARK_UP = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
_BEGINNING = re.compile(r"^(?:[#+=-]|\d{1,9}[.)])", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Work:
    """What is quoted from, as far as it is known."""

    title: str
    creators: str = ""
    series: str = ""
    date: str = ""
    source: str = ""

    def reference(self, *, title: str) -> list[str]:
        return [part for part in (self.creators, title, self.series, self.date) if part]


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a text; none of them is the whole text. `place` is "paragraph 2", in the middle of
    a line, or ""."""

    work: Work
    words: Sequence[str]  # of each paragraph
    place: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """A note: who said what, when, and of which passage."""

    by: str
    on: str  # a date, in words
    body: str  # Markdown, as it was written; "" of a highlight
    url: str
    about: Passage


@dataclass(frozen=True, slots=True)
class Citation:
    text: str
    markdown: str


def place_of(paragraphs: Sequence[spoken.HasPlace]) -> str:
    """ "paragraph 2", "paragraphs 2–4", "heading “…” – paragraph 2"; of a heading, which is quoted
    itself, only that it is one."""
    first, last = paragraphs[0], paragraphs[-1]
    if first is last:
        is_heading = first.kind == BlockKind.HEADING
        return _("a heading") if is_heading else spoken.place_within(first)
    if first.number is not None and last.number is not None:
        numbers = {"first": first.number, "last": last.number}
        return _("paragraphs %(first)d–%(last)d") % numbers
    return f"{spoken.place_within(first)} – {spoken.place_within(last)}"


def passage(cited: Passage) -> Citation:
    text = f"{_quoted(cited.words)}\n— {_reference(cited)}\n{cited.url}\n"
    return Citation(text, f"{_block(map(_lines, cited.words))}\n\n— {_linked(cited)}\n")


def note(said: Said) -> Citation:
    about = said.about
    names = {"name": said.by, "date": said.on}
    if not said.body:
        head = _("%(name)s, %(date)s, highlighted:") % names
        text = f"{head}\n{_quoted(about.words)}\n— {_reference(about)}\n{said.url}\n"
        lines = _block(map(_lines, about.words))
        return Citation(text, f"{_headed(said)}\n\n{lines}\n\n— {_linked(about)}\n")
    head = _("%(name)s, %(date)s:") % names
    body = said.body.strip()
    on = _about(about.words, _reference(about))
    text = f"{head}\n{_quoted([body])}\n{on}\n{said.url}\n"
    on = _about([_plain(words) for words in about.words], _linked(about))
    # Last and within a block quotation, where whatever it leaves open ends.
    return Citation(text, f"{_headed(said)}\n\n{on}\n\n{_block([body])}\n")


def _about(words: Sequence[str], reference: str) -> str:
    """What a note is about, in a line."""
    if not words:
        return _("on %(what)s") % {"what": reference}
    on = _("on %(what)s") % {"what": _quoted([" ".join(" ".join(words).split())])}
    return f"{on} – {reference}"


def _quoted(words: Sequence[str]) -> str:
    return _("“%(words)s”") % {"words": "\n\n".join(words)}


def _reference(cited: Passage) -> str:
    title = _("“%(words)s”") % {"words": cited.work.title}
    parts = cited.work.reference(title=title)
    parts += [part for part in (cited.place, cited.work.source) if part]
    return ", ".join(parts)


def _linked(cited: Passage) -> str:
    work = cited.work
    plain = Work(*map(_plain, (work.title, work.creators, work.series, work.date, work.source)))
    parts = plain.reference(title=f"*{plain.title}*")
    place = _plain(cited.place) or _("the text")
    parts += [part for part in (f"[{place}](<{cited.url}>)", plain.source) if part]
    return ", ".join(parts)


def _headed(said: Said) -> str:
    return f"**{_plain(said.by)}** · {_plain(said.on)} · [{_('note')}](<{said.url}>)"


def _block(paragraphs: Iterable[str]) -> str:
    lines = "\n\n".join(paragraphs).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _lines(text: str) -> str:
    """The same, with the lines of a verse kept apart."""
    return re.sub(r"\n+", "\\\\\n", _plain(text))


def _plain(text: str) -> str:
    """Words that no Markdown is read in."""
    text = _INDENTED.sub("", text)
    text = _MARK_UP.sub(lambda found: f"\\{found[0]}", text)
    return _BEGINNING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\{found[0][-1]}"
