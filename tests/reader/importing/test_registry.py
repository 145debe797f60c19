"""Which format reads a file: the one asked for, the one its name says, the one it looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.importing import FORMATS, ImportRefused, parse
from reader.importing.registry import choose


@pytest.mark.parametrize(
    ("data", "filename", "format", "name"),
    [
        (b"# A", "sheds.txt", "markdown", "markdown"),
        (b"# A", "sheds.md", "text", "text"),
        (b"# A", "sheds.txt", None, "text"),
        (b"A", "sheds.MD", None, "markdown"),
        (b"A", "sheds.markdown", "", "markdown"),
        (b"A", "sheds.rst", None, "text"),
        (b"A\n\n## B", "", None, "markdown"),
        (b"\xef\xbb\xbf\r\n---\r\ntitle: A\r\n---\r\n", "", None, "markdown"),
        (b"a[^1]\n\n[^1]: b", "", None, "markdown"),
        (b"a [b](https://example.org)", "", None, "markdown"),
        (b"```\na\n```", "", None, "markdown"),
        (b"a * b [1] #c\n\n--- d", "", None, "text"),
        (b"", "", None, "text"),
        (b"\xff\xfe#\x00", "", None, "text"),
    ],
)
def test_choice(data: bytes, filename: str, format: str | None, name: str) -> None:
    assert choose(data, filename=filename, format=format).name == name


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ImportRefused, match=r"^Files of this kind can't be read yet\.$"):
        parse(b"A", format="runes")


def test_no_two_formats_share_a_name_or_a_suffix() -> None:
    names = [known.name for known in FORMATS]
    suffixes = [suffix for known in FORMATS for suffix in known.suffixes]
    assert (len(set(names)), len(set(suffixes))) == (len(names), len(suffixes))


@pytest.mark.hostile
@given(st.binary(), st.text(), st.sampled_from([None, *(known.name for known in FORMATS)]))
def test_anything_is_an_article_or_refused(data: bytes, filename: str, format: str | None) -> None:
    try:
        article = parse(data, filename=filename, format=format)
    except ImportRefused as refused:
        sentence = str(refused)
    else:
        sentence = f"{article.title.strip()}."
    assert len(sentence) > 1
