from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader import actions
from reader.enums import Preset
from reader.forms import EraseForm, GroupForm, NewGroupForm, PolicyForm
from reader.models import StudyGroup
from reader.permissions import (
    can_change_policy,
    can_edit_group,
    can_erase,
    can_see_policy,
    require,
)
from reader.presets import PRESETS
from reader.views import form_page, group_for, person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = NewGroupForm(sent(request))
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/group_new.html", {})
    group = actions.create_group(by=person(request), **form.cleaned_data)
    return redirect(group)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_edit_group(membership), _("Only the group's leaders change this."))
    form = GroupForm(sent(request), instance=found)
    if request.method != "POST" or not form.is_valid():
        return form_page(
            request, form, "reader/group_edit.html", {"group": found, "owns": can_erase(membership)}
        )
    actions.edit_group(by=person(request), group=found, **form.cleaned_data)
    return redirect(found)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, group: str) -> HttpResponse:
    """The rules a group runs by; `?preset=` fills them in as that one has them."""
    found, membership = group_for(request, group)
    require(can_see_policy(membership), _("Only the group's leaders see its rules."))
    may_change = can_change_policy(membership)
    require(may_change or request.method != "POST", _("Only an owner changes these rules."))
    preset = _preset(request) if may_change else None
    form = PolicyForm(sent(request), group=found, preset=preset, may_change=may_change)
    if request.method != "POST" or not form.is_valid():
        return _policy_page(request, found, form, may_change=may_change)
    actions.set_policy(
        by=person(request),
        group=found,
        policy=form.policy,
        joining_question=form.cleaned_data["joining_question"],
        preset=form.cleaned_data["preset"],
    )
    messages.success(request, _saved(form))
    return redirect("group_policy", found.slug)


def _saved(form: PolicyForm) -> str:
    if not form.looks_at_newcomers:
        return _("Saved.")
    return _(
        "Saved. As anybody can join now, the first note of each new member waits for a leader. "
        "If none is to wait, set that to 0 and save once more."
    )


def _preset(request: HttpRequest) -> Preset | None:
    asked = request.GET.get("preset")
    return Preset(asked) if asked in Preset.values else None


def _policy_page(
    request: HttpRequest, group: StudyGroup, form: PolicyForm, *, may_change: bool
) -> HttpResponse:
    context = {
        "group": group,
        "may_change": may_change,
        "filled_in": form.filled_in.label if form.filled_in else "",
        "preset": group.get_preset_display(),
        "presets": [(each.value, each.label, PRESETS[each].sentence) for each in Preset],
    }
    return form_page(request, form, "reader/group_policy.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, group: str) -> HttpResponse:
    """Ask for everything to go; it goes some days later."""
    found, membership = group_for(request, group)
    require(can_erase(membership), _("Only an owner erases a group."))
    form = EraseForm(sent(request), group=found)
    if request.method != "POST" or not form.is_valid():
        context = {"group": found, "owns": True, "days": actions.groups.ERASED_AFTER.days}
        return form_page(request, form, "reader/group_erase.html", context)
    actions.ask_to_erase(by=person(request), group=found)
    return redirect(found)


@signed_in
@require_POST
def keep(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_erase(membership), _("Only an owner keeps a group."))
    actions.keep_group(by=person(request), group=found)
    messages.success(request, _("The group stays."))
    return redirect(found)
