"""Words, formatting and safe HTML as Markdown that says the same and nothing more.

It is written anew, never copied from what somebody typed, so that words stay words: in
CommonMark, on GitHub, in Pandoc and in Obsidian. Every list and quotation is made here, and what
stands in it is set in by as much as holds it there. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from annotations.segments import Format, Segment, segments

# A line that ends here on purpose. No text holds this character: `_words` drops it.
BREAK = "\0"
# Between two lists that would be read as one.
APART = "<!-- -->"

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# What means something wherever it stands in a line: to CommonMark; as `~`, `^`, `$`, `|` and `{`
# to those who extend it; as `[[`, `#`, `^`, `==` and `%%` to Obsidian.
_SPECIAL = re.compile(r"[\\`*_\[\]<#~$^|{]|&(?=#?\w+;)|[=%](?=[=%])|(?<=[=%])[=%]")
# What means something where a line begins.
_BEGINS = re.compile(
    r"""(?<![^\n\0])(?:
        (?P<one> [=:>] | [-+](?=[-:|\s\0]|\Z) | \(@ )
        | (?P<number> \(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}))(?P<end>[.)](?=[\s\0]|\Z))
    )""",
    re.VERBOSE,
)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\0]", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f-\xa0<>\[\]()\\^`{}|\"*$]|%(?![0-9A-Fa-f]{2})")
_RUN = re.compile(r"`+")
_SPACE = " \t\n" + BREAK

# Formatting that has signs, and what stands for it where signs wouldn't be read as such.
_SIGNS = {"emphasis": ("*", "em"), "strong": ("**", "strong"), "strike": ("~~", "s")}
_ELEMENTS = {"superscript": "sup", "subscript": "sub"}


@dataclass(slots=True)
class Styled:
    """Words in one formatting: emphasis, strong, strike, superscript, subscript, code, link."""

    kind: str
    within: list[Node] = field(default_factory=list)
    target: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """Mark-up that is finished, such as a footnote's reference."""

    text: str


type Node = str | Styled | Raw


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand for themselves, with a blank one on either side."""

    text: str
    is_list: bool = False


# Words


def inline(nodes: Iterable[Node]) -> str:
    """Words and their formatting, as lines that are one paragraph wherever they are put."""
    flat = list(_merged(_flat(nodes, ())))
    return _in_lines(_joined(flat))


def one_line(nodes: Iterable[Node]) -> str:
    return re.sub(r" *\n", " ", inline(nodes))


def formatted(
    text: str, formats: Sequence[Format], footnotes: Container[str] = ()
) -> Iterator[Node]:
    """A paragraph's words with their formatting. A reference to one of these footnotes becomes
    Markdown's own; `footnotes` are the labels as they are written here."""
    top = Styled("")
    opened: list[tuple[Format, Styled]] = []
    for segment in segments(len(text), formats, ()):
        wanted = _nested(segment)
        kept = 0
        while kept < min(len(opened), len(wanted)) and opened[kept][0] is wanted[kept]:
            kept += 1
        del opened[kept:]
        for each in wanted[kept:]:
            styled = Styled(each.kind, target=each.target)
            (opened[-1][1] if opened else top).within.append(styled)
            opened.append((each, styled))
        inner = (opened[-1][1] if opened else top).within
        inner.append(_piece(text, segment, footnotes))
    yield from top.within


def _nested(segment: Segment) -> list[Format]:
    """From the outermost to the innermost: a link, then what is longest; code holds no other."""
    order = {"link": 0, "code": 2}
    known = [
        each
        for each in segment.formats
        if each.kind in _SIGNS or each.kind in _ELEMENTS or each.kind == "code" or _leads(each)
    ]
    known.sort(key=lambda each: (order.get(each.kind, 1), each.start - each.end, each.start))
    links = [each for each in known if each.kind == "link"]
    return links[:1] + [each for each in known if each.kind != "link"]


def _leads(each: Format) -> bool:
    return each.kind == "link" and is_address(each.target)


def _piece(text: str, segment: Segment, footnotes: Container[str]) -> Node:
    for each in segment.formats:
        if each.kind == "footnote_ref" and each.target in footnotes:
            return Raw(f"[^{each.target}]" if each.start == segment.start else "")
    return text[segment.start : segment.end]


def is_address(target: str) -> bool:
    return _ADDRESS.match(target) is not None


