"""From paragraphs and threads to HTML, a paragraph at a time, kept until something changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from annotations.freshness import Freshness
from annotations.models import Annotation
from annotations.room import Room
from annotations.segments import MAX_DEPTH, Format, Mark, Run, Segment, runs, segments
from annotations.threads import Thread, threads_on
from reader.enums import BlockKind
from reader.models import Paragraph

THREADS_SHOWN = 6
REPLIES_SHOWN = 3
CACHE_SECONDS = 60 * 60 * 24 * 7

_INLINE = {
    "emphasis": ("<em>", "</em>"),
    "strong": ("<strong>", "</strong>"),
    "small_caps": ('<span class="small-caps">', "</span>"),
    "code": ("<code>", "</code>"),
    "superscript": ("<sup>", "</sup>"),
    "subscript": ("<sub>", "</sub>"),
}


@dataclass(frozen=True, slots=True)
class Outline:
    """What a paragraph's HTML needs to know of the rest of the article: which footnote a reference
    leads to, which references lead to a footnote, and how deep a section lies."""

    key_by_label: Mapping[str, str]
    references: Mapping[str, Sequence[str]]  # label → element ids
    depths: Mapping[int, int]  # paragraph id → level of the HTML heading above it

    @classmethod
    def of(cls, paragraphs: Iterable[Paragraph]) -> Outline:
        keys: dict[str, str] = {}
        references: dict[str, list[str]] = {}
        depths: dict[int, int] = {}
        depth = 1
        for paragraph in paragraphs:
            if paragraph.kind == BlockKind.HEADING:
                depth = heading_depth(paragraph)
            depths[paragraph.pk] = depth
            if paragraph.kind == BlockKind.FOOTNOTE:
                keys[paragraph.label] = paragraph.key
            for start, _end, label in paragraph.references:
                references.setdefault(label, []).append(reference_id(paragraph, start))
        return cls(keys, references, depths)

    @classmethod
    def for_words(cls, paragraphs: Sequence[Paragraph]) -> Outline:
        """Only what the words of these paragraphs refer to."""
        labels = {label for paragraph in paragraphs for _, _, label in paragraph.references}
        if not labels:
            return cls({}, {}, {})
        notes = Paragraph.objects.standing().filter(
            article=paragraphs[0].article_id, kind=BlockKind.FOOTNOTE, label__in=labels
        )
        return cls(dict(notes.values_list("label", "key")), {}, {})


def heading_depth(heading: Paragraph) -> int:
    """The level of its HTML element; the article's title has the first."""
    return min(6, (heading.level or 1) + 1)


def reference_id(paragraph: Paragraph, start: int) -> str:
    return f"ref-{paragraph.key}-{start}"


@dataclass(frozen=True, slots=True)
class Page:
    """The article as one person sees it now."""

    units: list[SafeString]
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Opened:
    """Which threads stand open on a page, beyond those that everybody gets folded."""

    root_id: int | None = None
    paragraph_id: int | None = None
    everything: bool = False

    @classmethod
    def at(cls, root: Annotation) -> Opened:
        start = root.targets.current().values_list("start_paragraph_id", flat=True).get()
        return cls(root.pk, start)

    def alters(self, paragraph: Paragraph) -> bool:
        return self.everything or paragraph.pk == self.paragraph_id

    def opens(self, thread: Thread) -> bool:
        return self.everything or thread.root.annotation.pk == self.root_id


def page(room: Room, fresh: Freshness, opened: Opened) -> Page:
    """The whole text with all its marks and the first threads of every paragraph."""
    paragraphs = list(Paragraph.objects.standing().filter(article=room.article))
    shared = {
        paragraph.pk: _key(room, paragraph, fresh.version_of(paragraph))
        for paragraph in paragraphs
        if room.sees_what_its_class_sees
        and not fresh.has_own(paragraph)
        and not opened.alters(paragraph)
    }
    kept = cache.get_many(shared.values())
    missing = [paragraph for paragraph in paragraphs if shared.get(paragraph.pk) not in kept]
    made = _render(room, missing, Outline.of(paragraphs), opened)
    if to_keep := {shared[pk]: str(html) for pk, html in made.items() if pk in shared}:
        cache.set_many(to_keep, CACHE_SECONDS)
    units = [
        made[paragraph.pk] if paragraph.pk in made else SafeString(kept[shared[paragraph.pk]])
        for paragraph in paragraphs
    ]
    return Page(units, paragraphs)


def _key(room: Room, paragraph: Paragraph, version: int) -> str:
    reading = room.reading
    return ":".join(
        str(part)
        for part in (
            "unit",
            settings.CATENA_BUILD,
            get_language(),
            room.audience_class,
            reading.bylines,
            reading.version,
            room.group.names_epoch,
            room.article.text_revision,
            reading.pk,
            paragraph.pk,
            version,
        )
    )


def _render(
    room: Room,
    paragraphs: Sequence[Paragraph],
    outline: Outline,
    opened: Opened,
) -> dict[int, SafeString]:
    threads = threads_on(room, paragraphs)
    dotted = unrevealed_on(room)
    return {
        paragraph.pk: unit(room, paragraph, touching, outline, opened, dot=paragraph.pk in dotted)
        for paragraph, touching in _touching(paragraphs, threads)
    }


def unrevealed_on(room: Room) -> set[int]:
    """The ids of paragraphs where somebody wrote what isn't revealed to this person yet."""
    if room.revealed:
        return set()
    hidden = Annotation.objects.unrevealed_in(room).filter(targets__current=True)
    return set(hidden.order_by().values_list("targets__start_paragraph", flat=True).distinct())


