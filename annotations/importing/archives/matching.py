"""What of an archive is in a group already, and under which ids the rest comes.

An id is kept where it is free on this site. Where it isn't, as when a group is brought in beside
itself, another one is made of it and of the group: the same each time, so that a second import
finds what the first one brought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import batched
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db.models import Q

from annotations.enums import Audience
from annotations.models import Annotation
from annotations.querysets import GONE
from annotations.records import Archive, Holding, Note
from reader.models import Article, Paragraph, Reading, StudyGroup, User
from reader.slugs import RESERVED, free_slug, random_key

# Ids that are asked for at once.
AT_ONCE = 1_000
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def derived_uuid(group: StudyGroup, uuid: UUID) -> UUID:
    return uuid5(UUID(int=group.pk), str(uuid))


def derived_key(group: StudyGroup, key: str) -> str:
    """Of a paragraph: ten signs, as other keys have."""
    made = int.from_bytes(sha256(f"{group.pk} {key}".encode()).digest())
    return "".join(_ALPHABET[made >> 5 * at & 31] for at in range(10))


@dataclass(frozen=True)
class Known:
    """A note that is there already."""

    pk: int
    root: int  # its own, of a root


@dataclass(frozen=True)
class Match:
    """One text of an archive beside the reading of it, where the group has one."""

    holding: Holding
    reading: Reading | None
    # The paragraphs that are there, by the archive's keys.
    paragraphs: Mapping[str, Paragraph] = field(default_factory=dict)
    known: Mapping[UUID, Known] = field(default_factory=dict)
    # Notes to be brought in.
    new: Sequence[Note] = ()
    left_out: int = 0  # private ones of somebody else than whoever brings it in


def matched(archive: Archive, group: StudyGroup | None, by: User, me: UUID | None) -> list[Match]:
    """Each text with what is there of it. As many queries, however many notes."""
    taken: set[int] = set()
    found = []
    for holding in archive.holdings:
        reading: Reading | None = None
        paragraphs: dict[str, Paragraph] = {}
        known: dict[UUID, Known] = {}
        if group is not None:
            reading, paragraphs = _read_in(group, holding, taken)
        if group is not None and reading is not None:
            taken.add(reading.pk)
            known = _known(group, reading, by, holding.notes, archive.header.site)
        mine = [each for each in holding.notes if _comes_along(each, me)]
        new = _as_far_as_it_stands([each for each in mine if each.uuid not in known])
        there = {*known, *(each.uuid for each in new)}
        left_out = sum(each.uuid not in there for each in holding.notes)
        found.append(Match(holding, reading, paragraphs, known, new, left_out))
    return found


def _comes_along(note: Note, me: UUID | None) -> bool:
    return note.audience != Audience.PRIVATE or (me is not None and note.creator == me)


def _as_far_as_it_stands(notes: Sequence[Note]) -> list[Note]:
    """What its author has deleted on this site since, or what was erased here, comes back nowhere:
    only the stone does."""
    gone: dict[UUID, str] = {}
    rows = Annotation.objects.filter(state__in=GONE)
    for some in batched((note.uuid for note in notes), AT_ONCE):
        gone.update(rows.filter(uuid__in=some).values_list("uuid", "state"))
    return [_stone(note, gone[note.uuid]) if note.uuid in gone else note for note in notes]


def _stone(note: Note, state: str) -> Note:
    return replace(
        note, state=state, creator=None, body="", tags=(), words=(), endorsed=(),
        state_before="", state_at=None, revision=1, edited_at=None, resolved=None, locked=None,
        places=tuple(replace(place, placed_by=None) for place in note.places),
    )  # fmt: skip


def _read_in(
    group: StudyGroup, holding: Holding, taken: Collection[int]
) -> tuple[Reading | None, dict[str, Paragraph]]:
    """The reading of the group whose text has most of these paragraphs, and those, by their keys
    in the archive: under these, under those made of them for this group, or as what they became
    in a copy of its own."""
    originals = {derived_key(group, each.key): each.key for each in holding.paragraphs}
    originals |= {each.key: each.key for each in holding.paragraphs}
    rows: Any = Paragraph.objects.filter(article__readings__group=group)
    by_article: dict[int, dict[str, Paragraph]] = {}
    for some in batched(originals, AT_ONCE):
        same = Q(key__in=some) | Q(copied_from__key__in=some)
        for row in rows.filter(same).select_related("copied_from").order_by("pk"):
            own = by_article.setdefault(row.article_id, {})
            if row.key in originals:
                own[originals[row.key]] = row
            if row.copied_from is not None and row.copied_from.key in originals:
                own.setdefault(originals[row.copied_from.key], row)
    counted = Counter({article: len(own) for article, own in by_article.items()})
    readings = Reading.objects.filter(group=group, article__in=by_article).exclude(pk__in=taken)
    best = max(
        readings.with_titles(), key=lambda each: (counted[each.article_id], each.pk), default=None
    )
    return (None, {}) if best is None else (best, by_article[best.article_id])


def address_of(site: str, uuid: UUID) -> str:
    """Where a note is read on another site."""
    return f"{site.rstrip('/')}/n/{uuid}/"


def _known(
    group: StudyGroup, reading: Reading, by: User, notes: Iterable[Note], site: str
) -> dict[UUID, Known]:
    """Those of these that stand in a reading, or among one's own private notes on its text."""
    private = Q(reading=None, audience=Audience.PRIVATE, creator=by)
    here = Q(reading=reading) | private
    rows = Annotation.objects.filter(here, article=reading.article_id)
    names: dict[object, UUID] = {}
    for note in notes:
        names[note.uuid] = names[derived_uuid(group, note.uuid)] = note.uuid
        names[address_of(site, note.uuid)] = note.uuid
    columns = rows.values_list("pk", "root", "uuid", "imported_from")
    found: dict[UUID, Known] = {}
    for some in batched(names, AT_ONCE):
        uuids = [each for each in some if isinstance(each, UUID)]
        addresses = [each for each in some if isinstance(each, str)]
        same = Q(uuid__in=uuids) | Q(imported_from__in=addresses)
        for pk, root, uuid, imported_from in columns.filter(same):
            original = names.get(uuid) or names.get(imported_from)
            if original is not None:
                found[original] = Known(pk, root or pk)
    return found


