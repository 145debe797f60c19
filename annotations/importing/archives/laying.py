"""Notes of an archive, stored: for a transaction of their caller's, in a few statements for any
number of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from annotations.enums import Audience
from annotations.importing.archives.attending import Attending
from annotations.importing.archives.coherence import is_held, is_within
from annotations.importing.archives.matching import (
    Match,
    address_of,
    free_uuids,
)
from annotations.importing.archives.placed import Merging, row
from annotations.importing.archives.texts import BATCH, seat
from annotations.layers import touch
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, AnnotationRevision, Case, Endorsement, Target
from annotations.records import BadArchive, Note
from reader.enums import Bylines
from reader.models import (
    Circle,
    Pseudonym,
    Reading,
    StudyGroup,
)
from reader.models import Paragraph as Row
from reader.pseudonyms import name_all


class Laying:
    """The notes of one match that aren't there yet."""

    def __init__(
        self, match: Match, reading: Reading, group: StudyGroup, people: Attending, site: str
    ) -> None:
        self._match, self._reading, self._group = match, reading, group
        self._people, self._site = people, site
        self._notes = {note.uuid: note for note in match.new}
        # By their ids in the archive, as they are stored.
        self.made: dict[UUID, Annotation] = {}

    def lay(self, paragraphs: Mapping[str, int] | None) -> None:
        """Store them, on `paragraphs` of a text that came with them, by its keys, or, with None,
        in a text that was there."""
        self._circles = self._circles_for_them()
        self._uuids = free_uuids(self._group, self._match.new)
        self._store_notes()
        targets = self._store_places(paragraphs)
        self._store_what_hangs_on_them()
        if paragraphs is None:
            self._date(targets)
            self._name()

    def _circles_for_them(self) -> dict[str, Circle]:
        """Those that are there, and those that are missing for what was written to them; nobody
        comes into one that was there."""
        found = {each.name: each for each in self._reading.circles.all()}
        wanted = dict.fromkeys(note.circle for note in self._match.new if note.circle)
        missing = [Circle(reading=self._reading, name=name) for name in wanted if name not in found]
        made = {each.name: each for each in Circle.objects.bulk_create(missing)}
        if made:
            seat(made, self._match.holding, self._people)
            self._reading.has_circles = True
            self._reading.save(update_fields=["has_circles"])
        return found | made

    def _store_notes(self) -> None:
        """Heads of threads first. Answers hang on them until all have their ids, and then on what
        they answer: so no thread is too deep."""
        article = self._reading.article_id
        for note in self._match.new:
            self.made[note.uuid] = self._row(note, article)
        roots = [row for uuid, row in self.made.items() if self._notes[uuid].parent is None]
        Annotation.objects.bulk_create(roots, batch_size=BATCH)
        answers = {
            uuid: row for uuid, row in self.made.items() if self._notes[uuid].parent is not None
        }
        ends = self._ends()
        self._check_those_there(answers, ends)
        for uuid, answer in answers.items():
            answer.root_id = answer.parent_id = ends[uuid]
        Annotation.objects.bulk_create(answers.values(), batch_size=BATCH)
        deeper = []
        for uuid, answer in answers.items():
            parent = self._notes[uuid].parent
            if parent is not None and (pk := self._pk(parent)) != answer.parent_id:
                answer.parent_id = pk
                deeper.append(answer)
        Annotation.objects.bulk_update(deeper, ["parent"], batch_size=BATCH)

    def _ends(self) -> dict[UUID, int]:
        """The head of the thread of each: where what is there already hangs here, whatever the
        archive says of it."""
        ends = {uuid: known.root for uuid, known in self._match.known.items()}
        for uuid in self.made:
            way, at = [], uuid
            while at not in ends:
                way.append(at)
                parent = self._notes[at].parent
                if parent is None:
                    ends[at] = self.made[at].pk
                else:
                    at = parent
            ends.update(dict.fromkeys(way, ends[at]))
        return ends

    def _check_those_there(
        self, answers: Mapping[UUID, Annotation], ends: Mapping[UUID, int]
    ) -> None:
        """An answer to what is there already is for no more people than read that here."""
        known = self._match.known
        parents = {uuid: self._notes[uuid].parent for uuid in answers}
        above = {
            uuid: (known[parent].pk, ends[uuid])
            for uuid, parent in parents.items()
            if parent is not None and parent in known
        }
        rows = Annotation.objects.select_related("circle").only("audience", "circle__name")
        here = rows.in_bulk({pk for each in above.values() for pk in each})
        for uuid, each in above.items():
            note = self._notes[uuid]
            for there in (here[pk] for pk in each):
                circle = "" if there.circle is None else there.circle.name
                if not is_within(note.audience, note.circle, there.audience, circle):
                    said = _("Note %(uuid)s is for more people than what it answers here.")
                    raise BadArchive(said % {"uuid": uuid})

    def _pk(self, uuid: UUID) -> int:
        known = self._match.known.get(uuid)
        return self.made[uuid].pk if known is None else known.pk

    def _row(self, note: Note, article: int) -> Annotation:
        uuid, people = self._uuids[note.uuid], self._people
        shared = note.audience != Audience.PRIVATE
        resolved, locked = note.resolved, note.locked
        return Annotation(
            uuid=uuid,
            client_id=uuid,
            creator_id=people.user(note.creator),
            article_id=article,
            reading_id=self._reading.pk if shared else None,
            circle=self._circles[note.circle] if note.circle else None,
            audience=note.audience,
            addressee_id=people.maybe(note.addressee),
            motivation=note.motivation,
            category=note.category,
            tags=list(note.tags),
            body=note.body,
            body_html=to_html(note.body) if note.body else "",
            renderer_version=RENDERER_VERSION,
            state=note.state,
            state_before=note.state_before,
            state_at=note.state_at,
            reason=note.reason,
            version=note.version,
            revision=note.revision,
            was_shown=note.was_shown,
            shown_at=note.shown_at,
            resubmitted=note.resubmitted,
            created_at=note.created_at,
            edited_at=note.edited_at,
            imported_from=note.imported_from
            if uuid == note.uuid
            else address_of(self._site, note.uuid),
            resolved_by_id=None if resolved is None else people.user(resolved.by),
            resolved_at=None if resolved is None else resolved.at,
            resolution="" if resolved is None else resolved.outcome,
            locked_by_id=None if locked is None else people.user(locked.by),
            locked_at=None if locked is None else locked.at,
            locked_until=None if locked is None else locked.until,
        )

    def _store_places(self, paragraphs: Mapping[str, int] | None) -> list[Target]:
        who = self._people.user
        merging = Merging(self._match, self._reading.article, who)
        targets = []
        for note in self._match.new:
            if note.parent is not None:
                continue
            if paragraphs is None:
                rows = merging.rows(note)
            else:
                rows = [row(place, dict(paragraphs), who) for place in note.places]
            for each in rows:
                each.annotation = self.made[note.uuid]
            targets += rows
        return Target.objects.bulk_create(targets, batch_size=BATCH)

    def _store_what_hangs_on_them(self) -> None:
        AnnotationRevision.objects.bulk_create(
            (
                AnnotationRevision(
                    annotation=self.made[note.uuid],
                    number=words.number,
                    state=words.state,
                    body=words.body,
                    body_html=to_html(words.body) if words.body else "",
                    category=words.category,
                    tags=list(words.tags),
                    created_at=words.created_at,
                )
                for note in self._match.new
                for words in note.words
            ),
            batch_size=BATCH,
        )
        Endorsement.objects.bulk_create(
            (
                Endorsement(
                    annotation=self.made[note.uuid],
                    user_id=self._people.user(each.by),
                    created_at=each.at,
                )
                for note in self._match.new
                for each in note.endorsed
            ),
            batch_size=BATCH,
        )

    def lay_cases(self) -> int:
        """What moderators knew of these notes; and a case for each that has to be decided about
        and has none. How many of the latter."""
        known = [each for each in self._match.holding.cases if each.note in self.made]
        rows = [
            Case(
                annotation=self.made[each.note],
                group=self._group,
                opened_at=each.opened_at,
                rule=each.rule,
                matched="" if self._notes[each.note].is_stone else each.matched,
                resolved_at=each.resolved_at,
                outcome=each.outcome,
                reopened_at=each.reopened_at,
            )
            for each in known
        ]
        seen = {each.note for each in known if each.resolved_at is None}
        held = [note for note in self._match.new if is_held(note) and note.uuid not in seen]
        shared = [note for note in held if note.audience != Audience.PRIVATE]
        rows += [
            Case(
                annotation=self.made[note.uuid],
                group=self._group,
                opened_at=note.state_at or note.created_at,
            )
            for note in shared
        ]
        Case.objects.bulk_create(rows, batch_size=BATCH)
        return len(shared)

    # In a reading that was there.

    def _date(self, targets: Sequence[Target]) -> None:
        """Date what shows them: once for those who notice the same."""
        places = {each.annotation_id: each for each in targets if each.current}
        places |= self._known_places()
        text = Row.objects.standing().filter(article=self._reading.article_id)
        order = list(text.values_list("pk", flat=True))
        index = {pk: at for at, pk in enumerate(order)}
        kinds: dict[tuple[int, bool], tuple[Annotation, set[tuple[int, int]]]] = {}
        for note in self.made.values():
            target = places.get(note.root_id or note.pk)
            if note.reading_id is None or target is None:
                continue
            to_members = note.audience == Audience.GROUP and note.was_shown
            _one, ranges = kinds.setdefault((note.circle_id or 0, to_members), (note, set()))
            ranges.add((index[target.start_paragraph_id], index[target.end_paragraph_id]))
        for _kind, (note, ranges) in sorted(kinds.items()):
            covered = {pk for first, last in ranges for pk in order[first : last + 1]}
            touch(note, sorted(covered), members_notice=note.was_shown)

    def _known_places(self) -> dict[int, Target]:
        """Where threads stand that were there and are answered."""
        roots = {each.root for each in self._match.known.values()}
        answered = {note.root_id for note in self.made.values() if note.root_id in roots}
        found = Target.objects.current().filter(annotation__in=answered)
        return {each.annotation_id: each for each in found}

    def _name(self) -> None:
        """Where people go by pseudonyms: as they did where they come from, or by new ones."""
        if self._reading.bylines != Bylines.PSEUDONYMS:
            return
        writers = {note.creator_id for note in self.made.values() if note.reading_id is not None}
        self._keep_names(writers)
        name_all(self._reading, writers)

    def _keep_names(self, writers: Collection[int]) -> None:
        having = list(Pseudonym.objects.filter(reading=self._reading).values_list("user", "name"))
        named, taken = {user for user, _name in having}, {name for _user, name in having}
        theirs = {
            self._people.user(each.person): each.name
            for each in self._match.holding.reading.pseudonyms
        }
        Pseudonym.objects.bulk_create(
            Pseudonym(reading=self._reading, user_id=user, name=name)
            for user, name in theirs.items()
            if user in writers and user not in named and name not in taken
        )
