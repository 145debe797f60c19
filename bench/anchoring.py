"""Notes on texts that are edited: placed right, placed wrong, detached.

In each frozen text 500 notes of 1 to 60 words are placed, and some of them on whole paragraphs. The
text is edited, and every note followed; once with the keys of paragraphs as an editor keeps them,
once as `reader.aligning` finds them in a new version. What became of each word is known from how
the edit was made, not from how it looks.

A note's words *survive* where at least three quarters of them still stand together, with no more
than as many other words between them. Right is then a place that holds all of them, but for a tenth
of the note, and of the old words outside no more than a tenth as many. What is new beside or among
them may belong to it. So a note on a sentence that was moved is right where the sentence went, and
one on a paragraph that was duplicated is right at either copy.

They *vanished* where none of them stands: right is only to detach the note. Between the two it is
right to detach it, or to place it on half of what remains together, with no more of other words.
"""

from __future__ import annotations

import statistics
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from random import Random

from annotations.anchoring import Following, Passage, Selector
from annotations.enums import AnchorState
from annotations.selectors import quote
from bench import edits
from bench.edits import Edited
from bench.printing import Result
from reader.aligning import align

SEED = 2026
NOTES = 500
RUNS = 5
# So many words on either side of a quote that vanishes stay as they are.
SURROUNDINGS = 10
TEXTS = ("prose", "verse", "rules", "unspaced")
LENGTHS = ((1, 2), (3, 5), (6, 12), (13, 30), (31, 60))
EDITS = {
    "words 2 %": edits.words_changed(0.02),
    "words 10 %": edits.words_changed(0.1),
    "words 20 %": edits.words_changed(0.2),
    "sentences moved": edits.sentences_moved,
    "split": edits.paragraphs_split,
    "merged": edits.paragraphs_merged,
    "deleted": edits.paragraphs_deleted,
    "duplicated": edits.paragraphs_duplicated,
    "reordered": edits.paragraphs_reordered,
    "typography": edits.typography,
    "all at once": edits.in_turn(
        edits.words_changed(0.1),
        edits.sentences_moved,
        edits.paragraphs_split,
        edits.paragraphs_merged,
        edits.paragraphs_reordered,
    ),
}
VANISHING = {"replaced": edits.replaced, "cut": edits.cut}


@dataclass(frozen=True, slots=True)
class Note:
    selector: Selector
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    text: str
    edit: str
    keys: str  # "kept" or "aligned"
    size: int  # words
    fate: str  # "survives", "vanished", "partly"
    verdict: str  # "right", "wrong", "detached"


def notes_on(text: Edited, random: Random, number: int = NOTES) -> list[Note]:
    """As many notes of each length; one that reaches its paragraph's end goes on in the next."""
    flat = [(at, place, word.number) for at, paragraph in enumerate(text)
            for place, word in zip(paragraph.places(), paragraph.words, strict=True)]  # fmt: skip
    found = []
    for at in range(number):
        size = random.randint(*LENGTHS[at % len(LENGTHS)])
        begin = random.randrange(len(flat) - size)
        chosen = flat[begin : begin + size]
        if random.random() < 0.1:  # the whole paragraph
            chosen = [word for word in flat if word[0] == chosen[0][0]]
        (first, (start, _), _), (last, (_, end), _) = chosen[0], chosen[-1]
        texts = [paragraph.text for paragraph in text[first : last + 1]]
        said = quote(texts, start, end)
        keys = text[first].key or 0, text[last].key or 0
        selector = Selector(keys[0], start, keys[1], end, said.exact, said.prefix, said.suffix)
        found.append(Note(selector, tuple(number for _, _, number in chosen)))
    return found


def passages(text: Edited, *, before: Edited | None = None) -> list[Passage]:
    """With the keys that the paragraphs have, or those that aligning them finds."""
    if before is None:
        keys = [paragraph.key for paragraph in text]
    else:
        old = [(str(each.key), "paragraph", each.text) for each in before]
        continued = align(old, [("paragraph", each.text) for each in text])
        keys = [None if key is None else int(key) for key in continued]
    return [
        Passage(-at if key is None else key, paragraph.text)
        for at, (key, paragraph) in enumerate(zip(keys, text, strict=True), 1)
    ]


