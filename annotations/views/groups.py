"""Where reading begins: the list of a person's groups, and a group's home."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.home import home_of, shelves_of
from reader.models import JoinRequest, StudyGroup
from reader.permissions import is_leader, is_owner
from reader.views import group_for, person, sign_in_to_see


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "reader/landing.html")
    requests = JoinRequest.objects.waiting().of(request.user).with_groups()
    context = {
        "shelves": shelves_of(person(request)),
        "joinable": StudyGroup.objects.joinable_by(request.user).not_asked_by(request.user),
        "requests": requests.order_by("created_at", "pk"),
    }
    return render(request, "annotations/groups.html", context)


@require_safe
@sign_in_to_see
def home(request: HttpRequest, group: str) -> HttpResponse:
    found, membership = group_for(request, group)
    context = {
        "group": found,
        "membership": membership,
        "member": membership is not None,
        "leads": is_leader(membership),
        "owns": is_owner(membership),
        "home": home_of(request.user, found, membership),
    }
    return render(request, "annotations/group.html", context)
