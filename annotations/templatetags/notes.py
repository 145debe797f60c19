"""How paragraphs and threads are spoken of on the page."""

from functools import cache
from uuid import UUID

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import spoken
from annotations.enums import AnchorState, Audience, Category, Motivation
from annotations.models import Annotation
from annotations.rendering import REPLIES_SHOWN
from annotations.room import Room
from annotations.threads import Note
from reader.enums import BlockKind, Reveal
from reader.models import Paragraph

register = template.Library()
WORDS_IN_LABEL = 5
NOBODY = UUID(int=0)


@register.filter
def place_name(paragraph: Paragraph) -> str:
    return spoken.place(paragraph)


@register.filter
def place_name_within(paragraph: Paragraph) -> str:
    return spoken.place_within(paragraph)


@register.filter
def annotate_label(paragraph: Paragraph) -> str:
    if paragraph.kind == BlockKind.HEADING:
        return _("Annotate %(place)s") % {"place": spoken.place_within(paragraph)}
    words = paragraph.text.split()
    first = " ".join(words[:WORDS_IN_LABEL]) + ("…" if len(words) > WORDS_IN_LABEL else "")
    return _("Annotate %(place)s: %(words)s") % {
        "place": spoken.place_within(paragraph),
        "words": first,
    }


@register.filter
def notes_label(paragraph: Paragraph) -> str:
    return _("Notes on %(place)s") % {"place": spoken.place_within(paragraph)}


@register.filter
def first_replies(replies: list[Note], unfolded: bool) -> list[Note]:
    """A long thread folds in the middle: its first reply and the last ones stay."""
    if unfolded or len(replies) <= REPLIES_SHOWN:
        return replies
    return [replies[0], *replies[-(REPLIES_SHOWN - 1) :]]


@register.filter
def folded(replies: list[Note], unfolded: bool) -> int:
    return len(replies) - len(first_replies(replies, unfolded))


@register.simple_tag
def note_url(name: str, annotation: Annotation) -> str:
    """`{% url name annotation.uuid %}`, at a tenth of its price: a page has thousands of them."""
    return _address(name, get_script_prefix()).replace(str(NOBODY), str(annotation.uuid))


@cache
def _address(name: str, prefix: str) -> str:
    return reverse(name, args=[NOBODY])


@register.filter
def kind_of_note(annotation: Annotation, room: Room) -> str:
    """What is worth knowing of a note before its words: who reads it, how it stands, what it is."""
    if annotation.audience == Audience.PRIVATE:
        return _("Only you")
    if annotation.audience == Audience.LEADERS:
        return _("Leaders")
    if annotation.audience == Audience.PERSON:
        mine = annotation.addressee_id == room.user.pk
        return _("You and the leaders") if mine else _("One person and the leaders")
    if annotation.circle is not None:
        return _("Circle: %(name)s") % {"name": annotation.circle.name}
    if annotation.is_prompt:
        return _("From the leaders")
    if annotation.motivation == Motivation.QUESTIONING:
        return _("Question")
    if annotation.category in (Category.GREEN, Category.ROSE):
        return annotation.get_category_display()
    return ""


@register.filter
def made_safe(html: str) -> SafeString:
    """Words that `annotations.markdown` made safe when they were written."""
    return SafeString(html)


@register.filter
def stone_says(note: Note) -> str:
    return spoken.stone_says(note.annotation.state, note.reason)


@register.filter
def state_says(note: Note) -> str:
    return spoken.state_says(note.annotation.state, note.reason)


@register.filter
def how_many_endorse(note: Note) -> str:
    return spoken.endorsed(note.endorsements, note.annotation.motivation)


@register.filter
def what_became(state: str) -> str:
    """Of a note's words, since the text was corrected."""
    if state == AnchorState.DETACHED:
        return _("These words are no longer in the text")
    if state == AnchorState.APPROXIMATE:
        return _("Its words are only nearly here now")
    return _("The text changed here") if state == AnchorState.MOVED else ""


@register.filter
def what_would_become(state: str) -> str:
    """The same of a correction that isn't published yet."""
    if state == AnchorState.DETACHED:
        return _("Loses its words")
    if state == AnchorState.APPROXIMATE:
        return _("Will be only nearly on its words")
    return _("Goes along")


@register.filter
def placed_says(state: str) -> str:
    """Of notes from elsewhere: how surely their words were found in the text."""
    said = {
        AnchorState.EXACT: _("exactly where they were"),
        AnchorState.MOVED: _("found, somewhat changed"),
        AnchorState.APPROXIMATE: _("only nearly found"),
        AnchorState.DETACHED: _("not in this text"),
    }
    return said[AnchorState(state)]


@register.filter
def reveal_sentence(room: Room) -> str:
    """When this person comes to see what others wrote."""
    reading = room.reading
    if reading.reveal == Reveal.AT_DATE:
        when = date_format(localtime(reading.reveal_at), "j F, H:i") if reading.reveal_at else ""
        return _("You see what others wrote from %(when)s on.") % {"when": when}
    if room.membership is None:
        return _("What was written here is seen by members who take part.")
    if reading.reveal == Reveal.AFTER_FINISHED:
        return _("You see what others wrote once you say that you have finished.")
    if not room.may_write:
        return _("What was written here is seen by those who wrote; leaders can show it to all.")
    left = max(1, reading.reveal_after - room.part.written)
    if room.part.written:
        more = ngettext("one more note", "%(left)d more notes", left) % {"left": left}
    else:
        more = ngettext("a note", "%(left)d notes", left) % {"left": left}
    sentence = _("You see what others wrote once you have written %(more)s yourself.")
    return sentence % {"more": more}
