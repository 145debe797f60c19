"""What a group watches for, and its reasons; the site's own rules for words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotations.forms.rules import GroupReasonForm, TryForm, WordRuleForm
from annotations.models import WordRule
from annotations.moderation import rules
from annotations.permissions import can_moderate, can_step_in
from annotations.reasons import reasons_of
from annotations.watching import tried, watched
from reader.models import StudyGroup
from reader.permissions import require
from reader.views import group_for, person, sent, signed_in

STEPS = {"up": -1, "down": 1}
RETIRED = {"retire": True, "bring_back": False}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def word_rules(request: HttpRequest, group: str) -> HttpResponse:
    found = _led(request, group)
    return _word_rules(request, found)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def site_word_rules(request: HttpRequest) -> HttpResponse:
    require_site(request)
    return _word_rules(request, None)


def _word_rules(request: HttpRequest, group: StudyGroup | None) -> HttpResponse:
    """The list with a form for one more, and a text to try them on, which changes nothing."""
    trying = request.POST.get("do") == "try"
    form = WordRuleForm(None if trying else sent(request))
    text = TryForm(request.POST if trying else None)
    if form.is_bound and form.is_valid():
        try:
            rules.add_word_rule(by=person(request), group=group, **form.cleaned_data)
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("Saved."))
            return redirect(request.path)
    context = _word_rules_context(group, form, text)
    wrong_text = text.is_bound and not text.is_valid()
    status = 422 if form.errors or wrong_text else 200
    return render(request, "annotations/word_rules.html", context, status=status)


def _word_rules_context(
    group: StudyGroup | None, form: WordRuleForm, text: TryForm
) -> dict[str, Any]:
    known = list(WordRule.objects.of(group).select_related("created_by"))
    above = list(WordRule.objects.of(None)) if group is not None else []
    is_tried = text.is_bound and text.is_valid()
    return {
        "group": group,
        "form": form,
        "try_form": text,
        "watched": watched(known),
        "tried": tried([*known, *above], text.cleaned_data["text"]) if is_tried else None,
        "has_site_rules": bool(above),
    }


@signed_in
@require_POST
def drop_word_rule(request: HttpRequest, group: str, pk: int) -> HttpResponse:
    found = _led(request, group)
    rule = get_object_or_404(WordRule.objects.of(found), pk=pk)
    rules.drop_word_rule(by=person(request), rule=rule)
    messages.success(request, _("Nobody watches for it any more."))
    return redirect("word_rules", found.slug)


@signed_in
@require_POST
def drop_site_word_rule(request: HttpRequest, pk: int) -> HttpResponse:
    require_site(request)
    rule = get_object_or_404(WordRule.objects.of(None), pk=pk)
    rules.drop_word_rule(by=person(request), rule=rule)
    messages.success(request, _("Nobody watches for it any more."))
    return redirect("site_word_rules")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reasons(request: HttpRequest, group: str) -> HttpResponse:
    found = _led(request, group)
    if request.method != "POST":
        return _reasons_page(request, found, GroupReasonForm())
    code, do = request.POST.get("code", ""), request.POST.get("do", "")
    try:
        if do in STEPS:
            rules.move_reason(by=person(request), group=found, code=code, step=STEPS[do])
        elif do in RETIRED:
            rules.retire_reason(by=person(request), group=found, code=code, retired=RETIRED[do])
        else:
            return _write_reason(request, found, code)
    except ValidationError as wrong:
        messages.error(request, wrong.messages[0])
    return redirect("group_reasons", found.slug)


def _write_reason(request: HttpRequest, group: StudyGroup, code: str) -> HttpResponse:
    reason = next((each for each in reasons_of(group) if each.code == code), None)
    form = GroupReasonForm(request.POST, reason=reason)
    if form.is_valid():
        given = {"by": person(request), "group": group, **form.cleaned_data}
        try:
            rules.change_reason(code=code, **given) if code else rules.add_reason(**given)
        except ValidationError as wrong:
            form.add_error(None, wrong.messages[0])
    if form.errors:
        return _reasons_page(request, group, form)
    messages.success(request, _("Saved."))
    return redirect("group_reasons", group.slug)


def _reasons_page(request: HttpRequest, group: StudyGroup, form: GroupReasonForm) -> HttpResponse:
    """Every reason with a form of its own; the one that was sent and refused stands in for its
    own."""
    rows = reasons_of(group)
    forms = [
        form if form.reason is not None and form.reason.code == each.code
        else GroupReasonForm(reason=each)
        for each in rows
    ]  # fmt: skip
    context = {
        "group": group,
        "forms": forms,
        "new": form if form.reason is None else GroupReasonForm(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "annotations/reasons.html", context, status=status)


def require_site(request: HttpRequest) -> None:
    """The administrators' pages aren't there for anybody else."""
    if not can_step_in(person(request)):
        raise Http404


def _led(request: HttpRequest, slug: str) -> StudyGroup:
    group, membership = group_for(request, slug)
    require(can_moderate(membership), _("Only the group's leaders see its rules."))
    return group
