"""Notes from elsewhere, placed and brought in: where, by whom, for whom, once, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from annotations import actions
from annotations.enums import AnchorState, Audience, State, Verb
from annotations.exporting import json_ld
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters, Notebook
from annotations.exporting.scope import Scope
from annotations.exporting.writing import silent
from annotations.importing.foreign import placing
from annotations.importing.foreign.bringing import Brought, bring_in, plan
from annotations.importing.foreign.incoming import Incoming, IncomingNote, NotNotes
from annotations.importing.foreign.placing import Report, place_all
from annotations.importing.foreign.recognising import read as read_file
from annotations.models import Annotation, Layer, LogEntry, Target
from annotations.selectors import Quote
from reader.actions import draft_article, publish
from reader.enums import BlockKind, Bylines
from reader.importing import Block, ParsedArticle
from reader.models import Circle, Membership, Paragraph, Pseudonym, Reading, User
from tests.annotations.importing.files import (
    ANNOTATION,
    WRONG,
    answer,
    broken,
    conversation,
    exported,
    incoming,
    places_in,
    row,
)
from tests.cast import Cast, read
from tests.moves import move

type Write = Callable[..., Annotation]


def taken_home(by: User, reading: Reading, **given: Any) -> Notebook:
    return gather(Scope(by, reading.group, reading), Filters(**given))


def sent(by: User, reading: Reading, **given: Any) -> Incoming:
    chunks = json_ld.write(taken_home(by, reading, **given), silent).chunks
    return read_file(b"".join(chunks))


def told(book: Notebook) -> list[object]:
    """All that a conversation is, but for who is called how and what it is called."""
    return [
        (
            [place_of(chapter, thread.place), thread.resolution],
            [(e.depth, e.body, e.tags, None if e.is_stone else (e.motivation, e.category),
              e.created, e.edited, e.state, e.is_stone, e.audience, e.circle,
              e.author and e.author.name, e.answers)
             for e in thread.entries],
        )
        for chapter in book.chapters
        for thread in chapter.threads
    ]  # fmt: skip


def place_of(chapter: Any, place: Any) -> object:
    return replace(place, text_revision=0)


def positions(report: Report) -> dict[str, tuple[str, str, float]]:
    found = {}
    for each in report.placed:
        texts = [paragraph.text for paragraph in each.where.paragraphs]
        words = "\n".join(texts)[each.where.start :]
        beyond = len(texts[-1]) - each.where.end
        words = words[: len(words) - beyond] if each.where.end else ""
        found[each.note.id] = (str(each.state), words, each.confidence)
    return found


def note(
    name: str, exact: str = "", prefix: str = "", suffix: str = "", **given: Any
) -> IncomingNote:
    quote = Quote(exact, prefix, suffix) if exact else None
    return IncomingNote(name, "ada", name=name, body="Words.", quote=quote, **given)


# Placing.


@pytest.fixture
def text(cast: Cast) -> list[Paragraph]:
    return list(Paragraph.objects.standing().filter(article=cast.reading.article))


@pytest.mark.parametrize(
    ("exact", "state", "words"),
    [
        ("a reader answers", "exact", "a reader answers"),
        ("a  reader\n answers", "exact", "a reader answers"),
        ("that.[1]Whoever", "exact", "that.[1]\nWhoever"),  # as a browser joins paragraphs
        ("that.[1]\n\n  Whoever", "exact", "that.[1]\nWhoever"),
        ("for thee, one", "exact", "for thee,\none"),
        ("an\u00adswers", "exact", "answers"),
        ("A READER ANSWERS", "approximate", "a reader answers"),
        ("Then a book was closed, and the long talk goes on", "approximate",
         "Then the book is closed, and the talk goes on."),
        ("the vellum was scraped twice", "detached", ""),
    ],
)  # fmt: skip
def test_where_a_quote_is(text: list[Paragraph], exact: str, state: str, words: str) -> None:
    (placed,) = positions(place_all([note("a", exact)], text)).values()
    assert placed[:2] == (state, words)


def test_of_several_places_the_surroundings_choose(text: list[Paragraph]) -> None:
    first = note("first", "the", "people: ", " author and")
    second = note("second", "the", "Then ", " book")
    found = place_all([first, replace(second, quote=Quote("the", "author and ", " next"))], text)
    starts = [(each.where.paragraphs[0].text[each.where.start :][:10]) for each in found.placed]
    assert starts == ["the author", "the next o"]
    assert [str(each.state) for each in found.placed] == ["exact", "exact"]


def test_of_places_that_nothing_chooses_one_is_only_a_guess(text: list[Paragraph]) -> None:
    (placed,) = place_all([note("a", "the")], text).placed
    assert (placed.state, placed.confidence < 0.5) == (AnchorState.APPROXIMATE, True)


def test_what_stood_beside_chooses_too(text: list[Paragraph]) -> None:
    """The places of others in the text that it comes from, however long its menu is."""
    one = note("one", "Then", position=(1_000, 1_004), about="x")
    the = note("the", "the", position=(1_005, 1_008), about="x")
    lost = note("lost", "vellum and ink", position=(1_010, 1_020), about="x")
    found = {each.note.id: each for each in place_all([the, lost, one], text).placed}
    paragraph = found["the"].where.paragraphs[0]
    assert paragraph.text[: found["the"].where.end] == "Then the"
    assert found["lost"].where.paragraphs == [paragraph]
    assert found["lost"].state == AnchorState.DETACHED


def test_without_its_words_it_stands_at_the_head(text: list[Paragraph]) -> None:
    (placed,) = place_all([note("a", "vellum and ink and lead")], text).placed
    assert placed.where.paragraphs == [text[0]]
    assert (placed.where.start, placed.where.end, placed.confidence) == (0, 0, 0.0)


def test_a_report_counts_every_kind(text: list[Paragraph]) -> None:
    notes = [note("a", "a reader answers"), note("b", "vellum and lead"), note("c", "By custom")]
    report = place_all(notes, text)
    assert report.counts == {"exact": 2, "moved": 0, "approximate": 0, "detached": 1}
    assert [each.note.id for each in report.unsure] == ["b"]


# Hypothesis.


def brought(cast: Cast, value: object, **given: Any) -> Brought:
    return bring_in(by=cast.owner, reading=cast.reading, incoming=incoming(value), **given)


def test_a_conversation_comes_in_as_it_was(cast: Cast) -> None:
    found = brought(cast, conversation())
    assert found.counts == {
        "notes": 10, "roots": 7, "replies": 3, "people": 3, "doubles": 0, "skipped": 1,
    }  # fmt: skip
    assert [(each.id, each.reason) for each in found.skipped] == [
        ("mine", "Only its author was meant to read it.")
    ]
    assert {name: state for name, (state, _, _) in positions(found.report).items()} == {
        "r": "exact", "h": "exact", "page": "exact", "lost": "detached", "edited": "exact",
        "wide": "exact", "like": "approximate",
    }  # fmt: skip
    by_body = {each.body: each for each in Annotation.objects.select_related("creator", "parent")}
    deep: Any = by_body["Three deep."]
    chain = [deep.creator.name, deep.parent.creator.name, deep.parent.parent.creator.name]
    assert chain == ["Cyd", "Ada", "Bea"]
    assert deep.parent.parent.parent == deep.root == by_body["Who is it **for**?"]
    assert deep.root.body_html == "<p>Who is it <strong>for</strong>?</p>"
    assert deep.root.tags == ["close-reading", "margins"]
    assert deep.root.created_at == datetime(2025, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert by_body["Better words."].edited_at == datetime(2025, 3, 2, 9, tzinfo=UTC)
    assert {each.imported_from for each in by_body.values()} == {
        f"https://hypothes.is/a/{name}"
        for name in ("r", "r1", "r2", "r3", "h", "page", "lost", "edited", "wide", "like")
    }
    assert {(each.audience, each.state) for each in by_body.values()} == {("group", "visible")}
    assert by_body["A fine text."].targets.get().whole_article


def test_what_was_chosen_and_what_stands(cast: Cast) -> None:
    """Words that are only like those that were chosen don't replace them."""
    brought(cast, conversation())
    nearly, lost, surely = (
        list(Target.objects.filter(annotation__body=body).order_by("pk"))
        for body in ("Nearly.", "Where has it gone?", "Better words.")
    )
    assert [(t.exact, t.anchor_state, t.current, t.placed_by_id is None) for t in nearly] == [
        ("Then a book was closed, and the long talk goes on", "detached", False, False),
        ("Then the book is closed, and the talk goes on.", "approximate", True, True),
    ]
    assert [(t.exact, t.anchor_state, t.current, t.start_offset, t.end_offset) for t in lost] == [
        ("the vellum was scraped twice and ruled with lead", "detached", True, 0, 0)
    ]
    assert [(t.exact, t.anchor_state, t.placed_by) for t in surely] == [
        ("two people: the author", "exact", surely[0].annotation.creator)
    ]


