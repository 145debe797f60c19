"""Markdown: what is in it, read back by a parser, and that nothing anybody wrote gets out of its
place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from uuid import UUID
from zipfile import ZipFile

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from annotations import actions
from annotations.enums import AnchorState, Category, Motivation, State
from annotations.exporting import markdown
from annotations.exporting.gathering import gather
from annotations.exporting.markup import formatted, inline
from annotations.exporting.notebook import Entry, Filters, Notebook, Resolution, Thread
from annotations.exporting.scope import Scope
from annotations.exporting.writing import silent
from annotations.segments import Format
from tests.annotations.conftest import Write
from tests.annotations.exporting.notebooks import (
    NILS,
    READING,
    SITE,
    THEN,
    blocks,
    chapter,
    note,
    notebook,
    plain,
    stone,
    thread,
    written,
)
from tests.cast import Cast


def parser(name: str = "commonmark") -> MarkdownIt:
    made = MarkdownIt("commonmark", {"maxNesting": 400}).use(front_matter_plugin)
    made.use(footnote_plugin, inline=name == "extended", move_to_end=False)
    return made.enable(["strikethrough", *(["table"] if name == "extended" else [])])


# As it is standardised, and with what others add to it.
PARSERS = {name: parser(name) for name in ("commonmark", "extended")}


# Reading it back


@dataclass
class Item:
    """A note as a reader of the file finds it."""

    id: str
    head: str
    above: str | None
    content: list[Token] = field(default_factory=list)


@dataclass
class Read:
    front: list[str] = field(default_factory=list)
    headings: list[tuple[str, str]] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    outside: list[Token] = field(default_factory=list)
    html: set[str] = field(default_factory=set)

    def tree(self) -> list[tuple[str, str | None]]:
        return [(item.id, item.above) for item in self.items]


def read(source: bytes | str, name: str = "commonmark") -> Read:
    text = source.decode() if isinstance(source, bytes) else source
    found = Read()
    open_items: list[Item | None] = []
    quote: list[str] | None = None
    tokens = PARSERS[name].parse(text)
    for at, token in enumerate(tokens):
        inside = next((item for item in reversed(open_items) if item is not None), None)
        for child in (token, *(token.children or ())):
            if child.type in ("html_block", "html_inline"):
                found.html.add(child.content.strip())
            if child.type == "footnote_ref":
                found.references.append(child.meta["label"])
        if token.type == "front_matter":
            found.front.append(token.content)
        elif token.type == "heading_open":
            found.headings.append((token.tag, tokens[at + 1].content))
        elif token.type == "footnote_reference_open":
            found.footnotes.append(token.meta["label"])
        elif token.type == "list_item_open":
            begun = _note(tokens[at:], inside) if token.markup == "-" else None
            found.items += [] if begun is None else [begun]
            open_items.append(begun)
            if begun is None and inside is not None:
                inside.content.append(token)
            continue
        elif token.type == "list_item_close":
            if open_items.pop() is not None:
                continue
        elif token.type == "blockquote_open" and inside is None:
            quote = []
        elif token.type == "blockquote_close" and inside is None and quote is not None:
            found.quotes.append("\n".join(quote))
            quote = None
        elif token.type == "inline" and quote is not None:
            quote.append(token.content)
        (found.outside if inside is None else inside.content).append(token)
    for item in found.items:
        item.content = [each for each in item.content[3:] if each.markup != "-"]
    return found


def _note(tokens: Sequence[Token], above: Item | None) -> Item:
    assert [token.type for token in tokens[1:3]] == ["paragraph_open", "inline"]
    head, _, name = tokens[2].content.rpartition(" ^")
    assert re.fullmatch(r"n-[0-9a-f]{8,32}", name)
    return Item(name, head, None if above is None else above.id)


_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


class Events(HTMLParser):
    """HTML as what it does to words, whatever their white space and the ends of their lines."""

    LOOSE = {"p", "br"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = unquote(dict(attrs).get("href") or "")
        if tag not in self.LOOSE:
            self.found.append(f"<{tag}{' ' + href if href else ''}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in {*self.LOOSE, "hr"}:
            self.found.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def events(html: str) -> str:
    found = Events()
    found.feed(html)
    found.close()
    said = "".join(found.found)
    while (
        fuller := re.sub(r"<(a|em|strong|s|code|blockquote)(?: [^>]*)?></\1>", "", said)
    ) != said:
        said = fuller  # what holds no words shows nothing
    return said


def rendered(item: Item, name: str = "commonmark") -> str:
    markdown_it = PARSERS[name]
    return events(markdown_it.renderer.render(item.content, markdown_it.options, {}))


def short(entry: Entry) -> str:
    return f"n-{entry.id.hex[:8]}"


def trees(made: Notebook) -> list[tuple[str, str | None]]:
    """Every note with the one above it, as the notebook has them."""
    found: list[tuple[str, str | None]] = []
    for each in made.chapters:
        for talk in each.threads:
            line: list[str] = []
            for entry in talk.entries:
                del line[entry.depth :]
                found.append((short(entry), line[-1] if line else None))
                line.append(short(entry))
    return found


def text_of(made: Notebook) -> str:
    return written(markdown, made).decode()


# What people may write

HOSTILE = {
    "fence": "```\ncode\n```",
    "fence with tildes": "~~~\ncode\n~~~",
    "open fence": "before\n\n```python\nprint(1)\n- **Olga** ^n-00000000",
    "open fence of four": "````\n```\n# x",
    "fence in a fence": "````\n```\n- x\n```\n````",
    "indented code": "    - **Olga** ^n-00000000\n    # x",
    "tab and code": "\t# x\n\t- y",
    "heading": "# Chapter one",
    "all headings": "# a\n## b\n### c\n#### d\n##### e\n###### f ######",
    "setext": "Chapter one\n===========\n\nChapter two\n---",
    "one sign below": "Chapter one\n=\nand\n-",
    "front matter": "---\ntitle: mine\n---",
    "front matter after words": "words\n---\ntitle: mine\n---\nmore",
    "dots": "...\n---\n...",
    "html block": "<div>\n<h1>Mine</h1>\n</div>",
    "open html": "<div><p><ul><li>",
    "comment": "<!-- not closed",
    "comment closed": "<!-- a --> b <!-- c -->",
    "script": "<script>\nalert(1)\n\n- x\n</script>",
    "processing instruction": "<?php\n\n# x\n?>",
    "cdata": "<![CDATA[\n# x\n]]>",
    "link definition": "[mine]: https://evil.example 'x'\n\n[mine] [Mira]",
    "footnote definition": "[^1]: mine\n\n    more of it\n\nsee [^1]",
    "inline footnote": "see ^[mine] and [^1]",
    "block id": "words ^n-00000000",
    "block id alone": "words\n\n^n-00000000",
    "wiki link": "[[Of margins]] and [[Of margins#^n-00000000|this]]",
    "embedding": "![[Of margins]] ![[x.png]]",
    "obsidian comment": "%%\nhidden\n%% and %%inline%%",
    "obsidian highlight": "==marked== and ===",
    "callout": "> [!danger]- Mine\n> words",
    "tag": "#foo #foo/bar \\#x a#b",
    "maths": "$x$ costs $5, $$\ny\n$$",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "table without edges": "a | b\n--|--\n1 | 2",
    "table of one column": "a\n:-:\nb",
    "definition list": "term\n: said\n~ said too",
    "fenced div": "::: warning\nx\n:::",
    "attributes": "[a](https://a.example){.x} {#id} *b*{.y}",
    "task": "- [ ] not mine\n- [x] done",
    "lists": "- a\n  - b\n    - c\n* d\n+ e",
    "list like a reply": "- **Olga** · [4 May 2031](https://x.example) ^n-00000000\n\n  mine",
    "numbers": "3. a\n4. b\n\n1) c\n\n999999999. d\n\n1234567890. e",
    "looks like a list": "1\\. a\n\\- b\n\nA. Smith\n\n(1) x\n\ni) y\n\n(@) z",
    "empty items": "-\n-\n\n* *\n\n1.",
    "rule in an item": "- ---\n- ***\n\n* * *",
    "quotation": "> a\n>> b\n>>> c\nlazy",
    "open quotation": "> ```\n> # x\nafter",
    "deep": "".join(f"{'> ' * n}- {n}\n" for n in range(1, 9)),
    "rtl": "שלום, # עולם\n\nمرحبا ‮evil‬ - x\n\n‏1. ‏א",
    "controls": "a\x01b\x08\x0bc\x0cd\x1ce\x7ff\x85g\u2028# h\u2029- i",
    "returns": "a\r\n# b\r- c\rd",
    "zero width": "\u200b# a\n\ufeff- b\n\u200d^n-00000000",
    "odd spaces": "\u00a0# a\n\u3000- b\n\u2003***\u2003\n\n* \u00a0",
    "backslashes": "a\\\nb\\\\ \\`c` \\*d\\* \\",
    "backticks": "`` ` `` ``` `` ``` ` a ` `   ` `unclosed",
    "stars": "***a** b* **c *d*** *e**f**g* h*i*j **k*l*m** n***o***p",
    "stars and signs": "**(a)**b *“c”*d e**!**f *a **b***",
    "struck": "~~a~~b ~c~ ~~~~d~~",
    "links": "[a](https://a.example/(b)_c_?x=1&copy;=2) <https://b.example/a_b*c> c@d.example",
    "bare links": "https://a.example/~x_y_z#top, www.b.example and mailto:c@d.example!",
    "signs in links": "<https://a.example/%%x%%$y$z> [%%](https://b.example/%%) https://c.d/$^%",
    "images": "![a](https://a.example/b.png) !<https://c.example> ! [d](https://e.example)",
    "bad links": "[a](javascript:x) [b](//c.example) [d](/e) [f](data:x)",
    "link around": "[**a** `b` *c*](https://d.example) [](https://e.example)",
    "entities": "&amp; &lt;b&gt; &#35; x &#10;&#10;# y &copy; &nbsp;",
    "hard breaks": "a  \nb\\\nc  \n\nd",
    "signs of lines": "a\n+ b\n\n> c\n\n= d\n\n| e\n\n: f\n\n% g",
    "long": "word " * 400 + "\n\n" + "#" * 300,
    "astral": "🜁 *🜂* **😀**😀 𝒳*𝒴*𝒵",
    "scripts": "क्षि *क्षि*क्षि ภาษา**ไทย**ภาษา 漢字*漢字*漢字。**「漢」**字",
}  # fmt: skip


def conversation(body: str) -> Notebook:
    """The same words at the root, in answers at every depth, and in a thread after that one."""
    replies = [note(body, depth=depth, number=depth + 1) for depth in range(1, 4)]
    back = note(body, depth=1, number=5)
    return notebook(
        chapter(
            thread(note(body), *replies, back),
            thread(note(body, number=6), note("Fine.", depth=1, number=7), number=2),
        )
    )


def check(made: Notebook, name: str) -> None:
    """Every note is found once, below what it answers, and says what its page shows."""
    found = read(written(markdown, made), name)
    assert found.tree() == trees(made)
    assert (len(found.front), found.headings, found.footnotes) == (1, [], [])
    assert len(found.quotes) == made.thread_count
    entries = [entry for each in made.chapters for _thread, entry in each.entries]
    for entry, item in zip(entries, found.items, strict=True):
        # Strong and struck words are written as elements where signs would not be read.
        assert rendered(item, name) == events(_CONTROLS.sub("", entry.html)), entry.body
    ours = {f"<{end}{tag}>" for tag in ("em", "strong", "s") for end in ("", "/")}
    assert found.html <= {"<!-- -->", *ours}
    outside = {token.type for token in found.outside}
    assert outside <= {
        "front_matter", "paragraph_open", "paragraph_close", "inline", "blockquote_open",
        "blockquote_close", "bullet_list_open", "bullet_list_close",
    }  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_words_stay_in_their_note(case: str, name: str) -> None:
    check(conversation(HOSTILE[case]), name)


FRAGMENTS = (
    "*", "**", "***", "_", "__", "~~", "`", "``", "```", "~~~", "#", "## ", "- ", "* ", "+ ",
    "1. ", "2) ", "> ", "\n", "\n\n", "  \n", "\\\n", "    ", "\t", "---", "===", "^n-0000", "[[",
    "]]", "[", "](https://a.example)", "![", "](", ")", "[^1]", "[^1]: ", "<b>", "</b>", "<!--",
    "-->", "<a@b.example>", "https://c.example/x", "www.d.example", "&amp;", "&#10;", "&nbsp;",
    "\u00a0", "\u200b", "%%", "==", "$$", "|", "|-|-|", ":", ".", "!", "a", "b c", "é", "漢", "א",
    "\r\n", "\x0b", "\x1c", "\u2028", "{#x}", "(a) ", "ii. ", "$", "<", ">", "&", "😀", "0",
)  # fmt: skip
BODIES = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=24).map("".join)


@pytest.mark.hostile
@given(body=BODIES, name=st.sampled_from(sorted(PARSERS)))
def test_any_words_stay_in_their_note(body: str, name: str) -> None:
    check(conversation(body), name)


# The article


def shown(source: str) -> list[tuple[str, frozenset[str]]]:
    """Each character that is seen, with its formatting."""
    tags = {"emphasis": "em", "strong": "strong", "superscript": "sup", "subscript": "sub"}
    names = {tag: kind for kind, tag in tags.items()} | {"a": "link"}
    opened: list[str] = []
    found: list[tuple[str, frozenset[str]]] = []
    (block,) = [each for each in PARSERS["extended"].parse(source) if each.type == "inline"]
    for token in block.children or ():
        if token.type == "html_inline":
            tag = re.sub(r"\W", "", token.content)
            token = Token("", tag, -1 if "/" in token.content else 1)
        if token.nesting == 1:
            opened.append(names[token.tag])
        elif token.nesting == -1:
            assert opened.pop() == names[token.tag]
        else:
            own = {"code"} if token.type == "code_inline" else set()
            found += [(char, frozenset({*opened, *own})) for char in token.content]
    assert opened == []
    return [(char, kinds) for char, kinds in found if not char.isspace()]


KINDS = ("emphasis", "strong", "superscript", "subscript", "code", "link")
SPANNED = st.lists(
    st.sampled_from(["a", "b c", " ", "*", "_", "`", "``", "!", "(", ".", "漢", "é", "[x]", "# "])
    | st.text(st.characters(exclude_categories=["C", "Z"]), max_size=2),
    min_size=1,
    max_size=16,
).map("".join)


@pytest.mark.hostile
@given(data=st.data(), text=SPANNED.filter(str.strip))
def test_any_formatting_covers_the_same_words(data: Any, text: str) -> None:
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    spans = data.draw(st.lists(st.tuples(places, st.sampled_from(KINDS)), max_size=6))
    # Each kind once: two links, or emphasis in emphasis, are one.
    formats = {
        kind: Format(min(ends), max(ends), kind, f"https://{kind}.example") for ends, kind in spans
    }
    expected = [
        (char, frozenset(kind for kind, f in formats.items() if f.start <= at < f.end))
        for at, char in enumerate(text)
        if not char.isspace()
    ]
    assert shown(inline(formatted(text, list(formats.values())))) == expected


TEXT = blocks(
    ("heading", "Of margins"),
    plain(
        "paragraph",
        "A margin is where a *reader* answers.[1] It was left empty for that.",
        (2, 8, "emphasis", ""),
        (9, 11, "strong", ""),
        (37, 40, "footnote_ref", "1"),
        (44, 47, "link", "https://a.example/(x)%%$&lt;"),
    ),
    plain("heading", "Two # of\nthem ##", level=9),
    ("quotation", "Whoever writes there\nspeaks to two."),
    ("verse", "One line for thee,\n  one line for me.\n\n# one"),
    ("list_item", "one"),
    plain("list_item", "one and a half", level=2),
    ("list_item", "two"),
    ("list_item", "1. first"),
    ("list_item", "2. second"),
    ("list_item", "7. seventh"),
    ("separator", ""),
    ("preformatted", "- x\n```\n# y"),
    ("figure", "A plank"),
    ("paragraph", "[^1]: no footnote, and - no list"),
    plain("paragraph", "H2O", (1, 2, "subscript", ""), (2, 3, "superscript", "")),
    plain("paragraph", "[1]: so", (0, 3, "footnote_ref", "1")),
    plain("footnote", "By custom, an inch.", label="1"),
    plain("footnote", "Nothing leads here.", label="2"),
)
AS_WRITTEN = """\
# Of margins

