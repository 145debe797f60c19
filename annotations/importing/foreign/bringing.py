"""Notes from elsewhere, brought into a reading: looked at first, then written as a whole or not at
all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from annotations.actions.guests import guest
from annotations.actions.places import hold_text, target_on
from annotations.enums import (
    CHOSEN_CATEGORIES,
    AnchorState,
    Audience,
    Category,
    Motivation,
    State,
    Verb,
)
from annotations.importing.foreign.incoming import (
    LONGEST_ID,
    Incoming,
    IncomingNote,
    IncomingPerson,
    Skipped,
)
from annotations.importing.foreign.placing import Placed, Report
from annotations.importing.foreign.planning import Plan, planned
from annotations.layers import touch
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, Target
from annotations.moderation.logbook import part_of, record
from annotations.permissions import require_importing
from annotations.selectors import Quote
from reader.actions import TextMovedOn
from reader.enums import Bylines
from reader.models import Paragraph, Reading, StudyGroup, User
from reader.pseudonyms import name_all

BATCH = 500
# Names people from elsewhere in a group, so that they are known when they come again. Never by an
# id that a member has: nobody's words are put into their mouth by a file.
_PEOPLE = UUID("3f0c9a52-7f0a-4c39-9c0b-8d5b0f6f2e61")


@dataclass(frozen=True)
class Brought:
    """What was brought in."""

    annotations: Sequence[Annotation]
    counts: Mapping[str, int]
    skipped: Sequence[Skipped]
    report: Report


def plan(*, by: User, reading: Reading, incoming: Incoming, me: str = "") -> Plan:
    """What `bring_in` would do, for leaders to look at; writes nothing."""
    require_importing(by, reading.group)
    return planned(by=by, reading=reading, incoming=incoming, me=me)


@transaction.atomic
def bring_in(*, by: User, reading: Reading, incoming: Incoming, me: str = "") -> Brought:
    """Notes from elsewhere, as notes in this reading by guests of its group, who have no way in;
    those of the person with the key `me` are `by`'s own. All or nothing.

    What is there already isn't doubled. Nobody comes to read more than they could: what was meant
    for fewer people stays theirs, or stays out. Raises TextMovedOn where the reading reads another
    article meanwhile.
    """
    group = StudyGroup.objects.select_for_update(no_key=True).get(pk=reading.group_id)
    hold_text(reading.article_id)
    now_read = Reading.objects.select_related("article", "group").get(pk=reading.pk)
    if now_read.article_id != reading.article_id:
        raise TextMovedOn
    membership = require_importing(by, now_read.group)
    made = planned(by=by, reading=now_read, incoming=incoming, me=me)
    written = _Writing(by, group, now_read, made, me).write() if made.notes else []
    if written:
        record(
            group=group,
            verb=Verb.BRING_IN,
            by=by,
            acting_as=part_of(by, membership),
            details={
                "count": made.counts["notes"],
                "source": incoming.source,
                "reading": now_read.pk,
            },
        )
    return Brought(written, made.counts, made.skipped, made.report)


class _Writing:
    """Puts a plan into the database, in as many queries for many notes as for few."""

    def __init__(self, by: User, group: StudyGroup, reading: Reading, plan: Plan, me: str) -> None:
        self._by, self._group, self._reading = by, group, reading
        self._plan, self._me = plan, me
        self._now = timezone.now()

    def write(self) -> list[Annotation]:
        parents = self._plan.arranged.parents
        self._authors = self._people()
        known = self._known()
        made = {note.id: self._annotation(note) for note in self._plan.notes}
        roots = [made[each] for each in made if each not in parents]
        replies = [made[each] for each in made if each in parents]
        self._hang(made, {**known, **made})
        for annotation in made.values():
            _check(annotation)
        self._name()
        Annotation.objects.bulk_create(roots, batch_size=BATCH)
        self._store_replies(replies, made, {**known, **made})
        places = {each.note.id: each for each in self._plan.report.placed}
        rows = [row for each in places for row in _targets(made[each], places[each])]
        for row in rows:
            _check(row)
        Target.objects.bulk_create(rows, batch_size=BATCH)
        self._touch(list(made.values()), [row for row in rows if row.current])
        return list(made.values())

    def _people(self) -> dict[str, User]:
        """Who wrote what is new, by key; of stones nobody says whose they were."""
        since: dict[str, datetime] = {}
        for note in self._plan.notes:
            when = note.created or self._now
            since[note.author] = min(when, since.get(note.author, when))
        names = {person.key: person for person in self._plan.people}
        found = {}
        for key, joined_at in since.items():
            if self._me and key == self._me:
                found[key] = self._by
                continue
            person = names.get(key) or IncomingPerson(key, "")
            uuid = uuid5(_PEOPLE, f"{self._group.pk} {key}")
            found[key] = guest(
                group=self._group, name=person.name, uuid=uuid, joined_at=joined_at
            ).user
        return found

    def _known(self) -> dict[str, Annotation]:
        """What is there already, and may be answered by what is new."""
        ids = {self._plan.ids[note.id]: note.id for note in self._plan.doubles}
        found = Annotation.objects.filter(uuid__in=ids).select_related(
            "root", "circle", "reading", "addressee"
        )
        return {ids[annotation.uuid]: annotation for annotation in found}

    def _annotation(self, note: IncomingNote) -> Annotation:
        """A note of now with words of then, that doesn't answer anything yet."""
        uuid = self._plan.ids[note.id]
        private = note.audience == Audience.PRIVATE
        created = note.created or self._now
        edited = note.edited if note.edited and note.edited > created else None
        state, resolves = _state(note), note.resolved_at is not None and not note.is_reply
        return Annotation(
            uuid=uuid,
            client_id=uuid,
            creator=self._authors[note.author],
            article=self._reading.article,
            reading=None if private else self._reading,
            circle=self._plan.circles[note.circle] if note.audience == Audience.CIRCLE else None,
            audience=note.audience,
            motivation=_motivation(note),
            category=_category(note),
            tags=list(note.tags),
            body=note.body,
            body_html=to_html(note.body) if note.body else "",
            renderer_version=RENDERER_VERSION,
            state=state,
            state_before="" if state == State.VISIBLE else State.VISIBLE,
            state_at=None if state == State.VISIBLE else self._now,
            shown_at=self._now,  # whoever has looked in since it was written finds it new
            created_at=created,
            edited_at=edited,
            imported_from="" if str(uuid) in note.id else _address(note),
            resolved_by=self._by if resolves else None,
            resolved_at=note.resolved_at if resolves else None,
            resolution=note.resolution if resolves else "",
        )

    def _hang(self, made: Mapping[str, Annotation], all_of: Mapping[str, Annotation]) -> None:
        """Tell each reply its thread. That is the one of what it answers, whatever the file
        says of what is there already; and it is for no more people than what it answers."""
        parents = self._plan.arranged.parents
        for each, annotation in made.items():  # each after what it answers
            if each not in parents:
                continue
            above = all_of[parents[each]]
            annotation.root = annotation.parent = above.thread_root
            annotation.resolved_by = annotation.resolved_at = None
            annotation.resolution = ""
            if above.audience != Audience.GROUP:
                annotation.audience, annotation.circle = above.audience, above.circle
                annotation.addressee, annotation.reading = above.addressee, above.reading

    def _store_replies(
        self,
        replies: Sequence[Annotation],
        made: Mapping[str, Annotation],
        all_of: Mapping[str, Annotation],
    ) -> None:
        """First all below their roots, since none of them has a number yet, then each where it
        belongs."""
        Annotation.objects.bulk_create(replies, batch_size=BATCH)
        deeper = []
        for each, parent in self._plan.arranged.parents.items():
            if each in made and made[each].parent is not all_of[parent]:
                made[each].parent = all_of[parent]
                deeper.append(made[each])
        Annotation.objects.bulk_update(deeper, ["parent"], batch_size=BATCH)

    def _name(self) -> None:
        if self._reading.bylines == Bylines.PSEUDONYMS:
            name_all(self._reading, {user.pk for user in self._authors.values()})

    def _touch(self, annotations: Sequence[Annotation], targets: Sequence[Target]) -> None:
        """Date what shows any of these, once for all who read the same."""
        paragraphs = self._covered(annotations, targets)
        by_audience: dict[tuple[str, int | None], list[Annotation]] = defaultdict(list)
        for annotation in annotations:
            by_audience[annotation.audience, annotation.circle_id].append(annotation)
        for some in by_audience.values():
            covered = {pk for each in some for pk in paragraphs[each.thread_root.pk]}
            touch(some[0], sorted(covered))

    def _covered(
        self, annotations: Sequence[Annotation], targets: Sequence[Target]
    ) -> dict[int, list[int]]:
        """The ids of the paragraphs that each thread stands on, by its root."""
        new = {target.annotation_id for target in targets}
        old = {each.thread_root.pk for each in annotations} - new
        found = Target.objects.current().filter(annotation__in=old)
        known = found.select_related("start_paragraph", "end_paragraph")
        text = Paragraph.objects.filter(article=self._reading.article).order_by("position")
        order = [(position, pk) for pk, position in text.values_list("pk", "position")]
        covered = {}
        for target in [*targets, *known]:
            first, last = target.start_paragraph.position, target.end_paragraph.position
            covered[target.annotation_id] = [pk for at, pk in order if first <= at <= last]
        return covered