def test_authors_are_guests_who_have_no_way_in(cast: Cast) -> None:
    brought(cast, conversation())
    guests = Membership.objects.filter(group=cast.group, user__guest_in=cast.group)
    found = [(each.user.name, each.user.is_active, each.left_at is None) for each in guests]
    assert sorted(found) == [(name, False, False) for name in ("Ada", "Bea", "Cyd")]


def test_whoever_says_which_notes_are_theirs_gets_them(cast: Cast) -> None:
    found = brought(cast, conversation(), me="acct:ada@hypothes.is")
    mine = Annotation.objects.filter(creator=cast.owner)
    assert found.skipped == []
    assert sorted(mine.values_list("body", "audience", "reading")) == [
        ("And the one after.", "group", cast.reading.pk),
        ("Better words.", "group", cast.reading.pk),
        ("Both.", "group", cast.reading.pk),
        ("Nearly.", "group", cast.reading.pk),
        ("Only for me.", "private", None),
        ("Where has it gone?", "group", cast.reading.pk),
        ("Who is it **for**?", "group", cast.reading.pk),
    ]
    visible = Annotation.objects.visible_to(cast.moderator)
    assert not visible.filter(body="Only for me.").exists()


def test_the_same_file_again_makes_nothing_new(cast: Cast) -> None:
    brought(cast, conversation())
    before = list(Annotation.objects.values())
    again = brought(cast, conversation())
    assert (again.counts["notes"], again.counts["doubles"]) == (0, 10)
    assert again.annotations == []
    assert list(Annotation.objects.values()) == before
    assert LogEntry.objects.filter(verb=Verb.BRING_IN).count() == 1


