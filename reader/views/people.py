from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reader import actions
from reader.enums import Bylines, Exporting
from reader.forms import LeaveForm, RoleForm
from reader.forms.members import TakenHomeForm
from reader.models import Membership
from reader.permissions import (
    can_hand_over,
    can_issue_sign_in_link,
    can_leave,
    can_remove,
    can_see_member,
    can_see_people,
    is_leader,
    require,
)
from reader.views import form_page, group_for, person, sent, signed_in


@signed_in
@require_safe
def people(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_see_people(membership), _("Who belongs to a group is shown to its members."))
    leads = is_leader(membership)
    context = {
        "group": found,
        "members": found.memberships.current().by_name(),
        "leads": leads,
        "waiting": found.requests.waiting().count() if leads else 0,
        "has_guests": leads and found.guests.exists(),
    }
    return render(request, "reader/people.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """Somebody's part in a group, for its leaders; their role is changed here."""
    theirs, mine = _member(request, group, pk)
    form = RoleForm(sent(request), mine=mine, theirs=theirs)
    refused = request.method == "POST" and not form.roles
    require(not refused, _("You can't give this person another role."))
    if request.method != "POST" or not form.is_valid():
        context = {
            "group": theirs.group,
            "member": theirs,
            "mine": mine,
            "is_me": theirs == mine,
            "can_hand_over": can_hand_over(mine, theirs),
            "can_remove": can_remove(mine, theirs),
            "can_issue_sign_in_link": can_issue_sign_in_link(person(request), theirs.user),
        }
        return form_page(request, form, "reader/member.html", context)
    actions.set_role(by=person(request), membership=theirs, role=form.cleaned_data["role"])
    messages.success(request, _("Saved."))
    return redirect("member", theirs.group.slug, theirs.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    theirs, mine = _member(request, group, pk)
    require(can_hand_over(mine, theirs), _("Only an owner hands a group over."))
    if request.method != "POST":
        context = {"group": theirs.group, "member": theirs}
        return render(request, "reader/member_hand_over.html", context)
    actions.hand_over(by=person(request), membership=theirs)
    messages.success(request, _("%(name)s owns the group now.") % {"name": theirs.user.name})
    return redirect("people", theirs.group.slug)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    theirs, mine = _member(request, group, pk)
    require(can_remove(mine, theirs), _("You can't remove this person."))
    if request.method != "POST":
        context = {"group": theirs.group, "member": theirs}
        return render(request, "reader/member_remove.html", context)
    actions.remove(by=person(request), membership=theirs)
    messages.success(request, _("%(name)s is out of the group.") % {"name": theirs.user.name})
    return redirect("people", theirs.group.slug)


def _member(request: HttpRequest, group: str, pk: int) -> tuple[Membership, Membership | None]:
    """The membership of an address, and that of the leader who asks."""
    found, mine = group_for(request, group)
    require(can_see_member(mine), _("Only the group's leaders see this page."))
    there = Membership.objects.current().filter(group=found).select_related("user", "group")
    return get_object_or_404(there, pk=pk), mine


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(membership is not None, _("You don't belong to this group."))
    form = LeaveForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        context = {
            "group": found,
            "leads": is_leader(membership),
            "can_leave": can_leave(membership),
        }
        return form_page(request, form, "reader/group_leave.html", context)
    actions.leave(by=person(request), group=found, nameless=form.nameless)
    messages.success(request, _("You have left %(name)s.") % {"name": found.name})
    return redirect("home")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def taken_home(request: HttpRequest, group: str) -> HttpResponse:
    """How one appears in what others take home from a group."""
    found, membership = group_for(request, group)
    if membership is None:
        raise PermissionDenied(_("You don't belong to this group."))
    form = TakenHomeForm(sent(request), mine=membership)
    if request.method != "POST" or not form.is_valid():
        context = {
            "group": found,
            "leads": is_leader(membership),
            "by_members": found.exporting == Exporting.MEMBERS,
            "pseudonymous": found.readings.filter(bylines=Bylines.PSEUDONYMS).exists(),
        }
        return form_page(request, form, "reader/taken_home.html", context)
    actions.set_taken_home(by=person(request), group=found, **form.cleaned_data)
    messages.success(request, _("Saved. It holds for whatever is taken home from now on."))
    return redirect("taken_home", found.slug)
