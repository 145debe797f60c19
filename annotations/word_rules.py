"""Which of the words that a group watches for stand in a text. No regular expression is made of
what people typed: a text and a pattern are both words, and words are compared."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.utils.translation import gettext as _

from annotations.markdown import to_html
from reader.words import folded, tokens

MAX_LETTERS = 100
MAX_WORDS = 8
ANY = "*"
# Within a word to a reader, but "l'ami" has the word "ami" and "cat's" the word "cat".
_APOSTROPHES = "'’ʼ"


@dataclass(frozen=True, slots=True)
class Part:
    """A word as it has to stand, with "*" for any letters, and whether space stands before it."""

    word: str
    after_space: bool

    def fits(self, word: str) -> bool:
        if ANY not in self.word:
            return word == self.word
        first, *middle, last = self.word.split(ANY)
        if len(word) < len(first) + len(last) or not word.startswith(first):
            return False
        at, end = len(first), len(word) - len(last)
        for piece in middle:
            at = word.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return at <= end and word.endswith(last)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One or several words in a row. "*" stands for any letters within a word, or none."""

    words: str
    parts: tuple[Part, ...]

    @classmethod
    def read(cls, words: str) -> Pattern:
        """From what somebody typed; ValueError says what is wrong with it."""
        typed = " ".join(words.split())
        if len(typed) > MAX_LETTERS:
            message = _("These are more than %(most)d letters: take fewer words.")
            raise ValueError(message % {"most": MAX_LETTERS})
        plain = _plain(typed)
        apart = plain.split()
        if not plain.replace(ANY, "").strip():
            raise ValueError(_("Type a word. A star alone would stand for every note there is."))
        if len(apart) > MAX_WORDS:
            message = _("These are more than %(most)d words: take fewer.")
            raise ValueError(message % {"most": MAX_WORDS})
        return cls(typed, tuple(part for word in apart for part in _parts_of(word)))


@dataclass(frozen=True)
class Text:
    """A text to be searched for many patterns. What is found is what is shown of it: letters
    that only look different are one, and those that nobody sees are gone."""

    source: str
    _masks: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def plain(self) -> str:
        return _plain(html.unescape(self.source))

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return _words(self.plain)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Of each word, folded, which of the text's words it is."""
        found: dict[str, list[int]] = {}
        for at, (start, end) in enumerate(self._spans):
            found.setdefault(folded(self.plain[start:end]), []).append(at)
        return found

    @cached_property
    def _after_space(self) -> int:
        before = [0, *(end for _start, end in self._spans)]
        return self._mask([i for i, (start, _e) in enumerate(self._spans) if start != before[i]])

    def first(self, pattern: Pattern) -> tuple[int, int] | None:
        """Where in `plain` a pattern fits first.

        Sets of places are numbers with a bit for each word: that one stands beside the other is
        asked of all places at once, so that no text makes it slow.
        """
        if any(not self._may_have(part) for part in pattern.parts):
            return None
        here = (1 << len(self._spans)) - 1
        for offset, part in enumerate(pattern.parts):
            at = self._mask_of(part)
            if offset:
                at &= self._after_space if part.after_space else ~self._after_space
            here &= at >> offset
            if not here:
                return None
        first = (here & -here).bit_length() - 1
        return self._spans[first][0], self._spans[first + len(pattern.parts) - 1][1]

    def _may_have(self, part: Part) -> bool:
        return ANY in part.word or part.word in self._places

    def _mask_of(self, part: Part) -> int:
        if part.word not in self._masks:
            self._masks[part.word] = self._mask(self._fitting(part))
        return self._masks[part.word]

    def _fitting(self, part: Part) -> Iterable[int]:
        if ANY not in part.word:
            return self._places.get(part.word, ())
        sure = max(part.word.split(ANY), key=len)
        words = [word for word in self._places if sure in word and part.fits(word)]
        return [at for word in words for at in self._places[word]]

    def _mask(self, places: Iterable[int]) -> int:
        bits = bytearray(len(self._spans) // 8 + 1)
        for at in places:
            bits[at >> 3] |= 1 << (at & 7)
        return int.from_bytes(bits, "little")


def found(patterns: Iterable[str], text: str) -> str:
    """What stands in a note's Markdown source of the first pattern that fits; "" for nothing."""
    searched = Text(text)
    for pattern in map(_known, patterns):
        if (span := searched.first(pattern)) is not None:
            return searched.plain[slice(*span)]
    return ""


_known = lru_cache(2_000)(Pattern.read)


def links_in(text: str) -> int:
    """How many links to other sites a reader would find, written in whichever way."""
    return to_html(text).count('<a href="http')


def _plain(text: str) -> str:
    """Without letters that nobody sees, and with one kind of each letter."""
    if text.isascii():
        return text
    seen = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(seen)


def _words(text: str) -> list[tuple[int, int]]:
    """As `tokens`, but that an apostrophe within a word parts it."""
    found: list[tuple[int, int]] = []
    for start, end in tokens(text):
        begin = start
        if end - start > 1:
            for at in range(start, end):
                if text[at] in _APOSTROPHES:
                    found += [(begin, at), (at, at + 1)] if begin < at else [(at, at + 1)]
                    begin = at + 1
        if begin < end:
            found.append((begin, end))
    return found


def _parts_of(word: str) -> list[Part]:
    """What a word between spaces asks for, one after another. A star belongs to the letters that
    it touches; beside a sign, or a letter that is a word by itself, it stands for nothing."""
    if not word.strip(ANY):
        return [Part(ANY, True)]
    asked: list[str] = []
    starred, open_end = False, False
    for start, end in _words(word):
        one = folded(word[start:end])
        is_star, takes_letters = one == ANY, _takes_letters(one)
        if is_star:
            if open_end:
                asked[-1] += ANY
            starred = not open_end
        elif takes_letters and open_end and asked[-1].endswith(ANY):
            asked[-1] += one
        else:
            asked.append(ANY + one if starred and takes_letters else one)
        if not is_star:
            starred, open_end = False, takes_letters
    return [Part(one, at == 0) for at, one in enumerate(asked)]


def _takes_letters(word: str) -> bool:
    """Whether more letters beside it would make it another word."""
    return len(tokens("a" + word[0])) == 1
