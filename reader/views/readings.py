"""What leaders set for a reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reader.actions import readings as actions
from reader.forms.readings import CircleForm, DivideForm, PlacementForm, ReadingForm
from reader.models import Circle, Membership, Reading
from reader.permissions import can_edit_reading, membership_of, require
from reader.views import form_page, person, sent, signed_in


def reading_for(
    request: HttpRequest, group: str, article: str
) -> tuple[Reading, Membership | None]:
    """The reading of an address, where it exists for this person, and their part in its group."""
    found = Reading.objects.at(group, article).visible_to(request.user).with_titles().first()
    if found is None:
        raise Http404(_("There is no such reading."))
    return found, membership_of(request.user, found.group)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, group: str, article: str) -> HttpResponse:
    found = _led(request, group, article)
    form = ReadingForm(sent(request), reading=found)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, "reader/reading_settings.html", {"reading": found})
    actions.edit_reading(by=person(request), reading=found, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("reading_settings", group, article)


@signed_in
@require_POST
def move(request: HttpRequest, group: str, article: str) -> HttpResponse:
    found = _led(request, group, article)
    actions.move(by=person(request), reading=found, up="up" in request.POST)
    return redirect(found.group)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def circles(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """Who reads in which circle."""
    found = _led(request, group, article)
    form = PlacementForm(sent(request), reading=found)
    if request.method != "POST" or not _done(
        form,
        lambda: actions.set_circles(by=person(request), reading=found, placement=form.placement),
    ):
        return _circles(request, found, placing=form)
    messages.success(request, _("Saved."))
    return redirect("circles", group, article)


@signed_in
@require_POST
def circle_new(request: HttpRequest, group: str, article: str) -> HttpResponse:
    found = _led(request, group, article)
    form = CircleForm(request.POST)
    make = actions.new_circle
    if not _done(form, lambda: make(by=person(request), reading=found, **form.cleaned_data)):
        return _circles(request, found, new=form)
    return redirect("circles", group, article)


@signed_in
@require_POST
def circle_rename(request: HttpRequest, group: str, article: str, pk: int) -> HttpResponse:
    found = _led(request, group, article)
    circle = get_object_or_404(Circle, reading=found, pk=pk)
    form = CircleForm(request.POST, circle=circle)
    rename = actions.rename_circle
    if not _done(form, lambda: rename(by=person(request), circle=circle, **form.cleaned_data)):
        return _circles(request, found, named={circle.pk: form})
    return redirect("circles", group, article)


@signed_in
@require_POST
def circle_remove(request: HttpRequest, group: str, article: str, pk: int) -> HttpResponse:
    found = _led(request, group, article)
    circle = get_object_or_404(Circle, reading=found, pk=pk)
    form = CircleForm({"name": circle.name}, circle=circle)
    if not _done(form, lambda: actions.drop_circle(by=person(request), circle=circle)):
        return _circles(request, found, named={circle.pk: form})
    return redirect("circles", group, article)


@signed_in
@require_POST
def circles_divide(request: HttpRequest, group: str, article: str) -> HttpResponse:
    """By chance, in even numbers."""
    found = _led(request, group, article)
    form = DivideForm(request.POST, numbers=actions.numbers_of_circles(found))
    divide = actions.divide
    if not _done(form, lambda: divide(by=person(request), reading=found, **form.cleaned_data)):
        return _circles(request, found, dividing=form)
    messages.success(request, _("Divided by chance."))
    return redirect("circles", group, article)


def _led(request: HttpRequest, group: str, article: str) -> Reading:
    found, membership = reading_for(request, group, article)
    require(can_edit_reading(membership), _("Only the group's leaders set up a reading."))
    return found


def _done(form: Form, change: Callable[[], object]) -> bool:
    """Whether it was done. What the action refuses is an error of the form, to be mended there."""
    if form.is_valid():
        try:
            change()
        except PermissionDenied as refused:
            form.add_error(None, str(refused))
    return form.is_valid()


def _circles(
    request: HttpRequest,
    reading: Reading,
    *,
    placing: PlacementForm | None = None,
    new: CircleForm | None = None,
    named: Mapping[int, CircleForm] | None = None,
    dividing: DivideForm | None = None,
) -> HttpResponse:
    """The page with all its forms. The one that was sent and refused comes back as it was."""
    circles = reading.circles.with_numbers().order_by("pk")
    context = {
        "reading": reading,
        "form": placing or PlacementForm(None, reading=reading),
        "new": new or CircleForm(),
        "circles": [
            (circle, (named or {}).get(circle.pk) or CircleForm(circle=circle))
            for circle in circles
        ],
        "dividing": dividing or DivideForm(numbers=actions.numbers_of_circles(reading)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reader/circles.html", context, status=status)
