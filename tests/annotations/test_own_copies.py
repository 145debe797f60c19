"""A group's own copy of a text: the text, the notes, old addresses, and two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import own_copies, sharing, writing
from annotations.models import Annotation, AnnotationRevision, Layer, Target
from annotations.room import Room, enter
from annotations.threads import threads_on
from reader.actions import TextMovedOn
from reader.actions.own_copies import copied
from reader.enums import Bylines, Readable, Reveal, Role, Sharing, Standing, Status
from reader.models import (
    Article,
    Circle,
    ImportDraft,
    Membership,
    Paragraph,
    Participation,
    Reading,
    StudyGroup,
    User,
)
from reader.querysets import Viewer
from reader.texts import Texts
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of, join
from tests.corrections import block, blocks_of, correct, reworded
from tests.races import at_once

HTMX = {"HX-Request": "true"}


def lend(cast: Cast) -> Reading:
    """Make the text of the cast's group the other group's, which reads it too."""
    Article.objects.filter(pk=cast.reading.article_id).update(steward=cast.elsewhere.group)
    ImportDraft.objects.filter(article=cast.reading.article).update(group=cast.elsewhere.group)
    cast.reading.article.steward = cast.elsewhere.group
    return Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)


@pytest.fixture
def theirs(cast: Cast) -> Reading:
    return lend(cast)


@pytest.fixture
def article(theirs: Reading) -> Article:
    """The text as the other group has it."""
    return theirs.article


def take(cast: Cast, by: User | None = None) -> Article:
    """The copy of the cast's group."""
    reading = actions.take_copy(by=by or cast.owner, reading=cast.reading)
    cast.reading.refresh_from_db()
    return reading.article


def visible(*people: Viewer) -> list[set[Any]]:
    return [set(Annotation.objects.visible_to(who).values_list("pk", flat=True)) for who in people]


def shown(who: Viewer, reading: Reading) -> list[object]:
    """What the page shows this person of each thread: whose it is, what it says, on which words,
    and what was answered."""
    room: Room = enter(who, reading.group.slug, reading.article.slug)
    paragraphs = list(Paragraph.objects.standing().filter(article=room.article))
    return [
        (
            thread.target.exact,
            thread.target.start_paragraph.text,
            (thread.target.start_offset, thread.target.end_offset),
            [(note.annotation.uuid, note.byline, note.annotation.body) for note in
             (thread.root, *thread.replies)],
        )
        for thread in threads_on(room, paragraphs)
    ]  # fmt: skip


