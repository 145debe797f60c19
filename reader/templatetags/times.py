"""Moments in words, in the time zone that holds while a page is made."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

register = template.Library()
WEEK = 7  # days; a weekday that is as far away could be two


@register.filter
def day(when: datetime) -> str:
    """ "today", "Tuesday", "4 December"; the year where it is another one."""
    today, date = timezone.localdate(), timezone.localdate(when)
    distance = (date - today).days
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    if distance in near:
        return near[distance]
    if abs(distance) < WEEK:
        return date_format(date, "l")
    return date_format(date, "j F" if date.year == today.year else "j F Y")


@register.filter
def day_and_time(when: datetime) -> str:
    """ "Thursday, 19:00"."""
    return _("%(day)s, %(time)s") % {"day": day(when), "time": _time(when)}


@register.filter
def day_or_time(when: datetime) -> str:
    """ "10:02" today, else "Tuesday"."""
    return _time(when) if timezone.localdate(when) == timezone.localdate() else day(when)


def _time(when: datetime) -> str:
    return time_format(timezone.localtime(when), "H:i")
