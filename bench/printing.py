"""One JSON object a line while it runs, a table at the end."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

HEADINGS = ("name", "value", "unit", "runs", "reference")


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    value: float
    unit: str
    runs: int
    # The comparable figure of another program, measured on a machine like this one.
    reference: float | None = None


def line(result: Result) -> str:
    return json.dumps(asdict(result))


def table(results: Sequence[Result]) -> str:
    """Names to the left, figures to the right, in columns."""
    rows = [HEADINGS, *(_cells(result) for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_row(row, widths) for row in rows)


def _cells(result: Result) -> tuple[str, ...]:
    reference = "–" if result.reference is None else f"{result.reference:g}"
    return (result.name, f"{result.value:.1f}", result.unit, str(result.runs), reference)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *others = (
        cell.rjust(width) if index in (1, 3, 4) else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([name, *others]).rstrip()
