"""What was done in a group: for its leaders all of it, for its members without names and words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.forms.log import LogFilterForm
from annotations.log import Page, for_leaders, for_members
from annotations.permissions import can_see_log
from annotations.watching import what_waits
from reader.models import StudyGroup
from reader.permissions import is_leader, require
from reader.views import group_for, person, signed_in


@signed_in
@require_safe
def group_log(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    leads = is_leader(membership)
    waits = what_waits(found) if membership is not None else []
    require(membership is not None, _("What was decided here is shown to the group's members."))
    require(can_see_log(membership, found), _kept_by_leaders(waits))
    form = LogFilterForm(request.GET, group=found) if leads else None
    context = {
        "group": found,
        "leads": leads,
        "member": True,
        "form": form,
        "waits": waits,
        "page": _page(request, found, form),
    }
    return render(request, "annotations/log.html", context)


def _page(request: HttpRequest, group: StudyGroup, form: LogFilterForm | None) -> Page:
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
    if form is None:
        return for_members(group, after)
    return for_leaders(person(request), group, after, **form.wanted())


def _kept_by_leaders(waits: list[str]) -> str:
    """Where the list is closed, what holds a note is said all the same."""
    closed = _("The leaders of this group keep the list of their decisions to themselves.")
    return " ".join([closed, _("What waits for a leader here:"), *waits])
