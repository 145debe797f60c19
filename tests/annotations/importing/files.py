"""Files as other programs write them, made here."""

import json
from typing import Any

from annotations.importing.foreign.incoming import Incoming
from annotations.importing.foreign.recognising import read

PAGE = "https://library.example.net/of-margins"
# As a browser has the page of the tests' article, its menu before it and no space between blocks.
MENU = "HomeBooksAbout"
TEXT = (
    MENU + "Of margins"
    "A margin is where a reader answers. It was left empty for that.[1]"
    "Whoever writes there speaks to two people: the author and the next one."
    "One line for thee,\none line for me."
    "Then the book is closed, and the talk goes on."
    "By custom, an inch."
)

type Json = dict[str, Any]


def row(note: str, text: str = "", quote: str = "", user: str = "ada", **given: Any) -> Json:
    """A row of Hypothesis; without a quote it is about the page."""
    selectors = selectors_of(quote) if quote else []
    target: Json = {"source": PAGE, "selector": selectors} if selectors else {"source": PAGE}
    made = {
        "id": note,
        "created": "2025-03-01T10:00:00.123456+00:00",
        "updated": "2025-03-01T10:00:00.123999+00:00",
        "user": f"acct:{user}@hypothes.is",
        "user_info": {"display_name": user.title()},
        "uri": PAGE,
        "text": text,
        "tags": [],
        "group": "__world__",
        "permissions": {
            "read": ["group:__world__"],
            "admin": [f"acct:{user}@hypothes.is"],
            "update": [f"acct:{user}@hypothes.is"],
            "delete": [f"acct:{user}@hypothes.is"],
        },
        "target": [target],
        "document": {"title": ["Of margins"]},
        "links": {
            "html": f"https://hypothes.is/a/{note}",
            "incontext": f"https://hyp.is/{note}/library.example.net/of-margins",
            "json": f"https://hypothes.is/api/annotations/{note}",
        },
        "hidden": False,
        "flagged": False,
    }
    return {**made, **given}


def selectors_of(quote: str, at: int | None = None) -> list[Json]:
    start = TEXT.find(quote) if at is None else at
    before, after = max(0, start - 32), start + len(quote)
    return [
        {
            "type": "RangeSelector",
            "startContainer": "/article[1]/p[1]",
            "startOffset": 2,
            "endContainer": "/article[1]/p[1]",
            "endOffset": 8,
        },
        {"type": "TextPositionSelector", "start": start, "end": start + len(quote)},
        {
            "type": "TextQuoteSelector",
            "exact": quote,
            "prefix": TEXT[before:start] if start >= 0 else "",
            "suffix": TEXT[after : after + 32] if start >= 0 else "",
        },
    ]


def answer(note: str, *references: str, text: str = "Yes.", **given: Any) -> Json:
    return row(note, text, references=list(references), **given)


def exported(*rows: Json) -> Json:
    """As the client writes it into a file."""
    return {
        "export_date": "2025-04-01T08:00:00.000Z",
        "export_userid": "acct:ada@hypothes.is",
        "client_version": "1.1500.0",
        "annotations": list(rows),
    }


def conversation() -> Json:
    """Replies three deep, a page note, a private one, an orphaned quote, an edited text."""
    return exported(
        answer("r3", "r", "r1", "r2", text="Three deep.", user="cyd"),
        row("r", "Who is it **for**?", "a reader answers", tags=["Close Reading", "margins"]),
        answer("r1", "r", text="For the next one.", user="bea"),
        answer("r2", "r", "r1", text="And the one after.", user="ada"),
        row("h", "", "the author and the next one", user="bea"),
        row("page", "A fine text.", user="cyd"),
        row(
            "mine", "Only for me.", "By custom",
            permissions={"read": ["acct:ada@hypothes.is"]},
        ),
        row("lost", "Where has it gone?", "the vellum was scraped twice and ruled with lead"),
        row(
            "edited", "Better words.", "two people: the author",
            updated="2025-03-02T09:00:00.000000+00:00",
        ),
        row("wide", "Both.", "empty for that.[1]Whoever writes"),
        row("like", "Nearly.", "Then a book was closed, and the long talk goes on"),
    )  # fmt: skip


def incoming(value: object) -> Incoming:
    return read(json.dumps(value).encode())


# What may stand where something else belongs.
WRONG = [0, -1, 1.5, 10**30, True, False, "", "x", "\x00", "\ud800", "javascript:alert(1)", [], {},
         [[]], [None], [{}], {"a": {}}, [[[[1]]]], {"type": 3}, {"items": [{"items": []}]},
         "x" * 1_000_000]  # fmt: skip
ANNOTATION = {
    "@context": "http://www.w3.org/ns/anno.jsonld", "id": "https://elsewhere.example/1",
    "type": "Annotation", "motivation": "commenting", "created": "2025-01-01T00:00:00Z",
    "modified": "2025-01-02T00:00:00Z", "creator": {"id": "https://a.example/ada", "name": "Ada"},
    "body": {"type": "TextualBody", "value": "Words.", "format": "text/plain"},
    "target": {"source": "https://a.example/text", "selector": {
        "type": "TextQuoteSelector", "exact": "margin"}},
    "bodyValue": None, "catena:stone": None, "catena:state": "visible", "catena:audience": "group",
    "catena:circle": "", "catena:category": "", "catena:anchorState": "", "catena:resolved": None,
    "catena:resolution": None,
}  # fmt: skip


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an object, to put something wrong there."""
    found = [path] if path else []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(
        value, list) else ()  # fmt: skip
    for key, each in parts:
        found += places_in(each, (*path, key))
    return found


def broken(value: Any, path: tuple[Any, ...], wrong: object) -> Any:
    copy = json.loads(json.dumps(value))
    part = copy
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = wrong
    return copy
