"""Reading less of somebody, for oneself alone: what folds, what doesn't, and what nobody learns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.home import Home, home_of
from annotations.models import Annotation, Mute
from annotations.moderation.muting import mute, muted_by, unmute
from reader.actions import leave
from reader.enums import Bylines
from reader.models import Membership, Participation, Pseudonym, Reading, User
from reader.permissions import membership_of
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of, read

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PERSON, THREAD = "A note by somebody you muted", "A thread you muted"


def change(row: Any, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def page(user: User, reading: Reading) -> str:
    return str(client_of(user).get(reading.get_absolute_url()).text)


def folds(user: User, reading: Reading) -> list[int]:
    shown = page(user, reading)
    return [shown.count(PERSON), shown.count(THREAD)]


def url(name: str, note: Annotation) -> str:
    return reverse(name, args=[note.uuid])


def under_pseudonyms(reading: Reading) -> None:
    change(reading, bylines=Bylines.PSEUDONYMS)
    reading.refresh_from_db()


@pytest.fixture
def second(cast: Cast) -> Reading:
    """Another reading of the same group."""
    return read(cast.group, cast.owner)


def there(note: Annotation, reading: Reading) -> Annotation:
    """The same note, in another reading."""
    target = note.targets.get()
    paragraph = reading.article.paragraphs.get(position=target.start_paragraph.position)
    change(note, article=reading.article, reading=reading)
    change(target, start_paragraph=paragraph, end_paragraph=paragraph)
    note.refresh_from_db()
    return note


class TestAPerson:
    def test_folds_for_whoever_mutes_alone(self, cast: Cast, write: Write) -> None:
        root = write(cast.other, "By Nils.")
        write(cast.other, "Nils again.", to=write(cast.owner, "By Olga.", on=1))
        write(cast.member, "By Mira.", on=2)
        before = {user.name: page(user, cast.reading) for user in (cast.observer, cast.owner)}
        mute(by=cast.member, annotation=root, thread=False)
        assert folds(cast.member, cast.reading) == [2, 0]
        shown = page(cast.member, cast.reading)
        # One reads it all the same, and nothing counts less.
        assert [shown.count(body) for body in ("By Nils.", "Nils again.", "By Mira.")] == [1, 1, 1]
        assert re.findall(r">([1-9]) notes?<", shown) == ["1", "2", "1"]
        for user in (cast.observer, cast.owner, cast.other):
            assert folds(user, cast.reading) == [0, 0]
        csrf = re.compile(r'"X-CSRFToken": "\w+"|value="\w{64}"')
        for user in (cast.observer, cast.owner):
            assert csrf.sub("", page(user, cast.reading)) == csrf.sub("", before[user.name])

    def test_by_name_in_every_reading_that_goes_by_names(
        self, cast: Cast, second: Reading, write: Write
    ) -> None:
        note = write(cast.other, "By Nils.")
        there(write(cast.other, "Elsewhere."), second)
        mute(by=cast.member, annotation=note, thread=False)
        assert [folds(cast.member, reading) for reading in (cast.reading, second)] == [[1, 0]] * 2
        under_pseudonyms(second)
        assert folds(cast.member, second) == [0, 0]

    def test_by_a_pseudonym_in_that_reading_alone(
        self, cast: Cast, second: Reading, write: Write
    ) -> None:
        under_pseudonyms(cast.reading)
        note = write(cast.other, "By a heron.")
        there(write(cast.other, "By Nils."), second)
        third = read(cast.group, cast.owner)
        there(write(cast.other, "By an owl."), third)
        under_pseudonyms(third)
        mute(by=cast.member, annotation=note, thread=False)
        got = [folds(cast.member, reading) for reading in (cast.reading, second, third)]
        assert got == [[1, 0], [0, 0], [0, 0]]

    def test_twice_is_once(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "By Nils.")
        first = mute(by=cast.member, annotation=note, thread=False)
        assert mute(by=cast.member, annotation=note, thread=False) == first
        assert mute(by=cast.member, annotation=note, thread=True) != first
        unmute(by=cast.member, mute=first)
        assert folds(cast.member, cast.reading) == [0, 1]
        with pytest.raises(PermissionDenied):
            unmute(by=cast.owner, mute=Mute.objects.get())

    def test_who_cannot(self, cast: Cast, write: Write) -> None:
        note, private = write(cast.other, "By Nils."), write(cast.other, "", audience="private")
        for by, about in (
            (cast.other, note),
            (cast.other, private),
            (cast.outsider, note),
            (cast.member, private),
        ):
            for thread in (False, True):
                with pytest.raises(PermissionDenied):
                    mute(by=by, annotation=about, thread=thread)
        assert not Mute.objects.exists()

    def test_a_former_member_is_not_told_apart(self, cast: Cast, write: Write) -> None:
        """What folds would say which notes of several by “former member” are one person's."""
        note = write(cast.other, "By Nils.")
        mute(by=cast.member, annotation=note, thread=False)
        leave(by=cast.other, group=cast.group, nameless=True)
        assert folds(cast.member, cast.reading) == [0, 0]
        assert [news.count for news in (home(cast).news,)] == [1]
        with pytest.raises(PermissionDenied):
            mute(by=cast.owner, annotation=note, thread=False)
        menu = client_of(cast.owner).get(url("note_menu", note)).text
        assert [menu.count(item) for item in (">Mute former", ">Mute this thread<")] == [0, 1]
        [row] = muted_by(cast.member, cast.group)
        assert row.byline is not None
        assert row.byline.name == "former member"


