from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader import actions
from reader.actions.invitations import open_invitation
from reader.forms import InvitationForm
from reader.models import Invitation
from reader.permissions import can_invite, require
from reader.views import form_page, group_for, person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_invite(membership), _("Only the group's leaders invite people."))
    form = InvitationForm(sent(request), membership=membership)
    context: dict[str, Any] = {"group": found}
    if request.method != "POST" or not form.is_valid():
        context["invitations"] = Invitation.objects.valid().for_leaders_of(found)
        return form_page(request, form, "reader/invitations.html", context)
    _invitation, token = actions.invite(by=person(request), group=found, **form.cleaned_data)
    context |= {"form": InvitationForm(membership=membership), "token": token,
                "invitations": Invitation.objects.valid().for_leaders_of(found)}  # fmt: skip
    return render(request, "reader/invitations.html", context, status=201)


@signed_in
@require_POST
def revoke(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found, membership = group_for(request, group)
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
