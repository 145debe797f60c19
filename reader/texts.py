"""An article's text as it is and as it was."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from reader.enums import NUMBERED
from reader.models import Article, Paragraph, ParagraphRevision, TextRevision
from reader.models.articles import references
from reader.words import Piece, changes, increasing

# What a paragraph says, and in which way: what a revision of it keeps.
SAID = ("kind", "level", "label", "text", "spans")


@dataclass(frozen=True, slots=True)
class Stood:
    """A paragraph as it stood in one revision of its text."""

    pk: int
    key: str
    kind: str
    level: int | None
    label: str
    text: str
    spans: list[Any]

    @property
    def references(self) -> list[tuple[int, int, str]]:
        return references(self.spans)


def said(paragraph: Paragraph | ParagraphRevision | Stood) -> tuple[Any, ...]:
    return tuple(getattr(paragraph, name) for name in SAID)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many paragraphs of a text are something else than before."""

    changed: int
    new: int
    out: int
    moved: int

    def __bool__(self) -> bool:
        return any((self.changed, self.new, self.out, self.moved))


class Texts:
    """All that an article's text ever was. Two queries, and only once something is asked."""

    def __init__(self, article: Article) -> None:
        self.article = article

    @cached_property
    def revisions(self) -> dict[int, TextRevision]:
        """By number, in order."""
        revisions = self.article.text_revisions.select_related("created_by")
        return {each.number: each for each in revisions}

    @cached_property
    def _by_paragraph(self) -> dict[int, list[ParagraphRevision]]:
        found: dict[int, list[ParagraphRevision]] = {}
        revisions = ParagraphRevision.objects.filter(paragraph__article=self.article)
        for each in revisions.select_related("paragraph").order_by("text_revision"):
            found.setdefault(each.paragraph_id, []).append(each)
        return found

    @cached_property
    def _said_anew(self) -> dict[int, set[int]]:
        """Which paragraphs say something since a revision that they didn't before, by its
        number. What they say isn't fetched."""
        found: dict[int, set[int]] = {}
        revisions = ParagraphRevision.objects.filter(paragraph__article=self.article)
        for number, pk in revisions.values_list("text_revision", "paragraph_id"):
            found.setdefault(number, set()).add(pk)
        return found

    def corrections(self) -> list[tuple[TextRevision, Tally | None]]:
        """Every revision with what it made of the one before, the newest first. Two queries."""
        return [
            (revision, self._tally(number) if number - 1 in self.revisions else None)
            for number, revision in reversed(self.revisions.items())
        ]

    def _tally(self, number: int) -> Tally:
        before, after = self.revisions[number - 1].order, self.revisions[number].order
        both = set(before) & set(after)
        return Tally(
            changed=len(both & self._said_anew.get(number, set())),
            new=len(set(after) - both),
            out=len(set(before) - both),
            moved=len(moved_among(before, after)),
        )

    def at(self, number: int) -> list[Stood]:
        """The text from this revision on. KeyError where there was none of that number."""
        return [self._stood(pk, number) for pk in self.revisions[number].order]

    def _stood(self, pk: int, number: int) -> Stood:
        then = max(
            (each for each in self._by_paragraph[pk] if each.text_revision <= number),
            key=lambda each: each.text_revision,
        )
        return Stood(pk, then.paragraph.key, *said(then))


def standing(paragraphs: Iterable[Paragraph]) -> list[Stood]:
    """Paragraphs as they are now, in the same shape."""
    return [Stood(each.pk, each.key, *said(each)) for each in paragraphs]


def text_at(article: Article, number: int) -> list[Stood]:
    """One text of an article; a single query where that is the present one."""
    if number == article.text_revision:
        return standing(article.paragraphs.standing())
    return Texts(article).at(number)


def moved_among[Name: Hashable](before: Sequence[Name], after: Sequence[Name]) -> set[Name]:
    """Which of those that are in both have left the order that the others kept."""
    places = {name: place for place, name in enumerate(before)}
    kept = [name for name in after if name in places]
    still = increasing([places[name] for name in kept])
    return set(kept) - {kept[at] for at in still}


@dataclass(frozen=True, slots=True)
class Then:
    """A paragraph of a past text beside what it is now. `number` is the one it had."""

    stood: Stood
    number: int | None
    now: Stood | None

    @property
    def changed(self) -> bool:
        """Whether it says something else now, or in another way."""
        return self.now is not None and said(self.now) != said(self.stood)

    @property
    def pieces(self) -> list[Piece]:
        """What became of its words, where they were changed."""
        same = self.now is None or self.now.text == self.stood.text
        return [] if self.now is None or same else changes(self.stood.text, self.now.text)


def then_and_now(texts: Texts, number: int) -> list[Then]:
    """A past text. KeyError where there was none of that number."""
    now = {each.pk: each for each in standing(texts.article.paragraphs.standing())}
    numbers = count(1)
    return [
        Then(each, next(numbers) if each.kind in NUMBERED else None, now.get(each.pk))
        for each in texts.at(number)
    ]
