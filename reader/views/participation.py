from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reader.actions.participation import finish, mark_seen
from reader.enums import Reveal
from reader.permissions import can_finish, require
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


@signed_in
@require_POST
def finished(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """A member says that they have read to the end."""
    found, membership = reading_for(request, group, article)
    require(can_finish(membership), _("Only the group's members say that they have finished."))
    finish(by=person(request), reading=found)
    if found.reveal == Reveal.AFTER_FINISHED:
        messages.success(request, _("You have finished. Now you see what the others wrote."))
    return redirect(found)
