"""What a member may do in a group, and what its leaders keep in mind of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from annotations.enums import Verb
from annotations.forms.standings import AcknowledgeForm, MemberNoteForm, StandingForm
from annotations.models import LogEntry
from annotations.moderation import standings
from annotations.moderation.standings import StandingMovedOn
from annotations.permissions import can_see_notes_on, can_set_standing
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership, StudyGroup
from reader.permissions import can_see_member, require, standing_now
from reader.views import form_page, group_for, person, sent, signed_in

SAID = {
    Standing.ACTIVE: gettext_lazy("%(name)s reads and writes here as before."),
    Standing.HELD: gettext_lazy("What %(name)s writes here waits for a moderator."),
    Standing.WARNED: gettext_lazy(
        "%(name)s is warned, and writes once they have said that they read it."
    ),
    Standing.MUTED: gettext_lazy("%(name)s only reads here."),
    Standing.SUSPENDED: gettext_lazy("%(name)s doesn’t come in here."),
    Standing.BANNED: gettext_lazy("%(name)s is banned from here."),
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def member_standing(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    theirs, mine = _member(request, group, pk)
    allowed = can_set_standing(mine, theirs)
    require(allowed, _("You can't decide what this person may do here."))
    form = StandingForm(sent(request), membership=theirs)
    if request.method != "POST" or not form.is_valid():
        return _standing_page(request, form, theirs)
    try:
        entry = standings.set_standing(by=person(request), membership=theirs, **form.cleaned_data)
    except StandingMovedOn as moved:
        return _decided_meanwhile(request, theirs, moved)
    messages.success(request, _in_words(entry, theirs))
    return redirect(entry)


def _standing_page(request: HttpRequest, form: StandingForm, theirs: Membership) -> HttpResponse:
    context = {
        "group": theirs.group,
        "member": theirs,
        "notes": standings.published_by(theirs).count(),
    }
    return form_page(request, form, "annotations/member_standing.html", context)


def _decided_meanwhile(
    request: HttpRequest, theirs: Membership, moved: StandingMovedOn
) -> HttpResponse:
    """Everything that was chosen is kept, to be sent once more by who still wants it."""
    theirs.refresh_from_db()
    data = request.POST.copy()
    data["seen"] = str(moved.entry.pk if moved.entry else 0)
    form = StandingForm(data, membership=theirs)
    by = moved.entry.actor.name if moved.entry and moved.entry.actor else _("A rule of the group")
    said = _(
        "%(name)s has decided about this person in the meantime. What you chose is kept: send it "
        "once more if it should hold now."
    )
    form.add_error(None, said % {"name": by})
    response = _standing_page(request, form, theirs)
    response.status_code = 409
    return response


def _in_words(entry: LogEntry, theirs: Membership) -> str:
    """What was decided, to whoever decided it."""
    theirs.refresh_from_db()
    said = [str(SAID[Standing(theirs.standing)]) % {"name": theirs.user.name}]
    if theirs.standing_until is not None:
        when = date_format(localtime(theirs.standing_until), "j F Y, H:i")
        said.append(_("That ends %(when)s.") % {"when": when})
    done = LogEntry.objects.notes_of(entry)
    if hidden := done.filter(verb=Verb.HIDE).count():
        sentence = ngettext("One note is hidden.", "%(count)d notes are hidden.", hidden)
        said.append(sentence % {"count": hidden})
    if removed := done.filter(verb=Verb.REMOVE).count():
        sentence = ngettext("One note is removed.", "%(count)d notes are removed.", removed)
        said.append(sentence % {"count": removed})
    return " ".join(said)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def member_notes(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    """For the leaders alone, about somebody else; about oneself there is no such page."""
    theirs, mine = _member(request, group, pk)
    if not can_see_notes_on(mine, theirs):
        raise Http404
    form = MemberNoteForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        context = {
            "group": theirs.group,
            "member": theirs,
            "notes": standings.notes_on(theirs),
        }
        return form_page(request, form, "annotations/member_notes.html", context)
    standings.note_on_member(by=person(request), membership=theirs, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("member_notes", theirs.group.slug, theirs.pk)


def _member(request: HttpRequest, group: str, pk: int) -> tuple[Membership, Membership | None]:
    """The membership of an address, also one that is over, and that of the leader who asks."""
    found, mine = group_for(request, group)
    require(can_see_member(mine), _("Only the group's leaders see this page."))
    known = Membership.objects.select_related("user", "group").filter(group=found)
    return get_object_or_404(known, pk=pk), mine


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, group: str) -> HttpResponse:
    """A warning, to be read; who says that they have read it writes again."""
    found, mine = group_for(request, group)
    require(mine is not None, _("You don't belong to this group."))
    assert mine is not None  # noqa: S101
    if standing_now(mine) != Standing.WARNED:
        return redirect(found)
    form = AcknowledgeForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        return _warning_page(request, found, mine, 422 if form.is_bound else 200)
    try:
        standings.acknowledge(by=person(request), group=found, seen=form.cleaned_data["seen"])
    except StandingMovedOn:
        mine.refresh_from_db()
        return _warning_page(request, found, mine, 409)
    messages.success(request, _("Thank you. You write here again."))
    return redirect(found)


def _warning_page(
    request: HttpRequest, group: StudyGroup, mine: Membership, status: int
) -> HttpResponse:
    entry = standings.warning_of(mine)
    reason = label_of(reasons_of(group), entry.reason) if entry else ""
    context = {
        "group": group,
        "membership": mine,
        "entry": entry,
        "reason": reason,
        "is_told": entry is not None and standings.is_told(entry),
    }
    return render(request, "annotations/acknowledge.html", context, status=status)