class TestAThread:
    def test_folds_with_everything_in_it(self, cast: Cast, write: Write) -> None:
        root = write(cast.other, "By Nils.")
        reply = write(cast.owner, "By Olga.", to=root)
        write(cast.other, "Another thread.", on=1)
        mute(by=cast.member, annotation=reply, thread=True)
        assert folds(cast.member, cast.reading) == [0, 1]
        assert folds(cast.observer, cast.reading) == [0, 0]
        thread = client_of(cast.member).get(url("note_thread", root), headers=HTMX).text
        assert [thread.count(words) for words in (THREAD, "By Olga.")] == [1, 1]

    def test_under_a_stone(self, cast: Cast, write: Write) -> None:
        from annotations import actions

        root = write(cast.other, "By Nils.")
        write(cast.owner, "By Olga.", to=root)
        mute(by=cast.member, annotation=root, thread=True)
        actions.withdraw(by=cast.other, annotation=root)
        assert folds(cast.member, cast.reading) == [0, 1]


class TestFreshness:
    """What is kept for everybody isn't spoilt, and nobody keeps what is no longer so."""

    def test_pages_change_with_it_and_for_nobody_else(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "By Nils.")
        address = cast.reading.get_absolute_url()
        clients = [client_of(user) for user in (cast.member, cast.observer)]
        for client in clients:
            client.get(address)
        tags = [client.get(address).headers["ETag"] for client in clients]

        def again() -> list[int]:
            return [
                client.get(address, headers={"If-None-Match": tag}).status_code
                for client, tag in zip(clients, tags, strict=True)
            ]

        assert again() == [304, 304]
        row = mute(by=cast.member, annotation=note, thread=False)
        assert again() == [200, 304]
        unmute(by=cast.member, mute=row)
        assert again() == [304, 304]

    def test_a_held_note_of_a_muted_person_changes_nothing(self, cast: Cast, write: Write) -> None:
        mute(by=cast.member, annotation=write(cast.other, "By Nils."), thread=False)
        client, address = client_of(cast.member), cast.reading.get_absolute_url()
        client.get(address)
        tag = client.get(address).headers["ETag"]
        change(Membership.objects.get(user=cast.other, group=cast.group), standing="held")
        write(cast.other, "Held words.", on=2)
        answer = client.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 304

    @pytest.mark.parametrize("count", [3, 60])
    def test_its_queries(self, cast: Cast, write: Write, count: int) -> None:
        notes = [write(cast.other, f"No. {n}.", on=n % 3) for n in range(count)]
        asked: dict[str, list[int]] = {}
        for name in ("nobody", "somebody"):
            client, got = client_of(cast.member), []
            for _ in range(2):
                with CaptureQueriesContext(connection) as queries:
                    client.get(cast.reading.get_absolute_url())
                got.append(len(queries))
            asked[name] = got
            mute(by=cast.member, annotation=notes[0], thread=False)
        # Who has muted, and where; then what is rendered for this person alone.
        assert asked == {"nobody": [11, 7], "somebody": [13, 13]}