def _motivation(note: IncomingNote) -> Motivation:
    """Only a highlight has no words; nor has a stone."""
    if note.body or note.motivation == Motivation.REPLYING:
        return note.motivation
    return Motivation.HIGHLIGHTING


def _category(note: IncomingNote) -> str:
    motivation = _motivation(note)
    if motivation == Motivation.REPLYING:
        return ""
    if motivation == Motivation.QUESTIONING:
        return Category.VIOLET if note.category == Category.VIOLET else Category.BLUE
    return note.category if note.category in CHOSEN_CATEGORIES else Category.YELLOW


def _state(note: IncomingNote) -> State:
    """What was written elsewhere and is brought in by a leader stands. A stone says who took it
    away only where that was its author: nobody here did."""
    if not note.is_stone:
        return State.VISIBLE
    return State.WITHDRAWN if note.state == State.WITHDRAWN else State.PURGED


def _address(note: IncomingNote) -> str:
    return note.address if 0 < len(note.address) <= LONGEST_ID else note.id


def _targets(annotation: Annotation, placed: Placed) -> Iterable[Target]:
    """Where a root stands. Words that are only like those that were chosen don't replace them:
    these are kept as an earlier place, without one."""
    if placed.stands == AnchorState.EXACT:
        yield target_on(annotation, placed.where)
        return
    lost = placed.note.quote or Quote("", "", "")
    if placed.stands == AnchorState.DETACHED:
        yield _without_words(annotation, placed, lost)
        return
    if not placed.is_sure:
        chosen = _without_words(annotation, placed, lost)
        chosen.current, chosen.placed_by = False, annotation.creator
        yield chosen
    stands = target_on(annotation, placed.where)
    stands.placed_by, stands.anchor_state = None, placed.stands
    yield stands


def _without_words(annotation: Annotation, placed: Placed, lost: Quote) -> Target:
    paragraph = placed.where.paragraphs[0]
    return Target(
        annotation=annotation,
        start_paragraph=paragraph,
        start_offset=0,
        end_paragraph=paragraph,
        end_offset=0,
        exact=lost.exact,
        prefix=lost.prefix,
        suffix=lost.suffix,
        text_revision=annotation.article.text_revision,
        anchor_state=AnchorState.DETACHED,
    )


def _check(row: Annotation | Target) -> None:
    """What the file said; the rest was read from the database."""
    row.clean_fields(exclude={field.name for field in row._meta.fields if field.is_relation})
