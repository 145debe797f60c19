"""Bytes become text, or a sentence says why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.importing.decoding import MAX_BYTES, MAX_LINES, decode
from reader.importing.parsed import ImportRefused, clean

READ = {
    "UTF-8": ("Größe, 梯子, סולם".encode(), "Größe, 梯子, סולם"),
    "UTF-8 with a mark": (b"\xef\xbb\xbfA ladder", "A ladder"),
    "UTF-16, little end first": ("\ufeffA ladder – סולם".encode("utf-16-le"), "A ladder – סולם"),
    "UTF-16, big end first": ("\ufeffA ladder".encode("utf-16-be"), "A ladder"),
    "Windows-1252": ("Größe der “Leiter” – 5 €".encode("cp1252"), "Größe der “Leiter” – 5 €"),
    "Latin-1": ("Une échelle très âgée".encode("latin-1"), "Une échelle très âgée"),
    "line ends": (b"a\r\nb\rc\x0bd\x0ce\xe2\x80\xa8f\xc2\x85g", "a\nb\nc\nd\ne\nf\ng"),
    "tabs": (b"\ta\tbcd\te", "    a   bcd e"),
    "not composed": ("e\u0301".encode(), "é"),
    "what is not seen": ("a\u00adb\u202ec\x07d\ufeffe".encode(), "abcde"),
}


@pytest.mark.parametrize("name", READ)
def test_read(name: str) -> None:
    data, text = READ[name]
    assert decode(data) == text


UNREADABLE = "The file's characters can't be read. Save it as UTF-8 text and try again."
BINARY = "This is a binary file, not a text."
EMPTY = "There is no text in this article."
REFUSED = {
    "nothing": (b"", EMPTY),
    "nothing but space": ("\ufeff \t\r\n\u00a0\u3000".encode(), EMPTY),
    "nothing to see": ("\u200b\u200d\u202e\u2060\u00ad".encode(), EMPTY),
    "a NUL": (b"A ladder\x00", BINARY),
    "UTF-16 without a mark": ("A ladder".encode("utf-16-le"), BINARY),
    "UTF-32": ("A ladder".encode("utf-32"), BINARY),
    "half characters in UTF-16": (b"\xff\xfe\x00\xd8a\x00", UNREADABLE),
    "half characters in UTF-8": (b"\xed\xa0\x80" * 9, UNREADABLE),
    "Shift JIS": ("はしごは長い間そこにあった。".encode("shift-jis"), UNREADABLE),
    "KOI8": ("Лестница стояла там давно".encode("koi8-r"), UNREADABLE),
    "any bytes": (bytes(range(1, 256)), UNREADABLE),
    "a PDF": (b"%PDF-1.7\n", "This looks like PDF. So far plain text and Markdown can be read."),
    "a Word file": (
        b"PK\x03\x04\x14",
        "This looks like ZIP, Word or EPUB. So far plain text and Markdown can be read.",
    ),
    "a page": (
        b"<!DOCTYPE html><p>A ladder",
        "This looks like HTML. So far plain text and Markdown can be read.",
    ),
    "too many bytes": (
        b"a " * (MAX_BYTES // 2) + b"b",
        "The text is larger than 5 MB, which is the most an article may have.",
    ),
    "too many lines": (
        b"\n" * (MAX_LINES + 1) + b"a",
        "The text has more than 100000 lines, which is the most an article may have.",
    ),
    "a tower of accents": (
        ("a" + "\u0301\u0316" * 16).encode(),
        "More than 30 accents stand on one letter: this can't be read.",
    ),
}


@pytest.mark.hostile
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    data, sentence = REFUSED[name]
    with pytest.raises(ImportRefused) as refused:
        decode(data)
    assert str(refused.value) == sentence


@pytest.mark.hostile
@given(st.binary())
def test_any_bytes_are_clean_text_or_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except ImportRefused:
        return
    assert text == clean(text)