def home(cast: Cast, user: User | None = None) -> Home:
    user = user or cast.member
    return home_of(user, cast.group, membership_of(user, cast.group))


class TestHome:
    @pytest.fixture(autouse=True)
    def _came(self, cast: Cast) -> None:
        Participation.objects.create(reading=cast.reading, user=cast.member, seen_at=timezone.now())

    def told(self, cast: Cast) -> tuple[int, list[str], list[str], int]:
        found = home(cast)
        latest = [line.words.strip() for line in found.latest]
        questions = [line.words.strip() for line in found.questions]
        return found.news.count, latest, questions, found.entries[0].talk.notes

    def test_tells_no_news_of_a_person(self, cast: Cast, write: Write) -> None:
        first = write(cast.other, "By Nils.", motivation="questioning")
        write(cast.owner, "By Olga.")
        write(cast.other, "Again.", to=write(cast.member, "Mine."))
        assert self.told(cast) == (3, ["Again.", "Mine.", "By Olga.", "By Nils."], ["By Nils."], 4)
        mute(by=cast.member, annotation=first, thread=False)
        assert self.told(cast) == (1, ["Mine.", "By Olga."], [], 4)
        assert home(cast).news.answers == 0
        assert home(cast, cast.observer).news.count == 4
        groups = client_of(cast.member).get("/").text
        assert groups.count("1 new") == 1

    def test_nor_of_a_thread(self, cast: Cast, write: Write) -> None:
        root = write(cast.other, "By Nils.")
        write(cast.owner, "By Olga.", to=root)
        write(cast.other, "Another.")
        mute(by=cast.member, annotation=root, thread=True)
        assert self.told(cast) == (1, ["Another."], [], 3)

    def test_does_not_say_who_goes_by_a_pseudonym(
        self, cast: Cast, second: Reading, write: Write
    ) -> None:
        """Muted by name, Nils is news where he goes by a pseudonym; and the other way round."""
        under_pseudonyms(second)
        named, hidden = write(cast.other, "By Nils."), there(write(cast.other, "Hidden."), second)
        Pseudonym.objects.create(reading=second, user=cast.other, name="Grey Heron")
        row = mute(by=cast.member, annotation=named, thread=False)
        assert self.told(cast)[:2] == (1, ["Hidden."])
        assert folds(cast.member, second) == [0, 0]
        unmute(by=cast.member, mute=row)
        mute(by=cast.member, annotation=hidden, thread=False)
        assert self.told(cast)[:2] == (1, ["By Nils."])
        assert [folds(cast.member, reading) for reading in (cast.reading, second)] == [
            [0, 0], [1, 0],
        ]  # fmt: skip

    @pytest.mark.parametrize("count", [0, 3, 40])
    def test_its_queries_do_not_grow(self, cast: Cast, write: Write, count: int) -> None:
        for n in range(count):
            mute(by=cast.member, annotation=write(cast.other, f"No. {n}."), thread=True)
        with CaptureQueriesContext(connection) as asked:
            home(cast)
        assert len(asked) == 8


