"""An article's text as it is and as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reader.models import Article, Paragraph, ParagraphRevision, TextRevision


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
    text_hash: str


class Texts:
    """All that an article's text ever was. Two queries, and only once something is asked."""

    def __init__(self, article: Article) -> None:
        self.article = article

    @cached_property
    def revisions(self) -> dict[int, TextRevision]:
        """By number, in order."""
        return {each.number: each for each in self.article.text_revisions.all()}

    @cached_property
    def _by_paragraph(self) -> dict[int, list[ParagraphRevision]]:
        found: dict[int, list[ParagraphRevision]] = {}
        revisions = ParagraphRevision.objects.filter(paragraph__article=self.article)
        for each in revisions.select_related("paragraph").order_by("text_revision"):
            found.setdefault(each.paragraph_id, []).append(each)
        return found

    def at(self, number: int) -> list[Stood]:
        """The text from this revision on. KeyError where there was none of that number."""
        return [self._stood(pk, number) for pk in self.revisions[number].order]

    def _stood(self, pk: int, number: int) -> Stood:
        then = max(
            (each for each in self._by_paragraph[pk] if each.text_revision <= number),
            key=lambda each: each.text_revision,
        )
        return Stood(
            pk, then.paragraph.key, then.kind, then.level, then.label, then.text, then.spans,
            then.text_hash,
        )  # fmt: skip


def standing(paragraphs: Iterable[Paragraph]) -> list[Stood]:
    """Paragraphs as they are now, in the same shape."""
    return [
        Stood(p.pk, p.key, p.kind, p.level, p.label, p.text, p.spans, p.text_hash)
        for p in paragraphs
    ]
