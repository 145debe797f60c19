"""Whether pages can be set on this machine, asked without setting any."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext_lazy as _

# What is missing where they can't.
WHAT_TO_INSTALL = _(
    "PDF needs Pango on the machine that runs Catena: with Debian’s or Ubuntu’s packages that is "
    "“apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0”; with Homebrew, “brew "
    "install pango”."
)


@cache
def can_set_pages() -> bool:
    """Loads WeasyPrint, and with it Pango; half a second, once."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True
