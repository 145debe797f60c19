"""What people send: which words of a text they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.utils.translation import gettext_lazy as _

from annotations.actions import Range, carried
from annotations.room import Room
from annotations.selectors import CONTEXT, find_quote, quote, same_words, sentences
from reader.models import Paragraph
from reader.texts import Stood, Texts

# A paragraph as it is or, with the same attributes, as it was.
type Words = Any

MAX_PARAGRAPHS = 40
NO_PARAGRAPH = _("This paragraph is no longer part of the text.")
TEXT_CHANGED = _("The text has changed since this page was opened. Load it again and choose anew.")
WORDS_GONE = _(
    "These words are no longer in the text. Load the page again to read the present one."
)
MAX_FOUND = 20
WHOLE = "whole"


class HiddenFieldsForm(forms.Form):
    """A form with fields that a person doesn't see: what is wrong with one is said above it."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if any(field.errors for field in self.hidden_fields()):
            self.add_error(None, _("This form is damaged. Load its page again and write there."))
        return data


class PlaceForm(HiddenFieldsForm):
    """A place in a text: either a range that the browser measured, in code points, or a sentence
    or quoted words, which need no script."""

    start_key = forms.CharField(widget=forms.HiddenInput, max_length=12)
    start = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
    end_key = forms.CharField(widget=forms.HiddenInput, max_length=12, required=False)
    end = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
    exact = forms.CharField(widget=forms.HiddenInput, strip=False, required=False)
    # The text revision in which the place was chosen.
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    sentence = forms.CharField(required=False, max_length=24)
    wanted = forms.CharField(
        label=_("Or quote the words you mean"),
        required=False,
        max_length=4000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room
        self.range: Range | None = None
        self.was_of_earlier_text = False
        self.initial.setdefault("revision", room.article.text_revision)
        # The text in which the place is looked for, where it isn't the present one.
        self._earlier: list[Stood] | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("start_key"):
            try:
                self.range = self._range_now(data)
            except ValidationError as refused:
                self.add_error(None, refused)
        if self.is_of_earlier_text:
            self.was_of_earlier_text = True
            self._bring_up_to_date()
        return data

    @property
    def is_of_earlier_text(self) -> bool:
        return self._revision != self.room.article.text_revision

    @property
    def _revision(self) -> int:
        """The text revision that the form speaks of; the present one where it says nothing."""
        given = str(self["revision"].value() or "")
        known = given.isdecimal() and len(given) < 10
        return int(given) if known else self.room.article.text_revision

    def _range_now(self, data: dict[str, Any]) -> Range:
        """The place in the present text. One that was chosen in an earlier text is followed to
        where its words are now."""
        if not self.is_of_earlier_text:
            return self._range(data)
        try:
            with self._text_of_form():
                then = self._range(data)
        except ValidationError:
            if not data.get("exact"):
                raise
            # Parts of an open page are newer than the page.
            return self._range(data)
        where = carried(self.room.article, self._revision, then)
        if where is None:
            raise ValidationError(self._words_gone(data))
        return where

    def _words_gone(self, data: dict[str, Any]) -> str:
        return str(
            _(
                "These words were taken out of the text while you wrote. "
                "Nothing of yours is lost: choose other words for it."
            )
        )

    @contextmanager
    def _text_of_form(self) -> Iterator[None]:
        """Look for places in the text that the form speaks of."""
        if self.is_of_earlier_text:
            texts = Texts(self.room.article)
            if self._revision not in texts.revisions:
                raise ValidationError(TEXT_CHANGED)
            self._earlier = texts.at(self._revision)
        try:
            yield
        finally:
            self._earlier = None

    def _bring_up_to_date(self) -> None:
        """Let the form speak of the present text if it is shown again: of the place to which its
        words were followed, or of none, in a paragraph that stands."""
        place = self._nowhere() if self.range is None else as_measured(self.range)
        self.data = self.data.copy()  # type: ignore[attr-defined]
        for name, value in {**place, "revision": self.room.article.text_revision}.items():
            self.data[name] = str(value)  # type: ignore[index]

    def _nowhere(self) -> dict[str, object]:
        """No place yet, in the paragraph of the form or, where that was taken out, beside it."""
        key = str(self["start_key"].value() or "")
        standing = Paragraph.objects.standing().filter(article=self.room.article)
        if key and not standing.by_key(key):
            key = self._nearest(key)
        return {
            "start_key": key, "end_key": "", "start": "", "end": "", "exact": "", "sentence": "",
        }  # fmt: skip

    def _nearest(self, key: str) -> str:
        """The paragraph with words that stood before this one and still stands, else the one that
        came after; the first of the present text where there is neither."""
        texts = Texts(self.room.article)
        known = self._revision in texts.revisions
        then = texts.at(self._revision if known else self.room.article.text_revision)
        gone = Paragraph.objects.filter(article=self.room.article).by_key(key).get(key)
        at = next((at for at, each in enumerate(then) if gone and each.pk == gone.pk), 0)
        standing = Paragraph.objects.standing().filter(article=self.room.article)
        present = {each.pk: each.key for each in standing.exclude(text="")}
        beside = [*reversed(then[:at]), *then[at:]]
        kept = [present[each.pk] for each in beside if each.pk in present]
        return next(iter([*kept, *present.values()]), key)

    def _range(self, data: dict[str, Any]) -> Range:
        paragraphs = self._paragraphs(data["start_key"], data.get("end_key") or data["start_key"])
        if data.get("wanted"):
            found = self._quoted(paragraphs[0], data["wanted"])
        elif data.get("sentence"):
            found = Range(paragraphs[:1], *self._sentence(paragraphs[0], data["sentence"]))
        else:
            found = self._measured(paragraphs, data)
        texts = [paragraph.text for paragraph in found.paragraphs]
        if not quote(texts, found.start, found.end).exact.strip():
            raise ValidationError(_("Choose the words that the note is about."))
        return found

    @property
    def is_measured(self) -> bool:
        """Whether it carries offsets that a browser measured, and asks for no sentence."""
        return all(self[name].value() not in (None, "") for name in ("start", "end"))

    def refusal(self) -> str:
        """Why nothing can be written on the place that an empty form is for; "" where it can.
        Words in a paragraph that was taken out are followed first."""
        try:
            with self._text_of_form():
                there = self._paragraphs(self["start_key"].value(), self["end_key"].value())
            if self.is_of_earlier_text and self._is_gone(there[0]):
                self._follow(there)
        except ValidationError as refused:
            return str(refused.messages[0])
        return ""

    def _is_gone(self, paragraph: Words) -> bool:
        standing = Paragraph.objects.standing().filter(article=self.room.article)
        return not standing.filter(pk=paragraph.pk).exists()

    def _follow(self, paragraphs: Sequence[Words]) -> None:
        """Let an empty form be for the place where the words are now that it was opened for."""
        if not self.is_measured:
            raise ValidationError(NO_PARAGRAPH)
        measured = {name: self.fields[name].clean(self[name].value()) for name in ("start", "end")}
        then = self._measured(paragraphs, measured)
        where = carried(self.room.article, self._revision, then)
        if where is None:
            raise ValidationError(WORDS_GONE)
        place = {**as_measured(where), "revision": self.room.article.text_revision}
        for name, value in place.items():
            self[name].initial = value  # a field that was read keeps the one of the form

    def quoted(self) -> str:
        """The words between the offsets that the form carries; "" where it carries none."""
        carried = [self[name].value() for name in ("start_key", "end_key", "start", "end")]
        first, last, start, end = (str(value or 0) for value in carried)
        if not (start.isdecimal() and end.isdecimal() and len(start + end) < 20):
            return ""
        try:
            with self._text_of_form():
                texts = [paragraph.text for paragraph in self._paragraphs(first, last)]
        except ValidationError:
            return ""
        return quote(texts, int(start), int(end)).exact

    def _paragraphs(self, first: str, last: str) -> Sequence[Words]:
        if self._earlier is not None:
            return self._paragraphs_then(self._earlier, first, last)
        standing = Paragraph.objects.standing().filter(article=self.room.article)
        ends = standing.by_key(first, last)
        if first not in ends or last not in ends:
            raise ValidationError(NO_PARAGRAPH)
        positions = ends[first].position, ends[last].position
        _check_order(*positions)
        if first == last:
            return [ends[first]]
        return list(standing.filter(position__range=positions))

    def _paragraphs_then(self, text: Sequence[Stood], first: str, last: str) -> Sequence[Words]:
        ends = Paragraph.objects.filter(article=self.room.article).by_key(first, last)
        stood = {each.pk: at for at, each in enumerate(text)}
        if not all(key in ends and ends[key].pk in stood for key in (first, last)):
            raise ValidationError(NO_PARAGRAPH)
        start, end = (stood[ends[key].pk] for key in (first, last))
        _check_order(start, end)
        return text[start : end + 1]

    def _measured(self, paragraphs: Sequence[Words], data: dict[str, Any]) -> Range:
        start, end = data.get("start"), data.get("end")
        if start is None or end is None:
            raise ValidationError(_("Choose the words that the note is about."))
        inside = start <= len(paragraphs[0].text) and end <= len(paragraphs[-1].text)
        if not inside or (len(paragraphs) == 1 and start >= end):
            raise ValidationError(_("The selection lies outside the text."))
        here = quote([paragraph.text for paragraph in paragraphs], start, end).exact
        if data.get("exact") and not same_words(here, data["exact"]):
            raise ValidationError(TEXT_CHANGED)
        return Range(paragraphs, start, end)

    def _sentence(self, paragraph: Words, chosen: str) -> tuple[int, int]:
        if chosen == WHOLE:
            return 0, len(paragraph.text)
        for start, end in sentences_of(paragraph):
            if chosen == f"{start}-{end}":
                return start, end
        raise ValidationError(_("Choose one of the sentences."))

    def _quoted(self, paragraph: Words, wanted: str) -> Range:
        found = find_quote(paragraph.text, wanted)
        if not found:
            raise ValidationError(_("These words don't stand in the paragraph."))
        if len(found) > 1:
            raise ValidationError(
                _("These words stand here %(times)d times. Quote a few more of them.")
                % {"times": len(found)}
            )
        return Range([paragraph], *found[0])


@dataclass(frozen=True, slots=True)
class Found:
    """One of several places where quoted words stand."""

    paragraph: Paragraph
    start: int
    end: int

    @property
    def value(self) -> str:
        return f"{self.paragraph.key}-{self.start}-{self.end}"

    @property
    def words(self) -> str:
        return self.paragraph.text[self.start : self.end]

    @property
    def before(self) -> str:
        return self.paragraph.text[max(0, self.start - CONTEXT) : self.start]

    @property
    def after(self) -> str:
        return self.paragraph.text[self.end : self.end + CONTEXT]


def as_measured(where: Range) -> dict[str, object]:
    """A place as a browser would send it that had measured it."""
    texts = [paragraph.text for paragraph in where.paragraphs]
    return {
        "start_key": where.paragraphs[0].key,
        "start": where.start,
        "end_key": where.paragraphs[-1].key,
        "end": where.end,
        "exact": quote(texts, where.start, where.end).exact,
    }


class NewPlaceForm(PlaceForm):
    """Where a note belongs from now on. Quoted words are looked for in the whole text; where they
    stand several times, the one that is meant is chosen next."""

    found = forms.CharField(required=False, max_length=48)

    def __init__(self, data: Any = None, *, room: Room, paragraph: Paragraph) -> None:
        initial = {"start_key": paragraph.key, "end_key": paragraph.key}
        super().__init__(data, room=room, initial=initial, auto_id="place-%s")
        self.paragraph = paragraph
        self.several: list[Found] = []

    @property
    def offered(self) -> Paragraph:
        """The paragraph whose sentences can be chosen."""
        key = str(self["start_key"].value() or "")
        if key == self.paragraph.key or not slug_re.match(key):
            return self.paragraph
        standing = Paragraph.objects.standing().filter(article=self.room.article, key=key)
        return standing.first() or self.paragraph

    def _range_now(self, data: dict[str, Any]) -> Range:
        if data.get("wanted"):
            return self._in_text(data["wanted"], data.get("found", ""))
        return super()._range_now(data)

    def _in_text(self, wanted: str, chosen: str) -> Range:
        text = Paragraph.objects.standing().filter(article=self.room.article)
        hits = [Found(each, *span) for each in text for span in find_quote(each.text, wanted)]
        meant = [hit for hit in hits if hit.value == chosen] or hits
        if not meant:
            raise ValidationError(_("These words don't stand in the text."))
        if len(meant) > 1:
            self.several = meant[:MAX_FOUND]
            raise ValidationError(
                _("These words stand in the text %(times)d times. Choose below which you mean.")
                % {"times": len(meant)}
            )
        return Range([meant[0].paragraph], meant[0].start, meant[0].end)


def _check_order(first: int, last: int) -> None:
    if first > last:
        raise ValidationError(_("The selection ends before it begins."))
    if last - first >= MAX_PARAGRAPHS:
        raise ValidationError(
            _("A note covers at most %(most)d paragraphs.") % {"most": MAX_PARAGRAPHS}
        )


def sentences_of(paragraph: Words) -> list[tuple[int, int]]:
    """The sentences that can be chosen without script."""
    return sentences(paragraph.text, [(start, end) for start, end, _ in paragraph.references])
