"""What a group takes up when it meets, ticked off there; and what came of a thread."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotations import actions
from annotations.answers import answer
from annotations.forms.meeting import ResolveForm
from annotations.meeting import root_on_sheet, sheet_of
from annotations.models import Annotation
from annotations.moderation.admitting import Refused
from annotations.permissions import can_endorse, can_resolve
from annotations.room import Room, enter
from annotations.threads import thread_of
from annotations.views import wants_fragment
from annotations.views.notes import note_and_room
from annotations.ways import Ways
from reader.permissions import require
from reader.views import person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """The sheet; sent to it, one thread is ticked off, or opened again."""
    room = enter(request.user, group, article)
    require(room.membership is not None, _("The meeting sheet is for members of the group."))
    if request.method != "POST":
        return _sheet(request, room)
    root = _root_sent(request, room)
    require(can_resolve(room.membership, root), _why_not_resolve())
    if "undo" in request.POST:
        return _opened_again(request, room, root)
    form = ResolveForm(request.POST, root=root)
    if not form.is_valid():
        return _sheet(request, room, root, form)
    ticked = _resolved(request, root, form)
    return _sheet(request, room, root, form) if ticked is None else _sheet(request, room, ticked)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def resolve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that the thread of a note is finished, or something else of what came of it."""
    found, room = note_and_room(request, uuid)
    root = found.thread_root
    require(can_resolve(room.membership, root), _why_not_resolve())
    form = ResolveForm(sent(request), root=root)
    if request.method != "POST" or not form.is_valid():
        return _form(request, room, root, form)
    resolved = _resolved(request, root, form)
    if resolved is None:
        return _form(request, room, root, form)
    return answer(request, room, resolved, happened="resolved")


def _resolved(request: HttpRequest, root: Annotation, form: ResolveForm) -> Annotation | None:
    """The thread, finished; None where the line isn't taken, and the form says why."""
    try:
        return actions.resolve(by=person(request), root=root, **form.cleaned_data)
    except Refused as why:
        form.add_error("outcome", why.sentence)
        return None


@signed_in
@require_POST
def reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    root = found.thread_root
    require(can_resolve(room.membership, root), _why_not_resolve())
    opened = actions.reopen(by=person(request), root=root)
    return answer(request, room, opened, happened="reopened")


@signed_in
@require_POST
def endorse(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Wonder, too, or take it back: whichever is asked for, else the other than now."""
    found, room = note_and_room(request, uuid)
    ways = Ways(person(request), room, found)
    allowed = can_endorse(ways.user, room.membership, found)
    require(allowed, _("You say this of what others wrote, in words, for those who read here."))
    takes_back = "endorse" not in request.POST and ways.has_endorsed
    if takes_back or "take_back" in request.POST:
        note = actions.unendorse(by=ways.user, annotation=found)
        return answer(request, room, note, happened="unendorsed")
    note = actions.endorse(by=ways.user, annotation=found)
    return answer(request, room, note, happened="endorsed")


def _why_not_resolve() -> str:
    return _("Leaders, and whoever began a thread, resolve it.")


def _form(request: HttpRequest, room: Room, root: Annotation, form: ResolveForm) -> HttpResponse:
    context = {"room": room, "root": root, "form": form}
    name, status = "annotations/resolve.html", 422 if form.is_bound else 200
    if wants_fragment(request):
        return render(request, f"{name}#form", context, status=status)
    return render(request, name, {**context, "thread": thread_of(room, root)}, status=status)


def _root_sent(request: HttpRequest, room: Room) -> Annotation:
    """The root of the thread that a form of the sheet is about; 404 where it isn't there."""
    try:
        root = root_on_sheet(room, UUID(request.POST.get("note", "")))
    except ValueError:
        root = None
    if root is None:
        raise Http404(_("There is no such note."))
    return root


def _opened_again(request: HttpRequest, room: Room, root: Annotation) -> HttpResponse:
    """What was written of it isn't lost: it comes back into its line."""
    was = root.resolution
    opened = actions.reopen(by=person(request), root=root)
    if was and not wants_fragment(request):
        messages.info(request, _("Open again. It said: “%(outcome)s”") % {"outcome": was})
    return _sheet(request, room, opened, was=was)


def _sheet(
    request: HttpRequest,
    room: Room,
    changed: Annotation | None = None,
    form: ResolveForm | None = None,
    was: str = "",
) -> HttpResponse:
    """The page; for htmx the one item that changed; the way back to it after a plain form."""
    status = 422 if form is not None else 200
    fragment = changed is not None and wants_fragment(request)
    if changed is not None and form is None and not fragment:
        where = redirect("meeting", room.group.slug, room.article.slug)
        where.headers["Location"] += f"#i-{changed.uuid}"
        return where
    sheet = sheet_of(room)
    context: dict[str, Any] = {"room": room, "sheet": sheet, "form": form, "was": was}
    name = "annotations/meeting.html"
    if changed is None or not fragment:
        return render(request, name, context, status=status)
    context["item"] = item = sheet.item(changed)
    if item is None:  # its place was among what was settled, and it fits no other part
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    response = render(request, f"{name}#answer", context, status=status)
    ticked = {"item": f"i-{changed.uuid}", "done": item.is_done and form is None}
    response.headers["HX-Trigger-After-Settle"] = json.dumps({"catena:ticked": ticked})
    return response
