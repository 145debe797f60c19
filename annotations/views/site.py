"""The site administrator's part: what waits in which group, looking into one, erasing for good."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotations.forms.site import AskPurgeForm, PurgeForm, StepInForm
from annotations.models import Annotation
from annotations.moderation import purging
from annotations.moderation.stepping_in import STAYS_FOR, step_in
from annotations.permissions import can_ask_purge
from annotations.site import site_for
from annotations.views.notes import note_and_room
from annotations.views.rules import require_site
from reader.models import StudyGroup
from reader.permissions import require
from reader.views import form_page, person, sent, signed_in


@signed_in
@require_safe
def site(request: HttpRequest) -> HttpResponse:
    require_site(request)
    return render(request, "annotations/site.html", {"site": site_for(person(request))})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def look_into(request: HttpRequest, slug: str) -> HttpResponse:
    """Why an administrator moderates a group, said before they do; it ends by itself."""
    require_site(request)
    group = get_object_or_404(StudyGroup, slug=slug)
    form = StepInForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        context = {"group": group, "minutes": int(STAYS_FOR.total_seconds() // 60)}
        return form_page(request, form, "annotations/step_in.html", context)
    step_in(by=person(request), group=group, **form.cleaned_data)
    messages.success(request, _("You moderate this group for an hour. Its owners are told."))
    return redirect("moderation", group.slug)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Erase a note, unread: by what is asked, not by what it says."""
    require_site(request)
    found = get_object_or_404(Annotation.objects.of_groups(), uuid=uuid)
    group = get_object_or_404(StudyGroup, readings=found.reading_id)
    form = PurgeForm(sent(request), group=group)
    if request.method != "POST" or not form.is_valid():
        context = {"annotation": found, "group": group}
        return form_page(request, form, "annotations/purge.html", context)
    purging.purge(by=person(request), annotation=found, **form.cleaned_data)
    messages.success(request, _("Every word of it is gone."))
    return redirect("site")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask_purge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An owner asks the site's administrators to erase a note."""
    found, room = note_and_room(request, uuid)
    allowed = can_ask_purge(room.membership, found)
    require(allowed, _("Only an owner asks to erase a note."))
    form = AskPurgeForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        context = {"annotation": found, "room": room}
        return form_page(request, form, "annotations/ask_purge.html", context)
    purging.ask_purge(by=person(request), annotation=found, **form.cleaned_data)
    messages.success(request, _("The site’s administrators are asked."))
    return redirect("group_log", room.group.slug)
