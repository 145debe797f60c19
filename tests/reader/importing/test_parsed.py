"""What a block and an article promise, whoever made them."""

import time
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.enums import BlockKind
from reader.importing import Block, ImportRefused, ParsedArticle, Span, SpanKind
from reader.importing.parsed import LINED, clean, untitled, with_references

SHED = Block(BlockKind.PARAGRAPH, "A shed.")
ARTICLE = ParsedArticle(title="Of sheds", blocks=(SHED,))


def made(kind: BlockKind, text: str, *spans: Span) -> Block:
    block = Block.of(kind, text, spans=spans)
    assert block is not None
    return block


def em(start: int, end: int) -> Span:
    return Span(start, end, SpanKind.EMPHASIS)


@st.composite
def blocks(draw: st.DrawFn) -> Block | None:
    """Of anything at all, with spans anywhere in it."""
    words = draw(st.text())
    places = st.integers(0, len(words))
    spans = [
        Span(min(a, b), max(a, b), kind, "1")
        for a, b, kind in draw(st.lists(st.tuples(places, places, st.sampled_from(SpanKind))))
    ]
    return Block.of(
        draw(st.sampled_from(BlockKind)), words, level=draw(st.none() | st.integers(1, 9)),
        label=draw(st.sampled_from(["", "1", "a"])), spans=spans,
    )  # fmt: skip


class TestClean:
    @given(st.text())
    def test_it_is_composed_and_without_controls_and_stays_so(self, text: str) -> None:
        cleaned = clean(text)
        assert clean(cleaned) == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)
        assert [
            char for char in cleaned if char != "\n" and unicodedata.category(char) == "Cc"
        ] == []
        cleaned.encode()

    def test_what_people_set_stays(self) -> None:
        text = "“a”\u00a0–\u202fb\u200cc\u200d\u200b\u2060\u200e\u200f\ufe0f"
        assert clean(text) == text

    @pytest.mark.hostile
    def test_a_tower_of_accents_takes_no_time(self) -> None:
        began = time.process_time()
        with pytest.raises(ImportRefused):
            clean("a" + "\u0301\u0316" * 500_000)
        clean(("a" + "\u0301" * 30) * 10_000)
        assert time.process_time() - began < 5


class TestBlock:
    @given(blocks())
    def test_it_keeps_its_promises(self, block: Block | None) -> None:
        if block is None or block.kind == BlockKind.SEPARATOR:
            return
        assert clean(block.text) == block.text
        assert block.text.strip() != ""
        assert block.text == block.text.rstrip()
        assert ("\n" not in block.text) or block.kind in LINED
        assert all(0 <= span.start < span.end <= len(block.text) for span in block.spans)
        assert list(block.spans) == sorted(block.spans)

    def test_formatting_moves_with_its_words(self) -> None:
        block = made(BlockKind.PARAGRAPH, "  \u202ee\u0301 ab\ncd  ", em(3, 5), em(6, 11), em(0, 2))
        assert block == Block(BlockKind.PARAGRAPH, "é ab cd", spans=(em(0, 1), em(2, 7)))

    def test_lines_are_kept_where_they_mean_something(self) -> None:
        text = "\n \n  a\n b\n\n"
        assert made(BlockKind.VERSE, text).text == "  a\n b"
        assert made(BlockKind.PARAGRAPH, text).text == "a  b"

    def test_chinese_and_japanese_lines_are_joined_without_a_space(self) -> None:
        block = made(BlockKind.PARAGRAPH, "春天\n到了\n。ab\n天\ncd", em(3, 5), em(7, 13))
        assert block.text == "春天到了。ab 天 cd"
        assert [block.text[span.start : span.end] for span in block.spans] == ["到了", "ab 天 c"]

    def test_korean_lines_with_one(self) -> None:
        assert made(BlockKind.PARAGRAPH, "사다리는\n거기").text == "사다리는 거기"

    @pytest.mark.parametrize("text", ["", " \n", "\u200b", "\x00", "\u00ad\ufeff"])
    def test_of_nothing_there_is_no_block(self, text: str) -> None:
        assert Block.of(BlockKind.PARAGRAPH, text) is None

    def test_a_separator_has_no_words(self) -> None:
        assert made(BlockKind.SEPARATOR, "* * *") == Block(BlockKind.SEPARATOR, "")