def free_uuids(group: StudyGroup, notes: Sequence[Note]) -> dict[UUID, UUID]:
    """By the archive's: the ids under which notes are stored."""
    wanted = [note.uuid for note in notes]
    taken = _taken([*wanted, *(derived_uuid(group, uuid) for uuid in wanted)])
    made = {}
    for uuid in wanted:
        derived = derived_uuid(group, uuid)
        made[uuid] = uuid if uuid not in taken else derived if derived not in taken else uuid4()
    return made


def _taken(uuids: Iterable[UUID]) -> set[UUID]:
    taken: set[UUID] = set()
    for some in batched(uuids, AT_ONCE):
        taken.update(Annotation.objects.filter(uuid__in=some).values_list("uuid", flat=True))
    return taken


def free_keys(group: StudyGroup, holding: Holding) -> dict[str, str]:
    """By the archive's: the keys under which a text's paragraphs are stored; all as they were,
    or none."""
    keys = [each.key for each in holding.paragraphs]
    if not _keys_taken(keys):
        return {key: key for key in keys}
    made = {key: derived_key(group, key) for key in keys}
    taken = _keys_taken(made.values())
    return {key: random_key() if own in taken else own for key, own in made.items()}


def _keys_taken(keys: Iterable[str]) -> set[str]:
    taken: set[str] = set()
    for some in batched(keys, AT_ONCE):
        taken.update(Paragraph.objects.filter(key__in=some).values_list("key", flat=True))
    return taken


def free_article_slug(group: StudyGroup, slug: str) -> str:
    tail = derived_key(group, slug)[:5]
    for wanted in (slug, f"{slug[:74]}-{tail}"):
        if wanted not in RESERVED and not Article.objects.filter(slug=wanted).exists():
            return wanted
    return free_slug(Article, slug, fallback="article")


def free_group_slug(*wanted: str) -> str:
    """The first of these that no group has, or one like it."""
    for slug in filter(None, wanted):
        if slug not in RESERVED and not StudyGroup.objects.filter(slug=slug).exists():
            return slug
    return free_slug(StudyGroup, next(filter(None, wanted), ""), fallback="group")
