"""What would come of bringing notes in: which, where, under which ids, and why others don't."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from annotations.enums import Audience, Motivation
from annotations.importing.foreign.incoming import (
    Arranged,
    Incoming,
    IncomingNote,
    IncomingPerson,
    Skipped,
    arranged,
)
from annotations.importing.foreign.placing import Placed, Report, place_all
from annotations.models import Annotation
from reader.models import Circle, Paragraph, Reading, User

# Names notes from elsewhere, so that they are known when they come again.
_NOTES = UUID("b7f3de0c-2f57-4b07-8a3c-1d6a3c5e9a44")
# A note of this project, on whatever site.
_OURS = re.compile(r"https?://[^?#]+/n/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?")


@dataclass(frozen=True)
class Plan:
    """What would be brought in: the notes with the ids that they get, each after what it answers,
    and why others wouldn't."""

    arranged: Arranged
    ids: Mapping[str, UUID]  # by the id in the file
    report: Report
    doubles: Sequence[IncomingNote]  # there already
    skipped: Sequence[Skipped]
    people: Sequence[IncomingPerson]  # who wrote what is new
    circles: Mapping[str, Circle] = field(default_factory=dict)

    @property
    def notes(self) -> list[IncomingNote]:
        """What is new, stones included."""
        known = {note.id for note in self.doubles}
        return [note for note in self.arranged.notes if note.id not in known]

    @property
    def counts(self) -> dict[str, int]:
        new = [note for note in self.notes if not note.is_stone]
        replies = sum(note.id in self.arranged.parents for note in new)
        return {
            "notes": len(new),
            "roots": len(new) - replies,
            "replies": replies,
            "people": len(self.people),
            "doubles": sum(not note.is_stone for note in self.doubles),
            "skipped": len(self.skipped),
        }


def planned(*, by: User, reading: Reading, incoming: Incoming, me: str = "") -> Plan:
    """For whoever has seen to it that `by` may bring notes in. As many queries for many notes as
    for few."""
    circles = {circle.name: circle for circle in reading.circles.all()}
    kept, skipped = _for_here(incoming.notes, circles, me)
    found = arranged(kept)
    report = _placed(found, reading.article_id)
    found, elsewhere = _of_this_text(found, report)
    there = {note.id for note in found.notes}
    report = Report([each for each in report.placed if each.note.id in there])
    ids, doubles = _ids(found.notes, by, reading)
    new = {note.id for note in found.notes} - {note.id for note in doubles}
    people = {note.author: None for note in found.notes if note.id in new and not note.is_stone}
    return Plan(
        arranged=found,
        ids=ids,
        report=Report([each for each in report.placed if each.note.id in new]),
        doubles=doubles,
        skipped=[*incoming.skipped, *skipped, *found.skipped, *elsewhere],
        people=[incoming.people[key] for key in people],
        circles=circles,
    )


def _for_here(
    notes: Sequence[IncomingNote], circles: Mapping[str, Circle], me: str
) -> tuple[list[IncomingNote], list[Skipped]]:
    """Those that may stand before as many people here as they did there."""
    private = {note.id: note.audience == Audience.PRIVATE for note in notes}
    kept, skipped = [], []
    for note in notes:
        above = {private[each] for each in note.ancestors if each in private}
        reason = _why_not(note, circles, mine=bool(me) and note.author == me)
        if not reason and above - {private[note.id]}:
            # Some of what it answers is one person's own, or it is and that isn't.
            reason = _("It stood between what one person kept and what others read.")
        if reason:
            skipped.append(Skipped(note.id, note.name, reason))
        else:
            kept.append(note)
    return kept, skipped


def _why_not(note: IncomingNote, circles: Mapping[str, Circle], *, mine: bool) -> str:
    if note.audience == Audience.PRIVATE and (note.is_stone or not mine):
        return _("Only its author was meant to read it.")
    if note.audience == Audience.PERSON:
        return _("It was meant for one person and the leaders.")
    if note.audience == Audience.CIRCLE and note.circle not in circles:
        said = _("It was written to a circle, “%(name)s”, that this reading doesn’t have.")
        return said % {"name": note.circle}
    if note.motivation == Motivation.REPLYING and not (note.body or note.is_stone):
        return _("It is an answer without words.")
    return ""


def _placed(found: Arranged, article_id: int) -> Report:
    paragraphs = list(Paragraph.objects.standing().filter(article=article_id))
    roots = [note for note in found.notes if note.id not in found.parents]
    keys = {key for note in roots if note.spot for key in (note.spot.first, note.spot.last)}
    missing = keys - {paragraph.key for paragraph in paragraphs}
    mine = Paragraph.objects.standing().filter(article=article_id)
    also_called = mine.by_key(*missing) if missing else {}
    return place_all(roots, paragraphs, also_called)


def _of_this_text(found: Arranged, report: Report) -> tuple[Arranged, list[Skipped]]:
    """Without the threads about other texts. A file may hold notes on several: those on one of
    which no words are in the article, while those of another are, aren't about it."""
    surely = Counter(each.note.about for each in report.placed if _is_telling(each))
    if not surely:
        return found, []
    roots = found.root_of()
    about = {note.id: note.about for note in found.notes if note.id not in found.parents}
    reason = _("It is about another text.")
    left = {
        note.id: Skipped(note.id, note.name, reason)
        for note in found.notes
        if not surely[about[roots[note.id]]]
    }
    kept = [note for note in found.notes if note.id not in left]
    parents = {child: parent for child, parent in found.parents.items() if child not in left}
    return replace(found, notes=kept, parents=parents), list(left.values())


def _is_telling(placed: Placed) -> bool:
    return placed.is_sure and not placed.where.whole_article


def _ids(
    notes: Sequence[IncomingNote], by: User, reading: Reading
) -> tuple[dict[str, UUID], list[IncomingNote]]:
    """The id that each gets, and those that are there already. One of ours keeps its own where
    that is free."""
    derived = {note.id: uuid5(_NOTES, f"{reading.pk} {note.id}") for note in notes}
    own = {note.id: UUID(match[1]) for note in notes if (match := _OURS.fullmatch(note.id))}
    asked = {*derived.values(), *own.values()}
    known = Annotation.objects.filter(uuid__in=asked)
    here = {
        uuid: found == reading.pk or (found is None and creator == by.pk)
        for uuid, found, creator in known.values_list("uuid", "reading", "creator")
    }
    ids, doubles, taken = {}, [], set()
    for note in notes:
        candidates = [own[note.id]] if note.id in own else []
        candidates.append(derived[note.id])
        there = next((each for each in candidates if here.get(each)), None)
        if there is None:
            free = (each for each in candidates if each not in here and each not in taken)
            there = next(free, derived[note.id])
        else:
            doubles.append(note)
        ids[note.id] = there
        taken.add(there)
    return ids, doubles
