"""What is invented for measuring holds everything that real notes hold."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Q
from django.test import Client

from annotations.enums import Motivation
from annotations.layers import paragraphs_of, passage_of
from annotations.markdown import to_html
from annotations.models import Annotation, Layer, Target
from annotations.selectors import quote
from reader.models import Membership, Paragraph, Reading, StudyGroup

pytestmark = pytest.mark.django_db


@pytest.fixture
def _allowed(settings: Any) -> None:
    settings.CATENA_ALLOW_SEED = True


def seed(**counts: int) -> dict[str, str]:
    told = StringIO()
    call_command("seed_load", **counts, json=True, stdout=told)
    made: dict[str, str] = json.loads(told.getvalue())
    return made


def test_it_needs_permission(settings: Any) -> None:
    settings.CATENA_ALLOW_SEED = False
    with pytest.raises(CommandError, match="set CATENA_ALLOW_SEED=1 where no real ones read"):
        seed()
    assert not StudyGroup.objects.exists()


@pytest.mark.usefixtures("_allowed")
class TestSeeded:
    def test_counts(self) -> None:
        made = seed(articles=2, paragraphs=5, annotations=31, members=4)
        readings = Reading.objects.filter(group__slug=made["group"]).order_by("order")
        assert [reading.annotations.count() for reading in readings] == [16, 15]
        assert Annotation.objects.filter(motivation=Motivation.REPLYING).count() == 10
        assert readings[0].article.slug == made["article"]
        assert Membership.objects.filter(group__slug=made["group"]).count() == 4
        words = [len(paragraph.text.split()) for paragraph in Paragraph.objects.all()]
        assert words == [90] * 10

    def test_every_root_has_one_target_that_says_the_words_there(self) -> None:
        seed(paragraphs=6, annotations=90)
        roots = Annotation.objects.filter(root=None)
        current = Count("targets", filter=Q(targets__current=True))
        assert set(roots.annotate(current=current).values_list("current", flat=True)) == {1}
        targets = list(Target.objects.select_related("annotation", "start_paragraph"))
        assert len(targets) == len(roots) == 60
        for target in targets:
            texts = [paragraph.text for paragraph in passage_of(target.annotation)]
            found = quote(texts, target.start_offset, target.end_offset)
            said = (target.exact, target.prefix, target.suffix)
            assert said == (found.exact, found.prefix, found.suffix)

    def test_every_reply_is_in_the_thread_of_what_it_answers(self) -> None:
        seed(paragraphs=6, annotations=90)
        replies = Annotation.objects.exclude(root=None).select_related("parent", "root")
        assert len(replies) == 30
        for reply in replies:
            assert reply.parent is not None
            assert reply.root == reply.parent.thread_root
            assert reply.created_at > reply.parent.created_at
            assert Target.objects.filter(annotation=reply).count() == 0

    def test_bodies_and_counters_are_as_actions_leave_them(self) -> None:
        seed(paragraphs=4, annotations=30)
        notes = list(Annotation.objects.select_related("root"))
        changes: dict[int, int] = {}
        for note in notes:
            note.full_clean()
            assert note.body_html == to_html(note.body)
            for pk in paragraphs_of(note.thread_root):
                changes[pk] = changes.get(pk, 0) + 1
        layers = Layer.objects.values_list("paragraph_id", "version", "leaders_version")
        assert set(layers) == {(pk, times, times) for pk, times in changes.items()}

    def test_a_second_call_adds_another_group_with_the_same_words(self) -> None:
        made = [seed(paragraphs=4, annotations=30) for _ in range(2)]
        assert made[0]["group"] != made[1]["group"]
        one, other = (
            list(
                Annotation.objects.filter(reading__group__slug=each["group"])
                .order_by("pk")
                .values_list("body", "motivation", "category", "targets__exact")
            )
            for each in made
        )
        assert one == other
        assert len(one) == 30

    def test_the_cookie_is_a_members(self) -> None:
        made = seed(paragraphs=4, annotations=30)
        client = Client(headers={"Cookie": made["cookie"]})
        assert client.get(made["url"]).status_code == 200
        assert Client().get(made["url"]).status_code != 200

    def test_too_few(self) -> None:
        with pytest.raises(CommandError, match="--members must be at least 2"):
            seed(members=1)
