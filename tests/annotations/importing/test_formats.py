"""What is read out of Hypothesis' files and out of Web Annotations."""

from datetime import UTC, datetime
from typing import Any

import pytest

from annotations.enums import AnchorState, Audience, Motivation, State
from annotations.importing.foreign.incoming import IncomingNote, Spot
from annotations.selectors import Quote
from tests.annotations.importing.files import (
    PAGE,
    TEXT,
    answer,
    conversation,
    exported,
    incoming,
    row,
)


def only(value: object) -> IncomingNote:
    (note,) = incoming(value).notes
    return note


# Hypothesis.


def test_a_row_of_hypothesis() -> None:
    made = row("abc", "Who is it **for**?", "a reader answers", tags=["Close Reading", "margins"])
    start = TEXT.index("a reader answers")
    assert only(exported(made)) == IncomingNote(
        id="abc",
        author="acct:ada@hypothes.is",
        name="note 1",
        address="https://hypothes.is/a/abc",
        created=datetime(2025, 3, 1, 10, 0, 0, 123456, tzinfo=UTC),
        motivation=Motivation.COMMENTING,
        body="Who is it **for**?",
        tags=("close-reading", "margins"),
        quote=Quote("a reader answers", TEXT[start - 32 : start], TEXT[start + 16 : start + 48]),
        position=(start, start + 16),
        about=PAGE,
    )


@pytest.mark.parametrize(
    "wrap",
    [
        exported,
        lambda *rows: {"total": len(rows), "rows": list(rows)},
        lambda *rows: list(rows),
        lambda first, *others: {"total": 1, "rows": [first], "replies": list(others)},
    ],
    ids=["export", "rows", "list", "replies apart"],
)
def test_every_way_in_which_it_comes(wrap: Any) -> None:
    found = incoming(wrap(row("a", "One.", "margin"), answer("b", "a", user="bea")))
    assert found.source == "hypothesis"
    assert [(note.id, note.ancestors) for note in found.notes] == [("a", ()), ("b", ("a",))]
    assert [(person.key, person.name) for person in found.people.values()] == [
        ("acct:ada@hypothes.is", "Ada"),
        ("acct:bea@hypothes.is", "Bea"),
    ]


def test_the_kinds_of_a_whole_conversation() -> None:
    found = {note.id: note for note in incoming(conversation()).notes}
    kinds = {name: note.motivation for name, note in found.items()}
    assert [name for name, kind in kinds.items() if kind == Motivation.REPLYING] == [
        "r3", "r1", "r2",
    ]  # fmt: skip
    assert [name for name, kind in kinds.items() if kind == Motivation.HIGHLIGHTING] == ["h"]
    assert [name for name, note in found.items() if note.whole_article] == ["page"]
    assert [name for name, note in found.items() if note.audience == Audience.PRIVATE] == ["mine"]
    assert {name: note.edited for name, note in found.items() if note.edited} == {
        "edited": datetime(2025, 3, 2, 9, tzinfo=UTC)
    }


@pytest.mark.parametrize("info", [None, {}, {"display_name": None}, {"display_name": "  "}])
def test_who_shows_no_name_is_called_by_their_account(info: object) -> None:
    (person,) = incoming(exported(row("a", "Words.", user_info=info))).people.values()
    assert person.name == "ada"


def test_of_a_hidden_note_only_the_place_remains() -> None:
    hidden = row("a", "Unkind.", "margin", hidden=True, tags=["rude"])
    note = only(exported(hidden))
    assert (note.is_stone, note.state, note.body, note.tags) == (True, State.HIDDEN, "", ())
    assert note.author == ""


def test_an_address_that_is_no_address_is_not_taken() -> None:
    note = only(exported(row("a", "Words.", links={"html": "javascript:alert(1)"})))
    assert note.address == "https://hypothes.is/a/a"


# Web Annotations.

CONTEXT = "http://www.w3.org/ns/anno.jsonld"


