"""Which comment stands where: numbers and names of comments, and the marks around their words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid5

from annotations.exporting.notebook import Chapter, Entry, Notebook, Thread
from annotations.exporting.word.xml import Xml, joined, tag

# w14:paraId is above 0 and below 0x80000000, w16cid:durableId below 0x7FFFFFFF ([MS-DOCX] 2.6.2.3
# and 2.8.3.1): one number is both.
_IDS = 0x7FFFFFFE


@dataclass(frozen=True, slots=True)
class Comment:
    """An entry as one of Word's comments."""

    number: int  # w:id
    para_id: str  # of its last paragraph, by which other parts name it
    entry: Entry


@dataclass(frozen=True, slots=True)
class Discussion:
    """A thread as Word has it: one comment, and all that answers it one level below."""

    thread: Thread
    comments: tuple[Comment, ...]

    @property
    def root(self) -> Comment:
        return self.comments[0]


def discussions(notebook: Notebook) -> list[list[Discussion]]:
    """By chapter. A comment has the same paraId whenever its note is taken home, but where two
    notes would share one."""
    taken: set[int] = set()
    number = 0
    found = []
    for chapter in notebook.chapters:
        made = []
        for thread in chapter.threads:
            comments = []
            for entry in thread.entries:
                comments.append(Comment(number, _para_id(entry, taken), entry))
                number += 1
            made.append(Discussion(thread, tuple(comments)))
        found.append(made)
    return found


def _para_id(entry: Entry, taken: set[int]) -> str:
    at, tried = entry.id.int % _IDS, 0
    while at in taken:  # never for long, even where somebody chose the ids that were brought in
        tried += 1
        at = uuid5(entry.id, str(tried)).int % _IDS
    taken.add(at)
    return f"{at + 1:08X}"


@dataclass(slots=True)
class Marks:
    """What stands between two characters: the ends of ranges, those without words, beginnings."""

    ends: list[Xml] = field(default_factory=list)
    points: list[Xml] = field(default_factory=list)
    starts: list[Xml] = field(default_factory=list)

    @property
    def xml(self) -> Xml:
        return joined([*self.ends, *self.points, *self.starts])


type Places = defaultdict[int, defaultdict[int, Marks]]  # block → offset → marks


def _places() -> Places:
    return defaultdict(lambda: defaultdict(Marks))


def starts(discussion: Discussion) -> Xml:
    """A reply's range is its root's."""
    return joined(
        tag("w:commentRangeStart", id=str(comment.number)) for comment in discussion.comments
    )


def ends(discussion: Discussion) -> Xml:
    """All the ends before the first reference: with more than one reply, Word doesn't see a
    thread otherwise."""
    numbers = [str(comment.number) for comment in discussion.comments]
    look = tag("w:rPr", tag("w:rStyle", val="CommentReference"))
    return joined(
        [
            *(tag("w:commentRangeEnd", id=number) for number in numbers),
            *(tag("w:r", look, tag("w:commentReference", id=number)) for number in numbers),
        ]
    )


def around(inside: Xml, about: Sequence[Discussion]) -> Xml:
    """Words that all of these are about."""
    return joined([*map(starts, about), inside, *map(ends, about)])


def places(chapter: Chapter, about: Sequence[Discussion]) -> Places:
    """Where in the text the marks of those stand that are about words of it, or were: one that
    has lost its words stands at the end of its paragraph."""
    found = _places()
    for discussion in about:
        place = discussion.thread.place
        if place.is_detached:
            marks = found[place.first][len(chapter.blocks[place.first].text)]
            marks.points += [starts(discussion), ends(discussion)]
        elif (place.first, place.start) == (place.last, place.end):
            marks = found[place.first][place.start]
            marks.points += [starts(discussion), ends(discussion)]
        else:
            found[place.first][place.start].starts.append(starts(discussion))
            found[place.last][place.end].ends.append(ends(discussion))
    return found
