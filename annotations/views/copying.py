"""The next term of a group."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations import actions
from annotations.forms import CopyForm
from reader.permissions import can_copy_group, require
from reader.views import form_page, group_for, person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_copy_group(membership), _("Only the group's leaders copy it."))
    form = CopyForm(sent(request), group=found)
    template, context = "annotations/group_copy.html", {"group": found}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, template, context)
    if "show" in request.POST:
        return render(request, template, {"form": form, **context})
    copied = actions.copy_group(by=person(request), group=found, **form.cleaned_data)
    messages.success(request, _("This is your new group. Invite people when it is ready."))
    return redirect(copied)
