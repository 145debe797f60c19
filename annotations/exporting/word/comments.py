"""The comments: who says what, when, below whom, and whether it is finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from markdown_it.token import Token

from annotations import markdown, spoken
from annotations.enums import Category
from annotations.exporting.naming import initials
from annotations.exporting.notebook import Entry, Thread
from annotations.exporting.word.anchors import Comment, Discussion
from annotations.exporting.word.prose import Links, Tongue, begins_rtl, paragraph, run
from annotations.exporting.word.xml import NOTHING, Xml, joined, tag

# Word's own limits.
LONGEST_AUTHOR, LONGEST_INITIALS = 255, 9
_STEP = 360  # how far a list or a quotation is set in, in twentieths of a point
_DEEPEST = 6
_PLAIN = Tongue()
_REFERENCE = tag("w:r", tag("w:rPr", tag("w:rStyle", val="CommentReference")), tag("w:annotationRef"))  # fmt: skip  # noqa: E501


@dataclass(slots=True)
class _Line:
    """A paragraph of a comment on its way."""

    inside: Xml
    style: str = "CommentText"
    rtl: bool = False
    indent: int = 0
    hanging: int = 0

    def xml(self, para_id: str = "") -> Xml:
        return paragraph(
            self.style,
            self.inside,
            rtl=self.rtl,
            indent=self.indent,
            hanging=self.hanging,
            para_id=para_id,
        )


def comment(one: Comment, thread: Thread, links: Links, zone: tzinfo) -> Xml:
    lines = _lines(one.entry, thread, links, zone)
    lines[0].inside = joined([_REFERENCE, lines[0].inside])
    author = "" if one.entry.author is None else one.entry.author.name
    return tag(
        "w:comment",
        *(line.xml() for line in lines[:-1]),
        lines[-1].xml(one.para_id),
        id=str(one.number),
        author=author[:LONGEST_AUTHOR],
        date=stamp(one.entry.created),
        initials=initials(author).replace(".", "")[:LONGEST_INITIALS],
    )


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def extended(discussion: Discussion) -> Xml:
    """Which comment answers which, and what is finished; Word's threads are one level deep."""
    done = "0" if discussion.thread.resolution is None else "1"
    root = discussion.root.para_id
    return joined(
        tag("w15:commentEx", w15_paraId=each.para_id, w15_done=done)
        if each is discussion.root
        else tag("w15:commentEx", w15_paraId=each.para_id, w15_paraIdParent=root, w15_done=done)
        for each in discussion.comments
    )


def ids(discussion: Discussion) -> Xml:
    """Without these Word doesn't join the threads."""
    return joined(
        tag("w16cid:commentId", w16cid_paraId=each.para_id, w16cid_durableId=each.para_id)
        for each in discussion.comments
    )


def extensible(discussion: Discussion) -> Xml:
    """The same dates once more: those of the comments themselves Word takes for local time."""
    return joined(
        tag(
            "w16cex:commentExtensible",
            w16cex_durableId=each.para_id,
            w16cex_dateUtc=stamp(each.entry.created),
        )
        for each in discussion.comments
    )


def _lines(entry: Entry, thread: Thread, links: Links, zone: tzinfo) -> list[_Line]:
    is_root = entry is thread.root
    lines = [] if is_root else _answering(entry)
    if said := " · ".join(_standing(entry, thread if is_root else None)):
        lines.append(_aside(said))
    if is_root and thread.place.is_detached:
        lines += _lost(thread)
    if entry.is_stone:
        lines.append(_Line(run(entry.stone, _PLAIN, ("emphasis",))))
    lines += _Body(links).read(entry.body)
    if is_root and thread.resolution is not None:
        lines.append(_aside(_resolved(thread, zone)))
    lines.append(_last(entry, links, zone))
    return lines


def _aside(text: str) -> _Line:
    return _Line(run(text, _PLAIN), style="CommentAside", rtl=begins_rtl(text))


def _answering(entry: Entry) -> list[_Line]:
    """Whom a reply to a reply answers, which Word's threads don't say."""
    if entry.depth < 2:
        return []
    if not entry.answers:
        return [_aside(_("↳ to a reply that is gone:"))]
    return [_aside(_("↳ to %(name)s:") % {"name": entry.answers})]


def _standing(entry: Entry, thread: Thread | None) -> Iterator[str]:
    """What a note is, but for its words; of a root, with its thread."""
    if entry.mark:
        yield entry.mark
    if entry.circle:
        yield _("To the circle %(name)s") % {"name": entry.circle}
    if thread is None or entry.is_stone:
        return
    # The commonest says something only where nothing else is said.
    if entry.category and (entry.category != Category.YELLOW or not entry.body):
        yield capfirst(str(Category(entry.category).label))
    if thread.is_prompt and entry.category != Category.VIOLET:
        yield _("Prompt")
    if thread.place.whole_article:
        yield _("About the whole text")
    if thread.is_locked:
        yield _("Closed to replies")


