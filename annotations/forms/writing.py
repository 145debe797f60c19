"""What people send: words."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotations.actions import Range, circle_of_answer
from annotations.enums import CHOSEN_CATEGORIES, Audience, Category, Motivation
from annotations.forms.places import (
    WHOLE,
    WORDS_GONE,
    HiddenFieldsForm,
    PlaceForm,
)
from annotations.models import MAX_BODY, Annotation
from annotations.permissions import (
    can_ask_as_leader,
    can_write_to,
    may_have_body,
    why_paused,
)
from annotations.room import Room
from reader.models import Circle, Paragraph

ROOT_MOTIVATIONS = [choice for choice in Motivation.choices if choice[0] != Motivation.REPLYING]
# What only leaders write: a question of theirs that everybody is asked to answer.
PROMPTING = "prompting"
MAX_TAGS = 8
ARTICLE = "article"


def _words(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


class BodyField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Your words"))
        super().__init__(
            max_length=MAX_BODY,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 4, "class": "grows", "dir": "auto"}),
            **options,
        )
        # A browser would cut what is pasted, without a word; the form says it and keeps it all.
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> str:
        return _words(super().to_python(value) or "")


class TagsField(forms.CharField):
    """Tags separated by commas or white space, with or without #."""

    def __init__(self) -> None:
        super().__init__(label=_("Tags"), required=False, max_length=400)

    def clean(self, value: Any) -> list[str]:
        names = super().clean(value).replace(",", " ").split()
        tags = list(dict.fromkeys(name.lstrip("#").casefold()[:40] for name in names))
        if len(tags) > MAX_TAGS:
            raise ValidationError(_("A note takes at most %(most)d tags.") % {"most": MAX_TAGS})
        return [tag for tag in tags if tag]


class AnnotationForm(PlaceForm):
    """A new root."""

    motivation = forms.ChoiceField(
        label=_("As"), choices=ROOT_MOTIVATIONS, widget=forms.RadioSelect
    )
    category = forms.ChoiceField(
        label=_("Marked as"),
        choices=[(choice.value, choice.label) for choice in CHOSEN_CATEGORIES],
        widget=forms.RadioSelect,
        required=False,
    )
    body = BodyField(required=False)
    tags = TagsField()
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(  # the whole article, instead of words in it
        widget=forms.HiddenInput, choices=[(ARTICLE, "")], required=False
    )

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, room=room, **kwargs)
        self.fields["audience"] = AudienceField(room)
        if can_ask_as_leader(room.membership, room.reading):
            prompt = (PROMPTING, _("Question from the leaders"))
            self.fields["motivation"].choices = [*ROOT_MOTIVATIONS, prompt]  # type: ignore[attr-defined]

    @classmethod
    def fresh(cls, room: Room, paragraph: Paragraph, **initial: Any) -> AnnotationForm:
        """An empty form on a paragraph."""
        return cls(
            room=room,
            initial={
                "motivation": Motivation.COMMENTING,
                "category": Category.YELLOW,
                "audience": default_audience(room),
                "client_id": uuid.uuid4(),
                "start_key": paragraph.key,
                "end_key": paragraph.key,
                "sentence": WHOLE,
                **initial,
            },
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"motivation", "body"} <= data.keys() and not may_have_body(
            data["motivation"], data["body"]
        ):
            self.add_error("body", _("Write a few words; only a highlight goes without."))
        return data

    def words(self) -> dict[str, Any]:
        """What `actions.annotate` takes of it, beside who writes, where and in which reading."""
        data = self.cleaned_data
        audience, circle = data["audience"]
        is_prompt = data["motivation"] == PROMPTING
        return {
            "motivation": Motivation.QUESTIONING if is_prompt else data["motivation"],
            "category": Category.VIOLET if is_prompt else data["category"],
            "audience": audience,
            "circle": circle,
            **{name: data[name] for name in ("client_id", "body", "tags")},
        }

    def refusal(self) -> str:
        return "" if self.is_about_article else super().refusal()

    def _range_now(self, data: dict[str, Any]) -> Range:
        if data.get("about") == ARTICLE:
            return self._article(data)  # whatever its text is by now
        return super()._range_now(data)

    def _words_gone(self, data: dict[str, Any]) -> str:
        nothing_written = data.get("motivation") == Motivation.HIGHLIGHTING and not data.get("body")
        return str(WORDS_GONE) if nothing_written else super()._words_gone(data)

    def _article(self, data: dict[str, Any]) -> Range:
        if data.get("motivation") != PROMPTING:
            raise ValidationError(_("Only a question from the leaders is about the whole text."))
        first = Paragraph.objects.standing().filter(article=self.room.article).exclude(text="")[0]
        return Range([first], 0, len(first.text), whole_article=True)

    @property
    def is_about_article(self) -> bool:
        return bool(self["about"].value() == ARTICLE)


