from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reader import actions
from reader.actions.groups import open_invitation
from reader.forms import GroupForm, InvitationForm
from reader.models import Invitation, Membership, StudyGroup
from reader.permissions import (
    can_edit_group,
    can_invite,
    can_see_people,
    is_leader,
    membership_of,
    require,
)
from reader.views import person, sent, sign_in_to_see, signed_in


def _group(request: HttpRequest, slug: str) -> tuple[StudyGroup, Membership | None]:
    group = get_object_or_404(StudyGroup.objects.visible_to(request.user), slug=slug)
    return group, membership_of(request.user, group)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = GroupForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, "reader/group_new.html", {})
    group = actions.create_group(by=person(request), **form.cleaned_data)
    return redirect(group)


@require_safe
@sign_in_to_see
def show(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = _group(request, group)
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
    found, membership = _group(request, group)
    require(can_edit_group(membership), _("Only the group's leaders change this."))
    form = GroupForm(sent(request), instance=found)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, "reader/group_edit.html", {"group": found})
    actions.edit_group(by=person(request), group=found, **form.cleaned_data)
    return redirect(found)


@signed_in
@require_safe
def people(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = _group(request, group)
    require(can_see_people(membership), _("Who belongs to a group is shown to its members."))
    members = found.memberships.current().by_name()
    context = {"group": found, "members": members, "leads": is_leader(membership)}
    return render(request, "reader/people.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = _group(request, group)
    require(can_invite(membership), _("Only the group's leaders invite people."))
    form = InvitationForm(sent(request), membership=membership)
    context: dict[str, Any] = {"group": found}
    if request.method != "POST" or not form.is_valid():
        context["invitations"] = Invitation.objects.valid().for_leaders_of(found)
        return _form(request, form, "reader/invitations.html", context)
    _invitation, token = actions.invite(by=person(request), group=found, **form.cleaned_data)
    context |= {"form": InvitationForm(membership=membership), "token": token,
                "invitations": Invitation.objects.valid().for_leaders_of(found)}  # fmt: skip
    return render(request, "reader/invitations.html", context, status=201)


@signed_in
@require_POST
def revoke(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found, membership = _group(request, group)
    require(can_invite(membership), _("Only the group's leaders withdraw an invitation."))
    invitation = get_object_or_404(Invitation, group=found, pk=pk)
    actions.revoke(by=person(request), invitation=invitation)
    messages.success(request, _("The link no longer works."))
    return redirect("invitations", found.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: looked at by anybody who has the link, accepted only by POST."""
    invitation = open_invitation(token)
    if invitation is None:
        return render(request, "reader/join.html", {"dead": True}, status=410)
    if request.method != "POST" or not request.user.is_authenticated:
        return render(request, "reader/join.html", {"invitation": invitation})
    membership = actions.accept_invitation(by=request.user, token=token)
    if membership is None:
        return render(request, "reader/join.html", {"dead": True}, status=410)
    return redirect(invitation.group)


def _form(request: HttpRequest, form: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)
