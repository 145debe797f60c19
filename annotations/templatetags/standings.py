"""What a page says of somebody's standing in a group, and of a thread that takes no replies."""

from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from annotations import permissions
from annotations.models import Annotation
from annotations.moderation.standings import is_told, warning_of
from annotations.reasons import label_of, reasons_of
from reader.enums import Standing
from reader.models import Membership
from reader.permissions import standing_now as standing_at_this_moment

register = template.Library()
IN_PAGE = (Standing.WARNED, Standing.MUTED)


@register.filter
def is_locked(root: Annotation) -> bool:
    return permissions.is_locked(root)


@register.filter
def standing_now(membership: Membership) -> str:
    return standing_at_this_moment(membership)


@register.filter
def standing_says(membership: Membership) -> str:
    """ "muted until 26 November 2026, 08:00"."""
    standing = Standing(standing_at_this_moment(membership))
    if standing == Standing.ACTIVE or membership.standing_until is None:
        return str(standing.label)
    when = date_format(localtime(membership.standing_until), "j F Y, H:i")
    return _("%(standing)s until %(when)s") % {"standing": standing.label, "when": when}


@register.simple_tag
def may_set_standing(mine: Membership | None, theirs: Membership) -> bool:
    return permissions.can_set_standing(mine, theirs)


@register.inclusion_tag("annotations/_standing.html")
def standing_banner(membership: Membership | None) -> dict[str, Any]:
    """For somebody who is warned or only reads: why, and what they can do. Others cost nothing."""
    standing = standing_at_this_moment(membership) if membership else Standing.ACTIVE
    if membership is None or standing not in IN_PAGE:
        return {"membership": None}
    entry = warning_of(membership)
    reason = label_of(reasons_of(membership.group), entry.reason) if entry else ""
    return {
        "membership": membership,
        "standing": standing,
        "entry": entry,
        "reason": reason,
        "is_told": entry is not None and is_told(entry),
    }
