"""The reading page as a signed-in member gets it, one client on a kept connection."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPResponse

from bench.printing import Result
from bench.server import Seeded, Site

PARAGRAPHS = 40
MEMBERS = 8
WARM_UP = 3
RUNS = 50
SECONDS = 10
COLD_RUNS = 7
# django-comments-xtd 2.10, threaded page, by the number of its comments (issue 11).
THREADED_PAGE = {100: 56, 1_000: 447, 10_000: 3_290}


class Reader:
    """A member's browser on one reading."""

    def __init__(self, site: Site, seeded: Seeded) -> None:
        self.client, self.seeded = site.connect(), seeded

    def get(self, query: str = "", *, expect: int = 200, **headers: str) -> HTTPResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Cookie": self.seeded.cookie, **named}
        self.client.request("GET", self.seeded.url + query, headers=headers)
        answer = self.client.getresponse()
        answer.read()
        if answer.status != expect:
            raise SystemExit(f"{self.seeded.url}{query} answered {answer.status}, not {expect}.")
        return answer


def measure(site: Site) -> Iterator[Result]:
    for notes in (0, 100, 1_000, 10_000):
        reader = Reader(site, _seed(site, notes))
        yield _warm(f"read.page_{notes}", reader.get, THREADED_PAGE.get(notes))
        if notes == 1_000:
            yield from _others(reader)
    group = site.seed(articles=40, paragraphs=PARAGRAPHS, annotations=4_000, members=300)
    for name, path in (("group_home", ""), ("people", "people/")):
        reader = Reader(site, replace(group, url=f"/g/{group.group}/{path}"))
        yield _warm(f"read.{name}_300", reader.get, None)
    # A reading that nobody has opened yet has nothing in the cache, on a server that is warm.
    times = [_milliseconds(Reader(site, _seed(site, 1_000)).get) for _ in range(COLD_RUNS)]
    yield Result("read.cold_1000", _median(times), "ms", len(times), THREADED_PAGE[1_000])


def _others(reader: Reader) -> Iterator[Result]:
    yield _warm("read.all_open_1000", lambda: reader.get("?open=all"), THREADED_PAGE[1_000])
    etag = reader.get().headers["ETag"]
    yield _warm("read.not_modified", lambda: reader.get(expect=304, If_None_Match=etag), None)


def _seed(site: Site, notes: int) -> Seeded:
    return site.seed(articles=1, paragraphs=PARAGRAPHS, annotations=notes, members=MEMBERS)


def _warm(name: str, get: Callable[[], object], reference: float | None) -> Result:
    for _ in range(WARM_UP):
        get()
    times: list[float] = []
    until = time.monotonic() + SECONDS
    while len(times) < RUNS and time.monotonic() < until:
        times.append(_milliseconds(get))
    return Result(name, _median(times), "ms", len(times), reference)


def _milliseconds(get: Callable[[], object]) -> float:
    began = time.perf_counter()
    get()
    return (time.perf_counter() - began) * 1_000


def _median(times: list[float]) -> float:
    return round(statistics.median(times), 2)