class Truth:
    """Where the words of a text went."""

    def __init__(self, before: Edited, after: Edited) -> None:
        known = {word.number for paragraph in before for word in paragraph.words}
        self.words = [word.number for paragraph in after for word in paragraph.words]
        self.is_old = [number in known for number in self.words]
        self.there: dict[int, list[int]] = {}
        for at, number in enumerate(self.words):
            self.there.setdefault(number, []).append(at)
        self._begins = [0]
        for paragraph in after:
            self._begins.append(self._begins[-1] + len(paragraph.words))
        self._places = [list(paragraph.places()) for paragraph in after]

    def gathered(self, note: Note) -> list[range]:
        """Where the note's words stand together, from the first to the last of them: every place
        that has as many as any."""
        ordered = sorted(at for number in set(note.words) for at in self.there.get(number, ()))
        room, found = 2 * len(note.words), dict[range, int]()
        for begin, first in enumerate(ordered):
            within = ordered[begin : bisect_left(ordered, first + room)]
            found[range(first, within[-1] + 1)] = len({self.words[at] for at in within})
        most = max(found.values(), default=0)
        return [place for place, count in found.items() if count == most]

    def fate(self, note: Note) -> str:
        """ "vanished", "survives" or "partly"."""
        places = self.gathered(note)
        if not places:
            return "vanished"
        standing = len({self.words[at] for at in places[0]} & set(note.words))
        return "survives" if 4 * standing >= 3 * len(note.words) else "partly"

    def covered(self, first: int, start: int, last: int, end: int) -> range:
        """The words that a place touches."""
        begin = self._begins[first] + sum(stop <= start for _, stop in self._places[first])
        return range(begin, self._begins[last] + sum(go < end for go, _ in self._places[last]))

    def is_right(self, note: Note, fate: str, covered: range) -> bool:
        """Whether a place, as the words that it touches, is one of those."""
        words, some = set(note.words), len(note.words) // 10
        own = {self.words[at] for at in covered} & words
        for place in self.gathered(note):
            there = {self.words[at] for at in place} & words
            others = sum(
                self.is_old[at] and self.words[at] not in words and at not in place
                for at in covered
            )
            least = len(there) - some if fate == "survives" else len(there) / 2
            if others <= some and len(own & there) >= least:
                return True
        return False


def outcomes(
    name: str, edit: str, before: Edited, after: Edited, notes: Sequence[Note], only: str = ""
) -> Iterator[Outcome]:
    truth = Truth(before, after)
    for keys, standing in (
        ("kept", passages(after)),
        ("aligned", passages(after, before=before)),
    ):
        following = Following(passages(before), standing)
        position = {passage.key: at for at, passage in enumerate(standing)}
        for note in notes:
            fate = truth.fate(note)
            if only and fate != only:
                continue
            place = following.place(note.selector)
            if place.state == AnchorState.DETACHED:
                verdict = "detached" if fate == "survives" else "right"
            else:
                covered = truth.covered(
                    position[place.first], place.start, position[place.last], place.end
                )
                verdict = "right" if truth.is_right(note, fate, covered) else "wrong"
            yield Outcome(name, edit, keys, len(note.words), fate, verdict)


def apart(notes: Sequence[Note], random: Random, most: int) -> list[list[Note]]:
    """The notes in rounds, in each of which no two are near each other, and which together are on
    no more than so many words."""
    rounds: list[tuple[list[Note], set[int]]] = []
    for note in random.sample(notes, len(notes)):
        near = range(note.words[0] - SURROUNDINGS, note.words[-1] + SURROUNDINGS)
        for chosen, taken in rounds:
            if taken.isdisjoint(near) and len(taken) + len(note.words) <= most:
                chosen.append(note)
                taken.update(note.words)
                break
        else:
            rounds.append(([note], set(note.words)))
    return [chosen for chosen, _ in rounds]


def said_twice(text: Edited, note: Note) -> bool:
    """Whether half of a note's words stand once more right before or behind them."""
    words = [word for paragraph in text for word in paragraph.words]
    first = next(at for at, word in enumerate(words) if word.number == note.words[0])
    said = [word.text for word in words]
    size = len(note.words)
    after, before = said[first + size :], said[:first][::-1]
    ahead = zip(said[first:], after, strict=False)
    back = zip(said[: first + size][::-1], before, strict=False)
    again = sum(len(list(takewhile(lambda pair: pair[0] == pair[1], way))) for way in (ahead, back))
    return 2 * again >= size


