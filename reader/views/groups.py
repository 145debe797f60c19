from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reader import actions
from reader.forms import GroupForm
from reader.permissions import (
    can_edit_group,
    can_see_people,
    is_leader,
    require,
)
from reader.views import form_page, group_for, person, sent, sign_in_to_see, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = GroupForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/group_new.html", {})
    group = actions.create_group(by=person(request), **form.cleaned_data)
    return redirect(group)


@require_safe
@sign_in_to_see
def show(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    context = {
        "group": found,
        "leads": is_leader(membership),
        "readings": found.readings.visible_to(request.user).with_counts(),
        "members": found.memberships.current().by_name() if can_see_people(membership) else (),
    }
    return render(request, "reader/group.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_edit_group(membership), _("Only the group's leaders change this."))
    form = GroupForm(sent(request), instance=found)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/group_edit.html", {"group": found})
    actions.edit_group(by=person(request), group=found, **form.cleaned_data)
    return redirect(found)
