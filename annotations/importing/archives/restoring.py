"""An archive, brought in: into a new group, which is then what the old one was, or into one that
is there, as a merge without doubles. All of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.actions.places import hold_text
from annotations.enums import Told, Verb
from annotations.importing.archives.attending import Attending
from annotations.importing.archives.coherence import people_in
from annotations.importing.archives.laying import Laying
from annotations.importing.archives.matching import Match, free_group_slug, matched
from annotations.importing.archives.texts import lay_reading, lay_text
from annotations.models import Annotation, LogEntry, Reason, WordRule
from annotations.moderation.logbook import part_of, record
from annotations.moderation.telling import tell_leaders
from annotations.permissions import require_importing
from annotations.records import Archive, BadArchive, Decision, Note, Person
from reader.enums import Bylines, Readable, Role
from reader.models import Membership, Reading, StudyGroup, User


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one text and its notes."""

    title: str
    reading: Reading | None  # that has this text, so that its notes are merged into it
    new: int
    known: int  # notes that are there already
    left_out: int  # private ones of somebody else

    @property
    def is_new(self) -> bool:
        return self.reading is None


@dataclass(frozen=True, slots=True)
class Plan:
    articles: tuple[Planned, ...]
    matched: tuple[str, ...]  # names: whoever brings it in, and guests who are there
    guests: tuple[str, ...]  # names of those who would come as guests; "" of those who have none

    @property
    def new(self) -> int:
        return sum(each.new for each in self.articles)

    @property
    def known(self) -> int:
        return sum(each.known for each in self.articles)

    @property
    def left_out(self) -> int:
        return sum(each.left_out for each in self.articles)


@dataclass(frozen=True, slots=True)
class Restored:
    group: StudyGroup
    readings: tuple[Reading, ...]  # in the archive's order
    articles: int  # that are new
    notes: int
    known: int
    left_out: int
    guests: int


def plan(*, by: User, records: Archive, group: StudyGroup | None = None, me: str = "") -> Plan:
    """What `restore` would do; nothing is written."""
    require_importing(by, group)
    _require_as_closed(records, group)
    person = _me(records, me)
    matches = matched(records, group, by, person)
    for match in matches:
        _require_same_bylines(match)
    return Plan(
        articles=tuple(
            Planned(
                match.holding.article.title,
                match.reading,
                len(match.new),
                len(match.known),
                match.left_out,
            )
            for match in matches
        ),
        **_people_of(records, matches, group, by, person),
    )


def _people_of(
    archive: Archive,
    matches: Sequence[Match],
    group: StudyGroup | None,
    by: User,
    me: UUID | None,
) -> dict[str, tuple[str, ...]]:
    there: set[UUID] = set()
    if group is not None:
        guests = Membership.objects.filter(group=group, user__guest_in=group)
        there = set(guests.values_list("uuid", flat=True))
    coming = {person.id for person in archive.people}
    if group is not None:
        coming = {each for match in matches for note in match.new for each in _people_on(note)}
    known = [each for each in archive.people if each.id in coming and each.id in there]
    names = [by.name] if me is not None else []
    others = [each for each in archive.people if each.id in coming - there - {me}]
    return {
        "matched": (*names, *_by_name(each for each in known if each.id != me)),
        "guests": _by_name(others),
    }


