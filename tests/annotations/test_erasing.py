"""A group, erased: what goes, what stays, and that no table is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from annotations import actions
from annotations import clock as annotations_clock
from annotations.enums import Verb
from annotations.models import Annotation, Endorsement, Export, Mute, NotesImport, Target
from annotations.moderation import decide, decide_all, reverse_decision, undo
from annotations.moderation.reconsidering import ask
from annotations.moderation.reporting import report
from annotations.moderation.rules import add_reason, add_word_rule
from annotations.moderation.standings import note_on_member
from reader import clock
from reader.actions import create_group, draft_article, invite, leave, members
from reader.models import (
    Article,
    Circle,
    Correction,
    InvitationBatch,
    JoinRequest,
    Membership,
    Paragraph,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    TextRevision,
    User,
)
from reader.permissions import membership_of
from reader.texts import Texts
from tests.cast import ARTICLE, Cast, assemble, read
from tests.corrections import correct, reworded
from tests.races import at_once

# Every key to what goes with a group, and what becomes of the rows that hold it. A new one fails
# the test below until `erase_group` has a rule for it and this table says which.
GOES, KEPT_WITHOUT = "goes", "stays, without it"
RULES = {
    "annotations.Annotation.article": GOES,
    "annotations.Annotation.circle": GOES,
    "annotations.Annotation.parent": GOES,
    "annotations.Annotation.reading": GOES,
    "annotations.Annotation.root": GOES,
    "annotations.AnnotationRevision.annotation": GOES,
    "annotations.Case.annotation": GOES,
    "annotations.Case.group": GOES,
    "annotations.Endorsement.annotation": GOES,
    "annotations.Export.group": GOES,
    "annotations.Export.reading": GOES,
    "annotations.Layer.circle": GOES,
    "annotations.Layer.paragraph": GOES,
    "annotations.Layer.reading": GOES,
    "annotations.LogEntry.annotation": GOES,
    "annotations.LogEntry.bulk": GOES,
    "annotations.LogEntry.group": GOES,
    "annotations.LogEntry.membership": GOES,
    "annotations.LogEntry.reverses": GOES,
    "annotations.MemberNote.membership": GOES,
    "annotations.Mute.group": GOES,
    "annotations.Mute.reading": GOES,
    "annotations.Mute.root": GOES,
    "annotations.NotesImport.group": GOES,
    "annotations.NotesImport.reading": GOES,
    "annotations.Notice.entry": GOES,
    "annotations.Notice.group": GOES,
    "annotations.Reason.group": GOES,
    "annotations.Reconsideration.decision": GOES,
    "annotations.Reconsideration.group": GOES,
    "annotations.Report.annotation": GOES,
    "annotations.Report.case": GOES,
    "annotations.Target.annotation": GOES,
    "annotations.Target.end_paragraph": GOES,
    "annotations.Target.start_paragraph": GOES,
    "annotations.WordRule.group": GOES,
    "reader.Article.copied_from": KEPT_WITHOUT,
    "reader.Article.steward": KEPT_WITHOUT,
    "reader.Circle.reading": GOES,
    "reader.Circle_members.circle": GOES,
    "reader.Correction.article": GOES,
    "reader.ImportDraft.article": GOES,
    "reader.ImportDraft.group": GOES,
    "reader.Invitation.batch": GOES,
    "reader.Invitation.group": GOES,
    "reader.InvitationBatch.group": GOES,
    "reader.JoinRequest.group": GOES,
    "reader.JoinRequest.invitation": GOES,
    "reader.Membership.group": GOES,
    "reader.Paragraph.article": GOES,
    "reader.Paragraph.copied_from": KEPT_WITHOUT,
    "reader.ParagraphRevision.paragraph": GOES,
    "reader.Participation.reading": GOES,
    "reader.Pseudonym.reading": GOES,
    "reader.Reading.article": GOES,
    "reader.Reading.group": GOES,
    "reader.TextRevision.article": GOES,
    "reader.User.guest_in": GOES,
}


def keys_below(root: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """Every foreign key to a model, and to what holds one, and so on: with the model it is in.
    Guests are people, but nobody's rows are theirs."""
    seen, waiting = {root}, [root]
    while waiting:
        to = waiting.pop()
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey) and field.related_model is to:
                    yield f"{model._meta.label}.{field.name}", model
                    if model not in seen and model is not User:
                        seen.add(model)
                        waiting.append(model)


TABLES = {StudyGroup} | {model for _key, model in keys_below(StudyGroup)} - {User}


