"""Whom and what somebody would rather not read, for themselves alone."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.models import Annotation, Mute
from annotations.moderation import muting
from annotations.permissions import can_mute
from annotations.room import Room
from annotations.views import wants_fragment
from annotations.views.notes import note_and_room
from reader.permissions import require
from reader.views import group_for, person, signed_in

THREAD = "thread"


@signed_in
@require_POST
def mute(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Mute who wrote a note or, where that is asked, its thread."""
    found, room = note_and_room(request, uuid)
    allowed = can_mute(person(request), room.membership, found)
    require(allowed, _("You mute what others write for the group."))
    is_thread = request.POST.get("what") == THREAD
    muting.mute(by=person(request), annotation=found, thread=is_thread)
    said = (
        _("You have muted this thread. Under People you find what you muted.")
        if is_thread
        else _("You have muted this person. Under People you find whom you muted.")
    )
    messages.success(request, said)
    return _to_its_place(request, room, found)


def _to_its_place(request: HttpRequest, room: Room, found: Annotation) -> HttpResponse:
    """Back to the text, made anew: what is folded now may stand anywhere in it."""
    target = found.thread_root.targets.current().select_related("start_paragraph").get()
    place = f"{room.reading.get_absolute_url()}#p-{target.start_paragraph.key}"
    if not wants_fragment(request):
        return redirect(place)
    # The same address with another fragment would load nothing.
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@signed_in
@require_safe
def mutes(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(membership is not None, _("You don't belong to this group."))
    context = {"group": found, "mutes": muting.muted_by(person(request), found)}
    return render(request, "annotations/mutes.html", context)


@signed_in
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Read them again."""
    mine = Mute.objects.of(person(request)).select_related("group")
    found = get_object_or_404(mine, pk=pk)
    muting.unmute(by=person(request), mute=found)
    messages.success(request, _("Unmuted."))
    return redirect(reverse("mutes", args=[found.group.slug]))
