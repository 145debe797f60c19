"""Texts whose words are told apart, and what editors do to them: so that what became of a word is
known whatever an engine thinks of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random

TEXTS = Path(__file__).parent / "texts"
# Words that stand in none of the texts.
UNRELATED = (
    "zebra", "quantum", "volcano", "tango", "plaid", "syrup", "orbit", "kazoo", "walrus", "neon",
    "pixel", "turbine", "mango", "glacier", "tuba", "cactus", "lava", "yoga", "comet", "waffle",
    "radar", "jaguar", "sonar", "igloo",
)  # fmt: skip
UNRELATED_LETTERS = "龍鷹駅図働辻峠込畑榊鯨雫"
# A letter in a text without spaces, a word elsewhere, each with the space that follows.
_WORD = re.compile(r"(\S+)(\s*)")
_LETTER = re.compile(r"(\S)(\s*)")

_number = count(1)


@dataclass(frozen=True, slots=True)
class Word:
    """`number` stays the same through every edit; a copy has its original's."""

    number: int
    text: str
    space: str = " "


@dataclass(frozen=True, slots=True)
class Paragraph:
    key: int | None  # None for one that was laid anew
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return "".join(word.text + word.space for word in self.words).rstrip()

    def places(self) -> Iterator[tuple[int, int]]:
        """Each word's start and end in the text."""
        start = 0
        for word in self.words:
            yield start, start + len(word.text)
            start += len(word.text) + len(word.space)


type Edited = list[Paragraph]
type Edit = Callable[[Edited, Random], Edited]


def read(name: str) -> Edited:
    """One of the frozen texts; blank lines part its paragraphs."""
    return laid((TEXTS / f"{name}.txt").read_text().strip().split("\n\n"))


def laid(paragraphs: Sequence[str]) -> Edited:
    return [Paragraph(key, _words(text)) for key, text in enumerate(paragraphs, 1)]


def _words(text: str) -> tuple[Word, ...]:
    spaced = len(text.split()) * 12 > len(text)
    found = [
        Word(next(_number), *m.groups()) for m in (_WORD if spaced else _LETTER).finditer(text)
    ]
    # What would stand between the last word and another sentence, or another line.
    found[-1] = replace(found[-1], space="\n" if "\n" in text else " " if spaced else "")
    return tuple(found)


def is_unspaced(text: Edited) -> bool:
    return any(word.space == "" for paragraph in text for word in paragraph.words[:1])


def written(
    text: Edited, random: Random, *, unlike: Sequence[str] = (), size: int = 1
) -> list[str]:
    """New words, half of them from the text itself, none among `unlike`."""
    refused = {_bare(word) for word in unlike}
    found: list[str] = []
    while len(found) < size:
        if random.random() < 0.5:
            chosen = random.choice(random.choice(text).words).text
        else:
            chosen = random.choice(UNRELATED_LETTERS if is_unspaced(text) else UNRELATED)
        if _bare(chosen) not in refused:
            found.append(chosen)
    return found


def _bare(word: str) -> str:
    return word.strip(".,;:?!“”‘’\"'()").casefold()


# What editors do.


def words_changed(share: float) -> Edit:
    """So many of the words replaced, deleted, or followed by a new one, a third each."""

    def edit(text: Edited, random: Random) -> Edited:
        def changed(words: Sequence[Word]) -> Iterator[Word]:
            for word in words:
                act = random.choice(("out", "in", "other")) if random.random() < share else ""
                if act == "other":
                    (other,) = written(text, random, unlike=[word.text])
                    yield replace(word, number=next(_number), text=other)
                elif act != "out":
                    yield word
                if act == "in":
                    (more,) = written(text, random)
                    yield Word(next(_number), more, word.space)

        return [replace(each, words=tuple(changed(each.words))) for each in text]

    return edit


