"""A Word document: the articles in Word's own styles, and the notes as comments in their margins,
on the words that they are about, answers as threads.

`anchors` says which comment stands where, `chapters` writes the text, `comments` what is said about
it, `package` what is around both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from django.utils.translation import gettext as _

from annotations.exporting.notebook import Notebook
from annotations.exporting.word import comments
from annotations.exporting.word.anchors import Discussion, discussions
from annotations.exporting.word.chapters import Book, ChapterWriter, front
from annotations.exporting.word.package import packed, skeleton
from annotations.exporting.word.prose import Links
from annotations.exporting.word.xml import DECLARATION, Xml, joined, root
from annotations.exporting.writing import CannotWrite, Tick, Written

# Word opens no file with more of them ([MS-OI29500], commentRangeStart).
MOST_COMMENTS = 32_767
_RELATIONS = "word/_rels/document.xml.rels"
_NONE = (
    f'{DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"></Relationships>'
).encode()


def write(notebook: Notebook, tick: Tick) -> Written:
    count = sum(len(thread.entries) for each in notebook.chapters for thread in each.threads)
    if count > MOST_COMMENTS:
        raise CannotWrite(
            _(
                "Word opens no document with more than %(most)d comments, and here are "
                "%(count)d. Choose fewer notes, or another format."
            )
            % {"most": MOST_COMMENTS, "count": count}
        )
    return Written(".docx", packed(_parts(notebook, discussions(notebook), tick)))


def _parts(
    notebook: Notebook, about: Sequence[Sequence[Discussion]], tick: Tick
) -> dict[str, Iterable[Xml] | bytes]:
    """The document's files, to be written in this order: where a part's links lead is known once
    its words are written."""
    given = skeleton(notebook)
    book, links = Book(notebook), Links()
    every = list(chain.from_iterable(about))
    written: dict[str, Iterable[Xml]] = {
        "word/document.xml": _document(given["word/document.xml"], book, about),
        "word/comments.xml": _comments(every, notebook, links, tick),
        "word/commentsExtended.xml": _listed("w15:commentsEx", comments.extended, every),
        "word/commentsIds.xml": _listed("w16cid:commentsIds", comments.ids, every),
        "word/commentsExtensible.xml": _listed(
            "w16cex:commentsExtensible", comments.extensible, every
        ),
        _RELATIONS: _related(book.links, given[_RELATIONS]),
        "word/_rels/comments.xml.rels": _related(links),
    }
    return {name: blob for name, blob in given.items() if name not in written} | written


def _document(empty: bytes, book: Book, about: Sequence[Sequence[Discussion]]) -> Iterator[Xml]:
    head, section, tail = empty.decode().partition("<w:sectPr")
    yield Xml(head)
    if not book.is_one:
        yield from front(book)
    for number, chapter in enumerate(book.notebook.chapters):
        yield from ChapterWriter(number, chapter, about[number], book).paragraphs()
    yield Xml(section + tail)


def _comments(
    every: Sequence[Discussion], notebook: Notebook, links: Links, tick: Tick
) -> Iterator[Xml]:
    head, tail = root("w:comments", "w", "r", "mc", "w14", ignorable="w14")
    yield head
    for discussion in every:
        for each in discussion.comments:
            yield comments.comment(each, discussion.thread, links, notebook.zone)
        tick(sum(not each.entry.is_stone for each in discussion.comments))
    yield tail


def _listed(
    name: str, one: Callable[[Discussion], Xml], every: Sequence[Discussion]
) -> Iterator[Xml]:
    """A part that has a line for every comment."""
    prefix = name.partition(":")[0]
    head, tail = root(name, "mc", prefix, ignorable=prefix)
    yield head
    yield from map(one, every)
    yield tail


def _related(links: Links, others: bytes = _NONE) -> Iterator[Xml]:
    """What a part is related to: `others`, and where its links lead."""
    head, _end, _rest = others.decode().partition("</Relationships>")
    yield joined([Xml(head), links.relationships, Xml("</Relationships>")])