A *margin* **is** where a \\*reader\\* answers.[^1] \
It [was](https://a.example/%28x%29%25%25%24\\&lt;) left empty for that.

###### Two \\# of them \\#\\#

> Whoever writes there
> speaks to two.

One line for thee,  
\u00a0\u00a0one line for me.  
\u00a0  
\\# one

* one
  * one and a half
* two

1. first
2. second
* 7\\. seventh

---

````
- x
```
# y
````

*A plank*

\\[\\^1\\]: no footnote, and - no list

H<sub>2</sub><sup>O</sup>

[^1]\\: so

[^1]: By custom, an inch.

\\[2\\] Nothing leads here.
"""


def body_of(source: str) -> str:
    """What stands after the front matter."""
    return source.split("\n---\n", 1)[1].removeprefix("\n")


class TestArticle:
    def test_every_kind_of_paragraph(self) -> None:
        assert body_of(text_of(notebook(chapter(text=TEXT)))) == AS_WRITTEN

    @pytest.mark.parametrize("name", PARSERS)
    def test_read_back(self, name: str) -> None:
        found = read(text_of(notebook(chapter(text=TEXT))), name)
        assert found.headings == [("h1", "Of margins"), ("h6", "Two \\# of them \\#\\#")]
        assert (found.footnotes, found.references) == (["1"], ["1", "1"])
        assert (len(found.front), found.items) == (1, [])

    @pytest.mark.hostile
    @pytest.mark.parametrize("name", PARSERS)
    def test_hostile_paragraphs_stay_paragraphs(self, name: str) -> None:
        kinds = ("paragraph", "quotation", "verse", "list_item", "figure", "preformatted")
        for words in HOSTILE.values():
            made = [(kind, words) for kind in kinds]
            text = blocks(("heading", words), *made, plain("footnote", words, label="1"))
            answered = [thread(note(), first=at, number=at) for at in range(1, len(kinds))]
            entries = [
                replace(each, entries=(note(words, number=at),))
                for at, each in enumerate(answered, start=1)
            ]
            whole = notebook(chapter(*entries, text=text))
            found = read(text_of(whole), name)
            assert found.tree() == trees(whole), words
            assert [tag for tag, _text in found.headings] == ["h1"], words
            assert (found.footnotes, len(found.front)) == ([], 1), words

    def test_notes_stand_after_the_paragraph_on_which_they_begin(self) -> None:
        text = blocks(
            ("paragraph", "One."), ("list_item", "a"), ("list_item", "b"), ("paragraph", "Two.")
        )
        threads = [
            thread(note("On all."), place={"whole_article": True}, exact=""),
            thread(note("On one.", number=2), exact="One"),
            thread(note("On a.", number=3), exact="a", first=1),
            thread(note("On two.", number=4), exact="Two", first=3),
        ]
        lines = body_of(text_of(notebook(chapter(*threads, text=text)))).split("\n")
        seen = [line.strip() for line in lines if line.endswith(".") or line.startswith("* ")]
        order = ["On all.", "One.", "On one.", "* a", "On a.", "* b", "Two.", "On two."]
        assert seen == order

    def test_lists_do_not_run_into_threads(self) -> None:
        text = blocks(("list_item", "a"), ("list_item", "b"))
        source = text_of(notebook(chapter(thread(note("Well."), exact="a"), text=text)))
        assert source.count("\n\n<!-- -->\n\n* b\n") == 1

    def test_without_its_text_only_the_threads(self) -> None:
        made = notebook(chapter(thread(note("Well."), exact="Of", first=0), text=TEXT), text=False)
        body = body_of(text_of(made))
        assert body.startswith("> Of\n>\n> [Heading “Of margins”](")
        assert (body.count("inch"), body.count("Well.")) == (0, 1)


class TestThread:
    def test_as_it_is_written(self) -> None:
        root = note(
            "Is *that* so?\n\nReally?", tags=("margins", "first drafts"), endorsements=2,
            motivation=Motivation.QUESTIONING, edited=THEN,
        )  # fmt: skip
        reply = note("Yes.", depth=1, number=2, author=NILS, mark="For the leaders")
        gone = stone(depth=2, number=3, body="Gone.")
        last = note("No.", depth=3, number=4)
        resolution = Resolution(THEN, "We *agree*.")
        made = notebook(chapter(thread(root, reply, gone, last, resolution=resolution)))
        one, two, three, four = (f"n-{entry.id.hex[:8]}" for entry in (root, reply, gone, last))
        assert body_of(text_of(made)) == (
            "A margin is where a reader answers.\n\n"
            f"> A margin\n>\n> [Paragraph 1]({READING}#p-key0)\n\n"
            f"- **Mira** · [4 May 2031, 12:01]({root.url}) · question · edited · 2 wonder, too"
            f" ^{one}\n\n"
            "  Is *that* so?\n\n  Really?\n\n"
            "  #margins #first-drafts\n\n"
            "  **Resolved** · 4 May 2031, 12:00 · We \\*agree\\*.\n\n"
            f"  - **Nils** · [4 May 2031, 12:02]({reply.url}) · *For the leaders* ^{two}\n\n"
            "    Yes.\n\n"
            f"    - *Deleted by its author* ^{three}\n\n"
            f"      - **Mira** · [4 May 2031, 12:04]({last.url}) ^{four}\n\n"
            "        No.\n"
        )

    def test_twelve_deep(self) -> None:
        entries = [note("Deeper.", depth=depth, number=depth + 1) for depth in range(13)]
        made = notebook(chapter(thread(*entries)))
        for name in PARSERS:
            assert read(text_of(made), name).tree() == trees(made)

    def test_a_list_at_the_end_of_a_note_is_not_its_answers(self) -> None:
        made = notebook(chapter(thread(note("- a\n- b"), note("- c", depth=1, number=2))))
        source = text_of(made)
        assert (source.count("<!-- -->"), read(source).tree()) == (1, trees(made))

    def test_a_stone_says_nothing_else(self) -> None:
        gone = stone(body="Secret.", tags=("secret",), state=State.REMOVED, category=Category.ROSE)
        source = text_of(notebook(chapter(thread(gone, note("Why?", depth=1, number=2)))))
        words = ("Secret", "secret", "doubt", "Deleted by")
        assert [source.count(word) for word in words] == [0, 0, 0, 1]
        assert source.count("Mira") == 1

    @pytest.mark.parametrize(
        ("given", "prompt", "kind"),
        [
            ({"body": "Why?", "motivation": Motivation.QUESTIONING}, False, " · question"),
            ({"body": "Why?", "motivation": Motivation.QUESTIONING}, True, " · prompt"),
            ({"body": "So.", "category": Category.GREEN}, False, " · important"),
            ({"body": "", "category": Category.ROSE}, False, " · doubt"),
            ({"body": "", "category": Category.YELLOW}, False, " · highlight"),
            ({"body": "So."}, False, ""),
        ],
    )
    def test_its_kind(self, given: dict[str, Any], prompt: bool, kind: str) -> None:
        (item,) = read(text_of(notebook(chapter(thread(note(**given), is_prompt=prompt))))).items
        assert (
            item.head == f"**Mira** · [4 May 2031, 12:01]({SITE}/n/{UUID(item_id(given))}/){kind}"
        )

    def test_a_passage_of_several_paragraphs(self) -> None:
        text = blocks(
            ("paragraph", "# One ends here."), ("separator", ""), ("verse", "- Two\nand a half."),
            ("paragraph", "Three begins, and goes on."),
        )  # fmt: skip
        place = {"start": 2, "last": 3, "end": 13}
        made = notebook(chapter(thread(note(), exact="-", place=place), text=text), text=False)
        assert body_of(text_of(made)).split("\n\n")[0] == (
            "> One ends here.\n>\n> \\- Two  \n> and a half.\n>\n> Three begins,\n>\n"
            f"> [Paragraph 1]({READING}#p-key0) – paragraph 3"
        )

    @pytest.mark.parametrize(
        ("text", "place", "passage"),
        [
            (True, {"whole_article": True}, f"> [The whole text]({READING})"),
            (False, {"whole_block": True}, f"> A margin\n>\n> [Paragraph 1]({READING}#p-key0)"),
            (True, {"whole_block": True}, f"> [Paragraph 1]({READING}#p-key0) · all of it"),
            (
                True,
                {"anchor_state": AnchorState.DETACHED, "end": 0},
                f"> A margin\n>\n> [Paragraph 1]({READING}#p-key0)"
                " · these words are no longer in the text",
            ),
        ],
    )
    def test_where_it_stands(self, text: bool, place: dict[str, Any], passage: str) -> None:
        made = notebook(chapter(thread(note("So."), place=place)), text=text)
        assert [block for block in text_of(made).split("\n\n") if block[0] == ">"] == [passage]

    def test_on_a_text_that_one_may_no_longer_read(self) -> None:
        away = chapter(thread(note("Mine.")), text=(), url="")
        assert body_of(text_of(notebook(away))).startswith(
            "> A margin\n>\n> Of margins\n\n- **Mira"
        )

    @pytest.mark.hostile
    @pytest.mark.parametrize(
        "name", ["*", "**a", "[x](y)", "^n-1", "a\n- b", "<b>", "`", "_", "# a", " "]
    )
    def test_names_stay_names(self, name: str) -> None:
        author = replace(NILS, name=name)
        said = note("So.", author=author, mark=name or "x")
        made = notebook(
            chapter(
                thread(said, note("Yes.", depth=1, number=2), resolution=Resolution(THEN, name)),
                title=name, creators=(name,),
            ),
            group=name,
        )  # fmt: skip
        for each in PARSERS:
            found = read(text_of(made), each)
            assert (found.tree(), found.headings, found.footnotes) == (trees(made), [], [])


