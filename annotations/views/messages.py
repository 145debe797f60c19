"""A person's messages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from annotations.forms.messages import SeenForm
from annotations.messages import page_for
from annotations.moderation.telling import see
from annotations.views import wants_fragment
from reader.views import person, signed_in


@signed_in
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The newest first; what they haven't seen is marked."""
    before = request.GET.get("before", "")
    last = int(before) if before.isdecimal() and len(before) < 19 else None
    context = {"page": page_for(person(request), before=last), "is_first": last is None}
    return render(request, "annotations/messages.html", context)


@signed_in
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """The page says so by itself after a moment; without script there is a button."""
    form = SeenForm(request.POST)
    until = form.cleaned_data["until"] if form.is_valid() else None
    see(by=person(request), until=until)
    return HttpResponse(status=204) if wants_fragment(request) else redirect("messages")
