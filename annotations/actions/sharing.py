"""Private notes, handed to others: as new notes, so that nobody ever sees an existing one anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.actions.places import hold_text
from annotations.actions.writing import require_writing, take_name
from annotations.enums import PUBLISHED, Audience, Category, State
from annotations.layers import touch
from annotations.models import Annotation, Target
from annotations.moderation.admitting import Admission, Gate, follow_up, let_come
from annotations.moderation.states import withdraw_private
from reader.models import Circle, Membership, Paragraph, Reading, StudyGroup, User
from reader.permissions import is_leader, require

# Where a copy that its author took back is not made again, nor its original given up.
STANDING = (*PUBLISHED, State.PENDING)


@transaction.atomic
def share(
    *,
    by: User,
    notes: Sequence[Annotation],
    reading: Reading,
    audience: str,
    circle: Circle | None = None,
    keep: bool = False,
) -> list[Annotation]:
    """One's private notes, published in a reading of their text: those that stand there now.

    Each is written anew, and its earlier words stay private; then the original is withdrawn,
    unless it is to be kept. The same words to the same people twice are one note, until that one
    is withdrawn. What a moderator has taken out of the reading isn't put back, and its original
    stays.
    """
    circle = circle if audience == Audience.CIRCLE else None
    require(audience != Audience.PRIVATE, _("You can't write to this audience."))
    hold_text(reading.article_id)
    membership = require_writing(by, reading, audience, circle)
    originals = _own_private(by, notes, reading)
    place = f"{reading.pk} {audience} {circle.pk if circle else ''}"
    copies, missing = _known_copies(by, originals, place)
    require(
        all(original.state in PUBLISHED for original in missing.values()),
        _("One of these notes is no longer there."),
    )
    made = {
        original.pk: anew(
            original, by=by, reading=reading, audience=audience, circle=circle, client_id=client_id
        )
        for client_id, original in missing.items()
    }
    admissions = _admit(made, reading.group, membership)
    targets = store(made)
    for pk, admission in admissions.items():
        follow_up(made[pk], reading.group, admission)
    _touch(targets)
    copies |= made
    standing = {pk: copy for pk, copy in copies.items() if copy.state in STANDING}
    if not keep:
        withdraw_private(Annotation.objects.filter(pk__in=standing))
    return [standing[original.pk] for original in originals if original.pk in standing]


def anew(
    note: Annotation,
    *,
    by: User,
    reading: Reading,
    audience: str,
    client_id: UUID,
    circle: Circle | None = None,
) -> Annotation:
    """A note of now with the words of another, not yet saved."""
    return Annotation(
        creator=by,
        article_id=note.article_id,
        reading=reading,
        circle=circle,
        audience=audience,
        motivation=note.motivation,
        category=note.category,
        tags=note.tags,
        body=note.body,
        body_html=note.body_html,
        renderer_version=note.renderer_version,
        client_id=client_id,
    )


def store(made: Mapping[int, Annotation]) -> list[Target]:
    """Save new roots, by the ids of those that they repeat, on the places of those; returns where
    they stand. Of one whose words a correction has moved, the words as they were chosen go with
    it, so that it is followed from them as its original is."""
    Annotation.objects.bulk_create(made.values())
    found = Target.objects.to_repeat(made)
    targets = list(found.select_related("start_paragraph", "end_paragraph"))
    for target in targets:
        target.pk, target.annotation = None, made[target.annotation_id]
        target.created_at = timezone.now()
        if target.placed_by_id is not None:
            target.placed_by = target.annotation.creator
    return [target for target in Target.objects.bulk_create(targets) if target.current]


def _admit(
    notes: Mapping[int, Annotation], group: StudyGroup, membership: Membership | None
) -> dict[int, Admission]:
    """How new notes of one person in one reading come in."""
    admissions: dict[int, Admission] = {}
    if membership is None or not notes:
        return admissions
    gate = Gate(group, membership)
    take_name(next(iter(notes.values())))
    for pk, note in notes.items():
        admissions[pk] = gate.admit(note)
        let_come(note, admissions[pk])
        if note.is_prompt and not is_leader(membership):
            note.category = Category.BLUE
    return admissions


def _touch(targets: Sequence[Target]) -> None:
    """Date what shows these new notes of one reading and audience."""
    for shown in (True, False):
        some = [target for target in targets if target.annotation.was_shown == shown]
        if some:
            touch(some[0].annotation, _covered(some), members_notice=shown)


def _covered(targets: Sequence[Target]) -> list[int]:
    """The ids of the paragraphs that any of these stand on."""
    positions: set[int] = set()
    for target in targets:
        first, last = target.start_paragraph.position, target.end_paragraph.position
        positions.update(range(first, last + 1))
    text = Paragraph.objects.filter(article=targets[0].start_paragraph.article_id)
    found = text.values_list("pk", "position")
    return [pk for pk, position in found if position in positions]


def _own_private(by: User, notes: Sequence[Annotation], reading: Reading) -> list[Annotation]:
    """The notes as they are now, and as they stay until this transaction ends, in their order."""
    # Of the text that the reading still reads, that is.
    own = Annotation.objects.private_of(by, reading.article_id).filter(article__readings=reading)
    found = own.select_for_update(of=("self",)).in_bulk({note.pk for note in notes})
    mine = all(note.pk in found for note in notes)
    require(mine, _("Only your own private notes on this text can be published."))
    return [found[pk] for pk in dict.fromkeys(note.pk for note in notes)]


def _known_copies(
    by: User, originals: Sequence[Annotation], place: str
) -> tuple[dict[int, Annotation], dict[UUID, Annotation]]:
    """The copies that were made before, by their originals' ids, and the originals that have
    none, by the client ids that theirs would have."""
    asked = {_client_id(original, original, place): original for original in originals}
    copies: dict[int, Annotation] = {}
    missing: dict[UUID, Annotation] = {}
    while asked:
        known = {
            copy.client_id: copy
            for copy in Annotation.objects.filter(creator=by, client_id__in=asked)
        }
        again: dict[UUID, Annotation] = {}
        for client_id, original in asked.items():
            copy = known.get(client_id)
            if copy is None:
                missing[client_id] = original
            elif copy.state == State.WITHDRAWN:
                again[_client_id(copy, original, place)] = original
            else:
                copies[original.pk] = copy
        asked = again
    return copies, missing


def _client_id(after: Annotation, original: Annotation, place: str) -> UUID:
    """Of the copy that comes after this one: the same for the same words in the same place."""
    return uuid5(after.uuid, repr((place, original.body, original.category, original.tags)))
