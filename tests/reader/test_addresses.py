"""Reading a pasted list of people."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.addresses import LONGEST, SHOWN, read_addresses

NO_AT = "There is no @ in it."
UNKNOWN = "No address can be read there."


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ("jane@example.org", ["jane@example.org"]),
        ("  Jane@Example.ORG  ", ["jane@example.org"]),
        ("Jane Doe <jane@example.org>", ["jane@example.org"]),
        ('"Doe, Jane" <jane@example.org>', ["jane@example.org"]),
        ("Doe, Jane <jane@example.org>", ["jane@example.org"]),
        ("<jane@example.org>", ["jane@example.org"]),
        ("<mailto:jane@example.org>", ["jane@example.org"]),
        ("Jane Doe\tjane@example.org", ["jane@example.org"]),
        ("jane@example.org\tJane Doe", ["jane@example.org"]),
        ("jane@example.org (Jane)", ["jane@example.org"]),
        ("jane@example.org,", ["jane@example.org"]),
        ("jane@example.org; rick@example.org", ["jane@example.org", "rick@example.org"]),
        (
            "Doe, Jane <jane@example.org>; Roe, Rick <rick@example.org>, ute@example.org",
            ["jane@example.org", "rick@example.org", "ute@example.org"],
        ),
        ("", []),
        (" ;, , ;", []),
    ],
)
def test_what_can_be_read(line: str, addresses: list[str]) -> None:
    found = read_addresses(line)
    assert [each.address for each in found] == addresses
    assert [each.trouble for each in found] == [""] * len(addresses)


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("Jane Doe", NO_AT),
        ("jane@", UNKNOWN),
        ("@example.org", UNKNOWN),
        ("jane@example", UNKNOWN),
        ("jane@@example.org", UNKNOWN),
        ("jane@example.org rick@example.org", UNKNOWN),
        ("Jane <jane@example.org> and more", UNKNOWN),
        ("Jane <jane at example.org> @", UNKNOWN),
        ("jane@exam\u202eple.org", UNKNOWN),
        ("jane\0@example.org", UNKNOWN),
        ("jane\ud800@example.org", UNKNOWN),
        ("<b>jane</b>@example.org", UNKNOWN),
        (f"{'x' * LONGEST}@example.org", UNKNOWN),
    ],
)
def test_what_cannot_be_read_is_named_with_what_stands_there(line: str, trouble: str) -> None:
    [found] = read_addresses(line)
    assert (found.number, found.address, found.trouble) == (1, "", trouble)
    assert found.text == (line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…")


def test_lines_are_counted_as_they_are_seen() -> None:
    found = read_addresses("a@example.org\r\n\r\nnobody\r\nA@example.org; b@example.org\u2028x")
    assert [(line.number, line.address, line.trouble) for line in found] == [
        (1, "a@example.org", ""),
        (3, "", NO_AT),
        (4, "", "This address stands in line 1 already."),
        (4, "b@example.org", ""),
    ]


@pytest.mark.hostile
@pytest.mark.parametrize(
    "line",
    ["a" * 10**6, "a@" * 500_000, "," * 10**6, "<" * 10**6, " " * 10**6 + "@", "a@b.c " * 160_000],
    ids=lambda line: line[:6].strip() or "spaces",
)
def test_a_megabyte_in_a_line_takes_no_time(line: str) -> None:
    began = time.perf_counter()
    assert sum(bool(each.address) for each in read_addresses(line)) == 0
    assert time.perf_counter() - began < 1


@given(st.text(alphabet="aB1@.<>,; \t\"'\n\r()é\0\ud800", max_size=60))
def test_every_entry_is_read_or_named(text: str) -> None:
    for line in read_addresses(text):
        assert bool(line.address) != bool(line.trouble)
        assert line.text
        assert line.address == line.address.lower()
