"""What whoever corrects a text sends: a step in the list of its blocks, a block anew, a new
version, the word to publish."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from reader.drafting import Draft, Json, NotInDraft, id_of
from reader.enums import NUMBERED, BlockKind
from reader.forms.articles import LEVELLED, ImportForm, retyped
from reader.importing import Block, ImportRefused, Span
from reader.importing.parsed import LINED, MAX_BLOCK, with_references, within
from reader.models import Correction
from reader.states import state_of
from reader.words import followed

DEEPEST = 6
MOST = 4 * MAX_BLOCK  # characters typed at once; more comes in as a new version of the text
_GAP = re.compile(r"\n(?:[^\S\n]*\n)+")

# What a button of the list does with the block that it names.
_STEPS: dict[str, Callable[[Draft, Draft, str], Draft]] = {
    "up": lambda draft, published, block: draft.raised(block),
    "down": lambda draft, published, block: draft.lowered(block),
    "join": lambda draft, published, block: draft.joined(block),
    "out": lambda draft, published, block: draft.without(block),
    "back": lambda draft, published, block: draft.put_back(block, published),
    "mine": lambda draft, published, block: draft.settled(block, theirs=False),
    "theirs": lambda draft, published, block: draft.settled(block, theirs=True),
}


class OfDraft(forms.Form):
    """Sent about a draft as it was seen. It is stale where that has been changed since."""

    is_stale = False

    @property
    def status(self) -> int:
        """Of the page that shows it."""
        return 409 if self.is_stale else 422 if self.is_bound else 200


class StepForm(OfDraft):
    """One step with the blocks as they are listed: a button's name says which, its value with
    what. `seen` tells which state of the draft was looked at."""

    draft: Draft  # as the step leaves it
    place: str  # the id of the element at which the next step is likely

    def __init__(self, data: Any = None, *, draft: Draft, published: Draft) -> None:
        super().__init__(data)
        self.before, self.published = draft, published
        self.is_stale = self.is_bound and self.data.get("seen") != draft.state

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise ValidationError(
                _(
                    "Nothing was done: you have changed this text in another window since. "
                    "This is how it stands now."
                )
            )
        try:
            self.draft = self._taken()
        except NotInDraft:
            raise ValidationError(_("There is no such paragraph in this text.")) from None
        except ImportRefused as refused:
            raise ValidationError(str(refused)) from None
        if not self.draft.blocks:
            raise ValidationError(_("Something has to stay: this is all that there is."))
        return super().clean() or {}

    def _taken(self) -> Draft:
        if "move" in self.data:
            block = self.data["move"]
            self.place = f"b-{block}"
            return self.before.moved(block, self._number(self.data.get("after", "")))
        name = next((name for name in _STEPS if name in self.data), None)
        if name is None:
            raise NotInDraft
        block = self.data[name]
        self.place = "both" if name in {"mine", "theirs"} else f"b-{block}"
        return _STEPS[name](self.before, self.published, block)

    def _number(self, typed: str) -> str:
        """The block with this number, and "" for the beginning of the text."""
        counted = [block for block in self.before.blocks if block["kind"] in NUMBERED]
        if not typed.isdecimal() or len(typed) > 5 or int(typed) > len(counted):
            raise ImportRefused(_("There is no paragraph of this number."))
        return id_of(counted[int(typed) - 1]) if int(typed) else ""


class BlockForm(OfDraft):
    """One block: its words, and what they are. An empty line makes two of it. `seen` tells which
    state of the block was looked at, or of the whole draft where the block is new."""

    text = forms.CharField(
        label=_("Its words"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "grows", "rows": 6, "autofocus": True}),
    )
    kind = forms.ChoiceField(label=_("It is a"), choices=BlockKind.choices)
    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[(level, level) for level in range(1, DEEPEST + 1)],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("1 is the highest, or for an item of a list the outermost."),
    )

    pieces: list[Block]

    def __init__(self, data: Any = None, *, block: Json | None, draft: Draft) -> None:
        self.is_new = block is None
        self.block = Block.from_json(block) if block else Block(BlockKind.PARAGRAPH, "")
        initial = {
            "text": self.block.text,
            "kind": self.block.kind.value,
            "level": self.block.level or 1,
        }
        super().__init__(data, initial=initial)
        # Sent twice, a new one would be there twice.
        self.state = draft.state if self.is_new else state_of(block)
        self.is_stale = self.is_bound and self.data.get("seen") != self.state
        self.labels = draft.labels
        self.fields["text"].help_text = self._help()

    def _help(self) -> str:
        if self.block.kind not in LINED:
            return gettext(
                "Where you leave an empty line, it becomes two. "
                "Italics, links and the like stay with their words."
            )
        return ngettext(
            "Its lines stay as they are. Where you leave %(number)d empty line, it becomes two.",
            "Its lines stay as they are. Where you leave %(number)d empty lines, it becomes two.",
            self._gap - 1,
        ) % {"number": self._gap - 1}

    @property
    def _gap(self) -> int:
        """How many line ends divide two blocks: verse and the like hold empty lines themselves."""
        longest = max((gap.count("\n") for gap in _GAP.findall(self.block.text)), default=2)
        return max(3, longest + 1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_stale and self.is_new:
            raise ValidationError(
                _(
                    "Not kept yet: you have changed this text in another window meanwhile, or "
                    "sent this already. What you wrote is below; keep it if it isn’t there yet."
                )
            )
        if self.is_stale:
            raise ValidationError(
                _(
                    "Not kept yet: this was changed in another window meanwhile. What you wrote "
                    "is below; keep it, and it stands instead."
                )
            )
        if self.errors:
            return data
        try:
            self.pieces = self._pieces(data["text"], BlockKind(data["kind"]), data["level"] or 1)
        except ImportRefused as refused:
            raise ValidationError(str(refused)) from None
        if not self.pieces:
            self.add_error(
                "text",
                _("Write the words of the new paragraph.")
                if self.is_new
                else _("There are no words. To take it out, use “Take out”."),
            )
        return data

    def _pieces(self, text: str, kind: BlockKind, level: int) -> list[Block]:
        if kind == BlockKind.SEPARATOR:
            return [retyped(Block(BlockKind.PARAGRAPH, text), kind)]
        text = re.sub(r"\r\n?", "\n", text)
        if len(text) > MOST:
            raise ImportRefused(
                _("More than %(most)d characters: import a new version of the text instead.")
                % {"most": MOST}
            )
        spans = self._spans(text)
        made: list[Block] = []
        for start, end in self._divided(text, kind):
            piece = self._piece(text[start:end], within(spans, start, end), kind, not made)
            if piece is not None:
                if len(piece.text) > MAX_BLOCK:
                    raise ImportRefused(
                        _("That is more than %(most)d characters; an empty line makes two of it.")
                        % {"most": MAX_BLOCK}
                    )
                made.append(replace(piece, level=level if kind in LEVELLED else None))
        return made

    def _spans(self, text: str) -> list[Span]:
        old = self.block.spans
        places = followed(self.block.text, text, [(span.start, span.end) for span in old])
        return [
            replace(span, start=place[0], end=place[1])
            for span, place in zip(old, places, strict=True)
            if place is not None
        ]

    def _divided(self, text: str, kind: BlockKind) -> Iterator[tuple[int, int]]:
        ends = self._gap if kind in LINED else 2
        start = 0
        for gap in _GAP.finditer(text):
            if gap[0].count("\n") >= ends:
                yield start, gap.start()
                start = gap.end()
        yield start, len(text)

    def _piece(
        self, text: str, spans: Sequence[Span], kind: BlockKind, is_first: bool
    ) -> Block | None:
        """One block of these words. Becoming a footnote, or none any more, moves its label."""
        label = self.block.label if is_first else ""
        was = BlockKind.FOOTNOTE if label else BlockKind.PARAGRAPH
        moves = BlockKind.FOOTNOTE in {kind, was} and kind != was
        made = Block.of(was if moves else kind, text, label=label, spans=spans)
        if made is None:
            return None
        written = {label for label in self.labels if f"[{label}]" not in self.block.text}
        return with_references(retyped(made, kind) if moves else made, written)


class NewVersionForm(OfDraft, ImportForm):
    """The whole text anew. Where changes have been begun, they go only if that is said."""

    instead = forms.BooleanField(
        label=_("Throw away the changes that I have begun"),
        error_messages={
            "required": _("You have begun to change this text. Say that these changes may go.")
        },
    )

    def __init__(self, *args: Any, has_changes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_changes:
            del self.fields["instead"]


class InsteadForm(OfDraft):
    """An earlier text, to be the text again; as above."""

    def __init__(self, data: Any = None, *, has_changes: bool) -> None:
        super().__init__(data)
        if has_changes:
            self.fields["instead"] = NewVersionForm.base_fields["instead"]


class PublishCorrectionForm(OfDraft):
    """The word on a correction, once it was looked at with all that it does; `seen` names the
    state in which it was."""

    comment = forms.CharField(
        label=_("What was corrected"),
        required=False,
        max_length=Correction._meta.get_field("comment").max_length,
        help_text=_("A sentence for everybody who reads the text. It may stay empty."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, correction: Correction) -> None:
        super().__init__(data, initial={"comment": correction.comment, "seen": correction.state})
        self.correction = correction
        self.is_stale = self.is_bound and self.data.get("seen") != correction.state

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise ValidationError(
                _(
                    "Nothing was published: this correction was changed in the meantime. "
                    "Below is what it does now."
                )
            )
        return super().clean() or {}
