"""Private notes, published: what is written, what goes, and who may."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from annotations import actions
from annotations.enums import State
from annotations.models import Annotation, AnnotationRevision, Layer, Target
from reader.enums import Bylines, Role, Standing, Status
from reader.models import Circle, Membership, Paragraph, Pseudonym, Reading, StudyGroup
from tests.annotations.conftest import Write, a_move
from tests.annotations.test_reading_queries import queries
from tests.cast import Cast, assemble, client_of
from tests.races import at_once


@pytest.fixture
def notes(cast: Cast, write: Write) -> list[Annotation]:
    """The member's private notes, in the order of the text."""
    return [
        write(cast.member, audience="private", category="rose", on=0, start=2, end=8),
        write(cast.member, "Mine alone.", audience="private", on=1, until=2),
        write(cast.member, "Why?", audience="private", motivation="questioning", on=2),
    ]


@pytest.fixture
def another(cast: Cast) -> Reading:
    """The same text, as another group of the member's reads it."""
    Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
    reading: Reading = Reading.objects.create(
        group=cast.elsewhere.group, article=cast.reading.article
    )
    return reading


def words(note: Annotation) -> tuple[object, ...]:
    return (note.motivation, note.category, note.tags, note.body, note.body_html)


def place(note: Annotation) -> tuple[object, ...]:
    names = ("start_paragraph", "start_offset", "end_paragraph", "end_offset", "exact", "prefix",
             "suffix", "text_revision", "anchor_state", "whole_article")  # fmt: skip
    return tuple(note.targets.current().values_list(*names).get())


def refused(share: Callable[[], object]) -> str:
    """The sentence with which it is refused; nothing is written."""
    before = list(Annotation.objects.order_by("pk").values())
    with pytest.raises(PermissionDenied) as stopped:
        share()
    assert list(Annotation.objects.order_by("pk").values()) == before
    return str(stopped.value)


