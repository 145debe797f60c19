"""What the frame of every page needs."""

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reader.accounts import invited_to

register = template.Library()
STYLES = "fonts/fonts.css"
PRELOADED = ("fonts/literata.woff2", "fonts/atkinson.woff2")


@register.simple_tag
def font_styles() -> SafeString:
    """The fonts' style sheet and two preloads where set-up built them; nothing otherwise."""
    if not (finders.find(STYLES) or staticfiles_storage.exists(STYLES)):
        return SafeString("")
    preloads = format_html_join(
        "",
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>',
        ((staticfiles_storage.url(path),) for path in PRELOADED),
    )
    return format_html(
        '{}<link rel="stylesheet" href="{}">', preloads, staticfiles_storage.url(STYLES)
    )


@register.simple_tag(takes_context=True)
def group_invited_to(context: template.Context) -> str:
    """Of the pages to sign up and in: the group that an invitation leads into, by name."""
    return invited_to(context["request"])
