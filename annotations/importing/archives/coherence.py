"""Whether what an archive holds fits together, so that all of it can be stored: what a database
would refuse, and what no page could show, is refused here, in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any, NoReturn
from uuid import UUID

from django.utils.translation import gettext as _

from annotations.enums import (
    PUBLISHED,
    Actor,
    AnchorState,
    Audience,
    Motivation,
    RevisionState,
)
from annotations.importing.archives.past import Past
from annotations.records import (
    Archive,
    BadArchive,
    Case,
    Decision,
    Holding,
    Note,
    Paragraph,
    Person,
    Place,
)
from reader.enums import Reveal

# Rows of the log that hang on one another.
DEEPEST_LOG = 20


def check(archive: Archive) -> None:
    """Stop with BadArchive at the first thing that fits with nothing."""
    people = _distinct((person.id for person in archive.people), _("A person"))
    _known(archive.header.exported_by, people)
    _check_group(archive, people)
    _distinct((each.article.slug for each in archive.holdings), _("An article"))
    _distinct((part.key for each in archive.holdings for part in each.paragraphs), _("A paragraph"))
    notes = _distinct((note.uuid for each in archive.holdings for note in each.notes), _("A note"))
    for holding in archive.holdings:
        _Checking(archive, holding, people).check()
    _check_log(archive.log, people, notes)


def _check_group(archive: Archive, people: Collection[UUID]) -> None:
    group = archive.group
    _distinct((reason.code for reason in group.reasons), _("A reason"))
    _distinct((rule.words for rule in group.word_rules), _("A word rule"))
    for rule in group.word_rules:
        _known(rule.created_by, people)


class _Checking:
    """One text, its reading, and what is written there."""

    def __init__(self, archive: Archive, holding: Holding, people: Collection[UUID]) -> None:
        self._exported_by = archive.header.exported_by
        self._of, self._people = holding, people
        self._past = Past(holding)
        self._paragraphs = {each.key: each for each in holding.paragraphs}
        self._circles = {circle.name for circle in holding.reading.circles}
        self._notes = {note.uuid: note for note in holding.notes}

    def check(self) -> None:
        self._check_text()
        self._check_reading()
        for note in self._of.notes:
            self._check_note(note)
        for uuid, root in roots_of(self._notes).items():
            self._check_answer(self._notes[uuid], self._notes[root])
        self._check_cases()

    def _check_text(self) -> None:
        article = self._of.article
        _known(article.added_by, self._people)
        for each in self._of.paragraphs:
            _check_spans(each.text, each.spans)
        numbers = [revision.number for revision in self._of.revisions]
        complete = numbers == list(range(1, article.text_revision + 1))
        if not complete or self._of.revisions[0].order is None:
            _bad(_("The past texts of “%(title)s” are not all there."), title=article.title)
        if not any(each.text and not each.retired for each in self._of.paragraphs):
            _bad(_("There is no text in “%(title)s”."), title=article.title)
        for revision in self._of.revisions:
            _known(revision.created_by, self._people)
            _distinct((said.key for said in revision.said), _("A paragraph"))
            order = revision.order or ()
            _distinct(order, _("A paragraph"))
            for said in revision.said:
                self._paragraph(said.key)
                _check_spans(said.text, said.spans)
            for key in order:
                self._paragraph(key)
                if self._past.said(key, revision.number) is None:
                    _bad(_("Paragraph %(key)s stood somewhere before it said anything."), key=key)

    def _paragraph(self, key: str) -> Paragraph:
        if key not in self._paragraphs:
            _bad(_("There is no paragraph %(key)s in this text."), key=key)
        return self._paragraphs[key]

    def _check_reading(self) -> None:
        reading = self._of.reading
        if reading.reveal == Reveal.AT_DATE and reading.reveal_at is None:
            _bad(_("A reading shows others’ notes from a date on, and has no date."))
        _distinct((circle.name for circle in reading.circles), _("A circle"))
        for circle in reading.circles:
            _known_all(_distinct(circle.members, _("A member of a circle")), self._people)
        _distinct((each.name for each in reading.pseudonyms), _("A pseudonym"))
        named = _distinct((each.person for each in reading.pseudonyms), _("A pseudonym"))
        parts = _distinct((each.person for each in reading.parts), _("A part in a reading"))
        _known_all({*named, *parts}, self._people)

    def _check_note(self, note: Note) -> None:
        self._check_people(note)
        self._check_audience(note)
        self._check_state(note)
        if (note.parent is None) == (note.motivation == Motivation.REPLYING):
            _bad_note(note, _("it answers something, or it is no answer, but not both"))
        if note.parent is not None and note.parent not in self._notes:
            _bad_note(note, _("what it answers is missing"))
        if note.parent is not None and note.places:
            _bad_note(note, _("an answer has no place of its own"))
        if (note.parent is None) != (sum(place.current for place in note.places) == 1):
            _bad_note(note, _("it has no place of its own, or several at once"))
        for place in note.places:
            self._check_place(note, place)

    def _check_people(self, note: Note) -> None:
        others = [note.addressee, *(each.by for each in note.endorsed)]
        others += [held.by for held in (note.resolved, note.locked) if held is not None]
        others += [place.placed_by for place in note.places]
        _known_all({each for each in (note.creator, *others) if each is not None}, self._people)
        _distinct((each.by for each in note.endorsed), _("An endorsement"))
        if any(each.by == note.creator for each in note.endorsed):
            _bad_note(note, _("its author wonders about it, too"))
        if (note.creator is None) != note.is_stone:
            _bad_note(note, _("only what was withdrawn or erased is nobody’s"))
        if any(place.placed_by is not None and not place.chosen for place in note.places):
            _bad_note(note, _("somebody placed it, and nobody did"))

    def _check_audience(self, note: Note) -> None:
        mine = note.creator == self._exported_by and note.parent is None
        if note.audience == Audience.PRIVATE and not mine:
            _bad_note(note, _("it is private to somebody else than whoever made the archive"))
        if (note.audience == Audience.CIRCLE) != bool(note.circle):
            _bad_note(note, _("it is for a circle, or it isn’t"))
        if note.circle and note.circle not in self._circles:
            _bad_note(note, _("the reading has no such circle"))
        if (note.audience == Audience.PERSON) != (note.addressee is not None):
            _bad_note(note, _("it is for one person, or it isn’t"))
        if note.audience == Audience.PERSON and note.parent is None:
            _bad_note(note, _("only an answer is for one person"))

    def _check_answer(self, note: Note, root: Note) -> None:
        """An answer is for no more people than what it answers."""
        if note.parent is None:
            return
        for above in (root, self._notes[note.parent]):
            if not is_within(note.audience, note.circle, above.audience, above.circle):
                _bad_note(note, _("it is for more people than what it answers"))

    def _check_state(self, note: Note) -> None:
        if note.is_stone and (
            note.body or note.tags or note.words or note.endorsed or note.imported_from
        ):
            _bad_note(note, _("it was withdrawn or erased, and still has words"))
        numbers = _distinct((each.number for each in note.words), _("An earlier version"))
        if note.revision in numbers:
            _bad_note(note, _("its words and earlier ones have the same number"))
        waiting = [each for each in note.words if each.state == RevisionState.PENDING]
        if len(waiting) > 1:
            _bad_note(note, _("two edits of it wait at once"))
        needs_words = not note.is_stone and note.motivation != Motivation.HIGHLIGHTING
        if needs_words and not note.body.strip():
            _bad_note(note, _("it has no words"))

    def _check_place(self, note: Note, place: Place) -> None:
        if place.text_revision not in self._past.orders:
            _bad_note(note, _("there was no such text"))
        if place.anchor_state == AnchorState.DETACHED:
            there = (place.start, place.start_offset, place.end_offset)
            if there != (place.end, 0, 0):
                _bad_note(note, _("its words are gone, and it covers some"))
        elif place.start == place.end and place.start_offset >= place.end_offset:
            _bad_note(note, _("it ends before it begins"))
        ends = ((place.start, place.start_offset), (place.end, place.end_offset))
        for key, offset in ends:
            self._paragraph(key)
            said = self._past.said(key, place.text_revision)
            if said is None or offset > len(said.text):
                _bad_note(note, _("it stands beyond the text"))
        first, last = (self._past.place(key, place.text_revision) for key, _offset in ends)
        if first is not None and last is not None and first > last:
            _bad_note(note, _("it ends before it begins"))
        if place.current:
            self._check_shown(note, place)

    def _check_shown(self, note: Note, place: Place) -> None:
        """A page shows the one that counts in the text as it is."""
        first, last = self._paragraphs[place.start], self._paragraphs[place.end]
        beyond = place.start_offset > len(first.text) or place.end_offset > len(last.text)
        if first.retired or last.retired or beyond or first.position > last.position:
            _bad_note(note, _("it stands beyond the text"))

    def _check_cases(self) -> None:
        cases = self._of.cases
        for case in cases:
            self._check_case(case)
        _distinct((case.note for case in cases if case.resolved_at is None), _("An open case"))

    def _check_case(self, case: Case) -> None:
        note = self._notes.get(case.note)
        if note is None:
            _bad(_("A case is about a note that isn’t there."))
        if note.audience == Audience.PRIVATE:
            _bad_note(note, _("it is private, and others look at it"))
        if (case.resolved_at is None) != (case.outcome == ""):
            _bad(_("A case is decided and isn’t."))
        if note.is_stone and case.matched:
            _bad_note(note, _("it was withdrawn or erased, and still has words"))


def is_within(audience: str, circle: str, of_above: str, circle_above: str) -> bool:
    """Whether an answer is for no more people than what it answers: for the same, of all for a
    circle by itself, or for one person and the leaders."""
    if (audience, circle) == (of_above, circle_above):
        return audience != Audience.PRIVATE
    if audience == Audience.PERSON:
        return of_above in (Audience.GROUP, Audience.CIRCLE)
    return (audience, of_above) == (Audience.CIRCLE, Audience.GROUP)


def roots_of(notes: Mapping[UUID, Note]) -> dict[UUID, UUID]:
    """Of every note the head of its thread; BadArchive where notes answer each other in a circle,
    or what they answer isn't there."""
    roots: dict[UUID, UUID] = {}
    for uuid in notes:
        way: dict[UUID, None] = {}
        at = uuid
        while at not in roots:
            if at in way:
                _bad(_("Notes answer each other in a circle."))
            way[at] = None
            parent = notes[at].parent
            if parent is None:
                roots[at] = at
            elif parent not in notes:
                _bad_note(notes[at], _("what it answers is missing"))
            else:
                at = parent
        roots.update(dict.fromkeys(way, roots[at]))
    return roots


