"""The reading page, and its paragraphs."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations import rendering
from annotations.enums import CHOSEN_CATEGORIES
from annotations.forms import default_audience, writes_to_circle
from annotations.freshness import Freshness, page_etag
from annotations.models import Annotation, Target
from annotations.permissions import can_ask_as_leader, can_export
from annotations.room import Room, enter, enter_for_paragraph
from annotations.threads import prompts_of, threads_on
from annotations.views import in_group, paragraph_in, wants_fragment
from reader.enums import BlockKind
from reader.models import Paragraph
from reader.views import sign_in_to_see

THREADS_A_PAGE = 20


@require_safe
@sign_in_to_see
def reading(request: HttpRequest, group: str, article: str) -> HttpResponse:
    room = enter(request.user, group, article)
    if article != room.article.slug:
        # The group has taken a copy of the text of this address.
        where = f"{room.reading.get_absolute_url()}?{request.GET.urlencode()}"
        return HttpResponseRedirect(where)
    focus = _focus(request, room)
    fresh = Freshness.of(room)
    etag = page_etag(request, room, fresh)
    response = get_conditional_response(request, etag=etag) if etag else None
    if response is None:
        response = _reading(request, room, focus, fresh)
    if etag:
        response.headers["ETag"] = etag
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _reading(
    request: HttpRequest, room: Room, focus: Annotation | None, fresh: Freshness
) -> HttpResponse:
    page = rendering.page(room, fresh, _opened(request, focus))
    return render(
        request,
        "annotations/reading.html",
        {
            "room": room,
            "page": page,
            "contents": [p for p in page.paragraphs if p.kind == BlockKind.HEADING],
            "count": sum(p.number is not None for p in page.paragraphs),
            "minutes": max(1, sum(p.text.count(" ") for p in page.paragraphs) // 220),
            "focus": request.GET.get("note", "") if focus else "",
            "categories": [(choice.value, choice.label) for choice in CHOSEN_CATEGORIES],
            "audience": default_audience(room),
            "to": _("your circle") if writes_to_circle(room) else room.group.name,
            "prompts": prompts_of(room),
            "looks": _looks(room),
            "first_key": next((p.key for p in page.paragraphs if p.text), ""),
            "may_ask": can_ask_as_leader(room.membership, room.reading),
            "may_export": can_export(room.membership, room.group),
        },
    )


def _looks(room: Room) -> int:
    """How many notes this person may want to look at since the text was corrected."""
    return Target.objects.to_look_at(room).count() if room.article.text_revision > 1 else 0


def _opened(request: HttpRequest, focus: Annotation | None) -> rendering.Opened:
    if request.GET.get("open") == "all":
        return rendering.Opened(everything=True)
    return rendering.Opened.at(focus) if focus else rendering.Opened()


def _focus(request: HttpRequest, room: Room) -> Annotation | None:
    """The thread an address names, where it exists for this person; an odd name is no error."""
    try:
        named = UUID(request.GET["note"])
    except (KeyError, ValueError):
        return None
    visible = Annotation.objects.visible_in(room).select_related("root")
    note = visible.filter(uuid=named).first()
    return note.thread_root if note else None


@require_safe
@sign_in_to_see
def paragraph(request: HttpRequest, key: str) -> HttpResponse:
    """The lasting address of a paragraph; `?in=group` says as whose reader."""
    named = get_object_or_404(Paragraph, key=key)
    room = enter_for_paragraph(request.user, named, in_group(request))
    found = paragraph_in(room, key)
    return HttpResponseRedirect(f"{room.reading.get_absolute_url()}#p-{found.key}")


@require_safe
@sign_in_to_see
def paragraph_notes(request: HttpRequest, group: str, article: str, key: str) -> HttpResponse:
    """Every thread on a paragraph; of many, those after the one that was shown last."""
    room = enter(request.user, group, article)
    found = paragraph_in(room, key)
    threads = [thread for thread in threads_on(room, [found]) if thread.starts_in(found)]
    roots = [str(thread.root.annotation.uuid) for thread in threads]
    after = request.GET.get("after", "")
    first = roots.index(after) + 1 if after in roots else 0
    last = first + THREADS_A_PAGE
    context = {
        "room": room,
        "paragraph": found,
        "threads": threads[first:last],
        "after": roots[last - 1] if last < len(roots) else "",
    }
    name = "annotations/paragraph.html"
    return render(request, f"{name}#threads" if wants_fragment(request) else name, context)