def test_what_was_answered_since_hangs_on_what_is_there(cast: Cast) -> None:
    brought(cast, conversation())
    grown = conversation()
    grown["annotations"].append(answer("r4", "r", "r1", "r2", "r3", text="Since.", user="dot"))
    found = brought(cast, grown)
    since: Any = found.annotations[0]
    assert (since.parent.body, since.root.body) == ("Three deep.", "Who is it **for**?")
    assert found.counts["people"] == 1


def test_the_same_notes_stand_in_another_reading_too(cast: Cast) -> None:
    brought(cast, conversation())
    other = read(cast.group, cast.owner)
    bring_in(by=cast.owner, reading=other, incoming=incoming(conversation()))
    counts = [Annotation.objects.filter(reading=each).count() for each in (cast.reading, other)]
    assert counts == [10, 10]
    assert Membership.objects.filter(user__guest_in=cast.group).count() == 3


def test_hidden_notes_leave_a_place_where_they_were_answered(cast: Cast) -> None:
    unkind = row("a", "Unkind.", "a reader", hidden=True)
    alone = row("b", "Unkinder.", "a reader", hidden=True)
    brought(cast, exported(unkind, answer("c", "a", text="Not so."), alone))
    assert list(Annotation.objects.values_list("body", "state").order_by("pk")) == [
        ("", State.PURGED),
        ("Not so.", State.VISIBLE),
    ]


