"""An invented group of any size, to measure with: the same words in every run."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from annotations.actions import Range, target_on
from annotations.enums import CHOSEN_CATEGORIES, Audience, Category, Motivation
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, Layer, Target
from reader.actions import create_group, draft_article, publish
from reader.enums import BlockKind
from reader.importing import Block, ParsedArticle
from reader.models import Membership, Paragraph, Reading, StudyGroup, User

SEED = 2026
PARAGRAPH_WORDS = 90
NOTE_WORDS = 40
BATCH = 3_000  # a multiple of three: one in three is a reply
DAYS = 30
LEAST = {"articles": 1, "paragraphs": 1, "annotations": 0, "members": 2}
WORDS = """
    a about after again all also and another answer any argument as at author because before begin
    book both but by chapter claim close comes could day does each end even every example first
    follow for from given good group had hand has have her here his how if in into is it its keep
    know last later leave letter life line little long made makes margin means might mind more most
    must name never new no not note nothing of old on once one only open or other our out over own
    page part passage people perhaps place point question quite reader reason reply right same says
    see sense sentence shows side since so some something stands still such takes tells text than
    that the their them then there these they thing think this those thought through time to two
    under until up us very view was way we well were what when where which while who whole why will
    with without word words work world would writes written year yet you
"""


class Command(BaseCommand):
    help = "Fill a site with an invented group, to measure with. Never on a real one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--articles", type=int, default=1)
        parser.add_argument("--paragraphs", type=int, default=40, help="in each article")
        parser.add_argument("--annotations", type=int, default=1_000, help="over all articles")
        parser.add_argument("--members", type=int, default=6)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CATENA_ALLOW_SEED:
            raise CommandError(
                "seed_load invents people; set CATENA_ALLOW_SEED=1 where no real ones read."
            )
        for name, least in LEAST.items():
            if options[name] < least:
                raise CommandError(f"--{name} must be at least {least}.")
        member, reading = _seed(*(options[name] for name in LEAST))
        made = {
            "group": reading.group.slug,
            "article": reading.article.slug,
            "url": reading.get_absolute_url(),
            "cookie": _cookie(member),
        }
        told = "{group} reads {article} at {url}\nA member's Cookie header: {cookie}"
        self.stdout.write(json.dumps(made) if options["json"] else told.format(**made))


def _seed(articles: int, paragraphs: int, annotations: int, people: int) -> tuple[User, Reading]:
    """A member and the first of the group's readings."""
    chance = Random(SEED)  # noqa: S311  the same in every run is the point
    group, members = _group(people)
    readings = [_reading(group, members[0], paragraphs, chance) for _ in range(articles)]
    for index, reading in enumerate(readings):
        share = annotations // articles + (index < annotations % articles)
        _annotate(reading, members, share, chance)
    return members[1], readings[0]


@transaction.atomic
def _group(people: int) -> tuple[StudyGroup, list[User]]:
    """The group with its members, the owner first. Nobody can sign in by password."""
    tail = f"{timezone.now():%Y%m%d%H%M%S%f}@load.invalid"
    members = User.objects.bulk_create(
        (
            User(email=f"reader-{n}-{tail}", name=f"Reader {n}", password=make_password(None))
            for n in range(1, people + 1)
        ),
        batch_size=BATCH,
    )
    group = create_group(by=members[0], name="Load")
    Membership.objects.bulk_create(
        (Membership(group=group, user=member) for member in members[1:]), batch_size=BATCH
    )
    return group, members


def _reading(group: StudyGroup, owner: User, paragraphs: int, chance: Random) -> Reading:
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, _prose(PARAGRAPH_WORDS, chance)) for _ in range(paragraphs)
    )
    parsed = ParsedArticle(title="Measured", creators=("Nobody",), blocks=blocks)
    return publish(by=owner, draft=draft_article(by=owner, group=group, parsed=parsed))


def _annotate(reading: Reading, members: list[User], count: int, chance: Random) -> None:
    """`count` notes in bulk, and the counters as the actions would have left them."""
    text = list(reading.article.paragraphs.order_by("position"))
    began = timezone.now() - timedelta(days=DAYS)
    changes: Counter[int] = Counter()
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        since = began + timedelta(days=DAYS) * (first / count)
        changes += _write_batch(reading, text, members, size, since, chance)
    Layer.objects.bulk_create(
        (
            Layer(reading=reading, paragraph_id=pk, version=times, leaders_version=times)
            for pk, times in changes.items()
        ),
        batch_size=BATCH,
    )