class TestShare:
    def test_new_notes_with_the_same_words_on_the_same_words(
        self, cast: Cast, notes: list[Annotation]
    ) -> None:
        shared = actions.share(by=cast.member, notes=notes, reading=cast.reading, audience="group")
        assert [words(note) for note in shared] == [words(note) for note in notes]
        assert [place(note) for note in shared] == [place(note) for note in notes]
        for made, private in zip(shared, notes, strict=True):
            assert (made.creator, made.reading, made.audience, made.state, made.version) == (
                cast.member, cast.reading, "group", "visible", 1,
            )  # fmt: skip
            assert made.created_at > private.created_at
            assert made.uuid != private.uuid
        assert set(Annotation.objects.visible_to(cast.other)) == set(shared)

    def test_the_private_ones_go(self, cast: Cast, notes: list[Annotation]) -> None:
        shared = actions.share(by=cast.member, notes=notes, reading=cast.reading, audience="group")
        for private in notes:
            private.refresh_from_db()
            assert (private.audience, private.reading, private.state, private.version) == (
                "private", None, "withdrawn", 2,
            )  # fmt: skip
        assert set(Annotation.objects.visible_to(cast.member)) == set(shared)

    def test_or_stay_where_they_are_to_be_kept(self, cast: Cast, notes: list[Annotation]) -> None:
        before = list(Annotation.objects.order_by("pk").values())
        shared = actions.share(
            by=cast.member, notes=notes, reading=cast.reading, audience="group", keep=True
        )
        old = Annotation.objects.exclude(pk__in=[note.pk for note in shared])
        assert list(old.order_by("pk").values()) == before
        assert set(Annotation.objects.visible_to(cast.member)) == {*shared, *notes}

    def test_earlier_words_stay_private(self, cast: Cast, notes: list[Annotation]) -> None:
        actions.edit(by=cast.member, annotation=notes[1], body="Better so.")
        [made] = actions.share(
            by=cast.member, notes=notes[1:2], reading=cast.reading, audience="group"
        )
        assert (made.body, made.edited_at) == ("Better so.", None)
        assert AnnotationRevision.objects.get().annotation_id == notes[1].pk

    def test_twice_is_once(self, cast: Cast, notes: list[Annotation]) -> None:
        def share() -> list[Annotation]:
            return actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience="group"
            )

        first = share()
        rows = list(Annotation.objects.order_by("pk").values())
        assert share() == first
        assert list(Annotation.objects.order_by("pk").values()) == rows

    def test_again_after_the_published_one_was_deleted(
        self, cast: Cast, notes: list[Annotation]
    ) -> None:
        given: dict[str, Any] = {
            "by": cast.member, "notes": notes[:1], "reading": cast.reading, "audience": "group",
        }  # fmt: skip
        made = []
        for _time in range(3):
            [one] = actions.share(**given, keep=True)
            actions.withdraw(by=cast.member, annotation=one)
            made.append(one.pk)
        assert len(set(made)) == 3
        [last] = actions.share(**given)
        assert actions.share(**given) == [last]

    def test_changed_words_are_another_note_and_so_is_another_audience(
        self, cast: Cast, write: Write
    ) -> None:
        note = write(cast.owner, "At first.", audience="private")
        given: dict[str, Any] = {"by": cast.owner, "reading": cast.reading, "keep": True}
        [first] = actions.share(**given, notes=[note], audience="leaders")
        [to_all] = actions.share(**given, notes=[note], audience="group")
        note = actions.edit(by=cast.owner, annotation=note, body="Later.")
        [later] = actions.share(**given, notes=[note], audience="group")
        assert [(each.audience, each.body) for each in (first, to_all, later)] == [
            ("leaders", "At first."), ("group", "At first."), ("group", "Later."),
        ]  # fmt: skip
        first.refresh_from_db()
        assert first.state == "visible"

    def test_what_a_moderator_took_out_is_not_put_back_and_costs_nobody_their_words(
        self, cast: Cast, notes: list[Annotation]
    ) -> None:
        given: dict[str, Any] = {"by": cast.member, "reading": cast.reading, "audience": "group"}
        [taken] = actions.share(**given, notes=notes[:1], keep=True)
        Annotation.objects.filter(pk=taken.pk).update(state=State.REMOVED)
        assert len(actions.share(**given, notes=notes)) == 2
        states = [Annotation.objects.get(pk=note.pk).state for note in notes]
        assert states == ["visible", "withdrawn", "withdrawn"]

    def test_into_another_groups_reading_of_the_text(
        self, cast: Cast, notes: list[Annotation], another: Reading
    ) -> None:
        actions.share(by=cast.member, notes=notes, reading=another, audience="group", keep=True)
        seen = {
            user.name: Annotation.objects.visible_to(user).count()
            for user in (cast.member, cast.other, cast.owner, cast.outsider)
        }
        assert seen == {"Mira": 6, "Nils": 0, "Olga": 0, "Otto": 3}

    def test_to_a_circle(self, cast: Cast, notes: list[Annotation]) -> None:
        red, blue = (
            Circle.objects.create(reading=cast.reading, name=name) for name in ("Red", "Blue")
        )
        red.members.set([cast.member, cast.other])
        given: dict[str, Any] = {
            "by": cast.member, "notes": notes, "reading": cast.reading, "audience": "circle",
        }  # fmt: skip
        assert refused(lambda: actions.share(**given, circle=blue)) == (
            "You can't write to this audience."
        )
        assert refused(lambda: actions.share(**given)) == "You can't write to this audience."
        shared = actions.share(**given, circle=red)
        assert set(Annotation.objects.visible_to(cast.other)) == set(shared)
        assert set(Annotation.objects.visible_to(cast.observer)) == set()

    def test_first_notes_wait_and_nobody_but_leaders_can_notice(
        self, cast: Cast, notes: list[Annotation]
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(holds_first=1)
        reading = Reading.objects.with_titles().get(pk=cast.reading.pk)
        shared = actions.share(by=cast.member, notes=notes, reading=reading, audience="group")
        assert [note.state for note in shared] == ["pending"] * 3
        assert set(Annotation.objects.visible_to(cast.other)) == set()
        assert set(Annotation.objects.visible_to(cast.moderator)) == set(shared)
        assert set(Layer.objects.values_list("version", flat=True)) == {0}

    def test_under_a_pseudonym_where_the_reading_has_them(
        self, cast: Cast, notes: list[Annotation]
    ) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines=Bylines.PSEUDONYMS)
        reading = Reading.objects.with_titles().get(pk=cast.reading.pk)
        actions.share(by=cast.member, notes=notes, reading=reading, audience="group")
        assert Pseudonym.objects.filter(reading=reading, user=cast.member).count() == 1

    def test_a_leaders_question_is_a_members_question_elsewhere(
        self, cast: Cast, write: Write
    ) -> None:
        Membership.objects.create(group=cast.elsewhere.group, user=cast.owner)
        there = Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)
        note = write(
            cast.owner, "Why?", audience="private", motivation="questioning", category="violet"
        )
        given: dict[str, Any] = {"by": cast.owner, "notes": [note], "keep": True}
        [here] = actions.share(**given, reading=cast.reading, audience="group")
        [elsewhere] = actions.share(**given, reading=there, audience="group")
        assert (here.category, elsewhere.category) == ("violet", "blue")

    def test_fragments_are_dated_once_for_all_of_them(
        self, cast: Cast, notes: list[Annotation], paragraphs: list[Paragraph]
    ) -> None:
        Layer.objects.all().delete()
        actions.share(by=cast.member, notes=notes, reading=cast.reading, audience="group")
        between = cast.reading.article.paragraphs.filter(
            position__range=(paragraphs[0].position, paragraphs[-1].position)
        )
        dated = Layer.objects.values_list("paragraph_id", "version", "leaders_version")
        assert set(dated) == {(pk, 1, 1) for pk in between.values_list("pk", flat=True)}


