"""A copy of a text for a group that reads another's."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations import actions
from reader.permissions import can_take_copy, is_leader, require
from reader.views import person, signed_in
from reader.views.readings import reading_for


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_copy(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """What taking a copy does, and the button; then on to the texts that it has been."""
    found, membership = reading_for(request, group, article)
    require(is_leader(membership), _("Only the group's leaders take a copy of a text."))
    if request.method == "POST":
        found = actions.take_copy(by=person(request), reading=found)
        messages.success(
            request,
            _(
                "This text is your group’s own now, with all notes. Below is every text that it"
                " has been; go back to an earlier one if that is the one you want to read."
            ),
        )
    elif can_take_copy(membership, found):
        return render(request, "annotations/own_copy.html", {"reading": found})
    return redirect("texts", group, found.article.slug)
