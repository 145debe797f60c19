"""Markdown: what a person sees of it is what becomes of it, and no word is lost."""

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.enums import BlockKind
from reader.importing import ImportRefused, ParsedArticle
from reader.importing.markdown import parse
from tests.reader.importing.words import (
    assert_promises_kept,
    attempt,
    references,
    shape,
    words,
    words_of,
)


def read(text: str, filename: str = "ladders.md") -> ParsedArticle:
    return parse(text.encode(), filename)


def formatted(text: str) -> list[tuple[str, str, str]]:
    """The formatting of the only block: kind, words, target."""
    [block] = read(text).blocks
    return [(s.kind.value, block.text[s.start : s.end], s.target) for s in block.spans]


BLOCKS = {
    "paragraphs": ("One.\n\nTwo\nlines.", ["One.", "Two lines."]),
    "soft breaks between Chinese or Japanese characters": (
        "春天它站在\n果园里，\n*到了*\n冬天 and\n春",
        ["春天它站在果园里，到了冬天 and 春"],
    ),
    "hard breaks are verse": (
        "Lean me here,  \nlean me there.",
        ["~ Lean me here,|lean me there."],
    ),
    "hard breaks among soft ones are not": ("Lean\\\nme\nhere.", ["Lean me here."]),
    "headings begin at level 1": (
        "Before.\n\n## Rungs\n\n#### Oak\n\nA rung.",
        ["Before.", "# Rungs", "    # Oak", "A rung."],
    ),
    "quotations in quotations": ("> One.\n>\n> > Two.\n\nThree.", ["> One.", "> Two.", "Three."]),
    "a list in a list": (
        "- one\n  - two\n    1. three\n- four",
        ["- one", "  - two", "    - 1. three", "- four"],
    ),
    "numbers are words": ("3. three\n3. four", ["- 3. three", "- 4. four"]),
    "a loose list, with an item of two paragraphs": (
        "1. One.\n\n   More.\n\n2. Two.",
        ["- 1. One.", "More.", "- 2. Two."],
    ),
    "an empty item keeps its number": ("Such:\n\n1.\n2. Two.", ["Such:", "- 1.", "- 2. Two."]),
    "a list in a quotation, a quotation in a list": (
        "> - one\n\n- > two",
        ["- one", "- two"],
    ),
    "code": (
        "So:\n\n```python\n  if x:\n\treturn\n```\n\n    indented\n      more",
        ["So:", "=   if x:|    return", "= indented|  more"],
    ),
    "code that is never closed": ("So:\n\n```\nx", ["So:", "= x"]),
    "code in a numbered item": ("1. ```\n   x\n   ```\n2. y", ["= 1. x", "- 2. y"]),
    "a table": (
        "So:\n\n| a | *b* |\n|---|---|\n| c | d | e |\n\nEnd.",
        ["So:", "= | a | *b* |||---|---||| c | d | e |", "End."],
    ),
    "raw HTML stays visible": (
        '<div class="x">\n<script>alert(1)</script>\n</div>\n\nA <b>bold</b> word.<!-- ! -->',
        [
            '<div class="x"> <script>alert(1)</script> </div>',
            "A <b>bold</b> word.<!-- ! -->",
        ],
    ),
    "an image": ("Look:\n\n![A *tall* ladder](ladder.png)", ["Look:", "! A tall ladder"]),
    "an image in a sentence": ("See ![the ladder](x.png) here.", ["See the ladder here."]),
    "separators": (
        "One.\n\n***\n\nTwo.\n\n- - -\n\nThree.",
        ["One.", "***", "Two.", "***", "Three."],
    ),
    "entities and escapes": ("5 &lt; 6 &amp; \\*not so\\* &copy;", ["5 < 6 & *not so* ©"]),
    "entities that hide": ("a&#x202e;b&shy;c&#13;d&#x1;", ["abc d\ufffd"]),
    "footnotes": (
        "One[^a] and two.[^2]\n\n[^2]: Second.\n[^a]: First,\n    with a line.",
        ["One[a] and two.[2]", "[2] Second.", "[a] First, with a line."],
    ),
    "a footnote of several paragraphs, with all that may be in one": (
        "One.[^1]\n\n[^1]: First.\n\n    Second.\n\n    - third\n\n    > fourth\n\n"
        "        fifth\n\nTwo.",
        ["One.[1]", "Two.", "[1] First. Second. third fourth fifth"],
    ),
    "a footnote that nothing refers to": ("One.\n\n[^1]: Lost.", ["One.", "[1] Lost."]),
    "a reference to nothing": ("One.[^9]", ["One.[^9]"]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    text, blocks = BLOCKS[name]
    assert shape(read(text)) == blocks


def test_footnotes_are_joined_both_ways() -> None:
    article = read("*One*[^a] and two.[^2] Three.[^a]\n\n[^2]: Second.[^a]\n[^a]: First.")
    assert references(article) == [("[a]", "a"), ("[2]", "2"), ("[a]", "a"), ("[a]", "a")]
    assert [b.label for b in article.blocks if b.kind == BlockKind.FOOTNOTE] == ["2", "a"]


SPANS = {
    "*a* __b__ `c`": [("emphasis", "a", ""), ("strong", "b", ""), ("code", "c", "")],
    "*a **b** c*": [("emphasis", "a b c", ""), ("strong", "b", "")],
    "&lt;\\*x\\*&gt; *y&amp;z*": [("emphasis", "y&z", "")],
    '[a *b*](https://example.org/x "t")': [
        ("link", "a b", "https://example.org/x"),
        ("emphasis", "b", ""),
    ],
    "[a][r] <https://example.org>\n\n[r]: mailto:a@example.org": [
        ("link", "a", "mailto:a@example.org"),
        ("link", "https://example.org", "https://example.org"),
    ],
    "[a](javascript:alert) [b](/inside) [c](#d)": [],
    "1. *a*": [("emphasis", "a", "")],
    "春\n*天*": [("emphasis", "天", "")],
    "a\n*b\nc*": [("emphasis", "b c", "")],
    "  *a*  ": [("emphasis", "a", "")],
    "*e*&#769; `y`": [("emphasis", "é", ""), ("code", "y", "")],
}


@pytest.mark.parametrize("text", SPANS)
def test_formatting_stands_where_its_words_do(text: str) -> None:
    assert formatted(text) == SPANS[text]


FRONTS: dict[str, tuple[str, dict[str, Any]]] = {
    "everything": (
        "title: Ladders\nSubtitle: of the north\nauthor: [Vera Holm, Ida Brandt]\nseries: Sheds\n"
        "date: 2021-05-03\nlang: en-GB\nsource: Valley Leaf\nlicense: CC0\nshelf: B/7",
        {
            "title": "Ladders",
            "subtitle": "of the north",
            "creators": ("Vera Holm", "Ida Brandt"),
            "series": "Sheds",
            "date": "2021-05-03",
            "language": "en-GB",
            "source": "Valley Leaf",
            "rights": "CC0",
            "metadata": (("shelf", "B/7"),),
        },
    ),
    "what has no field of its own stays": (
        "title: L\nrights: all\nlicence: none\nlanguage: English, mostly\ntags: [a, b]\ndraft:\n"
        "by:\n  name: V\n  of: [x, y]",
        {
            "rights": "all",
            "language": "",
            "metadata": (
                ("licence", "none"),
                ("language", "English, mostly"),
                ("tags", "a, b"),
                ("by", "name: V, of: x, y"),
            ),
        },
    ),
    "several lines become one": (
        "title: |\n  Of\n  ladders\nabstract: >\n  One\n\n  two\u00a0three",
        {"title": "Of ladders", "metadata": (("abstract", "One two\u00a0three"),)},
    ),
    "no date, number or truth is read into it": (
        "title: 1984\ndate: 007\nprinted: no",
        {"title": "1984", "date": "007", "metadata": (("printed", "no"),)},
    ),
}


@pytest.mark.parametrize("name", FRONTS)
def test_front_matter(name: str) -> None:
    text, fields = FRONTS[name]
    article = read(f"\n---\n{text}\n---\n\nText.")
    assert {field: getattr(article, field) for field in fields} == fields
    assert shape(article) == ["Text."]


@pytest.mark.parametrize(
    "front",
    ["just words", "- a\n- list", "a: [", "a: &x 1\nb: *x", '"a: b": c', "[" * 9_000],
)
def test_front_matter_that_is_something_else_stays_visible(front: str) -> None:
    article = read(f"---\n{front}\n---\n\nText.")
    assert shape(article) == ["= " + front.replace("\n", "|"), "Text."]
    assert article.metadata == ()


TITLES = {
    "# Ladders\n\nText.\n\n## Rungs\n\nText.": ("Ladders", ["Text.", "# Rungs", "Text."]),
    "Ladders\n=======\n\nText.": ("Ladders", ["Text."]),
    "## Ladders\n\nText.\n\n### Rungs\n\nText.": ("Ladders", ["Text.", "# Rungs", "Text."]),
    "# One\n\nText.\n\n# Two\n\nText.": ("ladders", ["# One", "Text.", "# Two", "Text."]),
    "Text.\n\n# Ladders": ("ladders", ["Text.", "# Ladders"]),
    "---\ntitle: Sheds\n---\n# Ladders\n\nText.": ("Sheds", ["# Ladders", "Text."]),
    f"# {'x' * 401}\n\nText.": ("ladders", [f"# {'x' * 401}", "Text."]),
}


@pytest.mark.parametrize("text", TITLES)
def test_title(text: str) -> None:
    article = read(text)
    assert (article.title, shape(article)) == TITLES[text]


def test_the_first_words_are_the_title_where_no_file_has_a_name() -> None:
    assert read("One *two*\nthree, and on.", "").title == "One two three, and on."


PIECES = st.sampled_from(
    ["\n", "\n\n", "> ", "- ", "1. ", "   ", "    ", "# ", "*", "**", "`", "```\n", "[", "]", "(",
     "https://example.org", ")", "![", "[^1]", "\n[^1]: ", "|", "\n|-|-|\n", "---\n", "key: ",
     "<b>", "&amp;", "&#x301;", "\\", "  \n", "a", "b c", "漢字", "e\u0301", "\u202e", "\t", "\x0b",
     "\x00"]
)  # fmt: skip
ANYTHING = st.one_of(st.text(), st.lists(PIECES, max_size=50).map("".join))


@pytest.mark.hostile
class TestAnyText:
    @given(ANYTHING)
    def test_it_becomes_an_article_that_keeps_its_promises_or_is_refused(self, text: str) -> None:
        article = attempt(parse, text.encode("utf-8", "surrogatepass"))
        if article:
            assert_promises_kept(article)

    @given(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [
                        "\n",
                        "\n\n",
                        "> ",
                        "- ",
                        "1. ",
                        "   ",
                        "    ",
                        "# ",
                        "*",
                        "**",
                        "`",
                        "~~~\n",
                        "|",
                        "[",
                        "]",
                        "\n|-|-|\n",
                        "[^x]",
                        "\n[^x]: ",
                        "\n\n---\n\n",
                        "<b>",
                        "  \n",
                        "\\",
                    ]
                ),
                st.text("abc", min_size=1, max_size=3).map(lambda word: f" {word} "),
            ),
            max_size=60,
        )
    )
    def test_no_word_is_lost(self, pieces: list[str]) -> None:
        text = "".join(pieces)
        article = attempt(parse, text.encode())
        if article:
            # A title that begins the first paragraph too may have been taken from there.
            kept = words_of(article) + words(article.title)
            assert words(text) - kept - Counter({"1": 99, "x": 99}) == Counter()


