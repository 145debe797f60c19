"""What is asked of the database: a literal number, however many notes there are.

SAVEPOINT and RELEASE are not counted; they are how a test, or an action, wraps what it does.
"""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import Annotation
from annotations.querysets import notes
from annotations.room import enter
from annotations.threads import Thread, threads_on
from reader.enums import Readable, Role
from reader.models import Reading, User
from tests.cast import client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _may_seed(settings: Any) -> None:
    settings.CATENA_ALLOW_SEED = True
    cache.clear()


def seeded(annotations: int, paragraphs: int) -> Reading:
    told = StringIO()
    call_command(
        "seed_load", annotations=annotations, paragraphs=paragraphs, json=True, stdout=told
    )
    found = Reading.objects.with_titles().filter(group__slug=json.loads(told.getvalue())["group"])
    return found.get()


def someone(reading: Reading, role: str) -> User:
    membership = reading.group.memberships.filter(role=role).select_related("user").first()
    assert membership is not None
    return membership.user


def queries(ask: Callable[[], Any], *, status: int = 200) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert ask().status_code == status
    wrapping = ("SAVEPOINT", "RELEASE SAVEPOINT")
    return sum(not query["sql"].startswith(wrapping) for query in asked.captured_queries)


@pytest.mark.parametrize("notes", [10, 1_000])
@pytest.mark.parametrize(
    ("role", "cold", "warm"), [(Role.MEMBER, 11, 7), (Role.OWNER, 11, 7), (None, 7, 3)]
)
def test_the_reading_page(notes: int, role: str | None, cold: int, warm: int) -> None:
    reading = seeded(notes, paragraphs=12)
    reading.group.readable_by = Readable.PUBLIC
    reading.group.save(update_fields=["readable_by"])
    client = client_of(someone(reading, role) if role else None)

    def page() -> Any:
        return client.get(reading.get_absolute_url())

    assert (queries(page), queries(page)) == (cold, warm)


@pytest.mark.parametrize("notes", [10, 300])
class TestFragments:
    """All on one paragraph, which is the worst place."""

    @pytest.fixture
    def reading(self, notes: int) -> Reading:
        return seeded(notes, paragraphs=1)

    @pytest.fixture
    def member(self, reading: Reading) -> User:
        return someone(reading, Role.MEMBER)

    @pytest.fixture
    def root(self, reading: Reading, member: User) -> Annotation:
        """A note of the member's own, or the first one made theirs."""
        root = Annotation.objects.filter(reading=reading, root=None).first()
        assert root is not None
        root.creator = member
        root.save(update_fields=["creator"])
        return root

    def test_annotate(self, reading: Reading, member: User) -> None:
        client = client_of(member)
        key = reading.article.paragraphs.get().key

        def annotate() -> Any:
            form = {
                "motivation": "commenting", "audience": "group", "body": "So *it* is.",
                "client_id": uuid4(), "start_key": key, "start": 0, "end_key": key, "end": 9,
            }  # fmt: skip
            return client.post(f"{reading.get_absolute_url()}annotate/", form, headers=HTMX)

        assert queries(annotate) == 19

    def test_reply(self, member: User, root: Annotation) -> None:
        form = {"body": "And yet.", "client_id": uuid4()}
        client = client_of(member)
        url = f"{root.get_absolute_url()}reply/"
        assert queries(lambda: client.post(url, form, headers=HTMX)) == 19

    def test_edit(self, member: User, root: Annotation) -> None:
        form = {"body": "On second thoughts.", "category": "rose"}
        client = client_of(member)
        url = f"{root.get_absolute_url()}edit/"
        assert queries(lambda: client.post(url, form, headers=HTMX)) == 24

    def test_thread(self, member: User, root: Annotation) -> None:
        client = client_of(member)
        url = f"{root.get_absolute_url()}thread/"
        assert queries(lambda: client.get(url, headers=HTMX)) == 10

    def test_the_page_of_a_paragraph(self, reading: Reading, member: User) -> None:
        client = client_of(member)
        url = f"{reading.get_absolute_url()}p/{reading.article.paragraphs.get().key}/"
        assert queries(lambda: client.get(url)) == 9


def test_a_whole_text_has_the_threads_of_its_paragraphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked for at once: by name, or as everything from here to there."""
    reading = seeded(60, paragraphs=12)
    room = enter(someone(reading, Role.MEMBER), reading.group.slug, reading.article.slug)
    text = list(reading.article.paragraphs.order_by("position"))
    one_by_one = {
        _described(thread) for paragraph in text for thread in threads_on(room, [paragraph])
    }
    assert {_described(thread) for thread in threads_on(room, text)} == one_by_one
    monkeypatch.setattr(notes, "FEW", 5)
    assert {_described(thread) for thread in threads_on(room, text)} == one_by_one
    assert len(one_by_one) == 40
    assert sum(first != last for _, _, first, last, _ in one_by_one) > 0


def _described(thread: Thread) -> tuple[object, ...]:
    target = thread.target
    notes = tuple((note.annotation.pk, note.byline, note.answers) for note in thread.replies)
    root = thread.root
    ends = target.start_paragraph.position, target.end_paragraph.position
    return (root.annotation.pk, root.byline, *ends, notes)
