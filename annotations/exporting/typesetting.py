"""HTML set in pages through WeasyPrint, which fetches nothing for it: neither over the network nor
from a disk. Imported only where pages are made, since it loads Pango."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from annotations.exporting.word.prose import begins_rtl

_SCHEME = "catena-face:"
_AT = re.compile(r'url\("([\w-]+\.woff2)"\)')
_PROGRESS = logging.getLogger("weasyprint.progress")
# What it tells of its steps is for `typeset` alone; that it doesn't know every rule of a sheet that
# browsers read too is no news.
_PROGRESS.propagate = False
_PROGRESS.setLevel(logging.INFO)
logging.getLogger("weasyprint").setLevel(logging.ERROR)


class OurFacesAlone(URLFetcher):  # type: ignore[misc]  # a package without types
    """Answers for the typefaces that set-up has cut, by their names, and for nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._files = {f"{_SCHEME}{file.name}": file for file in folder.glob("*.woff2")}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        file = self._files.get(url)
        if file is None:
            raise ValueError(f"Nothing is fetched for an edition: {url}")
        return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": "font/woff2"})


class _OnEveryStep(logging.Handler):
    """Hears how far WeasyPrint has come in this thread; what it calls may end the work."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._heard, self._thread = heard, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._heard(record.getMessage())


def typeset(html: str, heard: Callable[[str], None]) -> bytes:
    """A tagged PDF (PDF/UA-1) of a self-contained document."""
    folder = settings.ASSETS_DIR / "fonts"
    fetcher = OurFacesAlone(folder)
    fonts = FontConfiguration()
    faces = CSS(string=_faces(folder), url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=html, url_fetcher=fetcher)
    _say_directions(document.etree_element)
    _link_words_alone(document.etree_element)
    listening = _OnEveryStep(heard)
    _PROGRESS.addHandler(listening)
    try:
        made: Any = document.write_pdf(
            stylesheets=[faces], font_config=fonts, pdf_variant="pdf/ua-1"
        )
    finally:
        _PROGRESS.removeHandler(listening)
    return bytes(made)


def _say_directions(document: Any) -> None:
    """Tell words that run as their first letter does how that is: WeasyPrint can't."""
    for element in document.iter():
        if element.get("dir", "auto" if element.tag == "bdi" else "") == "auto":
            element.set("dir", "rtl" if begins_rtl("".join(element.itertext())) else "ltr")


def _link_words_alone(document: Any) -> None:
    """WeasyPrint makes a link of every element in a link, and one that isn't `a` is tagged as none:
    so each stretch of words in it becomes a link of its own, inside their marks and emphasis."""
    for link in [each for each in document.iter("a") if len(each) and "href" in each.attrib]:
        parents = {child: parent for parent in link.iter() for child in parent}
        href, link.tag = link.attrib.pop("href"), "span"
        for element in list(link.iter()):
            if element.text:
                words = element.makeelement("a", {"href": href})
                words.text, element.text = element.text, None
                element.insert(0, words)
            if element.tail and element is not link:
                words = element.makeelement("a", {"href": href})
                words.text, element.tail = element.tail, None
                parent = parents[element]
                parent.insert(list(parent).index(element) + 1, words)


def _faces(folder: Path) -> str:
    """The site's own typefaces, where set-up has cut them; else the system's are taken."""
    sheet = folder / "fonts.css"
    rules = sheet.read_text("utf-8").splitlines() if sheet.exists() else []
    # The others tell a browser what to show until ours have come.
    return "\n".join(_AT.sub(rf'url("{_SCHEME}\1")', rule) for rule in rules if "url(" in rule)
