"""What is written beside a text: threads with their replies, each with its number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property, lru_cache
from html import escape

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotations import spoken
from annotations.enums import AnchorState, Category, Motivation
from annotations.exporting.notebook import Chapter, Entry, Notebook, Place, Thread

# Deeper replies stand at this level; whom they answer is said.
DEEPEST = 8
# Of the words that a note is about, as many characters are said again beside it.
LEMMA = 72
ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def direction_of(language: str) -> str:
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def of_the_site(language: str) -> SafeString:
    """For what the site says itself, where the group speaks another language."""
    ours = get_language() or language
    if ours.partition("-")[0] == language.partition("-")[0]:
        return SafeString("")
    return format_html(' lang="{}" dir="{}"', ours, direction_of(ours))


@dataclass(frozen=True)
class Notes:
    """Writes those of one chapter, whose ids all begin with its own."""

    notebook: Notebook
    chapter: Chapter
    id: str

    @cached_property
    def has_text(self) -> bool:
        return self.notebook.filters.text and bool(self.chapter.blocks)

    @cached_property
    def foreign(self) -> str:
        """For a note, which speaks the group's language, where the text speaks another one."""
        language = self.notebook.language
        direction = direction_of(language)
        if (language, direction) == (self.chapter.language, self.chapter.direction):
            return ""
        return f' lang="{escape(language)}" dir="{direction}"'

    @cached_property
    def _dated(self) -> str:
        """For a day, whose number would change sides where the group's words run the other way."""
        group = direction_of(self.notebook.language)
        ours = direction_of(get_language() or self.notebook.language)
        return f' dir="{ours}"' if ours != group else ""

    def _note_id(self, thread: Thread) -> str:
        return f"{self.id}-n{thread.number}"

    def _mark_id(self, thread: Thread) -> str:
        return f"{self.id}-r{thread.number}"

    def _entry_id(self, entry: Entry) -> str:
        return f"{self.id}-e-{entry.id.hex}"

    def number(self, thread: Thread) -> str:
        name = escape(_("Note %(number)d") % {"number": thread.number})
        return (
            f'<sup class="r"><a id="{self._mark_id(thread)}" href="#{self._note_id(thread)}"'
            f' aria-label="{name}">{thread.number}</a></sup>'
        )

    def whereabouts(self, place: Place) -> str:
        block = self.chapter.block(place)
        if place.whole_article:
            return _("Note on the whole text")
        if block is None:
            return _("Note on these words")
        return _("Note on %(place)s") % {"place": spoken.place_within(block)}

    def group(self, threads: Iterable[Thread], label: str, *, of_all: bool = False) -> str:
        kind = "notes of-all" if of_all else "notes"
        inside = "".join(self._thread(thread) for thread in threads)
        return (
            f'<div class="{kind}" role="group" aria-label="{escape(label)}"{self.foreign}>\n'
            f"{inside}</div>\n"
        )

    def _thread(self, thread: Thread) -> str:
        root = thread.root
        number = (
            f'<a class="no" href="#{self._back_to(thread)}" aria-label='
            f'"{escape(_("Note %(number)d, to its place") % {"number": thread.number})}">'
            f"{thread.number}</a> "
        )
        return (
            f'<div class="note {escape(root.category)}" id="{self._note_id(thread)}">'
            f"{self._head(root, thread, number)}{self._about(thread)}{self._said(root)}"
            f"{self._replies(thread)}{self._resolved(thread)}</div>\n"
        )

    def _back_to(self, thread: Thread) -> str:
        return self._mark_id(thread) if self.has_text else self._note_id(thread)

    def _about(self, thread: Thread) -> str:
        """The words that a note is about, as far as they don't stand marked beside it."""
        place = thread.place
        if place.whole_article:
            return ""
        if place.is_detached and self.chapter.blocks:
            lost = escape(_("These words are no longer in the text:"))
            return f'<p class="lost">{lost}</p>{_quote(place.exact)}'
        if not self.has_text:
            where = f'<p class="lost">{escape(self.whereabouts(place))}</p>'
            return (where if self.chapter.blocks else "") + _quote(place.exact)
        nearly = ""
        if place.anchor_state == AnchorState.APPROXIMATE:
            nearly = f'<p class="lost">{escape(_("Its words are only nearly here now"))}</p>'
        if place.whole_block:
            return nearly
        return f'{nearly}<p class="lemma" dir="auto">{escape(lemma(place.exact))}</p>'

    def _head(self, entry: Entry, thread: Thread | None = None, number: str = "") -> str:
        if entry.author is None:
            return f'<p class="head">{number}<span class="stone">{escape(entry.stone)}</span></p>'
        said = [f'<b class="who"><bdi>{escape(entry.author.name)}</bdi></b>', self._when(entry)]
        if entry.edited is not None:
            said.append(f"<span>{escape(_('edited'))}</span>")
        said += [f"<span>{escape(each)}</span>" for each in _kinds(entry, thread)]
        if entry.circle:
            circle = escape(_("Circle: %(name)s") % {"name": entry.circle})
            said.append(f"<span><bdi>{circle}</bdi></span>")
        if entry.endorsements:
            wonder = spoken.endorsed(entry.endorsements, entry.motivation)
            said.append(f"<span>{escape(wonder)}</span>")
        if entry.mark:
            said.append(f'<span class="flag">{escape(entry.mark)}</span>')
        return f'<p class="head">{number}{" ".join(said)}</p>'

    def _when(self, entry: Entry) -> str:
        day = escape(_on_day(entry.created.astimezone(self.notebook.zone).date()))
        if ADDRESS.match(entry.url):
            day = f'<a href="{escape(entry.url)}" rel="noreferrer">{day}</a>'
        moment = _moment(entry.created, self.notebook.zone)
        return f'<span><time datetime="{moment}"{self._dated}>{day}</time></span>'

    def _said(self, entry: Entry) -> str:
        said = f'<div class="body" dir="auto">{entry.html}</div>' if entry.html else ""
        if entry.tags:
            tags = " ".join(f"<bdi>#{escape(tag)}</bdi>" for tag in entry.tags)
            said += f'<p class="tags">{tags}</p>'
        return said

    def _replies(self, thread: Thread) -> str:
        """Nested as they answer each other."""
        if not thread.replies:
            return ""
        out, level = [], 0
        for entry in thread.replies:
            depth = min(entry.depth, DEEPEST, level + 1)
            if depth > level:
                out.append('<ol class="replies">')
            else:
                out.append("</li>" + "</ol></li>" * (level - depth))
            level = depth
            answered = ""
            if entry.answers and entry.parent is not None:
                there = f"{self.id}-e-{entry.parent.hex}"
                name = f'<a href="#{there}">{escape(entry.answers)}</a>'
                answered = f'<p class="head">↳ <bdi>{name}</bdi></p>'
            out.append(
                f'<li id="{self._entry_id(entry)}">{self._head(entry)}{answered}{self._said(entry)}'
            )
        out.append("</li></ol>" * level)
        return "".join(out)

    def _resolved(self, thread: Thread) -> str:
        resolution = thread.resolution
        if resolution is None:
            return ""
        day = escape(_on_day(resolution.at.astimezone(self.notebook.zone).date()))
        if self._dated:
            day = f"<span{self._dated}>{day}</span>"
        outcome = f": <bdi>{escape(resolution.outcome)}</bdi>" if resolution.outcome else ""
        return f'<p class="resolved"><b>{escape(_("Resolved"))}</b> {day}{outcome}</p>'


