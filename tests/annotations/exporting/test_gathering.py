"""What a notebook holds, for whom, and under which names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone
from typing import Any
from uuid import uuid4, uuid5

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from annotations import actions
from annotations.enums import Naming, Verb
from annotations.exporting.choosing import chosen
from annotations.exporting.gathering import everything, gather
from annotations.exporting.naming import Names
from annotations.exporting.notebook import Filters, Notebook
from annotations.exporting.scope import Scope
from annotations.models import Annotation, Endorsement
from annotations.moderation import decide
from reader.enums import Bylines, Exporting, Reveal, TakenHome
from reader.models import Circle, Membership, Pseudonym, Reading, User
from tests.annotations.conftest import Write
from tests.cast import Cast, read
from tests.moves import move

pytestmark = pytest.mark.django_db
PLAIN = Filters()
ALL = Filters(leaders=True, private=True)


def taken(cast: Cast, user: User, filters: Filters = PLAIN) -> Notebook:
    return gather(Scope(user, cast.group, cast.reading), filters)


def told(notebook: Notebook) -> list[tuple[int, str, str]]:
    """Depth, who, and what, of everything in it."""
    return [
        (entry.depth, entry.author.name if entry.author else "", entry.stone or entry.body)
        for chapter in notebook.chapters
        for _thread, entry in chapter.entries
    ]


def change(row: Any, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def remove(by: User, note: Annotation) -> None:
    note.refresh_from_db()
    decide(by=by, annotation=note, verb=Verb.REMOVE, seen=note.version, reason="unkind")


def test_threads_stand_in_reading_order_and_replies_below_what_they_answer(
    cast: Cast, write: Write
) -> None:
    later = write(cast.member, "Later.", on=1)
    first = write(cast.other, "First.")
    reply = write(cast.member, "One.", to=first)
    write(cast.moderator, "Two.", to=first)
    write(cast.other, "Below one.", to=reply)
    notebook = taken(cast, cast.member)
    assert told(notebook) == [
        (0, "Nils", "First."),
        (1, "Mira", "One."),
        (2, "Nils", "Below one."),
        (1, "Moses", "Two."),
        (0, "Mira", "Later."),
    ]
    [chapter] = notebook.chapters
    threads = chapter.threads
    assert [thread.number for thread in threads] == [1, 2]
    below = threads[0].entries[2]
    assert (below.parent, below.answers) == (reply.uuid, "Mira")
    assert (threads[1].root.id, threads[1].place.exact) == (later.uuid, "Whoev")
    block = chapter.block(threads[1].place)
    assert block is not None
    assert block.text.startswith("Whoever")
    assert block.url == f"{notebook.site}{cast.reading.get_absolute_url()}#p-{block.key}"
    assert (notebook.count, notebook.thread_count) == (5, 2)


class TestWhatStaysAtHome:
    """Unless it is asked for: what is handed on should be what everybody reads."""

    @pytest.fixture
    def notes(self, cast: Cast, write: Write) -> dict[str, Annotation]:
        root = write(cast.member, "For all.")
        for_leaders = write(cast.moderator, "For the leaders.", audience="leaders")
        return {
            "root": root,
            "leaders": for_leaders,
            "private": write(cast.member, "Mine alone.", audience="private"),
            "another's": write(cast.other, "Nils’s alone.", audience="private"),
            "person": write(cast.owner, "You alone.", to=root, privately=True),
        }

    @pytest.mark.usefixtures("notes")
    def test_of_a_leader_what_leaders_alone_read(self, cast: Cast) -> None:
        assert told(taken(cast, cast.owner)) == [(0, "Mira", "For all.")]
        marked = taken(cast, cast.owner, Filters(leaders=True))
        assert [(e.body, e.mark) for c in marked.chapters for _, e in c.entries] == [
            ("For all.", ""),
            ("You alone.", "For one person and the leaders"),
            ("For the leaders.", "For the leaders"),
        ]

    @pytest.mark.usefixtures("notes")
    def test_of_a_member_what_they_alone_read(self, cast: Cast) -> None:
        assert told(taken(cast, cast.member)) == [(0, "Mira", "For all.")]
        assert told(taken(cast, cast.member, Filters(private=True))) == [
            (0, "Mira", "For all."),
            (1, "Olga", "You alone."),
            (0, "Mira", "Mine alone."),
        ]

    @pytest.mark.usefixtures("notes")
    def test_a_member_doesnt_get_more_by_asking_for_it(self, cast: Cast) -> None:
        assert told(taken(cast, cast.other, ALL)) == [
            (0, "Mira", "For all."),
            (0, "Nils", "Nils’s alone."),
        ]

    def test_what_is_removed_is_a_stone_where_replies_remain_and_else_nothing(
        self, cast: Cast, write: Write
    ) -> None:
        answered, alone = write(cast.member, "Answered."), write(cast.member, "Alone.", on=1)
        write(cast.other, "An answer.", to=answered)
        remove(cast.moderator, answered)
        remove(cast.moderator, alone)
        for user in (cast.owner, cast.other, cast.member):
            assert told(taken(cast, user)) == [
                (0, "", "Removed by a moderator · Hurts somebody"),
                (1, "Nils", "An answer."),
            ]
        marked = taken(cast, cast.owner, Filters(leaders=True))
        assert [(e.body, e.mark) for c in marked.chapters for _, e in c.entries] == [
            ("Answered.", "Removed by a moderator · Hurts somebody"),
            ("An answer.", ""),
            ("Alone.", "Removed by a moderator · Hurts somebody"),
        ]

    def test_what_waits_is_there_for_whoever_asks_and_may_read_it(
        self, cast: Cast, write: Write
    ) -> None:
        change(cast.group, premoderates=True)
        cast.reading.group.refresh_from_db()
        write(cast.member, "It waits.")
        for user in (cast.owner, cast.member):
            assert told(taken(cast, user)) == []
            assert told(taken(cast, user, ALL)) == [(0, "Mira", "It waits.")]
        assert told(taken(cast, cast.other, ALL)) == []

    def test_words_that_wait_to_replace_others_are_not_taken_along(
        self, cast: Cast, write: Write
    ) -> None:
        note = write(cast.member, "As it stands.")
        change(cast.group, premoderates=True)
        cast.reading.group.refresh_from_db()
        actions.edit(by=cast.member, annotation=note, body="As it will be.")
        for user in (cast.owner, cast.member, cast.other):
            assert told(taken(cast, user, ALL)) == [(0, "Mira", "As it stands.")]

    def test_what_isnt_revealed_yet(self, cast: Cast, write: Write) -> None:
        write(cast.other, "Others first.")
        change(cast.reading, reveal=Reveal.AFTER_OWN)
        assert told(taken(cast, cast.member)) == []


class TestWhoTakesOthersWords:
    @pytest.fixture(autouse=True)
    def _leaders_only(self, cast: Cast, write: Write) -> None:
        change(cast.group, exporting=Exporting.LEADERS)
        cast.group.refresh_from_db()
        root = write(cast.other, "Theirs.", tags=["theirs"])
        write(cast.member, "Mine.", to=write(cast.moderator, "Between.", to=root))

    def test_members_take_their_own_with_the_place_alone(self, cast: Cast) -> None:
        notebook = taken(cast, cast.member, Filters(whole_threads=True))
        left_out = "What this answers is not part of what was taken home"
        assert told(notebook) == [(0, "", left_out), (1, "Mira", "Mine.")]
        [thread] = notebook.chapters[0].threads
        assert (thread.root.tags, thread.root.author, thread.root.html) == ((), None, "")
        assert thread.replies[0].parent == thread.root.id
        assert notebook.chosen == "My own notes"

    def test_leaders_take_all(self, cast: Cast) -> None:
        assert [body for _, _, body in told(taken(cast, cast.moderator))] == [
            "Theirs.", "Between.", "Mine.",
        ]  # fmt: skip


class TestNames:
    @pytest.fixture
    def _two_of_one(self, cast: Cast, write: Write) -> None:
        change(cast.other, name="Mona Lind")
        change(cast.member, name="Mira Lund")
        write(cast.member, "One.")
        write(cast.other, "Two.", on=1)

    def names(self, cast: Cast, filters: Filters = PLAIN) -> list[str]:
        return [person.name for person in taken(cast, cast.owner, filters).people.values()]

    @pytest.mark.usefixtures("_two_of_one")
    def test_initials_tell_two_people_apart(self, cast: Cast) -> None:
        assert self.names(cast, Filters(naming=Naming.INITIALS)) == ["M.L.", "M.L. 2"]

    @pytest.mark.usefixtures("_two_of_one")
    def test_each_may_ask_to_be_called_by_less_and_nobody_is_called_by_more(
        self, cast: Cast
    ) -> None:
        mine = cast.group.memberships.get(user=cast.member)
        change(mine, taken_home_as=TakenHome.PSEUDONYM)
        shown, other = self.names(cast)
        assert other == "Mona Lind"
        assert "Mira" not in shown
        assert self.names(cast, Filters(naming=Naming.INITIALS)) == [shown, "M.L. 2"]

    @pytest.mark.usefixtures("_two_of_one")
    def test_made_up_names_stay_when_others_join(self, cast: Cast) -> None:
        before = self.names(cast, Filters(naming=Naming.PSEUDONYMS))
        assert len(set(before)) == 2
        for n in range(20):
            user = User.objects.create_user(f"{n}@example.org", name=f"M{n} L")
            Membership.objects.create(group=cast.group, user=user)
        assert self.names(cast, Filters(naming=Naming.PSEUDONYMS)) == before

    def test_under_pseudonyms_leaders_get_no_names_either(self, cast: Cast, write: Write) -> None:
        change(cast.reading, bylines=Bylines.PSEUDONYMS)
        cast.reading.refresh_from_db()
        root = write(cast.member, "Who am I?")
        write(cast.other, "I ask.", to=write(cast.moderator, "You are.", to=root))
        called = dict(Pseudonym.objects.values_list("user__name", "name"))
        for user in (cast.owner, cast.member):
            notebook = taken(cast, user, ALL)
            assert [name for _, name, _ in told(notebook)] == [
                called["Mira"], called["Moses"], called["Nils"],
            ]  # fmt: skip
            assert notebook.chapters[0].threads[0].entries[2].answers == called["Moses"]

    def test_ids_tie_nobody_to_where_they_have_another_name(self, cast: Cast, write: Write) -> None:
        write(cast.member, "Under my name.")
        hidden = read(cast.group, cast.owner)
        change(hidden, bylines=Bylines.PSEUDONYMS)
        names = Names(cast.group, Naming.SHOWN)
        mine = cast.group.memberships.get(user=cast.member)
        shown = names.in_reading(cast.reading, cast.member.pk, "Mira", pseudonymous=False)
        masked = names.in_reading(hidden, cast.member.pk, "Moss Owl", pseudonymous=True)
        initials = Names(cast.group, Naming.INITIALS).in_reading(
            cast.reading, cast.member.pk, "Mira", pseudonymous=False
        )
        assert shown.id == str(mine.uuid)
        assert len({shown.id, masked.id, initials.id}) == 3

    @pytest.mark.leaks
    def test_who_knows_somebodys_id_cannot_reckon_the_others(self, cast: Cast) -> None:
        """A member's own id stands beside their name in any file, and all else is public."""
        mine = cast.group.memberships.get(user=cast.member)
        masked = Names(cast.group, Naming.SHOWN).in_reading(
            cast.reading, cast.member.pk, "Moss Owl", pseudonymous=True
        )
        made_up = Names(cast.group, Naming.PSEUDONYMS).in_reading(
            cast.reading, cast.member.pk, "Mira", pseudonymous=False
        )
        for where in (f"reading {cast.reading.pk}", f"{cast.reading.pk}", "degree 2"):
            assert str(uuid5(mine.uuid, where)) not in (masked.id, made_up.id)
        with override_settings(SECRET_KEY="of another site, where all else is the same"):
            there = Names(cast.group, Naming.PSEUDONYMS).in_reading(
                cast.reading, cast.member.pk, "Mira", pseudonymous=False
            )
        assert (there.name, there.id) != (made_up.name, made_up.id)
        assert there.name != made_up.name

    @pytest.mark.leaks
    def test_under_pseudonyms_the_colophon_tells_nothing_of_a_note(
        self, cast: Cast, write: Write
    ) -> None:
        change(cast.reading, bylines=Bylines.PSEUDONYMS)
        cast.reading.refresh_from_db()
        members = cast.group.memberships.filter(user__in=[cast.member, cast.other])
        members.update(in_colophon=True)
        write(cast.other, "First.")
        before = taken(cast, cast.moderator).chapters[0].colophon
        write(cast.member, "Somebody new.")
        assert taken(cast, cast.moderator).chapters[0].colophon == before == ("Mira", "Nils")

    def test_who_left_as_a_former_member_stays_one(self, cast: Cast, write: Write) -> None:
        write(cast.member, "Before I went.")
        mine = cast.group.memberships.get(user=cast.member)
        change(mine, left_at="2026-01-01T00:00Z", nameless=True, in_colophon=True)
        notebook = taken(cast, cast.owner, Filters(naming=Naming.INITIALS))
        assert told(notebook) == [(0, "former member", "Before I went.")]
        assert notebook.chapters[0].colophon == ()


