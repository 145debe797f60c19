from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reader.enums import BlockKind, Role
from reader.importing import FORMATS, Block, ImportRefused, ParsedArticle, SpanKind, parse
from reader.importing.decoding import MAX_BYTES
from reader.models import Membership, StudyGroup, User
from reader.permissions import can_invite_as

LEAVE_OUT = "leave-out"


class GroupForm(forms.ModelForm[StudyGroup]):
    class Meta:
        model = StudyGroup
        fields = ("name", "description", "rules")
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "rules": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "description": _("What you read together, how often, for whom."),
            "rules": _("Shown to everybody who joins."),
        }


class InvitationForm(forms.Form):
    days = forms.IntegerField(label=_("Good for, in days"), min_value=1, max_value=30, initial=7)
    max_uses = forms.IntegerField(
        label=_("For how many people"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=_("Empty for any number."),
    )

    def __init__(self, *args: Any, membership: Membership | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [
            (role.value, role.label)
            for role in (Role.MEMBER, Role.MODERATOR)
            if can_invite_as(membership, role)
        ]
        self.fields["role"] = forms.ChoiceField(label=_("As"), choices=roles)
        self.order_fields(["role"])


class SettingsForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("name", "theme", "text_size")
        widgets = {"theme": forms.RadioSelect, "text_size": forms.RadioSelect}


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
        upload = data.get("file")
        if not upload and not data.get("text", "").strip():
            raise ValidationError(_("Choose a file or paste a text."))
        self.filename = upload.name if upload else ""
        raw = upload.read(MAX_BYTES + 1) if upload else data["text"].encode()
        try:
            self.parsed = parse(raw, filename=self.filename, format=data.get("format") or None)
        except ImportRefused as refused:
            self.add_error("file" if upload else "text", str(refused))
        return data


class DraftForm(forms.Form):
    """The metadata of an article on its way in; its blocks' kinds stand beside, by index."""

    title = forms.CharField(label=_("Title"), max_length=400)
    subtitle = forms.CharField(label=_("Subtitle"), max_length=400, required=False)
    creators = forms.CharField(
        label=_("Authors"),
        required=False,
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    series = forms.CharField(label=_("Series"), max_length=400, required=False)
    date = forms.CharField(label=_("Date"), max_length=200, required=False)
    language = forms.CharField(
        label=_("Language"),
        max_length=12,
        required=False,
        help_text=_("A code such as en, de, he or zh-Hant."),
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

    def __init__(self, data: Any = None, *, parsed: ParsedArticle) -> None:
        super().__init__(data, initial=_initial(parsed))
        self.parsed = parsed

    def clean_metadata(self) -> tuple[tuple[str, str], ...]:
        pairs = []
        for line in self.cleaned_data["metadata"].splitlines():
            key, colon, value = line.partition(":")
            if line.strip() and not (colon and key.strip() and value.strip()):
                raise ValidationError(_("“%(line)s” is not “Key: value”.") % {"line": line})
            if line.strip():
                pairs.append((key.strip(), value.strip()))
        return tuple(pairs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                self.mended = self._mended(data).checked()
            except ImportRefused as refused:
                self.add_error(None, str(refused))
        return data

    def kind_of(self, index: int) -> str:
        """The kind chosen for a block, or the guess where nothing sensible was sent."""
        chosen = self.data.get(f"kind-{index}", "") if self.is_bound else ""
        known = chosen == LEAVE_OUT or chosen in BlockKind.values
        return chosen if known else self.parsed.blocks[index].kind

    def rows(self) -> list[tuple[int, Block, str]]:
        return [
            (index, block, self.kind_of(index)) for index, block in enumerate(self.parsed.blocks)
        ]

    def _mended(self, data: dict[str, Any]) -> ParsedArticle:
        blocks = [
            retyped(block, BlockKind(kind))
            for _index, block, kind in self.rows()
            if kind != LEAVE_OUT
        ]
        return replace(
            self.parsed,
            **{name: data[name] for name in ("title", "subtitle", "series", "date", "language",
                                             "source", "rights", "metadata")},
            creators=tuple(filter(None, map(str.strip, data["creators"].splitlines()))),
            blocks=tuple(blocks),
        )  # fmt: skip


def retyped(block: Block, kind: BlockKind) -> Block:
    """The same words as another kind. A footnote's label goes back into its words, so that
    none is lost; formatting keeps its place."""
    if kind == block.kind or block.kind == BlockKind.SEPARATOR:
        return block
    if kind == BlockKind.SEPARATOR:
        return Block(kind, "")
    text, label, spans = block.text, block.label, block.spans
    if block.kind == BlockKind.FOOTNOTE:
        before = f"{label}. "
        text, label = before + text, ""
        spans = tuple(
            replace(span, start=span.start + len(before), end=span.end + len(before))
            for span in spans
        )
    if kind == BlockKind.FOOTNOTE:
        first, _space, rest = text.partition(" ")
        label = first.strip("[].)")
        if not (label.isalnum() and rest):
            raise ImportRefused(_("A footnote begins with its number: “1. …”."))
        cut = len(text) - len(rest)
        text = rest
        spans = tuple(
            replace(span, start=span.start - cut, end=span.end - cut)
            for span in spans
            if span.start >= cut and span.kind != SpanKind.FOOTNOTE_REF
        )
    level = 1 if kind in (BlockKind.HEADING, BlockKind.LIST_ITEM) else None
    return Block(kind, text, block.level or level if level else None, label, spans)


def _initial(parsed: ParsedArticle) -> dict[str, str]:
    return {
        **{name: getattr(parsed, name) for name in ("title", "subtitle", "series", "date",
                                                    "language", "source", "rights")},
        "creators": "\n".join(parsed.creators),
        "metadata": "\n".join(f"{key}: {value}" for key, value in parsed.metadata),
    }  # fmt: skip
