"""Views: every address works as a plain form or link; htmx gets the fragment alone."""

from __future__ import annotations

from django.core.validators import slug_re
from django.http import HttpRequest


def in_group(request: HttpRequest) -> str:
    """The slug of the group an address names; "" where it names none."""
    return slug_in(request.GET.get("in"))


def slug_in(value: str | None) -> str:
    """What was sent, where it can be a slug or a key: a database takes no NUL."""
    return value if value and slug_re.match(value) else ""


def wants_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
