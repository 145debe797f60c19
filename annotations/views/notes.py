"""A note's own addresses: where it stands, what can be done with it, and the forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from annotations import actions
from annotations.answers import answer
from annotations.bylines import byline, people_in
from annotations.forms import AnnotationForm, EditForm, ReplyForm, answered_to, sentences_of
from annotations.layers import passage_of
from annotations.models import Annotation
from annotations.moderation import Refused
from annotations.permissions import (
    can_edit,
    can_reply,
    can_take_back,
    can_withdraw,
    could_reply,
    could_reply_privately,
    why_only_reading,
    why_paused,
)
from annotations.room import Room, enter, enter_for_note
from annotations.threads import thread_of
from annotations.views import in_group, paragraph_in, slug_in, wants_fragment
from annotations.ways import Ways
from reader.actions import TextMovedOn
from reader.limits import TooMany
from reader.models import Paragraph
from reader.permissions import require
from reader.views import person, sent, sign_in_to_see, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def annotate(request: HttpRequest, group: str, article: str) -> HttpResponse:
    room = enter(request.user, group, article)
    require(room.may_write, room.why_only_reading)
    if request.method != "POST":
        fresh = _fresh_form(request, room)
        if sentence := fresh.refusal():
            return render(request, "annotations/_refused.html", {"sentence": sentence}, status=422)
        return _annotate_form(request, room, fresh)
    form = AnnotationForm(request.POST, room=room)
    if not form.is_valid() or form.range is None:
        return _annotate_form(request, room, form, status=422)
    try:
        written = actions.annotate(
            by=person(request), reading=room.reading, where=form.range, **form.words()
        )
    except TextMovedOn:
        return annotate(request, group, article)  # the form was read before a correction
    except (Refused, TooMany) as stopped:
        page = partial(_annotate_form, request, room, form, status=422)
        return _turned_away(form, stopped, page)
    return answer(
        request, room, written, is_new=True, repaint=True, corrected=form.was_of_earlier_text
    )


def _fresh_form(request: HttpRequest, room: Room) -> AnnotationForm:
    # A page that says which text it shows may show a paragraph that was taken out since.
    or_stood = "revision" in request.GET
    paragraph = paragraph_in(room, slug_in(request.GET.get("start_key")), or_stood=or_stood)
    given = {
        name: request.GET[name]
        for name in ("motivation", "category", "end_key", "start", "end", "about", "revision")
        if name in request.GET
    }
    if "start" in given:
        given["sentence"] = ""
    return AnnotationForm.fresh(room, paragraph, **given)


def _annotate_form(
    request: HttpRequest, room: Room, form: AnnotationForm, status: int = 200
) -> HttpResponse:
    key = slug_in(form["start_key"].value())
    paragraph = Paragraph.objects.filter(article=room.article).by_key(key).get(key)
    text = paragraph.text if paragraph else ""
    chosen = form["sentence"].value()
    context = {
        "room": room,
        "form": form,
        "paragraph": paragraph,
        "sentences": [
            (f"{start}-{end}", text[start:end], chosen == f"{start}-{end}")
            for start, end in (sentences_of(paragraph) if paragraph else ())
        ],
        "whole": chosen == "whole",
        "quote": "" if (words := form.quoted()) == text else words,
    }
    return _form_answer(request, "annotations/annotate.html", context, status)


@require_safe
@sign_in_to_see
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The lasting address of a note: its reading, opened at it."""
    room = enter_for_note(request.user, uuid, in_group(request))
    found = get_object_or_404(Annotation.objects.visible_in(room), uuid=uuid)
    where = urlencode({"note": found.uuid})
    return HttpResponseRedirect(f"{room.reading.get_absolute_url()}?{where}#n-{found.uuid}")


