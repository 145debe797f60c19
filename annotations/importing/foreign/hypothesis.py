"""Notes out of Hypothesis: the file that its client exports, and rows that its API gives."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from annotations.enums import Audience, Motivation, State
from annotations.importing.foreign.incoming import (
    LONGEST_ID,
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_ANCESTORS,
    MOST_NOTES,
    Fields,
    Incoming,
    IncomingNote,
    IncomingPerson,
    NotNotes,
    body_of,
    edited_after,
    position_of,
    quote_of,
    tags_of,
    too_many,
)
from annotations.models import MAX_BODY
from annotations.selectors import Quote

SOURCE = "hypothesis"
ADDRESS = "https://hypothes.is/a/"
_LISTS = ("annotations", "rows")
_LONGEST_ADDRESS = 2_000
# Where the words are longer than a note takes, white space around them included.
_LONGEST_TEXT = 2 * MAX_BODY


def is_one(value: object) -> bool:
    """Whether this is what Hypothesis writes, by its look."""
    if isinstance(value, dict):
        return any(isinstance(value.get(key), list) for key in _LISTS)
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and "user" in first and ("uri" in first or "target" in first)


def read(value: object) -> Incoming:
    """Raises NotNotes for what can't be read."""
    rows = list(_rows(value))
    if len(rows) > MOST_NOTES:
        too_many()
    people: dict[str, IncomingPerson] = {}
    notes = []
    for number, row in enumerate(rows, start=1):
        fields = Fields.of(_("note %(number)d") % {"number": number}, row)
        person = _person(fields)
        people.setdefault(person.key, person)
        notes.append(_note(fields, person.key))
    return Incoming(SOURCE, people, notes)


def _rows(value: object) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
        return
    if not isinstance(value, dict) or not is_one(value):
        raise NotNotes(_("This isn’t a file of Hypothesis."))
    # Replies stand apart where they were asked for apart.
    for key in (*_LISTS, "replies"):
        rows = value.get(key)
        if rows is not None and not isinstance(rows, list):
            raise NotNotes(_("This isn’t a file of Hypothesis."))
        yield from rows or ()


def _person(fields: Fields) -> IncomingPerson:
    """acct:name@host, and what they like to be called."""
    key = fields.text("user", LONGEST_NAME)
    info = fields.inner("user_info")
    shown = "" if info is None else info.text("display_name", LONGEST_NAME)
    account = key.removeprefix("acct:").partition("@")[0]
    return IncomingPerson(key, shown.strip() or account)


def _note(fields: Fields, author: str) -> IncomingNote:
    note_id = fields.text("id", LONGEST_ID)
    if not note_id:
        fields.wrong("id")
    created = fields.moment("created")
    ancestors = tuple(fields.texts("references", LONGEST_ID))[-MOST_ANCESTORS:]
    body = body_of(fields.text("text", _LONGEST_TEXT), fields)
    quote, position, is_page_note = _selected(fields)
    hidden = fields.flag("hidden")
    private = _is_private(fields)
    return IncomingNote(
        id=note_id,
        author="" if hidden else author,
        name=fields.name,
        address=_address(fields, note_id),
        ancestors=ancestors,
        created=created,
        edited=edited_after(created, fields.moment("updated")),
        motivation=_motivation(ancestors, body),
        body="" if hidden else body,
        tags=() if hidden else tags_of(fields.texts("tags", LONGEST_LINE), fields),
        quote=quote,
        position=position,
        whole_article=is_page_note and not ancestors,
        audience=Audience.PRIVATE if private else Audience.GROUP,
        about=fields.text("uri", _LONGEST_ADDRESS).partition("#")[0],
        state=State.HIDDEN if hidden else State.VISIBLE,
        is_stone=hidden,
    )


def _motivation(ancestors: tuple[str, ...], body: str) -> Motivation:
    if ancestors:
        return Motivation.REPLYING
    return Motivation.COMMENTING if body else Motivation.HIGHLIGHTING


def _address(fields: Fields, note_id: str) -> str:
    links = fields.inner("links")
    html = "" if links is None else links.text("html", _LONGEST_ADDRESS)
    return html if html.startswith(("https://", "http://")) else f"{ADDRESS}{note_id}"


def _is_private(fields: Fields) -> bool:
    """Whether no group may read it, but single people."""
    permissions = fields.inner("permissions")
    readers = [] if permissions is None else permissions.texts("read", LONGEST_NAME)
    return bool(readers) and not any(reader.startswith("group:") for reader in readers)


def _selected(fields: Fields) -> tuple[Quote | None, tuple[int, int] | None, bool]:
    """The words, where they were, and whether it is about the whole page instead. The selector
    that it calls a range is one of XPaths in that page, which say nothing here."""
    targets = fields.several("target")
    if not targets:
        return None, None, True
    target = Fields(fields.name, Fields.of(fields.name, targets[0]).values)
    quote, position = None, None
    for value in target.several("selector"):
        selector = Fields.of(fields.name, value)
        kind = selector.text("type", LONGEST_LINE)
        if kind == "TextQuoteSelector":
            quote = quote_of(selector)
        elif kind == "TextPositionSelector":
            position = position_of(selector)
    if quote is not None and not quote.exact.strip():
        quote = None
    return quote, position, quote is None and position is None
