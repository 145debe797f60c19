"""What became of a note or of somebody's part, for whom it concerns, and the ways on from there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations import actions
from annotations.forms.reconsidering import AnswerForm, AskForm, ResubmitForm
from annotations.messages import decision_for, why
from annotations.models import Annotation, LogEntry, Reconsideration
from annotations.moderation import MovedOn, Refused, reconsidering
from annotations.permissions import (
    can_answer,
    can_edit,
    can_reconsider,
    can_resubmit,
    can_withdraw,
)
from annotations.room import Room
from annotations.views.notes import note_and_room
from reader.limits import TooMany
from reader.permissions import is_leader, membership_of, require
from reader.views import person, sent, signed_in


@signed_in
@require_safe
def note_why(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How a note stands and why, for its author and the leaders. Who can't read it there any more
    is led to what was decided about it, where that concerns them."""
    try:
        found, room = _explained(request, uuid)
    except Http404:
        last = LogEntry.objects.visible_to(request.user).concerning_author(request.user, uuid)
        if (decided := last.first()) is None:
            raise
        return redirect(decided)
    user, told = person(request), why(found, room.group, person(request))
    removal = told.removal
    context = {
        "room": room,
        "annotation": found,
        "why": told,
        "is_own": found.creator_id == user.pk,
        "target": found.thread_root.targets.current().first(),
        "can_resubmit": can_resubmit(user, room.membership, found),
        "can_edit": can_edit(user, room.membership, found),
        "can_delete": can_withdraw(user, found),
        "can_ask": removal is not None and told.is_told(removal) and can_reconsider(user, removal),
    }
    return render(request, "annotations/why.html", context)


def _explained(request: HttpRequest, uuid: UUID) -> tuple[Annotation, Room]:
    """A note that its author or a leader asks about; for everybody else there is nothing."""
    found, room = note_and_room(request, uuid)
    concerned = room.leads or found.creator_id == person(request).pk
    if found.reading_id is None or not concerned:
        raise Http404
    return found, room


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def resubmit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = _explained(request, uuid)
    by = person(request)
    require(can_resubmit(by, room.membership, found), _("This note can’t be sent again."))
    form = ResubmitForm(sent(request), annotation=found)
    if request.method != "POST" or not form.is_valid():
        return _resubmit_form(request, room, found, form, 422 if form.is_bound else 200)
    try:
        actions.resubmit(by=by, annotation=found, **form.cleaned_data)
    except Refused as refused:
        form.add_error("body", refused.sentence)
        return _resubmit_form(request, room, found, form, 422)
    except TooMany as limit:
        return _too_many(request, room, found, form, limit)
    except MovedOn as moved:
        return _resubmit_form(request, room, moved.annotation, form.anew(moved.annotation), 409)
    messages.success(request, _("Sent. A leader looks at it before others see it."))
    return redirect("note_why", uuid)


def _resubmit_form(
    request: HttpRequest, room: Room, found: Annotation, form: ResubmitForm, status: int
) -> HttpResponse:
    told = why(found, room.group, person(request))
    context = {"room": room, "annotation": found, "form": form, "why": told}
    return render(request, "annotations/resubmit.html", context, status=status)


def _too_many(
    request: HttpRequest, room: Room, found: Annotation, form: ResubmitForm, limit: TooMany
) -> HttpResponse:
    form.add_error(None, ngettext(
        "That was a little fast. Send it again in a second.",
        "That was a little fast. Send it again in %(seconds)d seconds.",
        limit.seconds,
    ) % {"seconds": limit.seconds})  # fmt: skip
    response = _resubmit_form(request, room, found, form, 429)
    response.headers["Retry-After"] = str(limit.seconds)
    return response


@signed_in
@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """What was decided about the viewer's note or part, also where they can't come in any more."""
    return _decision_page(request, _decision(request, pk), AskForm())


@signed_in
@require_POST
def reconsider(request: HttpRequest, pk: int) -> HttpResponse:
    found, by = _decision(request, pk), person(request)
    allowed = can_reconsider(by, found)
    require(allowed, _("Only whom a decision is about asks to reconsider it."))
    form = AskForm(request.POST)
    if not form.is_valid():
        return _decision_page(request, found, form, 422)
    reconsidering.ask(by=by, decision=found, **form.cleaned_data)
    messages.success(request, _("Sent. You are told what they answer."))
    return redirect(found)


def _decision(request: HttpRequest, pk: int) -> LogEntry:
    rows = LogEntry.objects.visible_to(request.user).with_whom()
    return get_object_or_404(rows, pk=pk)


def _decision_page(
    request: HttpRequest, entry: LogEntry, form: AskForm, status: int = 200
) -> HttpResponse:
    user = person(request)
    membership = membership_of(user, entry.group)
    told = decision_for(entry, user)
    context = {
        "decision": told,
        "entry": entry,
        "group": entry.group,
        "member": membership,
        "leads": is_leader(membership),
        "can_ask": told.asked is None and not told.is_over and can_reconsider(user, entry),
        "form": form,
    }
    return render(request, "annotations/decision.html", context, status=status)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody asks to reconsider a decision: a leader answers in writing."""
    rows = Reconsideration.objects.visible_to_leader(request.user).with_decision()
    asked, by = get_object_or_404(rows, pk=pk), person(request)
    may_answer = can_answer(by, membership_of(by, asked.group), asked)
    form = AnswerForm(sent(request))
    if request.method != "POST":
        return _answer_page(request, asked, form, may_answer=may_answer)
    require(may_answer, _("Another leader than the one who decided answers this."))
    if not form.is_valid():
        return _answer_page(request, asked, form, may_answer=True, status=422)
    try:
        reconsidering.answer(by=by, reconsideration=asked, **form.answered())
    except reconsidering.AnsweredAlready as faster:
        form.add_error(None, str(faster))
        return _answer_page(request, asked, form, may_answer=True, status=409)
    messages.success(request, _("Answered. The person who asked is told."))
    return redirect("reconsideration_answer", pk)


def _answer_page(
    request: HttpRequest,
    asked: Reconsideration,
    form: AnswerForm,
    *,
    may_answer: bool,
    status: int = 200,
) -> HttpResponse:
    asked.refresh_from_db(fields=["answered_at", "answered_by", "answer", "granted"])
    context = {
        "asked": asked,
        "decision": decision_for(asked.decision, person(request)),
        "group": asked.group,
        "leads": True,
        "may_answer": may_answer,
        "form": form,
    }
    return render(request, "annotations/reconsideration.html", context, status=status)