def item_id(given: dict[str, Any]) -> str:
    return str(note(**given).id)


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("margins", "#margins"),
        ("first drafts", "#first-drafts"),
        ("a/b_c-d", "#a/b_c-d"),
        ("c++", "#c (c++)"),
        ("#x", "#x (\\#x)"),
        ("_x_", "#x (\\_x\\_)"),
        ("1984", "\\#1984"),
        ("***", "\\#\\*\\*\\*"),
        ("क्षि", "#क्षि"),
        ("漢字", "#漢字"),
        ("a^b [[c]]", "#ab-c (a\\^b \\[\\[c\\]\\])"),
        ("😀", "#😀"),
    ],
)
def test_tags_as_obsidian_takes_them(tag: str, line: str) -> None:
    assert markdown.tagged(tag) == line


class TestNames:
    def test_ids_are_short_unless_two_begin_alike(self) -> None:
        later = note("b", id=UUID("aaaaaaaa-0000-4000-8000-000000000001"), number=2)
        first = note("a", id=UUID("aaaaaaaa-1000-4000-8000-000000000001"), number=1)
        last = note("c", id=UUID("aaaaaaaa-0000-4000-8000-000000000002"), number=3)
        found = markdown.block_ids(chapter(thread(last, replace(later, depth=1)), thread(first)))
        assert [found[each.id] for each in (first, later, last)] == [
            "n-aaaaaaaa", "n-aaaaaaaa0000", "n-aaaaaaaa00004000",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("titles", "names"),
        [
            (["One", "Two"], ["One.md", "Two.md"]),
            (["One", "one"], ["One (s0).md", "one (s1).md"]),
            (["a/b", "a:b"], ["a b (s0).md", "a b (s1).md"]),
            (["CON", "…", "漢" * 400], ["CON_.md", "….md", f"{'漢' * 40}.md"]),
            (["../../etc/passwd", "\u202egnp"], ["etc passwd.md", "gnp.md"]),
            (["", "\x00"], ["notes (s0).md", "notes (s1).md"]),
        ],
    )
    def test_of_files(self, titles: list[str], names: list[str]) -> None:
        chapters = [chapter(title=title, slug=f"s{at}") for at, title in enumerate(titles)]
        assert [name for name, _chapter in markdown.named(chapters)] == names

    def test_of_a_text_that_is_read_twice(self) -> None:
        names = [name for name, _ in markdown.named([chapter(), chapter(), chapter(title="Two")])]
        assert names == ["Of margins (of-margins).md", "Of margins (of-margins) 2.md", "Two.md"]


