from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reader.permissions import can_see_people, is_leader, require
from reader.views import group_for, signed_in


@signed_in
@require_safe
def people(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    require(can_see_people(membership), _("Who belongs to a group is shown to its members."))
    members = found.memberships.current().by_name()
    context = {"group": found, "members": members, "leads": is_leader(membership)}
    return render(request, "reader/people.html", context)
