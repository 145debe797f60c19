"""The pages from which notes are taken home."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.enums import ExportFormat
from annotations.exporting import making, pdf, registry
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters
from annotations.exporting.registry import MEDIA_TYPES
from annotations.exporting.scope import Scope
from annotations.models import Export
from annotations.moderation.purging import purge
from annotations.reasons import LEGAL
from reader.enums import Exporting
from reader.models import Membership, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SHORT = [code for code in ExportFormat.values if code not in {"pdf", "archive"}]


def address(cast: Cast, query: str = "", *, of_group: bool = False) -> str:
    slugs = [cast.group.slug] if of_group else [cast.group.slug, cast.reading.article.slug]
    return f"{reverse('group_export' if of_group else 'reading_export', args=slugs)}?{query}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


class TestTheChoice:
    @pytest.mark.parametrize("of_group", [False, True])
    def test_shows_how_much_there_is_and_how_it_begins(
        self, cast: Cast, write: Write, of_group: bool
    ) -> None:
        write(cast.other, "An answer.", to=write(cast.member, "What I **mean**."))
        page = client_of(cast.member).get(address(cast, of_group=of_group))
        assert page.status_code == 200
        assert "What I <strong>mean</strong>." in page.text
        page = client_of(cast.member).get(address(cast, "format=md", of_group=of_group))
        assert re.search(r"2 notes\s+in 1 thread", page.text)
        assert "What I **mean**." in page.text

    def test_changes_with_what_is_chosen_and_only_the_preview_comes_back(
        self, cast: Cast, write: Write
    ) -> None:
        write(cast.other, "Doubtful.", category="rose")
        write(cast.member, "Important.", category="green", on=1)
        part = client_of(cast.member).get(address(cast, "format=csv&category=rose"), headers=HTMX)
        assert part.text.strip().startswith('<section id="preview"')
        assert "Doubtful." in part.text
        assert "Important." not in part.text
        assert 'action="' + address(cast, "format=csv&amp;category=rose") in part.text

    def test_says_what_is_wrong_with_it_and_keeps_it(self, cast: Cast) -> None:
        client = client_of(cast.member)
        for headers in ({}, HTMX):
            query = "format=md&since=2026-05-02&until=2026-05-01"
            page = client.get(address(cast, query), headers=headers)
            assert page.status_code == 422
            assert "The first day comes after the last." in page.text
        assert "2026-05-02" in client.get(address(cast, query)).text
        wrong = client.get(address(cast, "format=odt"))
        assert wrong.status_code == 422
        assert client.post(address(cast, "format=odt")).status_code == 422
        assert client.get(address(cast, "since=yesterday")).status_code == 422

    def test_offers_the_archive_to_leaders_alone(self, cast: Cast) -> None:
        for user, offered in ((cast.member, False), (cast.moderator, True)):
            page = client_of(user).get(address(cast))
            assert ('value="archive"' in page.text) == offered
            assert ('name="leaders"' in page.text) == offered
        assert client_of(cast.member).post(address(cast, "format=archive")).status_code == 422

    def test_says_what_this_machine_lacks(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(registry, "can_set_pages", lambda: False)
        monkeypatch.setattr(pdf, "can_set_pages", lambda: False)
        client = client_of(cast.member)
        page = client.get(address(cast)).text
        assert "PDF needs Pango on the machine that runs Catena" in page
        assert re.search(r'value="pdf"[^>]* disabled', page)
        refused = client.post(address(cast, "format=pdf"))
        assert refused.status_code == 422
        assert "apt-get install libpango" in refused.text

    def test_is_for_people_of_the_group(self, cast: Cast) -> None:
        for of_group in (False, True):
            assert client_of(cast.outsider).get(address(cast, of_group=of_group)).status_code == 404
            assert client_of(None).get(address(cast, of_group=of_group)).status_code == 302
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        for method in ("get", "post"):
            ask = getattr(client_of(cast.outsider), method)
            assert ask(address(cast)).status_code == 403

    def test_offers_nothing_of_others_where_leaders_alone_take_it(
        self, cast: Cast, write: Write
    ) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(exporting=Exporting.LEADERS)
        write(cast.other, "Theirs, #tagged.", tags=["theirs"])
        write(cast.member, "Mine.", on=1)
        page = client_of(cast.member).get(address(cast))
        assert "Mine." in page.text
        assert "Theirs" not in page.text
        assert "theirs" not in page.text
        assert "Nils" not in page.text
        assert b"Theirs" not in body(client_of(cast.member).post(address(cast, "format=md")))


class TestTheFile:
    @pytest.mark.parametrize("code", SHORT)
    def test_comes_at_once(self, cast: Cast, write: Write, code: str) -> None:
        write(cast.member, "Words of mine.")
        answer = client_of(cast.member).post(address(cast, f"format={code}"))
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment; filename")
        assert "Of%20margins" in answer["Content-Disposition"]
        assert answer["Content-Type"] in MEDIA_TYPES.values()
        assert int(answer["Content-Length"]) == len(body(answer)) > 100

    def test_has_a_name_in_any_script(self, cast: Cast) -> None:
        cast.group.name = "Читальный/зал: «Ночь»"
        cast.group.save()
        answer = client_of(cast.member).post(address(cast, "format=csv", of_group=True))
        named = "%D0%A7%D0%B8%D1%82%D0%B0%D0%BB%D1%8C%D0%BD%D1%8B%D0%B9%20%D0%B7%D0%B0%D0%BB"
        assert named in answer["Content-Disposition"]
        assert body(answer)

    def test_is_made_only_so_often(self, cast: Cast, settings: Any) -> None:
        settings.CATENA_LIMIT_EXPORTS = ((2, timedelta(hours=1)),)
        client = client_of(cast.member)
        asked = [client.post(address(cast, "format=csv&tag=")) for _ in range(3)]
        assert all(body(answer) for answer in asked[:2])
        assert [answer.status_code for answer in asked] == [200, 200, 429]
        assert 3500 < int(asked[2]["Retry-After"]) <= 3600
        assert "That were many files within an hour" in asked[2].text
        assert body(client_of(cast.other).post(address(cast, "format=csv")))

    def test_of_ones_own_notes_everywhere(self, cast: Cast, write: Write) -> None:
        write(cast.other, "Not mine.")
        write(cast.member, "Mine.", audience="private")
        client = client_of(cast.member)
        assert "1 note" in client.get(reverse("my_export")).text
        taken = body(client.post(f"{reverse('my_export')}?format=md")).decode()
        assert "Mine." in taken
        assert "Not mine." not in taken
        assert client_of(None).get(reverse("my_export")).status_code == 302


class TestWhatTakesAWhile:
    @pytest.fixture(autouse=True)
    def _everything_does(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(making, "AT_ONCE_ELSE", 0)

    def ask(
        self, cast: Cast, write: Write, callbacks: Any, query: str = "format=csv"
    ) -> tuple[Client, Export]:
        if not cast.reading.annotations.exists():
            write(cast.member, "Words of mine.")
        client = client_of(cast.member)
        with callbacks(execute=True):
            answer = client.post(address(cast, query))
        export = Export.objects.latest("created_at")
        assert (answer.status_code, answer["Location"]) == (302, export.get_absolute_url())
        return client, export

    def test_is_made_meanwhile_and_waits(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, export = self.ask(cast, write, django_capture_on_commit_callbacks)
        page = client.get(export.get_absolute_url())
        assert "It is there." in page.text
        part = client.get(export.get_absolute_url(), headers=HTMX)
        assert part.text.strip().startswith('<div id="progress">')
        answer = client.get(reverse("export_file", args=[export.pk]))
        assert b"Words of mine." in body(answer)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert "Of%20margins" in answer["Content-Disposition"]
        assert export.get_absolute_url() in client.get(address(cast)).text

    def test_is_nobody_elses_and_ends_with_the_membership(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, export = self.ask(cast, write, django_capture_on_commit_callbacks)
        names = {"export": "get", "export_file": "get", "export_cancel": "post"}
        for user in (cast.owner, cast.other, cast.outsider):
            for name, method in names.items():
                ask = getattr(client_of(user), method)
                assert ask(reverse(name, args=[export.pk])).status_code == 404
        Membership.objects.filter(user=cast.member).update(left_at=timezone.now())
        for name, method in names.items():
            assert getattr(client, method)(reverse(name, args=[export.pk])).status_code == 404

    @pytest.mark.leaks
    def test_ends_with_the_right_to_what_is_in_it(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any
    ) -> None:
        """Others' words go no further once leaders alone take them home; one's own still do."""
        client, others = self.ask(cast, write, django_capture_on_commit_callbacks)
        _client, mine = self.ask(
            cast, write, django_capture_on_commit_callbacks, "format=csv&mine=on&alone=on"
        )
        StudyGroup.objects.filter(pk=cast.group.pk).update(exporting=Exporting.LEADERS)
        assert client.get(reverse("export_file", args=[others.pk])).status_code == 403
        assert b"Words of mine." in body(client.get(reverse("export_file", args=[mine.pk])))
        _client, less = self.ask(cast, write, django_capture_on_commit_callbacks)
        assert b"Words of mine." in body(client.get(reverse("export_file", args=[less.pk])))

    @pytest.mark.leaks
    @pytest.mark.parametrize("code", ["archive", "csv&leaders=on"])
    def test_ends_with_leading(
        self, cast: Cast, write: Write, monkeypatch: pytest.MonkeyPatch, code: str,
        django_capture_on_commit_callbacks: Any,
    ) -> None:  # fmt: skip
        monkeypatch.setitem(making.AT_ONCE, "archive", 0)
        write(cast.owner, "Among leaders.", audience="leaders")
        client = client_of(cast.moderator)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(address(cast, f"format={code}"))
        file = reverse("export_file", args=[Export.objects.get().pk])
        assert body(client.get(file))
        Membership.objects.filter(user=cast.moderator).update(role="member")
        assert client.get(file).status_code == 403

    @pytest.mark.leaks
    def test_goes_with_words_that_are_erased(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, export = self.ask(cast, write, django_capture_on_commit_callbacks)
        name = str(Export.objects.get().file.name)
        note = cast.reading.annotations.get()
        ada = User.objects.create_superuser("ada@example.org", "x", name="Ada")
        with django_capture_on_commit_callbacks(execute=True):
            purge(by=ada, annotation=note, reason=LEGAL, typed="erase")
        assert client.get(reverse("export_file", args=[export.pk])).status_code == 404
        assert not export.file.storage.exists(name)

    def test_is_called_off(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any
    ) -> None:
        client, export = self.ask(cast, write, django_capture_on_commit_callbacks)
        name = Export.objects.get().file.name
        assert client.get(reverse("export_cancel", args=[export.pk])).status_code == 405
        client.post(reverse("export_cancel", args=[export.pk]))
        assert "Called off. Nothing is kept." in client.get(export.get_absolute_url()).text
        assert client.get(reverse("export_file", args=[export.pk])).status_code == 404
        assert not export.file.storage.exists(str(name))

    def test_is_given_up_between_two_notes_once_it_is_called_off(
        self, cast: Cast, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(cast.member, "Words.")
        monkeypatch.setattr(making, "_TOLD_EVERY", 1)
        export = Export.objects.create(created_by=cast.member, group=cast.group, format="csv")
        update = Export.objects.filter(pk=export.pk).update

        def gather_and_call_off(scope: Scope, filters: Filters) -> Any:
            update(cancelled_at=timezone.now())
            return gather(scope, filters)

        monkeypatch.setattr(making, "gather", gather_and_call_off)
        making.work_off.call(str(export.pk))
        export.refresh_from_db()
        assert (export.finished_at, export.file.name, export.done) == (None, "", 0)

    def test_what_went_wrong_is_said(
        self, cast: Cast, write: Write, django_capture_on_commit_callbacks: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def broken(*_given: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(making, "gather", broken)
        client, export = self.ask(cast, write, django_capture_on_commit_callbacks)
        assert "Something went wrong here." in client.get(export.get_absolute_url()).text

    def test_of_somebody_who_may_no_longer_take_it_is_less(self, cast: Cast, write: Write) -> None:
        write(cast.other, "Theirs.")
        write(cast.member, "Mine.", on=1)
        export = Export.objects.create(
            created_by=cast.member, group=cast.group, reading=cast.reading, format="csv"
        )
        StudyGroup.objects.filter(pk=cast.group.pk).update(exporting=Exporting.LEADERS)
        making.work_off.call(str(export.pk))
        export.refresh_from_db()
        with export.file.open("rb") as file:
            taken = file.read()
        assert b"Mine." in taken
        assert b"Theirs." not in taken

    def test_is_begun_again_where_a_worker_left_it_and_forgotten_after_a_day(
        self, cast: Cast, write: Write
    ) -> None:
        write(cast.member, "Words.")
        now = timezone.now()
        ago = {"created_by": cast.member, "group": cast.group, "format": "csv"}
        left = Export.objects.create(**ago, started_at=now - timedelta(hours=1))
        in_hand = Export.objects.create(**ago, started_at=now)
        old = Export.objects.create(**ago, created_at=now - timedelta(days=2))
        making.forget_old()
        making.take_up_stalled()
        left.refresh_from_db()
        in_hand.refresh_from_db()
        assert (left.finished_at is None, in_hand.finished_at is None) == (False, True)
        assert not Export.objects.filter(pk=old.pk).exists()


def test_a_page_costs_as_many_queries_however_many_notes(
    cast: Cast, write: Write, django_assert_num_queries: Any
) -> None:
    def some(number: int, by: User) -> None:
        for n in range(number):
            write(cast.owner, "Yes.", to=write(by, f"Note {n}.", on=n % 3))

    client = client_of(cast.owner)
    for number in (3, 30):
        some(number, cast.member)
        with django_assert_num_queries(17):
            client.get(address(cast))
