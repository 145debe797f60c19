"""An archive brought into a group that is there: nothing is doubled, nobody is made the author of
what they didn't bring, and words stand where they are."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations import actions
from annotations.enums import AnchorState, State, Verb
from annotations.importing.archives.matching import address_of, derived_key, derived_uuid
from annotations.importing.archives.reading import read
from annotations.importing.archives.restoring import Restored, plan, restore
from annotations.models import Annotation, Case, Layer, LogEntry, Target
from annotations.records import Archive, BadArchive
from reader.actions import create_group
from reader.enums import Role
from reader.models import Article, Membership, Paragraph, Pseudonym, Reading, StudyGroup, User
from tests.annotations.conftest import Write
from tests.annotations.importing.archived import archived, entries
from tests.annotations.importing.forging import NOTES, Rows, everything, first, forged
from tests.cast import Cast, assemble
from tests.corrections import blocks_of, correct, reworded
from tests.permissions.world import comment
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.roundtrip]


@pytest.fixture
def talk(cast: Cast, write: Write) -> dict[str, Annotation]:
    """A thread of three, a highlight, and what the owner and a member keep to themselves."""
    root = write(cast.member, "A root", on=1, start=8, end=20, tags=["kept"])
    reply = write(cast.other, "An answer", to=root)
    return {
        "root": root,
        "reply": reply,
        "deeper": write(cast.owner, "Deeper", to=reply),
        "highlight": write(cast.moderator, on=2, start=0, end=4),
        "mine": write(cast.owner, "Mine alone", audience="private"),
        "theirs": write(cast.member, "Theirs alone", audience="private"),
    }


def brought(data: bytes, by: User, group: StudyGroup, *, mine: bool = True) -> Restored:
    found = read(BytesIO(data))
    me = str(found.header.exported_by) if mine else ""
    return restore(by=by, records=found, group=group, me=me)


def told(restored: Restored) -> dict[str, int]:
    names = ("articles", "notes", "known", "left_out", "guests")
    return {name: getattr(restored, name) for name in names}


def current(note: Annotation) -> Target:
    found: Target = Target.objects.current().get(annotation=note)
    return found


@pytest.mark.usefixtures("talk")
class TestIntoTheSameGroup:
    def test_nothing_is_new(self, cast: Cast) -> None:
        data = archived(cast.owner, cast.group)
        before = everything()
        done = brought(data, cast.owner, cast.group)
        assert told(done) == {
            "articles": 0, "notes": 0, "known": 5, "left_out": 0, "guests": 0,
        }  # fmt: skip
        assert everything() == before
        assert entries(archived(cast.owner, cast.group)) == entries(data)

    def test_only_what_is_missing_comes(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        """A note that is in the archive alone is a guest's, though its author is a member."""
        data = archived(cast.owner, cast.group)
        missing = talk["deeper"]
        Annotation.objects.filter(pk=missing.pk).delete()
        Annotation.objects.filter(pk=talk["reply"].pk).delete()
        planned = plan(by=cast.owner, records=read(BytesIO(data)), group=cast.group)
        (article,) = planned.articles
        assert (article.reading, article.new, article.known, article.left_out) == (
            cast.reading, 2, 3, 0,
        )  # fmt: skip
        assert (planned.matched, planned.guests) == ((), ("Nils", "Olga"))
        done = brought(data, cast.owner, cast.group)
        assert (done.notes, done.known, done.guests) == (2, 3, 1)
        reply = Annotation.objects.get(uuid=talk["reply"].uuid)
        assert (reply.creator.name, reply.creator.guest_in) == ("Nils", cast.group)
        assert (reply.parent, reply.root) == (talk["root"], talk["root"])
        deeper = Annotation.objects.get(uuid=missing.uuid)
        assert (deeper.creator, deeper.parent, deeper.root) == (cast.owner, reply, talk["root"])

    def test_nobody_is_made_to_say_anything(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        """Whoever forges a note with a member's id makes a guest say it."""

        def add(rows: Rows) -> None:
            said = first(rows, body="A root")
            rows.append(said | {"uuid": str(uuid4()), "body": "I never said this"})

        data = forged(archived(cast.owner, cast.group), {NOTES: add})
        brought(data, cast.moderator, cast.group, mine=False)
        note = Annotation.objects.get(body="I never said this")
        member = Membership.objects.get(group=cast.group, user=cast.member)
        guest = Membership.objects.get(group=cast.group, user=note.creator)
        assert (guest.uuid, guest.user.name) == (derived_uuid(cast.group, member.uuid), "Mira")
        assert guest.left_at is not None

    def test_what_is_there_hangs_where_it_hangs(
        self, cast: Cast, write: Write, talk: dict[str, Annotation]
    ) -> None:
        """A file moves nothing that is there, and what it brings follows that."""
        data = archived(cast.owner, cast.group)
        elsewhere, moved = str(talk["highlight"].uuid), str(talk["reply"].uuid)

        def move(rows: Rows) -> None:
            said = first(rows, uuid=moved)
            said["parent"] = elsewhere
            rows.append(said | {"uuid": str(uuid4()), "body": "Where?", "parent": moved})

        brought(forged(data, {NOTES: move}), cast.owner, cast.group, mine=False)
        talk["reply"].refresh_from_db()
        assert (talk["reply"].parent, talk["reply"].root) == (talk["root"], talk["root"])
        new = Annotation.objects.get(body="Where?")
        assert (new.parent, new.root) == (talk["reply"], talk["root"])

    @pytest.mark.leaks
    @pytest.mark.parametrize("of", ["mine", "leaders"])
    def test_an_answer_is_for_no_more_people_than_what_is_there(
        self, cast: Cast, write: Write, talk: dict[str, Annotation], of: str
    ) -> None:
        """Whatever the file says of that: its words would stand by those of fewer people."""
        there = talk["mine"] if of == "mine" else write(cast.owner, "Us.", audience="leaders")
        data = archived(cast.owner, cast.group)

        def widen(rows: Rows) -> None:
            first(rows, uuid=str(there.uuid))["audience"] = "group"
            reply = first(rows, uuid=str(talk["reply"].uuid))
            rows.append(reply | {"uuid": str(uuid4()), "parent": str(there.uuid)})

        before = everything()
        with pytest.raises(BadArchive, match="for more people than what it answers here"):
            brought(forged(data, {NOTES: widen}), cast.owner, cast.group)
        assert everything() == before

    @pytest.mark.leaks
    def test_what_members_wrote_is_not_opened_to_the_world(self, cast: Cast) -> None:
        data = archived(cast.owner, cast.group)
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        cast.group.refresh_from_db()
        for look in (plan, restore):
            with pytest.raises(BadArchive, match="everybody reads this group"):
                look(by=cast.owner, records=read(BytesIO(data)), group=cast.group)
        opened = archived(cast.owner, cast.group)
        assert brought(opened, cast.owner, cast.group).known == 5

    def test_what_stands_there_stays(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        data = archived(cast.owner, cast.group)
        actions.edit(by=cast.member, annotation=talk["root"], body="Said better")
        talk["highlight"].refresh_from_db()
        actions.withdraw(by=cast.moderator, annotation=talk["highlight"])
        brought(data, cast.owner, cast.group)
        talk["root"].refresh_from_db()
        talk["highlight"].refresh_from_db()
        assert (talk["root"].body, talk["highlight"].state) == ("Said better", State.WITHDRAWN)

    def test_the_log_says_that_something_came_and_nothing_else(
        self, cast: Cast, talk: dict[str, Annotation]
    ) -> None:
        data = archived(cast.owner, cast.group)
        Annotation.objects.filter(pk=talk["deeper"].pk).delete()
        brought(data, cast.owner, cast.group)
        rows = LogEntry.objects.filter(group=cast.group)
        assert [(row.verb, row.actor, row.details) for row in rows] == [
            (Verb.BRING_IN, cast.owner, {"count": 1, "source": "archive"})
        ]

    def test_settings_stay(self, cast: Cast) -> None:
        data = archived(cast.owner, cast.group)
        StudyGroup.objects.filter(pk=cast.group.pk).update(rules="Be kinder.", premoderates=True)
        brought(data, cast.owner, cast.group)
        cast.group.refresh_from_db()
        assert (cast.group.rules, cast.group.premoderates) == ("Be kinder.", True)

    def test_pages_are_dated_once(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        data = archived(cast.owner, cast.group)
        Annotation.objects.filter(pk=talk["deeper"].pk).delete()
        Annotation.objects.filter(pk=talk["reply"].pk).delete()
        paragraph = current(talk["root"]).start_paragraph
        layer = Layer.objects.get(reading=cast.reading, paragraph=paragraph)
        others = Layer.objects.exclude(pk=layer.pk)
        before = list(others.order_by("pk").values_list("pk", "version", "leaders_version"))
        brought(data, cast.owner, cast.group)
        after = Layer.objects.get(pk=layer.pk)
        assert after.version == layer.version + 1
        assert after.leaders_version == layer.leaders_version + 1
        assert list(others.order_by("pk").values_list("pk", "version", "leaders_version")) == before


class TestACorrectedText:
    def test_words_are_followed(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        """What was archived before a correction stands on its words as they are since."""
        data = archived(cast.owner, cast.group)
        article = cast.reading.article
        correct(cast.owner, article, reworded(article, "writes there", "writes right there"))
        for note in (talk["deeper"], talk["reply"], talk["root"], talk["highlight"]):
            Target.objects.filter(annotation=note).delete()
            Annotation.objects.filter(pk=note.pk).delete()
        done = brought(data, cast.owner, cast.group)
        assert (done.articles, done.notes, done.known) == (0, 4, 1)
        root = Annotation.objects.get(uuid=talk["root"].uuid)
        target = current(root)
        text = target.start_paragraph.text
        assert text[target.start_offset : target.end_offset] == target.exact == "writes right there"
        assert (target.anchor_state, target.text_revision, target.placed_by) == (
            AnchorState.MOVED, 2, None,
        )  # fmt: skip
        made = Target.objects.get(annotation=root, current=False)
        assert (made.text_revision, made.placed_by, made.start_offset) == (1, root.creator, 8)

    def test_words_that_are_gone(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        data = archived(cast.owner, cast.group)
        article = cast.reading.article
        blocks = [each for each in blocks_of(article) if "Whoever" not in each["text"]]
        correct(cast.owner, article, blocks)
        for note in (talk["deeper"], talk["reply"], talk["root"]):
            Target.objects.filter(annotation=note).delete()
            Annotation.objects.filter(pk=note.pk).delete()
        brought(data, cast.owner, cast.group)
        target = current(Annotation.objects.get(uuid=talk["root"].uuid))
        assert (target.anchor_state, target.exact) == (AnchorState.DETACHED, "writes there")
        assert not target.start_paragraph.retired

    def test_an_archive_of_a_text_that_this_site_never_had(
        self, cast: Cast, talk: dict[str, Annotation]
    ) -> None:
        """It was corrected elsewhere, and notes were made there since."""
        group, owner = cast.group, cast.owner
        data = archived(owner, group)
        elsewhere = restore(by=cast.outsider, records=read(BytesIO(data))).group
        reading = elsewhere.readings.get()
        article = reading.article
        article.refresh_from_db()
        correct(cast.outsider, article, reworded(article, "the talk goes", "much talk goes"))
        reading = Reading.objects.with_titles().get(pk=reading.pk)
        last = article.paragraphs.get(text__contains="much talk")
        start = last.text.index("goes on")
        where = actions.Range([last], start, start + 7)
        actions.annotate(
            by=cast.outsider, reading=reading, where=where, body="Written there", audience="group",
            motivation="commenting", client_id=uuid4(),
        )  # fmt: skip
        back = archived(cast.outsider, elsewhere)
        # Its paragraphs have other keys there, which say what they were.
        keys = {derived_key(elsewhere, each.key): each.key for each in Paragraph.objects.all()}

        def rename(rows: Rows) -> None:
            for row in rows:
                for name in ("key", "start", "end"):
                    if name in row:
                        row[name] = keys.get(row[name], row[name])
                for part in (*row.get("places", ()), *row.get("said", ())):
                    for name in ("key", "start", "end"):
                        if name in part:
                            part[name] = keys.get(part[name], part[name])
                if "order" in row and isinstance(row["order"], list):
                    row["order"] = [keys.get(key, key) for key in row["order"]]

        within = "readings/001"
        renamed = forged(
            back,
            {f"{within}/{name}.jsonl": rename for name in ("notes", "paragraphs", "texts")},
        )
        done = brought(renamed, owner, group, mine=False)
        assert (done.articles, done.readings) == (0, (cast.reading,))
        note = Annotation.objects.get(body="Written there", reading=cast.reading)
        target = current(note)
        assert target.exact == "goes on"
        assert target.start_paragraph.text[target.start_offset : target.end_offset] == "goes on"
        assert (target.text_revision, target.start_paragraph.article) == (
            1, cast.reading.article,
        )  # fmt: skip
        assert target.annotation.article == cast.reading.article


@pytest.mark.usefixtures("talk")
class TestIntoAnotherGroup:
    def test_everything_comes_under_ids_of_its_own(
        self, cast: Cast, talk: dict[str, Annotation]
    ) -> None:
        data = archived(cast.owner, cast.group)
        found = read(BytesIO(data))
        theirs = cast.elsewhere.group
        done = brought(data, cast.outsider, theirs, mine=False)
        assert told(done) == {
            "articles": 1, "notes": 4, "known": 0, "left_out": 1, "guests": 4,
        }  # fmt: skip
        root = Annotation.objects.get(reading=done.readings[0], body="A root")
        original = talk["root"].uuid
        assert root.uuid == derived_uuid(theirs, original)
        assert root.imported_from == address_of(found.header.site, original)
        assert (root.creator.name, root.creator.guest_in, root.tags) == ("Mira", theirs, ["kept"])
        article = done.readings[0].article
        tail = derived_key(theirs, cast.reading.article.slug)[:5]
        assert (article.steward, article.slug) == (theirs, f"of-margins-{tail}")
        keys = set(article.paragraphs.values_list("key", flat=True))
        originals = cast.reading.article.paragraphs.values_list("key", flat=True)
        assert keys == {derived_key(theirs, key) for key in originals}

    def test_twice_is_once(self, cast: Cast) -> None:
        data = archived(cast.owner, cast.group)
        brought(data, cast.outsider, cast.elsewhere.group, mine=False)
        before = everything()
        done = brought(data, cast.outsider, cast.elsewhere.group, mine=False)
        assert told(done) == {
            "articles": 0, "notes": 0, "known": 4, "left_out": 1, "guests": 0,
        }  # fmt: skip
        assert everything() == before

    @pytest.mark.parametrize("state", [State.WITHDRAWN, State.PURGED])
    def test_what_is_gone_here_comes_back_nowhere(
        self, cast: Cast, talk: dict[str, Annotation], state: str
    ) -> None:
        data = archived(cast.owner, cast.group)
        Annotation.objects.filter(pk=talk["reply"].pk).update(state=state)
        done = brought(data, cast.outsider, cast.elsewhere.group, mine=False)
        here = Annotation.objects.filter(reading=done.readings[0])
        stone = here.get(uuid=derived_uuid(cast.elsewhere.group, talk["reply"].uuid))
        assert (stone.state, stone.body, stone.creator.name) == (state, "", "somebody")
        assert here.get(body="Deeper").parent == stone
        assert not here.filter(creator__name="Nils").exists()

    def test_private_notes_are_for_whoever_says_that_they_are_theirs(self, cast: Cast) -> None:
        Membership.objects.create(group=cast.elsewhere.group, user=cast.owner, role=Role.MODERATOR)
        data = archived(cast.owner, cast.group)
        done = brought(data, cast.owner, cast.elsewhere.group)
        mine = Annotation.objects.get(article=done.readings[0].article, audience="private")
        assert (mine.creator, mine.body, mine.reading) == (cast.owner, "Mine alone", None)
        assert done.left_out == 0

    def test_the_order_of_readings_goes_on(self, cast: Cast) -> None:
        done = brought(archived(cast.owner, cast.group), cast.outsider, cast.elsewhere.group)
        assert done.readings[0].order == cast.elsewhere.order + 1

    def test_held_notes_have_a_case_there(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        """Also where the file has none: somebody has to decide about them."""
        Annotation.objects.filter(pk=talk["reply"].pk).update(state=State.PENDING, was_shown=False)
        done = brought(archived(cast.owner, cast.group), cast.outsider, cast.elsewhere.group)
        case = Case.objects.get(group=cast.elsewhere.group)
        assert (case.annotation.body, case.rule, case.resolved_at) == ("An answer", "", None)
        assert case.annotation.reading == done.readings[0]


class TestPseudonyms:
    def test_nobody_is_named_by_being_brought_elsewhere(
        self, cast: Cast, talk: dict[str, Annotation]
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        data = archived(cast.owner, cast.group)
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="names")
        before = everything()
        for ask in (plan, restore):
            with pytest.raises(BadArchive, match="People wrote under pseudonyms around"):
                ask(by=cast.owner, records=read(BytesIO(data)), group=cast.group)
        assert everything() == before

    def test_guests_keep_theirs(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        for user, name in ((cast.member, "Moss Heron"), (cast.other, "Clay Lynx")):
            Pseudonym.objects.create(reading=cast.reading, user=user, name=name)
        data = archived(cast.owner, cast.group)
        for note in (talk["deeper"], talk["reply"]):
            Annotation.objects.filter(pk=note.pk).delete()
        Pseudonym.objects.filter(name="Clay Lynx").delete()
        brought(data, cast.owner, cast.group)
        reply = Annotation.objects.get(uuid=talk["reply"].uuid)
        assert Pseudonym.objects.get(reading=cast.reading, user=reply.creator).name == "Clay Lynx"
        assert Pseudonym.objects.filter(reading=cast.reading, user=cast.owner).exists()


class TestWhoMay:
    @pytest.mark.parametrize("name", ["member", "observer", "outsider"])
    def test_only_leaders(self, cast: Cast, talk: dict[str, Annotation], name: str) -> None:
        records = read(BytesIO(archived(cast.owner, cast.group)))
        before = everything()
        for ask in (plan, restore):
            with pytest.raises(PermissionDenied):
                ask(by=getattr(cast, name), records=records, group=cast.group)
        assert everything() == before

    def test_nobody_is_who_is_not_in_it(self, cast: Cast, talk: dict[str, Annotation]) -> None:
        records = read(BytesIO(archived(cast.owner, cast.group)))
        with pytest.raises(BadArchive, match="Nobody in this archive has the id"):
            restore(by=cast.outsider, records=records, me=str(uuid4()))

    def test_a_new_group_is_of_whoever_brings_it(
        self, cast: Cast, talk: dict[str, Annotation]
    ) -> None:
        records = read(BytesIO(archived(cast.owner, cast.group)))
        made = restore(by=cast.member, records=records, new_group_slug="anew").group
        people = Membership.objects.filter(group=made)
        assert made.slug == "anew"
        assert list(people.filter(left_at=None).values_list("user", "role")) == [
            (cast.member.pk, Role.OWNER)
        ]
        guests = people.exclude(left_at=None).order_by("user__name")
        assert list(guests.values_list("user__name", "user__guest_in")) == [
            (name, made.pk) for name in ("Mira", "Moses", "Nils", "Olga")
        ]
        assert not LogEntry.objects.filter(group=made, verb=Verb.BRING_IN).exists()


def _queries(ask: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ask()
    return len(asked)


def _thread(cast: Cast, write: Write, count: int) -> None:
    """So many notes as two first ones and answers to these, in bulk."""
    root = write(cast.member, "First")
    again = write(cast.member, "Again", to=root)
    made = []
    for n in range(count - 2):
        note = Annotation.objects.get(pk=again.pk if n % 2 else root.pk)
        note.pk, note.uuid, note.client_id = None, uuid4(), uuid4()
        if n % 2:
            note.parent = again
        made.append(note)
    Annotation.objects.bulk_create(made)
    Target.objects.bulk_create(
        Target(
            annotation=note,
            placed_by=cast.member,
            start_paragraph=current(root).start_paragraph,
            end_paragraph=current(root).start_paragraph,
            start_offset=0,
            end_offset=3,
            text_revision=1,
        )
        for note in made
        if note.parent is None
    )


@pytest.mark.parametrize("count", [4, 300])
def test_as_many_queries_however_many_notes(cast: Cast, write: Write, count: int) -> None:
    _thread(cast, write, count)
    data = archived(cast.owner, cast.group)
    records: Archive = read(BytesIO(data))
    assert records.header.counts.notes == count
    write_queries = _queries(lambda: archived(cast.owner, cast.group))
    new = _queries(lambda: restore(by=cast.outsider, records=records))
    merged = _queries(
        lambda: restore(by=cast.outsider, records=records, group=cast.elsewhere.group)
    )
    again = _queries(lambda: restore(by=cast.outsider, records=records, group=cast.elsewhere.group))
    assert (write_queries, new, merged, again) == (23, 78, 69, 14)
    assert Article.objects.count() == 4


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_the_same_archive_twice_at_once(transactional_db: None) -> None:
    """Whoever comes second finds what the first has brought."""
    cast = assemble()
    comment(cast.member, cast.reading, "Carried along.")
    data = archived(cast.owner, cast.group)
    group = create_group(by=cast.owner, name="Another")

    def bring() -> tuple[int, int, int]:
        done = brought(data, cast.owner, group)
        return done.articles, done.notes, done.known

    assert sorted(map(str, at_once(bring, bring))) == ["(0, 0, 1)", "(1, 1, 0)"]
    assert Annotation.objects.filter(reading__group=group).count() == 1
    assert Reading.objects.filter(group=group).count() == 1
