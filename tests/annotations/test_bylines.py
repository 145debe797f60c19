"""What people are called."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from annotations.bylines import Byline, byline, bylines_for, people_in
from annotations.models import Annotation
from reader.models import Membership, Pseudonym
from reader.querysets import Viewer
from tests.cast import Cast, person

pytestmark = pytest.mark.leaks
NOW = timezone.now()
FORMER, HERON, SOMEBODY = "former member", "Blue Heron", "somebody"
NAMES = {"member": "Mira", "unnamed": "Nils", "left": "Fritz", "left nameless": "Franz"}
LETTERS = {FORMER: "–", HERON: "BH", SOMEBODY: "SO"}

# Creator × byline rule → what leaders read, with what beside it, and what everybody else reads.
TABLE = {
    ("member", "names"): ("Mira", "", "Mira"),
    ("unnamed", "names"): ("Nils", "", "Nils"),
    ("left", "names"): ("Fritz", "", "Fritz"),
    ("left nameless", "names"): (FORMER, "", FORMER),
    ("erased", "names"): (FORMER, "", FORMER),
    ("member", "pseudonyms"): ("Mira", HERON, HERON),
    ("unnamed", "pseudonyms"): ("Nils", SOMEBODY, SOMEBODY),
    ("left", "pseudonyms"): ("Fritz", HERON, HERON),
    ("left nameless", "pseudonyms"): (FORMER, HERON, HERON),
    ("erased", "pseudonyms"): (FORMER, HERON, HERON),
}


def byline_of(name: str, aside: str = "") -> Byline:
    return Byline(name, LETTERS.get(name, name[:2].upper()), aside)


@pytest.mark.parametrize("audience", ["group", "leaders", "private"])
@pytest.mark.parametrize(("creator", "rule"), TABLE)
def test_bylines(cast: Cast, creator: str, rule: str, audience: str) -> None:
    """The same for whoever looks, but that leaders read the name behind a pseudonym."""
    users = {"member": cast.member, "unnamed": cast.other}
    author = users.get(creator) or person(NAMES.get(creator, "Elsa"))
    if creator.startswith("left"):
        nameless = creator == "left nameless"
        Membership.objects.create(group=cast.group, user=author, left_at=NOW, nameless=nameless)
    if creator == "erased":
        author.anonymised_at = NOW
        author.save(update_fields=["anonymised_at"])
    cast.reading.bylines = rule
    cast.reading.save(update_fields=["bylines"])
    if creator != "unnamed":
        Pseudonym.objects.create(reading=cast.reading, user=author, name=HERON)
    reading = None if audience == "private" else cast.reading
    note = Annotation(pk=1, creator=author, audience=audience, reading=reading)
    to_leaders, aside, to_others = TABLE[creator, rule]
    expected = {True: byline_of(to_leaders, aside), False: byline_of(to_others)}
    if audience == "private":
        own_name = author.name
        expected = dict.fromkeys((True, False), byline_of(own_name))
    _user, alias = people_in(cast.reading, [author.pk])[author.pk]
    assert {leads: byline(note, alias, to_leader=leads) for leads in (True, False)} == expected
    viewers: dict[Viewer, bool] = {
        author: False, cast.owner: True, cast.moderator: True, cast.observer: False,
        cast.outsider: False, AnonymousUser(): False,
    }  # fmt: skip
    assert {viewer: bylines_for([note], viewer)[1] for viewer in viewers} == {
        viewer: expected[leads] for viewer, leads in viewers.items()
    }


def test_leading_elsewhere_shows_no_names_here(cast: Cast) -> None:
    cast.reading.bylines = "pseudonyms"
    Membership.objects.create(group=cast.group, user=cast.outsider)  # who owns another group
    note = Annotation(pk=1, creator=cast.member, audience="group", reading=cast.reading)
    assert bylines_for([note], cast.outsider)[1].name == SOMEBODY
