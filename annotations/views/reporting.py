"""Asking the moderators to look at a note, and taking that back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from annotations.enums import PUBLISHED
from annotations.forms.reporting import ReportForm
from annotations.models import Annotation, Report
from annotations.moderation import MovedOn, reporting
from annotations.permissions import can_report
from annotations.reasons import in_use, reasons_of
from annotations.room import Room
from annotations.threads import thread_of
from annotations.views import wants_fragment
from annotations.views.notes import note_and_room
from reader.limits import TooMany
from reader.permissions import require
from reader.views import person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found, room = note_and_room(request, uuid)
    by = person(request)
    allowed = can_report(by, room.membership, found)
    require(allowed, _("You report what others wrote in a group that you belong to."))
    mine = Report.objects.of(by).on(found).first()
    reasons = in_use(reasons_of(room.group))
    form = ReportForm(sent(request), annotation=found, reasons=reasons, mine=mine)
    if request.method != "POST" or not form.is_valid():
        return _form(request, room, found, form, mine=mine)
    try:
        made = reporting.report(by=by, annotation=found, **form.reported())
    except MovedOn as moved:
        anew = form.about(moved.annotation)
        return _form(request, room, moved.annotation, anew, status=409)
    except TooMany as limit:
        return _too_many(request, room, found, form, limit)
    return _thanks(request, room, made)


@signed_in
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Of whatever words it was that this person reported."""
    mine = list(Report.objects.to_withdraw(request.user, uuid))
    if not mine:
        raise Http404
    for each in mine:
        reporting.withdraw_report(by=person(request), report=each)
    return _said(request, mine[0].annotation, _("Your report is taken back. Nobody is told."))


def _form(
    request: HttpRequest,
    room: Room,
    found: Annotation,
    form: ReportForm,
    *,
    mine: Report | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {
        "room": room,
        "annotation": found,
        "root": found.thread_root,
        "form": form,
        "mine": mine if mine is not None and mine.withdrawn_at is None else None,
        "moved_on": status == 409,
    }
    template = "annotations/report.html"
    if wants_fragment(request):
        template = f"{template}#form"
    else:
        context["thread"] = thread_of(room, found.thread_root)
    return render(request, template, context, status=status or (422 if form.is_bound else 200))


def _too_many(
    request: HttpRequest, room: Room, found: Annotation, form: ReportForm, limit: TooMany
) -> HttpResponse:
    minutes = max(1, -(-limit.seconds // 60))
    form.add_error(None, ngettext(
        "That is a lot of reports within an hour. Send it in a minute.",
        "That is a lot of reports within an hour. Send it in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes})  # fmt: skip
    response = _form(request, room, found, form, status=429)
    response.headers["Retry-After"] = str(limit.seconds)
    return response


def _thanks(request: HttpRequest, room: Room, made: Report) -> HttpResponse:
    if made.answered_at is not None:
        sentence = _("A leader has looked at these words already. Thank you all the same.")
    elif made.annotation.state not in PUBLISHED:
        sentence = _("Thank you. The note is hidden until a leader has decided.")
    else:
        sentence = _("Thank you. A leader will look at it, and you are told what came of it.")
    return _said(request, made.annotation, sentence)


def _said(request: HttpRequest, note: Annotation, sentence: str) -> HttpResponse:
    """In place; without script on the page that it leads back to."""
    if wants_fragment(request):
        return render(request, "annotations/report.html#said", {"sentence": sentence})
    messages.success(request, sentence)
    assert note.reading is not None  # noqa: S101  reports are of what others read
    stands = note.state in PUBLISHED
    return redirect(note if stands else note.reading)
