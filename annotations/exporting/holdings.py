"""From the database to the records of an archive: the one place that asks what may be in one.

What exists for a leader comes from the same query sets as everywhere. Notes are read in pieces:
four queries for so many, and a few more for each reading, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.crypto import salted_hmac

from annotations import records
from annotations.bylines import is_former
from annotations.models import (
    Annotation,
    AnnotationRevision,
    Case,
    Endorsement,
    LogEntry,
    Reason,
    Target,
    WordRule,
)
from annotations.querysets import GONE
from annotations.room import enter_reading
from reader.enums import Role
from reader.models import (
    Article,
    Membership,
    Paragraph,
    ParagraphRevision,
    Reading,
    StudyGroup,
    User,
)
from reader.permissions import is_owner

PIECE = 2_000  # notes that are in memory at a time
_POLICY = tuple(records.Policy.__dataclass_fields__)


class People:
    """Who is who in what leaves a group. Only who has a part in it is in it; who never was in the
    group, such as the author of a text that another one added, has an id of no other meaning."""

    def __init__(self, group: StudyGroup) -> None:
        self._group = group
        found = Membership.objects.filter(group=group).select_related("user")
        self._members = {member.user_id: member for member in found}
        self._named: set[int] = set()

    def id(self, user_id: int) -> UUID:
        self._named.add(user_id)
        member = self._members.get(user_id)
        return self._stranger(user_id) if member is None else member.uuid

    def maybe(self, user_id: int | None) -> UUID | None:
        return None if user_id is None else self.id(user_id)

    def named(self) -> list[records.Person]:
        """Everybody whose id was asked for."""
        return sorted(map(self._person, self._named), key=lambda person: str(person.id))

    def _person(self, user_id: int) -> records.Person:
        member = self._members.get(user_id)
        if member is None:
            since = self._group.created_at
            return records.Person(self._stranger(user_id), "", Role.MEMBER, since, True)
        nameless = is_former(member.user, nameless=member.nameless)
        name = "" if nameless else member.user.name
        return records.Person(member.uuid, name, member.role, member.joined_at, nameless)

    def _stranger(self, user_id: int) -> UUID:
        made = salted_hmac("catena.stranger", f"{self._group.pk} {user_id}", algorithm="sha256")
        return UUID(bytes=made.digest()[:16])


class Holdings:
    """What one leader may take along of a group, or of some of its readings."""

    def __init__(
        self, user: User, membership: Membership, group: StudyGroup, readings: Sequence[Reading]
    ) -> None:
        self._user, self._membership, self._group = user, membership, group
        self.readings = readings
        self.people = People(group)
        self.exported_by = self.people.id(user.pk)
        of_group = Reading.objects.visible_to(user).filter(group=group)
        wanted = {reading.pk for reading in readings}
        self.is_whole = wanted == set(of_group.values_list("pk", flat=True))
        # Notes that are in it, by their ids: whether only a stone is.
        self._kept: dict[int, bool] = {}

    # The group.

    def group(self) -> records.Group:
        group = self._group
        return records.Group(
            name=group.name,
            slug=group.slug,
            description=group.description,
            rules=group.rules,
            language=group.language,
            preset=group.preset,
            policy=records.Policy(**{name: getattr(group, name) for name in _POLICY}),
            joining_question=group.joining_question,
            created_at=group.created_at,
            reasons=tuple(map(_reason, Reason.objects.of(group).order_by("position", "pk"))),
            word_rules=tuple(
                sorted(
                    map(self._word_rule, WordRule.objects.of(group)), key=lambda rule: rule.words
                )
            ),
        )

    def _word_rule(self, rule: WordRule) -> records.WordRule:
        by = self.people.id(rule.created_by_id)
        return records.WordRule(rule.words, rule.effect, by, rule.created_at)

    # A text.

    def article(self, reading: Reading) -> records.Article:
        article: Article = reading.article
        return records.Article(
            slug=article.slug,
            title=article.title,
            subtitle=article.subtitle,
            creators=tuple(article.creators),
            series=article.series,
            date_text=article.date_text,
            source=article.source,
            rights=article.rights,
            language=article.language,
            metadata=tuple((key, value) for key, value in article.metadata),
            text_revision=article.text_revision,
            sharing=article.sharing,
            added_by=self.people.id(article.added_by_id),
            created_at=article.created_at,
        )

    def paragraphs(self, reading: Reading) -> Iterator[records.Paragraph]:
        """All that ever stood, those taken out included."""
        found = Paragraph.objects.filter(article=reading.article_id)
        # By code points: databases order letters each in their own way.
        for each in sorted(found, key=lambda row: (row.position, row.key)):
            yield records.Paragraph(
                key=each.key,
                position=each.position,
                number=each.number,
                retired=each.retired,
                **_said(each),
            )

    def revisions(self, reading: Reading) -> Iterator[records.Revision]:
        """What the text was from one correction to the next."""
        article: Article = reading.article
        rows = Paragraph.objects.filter(article=article).values_list("pk", "key")
        keys = dict(rows)
        said: dict[int, list[records.Said]] = defaultdict(list)
        past = ParagraphRevision.objects.filter(paragraph__article=article)
        for each in past.order_by("pk"):
            key = keys[each.paragraph_id]
            said[each.text_revision].append(
                records.Said(key=key, created_at=each.created_at, **_said(each))
            )
        before: list[int] = []
        for text in article.text_revisions.order_by("number"):
            yield records.Revision(
                number=text.number,
                # Said again and again it would be packed as no text is.
                order=None if text.order == before else tuple(keys[pk] for pk in text.order),
                comment=text.comment,
                created_by=self.people.id(text.created_by_id),
                created_at=text.created_at,
                said=tuple(sorted(said[text.number], key=lambda each: each.key)),
            )
            before = text.order

    # A reading.

    def reading(self, reading: Reading) -> records.Reading:
        circles = reading.circles.order_by("name").prefetch_related("members")
        names = reading.pseudonyms.order_by("name")
        parts = reading.participations.exclude(finished_at=None, due_at=None)
        return records.Reading(
            opens_at=reading.opens_at,
            due_at=reading.due_at,
            order=reading.order,
            status=reading.status,
            reveal=reading.reveal,
            reveal_after=reading.reveal_after,
            reveal_at=reading.reveal_at,
            bylines=reading.bylines,
            has_circles=reading.has_circles,
            created_at=reading.created_at,
            circles=_sorted_by_name(
                records.Circle(
                    each.name, tuple(sorted(self.people.id(one.pk) for one in each.members.all()))
                )
                for each in circles
            ),
            pseudonyms=_sorted_by_name(
                records.Pseudonym(self.people.id(each.user_id), each.name) for each in names
            ),
            parts=tuple(
                sorted(
                    (
                        records.Part(self.people.id(each.user_id), each.finished_at, each.due_at)
                        for each in parts
                    ),
                    key=lambda part: str(part.person),
                )
            ),
        )

    def notes(self, reading: Reading) -> Iterator[records.Note]:
        """What is written around a text there, as it was written: what this leader may read, and
        what they know to have stood where others answer it."""
        kept = self._known_in(reading)
        self._kept |= kept
        for piece in batched(kept, PIECE):
            yield from self._piece(piece, kept)

    def _known_in(self, reading: Reading) -> dict[int, bool]:
        """The ids of the notes that are taken along, in order, each with whether it is a stone.
        One query, so that what changes meanwhile is there as one thing or the other."""
        room = enter_reading(self._user, reading)
        words = Annotation.objects.visible_in(room).values("pk")
        stones = Annotation.objects.tombstones_in(room).values("pk")
        rows = Annotation.objects.filter(Q(pk__in=words) | Q(pk__in=stones))
        found = list(
            rows.order_by("created_at", "uuid").values_list("pk", "parent", "state").iterator()
        )
        parents = {pk: parent for pk, parent, _state in found}
        wanted: set[int] = set()
        for pk, _parent, state in found:
            above = None if state in GONE else pk
            while above is not None and above not in wanted:
                wanted.add(above)
                above = parents.get(above)
        return {pk: state in GONE for pk, _parent, state in found if pk in wanted}

    def _piece(self, ids: Sequence[int], kept: dict[int, bool]) -> Iterator[records.Note]:
        rows = Annotation.objects.select_related("circle", "parent").defer(
            "body_html", "parent__body", "parent__body_html"
        )
        notes = rows.in_bulk(ids)
        places, words, endorsed = (
            _by_note(model.objects.filter(annotation__in=ids).order_by(*order))
            for model, order in (
                (Target, ("pk",)),
                (AnnotationRevision, ("number",)),
                (Endorsement, ("created_at", "pk")),
            )
        )
        keys = self._keys({target for own in places.values() for target in own})
        for note in (notes[pk] for pk in ids if pk in notes):
            stone = kept[note.pk] or note.state in GONE
            made = self._stone(note) if stone else self._note(note)
            own = tuple(self._place(each, keys, stone=stone) for each in places[note.pk])
            yield records.Note(
                **made,
                places=own,
                words=() if stone else tuple(map(_words, words[note.pk])),
                endorsed=()
                if stone
                else tuple(
                    records.Endorsed(self.people.id(each.user_id), each.created_at)
                    for each in endorsed[note.pk]
                ),
            )

    def _keys(self, targets: Iterable[Target]) -> dict[int, str]:
        ends = {pk for each in targets for pk in (each.start_paragraph_id, each.end_paragraph_id)}
        of_texts = Paragraph.objects.filter(article__in={each.article_id for each in self.readings})
        return {pk: key for pk, key in of_texts.values_list("pk", "key") if pk in ends}

    def _stands(self, note: Annotation) -> dict[str, Any]:
        """What is said of a stone, too: that it was there, for whom, and what became of it."""
        return {
            "uuid": note.uuid,
            "audience": note.audience,
            "circle": "" if note.circle is None else note.circle.name,
            "addressee": self.people.maybe(note.addressee_id),
            "motivation": note.motivation,
            "category": note.category,
            "parent": None if note.parent is None else note.parent.uuid,
            "state": note.state,
            "reason": note.reason,
            "version": note.version,
            "was_shown": note.was_shown,
            "created_at": note.created_at,
        }

    def _note(self, note: Annotation) -> dict[str, Any]:
        return self._stands(note) | {
            "creator": self.people.id(note.creator_id),
            "tags": tuple(note.tags),
            "body": note.body,
            "state_before": note.state_before,
            "state_at": note.state_at,
            "revision": note.revision,
            "shown_at": note.shown_at,
            "resubmitted": note.resubmitted,
            "edited_at": note.edited_at,
            "imported_from": note.imported_from,
            "resolved": self._resolved(note, note.resolution, self.people.maybe),
            "locked": self._locked(note, self.people.maybe),
        }

    def _stone(self, note: Annotation) -> dict[str, Any]:
        """Without its words and without anything that says whose it was."""

        def others(user_id: int | None) -> UUID | None:
            return None if user_id == note.creator_id else self.people.maybe(user_id)

        own = note.resolved_by_id == note.creator_id
        return self._stands(note) | {
            "creator": None,
            "tags": (),
            "body": "",
            "state_before": "",
            "state_at": None,
            "revision": 1,
            "shown_at": None,
            "resubmitted": 0,
            "edited_at": None,
            "imported_from": "",
            "resolved": self._resolved(note, "" if own else note.resolution, others),
            "locked": self._locked(note, others),
        }

    def _resolved(self, note: Annotation, outcome: str, who: Any) -> records.Resolved | None:
        at = note.resolved_at
        return None if at is None else records.Resolved(who(note.resolved_by_id), at, outcome)

    def _locked(self, note: Annotation, who: Any) -> records.Locked | None:
        at = note.locked_at
        return None if at is None else records.Locked(who(note.locked_by_id), at, note.locked_until)

    def _place(self, target: Target, keys: dict[int, str], *, stone: bool) -> records.Place:
        return records.Place(
            start=keys[target.start_paragraph_id],
            start_offset=target.start_offset,
            end=keys[target.end_paragraph_id],
            end_offset=target.end_offset,
            whole_article=target.whole_article,
            exact=target.exact,
            prefix=target.prefix,
            suffix=target.suffix,
            text_revision=target.text_revision,
            anchor_state=target.anchor_state,
            chosen=target.placed_by_id is not None,
            placed_by=None if stone else self.people.maybe(target.placed_by_id),
            current=target.current,
            created_at=target.created_at,
        )

    # What moderators know.

    def cases(self, reading: Reading) -> Iterator[records.Case]:
        """Of notes that are in it, without what a word rule found in one whose words are gone."""
        rows = Case.objects.for_moderator(self._user, self._group)
        found = rows.filter(annotation__reading=reading).select_related("annotation")
        for case in found.order_by("opened_at", "annotation__uuid", "pk"):
            if (stone := self._kept.get(case.annotation_id)) is None:
                continue
            stone = stone or case.annotation.state in GONE
            yield records.Case(
                note=case.annotation.uuid,
                opened_at=case.opened_at,
                rule=case.rule,
                matched="" if stone else case.matched,
                resolved_at=case.resolved_at,
                outcome=case.outcome,
                reopened_at=case.reopened_at,
            )

    @property
    def has_log(self) -> bool:
        return is_owner(self._membership)

    def log(self) -> Iterator[records.Decision]:
        """What was done about notes that are in it and, with a whole group, about its members and
        its rules; nothing about a note of whoever takes it along."""
        rows = LogEntry.objects.visible_to(self._user).filter(group=self._group)
        others = rows.exclude(annotation__isnull=False, annotation__creator=self._user)
        if not self.is_whole:
            others = others.filter(annotation__isnull=False)
        lines: dict[int, int] = {}
        found = others.select_related("annotation", "membership").order_by("at", "pk")
        for entry in found.iterator(chunk_size=PIECE):
            if entry.annotation_id is None or entry.annotation_id in self._kept:
                yield self._decision(entry, lines)
                lines[entry.pk] = len(lines) + 1

    def _decision(self, entry: LogEntry, lines: dict[int, int]) -> records.Decision:
        member = entry.membership
        return records.Decision(
            at=entry.at,
            actor=self.people.maybe(entry.actor_id),
            acting_as=entry.acting_as,
            verb=entry.verb,
            note=None if entry.annotation is None else entry.annotation.uuid,
            version=entry.version,
            revision=entry.revision,
            before=entry.before,
            after=entry.after,
            member=None if member is None else self.people.id(member.user_id),
            reason=entry.reason,
            sentence=entry.sentence,
            rule=entry.rule,
            details=records.kept_details(entry.details),
            bulk=lines.get(entry.bulk_id or 0),
            reverses=lines.get(entry.reverses_id or 0),
            for_members=entry.for_members,
        )


def _reason(reason: Reason) -> records.Reason:
    return records.Reason(
        reason.code, reason.label, reason.sentence, reason.position, reason.retired
    )


def _said(row: Paragraph | ParagraphRevision) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "level": row.level,
        "label": row.label,
        "text": row.text,
        "spans": tuple((start, end, kind, target) for start, end, kind, target in row.spans),
    }


def _words(row: AnnotationRevision) -> records.Words:
    return records.Words(
        number=row.number,
        state=row.state,
        body=row.body,
        category=row.category,
        tags=tuple(row.tags),
        created_at=row.created_at,
    )


def _sorted_by_name(rows: Iterable[Any]) -> tuple[Any, ...]:
    """By code points, too."""
    return tuple(sorted(rows, key=lambda row: str(row.name)))


def _by_note(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.annotation_id].append(row)
    return found