def test_the_colophon_names_who_wrote_and_wants_to_be_named(cast: Cast, write: Write) -> None:
    write(cast.member, "One.")
    write(cast.moderator, "Two.", to=write(cast.owner, "Three."))
    write(cast.other, "Mine.", audience="private")
    Membership.objects.filter(user__in=[cast.member, cast.moderator, cast.other]).update(
        in_colophon=True
    )
    assert taken(cast, cast.owner).chapters[0].colophon == ("Mira", "Moses")


@pytest.mark.leaks
def test_who_takes_only_their_own_takes_no_outcome_of_anothers_thread(
    cast: Cast, write: Write
) -> None:
    change(cast.group, exporting=Exporting.LEADERS)
    cast.group.refresh_from_db()
    root = write(cast.other, "Theirs.")
    write(cast.member, "Mine.", to=root)
    mine = write(cast.member, "Begun by me.", on=1)
    for note in (root, mine):
        actions.resolve(by=cast.owner, root=note, outcome=f"Of {note.body}")
    threads = taken(cast, cast.member).chapters[0].threads
    outcomes = [each.resolution and each.resolution.outcome for each in threads]
    assert outcomes == ["", "Of Begun by me."]


def test_a_detached_note_stands_at_its_paragraph_with_the_words_it_lost(
    cast: Cast, write: Write
) -> None:
    move(write(cast.member, "Of a margin."))
    [thread] = taken(cast, cast.owner).chapters[0].threads
    assert (thread.place.is_detached, thread.place.covers_words) == (True, False)
    assert (thread.place.start, thread.place.end, thread.place.exact) == (0, 0, "A mar")


