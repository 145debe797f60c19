"""A text comes in, is looked at, mended and published: for leaders, and with nothing lost."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reader import actions
from reader.enums import BlockKind
from reader.importing import Block, ParsedArticle, Span, SpanKind
from reader.models import Article, ImportDraft, Paragraph, ParagraphRevision, Reading
from tests.cast import Cast, client_of
from tests.reader.importing.words import references, shape

pytestmark = pytest.mark.django_db

TEXT = "Of sheds\n\nby Vera Holm\n\nA shed is where a thing waits.[1] It may wait long.\n\n\
Two of them\n\nOne is for tools.\n\nThe other is for rain.\n\n1. So she said."
BLOCKS = [
    "A shed is where a thing waits.[1] It may wait long.",
    "# Two of them",
    "One is for tools.",
    "The other is for rain.",
    "[1] So she said.",
]

type Drafted = Callable[..., ImportDraft]


@pytest.fixture
def address(cast: Cast) -> str:
    return reverse("import_new", args=[cast.group.slug])


@pytest.fixture
def drafted(cast: Cast) -> Drafted:
    """A draft of the owner's, of these blocks."""

    def drafted(*blocks: Block, **fields: Any) -> ImportDraft:
        given = blocks or (Block(BlockKind.PARAGRAPH, "A shed."), Block(BlockKind.VERSE, "b\nc"))
        parsed = ParsedArticle(title="Of sheds", blocks=given, **fields)
        return actions.draft_article(by=cast.owner, group=cast.group, parsed=parsed)

    return drafted


def at(draft: ImportDraft) -> str:
    return reverse("import_draft", args=[draft.pk])


def now(draft: ImportDraft) -> ParsedArticle:
    draft.refresh_from_db()
    return ParsedArticle.from_json(draft.parsed)


def filled(client: Client, draft: ImportDraft, **typed: str) -> dict[str, str]:
    """The preview's form as a browser would send it, with what was typed into it."""
    form = client.get(at(draft)).context["form"]
    kinds = {f"kind-{index}": kind for index, _block, kind in form.rows()}
    fields = {field.name: str(field.value() or "") for field in form}
    sent = {"seen": form.state, **fields, **kinds, **typed}
    return {name: value.replace("\n", "\r\n") for name, value in sent.items()}


