"""Which words are found in a text, and that no text makes looking for them slow."""

from __future__ import annotations

import time
from itertools import islice, product

import pytest

from annotations.word_rules import Pattern, Text, found, links_in


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("spam", "Some SPAM.", "SPAM"),
        ("spam", "_spam_, **spam**", "spam"),
        ("spam", "spammer antispam", ""),
        ("spam", "spam's", "spam"),
        ("idiot", "Quel l’idiot !", "idiot"),
        ("don't", "I don’t", "don’t"),
        ("spam*", "the Spammers", "Spammers"),
        ("*spam", "antispam!", "antispam"),
        ("s*m", "sm", "sm"),
        ("s*m", "so am I", ""),
        ("a*b*c", "x aabbcc", "aabbcc"),
        ("a*b*c", "acb", ""),
        ("ab*ba", "aba", ""),
        ("buy  now", "BUY \n now", "BUY \n now"),
        ("buy now", "buy, now", ""),
        ("buy now", "buynow", ""),
        ("buy * now", "buy it now", "buy it now"),
        ("buy * now", "buy now", ""),
        ("e-mail", "my E-Mail", "E-Mail"),
        ("e-mail", "my e - mail", ""),
        ("$$$", "get $$$ now", "$$$"),
        ("$$$*", "get $$$ now", "$$$"),
        ("straße", "STRASSE", "STRASSE"),
        ("ς", "Σ", "Σ"),
        ("naïve", "nai\u0308ve", "naïve"),
        ("spam", "\uff53\uff50\uff41\uff4d", "spam"),  # of full width
        ("spam", "sp\u200bam", "spam"),
        ("spam", "sp\u00adam", "spam"),
        ("spam", "sp&#97;m", "spam"),
        ("广告", "这是广告吗", "广告"),
        ("广告*", "这是广告", "广告"),
        ("广告", "广 告", ""),
        ("ガム", "\uff76\uff9e\uff91", "ガム"),  # of half width
        ("сука", "СУКА!", "СУКА"),
        ("100", "100 or 1000", "100"),
        ("x", "", ""),
    ],
)
def test_what_is_found(words: str, text: str, expected: str) -> None:
    assert found([words], text) == expected


def test_the_first_rule_that_fits_says_what_it_found() -> None:
    assert found(["nothing", "two", "one"], "one two") == "two"
    assert found([], "one two") == ""


def test_it_stands_where_it_is_found_first() -> None:
    text = Text("a b. A  b")
    span = text.first(Pattern.read("a b"))
    assert span == (0, 3)
    assert text.first(Pattern.read("b a")) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "Type a word."),
        ("  ", "Type a word."),
        ("*", "A star alone would stand for every note"),
        ("** *", "A star alone would stand for every note"),
        ("\u200b", "Type a word."),
        ("x" * 101, "more than 100 letters"),
        ("a b c d e f g h i", "more than 8 words"),
    ],
)
def test_what_is_no_rule(words: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Pattern.read(words)


def test_the_longest_rules_are_rules() -> None:
    assert Pattern.read("x" * 100).words == "x" * 100
    assert Pattern.read(" a b  c d\ne f g h ").words == "a b c d e f g h"


RULES = {
    "stars": [f"*a*a*a*a*a*a*a*a*b{n}" for n in range(200)],
    "stars and words": [f"*a* *b*{n} *c* a" for n in range(200)],
    "words": [f"a a a a a a a b{n}" for n in range(200)],
    "letters that are words": ["人" * 98 + chr(0x4E00 + n) for n in range(200)],
}
TEXTS = {
    "one word": "a" * 50_000,
    "one letter": "a " * 25_000,
    "two letters": "a b " * 12_500,
    "no space": "人" * 50_000,
    "many words": " ".join("".join(word) for word in islice(product("abc012", repeat=6), 7_000)),
    "entities": "&#97;" * 10_000,
    "apostrophes": "a'" * 25_000,
    "unfolds": "\ufdfa" * 5_000,
    "stars": "*" * 50_000,
}


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_slow(text: str) -> None:
    rules = {name: [Pattern.read(words) for words in some] for name, some in RULES.items()}
    begun = time.perf_counter()
    for some in rules.values():
        found([pattern.words for pattern in some], TEXTS[text])
    assert time.perf_counter() - begun < 2 * len(rules)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Nothing.", 0),
        ("http://a.example and https://b.example", 2),
        ("www.a.org, b.org", 2),
        ("<https://a.example> [here](http://b.example)", 2),
        ("[here][1]\n\n[1]: http://a.example", 1),
        ("`http://a.example` and \\<http\\>", 0),
        ("me@a.org, [there](//b.example), [up](/n/)", 0),
    ],
)
def test_links(text: str, count: int) -> None:
    assert links_in(text) == count
