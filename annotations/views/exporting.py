"""What is taken home: chosen, looked at, downloaded."""

from __future__ import annotations

from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.enums import ExportFormat
from annotations.exporting import making
from annotations.exporting.asking import filters_of
from annotations.exporting.choosing import chosen
from annotations.exporting.gathering import everything
from annotations.exporting.notebook import Notebook
from annotations.exporting.registry import media_type_of, why_not
from annotations.exporting.scope import Scope
from annotations.exporting.writing import CannotWrite
from annotations.forms.exporting import ExportForm
from annotations.models import Export
from annotations.moderation.pace import require_export_pace
from reader import limits
from reader.permissions import require
from reader.views import group_for, person, signed_in
from reader.views.readings import reading_for

AS_TEXT = (
    ExportFormat.MARKDOWN, ExportFormat.CSV, ExportFormat.READWISE, ExportFormat.JSON_LD,
)  # fmt: skip
THREADS_SHOWN, BYTES_SHOWN = 3, 2_000


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_group(request: HttpRequest, group: str) -> HttpResponseBase:
    found, membership = group_for(request, group)
    require(membership is not None, _("Only people of the group take its notes home."))
    return _export(request, Scope(person(request), found))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_reading(request: HttpRequest, group: str, article: str) -> HttpResponseBase:
    found, membership = reading_for(request, group, article)
    require(membership is not None, _("Only people of the group take its notes home."))
    return _export(request, Scope(person(request), found.group, found))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_oneself(request: HttpRequest) -> HttpResponseBase:
    return _export(request, Scope(person(request)))


def _export(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """The choice, with what comes of it; sent, the file, or the page of one that takes a while.
    The address says all that is chosen, also where a file is asked for."""
    query = _asked(request)
    filters = filters_of(query)
    notebook = everything(scope, filters)
    form = ExportForm(query, scope=scope, everything=notebook, shut=_impossible())
    if not form.is_valid():
        return _page(request, scope, form, status=422)
    if request.method != "POST":
        return _page(request, scope, form, notebook=chosen(notebook))
    code = form.cleaned_data["format"]
    try:
        return _taken(request, scope, query, code)
    except limits.TooMany as limit:
        return _too_many(request, scope, form, limit)
    except CannotWrite as why:
        form.add_error(None, str(why))
        return _page(request, scope, form, status=422)


def _asked(request: HttpRequest) -> QueryDict:
    """With a format in any case, so that the first look has one."""
    query = request.GET.copy()
    query.setdefault("format", ExportFormat.EDITION)
    return query


def _taken(request: HttpRequest, scope: Scope, query: QueryDict, code: str) -> HttpResponseBase:
    by = person(request)
    if making.takes_long(scope, code):
        return redirect(making.ask(by=by, scope=scope, code=code, query=query.urlencode()))
    require_export_pace(by)
    made = making.make(scope, filters_of(query), code)
    return _download(made.file, made.filename)


def _page(
    request: HttpRequest,
    scope: Scope,
    form: ExportForm,
    *,
    notebook: Notebook | None = None,
    status: int = 200,
) -> HttpResponse:
    code = form.query.get("format", "")
    context = {
        "form": form, "scope": scope, "notebook": notebook, "query": form.query.urlencode(),
        "is_archive": code == ExportFormat.ARCHIVE, "text": "", "threads": [],
        "format_name": ExportFormat(code).label if code in ExportFormat.values else "",
        "takes_long": notebook is not None and making.takes_long(scope, code),
        "earlier": Export.objects.visible_to(scope.user).of(scope.group, scope.reading)[:3],
    }  # fmt: skip
    if notebook is not None:
        context |= _beginning(notebook, code)
    part = "#preview" if getattr(request, "htmx", False) else ""
    return render(request, f"annotations/export.html{part}", context, status=status)


def _beginning(notebook: Notebook, code: str) -> dict[str, Any]:
    """What a file begins with: its own first words where it is text, else its first threads."""
    if code in AS_TEXT:
        return {"text": making.first_words(notebook, code, BYTES_SHOWN), "threads": []}
    threads = ((chapter, thread) for chapter in notebook.chapters for thread in chapter.threads)
    return {"text": "", "threads": list(islice(threads, THREADS_SHOWN))}


def _impossible() -> dict[str, str]:
    """The formats that this machine can't make, and why."""
    return {code: why for code in ExportFormat.values if (why := why_not(code))}


def _too_many(
    request: HttpRequest, scope: Scope, form: ExportForm, limit: limits.TooMany
) -> HttpResponse:
    minutes = -(-limit.seconds // 60)
    form.add_error(
        None,
        _("That were many files within an hour. Take the next one in %(minutes)d min.")
        % {"minutes": minutes},
    )
    response = _page(request, scope, form, status=429)
    response.headers["Retry-After"] = str(limit.seconds)
    return response


@signed_in
@require_safe
def export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a file is, and the way to it."""
    found = get_object_or_404(Export.objects.visible_to(request.user).with_titles(), pk=pk)
    part = "#progress" if getattr(request, "htmx", False) else ""
    scope = Scope(person(request), found.group, found.reading)
    context = {"export": found, "leads": scope.leads}
    return render(request, f"annotations/export_made.html{part}", context)


@signed_in
@require_safe
def file(request: HttpRequest, pk: UUID) -> FileResponse:
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    require(
        making.may_still_be_taken(found),
        _("What is in this file you may not take home any more. Choose anew."),
    )
    if not found.file or found.cancelled_at is not None:
        raise Http404(_("This file isn’t there any more. Take the notes home anew."))
    return _download(found.file.open("rb"), found.filename)


def _download(opened: IO[bytes], filename: str) -> FileResponse:
    return FileResponse(
        opened, as_attachment=True, filename=filename, content_type=media_type_of(filename)
    )


@signed_in
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    making.cancel(by=person(request), export=found)
    messages.success(request, _("It is called off; nothing is kept."))
    return redirect(found)