def annotation(**given: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "id": "https://elsewhere.example/1",
        "type": "Annotation",
        "motivation": "commenting",
        "creator": {"id": "https://elsewhere.example/ada", "type": "Person", "name": "Ada"},
        "body": {"type": "TextualBody", "value": "Words."},
        "target": {"source": PAGE, "selector": {"type": "TextQuoteSelector", "exact": "margin"}},
    }
    return {key: value for key, value in {**made, **given}.items() if value is not None}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one, two: [one, two],
        lambda one, two: {"type": "AnnotationPage", "items": [one, two]},
        lambda one, two: {
            "type": ["AnnotationCollection"],
            "first": {"type": "AnnotationPage", "items": [one],
                      "next": {"type": "AnnotationPage", "items": [two]}},
        },
        lambda one, two: {
            "type": "AnnotationCollection",
            "first": {"type": "AnnotationPage", "items": [one], "next": "https://x.example/2"},
            "catena:pages": [{"type": "AnnotationPage", "items": [two]}],
        },
        lambda one, two: {"@context": CONTEXT, "@graph": [one, two]},
    ],
    ids=["list", "page", "nested pages", "our pages", "graph"],
)  # fmt: skip
def test_every_way_in_which_annotations_come(wrap: Any) -> None:
    two = annotation(id="https://elsewhere.example/2", motivation=["replying"],
                     target="https://elsewhere.example/1")  # fmt: skip
    found = incoming(wrap(annotation(), two))
    assert found.source == "web-annotations"
    assert [note.id for note in found.notes] == [
        "https://elsewhere.example/1",
        "https://elsewhere.example/2",
    ]
    assert found.notes[1].ancestors == ("https://elsewhere.example/1",)


def test_items_that_are_named_alone_are_reported() -> None:
    page = {"type": "AnnotationPage", "items": ["https://x.example/1", annotation()]}
    found = incoming(page)
    assert [(each.id, each.reason) for each in found.skipped] == [
        ("https://x.example/1", "The file has its address alone.")
    ]
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("body", "said", "tags"),
    [
        ("Only words", "Only words", ()),
        ("https://x.example/essay", "<https://x.example/essay>", ()),
        ([], "", ()),
        (["One.", {"type": "TextualBody", "value": "Two."}], "One.\n\nTwo.", ()),
        ({"type": "TextualBody", "value": "ink", "purpose": "tagging"}, "", ("ink",)),
        ([{"value": "A.", "purpose": ["commenting"]}, {"value": "B c", "purpose": ["oa:tagging"]}],
         "A.", ("b-c",)),
        ({"value": "<p>One &amp; <b>two</b></p><p>three<script>x()</script></p>",
          "format": "text/html"}, "One & two\n\nthree", ()),
        ({"type": "Choice", "items": [{"value": "First."}, {"value": "Second."}]}, "First.", ()),
        ({"type": "SpecificResource", "source": {"id": "https://x.example/v"}},
         "<https://x.example/v>", ()),
    ],
)  # fmt: skip
def test_bodies(body: object, said: str, tags: tuple[str, ...]) -> None:
    note = only(annotation(body=body))
    assert (note.body, note.tags) == (said, tags)


def test_a_plain_string_for_a_body() -> None:
    assert only(annotation(body=None, bodyValue="Words.")).body == "Words."


@pytest.mark.parametrize(
    ("creator", "key", "name"),
    [
        ("https://x.example/people/bea", "https://x.example/people/bea", "bea"),
        ({"id": "urn:x:1", "name": "Bea"}, "urn:x:1", "Bea"),
        ({"id": "urn:x:1", "nickname": "bee"}, "urn:x:1", "bee"),
        ({"name": ["Bea", "B."]}, "Bea", "Bea"),
        ([{"id": "urn:x:1", "name": "Bea"}, {"id": "urn:x:2"}], "urn:x:1", "Bea"),
        (None, "", ""),
    ],
)
def test_creators(creator: object, key: str, name: str) -> None:
    (person,) = incoming(annotation(creator=creator)).people.values()
    assert (person.key, person.name) == (key, name)


@pytest.mark.parametrize(
    ("motivation", "body", "found"),
    [
        ("questioning", "Why?", Motivation.QUESTIONING),
        (["oa:questioning", "tagging"], "Why?", Motivation.QUESTIONING),
        ("http://www.w3.org/ns/oa#highlighting", "Words.", Motivation.HIGHLIGHTING),
        ("bookmarking", "Words.", Motivation.COMMENTING),
        (None, "Words.", Motivation.COMMENTING),
        ("commenting", "", Motivation.HIGHLIGHTING),
    ],
)
def test_motivations(motivation: object, body: str, found: Motivation) -> None:
    note = only(annotation(motivation=motivation, body={"type": "TextualBody", "value": body}))
    assert note.motivation == found


FRAGMENT = {"type": "FragmentSelector", "value": "p-k1"}
POSITION = {"type": "TextPositionSelector", "start": 2, "end": 8}
QUOTE = {"type": "TextQuoteSelector", "exact": "margin", "prefix": "A ", "suffix": " is"}


