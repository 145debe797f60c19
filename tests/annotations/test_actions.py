"""Writing: who may, what is kept, and that nothing is written twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from annotations import actions
from annotations.actions import Range
from annotations.enums import State
from annotations.models import Annotation, AnnotationRevision, Layer, Target
from reader.models import Circle, Membership, Paragraph, Reading, User
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of
from tests.races import at_once


def refused(write: Callable[[], object]) -> str:
    """The sentence with which a write is refused; nothing is written."""
    before = Annotation.objects.count(), AnnotationRevision.objects.count()
    with pytest.raises(PermissionDenied) as stopped:
        write()
    assert (Annotation.objects.count(), AnnotationRevision.objects.count()) == before
    return str(stopped.value)


class TestAnnotate:
    @pytest.mark.parametrize("motivation", ["highlighting", "commenting", "questioning"])
    @pytest.mark.parametrize("audience", ["private", "group", "leaders"])
    def test_every_motivation_for_every_audience(
        self, cast: Cast, write: Write, motivation: str, audience: str
    ) -> None:
        note = write(cast.owner, "*Why* here?", motivation=motivation, audience=audience)
        note.refresh_from_db()
        assert (note.motivation, note.audience, note.body_html, note.state, note.version) == (
            motivation, audience, "<p><em>Why</em> here?</p>", "visible", 1,
        )  # fmt: skip
        assert note.category == ("blue" if motivation == "questioning" else "yellow")
        assert note.reading == (None if audience == "private" else cast.reading)
        assert note.article == cast.reading.article

    def test_words_of_one_paragraph(self, cast: Cast, write: Write) -> None:
        target = write(cast.member, on=0, start=2, end=8).targets.get()
        assert (target.exact, target.prefix, target.suffix) == (
            "margin", "A ", " is where a reader answers. It w",
        )  # fmt: skip

    def test_words_across_paragraphs(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        note = write(cast.member, on=0, until=1, start=54, end=7)
        target = note.targets.get()
        assert target.exact == "for that.[1]\nWhoever"
        assert (target.start_paragraph, target.end_paragraph) == tuple(paragraphs[:2])

    def test_an_observer_a_muted_and_a_suspended_member_and_an_outsider_cannot(
        self, cast: Cast, write: Write
    ) -> None:
        Membership.objects.filter(user=cast.member).update(standing="muted")
        Membership.objects.filter(user=cast.other).update(standing="suspended")
        for user in (cast.observer, cast.member, cast.other, cast.outsider):
            for audience in ("group", "private"):
                sentence = refused(lambda u=user, a=audience: write(u, "Words.", audience=a))  # type: ignore[misc]
                assert sentence == "You can't write in this reading."

    def test_a_standing_ends(self, cast: Cast, write: Write) -> None:
        Membership.objects.filter(user=cast.member).update(
            standing="muted", standing_until=timezone.now()
        )
        assert write(cast.member, "Back again.").state == State.VISIBLE

    @pytest.mark.parametrize("status", ["planned", "closed", "archived"])
    def test_only_in_a_reading_that_is_open(self, cast: Cast, write: Write, status: str) -> None:
        cast.reading.status = status
        cast.reading.save(update_fields=["status"])
        assert refused(lambda: write(cast.member, "Words.")) == "You can't write in this reading."
        if status == "planned":  # leaders prepare it
            assert write(cast.owner, "Words.").state == State.VISIBLE
        else:
            assert refused(lambda: write(cast.owner, "W.")) == "You can't write in this reading."

    def test_members_do_not_write_to_the_leaders(self, cast: Cast, write: Write) -> None:
        sentence = refused(lambda: write(cast.member, "Words.", audience="leaders"))
        assert sentence == "You can't write to this audience."

    def test_to_a_circle_by_its_members_and_the_leaders(self, cast: Cast, write: Write) -> None:
        red = Circle.objects.create(reading=cast.reading, name="red")
        red.members.add(cast.member)
        for user in (cast.member, cast.owner):
            note = write(user, "Among us.", audience="circle", circle=red)
            assert (note.circle, note.audience) == (red, "circle")
        sentence = refused(lambda: write(cast.other, "Let me in.", audience="circle", circle=red))
        assert sentence == "You can't write to this audience."

    def test_to_a_circle_of_another_reading(self, cast: Cast, write: Write) -> None:
        theirs = Circle.objects.create(reading=cast.elsewhere, name="red")
        theirs.members.add(cast.owner)
        sentence = refused(lambda: write(cast.owner, "Hello.", audience="circle", circle=theirs))
        assert sentence == "You can't write to this audience."

    def test_to_no_circle(self, cast: Cast, write: Write) -> None:
        sentence = refused(lambda: write(cast.owner, "Words.", audience="circle"))
        assert sentence == "You can't write to this audience."

    def test_layers_count_for_those_who_can_notice(
        self, cast: Cast, write: Write, paragraphs: list[Paragraph]
    ) -> None:
        write(cast.owner, "For all.", on=0, until=1)
        write(cast.owner, "For us.", on=0, audience="leaders")
        write(cast.owner, "For me.", on=0, audience="private")
        layers = Layer.objects.order_by("paragraph__position")
        assert list(layers.values_list("paragraph", "version", "leaders_version")) == [
            (paragraphs[0].pk, 1, 2),
            (paragraphs[1].pk, 1, 1),
        ]


class TestReply:
    def test_in_any_depth(self, cast: Cast, write: Write) -> None:
        root = note = write(cast.owner, "A beginning.")
        for depth in range(12):
            note = write(cast.member if depth % 2 else cast.other, f"Deeper: {depth}.", to=note)
        assert (note.root, note.audience, note.reading) == (root, "group", cast.reading)
        assert note.parent is not None
        assert note.parent.body == "Deeper: 10."
        assert root.thread.count() == 12
        assert Target.objects.count() == 1

    def test_is_for_whom_its_thread_is_for(self, cast: Cast, write: Write) -> None:
        red = Circle.objects.create(reading=cast.reading, name="red")
        red.members.set([cast.member, cast.other])
        root = write(cast.member, "Among us.", audience="circle", circle=red)
        assert write(cast.other, "Yes.", to=root).circle == red
        sentence = refused(lambda: write(cast.observer, "Me too.", to=root))
        assert sentence == "This thread takes no replies."

    def test_not_by_those_for_whom_it_is_not(self, cast: Cast, write: Write) -> None:
        red = Circle.objects.create(reading=cast.reading, name="red")
        red.members.set([cast.member])
        notes = (
            write(cast.member, "Among us.", audience="circle", circle=red),
            write(cast.owner, "For us.", audience="leaders"),
            write(cast.other, "For me.", audience="private"),
        )
        for note in notes:
            sentence = refused(lambda note=note: write(cast.other, "Me too.", to=note))  # type: ignore[misc]
            assert sentence == "This thread takes no replies."

    @pytest.mark.parametrize("state", ["pending", "hidden", "removed", "withdrawn", "purged"])
    def test_not_to_what_is_not_published(self, cast: Cast, write: Write, state: str) -> None:
        note = write(cast.other, "Words.")
        note.state = state
        note.save(update_fields=["state"])
        assert refused(lambda: write(cast.owner, "Hm.", to=note)) == "This thread takes no replies."

    def test_not_in_a_locked_thread_until_it_opens_again(self, cast: Cast, write: Write) -> None:
        root = write(cast.owner, "A beginning.")
        reply = write(cast.member, "Yes.", to=root)
        root.locked_by, root.locked_at = cast.owner, timezone.now()
        root.save(update_fields=["locked_by", "locked_at"])
        reply.refresh_from_db()
        for note in (root, reply):
            sentence = refused(lambda note=note: write(cast.other, "But.", to=note))  # type: ignore[misc]
            assert sentence == "This thread takes no replies."
        root.locked_until = timezone.now()
        root.save(update_fields=["locked_until"])
        assert write(cast.other, "But.", to=root).root == root


class TestEdit:
    def test_earlier_words_are_kept(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "First words.", tags=["one"])
        made = note.created_at
        for body in ("Second words.", "Third *words*."):
            note = actions.edit(
                by=cast.member, annotation=note, body=body, category="rose", tags=["two"]
            )
        assert (note.body, note.body_html, note.version) == (
            "Third *words*.", "<p>Third <em>words</em>.</p>", 3,
        )  # fmt: skip
        kept = note.revisions.values_list("number", "state", "body", "category", "tags")
        assert list(kept) == [
            (1, "superseded", "First words.", "yellow", ["one"]),
            (2, "superseded", "Second words.", "rose", ["two"]),
        ]
        assert note.revisions.earliest("number").created_at == made

    def test_no_change_is_no_edit(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Words.", tags=["one"])
        layers = list(Layer.objects.values_list("version", "leaders_version"))
        same = actions.edit(
            by=cast.member, annotation=note, body="Words.", category="yellow", tags=["one"]
        )
        assert (same.version, same.edited_at, same.revisions.count()) == (1, None, 0)
        assert list(Layer.objects.values_list("version", "leaders_version")) == layers

    def test_by_nobody_else(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Words.")
        for user in (cast.owner, cast.moderator, cast.other, cast.outsider):
            sentence = refused(lambda u=user: actions.edit(by=u, annotation=note, body="Mine."))  # type: ignore[misc]
            assert sentence == "Only its author edits a note."

    @pytest.mark.parametrize(
        "changed",
        [
            {"role": "observer"},
            {"standing": "muted"},
            {"standing": "suspended"},
            {"left_at": timezone.now()},
        ],
        ids=["observer", "muted", "suspended", "left"],
    )
    def test_not_by_who_may_no_longer_write(
        self, cast: Cast, write: Write, changed: dict[str, object]
    ) -> None:
        note = write(cast.member, "Words.")
        private = write(cast.member, "Mine.", audience="private")
        Membership.objects.filter(user=cast.member).update(**changed)
        sentence = refused(lambda: actions.edit(by=cast.member, annotation=note, body="Others."))
        assert sentence == "Only its author edits a note."
        edited = actions.edit(by=cast.member, annotation=private, body="Still mine.")
        assert edited.body == "Still mine."

    @pytest.mark.parametrize("status", ["closed", "archived"])
    def test_not_in_a_closed_reading(self, cast: Cast, write: Write, status: str) -> None:
        shared, private = write(cast.member, "Words."), write(cast.member, "W.", audience="private")
        cast.reading.status = status
        cast.reading.save(update_fields=["status"])
        refused(lambda: actions.edit(by=cast.member, annotation=shared, body="Others."))
        assert actions.edit(by=cast.member, annotation=private, body="Others.").body == "Others."

    @pytest.mark.parametrize("state", ["hidden", "removed", "withdrawn", "purged"])
    def test_not_what_does_not_stand(self, cast: Cast, write: Write, state: str) -> None:
        note = write(cast.member, "Words.")
        note.state = state
        note.save(update_fields=["state"])
        refused(lambda: actions.edit(by=cast.member, annotation=note, body="Others."))


class TestWithdraw:
    def test_words_go_and_replies_stay(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "I regret this.")
        reply = write(cast.other, "I don't.", to=root)
        actions.withdraw(by=cast.member, annotation=root)
        page = client_of(cast.owner).get(f"{cast.reading.get_absolute_url()}?open=all").text
        assert [page.count(text) for text in ("I regret", "Deleted by its author")] == [0, 1]
        assert page.count(reply.body_html) == 1
        assert list(Annotation.objects.visible_to(cast.owner)) == [reply]

    def test_without_replies_nothing_is_left(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "I regret this.")
        actions.withdraw(by=cast.member, annotation=root)
        for user in (cast.owner, cast.member, cast.other):
            page = client_of(user).get(cast.reading.get_absolute_url()).text
            assert [page.count(text) for text in ("Deleted by", str(root.uuid))] == [0, 0]

    def test_twice_is_once(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "I regret this.")
        once = actions.withdraw(by=cast.member, annotation=note)
        again = actions.withdraw(by=cast.member, annotation=note)
        assert (once.version, again.version, again.state) == (2, 2, "withdrawn")

    @pytest.mark.parametrize("state", ["visible", "approved", "pending", "hidden"])
    def test_also_while_it_waits(self, cast: Cast, write: Write, state: str) -> None:
        note = write(cast.member, "I regret this.")
        note.state = state
        note.save(update_fields=["state"])
        assert actions.withdraw(by=cast.member, annotation=note).state == "withdrawn"

    @pytest.mark.parametrize("state", ["removed", "purged"])
    def test_not_what_is_decided(self, cast: Cast, write: Write, state: str) -> None:
        note = write(cast.member, "Words.")
        note.state = state
        note.save(update_fields=["state"])
        sentence = refused(lambda: actions.withdraw(by=cast.member, annotation=note))
        assert sentence == "Only its author deletes a note."

    def test_by_nobody_else(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Words.")
        for user in (cast.owner, cast.moderator, cast.other):
            refused(lambda u=user: actions.withdraw(by=u, annotation=note))  # type: ignore[misc]


class TestOnce:
    def test_the_same_client_id_makes_one_note(
        self, cast: Cast, paragraphs: list[Paragraph]
    ) -> None:
        first, second = (
            annotate(cast.member, cast.reading, paragraphs[0], "Once.")[0] for _ in "ab"
        )
        assert first != second
        client_id = uuid4()
        notes = [
            actions.annotate(
                by=cast.member, reading=cast.reading, where=Range(paragraphs[:1], 0, 4),
                motivation="commenting", audience="group", body=body, client_id=client_id,
            )
            for body in ("Once.", "Once, again.")
        ]  # fmt: skip
        assert notes[0] == notes[1]
        # The first answer was lost, and the words were changed before the second try.
        assert (notes[1].body, notes[1].version) == ("Once, again.", 2)
        assert [kept.body for kept in notes[1].revisions.all()] == ["Once."]
        replies = [
            actions.reply(by=cast.other, parent=notes[0], body="Yes.", client_id=client_id)
            for _ in "ab"
        ]
        assert replies[0] == replies[1]
        assert (Annotation.objects.count(), Target.objects.count()) == (4, 3)


def annotate(by: User, reading: Reading, paragraph: Paragraph, body: str) -> tuple[Annotation, int]:
    note = actions.annotate(
        by=by, reading=reading, where=Range([paragraph], 0, 4), motivation="commenting",
        audience="group", body=body, client_id=uuid4(),
    )  # fmt: skip
    return note, note.pk


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_note_sent_by_two_tabs(self) -> None:
        cast = assemble()
        paragraph = cast.reading.article.paragraphs.get(position=2)
        client_id = uuid4()

        def send() -> int:
            written = actions.annotate(
                by=cast.member, reading=cast.reading, where=Range([paragraph], 0, 4),
                motivation="commenting", audience="group", body="Once.", client_id=client_id,
            )  # fmt: skip
            return written.pk

        first, second = at_once(send, send)
        assert first == second
        assert (Annotation.objects.count(), Target.objects.count()) == (1, 1)
        assert list(Layer.objects.values_list("version", flat=True)) == [1]

    def test_notes_of_several_people_on_one_paragraph(self) -> None:
        cast = assemble()
        paragraph = cast.reading.article.paragraphs.get(position=2)
        people = (cast.owner, cast.moderator, cast.member, cast.other)
        at_once(*(
            lambda by=by: annotate(by, cast.reading, paragraph, "Mine.")[1] for by in people
        ))  # fmt: skip
        assert Annotation.objects.count() == 4
        assert list(Layer.objects.values_list("version", "leaders_version")) == [(4, 4)]

    def test_two_edits_of_one_note(self) -> None:
        cast = assemble()
        paragraph = cast.reading.article.paragraphs.get(position=2)
        note, _pk = annotate(cast.member, cast.reading, paragraph, "First.")
        at_once(*(
            lambda body=body: actions.edit(by=cast.member, annotation=note, body=body)
            for body in ("Second.", "Third.")
        ))  # fmt: skip
        note.refresh_from_db()
        kept = list(note.revisions.values_list("number", "body"))
        assert (note.version, kept[0]) == (3, (1, "First."))
        assert {note.body, kept[1][1]} == {"Second.", "Third."}