def _sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Sentences, or lines of verse."""
    found: list[tuple[Word, ...]] = []
    begin = 0
    for at, word in enumerate(words, 1):
        if word.text[-1:] in ".?!。？！”;；" or "\n" in word.space or at == len(words):
            found.append(tuple(words[begin:at]))
            begin = at
    return [sentence for sentence in found if sentence]


def sentences_moved(text: Edited, random: Random) -> Edited:
    """A tenth of the sentences, to anywhere."""
    parts = [_sentences(paragraph.words) for paragraph in text]
    places = [(i, j) for i, part in enumerate(parts) for j in range(len(part))]
    moving = random.sample(places, max(1, len(places) // 10))
    taken = [parts[i][j] for i, j in moving]
    for i, j in sorted(moving, reverse=True):
        del parts[i][j]
    for sentence in taken:
        part = random.choice(parts)
        part.insert(random.randint(0, len(part)), sentence)
    return [
        replace(paragraph, words=tuple(word for sentence in part for word in sentence))
        for paragraph, part in zip(text, parts, strict=True)
        if part
    ]


def _some(text: Edited, random: Random) -> set[int]:
    """A fifth of the paragraphs."""
    return set(random.sample(range(len(text)), max(1, len(text) // 5)))


def paragraphs_split(text: Edited, random: Random) -> Edited:
    chosen = _some(text, random)
    found: Edited = []
    for at, paragraph in enumerate(text):
        words = paragraph.words
        if at in chosen and len(words) > 1:
            where = random.randint(1, len(words) - 1)
            found += [replace(paragraph, words=words[:where]), Paragraph(None, words[where:])]
        else:
            found.append(paragraph)
    return found


def paragraphs_merged(text: Edited, random: Random) -> Edited:
    chosen = _some(text, random)
    found: Edited = []
    for at, paragraph in enumerate(text):
        if at in chosen and found:
            found[-1] = replace(found[-1], words=(*found[-1].words, *paragraph.words))
        else:
            found.append(paragraph)
    return found


def paragraphs_deleted(text: Edited, random: Random) -> Edited:
    chosen = _some(text, random)
    return [paragraph for at, paragraph in enumerate(text) if at not in chosen]


def paragraphs_duplicated(text: Edited, random: Random) -> Edited:
    """The copy stands anywhere; its words are as much the note's as the original's."""
    found = list(text)
    for at in sorted(_some(text, random)):
        found.insert(random.randint(0, len(found)), replace(text[at], key=None))
    return found


def paragraphs_reordered(text: Edited, random: Random) -> Edited:
    found = list(text)
    for _ in range(max(1, len(text) // 5)):
        found.insert(random.randrange(len(found)), found.pop(random.randrange(len(found))))
    return found


_CURLY = str.maketrans({"'": "’", "“": '"', "”": '"', "-": "–", "’": "'", ";": ","})


def typography(text: Edited, random: Random) -> Edited:
    """Other quotation marks, dashes and spaces; the words are the same."""

    def other(word: Word) -> Word:
        space = "  " if word.space == " " and random.random() < 0.1 else word.space
        return replace(word, text=word.text.translate(_CURLY), space=space)

    return [replace(each, words=tuple(map(other, each.words))) for each in text]


def in_turn(*edits: Edit) -> Edit:
    def edit(text: Edited, random: Random) -> Edited:
        for each in edits:
            text = each(text, random)
        return text

    return edit


def replaced(text: Edited, gone: Sequence[frozenset[int]], random: Random) -> Edited:
    """Unrelated words in the place of each of these runs of words, in unchanged surroundings."""
    known = {number: at for at, numbers in enumerate(gone) for number in numbers}
    sayings = {word.number: word.text for paragraph in text for word in paragraph.words}

    def changed(words: Sequence[Word]) -> Iterator[Word]:
        for word in words:
            if word.number not in known:
                yield word
                continue
            unlike = [sayings[number] for number in gone[known[word.number]]]
            (other,) = written(text, random, unlike=unlike)
            yield replace(word, number=next(_number), text=other)

    return [replace(each, words=tuple(changed(each.words))) for each in text]


def cut(text: Edited, gone: Sequence[frozenset[int]], random: Random) -> Edited:
    """The text without these runs of words."""
    numbers = frozenset().union(*gone)
    left = [
        replace(each, words=tuple(w for w in each.words if w.number not in numbers))
        for each in text
    ]
    return [paragraph for paragraph in left if paragraph.words]
