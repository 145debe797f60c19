"""`python -m bench [--only SUITE]`; `make bench` calls it."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import anchoring, export, printing, read, write
from bench.printing import Result
from bench.server import Site, serving


def served(measure: Callable[[Site], Iterator[Result]]) -> Callable[[], Iterator[Result]]:
    """A suite that needs a running site."""

    def run() -> Iterator[Result]:
        with serving() as site:
            yield from measure(site)

    return run


SUITES = {
    "read": served(read.measure),
    "write": served(write.measure),
    "anchoring": anchoring.measure,
    "export": served(export.measure),
    "import": served(export.measure_import),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", metavar="SUITE")
    only = parser.parse_args(arguments).only
    if only is not None and only not in SUITES:
        sys.exit(f"There is no suite {only!r}; there are {', '.join(SUITES)}.")
    # Told to stop, it still stops its server and drops its database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    results = []
    for suite in [only] if only else SUITES:
        for result in SUITES[suite]():
            print(printing.line(result), flush=True)
            results.append(result)
    print(f"\n{printing.table(results)}")


if __name__ == "__main__":
    main()
