"""The formats that can be read: one module each, chosen by name, file name or look."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reader.importing import markdown, plain_text
from reader.importing.parsed import ImportRefused, ParsedArticle

# Front matter, a heading, a footnote, a fence, a link.
_MARKDOWN_LOOK = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*---\r?\n|^#{1,6} \S|^\[\^[^\]\n]{1,40}\]:|^```|\]\(https?://",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Format:
    """`parse` takes a file's bytes and name; `looks_right` judges by its first kilobytes."""

    name: str
    label: str | Promise
    suffixes: tuple[str, ...]
    parse: Callable[[bytes, str], ParsedArticle]
    looks_right: Callable[[bytes], bool]


# In the order they are asked; plain text takes what nothing else knows.
FORMATS = (
    Format(
        "markdown",
        gettext_lazy("Markdown"),
        (".md", ".markdown"),
        markdown.parse,
        lambda head: bool(_MARKDOWN_LOOK.search(head)),
    ),
    Format("text", gettext_lazy("Plain text"), (".txt", ".text"), plain_text.parse, lambda _: True),
)


def choose(data: bytes, *, filename: str = "", format: str | None = None) -> Format:
    if format:
        for known in FORMATS:
            if known.name == format:
                return known
        raise ImportRefused(_("Files of this kind can't be read yet."))
    suffix = PurePath(filename).suffix.lower()
    for known in FORMATS:
        if suffix in known.suffixes:
            return known
    return next(known for known in FORMATS if known.looks_right(data[:8192]))


def parse(data: bytes, *, filename: str = "", format: str | None = None) -> ParsedArticle:
    """A file as an article. Raises ImportRefused, with a sentence, where it can't be one."""
    return choose(data, filename=filename, format=format).parse(data, filename)
