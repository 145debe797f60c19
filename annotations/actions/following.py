"""Notes after their text was corrected: each is followed from its words as they were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched, pairwise
from typing import Protocol

from annotations.actions.places import Range
from annotations.anchoring import Following, Passage, Placement, Selector
from annotations.enums import AnchorState
from annotations.models import Target
from annotations.selectors import quote
from reader.models import Article, Paragraph
from reader.texts import Stood, Texts, text_at

BATCH = 500
# Words that were followed, not guessed.
SURE = (AnchorState.EXACT, AnchorState.MOVED)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one note: the target it has, the one it was made with, its new place."""

    current: Target
    made: Target
    place: Placement

    @property
    def state(self) -> AnchorState:
        return self.place.state

    @property
    def returns(self) -> bool:
        """Whether the words as they were chosen stand where they stood."""
        place = self.place
        there = (place.first, place.start, place.last, place.end)
        return self.state == AnchorState.EXACT and self.made.ends == there


class Course:
    """From every text that an article ever had to the one it gets."""

    def __init__(self, article: Article, after: Sequence[Passage]) -> None:
        self.texts = Texts(article)
        self.after = after
        self._followings: dict[int, Following] = {}
        self._before: dict[int, Sequence[Passage]] = {}

    @cached_property
    def position(self) -> dict[int, int]:
        return {passage.key: at for at, passage in enumerate(self.after)}

    def before(self, revision: int) -> Sequence[Passage]:
        if revision not in self._before:
            self._before[revision] = passages(self.texts.at(revision))
        return self._before[revision]

    def place(self, made: Sequence[Target]) -> tuple[Target, Placement]:
        """Where a note stands, and the choice of words that says so; `made` are all of these,
        the newest first.

        The newest one holds as long as its words can be followed. Where they can't, an older one
        holds again if what it lost has come back since, as when a correction is undone.
        """
        place = self.follow(made[0])
        if place.state in SURE:
            return made[0], place
        for later, earlier in pairwise(made):
            lost = not self._stands(earlier, self.before(later.text_revision))
            if lost and self._stands(earlier, self.after):
                return earlier, self.follow(earlier)
        return made[0], place

    def follow(self, made: Target) -> Placement:
        if made.whole_article:
            return self._whole_article()
        return self.followed(made.text_revision, selector_of(made))

    def followed(self, revision: int, selector: Selector) -> Placement:
        """Where words of one revision are in the text that comes."""
        if revision not in self._followings:
            self._followings[revision] = Following(self.before(revision), self.after)
        return self._followings[revision].place(selector)

    def quote(self, place: Placement) -> tuple[str, str, str]:
        """The words at a place of the text that comes, and what stands around them."""
        first, last = self.position[place.first], self.position[place.last]
        texts = [passage.text for passage in self.after[first : last + 1]]
        found = quote(texts, place.start, place.end)
        return found.exact, found.prefix, found.suffix

    def _whole_article(self) -> Placement:
        first = next(passage for passage in self.after if passage.text)
        return Placement(AnchorState.EXACT, first.key, 0, first.key, len(first.text), 1.0)

    def _stands(self, made: Target, text: Sequence[Passage]) -> bool:
        """Whether the paragraphs of a choice say in this text what they said when it was made."""
        then = _between(self.before(made.text_revision), made)
        return then == _between(text, made) != []


def _between(text: Sequence[Passage], target: Target) -> Sequence[Passage]:
    """The paragraphs of a text from a target's first to its last; none where one is missing."""
    keys = [passage.key for passage in text]
    try:
        first = keys.index(target.start_paragraph_id)
        return text[first : keys.index(target.end_paragraph_id, first) + 1]
    except ValueError:
        return []


def passages(text: Iterable[Stood | Paragraph]) -> list[Passage]:
    return [Passage(each.pk, each.text) for each in text]


def selector_of(target: Target) -> Selector:
    return Selector(
        target.start_paragraph_id,
        target.start_offset,
        target.end_paragraph_id,
        target.end_offset,
        target.exact,
        target.prefix,
        target.suffix,
    )


def planned(course: Course) -> list[Step]:
    """What becomes of every note on an article. One query for the notes, however many, and two
    for the texts."""
    rows: dict[int, list[Target]] = {}
    for target in Target.objects.to_follow(course.texts.article):
        rows.setdefault(target.annotation_id, []).append(target)
    steps = []
    for own in rows.values():
        current = next(target for target in own if target.current)
        made = [target for target in reversed(own) if target.placed_by_id] or own[:1]
        chosen, place = course.place(made)
        steps.append(Step(current, chosen, place))
    return steps


def follow(article: Article) -> None:
    """Put every note of an article where its words are now. For the transaction that made the
    text another one."""
    course = Course(article, passages(text_at(article, article.text_revision)))
    new: list[Target] = []
    returning: list[int] = []
    left: list[int] = []
    for step in planned(course):
        if step.returns:
            if not step.made.current:
                returning.append(step.made.pk)
                left.append(step.current.pk)
            continue
        target = _target(course, step)
        if _said(target) != _said(step.current):
            new.append(target)
            left.append(step.current.pk)
    # In this order, since a note has one current target at any time.
    for ids in batched(left, BATCH):
        Target.objects.filter(pk__in=ids).update(current=False)
    for ids in batched(returning, BATCH):
        Target.objects.filter(pk__in=ids).update(current=True)
    Target.objects.bulk_create(new, batch_size=BATCH)


def carried(article: Article, revision: int, then: Range) -> Range | None:
    """Where words that were chosen in an earlier text of an article are in its present one; None
    where they are gone or only nearly there, so that nothing is guessed."""
    standing = {each.pk: each for each in Paragraph.objects.standing().filter(article=article)}
    course = Course(article, passages(standing.values()))
    texts = [each.text for each in then.paragraphs]
    words = quote(texts, then.start, then.end)
    first, last = then.paragraphs[0].pk, then.paragraphs[-1].pk
    place = course.followed(
        revision,
        Selector(first, then.start, last, then.end, words.exact, words.prefix, words.suffix),
    )
    if place.state not in SURE:
        return None
    covered = range(course.position[place.first], course.position[place.last] + 1)
    return Range([standing[course.after[at].key] for at in covered], place.start, place.end)


def _target(course: Course, step: Step) -> Target:
    target = placed_target(step.made, step.place, course)
    target.annotation_id = step.made.annotation_id
    return target


class Chosen(Protocol):
    """Words as somebody chose them."""

    @property
    def exact(self) -> str: ...
    @property
    def prefix(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def whole_article(self) -> bool: ...


def placed_target(made: Chosen, place: Placement, course: Course) -> Target:
    """A row, of no note yet, for the place that a note gets in the text as it is; one that is
    detached keeps the words it lost."""
    keeps = place.state == AnchorState.DETACHED or made.whole_article
    words = (made.exact, made.prefix, made.suffix)
    exact, prefix, suffix = words if keeps else course.quote(place)
    return Target(
        start_paragraph_id=place.first,
        start_offset=place.start,
        end_paragraph_id=place.last,
        end_offset=place.end,
        whole_article=made.whole_article,
        exact=exact,
        prefix=prefix,
        suffix=suffix,
        text_revision=course.texts.article.text_revision,
        anchor_state=place.state,
    )


def _said(target: Target) -> tuple[object, ...]:
    """What makes a place another one; what stands around it doesn't."""
    return (*target.ends, target.anchor_state, target.exact)
