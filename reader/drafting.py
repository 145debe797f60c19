"""A text on its way to its next revision, as lists of blocks: every step makes a new draft.

A block is what `Block.to_json` writes, with the `key` of the paragraph that it is. A new one has
the key "" and a `draft` id of its own until it is published. One on which two people disagree
also holds its `conflict`; reader/merging.py says when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from reader.enums import NUMBERED, BlockKind
from reader.importing import Block, ImportRefused
from reader.importing.parsed import MAX_BLOCK
from reader.states import state_of
from reader.texts import SAID, Stood, Tally, moved_among
from reader.words import Piece, changes

type Json = dict[str, Any]

NEW = "new-"
_SPAN = ("start", "end", "kind", "target")


class NotInDraft(LookupError):
    """There is no such block in this draft."""


def id_of(block: Mapping[str, Any]) -> str:
    """What names a block in its draft."""
    return str(block["key"] or block["draft"])


def says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two blocks say the same in the same way."""
    return all(one[name] == other[name] for name in SAID)


@dataclass(frozen=True, slots=True)
class Draft:
    """`base` is the number of the text that it began with."""

    base: int
    blocks: tuple[Json, ...]

    @classmethod
    def of(cls, base: int, stood: Iterable[Stood]) -> Draft:
        """A text as it stood, nothing changed."""
        return cls(base, tuple(_json(each) for each in stood))

    @classmethod
    def anew(cls, base: int, blocks: Iterable[Block], keys: Iterable[str | None]) -> Draft:
        """Another text altogether: each block goes on as the paragraph of its key, or is new."""
        numbers = count(1)
        return cls(
            base,
            tuple(
                {**block.to_json(), "key": key} if key else _new(block, next(numbers))
                for block, key in zip(blocks, keys, strict=True)
            ),
        )

    @property
    def state(self) -> str:
        """As that of the correction which keeps it."""
        return state_of([self.base, list(self.blocks)])

    @property
    def labels(self) -> set[str]:
        """Of its footnotes."""
        return {block["label"] for block in self.blocks if block["kind"] == BlockKind.FOOTNOTE}

    def get(self, block: str) -> Json | None:
        return next((each for each in self.blocks if id_of(each) == block), None)

    def at(self, block: str) -> int:
        """Where a block stands. NotInDraft where it doesn't."""
        for index, each in enumerate(self.blocks):
            if id_of(each) == block:
                return index
        raise NotInDraft(block)

    def replaced(self, block: str, pieces: Sequence[Block]) -> Draft:
        """With these in a block's place: the first is that block still, the others are new."""
        at = self.at(block)
        here = self.blocks[at]
        same: Json = {name: here[name] for name in ("key", "draft") if name in here}
        first, *others = pieces
        return self._with(at, at + 1, [{**first.to_json(), **same}, *self._new(others)])

    def inserted(self, after: str, pieces: Sequence[Block]) -> Draft:
        """With new blocks after this one; at the beginning where it is ""."""
        at = self.at(after) + 1 if after else 0
        return self._with(at, at, self._new(pieces))

    def moved(self, block: str, after: str) -> Draft:
        """With a block after another one; at the beginning where that is ""."""
        if block == after:
            return self
        left = self.without(block)
        at = left.at(after) + 1 if after else 0
        return left._with(at, at, [self.blocks[self.at(block)]])

    def raised(self, block: str) -> Draft:
        return self._swapped(self.at(block) - 1)

    def lowered(self, block: str) -> Draft:
        return self._swapped(self.at(block))

    def joined(self, block: str) -> Draft:
        """With a block and the next one as one, which is the first of them. ImportRefused where
        they can't be."""
        at = self.at(block)
        pair = self.blocks[at : at + 2]
        if not can_join(*pair):
            raise ImportRefused(_("These two can’t be joined."))
        both = _joined(*(Block.from_json(each) for each in pair))
        left = self._with(at + 1, at + 2, [])
        return left.replaced(block, [both])

    def without(self, block: str) -> Draft:
        at = self.at(block)
        return self._with(at, at + 1, [])

    def put_back(self, block: str, published: Draft) -> Draft:
        """With a block that was taken out where it stood, as far as that is still there."""
        if self.get(block) is not None:
            return self
        at = published.at(block)
        here = {id_of(each) for each in self.blocks}
        before = (id_of(each) for each in reversed(published.blocks[:at]))
        after = next((each for each in before if each in here), "")
        place = self.at(after) + 1 if after else 0
        return self._with(place, place, [published.blocks[at]])

    def settled(self, block: str, *, theirs: bool) -> Draft:
        """With what one of two people made of a block, who disagreed on it."""
        at = self.at(block)
        conflict = self.blocks[at].get("conflict")
        if conflict is None:
            return self
        kept = conflict["theirs"] if theirs else conflict["mine"]
        return self._with(at, at + 1, [kept] if kept else [])

    def _swapped(self, at: int) -> Draft:
        """With the block that stands there after the next one; as it is at either end."""
        if not 0 <= at < len(self.blocks) - 1:
            return self
        return self._with(at, at + 2, [self.blocks[at + 1], self.blocks[at]])

    def _with(self, start: int, end: int, blocks: Iterable[Json]) -> Draft:
        return replace(self, blocks=(*self.blocks[:start], *blocks, *self.blocks[end:]))

    def _new(self, pieces: Iterable[Block]) -> list[Json]:
        """Each with an id that no block of this draft has."""
        taken = [int(each["draft"].removeprefix(NEW)) for each in self.blocks if "draft" in each]
        numbers = count(max(taken, default=0) + 1)
        return [_new(piece, next(numbers)) for piece in pieces]


