"""The names under which people appear in a reading that doesn't show their own."""

import secrets
from collections.abc import Collection, Iterator
from itertools import count, product

from django.db import transaction

from reader.models import Pseudonym, Reading, User

# Nouns throughout: no language has to bend one to the other.
FIRST = (
    "Amber", "Birch", "Bramble", "Bronze", "Canyon", "Cedar", "Chalk", "Cinnamon", "Clay",
    "Clover", "Cobalt", "Copper", "Coral", "Crystal", "Dune", "Fern", "Flint", "Forest", "Frost",
    "Garden", "Garnet", "Ginger", "Granite", "Harbour", "Honey", "Indigo", "Island", "Juniper",
    "Lagoon", "Lantern", "Lavender", "Lemon", "Linen", "Maple", "Marble", "Meadow", "Mint", "Mist",
    "Moon", "Moss", "Mountain", "Orchard", "Paper", "Pebble", "Pine", "Plum", "Quartz", "Rain",
    "River", "Saffron", "Sand", "Silver", "Slate", "Snow", "Thistle", "Topaz", "Valley", "Velvet",
    "Walnut", "Willow",
)  # fmt: skip
SECOND = (
    "Alpaca", "Antelope", "Avocet", "Badger", "Butterfly", "Crane", "Cricket", "Curlew", "Deer",
    "Dipper", "Dolphin", "Dormouse", "Dragonfly", "Egret", "Elk", "Falcon", "Finch", "Firefly",
    "Fox", "Gannet", "Gazelle", "Gecko", "Giraffe", "Hare", "Hedgehog", "Heron", "Hoopoe", "Ibex",
    "Ibis", "Kestrel", "Kingfisher", "Koala", "Ladybird", "Lapwing", "Lark", "Llama", "Lynx",
    "Marten", "Newt", "Nightingale", "Oriole", "Osprey", "Otter", "Owl", "Panda", "Pelican",
    "Plover", "Puffin", "Sandpiper", "Seahorse", "Sparrow", "Squirrel", "Starling", "Stork",
    "Swallow", "Swan", "Thrush", "Toucan", "Turtle", "Zebra",
)  # fmt: skip

NAMES = tuple(f"{first} {second}" for first, second in product(FIRST, SECOND))
CHANCE = secrets.SystemRandom()


def pseudonym_for(reading: Reading, user: User) -> Pseudonym:
    """What a person is called in a reading, from the first time that it is asked for."""
    known = Pseudonym.objects.filter(reading=reading, user=user).first()
    if known is None:
        name_all(reading, [user.pk])
        known = Pseudonym.objects.get(reading=reading, user=user)
    return known


@transaction.atomic
def name_all(reading: Reading, user_ids: Collection[int]) -> None:
    """Give those who have none a pseudonym each, drawn by chance alone."""
    # Of two who come at once, the second sees what the first has drawn. Notes are still written.
    Reading.objects.select_for_update(no_key=True).get(pk=reading.pk)
    known = dict(Pseudonym.objects.filter(reading=reading).values_list("user_id", "name"))
    missing = set(user_ids) - known.keys()
    names = _drawn(set(known.values()), len(missing))
    Pseudonym.objects.bulk_create(
        Pseudonym(reading=reading, user_id=user_id, name=name)
        for user_id, name in zip(missing, names, strict=True)
    )


def _drawn(taken: Collection[str], wanted: int) -> list[str]:
    """Free names; once every pair of words is taken, pairs with a number."""
    drawn: list[str] = []
    rounds = _rounds()
    while len(drawn) < wanted:
        free = [name for name in next(rounds) if name not in taken]
        drawn += CHANCE.sample(free, min(wanted - len(drawn), len(free)))
    return drawn


def _rounds() -> Iterator[Collection[str]]:
    yield NAMES
    for number in count(2):
        yield [f"{name} {number}" for name in NAMES]