def test_every_table_that_hangs_on_a_group_has_a_rule() -> None:
    assert {key for key, _model in keys_below(StudyGroup)} == set(RULES)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in TABLES
    }


def fill(reading: Reading, owner: User, member: User) -> None:
    """At least one row in every table that hangs on a group."""
    group, article = reading.group, reading.article
    first, second = article.paragraphs.exclude(text="").order_by("position")[:2]
    circle = Circle.objects.create(reading=reading, name="Red")
    circle.members.add(member)
    given: dict[str, Any] = {"reading": reading, "motivation": "commenting"}
    root = actions.annotate(
        by=member, where=actions.Range([first, second], 1, 4), audience="group", body="One.",
        client_id=uuid4(), **given,
    )  # fmt: skip
    actions.edit(by=member, annotation=root, body="Two.")
    parent = root
    for depth in range(4):
        by = (owner, member)[depth % 2]
        parent = actions.reply(by=by, parent=parent, body=f"{depth}.", client_id=uuid4())
    actions.withdraw(by=member, annotation=parent)
    actions.annotate(
        by=member, where=actions.Range([first], 0, 4), audience="circle", circle=circle,
        body="Us.", client_id=uuid4(), **given,
    )  # fmt: skip
    actions.reply(by=owner, parent=root, body="You.", client_id=uuid4(), privately=True)
    root.refresh_from_db()
    moderate(group, root, owner, member)
    correct(owner, article, reworded(article, "margin", "edge"))
    Correction.objects.create(
        article=article, created_by=owner, base=2, blocks=reworded(article, "edge", "border")
    )
    Pseudonym.objects.create(reading=reading, user=member, name="Moss Owl")
    Participation.objects.create(reading=reading, user=member, finished_at=timezone.now())
    invitation, _token = invite(by=owner, group=group)
    invitation.batch = InvitationBatch.objects.create(group=group, created_by=owner)
    invitation.save(update_fields=["batch"])
    JoinRequest.objects.create(group=group, email="r@example.org", invitation=invitation)
    draft_article(by=owner, group=group, parsed=ARTICLE)
    Endorsement.objects.create(annotation=root, user=owner)
    User.objects.create(email=f"{uuid4().hex}@guests.invalid", guest_in=group, is_active=False)
    for model in (Export, NotesImport):
        row = model(created_by=owner, group=group, reading=reading)
        row.file.save("notes.md", ContentFile(b"words"))


def moderate(group: StudyGroup, note: Annotation, owner: User, member: User) -> None:
    """What is left of moderating: each kind of row, and rows of the log that reverse each other
    and are parts of others."""
    report(by=owner, annotation=note, revision=note.revision, reason="unkind", sentence="Ouch.")
    results = decide_all(
        by=owner, group=group, verb=Verb.REMOVE, reason="unkind",
        chosen=[(note.uuid, note.version)],
    )  # fmt: skip
    removal = results.done[0].entry
    assert removal is not None
    ask(by=member, decision=removal, words="Please.")
    reverse_decision(by=owner, entry=results.entry)
    for verb in (Verb.REMOVE, Verb.RESTORE):
        note.refresh_from_db()
        last = decide(by=owner, annotation=note, verb=verb, seen=note.version, reason="unkind")
    assert last.entry is not None
    assert undo(by=owner, entry=last.entry).reverses == last.entry
    theirs = group.memberships.get(user=member)
    note_on_member(by=owner, membership=theirs, words="Keep an eye on them.")
    add_word_rule(by=owner, group=group, words="damn", effect="flag")
    add_reason(by=owner, group=group, label="Ours")
    Mute.objects.create(user=owner, group=group, reading=note.reading, person=member)
    Mute.objects.create(user=owner, group=group, root=note)


def private(by: User, article: Article, body: str = "Mine.") -> Annotation:
    """A note for oneself, which needs no group."""
    first = article.paragraphs.exclude(text="").earliest("position")
    note: Annotation = Annotation.objects.create(
        creator=by, article=article, audience="private", motivation="commenting", body=body,
        client_id=uuid4(),
    )  # fmt: skip
    Target.objects.create(
        annotation=note, start_paragraph=first, start_offset=0, end_paragraph=first,
        end_offset=4, text_revision=1,
    )  # fmt: skip
    return note


def copied(by: User, group: StudyGroup, article: Article) -> Article:
    """A group's own copy of another's text."""
    reading = Reading.objects.create(group=group, article=article)
    return actions.take_copy(by=by, reading=reading).article


