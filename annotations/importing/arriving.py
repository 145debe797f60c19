"""Files of notes on their way in: received, looked at, brought in as a whole or thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import IO

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.importing.archives import reading as archive
from annotations.importing.archives import restoring
from annotations.importing.foreign import bringing, planning, recognising
from annotations.importing.foreign.incoming import MOST_BYTES, Incoming, NotNotes
from annotations.models import NotesImport
from annotations.moderation.pace import require_import_pace
from annotations.permissions import require_importing
from annotations.records import Archive
from reader.models import Reading, StudyGroup, User
from reader.permissions import require

# How long a file waits for somebody to come back to it.
KEPT = timedelta(days=7)
ZIP = b"PK"

type Parsed = Archive | Incoming


@dataclass(frozen=True, slots=True)
class Done:
    """What was brought in, and where it can be seen."""

    group: StudyGroup
    reading: Reading | None
    notes: int
    known: int
    guests: int  # people of whom there is nothing here but what they wrote


def parse(file: IO[bytes], filename: str) -> Parsed:
    """What a file holds. Raises NotNotes or BadArchive, with a sentence, for what can't be read."""
    file.seek(0)
    head = file.read(len(ZIP))
    file.seek(0)
    if head == ZIP or filename.lower().endswith(".zip"):
        return archive.read(file)
    return recognising.read(file.read(MOST_BYTES + 1))


def receive(
    *,
    by: User,
    file: IO[bytes],
    filename: str,
    group: StudyGroup | None,
    reading: Reading | None = None,
) -> NotesImport:
    """Keep a file that can be read, to be looked at. An archive without a group begins one; other
    notes go into a reading. Raises TooMany where one person sends file after file: each is read,
    and kept."""
    require_importing(by, group)
    require_import_pace(by)
    parsed = parse(file, filename)
    if isinstance(parsed, Incoming) and group is None:
        raise NotNotes(
            _("A group begins with an archive. These notes go into one of its readings.")
        )
    if isinstance(parsed, Incoming) and reading is None:
        raise NotNotes(_("Say which article these notes are about."))
    into = reading if isinstance(parsed, Incoming) else None
    arrived = NotesImport(created_by=by, group=group, reading=into, filename=filename[:255])
    file.seek(0)
    arrived.file.save(str(arrived.pk), File(file), save=False)
    arrived.save()
    return arrived


def contents(arrived: NotesImport) -> Parsed:
    with arrived.file.open("rb") as file:
        return parse(file, arrived.filename)


def plan(
    *, by: User, arrived: NotesImport, parsed: Parsed, me: str = ""
) -> restoring.Plan | planning.Plan:
    """What bringing it in would do; nothing is written."""
    if isinstance(parsed, Archive):
        return restoring.plan(by=by, records=parsed, group=arrived.group, me=me)
    return bringing.plan(by=by, reading=_reading_of(arrived), incoming=parsed, me=me)


@transaction.atomic
def bring(*, by: User, arrived: NotesImport, me: str = "") -> Done | None:
    """All that is in it, or nothing; None where it was brought in, or thrown away, meanwhile."""
    rows = NotesImport.objects.select_for_update(of=("self",)).filter(pk=arrived.pk, done_at=None)
    held = rows.select_related("group", "reading__article", "reading__group").first()
    if held is None:
        return None
    require_importing(by, held.group)
    parsed = contents(held)
    if isinstance(parsed, Archive):
        made = restoring.restore(by=by, records=parsed, group=held.group, me=me)
        done = Done(made.group, _only(made.readings), made.notes, made.known, made.guests)
    else:
        done = _brought(by, _reading_of(held), parsed, me)
    _let_go(held)
    held.group, held.done_at = done.group, timezone.now()
    held.save(update_fields=["group", "file", "done_at"])
    return done


def discard(*, by: User, arrived: NotesImport) -> None:
    """Throw away what isn't wanted; what was brought in stays."""
    require(arrived.created_by_id == by.pk, _("Only whoever brought a file throws it away."))
    _let_go(arrived)
    arrived.delete()


def forget_old() -> None:
    """Files that nobody came back to."""
    for old in NotesImport.objects.made_before(timezone.now() - KEPT):
        _let_go(old)
        old.delete()


def _reading_of(arrived: NotesImport) -> Reading:
    reading: Reading | None = arrived.reading
    if reading is None:
        raise NotNotes(_("Say which article these notes are about."))
    return reading


def _brought(by: User, reading: Reading, parsed: Incoming, me: str) -> Done:
    made = bringing.bring_in(by=by, reading=reading, incoming=parsed, me=me)
    guests = {note.creator_id for note in made.annotations} - {by.pk}
    known = made.counts["doubles"]
    return Done(reading.group, reading, len(made.annotations), known, len(guests))


def _only(readings: tuple[Reading, ...]) -> Reading | None:
    return readings[0] if len(readings) == 1 else None


def _let_go(arrived: NotesImport) -> None:
    """The file goes once this transaction holds."""
    if arrived.file:
        transaction.on_commit(partial(arrived.file.storage.delete, str(arrived.file.name)))
        arrived.file.name = ""
