"""Notes out of Web Annotations in JSON-LD: our own, of which nothing is lost, and others'.

https://www.w3.org/TR/annotation-model/. Read as the model writes it, by its JSON keys; whoever has
the same in other words compacts it first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from uuid import NAMESPACE_URL, uuid5

import nh3
from django.utils.translation import gettext as _

from annotations.enums import PUBLISHED, AnchorState, Audience, Category, Motivation, State
from annotations.importing.foreign.incoming import (
    FARTHEST,
    LONGEST_ID,
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_NOTES,
    Fields,
    Incoming,
    IncomingNote,
    IncomingPerson,
    NotNotes,
    Skipped,
    Spot,
    body_of,
    position_of,
    quote_of,
    tags_of,
    too_many,
)
from annotations.models import MAX_BODY
from annotations.selectors import Quote

SOURCE = "web-annotations"
_LONGEST_TEXT = 5 * MAX_BODY  # HTML is longer than what it says
_DEEPEST = 20  # how often a selector is refined
_FRAGMENT = re.compile(r"#?p-([A-Za-z0-9_-]{1,40})")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote)\s*>", re.IGNORECASE)
_KINDS = ("Annotation", "AnnotationPage", "AnnotationCollection")


def is_one(value: object) -> bool:
    """Whether there is an annotation in this, by its look."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return False
    return bool(_types(first).intersection(_KINDS)) or "@graph" in first


def read(value: object) -> Incoming:
    """Raises NotNotes for what can't be read."""
    if not is_one(value):
        raise NotNotes(_("These aren’t Web Annotations."))
    people: dict[str, IncomingPerson] = {}
    notes: list[IncomingNote] = []
    skipped: list[Skipped] = []
    for number, item in enumerate(_annotations(value), start=1):
        if number > MOST_NOTES:
            too_many()
        name = _("note %(number)d") % {"number": number}
        if isinstance(item, str):
            skipped.append(Skipped(item[:LONGEST_ID], name, _("The file has its address alone.")))
            continue
        note, person = _note(Fields.of(name, item))
        people.setdefault(person.key, person)
        notes.append(note)
        if note.is_stone and "catena:stone" not in item:  # type: ignore[operator]
            reason = _("It was hidden, or removed, where it comes from.")
            skipped.append(Skipped(note.id, name, reason))
    return Incoming(SOURCE, people, _as_threads(notes), skipped)


def _types(value: dict[str, object]) -> set[str]:
    said = value.get("type", value.get("@type"))
    found = said if isinstance(said, list) else [said]
    return {re.split(r"[#/:]", each)[-1] for each in found if isinstance(each, str)}


def _annotations(value: object) -> Iterator[object]:
    """Every annotation, in order, out of whatever it is wrapped in."""
    waiting: list[object] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            types = _types(each)
            if "Annotation" in types:
                yield each
            else:
                waiting += reversed(list(_wrapped(each, types)))
        elif each is not None:
            raise NotNotes(_("There is something in this file that is no annotation."))


def _wrapped(value: dict[str, object], types: set[str]) -> Iterator[object]:
    """What stands in a collection or a page. The pages that they only name aren't here."""
    if "@graph" in value:
        yield value["@graph"]
    if "AnnotationCollection" in types:
        if not isinstance(value.get("first"), str):
            yield value.get("first")
        yield value.get("catena:pages")
    if "AnnotationPage" in types:
        yield value.get("items")
        if not isinstance(value.get("next"), str):
            yield value.get("next")


def _as_threads(notes: list[IncomingNote]) -> list[IncomingNote]:
    """Whatever has another note for its target answers it, whether it says so or not."""
    known = {note.id for note in notes}
    return [
        replace(note, ancestors=(note.about,), whole_article=False)
        if not note.is_reply and note.whole_article and note.about in known - {note.id}
        else note
        for note in notes
    ]


