"""A thread that is finished, and “I wonder too”: what is done, who may, and what people read."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from annotations import actions
from annotations.actions import endorse, reopen, resolve, unendorse
from annotations.enums import State
from annotations.models import Annotation, Case, Endorsement
from annotations.moderation.admitting import Refused
from annotations.moderation.rules import add_word_rule
from annotations.room import enter_reading
from annotations.threads import thread_of, threads_on
from reader.enums import Readable, Role, Standing
from reader.models import Membership, Paragraph, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of
from tests.permissions.world import comment
from tests.races import race

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def root(cast: Cast, write: Write) -> Annotation:
    root = write(cast.other, "Who says so?", motivation="questioning")
    write(cast.member, "He does.", to=root)
    return root


def url(name: str, note: Annotation) -> str:
    return f"{reverse(name, args=[note.uuid])}?in=thursday-circle"


def state(note: Annotation) -> tuple[User | None, bool, str]:
    note.refresh_from_db()
    return note.resolved_by, note.resolved_at is not None, note.resolution


def page(user: User | None, cast: Cast) -> str:
    return str(client_of(user).get(cast.reading.get_absolute_url()).text)


def told(text: str) -> list[str]:
    """What a page says of how threads ended."""
    found = re.findall(r'<p class="resolved">(.*?)</p>', text)
    return [re.sub(r"<[^>]+>", "", each) for each in found]


def wondering(text: str) -> list[str]:
    return re.findall(r'<span class="endorsed">(.*?)</span>', text)


class TestResolving:
    def test_says_who_when_and_what_came_of_it(self, cast: Cast, root: Annotation) -> None:
        resolve(by=cast.other, root=root, outcome="  It is the\n author’s own word. ")
        assert state(root) == (cast.other, True, "It is the author’s own word.")
        reopen(by=cast.moderator, root=root)
        assert state(root) == (None, False, "")

    def test_the_same_again_changes_nothing(self, cast: Cast, root: Annotation) -> None:
        first = resolve(by=cast.other, root=root, outcome="It is.")
        assert resolve(by=cast.owner, root=root, outcome="It is.").resolved_at == first.resolved_at
        assert state(root) == (cast.other, True, "It is.")
        resolve(by=cast.owner, root=root, outcome="It isn’t.")
        assert state(root) == (cast.owner, True, "It isn’t.")
        for _again in range(2):
            reopen(by=cast.owner, root=root)
            assert state(root) == (None, False, "")

    def test_is_for_leaders_and_whoever_began_it(
        self, cast: Cast, root: Annotation, write: Write
    ) -> None:
        for by in (cast.member, cast.observer, cast.outsider):
            for do in (resolve, reopen):
                with pytest.raises(PermissionDenied):
                    do(by=by, root=root)
        private = write(cast.owner, "For me.", audience="private")
        for note in (root.thread.get(), private):
            with pytest.raises(PermissionDenied):
                resolve(by=cast.owner, root=note)
        actions.withdraw(by=cast.other, annotation=root)
        for by in (cast.owner, cast.other):
            with pytest.raises(PermissionDenied):
                resolve(by=by, root=root)
        assert not Annotation.objects.filter(resolved_at__isnull=False).exists()

    @pytest.mark.leaks
    def test_a_line_passes_what_notes_pass(self, cast: Cast, root: Annotation) -> None:
        """What a moderator would look at first reaches nobody as the outcome of a thread."""
        add_word_rule(by=cast.owner, group=cast.group, words="vellum", effect="block")
        add_word_rule(by=cast.owner, group=cast.group, words="scrap*", effect="hold")
        for line in ("Of vellum.", "All scraped."):
            with pytest.raises(Refused):
                resolve(by=cast.other, root=root, outcome=line)
        Membership.objects.filter(user=cast.other).update(standing=Standing.HELD)
        with pytest.raises(Refused):
            resolve(by=cast.other, root=root, outcome="Fine.")
        client = client_of(cast.other)
        sheet = reverse("meeting", args=[cast.group.slug, cast.reading.article.slug])
        for address, sent in (
            (reverse("note_resolve", args=[root.uuid]), {"outcome": "Fine."}),
            (sheet, {"outcome": "Fine.", "note": str(root.uuid)}),
        ):
            refused = client.post(address, sent)
            assert refused.status_code == 422
            assert "a line like this can’t wait" in refused.text
        assert state(root) == (None, False, "")
        resolve(by=cast.other, root=root)
        resolve(by=cast.moderator, root=root, outcome="All scraped.")
        assert state(root) == (cast.moderator, True, "All scraped.")

    def test_moderators_look_at_a_line_that_a_rule_flags(
        self, cast: Cast, root: Annotation
    ) -> None:
        add_word_rule(by=cast.owner, group=cast.group, words="vellum", effect="flag")
        resolve(by=cast.other, root=root, outcome="Of vellum.")
        assert state(root) == (cast.other, True, "Of vellum.")
        assert Case.objects.open().get(annotation=root).matched == "vellum"

    def test_is_one_line_of_300(self, cast: Cast, root: Annotation) -> None:
        resolve(by=cast.owner, root=root, outcome="x" * 300)
        with pytest.raises(ValidationError):
            resolve(by=cast.owner, root=root, outcome="x" * 301)
        assert state(root) == (cast.owner, True, "x" * 300)

    def test_everybody_reads_it_at_once(self, cast: Cast, root: Annotation) -> None:
        everybody = (cast.member, cast.other, cast.observer, cast.owner)
        there = cast.reading.get_absolute_url()
        clients = [client_of(user) for user in everybody]
        before = []
        for client in clients:
            client.get(there)
            before.append(client.get(there).headers["ETag"])
        resolve(by=cast.other, root=root, outcome="It is <b>his</b> word.")
        for client, etag in zip(clients, before, strict=True):
            answer = client.get(there, headers={"If-None-Match": etag})
            assert answer.status_code == 200
            assert told(answer.text) == ["Resolved · It is &lt;b&gt;his&lt;/b&gt; word."]
        reopen(by=cast.other, root=root)
        assert [told(client.get(there).text) for client in clients] == [[]] * 4

    def test_of_a_question_to_the_leaders_its_author_hears_too(
        self, cast: Cast, root: Annotation
    ) -> None:
        """No counter of the members’ tells them; the note’s own version does."""
        Annotation.objects.filter(pk=root.pk).update(audience="leaders")
        client, there = client_of(cast.other), cast.reading.get_absolute_url()
        client.get(there)
        etag = client.get(there).headers["ETag"]
        resolve(by=cast.owner, root=root)
        answer = client.get(there, headers={"If-None-Match": etag})
        assert (answer.status_code, told(answer.text)) == (200, ["Resolved"])
        assert told(page(cast.member, cast)) == []

    def test_nothing_is_told_on_a_stone(self, cast: Cast, root: Annotation) -> None:
        resolve(by=cast.other, root=root, outcome="It is.")
        actions.withdraw(by=cast.other, annotation=root)
        for user in (cast.member, cast.other, cast.owner):
            text = page(user, cast)
            assert (told(text), text.count("He does."), text.count("It is.")) == ([], 1, 0)

    def test_a_resolved_question_is_not_open(self, cast: Cast, root: Annotation) -> None:
        home = cast.group.get_absolute_url()
        client = client_of(cast.member)
        assert client.get(home).text.count("1 open question") == 1
        resolve(by=cast.other, root=root)
        assert client.get(home).text.count("open question") == 0


class TestResolvingOnThePage:
    def test_from_the_menu_of_any_note_of_the_thread(self, cast: Cast, root: Annotation) -> None:
        offered = {
            user.name: [
                client_of(user).get(url("note_menu", note)).text.count("Resolve…")
                for note in (root, root.thread.get())
            ]
            for user in (cast.owner, cast.other, cast.member, cast.observer)
        }
        assert offered == {"Olga": [1, 1], "Nils": [1, 1], "Mira": [0, 0], "Ute": [0, 0]}
        resolve(by=cast.other, root=root)
        said = ("Resolve…", "What came of it…", "Open it again")
        for user, counts in ((cast.owner, [0, 1, 1]), (cast.member, [0, 0, 0])):
            menu = client_of(user).get(url("note_menu", root)).text
            assert [menu.count(words) for words in said] == counts

    def test_without_script(self, cast: Cast, root: Annotation) -> None:
        client, reply = client_of(cast.other), root.thread.get()
        form = client.get(url("note_resolve", reply))
        assert (form.status_code, form.text.count("What came of it")) == (200, 1)
        answer = client.post(url("note_resolve", reply), {"outcome": "It is.", "seen": ""})
        assert (answer.status_code, answer.headers["Location"]) == (
            302, f"{reverse('note', args=[root.uuid])}?in=thursday-circle",
        )  # fmt: skip
        assert state(root) == (cast.other, True, "It is.")
        assert client.get(url("note_resolve", root)).text.count('value="It is."') == 1
        assert client.post(url("note_reopen", reply)).status_code == 302
        assert state(root) == (None, False, "")

    def test_htmx_gets_the_thread(self, cast: Cast, root: Annotation) -> None:
        client = client_of(cast.moderator)
        form = client.get(url("note_resolve", root), headers=HTMX).text
        assert [form.count(words) for words in ("<form", "<html")] == [1, 0]
        answer = client.post(url("note_resolve", root), {"outcome": "It is."}, headers=HTMX)
        assert (answer.status_code, told(answer.text)) == (200, ["Resolved · It is."])
        assert answer.headers["HX-Trigger-After-Settle"].count('"resolved"') == 1
        answer = client.post(url("note_reopen", root), headers=HTMX)
        assert (answer.status_code, told(answer.text)) == (200, [])
        assert answer.headers["HX-Trigger-After-Settle"].count('"reopened"') == 1

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
    def test_a_line_that_is_too_long_comes_back(
        self, cast: Cast, root: Annotation, headers: dict[str, str]
    ) -> None:
        sent = {"outcome": "x" * 301}
        answer = client_of(cast.other).post(url("note_resolve", root), sent, headers=headers)
        assert (answer.status_code, answer.text.count("x" * 301)) == (422, 1)
        assert state(root) == (None, False, "")

    def test_two_at_one_table_do_not_write_over_each_other(
        self, cast: Cast, root: Annotation
    ) -> None:
        resolve(by=cast.owner, root=root, outcome="Hers.")
        client, sent = client_of(cast.other), {"outcome": "His.", "seen": ""}
        answer = client.post(url("note_resolve", root), sent, headers=HTMX)
        assert answer.status_code == 422
        assert [answer.text.count(words) for words in ("“Hers.”", 'value="His."')] == [1, 1]
        seen = re.findall(r'name="seen" value="([^"]+)"', answer.text)[0]
        again = client.post(url("note_resolve", root), {**sent, "seen": seen}, headers=HTMX)
        assert (again.status_code, state(root)) == (200, (cast.other, True, "His."))
        # The same sent twice is no quarrel.
        assert client.post(url("note_resolve", root), sent, headers=HTMX).status_code == 200

    def test_who_gets_what(self, cast: Cast, root: Annotation) -> None:
        resolving = reverse("note_resolve", args=[root.uuid])
        for name in ("note_resolve", "note_reopen"):
            there = reverse(name, args=[root.uuid])
            assert client_of(cast.member).post(there).status_code == 403
            assert client_of(cast.outsider).post(there).status_code == 404
            assert client_of(None).post(there).status_code == 302
        assert (
            client_of(cast.owner).get(reverse("note_reopen", args=[root.uuid])).status_code == 405
        )
        assert client_of(cast.owner).put(resolving).status_code == 405
        assert (
            client_of(cast.owner).post(reverse("note_resolve", args=[uuid4()])).status_code == 404
        )
        assert state(root) == (None, False, "")


class TestEndorsing:
    def test_counts_everybody_once(self, cast: Cast, root: Annotation) -> None:
        for by in (cast.member, cast.member, cast.observer, cast.owner):
            endorse(by=by, annotation=root)
        assert root.endorsements.count() == 3
        for _again in range(2):
            unendorse(by=cast.member, annotation=root)
        assert set(root.endorsements.values_list("user", flat=True)) == {
            cast.observer.pk, cast.owner.pk,
        }  # fmt: skip

    def test_is_for_what_another_said_in_words(
        self, cast: Cast, root: Annotation, write: Write
    ) -> None:
        bare = write(cast.other)
        private = write(cast.member, "For me.", audience="private")
        refused = [(cast.other, root), (cast.outsider, root), (cast.member, bare)]
        refused += [(cast.member, private), (cast.owner, private)]
        for by, note in refused:
            for do in (endorse, unendorse):
                with pytest.raises(PermissionDenied):
                    do(by=by, annotation=note)
        Annotation.objects.filter(pk=root.pk).update(state=State.HIDDEN)
        with pytest.raises(PermissionDenied):
            endorse(by=cast.member, annotation=root)
        assert not Endorsement.objects.exists()

    def test_is_shown_to_all_and_new_at_once(self, cast: Cast, root: Annotation) -> None:
        cast.group.readable_by = Readable.PUBLIC
        cast.group.save(update_fields=["readable_by"])
        everybody = (cast.member, cast.other, cast.observer, cast.owner, None)
        there = cast.reading.get_absolute_url()
        clients = [client_of(user) for user in everybody]
        reply = root.thread.get()
        for by, note, shown in (
            (cast.owner, root, ["1 wonders, too"]),
            (cast.observer, root, ["2 wonder, too"]),
            (cast.observer, reply, ["2 wonder, too", "1 agrees it matters"]),
            (cast.owner, reply, ["2 wonder, too", "2 agree it matters"]),
        ):
            etags = [client.get(there).headers.get("ETag", "") for client in clients]
            endorse(by=by, annotation=note)
            for client, etag in zip(clients, etags, strict=True):
                answer = client.get(there, headers={"If-None-Match": etag})
                assert (answer.status_code, wondering(answer.text)) == (200, shown)
        unendorse(by=cast.owner, annotation=reply)
        assert wondering(clients[0].get(there).text) == ["2 wonder, too", "1 agrees it matters"]

    def test_of_an_answer_to_one_person_that_person_hears_too(
        self, cast: Cast, root: Annotation
    ) -> None:
        answer = actions.reply(
            by=cast.owner, parent=root, body="Between us.", client_id=uuid4(), privately=True
        )
        client, there = client_of(cast.other), cast.reading.get_absolute_url()
        client.get(there)
        etag = client.get(there).headers["ETag"]
        endorse(by=cast.moderator, annotation=answer)
        since = client.get(there, headers={"If-None-Match": etag})
        assert (since.status_code, wondering(since.text)) == (200, ["1 agrees it matters"])
        assert wondering(page(cast.member, cast)) == []

    def test_comes_with_the_threads(self, cast: Cast, root: Annotation) -> None:
        endorse(by=cast.member, annotation=root)
        endorse(by=cast.owner, annotation=root.thread.get())
        room = enter_reading(cast.observer, cast.reading)
        paragraphs = list(Paragraph.objects.standing().filter(article=room.article))
        (thread,) = threads_on(room, paragraphs)
        assert [note.endorsements for note in (thread.root, *thread.replies)] == [1, 1]
        alone = thread_of(room, root)
        assert alone is not None
        assert alone.root.endorsements == 1


class TestEndorsingOnThePage:
    def test_a_question_offers_it_beside_reply(self, cast: Cast, root: Annotation) -> None:
        cast.group.readable_by = Readable.PUBLIC
        cast.group.save(update_fields=["readable_by"])
        offered = {
            user.name if user else "": page(user, cast).count(">I wonder too</a>")
            for user in (cast.member, cast.observer, cast.owner, cast.outsider, None)
        }
        assert offered == {"Mira": 1, "Ute": 1, "Olga": 1, "Otto": 0, "": 0}

    def test_the_menu_says_one_plain_phrase(self, cast: Cast, root: Annotation) -> None:
        client, reply = client_of(cast.observer), root.thread.get()
        said = {
            "question": ("I wonder too", "Take “I wonder too” back"),
            "reply": ("I agree it matters", "Take “It matters” back"),
        }
        for note, phrases in zip((root, reply), said.values(), strict=True):
            before = [client.get(url("note_menu", note)).text.count(each) for each in phrases]
            client.post(url("note_endorse", note), {"endorse": "1"})
            menu = client.get(url("note_menu", note)).text
            after = [menu.count(f">{each}<") for each in phrases]
            assert (before, after) == ([1, 0], [0, 1])
        own = client_of(cast.other).get(url("note_menu", root)).text
        assert [own.count(phrase) for phrase in ("wonder", "matters")] == [0, 0]

    def test_without_script(self, cast: Cast, root: Annotation) -> None:
        client, there = client_of(cast.member), url("note_endorse", root)
        for sent, count in (
            ({"endorse": "1"}, 1), ({"endorse": "1"}, 1), ({"take_back": "1"}, 0),
            ({"take_back": "1"}, 0),
        ):  # fmt: skip
            answer = client.post(there, sent)
            assert (answer.status_code, root.endorsements.count()) == (302, count)
            assert answer.headers["Location"] == f"/n/{root.uuid}/?in=thursday-circle"

    def test_htmx_gets_the_thread_and_the_other_than_now(
        self, cast: Cast, root: Annotation
    ) -> None:
        client, there = client_of(cast.member), url("note_endorse", root)
        for shown, happened in ((["1 wonders, too"], '"endorsed"'), ([], '"unendorsed"')):
            answer = client.post(there, headers=HTMX)
            assert (answer.status_code, wondering(answer.text)) == (200, shown)
            assert answer.headers["HX-Trigger-After-Settle"].count(happened) == 1

    def test_who_gets_what(self, cast: Cast, root: Annotation) -> None:
        there = reverse("note_endorse", args=[root.uuid])
        assert client_of(cast.member).get(there).status_code == 405
        for user, status in ((cast.other, 403), (cast.outsider, 404), (None, 401)):
            assert client_of(user).post(there, {"endorse": "1"}).status_code == status
        assert client_of(None).post(there, headers=HTMX).status_code == 401
        assert not Endorsement.objects.exists()

    def test_a_public_reader_who_is_no_member_is_told_so(
        self, cast: Cast, root: Annotation
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by=Readable.PUBLIC)
        there = reverse("note_endorse", args=[root.uuid])
        assert client_of(cast.outsider).post(there).status_code == 403
        Membership.objects.create(group=cast.group, user=cast.outsider, role=Role.OBSERVER)
        assert client_of(cast.outsider).post(there).status_code == 302


def _resolve(given: tuple[int, int, str]) -> bool:
    user, root, outcome = given
    by, note = User.objects.get(pk=user), Annotation.objects.get(pk=root)
    return resolve(by=by, root=note, outcome=outcome).resolved_at is not None


def _endorse(given: tuple[int, int]) -> int:
    user, note = given
    found = Annotation.objects.get(pk=note)
    return endorse(by=User.objects.get(pk=user), annotation=found).pk


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_resolve_at_once_and_many_wonder() -> None:
    """Whoever comes last has said it, with their own words; nobody is counted twice."""
    cast = assemble()
    root = comment(cast.other, cast.reading, "A beginning.")
    leaders = (cast.owner, cast.moderator)
    outcomes = {user.pk: f"As {user.name} says." for user in leaders}
    assert race(_resolve, [(pk, root.pk, said) for pk, said in outcomes.items()]) == [True, True]
    by, done, said = state(root)
    assert by in leaders
    assert (done, said) == (True, outcomes[by.pk])
    race(_endorse, [(user.pk, root.pk) for user in (cast.member, cast.member, cast.owner)])
    assert sorted(root.endorsements.values_list("user", flat=True)) == sorted(
        [cast.member.pk, cast.owner.pk]
    )
