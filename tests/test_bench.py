"""The parts of the benchmarks that can be tested without measuring."""

import pytest

from bench.__main__ import main
from bench.printing import Result, line, table

RESULTS = [
    Result("read.page_0", 6.0, "ms", 50),
    Result("write.per_second_8", 104.25, "1/s", 5, 97),
]


def test_a_line_is_a_json_object() -> None:
    assert [line(result) for result in RESULTS] == [
        '{"name": "read.page_0", "value": 6.0, "unit": "ms", "runs": 50, "reference": null}',
        '{"name": "write.per_second_8", "value": 104.25, "unit": "1/s", "runs": 5, '
        '"reference": 97}',
    ]


def test_the_table() -> None:
    assert table(RESULTS).splitlines() == [
        "name                value  unit  runs  reference",
        "read.page_0           6.0  ms      50          –",
        "write.per_second_8  104.2  1/s      5         97",
    ]


def test_an_unknown_suite() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--only", "paint"])
    assert stopped.value.code == (
        "There is no suite 'paint'; there are read, write, anchoring, export, import."
    )
