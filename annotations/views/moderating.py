"""Moderating: the queue, and decisions made there or in place."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations import moderation
from annotations.answers import answer
from annotations.decisions import said_of, since_then, undo_for
from annotations.enums import Outcome, Rule, Verb
from annotations.forms.moderating import REMOVE_ALL, BulkForm, DecideForm, wanted_in
from annotations.models import Annotation, Case, LogEntry
from annotations.models.moderation import MAX_SENTENCE
from annotations.moderation import Decided, MovedOn, Results, words
from annotations.permissions import can_decide, can_moderate, verbs_for
from annotations.querysets import GONE, AnnotationQuerySet
from annotations.queue import (
    DECISION,
    choices_of,
    counts_of,
    queue_of,
    waiting_about,
)
from annotations.reasons import reasons_of
from annotations.room import Room, enter_for_note
from annotations.threads import thread_of
from annotations.views import in_group, wants_fragment
from reader.models import StudyGroup, User
from reader.permissions import require
from reader.views import group_for, person, sent, signed_in


@signed_in
@require_safe
def queue(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_moderate(membership), _("Only the group’s leaders moderate."))
    user, wanted = person(request), wanted_in(request.GET, found)
    context = {
        "group": found,
        "leads": True,
        "queue": queue_of(user, found, wanted),
        "choices": choices_of(user, found, wanted),
        "rules": Rule.choices,
        "bulk": BulkForm(group=found),
        "next": request.get_full_path(),
    }
    return render(request, "annotations/queue.html", context)


@signed_in
@require_POST
def bulk(request: HttpRequest, group: str) -> HttpResponse:
    """One decision about several notes; the answer lists what was done and what wasn't."""
    found, membership = group_for(request, group)
    require(can_moderate(membership), _("Only the group’s leaders moderate."))
    by = person(request)
    notes = _decidable(by, Annotation.objects.visible_to(by))
    form = BulkForm(request.POST, group=found, notes=notes)
    back = next_of(request) or reverse("moderation", args=[found.slug])
    context: dict[str, Any] = {"group": found, "leads": True, "form": form, "next": back}
    if not form.is_valid():
        return render(request, "annotations/queue_bulk.html", context, status=422)
    results = moderation.decide_all(by=by, group=found, **form.decision())
    context["results"] = results
    context["undo_for"] = undo_for(by, results.entry)
    return render(request, "annotations/queue_results.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, uuid: UUID) -> HttpResponse:
    note, room = _to_decide(request, uuid)
    allowed = can_decide(person(request), room.membership, note)
    require(allowed, _("Leaders decide about the notes of others in their group."))
    verb = request.GET.get("verb", "")
    form = DecideForm(sent(request), note=note, group=room.group, verb=verb)
    if request.method != "POST" or not form.is_valid():
        return _form(request, room, note, form)
    try:
        done = _decided(request, note, form)
    except MovedOn as moved:
        return _moved_on(request, room, moved, form)
    return _answer(request, room, done)


def _decided(request: HttpRequest, note: Annotation, form: DecideForm) -> Decided:
    data, by = form.cleaned_data, person(request)
    seen, why = data["seen"], form.why()
    if data["verb"] == REMOVE_ALL:
        if note.version != seen:
            raise MovedOn(note, None)  # its replies don't go without it
        return _all_of(moderation.remove_with_replies(by=by, root=note, seen=seen, **why), note)
    if data["verb"] == Verb.DECLINE_EDIT:
        return moderation.decline_edit(by=by, annotation=note, seen=seen, **why)
    if data["verb"] == Verb.IGNORE:
        outcome = Outcome(data["outcome"] or Outcome.IGNORED)
        return moderation.ignore(by=by, annotation=note, seen=seen, outcome=outcome)
    verb = Verb(data["verb"])
    return moderation.decide(by=by, annotation=note, verb=verb, seen=seen, **why)


def _all_of(results: Results, root: Annotation) -> Decided:
    root.refresh_from_db()
    return Decided(root, results.entry)


@signed_in
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own decision, within half a minute."""
    user = person(request)
    entry = _entry(request, pk)
    try:
        moderation.undo(by=user, entry=entry)
    except MovedOn as moved:
        return _too_late(request, entry, moved)
    note = entry.annotation
    if note is None or not wants_fragment(request):
        messages.success(request, _("Taken back: it is as it was."))
        return _back(request, entry.group, note)
    note.refresh_from_db()
    room = enter_for_note(user, note.uuid)
    if not next_of(request):
        return answer(request, room, note, repaint=True)
    waiting = waiting_about(user, room.group, note)
    context = _fragment(request, room.group, room=room, waiting=waiting, note=note)
    name = "annotations/_case.html" if waiting else "annotations/_decided.html"
    return render(request, name, context)


@signed_in
@require_POST
def reverse_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring back what a decision took, at any time."""
    entry = _entry(request, pk)
    sentence = request.POST.get("sentence", "").strip()[:MAX_SENTENCE]
    try:
        moderation.reverse_decision(by=person(request), entry=entry, sentence=sentence)
    except MovedOn as moved:
        return _too_late(request, entry, moved)
    messages.success(request, _("Restored."))
    return _back(request, entry.group, None)


def _entry(request: HttpRequest, pk: int) -> LogEntry:
    rows = LogEntry.objects.visible_to(request.user).select_related(*DECISION, "group")
    return get_object_or_404(rows, pk=pk)


def _to_decide(request: HttpRequest, uuid: UUID) -> tuple[Annotation, Room]:
    related = ("creator", "reading__group", "reading__article", "root", "circle")
    user = person(request)
    room = enter_for_note(user, uuid, in_group(request))
    notes = _decidable(user, Annotation.objects.visible_in(room).filter(uuid=uuid))
    return get_object_or_404(notes.select_related(*related), uuid=uuid), room


def _decidable(user: User, visible: AnnotationQuerySet) -> AnnotationQuerySet:
    """Those of what this person reads, and what waits for their decision though it was deleted."""
    waiting = Case.objects.open().led_by(user)
    return Annotation.objects.filter(
        Q(pk__in=visible.values("pk")) | Q(pk__in=waiting.values("annotation"))
    )


def _form(request: HttpRequest, room: Room, note: Annotation, form: DecideForm) -> HttpResponse:
    edit = words.waiting(note)
    context = {
        "room": room,
        "annotation": note,
        "root": note.thread_root,
        "form": form,
        "verbs": verbs_for(note, edit_waits=edit is not None, in_case=note.cases.open().exists()),
        "next": next_of(request),
        "thread": None if wants_fragment(request) else thread_of(room, note.thread_root),
    }
    name = "annotations/decide.html"
    status = 422 if form.is_bound else 200
    if not wants_fragment(request):
        return render(request, name, context, status=status)
    response = render(request, f"{name}#form", context, status=status)
    if form.is_bound and context["next"]:
        # Only the form comes back, not what it stands in.
        response.headers["HX-Retarget"] = f"#d-{note.uuid}"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _answer(request: HttpRequest, room: Room, done: Decided) -> HttpResponse:
    sentence = said_of(done)
    if not wants_fragment(request):
        messages.success(request, sentence)
        return _back(request, room.group, done.note)
    if not next_of(request):
        return answer(request, room, done.note, repaint=True)
    left = undo_for(person(request), done.entry) if done.entry and not done.already else 0
    context = _fragment(
        request, room.group, room=room, note=done.note, entry=done.entry, sentence=sentence,
        undo_for=left,
    )  # fmt: skip
    return render(request, "annotations/_decided.html", context)


def _moved_on(request: HttpRequest, room: Room, moved: MovedOn, form: DecideForm) -> HttpResponse:
    """Somebody else was faster, or the author changed it: nothing is decided, and both ways on
    are there."""
    since = since_then(moved.annotation, form.cleaned_data, reasons_of(room.group))
    context = {"room": room, "since": since, "form": form, "next": next_of(request)}
    fragment = wants_fragment(request)
    name = "annotations/_moved_on.html" if fragment else "annotations/decide_moved_on.html"
    return render(request, name, context, status=409)


def _too_late(request: HttpRequest, entry: LogEntry, moved: MovedOn) -> HttpResponse:
    """What was to be taken back or restored has been changed by somebody else."""
    messages.error(request, str(moved))
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": _way_back(request, entry.group)})
    return redirect(_way_back(request, entry.group))


def _fragment(request: HttpRequest, group: StudyGroup, **shown: Any) -> dict[str, Any]:
    counts = counts_of(person(request), group)
    return {"group": group, "counts": counts, "next": next_of(request), **shown}


def next_of(request: HttpRequest) -> str:
    """The page of this site to which somebody wants to return, if they said so."""
    way = request.POST.get("next") or request.GET.get("next") or ""
    ours = way.startswith("/") and url_has_allowed_host_and_scheme(way, allowed_hosts=None)
    return way if ours and way.isprintable() else ""


def _way_back(request: HttpRequest, group: StudyGroup) -> str:
    return next_of(request) or reverse("moderation", args=[group.slug])


def _back(request: HttpRequest, group: StudyGroup, note: Annotation | None) -> HttpResponse:
    """To where somebody came from; from a note's own page to its place."""
    way = next_of(request)
    if not way and note is not None and note.state not in GONE:
        way = f"{note.get_absolute_url()}?{urlencode({'in': group.slug})}"
    return redirect(way or reverse("moderation", args=[group.slug]))