@pytest.mark.parametrize(
    ("selector", "quote", "position", "spot"),
    [
        (QUOTE, Quote("margin", "A ", " is"), None, None),
        ([POSITION, QUOTE], Quote("margin", "A ", " is"), (2, 8), None),
        ({**POSITION, "refinedBy": QUOTE}, Quote("margin", "A ", " is"), (2, 8), None),
        ({"type": "CssSelector", "value": "#x", "refinedBy": {
            "type": "XPathSelector", "value": "p", "refinedBy": [POSITION, QUOTE]}},
         Quote("margin", "A ", " is"), None, None),
        ({**FRAGMENT, "refinedBy": POSITION}, None, None, Spot("k1", "k1", 2, 8)),
        ({**FRAGMENT, "refinedBy": [QUOTE]}, Quote("margin", "A ", " is"), None,
         Spot("k1", "k1")),
        ({"type": "FragmentSelector", "value": "page=3", "refinedBy": POSITION}, None, None, None),
        ([QUOTE, {"type": "RangeSelector",
                  "startSelector": {**FRAGMENT, "refinedBy": POSITION},
                  "endSelector": {"type": "FragmentSelector", "value": "p-k2", "refinedBy": {
                      "type": "TextPositionSelector", "start": 5, "end": 5}}}],
         Quote("margin", "A ", " is"), None, Spot("k1", "k2", 2, 5)),
        ({"type": "RangeSelector", "startSelector": {"type": "XPathSelector", "value": "p"},
          "endSelector": {"type": "XPathSelector", "value": "p"}}, None, None, None),
        ("https://x.example/selector", None, None, None),
        ({"type": "TextPositionSelector", "start": 8, "end": 2}, None, None, None),
    ],
)  # fmt: skip
def test_selectors(selector: object, quote: object, position: object, spot: object) -> None:
    note = only(annotation(target={"source": PAGE, "selector": selector}))
    assert (note.quote, note.position, note.spot) == (quote, position, spot)
    assert note.whole_article == (quote is None and position is None and spot is None)


@pytest.mark.parametrize(
    ("target", "about", "whole", "spot"),
    [
        (PAGE, PAGE, True, None),
        ({"id": PAGE}, PAGE, True, None),
        ([{"source": {"id": PAGE}}, "https://x.example"], PAGE, True, None),
        (f"{PAGE}#p-k1", PAGE, False, Spot("k1", "k1")),
        ({"type": "SpecificResource", "source": f"{PAGE}#p-k1", "selector": QUOTE}, PAGE, False,
         Spot("k1", "k1")),
    ],
)  # fmt: skip
def test_targets(target: object, about: str, whole: bool, spot: object) -> None:
    note = only(annotation(target=target))
    assert (note.about, note.whole_article, note.spot) == (about, whole, spot)


def test_what_is_about_another_note_answers_it_whatever_it_calls_itself() -> None:
    two = annotation(id="https://elsewhere.example/2", target="https://elsewhere.example/1")
    found = incoming([annotation(), two])
    assert [note.ancestors for note in found.notes] == [(), ("https://elsewhere.example/1",)]


def test_what_has_no_id_is_known_by_what_it_says() -> None:
    one, same = only(annotation(id=None)), only(annotation(id=None))
    other = only(annotation(id=None, body="Other words."))
    assert one.id == same.id != other.id


def test_our_own_words() -> None:
    note = only(
        annotation(
            **{
                "catena:category": "rose",
                "catena:state": "approved",
                "catena:audience": "circle",
                "catena:circle": "North",
                "catena:anchorState": "approximate",
                "catena:resolved": "2026-01-02T03:04:05Z",
                "catena:resolution": "Agreed.",
            }
        )
    )
    assert (note.category, note.is_stone, note.audience, note.circle) == (
        "rose", False, Audience.CIRCLE, "North",
    )  # fmt: skip
    assert note.anchor_state == AnchorState.APPROXIMATE
    assert note.resolved_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert note.resolution == "Agreed."


def test_for_whom_something_was_in_a_word_nobody_knows_it_is_kept_back() -> None:
    assert only(annotation(**{"catena:audience": "teachers"})).audience == Audience.PRIVATE


def test_words_that_were_hidden_or_removed_stay_there() -> None:
    found = incoming(annotation(**{"catena:state": "hidden"}))
    assert [(note.is_stone, note.body, note.author) for note in found.notes] == [(True, "", "")]
    assert [each.reason for each in found.skipped] == [
        "It was hidden, or removed, where it comes from."
    ]
