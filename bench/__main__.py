"""`python -m bench [--only SUITE]`; `make bench` calls it."""

import argparse
import signal
import sys
from collections.abc import Sequence

from bench import printing, read, write
from bench.server import serving

SUITES = {"read": read.measure, "write": write.measure}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", metavar="SUITE")
    only = parser.parse_args(arguments).only
    if only is not None and only not in SUITES:
        sys.exit(f"There is no suite {only!r}; there are {' and '.join(SUITES)}.")
    # Told to stop, it still stops its server and drops its database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    results = []
    for suite in [only] if only else SUITES:
        with serving() as site:
            for result in SUITES[suite](site):
                print(printing.line(result), flush=True)
                results.append(result)
    print(f"\n{printing.table(results)}")


if __name__ == "__main__":
    main()