class _Pair:
    """Where a formatting begins and ends; `signs` are its own, or ours where those don't fit."""

    __slots__ = ("above", "kind", "signs", "target")

    def __init__(self, kind: str, target: str, above: tuple[_Pair, ...]) -> None:
        self.kind, self.target, self.above = kind, target, above
        self.signs: tuple[str, str] | None = None
        if kind == "link":
            self.signs = ("[", f"]({_destination(target)})")
        elif kind in _ELEMENTS:
            self.signs = (f"<{_ELEMENTS[kind]}>", f"</{_ELEMENTS[kind]}>")


@dataclass(frozen=True, slots=True)
class _Edge:
    pair: _Pair
    at: int  # 0 where it begins, 1 where it ends


type _Flat = str | Raw | _Edge


def _flat(nodes: Iterable[Node], above: tuple[_Pair, ...]) -> Iterator[_Flat]:
    for node in nodes:
        if isinstance(node, str):
            yield _words(node)
        elif isinstance(node, Raw):
            yield node
        elif node.kind == "code":
            yield _code(_text_of(node))
        elif node.kind == "link" and _goes_without_saying(node):
            yield Raw(f"<{_text_of(node)}>")
        else:
            yield from _around(node, above)


def _around(node: Styled, above: tuple[_Pair, ...]) -> Iterator[_Flat]:
    """With the white space at its ends outside: signs must touch words."""
    pair = _Pair(node.kind, node.target, above)
    inner = list(_merged(_flat(node.within, (*above, pair))))
    before = after = ""
    if inner and isinstance(inner[0], str):
        words = inner[0].lstrip().lstrip(_SPACE)
        before, inner[0] = inner[0][: len(inner[0]) - len(words)], words
    if inner and isinstance(inner[-1], str):
        words = inner[-1].rstrip().rstrip(_SPACE)
        after, inner[-1] = inner[-1][len(words) :], words
    inner = [each for each in inner if each != ""]
    yield before
    if inner:
        yield from (_Edge(pair, 0), *inner, _Edge(pair, 1))
    yield after


def _merged(flat: Iterable[_Flat]) -> Iterator[_Flat]:
    """Words that follow each other as one."""
    words = ""
    for each in flat:
        if isinstance(each, str):
            words += each
            continue
        if words:
            yield words
        words = ""
        if not (isinstance(each, Raw) and not each.text):
            yield each
    if words:
        yield words


def _words(text: str) -> str:
    return text if text == BREAK else plain(text)


def plain(text: str) -> str:
    """Without control characters, with lines that end as everywhere."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ")


def _text_of(node: Node) -> str:
    if isinstance(node, Styled):
        return "".join(map(_text_of, node.within))
    return node if isinstance(node, str) else ""


def _code(text: str) -> Raw:
    text = plain(text).replace("\n", " ")
    if not text:
        return Raw("")
    ticks = "`" * (max(map(len, _RUN.findall(text)), default=0) + 1)
    # One space on either side is taken away again, but from nothing else than spaces.
    padded = "`" in (text[0], text[-1]) or (text[0] == text[-1] == " " and text.strip(" "))
    pad = " " if padded else ""
    return Raw(f"{ticks}{pad}{text}{pad}{ticks}")


def _goes_without_saying(link: Styled) -> bool:
    """Whether its words are its address, and may stand between angle brackets."""
    said = _text_of(link)
    if link.target == f"mailto:{said}":
        return _MAIL.fullmatch(said) is not None
    whole = said == link.target and link.target.isascii()
    return whole and is_address(said) and not _UNSAFE_IN_ADDRESS.search(said)


def _destination(target: str) -> str:
    def quoted(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in match.group().encode(errors="ignore"))

    # An ampersand must not begin an entity.
    return re.sub(r"&(?=#?\w+;)", r"\\&", _UNSAFE_IN_ADDRESS.sub(quoted, plain(target)))


def _joined(flat: list[_Flat]) -> str:
    ends = {id(each.pair): at for at, each in enumerate(flat) if isinstance(each, _Edge)}
    done: list[str] = []
    for at, each in enumerate(flat):
        before = flat[at - 1] if at else None
        if isinstance(each, _Edge) and each.pair.signs is None:
            _sign(each.pair, flat, at, ends[id(each.pair)])
        said = _said(each)
        if said.startswith("[") and done and done[-1].endswith("!"):
            done[-1] = done[-1][:-1] + "\\!"  # else it would be an image
        if isinstance(before, Raw) and before.text.startswith("[^") and said[:1] in (":", "("):
            said = "\\" + said  # else it would be a footnote, or a link
        done.append(said)
    return "".join(done)


def _said(each: _Flat) -> str:
    if isinstance(each, str):
        return _SPECIAL.sub(r"\\\g<0>", each)
    if isinstance(each, Raw):
        return each.text
    assert each.pair.signs is not None  # noqa: S101  where it begins they were chosen
    return each.pair.signs[each.at]


def _sign(pair: _Pair, flat: list[_Flat], begin: int, end: int) -> None:
    """Its signs, where they would be read as such there: see CommonMark's rules for flanking."""
    sign, element = _SIGNS[pair.kind]
    outside = (_facing(flat, begin - 1, -1), _facing(flat, end + 1, 0))
    inside = (_facing(flat, begin + 1, 0), _facing(flat, end - 1, -1))
    in_word = any(_class(out) == "word" for out in outside)
    signed_above = [each for each in pair.above if each.signs and each.signs[0] in "**~~"]
    fits = (
        "" not in (*outside, *inside)
        and not (in_word and signed_above)
        and pair.kind not in {each.kind for each in signed_above}
        and all(
            _class(within) == "word" or (_class(within) == "sign" and _class(out) != "word")
            for out, within in zip(outside, inside, strict=True)
        )
    )
    pair.signs = (sign, sign) if fits else (f"<{element}>", f"</{element}>")


