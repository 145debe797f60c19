"""What every importer owes a text: each of its words, once, at a place that tests can name."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from reader.enums import BlockKind
from reader.importing import Block, ImportRefused, ParsedArticle, SpanKind
from reader.importing.parsed import clean

MARKS = {
    BlockKind.HEADING: "# ",
    BlockKind.PARAGRAPH: "",
    BlockKind.QUOTATION: "> ",
    BlockKind.LIST_ITEM: "- ",
    BlockKind.VERSE: "~ ",
    BlockKind.PREFORMATTED: "= ",
    BlockKind.FIGURE: "! ",
    BlockKind.SEPARATOR: "***",
}


def shape(article: ParsedArticle) -> list[str]:
    """Each block in a line: a mark for its kind, then its words, with | for a line's end."""
    return [_line(block) for block in article.blocks]


def _line(block: Block) -> str:
    indent = "  " * ((block.level or 1) - 1)
    mark = f"[{block.label}] " if block.kind == BlockKind.FOOTNOTE else MARKS[block.kind]
    return indent + mark + block.text.replace("\n", "|")


def references(article: ParsedArticle) -> list[tuple[str, str]]:
    """The words of each reference, and the label it leads to."""
    return [
        (block.text[span.start : span.end], span.target)
        for block in article.blocks
        for span in block.spans
        if span.kind == SpanKind.FOOTNOTE_REF
    ]


def attempt(parse: Callable[[bytes], ParsedArticle], data: bytes) -> ParsedArticle | None:
    """The article, or None where a sentence says why there is none."""
    try:
        return parse(data)
    except ImportRefused as refused:
        sentence = str(refused)
    assert sentence.endswith(".")
    return None


def assert_promises_kept(article: ParsedArticle) -> None:
    assert ParsedArticle.from_json(article.to_json()) == article
    for block in article.blocks:
        assert clean(block.text) == block.text
        assert all(0 <= span.start < span.end <= len(block.text) for span in block.spans)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", clean(text)))


def words_of(article: ParsedArticle) -> Counter[str]:
    """As often as the article shows them. A title or a date that was only taken from the metadata
    or from the first paragraph stands there already."""
    return words(" ¶ ".join(_texts(article)))


def _texts(article: ParsedArticle) -> Iterator[str]:
    told = {value for _key, value in article.metadata}
    bodies = [" ".join(block.text.split()) for block in article.blocks]
    for field in (article.subtitle, article.series, article.date, *article.creators):
        yield "" if field in told else field
    taken = article.title in told or any(body.startswith(article.title) for body in bodies)
    yield "" if taken else article.title
    for pair in article.metadata:
        yield from pair
    yield from bodies
    yield from {block.label for block in article.blocks}