def _touching(
    paragraphs: Sequence[Paragraph], threads: Sequence[Thread]
) -> Iterator[tuple[Paragraph, list[Thread]]]:
    """Each paragraph with the threads that cover it, in one pass over both in reading order."""
    waiting = deque(threads)
    active: list[Thread] = []
    for paragraph in paragraphs:
        while waiting and waiting[0].target.start_paragraph.position <= paragraph.position:
            active.append(waiting.popleft())
        active = [
            thread
            for thread in active
            if thread.target.end_paragraph.position >= paragraph.position
        ]
        yield paragraph, active


def unit(
    room: Room,
    paragraph: Paragraph,
    threads: Sequence[Thread],
    outline: Outline,
    opened: Opened,
    *,
    dot: bool = False,
) -> SafeString:
    """A paragraph with what is written on it; `threads` are those that cover it. A `dot` says
    that somebody wrote there."""
    beginning = [thread for thread in threads if thread.starts_in(paragraph)]
    wanted = [at for at, thread in enumerate(beginning, start=1) if opened.opens(thread)]
    shown = beginning[: max([THREADS_SHOWN, *wanted])]
    references = outline.references.get(paragraph.label, ())
    context = {
        "room": room,
        "paragraph": paragraph,
        "words": words(paragraph, threads, outline),
        "threads": [(thread, opened.opens(thread)) for thread in shown],
        "hidden": len(beginning) - len(shown),
        "after": shown[-1].root.annotation.uuid if shown else "",
        "pieces": pieces(paragraph, beginning),
        "dot": dot,
        "notes_depth": min(6, outline.depths[paragraph.pk] + 1),
        "references": references if paragraph.kind == BlockKind.FOOTNOTE else (),
    }
    # It is kept for others, so its times are in nobody's own zone.
    with timezone.override(timezone.get_default_timezone()):
        return render_to_string("annotations/_unit.html", context)


def pieces(paragraph: Paragraph, threads: Iterable[Thread]) -> int:
    """How many pieces of writing begin on a paragraph, stones not counted."""
    return sum(
        not note.is_stone
        for thread in threads
        if thread.starts_in(paragraph)
        for note in (thread.root, *thread.replies)
    )


def words(
    paragraph: Paragraph,
    threads: Iterable[Thread],
    outline: Outline,
    *,
    swap: bool = False,
) -> SafeString:
    """The paragraph's own element: its `textContent` is exactly `paragraph.text`.

    `data-notes` is the table of offsets in code points, "note:start:end …". With `swap` the
    element replaces the one on the page, wherever else the answer goes.
    """
    painting = [thread for thread in threads if thread.paints]
    marks = [(thread.short_id, thread.mark_in(paragraph)) for thread in painting]
    table = " ".join(f"{note}:{mark.start}:{mark.end}" for note, mark in marks)
    tag = _tag(paragraph)
    numbered = " numbered" if paragraph.text[:1].isdigit() else ""
    return SafeString(
        f'<{tag} class="words {paragraph.kind}{numbered}" id="p-{paragraph.key}" tabindex="-1"'
        f' data-notes="{table}"'
        f"{' hx-swap-oob="true"' if swap else ''}>"
        f"{_inner(paragraph, [mark for _, mark in marks], outline)}</{tag}>"
    )


def _tag(paragraph: Paragraph) -> str:
    if paragraph.kind == BlockKind.HEADING:
        return f"h{heading_depth(paragraph)}"
    return "blockquote" if paragraph.kind == BlockKind.QUOTATION else "p"


def _inner(paragraph: Paragraph, marks: Sequence[Mark], outline: Outline) -> str:
    def link(found: Format, html: str) -> str:
        if found.kind == "link":
            return f'<a href="{escape(found.target)}" rel="noopener noreferrer">{html}</a>'
        key = outline.key_by_label.get(found.target)
        if key is None:
            return html
        anchor = reference_id(paragraph, found.start)
        return f'<sup class="ref"><a id="{anchor}" href="#p-{key}">{html}</a></sup>'

    return inner(paragraph.text, paragraph.spans, marks, link, {})


def inner(
    text: str,
    spans: Iterable[Sequence[Any]],
    marks: Sequence[Mark],
    link: Callable[[Format, str], str],
    after: Mapping[int, str],
) -> str:
    """Words as HTML, formatted and marked. `link` makes a link of what is inside one; `after` is
    HTML to stand behind the words that end at an offset, or behind the link that these are in."""
    formats = [Format(*span) for span in spans]
    flat = segments(len(text), formats, marks)
    return "".join(_run(text, run, link, after) for run in runs(flat))


def _run(text: str, run: Run, link: Callable[[Format, str], str], after: Mapping[int, str]) -> str:
    if run.link is None:
        return "".join(_segment(text, each) + after.get(each.end, "") for each in run.segments)
    words = "".join(_segment(text, segment) for segment in run.segments)
    behind = "".join(after.get(segment.end, "") for segment in run.segments)
    return link(run.link, words) + behind


def _segment(text: str, segment: Segment) -> str:
    html = str(escape(text[segment.start : segment.end]))
    for fmt in segment.formats:
        if fmt.kind in _INLINE:
            opening, closing = _INLINE[fmt.kind]
            html = f"{opening}{html}{closing}"
    if segment.depth:
        depth = min(MAX_DEPTH, segment.depth)
        nearly = " nearly" if segment.nearly else ""
        html = f'<mark class="{segment.category} d{depth}{nearly}">{html}</mark>'
    return html