class TestMoved:
    """A note that isn't where it was made takes its words as they were chosen with it."""

    @pytest.mark.parametrize("again", [False, True])
    def test_both_rows_go(self, cast: Cast, notes: list[Annotation], again: bool) -> None:
        made, moved = a_move(notes[1], placed_again=again)
        [shared] = actions.share(
            by=cast.member, notes=notes[1:2], reading=cast.reading, audience="group"
        )
        rows = list(shared.targets.order_by("pk"))
        assert [(row.current, row.placed_by, row.anchor_state) for row in rows] == [
            (False, cast.member, "exact"), (True, None, "moved"),
        ]  # fmt: skip
        same = ("exact", "text_revision", "start_paragraph", "start_offset", "end_offset")
        for row, original in zip(rows, (made, moved), strict=True):
            assert [getattr(row, name) for name in same] == [
                getattr(original, name) for name in same
            ]

    def test_one_that_came_back_is_one_row(self, cast: Cast, notes: list[Annotation]) -> None:
        made, moved = a_move(notes[1], placed_again=False)
        Target.objects.filter(pk=moved.pk).update(current=False)
        Target.objects.filter(pk=made.pk).update(current=True)
        [shared] = actions.share(
            by=cast.member, notes=notes[1:2], reading=cast.reading, audience="group"
        )
        row = shared.targets.get()
        assert (row.exact, row.placed_by, row.current) == (made.exact, cast.member, True)