def _check_log(
    log: tuple[Decision, ...], people: Collection[UUID], notes: Collection[UUID]
) -> None:
    levels: list[int] = []
    _distinct((row.reverses for row in log if row.reverses is not None), _("A reversal"))
    for number, row in enumerate(log, start=1):
        if (row.actor is None) != (row.acting_as == Actor.SYSTEM):
            _bad(_("In the log somebody acts as nobody."))
        _known_all({each for each in (row.actor, row.member) if each is not None}, people)
        if row.note is not None and row.note not in notes:
            _bad(_("The log is about a note that isn’t there."))
        if not row.says_enough:
            _bad(_("A row of the log doesn’t say what was done."))
        above = [each for each in (row.bulk, row.reverses) if each is not None]
        if any(each >= number for each in above):
            _bad(_("A row of the log hangs on a later one."))
        levels.append(1 + max((levels[each - 1] for each in above), default=0))
        if levels[-1] > DEEPEST_LOG:
            _bad(_("Rows of the log hang on each other too deeply."))


def _check_spans(text: str, spans: Iterable[tuple[int, int, str, str]]) -> None:
    if any(not start < end <= len(text) for start, end, _kind, _target in spans):
        _bad(_("Formatting reaches beyond its paragraph."))


def _distinct[Name: Hashable](names: Iterable[Name], what: str) -> set[Name]:
    seen: set[Name] = set()
    for name in names:
        if name in seen:
            _bad(_("%(what)s stands there twice."), what=what)
        seen.add(name)
    return seen


def _known(person: UUID, people: Collection[UUID]) -> None:
    if person not in people:
        _bad(_("Somebody has a part in it who isn’t among its people."))


def _known_all(some: Iterable[UUID], people: Collection[UUID]) -> None:
    for person in some:
        _known(person, people)


def _bad(sentence: str, **said: Any) -> NoReturn:
    raise BadArchive(sentence % said if said else sentence)


def _bad_note(note: Note, why: str) -> NoReturn:
    _bad(_("Note %(uuid)s can’t be brought in: %(why)s."), uuid=note.uuid, why=why)


def is_held(note: Note) -> bool:
    """Whether a leader has to decide about it: it waits, is hidden, or an edit of it waits."""
    waits = any(each.state == RevisionState.PENDING for each in note.words)
    return note.state in ("pending", "hidden") or (waits and note.state in PUBLISHED)


def people_in(archive: Archive) -> dict[UUID, Person]:
    return {person.id: person for person in archive.people}
