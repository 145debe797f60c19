"""Several files as one zip that is written while it is sent, and whose bytes are the same each
time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The first that a zip can say. When it was made says nothing of what is in it.
_THEN = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


class _Outlet:
    """A file that only takes bytes; they are fetched from it as they come."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """The bytes of a zip of these, by name."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        for name, chunks in files:
            about = ZipInfo(name, _THEN)
            about.compress_type = ZIP_DEFLATED
            about.external_attr = _READABLE
            about.create_system = 3  # Unix, whichever system this is
            with archive.open(about, "w") as file:
                for chunk in chunks:
                    file.write(chunk)
                    if data := outlet.taken():
                        yield data
    yield outlet.taken()