class TestFiles:
    def test_one_article_is_one_file(self) -> None:
        found = markdown.write(notebook(chapter()), silent)
        assert found.suffix == ".md"

    def test_several_are_a_zip_with_one_each(self) -> None:
        chapters = [chapter(thread(note("Well."))), chapter(title="Two", slug="two")]
        made = notebook(*chapters)
        found = markdown.write(made, silent)
        assert found.suffix == ".zip"
        data = b"".join(found.chunks)
        assert data == written(markdown, made)
        with ZipFile(BytesIO(data)) as archive:
            assert archive.testzip() is None
            held = {name: archive.read(name) for name in archive.namelist()}
            assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        one, two = (written(markdown, replace(made, chapters=[each])) for each in chapters)
        assert held == {"Of margins.md": one, "Two.md": two}

    def test_nothing_is_said_to_be_nothing(self) -> None:
        found = read(text_of(notebook(chosen="#x")))
        front = yaml.safe_load(found.front[0])
        assert (front["title"], front["group"]) == ("Of margins", "Circle")
        assert [token.content for token in found.outside if token.type == "inline"] == [
            "There are no notes here."
        ]

    def test_tells_how_far_it_is(self) -> None:
        told: list[int] = []
        threads = [thread(note("a"), note("b", depth=1, number=2)), thread(note("c", number=3))]
        list(markdown.write(notebook(chapter(*threads)), told.append).chunks)
        assert told == [2, 1]