def _note(fields: Fields) -> tuple[IncomingNote, IncomingPerson]:
    motivations = [_bare(each) for each in fields.texts("motivation", LONGEST_LINE)]
    state = _state(fields)
    is_stone = bool(fields.text("catena:stone", LONGEST_ID)) or state not in PUBLISHED
    body, tags = _bodies(fields)
    person = _person(fields)
    target = _target(fields)
    answers = target.source if Motivation.REPLYING in motivations and target.is_plain else ""
    note = IncomingNote(
        id=_id(fields),
        author="" if is_stone else person.key,
        name=fields.name,
        address=_id(fields),
        ancestors=(answers,) if answers else (),
        created=fields.moment("created"),
        edited=fields.moment("modified"),
        motivation=_motivation(motivations, body, answers),
        category=_category(fields),
        body="" if is_stone else body,
        tags=() if is_stone else tags,
        quote=target.quote,
        position=target.position,
        spot=_with_blocks(target.spot, fields),
        anchor_state=_anchor_state(fields),
        whole_article=not answers and target.is_whole,
        audience=_audience(fields),
        circle=fields.text("catena:circle", LONGEST_LINE),
        about=target.source,
        state=state,
        is_stone=is_stone,
        resolved_at=fields.moment("catena:resolved"),
        resolution=fields.text("catena:resolution", LONGEST_LINE),
    )
    return note, IncomingPerson("", "") if is_stone else person


def _id(fields: Fields) -> str:
    """Its own; of one that has none what it says, so that it is known again."""
    said = fields.text("id", LONGEST_ID) or fields.text("@id", LONGEST_ID)
    if said:
        return said
    words = json.dumps(fields.values, sort_keys=True, default=str)
    return f"urn:uuid:{uuid5(NAMESPACE_URL, words)}"


def _bare(word: str) -> str:
    """A term of the vocabulary without its prefix, or its address."""
    return re.split(r"[#/:]", word)[-1]


def _motivation(said: list[str], body: str, answers: str) -> Motivation:
    if answers:
        return Motivation.REPLYING
    if Motivation.QUESTIONING in said and body:
        return Motivation.QUESTIONING
    if Motivation.HIGHLIGHTING in said or not body:
        return Motivation.HIGHLIGHTING
    return Motivation.COMMENTING


def _category(fields: Fields) -> str:
    said = fields.text("catena:category", LONGEST_LINE)
    return said if said in Category.values else ""


def _state(fields: Fields) -> State:
    said = fields.text("catena:state", LONGEST_LINE)
    return State(said) if said in State.values else State.VISIBLE


def _audience(fields: Fields) -> Audience:
    """What says nothing is for everybody; what says something unknown is kept back."""
    said = fields.text("catena:audience", LONGEST_LINE) or Audience.GROUP
    return Audience(said) if said in Audience.values else Audience.PRIVATE


def _anchor_state(fields: Fields) -> AnchorState:
    said = fields.text("catena:anchorState", LONGEST_LINE)
    return AnchorState(said) if said in AnchorState.values else AnchorState.EXACT


def _with_blocks(spot: Spot | None, fields: Fields) -> Spot | None:
    said = fields.several("catena:blocks")
    if spot is None or not said:
        return spot
    first, last = said[0], said[-1]
    if isinstance(first, bool) or not (isinstance(first, int) and isinstance(last, int)):
        fields.wrong("catena:blocks")
    return replace(spot, blocks=(first, last)) if 0 <= first <= last <= FARTHEST else spot


def _person(fields: Fields) -> IncomingPerson:
    """The first of its creators."""
    creators = fields.several("creator")
    if not creators:
        return IncomingPerson("", "")
    if not isinstance(creators[0], dict):
        key = fields.said("creator", creators[0], LONGEST_ID)
        return IncomingPerson(key, re.split(r"[#/:]", key.rstrip("/"))[-1])
    creator = Fields(fields.name, creators[0])
    names = [*creator.texts("name", LONGEST_NAME), *creator.texts("nickname", LONGEST_NAME)]
    name = next((name for name in names if name.strip()), "")
    key = creator.text("id", LONGEST_ID) or creator.text("@id", LONGEST_ID) or name
    return IncomingPerson(key, name or re.split(r"[#/:]", key.rstrip("/"))[-1])


