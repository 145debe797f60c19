"""Notes from a file: received, looked at, brought in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from annotations.forms.importing import GroupFileForm, NotesFileForm, WhoForm
from annotations.importing import arriving
from annotations.importing.arriving import Done, Parsed
from annotations.importing.foreign.incoming import NotNotes
from annotations.models import NotesImport
from annotations.permissions import require_importing
from annotations.records import Archive, BadArchive
from reader import limits
from reader.actions import TextMovedOn
from reader.models import Reading, StudyGroup
from reader.views import form_page, group_for, person, signed_in

UNREADABLE = (BadArchive, NotNotes)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, group: str) -> HttpResponse:
    """A file for a group that is there."""
    found, membership = group_for(request, group)
    require_importing(person(request), found)
    readings = Reading.objects.visible_to(request.user).with_titles().filter(group=found)
    wanted = {"reading": readings.filter(article__slug=request.GET.get("article", "")).first()}
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = NotesFileForm(*given, initial=wanted, readings=readings)
    context = {"group": found, "membership": membership}
    return _received(request, form, "annotations/notes_import_new.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_group(request: HttpRequest) -> HttpResponse:
    """A group, as an archive has it."""
    form = GroupFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    return _received(request, form, "annotations/group_import_new.html", {"group": None})


def _received(
    request: HttpRequest, form: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """On to what was made of a file, or back to the form with why nothing could be."""
    if not form.is_valid():
        return form_page(request, form, template, context)
    file = form.cleaned_data["file"]
    try:
        arrived = arriving.receive(
            by=person(request),
            file=file,
            filename=file.name or "",
            group=context["group"],
            reading=form.cleaned_data.get("reading"),
        )
    except UNREADABLE as why:
        form.add_error("file", str(why))
        return form_page(request, form, template, context)
    except limits.TooMany as limit:
        return _too_many(request, form, template, context, limit)
    return redirect(arrived)


def _too_many(
    request: HttpRequest,
    form: Any,
    template: str,
    context: dict[str, Any],
    limit: limits.TooMany,
) -> HttpResponse:
    minutes = -(-limit.seconds // 60)
    sentence = _("That were many files within an hour. Send the next one in %(minutes)d min.")
    form.add_error(None, sentence % {"minutes": minutes})
    response = render(request, template, {"form": form, **context}, status=429)
    response.headers["Retry-After"] = str(limit.seconds)
    return response


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def notes_import(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What would be brought in, and the button; the address says which of the people one is."""
    found = get_object_or_404(NotesImport.objects.visible_to(request.user).with_titles(), pk=pk)
    if found.done_at is not None:
        return redirect(found.group or "home")
    try:
        parsed = arriving.contents(found)
        form = WhoForm({"me": request.GET.get("me", "")}, people=_people(parsed))
        if not form.is_valid():
            return _looked_at(request, found, parsed, form, None, status=422)
        me = form.cleaned_data["me"]
        if request.method == "POST":
            done = arriving.bring(by=person(request), arrived=found, me=me)
            return _brought(request, done, begun=found.group is None)
        plan = arriving.plan(by=person(request), arrived=found, parsed=parsed, me=me)
        return _looked_at(request, found, parsed, form, plan)
    except UNREADABLE as why:
        return _refused(request, found, str(why))
    except TextMovedOn:
        return _refused(request, found, _("The group reads another copy of this text since."))


def _people(parsed: Parsed) -> list[tuple[str, str]]:
    """Whoever wrote what is in a file and has a name, by what the file knows them by."""
    if isinstance(parsed, Archive):
        return [(str(each.id), each.name) for each in parsed.people if each.name]
    return [(each.key, each.name or each.key) for each in parsed.people.values()]


def _looked_at(
    request: HttpRequest,
    found: NotesImport,
    parsed: Parsed,
    form: WhoForm,
    plan: Any,
    *,
    status: int = 200,
) -> HttpResponse:
    part = "#plan" if getattr(request, "htmx", False) else ""
    context = {
        "arrived": found, "form": form, "plan": plan, "is_archive": isinstance(parsed, Archive),
        "archive": parsed if isinstance(parsed, Archive) else None, "me": form["me"].value() or "",
        "why": "",
    }  # fmt: skip
    return render(request, f"annotations/notes_import.html{part}", context, status=status)


def _refused(request: HttpRequest, found: NotesImport, why: str) -> HttpResponse:
    """Nothing is written; the file is still there, to be thrown away or tried anew."""
    context = {
        "arrived": found, "why": why, "plan": None, "form": None, "is_archive": False,
        "archive": None, "me": "",
    }  # fmt: skip
    return render(request, "annotations/notes_import.html", context, status=422)


def _brought(request: HttpRequest, done: Done | None, *, begun: bool) -> HttpResponse:
    """On to the guests, where somebody of the group can be asked about them; one that has just
    `begun` has nobody yet."""
    if done is None:
        messages.info(request, _("That was done already."))
        return redirect("home")
    said = ngettext(
        "%(count)d note was brought in.", "%(count)d notes were brought in.", done.notes
    ) % {"count": done.notes}
    if done.known:
        said += " " + ngettext(
            "%(count)d was there already.", "%(count)d were there already.", done.known
        ) % {"count": done.known}
    if done.guests and begun:
        said += " " + _("Whoever else wrote them is a guest here: once they have come, ask them,"
                        " under People, whether these are theirs.")  # fmt: skip
    messages.success(request, said)
    if done.guests and not begun:
        return redirect("guests", done.group.slug)
    return redirect(done.group if begun else done.reading or done.group)


@signed_in
@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(NotesImport.objects.visible_to(request.user), pk=pk)
    group: StudyGroup | None = found.group
    arriving.discard(by=person(request), arrived=found)
    messages.success(request, _("Thrown away. Nothing was brought in."))
    return redirect(group or "home")