class TestFrontMatter:
    def test_what_it_says(self) -> None:
        about = chapter(
            subtitle="A talk", series="Talks", date="2019", source="A paper: its “end”",
            rights="CC0", direction="rtl", language="he", creators=("Ada Quill", "- B: c"),
        )  # fmt: skip
        (front,) = read(text_of(notebook(about, chosen="Questions; #x"))).front
        assert yaml.safe_load(front) == {
            "title": "Of margins", "subtitle": "A talk", "creators": ["Ada Quill", "- B: c"],
            "series": "Talks", "date": "2019", "source": "A paper: its “end”", "rights": "CC0",
            "language": "he", "direction": "rtl", "group": "Circle", "reading": READING,
            "text_revision": 1, "chosen": "Questions; #x", "taken_home": "2031-05-04T12:00:00Z",
        }  # fmt: skip

    @pytest.mark.hostile
    @pytest.mark.parametrize(
        "words", ["---", "a\n---\nb", "a\u2028---\u2028", "\x00'\"", "*x", "{", "é" * 999]
    )
    def test_nothing_ends_it_early(self, words: str) -> None:
        made = notebook(chapter(title=words, source=words, creators=(words,)), group=words)
        found = read(text_of(made))
        front = yaml.safe_load(found.front[0])
        plain_words = " ".join(words.replace("\x00", "").split())
        assert [front[key] for key in ("title", "source", "group")] == [plain_words] * 3
        assert front["creators"] == [plain_words]
        assert list(front)[-1] == "taken_home"


