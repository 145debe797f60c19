"""A file made of what was chosen: at once where that is quick, else in the background."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.enums import ExportFormat
from annotations.exporting import registry
from annotations.exporting.asking import filters_of, narrowed
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters, Notebook
from annotations.exporting.scope import Scope
from annotations.exporting.writing import CannotWrite, Tick, Written, silent
from annotations.models import Export
from annotations.moderation.pace import require_export_pace
from annotations.permissions import can_archive
from reader.models import User
from reader.permissions import require

# What has more notes than this takes a while: it is made in the background.
AT_ONCE: dict[str, int] = {
    ExportFormat.PDF: 200,
    ExportFormat.WORD: 1_000,
    ExportFormat.ARCHIVE: 1_000,
}
AT_ONCE_ELSE = 3_000
# How long a file waits to be fetched, and after what time one that isn't done is begun again.
KEPT = timedelta(days=1)
STALLED = timedelta(minutes=15)
# So often progress is told, in notes.
_TOLD_EVERY = 200
_IN_MEMORY = 4 * 1024 * 1024
log = logging.getLogger("catena.exports")


class Cancelled(Exception):
    """Whoever asked for it wants it no more."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file, open at its beginning."""

    filename: str
    file: IO[bytes]


def takes_long(scope: Scope, code: str) -> bool:
    return scope.weight() > AT_ONCE.get(code, AT_ONCE_ELSE)


def make(scope: Scope, filters: Filters, code: str, tick: Tick = silent) -> Made:
    """Make the whole file; nothing is given away of one that fails on its way."""
    written = _written(scope, filters, code, tick)
    with ExitStack() as unless_made:
        file: IO[bytes] = unless_made.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))
        for chunk in written.chunks:
            file.write(chunk)
        file.seek(0)
        unless_made.pop_all()
    return Made(f"{scope.stem}{written.suffix}", file)


def first_words(notebook: Notebook, code: str, size: int) -> str:
    """How a file in a format that people can read begins."""
    had = bytearray()
    for chunk in registry.write(notebook, code, silent).chunks:
        had += chunk
        if len(had) >= size:
            break
    return had[:size].decode(errors="ignore").removeprefix("\ufeff")


def _written(scope: Scope, filters: Filters, code: str, tick: Tick) -> Written:
    if code != ExportFormat.ARCHIVE:
        return registry.write(gather(scope, filters), code, tick)
    allowed = scope.group is not None and can_archive(scope.membership)
    require(allowed, _("Only the group's leaders take home everything there is."))
    archive = import_module("annotations.exporting.archive")
    written: Written = archive.write(scope.user, scope.group, scope.readings, tick)
    return written


@transaction.atomic
def ask(*, by: User, scope: Scope, code: str, query: str) -> Export:
    """Have a file made in the background. What may be taken home is asked again then."""
    require_export_pace(by)
    if scope.group is not None:
        query = narrowed(query, scope.allowed(filters_of(query)))
    export = Export(
        created_by=by, group=scope.group, reading=scope.reading, format=code, query=query,
        total=scope.weight(),
    )  # fmt: skip
    export.full_clean(exclude=["file"])
    export.save()
    transaction.on_commit(partial(_begin_soon, export.pk), robust=True)
    return export


def may_still_be_taken(export: Export) -> bool:
    """Whether whoever asked for a file might still ask for it: it was made of what they could
    take home then."""
    scope = Scope(export.created_by, export.group, export.reading)
    if scope.group is None:
        return True
    if export.format == ExportFormat.ARCHIVE:
        return can_archive(scope.membership)
    filters = filters_of(export.query)
    return scope.allowed(filters) == filters


@transaction.atomic
def cancel(*, by: User, export: Export) -> None:
    """Whoever asked wants it no more; a file that was made goes."""
    require(export.created_by_id == by.pk, _("Only whoever asked for a file calls it off."))
    found = Export.objects.select_for_update().get(pk=export.pk)
    if found.cancelled_at is None:
        found.cancelled_at = timezone.now()
        if found.file:
            found.file.delete(save=False)
        found.save(update_fields=["cancelled_at", "file"])


def _begin_soon(pk: UUID) -> None:
    work_off.enqueue(str(pk))


@task
def work_off(pk: str) -> None:
    """Make one file. Begun twice at once, it is made by whoever comes first."""
    now = timezone.now()
    waiting = Export.objects.waiting(now - STALLED).filter(pk=UUID(pk))
    if not waiting.update(started_at=now, done=0):
        return
    export = Export.objects.select_related("created_by", "group", "reading").get(pk=pk)
    try:
        _fill(export)
    except Cancelled:
        return
    except (CannotWrite, PermissionDenied) as why:
        _fail(export, str(why))
    except Exception:
        log.exception("A file that somebody asked for could not be made")
        _fail(export, _("Something went wrong here. Please try again; if it happens twice, tell"
                        " whoever runs this site."))  # fmt: skip


def _fill(export: Export) -> None:
    scope = Scope(export.created_by, export.group, export.reading)
    with timezone.override(export.created_by.zone):
        made = make(scope, filters_of(export.query), export.format, _Progress(export))
    with made.file:
        if Export.objects.filter(pk=export.pk, cancelled_at__isnull=False).exists():
            return
        export.filename, export.finished_at = made.filename, timezone.now()
        export.file.save(f"{export.pk}", File(made.file), save=False)
    export.size = export.file.size
    export.done = export.total = max(export.done, export.total)
    export.save(update_fields=["filename", "finished_at", "file", "size", "done", "total"])


def _fail(export: Export, sentence: str) -> None:
    export.failure = sentence[:300]
    export.save(update_fields=["failure"])


class _Progress:
    """Tells how far it is, and hears when it is called off."""

    def __init__(self, export: Export) -> None:
        self._export, self._untold = export, 0

    def __call__(self, written: int) -> None:
        self._untold += written
        if self._untold < _TOLD_EVERY:
            return
        self._export.done += self._untold
        self._untold = 0
        rows = Export.objects.filter(pk=self._export.pk)
        if not rows.filter(cancelled_at=None).update(done=self._export.done):
            raise Cancelled


def take_up_stalled() -> None:
    """Begin again what a worker left unfinished."""
    for pk in Export.objects.waiting(timezone.now() - STALLED).values_list("pk", flat=True):
        work_off.enqueue(str(pk))


def forget_old() -> None:
    """Files that waited long enough, and what was called off."""
    for export in Export.objects.made_before(timezone.now() - KEPT):
        if export.file:
            export.file.delete(save=False)
        export.delete()
