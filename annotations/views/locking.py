"""A thread that takes no replies for a while."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.answers import answer
from annotations.forms.locking import LockForm
from annotations.models import Annotation
from annotations.moderation import locking
from annotations.permissions import can_lock, is_locked
from annotations.room import Room
from annotations.threads import thread_of
from annotations.views import wants_fragment
from annotations.views.notes import note_and_room
from reader.permissions import require
from reader.views import person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def lock(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Pause the thread of a note, change until when, or open it again."""
    found, room = note_and_room(request, uuid)
    root = found.thread_root
    require(can_lock(room.membership, root), _("Only the group's leaders pause a thread."))
    if "open" in request.POST:
        return answer(request, room, locking.unlock(by=person(request), root=root))
    form = LockForm(sent(request), root=root)
    if request.method != "POST" or not form.is_valid():
        return _page(request, room, root, form)
    locked = locking.lock(by=person(request), root=root, until=form.until_chosen)
    return answer(request, room, locked)


def _page(request: HttpRequest, room: Room, root: Annotation, form: LockForm) -> HttpResponse:
    context = {
        "room": room,
        "annotation": root,
        "root": root,
        "form": form,
        "is_locked": is_locked(root),
    }
    name, status = "annotations/lock.html", 422 if form.is_bound else 200
    if wants_fragment(request):
        return render(request, f"{name}#form", context, status=status)
    return render(request, name, {**context, "thread": thread_of(room, root)}, status=status)