class TestText:
    def test_it_is_the_groups_and_for_the_group_alone(self, cast: Cast, article: Article) -> None:
        Article.objects.filter(pk=article.pk).update(sharing=Sharing.EVERYONE)
        copy = take(cast)
        assert (copy.steward, copy.sharing, copy.added_by) == (cast.group, "group", cast.owner)
        assert copy.copied_from == article
        assert copy.slug != article.slug
        same = ("title", "creators", "language", "text_revision", "metadata", "source", "rights")
        assert [getattr(copy, name) for name in same] == [getattr(article, name) for name in same]
        article.refresh_from_db()
        assert (article.steward, article.sharing) == (cast.elsewhere.group, "everyone")

    def test_past_texts_and_retired_paragraphs_come_along(
        self, cast: Cast, article: Article
    ) -> None:
        blocks = [each for each in blocks_of(article) if each["kind"] != "verse"]
        correct(cast.outsider, article, [*blocks, block("One more.")], "No verse.")
        correct(cast.outsider, article, reworded(article, "margin", "edge"))
        copy = take(cast)
        old, new = Texts(article), Texts(copy)
        assert list(new.revisions) == list(old.revisions) == [1, 2, 3]
        kept = ("comment", "created_by", "created_at")
        for number, revision in old.revisions.items():
            said = [(each.kind, each.level, each.text, each.spans) for each in old.at(number)]
            assert said == [(e.kind, e.level, e.text, e.spans) for e in new.at(number)]
            same = [getattr(new.revisions[number], name) for name in kept]
            assert same == [getattr(revision, name) for name in kept]
        assert copy.paragraphs.filter(retired=True).get().kind == "verse"
        columns = ("position", "number", "kind", "text", "retired", "text_hash")
        copied = copy.paragraphs.order_by("copied_from")
        originals = article.paragraphs.order_by("pk")
        assert list(copied.values_list("copied_from", *columns)) == list(
            originals.values_list("pk", *columns)
        )
        assert not {*copied.values_list("key")} & {*originals.values_list("key")}

    def test_each_corrects_its_own_from_then_on(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        here = write(cast.member, "Which two?", on=1, start=31, end=41)
        copy = take(cast)
        correct(cast.outsider, article, reworded(article, "two people", "people"))
        assert copy.paragraphs.filter(text__contains="two people").exists()
        correct(cast.owner, copy, reworded(copy, "author", "writer"))
        assert not article.paragraphs.filter(text__contains="writer").exists()
        for who, text in ((cast.owner, article), (cast.outsider, copy)):
            with pytest.raises(PermissionDenied):
                correct(who, text, blocks_of(text))
        assert here.targets.current().get().start_paragraph.article == copy

    def test_a_correction_that_is_not_wanted_is_left_out(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        """Take a copy, then go back to the text before."""
        note = write(cast.member, "Which two?", on=1, start=31, end=41)
        correct(cast.outsider, article, reworded(article, "two people", "nobody at all"))
        copy = take(cast)
        correct(cast.owner, copy, blocks_of(copy, 1))
        target = note.targets.current().select_related("start_paragraph").get()
        assert target.start_paragraph.text[target.start_offset : target.end_offset] == "two people"
        assert (target.anchor_state, target.placed_by) == ("exact", cast.member)


@pytest.mark.usefixtures("theirs")
class TestWho:
    def test_leaders_alone(self, cast: Cast) -> None:
        for who in (cast.member, cast.observer, cast.outsider):
            with pytest.raises(PermissionDenied, match="Only the group's leaders"):
                take(cast, by=who)
        assert take(cast, by=cast.moderator).steward == cast.group

    def test_twice_is_once(self, cast: Cast) -> None:
        before = Reading.objects.with_titles().get(pk=cast.reading.pk)
        copy = take(cast)
        again = actions.take_copy(by=cast.moderator, reading=before)
        assert (again, again.article) == (cast.reading, copy)
        assert Article.objects.filter(steward=cast.group).get() == copy

    def test_not_of_ones_own(self, cast: Cast) -> None:
        Article.objects.filter(pk=cast.reading.article_id).update(steward=cast.group)
        assert take(cast) == cast.reading.article
        assert not Article.objects.exclude(copied_from=None).exists()

    def test_of_a_text_that_is_nobodys_any_more(self, cast: Cast) -> None:
        Article.objects.filter(pk=cast.reading.article_id).update(steward=None)
        assert take(cast).steward == cast.group


RULES: dict[str, dict[str, Any]] = {
    "at once": {"reveal": Reveal.AT_ONCE},
    "from a date": {"reveal": Reveal.AT_DATE, "reveal_at": timezone.now() + timedelta(days=1)},
    "after own": {"reveal": Reveal.AFTER_OWN, "reveal_after": 2},
    "after finishing": {"reveal": Reveal.AFTER_FINISHED},
    "under pseudonyms": {"bylines": Bylines.PSEUDONYMS},
    "closed": {"status": Status.CLOSED},
}


class TestNotes:
    @pytest.fixture
    def written(self, cast: Cast, theirs: Reading, write: Write) -> list[Annotation]:
        """Of every audience and state, with answers; there and here."""
        circle = Circle.objects.create(reading=cast.reading, name="Red")
        circle.members.set([cast.member, cast.other])
        root = write(cast.member, "Why?", until=1, motivation="questioning")
        notes = [
            root,
            write(cast.owner, "For you.", to=root, privately=True),
            write(cast.other, "Because.", to=write(cast.moderator, "No.", to=root)),
            write(cast.other, "Us.", audience="circle", circle=circle),
            write(cast.moderator, "Hm.", audience="leaders"),
            write(cast.owner, "What of it?", motivation="questioning", category="violet"),
            write(cast.member, on=2),
        ]
        for state in ("pending", "hidden", "removed", "withdrawn", "purged"):
            note = write(cast.other, state.title(), on=1)
            notes += [note, write(cast.owner, "Yes?", to=note)]
            Annotation.objects.filter(pk=note.pk).update(state=state)
        notes += [write(who, "Mine.", audience="private") for who in (cast.member, cast.owner)]
        actions.edit(by=cast.member, annotation=root, body="Why not?")
        first = theirs.article.paragraphs.filter(kind="paragraph").earliest("position")
        actions.annotate(
            by=cast.outsider, reading=theirs, where=actions.Range([first], 0, 4), body="There.",
            motivation="commenting", audience="group", client_id=uuid4(),
        )  # fmt: skip
        return notes

    @pytest.mark.leaks
    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("public", [False, True])
    def test_nobody_sees_more_or_less(
        self, cast: Cast, written: list[Annotation], theirs: Reading, rule: str, public: bool
    ) -> None:
        if public:
            StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by=Readable.PUBLIC)
        Reading.objects.filter(pk=cast.reading.pk).update(**RULES[rule])
        Participation.objects.create(
            reading=cast.reading, user=cast.other, finished_at=timezone.now()
        )
        newcomer = join(cast.group, "Nora", reads_from=timezone.now())
        inside = [cast.owner, cast.moderator, cast.member, cast.other, cast.observer, newcomer]
        people: list[Viewer] = [*inside, cast.outsider, AnonymousUser()]
        readers: list[Viewer] = [*inside, AnonymousUser()] if public else [*inside]
        cast.reading.refresh_from_db()
        seen, pages = visible(*people), [shown(who, cast.reading) for who in readers]
        there = shown(cast.outsider, theirs)
        take(cast)
        cast.reading.refresh_from_db()
        assert visible(*people) == seen
        assert [shown(who, cast.reading) for who in readers] == pages
        assert shown(cast.outsider, theirs) == there
        assert any(pages)

    def test_all_of_the_reading_goes_and_nothing_else(
        self, cast: Cast, article: Article, written: list[Annotation]
    ) -> None:
        history = {
            t.pk: t.start_paragraph.key for t in Target.objects.select_related("start_paragraph")
        }
        revisions = list(Annotation.objects.order_by("pk").values_list("pk", "version"))
        copy = take(cast)
        assert {*Annotation.objects.filter(article=copy)} == {
            *Annotation.objects.filter(reading=cast.reading),
            *Annotation.objects.filter(audience="private"),
        }
        there = Annotation.objects.get(article=article)
        assert there.body == "There."
        for target in Target.objects.select_related("start_paragraph__copied_from", "annotation"):
            now = target.start_paragraph
            then = now if target.annotation == there else now.copied_from
            assert then is not None
            assert (then.key, then.article) == (history[target.pk], article)
            assert target.end_paragraph.article_id == target.annotation.article_id == now.article_id
        assert {
            layer.paragraph.article for layer in Layer.objects.filter(reading=cast.reading)
        } == {copy}
        assert list(Annotation.objects.order_by("pk").values_list("pk", "version")) == revisions

    def test_what_stood_before_a_change_of_place_goes_along(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        note = write(cast.member, "Here.")
        made = note.targets.get()
        second = article.paragraphs.filter(kind="paragraph")[1]
        Target.objects.filter(pk=made.pk).update(current=False)
        Target.objects.create(
            annotation=note, start_paragraph=second, start_offset=0, end_paragraph=second,
            end_offset=4, text_revision=2, anchor_state="moved",
        )  # fmt: skip
        copy = take(cast)
        rows = note.targets.order_by("pk").select_related("start_paragraph", "end_paragraph")
        assert [(row.current, row.placed_by) for row in rows] == [
            (False, cast.member), (True, None),
        ]  # fmt: skip
        assert {row.start_paragraph.article for row in rows} == {copy}
        assert [row.end_paragraph.copied_from for row in rows] == [made.end_paragraph, second]


class TestPrivateNotes:
    def test_go_along_but_for_those_of_people_who_read_the_text_elsewhere(
        self, cast: Cast, article: Article, write: Write
    ) -> None:
        Membership.objects.create(group=cast.elsewhere.group, user=cast.other)
        people = (cast.member, cast.other, cast.moderator)
        mine, theirs_too, lefts = (write(who, "Mine.", audience="private") for who in people)
        gone = actions.withdraw(
            by=cast.member, annotation=write(cast.member, "No.", audience="private")
        )
        Membership.objects.filter(user=cast.moderator).update(left_at=timezone.now())
        copy = take(cast)
        assert {*Annotation.objects.filter(article=copy)} == {mine, gone, lefts}
        assert theirs_too.targets.get().start_paragraph.article == article
        assert list(Annotation.objects.visible_to(cast.other)) == [theirs_too]

    def test_of_others_stay(self, cast: Cast, theirs: Reading) -> None:
        first = theirs.article.paragraphs.filter(kind="paragraph").earliest("position")
        note = actions.annotate(
            by=cast.outsider, reading=theirs, where=actions.Range([first], 0, 4), body="Mine.",
            motivation="commenting", audience="private", client_id=uuid4(),
        )  # fmt: skip
        take(cast)
        note.refresh_from_db()
        assert note.article == theirs.article

    @pytest.mark.parametrize("public", [False, True])
    @pytest.mark.parametrize("status", [Status.OPEN, Status.PLANNED])
    def test_who_reads_a_text_is_whoever_it_is_visible_to(
        self, cast: Cast, theirs: Reading, public: bool, status: str
    ) -> None:
        group = cast.elsewhere.group
        group.readable_by = Readable.PUBLIC if public else Readable.MEMBERS
        group.save(update_fields=["readable_by"])
        Reading.objects.filter(pk=theirs.pk).update(status=status)
        join(group, "Moritz", Role.MODERATOR)
        join(group, "Susi", standing=Standing.SUSPENDED)
        join(group, "Fritz", left_at=timezone.now())
        join(group, "Maria")
        of = Reading.objects.filter(pk=theirs.pk)
        assert {*of.readers()} == {
            user for user in User.objects.all() if of.visible_to(user).exists()
        }
        assert of.readers().exists()


@pytest.mark.parametrize("notes", [3, 300])
def test_queries(
    cast: Cast, theirs: Reading, write: Write, notes: int, django_assert_num_queries: Any
) -> None:
    assert theirs.article == cast.reading.article
    for at in range(notes):
        write((cast.member, cast.other)[at % 2], f"{at}", audience=("group", "private")[at % 2])
    with django_assert_num_queries(23):
        actions.take_copy(by=cast.owner, reading=cast.reading)


class TestPage:
    @pytest.fixture
    def url(self, cast: Cast, theirs: Reading) -> str:
        return reverse("own_copy", args=[cast.group.slug, cast.reading.article.slug])

    def test_says_what_happens_and_does_nothing(self, cast: Cast, url: str) -> None:
        answer = client_of(cast.moderator).get(url)
        assert answer.status_code == 200
        assert "others correct it" in answer.text
        assert cast.elsewhere.group.name not in answer.text
        assert not Article.objects.exclude(copied_from=None).exists()

    def test_of_a_text_that_is_nobodys_any_more(self, cast: Cast, url: str) -> None:
        Article.objects.filter(pk=cast.reading.article_id).update(steward=None)
        assert "so nobody corrects it" in client_of(cast.owner).get(url).text

    def test_takes_it_and_leads_to_the_texts_that_it_has_been(self, cast: Cast, url: str) -> None:
        client = client_of(cast.moderator)
        answer = client.post(url)
        copy = Article.objects.exclude(copied_from=None).get()
        texts = reverse("texts", args=[cast.group.slug, copy.slug])
        assert (answer.status_code, answer.headers["Location"]) == (302, texts)
        assert "your group’s own now" in client.get(texts).text
        for again in (client.post(url), client.get(url)):
            assert (again.status_code, again.headers["Location"]) == (302, texts)
        assert Article.objects.exclude(copied_from=None).get() == copy

    def test_nobody_learns_who_is_in_the_other_group(
        self, cast: Cast, article: Article, url: str
    ) -> None:
        correct(cast.outsider, article, reworded(article, "margin", "edge"), "Better so.")
        copy = take(cast)
        correct(cast.owner, copy, reworded(copy, "edge", "margin"), "As it was.")
        texts = reverse("texts", args=[cast.group.slug, copy.slug])
        text = client_of(cast.moderator).get(texts).text
        names = ("Better so.", cast.outsider.name, cast.owner.name)
        assert [text.count(name) for name in names] == [1, 0, 1]

    def test_not_for_others(self, cast: Cast, url: str) -> None:
        for who, status in ((cast.member, 403), (cast.outsider, 404)):
            for answer in (client_of(who).get(url), client_of(who).post(url)):
                assert answer.status_code == status
        assert client_of(None).get(url).status_code == 302
        assert not Article.objects.exclude(copied_from=None).exists()

    def test_is_linked_only_where_the_text_is_anothers(self, cast: Cast, url: str) -> None:
        settings = reverse("reading_settings", args=[cast.group.slug, cast.reading.article.slug])
        client = client_of(cast.owner)
        assert f'href="{url}"' in client.get(settings).text
        take(cast)
        assert "own-copy" not in client.get(settings, follow=True).text


def test_whatever_is_done_around_them_nobody_loses_a_word(
    cast: Cast, theirs: Reading, article: Article, write: Write
) -> None:
    """Every paragraph is retired, the text corrected once more, a copy taken, the reading closed,
    and the group erased whose text it was."""
    root = write(cast.member, "Why?", until=1)
    actions.edit(by=cast.member, annotation=root, body="Why not?")
    write(cast.other, "Mine.", audience="private", on=2)
    actions.withdraw(by=cast.other, annotation=write(cast.other, "Because.", to=root))
    write(cast.owner, "So.", to=root, privately=True)

    def kept() -> list[list[tuple[Any, ...]]]:
        chosen = Target.objects.filter(placed_by__isnull=False)
        rows = (
            Annotation.objects.values_list("pk", "uuid", "body", "state", "creator", "reading"),
            AnnotationRevision.objects.values_list("pk", "annotation", "body"),
            chosen.values_list("pk", "annotation", "exact", "start_offset", "end_offset"),
            Target.objects.current().values_list("annotation"),
        )
        return [list(found.order_by(found.query.values_select[0])) for found in rows]

    before = kept()
    correct(cast.outsider, article, [block("All is new.")])
    assert not article.paragraphs.filter(retired=False).exclude(text="All is new.").exists()
    assert kept() == before
    correct(cast.outsider, article, reworded(article, "new", "old"))
    copy = take(cast)
    assert kept() == before
    correct(cast.owner, copy, blocks_of(copy, 1))
    Reading.objects.filter(pk=cast.reading.pk).update(status=Status.CLOSED)
    StudyGroup.objects.filter(pk=theirs.group_id).update(
        erase_at=timezone.now(), erase_asked_by=cast.outsider
    )
    assert actions.erase_group(theirs.group)
    assert not Article.objects.filter(pk=article.pk).exists()
    assert kept() == before
    assert [len(rows) for rows in before] == [4, 1, 2, 2]


class TestOldAddresses:
    """A page that was open while the copy was taken, and links from before."""

    @pytest.fixture
    def old(self, article: Article) -> Paragraph:
        found: Paragraph = article.paragraphs.filter(kind="paragraph").earliest("position")
        return found

    @pytest.fixture
    def copy(self, cast: Cast, old: Paragraph) -> Article:
        return take(cast)

    @pytest.fixture
    def now(self, copy: Article, old: Paragraph) -> Paragraph:
        found: Paragraph = copy.paragraphs.get(copied_from=old)
        return found

    def test_the_reading_leads_on(self, cast: Cast, article: Article, copy: Article) -> None:
        answer = client_of(cast.member).get(f"/g/{cast.group.slug}/read/{article.slug}/?open=all")
        there = f"/g/{cast.group.slug}/read/{copy.slug}/?open=all"
        assert (answer.status_code, answer.headers["Location"]) == (302, there)
        assert client_of(cast.member).get(there).status_code == 200
        assert client_of(cast.outsider).get(there).status_code == 404

    def test_its_other_pages_are_there(self, cast: Cast, article: Article, copy: Article) -> None:
        owner = client_of(cast.owner)
        for name in ("reading_settings", "circles", "taking_part", "private_notes"):
            answer = owner.get(reverse(name, args=[cast.group.slug, article.slug]))
            assert (answer.status_code, name) == (200, name)
        seen = reverse("reading_seen", args=[cast.group.slug, article.slug])
        assert client_of(cast.member).post(seen, headers=HTMX).status_code == 204

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_what_was_being_written_is_written(
        self, cast: Cast, article: Article, old: Paragraph, now: Paragraph, headers: dict[str, str]
    ) -> None:
        url = reverse("annotate", args=[cast.group.slug, article.slug])
        form = {
            "motivation": "commenting", "audience": "group", "body": "Typed before.",
            "client_id": str(uuid4()), "start_key": old.key, "end_key": old.key,
            "start": "2", "end": "8", "exact": old.text[2:8],
        }  # fmt: skip
        answer = client_of(cast.member).post(url, form, headers=headers)
        note = Annotation.objects.get(body="Typed before.")
        assert (note.article, note.targets.get().start_paragraph) == (now.article, now)
        place = f"{note.get_absolute_url()}?in={cast.group.slug}"
        if headers:  # the page shows another text: all of it is loaded anew
            assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, place)
        else:
            assert (answer.status_code, answer.headers["Location"]) == (302, place)

    def test_a_form_is_there_and_comes_back_with_what_was_typed(
        self, cast: Cast, article: Article, old: Paragraph, now: Paragraph
    ) -> None:
        url = reverse("annotate", args=[cast.group.slug, article.slug])
        client = client_of(cast.member)
        assert now.key in client.get(f"{url}?start_key={old.key}&end_key={old.key}").text
        form = {
            "motivation": "commenting", "audience": "group", "body": "Typed before.",
            "client_id": str(uuid4()), "start_key": old.key, "wanted": "No such words",
        }  # fmt: skip
        answer = client.post(url, form)
        assert (answer.status_code, answer.text.count("Typed before.")) == (422, 1)

    def test_a_reply_is_written(
        self, cast: Cast, theirs: Reading, write: Write, article: Article
    ) -> None:
        note = write(cast.other, "What now?")
        copy = take(cast)
        form = {"body": "This.", "client_id": str(uuid4())}
        answer = client_of(cast.member).post(
            reverse("note_reply", args=[note.uuid]), form, headers=HTMX
        )
        assert answer.status_code == 200
        assert note.thread.get().article == copy

    def test_notes_of_a_paragraph(
        self, cast: Cast, article: Article, write: Write, old: Paragraph
    ) -> None:
        write(cast.other, "What now?")
        take(cast)
        url = reverse("paragraph_notes", args=[cast.group.slug, article.slug, old.key])
        assert "What now?" in client_of(cast.member).get(url, headers=HTMX).text
        assert client_of(cast.outsider).get(url).status_code == 404

    def test_a_link_to_a_paragraph(
        self, cast: Cast, theirs: Reading, article: Article, old: Paragraph, now: Paragraph
    ) -> None:
        def leads(who: User, **query: str) -> tuple[int, str]:
            answer = client_of(who).get(reverse("paragraph", args=[old.key]), query)
            return answer.status_code, answer.headers.get("Location", "")

        here = (302, f"{cast.reading.get_absolute_url()}#p-{now.key}")
        there = (302, f"{theirs.get_absolute_url()}#p-{old.key}")
        assert leads(cast.member, **{"in": cast.group.slug}) == leads(cast.member) == here
        assert leads(cast.outsider, **{"in": theirs.group.slug}) == leads(cast.outsider) == there
        assert leads(cast.member, **{"in": theirs.group.slug}) == (404, "")
        assert leads(cast.outsider, **{"in": cast.group.slug}) == (404, "")
        blocks = [each for each in blocks_of(article) if each["key"] != old.key]
        correct(cast.outsider, article, blocks)
        assert leads(cast.member) == here
        assert leads(cast.outsider) == (404, "")

    def test_a_link_to_a_note(self, cast: Cast, theirs: Reading, write: Write) -> None:
        note, mine = write(cast.other, "Hm."), write(cast.member, "Mine.", audience="private")
        take(cast)
        for each in (note, mine):
            where = f"{cast.reading.get_absolute_url()}?note={each.uuid}#n-{each.uuid}"
            answer = client_of(cast.member).get(each.get_absolute_url())
            assert answer.headers["Location"] == where

    def test_the_other_text_read_again_is_at_its_own_address(
        self, cast: Cast, article: Article, copy: Article
    ) -> None:
        both = Reading.objects.create(group=cast.group, article=article)
        for slug, reading in ((article.slug, both), (copy.slug, cast.reading)):
            assert enter(cast.member, cast.group.slug, slug).reading == reading


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_leaders_take_one_copy(self) -> None:
        cast = assemble()
        lend(cast)
        calls = [
            lambda by=by: actions.take_copy(by=by, reading=cast.reading).article
            for by in (cast.owner, cast.moderator)
        ]
        first, second = at_once(*calls)
        assert first == second == Article.objects.get(steward=cast.group)

    @pytest.mark.parametrize("first", ["note", "copy"])
    @pytest.mark.parametrize("kind", ["note", "private", "reply", "publishing"])
    def test_what_is_being_written_is_in_the_copy(
        self, first: str, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whichever comes first, and where the other one has begun before it was done."""
        cast = assemble()
        lend(cast)
        reading = Reading.objects.with_titles().get(pk=cast.reading.pk)
        text = reading.article.paragraphs.get(text__contains="two people")
        given: dict[str, Any] = {"reading": reading, "motivation": "commenting"}

        def annotate(audience: str) -> Annotation:
            return actions.annotate(
                by=cast.member, where=actions.Range([text], 31, 41), audience=audience,
                body="Which?", client_id=uuid4(), **given,
            )  # fmt: skip

        root, mine = annotate("group"), annotate("private")
        begun, done = Event(), Event()

        def halfway() -> None:
            begun.set()
            done.wait(0.4)  # until the other has come as far as it can

        slowly(monkeypatch, first, halfway)

        def write() -> object:
            if first == "copy":
                begun.wait(5)
            try:
                if kind == "reply":
                    return actions.reply(
                        by=cast.other, parent=root, body="Both.", client_id=uuid4()
                    )
                if kind == "publishing":
                    return actions.share(
                        by=cast.member, notes=[mine], reading=reading, audience="group"
                    )
                return annotate("private" if kind == "private" else "group")
            except (TextMovedOn, PermissionDenied) as refused:
                return type(refused)
            finally:
                done.set()

        def copy() -> Article:
            if first == "note":
                begun.wait(5)
            taken = actions.take_copy(by=cast.owner, reading=cast.reading).article
            done.set()
            return taken

        own, written = at_once(copy, write)
        refused = {"reply": None, "publishing": PermissionDenied}.get(kind, TextMovedOn)
        if first == "copy" and refused:
            assert written is refused  # and nothing was written
        else:
            assert isinstance(written, Annotation | list)
        assert {note.article for note in Annotation.objects.all()} == {own}
        targets = Target.objects.select_related("start_paragraph", "end_paragraph")
        assert {target.start_paragraph.article for target in targets} == {own}


def _after(halfway: Callable[[], None], write: Callable[..., Any]) -> Callable[..., Any]:
    def waiting(*given: Any) -> Any:
        halfway()
        return write(*given)

    return waiting


def slowly(monkeypatch: pytest.MonkeyPatch, first: str, halfway: Callable[[], None]) -> None:
    """Let what comes first wait in the middle."""
    if first == "note":
        for module, name in ((writing, "_insert"), (sharing, "store")):
            monkeypatch.setattr(module, name, _after(halfway, getattr(module, name)))
        return

    def copying(*given: Any, **named: Any) -> Article:
        halfway()
        return copied(*given, **named)

    monkeypatch.setattr(own_copies, "copied", copying)
