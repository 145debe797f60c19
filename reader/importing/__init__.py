"""Bytes in, one ParsedArticle out. Only importers know formats; nothing here knows a database."""

from reader.importing.parsed import Block, ImportRefused, ParsedArticle, Span, SpanKind
from reader.importing.registry import FORMATS, Format, parse

__all__ = [
    "FORMATS",
    "Block",
    "Format",
    "ImportRefused",
    "ParsedArticle",
    "Span",
    "SpanKind",
    "parse",
]
