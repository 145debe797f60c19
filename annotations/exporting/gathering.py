"""From the database to a notebook: the one place that asks what may be taken home.

What exists for a person in a reading comes from `annotations.threads`, as on the page; here it is
only ever reduced: to what is meant for others to read, and to what was chosen. As many queries
for a reading, however many notes there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import spoken
from annotations.enums import (
    PUBLISHED,
    AnchorState,
    Audience,
    Motivation,
    State,
)
from annotations.exporting.choosing import chosen
from annotations.exporting.naming import Names
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Filters,
    Notebook,
    Person,
    Place,
    Resolution,
    Thread,
)
from annotations.exporting.scope import Scope, absolute
from annotations.models import Target
from annotations.permissions import is_locked
from annotations.querysets import GONE, HELD
from annotations.room import Room, enter_reading
from annotations.threads import Note, threads_on
from annotations.threads import Thread as Found
from reader.enums import BlockKind
from reader.models import Article, Circle, Paragraph, User

# Names nobody outside what one person takes home for themselves.
_MYSELF = UUID("5e5a8a2c-6f0b-4a52-9a0e-6a1f3d0c7f11")


def gather(scope: Scope, filters: Filters) -> Notebook:
    """The notebook of what was chosen, as far as this person may take it home."""
    return chosen(everything(scope, filters))


def everything(scope: Scope, filters: Filters) -> Notebook:
    """The same before anything is chosen: all that there is to choose from."""
    filters = scope.allowed(filters)
    group = scope.group
    return Notebook(
        title=scope.title,
        url=scope.url,
        site=settings.CATENA_URL,
        group="" if group is None else group.name,
        group_slug="" if group is None else group.slug,
        language=settings.LANGUAGE_CODE if group is None else group.language,
        generated_at=timezone.now(),
        zone=timezone.get_current_timezone(),
        filters=filters,
        chosen="",
        chapters=tuple(_chapters(scope, filters)),
    )


def _chapters(scope: Scope, filters: Filters) -> list[Chapter]:
    names: dict[int, Names] = {}
    seen: set[UUID] = set()  # a private note stands in every reading of its text
    chapters = []
    for reading in scope.readings:
        if reading.group_id not in names:
            names[reading.group_id] = Names(reading.group, filters.naming)
        maker = _Maker(enter_reading(scope.user, reading), filters, names[reading.group_id], seen)
        chapters.append(maker.chapter())
    if scope.group is None:
        chapters += _beyond_reach(scope.user, seen)
    return chapters


class _Maker:
    """Makes the chapter of one room."""

    def __init__(self, room: Room, filters: Filters, names: Names, seen: set[UUID]) -> None:
        self._room, self._filters, self._names, self._seen = room, filters, names, seen
        standing = Paragraph.objects.standing().filter(article=room.article)
        self._paragraphs = list(standing)
        self._index = {paragraph.pk: at for at, paragraph in enumerate(self._paragraphs)}

    @cached_property
    def _circles(self) -> dict[int, str]:
        """The names of circles, asked for where something was written to one."""
        return dict(Circle.objects.filter(reading=self._room.reading).values_list("pk", "name"))

    def chapter(self) -> Chapter:
        room = self._room
        found = threads_on(room, self._paragraphs)
        made = (self._thread(each) for each in found)
        threads = [each for each in made if each is not None]
        url = absolute(room.reading.get_absolute_url())
        return replace(
            _about(room.article),
            url=url,
            blocks=tuple(_block(paragraph, url) for paragraph in self._paragraphs),
            threads=tuple(replace(each, number=n) for n, each in enumerate(threads, start=1)),
            colophon=self._colophon(found),
        )

    def _thread(self, found: Found) -> Thread | None:
        root = found.root.annotation
        notes = {note.annotation.pk: note for note in (found.root, *found.replies)}
        kept = {pk: how for pk, note in notes.items() if (how := self._kept(note)) != _NOT_AT_ALL}
        if root.pk not in kept or root.uuid in self._seen:
            return None
        if root.audience == Audience.PRIVATE:
            self._seen.add(root.uuid)
        ordered = _depth_first(root.pk, [notes[pk] for pk in kept], kept)
        if not any(kept[note.annotation.pk] == _WORDS for note, _depth, _above in ordered):
            return None
        entries = [
            self._entry(note, depth, above, stone=kept[note.annotation.pk] == _STONE)
            for note, depth, above in ordered
        ]
        # What came of words that are gone may say them again.
        resolved = root.resolved_at if kept[root.pk] == _WORDS else None
        return Thread(
            number=0,
            place=self._place(found),
            entries=tuple(entries),
            resolution=None if resolved is None else Resolution(resolved, root.resolution),
            is_prompt=root.is_prompt,
            is_locked=is_locked(root),
        )

    def _kept(self, note: Note) -> int:
        """How much of a note that exists for this person is taken home."""
        annotation, leads = note.annotation, self._room.leads
        if note.is_stone:
            return _STONE
        to_one = annotation.audience == Audience.PERSON
        if annotation.audience == Audience.PRIVATE or (to_one and not leads):
            return _WORDS if self._filters.private else _NOT_AT_ALL
        for_leaders = to_one or annotation.audience == Audience.LEADERS
        if for_leaders and not self._filters.leaders:
            return _NOT_AT_ALL
        if annotation.state not in HELD:
            return _WORDS
        if self._filters.leaders if leads else self._filters.private:
            return _WORDS
        never_shown = annotation.state == State.PENDING and not annotation.was_shown
        return _NOT_AT_ALL if never_shown else _STONE

    def _entry(self, note: Note, depth: int, above: Note | None, *, stone: bool) -> Entry:
        annotation = note.annotation
        entry = Entry(
            id=annotation.uuid,
            url=absolute(annotation.get_absolute_url()),
            parent=None if above is None else above.annotation.uuid,
            depth=depth,
            motivation=Motivation(annotation.motivation),
            category=annotation.category,
            created=annotation.created_at,
            state=State(annotation.state),
            audience=Audience(annotation.audience),
            circle=self._circles[annotation.circle_id] if annotation.circle_id else "",
        )
        if stone:
            return replace(entry, stone=spoken.stone_says(annotation.state, note.reason))
        answered = above if depth > 1 else None
        return replace(
            entry,
            author=self._person(note),
            tags=tuple(annotation.tags),
            body=annotation.body,
            html=annotation.body_html,
            edited=annotation.edited_at,
            answers="" if answered is None else self._called(answered),
            mark=self._mark(note),
            endorsements=note.endorsements,
            mine=annotation.creator_id == self._room.user.pk,
        )

    def _person(self, note: Note) -> Person:
        assert note.byline is not None  # noqa: S101  of what has words
        byline, annotation = note.byline, note.annotation
        shown = byline.aside or byline.name
        pseudonymous = self._room.goes_by_pseudonyms and annotation.reading_id is not None
        return self._names.in_reading(
            self._room.reading, annotation.creator_id, shown, pseudonymous=pseudonymous
        )

    def _called(self, note: Note) -> str:
        return "" if note.byline is None else self._person(note).name

    def _mark(self, note: Note) -> str:
        annotation = note.annotation
        said = []
        if annotation.audience == Audience.PRIVATE:
            said.append(_("Private"))
        elif annotation.audience == Audience.LEADERS:
            said.append(_("For the leaders"))
        elif annotation.audience == Audience.PERSON:
            said.append(_("For one person and the leaders"))
        if annotation.state not in PUBLISHED:
            said.append(spoken.state_says(annotation.state, note.reason))
        return " · ".join(said)

    def _place(self, found: Found) -> Place:
        target = found.target
        return Place(
            first=self._index[target.start_paragraph_id],
            start=target.start_offset,
            last=self._index[target.end_paragraph_id],
            end=target.end_offset,
            exact=target.exact,
            prefix=target.prefix,
            suffix=target.suffix,
            text_revision=self._room.article.text_revision,
            anchor_state=AnchorState(target.anchor_state),
            whole_article=target.whole_article,
            whole_block=found.is_whole_paragraph,
        )

    def _colophon(self, found: Iterable[Found]) -> tuple[str, ...]:
        """Of those whose notes this person reads here: who wants to be named. Under pseudonyms it
        is everybody in the group who does, so that a name that is new says nothing of a note
        that is."""
        if self._room.goes_by_pseudonyms:
            return self._names.to_be_named(self._names.everybody())
        wrote = {
            note.annotation.creator_id
            for thread in found
            for note in (thread.root, *thread.replies)
            if not note.is_stone and note.annotation.state in PUBLISHED
            if note.annotation.audience in (Audience.GROUP, Audience.CIRCLE)
        }
        return self._names.to_be_named(wrote)


_NOT_AT_ALL, _STONE, _WORDS = range(3)


def _depth_first(
    root: int, kept: Sequence[Note], how: dict[int, int]
) -> list[tuple[Note, int, Note | None]]:
    """Each note with its depth and what it stands below: after that, the earlier ones first. A
    stone stands only where an answer to it does."""
    notes = {note.annotation.pk: note for note in kept}
    below: dict[int, list[Note]] = defaultdict(list)
    for note in kept:
        if note.annotation.pk != root:
            parent = note.annotation.parent_id
            below[parent if parent in notes else root].append(note)
    ordered: list[tuple[Note, int, Note | None]] = []
    waiting: list[tuple[Note, int, Note | None]] = [(notes[root], 0, None)]
    while waiting:
        note, depth, above = waiting.pop()
        ordered.append((note, depth, above))
        waiting += [(each, depth + 1, note) for each in reversed(below[note.annotation.pk])]
    answered: set[int] = set()
    for note, _depth, above in reversed(ordered):
        stands = how[note.annotation.pk] == _WORDS or note.annotation.pk in answered
        if stands and above is not None:
            answered.add(above.annotation.pk)
    return [
        (note, depth, above)
        for note, depth, above in ordered
        if how[note.annotation.pk] == _WORDS or depth == 0 or note.annotation.pk in answered
    ]


def _about(article: Article) -> Chapter:
    """An article, without its words."""
    now = article.text_revisions.filter(number=article.text_revision)
    return Chapter(
        slug=article.slug,
        url="",
        title=article.title,
        language=article.language,
        direction=article.direction,
        text_revision=article.text_revision,
        text_from=now.values_list("created_at", flat=True).first() or article.created_at,
        subtitle=article.subtitle,
        creators=tuple(article.creators),
        series=article.series,
        date=article.date_text,
        source=article.source,
        rights=article.rights,
        metadata=tuple((key, value) for key, value in article.metadata),
    )


def _block(paragraph: Paragraph, url: str) -> Block:
    return Block(
        key=paragraph.key,
        number=paragraph.number,
        kind=BlockKind(paragraph.kind),
        level=paragraph.level,
        label=paragraph.label,
        text=paragraph.text,
        spans=paragraph.spans,
        url=f"{url}#p-{paragraph.key}",
    )


def _beyond_reach(user: User, seen: set[UUID]) -> list[Chapter]:
    """One's private notes on texts that one reads nowhere any more: what they quote is theirs."""
    own = Target.objects.current().filter(
        annotation__creator=user, annotation__audience=Audience.PRIVATE
    )
    left = own.exclude(annotation__state__in=GONE).exclude(annotation__uuid__in=seen)
    by_article: dict[Article, list[Target]] = defaultdict(list)
    in_order = left.select_related("annotation__article", "start_paragraph")
    for target in in_order.order_by("annotation__article", "start_paragraph__position", "pk"):
        by_article[target.annotation.article].append(target)
    return [
        replace(
            _about(article),
            threads=tuple(_alone(target, user, n) for n, target in enumerate(targets, start=1)),
        )
        for article, targets in by_article.items()
    ]


def _alone(target: Target, user: User, number: int) -> Thread:
    annotation = target.annotation
    entry = Entry(
        id=annotation.uuid,
        url=absolute(annotation.get_absolute_url()),
        parent=None,
        depth=0,
        motivation=Motivation(annotation.motivation),
        category=annotation.category,
        created=annotation.created_at,
        author=Person(str(uuid5(_MYSELF, str(user.pk))), user.name),
        tags=tuple(annotation.tags),
        body=annotation.body,
        html=annotation.body_html,
        edited=annotation.edited_at,
        audience=Audience.PRIVATE,
        mark=_("Private"),
        mine=True,
    )
    place = Place(
        0, 0, 0, 0, target.exact, target.prefix, target.suffix, target.text_revision,
        AnchorState.DETACHED, whole_article=target.whole_article,
    )  # fmt: skip
    return Thread(number, place, (entry,))
