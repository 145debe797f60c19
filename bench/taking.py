"""`python -m bench.taking GROUP FORMAT [FILE]`: take a group's notes home once, as its owner."""

import json
import os
import resource
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from annotations.exporting.making import make  # noqa: E402
from annotations.exporting.notebook import Filters  # noqa: E402
from annotations.exporting.scope import Scope  # noqa: E402
from annotations.management.acting import acting_in, group_named  # noqa: E402


def main(slug: str, code: str, path: str = os.devnull) -> None:
    group = group_named(slug)
    scope = Scope(acting_in(group, None), group)
    began = time.process_time()
    with make(scope, Filters(), code).file as file, open(path, "wb") as out:
        while chunk := file.read(1 << 16):
            out.write(chunk)
        size = file.tell()
    print(json.dumps({**told(began), "bytes": size}))


def told(began: float) -> dict[str, float]:
    """Processor time since then, and the most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.process_time() - began, "peak_mb": peak}


if __name__ == "__main__":
    main(*sys.argv[1:])
