"""Views: every address works as a plain form or link; htmx gets the fragment alone."""

from __future__ import annotations

from django.core.validators import slug_re
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from annotations.room import Room
from reader.models import Paragraph


def in_group(request: HttpRequest) -> str:
    """The slug of the group an address names; "" where it names none."""
    return slug_in(request.GET.get("in"))


def slug_in(value: str | None) -> str:
    """What was sent, where it can be a slug or a key: a database takes no NUL."""
    return value if value and slug_re.match(value) else ""


def paragraph_in(room: Room, key: str, *, or_stood: bool = False) -> Paragraph:
    """A paragraph that stands in a room's text, or ever stood there; 404 where none of this key
    does."""
    text = Paragraph.objects.filter(article=room.article)
    found = (text if or_stood else text.standing()).by_key(key)
    if key not in found:
        raise Http404(_("There is no such paragraph."))
    return found[key]


def wants_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