class TestShareIsRefused:
    @pytest.mark.parametrize("given", ["an audience of one", "one person and the leaders"])
    def test_to_nobody_or_to_one_person(
        self, cast: Cast, notes: list[Annotation], given: str
    ) -> None:
        audience = {"an audience of one": "private", "one person and the leaders": "person"}[given]
        sentence = refused(
            lambda: actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience=audience
            )
        )
        assert sentence == "You can't write to this audience."

    def test_to_the_leaders_by_a_member(self, cast: Cast, notes: list[Annotation]) -> None:
        def share() -> object:
            return actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience="leaders"
            )

        assert refused(share) == "You can't write to this audience."

    @pytest.mark.parametrize(
        "changed",
        [
            {"role": Role.OBSERVER}, {"standing": Standing.MUTED},
            {"standing": Standing.SUSPENDED}, {"left_at": "2026-01-01T00:00Z"},
        ],
    )  # fmt: skip
    def test_by_whom_nothing_may_be_written(
        self, cast: Cast, notes: list[Annotation], changed: dict[str, object]
    ) -> None:
        Membership.objects.filter(user=cast.member).update(**changed)
        sentence = refused(
            lambda: actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience="group"
            )
        )
        assert sentence == "You can't write in this reading."

    @pytest.mark.parametrize("status", [Status.CLOSED, Status.ARCHIVED, Status.PLANNED])
    def test_where_nothing_may_be_written(
        self, cast: Cast, notes: list[Annotation], status: str
    ) -> None:
        cast.reading.status = status
        cast.reading.save(update_fields=["status"])
        sentence = refused(
            lambda: actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience="group"
            )
        )
        assert sentence == "You can't write in this reading."

    def test_what_is_not_ones_own_private_note_on_this_text(
        self, cast: Cast, write: Write, notes: list[Annotation], another: Reading
    ) -> None:
        wrong = {
            "another's": write(cast.other, "For me.", audience="private"),
            "not private": write(cast.member, "For all."),
            "a reply": write(cast.member, to=write(cast.other, "Yes?")),
        }
        for name, note in wrong.items():
            for chosen in ([note], [notes[0], note]):
                sentence = refused(
                    lambda chosen=chosen: actions.share(  # type: ignore[misc]
                        by=cast.member, notes=chosen, reading=another, audience="group"
                    )
                )
                assert sentence == "Only your own private notes on this text can be published.", (
                    name
                )

    def test_on_another_text(self, cast: Cast, notes: list[Annotation], another: Reading) -> None:
        other_text = Reading.objects.with_titles().get(pk=cast.elsewhere.pk)
        sentence = refused(
            lambda: actions.share(by=cast.member, notes=notes, reading=other_text, audience="group")
        )
        assert sentence == "Only your own private notes on this text can be published."

    def test_deleted_ones(self, cast: Cast, notes: list[Annotation]) -> None:
        actions.withdraw(by=cast.member, annotation=notes[0])
        sentence = refused(
            lambda: actions.share(
                by=cast.member, notes=notes, reading=cast.reading, audience="group"
            )
        )
        assert sentence == "One of these notes is no longer there."


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_published_twice_at_once_is_published_once() -> None:
    cast = assemble()
    first = cast.reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    note = actions.annotate(
        by=cast.member, reading=cast.reading, where=actions.Range([first], 0, 8),
        motivation="commenting", audience="private", body="Mine.", client_id=uuid4(),
    )  # fmt: skip

    def share() -> object:
        return actions.share(by=cast.member, notes=[note], reading=cast.reading, audience="group")

    one, other = at_once(share, share)
    assert one == other
    assert Annotation.objects.filter(audience="group").count() == 1


@pytest.fixture
def url(reading: Reading) -> str:
    return reverse("private_notes", args=[reading.group.slug, reading.article.slug])


def form(notes: list[Annotation], to: Reading, **given: str) -> dict[str, Any]:
    return {"notes": [str(note.uuid) for note in notes], "to": f"{to.pk}-group-", **given}


def ticked(answer: Any) -> set[str]:
    return set(re.findall(r'name="notes" value="([^"]+)" id="[^"]+" checked', answer.text))


