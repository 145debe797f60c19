"""Every text that an article has been, for everybody who reads it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from reader.actions.correcting import earlier_version
from reader.forms.correcting import InsteadForm
from reader.models import Reading
from reader.permissions import can_correct, is_leader
from reader.texts import Texts, then_and_now
from reader.views import sign_in_to_see, signed_in
from reader.views.correcting import Desk, keeps
from reader.views.readings import reading_for


@require_safe
@sign_in_to_see
def texts(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """One line for each, the newest first. By whom is for those who correct it themselves;
    in a copy nobody learns who is in the group that it was taken from."""
    found, membership = reading_for(request, group, article)
    context = {
        "reading": found,
        "leads": is_leader(membership),
        "can_correct": can_correct(request.user, found.article),
        "corrections": Texts(found.article).corrections(),
    }
    return render(request, "reader/texts.html", context)


@require_safe
@sign_in_to_see
def text_as_it_was(request: HttpRequest, group: str, article: str, number: int) -> HttpResponse:
    """A past text, with what has become of each paragraph since."""
    found, _membership = reading_for(request, group, article)
    form = None
    if can_correct(request.user, found.article):
        form = InsteadForm(has_changes=Desk.at(request, found).has_changes)
    return _text(request, found, number, form)


@signed_in
@require_POST
def text_again(request: HttpRequest, group: str, article: str, number: int) -> HttpResponse:
    """Begin a correction that makes a past text the text again."""
    desk = Desk.of(request, group, article)
    form = InsteadForm(request.POST, has_changes=desk.has_changes)
    if not desk.article.text_revisions.filter(number=number).exists():
        raise Http404
    if form.is_valid() and keeps(request, desk, form, earlier_version(desk.article, number)):
        return redirect(desk.address("correction_preview"))
    return _text(request, desk.reading, number, form)


def _text(
    request: HttpRequest, reading: Reading, number: int, form: InsteadForm | None
) -> HttpResponse:
    texts = Texts(reading.article)
    if number not in texts.revisions:
        raise Http404
    context = {
        "reading": reading,
        "revision": texts.revisions[number],
        "after": texts.revisions.get(number + 1),
        "paragraphs": then_and_now(texts, number),
        "form": form,
    }
    status = 200 if form is None else form.status
    return render(request, "reader/text_as_it_was.html", context, status=status)
