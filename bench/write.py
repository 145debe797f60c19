"""Notes through the real form, as htmx sends it: session, CSRF, permission, Markdown, fragment."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from urllib.parse import urlencode
from uuid import uuid4

from bench.printing import Result
from bench.server import Seeded, Site

PARAGRAPHS = 40
NOTES = 1_000
PASSES = 5
SECONDS = 2.0
# django-comments-xtd 2.10, its form, by the number of clients (issue 11).
FORM = {1: 57, 8: 97}
BODY = "> as it stands\n\n" + 4 * "I read *this* **twice** before I saw what it leaves out. "


class Writer:
    """A signed-in member's open page, from which notes are sent one after the other."""

    def __init__(self, site: Site, seeded: Seeded) -> None:
        self.client, self.seeded, self.chance = site.connect(), seeded, Random(seeded.cookie)
        self.client.request("GET", seeded.url, headers={"Cookie": seeded.cookie})
        answer = self.client.getresponse()
        page = answer.read().decode()
        [token] = re.findall(r'"X-CSRFToken": "(\w+)"', page)
        self.keys = re.findall(r' id="p-(\w+)"', page)
        self.headers = {
            "Cookie": f"{seeded.cookie}; {answer.headers['Set-Cookie'].partition(';')[0]}",
            "X-CSRFToken": token,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def write(self) -> None:
        key = self.chance.choice(self.keys)
        form = {
            "motivation": "commenting", "category": "yellow", "audience": "group",
            "body": f"{BODY}{(known := uuid4())}",  # the same twice in a row isn't taken
            "client_id": known, "start_key": key, "start": 10, "end_key": key, "end": 60,
        }  # fmt: skip
        self.client.request("POST", f"{self.seeded.url}annotate/", urlencode(form), self.headers)
        answer = self.client.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"Writing a note answered {answer.status}.")

    def write_for(self, seconds: float) -> int:
        written, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            self.write()
            written += 1
        return written


def measure(site: Site) -> Iterator[Result]:
    for clients in (1, 8):
        seeded = site.seed(articles=1, paragraphs=PARAGRAPHS, annotations=NOTES, members=8)
        writers = [Writer(site, seeded) for _ in range(clients)]
        _a_second(writers, 1.0)  # to warm it up
        rates = [_a_second(writers, SECONDS) for _ in range(PASSES)]
        name = f"write.per_second_{clients}"
        yield Result(name, round(statistics.median(rates), 1), "1/s", PASSES, FORM[clients])
        for writer in writers:
            writer.client.close()


def _a_second(writers: list[Writer], seconds: float) -> float:
    """How many notes all of them together had answered in a second."""
    began = time.monotonic()
    with ThreadPoolExecutor(len(writers)) as together:
        written: int = sum(together.map(lambda writer: writer.write_for(seconds), writers))
    return written / (time.monotonic() - began)
