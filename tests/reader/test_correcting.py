"""Corrections on their way, kept with every step; and every text that an article has been."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reader.actions import TextMovedOn, publish_correction
from reader.actions.correcting import (
    DraftMovedOn,
    describe_correction,
    discard_correction,
    draft_of,
    earlier_version,
    keep_draft,
    new_version,
    published,
    rebase_correction,
)
from reader.drafting import Draft, id_of
from reader.enums import BlockKind
from reader.importing import Block, ImportRefused
from reader.models import Article, Correction, Reading, User
from reader.texts import Tally, Texts, text_at, then_and_now
from tests.cast import ARTICLE, Cast, assemble
from tests.corrections import correct, reworded
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(cast: Cast) -> Article:
    found: Article = cast.reading.article
    return found


def now(article: Article) -> Draft:
    article.refresh_from_db()
    return draft_of(article, None)


def begin(by: User, article: Article, text: str = "Mine.") -> Correction:
    """A correction whose second block says this."""
    draft = now(article)
    made = draft.replaced(id_of(draft.blocks[1]), [Block(BlockKind.PARAGRAPH, text)])
    return keep_draft(by=by, article=article, seen=draft.state, draft=made)


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(PermissionDenied) as stopped:
        write()
    return str(stopped.value)


class TestKeeping:
    def test_the_first_step_makes_the_correction_and_the_next_ones_change_it(
        self, cast: Cast, article: Article
    ) -> None:
        first = begin(cast.owner, article)
        assert (first.base, first.published, first.comment) == (1, None, "")
        draft = draft_of(article, first)
        second = keep_draft(
            by=cast.owner,
            article=article,
            seen=draft.state,
            draft=draft.without(draft_id(draft, 2)),
        )
        assert second.pk == first.pk
        assert len(second.blocks) == len(first.blocks) - 1
        assert second.state == draft_of(article, Correction.objects.get()).state != first.state

    def test_the_text_is_as_it_was_until_it_is_published(
        self, cast: Cast, article: Article
    ) -> None:
        before = now(article)
        correction = begin(cast.moderator, article)
        assert now(article) == before
        publish_correction(by=cast.moderator, correction=correction, seen=correction.state)
        assert now(article).blocks[1]["text"] == "Mine."
        assert [each["key"] for each in now(article).blocks] == [
            each["key"] for each in before.blocks
        ]

    def test_everybody_has_one_of_their_own(self, cast: Cast, article: Article) -> None:
        begin(cast.owner, article)
        begin(cast.moderator, article)
        assert Correction.objects.count() == 2
        for who in (cast.owner, cast.moderator):
            own = Correction.objects.visible_to(who).open_for(article)
            assert own is not None
            assert own.created_by == who

    def test_another_state_than_was_seen_changes_nothing(
        self, cast: Cast, article: Article
    ) -> None:
        seen = now(article)
        kept = begin(cast.owner, article)
        with pytest.raises(DraftMovedOn):
            keep_draft(
                by=cast.owner, article=article, seen=seen.state,
                draft=seen.without(draft_id(seen, 2)),
            )  # fmt: skip
        assert Correction.objects.get().blocks == kept.blocks

    def test_a_text_that_was_corrected_since_is_another_state(
        self, cast: Cast, article: Article
    ) -> None:
        seen = now(article)
        correct(cast.moderator, article, reworded(article, "margin", "edge"))
        with pytest.raises(DraftMovedOn):
            keep_draft(by=cast.owner, article=article, seen=seen.state, draft=seen)
        assert Correction.objects.open().count() == 0

    def test_nobody_else_changes_a_text(self, cast: Cast, article: Article) -> None:
        draft = now(article)
        for who in (cast.member, cast.observer, cast.outsider):
            for write in (
                partial(keep_draft, seen=draft.state, draft=draft),
                discard_correction,
            ):
                sentence = refused(partial(write, by=who, article=article))
                assert sentence == "Only the leaders of the group whose text this is correct it."
        assert Correction.objects.count() == 0

    def test_a_leader_of_a_group_that_only_reads_it_doesnt(
        self, cast: Cast, article: Article
    ) -> None:
        Reading.objects.create(group=cast.elsewhere.group, article=article)
        assert refused(lambda: begin(cast.outsider, article)) == (
            "Only the leaders of the group whose text this is correct it."
        )

    def test_whoever_leads_no_longer_has_nothing_to_publish(
        self, cast: Cast, article: Article
    ) -> None:
        correction = begin(cast.moderator, article)
        cast.group.memberships.filter(user=cast.moderator).update(role="member")
        assert Correction.objects.visible_to(cast.moderator).open_for(article) is None
        for write in (
            lambda: describe_correction(by=cast.moderator, correction=correction, comment="x"),
            lambda: rebase_correction(by=cast.moderator, correction=correction),
            lambda: begin(cast.moderator, article),
        ):
            assert refused(write) == "Only the leaders of the group whose text this is correct it."


def draft_id(draft: Draft, at: int) -> str:
    return id_of(draft.blocks[at])


class TestAroundIt:
    def test_what_was_corrected_is_said_in_a_sentence(self, cast: Cast, article: Article) -> None:
        correction = begin(cast.owner, article)
        state = correction.state
        said = describe_correction(by=cast.owner, correction=correction, comment="A slip.")
        assert (said.comment, said.state) == ("A slip.", state)
        publish_correction(by=cast.owner, correction=said, seen=said.state)
        assert article.text_revisions.get(number=2).comment == "A slip."

    def test_another_persons_correction_is_left_alone(self, cast: Cast, article: Article) -> None:
        correction = begin(cast.owner, article)
        gone = "These changes were published or thrown away in the meantime."
        by = cast.moderator
        assert refused(lambda: rebase_correction(by=by, correction=correction)) == gone
        describe = partial(describe_correction, comment="x")
        assert refused(partial(describe, by=by, correction=correction)) == gone
        discard_correction(by=by, article=article)
        assert Correction.objects.get().blocks == correction.blocks

    def test_thrown_away(self, cast: Cast, article: Article) -> None:
        begin(cast.owner, article)
        kept = begin(cast.moderator, article)
        for _ in range(2):
            discard_correction(by=cast.owner, article=article)
            assert list(Correction.objects.all()) == [kept]

    def test_what_is_published_cant_be_thrown_away_or_changed(
        self, cast: Cast, article: Article
    ) -> None:
        correction = begin(cast.owner, article)
        publish_correction(by=cast.owner, correction=correction, seen=correction.state)
        discard_correction(by=cast.owner, article=article)
        gone = "These changes were published or thrown away in the meantime."
        describe = partial(describe_correction, comment="x")
        assert refused(partial(describe, by=cast.owner, correction=correction)) == gone
        assert Correction.objects.get().published == 2


class TestALaterEditor:
    def test_puts_their_changes_onto_the_text_as_it_is(self, cast: Cast, article: Article) -> None:
        correction = begin(cast.owner, article)
        correct(cast.moderator, article, reworded(article, "Whoever", "Who"), "Shorter.")
        with pytest.raises(TextMovedOn):
            publish_correction(by=cast.owner, correction=correction, seen=correction.state)
        assert [each.comment for each in correction.since] == ["Shorter."]
        put = rebase_correction(by=cast.owner, correction=correction)
        assert (put.base, list(put.since)) == (2, [])
        assert [each["text"][:8] for each in put.blocks[1:3]] == ["Mine.", "Who writ"]
        assert publish_correction(by=cast.owner, correction=put, seen=put.state).number == 3

    def test_a_conflict_is_kept_with_its_block_and_settled_before_publishing(
        self, cast: Cast, article: Article
    ) -> None:
        correction = begin(cast.owner, article)
        theirs = begin(cast.moderator, article, "Theirs.")
        publish_correction(by=cast.moderator, correction=theirs, seen=theirs.state)
        put = rebase_correction(by=cast.owner, correction=correction)
        conflict = put.blocks[1]["conflict"]
        assert (conflict["mine"]["text"], conflict["theirs"]["text"]) == ("Mine.", "Theirs.")
        with pytest.raises(ImportRefused, match="both changed"):
            publish_correction(by=cast.owner, correction=put, seen=put.state)
        draft = draft_of(put.article, put)
        settled = draft.settled(put.blocks[1]["key"], theirs=False)
        put = keep_draft(by=cast.owner, article=put.article, seen=draft.state, draft=settled)
        publish_correction(by=cast.owner, correction=put, seen=put.state)
        assert now(article).blocks[1]["text"] == "Mine."

    def test_on_the_present_text_nothing_happens(self, cast: Cast, article: Article) -> None:
        correction = begin(cast.owner, article)
        with CaptureQueriesContext(connection) as queries:
            assert rebase_correction(by=cast.owner, correction=correction).blocks == (
                correction.blocks
            )
        assert not any("UPDATE" in query["sql"][:8] for query in queries)


class TestWholeTexts:
    def test_a_new_version_keeps_the_paragraphs_that_go_on(
        self, cast: Cast, article: Article
    ) -> None:
        before = now(article)
        blocks = [*ARTICLE.blocks]
        blocks[1], blocks[2] = blocks[2], blocks[1]
        blocks.insert(3, Block(BlockKind.PARAGRAPH, "Nothing of this was ever there before."))
        made = new_version(article, blocks)
        keys = [each["key"] for each in before.blocks]
        assert [each["key"] for each in made.blocks] == [
            keys[0], keys[2], keys[1], "", *keys[3:],
        ]  # fmt: skip
        assert made.base == 1

    def test_an_earlier_text_is_the_text_again_with_its_keys(
        self, cast: Cast, article: Article
    ) -> None:
        first = now(article)
        correct(cast.owner, article, reworded(article, "margin", "edge")[1:])
        second = now(article)
        made = earlier_version(article, 1)
        assert (made.blocks, made.base) == (first.blocks, 2)
        kept = keep_draft(by=cast.owner, article=article, seen=second.state, draft=made)
        publish_correction(by=cast.owner, correction=kept, seen=kept.state)
        assert now(article).blocks == first.blocks
        assert published(article, 2).blocks == second.blocks

    def test_what_each_correction_changed(self, cast: Cast, article: Article) -> None:
        correct(cast.owner, article, reworded(article, "margin", "edge"))
        blocks = reworded(article, "", "")
        correct(cast.moderator, article, [blocks[2], blocks[1], *blocks[3:]], "Turned round.")
        found = Texts(article).corrections()
        assert [(revision.number, tally) for revision, tally in found] == [
            (3, Tally(changed=0, new=0, out=1, moved=1)),
            (2, Tally(changed=2, new=0, out=0, moved=0)),
            (1, None),
        ]

    def test_a_past_text_beside_the_present_one(self, cast: Cast, article: Article) -> None:
        correct(cast.owner, article, reworded(article, "Then the book", "The book")[1:])
        then = then_and_now(Texts(article), 1)
        assert [(each.number, each.now is not None, each.changed) for each in then] == [
            (None, False, False), (1, True, False), (2, True, False), (3, True, False),
            (None, True, False), (4, True, True), (None, True, False),
        ]  # fmt: skip
        [changed] = [each for each in then if each.changed]
        assert "".join(p.text for p in changed.pieces if p.kind != "in") == changed.stood.text
        assert [each.pieces for each in then if not each.changed] == [[]] * 6

    def test_the_present_text_takes_one_query(
        self, article: Article, django_assert_num_queries: Callable
    ) -> None:
        with django_assert_num_queries(1):
            stood = text_at(article, 1)
        assert stood == Texts(article).at(1)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_first_steps_at_once_one_is_kept() -> None:
    cast = assemble()
    article = cast.reading.article
    draft = now(article)

    def keep(made: Draft) -> Callable[[], object]:
        def keep() -> Correction | str:
            try:
                return keep_draft(by=cast.owner, article=article, seen=draft.state, draft=made)
            except DraftMovedOn:
                return "too late"

        return keep

    results = at_once(*(keep(draft.without(draft_id(draft, at))) for at in (1, 2)))
    assert results.count("too late") == 1
    assert Correction.objects.get() in results