def _new(block: Block, number: int) -> Json:
    return {**block.to_json(), "key": "", "draft": f"{NEW}{number}"}


def _json(stood: Stood) -> Json:
    return {
        "key": stood.key,
        "kind": stood.kind,
        "level": stood.level,
        "text": stood.text,
        "label": stood.label,
        "spans": [dict(zip(_SPAN, span, strict=True)) for span in stood.spans],
    }


def can_join(*pair: Mapping[str, Any]) -> bool:
    """Two blocks with words, both footnotes or neither of them."""
    kinds = [block["kind"] for block in pair]
    if len(kinds) != 2 or BlockKind.SEPARATOR in kinds:
        return False
    return kinds.count(BlockKind.FOOTNOTE) != 1


def _joined(first: Block, second: Block) -> Block:
    by = len(first.text) + 1
    moved = [replace(span, start=span.start + by, end=span.end + by) for span in second.spans]
    made = Block.of(
        first.kind,
        f"{first.text}\n{second.text}",
        level=first.level,
        label=first.label,
        spans=[*first.spans, *moved],
    )
    if made is None or len(made.text) > MAX_BLOCK:
        said = {"most": MAX_BLOCK}
        raise ImportRefused(_("Together they have more than %(most)d characters.") % said)
    return made


@dataclass(frozen=True, slots=True)
class Line:
    """A block of a draft beside what is published; or one that was taken out, at its place.

    `state` is "same", "changed", "new", "out" or "joined", where its words went into the one
    before.
    """

    block: Json
    state: str
    moved: bool
    number: int | None
    joinable: bool

    @property
    def id(self) -> str:
        return id_of(self.block)

    @property
    def stands(self) -> bool:
        return self.state not in {"out", "joined"}

    @property
    def disagreed(self) -> list[Piece]:
        """Word by word, from what the other made of it to one's own; see reader/merging.py."""
        mine, theirs = (self.block["conflict"][name] or {} for name in ("mine", "theirs"))
        return changes(theirs.get("text", ""), mine.get("text", ""))

    @property
    def kind(self) -> str:
        return str(BlockKind(self.block["kind"]).label)

    @property
    def name(self) -> str:
        """What to call it in a sentence: by its number, else by its first words."""
        if self.number is not None:
            return _("paragraph %(number)d") % {"number": self.number}
        words = Truncator(self.block["text"]).words(5)
        return f"{self.kind}: {words}" if words else self.kind


def compared(draft: Draft, published: Draft) -> list[Line]:
    """A draft line by line."""
    was = {id_of(block): block for block in published.blocks}
    stray = moved_among(list(was), [id_of(block) for block in draft.blocks])
    gone = _gone(draft, published)
    numbers = count(1)
    lines = [_out(block, None) for block in gone.get("", ())]
    for index, block in enumerate(draft.blocks):
        name = id_of(block)
        old = was.get(name)
        state = "new" if old is None else "same" if says_the_same(old, block) else "changed"
        number = next(numbers) if block["kind"] in NUMBERED else None
        joinable = can_join(*draft.blocks[index : index + 2])
        lines.append(Line(block, state, name in stray, number, joinable))
        joined = block if state == "changed" else None
        lines += [_out(each, joined) for each in gone.get(name, ())]
    return lines


def _gone(draft: Draft, published: Draft) -> dict[str, list[Json]]:
    """What was taken out, by the block that it stands after."""
    here = {id_of(block) for block in draft.blocks}
    found: dict[str, list[Json]] = {}
    after = ""
    for block in published.blocks:
        if id_of(block) in here:
            after = id_of(block)
        else:
            found.setdefault(after, []).append(block)
    return found


def _out(block: Json, changed: Json | None) -> Line:
    """A block that was taken out, after this one where that one was changed."""
    joined = changed is not None and block["text"] != "" and block["text"] in changed["text"]
    return Line(block, "joined" if joined else "out", False, None, False)


def tally(lines: Sequence[Line]) -> Tally:
    """What a draft changes so far."""
    return Tally(
        changed=sum(line.state == "changed" for line in lines),
        new=sum(line.state == "new" for line in lines),
        out=sum(not line.stands for line in lines),
        moved=sum(line.moved for line in lines),
    )
