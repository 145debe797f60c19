"""From bytes to text, or to a sentence about why not."""

from django.utils.translation import gettext as _

from reader.importing.parsed import ImportRefused, clean, is_blank

MAX_BYTES = 5_000_000
MAX_LINES = 100_000
BINARY = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP, Word or EPUB",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\xd0\xcf\x11\xe0": "Word 97",
    b"{\\rtf": "RTF",
    b"<!doctype html": "HTML",
    b"<!DOCTYPE html": "HTML",
    b"<!DOCTYPE HTML": "HTML",
}


def decode(data: bytes) -> str:
    """Clean text, from UTF-8, UTF-16 with a byte order mark, or Windows-1252 where that reads
    like text."""
    if len(data) > MAX_BYTES:
        raise ImportRefused(
            _("The text is larger than %(most)d MB, which is the most an article may have.")
            % {"most": MAX_BYTES // 1_000_000}
        )
    for magic, name in BINARY.items():
        if data.startswith(magic):
            raise ImportRefused(
                _("This looks like %(name)s. So far plain text and Markdown can be read.")
                % {"name": name}
            )
    text = _text(data)
    if "\x00" in text:
        raise ImportRefused(_("This is a binary file, not a text."))
    text = clean(text)
    if is_blank(text):
        raise ImportRefused(_("There is no text in this article."))
    if text.count("\n") > MAX_LINES:
        raise ImportRefused(
            _("The text has more than %(most)d lines, which is the most an article may have.")
            % {"most": MAX_LINES}
        )
    return text


def _text(data: bytes) -> str:
    encodings = ["utf-8-sig", "cp1252"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1252" or _reads_like_text(text):
            return text
    raise ImportRefused(
        _("The file's characters can't be read. Save it as UTF-8 text and try again.")
    )


def _reads_like_text(text: str) -> bool:
    """Whether it is mostly letters and spaces: any bytes at all "are" Windows-1252."""
    if any(ord(char) < 32 and char not in "\t\r\n\f" for char in text):
        return False
    plain = sum(char.isascii() and (char.isalnum() or char.isspace()) for char in text)
    return plain >= 0.7 * len(text)
