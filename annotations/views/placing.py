"""Which words a note is about: what became of them, and choosing them anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotations import actions
from annotations.answers import answer
from annotations.enums import AnchorState
from annotations.forms import WHOLE, NewPlaceForm, as_measured, sentences_of
from annotations.layers import passage_of
from annotations.models import Annotation, Target
from annotations.permissions import can_place
from annotations.room import Room, enter
from annotations.threads import thread_of
from annotations.views import wants_fragment
from annotations.views.notes import note_and_room
from annotations.whereabouts import Whereabouts, looks, proposed
from reader.actions import TextMovedOn
from reader.models import Paragraph
from reader.permissions import require
from reader.views import person, sent, sign_in_to_see, signed_in

LOOKS_A_PAGE = 50


@require_safe
@sign_in_to_see
def words(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A note's words as they were chosen and as they are now."""
    root, room, target = _root(request, uuid)
    context = {
        "room": room,
        "annotation": root,
        "where": Whereabouts.of(room, root),
        "can_place": _may_place(request, room, root, target),
        "proposal": None if target.is_detached else _proposal(room, root, target),
    }
    name = "annotations/words.html"
    return render(request, f"{name}#words" if wants_fragment(request) else name, context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, uuid: UUID) -> HttpResponse:
    root, room, target = _root(request, uuid)
    allowed = _may_place(request, room, root, target)
    require(
        allowed, _("Only its author, or a leader once its words have changed, places a note anew.")
    )
    form = NewPlaceForm(sent(request), room=room, paragraph=_asked_for(request, room, target))
    if not form.is_valid() or form.range is None:
        return _form(request, room, root, target, form)
    left = passage_of(root)
    try:
        placed = actions.place(by=person(request), annotation=root, where=form.range)
    except TextMovedOn:
        return place(request, uuid)  # the form was read before a correction
    if not wants_fragment(request):
        messages.success(request, _("The note has its place."))
        if "look" in request.POST:
            return redirect("need_a_look", room.group.slug, room.article.slug)
    return answer(
        request, room, placed, repaint=True, left=left, corrected=form.was_of_earlier_text
    )


@signed_in
@require_safe
def look(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """The notes that a correction of the text left without their words, or not surely with them."""
    room = enter(request.user, group, article)
    found = Paginator(Target.objects.to_look_at(room), LOOKS_A_PAGE)
    page = found.get_page(request.GET.get("page"))
    context = {"room": room, "page": page, "looks": looks(room, list(page))}
    return render(request, "annotations/look.html", context)


def _root(request: HttpRequest, uuid: UUID) -> tuple[Annotation, Room, Target]:
    """A note that has words of its own to be about; a reply has none."""
    root, room = note_and_room(request, uuid)
    places = root.targets.current().select_related("start_paragraph", "end_paragraph")
    target = places.first()
    if target is None:
        raise Http404
    root.article = room.article
    return root, room, target


def _may_place(request: HttpRequest, room: Room, root: Annotation, target: Target) -> bool:
    known = request.user.is_authenticated
    return known and can_place(person(request), room.membership, root, target)


def _asked_for(request: HttpRequest, room: Room, target: Target) -> Paragraph:
    """The paragraph that is named by its number; else where the note stands."""
    standing = Paragraph.objects.standing().filter(article=room.article)
    number = request.GET.get("number", "")
    if not number.isdecimal():
        return target.start_paragraph
    found = standing.filter(number=number).first() if len(number) < 9 else None
    if found is None:
        messages.error(request, _("There is no paragraph %(number)s.") % {"number": number[:9]})
    return found or target.start_paragraph


def _form(
    request: HttpRequest,
    room: Room,
    root: Annotation,
    target: Target,
    form: NewPlaceForm,
) -> HttpResponse:
    paragraph, chosen = form.offered, form["sentence"].value()
    context: dict[str, Any] = {
        "room": room,
        "annotation": root,
        "target": target,
        "where": Whereabouts.of(room, root),
        "thread": thread_of(room, root),
        "form": form,
        "paragraph": paragraph,
        "whole": chosen == WHOLE,
        "sentences": [
            (f"{start}-{end}", paragraph.text[start:end], chosen == f"{start}-{end}")
            for start, end in sentences_of(paragraph)
        ],
        "proposal": _proposal(room, root, target),
        "look": "look" in request.GET or "look" in request.POST,
    }
    name = "annotations/place.html"
    shown = f"{name}#form" if wants_fragment(request) else name
    return render(request, shown, context, status=422 if form.is_bound else 200)


def _proposal(room: Room, root: Annotation, target: Target) -> dict[str, object] | None:
    """What accepting the words that a note nearly has would send."""
    where = None if target.anchor_state == AnchorState.EXACT else proposed(root, target)
    if where is None:
        return None
    return {**as_measured(where), "revision": room.article.text_revision}
