"""Notes taken home in each format, and brought in again: a process of its own for each, so that
its peak is its own. The figures hold Python, Django and everything that was imported."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.printing import Result
from bench.server import ROOT, Seeded, Site

FORMATS = ("md", "html", "pdf", "docx", "csv", "readwise", "jsonld", "archive")
# Setting pages takes so much longer than the rest that it is done once.
RUNS = {"pdf": 1}
NOTES = (1_000, 10_000)
ARTICLES, PARAGRAPHS, MEMBERS = 1, 300, 20


def measure(site: Site) -> Iterator[Result]:
    for notes in NOTES:
        seeded = _seed(site, notes)
        for code in FORMATS:
            runs = [
                _once(site, "bench.taking", seeded.group, code) for _ in range(RUNS.get(code, 3))
            ]
            name = f"export.{code}_{notes}"
            yield Result(f"{name}.seconds", _median(runs, "seconds"), "s", len(runs))
            yield Result(f"{name}.peak_mb", _median(runs, "peak_mb"), "MB", len(runs))
            yield Result(f"{name}.mb", _median(runs, "bytes") / 1e6, "MB", len(runs))


def measure_import(site: Site) -> Iterator[Result]:
    """Into a group that has nothing of it: an archive as a new group, Web Annotations around the
    same text, bare."""
    for notes in NOTES:
        seeded = _seed(site, notes)
        with tempfile.TemporaryDirectory(prefix="catena-bench-") as place:
            for code in ("archive", "jsonld"):
                path = Path(place) / code
                _once(site, "bench.taking", seeded.group, code, str(path))
                told = _once(site, "bench.bringing", seeded.group, str(path))
                yield Result(f"import.{code}_{notes}.seconds", told["seconds"], "s", 1)
                yield Result(f"import.{code}_{notes}.peak_mb", told["peak_mb"], "MB", 1)


def _seed(site: Site, notes: int) -> Seeded:
    return site.seed(articles=ARTICLES, paragraphs=PARAGRAPHS, annotations=notes, members=MEMBERS)


def _once(site: Site, *command: str) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stderr}")
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def _median(runs: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] for run in runs))
