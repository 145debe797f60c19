from django.contrib import messages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reader.actions import (
    claim_site,
    rename,
    set_profile,
    set_quiet_hours,
    set_reading_settings,
)
from reader.actions.accounts import open_claim
from reader.forms import SettingsForm
from reader.models import Membership
from reader.views import person, sent, signed_in


@signed_in
@require_safe
def my_groups(request: HttpRequest) -> HttpResponse:
    """What the bar's switcher holds. It asks when it is opened, so that no page pays for it."""
    if not getattr(request, "htmx", False):
        return redirect("home")
    memberships = Membership.objects.with_access().of(request.user).by_group()
    context = {"memberships": memberships, "here": request.GET.get("in", "")}
    return render(request, "reader/_my_groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """The first owner takes over a new site."""
    if open_claim(token) is None:
        return render(request, "reader/claim.html", {"dead": True}, status=404)
    if request.method != "POST" or not request.user.is_authenticated:
        return render(request, "reader/claim.html")
    if claim_site(by=request.user, token=token) is None:
        return render(request, "reader/claim.html", {"dead": True}, status=404)
    messages.success(request, _("This site is yours. Start with a group."))
    return redirect("group_new")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    mine = person(request)
    form = SettingsForm(sent(request), initial=model_to_dict(mine, SettingsForm.Meta.fields))
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "reader/settings.html", {"form": form}, status=status)
    chosen = form.cleaned_data
    rename(by=mine, name=chosen["name"])
    set_profile(
        by=mine,
        pronouns=chosen["pronouns"],
        time_zone=chosen["time_zone"],
        language=chosen.get("language", mine.language),
    )
    set_reading_settings(by=mine, theme=chosen["theme"], text_size=chosen["text_size"])
    set_quiet_hours(by=mine, begin=chosen["quiet_from"], end=chosen["quiet_until"])
    messages.success(request, _("Saved."))
    return redirect(_back(request) or "settings")


def _back(request: HttpRequest) -> str:
    """Where a person came from, if that is a page of this site."""
    back = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if ours else ""


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _no_store(JsonResponse({"alive": True}))


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has every migration."""
    try:
        waiting = MigrationExecutor(connection).loader
        ready = set(waiting.graph.nodes) <= set(waiting.applied_migrations)
    except Exception:  # any driver's error means "not now"
        ready = False
    return _no_store(JsonResponse({"ready": ready}, status=200 if ready else 503))


def _no_store(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