def due(group: StudyGroup, owner: User) -> StudyGroup:
    group.erase_at, group.erase_asked_by = timezone.now() - timedelta(seconds=1), owner
    group.save(update_fields=["erase_at", "erase_asked_by"])
    return group


@pytest.fixture
def filled(cast: Cast) -> Cast:
    Membership.objects.create(group=cast.elsewhere.group, user=cast.other)
    before = rows()
    fill(cast.elsewhere, cast.outsider, cast.other)
    assert {label for label, some in rows().items() if some == before[label]} <= {
        "reader.Article", "reader.Membership", "reader.Paragraph", "reader.ParagraphRevision",
        "reader.Reading", "reader.StudyGroup",
    }  # fmt: skip
    return cast


def _files() -> set[str]:
    """What lies in the place for files on their way."""
    storage = Export(created_by_id=0).file.storage
    return {name for folder in ("exports", "imports") for name in storage.listdir(folder)[1]}


def test_everything_of_the_group_goes_and_nothing_of_another(
    filled: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    cast = filled
    apart = rows()
    group = create_group(by=cast.owner, name="Sunday circle")
    Membership.objects.create(group=group, user=cast.member)
    fill(read(group, cast.owner, replace(ARTICLE, title="Of ends")), cast.owner, cast.member)
    assert all(len(some) > len(apart[label]) for label, some in rows().items())
    guests, files = User.objects.filter(guest_in=group), _files()
    with django_capture_on_commit_callbacks(execute=True):
        assert guests.exists()
        assert actions.erase_group(due(group, cast.owner))
    assert rows() == apart
    assert not guests.exists()
    assert len(_files()) == len(files) - 2


def test_the_people_stay(cast: Cast) -> None:
    people = list(User.objects.order_by("pk").values())
    actions.erase_group(due(cast.group, cast.owner))
    assert list(User.objects.order_by("pk").values()) == people


class TestTexts:
    def test_one_that_another_group_reads_stays_without_a_steward(self, cast: Cast) -> None:
        there = Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)
        paragraphs = Paragraph.objects.count()
        actions.erase_group(due(cast.group, cast.owner))
        there.refresh_from_db()
        assert there.article.steward is None
        assert Paragraph.objects.count() == paragraphs

    def test_one_on_which_somebody_has_private_notes_stays_with_them(self, cast: Cast) -> None:
        mine = private(cast.member, cast.reading.article)
        actions.erase_group(due(cast.group, cast.owner))
        mine.refresh_from_db()
        assert (mine.state, mine.body, mine.article.steward) == ("visible", "Mine.", None)
        assert mine.targets.count() == 1
        assert list(Annotation.objects.visible_to(cast.member)) == [mine]

    def test_private_notes_that_were_deleted_or_published_hold_no_text(self, cast: Cast) -> None:
        article = cast.reading.article
        actions.withdraw(by=cast.member, annotation=private(cast.member, article))
        actions.share(
            by=cast.member, notes=[private(cast.member, article)], reading=cast.reading,
            audience="group",
        )  # fmt: skip
        other = private(cast.outsider, cast.elsewhere.article)
        actions.erase_group(due(cast.group, cast.owner))
        assert not Article.objects.filter(pk=article.pk).exists()
        assert list(Annotation.objects.all()) == [other]

    def test_another_groups_text_that_it_read_stays_as_it_is(self, cast: Cast) -> None:
        Reading.objects.create(group=cast.group, article=cast.elsewhere.article)
        actions.erase_group(due(cast.group, cast.owner))
        assert Article.objects.get().steward == cast.elsewhere.group

    def test_what_was_left_without_a_steward_goes_with_its_last_group(self, cast: Cast) -> None:
        article = cast.reading.article
        readings = list(cast.group.readings.all())
        terms = [
            actions.copy_group(by=cast.owner, group=cast.group, name=name, readings=readings)
            for name in ("Autumn", "Winter", "Spring")
        ]
        mine = private(cast.member, article)
        actions.erase_group(due(cast.group, cast.owner))
        there = []
        for term in terms:
            actions.erase_group(due(term, cast.owner))
            there.append(Article.objects.filter(pk=article.pk).exists())
            if term == terms[1]:
                actions.withdraw(by=cast.member, annotation=mine)
        assert there == [True, True, False]
        assert Article.objects.get() == cast.elsewhere.article

    def test_a_text_without_a_steward_that_it_never_read_stays(self, cast: Cast) -> None:
        Article.objects.filter(pk=cast.elsewhere.article_id).update(steward=None)
        cast.elsewhere.delete()
        actions.erase_group(due(cast.group, cast.owner))
        assert Article.objects.get() == cast.elsewhere.article

    def test_a_copy_stays_whole_and_names_none_that_is_gone(self, cast: Cast) -> None:
        copy = copied(cast.outsider, cast.elsewhere.group, cast.reading.article)
        paragraphs = copy.paragraphs.count()
        actions.erase_group(due(cast.group, cast.owner))
        kept = Article.objects.get(pk=copy.pk)
        assert not Article.objects.filter(pk=cast.reading.article_id).exists()
        assert (kept.copied_from, kept.steward) == (None, cast.elsewhere.group)
        assert kept.paragraphs.filter(copied_from=None).count() == paragraphs
        assert [each.text for each in Texts(kept).at(1)] == [block.text for block in ARTICLE.blocks]

    def test_what_was_copied_stays_whole_where_a_copy_goes(self, cast: Cast) -> None:
        apart = rows()
        there = create_group(by=cast.outsider, name="Saturday circle")
        copy = copied(cast.outsider, there, cast.reading.article)
        assert copy.copied_from == cast.reading.article
        actions.erase_group(due(there, cast.outsider))
        assert rows() == apart

    def test_unpublished_corrections_go_where_the_text_stays(self, cast: Cast) -> None:
        Reading.objects.create(group=cast.elsewhere.group, article=cast.reading.article)
        text = {"article": cast.reading.article, "base": 1}
        Correction.objects.create(created_by=cast.owner, **text)
        Correction.objects.create(created_by=cast.moderator, published=1, **text)
        theirs = Correction.objects.create(
            article=cast.elsewhere.article, base=1, created_by=cast.outsider
        )
        actions.erase_group(due(cast.group, cast.owner))
        assert list(Correction.objects.all()) == [theirs]
        assert TextRevision.objects.filter(article=cast.reading.article).count() == 1

    def test_private_notes_of_its_members_on_other_texts_stay(self, cast: Cast) -> None:
        mine = private(cast.member, cast.elsewhere.article)
        actions.erase_group(due(cast.group, cast.owner))
        assert list(Annotation.objects.visible_to(cast.member)) == [mine]


