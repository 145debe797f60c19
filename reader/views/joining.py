"""Ways in, for those who come: by a link, by a code, by asking; and back in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reader import actions, limits
from reader.actions.joining import look_up, works
from reader.actions.sign_in_links import IN_SESSION, SIGNED_IN_FOR, open_sign_in_link
from reader.forms import AnswerForm, AskingForm, CodeEntryForm
from reader.models import Invitation, JoinRequest, Membership, StudyGroup
from reader.paths import beginning, landing
from reader.permissions import (
    asks_first,
    can_come_back,
    can_decide_requests,
    can_join,
    can_see_member,
    known_in,
    require,
)
from reader.views import form_page, group_for, person, sent, signed_in
from reader.views.errors import too_many

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """Where a code from a blackboard is typed in."""
    form = CodeEntryForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/join_code.html", {})
    code = form.cleaned_data["code"]
    try:
        found = look_up(secret=code, client=request.META["REMOTE_ADDR"])
    except limits.TooMany as limit:
        return _too_many_codes(request, limit)
    if found is None:
        form.add_error("code", _("No group has this code. Look once more at what is written."))
        return form_page(request, form, "reader/join_code.html", {})
    return redirect("join", code)


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation: looked at by anybody who has it, accepted only by POST."""
    try:
        found = look_up(secret=token, client=request.META["REMOTE_ADDR"])
    except limits.TooMany as limit:
        return _too_many_codes(request, limit)
    if found is None:
        return render(request, "reader/join_dead.html", {"why": "unknown"}, status=404)
    known = known_in(request.user, found.group)
    if known is not None and not can_come_back(known, found.created_at):
        return render(request, "reader/join_dead.html", {"why": "not for you"}, status=410)
    if known is not None and known.left_at is None:
        return redirect(landing(found, request.user))
    alive = works(found)
    waiting = found.group.requests.waiting().of(request.user)
    if (not alive or asks_first(found, known)) and waiting.exists():
        return render(request, "reader/join_asked.html")
    return _join(request, found, token, known) if alive else _dead(request, found, token)


def _join(
    request: HttpRequest, found: Invitation, token: str, known: Membership | None
) -> HttpResponse:
    """By an invitation that works, for somebody who may come in by it."""
    question = found.group.joining_question if asks_first(found, known) else ""
    coming = request.method == "POST" and request.user.is_authenticated
    form = AnswerForm(request.POST if coming else None, question=question)
    if not coming or not form.is_valid():
        return form_page(request, form, "reader/join.html", _shown(found, token, known))
    try:
        joined = actions.accept_invitation(by=person(request), token=token, **form.cleaned_data)
    except limits.TooMany as limit:
        return _too_many_waiting(request, limit)
    # Where leaders are asked, or somebody was first, the page itself says so.
    if not isinstance(joined, Membership):
        return redirect("join", token)
    messages.success(request, _("You are in: this is %(name)s.") % {"name": found.group.name})
    return redirect(landing(found, request.user))


def _shown(found: Invitation, token: str, known: Membership | None) -> dict[str, Any]:
    return {
        "invitation": found,
        "token": token,
        "asks_first": asks_first(found, known),
        "beginning": beginning(found, known),
        "may_sign_up": settings.CATENA_REGISTRATION != "closed",
    }


@require_POST
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """With a dead invitation, ask for one that works."""
    try:
        found = look_up(secret=token, client=request.META["REMOTE_ADDR"])
        if found is None or works(found) or not _may_ask(request, found):
            return redirect("join", token)
        form = AskingForm(request.POST)
        user = request.user if request.user.is_authenticated else None
        if user is None and not form.is_valid():
            return _dead(request, found, token, form)
        given = {} if user else form.cleaned_data
        actions.ask_for_another(
            by=user, invitation=found, client=request.META["REMOTE_ADDR"], **given
        )
    except limits.TooMany as limit:
        return _too_many_waiting(request, limit)
    return redirect("join_asked")


def _may_ask(request: HttpRequest, dead: Invitation) -> bool:
    known = known_in(request.user, dead.group)
    return known is None or (known.left_at is not None and can_come_back(known, dead.created_at))


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "reader/join_asked.html")


def _dead(
    request: HttpRequest, found: Invitation, token: str, form: AskingForm | None = None
) -> HttpResponse:
    """Nothing of the group, whoever asks; why it is dead, and how to get another."""
    context = {"why": _why(found), "token": token, "form": form or AskingForm()}
    return render(request, "reader/join_dead.html", context, status=422 if form else 410)


def _why(dead: Invitation) -> str:
    if dead.revoked_at is not None:
        return "withdrawn"
    if dead.expires_at <= timezone.now():
        return "expired"
    return "used up" if dead.uses == dead.max_uses else "no longer theirs"