def _kinds(entry: Entry, thread: Thread | None) -> Sequence[str]:
    """What is worth knowing of a note before its words."""
    if thread is not None and thread.is_prompt:
        return [_("From the leaders")]
    if entry.motivation == Motivation.QUESTIONING:
        return [_("Question")]
    if entry.category in (Category.GREEN, Category.ROSE):
        return [str(Category(entry.category).label)]
    return [str(Motivation.HIGHLIGHTING.label)] if not entry.html and thread else []


def lemma(words: str) -> str:
    """As much of the words that a note is about as tells them from others."""
    said = " ".join(words.split())
    if len(said) <= LEMMA:
        return said
    first, last = said[: LEMMA // 2], said[-LEMMA // 3 :]
    if " " in first and " " in last:
        first, last = first.rpartition(" ")[0], last.partition(" ")[2]
    return f"{first.rstrip()} … {last.lstrip()}"


def _quote(words: str) -> str:
    return f'<blockquote class="quote" dir="auto">{escape(words)}</blockquote>'


def _on_day(day: date) -> str:
    return _day_in(day, get_language())


@lru_cache(4096)
def _day_in(day: date, _language: str | None) -> str:
    return date_format(day, "j M Y")


def _moment(when: datetime, zone: tzinfo) -> str:
    return when.astimezone(zone).isoformat(timespec="minutes")