def _bodies(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """The words, several bodies one below the other, and the tags."""
    words = [fields.text("bodyValue", _LONGEST_TEXT)]
    tags: list[str] = []
    for body in fields.several("body"):
        if not isinstance(body, dict):
            said = fields.said("body", body, _LONGEST_TEXT)
            words.append(f"<{said}>" if _IRI.fullmatch(said) else said)
            continue
        told = _told(Fields(fields.name, body))
        purposes = [_bare(each) for each in Fields(fields.name, body).texts("purpose", 300)]
        if "tagging" in purposes:
            tags.append(told)
        else:
            words.append(told)
    body = "\n\n".join(each for each in words if each.strip())
    return body_of(body, fields), tags_of(tags, fields)


def _told(body: Fields) -> str:
    """What one body says."""
    if "items" in body.values:  # a choice: the first is what is liked best
        first = next(iter(body.several("items")), None)
        if not isinstance(first, dict) or "items" in first:
            return ""
        return _told(Fields(body.name, first))
    value = body.text("value", _LONGEST_TEXT)
    if value:
        formats = body.texts("format", LONGEST_LINE)
        return _without_tags(value) if "text/html" in formats else value
    source = body.values.get("source", body.values.get("id"))
    if isinstance(source, dict):
        source = source.get("id")
    said = body.said("source", source, _LONGEST_TEXT)
    return f"<{said}>" if _IRI.fullmatch(said) else said


def _without_tags(html: str) -> str:
    """Words out of HTML, which is never trusted to be any."""
    plain = unescape(nh3.clean(_BREAKS.sub("\n\n", html), tags=set()))
    return re.sub(r"\n\s*\n\s*", "\n\n", plain).strip()


@dataclass(frozen=True, slots=True)
class _Target:
    source: str
    is_plain: bool = True  # all of that, whatever it is
    quote: Quote | None = None
    position: tuple[int, int] | None = None
    spot: Spot | None = None

    @property
    def is_whole(self) -> bool:
        return self.quote is None and self.position is None and self.spot is None


def _target(fields: Fields) -> _Target:
    """The first of them."""
    targets = fields.several("target")
    if not targets:
        fields.wrong("target")
    if not isinstance(targets[0], dict):
        return _address(fields.said("target", targets[0], _LONGEST_TEXT))
    target = Fields(fields.name, targets[0])
    source = target.values.get("source", target.values.get("id", target.values.get("@id")))
    if isinstance(source, dict):
        source = source.get("id", source.get("@id"))
    plain = _address(target.said("source", source, _LONGEST_TEXT))
    selectors = [each for each in target.several("selector") if not isinstance(each, str)]
    found = _Selected(target.name)
    for selector in selectors:
        found.take(Fields.of(target.name, selector))
    if found.is_nothing:
        return plain
    return _Target(plain.source, False, found.quote, found.position, found.spot or plain.spot)


def _address(said: str) -> _Target:
    """An IRI. Its fragment may be a paragraph of ours."""
    source, _hash, fragment = said.partition("#")
    if (match := _FRAGMENT.fullmatch(fragment)) is not None:
        return _Target(source, False, spot=Spot(match[1], match[1]))
    return _Target(said)


class _Selected:
    """What selectors say, in whatever order and however deep they stand in each other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.quote: Quote | None = None
        self.position: tuple[int, int] | None = None
        self.spot: Spot | None = None

    @property
    def is_nothing(self) -> bool:
        return self.quote is None and self.position is None and self.spot is None

    def take(self, selector: Fields, depth: int = 0, *, within: bool = False) -> None:
        """`within`: it refines another one, so that its offsets count from where that begins."""
        kind = _bare(selector.text("type", LONGEST_LINE) or selector.text("@type", LONGEST_LINE))
        if kind == "RangeSelector":
            self._take_range(selector)
        elif kind == "TextQuoteSelector":
            quote = quote_of(selector)
            if quote.exact.strip() and self.quote is None:
                self.quote = quote
        elif kind == "TextPositionSelector" and not within:
            self.position = self.position or position_of(selector)
        elif kind == "FragmentSelector" and self.spot is None and not within:
            self.spot = _spot(selector)
        if depth < _DEEPEST:
            for each in _refined(selector):
                self.take(each, depth + 1, within=True)

    def _take_range(self, selector: Fields) -> None:
        """It reaches from where one selector begins to where the other does."""
        start, end = (selector.values.get(f"{edge}Selector") for edge in ("start", "end"))
        if not isinstance(start, dict) or not isinstance(end, dict) or self.spot is not None:
            return
        first, last = (_spot(Fields(self._name, each)) for each in (start, end))
        if first is not None and last is not None:
            self.spot = Spot(first.first, last.last, first.start, last.start)


def _spot(selector: Fields) -> Spot | None:
    """A paragraph of ours, or words in it."""
    match = _FRAGMENT.fullmatch(selector.text("value", _LONGEST_TEXT))
    if match is None:
        return None
    for refined in _refined(selector):
        if _bare(refined.text("type", LONGEST_LINE)) == "TextPositionSelector":
            position = position_of(refined)
            if position is not None:
                return Spot(match[1], match[1], *position)
    return Spot(match[1], match[1])


def _refined(selector: Fields) -> Iterator[Fields]:
    for each in selector.several("refinedBy"):
        if isinstance(each, dict):
            yield Fields(selector.name, each)