def changed(before: Notebook, after: Notebook) -> tuple[list[str], list[str]]:
    """Lines that went, and lines that came."""
    lines = list(difflib.ndiff(text_of(before).split("\n"), text_of(after).split("\n")))
    return [x[2:] for x in lines if x[0] == "-"], [x[2:] for x in lines if x[0] == "+" and x[2:]]


class TestOnceMore:
    """What grew, and the line that says when, are all that is different."""

    def grown(self, *threads: Thread, **given: Any) -> Notebook:
        return notebook(chapter(*threads), **given)

    def test_a_reading_that_grew(self) -> None:
        old = thread(note("Old.", number=1))
        before = self.grown(old)
        answered = replace(old, entries=(*old.entries, note("New.", depth=1, number=9)))
        new = thread(note("Newer.", number=8), exact="A")
        later = THEN + timedelta(days=3)
        went, came = changed(before, self.grown(new, answered, generated_at=later))
        assert went == ["taken_home: '2031-05-04T12:00:00Z'"]
        assert [line.strip() for line in came if "^n-" not in line and line != ">"] == [
            "taken_home: '2031-05-07T12:00:00Z'",
            "> A", f"> [Paragraph 1]({READING}#p-key0)", "Newer.", "New.",
        ]  # fmt: skip

    def test_the_same_reading_is_the_same_file(self) -> None:
        one = self.grown(thread(note("Old.")))
        assert text_of(one) == text_of(self.grown(thread(note("Old."))))