def run(names: Sequence[str] = TEXTS, notes: int = NOTES, seed: int = SEED) -> Iterator[Outcome]:
    for name in names:
        yield from run_on(name, edits.read(name), notes, seed)


def run_on(name: str, before: Edited, notes: int, seed: int) -> Iterator[Outcome]:
    made = notes_on(before, Random(f"{seed} {name}"), notes)
    for edit, change in EDITS.items():
        after = change(before, Random(f"{seed} {name} {edit}"))
        yield from outcomes(name, edit, before, after, made)
    words = sum(len(paragraph.words) for paragraph in before)
    for edit, remove in VANISHING.items():
        random = Random(f"{seed} {name} {edit}")
        # A quote that is said again right beside it can't be told from that once it is cut.
        alone = [note for note in made if edit != "cut" or not said_twice(before, note)]
        for chosen in apart(alone, random, words // 10):
            after = remove(before, [frozenset(note.words) for note in chosen], random)
            yield from outcomes(name, edit, before, after, chosen, "vanished")


# What is reported.


def measure() -> Iterator[Result]:
    found = list(run())
    yield from results(found)
    times = [_seconds(1_000) for _ in range(RUNS)]
    yield Result("anchoring.cpu_1000_notes", round(statistics.median(times), 2), "s", RUNS)
    print(f"\n{details(found)}")


def results(found: Sequence[Outcome]) -> Iterator[Result]:
    """The promised figures; of both ways to find keys the worse."""
    changed = [each for each in found if each.edit == "words 10 %" and each.fate == "survives"]
    vanished = [each for each in found if each.fate == "vanished"]
    yield _percent("right", "right", changed, worst=min)
    yield _percent("wrong", "wrong", found)
    for name, few in (("6_words", False), ("short", True)):
        yield _percent(
            f"wrong_vanished_{name}", "wrong", [e for e in vanished if (e.size < 6) == few]
        )


def _percent(
    name: str,
    verdict: str,
    found: Sequence[Outcome],
    worst: Callable[[Iterable[float]], float] = max,
) -> Result:
    kinds = [[each for each in found if each.keys == keys] for keys in ("kept", "aligned")]
    value = worst(_share(kind, verdict) for kind in kinds)
    return Result(f"anchoring.{name}", round(value, 2), "%", len(found))


def _share(found: Sequence[Outcome], verdict: str) -> float:
    return 100 * sum(each.verdict == verdict for each in found) / max(1, len(found))


def details(found: Sequence[Outcome]) -> str:
    """By kind of edit and length of quote, of the notes whose words survive or vanished: how many,
    and how many of a hundred are placed right, placed wrong and detached."""
    rows: dict[tuple[str, str, str], list[Outcome]] = {}
    for each in found:
        if each.fate != "partly":
            rows.setdefault((each.edit, each.keys, "all"), []).append(each)
            rows.setdefault((each.edit, each.keys, _length(each.size)), []).append(each)
    lines = [
        f"{'edit':16}{'keys':9}{'words':7}{'notes':>7}{'right':>8}{'wrong':>8}{'detached':>10}"
    ]
    for (edit, keys, length), outcomes in rows.items():
        shares = [_share(outcomes, verdict) for verdict in ("right", "wrong", "detached")]
        counts = "{:8.1f}{:8.1f}{:10.1f}".format(*shares)
        lines.append(f"{edit:16}{keys:9}{length:7}{len(outcomes):7}{counts}")
    return "\n".join(lines)


def _length(size: int) -> str:
    return next((f"{least}–{most}" for least, most in LENGTHS if size <= most), "61–")


def _seconds(number: int) -> float:
    """CPU time for so many notes on 300 paragraphs of 90 words of which a tenth changed."""
    random = Random(SEED)
    words = [word.text for paragraph in edits.read("prose") for word in paragraph.words]
    before = edits.laid([" ".join(random.choices(words, k=90)) for _ in range(300)])
    made = notes_on(before, random, number)
    old, new = passages(before), passages(edits.words_changed(0.1)(before, random))
    began = time.process_time()
    following = Following(old, new)
    for note in made:
        following.place(note.selector)
    return time.process_time() - began