class TestImport:
    def test_a_pasted_text_becomes_a_draft_of_ones_own(self, cast: Cast, address: str) -> None:
        client = client_of(cast.owner)
        assert client.get(address).status_code == 200
        pasted = TEXT.replace("\n", "\r\n")
        answer = client.post(address, {"text": pasted, "format": ""})
        draft = ImportDraft.objects.get(article=None)
        assert (answer.status_code, answer["Location"]) == (302, at(draft))
        assert (draft.created_by, draft.group, draft.filename) == (cast.owner, cast.group, "")
        parsed = now(draft)
        assert (parsed.title, parsed.creators) == ("Of sheds", ("Vera Holm",))
        assert shape(parsed) == BLOCKS
        assert references(parsed) == [("[1]", "1")]

    def test_a_file_is_read_by_its_name(self, cast: Cast, address: str) -> None:
        upload = SimpleUploadedFile("sheds.md", b"*One* shed.")
        client_of(cast.moderator).post(address, {"file": upload})
        draft = ImportDraft.objects.get(article=None)
        assert (draft.filename, now(draft).title, shape(now(draft))) == (
            "sheds.md",
            "sheds",
            ["One shed."],
        )

    def test_the_format_chosen_counts(self, cast: Cast, address: str) -> None:
        client_of(cast.owner).post(address, {"text": "*One* shed.", "format": "markdown"})
        assert shape(now(ImportDraft.objects.get(article=None))) == ["One shed."]

    @pytest.mark.parametrize(
        ("sent", "sentence"),
        [
            ({}, "Choose a file or paste a text."),
            ({"text": " \r\n"}, "Choose a file or paste a text."),
            ({"text": "\u200b\ufeff"}, "There is no text in this article."),
            ({"text": "a\x00b"}, "Null characters are not allowed."),
            ({"text": "# A", "format": "markdown"}, "There is no text in this article."),
            ({"text": "One shed.", "format": "runes"}, "Select a valid choice. runes is not one of "
             "the available choices."),
            ({"text": "One shed.", "file": b"Two."}, "Choose a file or paste a text, not both."),
            ({"file": b""}, "The submitted file is empty."),
            ({"file": b"%PDF-1.7"}, "This looks like PDF. So far plain text and Markdown can be "
             "read."),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_in_one_sentence_and_the_text_is_kept(
        self, cast: Cast, address: str, sent: dict[str, Any], sentence: str
    ) -> None:
        if "file" in sent:
            sent = {**sent, "file": SimpleUploadedFile("sheds.txt", sent["file"])}
        answer = client_of(cast.owner).post(address, sent)
        assert answer.status_code == 422
        form = answer.context["form"]
        assert [str(error) for errors in form.errors.values() for error in errors] == [sentence]
        assert form["text"].value() == sent.get("text")
        assert ImportDraft.objects.filter(article=None).count() == 0

    def test_the_text_stands_in_the_page_again(self, cast: Cast, address: str) -> None:
        answer = client_of(cast.owner).post(address, {"text": "<b> & words", "format": "runes"})
        assert answer.content.decode().count("\n&lt;b&gt; &amp; words</textarea>") == 1

    @pytest.mark.hostile
    @pytest.mark.parametrize(
        "data",
        [
            b"word " * 4_000_000,
            b"x" * 1_000_000,
            b"\xff\xfe" + b"\xd8" * 9,
            b"\x00" * 50,
            b"\x83\x65\x83\x58\x83\x67" * 50,
        ],
        ids=["20 MB", "one line", "half characters", "binary", "Shift JIS"],
    )
    def test_a_file_that_is_no_text_gets_a_sentence(
        self, cast: Cast, address: str, data: bytes
    ) -> None:
        upload = SimpleUploadedFile("sheds.txt", data)
        answer = client_of(cast.owner).post(address, {"file": upload})
        assert answer.status_code == 422
        [sentence] = answer.context["form"].errors["file"]
        assert sentence.endswith(".")
        assert (ImportDraft.objects.filter(article=None).count(), Article.objects.count()) == (0, 2)

    @pytest.mark.hostile
    def test_a_huge_paste_gets_a_sentence_too(self, cast: Cast, address: str) -> None:
        answer = client_of(cast.owner).post(address, {"text": "word " * 4_000_000})
        assert answer.status_code == 422

    def test_it_is_for_leaders(self, cast: Cast, address: str) -> None:
        for user, status in [
            (cast.owner, 200),
            (cast.moderator, 200),
            (cast.member, 403),
            (cast.observer, 403),
            (cast.outsider, 404),
        ]:
            client = client_of(user)
            assert client.get(address).status_code == status
            refused = client.post(address, {"text": TEXT}).status_code
            assert refused == (302 if status == 200 else status)
        assert ImportDraft.objects.filter(article=None).count() == 2

    def test_anonymous_is_sent_to_sign_in(self, cast: Cast, address: str) -> None:
        answer = client_of(None).get(address)
        assert answer["Location"] == f"{reverse('account_login')}?next={address}"

    def test_only_what_is_asked_or_sent(self, cast: Cast, address: str) -> None:
        assert client_of(cast.owner).put(address).status_code == 405


class TestPreview:
    def test_every_block_stands_there_with_its_kind(self, cast: Cast, drafted: Drafted) -> None:
        kinds = [kind for kind in BlockKind if kind != BlockKind.SEPARATOR]
        blocks = [
            Block(kind, f"As {kind}.", label="1" if kind == BlockKind.FOOTNOTE else "")
            for kind in kinds
        ]
        draft = drafted(*blocks, Block(BlockKind.SEPARATOR, ""))
        answer = client_of(cast.owner).get(at(draft))
        assert answer.status_code == 200
        page = answer.content.decode()
        chosen = [page.count(f'<option value="{kind}" selected>') for kind in BlockKind]
        assert chosen == [1] * len(BlockKind)
        assert [page.count(f"As {kind}.") for kind in kinds] == [1] * len(kinds)

    def test_words_are_shown_as_words(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted(Block(BlockKind.PARAGRAPH, "<script>alert(1)</script>"))
        page = client_of(cast.owner).get(at(draft)).content.decode()
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 1

    @pytest.mark.parametrize("paragraphs", [1, 3, 30])
    def test_the_number_of_queries_is_the_same(
        self, cast: Cast, drafted: Drafted, paragraphs: int, django_assert_num_queries: Any
    ) -> None:
        draft = drafted(*[Block(BlockKind.PARAGRAPH, "A shed.")] * paragraphs)
        client = client_of(cast.owner)
        with django_assert_num_queries(3):  # session, user, draft
            client.get(at(draft))

    def test_saving_what_was_not_touched_changes_nothing(
        self, cast: Cast, drafted: Drafted
    ) -> None:
        draft = drafted(
            Block(BlockKind.HEADING, "One", level=2),
            Block(BlockKind.LIST_ITEM, "1. Two", level=3),
            Block(BlockKind.PARAGRAPH, "See.[a]", spans=(
                Span(0, 3, SpanKind.LINK, "https://example.org"),
                Span(4, 7, SpanKind.FOOTNOTE_REF, "a"),
            )),
            Block(BlockKind.VERSE, "b\n  c"),
            Block(BlockKind.SEPARATOR, ""),
            Block(BlockKind.FOOTNOTE, "Yes.", label="a"),
            creators=("Vera Holm", "Ida Brandt"),
            metadata=(("Shelf", "B/7: left"), ("作者", "何水")),
            rights="Two\nlines",
            language="zh-Hant",
        )  # fmt: skip
        before = now(draft)
        client = client_of(cast.owner)
        answer = client.post(at(draft), filled(client, draft))
        assert (answer.status_code, answer["Location"]) == (302, at(draft))
        assert now(draft) == before

    def test_kinds_and_metadata_are_mended(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted(*(Block(BlockKind.PARAGRAPH, f"{n}. So.") for n in range(4)))
        client = client_of(cast.owner)
        typed = {
            "kind-0": "heading",
            "kind-1": "leave-out",
            "kind-3": "footnote",
            "title": "On \u202esheds",
            "creators": "Vera Holm\n\n Ida Brandt ",
            "metadata": "Shelf: B/7\n\nOwner : nobody: yet",
            "language": "he",
        }
        client.post(at(draft), filled(client, draft, **typed))
        mended = now(draft)
        assert shape(mended) == ["# 0. So.", "2. So.", "[3] So."]
        assert (mended.title, mended.language) == ("On sheds", "he")
        assert mended.creators == ("Vera Holm", "Ida Brandt")
        assert mended.metadata == (("Shelf", "B/7"), ("Owner", "nobody: yet"))

    def test_a_footnote_made_by_hand_is_joined(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted(
            Block(
                BlockKind.PARAGRAPH,
                "A shed [2] and code [2].",
                spans=(Span(15, 24, SpanKind.CODE),),
            ),
            Block(BlockKind.PARAGRAPH, "[2] So.", spans=(Span(4, 6, SpanKind.EMPHASIS),)),
        )
        client = client_of(cast.owner)
        client.post(at(draft), filled(client, draft, **{"kind-1": "footnote"}))
        assert references(now(draft)) == [("[2]", "2")]
        assert now(draft).blocks[1].spans == (Span(0, 2, SpanKind.EMPHASIS),)
        client.post(at(draft), filled(client, draft, **{"kind-1": "paragraph"}))
        assert shape(now(draft)) == ["A shed [2] and code [2].", "2. So."]
        assert references(now(draft)) == []

    @pytest.mark.parametrize(
        ("block", "kind", "sentence"),
        [
            (
                Block(BlockKind.SEPARATOR, ""),
                "paragraph",
                "Block 2: A separator has no words, so it can only be left out.",
            ),
            (
                Block(BlockKind.PARAGRAPH, "Words."),
                "separator",
                "Block 2: A separator has no words. Leave the block out instead.",
            ),
            (
                Block(BlockKind.PARAGRAPH, "The shed."),
                "footnote",
                "Block 2: A footnote begins with its number, as “1. …” or “[1] …”.",
            ),
        ],
    )
    def test_a_kind_that_cannot_hold_is_told_and_nothing_is_lost(
        self, cast: Cast, drafted: Drafted, block: Block, kind: str, sentence: str
    ) -> None:
        draft = drafted(Block(BlockKind.PARAGRAPH, "A shed."), block)
        before = now(draft)
        client = client_of(cast.owner)
        typed = {"title": "On sheds", "kind-0": "verse", "kind-1": kind}
        answer = client.post(at(draft), filled(client, draft, **typed))
        assert answer.status_code == 422
        form = answer.context["form"]
        assert form.non_field_errors() == [sentence]
        assert answer.content.decode().count(sentence) == 1
        assert [chosen for _index, _block, chosen in form.rows()] == ["verse", kind]
        assert form["title"].value() == "On sheds"
        assert now(draft) == before

    @pytest.mark.parametrize(
        ("typed", "field", "sentence"),
        [
            ({"title": ""}, "title", "This field is required."),
            ({"title": "\u200b"}, "__all__", "The article needs a title."),
            ({"title": "x" * 401}, "title", "Ensure this value has at most 400 characters (it has "
             "401)."),
            ({"metadata": "Shelf"}, "metadata", "“Shelf” is not “Key: value”."),
            ({"metadata": "Shelf: a" + "\u0301" * 40}, "metadata", "More than 30 accents stand on "
             "one letter: this can't be read."),
            ({"metadata": "Shelf:"}, "metadata", "“Shelf:” is not “Key: value”."),
            ({"language": "en\"x"}, "language", "Give the language as a code such as en, de, he or "
             "zh-Hant."),
            ({"kind-0": "leave-out", "kind-1": "heading"}, "__all__", "There is no text in this "
             "article."),
        ],
    )  # fmt: skip
    def test_bad_input_is_422_and_stays_in_the_form(
        self, cast: Cast, drafted: Drafted, typed: dict[str, str], field: str, sentence: str
    ) -> None:
        draft = drafted()
        before = now(draft)
        client = client_of(cast.owner)
        answer = client.post(at(draft), filled(client, draft, source="typed too", **typed))
        assert answer.status_code == 422
        form = answer.context["form"]
        assert dict(form.errors) == {field: [sentence]}
        assert form["source"].value() == "typed too"
        assert now(draft) == before

    def test_a_kind_that_does_not_exist_is_passed_over(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        client = client_of(cast.owner)
        client.post(at(draft), filled(client, draft, **{"kind-0": "spell", "kind-9": "heading"}))
        assert shape(now(draft)) == ["A shed.", "~ b|c"]

    def test_what_was_sent_twice_leaves_nothing_more_out(
        self, cast: Cast, drafted: Drafted
    ) -> None:
        draft = drafted(*(Block(BlockKind.PARAGRAPH, f"Shed {n}.") for n in range(3)))
        client = client_of(cast.owner)
        sent = filled(client, draft, **{"kind-0": "leave-out", "title": "On sheds"})
        assert client.post(at(draft), sent).status_code == 302
        again = client.post(at(draft), {**sent, "title": "Again"})
        assert again.status_code == 422
        form = again.context["form"]
        assert form["title"].value() == "Again"
        assert [chosen for _index, _block, chosen in form.rows()] == ["paragraph", "paragraph"]
        assert shape(now(draft)) == ["Shed 1.", "Shed 2."]

    def test_it_is_for_whoever_made_it(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        sent = filled(client_of(cast.owner), draft, publish="1")
        for user in (cast.moderator, cast.member, cast.observer, cast.outsider):
            client = client_of(user)
            assert client.get(at(draft)).status_code == 404
            assert client.post(at(draft), sent).status_code == 404
            assert client.post(reverse("import_discard", args=[draft.pk])).status_code == 404
        answer = client_of(None).get(at(draft))
        assert answer["Location"] == f"{reverse('account_login')}?next={at(draft)}"
        assert client_of(cast.owner).get(reverse("import_draft", args=[uuid4()])).status_code == 404
        draft.refresh_from_db()
        assert draft.article_id is None

    def test_a_former_leader_has_no_drafts_there(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        cast.group.memberships.filter(user=cast.owner).update(role="member")
        assert client_of(cast.owner).get(at(draft)).status_code == 404

    def test_only_what_is_asked_or_sent(self, cast: Cast, drafted: Drafted) -> None:
        assert client_of(cast.owner).put(at(drafted())).status_code == 405


class TestPublish:
    def test_what_was_mended_is_published_in_one_go(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted(
            Block(BlockKind.HEADING, "One", level=1),
            Block(BlockKind.PARAGRAPH, "See.[1]", spans=(Span(4, 7, SpanKind.FOOTNOTE_REF, "1"),)),
            Block(BlockKind.PARAGRAPH, "b"),
            Block(BlockKind.FOOTNOTE, "So.", label="1"),
            metadata=(("Shelf", "B/7"),),
        )
        client = client_of(cast.owner)
        sent = filled(client, draft, publish="1", title="On sheds", **{"kind-2": "quotation"})
        answer = client.post(at(draft), sent)
        draft.refresh_from_db()
        reading = Reading.objects.get(article=draft.article)
        assert (answer.status_code, answer["Location"]) == (302, reading.get_absolute_url())
        assert client.get(reading.get_absolute_url()).status_code == 200
        article = reading.article
        assert (reading.group, reading.order, article.steward) == (cast.group, 2, cast.group)
        assert (article.title, article.metadata, article.added_by) == (
            "On sheds",
            [["Shelf", "B/7"]],
            cast.owner,
        )
        rows = article.paragraphs.order_by("position")
        assert list(rows.values_list("position", "number", "kind", "level", "label", "text")) == [
            (1, None, "heading", 1, "", "One"),
            (2, 1, "paragraph", None, "", "See.[1]"),
            (3, 2, "quotation", None, "", "b"),
            (4, None, "footnote", None, "1", "So."),
        ]
        assert [row.spans for row in rows] == [[], [[4, 7, "footnote_ref", "1"]], [], []]
        first = ParagraphRevision.objects.filter(paragraph__article=article, text_revision=1)
        assert sorted(first.values_list("paragraph", "text", "text_hash")) == sorted(
            rows.values_list("pk", "text", "text_hash")
        )

    def test_a_second_time_leads_to_the_same_reading(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        client = client_of(cast.owner)
        sent = filled(client, draft, publish="1")
        first = client.post(at(draft), sent)
        counts = Article.objects.count(), Reading.objects.count(), Paragraph.objects.count()
        again = [client.post(at(draft), sent), client.get(at(draft))]
        again.append(client.post(reverse("import_discard", args=[draft.pk])))
        assert [answer["Location"] for answer in again] == [first["Location"]] * 3
        assert counts == (
            Article.objects.count(),
            Reading.objects.count(),
            Paragraph.objects.count(),
        )

    def test_publishing_and_mending_again_change_nothing(
        self, cast: Cast, drafted: Drafted
    ) -> None:
        draft = drafted()
        stale = ImportDraft.objects.select_related("group").get(pk=draft.pk)
        reading = actions.publish(by=cast.owner, draft=draft)
        other = ParsedArticle(title="Other", blocks=(Block(BlockKind.PARAGRAPH, "Other."),))
        assert actions.mend_draft(by=cast.owner, draft=stale, parsed=other).article_id is not None
        assert actions.publish(by=cast.owner, draft=stale) == reading
        with pytest.raises(PermissionDenied, match="published already"):
            actions.discard_draft(by=cast.owner, draft=stale)
        assert now(draft).title == "Of sheds"

    def test_a_draft_thrown_away_meanwhile_is_told(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        actions.discard_draft(
            by=cast.owner, draft=ImportDraft.objects.select_related("group").get(pk=draft.pk)
        )
        with pytest.raises(PermissionDenied, match="thrown away in the meantime"):
            actions.publish(by=cast.owner, draft=draft)

    @pytest.mark.parametrize("user", ["member", "observer", "outsider"])
    def test_actions_are_for_leaders(self, cast: Cast, drafted: Drafted, user: str) -> None:
        draft = drafted()
        by = getattr(cast, user)
        parsed = now(draft)
        for act in (
            lambda: actions.draft_article(by=by, group=cast.group, parsed=parsed),
            lambda: actions.mend_draft(by=by, draft=draft, parsed=parsed),
            lambda: actions.discard_draft(by=by, draft=draft),
            lambda: actions.publish(by=by, draft=draft),
        ):
            with pytest.raises(PermissionDenied, match="Only the group's leaders add articles"):
                act()
        assert list(ImportDraft.objects.filter(article=None)) == [draft]

    def test_2000_blocks_are_mended_and_published_with_as_many_queries_as_2(
        self, cast: Cast, drafted: Drafted
    ) -> None:
        client = client_of(cast.owner)
        counts, numbers = [], []
        for blocks in (2, 2_000):
            draft = drafted(*(Block(BlockKind.PARAGRAPH, f"Shed {n}.") for n in range(blocks)))
            typed = {"title": f"{blocks} sheds", "kind-1": "quotation"}
            sent = filled(client, draft, publish="1", **typed)
            with CaptureQueriesContext(connection) as queries:
                assert client.post(at(draft), sent).status_code == 302
            counts.append(len(queries))
            draft.refresh_from_db()
            numbers.append(Paragraph.objects.filter(article=draft.article).count())
        assert numbers == [2, 2_000]
        assert counts[0] == counts[1]


class TestDiscard:
    def test_nothing_is_left(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        answer = client_of(cast.owner).post(reverse("import_discard", args=[draft.pk]))
        assert answer["Location"] == cast.group.get_absolute_url()
        assert ImportDraft.objects.filter(pk=draft.pk).count() == 0

    def test_only_what_is_sent(self, cast: Cast, drafted: Drafted) -> None:
        draft = drafted()
        gone = reverse("import_discard", args=[draft.pk])
        assert client_of(cast.owner).get(gone).status_code == 405
        assert ImportDraft.objects.filter(pk=draft.pk).count() == 1
