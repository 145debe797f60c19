"""An archive on its way in: from a file that anybody may have made to records that fit together,
or to a sentence about why not. Nothing is unpacked onto a disk, and no size is believed."""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from typing import IO, Any, NoReturn
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from annotations import records
from annotations.importing.archives.coherence import check
from annotations.records import Archive, BadArchive, Header

MAX_BYTES = 20_000_000
MAX_ENTRIES = 2_000
MAX_UNPACKED = 100_000_000
# Of what unpacks to this and more, no more than so many times its size.
LARGE, MAX_RATIO = 1_048_576, 100
# Each is somebody whom a group gets to know.
MOST_PEOPLE = 5_000
# A line of the longest paragraph, quote or note stays far below.
MAX_LINE = 16_000_000
PARTS: dict[str, Any] = {
    "article.json": records.Article,
    "paragraphs.jsonl": records.Paragraph,
    "texts.jsonl": records.Revision,
    "reading.json": records.Reading,
    "notes.jsonl": records.Note,
    "cases.jsonl": records.Case,
}

_DAMAGED = (
    BadZipFile, EOFError, IndexError, NotImplementedError, OSError, OverflowError, RuntimeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip


def read(source: IO[bytes]) -> Archive:
    """What an archive holds. `source` is open, and can be read from any place of it."""
    if source.seek(0, 2) > MAX_BYTES:
        _bad(_("The file is larger than %(most)d MB."), most=MAX_BYTES // 1_000_000)
    source.seek(0)
    try:
        with ZipFile(source) as opened:
            return _Reading(opened).archive()
    except _DAMAGED as wrong:
        raise BadArchive(_("This is no archive of Catena, or the file is damaged.")) from wrong


class _Reading:
    def __init__(self, opened: ZipFile) -> None:
        self._zip = opened
        self._unpacked = 0
        infos = opened.infolist()
        if len(infos) > MAX_ENTRIES:
            _bad(_("There are more than %(most)d files in it."), most=MAX_ENTRIES)
        self._infos: dict[str, ZipInfo] = {}
        for info in infos:
            _check_entry(info)
            if info.filename in self._infos:
                _bad(_("“%(name)s” is in it twice."), name=info.filename)
            self._infos[info.filename] = info

    def archive(self) -> Archive:
        header = self._header()
        self._check_names(header)
        sums = {entry.name: entry for entry in header.entries}
        readings = sorted({name.split("/")[1] for name in sums if name.startswith("readings/")})
        archive = Archive(
            header=header,
            group=self._one(records.Group, sums["group.json"]),
            people=tuple(self._lines(records.Person, sums["people.jsonl"])),
            holdings=tuple(
                self._holding({part: sums[f"readings/{each}/{part}"] for part in PARTS})
                for each in readings
            ),
            log=tuple(self._lines(records.Decision, sums["log.jsonl"]))
            if "log.jsonl" in sums
            else (),
        )
        _check_counts(archive)
        check(archive)
        return archive

    def _header(self) -> Header:
        if records.HEADER not in self._infos:
            _bad(_("This is no archive of Catena: it has no header."))
        data = b"".join(self._raw(records.HEADER))
        kind, version = records.version_of(data)
        if kind != records.FORMAT:
            _bad(_("This is no archive of Catena: its header says something else."))
        if version != records.VERSION:
            _bad(
                _("This archive has version %(theirs)d; this site reads version %(ours)d."),
                theirs=version,
                ours=records.VERSION,
            )
        return records.read(Header, data, _("The header"))

    def _check_names(self, header: Header) -> None:
        """Every entry is one that an archive has, is there, and is named in the header."""
        promised = [entry.name for entry in header.entries]
        if len(set(promised)) != len(promised):
            _bad(_("Its header names a file twice."))
        wanted = {"group.json", "people.jsonl"}
        for number in range(1, header.counts.readings + 1):
            wanted |= {f"readings/{number:03}/{part}" for part in PARTS}
            if len(wanted) > MAX_ENTRIES:
                _bad(_("There are more than %(most)d files in it."), most=MAX_ENTRIES)
        having = {*self._infos} - {records.HEADER}
        if unknown := sorted((having | {*promised}) - wanted - {"log.jsonl"}):
            _bad(_("“%(name)s” doesn’t belong into an archive."), name=unknown[0][:100])
        if missing := sorted((wanted | {*promised}) - having):
            _bad(_("“%(name)s” is missing in it."), name=missing[0])
        if unnamed := sorted(having - {*promised}):
            _bad(_("Its header doesn’t name “%(name)s”."), name=unnamed[0])

    def _holding(self, parts: dict[str, records.Entry]) -> records.Holding:
        return records.Holding(
            article=self._one(records.Article, parts["article.json"]),
            paragraphs=tuple(self._lines(records.Paragraph, parts["paragraphs.jsonl"])),
            revisions=tuple(self._lines(records.Revision, parts["texts.jsonl"])),
            reading=self._one(records.Reading, parts["reading.json"]),
            notes=tuple(self._lines(records.Note, parts["notes.jsonl"])),
            cases=tuple(self._lines(records.Case, parts["cases.jsonl"])),
        )

    def _one[Kind](self, kind: type[Kind], entry: records.Entry) -> Kind:
        found = list(self._lines(kind, entry))
        if len(found) != 1:
            _bad(_("“%(name)s” has not one line."), name=entry.name)
        return found[0]

    def _lines[Kind](self, kind: type[Kind], entry: records.Entry) -> Iterator[Kind]:
        """Its lines as they come; at the end it is known whether they were those of the header."""
        digest, size = sha256(), 0
        for number, line in enumerate(self._raw(entry.name), start=1):
            digest.update(line)
            size += len(line)
            where = _("Line %(number)d of “%(name)s”") % {"number": number, "name": entry.name}
            yield records.read(kind, line, where)
        if (digest.hexdigest(), size) != (entry.sha256, entry.size):
            _bad(_("“%(name)s” is not what its header says."), name=entry.name)

    def _raw(self, name: str) -> Iterator[bytes]:
        info, size = self._infos[name], 0
        with self._zip.open(info) as opened:
            while line := opened.readline(MAX_LINE + 1):
                size += len(line)
                self._unpacked += len(line)
                if len(line) > MAX_LINE:
                    _bad(_("A line of “%(name)s” is too long."), name=name)
                if self._unpacked > MAX_UNPACKED:
                    most = MAX_UNPACKED // 1_000_000
                    _bad(_("Unpacked it is larger than %(most)d MB."), most=most)
                if size >= LARGE and size > MAX_RATIO * max(1, info.compress_size):
                    _bad(_("“%(name)s” is packed more tightly than text can be."), name=name)
                yield line


def _check_entry(info: ZipInfo) -> None:
    mode = info.external_attr >> 16
    name = info.orig_filename
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
        _bad(_("A file in it leads out of it."))
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        _bad(_("“%(name)s” is no plain file."), name=name[:100])
    if info.flag_bits & 0x1:
        _bad(_("“%(name)s” is encrypted."), name=name[:100])
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        _bad(_("“%(name)s” is packed in a way that isn’t known here."), name=name[:100])


def _check_counts(archive: Archive) -> None:
    found = {
        "readings": len(archive.holdings),
        "people": len(archive.people),
        "notes": sum(len(each.notes) for each in archive.holdings),
        "cases": sum(len(each.cases) for each in archive.holdings),
        "log": len(archive.log),
    }
    if found["people"] > MOST_PEOPLE:
        _bad(_("There are more than %(most)d people in it."), most=MOST_PEOPLE)
    if found != asdict(archive.header.counts):
        _bad(_("It doesn’t hold as much as its header says."))


def _bad(sentence: str, **said: Any) -> NoReturn:
    raise BadArchive(sentence % said if said else sentence)