class TestWhen:
    def test_not_before_its_time_and_not_where_it_was_taken_back(self, cast: Cast) -> None:
        before = rows()
        assert actions.erase_group(cast.group) is False
        assert rows() == before
        group = due(cast.group, cast.owner)
        StudyGroup.objects.filter(pk=group.pk).update(erase_at=None, erase_asked_by=None)
        assert actions.erase_group(group) is False
        assert rows() == before

    def test_the_clock_erases_those_whose_time_has_come(self, cast: Cast) -> None:
        due(cast.group, cast.owner)
        later = due(cast.elsewhere.group, cast.outsider)
        later.erase_at = timezone.now() + timedelta(minutes=1)
        later.save(update_fields=["erase_at"])
        clock.JOBS["erasing"].run()
        assert list(StudyGroup.objects.all()) == [later]

    def test_one_that_fails_keeps_no_other(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        for group, owner in ((cast.group, cast.owner), (cast.elsewhere.group, cast.outsider)):
            due(group, owner)

        def erase(group: StudyGroup) -> bool:
            if group == cast.group:
                raise ZeroDivisionError
            return actions.erase_group(group)

        monkeypatch.setattr(annotations_clock, "erase_group", erase)
        clock.JOBS["erasing"].run()
        assert list(StudyGroup.objects.all()) == [cast.group]
        assert "thursday-circle is not erased yet" in caplog.text


def test_what_fails_halfway_leaves_everything(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cast.reading, cast.owner, cast.member)
    group = due(cast.group, cast.owner)
    before = rows()

    def fail(_self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(StudyGroup, "delete", fail)
    with pytest.raises(ZeroDivisionError):
        actions.erase_group(group)
    assert rows() == before


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_somebody_leaves_while_their_group_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving as a former member changes the group, too, once it holds the membership."""
    cast = assemble()
    due(cast.group, cast.owner)
    left, erased = Event(), Event()

    def slowly(user: User, group: StudyGroup) -> Membership | None:
        left.set()
        erased.wait(0.5)  # until the other has come as far as it can
        return membership_of(user, group)

    def erase() -> bool:
        left.wait(5)
        done = actions.erase_group(cast.group)
        erased.set()
        return done

    monkeypatch.setattr(members, "membership_of", slowly)
    done = at_once(lambda: leave(by=cast.other, group=cast.group, nameless=True).nameless, erase)
    assert done == [True, True]
    assert not StudyGroup.objects.filter(pk=cast.group.pk).exists()
