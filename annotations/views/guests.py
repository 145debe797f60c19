"""Notes that guests wrote, and whose they are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.actions import guests as actions
from annotations.forms.guests import AnswerForm, OfferForm
from annotations.guests import Guest, guests_in, offered_to, with_notes
from annotations.permissions import can_import
from reader.models import Membership, StudyGroup
from reader.permissions import require
from reader.views import group_for, person, signed_in


@signed_in
@require_safe
def guests(request: HttpRequest, group: str) -> HttpResponse:
    """To leaders all of them; to everybody in the group those whom they are asked about."""
    found, membership = group_for(request, group)
    require(membership is not None, _("You don't belong to this group."))
    return _page(request, found, leads=can_import(membership))


def _page(
    request: HttpRequest,
    group: StudyGroup,
    *,
    leads: bool,
    refused: OfferForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "group": group,
        "leads": leads,
        "offers": offered_to(person(request), group),
        "guests": _with_forms(group, refused) if leads else [],
    }
    return render(request, "annotations/guests.html", context, status=status)


def _with_forms(group: StudyGroup, refused: OfferForm | None) -> list[tuple[Guest, OfferForm]]:
    guests, members = with_notes(guests_in(group)), _to_ask(group)
    return [
        (each, refused)
        if refused is not None and refused.guest == each.membership
        else (each, OfferForm(None, guest=each.membership, members=members))
        for each in guests
    ]


def _to_ask(group: StudyGroup) -> list[Membership]:
    return list(group.memberships.with_access().by_name())


@signed_in
@require_POST
def offer(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_import(membership), _("Only the group’s leaders offer what guests wrote."))
    guest = get_object_or_404(guests_in(found), pk=pk)
    form = OfferForm(request.POST, guest=guest, members=_to_ask(found))
    if not form.is_valid():
        return _page(request, found, leads=True, refused=form, status=422)
    actions.offer(by=person(request), guest_membership=guest, to=form.user)
    said = _("%(name)s is asked. They find it among their messages, and on this page.")
    nobody = _("Nobody is asked about these notes now.")
    messages.success(request, said % {"name": form.user.name} if form.user else nobody)
    return redirect("guests", found.slug)


@signed_in
@require_POST
def answer(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """ "These are mine", or not. Whom nobody asked finds nothing to answer."""
    found, membership = group_for(request, group)
    known = guests_in(found)
    asked = known if can_import(membership) else known.filter(offered_to=person(request))
    guest = get_object_or_404(asked, pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, found, leads=can_import(membership), status=422)
    if form.is_mine:
        actions.accept(by=person(request), guest_membership=guest)
        messages.success(request, _("They are yours now, and stand under your name."))
    else:
        actions.decline(by=person(request), guest_membership=guest)
        messages.success(request, _("Thank you. They stay under the name of a guest."))
    return redirect("guests", found.slug)