class TestArticle:
    @pytest.mark.roundtrip
    @given(st.lists(blocks()), st.lists(st.tuples(st.text("ab"), st.text())))
    def test_it_comes_back_from_json(
        self, made: list[Block | None], metadata: list[tuple[str, str]]
    ) -> None:
        blocks = (SHED, *filter(None, made))
        checked = replace(ARTICLE, blocks=blocks, metadata=tuple(metadata)).checked()
        assert ParsedArticle.from_json(checked.to_json()) == checked

    def test_json(self) -> None:
        spans = (Span(2, 6, SpanKind.LINK, "https://example.org"),)
        article = replace(ARTICLE, blocks=(replace(SHED, spans=spans),), metadata=(("Shelf", "B"),))
        assert article.to_json() == {
            "title": "Of sheds",
            "subtitle": "",
            "creators": [],
            "series": "",
            "date": "",
            "language": "",
            "source": "",
            "rights": "",
            "metadata": [["Shelf", "B"]],
            "blocks": [
                {
                    "kind": "paragraph",
                    "level": None,
                    "text": "A shed.",
                    "label": "",
                    "spans": [
                        {"start": 2, "end": 6, "kind": "link", "target": "https://example.org"}
                    ],
                }
            ],
        }

    @pytest.mark.parametrize(
        "change",
        [
            {"title": None, "blocks": None},
            {"blocks": [{"kind": "spell", "level": None, "text": "a", "label": "", "spans": []}]},
            {"blocks": [{"kind": "paragraph"}]},
            {"metadata": [["a"]]},
            {"blocks": [{"kind": "paragraph", "level": None, "text": "a", "label": "", "spans": [
                {"start": 0, "end": 2, "kind": "link", "target": ""}]}]},
        ],
    )  # fmt: skip
    def test_json_of_something_else_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(ImportRefused, match="This draft is damaged"):
            ParsedArticle.from_json({**ARTICLE.to_json(), **change})

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"title": " \u200b"}, "The article needs a title."),
            ({"title": "x" * 401}, "What was found as the title has more than 400 characters."),
            ({"series": "x" * 401}, "What was found as the series has more than 400 characters."),
            ({"language": "x" * 13}, "What was found as the language has more than 12 characters."),
            ({"creators": ("V", "x" * 401)}, "What was found as the author has more than 400 "
             "characters."),
            ({"blocks": ()}, "There is no text in this article."),
            ({"blocks": (Block(BlockKind.HEADING, "A", level=1), Block(BlockKind.SEPARATOR, ""),
              Block(BlockKind.FOOTNOTE, "b", label="1"))}, "There is no text in this article."),
            ({"blocks": (SHED,) * 10_001}, "The article has more than 10000 paragraphs."),
            ({"blocks": (SHED, Block(BlockKind.VERSE, "x" * 50_001))}, "Block 2 has more than "
             "50000 characters: the text seems to have no paragraph breaks."),
            ({"blocks": (SHED, Block(BlockKind.VERSE, "\u200b"))}, "Block 2 is empty."),
            ({"blocks": (SHED, Block(BlockKind.FOOTNOTE, "b", label="x" * 41))}, "The footnote “"
             + "x" * 40 + "…” has a name of more than 40 characters."),
        ],
    )  # fmt: skip
    def test_what_can_be_no_article_is_refused(self, fields: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ImportRefused) as refused:
            replace(ARTICLE, **fields).checked()
        assert str(refused.value) == sentence

    def test_a_reference_without_its_footnote_is_text(self) -> None:
        spans = (Span(0, 1, SpanKind.FOOTNOTE_REF, "1"), Span(1, 2, SpanKind.FOOTNOTE_REF, "2"))
        note = Block(BlockKind.FOOTNOTE, "So.", label="2")
        article = replace(ARTICLE, blocks=(replace(SHED, spans=spans), note)).checked()
        assert article.blocks[0].spans == spans[1:]


class TestReferences:
    def test_labels_in_brackets_are_found(self) -> None:
        block = with_references(made(BlockKind.PARAGRAPH, "a[1] b [x] [2] [[1]]"), {"1", "x"})
        found = [(block.text[s.start : s.end], s.target) for s in block.spans]
        assert found == [("[1]", "1"), ("[x]", "x"), ("[1]", "1")]

    def test_but_not_twice_nor_in_code_and_footnotes(self) -> None:
        once = with_references(made(BlockKind.PARAGRAPH, "a[1]"), {"1"})
        assert with_references(once, {"1"}) == once
        code = made(BlockKind.PARAGRAPH, "a[1]", Span(0, 4, SpanKind.CODE))
        assert with_references(code, {"1"}) == code
        for kind in (BlockKind.PREFORMATTED, BlockKind.FOOTNOTE):
            assert with_references(made(kind, "a[1]"), {"1"}).spans == ()


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("of_two-sheds.txt", "of two sheds"),
        ("shed.v2.md", "shed.v2"),
        ("a\u202eb\udc80c.txt", "abc"),
        ("", "One two three four five six seven eight"),
        ("_.txt", "One two three four five six seven eight"),
    ],
)
def test_a_title_for_what_has_none(filename: str, title: str) -> None:
    words = "One two three four\nfive six seven eight nine ten."
    assert untitled([Block(BlockKind.VERSE, words)], filename) == title