@require_safe
@sign_in_to_see
def thread(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    whole = thread_of(room, found.thread_root)
    if whole is None:
        raise Http404
    context = {"room": room, "thread": whole, "open": True}
    name = "annotations/_thread.html" if wants_fragment(request) else "annotations/thread.html"
    return render(request, name, context)


@require_safe
@sign_in_to_see
def menu(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What this person can do with a note; fetched when asked for, so that notes stay the same
    for everybody."""
    found, room = note_and_room(request, uuid)
    ways = Ways(person(request), room, found) if request.user.is_authenticated else None
    context = {"room": room, "annotation": found, "ways": ways}
    name = "annotations/menu.html"
    return render(request, f"{name}#items" if wants_fragment(request) else name, context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    # Who was writing when the thread was paused gets the words back, and why.
    may = could_reply if request.method == "POST" else can_reply
    require(may(room.membership, found), _why_no_reply(room, found))
    private = could_reply_privately(room.membership, found)
    form = ReplyForm(sent(request), parent=found, private=private)
    if request.method != "POST" or not form.is_valid():
        return _reply_form(request, room, found, form)
    try:
        written = actions.reply(by=person(request), parent=found, **form.cleaned_data)
    except (Refused, TooMany) as stopped:
        return _turned_away(form, stopped, partial(_reply_form, request, room, found, form))
    return answer(request, room, written)


def _reply_form(
    request: HttpRequest, room: Room, found: Annotation, form: ReplyForm
) -> HttpResponse:
    to = _called(room, found)
    said = {"to": to, "audience": answered_to(room, found, to)}
    return _note_form(request, room, found, form, "annotations/reply.html", **said)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    allowed = can_edit(person(request), room.membership, found)
    require(allowed, _("Only its author edits a note."))
    form = EditForm(sent(request), annotation=found)
    if request.method != "POST" or not form.is_valid():
        return _note_form(request, room, found, form, "annotations/edit.html")
    try:
        changed = actions.edit(by=person(request), annotation=found, **form.cleaned_data)
    except (Refused, TooMany) as stopped:
        page = partial(_note_form, request, room, found, form, "annotations/edit.html")
        return _turned_away(form, stopped, page)
    return answer(request, room, changed, repaint=True)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    require(can_withdraw(person(request), found), _("Only its author deletes a note."))
    if request.method != "POST":
        return _note_form(request, room, found, Form(), "annotations/delete.html")
    gone = actions.withdraw(by=person(request), annotation=found)
    return answer(request, room, gone, repaint=True)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One's own note, just deleted: it comes back as it was, for half a minute."""
    own = Annotation.objects.withdrawn_by(request.user).select_related("reading__group", "root")
    found = get_object_or_404(own, uuid=uuid)
    room = enter_for_note(request.user, uuid, in_group(request))
    if request.method != "POST":
        context = {"room": room, "annotation": found, "paragraph": passage_of(found.thread_root)[0]}
        context["is_there"] = can_take_back(person(request), found)
        return render(request, "annotations/take_back.html", context)
    back = actions.take_back(by=person(request), annotation=found)
    stands_alone = back.is_root and not back.thread.exists()
    return answer(request, room, back, is_new=stands_alone, repaint=True)


@require_safe
@sign_in_to_see
def history(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Earlier words of a note, for everybody who may read its present ones."""
    found, room = note_and_room(request, uuid)
    revisions = found.revisions.superseded().order_by("-number")
    context = {"room": room, "annotation": found, "revisions": revisions}
    return render(request, "annotations/history.html", context)


def note_and_room(request: HttpRequest, uuid: UUID) -> tuple[Annotation, Room]:
    """A note that this person may read, and the room it is read in."""
    room = enter_for_note(request.user, uuid, in_group(request))
    related = ("creator", "reading__group", "root", "circle")
    notes = Annotation.objects.visible_in(room).select_related(*related)
    return get_object_or_404(notes, uuid=uuid), room


def _why_no_reply(room: Room, found: Annotation) -> str:
    said = why_only_reading(room.membership) or why_paused(found.thread_root)
    return said or _("This thread takes no replies.")


def _turned_away(
    form: Form, stopped: Refused | TooMany, page: Callable[[], HttpResponse]
) -> HttpResponse:
    """The form again with everything that was typed, and why it isn't taken, or not yet."""
    if isinstance(stopped, Refused):
        form.add_error("body", stopped.sentence)
        return page()
    sentence = ngettext(
        "You write faster than this site takes it. Try again in a second; your words stay here.",
        "You write faster than this site takes it. Try again in %(count)d seconds; your words "
        "stay here.",
        stopped.seconds,
    )
    form.add_error(None, sentence % {"count": stopped.seconds})
    response = page()
    response.status_code = 429
    response.headers["Retry-After"] = str(stopped.seconds)
    return response


def _called(room: Room, found: Annotation) -> str:
    """What the author of a note is called in the room."""
    user, alias = people_in(room.reading, [found.creator_id])[found.creator_id]
    found.creator = user
    return byline(found, alias, to_leader=room.leads).name


def _note_form(
    request: HttpRequest, room: Room, found: Annotation, form: Form, template: str, **said: str
) -> HttpResponse:
    root = found.thread_root
    context: dict[str, Any] = {"room": room, "annotation": found, "root": root, "form": form}
    if not wants_fragment(request):
        context["thread"] = thread_of(room, root)
    return _form_answer(request, template, {**context, **said}, 422 if form.is_bound else 200)


def _form_answer(
    request: HttpRequest, template: str, context: dict[str, Any], status: int
) -> HttpResponse:
    name = f"{template}#form" if wants_fragment(request) else template
    return render(request, name, context, status=status)
