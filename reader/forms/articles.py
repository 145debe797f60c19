from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reader.enums import BlockKind
from reader.importing import FORMATS, Block, ImportRefused, ParsedArticle, Span, parse
from reader.importing.decoding import MAX_BYTES
from reader.importing.parsed import LANGUAGE, MAX_LENGTHS, clean, with_references
from reader.states import state_of

LEAVE_OUT = "leave-out"
LEVELLED = (BlockKind.HEADING, BlockKind.LIST_ITEM)
# An article's fields that are one string each.
PLAIN = ("title", "subtitle", "series", "date", "language", "source", "rights")


class ImportForm(forms.Form):
    """A text pasted or uploaded. What was typed stays in the form whatever goes wrong."""

    file = forms.FileField(label=_("A file"), required=False)
    text = forms.CharField(
        label=_("Or paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
    )
    format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        choices=[("", _("Find out")), *((known.name, known.label) for known in FORMATS)],
    )

    parsed: ParsedArticle
    filename: str

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        upload, text = data["file"], data["text"]
        if upload and text.strip():
            raise ValidationError(_("Choose a file or paste a text, not both."))
        if not upload and not text.strip():
            raise ValidationError(_("Choose a file or paste a text."))
        self.filename = upload.name if upload else ""
        raw = upload.read(MAX_BYTES + 1) if upload else text.encode()
        try:
            self.parsed = parse(raw, filename=self.filename, format=data["format"] or None)
        except ImportRefused as refused:
            self.add_error("file" if upload else "text", str(refused))
        return data


