"""A correction looked at and published, and notes written while it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from annotations.actions import Range, annotate, withdraw
from annotations.enums import AnchorState
from annotations.models import Annotation
from reader.actions import publish_correction
from reader.actions.correcting import DraftMovedOn
from reader.models import Article, Correction, Membership, Paragraph, Reading
from tests.annotations.conftest import Write
from tests.annotations.test_following import now, words_at
from tests.cast import Cast, client_of
from tests.corrections import block, blocks_of, correct, reworded

READING = "/g/thursday-circle/read/of-margins/"
PREVIEW = f"{READING}correct/preview/"
ANNOTATE = f"{READING}annotate/"


@pytest.fixture
def article(cast: Cast) -> Article:
    article: Article = cast.reading.article
    return article


@pytest.fixture
def owner(cast: Cast) -> Client:
    return client_of(cast.owner)


def begun(cast: Cast, article: Article, old: str, new: str) -> Correction:
    blocks = reworded(article, old, new)
    return Correction.objects.create(
        article=article, created_by=cast.owner, base=article.text_revision, blocks=blocks
    )


class TestPreview:
    def test_says_what_becomes_of_the_text_and_of_the_notes(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        write(cast.member, "Which two?", on=1, start=31, end=41)
        write(cast.member, "How so?", on=1, start=0, end=20)
        begun(cast, article, "two people", "a crowd of strangers")
        page = owner.get(PREVIEW)
        assert (page.status_code, page.templates[0].name) == (
            200, "annotations/correction_preview.html",
        )  # fmt: skip
        forecast = page.context["forecast"]
        assert (forecast.stay, forecast.move, forecast.uncertain, forecast.lost) == (1, 0, 0, 1)
        assert [fate.annotation.body for fate in forecast.fates] == ["Which two?"]
        assert [(c.line.state, c.line.name) for c in forecast.changes] == [
            ("changed", "paragraph 2")
        ]
        pieces = [(piece.kind, piece.text) for piece in forecast.changes[0].pieces]
        assert ("out", "two people") in pieces
        assert ("in", "a crowd of strangers") in pieces

    def test_counts_every_reading_and_names_only_what_may_be_seen(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        write(cast.moderator, "For the leaders.", on=1, start=31, end=41, audience="leaders")
        there = Reading.objects.create(group=cast.elsewhere.group, article=article)
        paragraph = Paragraph.objects.get(article=article, text__contains="two people")
        annotate(
            by=cast.outsider,
            reading=there,
            where=Range([paragraph], 31, 41),
            motivation="commenting",
            audience="group",
            client_id=uuid4(),
            body="Of the ghost.",
        )
        begun(cast, article, "two people", "a crowd of strangers")
        page = owner.get(PREVIEW)
        assert page.context["forecast"].lost == 2
        assert [fate.annotation.body for fate in page.context["forecast"].fates] == [
            "For the leaders."
        ]
        assert "ghost" not in page.content.decode()
        assert "Otto" not in page.content.decode()

    @pytest.mark.leaks
    def test_says_nothing_of_what_others_keep_for_themselves(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        write(cast.member, "Mine alone.", on=1, start=31, end=41, audience="private")
        withdraw(by=cast.other, annotation=write(cast.other, "Gone.", on=1, start=31, end=41))
        write(cast.owner, "My own.", on=1, start=31, end=41, audience="private")
        begun(cast, article, "two people", "a crowd of strangers")
        forecast = owner.get(PREVIEW).context["forecast"]
        assert (forecast.notes, forecast.lost) == (1, 1)
        assert [fate.annotation.body for fate in forecast.fates] == ["My own."]

    def test_blames_no_correction_for_what_an_earlier_one_did(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        write(cast.member, "Lost before.", on=1, start=31, end=41)
        write(cast.member, "Changed before.", on=1, start=0, end=71)
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        begun(cast, article, "the book", "a book")
        forecast = owner.get(PREVIEW).context["forecast"]
        assert (forecast.stay, forecast.move, forecast.uncertain, forecast.lost) == (2, 0, 0, 0)
        assert forecast.fates == []

    def test_nothing_is_written_by_looking(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        note = write(cast.member, on=1, start=31, end=41)
        begun(cast, article, "two people", "a crowd")
        owner.get(PREVIEW)
        article.refresh_from_db()
        assert (article.text_revision, note.targets.count()) == (1, 1)

    def test_without_a_correction_leads_to_where_one_is_made(self, owner: Client) -> None:
        assert owner.get(PREVIEW).headers["Location"] == f"{READING}correct/"

    @pytest.mark.parametrize("count", [3, 60])
    def test_takes_the_same_queries_however_many_notes(
        self,
        cast: Cast,
        article: Article,
        write: Write,
        owner: Client,
        count: int,
        django_assert_num_queries: Callable[..., Any],
    ) -> None:
        for _ in range(count):
            write(cast.member, "So?", on=1, start=31, end=41)
        begun(cast, article, "two people", "a crowd of strangers")
        owner.get(PREVIEW)
        with django_assert_num_queries(PREVIEW_QUERIES):
            assert len(owner.get(PREVIEW).context["forecast"].fates) == min(count, 60)


PREVIEW_QUERIES = 19


class TestPublish:
    def test_makes_it_the_text(
        self, cast: Cast, article: Article, write: Write, owner: Client
    ) -> None:
        note = write(cast.member, on=1, start=31, end=41)
        correction = begun(cast, article, "two people", "two peoples")
        sent = {"seen": correction.state, "comment": "A better word."}
        answer = owner.post(PREVIEW, sent, follow=True)
        assert answer.redirect_chain == [(READING, 302)]
        article.refresh_from_db()
        assert article.text_revision == 2
        revision = article.text_revisions.get(number=2)
        assert (revision.comment, revision.created_by) == ("A better word.", cast.owner)
        assert now(note).exact == "two peoples"
        assert "<mark" in answer.content.decode()

    def test_only_what_was_looked_at(self, cast: Cast, article: Article, owner: Client) -> None:
        correction = begun(cast, article, "two people", "two peoples")
        sent = {"seen": correction.state, "comment": "Kept all the same."}
        Correction.objects.update(blocks=reworded(article, "two people", "nobody"))
        answer = owner.post(PREVIEW, sent)
        assert answer.status_code == 409
        assert "Nothing was published" in answer.content.decode()
        assert "Kept all the same." in answer.content.decode()
        article.refresh_from_db()
        assert article.text_revision == 1

    def test_not_what_was_changed_at_the_same_moment(self, cast: Cast, article: Article) -> None:
        correction = begun(cast, article, "two people", "two peoples")
        seen = correction.state
        Correction.objects.update(blocks=reworded(article, "two people", "nobody"))
        with pytest.raises(DraftMovedOn):
            publish_correction(by=cast.owner, correction=correction, seen=seen)
        article.refresh_from_db()
        assert article.text_revision == 1

    def test_not_before_a_conflict_is_settled(
        self, cast: Cast, article: Article, owner: Client
    ) -> None:
        begun(cast, article, "two people", "two peoples")
        correct(cast.moderator, article, reworded(article, "two people", "a pair"))
        owner.post(f"{READING}correct/rebase/")
        page = owner.get(PREVIEW, follow=True)
        assert page.redirect_chain == [(f"{READING}correct/", 302)]
        assert "Choose first what is to stand" in page.content.decode()

    def test_the_later_of_two_chooses(self, cast: Cast, article: Article, owner: Client) -> None:
        mine = begun(cast, article, "two people", "two peoples")
        correct(cast.moderator, article, reworded(article, "margin", "border"))
        answer = owner.post(PREVIEW, {"seen": mine.state, "comment": ""})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert f'action="{READING}correct/rebase/"' in page
        assert f'action="{READING}correct/discard/"' in page
        mine.refresh_from_db()
        assert (mine.published, "two peoples" in str(mine.blocks)) == (None, True)
        owner.post(f"{READING}correct/rebase/")
        mine.refresh_from_db()
        owner.post(PREVIEW, {"seen": mine.state, "comment": ""})
        text = "\n".join(each["text"] for each in blocks_of(Article.objects.get(pk=article.pk)))
        assert "two peoples" in text
        assert "A border is" in text

    def test_a_text_of_nothing_is_refused_with_a_sentence(
        self, cast: Cast, article: Article, owner: Client
    ) -> None:
        correction = begun(cast, article, "two people", "nobody")
        Correction.objects.update(blocks=[correction.blocks[0]])
        correction.refresh_from_db()
        answer = owner.post(PREVIEW, {"seen": correction.state, "comment": ""}, follow=True)
        assert "There is no text in this article." in answer.content.decode()

    @pytest.mark.parametrize("who", ["member", "observer"])
    def test_is_not_for_members(self, cast: Cast, article: Article, who: str) -> None:
        begun(cast, article, "two people", "nobody")
        client = client_of(getattr(cast, who))
        assert client.get(PREVIEW).status_code == 403
        assert client.post(PREVIEW, {"seen": "x"}).status_code == 403

    def test_is_nothing_to_outsiders(self, cast: Cast, article: Article) -> None:
        assert client_of(cast.outsider).get(PREVIEW).status_code == 404

    def test_is_not_for_the_leaders_of_another_group_that_reads_it(
        self, cast: Cast, article: Article
    ) -> None:
        Reading.objects.create(group=cast.elsewhere.group, article=article)
        page = f"/g/friday-circle/read/{article.slug}/correct/preview/"
        assert client_of(cast.outsider).get(page).status_code == 403

    def test_who_no_longer_leads_no_longer_corrects(self, cast: Cast, article: Article) -> None:
        correction = begun(cast, article, "two people", "nobody")
        Correction.objects.update(created_by=cast.moderator)
        Membership.objects.filter(user=cast.moderator).update(role="member")
        answer = client_of(cast.moderator).post(PREVIEW, {"seen": correction.state})
        assert answer.status_code == 403


def sent(article: Article, words: str, revision: int = 1, **given: Any) -> dict[str, Any]:
    """A note as a page sends it that shows an earlier text."""
    from reader.texts import text_at

    paragraph = next(each for each in text_at(article, revision) if words in each.text)
    start = paragraph.text.index(words)
    return {
        "motivation": "commenting",
        "body": "What is meant?",
        "audience": "group",
        "client_id": str(uuid4()),
        "start_key": paragraph.key,
        "end_key": paragraph.key,
        "start": start,
        "end": start + len(words),
        "exact": words,
        "revision": revision,
        **given,
    }


def place_of(form: dict[str, Any]) -> dict[str, Any]:
    """The place of such a note, as a form is asked for."""
    return {name: form[name] for name in ("start_key", "end_key", "start", "end", "revision")}


def without(article: Article, words: str) -> list[dict[str, Any]]:
    """The text with the paragraphs taken out in which these words stand."""
    return [each for each in blocks_of(article) if words not in each["text"]]


class TestWritingOnAnEarlierText:
    def test_goes_with_the_words(self, cast: Cast, article: Article) -> None:
        correct(cast.owner, article, reworded(article, "Whoever writes", "Who writes"))
        client = client_of(cast.member)
        answer = client.post(ANNOTATE, sent(article, "two people"), headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert '"corrected": true' in answer.headers["HX-Trigger-After-Settle"]
        target = now(Annotation.objects.get())
        assert (target.exact, words_at(target), target.start_offset, target.text_revision) == (
            "two people", "two people", 27, 2,
        )  # fmt: skip
        assert target.anchor_state == AnchorState.EXACT

    def test_goes_with_words_that_moved_to_another_paragraph(
        self, cast: Cast, article: Article
    ) -> None:
        blocks = blocks_of(article)
        second = blocks.pop(2)
        blocks[1]["text"] += f" {second['text']}"
        correct(cast.owner, article, blocks)
        client_of(cast.member).post(ANNOTATE, sent(article, "two people"))
        target = now(Annotation.objects.get())
        assert words_at(target) == "two people"
        assert target.start_paragraph.text.startswith("A margin")

    def test_keeps_what_was_written_about_words_that_are_gone(
        self, cast: Cast, article: Article
    ) -> None:
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        client = client_of(cast.member)
        form = sent(article, "two people")
        answer = client.post(ANNOTATE, form)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "taken out of the text while you wrote" in page
        assert "What is meant?" in page
        assert not Annotation.objects.exists()
        assert 'name="revision" value="2"' in page
        again = {**form, "revision": 2, "start": "", "end": "", "exact": "", "sentence": "whole"}
        assert client.post(ANNOTATE, again).status_code == 302
        assert Annotation.objects.get().client_id.hex == form["client_id"].replace("-", "")

    def test_a_paragraph_that_is_gone_loses_nothing_either(
        self, cast: Cast, article: Article
    ) -> None:
        blocks = [each for each in blocks_of(article) if "two people" not in each["text"]]
        correct(cast.owner, article, blocks)
        answer = client_of(cast.member).post(ANNOTATE, sent(article, "two people"))
        assert answer.status_code == 422
        assert "What is meant?" in answer.content.decode()

    def test_a_sentence_that_was_chosen_without_script(self, cast: Cast, article: Article) -> None:
        correct(cast.owner, article, reworded(article, "A margin is", "The margin is"))
        form = sent(article, "It was left", sentence="36-66", start="", end="", exact="")
        assert client_of(cast.member).post(ANNOTATE, form).status_code == 302
        target = now(Annotation.objects.get())
        assert target.exact == words_at(target) == "It was left empty for that.[1]"

    def test_words_of_a_part_that_is_newer_than_its_page(
        self, cast: Cast, article: Article
    ) -> None:
        correct(cast.owner, article, reworded(article, "Whoever writes", "Who writes"))
        newer = {**sent(article, "two people", revision=2), "revision": 1}
        assert client_of(cast.member).post(ANNOTATE, newer).status_code == 302
        assert words_at(now(Annotation.objects.get())) == "two people"

    @pytest.mark.parametrize("revision", ["0", "9", "-1", "x", "9" * 30])
    def test_a_revision_that_never_was(self, cast: Cast, article: Article, revision: str) -> None:
        form = sent(article, "two people", exact="other words")
        answer = client_of(cast.member).post(ANNOTATE, {**form, "revision": revision})
        assert answer.status_code == 422
        assert "What is meant?" in answer.content.decode()
        assert not Annotation.objects.exists()

    def test_another_error_leaves_the_form_at_the_present_place(
        self, cast: Cast, article: Article
    ) -> None:
        correct(cast.owner, article, reworded(article, "Whoever writes", "Who writes"))
        form = sent(article, "two people", body="")
        page = client_of(cast.member).post(ANNOTATE, form).content.decode()
        paragraph = Paragraph.objects.get(article=article, text__contains="two people")
        assert f'name="start" value="{paragraph.text.index("two people")}"' in page
        assert 'name="revision" value="2"' in page

    def test_a_question_about_the_whole_text_stays_one(self, cast: Cast, article: Article) -> None:
        heading = article.paragraphs.standing()[0]
        form = sent(article, heading.text, motivation="prompting", about="article")
        correct(cast.owner, article, reworded(article, "Whoever writes", "Who writes"))
        assert client_of(cast.owner).post(ANNOTATE, form).status_code == 302
        target = now(Annotation.objects.get())
        assert (target.whole_article, target.exact, target.text_revision) == (True, "", 2)

    def test_repeated_words_stay_the_ones_that_were_chosen(
        self, cast: Cast, article: Article
    ) -> None:
        correct(cast.owner, article, reworded(article, "A margin", "ever and ever. A margin"))
        form = sent(article, "ever", revision=2)
        assert form["start"] == 0
        blocks = reworded(article, "ever and ever.", "ever and ever and ever.")
        correct(cast.owner, article, blocks)
        assert client_of(cast.member).post(ANNOTATE, form).status_code == 302
        target = now(Annotation.objects.get())
        assert (words_at(target), target.start_offset) == ("ever", 9)

    @pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
    def test_a_paragraph_that_is_gone_leads_to_the_one_beside_it(
        self, cast: Cast, article: Article, htmx: dict[str, str]
    ) -> None:
        form = sent(article, "two people", tags="strangers")
        correct(cast.owner, article, without(article, "two people"))
        client = client_of(cast.member)
        answer = client.post(ANNOTATE, form, headers=htmx)
        page = answer.content.decode()
        beside = Paragraph.objects.get(article=article, text__startswith="A margin")
        assert answer.status_code == 422
        assert "It was left empty for that." in page
        shown = answer.context["form"]
        again = {field.name: field.value() or "" for field in shown}
        assert (again["start_key"], again["revision"], again["sentence"]) == (beside.key, "2", "")
        answer = client.post(ANNOTATE, {**again, "sentence": "whole"}, headers=htmx)
        assert answer.status_code == (200 if htmx else 302)
        note = Annotation.objects.get()
        assert (note.body, note.tags) == ("What is meant?", ["strangers"])
        assert note.client_id.hex == form["client_id"].replace("-", "")
        assert now(note).start_paragraph == beside

    def test_a_text_that_is_wholly_another_is_offered_from_its_beginning(
        self, cast: Cast, article: Article
    ) -> None:
        form = sent(article, "two people")
        correct(cast.owner, article, [block("Nothing of it is left."), block("Nothing at all.")])
        answer = client_of(cast.member).post(ANNOTATE, form)
        assert answer.status_code == 422
        assert answer.context["paragraph"].text == "Nothing of it is left."

    def test_a_form_for_a_paragraph_that_is_gone_is_for_its_words(
        self, cast: Cast, article: Article
    ) -> None:
        place = place_of(sent(article, "two people"))
        blocks = blocks_of(article)
        second = blocks.pop(2)
        blocks[1]["text"] += f" {second['text']}"
        correct(cast.owner, article, blocks)
        page = client_of(cast.member).get(ANNOTATE, place)
        beside = Paragraph.objects.get(article=article, text__startswith="A margin")
        assert page.status_code == 200
        form = page.context["form"]
        shown = [form[name].value() for name in ("start_key", "start", "exact", "revision")]
        assert shown == [beside.key, beside.text.index("two people"), "two people", 2]
        assert page.context["quote"] == "two people"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({}, "These words are no longer in the text."),
            ({"start": "", "end": ""}, "This paragraph is no longer part of the text."),
            ({"start": "x"}, "Enter a whole number."),
            ({"end": "9999"}, "The selection lies outside the text."),
            ({"revision": "2"}, "This paragraph is no longer part of the text."),
            ({"revision": "x"}, "This paragraph is no longer part of the text."),
        ],
    )
    def test_no_form_for_words_that_are_gone(
        self, cast: Cast, article: Article, given: dict[str, str], sentence: str
    ) -> None:
        place = place_of(sent(article, "two people"))
        correct(cast.owner, article, without(article, "two people"))
        client = client_of(cast.member)
        answer = client.get(ANNOTATE, {**place, **given})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        del place["revision"]
        assert client.get(ANNOTATE, place).status_code == 404

    def test_a_highlight_of_words_that_are_gone_speaks_of_no_words_of_ones_own(
        self, cast: Cast, article: Article
    ) -> None:
        form = sent(article, "two people", motivation="highlighting", body="", category="yellow")
        correct(cast.owner, article, reworded(article, "two people", "a crowd of strangers"))
        answer = client_of(cast.member).post(ANNOTATE, form, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "These words are no longer in the text. Load the page" in answer.content.decode()
        assert "while you wrote" not in answer.content.decode()