def _by_name(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(sorted((each.name for each in people), key=str.casefold))


def _people_on(note: Note) -> Iterable[UUID]:
    having = (note.creator, note.addressee, *(each.by for each in note.endorsed))
    return (each for each in having if each is not None)


def restore(
    *,
    by: User,
    records: Archive,
    group: StudyGroup | None = None,
    new_group_slug: str = "",
    me: str = "",
) -> Restored:
    """Bring an archive in: into `group`, whose settings stay as they are, or into a new one, with
    those of the archive, whose owner is `by`.

    `me` is the id of the person in it who is `by`, as they say themselves. Everybody else becomes
    a guest. Notes that are there already stay as they are. Raises BadArchive, with nothing
    written, for what can't be stored.
    """
    person = _me(records, me)
    try:
        with transaction.atomic():
            require_importing(by, group)
            _require_as_closed(records, group)
            if group is None:
                return _begin(by, records, new_group_slug, person)
            return _merge(by, records, group, person)
    except (DataError, IntegrityError, ValidationError) as wrong:
        raise BadArchive(_("What is in this archive doesn’t fit together.")) from wrong


def _me(archive: Archive, me: str) -> UUID | None:
    if not me:
        return None
    found = next((each.id for each in archive.people if str(each.id) == str(me)), None)
    if found is None:
        raise BadArchive(_("Nobody in this archive has the id that you chose as yours."))
    return found


def _require_as_closed(archive: Archive, group: StudyGroup | None) -> None:
    """What was written for the members of a group is shown to the world by no other one."""
    opens = group is not None and group.readable_by == Readable.PUBLIC
    if opens and archive.group.policy.readable_by != Readable.PUBLIC:
        raise BadArchive(
            _(
                "Only the members of the group that this was written in read it, and everybody "
                "reads this group: bring it into a new group instead."
            )
        )


def _require_same_bylines(match: Match) -> None:
    """Nobody who wrote under a pseudonym is named by being brought elsewhere."""
    theirs, ours = match.holding.reading.bylines, match.reading
    if ours is not None and theirs == Bylines.PSEUDONYMS and ours.bylines == Bylines.NAMES:
        sentence = _(
            "People wrote under pseudonyms around “%(title)s”, and this group shows names "
            "there: bring it into a new group instead."
        )
        raise BadArchive(sentence % {"title": match.holding.article.title})


def _begin(by: User, archive: Archive, slug: str, me: UUID | None) -> Restored:
    """A group that is what the archive's was, but for who leads it."""
    theirs = archive.group
    group = StudyGroup(
        name=theirs.name,
        slug=free_group_slug(slug, theirs.slug),
        description=theirs.description,
        rules=theirs.rules,
        language=theirs.language,
        preset=theirs.preset,
        joining_question=theirs.joining_question,
        created_at=theirs.created_at,
        **asdict(theirs.policy),
    )
    group.full_clean()
    group.save()
    person = people_in(archive).get(me) if me is not None else None
    Membership.objects.create(
        group=group,
        user=by,
        role=Role.OWNER,
        uuid=uuid4() if person is None else person.id,
        joined_at=timezone.now() if person is None else person.joined_at,
    )
    bringing = _Bringing(by, archive, group, me)
    bringing.people.meet_all()
    bringing.rules()
    made = bringing.notes()
    bringing.log()
    return made


def _merge(by: User, archive: Archive, group: StudyGroup, me: UUID | None) -> Restored:
    # The group first, as whoever brings anything in does. Its moderators go on meanwhile: a row of
    # their log waits for nothing, nor does an answer here for a note that they decide about.
    group = StudyGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    membership = require_importing(by, group)
    bringing = _Bringing(by, archive, group, me)
    made = bringing.notes()
    if bringing.opened:
        queue = reverse("moderation", args=[group.slug])
        tell_leaders(Told.WAITING, group=group, path=queue, without=by)
    if made.notes or made.articles:
        record(
            group=group,
            verb=Verb.BRING_IN,
            by=by,
            acting_as=part_of(by, membership),
            details={"count": made.notes, "source": "archive"},
        )
    return made


class _Bringing:
    """One archive on its way into one group."""

    def __init__(self, by: User, archive: Archive, group: StudyGroup, me: UUID | None) -> None:
        self._by, self._archive, self._group, self._me = by, archive, group, me
        self.people = Attending(group, people_in(archive), by, me)
        self.opened = 0  # cases of what nobody had to decide about where it comes from
        self._made: dict[UUID, Annotation] = {}

    def rules(self) -> None:
        Reason.objects.bulk_create(
            Reason(group=self._group, **asdict(each)) for each in self._archive.group.reasons
        )
        WordRule.objects.bulk_create(
            WordRule(
                group=self._group,
                words=each.words,
                effect=each.effect,
                created_by_id=self.people.user(each.created_by),
                created_at=each.created_at,
            )
            for each in self._archive.group.word_rules
        )

    def notes(self) -> Restored:
        matches = self._matched()
        last = self._group.readings.aggregate(last=Max("order"))["last"] or 0
        begins = last == 0 and not self._group.readings.exists()
        readings = []
        for number, match in enumerate(matches, start=1):
            order = match.holding.reading.order if begins else last + number
            readings.append(self._lay(match, order))
        return Restored(
            group=self._group,
            readings=tuple(readings),
            articles=sum(match.reading is None for match in matches),
            notes=sum(len(match.new) for match in matches),
            known=sum(len(match.known) for match in matches),
            left_out=sum(match.left_out for match in matches),
            guests=len(self.people.guests),
        )

    def _matched(self) -> list[Match]:
        """What is there, as it stays until this transaction ends."""
        found = matched(self._archive, self._group, self._by, self._me)
        hold_text(*(each.reading.article_id for each in found if each.reading is not None))
        # Since it was looked for, a text may have been corrected.
        found = matched(self._archive, self._group, self._by, self._me)
        for match in found:
            _require_same_bylines(match)
        return found

    def _lay(self, match: Match, order: int) -> Reading:
        reading, paragraphs = match.reading, None
        if reading is None:
            article, paragraphs = lay_text(match.holding, self._group, self.people)
            reading = lay_reading(match.holding, article, self._group, self.people, order)
        site = self._archive.header.site
        laying = Laying(match, reading, self._group, self.people, site)
        if match.new:
            laying.lay(paragraphs)
            self.opened += laying.lay_cases()
        self._made |= laying.made
        return reading

    def log(self) -> None:
        """Rows that others hang on first, so that each is written once."""
        rows = self._archive.log
        made: dict[int, LogEntry] = {}
        waiting = list(enumerate(rows, start=1))
        while waiting:
            ready = [
                (number, row)
                for number, row in waiting
                if all(each is None or each in made for each in (row.bulk, row.reverses))
            ]
            entries = [self._entry(row, made) for _number, row in ready]
            LogEntry.objects.bulk_create(entries, batch_size=500)
            made |= {number: entry for (number, _row), entry in zip(ready, entries, strict=True)}
            waiting = [(number, row) for number, row in waiting if number not in made]

    def _entry(self, row: Decision, made: dict[int, LogEntry]) -> LogEntry:
        return LogEntry(
            group=self._group,
            at=row.at,
            actor_id=self.people.maybe(row.actor),
            acting_as=row.acting_as,
            verb=row.verb,
            annotation=None if row.note is None else self._made.get(row.note),
            version=row.version,
            revision=row.revision,
            before=row.before,
            after=row.after,
            membership=None if row.member is None else self.people.member(row.member),
            reason=row.reason,
            sentence=row.sentence,
            rule=row.rule,
            details=row.details,
            bulk=None if row.bulk is None else made[row.bulk],
            reverses=None if row.reverses is None else made[row.reverses],
            for_members=row.for_members,
        )