@pytest.fixture
def talk(cast: Cast, write: Write) -> list[str]:
    """Notes of several kinds, on the text and on each other."""
    root = write(cast.member, "Is *that* so?\n\n# no heading", motivation="questioning")
    answer = write(cast.other, "- Yes.\n- No.", to=root)
    deeper = write(cast.moderator, "[[Well]]", to=answer)
    long = write(cast.owner, "Both.", on=0, until=1, end=9)
    write(cast.member, "Mine alone.", audience="private")
    write(cast.owner, "Between us.", audience="leaders")
    actions.withdraw(by=cast.other, annotation=answer)
    return [f"n-{each.uuid.hex[:8]}" for each in (root, answer, deeper, long)]


class TestFromTheDatabase:
    @pytest.mark.parametrize("text", [True, False])
    def test_a_reading(self, cast: Cast, talk: list[str], text: bool) -> None:
        scope = Scope(cast.other, cast.group, cast.reading)
        source = text_of(gather(scope, Filters(text=text)))
        found = read(source)
        root, answer, deeper, long = talk
        assert found.tree() == [(root, None), (answer, root), (deeper, answer), (long, None)]
        assert found.headings == ([("h1", "Of margins")] if text else [])
        assert found.footnotes == (["1"] if text else [])
        assert [source.count(words) for words in ("- Yes", "Mine alone", "Between us")] == [0, 0, 0]
        assert source.count("*Deleted by its author*") == 1

    def test_a_group_of_two_readings(self, cast: Cast, talk: list[str]) -> None:
        made = gather(Scope(cast.other, cast.group), Filters())
        again = replace(made, chapters=[*made.chapters, *made.chapters])
        with ZipFile(BytesIO(written(markdown, again))) as archive:
            assert len(archive.namelist()) == 2
