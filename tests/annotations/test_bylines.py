"""What people are called."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from annotations.bylines import Byline, byline, pseudonyms_in
from annotations.models import Annotation
from reader.models import Membership, Pseudonym
from reader.querysets import Viewer
from tests.cast import Cast, person

pytestmark = pytest.mark.leaks
NOW = timezone.now()


@pytest.mark.parametrize("bylines", ["names", "pseudonyms"])
@pytest.mark.parametrize("audience", ["group", "leaders", "private"])
@pytest.mark.parametrize("creator", ["member", "unnamed member", "former member", "erased"])
def test_bylines(cast: Cast, bylines: str, audience: str, creator: str) -> None:
    """Name or pseudonym, the same for whoever looks: author, leader, member, anybody."""
    users = {"member": cast.member, "unnamed member": cast.other}
    author = users.get(creator) or person("Fritz")
    if creator == "former member":
        Membership.objects.create(group=cast.group, user=author, left_at=NOW)
    if creator == "erased":
        author.anonymised_at = NOW
    cast.reading.bylines = bylines
    cast.reading.save(update_fields=["bylines"])
    if creator != "unnamed member":
        Pseudonym.objects.create(reading=cast.reading, user=author, name="Blue Heron")
    note = Annotation(
        creator=author, audience=audience, reading=None if audience == "private" else cast.reading
    )
    names = {"member": "Mira", "unnamed member": "Nils", "former member": "Fritz"}
    if creator == "erased":
        expected = Byline("former member", "–")
    elif bylines == "names" or audience == "private":
        expected = Byline(names[creator], names[creator][:2].upper())
    elif creator == "unnamed member":
        expected = Byline("somebody", "SO")
    else:
        expected = Byline("Blue Heron", "BH")
    pseudonyms = pseudonyms_in(cast.reading)
    viewers: list[Viewer] = [author, cast.owner, cast.moderator, cast.observer, AnonymousUser()]
    assert [byline(note, viewer, pseudonyms) for viewer in viewers] == [expected] * len(viewers)
