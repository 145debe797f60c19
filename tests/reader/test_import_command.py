"""`manage.py import_article`: a file becomes an article, or is only looked at."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reader.importing import parse
from reader.models import Article, ImportDraft, Reading
from tests.cast import Cast
from tests.reader.importing.test_plain_text import FILE

TEXT = "Of sheds\n\nby Vera Holm\n\nA shed is where a thing waits – long.\n\nThe rain too."


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sheds.txt"
    path.write_text(TEXT, "utf-8")
    return str(path)


def test_a_dry_run_prints_the_parsed_article_and_nothing_else(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_article", file, dry_run=True, json=True)
    printed = capsys.readouterr()
    assert json.loads(printed.out) == parse(TEXT.encode(), filename="sheds.txt").to_json()
    assert printed.out.count("waits – long") == 1
    assert printed.err == ""


def test_a_dry_run_tells_what_would_be_made(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_article", file, dry_run=True)
    assert capsys.readouterr().out == "Of sheds: 2 blocks\n"


def test_the_shared_article(capsys: pytest.CaptureFixture[str]) -> None:
    if not FILE.exists():
        pytest.skip("The shared article is not beside this repository.")
    call_command("import_article", str(FILE), dry_run=True, json=True)
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == [
        "title", "subtitle", "creators", "series", "date", "language", "source", "rights",
        "metadata", "blocks",
    ]  # fmt: skip
    assert (printed["title"], printed["creators"], len(printed["blocks"])) == (
        "The Class Nature of the Soviet State",
        ["Leon Trotsky"],
        3 + 17 + 1 + 1 + 2,
    )


@pytest.mark.django_db
def test_a_group_reads_it(cast: Cast, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_article", file, group=cast.group.slug, json=True)
    reading = Reading.objects.get(article__title="Of sheds")
    assert (reading.group, reading.article.added_by) == (cast.group, cast.owner)
    printed = capsys.readouterr()
    assert printed.err == f"Of sheds is at {reading.get_absolute_url()}\n"
    assert json.loads(printed.out)["title"] == "Of sheds"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "sentence"),
    [
        (None, "Say which group reads it: --group SLUG (or --dry-run)."),
        ("nobodys", "There is no group 'nobodys' with an owner."),
    ],
)
def test_without_a_group_nothing_is_written(
    file: str, group: str | None, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("import_article", file, group=group, json=True)
    assert str(refused.value) == sentence
    assert capsys.readouterr().out == ""
    assert (ImportDraft.objects.count(), Article.objects.count()) == (0, 0)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is no text in this article."),
        (b"\x00\x01", "This is a binary file, not a text."),
        (b"x" * 20_000_000, "The text is larger than 5 MB, which is the most an article may have."),
        (b"x" * 1_000_000, "Block 1 has more than 50000 characters: the text seems to have no "
         "paragraph breaks."),
    ],
    ids=["empty", "binary", "20 MB", "one line"],
)  # fmt: skip
def test_what_cannot_be_read_is_told(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "sheds.txt"
    path.write_bytes(data)
    with pytest.raises(CommandError) as refused:
        call_command("import_article", str(path), dry_run=True)
    assert str(refused.value) == f"{path}: {sentence}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("import_article", str(tmp_path / "none.txt"), dry_run=True)
    assert (
        str(refused.value) == f"{tmp_path / 'none.txt'} can't be read: No such file or directory."
    )
