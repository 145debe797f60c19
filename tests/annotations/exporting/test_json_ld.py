"""Web Annotations out: every MUST of the model that applies, and nothing lost when it is expanded.

Section numbers are those of https://www.w3.org/TR/annotation-model/.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid5

import pytest
from pyld import jsonld

from annotations.enums import AnchorState, Audience, Motivation, State
from annotations.exporting import json_ld
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import (
    Block,
    Chapter,
    Entry,
    Filters,
    Notebook,
    Person,
    Place,
    Resolution,
    Thread,
)
from annotations.exporting.scope import Scope
from annotations.exporting.writing import silent
from annotations.models import Annotation
from reader.enums import BlockKind
from tests.cast import Cast
from tests.moves import move

SITE = "https://read.example.org"
READING = f"{SITE}/g/circle/read/margins/"
NAMES = UUID("00000000-0000-4000-8000-000000000001")
MIRA = Person(str(uuid5(NAMES, "mira")), "Mira")
WRITTEN = datetime(2026, 3, 1, 12, 30, 15, 250_000, timezone(timedelta(hours=2)))
TEXTS = ("Of margins", "A 𝔪argin 👩🏽‍🚀 is where a reader answers.", "Whoever writes there speaks.")

type Json = dict[str, Any]


def entry(name: str, parent: Entry | None = None, **given: Any) -> Entry:
    said = uuid5(NAMES, name)
    given.setdefault("author", MIRA)
    given.setdefault("body", f"About {name}.")
    given.setdefault("motivation", Motivation.REPLYING if parent else Motivation.COMMENTING)
    given.setdefault("category", "" if parent else "yellow")
    return Entry(
        id=said,
        url=f"{SITE}/n/{said}/",
        parent=None if parent is None else parent.id,
        depth=parent.depth + 1 if parent else 0,
        created=WRITTEN,
        **given,
    )


def stone(name: str, parent: Entry | None = None) -> Entry:
    return entry(
        name, parent, author=None, body="", category="", state=State.REMOVED, stone="Removed."
    )


def place(first: int = 1, start: int = 2, last: int = 1, end: int = 9, **given: Any) -> Place:
    exact = "\n".join(TEXTS[first : last + 1])[start : end if first == last else None]
    around = {"prefix": "A ", "suffix": " 👩🏽‍🚀"}
    return Place(
        first, start, last, end, given.pop("exact", exact), text_revision=3,
        anchor_state=given.pop("anchor_state", AnchorState.EXACT), **(around | given),
    )  # fmt: skip


def notebook(*threads: Thread, **given: Any) -> Notebook:
    blocks = tuple(
        Block(f"k{n}", n, BlockKind.PARAGRAPH, None, "", text, (), f"{READING}#p-k{n}")
        for n, text in enumerate(TEXTS)
    )
    chapter = Chapter(
        "margins", READING, "Of margins", "en", "ltr", 3, WRITTEN, blocks=blocks, threads=threads
    )
    chapters = given.pop("chapters", [replace(chapter, **given.pop("chapter", {}))])
    return Notebook(
        "Of margins", READING, SITE, "Circle", "circle", "en", WRITTEN, UTC, Filters(), "",
        chapters, **given,
    )  # fmt: skip


def everything() -> Notebook:
    root = entry("root", tags=("ink", "paper"), edited=WRITTEN + timedelta(hours=1))
    reply = entry("reply", root, circle="North", audience=Audience.CIRCLE)
    gone = stone("gone", reply)
    below = entry("below", gone, mark="Hidden while it is checked", state=State.HIDDEN)
    threads = [
        Thread(1, place(), (root, reply, gone, below), Resolution(WRITTEN, "Agreed.")),
        Thread(2, place(1, 3, 2, 7), (entry("wide", endorsements=2),), is_locked=True),
        Thread(3, place(), (entry("mark", body="", motivation=Motivation.HIGHLIGHTING),)),
        Thread(
            4,
            place(2, 0, 2, 0, exact="lost words", anchor_state=AnchorState.DETACHED),
            (entry("lost", motivation=Motivation.QUESTIONING, category="blue"),),
        ),
        Thread(
            5, place(0, 0, 0, 10, whole_article=True, exact="", prefix="", suffix=""),
            (entry("whole", audience=Audience.LEADERS),),
        ),
        Thread(6, place(1, 0, 1, 5), (stone("head"), entry("left", stone("head")))),
    ]  # fmt: skip
    return notebook(*threads)


def written(book: Notebook) -> Json:
    out = json_ld.write(book, silent)
    assert out.suffix == ".jsonld"
    found: Json = json.loads(b"".join(out.chunks).decode())
    return found


def pages(collection: Json) -> list[Json]:
    first = [collection["first"]] if "first" in collection else []
    return [*first, *collection.get("catena:pages", [])]


def items(collection: Json) -> list[Json]:
    return [item for page in pages(collection) for item in page["items"]]


def named(name: str, book: Notebook | None = None) -> Json:
    found = {item["id"]: item for item in items(written(book or everything()))}
    return found[f"{SITE}/n/{uuid5(NAMES, name)}/"]


def many(count: int) -> Notebook:
    return notebook(*(Thread(n, place(), (entry(f"n{n}"),)) for n in range(count)))


# The model's MUSTs: for each its section and what it says, and how it is seen.


def nodes(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from nodes(each)


def of_type(name: str) -> list[Json]:
    found = [node for node in nodes(written(everything())) if node.get("type") == name]
    assert found  # else the assertion would be about nothing
    return found


def is_iri(value: object) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value) is not None
    )


def is_moment(value: object) -> bool:
    """xsd:dateTime in UTC, as "Z"."""
    shape = r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    return isinstance(value, str) and re.fullmatch(shape, value) is not None


def is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def has_context(node: Json) -> bool:
    context = node["@context"]
    return context == json_ld.CONTEXT or (len(context) > 1 and json_ld.CONTEXT in context)


MUSTS: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "3.1 one or more contexts, anno.jsonld among them; one alone is a string": (
        "Annotation", has_context),
    "3.1 exactly one IRI identifies an annotation": ("Annotation", lambda n: is_iri(n["id"])),
    "3.1 the class is Annotation": ("Annotation", lambda n: n["type"] == "Annotation"),
    "3.1 one or more targets": ("Annotation", lambda n: bool(n["target"])),
    "3.2.1 a target that is a resource of its own is its IRI": (
        "Annotation", lambda n: isinstance(n["target"], dict) or is_iri(n["target"])),
    "3.2.4 exactly one value of a textual body": (
        "TextualBody", lambda n: isinstance(n["value"], str)),
    "3.2.5 no bodyValue beside a body": ("Annotation", lambda n: "bodyValue" not in n),
    "3.3.1 created at most once, in UTC with Z": (
        "Annotation", lambda n: is_moment(n["created"])),
    "3.3.1 modified at most once, in UTC with Z": (
        "Annotation", lambda n: "modified" not in n or is_moment(n["modified"])),
    "3.3.1 generated at most once, in UTC with Z": (
        "AnnotationCollection", lambda n: is_moment(n["generated"])),
    "3.3.2 an agent has no more than one IRI": ("Person", lambda n: is_iri(n["id"])),
    "3.3.5 motivations are the vocabulary's": (
        "Annotation",
        lambda n: n.get("motivation", "commenting")
        in {"highlighting", "commenting", "questioning", "replying"}),
    "3.3.5 purposes are the vocabulary's": (
        "TextualBody",
        lambda n: n["purpose"] in {"tagging", "commenting", "questioning", "replying"}),
    "4 a specific resource has exactly one source": (
        "SpecificResource", lambda n: is_iri(n["source"])),
    "4.2.1 a fragment selector has one type and one value": (
        "FragmentSelector", lambda n: isinstance(n["value"], str)),
    "4.2.1 the fragment's specification is named by its IRI": (
        "FragmentSelector", lambda n: n["conformsTo"] == "http://tools.ietf.org/rfc/rfc3236"),
    "4.2.4 exactly one exact": ("TextQuoteSelector", lambda n: isinstance(n["exact"], str)),
    "4.2.4 no more than one prefix and suffix": (
        "TextQuoteSelector",
        lambda n: isinstance(n["prefix"], str) and isinstance(n["suffix"], str)),
    "4.2.4 text is normalised before it is recorded": (
        "TextQuoteSelector", lambda n: "<" not in n["exact"]),
    "4.2.5 exactly one start, not negative": (
        "TextPositionSelector", lambda n: is_number(n["start"])),
    "4.2.5 exactly one end, not negative": (
        "TextPositionSelector", lambda n: is_number(n["end"]) and n["end"] >= n["start"]),
    "4.2.8 exactly one startSelector": (
        "RangeSelector", lambda n: n["startSelector"]["type"] == "FragmentSelector"),
    "4.2.8 exactly one endSelector": (
        "RangeSelector", lambda n: n["endSelector"]["type"] == "FragmentSelector"),
    "4.3.1 sourceDate in UTC with Z": ("TimeState", lambda n: is_moment(n["sourceDate"])),
    "4.3.1 no interval beside a sourceDate": (
        "TimeState", lambda n: not n.keys() & {"sourceDateStart", "sourceDateEnd"}),
    "5.1 a collection has contexts, anno.jsonld among them": (
        "AnnotationCollection", has_context),
    "5.1 exactly one IRI identifies a collection": (
        "AnnotationCollection", lambda n: is_iri(n["id"])),
    "5.1 a label is a string": ("AnnotationCollection", lambda n: isinstance(n["label"], str)),
    "5.1 total is not negative": ("AnnotationCollection", lambda n: is_number(n["total"])),
    "5.1 one first page, where there are annotations": (
        "AnnotationCollection", lambda n: n["first"]["type"] == "AnnotationPage"),
    "5.2 exactly one IRI identifies a page": ("AnnotationPage", lambda n: is_iri(n["id"])),
    "5.2 a page has one or more items": ("AnnotationPage", lambda n: len(n["items"]) > 0),
    "5.2 startIndex once, not negative": (
        "AnnotationPage", lambda n: is_number(n["startIndex"])),
}  # fmt: skip


@pytest.mark.parametrize("must", MUSTS)
def test_every_must_of_the_model_that_applies(must: str) -> None:
    kind, holds = MUSTS[must]
    assert [node for node in of_type(kind) if not holds(node)] == []


def test_every_object_has_one_type() -> None:
    untyped = [
        node for node in nodes(written(everything())) if not isinstance(node.get("type"), str)
    ]
    assert untyped == [json_ld.vocabulary(everything()), *(
        value for value in json_ld.vocabulary(everything()).values() if isinstance(value, dict)
    )]  # fmt: skip


# The shape.


def test_an_annotation_is_what_was_agreed() -> None:
    assert named("root") == {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": f"{SITE}/n/{uuid5(NAMES, 'root')}/",
        "type": "Annotation",
        "motivation": "commenting",
        "created": "2026-03-01T10:30:15.250000Z",
        "modified": "2026-03-01T11:30:15.250000Z",
        "creator": {"id": f"urn:uuid:{MIRA.id}", "type": "Person", "name": "Mira"},
        "body": [
            {
                "type": "TextualBody",
                "value": "About root.",
                "format": "text/markdown",
                "language": "en",
                "purpose": "commenting",
            },
            {"type": "TextualBody", "value": "ink", "purpose": "tagging"},
            {"type": "TextualBody", "value": "paper", "purpose": "tagging"},
        ],
        "target": {
            "type": "SpecificResource",
            "source": READING,
            "selector": [
                {
                    "type": "FragmentSelector",
                    "value": "p-k1",
                    "conformsTo": "http://tools.ietf.org/rfc/rfc3236",
                    "refinedBy": {"type": "TextPositionSelector", "start": 2, "end": 9},
                },
                {
                    "type": "TextQuoteSelector",
                    "exact": "𝔪argin ",
                    "prefix": "A ",
                    "suffix": " 👩🏽‍🚀",
                },
            ],
            "state": {"type": "TimeState", "sourceDate": "2026-03-01T10:30:15.250000Z"},
        },
        "catena:category": "yellow",
        "catena:state": "visible",
        "catena:audience": "group",
        "catena:depth": 0,
        "catena:blocks": [1, 1],
        "catena:anchorState": "exact",
        "catena:textRevision": 3,
        "catena:resolved": "2026-03-01T10:30:15.250000Z",
        "catena:resolution": "Agreed.",
    }


def test_a_reply_is_about_what_it_answers() -> None:
    reply, root = named("reply"), named("root")
    assert (reply["target"], reply["motivation"]) == (root["id"], "replying")
    assert (reply["catena:audience"], reply["catena:circle"]) == ("circle", "North")
    assert reply["catena:depth"] == 1


def test_a_range_over_paragraphs_ends_where_its_second_selector_begins() -> None:
    selectors = named("wide")["target"]["selector"]
    assert [selector["type"] for selector in selectors] == ["RangeSelector", "TextQuoteSelector"]
    ends = [selectors[0][edge] for edge in ("startSelector", "endSelector")]
    assert [(end["value"], end["refinedBy"]["start"], end["refinedBy"]["end"]) for end in ends] == [
        ("p-k1", 3, len(TEXTS[1])),
        ("p-k2", 7, 7),
    ]


def test_a_highlight_without_words_has_no_body() -> None:
    assert "body" not in named("mark")


def test_a_detached_note_names_its_paragraph_and_the_words_that_it_lost() -> None:
    lost = named("lost")
    assert lost["catena:anchorState"] == "detached"
    assert lost["target"]["selector"] == [
        {"type": "FragmentSelector", "value": "p-k2", "conformsTo": json_ld.FRAGMENTS},
        {"type": "TextQuoteSelector", "exact": "lost words", "prefix": "A ", "suffix": " 👩🏽‍🚀"},
    ]


def test_what_is_said_of_the_whole_article_selects_nothing() -> None:
    target = named("whole")["target"]
    assert sorted(target) == ["source", "state", "type"]


def test_a_stone_holds_a_thread_together_and_nothing_else() -> None:
    assert named("gone") == {
        "@context": json_ld.CONTEXT,
        "id": f"{SITE}/n/{uuid5(NAMES, 'gone')}/",
        "type": "Annotation",
        "motivation": "replying",
        "created": "2026-03-01T10:30:15.250000Z",
        "target": named("reply")["id"],
        "catena:state": "removed",
        "catena:audience": "group",
        "catena:depth": 2,
        "catena:stone": "Removed.",
    }
    head = named("head")
    assert head.keys() & {"motivation", "body", "creator"} == set()
    assert head["target"]["source"] == READING


def test_a_mark_is_told() -> None:
    assert named("below")["catena:mark"] == "Hidden while it is checked"


def test_without_the_text_a_quote_is_all_there_is() -> None:
    book = notebook(Thread(1, place(0, 0, 0, 0, exact="margin"), (entry("own"),)),
                    chapter={"blocks": (), "url": ""})  # fmt: skip
    target = named("own", book)["target"]
    assert [selector["type"] for selector in target["selector"]] == ["TextQuoteSelector"]
    assert target["source"] == f"{READING}#margins"


def test_offsets_are_code_points() -> None:
    """A letter beyond U+FFFF is two units of UTF-16, and a family of signs is many."""
    start, end = TEXTS[1].index("is where"), TEXTS[1].index("is where") + 8
    item = named("astral", notebook(Thread(1, place(1, start, 1, end), (entry("astral"),))))
    fragment, said = item["target"]["selector"]
    position = fragment["refinedBy"]
    assert TEXTS[1][position["start"] : position["end"]] == said["exact"] == "is where"
    assert start == 14  # in UTF-16 18


# Pages.


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]),
                                              (250, [100, 100, 50])])  # fmt: skip
def test_a_hundred_a_page(count: int, sizes: list[int]) -> None:
    collection = written(many(count))
    found = pages(collection)
    assert collection["total"] == count
    assert [len(page["items"]) for page in found] == sizes
    assert [page["startIndex"] for page in found] == [100 * n for n in range(len(sizes))]
    ids = [page["id"] for page in found]
    assert [page.get("next") for page in found] == [*ids[1:], None][: len(ids)]
    assert [page.get("prev") for page in found] == [None, *ids[:-1]][: len(ids)]
    assert {page["partOf"] for page in found} <= {collection["id"]}
    assert collection.get("last") == (ids[-1] if ids else None)
    assert ("first" in collection) == bool(count)
    assert [item["id"] for item in items(collection)] == [
        f"{SITE}/n/{uuid5(NAMES, f'n{n}')}/" for n in range(count)
    ]
    assert not any("@context" in page for page in found)  # 5.2: one that is embedded has none


def test_it_comes_page_by_page_and_tells_how_far_it_is() -> None:
    told: list[int] = []
    chunks = json_ld.write(many(250), told.append).chunks
    assert sum(told) == 0
    for _ in range(4):
        next(chunks)
    assert 0 < sum(told) <= 100
    b"".join(chunks)
    assert sum(told) == 250


def test_stones_are_in_the_total_and_not_among_what_is_told() -> None:
    told: list[int] = []
    found = json.loads(b"".join(json_ld.write(everything(), told.append).chunks))
    assert (found["total"], sum(told)) == (len(items(found)), everything().count) == (10, 8)


# Expanded.

OA, AS, DCT = (
    "http://www.w3.org/ns/oa#",
    "http://www.w3.org/ns/activitystreams#",
    "http://purl.org/dc/terms/",
)
XSD = "http://www.w3.org/2001/XMLSchema#"
_LINKS = {
    "body": f"{OA}hasBody", "target": f"{OA}hasTarget", "source": f"{OA}hasSource",
    "selector": f"{OA}hasSelector", "state": f"{OA}hasState", "refinedBy": f"{OA}refinedBy",
    "startSelector": f"{OA}hasStartSelector", "endSelector": f"{OA}hasEndSelector",
    "creator": f"{DCT}creator", "conformsTo": f"{DCT}conformsTo", "partOf": f"{AS}partOf",
    "first": f"{AS}first", "last": f"{AS}last", "next": f"{AS}next", "prev": f"{AS}prev",
}  # fmt: skip
_WORDS = {
    "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value", "exact": f"{OA}exact",
    "prefix": f"{OA}prefix", "suffix": f"{OA}suffix", "name": "http://xmlns.com/foaf/0.1/name",
    "format": "http://purl.org/dc/elements/1.1/format",
    "language": "http://purl.org/dc/elements/1.1/language",
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
}  # fmt: skip
_TYPED = {
    "created": (f"{DCT}created", "dateTime"), "modified": (f"{DCT}modified", "dateTime"),
    "generated": (f"{DCT}issued", "dateTime"), "sourceDate": (f"{OA}sourceDate", "dateTime"),
    "start": (f"{OA}start", "nonNegativeInteger"), "end": (f"{OA}end", "nonNegativeInteger"),
    "total": (f"{AS}totalItems", "nonNegativeInteger"),
    "startIndex": (f"{AS}startIndex", "nonNegativeInteger"),
}  # fmt: skip
_CLASSES = {
    **{name: f"{OA}{name}" for name in (
        "Annotation", "TextualBody", "SpecificResource", "FragmentSelector", "RangeSelector",
        "TextQuoteSelector", "TextPositionSelector", "TimeState", "highlighting", "commenting",
        "questioning", "replying", "tagging")},
    "Person": "http://xmlns.com/foaf/0.1/Person",
    "AnnotationCollection": f"{AS}OrderedCollection",
    "AnnotationPage": f"{AS}OrderedCollectionPage",
}  # fmt: skip
# What the specification's vocabulary makes of the keys that are used here, said anew.
RESTATED: Json = {
    "@context": {
        "id": "@id",
        "type": "@type",
        **_CLASSES,
        **_WORDS,
        **{key: {"@id": iri, "@type": "@id"} for key, iri in _LINKS.items()},
        **{key: {"@id": iri, "@type": f"{XSD}{kind}"} for key, (iri, kind) in _TYPED.items()},
        "motivation": {"@id": f"{OA}motivatedBy", "@type": "@vocab"},
        "purpose": {"@id": f"{OA}hasPurpose", "@type": "@vocab"},
        "items": {"@id": f"{AS}items", "@type": "@id", "@container": "@list"},
    }
}


def _load(url: str, _options: object) -> Json:
    assert url == json_ld.CONTEXT
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url,
            "document": RESTATED}  # fmt: skip


def keys_of(value: Any) -> Iterator[str]:
    for node in nodes(value):
        yield from node


def as_written(iri: str) -> str:
    plain = {iri: key for key, iri in {**_LINKS, **_WORDS}.items()}
    plain |= {iri: key for key, (iri, _kind) in _TYPED.items()}
    plain |= {f"{OA}motivatedBy": "motivation", f"{OA}hasPurpose": "purpose",
              f"{AS}items": "items", "@id": "id", "@type": "type"}  # fmt: skip
    return plain.get(iri, iri.replace(f"{SITE}/ns/catena#", "catena:"))


@pytest.mark.parametrize("book", [everything(), many(101)], ids=["every kind", "two pages"])
def test_no_key_is_lost_when_it_is_expanded(book: Notebook) -> None:
    collection = written(book)
    expanded = jsonld.expand(collection, {"documentLoader": _load})
    body = {key: value for key, value in collection.items() if key != "@context"}
    meant = sorted(key for key in keys_of(body) if key != "@context")
    # An address alone becomes an object with an id; a value one with its type.
    linking = {*_LINKS, "motivation", "purpose"}
    links = [
        key
        for node in nodes(body)
        for key, value in node.items()
        if key in linking and isinstance(value, str)
    ]
    found = [
        as_written(key)
        for node in nodes(expanded)
        if "@value" not in node
        for key in node
        if key != "@list"
    ]
    assert sorted(found) == sorted([*meant, *("id" for _ in links)])


def test_what_is_expanded_says_the_same() -> None:
    (collection,) = jsonld.expand(written(everything()), {"documentLoader": _load})
    (page,) = collection[f"{AS}first"]
    first = page[f"{AS}items"][0]["@list"][0]
    assert first["@type"] == [f"{OA}Annotation"]
    assert first[f"{SITE}/ns/catena#category"] == [{"@value": "yellow"}]
    assert first[f"{SITE}/ns/catena#resolved"] == [
        {"@type": f"{XSD}dateTime", "@value": "2026-03-01T10:30:15.250000Z"}
    ]
    assert first[f"{OA}motivatedBy"] == [{"@id": f"{OA}commenting"}]


# From the database.


def test_ids_are_addresses_that_answer(cast: Cast, write: Any) -> None:
    from tests.cast import client_of

    root = write(cast.member, "About that.")
    write(cast.other, to=root)
    book = gather(Scope(cast.owner, cast.group, cast.reading), Filters())
    found = items(written(book))
    site = book.site
    assert [item["id"].removeprefix(site) for item in found] == [
        note.get_absolute_url() for note in Annotation.objects.order_by("pk")
    ]
    client = client_of(cast.owner)
    answers = [client.get(item["id"].removeprefix(site), follow=True) for item in found]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_moved_note_says_so(cast: Cast, write: Any) -> None:
    note = write(cast.member, "About that.")
    move(note, AnchorState.MOVED, start=2, end=8)
    (found,) = items(written(gather(Scope(cast.owner, cast.group, cast.reading), Filters())))
    assert (found["catena:anchorState"], found["catena:textRevision"]) == ("moved", 2)
    assert found["target"]["selector"][1]["exact"] == "margin"