def test_replies_to_what_was_deleted_are_reported(cast: Cast) -> None:
    found = brought(cast, exported(row("a", "Here.", "a reader"), answer("c", "b")))
    assert [(each.id, each.reason) for each in found.skipped] == [
        ("c", "What it answers is not in the file.")
    ]
    assert found.counts["notes"] == 1


def test_notes_on_other_texts_stay_out(cast: Cast) -> None:
    other = row("x", "Elsewhere.", "words of some other book", uri="https://other.example/")
    page = row("y", "All of it.", uri="https://other.example/")
    found = brought(cast, exported(row("a", "Here.", "a reader answers"), other, page,
                                   answer("z", "x")))  # fmt: skip
    assert [(each.id, each.reason) for each in found.skipped] == [
        (name, "It is about another text.") for name in ("x", "z", "y")
    ]
    assert list(Annotation.objects.values_list("body", flat=True)) == ["Here."]


def test_an_answer_without_words_stays_out(cast: Cast) -> None:
    found = brought(cast, exported(row("a", "Here.", "a reader"), answer("b", "a", text=" ")))
    assert [(each.id, each.reason) for each in found.skipped] == [
        ("b", "It is an answer without words.")
    ]


# Who may, and what happens around it.


@pytest.mark.leaks
@pytest.mark.parametrize("who", ["member", "observer", "outsider"])
def test_only_leaders_bring_notes_in(cast: Cast, who: str) -> None:
    value = incoming(conversation())
    for act in (plan, bring_in):
        with pytest.raises(PermissionDenied):
            act(by=getattr(cast, who), reading=cast.reading, incoming=value)
    assert Annotation.objects.count() == 0


def test_a_moderator_may(cast: Cast) -> None:
    bring_in(by=cast.moderator, reading=cast.reading, incoming=incoming(conversation()))
    assert Annotation.objects.count() == 10


def test_the_plan_tells_the_same_and_writes_nothing(cast: Cast) -> None:
    value = incoming(conversation())
    with CaptureQueriesContext(connection) as asked:
        would = plan(by=cast.owner, reading=cast.reading, incoming=value)
    assert {query["sql"].split()[0] for query in asked} == {"SELECT"}
    did = bring_in(by=cast.owner, reading=cast.reading, incoming=value)
    assert would.counts == did.counts
    assert positions(would.report) == positions(did.report)
    assert [person.name for person in would.people] == ["Ada", "Bea", "Cyd"]


def test_all_or_nothing(cast: Cast) -> None:
    """The last of the notes doesn't fit into the database."""
    value = incoming(conversation())
    motivation: Any = "no such one"
    last = replace(value.notes[-1], motivation=motivation)
    people = Membership.objects.count()
    with pytest.raises(ValidationError, match="no such one"):
        bring_in(
            by=cast.owner,
            reading=cast.reading,
            incoming=replace(value, notes=[*value.notes[:-1], last]),
        )
    assert (Annotation.objects.count(), Target.objects.count()) == (0, 0)
    assert Membership.objects.count() == people
    assert LogEntry.objects.count() == 0


def test_it_stands_in_the_log(cast: Cast) -> None:
    brought(cast, conversation())
    entry = LogEntry.objects.get()
    assert (entry.verb, entry.actor, entry.acting_as, entry.for_members) == (
        Verb.BRING_IN, cast.owner, "owner", False,
    )  # fmt: skip
    assert entry.details == {"count": 10, "source": "hypothesis", "reading": cast.reading.pk}


