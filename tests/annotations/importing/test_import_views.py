"""The pages on which notes are brought in, and the commands that do the same."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotations.exporting.making import make
from annotations.exporting.notebook import Filters
from annotations.exporting.scope import Scope
from annotations.importing import arriving
from annotations.models import Annotation, NotesImport
from reader.models import Membership, StudyGroup, User
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of
from tests.races import at_once

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def taken(cast: Cast, code: str, by: User | None = None) -> bytes:
    scope = Scope(by or cast.owner, cast.group, cast.reading)
    with make(scope, Filters(), code).file as file:
        return file.read()


def upload(data: bytes, name: str = "notes.jsonld") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture
def notes(cast: Cast, write: Write) -> Annotation:
    root = write(cast.member, "Carried along.")
    write(cast.other, "With its reply.", to=root)
    return root


def hypothesis(text: str = "From elsewhere.") -> bytes:
    note = {
        "id": "abc", "uri": "https://example.org/", "text": text, "tags": [],
        "created": "2024-05-01T10:00:00+00:00", "updated": "2024-05-01T10:00:00+00:00",
        "user": "acct:ada@hypothes.is", "user_info": {"display_name": "Ada"},
        "target": [{"selector": [{"type": "TextQuoteSelector", "exact": "A margin is"}]}],
    }  # fmt: skip
    return json.dumps({"total": 1, "rows": [note]}).encode()


class TestIntoAGroup:
    def address(self, cast: Cast) -> str:
        return reverse("notes_import_new", args=[cast.group.slug])

    def arrive(self, cast: Cast, data: bytes, name: str = "notes.json") -> NotesImport:
        client = client_of(cast.owner)
        sent = {"file": upload(data, name), "reading": cast.reading.pk}
        answer = client.post(self.address(cast), sent)
        arrived = NotesImport.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, arrived.get_absolute_url())
        return arrived

    def test_is_for_its_leaders(self, cast: Cast) -> None:
        for user, status in (
            (cast.owner, 200), (cast.moderator, 200), (cast.member, 403), (cast.observer, 403),
            (cast.outsider, 404), (None, 302),
        ):  # fmt: skip
            assert client_of(user).get(self.address(cast)).status_code == status
        refused = client_of(cast.member).post(self.address(cast), {"file": upload(hypothesis())})
        assert refused.status_code == 403
        assert not NotesImport.objects.exists()

    def test_is_looked_at_before_anything_is_written(self, cast: Cast) -> None:
        arrived = self.arrive(cast, hypothesis())
        page = client_of(cast.owner).get(arrived.get_absolute_url())
        assert page.status_code == 200
        for said in ("<b>1</b> new note<", "<b>1</b> exactly where they were", "Ada"):
            assert said in page.text
        assert not Annotation.objects.exists()
        part = client_of(cast.owner).get(arrived.get_absolute_url(), headers=HTMX)
        assert part.text.strip().startswith('<section id="plan"')

    def test_is_brought_in_once(self, cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
        arrived = self.arrive(cast, hypothesis())
        name, storage = arrived.file.name, arrived.file.storage
        client = client_of(cast.owner)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(arrived.get_absolute_url())
        assert answer["Location"] == reverse("guests", args=[cast.group.slug])
        note = Annotation.objects.get()
        assert (note.body, note.creator.name, note.created_at.year) == (
            "From elsewhere.",
            "Ada",
            2024,
        )
        assert not storage.exists(str(name))
        again = client.post(arrived.get_absolute_url())
        assert again["Location"] == cast.group.get_absolute_url()
        assert Annotation.objects.count() == 1
        assert arriving.bring(by=cast.owner, arrived=arrived) is None

    def test_as_ones_own_where_one_says_so(self, cast: Cast) -> None:
        arrived = self.arrive(cast, hypothesis())
        client = client_of(cast.owner)
        key = "acct:ada@hypothes.is"
        chosen = {"me": key}
        assert f'value="{key}" selected' in client.get(arrived.get_absolute_url(), chosen).text
        wrong = client.get(arrived.get_absolute_url(), {"me": "somebody else"})
        assert wrong.status_code == 422
        answer = client.post(f"{arrived.get_absolute_url()}?me={key}")
        assert answer["Location"] == cast.reading.get_absolute_url()
        assert Annotation.objects.get().creator == cast.owner

    @pytest.mark.parametrize(
        ("data", "name", "said"),
        [
            (b"PK\x03\x04 and nothing", "notes.zip", "This is no archive of Catena"),
            (b"\xff\xd8\xff\xe0 a picture", "notes.zip", "This is no archive of Catena"),
            (b"\xff\xd8\xff\xe0 a picture", "notes.jpg", "This isn’t a JSON file"),
            (b"{}", "notes.json", "neither notes of Hypothesis nor Web Annotations"),
            (b"", "notes.json", "There is nothing in this file."),
        ],
    )  # fmt: skip
    def test_what_cant_be_read_is_refused_with_the_reason(
        self, cast: Cast, data: bytes, name: str, said: str
    ) -> None:
        sent = {"file": upload(data, name), "reading": cast.reading.pk}
        page = client_of(cast.owner).post(self.address(cast), sent)
        assert page.status_code == 422
        assert said in page.text
        assert f'value="{cast.reading.pk}" selected' in page.text
        assert not NotesImport.objects.exists()

    def test_needs_to_know_the_article(self, cast: Cast) -> None:
        page = client_of(cast.owner).post(self.address(cast), {"file": upload(hypothesis())})
        assert page.status_code == 422
        assert "Say which article these notes are about." in page.text
        foreign = {"file": upload(hypothesis()), "reading": cast.elsewhere.pk}
        assert client_of(cast.owner).post(self.address(cast), foreign).status_code == 422

    def test_is_nobody_elses(self, cast: Cast) -> None:
        arrived = self.arrive(cast, hypothesis())
        discard = reverse("notes_import_discard", args=[arrived.pk])
        for user in (cast.moderator, cast.member, cast.outsider):
            client = client_of(user)
            assert client.get(arrived.get_absolute_url()).status_code == 404
            assert client.post(arrived.get_absolute_url()).status_code == 404
            assert client.post(discard).status_code == 404
        Membership.objects.filter(user=cast.owner).update(role="member")
        assert client_of(cast.owner).get(arrived.get_absolute_url()).status_code == 404

    def test_is_thrown_away(self, cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
        arrived = self.arrive(cast, hypothesis())
        name, storage = arrived.file.name, arrived.file.storage
        discard = reverse("notes_import_discard", args=[arrived.pk])
        assert client_of(cast.owner).get(discard).status_code == 405
        with django_capture_on_commit_callbacks(execute=True):
            answer = client_of(cast.owner).post(discard)
        assert answer["Location"] == cast.group.get_absolute_url()
        assert not NotesImport.objects.exists()
        assert not storage.exists(str(name))

    def test_an_archive_of_the_same_reading_brings_nothing_twice(
        self, cast: Cast, notes: Annotation
    ) -> None:
        arrived = self.arrive(cast, taken(cast, "archive"), "archive.zip")
        page = client_of(cast.owner).get(arrived.get_absolute_url())
        assert "<b>0</b> new notes" in page.text
        assert "<b>2</b> there already" in page.text
        client_of(cast.owner).post(arrived.get_absolute_url())
        assert set(Annotation.objects.values_list("body", flat=True)) == {
            "Carried along.", "With its reply.",
        }  # fmt: skip
        assert Annotation.objects.count() == 2


class TestANewGroup:
    def test_begins_with_an_archive(self, cast: Cast, notes: Annotation) -> None:
        client = client_of(cast.outsider)
        sent = {"file": upload(taken(cast, "archive"), "archive.zip")}
        arrived = client.post(reverse("group_import_new"), sent)["Location"]
        page = client.get(arrived)
        assert "Thursday circle" in page.text
        assert "Begin this group" in page.text
        assert "Only you are in it, until you invite others." in page.text
        before = StudyGroup.objects.count()
        client.post(arrived)
        group = StudyGroup.objects.latest("pk")
        assert (StudyGroup.objects.count(), group.name) == (before + 1, "Thursday circle")
        copies = Annotation.objects.filter(reading__group=group).order_by("pk")
        assert [copy.body for copy in copies] == ["Carried along.", "With its reply."]
        assert copies[1].parent == copies[0]
        assert not set(copies.values_list("creator", flat=True)) & {
            cast.member.pk, cast.other.pk, cast.outsider.pk,
        }  # fmt: skip

    def test_doesnt_begin_with_anything_else(self, cast: Cast) -> None:
        page = client_of(cast.owner).post(
            reverse("group_import_new"), {"file": upload(hypothesis())}
        )
        assert page.status_code == 422
        assert "A group begins with an archive." in page.text
        assert client_of(None).get(reverse("group_import_new")).status_code == 302


class TestCommands:
    @pytest.mark.parametrize("code", ["md", "csv", "jsonld", "html"])
    def test_export_writes_a_file(
        self, cast: Cast, notes: Annotation, tmp_path: Path, code: str
    ) -> None:
        path = tmp_path / "taken"
        call_command(
            "export_notes", cast.group.slug, article=cast.reading.article.slug, format=code,
            output=str(path), verbosity=0,
        )  # fmt: skip
        assert "Carried along." in path.read_text("utf-8-sig")

    def test_export_chooses(self, cast: Cast, notes: Annotation, tmp_path: Path) -> None:
        path = tmp_path / "taken.csv"
        call_command(
            "export_notes", cast.group.slug, format="csv", output=str(path),
            motivation=["replying"], alone=True, by=cast.member.email,
        )  # fmt: skip
        text = path.read_text("utf-8-sig")
        assert "With its reply." in text
        assert "Carried along." not in text

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"group": "nowhere"}, "There is no group 'nowhere'."),
            ({"article": "nothing"}, "Thursday circle reads no article 'nothing'."),
            ({"by": "otto@example.org"}, "otto@example.org is not in Thursday circle."),
            ({"since": "soon"}, "since: Enter a valid date."),
            ({"format": "archive", "by": "mira@example.org"}, "format: Select a valid choice."),
        ],
    )  # fmt: skip
    def test_export_says_what_is_wrong(self, cast: Cast, given: dict[str, Any], said: str) -> None:
        options = {"group": cast.group.slug, "format": "md", "output": "-", **given}
        with pytest.raises(CommandError, match=said):
            call_command("export_notes", options.pop("group"), **options)

    def test_import_begins_a_group_and_merges(
        self, cast: Cast, notes: Annotation, tmp_path: Path, capsys: Any
    ) -> None:
        path = tmp_path / "archive.zip"
        path.write_bytes(taken(cast, "archive"))
        given = {"by": cast.outsider.email, "json": True}
        call_command("import_notes", str(path), group="brought", **given)
        told = json.loads(capsys.readouterr().out)
        assert (told["group"], told["notes"], told["guests"]) == ("brought", 2, 3)
        call_command("import_notes", str(path), group="brought", json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["notes"], told["known"]) == (0, 2)

    def test_import_dry_run_writes_nothing(
        self, cast: Cast, notes: Annotation, tmp_path: Path, capsys: Any
    ) -> None:
        path = tmp_path / "notes.json"
        path.write_bytes(hypothesis())
        given = {"group": cast.group.slug, "article": cast.reading.article.slug}
        call_command("import_notes", str(path), **given, dry_run=True, json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["notes"], told["exact"]) == (1, 1)
        assert Annotation.objects.count() == 2
        call_command("import_notes", str(path), **given)
        assert Annotation.objects.count() == 3
        with pytest.raises(CommandError, match="Say which article"):
            call_command("import_notes", str(path), group=cast.group.slug)


def test_only_so_many_files_are_sent(cast: Cast, settings: Any) -> None:
    settings.CATENA_LIMIT_IMPORTS = ((2, timedelta(hours=1)),)
    client, address = client_of(cast.owner), reverse("notes_import_new", args=[cast.group.slug])

    def send() -> Any:
        return client.post(address, {"file": upload(hypothesis()), "reading": cast.reading.pk})

    asked = [send() for _ in range(3)]
    assert [answer.status_code for answer in asked] == [302, 302, 429]
    assert 3500 < int(asked[2]["Retry-After"]) <= 3600
    assert "That were many files within an hour" in asked[2].text
    assert NotesImport.objects.count() == 2


def test_a_file_that_isnt_looked_at_is_forgotten(cast: Cast) -> None:
    old = arriving.receive(
        by=cast.owner, file=BytesIO(hypothesis()), filename="n.json", group=cast.group,
        reading=cast.reading,
    )  # fmt: skip
    NotesImport.objects.filter(pk=old.pk).update(created_at="2026-01-01T00:00Z")
    arriving.forget_old()
    assert not NotesImport.objects.exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_brought_in_twice_at_once(transactional_db: None) -> None:
    """By two presses of one button, and as two files that say the same."""
    cast = assemble()

    def arrive() -> NotesImport:
        return arriving.receive(
            by=cast.owner, file=BytesIO(hypothesis()), filename="n.json", group=cast.group,
            reading=cast.reading,
        )  # fmt: skip

    def bring(arrived: NotesImport) -> Any:
        done = arriving.bring(by=cast.owner, arrived=arrived)
        return done and (done.notes, done.known)

    first, second = arrive(), arrive()
    found = at_once(*(partial(bring, each) for each in (first, first, second)))
    assert sorted(map(str, found)) == ["(0, 1)", "(1, 0)", "None"]
    assert Annotation.objects.get().body == "From elsewhere."