@pytest.mark.hostile
class TestHostile:
    @pytest.mark.parametrize("depth", [8, 17, 25, 500])
    @pytest.mark.parametrize("mark", ["> ", "- ", "1. "])
    def test_what_is_nested_too_deeply_is_refused_and_never_lost(
        self, mark: str, depth: int
    ) -> None:
        article = attempt(parse, (mark * depth + "deep").encode())
        assert article is None or article.blocks[-1].text.endswith("deep")
        assert (article is None) == (depth > (8 if mark != "> " else 17))

    def test_an_alias_makes_nothing_long(self) -> None:
        front = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n"
            for n in range(9)
        )
        assert len(read(f"---\n{front}---\n\nText.").blocks[0].text) == len(front.rstrip())

    @pytest.mark.parametrize("piece", ["*a* ", "[[]](", "`a` ", "&lt;", "![a](b) ", "[^1]"])
    def test_5_mb_of_mark_up_are_refused(self, piece: str) -> None:
        paragraph = (piece * 25_000)[:49_000] + "\n\n"
        began = time.process_time()
        with pytest.raises(ImportRefused, match="more than 200000 signs of mark-up"):
            read(paragraph * 100)
        assert time.process_time() - began < 5

    def test_a_footnote_with_an_endless_name_is_refused(self) -> None:
        with pytest.raises(ImportRefused, match="has a name of more than 40 characters"):
            read(f"One.[^{'x' * 41}]\n\n[^{'x' * 41}]: Two.")

    @pytest.mark.parametrize(
        "piece",
        ["[", "![", "[a](", "[](", "[]([", "[[]](", "[^", "[^1]", "[1]", "[^1]: a\n", "[a]: b\n",
         "> ", "> a\n\n", "- ", "- a\n", "- a\n  ", "1. ", "*a ", "*a_ ", "a**b", "_a __b ",
         "***a ", "`", "`a``", "~~~\n", "<", "<a ", "<!--", "&", "&#x", "\\", "|a", "|a\n|-\n",
         "#", "# a\n", "a\n=\n", "* * *\n", "a  \n", "a: b\n", "---\na: ", "e\u0301", "*\u0301",
         "&#769;", "\u0301\u0316", "漢\n", "\t", "\u200b", "A "],
    )  # fmt: skip
    def test_50_kb_of_anything_take_no_time(self, piece: str) -> None:
        data = (piece * 50_000)[:50_000].encode()[:50_000]
        began = time.process_time()
        attempt(parse, data)
        # At most about 300 ms; the bound is for a machine that has much else to do.
        assert time.process_time() - began < 2


def test_prose_with_one_hard_break_is_prose() -> None:
    long = "word " * 30
    blocks = parse(f"# T\n\n{long.strip()}\\\nand on it goes.\n\nOne,\\\ntwo.\n".encode()).blocks
    assert [block.kind for block in blocks] == ["paragraph", "verse"]