def test_each_paragraph_is_dated_once(cast: Cast) -> None:
    rows = [row(str(n), f"Words {n}.", "a reader answers") for n in range(5)]
    brought(cast, exported(*rows, row("wide", "Both.", "empty for that.[1]Whoever writes")))
    found = Layer.objects.order_by("paragraph__position")
    assert list(found.values_list("version", "leaders_version")) == [(1, 1), (1, 1)]


def test_where_a_reading_shows_no_names_guests_get_pseudonyms(cast: Cast) -> None:
    Reading.objects.filter(pk=cast.reading.pk).update(bylines=Bylines.PSEUDONYMS)
    brought(cast, conversation())
    named = Pseudonym.objects.filter(reading=cast.reading).values_list("user__name", flat=True)
    assert sorted(named) == ["Ada", "Bea", "Cyd"]


@pytest.mark.hostile
def test_links_and_html_in_bodies_do_nothing(cast: Cast) -> None:
    words = "[x](javascript:alert(1)) <img src=x onerror=alert(1)> <b>bold</b>"
    brought(cast, exported(row("a", words, "a reader")))
    html = Annotation.objects.get().body_html
    assert "<img" not in html
    assert "href" not in html
    assert "&lt;b&gt;" in html


def many(count: int) -> Incoming:
    rows = []
    for n in range(count // 3):
        rows += [
            row(f"a{n}", f"Root {n}.", "By custom" if n % 2 else "One line"),
            answer(f"b{n}", f"a{n}", text=f"Reply {n}.", user="bea"),
            answer(f"c{n}", f"a{n}", f"b{n}", text=f"Deeper {n}.", user="cyd"),
        ]
    return incoming(exported(*rows))


def test_many_notes_take_as_many_queries_as_few(cast: Cast) -> None:
    asked = []
    for count in (12, 306):
        reading = read(cast.group, cast.owner)
        bring_in(by=cast.owner, reading=reading, incoming=many(6))
        with CaptureQueriesContext(connection) as queries:
            found = bring_in(by=cast.owner, reading=reading, incoming=many(count))
        assert found.counts["notes"] == count - 6
        asked.append(len(queries))
    assert asked[0] == asked[1]


# Web Annotations: out and in.


@pytest.fixture
def talk(cast: Cast, write: Write) -> Cast:
    """Every kind of note, threads four deep, a range, a note that a correction moved."""
    root = write(cast.member, "What for?", motivation="questioning", tags=["ink", "who"])
    reply = write(cast.other, "For the *next* one.", to=root)
    deeper = write(cast.member, "Who is that?", to=reply)
    write(cast.owner, "You.\n\n> are", to=deeper)
    write(cast.other, "Another.", to=root)
    write(cast.other, on=1, start=8, end=14, category="green")
    write(cast.owner, "Say what you expect.", motivation="questioning", category="violet")
    text = list(Paragraph.objects.standing().filter(article=cast.reading.article))
    whole = actions.Range(text[:1], 0, len(text[0].text), whole_article=True)
    for by, body, where, motivation, category in (
        (cast.member, "All of these.", actions.Range(text[1:6], 3, 9), "commenting", "rose"),
        (cast.moderator, "All of it.", whole, "questioning", "violet"),
    ):
        actions.annotate(
            by=by,
            reading=cast.reading,
            where=where,
            motivation=motivation,
            category=category,
            audience="group",
            body=body,
            client_id=uuid4(),
        )
    write(cast.owner, "Among us.", audience="leaders")
    gone = write(cast.member, "Taken back.", on=2)
    write(cast.other, "Still here.", to=gone)
    move(write(cast.member, "Without its words.", on=2), AnchorState.DETACHED)
    nearly = move(write(cast.member, "Nearly.", on=2), AnchorState.APPROXIMATE, start=0, end=4)
    Target.objects.filter(pk=nearly.pk).update(suffix=text[5].text[4:36])
    Annotation.objects.filter(pk=gone.pk).update(state=State.WITHDRAWN, body="", body_html="")
    Annotation.objects.filter(pk=root.pk).update(
        resolved_by=cast.owner, resolved_at=datetime(2026, 1, 2, tzinfo=UTC), resolution="For us."
    )
    Annotation.objects.filter(pk=deeper.pk).update(edited_at=datetime.now(UTC))
    return cast


@pytest.mark.roundtrip
@pytest.mark.parametrize("leaders", [False, True])
def test_out_and_in_on_a_copy_keeps_every_thread_quote_and_position(
    talk: Cast, leaders: bool
) -> None:
    other = read(talk.group, talk.owner)
    out = taken_home(talk.owner, talk.reading, leaders=leaders)
    found = bring_in(
        by=talk.owner, reading=other, incoming=sent(talk.owner, talk.reading, leaders=leaders)
    )
    back = taken_home(talk.owner, other, leaders=leaders)
    assert told(back) == told(out)
    assert found.counts["notes"] == out.count == (13 if leaders else 12)
    assert found.skipped == []


@pytest.mark.roundtrip
def test_twice_out_and_in_is_the_same_as_once(talk: Cast) -> None:
    one, two = read(talk.group, talk.owner), read(talk.group, talk.owner)
    bring_in(by=talk.owner, reading=one, incoming=sent(talk.owner, talk.reading))
    bring_in(by=talk.owner, reading=two, incoming=sent(talk.owner, one))
    assert told(taken_home(talk.owner, two)) == told(taken_home(talk.owner, talk.reading))


def test_into_where_it_comes_from_nothing_new_comes(talk: Cast) -> None:
    before = list(Annotation.objects.values_list("uuid", flat=True))
    found = bring_in(by=talk.owner, reading=talk.reading, incoming=sent(talk.owner, talk.reading))
    assert (found.counts["notes"], found.counts["doubles"]) == (0, 12)
    assert list(Annotation.objects.values_list("uuid", flat=True)) == before


def test_an_id_that_is_free_is_kept(cast: Cast) -> None:
    uuid = "0b1f6d0e-4a7e-4f0c-9a51-3a2f7d3c1b11"
    note = {
        "id": f"https://other.example/n/{uuid}/",
        "type": "Annotation",
        "body": {"type": "TextualBody", "value": "Words."},
        "target": {"source": "x:y", "selector": {"type": "TextQuoteSelector", "exact": "margin"}},
    }
    bring_in(by=cast.owner, reading=cast.reading, incoming=incoming(note))
    kept = Annotation.objects.get()
    assert (kept.uuid, kept.imported_from) == (UUID(uuid), "")
    bring_in(by=cast.owner, reading=read(cast.group, cast.owner), incoming=incoming(note))
    other = Annotation.objects.exclude(pk=kept.pk).get()
    assert other.uuid != kept.uuid
    assert other.imported_from == f"https://other.example/n/{uuid}/"


@pytest.mark.leaks
def test_nobody_reads_more_than_they_could(cast: Cast, write: Write) -> None:
    write(cast.owner, "Leaders alone.", audience="leaders")
    prompt = write(cast.owner, "What do you say?", motivation="questioning", category="violet")
    said = write(cast.member, "So.", to=prompt)
    write(cast.owner, "To you alone.", to=said, privately=True)
    Circle.objects.create(reading=cast.reading, name="North").members.add(cast.member)
    circle = Circle.objects.get()
    write(cast.member, "North only.", audience="circle", circle=circle)
    value = sent(cast.owner, cast.reading, leaders=True)
    assert sorted(each.audience for each in value.notes) == [
        "circle", "group", "group", "leaders", "person",
    ]  # fmt: skip
    other = read(cast.group, cast.owner)
    found = bring_in(by=cast.owner, reading=other, incoming=value)
    assert sorted(each.reason for each in found.skipped) == [
        "It was meant for one person and the leaders.",
        "It was written to a circle, “North”, that this reading doesn’t have.",
    ]
    here = Annotation.objects.filter(reading=other)
    assert sorted(here.values_list("body", "audience")) == [
        ("Leaders alone.", "leaders"), ("So.", "group"), ("What do you say?", "group"),
    ]  # fmt: skip
    seen = Annotation.objects.visible_to(cast.member).filter(reading=other)
    assert sorted(seen.values_list("body", flat=True)) == ["So.", "What do you say?"]


@pytest.mark.leaks
def test_a_file_puts_no_words_into_a_members_mouth(cast: Cast) -> None:
    mira = Membership.objects.get(group=cast.group, user=cast.member)
    note = {
        "id": "https://other.example/1",
        "type": "Annotation",
        "creator": {"id": f"urn:uuid:{mira.uuid}", "name": "Mira"},
        "body": "I never said that.",
        "target": {"source": "x:y", "selector": {"type": "TextQuoteSelector", "exact": "margin"}},
    }
    bring_in(by=cast.owner, reading=cast.reading, incoming=incoming(note))
    author = Annotation.objects.get().creator
    assert (author.name, author.guest_in) == ("Mira", cast.group)


@pytest.mark.leaks
def test_an_answer_is_for_no_more_people_than_what_it_answers(cast: Cast) -> None:
    root = {
        "id": "https://other.example/1", "type": "Annotation", "body": "Among us.",
        "catena:audience": "leaders",
        "target": {"source": "x:y", "selector": {"type": "TextQuoteSelector", "exact": "margin"}},
    }  # fmt: skip
    reply = {
        "id": "https://other.example/2", "type": "Annotation", "body": "Yes.",
        "motivation": "replying", "target": "https://other.example/1",
        "catena:audience": "group",
    }  # fmt: skip
    bring_in(by=cast.owner, reading=cast.reading, incoming=incoming([root, reply]))
    assert set(Annotation.objects.values_list("audience", flat=True)) == {Audience.LEADERS}
    assert not Annotation.objects.visible_to(cast.member).exists()


@pytest.mark.leaks
def test_what_is_there_is_answered_where_it_is_and_among_those_who_read_it(
    cast: Cast, write: Write
) -> None:
    """Whatever a file says of it."""
    root = write(cast.member, "A root.")
    said = write(cast.other, "So.", to=root)
    alone = write(cast.owner, "To you alone.", to=said, privately=True)
    elsewhere = write(cast.owner, "Another thread.", on=1)

    def claimed(note: Annotation, answers: Annotation | None) -> dict[str, Any]:
        target: Any = {"source": "x:y", "selector": {"type": "TextQuoteSelector", "exact": "that"}}
        named = f"https://other.example{note.get_absolute_url()}"
        if answers is not None:
            target = f"https://other.example{answers.get_absolute_url()}"
        return {"id": named, "type": "Annotation", "body": "Words.", "target": target}

    reply = {
        "id": "https://other.example/2", "type": "Annotation", "body": "Overheard.",
        "motivation": "replying", "target": f"https://other.example{alone.get_absolute_url()}",
    }  # fmt: skip
    forged = [claimed(elsewhere, None), claimed(alone, elsewhere), reply]
    bring_in(by=cast.owner, reading=cast.reading, incoming=incoming(forged))
    new = Annotation.objects.get(body="Overheard.")
    assert (new.parent, new.root) == (alone, root)
    assert (new.audience, new.addressee) == (Audience.PERSON, cast.other)


def test_words_of_another_text_are_not_looked_for_without_end(
    text: list[Paragraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes a while, the longer the more: so many of a text none of whose words is here for
    sure, and so many characters of all."""
    monkeypatch.setattr(placing, "_MOST_MISSED", 3)
    close, foreign = "A READER ANSWERS", "the vellum was scraped twice"
    missed = [note(f"n{n}", foreign, about="x:there") for n in range(3)]
    late, other = note("late", close, about="x:there"), note("other", close, about="x:here")
    found = place_all([*missed, late, other], text)
    assert [str(each.state) for each in found.placed[3:]] == ["detached", "approximate"]
    sure = note("sure", "a reader answers", about="x:there")
    found = place_all([sure, *missed, late], text)
    assert str(found.placed[-1].state) == "approximate"
    monkeypatch.setattr(placing, "_MOST_LOOKED_FOR", 3 * (placing._EACH + len(close)))
    some = place_all([note(f"n{n}", close, about=f"x:{n}") for n in range(5)], text)
    assert [each.is_sure for each in some.placed] == [False] * 5
    states = [str(each.state) for each in some.placed]
    assert states == ["approximate"] * 3 + ["detached"] * 2


def test_a_paragraph_key_that_no_longer_says_the_quote(
    cast: Cast, write: Write, paragraphs: list[Paragraph]
) -> None:
    """The words went to another paragraph: the note goes along, and the report says so."""
    write(cast.member, "About that.", start=2, end=8)
    value = sent(cast.owner, cast.reading)
    first, last = paragraphs[0], paragraphs[-1]
    Paragraph.objects.filter(pk=first.pk).update(text="Nothing of that kind.")
    Paragraph.objects.filter(pk=last.pk).update(text="At last, a margin is where one answers.")
    (placed,) = place_all(value.notes, list(
        Paragraph.objects.standing().filter(article=cast.reading.article))).placed  # fmt: skip
    assert (placed.state, placed.stands) == (AnchorState.MOVED, AnchorState.EXACT)
    assert placed.where.paragraphs == [last]
    assert (placed.where.start, placed.where.end) == (11, 17)


def test_a_text_of_other_scripts(cast: Cast) -> None:
    blocks = [Block(BlockKind.PARAGRAPH, words) for words in (
        "हाशिया वह जगह है जहाँ पाठक उत्तर देता है।",
        "הַשּׁוּלַיִם הם מקום לקורא.",
        "余白は読者が答える場所である。",
        "𝔪argins 👩🏽‍🚀 are read.")]  # fmt: skip
    parsed = ParsedArticle(title="Scripts", blocks=tuple(blocks))
    one, two = (
        publish(by=cast.owner, draft=draft_article(by=cast.owner, group=cast.group, parsed=parsed))
        for _ in range(2)
    )
    exact = ["पाठक उत्तर", "מקום לקורא", "読者が答える", "👩🏽‍🚀 are"]
    for at, words in enumerate(exact):
        rows = [row(f"s{at}", f"On {words}", "x", target=[{"source": "x", "selector": [
            {"type": "TextQuoteSelector", "exact": words}]}])]  # fmt: skip
        bring_in(by=cast.owner, reading=one, incoming=incoming(exported(*rows)))
    bring_in(by=cast.owner, reading=two, incoming=sent(cast.owner, one))
    assert told(taken_home(cast.owner, two)) == told(taken_home(cast.owner, one))
    kept = Target.objects.filter(annotation__reading=two).order_by("pk")
    assert sorted(kept.values_list("exact", "anchor_state")) == sorted(
        (words, "exact") for words in exact
    )


@pytest.mark.hostile
@pytest.mark.exhaustive
def test_whatever_is_read_can_be_brought_in(cast: Cast) -> None:
    """Files that hold something strange in each of their fields in turn."""
    whole = {**row("a", "Words.", "margin"), "references": []}
    places = [(each, path) for each in (whole, ANNOTATION) for path in places_in(each)]
    files = [
        broken([each], (0, *path), wrong)
        for at, (each, path) in enumerate(places)
        for wrong in WRONG[at % 7 :: 7]
    ]
    came = 0
    for value in files:
        try:
            found = incoming(value)
        except NotNotes:
            continue
        with transaction.atomic():
            came += bring_in(by=cast.owner, reading=cast.reading, incoming=found).counts["notes"]
            transaction.set_rollback(True)
    assert came > 50
