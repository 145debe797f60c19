"""What a text in an archive said, from its first revision to its last."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from annotations.records import Holding, Said


class Past:
    def __init__(self, holding: Holding) -> None:
        self.orders: dict[int, tuple[str, ...]] = {}
        self._said: dict[str, list[tuple[int, Said]]] = defaultdict(list)
        order: tuple[str, ...] = ()
        for revision in sorted(holding.revisions, key=lambda each: each.number):
            order = order if revision.order is None else revision.order
            self.orders[revision.number] = order
            for said in revision.said:
                self._said[said.key].append((revision.number, said))
        self._places: dict[int, dict[str, int]] = {}

    def said(self, key: str, number: int) -> Said | None:
        """What a paragraph said in a revision; None where it had said nothing yet."""
        own = self._said.get(key, [])
        at = bisect_right(own, number, key=lambda each: each[0])
        return own[at - 1][1] if at else None

    def at(self, number: int) -> Iterator[tuple[str, str]]:
        """The keys and the words of a text, in order."""
        for key in self.orders[number]:
            said = self.said(key, number)
            yield key, "" if said is None else said.text

    def place(self, key: str, number: int) -> int | None:
        """Where a paragraph stood in a revision; None where it didn't."""
        if number not in self._places:
            self._places[number] = {each: at for at, each in enumerate(self.orders[number])}
        return self._places[number].get(key)