def _lost(thread: Thread) -> list[_Line]:
    exact = thread.place.exact
    if not exact:
        return [_aside(_("The words that this is about are gone from the text."))]
    return [
        _aside(_("The words that this is about are gone from the text:")),
        _Line(run(exact, _PLAIN), rtl=begins_rtl(exact), indent=_STEP),
    ]


def _resolved(thread: Thread, zone: tzinfo) -> str:
    assert thread.resolution is not None  # noqa: S101  asked before
    day = date_format(thread.resolution.at.astimezone(zone), "j F Y")
    if not thread.resolution.outcome:
        return _("Resolved on %(day)s") % {"day": day}
    return _("Resolved on %(day)s: %(outcome)s") % {
        "day": day,
        "outcome": thread.resolution.outcome,
    }


def _last(entry: Entry, links: Links, zone: tzinfo) -> _Line:
    """Tags, who wonders too, when it was edited, and the way back to it."""
    said = [f"#{each}" for each in entry.tags]
    if entry.endorsements:
        said.append(spoken.endorsed(entry.endorsements, entry.motivation))
    if entry.edited is not None:
        day = date_format(entry.edited.astimezone(zone), "j F Y")
        said.append(_("edited on %(day)s") % {"day": day})
    before = "".join(f"{each} · " for each in said)
    link = links.to(entry.url, run(_("Open there"), _PLAIN, style="Hyperlink"))
    return _Line(joined([run(before, _PLAIN) if before else NOTHING, link]), style="CommentAside")


@dataclass(slots=True)
class _Body:
    """Markdown, read as the site reads it, as paragraphs. Lists are written out, since the
    margin's of most programs have none."""

    links: Links
    lines: list[_Line] = field(default_factory=list)
    quotes: int = 0
    numbers: list[int | None] = field(default_factory=list)  # of each open list; None for bullets
    marker: str = ""  # of an item that has no words yet

    def read(self, source: str) -> list[_Line]:
        for token in markdown.tokens(source):
            self._block(token)
        return self.lines

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._add(_Inline(self.links).read(token.children or ()), token.content)
            case "fence" | "code_block":
                text = token.content.removesuffix("\n")
                self._add(run(text, _PLAIN, ("code",)), text)
            case "hr":
                self._add(run("* * *", _PLAIN), "")
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                self.numbers.append(1 if start is None else int(start))
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
            case "list_item_open":
                self.marker += self._next()
            case "list_item_close":
                if self.marker:
                    self._add(NOTHING, "")

    def _next(self) -> str:
        number = self.numbers[-1]
        if number is None:
            return "•\t"
        self.numbers[-1] = number + 1
        return f"{number}.\t"

    def _add(self, inside: Xml, text: str) -> None:
        depth = min(self.quotes + len(self.numbers), _DEEPEST)
        marker, self.marker = self.marker, ""
        self.lines.append(
            _Line(
                joined([run(marker, _PLAIN), inside]) if marker else inside,
                style="CommentQuote" if self.quotes else "CommentText",
                rtl=begins_rtl(text),
                indent=depth * _STEP,
                hanging=_STEP if marker else 0,
            )
        )


@dataclass(slots=True)
class _Inline:
    links: Links
    kinds: list[str] = field(default_factory=list)
    href: str = ""
    made: list[Xml] = field(default_factory=list)

    def read(self, tokens: Sequence[Token]) -> Xml:
        for token in tokens:
            self._read(token)
        return joined(self.made)

    def _read(self, token: Token) -> None:
        match token.type:
            case "em_open" | "strong_open" | "s_open":
                self.kinds.append(_KINDS[token.tag])
            case "em_close" | "strong_close" | "s_close":
                self.kinds.remove(_KINDS[token.tag])
            case "link_open":
                self.href = str(token.attrGet("href") or "")
            case "link_close":
                self.href = ""
            case "softbreak":
                self._say(" ")
            case "hardbreak":
                self._say("\n")
            case "code_inline":
                self._say(token.content, "code")
            case _:
                self._say(token.content)

    def _say(self, text: str, *more: str) -> None:
        if not text:
            return
        style = "Hyperlink" if self.href else ""
        said = run(text, _PLAIN, [*self.kinds, *more], style=style)
        self.made.append(self.links.to(self.href, said) if self.href else said)


_KINDS = {"em": "emphasis", "strong": "strong", "s": "struck"}