def _too_many_codes(request: HttpRequest, limit: limits.TooMany) -> HttpResponse:
    sentence = _(
        "Too many codes and links that don't exist were tried from where you are. "
        "Try yours again in %(minutes)s min."
    ) % {"minutes": -(-limit.seconds // 60)}
    return too_many(request, sentence, limit.seconds)


def _too_many_waiting(request: HttpRequest, limit: limits.TooMany) -> HttpResponse:
    sentence = _(
        "Many people are waiting for an answer of this group. Try again in an hour, "
        "once its leaders have answered some of those who wait."
    )
    return too_many(request, sentence, limit.seconds)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def group_join(request: HttpRequest, group: str) -> HttpResponse:
    """For those outside: into a group that is open, or asking one that takes requests."""
    mine = StudyGroup.objects.of_member(request.user).filter(slug=group).first()
    if mine is not None:
        return redirect(mine)
    found = get_object_or_404(StudyGroup.objects.joinable_by(request.user), slug=group)
    at_once = can_join(found, known_in(request.user, found))
    if not at_once and found.requests.waiting().of(request.user).exists():
        return render(request, "reader/join_asked.html")
    form = AnswerForm(sent(request), question="" if at_once else found.joining_question)
    if request.method != "POST" or not form.is_valid():
        return form_page(
            request, form, "reader/group_join.html", {"group": found, "at_once": at_once}
        )
    return _come(request, found, at_once, form.cleaned_data)


def _come(
    request: HttpRequest, group: StudyGroup, at_once: bool, answer: dict[str, str]
) -> HttpResponse:
    if at_once:
        actions.join_group(by=person(request), group=group)
        return redirect(group)
    try:
        actions.ask_to_join(by=person(request), group=group, **answer)
    except limits.TooMany as limit:
        return _too_many_waiting(request, limit)
    return redirect("group_join", group.slug)


@signed_in
@require_safe
def requests(request: HttpRequest, group: str) -> HttpResponse:
    """Who asks to be let in, for the group's leaders."""
    return _requests(request, _deciding(request, group))


def _requests(request: HttpRequest, group: StudyGroup, **context: Any) -> HttpResponse:
    waiting = JoinRequest.objects.for_leaders_of(group)
    return render(
        request,
        "reader/join_requests.html",
        {"group": group, "leads": True, "requests": waiting, **context},
        status=201 if context else 200,
    )


@signed_in
@require_POST
def decide(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found = _deciding(request, group)
    asked = get_object_or_404(JoinRequest, group=found, pk=pk)
    accept = request.POST.get("decision") == "accept"
    if not accept and request.POST.get("decision") != "decline":
        return HttpResponse(status=422)
    before = asked.decided_at
    asked, token = actions.decide_request(by=person(request), asked=asked, accept=accept)
    if token and not settings.CATENA_SENDS_MAIL:
        return _requests(request, found, token=token, asker=asked)
    messages.info(request, _decided(asked, accept, before is None))
    return redirect("join_requests", found.slug)


def _decided(asked: JoinRequest, accept: bool, now: bool) -> str:
    name = {"name": asked.user.name if asked.user else asked.name}
    if not now:
        return _("%(name)s: this had been decided already.") % name
    if not accept:
        return _("%(name)s isn't let in, and is told nothing.") % name
    if not asked.accepted:
        return _("%(name)s was shut out of this group and isn't let in.") % name
    if asked.user is None:
        return _("%(name)s has been mailed an invitation.") % name
    return _("%(name)s is in.") % name


def _deciding(request: HttpRequest, group: str) -> StudyGroup:
    found, membership = group_for(request, group)
    require(can_decide_requests(membership), _("Only the group's leaders see who asks."))
    return found


@signed_in
@require_POST
def new_sign_in_link(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """For a member who can't sign in, where no mail could help; shown once."""
    found, mine = group_for(request, group)
    require(can_see_member(mine), _("Only the group's leaders do this."))
    theirs = get_object_or_404(
        Membership.objects.current().select_related("user"), group=found, pk=pk
    )
    token = actions.issue_sign_in_link(by=person(request), member=theirs.user)
    context = {"group": found, "leads": True, "member": theirs, "token": token}
    return render(request, "reader/sign_in_link_new.html", context, status=201)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Looked at by anybody who has it; used, once, by POST."""
    link = open_sign_in_link(token)
    if link is not None and request.method == "POST":
        link = actions.use_sign_in_link(token=token)
    if link is None or request.method != "POST":
        return render(
            request, "reader/sign_in_link.html", {"link": link}, status=200 if link else 410
        )
    login(request, link.user, backend=BACKEND)
    request.session[IN_SESSION] = link.pk
    request.session.set_expiry(timezone.now() + SIGNED_IN_FOR)
    told = _("You are signed in by a link that %(name)s made for you.")
    messages.success(request, told % {"name": link.created_by.name})
    return redirect("home")
