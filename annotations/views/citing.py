"""A passage, or one note, with its reference and its link, to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations import citing
from annotations.bylines import byline, people_in
from annotations.enums import Naming
from annotations.exporting.naming import Names
from annotations.layers import passage_of
from annotations.models import Annotation
from annotations.permissions import can_cite
from annotations.room import Room, enter
from annotations.views import paragraph_in
from annotations.views.notes import note_and_room
from reader.models import Article, Paragraph
from reader.permissions import require
from reader.views import person, sign_in_to_see, signed_in


@signed_in
@require_safe
def note_cite(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Of another's note, where this person may take it home."""
    found, room = note_and_room(request, uuid)
    allowed = can_cite(person(request), room.membership, found)
    require(allowed, _("In this group not everybody takes home what others wrote."))
    said = citing.Said(
        by=_called(room, found),
        on=date_format(localtime(found.created_at), "j F Y"),
        body=found.body,
        url=f"{settings.CATENA_URL}{found.get_absolute_url()}",
        about=_about(room, found.thread_root),
    )
    back = f"{found.get_absolute_url()}?in={room.group.slug}"
    return _answer(request, room, citing.note(said), back)


@require_safe
@sign_in_to_see
def passage_cite(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """`from` and `to` are each a paragraph's key and, after a colon, an offset in code points;
    without one the whole paragraph is meant, and without `to` that of `from`."""
    room = enter(request.user, group, article)
    if _is_stale(request, room.article):
        context = {"room": room, "cited": None, "back": room.reading.get_absolute_url()}
        return render(request, "annotations/cite.html", context, status=409)
    begin = request.GET.get("from", "")
    first, start = _end(room, begin)
    last, end = _end(room, request.GET.get("to") or begin.partition(":")[0])
    cited = _passage(room, _between(first, last), start, end)
    back = f"{room.reading.get_absolute_url()}#p-{first.key}"
    return _answer(request, room, citing.passage(cited), back)


def _answer(request: HttpRequest, room: Room, cited: citing.Citation, back: str) -> HttpResponse:
    if request.GET.get("as") == "text":
        return HttpResponse(cited.text, content_type="text/plain; charset=utf-8")
    context = {"room": room, "cited": cited, "back": back}
    return render(request, "annotations/cite.html", context)


def _is_stale(request: HttpRequest, article: Article) -> bool:
    """Offsets into a text that has been corrected since would quote other words."""
    present = str(article.text_revision)
    return request.GET.get("revision", present) != present


def _end(room: Room, value: str) -> tuple[Paragraph, int | None]:
    key, _colon, offset = value.partition(":")
    paragraph = paragraph_in(room, key)
    if not offset:
        return paragraph, None
    is_number = offset.isascii() and offset.isdecimal() and len(offset) < 9
    if not is_number or int(offset) > len(paragraph.text):
        raise Http404(_("No words stand there."))
    return paragraph, int(offset)


def _between(first: Paragraph, last: Paragraph) -> list[Paragraph]:
    standing = Paragraph.objects.standing().filter(article=first.article_id)
    found = list(standing.filter(position__range=(first.position, last.position)))
    if not found:
        raise Http404(_("No words stand there."))
    return found


def _passage(
    room: Room, paragraphs: Sequence[Paragraph], start: int | None, end: int | None
) -> citing.Passage:
    """From `start` in the first of these to `end` in the last; None is all of it."""
    texts = [paragraph.text for paragraph in paragraphs]
    texts[-1] = texts[-1][:end]
    texts[0] = texts[0][start:]
    words = [text.strip() for text in texts if text.strip()]
    if not words:
        raise Http404(_("No words stand there."))
    url = _link(reverse("paragraph", args=[paragraphs[0].key]), room)
    return citing.Passage(_work(room.article), words, citing.place_of(paragraphs), url)


def _about(room: Room, root: Annotation) -> citing.Passage:
    """What a thread is about: with its place, where it has one in the text of today."""
    target = root.targets.current().get()
    words = [target.exact] if target.exact else []
    standing = not (target.is_detached or target.whole_article)
    paragraphs = passage_of(root)
    place = citing.place_of(paragraphs) if standing else ""
    url = _link(reverse("paragraph", args=[paragraphs[0].key]), room)
    return citing.Passage(_work(room.article), words, place, url)


def _work(article: Article) -> citing.Work:
    return citing.Work(
        title=article.title,
        creators=article.creators_text,
        series=article.series,
        date=article.date_text,
        source=" ".join(article.source.split()),
    )


def _called(room: Room, found: Annotation) -> str:
    """As the author is called here, or less where they asked for less in what is taken home."""
    user, alias = people_in(room.reading, [found.creator_id])[found.creator_id]
    found.creator = user
    called = byline(found, alias, to_leader=room.leads)
    pseudonymous = room.goes_by_pseudonyms and found.reading_id is not None
    return (
        Names(room.group, Naming.SHOWN)
        .in_reading(room.reading, user.pk, called.aside or called.name, pseudonymous=pseudonymous)
        .name
    )


def _link(path: str, room: Room) -> str:
    return f"{settings.CATENA_URL}{path}?in={room.group.slug}"
