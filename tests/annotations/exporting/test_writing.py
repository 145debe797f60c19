"""What a file is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.exporting.registry import MEDIA_TYPES, WRITERS, media_type_of
from annotations.exporting.writing import LONGEST_NAME, file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Of margins", "Of margins"),
        ("  Читальный/зал: «Ночь»\n", "Читальный зал «Ночь»"),
        ("../../etc/passwd", "etc passwd"),
        ('a<b>c:d"e|f?g*h\\i', "a b c d e f g h i"),
        ("con", "con_"),
        ("LPT1", "LPT1_"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("e\u0301tude", "étude"),
        ("...", "notes"),
        ("", "notes"),
        ("\0\x1f", "notes"),
        ("讀" * 100, "讀" * (LONGEST_NAME // 3)),
    ],
)  # fmt: skip
def test_a_title_as_a_name(title: str, name: str) -> None:
    assert file_name(title) == name


@given(st.text(max_size=400))
def test_any_title_is_safe(title: str) -> None:
    name = file_name(title)
    assert 0 < len(name.encode()) <= LONGEST_NAME + 1
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
    assert name == name.strip(". ")
    assert file_name(name) in {name, f"{name}_"}


def test_every_format_but_the_archive_has_a_writer() -> None:
    assert [*WRITERS] == ["md", "html", "pdf", "docx", "csv", "readwise", "jsonld"]


def test_a_file_is_what_its_ending_says() -> None:
    known = {suffix: media_type_of(f"Of margins{suffix}") for suffix in MEDIA_TYPES}
    assert known == {
        ".csv": "text/csv; charset=utf-8",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".html": "text/html; charset=utf-8",
        ".jsonld": 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
        ".md": "text/markdown; charset=utf-8",
        ".pdf": "application/pdf",
        ".zip": "application/zip",
    }
    assert media_type_of("notes") == "application/octet-stream"
