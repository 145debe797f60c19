"""What comes back after something was written: the pieces of the page that changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from annotations import rendering
from annotations.enums import PUBLISHED, Motivation, State
from annotations.layers import passage_of
from annotations.models import Annotation
from annotations.querysets import GONE
from annotations.room import Room
from annotations.threads import Thread, threads_on
from reader.enums import Reveal
from reader.models import Paragraph


def answer(
    request: HttpRequest,
    room: Room,
    changed: Annotation,
    *,
    is_new: bool = False,
    repaint: bool = False,
    left: Sequence[Paragraph] = (),
    corrected: bool = False,
    happened: str = "",
) -> HttpResponse:
    """The changed thread for htmx: as a card where the page may not have it yet, and with its
    paragraphs' words where marks may have changed, those of paragraphs that it has `left`
    included. `corrected` says that the page shows an earlier text; `happened` is what is said of
    it where that isn't that it was saved. For a plain form the way back to the place."""
    root = changed.thread_root
    if not getattr(request, "htmx", False):
        return HttpResponseRedirect(_place(room, changed))
    if _reveals(room, changed) or _is_of_other_text(request, room):
        # The whole page has changed, not only this thread.
        return HttpResponse(status=204, headers={"HX-Redirect": _place(room, changed)})
    covered = passage_of(root)
    first = covered[0]
    paragraphs = _in_order(covered, left)
    threads = threads_on(room, paragraphs)
    thread = next((thread for thread in threads if _is_root(thread, root)), None)
    words = _words(paragraphs, threads) if repaint else []
    begun_on = dict.fromkeys((first, *left[:1]))
    context = {
        "room": room,
        "root": root,
        "thread": thread,
        "is_new": is_new,
        "words": words,
        "paragraph": first,
        "counts": [(each, rendering.pieces(each, threads)) for each in begun_on],
        "open": True,
        # What its author has just deleted can be taken back, for a moment.
        "deleted": changed if changed.state == State.WITHDRAWN else None,
        "taken_back": changed.state_before == State.WITHDRAWN,
    }
    response = render(request, "annotations/_answer.html", context)
    gone = thread is None or changed.state in GONE
    saved = happened or _written(changed, is_new=is_new)
    happened = "deleted" if gone else "placed" if left else saved
    response.headers["HX-Trigger-After-Settle"] = _event(changed, first, happened, corrected)
    return response


def _reveals(room: Room, written: Annotation) -> bool:
    """Whether this note, which the room doesn't count yet, shows its author what others wrote."""
    reading = room.reading
    counts = written.reading_id == reading.pk and written.version == 1 and written.body
    by_writing = reading.reveal == Reveal.AFTER_OWN and not room.revealed
    return by_writing and bool(counts) and room.part.written + 1 >= reading.reveal_after


def _is_of_other_text(request: HttpRequest, room: Room) -> bool:
    """Whether a page sent this that shows a text of which the group has taken a copy since."""
    match = request.resolver_match
    return match is not None and match.kwargs.get("article", room.article.slug) != room.article.slug


def _in_order(*passages: Sequence[Paragraph]) -> list[Paragraph]:
    found = {paragraph.pk: paragraph for passage in passages for paragraph in passage}
    return sorted(found.values(), key=lambda paragraph: paragraph.position)


def _is_root(thread: Thread, root: Annotation) -> bool:
    return thread.root.annotation.pk == root.pk


def _words(paragraphs: list[Paragraph], threads: list[Thread]) -> list[str]:
    outline = rendering.Outline.for_words(paragraphs)
    return [
        rendering.words(
            paragraph,
            [thread for thread in threads if thread.covers(paragraph)],
            outline,
            swap=True,
        )
        for paragraph in paragraphs
    ]


def _written(changed: Annotation, *, is_new: bool) -> str:
    bare = changed.motivation == Motivation.HIGHLIGHTING and not changed.body
    return "highlighted" if is_new and bare else "saved"


def _event(changed: Annotation, paragraph: Paragraph, happened: str, corrected: bool) -> str:
    """Tells the page what happened, so that the focus goes where the work is."""
    detail = {
        "happened": happened,
        "waits": changed.state == State.PENDING,
        "corrected": corrected,
        "note": str(changed.uuid),
        "root": str(changed.thread_root.uuid),
        "paragraph": paragraph.key,
    }
    return json.dumps({"catena:answer": detail})


def _place(room: Room, changed: Annotation) -> str:
    query = urlencode({"in": room.group.slug})
    if changed.state in PUBLISHED:
        return f"{changed.get_absolute_url()}?{query}"
    if changed.state == State.WITHDRAWN:
        return f"{reverse('note_take_back', args=[changed.uuid])}?{query}"
    start = changed.thread_root.targets.current().select_related("start_paragraph").get()
    return f"{room.reading.get_absolute_url()}#p-{start.start_paragraph.key}"