class TestFilters:
    @pytest.fixture(autouse=True)
    def _notes(self, cast: Cast, write: Write) -> None:
        question = write(cast.member, "Why?", motivation="questioning", tags=["why"])
        write(cast.other, "Because.", to=question)
        write(cast.other, "Doubtful.", on=1, category="rose", tags=["doubt", "why"])
        change(question, resolved_at="2026-01-02T00:00Z", resolved_by=cast.owner, resolution="So.")

    def bodies(self, cast: Cast, **given: Any) -> list[str]:
        return [body for _, _, body in told(taken(cast, cast.owner, Filters(**given)))]

    def test_by_what_notes_are(self, cast: Cast) -> None:
        mira, nils = taken(cast, cast.owner).people
        why, doubt = ["Why?", "Because."], ["Doubtful."]
        assert self.bodies(cast) == [*why, *doubt]
        assert self.bodies(cast, people=frozenset({mira})) == why
        assert self.bodies(cast, people=frozenset({nils})) == [*why, *doubt]
        assert self.bodies(cast, categories=frozenset({"rose"})) == doubt
        assert self.bodies(cast, motivations=frozenset({"questioning"})) == why
        assert self.bodies(cast, tags=frozenset({"why"})) == [*why, *doubt]
        assert self.bodies(cast, tags=frozenset({"doubt"})) == doubt
        assert self.bodies(cast, resolved=True) == why
        assert self.bodies(cast, resolved=False) == doubt
        assert self.bodies(cast, detached=True) == []
        assert self.bodies(cast, mine=True) == []

    def test_alone_without_the_talk_around_them(self, cast: Cast) -> None:
        nils = list(taken(cast, cast.owner).people)[1]
        left_out = "What this answers is not part of what was taken home"
        alone = Filters(people=frozenset({nils}), whole_threads=False)
        notebook = taken(cast, cast.owner, alone)
        assert told(notebook) == [
            (0, "", left_out), (1, "Nils", "Because."), (0, "Nils", "Doubtful."),
        ]  # fmt: skip
        assert notebook.chosen == "Nils"

    def test_by_day_in_the_zone_of_whoever_asks(self, cast: Cast) -> None:
        note = Annotation.objects.get(body="Doubtful.")
        change(note, created_at="2026-03-01T23:30Z")
        scope = Scope(cast.owner, cast.group, cast.reading)
        all_of_it = everything(scope, Filters(until=date(2026, 3, 1)))
        in_utc = replace(all_of_it, zone=UTC)
        in_berlin = replace(all_of_it, zone=timezone(timedelta(hours=1)))
        assert [body for _, _, body in told(chosen(in_utc))] == ["Doubtful."]
        assert told(chosen(in_berlin)) == []

    def test_what_came_of_a_removed_note_is_gone_with_it(self, cast: Cast, write: Write) -> None:
        question = Annotation.objects.get(body="Why?")
        remove(cast.moderator, question)
        for user in (cast.owner, cast.other):
            notebook = taken(cast, user)
            stone = notebook.chapters[0].threads[0]
            assert (stone.root.is_stone, stone.resolution) == (True, None)
            assert "So." not in str(notebook)

    def test_what_came_of_it_is_said(self, cast: Cast) -> None:
        resolution = taken(cast, cast.owner).chapters[0].threads[0].resolution
        assert resolution is not None
        assert resolution.outcome == "So."


