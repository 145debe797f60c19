"""Where the notes of an archive stand in a text that is there already, perhaps in other words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from uuid import UUID

from annotations.actions.following import SURE, Course, passages, placed_target
from annotations.anchoring import Following, Passage, Placement, Selector
from annotations.enums import AnchorState
from annotations.importing.archives.matching import Match
from annotations.importing.archives.past import Past
from annotations.models import Target
from annotations.records import Note, Place
from reader.models import Article
from reader.texts import text_at

type Who = Callable[[UUID | None], int]


def row(place: Place, paragraphs: dict[str, int], who: Who) -> Target:
    """A place as it is in the archive, not yet saved and of no note."""
    return Target(
        start_paragraph_id=paragraphs[place.start],
        start_offset=place.start_offset,
        end_paragraph_id=paragraphs[place.end],
        end_offset=place.end_offset,
        whole_article=place.whole_article,
        exact=place.exact,
        prefix=place.prefix,
        suffix=place.suffix,
        text_revision=place.text_revision,
        anchor_state=place.anchor_state,
        placed_by_id=who(place.placed_by) if place.chosen else None,
        current=place.current,
        created_at=place.created_at,
    )


class Merging:
    """From every text in an archive to the one that a reading has.

    As far as both texts were the same, places are stored as they were and followed as if they
    had been made here. One on a text that this site never had is followed once.
    """

    def __init__(self, match: Match, article: Article, who: Who) -> None:
        self._past = Past(match.holding)
        self._theirs, self._article, self._who = match.holding.article, article, who
        here = {key: each.pk for key, each in match.paragraphs.items()}
        keys = (each.key for each in match.holding.paragraphs)
        # What isn't there gets a number that no paragraph has.
        self._pk = {key: here.get(key, -at) for at, key in enumerate(keys, start=1)}
        self._followings: dict[int, Following] = {}

    def rows(self, note: Note) -> list[Target]:
        """A note's places, not yet saved; the last says where it stands, or the one that counts."""
        shared = all(place.text_revision <= self._shared for place in note.places)
        return self._as_here(note) if shared else [self._followed(note)]

    @cached_property
    def _course(self) -> Course:
        text = text_at(self._article, self._article.text_revision)
        return Course(self._article, passages(text))

    @cached_property
    def _shared(self) -> int:
        """Up to which revision both texts said the same."""
        ours = self._course.texts
        for number in range(1, self._theirs.text_revision + 1):
            if number not in ours.revisions or self._text(number) != passages(ours.at(number)):
                return number - 1
        return self._theirs.text_revision

    def _text(self, number: int) -> list[Passage]:
        return [Passage(self._pk[key], text) for key, text in self._past.at(number)]

    def _as_here(self, note: Note) -> list[Target]:
        rows = [row(place, self._pk, self._who) for place in note.places]
        if self._theirs.text_revision == self._article.text_revision:
            return rows
        made = [each for each in reversed(rows) if each.placed_by_id] or rows[:1]
        chosen, place = self._course.place(made)
        there = (place.first, place.start, place.last, place.end)
        for each in rows:
            each.current = each is chosen
        if place.state != AnchorState.EXACT or chosen.ends != there:
            chosen.current = False
            rows.append(placed_target(chosen, place, self._course))
        return rows

    def _followed(self, note: Note) -> Target:
        chosen = [each for each in reversed(note.places) if each.chosen] or [note.places[0]]
        current = next(each for each in note.places if each.current)
        found = [(each, self._place(each)) for each in (chosen[0], current)]
        made, place = next((each for each in found if each[1].state in SURE), found[0])
        target = placed_target(made, place, self._course)
        if place.state == AnchorState.EXACT and made.chosen:
            target.placed_by_id = self._who(made.placed_by)
        return target

    def _place(self, made: Place) -> Placement:
        if made.whole_article:
            first = next(each for each in self._course.after if each.text)
            return Placement(AnchorState.EXACT, first.key, 0, first.key, len(first.text), 1.0)
        number = made.text_revision
        if number not in self._followings:
            self._followings[number] = Following(self._text(number), self._course.after)
        return self._followings[number].place(
            Selector(
                self._pk[made.start],
                made.start_offset,
                self._pk[made.end],
                made.end_offset,
                made.exact,
                made.prefix,
                made.suffix,
            )
        )
