"""The archive: everything of a group, or of some of its readings, that one of its leaders may
read, to be brought into another group or another site. docs/formats.md describes it.

Every entry but the header is the same bytes for the same rows, wherever they are.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations import records
from annotations.exporting.holdings import Holdings
from annotations.exporting.writing import Tick, Written
from annotations.permissions import can_archive
from reader.models import Reading, StudyGroup, User
from reader.permissions import membership_of, require

# No file is older than this in a zip.
EPOCH = (1980, 1, 1, 0, 0, 0)
PASSED_ON = 65_536  # bytes that are waited for
TOLD = 50  # notes between two ticks


def write(user: User, group: StudyGroup, readings: Sequence[Reading], tick: Tick) -> Written:
    """The archive of these readings of a group; of all of them where it has no others."""
    membership = membership_of(user, group)
    require(can_archive(membership), _("Only the group’s leaders take home everything there is."))
    assert membership is not None  # noqa: S101  can_archive has seen to it
    require(all(each.group_id == group.pk for each in readings), _("Not of this group."))
    holdings = Holdings(user, membership, group, readings)
    return Written(".zip", _Writing(holdings, tick).chunks())


class _Outlet(io.RawIOBase):
    """A file that is only written to: what has come since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._had = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._had += data
        return len(data)

    def taken(self, least: int = 0) -> Iterator[bytes]:
        if len(self._had) > least:
            yield bytes(self._had)
            self._had.clear()


class _Writing:
    def __init__(self, holdings: Holdings, tick: Tick) -> None:
        self._holdings, self._tick = holdings, tick
        self._outlet = _Outlet()
        self._entries: list[records.Entry] = []
        self._counts = {"people": 0, "notes": 0, "cases": 0, "log": 0}

    def chunks(self) -> Iterator[bytes]:
        with ZipFile(self._outlet, "w") as self._zip:
            for name, lines in self._parts():
                yield from self._entry(name, lines)
            yield from self._entry(records.HEADER, [records.line(self._header())])
        yield from self._outlet.taken()

    def _parts(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Every entry but the header. People come last: only then is it known who is in it."""
        having = self._holdings
        yield "group.json", [records.line(having.group())]
        for number, reading in enumerate(having.readings, start=1):
            within = f"readings/{number:03}"
            yield f"{within}/article.json", [records.line(having.article(reading))]
            yield f"{within}/paragraphs.jsonl", map(records.line, having.paragraphs(reading))
            yield f"{within}/texts.jsonl", map(records.line, having.revisions(reading))
            yield f"{within}/reading.json", [records.line(having.reading(reading))]
            yield f"{within}/notes.jsonl", self._told(self._counted("notes", having.notes(reading)))
            yield f"{within}/cases.jsonl", self._counted("cases", having.cases(reading))
        if having.has_log:
            yield "log.jsonl", self._counted("log", having.log())
        yield "people.jsonl", self._counted("people", having.people.named())

    def _entry(self, name: str, lines: Iterable[bytes]) -> Iterator[bytes]:
        digest, size = sha256(), 0
        with self._zip.open(_info(name), "w") as entry:
            for line in lines:
                entry.write(line)
                digest.update(line)
                size += len(line)
                yield from self._outlet.taken(PASSED_ON)
        self._entries.append(records.Entry(name, digest.hexdigest(), size))

    def _counted(self, what: str, rows: Iterable[Any]) -> Iterator[bytes]:
        for row in rows:
            self._counts[what] += 1
            yield records.line(row)

    def _told(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        waiting = 0
        for line in lines:
            yield line
            waiting += 1
            if waiting == TOLD:
                self._tick(waiting)
                waiting = 0
        if waiting:
            self._tick(waiting)

    def _header(self) -> records.Header:
        having = self._holdings
        return records.Header(
            format=records.FORMAT,
            version=records.VERSION,
            site=settings.CATENA_URL,
            generated_at=timezone.now(),
            exported_by=having.exported_by,
            scope="group" if having.is_whole else "readings",
            counts=records.Counts(readings=len(having.readings), **self._counts),
            entries=tuple(self._entries),
        )


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, date_time=EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    return info
