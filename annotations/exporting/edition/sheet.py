"""The one style sheet of an edition, which stands inside it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from annotations.exporting.notebook import Notebook

_TOKEN = re.compile(r"--([\w-]+): ([^;]+);")
_PAIR = re.compile(r"light-dark\(([^,]+), ([^)]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def style(notebook: Notebook, *, paged: bool = False) -> str:
    """The edition's one style sheet: the site's own tokens, what they are used for and, where it
    is set in pages, what those have besides."""
    running = f"@page{{@top-center{{content:{_css_string(notebook.title)}}}}}\n"
    return _tokens() + running + _sheet() + (_pages() if paged else "")


@cache
def _sheet() -> str:
    return _read("static/annotations/edition.css")


@cache
def _pages() -> str:
    return "\n" + _read("exporting/edition/pages.css")


def _read(path: str) -> str:
    return _COMMENT.sub("", (files("annotations") / path).read_text("utf-8")).strip()


@cache
def _tokens() -> str:
    """The site's tokens that the sheet uses, light, and dark where a screen asks for it."""
    text = (files("reader") / "static/reader/tokens.css").read_text("utf-8")
    [root] = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:1]
    used = [(name, value) for name, value in _TOKEN.findall(root) if f"var(--{name})" in _sheet()]
    light = "".join(f"--{name}:{_PAIR.sub(r'\1', value)};" for name, value in used)
    pairs = ((name, _PAIR.fullmatch(value)) for name, value in used)
    dark = "".join(f"--{name}:{pair[2]};" for name, pair in pairs if pair is not None)
    return (
        f":root{{color-scheme:light;{light}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{color-scheme:dark;{dark}}}}}\n"
    )


def _css_string(words: str) -> str:
    """Anybody's words as a string in a style sheet that stands inside HTML."""
    kept = (
        char if char == " " or (char.isascii() and char.isalnum()) else f"\\{ord(char):x} "
        for char in words
        if char.isprintable()
    )
    return f'"{"".join(kept)}"'
