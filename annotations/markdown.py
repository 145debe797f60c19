"""From what a person typed to HTML that may stand on a page: the one way in for every path."""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raised when the output for the same source changes, so that stored HTML can be made anew.
RENDERER_VERSION = 1

TAGS = {
    "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True})
    parser.enable(["linkify", "strikethrough"])
    return parser.disable(["image", "heading", "lheading", "reference"])


def to_html(source: str) -> str:
    """Sanitised HTML: no attribute but a checked href and a list's start, nothing executable."""
    return nh3.clean(
        _parser().render(source),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer ugc",
        url_relative="deny",
    ).strip()


def tokens(source: str) -> list[Token]:
    """What was typed, taken apart, for what isn't HTML."""
    return _parser().parse(source)