@transaction.atomic
def _write_batch(
    reading: Reading,
    text: list[Paragraph],
    members: list[User],
    size: int,
    since: datetime,
    chance: Random,
) -> Counter[int]:
    """Roots and the replies to them, half of those to other replies; how often each paragraph,
    by id, was written on."""
    roots = [_note(reading, members, since, chance) for _ in range(size - size // 3)]
    Annotation.objects.bulk_create(roots)
    places = {root.pk: _place(text, chance) for root in roots}
    Target.objects.bulk_create(target_on(root, places[root.pk]) for root in roots)
    to_roots = [
        _note(reading, members, since, chance, to=chance.choice(roots))
        for _ in range(size // 3 - size // 6)
    ]
    Annotation.objects.bulk_create(to_roots)
    to_replies = [
        _note(reading, members, since, chance, to=chance.choice(to_roots)) for _ in range(size // 6)
    ]
    Annotation.objects.bulk_create(to_replies)
    return Counter(
        paragraph.pk
        for note in (*roots, *to_roots, *to_replies)
        for paragraph in places[note.thread_root.pk].paragraphs
    )


def _note(
    reading: Reading,
    members: list[User],
    since: datetime,
    chance: Random,
    *,
    to: Annotation | None = None,
) -> Annotation:
    """A comment, question or worded highlight, or a reply `to` another note, a little after it."""
    kinds = (Motivation.COMMENTING, Motivation.COMMENTING, Motivation.QUESTIONING,
             Motivation.HIGHLIGHTING)  # fmt: skip
    motivation = chance.choice(kinds) if to is None else Motivation.REPLYING
    category = {Motivation.QUESTIONING: Category.BLUE, Motivation.REPLYING: ""}
    body = _markdown(chance)
    return Annotation(
        creator=chance.choice(members),
        article=reading.article,
        reading=reading,
        audience=Audience.GROUP,
        motivation=motivation,
        category=category.get(motivation, chance.choice(CHOSEN_CATEGORIES)),
        body=body,
        body_html=to_html(body),
        renderer_version=RENDERER_VERSION,
        parent=to,
        root=to.thread_root if to else None,
        client_id=UUID(int=chance.getrandbits(128), version=4),
        created_at=(to.created_at if to else since) + timedelta(seconds=chance.randrange(1, 3_600)),
    )


def _place(text: list[Paragraph], chance: Random) -> Range:
    """Words of a paragraph; now and then the whole of it, or on into the next one."""
    at = chance.randrange(len(text))
    kind = chance.random()
    if kind < 0.1:
        return Range([text[at]], 0, len(text[at].text))
    start, end = _some_words(text[at].text, chance)
    if kind < 0.9 or at + 1 == len(text):
        return Range([text[at]], start, end)
    _start, end = _some_words(text[at + 1].text, chance)
    return Range(text[at : at + 2], start, end)


def _some_words(text: str, chance: Random) -> tuple[int, int]:
    words = text.split(" ")
    first = chance.randrange(len(words))
    some = words[first : first + chance.randint(1, 20)]
    start = sum(len(word) + 1 for word in words[:first])
    return start, start + len(" ".join(some))


def _prose(count: int, chance: Random) -> str:
    words = chance.choices(WORDS.split(), k=count)
    return f"{' '.join(words).capitalize()}."


def _markdown(chance: Random) -> str:
    """Forty words in two paragraphs, with emphasis, quoted words and a link."""
    words = chance.choices(WORDS.split(), k=NOTE_WORDS)
    words[3] = f"*{words[3]}*"
    words[12] = f"**{words[12]}**"
    words[25] = f"[{words[25]}](https://example.org/{words[26]})"
    return f"> {' '.join(words[:8])}\n\n{' '.join(words[8:24])}\n\n{' '.join(words[24:])}"


def _cookie(user: User) -> str:
    """The Cookie header of a browser in which this person has just signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
