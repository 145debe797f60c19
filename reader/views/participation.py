from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from reader.actions.participation import mark_seen
from reader.views import person, signed_in
from reader.views.readings import reading_for


@signed_in
@require_POST
def seen(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """A reading has been looked at: what is in it is no longer new. Its page says so by itself
    after a moment; without script there is a button."""
    found, _membership = reading_for(request, group, article)
    mark_seen(by=person(request), reading=found)
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return redirect(found.group)
