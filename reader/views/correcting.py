"""A text corrected by the leaders of the group that it belongs to, up to its publishing."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader.actions import correcting as actions
from reader.actions.correcting import DraftMovedOn
from reader.drafting import Draft, compared, id_of, tally
from reader.forms.articles import AboutForm
from reader.forms.correcting import BlockForm, NewVersionForm, OfDraft, StepForm
from reader.models import Article, Correction, Reading
from reader.permissions import require_correcting
from reader.views import person, sent, signed_in
from reader.views.readings import reading_for


@dataclass(frozen=True, slots=True)
class Desk:
    """A text on somebody's desk: with what they have changed so far."""

    reading: Reading
    correction: Correction | None
    draft: Draft
    published: Draft  # the text that it began with

    @classmethod
    def of(cls, request: HttpRequest, group: str, article: str) -> Desk:
        reading, _membership = reading_for(request, group, article)
        require_correcting(request.user, reading.article)
        return cls.at(request, reading)

    @classmethod
    def at(cls, request: HttpRequest, reading: Reading) -> Desk:
        text: Article = reading.article
        correction = Correction.objects.visible_to(request.user).open_for(text)
        draft = actions.draft_of(text, correction)
        began = draft if correction is None else actions.published(text, draft.base)
        return cls(reading, correction, draft, began)

    @property
    def has_changes(self) -> bool:
        return self.draft != self.published

    @property
    def article(self) -> Article:
        found: Article = self.reading.article
        return found

    def address(self, name: str = "correct", *more: str) -> str:
        return reverse(name, args=[self.reading.group.slug, self.article.slug, *more])


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """The whole text, block by block, and a step with one of them."""
    desk = Desk.of(request, group, article)
    form = StepForm(sent(request), draft=desk.draft, published=desk.published)
    if request.method == "POST" and form.is_valid() and keeps(request, desk, form, form.draft):
        return redirect(f"{desk.address()}#{form.place}")
    return _list(request, Desk.of(request, group, article) if form.is_stale else desk, form)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest, group: str, article: str, block: str) -> HttpResponse:
    """One block, changed. One that was taken out is back with it."""
    desk = Desk.of(request, group, article)
    found = desk.draft.get(block) or desk.published.get(block)
    if found is None:
        # Published since the correction was begun: the list says so.
        get_object_or_404(desk.article.paragraphs.standing(), key=block)
        return redirect(desk.address())
    form = BlockForm(sent(request), block=found, draft=desk.draft)
    if request.method != "POST" or not form.is_valid():
        return _block(request, desk, form, block)
    draft = desk.draft.put_back(block, desk.published)
    if form.pieces != [form.block]:
        draft = draft.replaced(block, form.pieces)
    return _kept(request, desk, form, draft, block)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def insert(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """A new block, after the one that the address names, or else at the beginning."""
    desk = Desk.of(request, group, article)
    after = request.GET.get("after", "")
    if after and desk.draft.get(after) is None:
        raise Http404
    form = BlockForm(sent(request), block=None, draft=desk.draft)
    if request.method != "POST" or not form.is_valid():
        return _block(request, desk, form)
    return _kept(request, desk, form, desk.draft.inserted(after, form.pieces))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """The whole text anew, pasted or from a file."""
    desk = Desk.of(request, group, article)
    form = NewVersionForm(sent(request), request.FILES or None, has_changes=desk.has_changes)
    if request.method == "POST" and form.is_valid():
        draft = actions.new_version(desk.article, form.parsed.blocks)
        if keeps(request, desk, form, draft):
            return redirect(desk.address("correction_preview"))
    context = {"form": form, "reading": desk.reading}
    return render(request, "reader/correct_import.html", context, status=form.status)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def about(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """What is said of the article beside its text; changed at once."""
    desk = Desk.of(request, group, article)
    form = AboutForm(sent(request), parsed=actions.as_parsed(desk.article))
    if request.method != "POST" or not form.is_valid():
        status = 409 if form.is_stale else 422 if form.is_bound else 200
        context = {"form": form, "reading": desk.reading}
        return render(request, "reader/correct_about.html", context, status=status)
    actions.mend_about(by=person(request), article=desk.article, parsed=form.mended)
    messages.success(request, _("Saved."))
    return redirect(desk.address("correct_about"))


@signed_in
@require_POST
def discard(request: HttpRequest, group: str, article: str) -> HttpResponse:
    desk = Desk.of(request, group, article)
    actions.discard_correction(by=person(request), article=desk.article)
    messages.success(request, _("Thrown away. The text is as it was."))
    return redirect(desk.address())


@signed_in
@require_POST
def rebase(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """One's own changes, put onto the text that somebody else has corrected since."""
    desk = Desk.of(request, group, article)
    if desk.correction is not None:
        put = actions.rebase_correction(by=person(request), correction=desk.correction)
        if not any("conflict" in each for each in put.blocks):
            messages.success(request, _("Your changes stand on the text as it is now."))
    return redirect(desk.address())


def keeps(request: HttpRequest, desk: Desk, form: OfDraft, draft: Draft) -> bool:
    """Whether a draft was kept that was made of the one on the desk; it is where nothing is
    another. What was changed in another window just now is an error of the form."""
    try:
        if draft != desk.draft:
            actions.keep_draft(
                by=person(request), article=desk.article, seen=desk.draft.state, draft=draft
            )
    except DraftMovedOn:
        form.is_stale = True
        form.add_error(None, _("You have changed this text in another window. Send it again."))
    return form.is_valid()


def _list(request: HttpRequest, desk: Desk, form: StepForm) -> HttpResponse:
    lines = compared(desk.draft, desk.published)
    context = {
        "desk": desk,
        "reading": desk.reading,
        "correction": desk.correction,
        "form": form,
        "lines": lines,
        "tally": tally(lines),
        "conflicts": [line for line in lines if "conflict" in line.block],
        "moved_on": desk.draft.base != desk.article.text_revision,
    }
    return render(request, "reader/correct.html", context, status=form.status)


def _block(request: HttpRequest, desk: Desk, form: BlockForm, block: str = "") -> HttpResponse:
    after = request.GET.get("after", "")
    lines = {line.id: line for line in compared(desk.draft, desk.published)}
    context = {
        "desk": desk,
        "reading": desk.reading,
        "form": form,
        "line": lines.get(block),
        "after": lines.get(after),
    }
    name = "reader/correct_block.html"
    shown = f"{name}#form" if getattr(request, "htmx", False) else name
    return render(request, shown, context, status=form.status)


def _kept(
    request: HttpRequest, desk: Desk, form: BlockForm, draft: Draft, block: str = ""
) -> HttpResponse:
    """Keep a draft with a block of another kind or words, and lead on to where it stands."""
    if not keeps(request, desk, form, draft):
        return _block(request, desk, form, block)
    if "look" in request.POST:
        return redirect(desk.address("correction_preview"))
    new = next((each for each in draft.blocks if desk.draft.get(id_of(each)) is None), None)
    place = block or (id_of(new) if new else "")
    return redirect(f"{desk.address()}#b-{place}")
