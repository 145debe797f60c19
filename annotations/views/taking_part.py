"""Who took part in a reading; for its leaders alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotations.taking_part import table_of, to_csv
from reader.actions.participation import extend
from reader.forms.readings import ExtensionForm
from reader.models import Reading
from reader.permissions import can_see_taking_part, require
from reader.views import form_page, person, sent, signed_in
from reader.views.readings import reading_for


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def taking_part(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """The table, and a form that gives one person another due date."""
    found = _led(request, group, article)
    form = ExtensionForm(sent(request), reading=found)
    if request.method != "POST" or not form.is_valid():
        context = {"reading": found, "table": table_of(found)}
        return form_page(request, form, "annotations/taking_part.html", context)
    extend(by=person(request), reading=found, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("taking_part", group, article)


@signed_in
@require_safe
def as_csv(request: HttpRequest, group: str, article: str) -> HttpResponse:
    found = _led(request, group, article)
    filename = f"{found.group.slug}-{found.article.slug}-taking-part.csv"
    headers = {"Content-Disposition": content_disposition_header(True, filename)}
    return HttpResponse(to_csv(table_of(found)), "text/csv; charset=utf-8", headers=headers)


def _led(request: HttpRequest, group: str, article: str) -> Reading:
    found, membership = reading_for(request, group, article)
    require(can_see_taking_part(membership), _("Only the group's leaders see who took part."))
    return found