def test_circles_are_apart(cast: Cast, write: Write) -> None:
    circle = Circle.objects.create(reading=cast.reading, name="Red")
    circle.members.add(cast.member)
    write(cast.member, "Us.", audience="circle", circle=circle)
    write(cast.other, "All.", on=1)
    assert [b for _, _, b in told(taken(cast, cast.owner, Filters(circle="Red")))] == ["Us."]
    assert [b for _, _, b in told(taken(cast, cast.other))] == ["All."]


class TestOneselfEverywhere:
    def test_own_notes_of_every_group_and_private_ones_once(self, cast: Cast, write: Write) -> None:
        there = Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
        again = Reading.objects.create(group=there.group, article=cast.reading.article)
        write(cast.member, "Here.", to=write(cast.other, "Not mine."))
        write(cast.member, "For me.", audience="private", on=1)
        where = cast.elsewhere.article.paragraphs.get(position=2)
        actions.annotate(
            by=cast.member, reading=cast.elsewhere, motivation="commenting", audience="group",
            where=actions.Range([where], 0, 3), body="There.", client_id=uuid4(),
        )  # fmt: skip
        notebook = gather(Scope(cast.member), Filters())
        assert sorted(body for _, name, body in told(notebook) if name) == [
            "For me.", "Here.", "There.",
        ]  # fmt: skip
        assert "Not mine." not in str(notebook)
        assert again.article.title in {chapter.title for chapter in notebook.chapters}

    def test_private_notes_on_a_text_that_one_reads_no_more(self, cast: Cast, write: Write) -> None:
        write(cast.member, "Still mine.", audience="private")
        write(cast.member, "Theirs now.")
        Membership.objects.filter(user=cast.member).update(left_at="2026-01-01T00:00Z")
        notebook = gather(Scope(cast.member), Filters())
        assert told(notebook) == [(0, "Mira", "Still mine.")]
        [chapter] = notebook.chapters
        assert (chapter.blocks, chapter.url) == ((), "")
        assert chapter.threads[0].place.exact == "A mar"


def test_queries_dont_grow_with_notes(cast: Cast, write: Write) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            taken(cast, cast.owner, ALL)
        return len(found)

    for n in range(3):
        write(cast.other, "More.", to=write(cast.member, f"Note {n}."))
    few = queries()
    for n in range(30):
        root = write(cast.member, f"Note {n}.", on=n % 3, tags=[f"t{n}"])
        Endorsement.objects.create(annotation=root, user=cast.other)
        write(cast.owner, "Yes.", to=write(cast.other, "No.", to=root))
    assert queries() == few == 11


def test_another_group_has_no_part_in_it(cast: Cast, write: Write) -> None:
    write(cast.member, "Ours.")
    assert gather(Scope(cast.member, cast.elsewhere.group), ALL).chapters == ()
