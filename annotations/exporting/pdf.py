"""The annotated edition as a tagged PDF: the same document, set in pages."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from annotations.exporting.edition import parts
from annotations.exporting.notebook import Notebook
from annotations.exporting.writing import CannotWrite, Tick, Written, silent
from reader.paper import WHAT_TO_INSTALL, can_set_pages

# About as many notes stand on a page: for how far it has come, before the number of pages is known.
_ON_A_PAGE = 5


def write(notebook: Notebook, tick: Tick) -> Written:
    if not can_set_pages():
        raise CannotWrite(str(WHAT_TO_INSTALL))
    # Each takes about 3.5 MB and an eighth of a second, until all of them are made.
    if (pages := about(notebook)) > settings.CATENA_PDF_PAGES:
        raise CannotWrite(
            _(
                "In pages this would be about %(pages)d, and a PDF can have about %(most)d here. "
                "Choose fewer readings or notes, or take the annotated edition as HTML: it has no "
                "longest length, and a browser prints it."
            )
            % {"pages": pages, "most": settings.CATENA_PDF_PAGES}
        )
    return Written(".pdf", _pages(notebook, tick))


def about(notebook: Notebook) -> int:
    """How many pages a notebook fills, as far as its lengths tell."""
    text = notes = words = 0
    for chapter in notebook.chapters:
        text += sum(len(block.text) for block in chapter.blocks if notebook.filters.text)
        for _thread, entry in chapter.entries:
            notes, words = notes + 1, words + len(entry.body)
    return round(1 + text / 2_900 + notes * 0.075 + words / 4_500)


def _pages(notebook: Notebook, tick: Tick) -> Iterator[bytes]:
    from annotations.exporting.typesetting import typeset

    left = sum(len(thread.entries) for chapter in notebook.chapters for thread in chapter.threads)

    def heard(step: str) -> None:
        nonlocal left
        turned = min(left, _ON_A_PAGE) if "- Page" in step else 0
        left -= turned
        tick(turned)

    yield typeset("".join(parts(notebook, silent, paged=True)), heard)
    tick(left)
