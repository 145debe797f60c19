"""Plain text, read by its shape: whatever it looks like, it comes out as a person would expect."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.enums import BlockKind
from reader.importing import ParsedArticle
from reader.importing.plain_text import parse
from tests.reader.importing.words import (
    assert_promises_kept,
    attempt,
    references,
    shape,
    words,
    words_of,
)

SHARED = Path(__file__).parents[4] / "shared" / "articles"
FILE = SHARED / "class-nature-of-the-soviet-state.txt"


def read(text: str, filename: str = "") -> ParsedArticle:
    return parse(text.encode(), filename)


class TestTheRealFile:
    @pytest.fixture
    def article(self) -> ParsedArticle:
        if not FILE.exists():
            pytest.skip("The shared article is not beside this repository.")
        return parse(FILE.read_bytes(), FILE.name)

    def test_front(self, article: ParsedArticle) -> None:
        assert article.title == "The Class Nature of the Soviet State"
        assert article.creators == ("Leon Trotsky",)
        assert article.series == "The Soviet Union & the 4th International"
        assert article.date == "October 1933"
        assert article.subtitle == ""
        pairs = dict(article.metadata)
        assert list(pairs) == ["Written", "Source", "Transcription/HTML Markup", "Copyleft"]
        assert article.rights == pairs["Copyleft"]
        assert article.source == pairs["Source"]

    def test_blocks(self, article: ParsedArticle) -> None:
        kinds = "".join(str(block.kind)[0] for block in article.blocks)
        # Three headings with 6, 6 and 5 paragraphs, one gap among the last; then the closing line
        # and two footnotes.
        assert kinds == "hpppppp" + "hpppppp" + "hppp" + "s" + "pp" + "p" + "ff"
        headings = [block.text for block in article.blocks if block.kind == BlockKind.HEADING]
        assert headings == [
            "How the Question is Posed",
            "“The Dictatorship over the Proletariat”",
            "The Dictatorship of the Proletariat as an Idealistic Norm",
        ]
        [gap] = [at for at, b in enumerate(article.blocks) if b.kind == BlockKind.SEPARATOR]
        assert article.blocks[gap + 1].text.startswith("An opponent of the Urbahns type")
        assert article.blocks[-3].text == "(To be continued)"

    def test_footnotes_are_joined_both_ways(self, article: ParsedArticle) -> None:
        assert references(article) == [("[1]", "1"), ("[2]", "2")]
        assert [b.label for b in article.blocks if b.kind == BlockKind.FOOTNOTE] == ["1", "2"]

    def test_every_word_is_there_as_often(self, article: ParsedArticle) -> None:
        assert words_of(article) == words(FILE.read_text("utf-8"))


LONG = "The water went round the field as slowly as a story that is told by an old man, and came \
back with straw on it, and nobody in the village found this strange."
WRAPPED = """\
Of all the tools in the shed the ladder was the one that nobody owned. It
had come with the house, people said, or the house had been built to have
somewhere to lean it. In spring it stood in the orchard."""
JOINED = " ".join(WRAPPED.split("\n"))

# name → text, what of the front, the blocks in short.
SAMPLES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "an author, a series, a title, a date and pairs": (
        f"Vera Holm\n\nSheds & barns of the north\n\nThe Ladder That Stayed\n\n(May 1921)\n\n"
        f"First printed: Valley Leaf, 3 May 1921.\nRights: Free to copy.\n\nIn the shed\n\n{LONG}",
        {
            "title": "The Ladder That Stayed",
            "creators": ("Vera Holm",),
            "series": "Sheds & barns of the north",
            "date": "May 1921",
            "rights": "Free to copy.",
            "metadata": (
                ("First printed", "Valley Leaf, 3 May 1921."),
                ("Rights", "Free to copy."),
            ),
        },
        ["# In the shed", LONG],
    ),
    "a title, then who it is by": (
        f"On ladders\n\nby Vera Holm and Ida Brandt\n\n{LONG}\n\nRungs\n\n{LONG}",
        {"title": "On ladders", "creators": ("Vera Holm and Ida Brandt",)},
        [LONG, "# Rungs", LONG],
    ),
    "a title page without blank lines": (
        f"The Ladder\nBy V. Holm\n4 June 1921\n\n{LONG}",
        {"title": "The Ladder", "creators": ("V. Holm",), "date": "4 June 1921"},
        [LONG],
    ),
    "a title that begins like one, and a name under it": (
        f"The Old Ladder\n\nVera Holm\n\n{LONG}",
        {"title": "The Old Ladder", "creators": ("Vera Holm",)},
        [LONG],
    ),
    "a title that is a number": (
        f"1984 Steps\n\nA walk in winter\n\n{LONG}\n\nDown\n\n{LONG}",
        {"title": "1984 Steps", "date": ""},
        ["# A walk in winter", LONG, "# Down", LONG],
    ),
    "no front": (
        f"{LONG}\n\n{LONG}",
        {"title": "The water went round the field as slowly", "creators": (), "metadata": ()},
        [LONG, LONG],
    ),
    "one paragraph": (LONG, {"title": "The water went round the field as slowly"}, [LONG]),
    "one word": ("Silence", {"title": "Silence"}, ["Silence"]),
    "pairs with odd keys, and one that goes on": (
        f"Title: The Ladder\nAuthor: Vera Holm\nDate: about 1921\nShelf-mark (old): B/7; 12\n"
        f"Found by: the niece of\n    the last warden\n\n{LONG}",
        {
            "title": "The Ladder",
            "creators": ("Vera Holm",),
            "date": "about 1921",
            "metadata": (
                ("Title", "The Ladder"),
                ("Author", "Vera Holm"),
                ("Date", "about 1921"),
                ("Shelf-mark (old)", "B/7; 12"),
                ("Found by", "the niece of the last warden"),
            ),
        },
        [LONG],
    ),
    "a date first, then a heading": (
        f"(May 1921)\n\nOn ladders\n\n{LONG}",
        {"title": "On ladders", "date": "May 1921"},
        [LONG],
    ),
    "pairs alone, with a subtitle and rights of two sorts": (
        f"Title: The Ladder\nSubtitle: of the north\nCopyright: Vera Holm\nLicence: CC0\n\n{LONG}",
        {"title": "The Ladder", "creators": (), "rights": "CC0", "subtitle": ""},
        [LONG],
    ),
    "people who speak are no pairs": (
        "In the shed\n\nMIRA: Whose is it?\nOTTO: Nobody’s.\nMIRA: Then it is ours.\n\nThey left.",
        {"title": "In the shed", "metadata": ()},
        ["~ MIRA: Whose is it?|OTTO: Nobody’s.|MIRA: Then it is ours.", "They left."],
    ),
    "lines wrapped at a margin": (
        f"The Ladder\n\n{WRAPPED}\n\n{WRAPPED}",
        {"title": "The Ladder"},
        [JOINED, JOINED],
    ),
    "wrapped, and told apart by an indent alone": (
        f"The Ladder\n\n    {WRAPPED}\n    {WRAPPED}",
        {"title": "The Ladder"},
        [JOINED, JOINED],
    ),
    "a paragraph a line": (
        f"The Ladder\n{LONG}\nIn the shed\n{LONG}\n{LONG}",
        {"title": "The Ladder"},
        [LONG, "# In the shed", LONG, LONG],
    ),
    "a paragraph a line, each after a tab": (
        f"The Ladder\n\n\t{LONG}\n\n\t{LONG}",
        {"title": "The Ladder"},
        [LONG, LONG],
    ),
    "verse": (
        "Song of the shed\n\nLean me here,\n  lean me there,\nI was a tree\nand I do not care.\n\n"
        "Nine rungs up,\nnine rungs down.",
        {"title": "Song of the shed"},
        [
            "~ Lean me here,|lean me there,|I was a tree|and I do not care.",
            "~ Nine rungs up,|nine rungs down.",
        ],
    ),
    "an indented quotation": (
        f"The Ladder\n\n{LONG}\n\n    Nobody has climbed me, and I am glad.\n\n{LONG}",
        {"title": "The Ladder"},
        [LONG, "> Nobody has climbed me, and I am glad.", LONG],
    ),
    "bullets, nested and wrapped": (
        f"Things to do\n\n{LONG}\n\n- oil the hinge\n  of the shed\n- count the rungs\n"
        "    * from below\n    * from above\n\n• sleep",
        {"title": "Things to do"},
        [
            LONG,
            "- oil the hinge of the shed",
            "- count the rungs",
            "  - from below",
            "  - from above",
            "- sleep",
        ],
    ),
    "numbers at the end that nothing refers to": (
        f"Things to do\n\n{LONG}\n\n1. Oil the hinge.\n2. Count the rungs.\n\nAnd then\n\n"
        "1. Sleep.\n\n2. Wake.",
        {"title": "Things to do"},
        [
            LONG,
            "- 1. Oil the hinge.",
            "- 2. Count the rungs.",
            "# And then",
            "- 1. Sleep.",
            "- 2. Wake.",
        ],
    ),
    "separators of every sort": (
        f"The Ladder\n\n{LONG}\n\n* * *\n\n{LONG}\n\n⁂\n\n{LONG}\n\n{'-' * 72}\n\n{LONG}"
        f"\n\n\n{LONG}",
        {"title": "The Ladder"},
        [LONG, "***", LONG, "***", LONG, "***", LONG, "***", LONG],
    ),
    "gaps that are two lines everywhere": (
        f"The Ladder\n\n\n{LONG}\n\n\n{LONG}\n\n\n{LONG}\n\n\n\n{LONG}",
        {"title": "The Ladder"},
        [LONG, LONG, LONG, "***", LONG],
    ),
    "footnotes with a full stop, some of several paragraphs": (
        f"The Ladder\n\n{LONG}[1] So they say.[2]\n\nAgain. [1]\n\nNotes\n\n1. Nine.\n\n"
        "    Or ten.\n\n2. Others say otherwise.",
        {"title": "The Ladder"},
        [
            f"{LONG}[1] So they say.[2]",
            "Again. [1]",
            "# Notes",
            "[1] Nine. Or ten.",
            "[2] Others say otherwise.",
        ],
    ),
    "footnotes in brackets, a line each": (
        f"The Ladder\n\n{LONG} [1]\n\n{LONG} [2]\n\n[1] Nine.\n[2] Ten,\nor more.\n[3] Lost.",
        {"title": "The Ladder"},
        [f"{LONG} [1]", f"{LONG} [2]", "[1] Nine.", "[2] Ten, or more.", "[3] Lost."],
    ),
    "a numbered list right before the footnotes": (
        f"The Ladder\n\n{LONG} [1]\n\n1. Oil it.\n\n2. Lean it.\n\n1. Nine rungs.",
        {"title": "The Ladder"},
        [f"{LONG} [1]", "- 1. Oil it.", "- 2. Lean it.", "[1] Nine rungs."],
    ),
    "lines that end as on Windows": (
        f"The Ladder\r\n\r\nby Vera Holm\r\n\r\n{LONG}\r\n\r\n\r\n{LONG}\r\n",
        {"title": "The Ladder", "creators": ("Vera Holm",)},
        [LONG, "***", LONG],
    ),
    "columns held apart by tabs": (
        f"The Ladder\n\n{LONG}\n\nrung\tage\twood\nfirst\tnine\toak\n\n{LONG}",
        {"title": "The Ladder"},
        [LONG, "= rung    age wood|first   nine    oak", LONG],
    ),
    "headings in capitals, by numeral and underlined": (
        f"THE LADDER.\n\nI.\n\n{LONG}\n\nOF RUNGS.\n\n{LONG}\n\nOf height\n---------\n{LONG}\n\n"
        f"3\n\n{LONG}",
        {"title": "THE LADDER."},
        ["# I.", LONG, "# OF RUNGS.", LONG, "# Of height", LONG, "# 3", LONG],
    ),
    "nothing but headings": (
        "The Ladder\n\nRungs\n\nRails\n\nFeet",
        {"title": "The Ladder"},
        ["# Rungs", "# Rails", "Feet"],
    ),
    "Hebrew": (
        "הסולם\n\nמאת דנה כהן\n\nאיש לא טיפס עליי מאז המלחמה, ואני שמח על כך.[1]\n\n1. כך אמרו.",
        {"title": "הסולם", "creators": ("דנה כהן",)},
        ["איש לא טיפס עליי מאז המלחמה, ואני שמח על כך.[1]", "[1] כך אמרו."],
    ),
    "Chinese, with pairs and wrapped": (
        "梯子\n\n作者：何水\n日期：1921年5月\n\n屋里的工具当中，只有这把梯子不属于任何人。人们说它是和房子一起来的，\n"
        "也有人说房子是为了让它靠着才盖起来的。春天它站在果园里，\n到了冬天就没有人再想起它。",
        {"title": "梯子", "creators": ("何水",), "date": "1921年5月"},
        [
            "屋里的工具当中，只有这把梯子不属于任何人。人们说它是和房子一起来的，"
            "也有人说房子是为了让它靠着才盖起来的。春天它站在果园里，到了冬天就没有人再想起它。"
        ],
    ),
    "German": (
        "Über Leitern\n\nvon Vera Holm\n\nFebruar 1921\n\nWer hat sie gebaut?\n\n"
        "Niemand weiß es.\n\n– Wirklich niemand, sagte er.\n\nUnd so blieb sie stehen.",
        {"title": "Über Leitern", "creators": ("Vera Holm",), "date": "Februar 1921"},
        [
            "# Wer hat sie gebaut?",
            "Niemand weiß es.",
            "– Wirklich niemand, sagte er.",
            "Und so blieb sie stehen.",
        ],
    ),
}
BY = Counter(["by", "By", "von", "מאת"])


@pytest.mark.parametrize("name", SAMPLES)
class TestShapes:
    def test_it_comes_out_as_a_person_would_expect(self, name: str) -> None:
        text, front, blocks = SAMPLES[name]
        article = read(text)
        assert {field: getattr(article, field) for field in front} == front
        assert shape(article) == blocks

    def test_every_word_is_there_as_often(self, name: str) -> None:
        text = SAMPLES[name][0]
        article = read(text)
        missing = words(text) - words_of(article)
        assert words_of(article) - words(text) == Counter()
        assert missing - BY == Counter()
        assert bool(missing) <= bool(article.creators)


def test_references_lead_to_their_footnotes() -> None:
    article = read(SAMPLES["footnotes with a full stop, some of several paragraphs"][0])
    assert references(article) == [("[1]", "1"), ("[2]", "2"), ("[1]", "1")]


def test_a_number_in_brackets_without_a_footnote_is_text() -> None:
    assert references(read(f"The Ladder\n\n{LONG} [7]\n\n{LONG}")) == []


def test_a_file_lends_its_name_where_nothing_else_is_a_title() -> None:
    assert read(f"{LONG}\n\n{LONG}", "of_ladders-and-sheds.txt").title == "of ladders and sheds"


def test_typography_is_left_alone() -> None:
    line = "“A\u00a0ladder”\u2009– it’s 3\u202fm; Auf\u200clage, zero\u200bwidth \u200fא\u200e…"
    blocks = read(f"{line} {LONG}\n\n{line}").blocks
    assert [block.text for block in blocks] == [f"{line} {LONG}", line]


PIECES = st.sampled_from(
    ["\n", "\n\n", "\n\n\n", "    ", "\t", "- ", "1. ", "[1]", "[2] ", "* * *", "Key: ", "by ",
     "1921", "(May 1921)", "IV", "----", "　", "Vera Holm", "：", "漢字", "か\u3099", "e\u0301",
     "é", "\u200b", "\u202e", "\x00", "\x0b", "\x85", "\r\n", "\ufeff", "A", "b c", ".", LONG]
)  # fmt: skip
ANYTHING = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@pytest.mark.hostile
class TestAnyText:
    @given(ANYTHING)
    def test_it_becomes_an_article_that_keeps_its_promises_or_is_refused(self, text: str) -> None:
        article = attempt(parse, text.encode("utf-8", "surrogatepass"))
        if article:
            assert_promises_kept(article)

    @given(ANYTHING)
    def test_no_word_is_lost_and_none_invented(self, text: str) -> None:
        article = attempt(parse, text.encode("utf-8", "ignore"))
        if article:
            # A title that begins the first paragraph too may have been taken from there.
            kept = words_of(article) + words(article.title)
            assert words(text) - kept - Counter({"by": 99}) == Counter()
            assert words_of(article) - words(text) == Counter()


@pytest.mark.hostile
@pytest.mark.parametrize(
    "piece",
    ["[", "[1]", "[1] ", "1. a\n", "1. a\n\n", "- ", "- a\n", " - a\n", "> ", "*a ", "a: b\n", "a:",
     "by ", "A", "A ", "a\n\n", "A\n\n", "(", "*", "* * *\n\n", " ", "\t", "\n", "a\n  b\n", "漢",
     "漢\n", "e\u0301", "\u200b", "a   b\n", "-----\n", "A\n---\n", "1921 "],
)  # fmt: skip
def test_50_kb_of_anything_take_no_time(piece: str) -> None:
    data = (piece * 50_000)[:50_000].encode()
    began = time.process_time()
    attempt(parse, data)
    # About 50 ms; the bound is for a machine that has much else to do.
    assert time.process_time() - began < 1


def test_a_rule_right_above_the_notes() -> None:
    text = "A title\n\nSome words that go on.[1] And others.[2]\n\n______\n[1] One.\n[2] Two.\n"
    blocks = parse(text.encode()).blocks
    assert [(block.kind, block.label) for block in blocks if block.kind == "footnote"] == [
        ("footnote", "1"),
        ("footnote", "2"),
    ]
