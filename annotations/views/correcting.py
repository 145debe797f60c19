"""A correction: looked at with what it does to the notes, and published."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from annotations.forecast import Forecast, forecast
from annotations.room import Room, enter
from reader import actions
from reader.actions.correcting import DraftMovedOn, describe_correction
from reader.forms.correcting import PublishCorrectionForm
from reader.importing import ImportRefused
from reader.models import Correction
from reader.permissions import require_correcting
from reader.views import person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """What a person's correction changes in the text, and what becomes of the notes."""
    room = enter(request.user, group, article)
    require_correcting(request.user, room.article)
    correction = Correction.objects.visible_to(request.user).open_for(room.article)
    if correction is None:
        return redirect("correct", group, article)
    if correction.base != room.article.text_revision:
        return _moved_on(request, room, correction)
    form = PublishCorrectionForm(sent(request), correction=correction)
    try:
        seen = forecast(person(request), correction)
        if request.method != "POST" or not form.is_valid():
            return _preview(request, room, form, seen)
        return _publish(request, room, form, seen)
    except ImportRefused as refused:
        messages.error(request, str(refused))
        return redirect("correct", group, article)
    except DraftMovedOn:
        return preview(request, group, article)  # it was changed while it was looked at
    except actions.TextMovedOn:
        return _moved_on(request, room, correction)


def _publish(
    request: HttpRequest, room: Room, form: PublishCorrectionForm, expected: Forecast
) -> HttpResponse:
    by, correction = person(request), form.correction
    comment = form.cleaned_data["comment"]
    described = describe_correction(by=by, correction=correction, comment=comment)
    seen = form.cleaned_data["seen"]
    actions.publish_correction(by=by, correction=described, seen=seen)
    messages.success(request, _("The text is corrected."))
    if expected.lost:
        sentence = ngettext(
            "One note has lost its words; it is kept where they were.",
            "%(count)d notes have lost their words; they are kept where these were.",
            expected.lost,
        )
        messages.info(request, sentence % {"count": expected.lost})
    return redirect(room.reading)


def _preview(
    request: HttpRequest, room: Room, form: PublishCorrectionForm, seen: Forecast
) -> HttpResponse:
    context = {"room": room, "form": form, "forecast": seen}
    return render(request, "annotations/correction_preview.html", context, status=form.status)


def _moved_on(request: HttpRequest, room: Room, correction: Correction) -> HttpResponse:
    """Somebody else was faster: nothing is lost, and the person chooses what to do."""
    status = 409 if request.method == "POST" else 200
    context = {"room": room, "reading": room.reading, "correction": correction}
    return render(request, "annotations/correction_moved_on.html", context, status=status)
