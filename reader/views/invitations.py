"""Ways in, for a group's leaders: links, codes, lists of addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reader import actions, limits
from reader.forms import AddressesForm, CodeForm, InvitationForm
from reader.models import Invitation, InvitationBatch, Membership, StudyGroup
from reader.paths import leads_into
from reader.permissions import can_invite, require
from reader.views import form_page, group_for, person, sent, signed_in

A_PAGE = 50


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest, group: str) -> HttpResponse:
    """Links that are passed on by hand."""
    found, membership = _inviting(request, group)
    working = Invitation.objects.valid().passed_on().for_leaders_of(found)
    return _make(request, found, membership, InvitationForm, actions.invite, working)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: HttpRequest, group: str) -> HttpResponse:
    """Codes that are typed in."""
    found, membership = _inviting(request, group)
    working = Invitation.objects.valid().codes().for_leaders_of(found)
    return _make(request, found, membership, CodeForm, actions.invite_by_code, working)


def _make(
    request: HttpRequest,
    group: StudyGroup,
    membership: Membership | None,
    kind: type[InvitationForm | CodeForm],
    invite: Callable[..., tuple[Invitation, str]],
    working: Any,
) -> HttpResponse:
    given = _given(request, group, membership)
    form = kind(sent(request), **given)
    context: dict[str, Any] = {"group": group, "is_code": kind is CodeForm, "invitations": working}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/invitations.html", context)
    try:
        _invitation, secret = invite(by=person(request), group=group, **form.cleaned_data)
    except limits.TooMany as limit:
        return _too_many(request, form, "reader/invitations.html", context, limit)
    context |= {"form": kind(**given), "secret": secret}
    return render(request, "reader/invitations.html", context, status=201)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest, group: str) -> HttpResponse:
    """A list of people who are mailed an invitation each."""
    found, membership = _inviting(request, group)
    allowed = settings.CATENA_SENDS_MAIL or request.method != "POST"
    require(allowed, _("This site sends no mail: pass a link or a code on."))
    form = AddressesForm(sent(request), **_given(request, found, membership))
    template, context = "reader/invitation_mail.html", _mailed(request, found)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, template, context)
    chosen = form.cleaned_data
    try:
        batch = actions.invite_by_mail(
            by=person(request), group=found, role=chosen["role"], path=chosen["path"],
            lines=chosen["addresses"],
        )  # fmt: skip
    except limits.TooMany as limit:
        return _too_many(request, form, template, context, limit)
    return redirect("invitation_batch", found.slug, batch.pk)


@signed_in
@require_safe
def batch(request: HttpRequest, group: str, pk: UUID) -> HttpResponse:
    """How far a list is, and what became of it."""
    found, _membership = _inviting(request, group)
    context = {"group": found, "batch": get_object_or_404(InvitationBatch, group=found, pk=pk)}
    name = "reader/invitation_batch.html"
    fragment = getattr(request, "htmx", False)
    return render(request, f"{name}#progress" if fragment else name, context)


@signed_in
@require_POST
def revoke(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_invite(membership), _("Only the group's leaders withdraw an invitation."))
    invitation = get_object_or_404(Invitation, group=found, pk=pk)
    actions.revoke(by=person(request), invitation=invitation)
    messages.success(request, _("It no longer works."))
    return redirect(_list_of(invitation), found.slug)


def _list_of(invitation: Invitation) -> str:
    if invitation.is_code:
        return "invitation_codes"
    return "invitation_mail" if invitation.email else "invitations"


def _inviting(request: HttpRequest, group: str) -> tuple[StudyGroup, Membership | None]:
    found, membership = group_for(request, group)
    require(can_invite(membership), _("Only the group's leaders invite people."))
    return found, membership


def _given(
    request: HttpRequest, group: StudyGroup, membership: Membership | None
) -> dict[str, Any]:
    readings = group.readings.visible_to(request.user).with_titles()
    place = _place(request, group)
    return {"membership": membership, "group": group, "readings": readings, "place": place}


def _place(request: HttpRequest, group: StudyGroup) -> str:
    """Where people are led, as the page that led here has it: `?reading=` names an article,
    `?path=` an address, as a note's."""
    slug, path = request.GET.get("reading", ""), request.GET.get("path", "")
    reading = group.readings.with_titles().at(group.slug, slug).first() if slug else None
    if reading is not None:
        return str(reading.get_absolute_url())
    longest = Invitation._meta.get_field("path").max_length or 0
    return path if len(path) <= longest and leads_into(group, path) else ""


def _mailed(request: HttpRequest, group: StudyGroup) -> dict[str, Any]:
    waiting = Invitation.objects.valid().mailed().for_leaders_of(group)
    return {
        "group": group,
        "sends_mail": settings.CATENA_SENDS_MAIL,
        "invitations": Paginator(waiting, A_PAGE).get_page(request.GET.get("page")),
        "batches": group.batches.order_by("-created_at")[:5],
    }


def _too_many(
    request: HttpRequest, form: Any, template: str, context: dict[str, Any], limit: limits.TooMany
) -> HttpResponse:
    """What was typed stays, with when it may be sent again."""
    hours = -(-limit.seconds // 3600)
    form.add_error(None, _(
        "That is more than %(count)s invitations within a day. Try again in %(hours)s h."
    ) % {"count": settings.CATENA_INVITATIONS_PER_DAY, "hours": hours})  # fmt: skip
    response = render(request, template, {"form": form, **context}, status=429)
    response.headers["Retry-After"] = str(limit.seconds)
    return response