def _facing(flat: list[_Flat], at: int, end: int) -> str:
    """The character that a sign would stand beside; "" for another sign."""
    if not 0 <= at < len(flat):
        return "\n"
    each = flat[at]
    if isinstance(each, str):
        return each[end]
    if isinstance(each, Raw):
        return each.text[end]
    return "" if each.pair.signs and each.pair.signs[0] in "**~~" else "<"


def _class(char: str) -> str:
    if not char or char == BREAK or char.isspace():
        return "space"
    return "sign" if unicodedata.category(char)[0] in "PS" else "word"


def _in_lines(text: str) -> str:
    text = re.sub(r"[ \n]*\0[ \n\0]*", BREAK, text)
    text = re.sub(r" *\n[ \n]*", "\n", text).strip(_SPACE)
    return _BEGINS.sub(_begun, text).replace(BREAK, "  \n")


def _begun(match: re.Match[str]) -> str:
    if match["one"]:
        return f"\\{match['one']}"
    return f"{match['number']}\\{match['end']}"


# Blocks


def paragraph(nodes: Iterable[Node]) -> list[Block]:
    text = inline(nodes)
    return [Block(text)] if text else []


def fence(text: str) -> Block:
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)).removesuffix("\n")
    ticks = "`" * max(3, max(map(len, _RUN.findall(text)), default=0) + 1)
    return Block(f"{ticks}\n{text}\n{ticks}")


def quotation(blocks: Iterable[Block]) -> Block:
    return Block(set_in(stacked(blocks), "> ", "> "))


def set_in(text: str, first: str, others: str) -> str:
    """Lines behind what makes them part of something; blank ones end where they begin."""
    lines = text.split("\n")
    begun = [(first if at == 0 else others) + line for at, line in enumerate(lines)]
    return "\n".join(
        each if line else each.rstrip() for each, line in zip(begun, lines, strict=True)
    )


def apart(blocks: Iterable[Block]) -> Iterator[str]:
    """Each block, with what keeps two lists from becoming one."""
    was_list = False
    for block in blocks:
        if was_list and block.is_list:
            yield APART
        was_list = block.is_list
        yield block.text


def stacked(blocks: Iterable[Block]) -> str:
    return "\n\n".join(apart(blocks))


def listed(items: Iterable[Sequence[Block]], start: int | None = None) -> Block:
    """A list, numbered from `start` where there is one."""
    made = []
    for at, item in enumerate(items):
        # Numbers have nine digits at most.
        sign = "* " if start is None else f"{min(start + at, 999_999_999)}. "
        made.append(set_in(stacked(item) or APART, sign, " " * len(sign)))
    tight = all("\n\n" not in each for each in made)
    return Block(("\n" if tight else "\n\n").join(made), is_list=True)
