"""How old what a person would be shown is: what the cache's keys and a page's validator say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.messages import get_messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import get_language

from annotations.models import Layer
from annotations.permissions import why_only_reading
from annotations.room import Room
from reader.models import Paragraph


@dataclass(frozen=True, slots=True)
class Freshness:
    """Two queries, to be made before the notes themselves are read, and two more for those who
    have muted somebody; none where nothing that is rendered can be shared."""

    # Paragraph id → how often its notes have changed, for this person's seat.
    versions: dict[int, int]
    # This person's own notes that others don't see as they do: id, version, and the positions
    # of the first and the last paragraph of their thread.
    own: list[tuple[int, int, int, int]]
    # The positions of the paragraphs that any of them stand on, or what this person has muted.
    own_positions: frozenset[int]

    @classmethod
    def of(cls, room: Room) -> Freshness:
        if not room.sees_what_its_class_sees:
            return cls({}, [], frozenset())
        column = "leaders_version" if room.leads else "version"
        circles = () if room.leads else room.circle_ids
        # A row that another counter made says nothing, not even by being there.
        layers = Layer.objects.filter(
            Q(circle=None) | Q(circle__in=circles), reading=room.reading, **{f"{column}__gt": 0}
        )
        versions: Counter[int] = Counter()
        for paragraph_id, version in layers.values_list("paragraph_id", column):
            versions[paragraph_id] += version
        own = room.notes().own_unshared(room).places()
        muted = room.notes().muted_in(room).places() if room.part.mutes else []
        positions = frozenset(
            position for _, _, first, last in (*own, *muted) for position in range(first, last + 1)
        )
        return cls(versions, own, positions)

    def version_of(self, paragraph: Paragraph) -> int:
        return self.versions.get(paragraph.pk, 0)

    def has_own(self, paragraph: Paragraph) -> bool:
        return paragraph.position in self.own_positions


def page_etag(request: HttpRequest, room: Room, fresh: Freshness) -> str:
    """A validator over everything the reading page shows this person; "" where time or
    circumstance decides and nothing may be reused."""
    # To whom the leaders say why they only read, the page says it.
    is_addressed = bool(why_only_reading(room.membership))
    if not room.sees_what_its_class_sees or is_addressed or len(get_messages(request)):
        return ""
    user, reading, article = request.user, room.reading, room.article
    person: Sequence[object] = ()
    if user.is_authenticated:
        person = (
            user.pk, user.name, user.theme, user.text_size, user.time_zone, user.has_messages,
        )  # fmt: skip
    shown = (
        settings.CATENA_BUILD,
        get_language(),
        person,
        request.META.get("CSRF_COOKIE"),
        request.GET.get("note"),
        request.GET.get("open"),
        room.audience_class,
        (sorted(room.mutes.people), sorted(room.mutes.roots)),
        sorted(fresh.versions.items()),
        fresh.own,
        # What is asked shows in the layers; that something is, for whomever, is nobody's business.
        (reading.status_now, reading.version, replace(room.part, asked=False)),
        (room.group.name, room.group.exporting, room.group.names_epoch),
        (article.pk, article.text_revision),
        bool(request.htmx),  # type: ignore[attr-defined]
    )
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:32]}"'