class TestPage:
    def test_one_is_published_and_leads_to_its_place(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        client = client_of(cast.member)
        answer = client.post(url, form(notes[1:2], cast.reading))
        made = Annotation.objects.get(audience="group")
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{made.get_absolute_url()}?in=thursday-circle"
        there = client.get(answer.headers["Location"], follow=True)
        assert "One note published to “Thursday circle”." in there.text

    def test_all_that_were_shown_are_published_and_no_later_ones(
        self, cast: Cast, write: Write, notes: list[Annotation], url: str
    ) -> None:
        later = write(cast.member, "Just now.", audience="private")
        shown = [str(note.uuid) for note in notes]
        answer = client_of(cast.member).post(
            url, {"everything": "on", "shown": shown, "to": f"{cast.reading.pk}-group-"}
        )
        assert answer.headers["Location"] == cast.reading.get_absolute_url()
        assert Annotation.objects.filter(audience="group").count() == 3
        kept = Annotation.objects.filter(audience="private").exclude(state="withdrawn")
        assert list(kept) == [later]

    def test_pressed_twice_it_says_the_same(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        client = client_of(cast.member)
        answers = [client.post(url, form(notes[:1], cast.reading)) for _time in range(2)]
        assert {answer.headers["Location"] for answer in answers} == {
            f"{Annotation.objects.get(audience='group').get_absolute_url()}?in=thursday-circle"
        }

    def test_kept_where_that_is_ticked(self, cast: Cast, notes: list[Annotation], url: str) -> None:
        client_of(cast.member).post(url, form(notes, cast.reading, keep="on"))
        assert Annotation.objects.visible_to(cast.member).count() == 6

    def test_reading_order_with_words_and_quotes(
        self, cast: Cast, write: Write, notes: list[Annotation], url: str
    ) -> None:
        write(cast.other, "Nils’s own.", audience="private")
        write(cast.member, "For everybody.")
        text = client_of(cast.member).get(url).text
        found = re.findall(r'name="notes" value="([^"]+)"', text)
        assert found == [str(note.uuid) for note in notes]
        assert re.findall(r"<q [^>]*>([^<]+)</q>", text)[0] == "margin"
        assert ("Mine alone." in text, "Nils" in text, "For everybody." in text) == (
            True, False, False,
        )  # fmt: skip

    def test_the_one_it_was_opened_for_is_ticked(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        client = client_of(cast.member)
        assert ticked(client.get(f"{url}?note={notes[1].uuid}")) == {str(notes[1].uuid)}
        assert ticked(client.get(url)) == set()
        assert ticked(client.get(f"{url}?note=%00odd")) == set()

    def test_every_audience_in_every_reading_that_one_may_write_in(
        self, cast: Cast, write: Write, another: Reading
    ) -> None:
        cast.reading.has_circles = True
        cast.reading.save(update_fields=["has_circles"])
        for name, members in (("Blue", [cast.member]), ("Red", [cast.other])):
            Circle.objects.create(reading=cast.reading, name=name).members.set(members)
        address = reverse("private_notes", args=[cast.group.slug, cast.reading.article.slug])
        for user in (cast.member, cast.owner, cast.observer):
            write_to = Annotation(
                creator=user, article=cast.reading.article, audience="private",
                motivation="highlighting", client_id=uuid4(),
            )  # fmt: skip
            write_to.save()
            first = cast.reading.article.paragraphs.filter(kind="paragraph").earliest("position")
            Target.objects.create(
                annotation=write_to, start_paragraph=first, start_offset=0, end_paragraph=first,
                end_offset=4, text_revision=1,
            )  # fmt: skip
        offered = {
            user.name: re.findall(
                r"<option [^>]*>([^<]+)</option>", client_of(user).get(address).text
            )
            for user in (cast.member, cast.owner, cast.observer)
        }
        assert offered == {
            "Mira": ["Friday circle", "Thursday circle", "Circle Blue · Thursday circle"],
            "Olga": [
                "Thursday circle", "Circle Blue · Thursday circle", "Circle Red · Thursday circle",
                "Leaders of Thursday circle",
            ],
            "Ute": [],
        }  # fmt: skip

    def test_to_a_circle_and_to_the_leaders(self, cast: Cast, write: Write, url: str) -> None:
        cast.reading.has_circles = True
        cast.reading.save(update_fields=["has_circles"])
        blue = Circle.objects.create(reading=cast.reading, name="Blue")
        note = write(cast.owner, "Psst.", audience="private")
        client = client_of(cast.owner)
        for to in (f"{cast.reading.pk}-circle-{blue.pk}", f"{cast.reading.pk}-leaders-"):
            answer = client.post(url, {"notes": [note.uuid], "to": to, "keep": "on"})
            assert answer.status_code == 302
        made = Annotation.objects.exclude(audience="private").order_by("pk")
        assert list(made.values_list("audience", "circle")) == [
            ("circle", blue.pk), ("leaders", None),
        ]  # fmt: skip

    def test_what_waits_and_what_stays_is_said(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        given: dict[str, Any] = {"by": cast.member, "reading": cast.reading, "audience": "group"}
        [taken] = actions.share(**given, notes=notes[:1], keep=True)
        Annotation.objects.filter(pk=taken.pk).update(state=State.REMOVED)
        StudyGroup.objects.filter(pk=cast.group.pk).update(holds_first=1)
        client = client_of(cast.member)
        text = client.post(url, form(notes, cast.reading), follow=True).text
        assert "2 notes published to “Thursday circle”." in text
        assert "2 wait until a leader has looked at them." in text
        assert "One stays private: a leader has taken it out of that reading before." in text
        answer = client.post(url, form(notes[:1], cast.reading))
        assert answer.headers["Location"] == url

    def test_nothing_to_publish(self, cast: Cast, url: str) -> None:
        text = client_of(cast.member).get(url).text
        assert "You have no private notes on this text." in text
        assert "<form class=" not in text

    def test_nowhere_to_publish(self, cast: Cast, notes: list[Annotation], url: str) -> None:
        cast.reading.status = Status.CLOSED
        cast.reading.save(update_fields=["status"])
        client = client_of(cast.member)
        text = client.get(url).text
        assert "You can’t write in any reading of this text now" in text
        assert "Mine alone." in text
        assert client.post(url, form(notes, cast.reading)).status_code == 422
        assert Annotation.objects.filter(audience="group").count() == 0


class TestPageRefuses:
    def test_nothing_chosen_and_keeps_what_was(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        answer = client_of(cast.member).post(url, form([], cast.reading, keep="on"))
        assert answer.status_code == 422
        assert "Choose the notes that others shall read." in answer.text
        assert re.search(r'name="keep"[^>]* checked', answer.text)

    @pytest.mark.parametrize("to", ["", "99-group-", "nonsense", "x\0y"])
    def test_an_unknown_destination_and_keeps_the_notes(
        self, cast: Cast, notes: list[Annotation], url: str, to: str
    ) -> None:
        answer = client_of(cast.member).post(url, {"notes": [notes[1].uuid], "to": to})
        assert answer.status_code == 422
        assert ticked(answer) == {str(notes[1].uuid)}
        assert Annotation.objects.exclude(audience="private").count() == 0

    def test_a_reading_that_one_may_not_write_in(
        self, cast: Cast, notes: list[Annotation], url: str
    ) -> None:
        there = Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)
        answer = client_of(cast.member).post(url, form(notes, there))
        assert answer.status_code == 422
        assert "Friday" not in answer.text
        assert Annotation.objects.exclude(audience="private").count() == 0

    @pytest.mark.parametrize("field", ["notes", "shown"])
    @pytest.mark.parametrize("which", ["another's", "not private", "nobody's", "no name at all"])
    def test_a_note_that_is_not_ones_own_private_one(
        self, cast: Cast, write: Write, notes: list[Annotation], url: str, which: str, field: str
    ) -> None:
        uuid = {
            "another's": write(cast.other, "For me.", audience="private").uuid,
            "not private": write(cast.member, "For all.").uuid,
            "nobody's": uuid4(),
            "no name at all": "\0",
        }[which]
        before = list(Annotation.objects.order_by("pk").values())
        data = {**form(notes, cast.reading), "everything": "on" if field == "shown" else ""}
        data[field] = [str(notes[0].uuid), str(uuid)]
        answer = client_of(cast.member).post(url, data)
        assert answer.status_code == 422
        assert answer.text.count("One of these notes is no longer there. Choose again.") == 1
        assert list(Annotation.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("count", [3, 300])
class TestQueries:
    @pytest.fixture
    def many(self, cast: Cast, paragraphs: list[Paragraph], count: int) -> list[Annotation]:
        notes = Annotation.objects.bulk_create(
            Annotation(
                creator=cast.member, article=cast.reading.article, audience="private",
                motivation="commenting", category="yellow", body=f"No. {number}",
                client_id=uuid4(),
            )
            for number in range(count)
        )  # fmt: skip
        Target.objects.bulk_create(
            Target(
                annotation=note, start_paragraph=paragraphs[0], start_offset=0,
                end_paragraph=paragraphs[1], end_offset=4, exact="words", text_revision=1,
            )
            for note in notes
        )  # fmt: skip
        return list(notes)

    def test_the_page(self, cast: Cast, many: list[Annotation], url: str) -> None:
        client = client_of(cast.member)
        client.get(url)
        assert queries(lambda: client.get(url)) == 9

    def test_publishing(self, cast: Cast, many: list[Annotation], url: str) -> None:
        client = client_of(cast.member)
        assert queries(lambda: client.post(url, form(many, cast.reading)), status=302) == 24
        assert Annotation.objects.visible_to(cast.other).count() == len(many)
