"""Private notes, and how they come to be others' too."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from annotations import actions
from annotations.enums import PUBLISHED
from annotations.forms import PublishForm
from annotations.models import Annotation
from annotations.room import enter
from reader.views import form_page, person, sent, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def private_notes(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """A person's own notes on a text, to be published, some or all at once."""
    room = enter(request.user, group, article)
    note = request.GET.get("note", "")
    form = PublishForm(sent(request), user=person(request), reading=room.reading, note=note)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "annotations/publish.html", {"room": room})
    published = actions.share(by=person(request), **form.to_share())
    _tell(request, form, published)
    return redirect(_place(request, published))


def _tell(request: HttpRequest, form: PublishForm, published: Sequence[Annotation]) -> None:
    if count := len(published):
        sentence = ngettext(
            "One note published to “%(name)s”.", "%(count)d notes published to “%(name)s”.", count
        )
        messages.success(request, sentence % {"count": count, "name": form.destination.name})
    if waiting := sum(note.state not in PUBLISHED for note in published):
        sentence = ngettext(
            "One waits until a leader has looked at it.",
            "%(count)d wait until a leader has looked at them.",
            waiting,
        )
        messages.info(request, sentence % {"count": waiting})
    if left := len(form.chosen) - count:
        sentence = ngettext(
            "One stays private: a leader has taken it out of that reading before.",
            "%(count)d stay private: a leader has taken them out of that reading before.",
            left,
        )
        messages.warning(request, sentence % {"count": left})


def _place(request: HttpRequest, published: Sequence[Annotation]) -> str:
    """Where they stand now; where nothing was published, the page that it was asked from."""
    if not published:
        return request.path
    reading = published[0].reading
    assert reading is not None  # noqa: S101  what is published stands in one
    if len(published) > 1:
        return reading.get_absolute_url()
    query = urlencode({"in": reading.group.slug})
    return f"{published[0].get_absolute_url()}?{query}"