class ReplyForm(HiddenFieldsForm):
    body = BodyField(label=_("Your reply"))
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    privately = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, parent: Annotation, private: bool) -> None:
        """`private`: whether the parent's author may be answered alone."""
        # Several forms may be open on one page, so each has ids of its own.
        super().__init__(data, auto_id=f"reply-{parent.uuid}-%s")
        self.parent = parent
        self.initial["client_id"] = uuid.uuid4()
        if not private:
            del self.fields["privately"]

    def clean(self) -> dict[str, Any]:
        if sentence := why_paused(self.parent.thread_root):
            raise ValidationError(_("%(why)s Your words are kept.") % {"why": sentence})
        return super().clean()


class EditForm(forms.Form):
    category = forms.ChoiceField(
        label=_("Marked as"),
        choices=[(choice.value, choice.label) for choice in CHOSEN_CATEGORIES],
        widget=forms.RadioSelect,
        required=False,
    )
    body = BodyField(required=False)
    tags = TagsField()

    def __init__(self, data: Any = None, *, annotation: Annotation) -> None:
        super().__init__(
            data,
            auto_id=f"edit-{annotation.uuid}-%s",
            initial={
                "body": annotation.body,
                "category": annotation.category,
                "tags": " ".join(annotation.tags),
            },
        )
        self.annotation = annotation
        if annotation.motivation == Motivation.QUESTIONING or not annotation.is_root:
            del self.fields["category"]

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if not may_have_body(self.annotation.motivation, body):
            raise ValidationError(_("Write a few words; to take the note away, delete it."))
        return body


class AudienceField(forms.ChoiceField):
    """Whom a note is for. The group is called by its name, a circle by its own; the value is an
    audience, with the circle's id where there is one."""

    def __init__(self, room: Room) -> None:
        self.circles = {circle.pk: circle for circle in _circles(room)}
        super().__init__(label=_("For"), choices=self._choices(room))

    def _choices(self, room: Room) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = [
            (f"{Audience.CIRCLE}-{circle.pk}", _("Circle: %(name)s") % {"name": circle.name})
            for circle in self.circles.values()
        ]
        choices.append((Audience.GROUP, room.group.name))
        choices.append((Audience.PRIVATE, Audience.PRIVATE.label))
        if can_write_to(room.membership, Audience.LEADERS):
            choices.append((Audience.LEADERS, Audience.LEADERS.label))
        return choices

    def clean(self, value: Any) -> tuple[str, Circle | None]:
        audience, _dash, circle = super().clean(value).partition("-")
        return audience, self.circles[int(circle)] if circle else None


def _circles(room: Room) -> list[Circle]:
    """Those that a person may write to: leaders any, others their own."""
    if not room.reading.has_circles:
        return []
    circles = room.reading.circles.order_by("name")
    return list(circles if room.leads else circles.filter(pk__in=room.circle_ids))


def default_audience(room: Room) -> str:
    """Whom a new note is for unless something else is chosen: one's circle, else the group."""
    return f"{Audience.CIRCLE}-{room.circle_ids[0]}" if writes_to_circle(room) else Audience.GROUP


def writes_to_circle(room: Room) -> bool:
    return room.reading.has_circles and len(room.circle_ids) == 1 and not room.leads


def answered_to(room: Room, parent: Annotation, to: str) -> str:
    """For whom an answer is, in words; `to` is what the parent's author is called."""
    circle = circle_of_answer(parent, room.membership) or parent.circle
    if parent.audience == Audience.PERSON:
        to_one = _("%(name)s and the leaders") % {"name": to}
        return to_one if room.leads else str(_("the leaders"))
    if parent.audience == Audience.LEADERS:
        return str(Audience.LEADERS.label)
    return str(circle.name if circle else room.group.name)