class DraftForm(forms.Form):
    """The metadata of an article on its way in; its blocks' kinds stand beside, by index, and
    `seen` tells which state of the draft the indexes are of."""

    title = forms.CharField(label=_("Title"), max_length=MAX_LENGTHS["title"])
    subtitle = forms.CharField(
        label=_("Subtitle"), max_length=MAX_LENGTHS["subtitle"], required=False
    )
    creators = forms.CharField(
        label=_("Authors"),
        required=False,
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    series = forms.CharField(label=_("Series"), max_length=MAX_LENGTHS["series"], required=False)
    date = forms.CharField(label=_("Date"), max_length=MAX_LENGTHS["date"], required=False)
    language = forms.RegexField(
        f"^{LANGUAGE}$",
        label=_("Language"),
        max_length=MAX_LENGTHS["language"],
        required=False,
        help_text=_("A code such as en, de, he or zh-Hant."),
        error_messages={"invalid": _("Give the language as a code such as en, de, he or zh-Hant.")},
    )
    source = forms.CharField(
        label=_("Source"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rights = forms.CharField(
        label=_("Rights"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    metadata = forms.CharField(
        label=_("More about it"),
        required=False,
        help_text=_("One “Key: value” a line."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    # Sent again, a block left out would take the next one with it.
    stale = _(
        "Nothing was saved: this draft was changed in the meantime. "
        "The kinds below are as they are now; choose again what you want changed."
    )

    mended: ParsedArticle

    def __init__(self, data: Any = None, *, parsed: ParsedArticle) -> None:
        super().__init__(data, initial=_initial(parsed))
        self.parsed = parsed
        self.state = self._state(parsed.to_json())
        self.is_stale = self.is_bound and self.data.get("seen") != self.state

    def _state(self, parsed: dict[str, Any]) -> str:
        return state_of(parsed)

    def clean_metadata(self) -> tuple[tuple[str, str], ...]:
        pairs = []
        for line in filter(str.strip, self.cleaned_data["metadata"].splitlines()):
            key, _colon, value = (part.strip() for part in line.partition(":"))
            if not (key and value):
                raise ValidationError(_("“%(line)s” is not “Key: value”.") % {"line": line})
            try:
                pairs.append((clean(key), clean(value)))
            except ImportRefused as refused:
                raise ValidationError(str(refused)) from None
        return tuple(pairs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_stale:
            raise ValidationError(self.stale)
        blocks = list(self._blocks())
        if not self.errors:
            try:
                self.mended = self._mended(data, blocks).checked()
            except ImportRefused as refused:
                self.add_error(None, str(refused))
        return data

    def kind_of(self, index: int) -> str:
        """The kind chosen for a block, or what it is where nothing sensible was sent."""
        chosen = self.data.get(f"kind-{index}", "") if not self.is_stale else ""
        known = chosen == LEAVE_OUT or chosen in BlockKind.values
        return chosen if known else self.parsed.blocks[index].kind

    def rows(self) -> list[tuple[int, Block, str]]:
        return [
            (index, block, self.kind_of(index)) for index, block in enumerate(self.parsed.blocks)
        ]

    def _blocks(self) -> Iterator[Block]:
        """What is left of the blocks; each kind that can't hold is an error."""
        for index, block, kind in self.rows():
            if kind == LEAVE_OUT:
                continue
            try:
                yield retyped(block, BlockKind(kind))
            except ImportRefused as refused:
                said = {"number": index + 1, "sentence": str(refused)}
                self.add_error(None, _("Block %(number)d: %(sentence)s") % said)

    def _mended(self, data: dict[str, Any], blocks: Sequence[Block]) -> ParsedArticle:
        new = _labels(blocks) - _labels(self.parsed.blocks)
        return replace(
            self.parsed,
            **{name: clean(data[name]).strip() for name in PLAIN},
            creators=tuple(filter(None, map(str.strip, clean(data["creators"]).split("\n")))),
            metadata=data["metadata"],
            blocks=tuple(with_references(block, new) for block in blocks),
        )


class AboutForm(DraftForm):
    """The metadata of an article that is published; its text is left alone."""

    stale = _(
        "Nothing was saved yet: somebody changed this in the meantime. What you filled in is "
        "below; save it, and it stands instead."
    )

    def _state(self, parsed: dict[str, Any]) -> str:
        return state_of({name: value for name, value in parsed.items() if name != "blocks"})


def retyped(block: Block, kind: BlockKind) -> Block:
    """The same words as another kind; formatting keeps its place. A footnote's label goes back
    into its words, and is taken from there. ImportRefused where words would be lost."""
    if kind == block.kind:
        return block
    if block.kind == BlockKind.SEPARATOR:
        raise ImportRefused(_("A separator has no words, so it can only be left out."))
    if kind == BlockKind.SEPARATOR:
        if re.search(r"\w", block.text):
            raise ImportRefused(_("A separator has no words. Leave the block out instead."))
        return Block(kind, "")
    text, label = block.text, ""
    spans: Sequence[Span] = block.spans
    if block.kind == BlockKind.FOOTNOTE:
        text, spans = f"{block.label}. {text}", _moved(spans, len(block.label) + 2)
    if kind == BlockKind.FOOTNOTE:
        found = _LABELLED.match(text)
        if found is None:
            raise ImportRefused(_("A footnote begins with its number, as “1. …” or “[1] …”."))
        label = found[1] or found[2] or found[3]
        text, spans = text[found.end() :], _moved(spans, -found.end())
    level = (block.level or 1) if kind in LEVELLED else None
    return Block.of(kind, text, level=level, label=label, spans=spans) or block


# “[1] …”, “1. …” or “a) …”, “* …” or “1 …”.
_LABELLED = re.compile(
    r"(?:\[([^\[\]\s]{1,40})\]|([^\[\]\s]{1,40})[.)]|(\d{1,4}|[*†‡§]{1,4}))\s+(?=\S)"
)


def _moved(spans: Iterable[Span], by: int) -> list[Span]:
    return [
        replace(span, start=max(0, span.start + by), end=span.end + by)
        for span in spans
        if span.end + by > 0
    ]


def _labels(blocks: Iterable[Block]) -> set[str]:
    return {block.label for block in blocks if block.kind == BlockKind.FOOTNOTE}


def _initial(parsed: ParsedArticle) -> dict[str, str]:
    return {
        **{name: getattr(parsed, name) for name in PLAIN},
        "creators": "\n".join(parsed.creators),
        "metadata": "\n".join(f"{key}: {value}" for key, value in parsed.metadata),
    }
