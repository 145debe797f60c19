"""Private notes, where an article is read by several groups."""

from __future__ import annotations

from uuid import uuid4

import pytest

from annotations.models import Annotation
from reader.models import Membership, Reading
from tests.cast import Cast

pytestmark = pytest.mark.leaks


def test_they_follow_their_author_to_another_group_and_nobody_else(cast: Cast) -> None:
    here, article = cast.reading, cast.reading.article
    Membership.objects.create(group=cast.elsewhere.group, user=cast.member)
    there = Reading.objects.create(group=cast.elsewhere.group, article=article)
    private = Annotation.objects.create(
        creator=cast.member, article=article, audience="private", motivation="commenting",
        body="Only I.", client_id=uuid4(),
    )  # fmt: skip
    for reading in (here, there):
        seen = {
            user.name: list(Annotation.objects.in_room(reading.pk, article.pk).visible_to(user))
            for user in (cast.member, cast.owner, cast.moderator, cast.other, cast.outsider)
        }
        assert seen == {"Mira": [private], "Olga": [], "Moses": [], "Nils": [], "Otto": []}
    other_article = cast.elsewhere
    elsewhere = Annotation.objects.in_room(other_article.pk, other_article.article_id)
    assert list(elsewhere.visible_to(cast.member)) == []