class TestMenu:
    def items(self, user: User, note: Annotation) -> list[str]:
        menu = client_of(user).get(url("note_menu", note), headers=HTMX).text
        return re.findall(r">((?:Mute|Unmute)[^<]*)<", menu)

    def test_for_members_on_what_others_wrote(self, cast: Cast, write: Write) -> None:
        note = write(cast.other, "By Nils.")
        assert self.items(cast.member, note) == ["Mute Nils", "Mute this thread"]
        assert self.items(cast.observer, note) == ["Mute Nils", "Mute this thread"]
        assert self.items(cast.other, note) == []
        mute(by=cast.member, annotation=note, thread=False)
        assert self.items(cast.member, note) == ["Mute this thread", "Unmute…"]

    def test_names_nobody_who_goes_by_a_pseudonym(self, cast: Cast, write: Write) -> None:
        under_pseudonyms(cast.reading)
        note = write(cast.other, "By a heron.")
        name = Pseudonym.objects.get(user=cast.other).name
        menu = client_of(cast.member).get(url("note_menu", note)).text
        assert [menu.count(f"Mute {who}<") for who in (name, "Nils")] == [1, 0]
        assert menu.count("Nils") == 0

    def test_mutes_and_leads_back(self, cast: Cast, write: Write) -> None:
        note, client = write(cast.other, "By Nils."), client_of(cast.member)
        answer = client.post(url("note_mute", note), {"what": "person"})
        key = note.targets.get().start_paragraph.key
        assert answer.headers["Location"] == f"{cast.reading.get_absolute_url()}#p-{key}"
        answer = client.post(url("note_mute", note), {"what": "thread"}, headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
        assert folds(cast.member, cast.reading) == [1, 1]
        assert client.get(url("note_mute", note)).status_code == 405


class TestList:
    def page(self, cast: Cast, user: User) -> str:
        return str(client_of(user).get(reverse("mutes", args=[cast.group.slug])).text)

    def test_names_people_as_they_may_be_known(
        self, cast: Cast, second: Reading, write: Write
    ) -> None:
        under_pseudonyms(second)
        change(second.article, title="Of herons")
        hidden = there(write(cast.other, "Hidden words."), second)
        Pseudonym.objects.create(reading=second, user=cast.other, name="Grey Heron")
        mute(by=cast.member, annotation=hidden, thread=False)
        mute(by=cast.member, annotation=hidden, thread=True)
        shown = self.page(cast, cast.member)
        assert [shown.count(words) for words in ("Grey Heron", "Of herons", "Nils")] == [2, 2, 0]
        mute(by=cast.member, annotation=write(cast.other, "By Nils."), thread=False)
        assert self.page(cast, cast.member).count("Nils") == 1
        assert self.page(cast, cast.observer).count("muted nobody") == 1
        mute(by=cast.owner, annotation=hidden, thread=False)
        led = self.page(cast, cast.owner)
        assert [led.count(words) for words in ("Nils", "as Grey Heron")] == [1, 1]

    def test_tells_nothing_of_what_is_no_longer_there(
        self, cast: Cast, second: Reading, write: Write
    ) -> None:
        under_pseudonyms(second)
        change(second.article, title="Of herons")
        hidden = there(write(cast.other, "Hidden words."), second)
        mute(by=cast.member, annotation=hidden, thread=False)
        mute(by=cast.member, annotation=hidden, thread=True)
        change(second, status="planned")
        shown = self.page(cast, cast.member)
        assert [shown.count(words) for words in ("Of herons", "Hidden words.")] == [0, 0]
        assert shown.count("A thread whose beginning is no longer here for you") == 1

    def test_unmutes(self, cast: Cast, write: Write) -> None:
        row = mute(by=cast.member, annotation=write(cast.other, "By Nils."), thread=False)
        end = reverse("mute_end", args=[row.pk])
        assert client_of(cast.owner).post(end).status_code == 404
        answer = client_of(cast.member).post(end)
        assert answer.headers["Location"] == reverse("mutes", args=[cast.group.slug])
        assert not Mute.objects.exists()
        assert client_of(cast.member).post(end).status_code == 404

    @pytest.mark.parametrize("count", [3, 60])
    def test_its_queries_do_not_grow(self, cast: Cast, write: Write, count: int) -> None:
        for n in range(count):
            note = write(cast.other, f"No. {n}.", on=n % 3)
            mute(by=cast.member, annotation=note, thread=True)
        mute(by=cast.member, annotation=note, thread=False)
        client = client_of(cast.member)
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(reverse("mutes", args=[cast.group.slug])).text
        assert (shown.count(">Unmute</button>"), len(asked)) == (count + 1, 11)
