from collections import Counter
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader import actions
from reader.enums import BlockKind
from reader.forms import LEAVE_OUT, DraftForm, ImportForm
from reader.importing import ParsedArticle
from reader.models import ImportDraft, Reading, StudyGroup
from reader.permissions import can_add_article, membership_of, require
from reader.views import person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, group: str) -> HttpResponse:
    found = get_object_or_404(StudyGroup.objects.visible_to(request.user), slug=group)
    allowed = can_add_article(membership_of(request.user, found))
    require(allowed, _("Only the group's leaders add articles."))
    form = ImportForm(sent(request), request.FILES or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "group": found}
        return render(request, "reader/import_new.html", context, status=status)
    draft = actions.draft_article(
        by=person(request), group=found, parsed=form.parsed, filename=form.filename
    )
    return redirect("import_draft", draft.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was made of a file: looked at, mended, and then published."""
    found = _draft(request, pk)
    if found.article_id is not None:
        return redirect(_reading(request, found))
    parsed = ParsedArticle.from_json(found.parsed)
    form = DraftForm(sent(request), parsed=parsed)
    if not form.is_valid():
        return _preview(request, found, form)
    actions.mend_draft(by=person(request), draft=found, parsed=form.mended)
    if "publish" in request.POST:
        return redirect(actions.publish(by=person(request), draft=found))
    messages.success(request, _("Saved. This is how it stands now."))
    return redirect("import_draft", found.pk)


@signed_in
@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _draft(request, pk)
    if found.article_id is not None:
        return redirect(_reading(request, found))
    actions.discard_draft(by=person(request), draft=found)
    messages.success(request, _("Thrown away. Nothing was published."))
    return redirect(found.group)


def _draft(request: HttpRequest, pk: UUID) -> ImportDraft:
    drafts = ImportDraft.objects.visible_to(request.user).select_related("group")
    return get_object_or_404(drafts, pk=pk)


def _reading(request: HttpRequest, published: ImportDraft) -> Reading:
    readings = Reading.objects.visible_to(request.user).with_titles()
    return get_object_or_404(readings, article=published.article_id, group=published.group_id)


def _preview(request: HttpRequest, found: ImportDraft, form: DraftForm) -> HttpResponse:
    counts = Counter(form.kind_of(index) for index in range(len(form.parsed.blocks)))
    context = {
        "form": form,
        "draft": found,
        "group": found.group,
        "kinds": BlockKind.choices,
        "leave_out": LEAVE_OUT,
        "counts": [(counts[kind], label) for kind, label in BlockKind.choices if counts[kind]],
    }
    status = 422 if form.is_bound else 200
    return render(request, "reader/import_draft.html", context, status=status)
