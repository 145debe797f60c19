"""Words are quoted as they were selected, in every script, and the text on the page is the text
in the database."""

import random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from annotations.demo import sample_article
from annotations.enums import CHOSEN_CATEGORIES, AnchorState, Audience, Motivation
from annotations.models import Annotation, Target
from annotations.selectors import from_utf16, to_utf16
from reader.enums import BlockKind
from reader.importing import Block, ParsedArticle
from reader.models import Paragraph, Reading, User
from tests.browser.conftest import Browse
from tests.browser.hands import card, choose, select, write
from tests.cast import Cast
from tests.cast import read as read_together

pytestmark = [
    pytest.mark.flows,
    pytest.mark.once,  # about pages, whichever database they came from
    pytest.mark.django_db(transaction=True),
]

SCRIPTS = {
    "emoji": ("A 👩‍👩‍👧 reads 𝄞 and 🇫🇮 waves; then more.", "reads 𝄞 and 🇫🇮 waves"),
    "a family, inside": ("A 👩‍👩‍👧 reads 𝄞 and 🇫🇮 waves; then more.", "👩‍👩‍👧"),
    "combining marks": ("Q̈uite x̌ and ạ̈ few marks stand here.", "x̌ and ạ̈ few"),
    "Hebrew with points": ("הוּא קָרָא אֶת הַסֵּפֶר כֻּלּוֹ בְּלַיְלָה אֶחָד", "קָרָא אֶת הַסֵּפֶר"),
    "CJK": ("讀者在頁邊寫字，𠮷野家也在這裏。之後書合上了。", "寫字，𠮷野家也"),
    "between scripts": ("She said שלום to 世界 and 👋 left it.", "שלום to 世界 and 👋"),
}


def article_of(*texts: str) -> ParsedArticle:
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in texts)
    return ParsedArticle(title="Scripts", blocks=blocks)


def test_every_script_is_quoted_as_selected(browse: Browse, cast: Cast) -> None:
    texts = dict.fromkeys(text for text, _ in SCRIPTS.values())
    reading = read_together(cast.group, cast.owner, article_of(*texts))
    page = browse(cast.member)
    page.goto(reading.get_absolute_url())
    for name, (text, words) in SCRIPTS.items():
        assert select(page, words) == words, name
        choose(page, "comment")
        expect(page.locator("#composer .quote")).to_have_text(words)
        write(page, f"About {name}.")
        expect(card(page, f"About {name}.")).to_be_visible()
        target = Target.objects.latest("pk")
        assert target.exact == words, name
        assert text[target.start_offset : target.end_offset] == words, name
    everything = list(texts)
    first, last = everything[0], everything[-1]
    selected = select(page, "🇫🇮 waves", until="世界")
    choose(page, "highlight")
    expect(page.locator("#status")).to_have_text("Highlighted for Thursday circle.")
    target = Target.objects.latest("pk")
    assert target.exact.split("\n") == [
        first[first.index("🇫🇮") :],
        *everything[1:-1],
        last[: last.index("世界") + 2],
    ]
    assert selected.startswith("🇫🇮 waves; then more.")


@pytest.fixture
def modules(browse: Browse, cast: Cast) -> Page:
    """A page that has the pure modules at hand."""
    page = browse(cast.member)
    page.goto(cast.reading.get_absolute_url())
    page.evaluate(
        """async () => {
          const base = document.querySelector("script[src$='room.js']").src;
          window.text = await import(new URL("text.js", base));
          window.stack = (await import(new URL("stack.js", base))).stack;
        }"""
    )
    return page


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    "a𝄞é輪👩‍", max_size=20
)
QUICK = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(TEXTS, st.data())
def test_offsets_are_the_server_s(modules: Page, text: str, data: st.DataObject) -> None:
    points = data.draw(st.integers(0, len(text)))
    units = data.draw(st.integers(0, to_utf16(text, len(text))))
    ask = "([t, p, u]) => [text.codeUnits(t, p), text.codePoints(t, u)]"
    assert modules.evaluate(ask, [text, points, units]) == [
        to_utf16(text, points),
        from_utf16(text, units),
    ]


@QUICK
@given(TEXTS, st.data())
def test_trimming_keeps_every_word(modules: Page, text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    kept = modules.evaluate("([t, s, e]) => text.trimmed(t, s, e)", [text, start, end])
    # What JavaScript calls white space and Python doesn't, or the other way round, may stay.
    inside = text[start:end].strip(" \t\n\r\u00a0")
    if kept is not None:
        assert start <= kept[0] < kept[1] <= end
        assert text[kept[0] : kept[1]] in text[start:end]
    if inside.isalnum():
        assert kept is not None
        assert inside in text[kept[0] : kept[1]]


@QUICK
@given(TEXTS)
def test_words_are_walked_on_and_back(modules: Page, text: str) -> None:
    walk = """(t) => {
      const steps = (step, here) => {
        const found = [];
        for (let [start, end] = here; ; ) {
          found.push([start, end]);
          const next = text.wordBeside(t, { start, end }, step);
          if (!next) return found;
          [start, end] = next;
        }
      };
      const first = text.wordBeside(t, null, 1);
      if (!first) return [[], []];
      const on = steps(1, first);
      return [on, steps(-1, on[on.length - 1]).reverse()];
    }"""
    on, back = modules.evaluate(walk, text)
    assert on == back
    ends = [end for word in on for end in word]
    assert ends == sorted(ends)
    assert all(start < end <= len(text) for start, end in on)
    if text.isascii() and text.isalnum():
        assert on == [[0, len(text)]]


CARDS = st.lists(
    st.tuples(st.integers(-500, 5000), st.integers(1, 400)).map(
        lambda pair: {"anchor": pair[0], "height": pair[1]}
    ),
    max_size=40,
).map(lambda cards: sorted(cards, key=lambda card: card["anchor"]))


@QUICK
@given(CARDS, st.data())
def test_cards_never_overlap(
    modules: Page, cards: list[dict[str, int]], data: st.DataObject
) -> None:
    active = data.draw(st.integers(-1, len(cards) - 1))
    lay = "([cards, active]) => stack(cards, 12, active)"
    tops = modules.evaluate(lay, [cards, active])
    assert len(tops) == len(cards)
    for at in range(1, len(cards)):
        assert tops[at] >= tops[at - 1] + cards[at - 1]["height"] + 12
    if active >= 0:
        assert tops[active] == cards[active]["anchor"]
    elif cards:
        assert tops[0] == cards[0]["anchor"]
    settled = [{**card, "anchor": top} for card, top in zip(cards, tops, strict=True)]
    assert modules.evaluate(lay, [settled, active]) == tops


STATES = [AnchorState.EXACT, AnchorState.MOVED, AnchorState.APPROXIMATE]


def highlight_at_random(
    reading: Reading, by: User, paragraphs: list[Paragraph], *, each: int
) -> None:
    """Overlapping highlights on every paragraph, written in bulk."""
    chance = random.Random(each)
    highlights, targets = [], []
    for paragraph in paragraphs:
        for number in range(each):
            start = chance.randrange(len(paragraph.text))
            end = chance.randint(start + 1, len(paragraph.text))
            highlight = Annotation(
                creator=by,
                article=reading.article,
                reading=reading,
                audience=Audience.GROUP,
                motivation=Motivation.HIGHLIGHTING,
                category=CHOSEN_CATEGORIES[number % 3],
                client_id=uuid4(),
            )
            highlights.append(highlight)
            targets.append(
                Target(
                    annotation=highlight,
                    start_paragraph=paragraph,
                    start_offset=start,
                    end_paragraph=paragraph,
                    end_offset=end,
                    exact=paragraph.text[start:end],
                    text_revision=1,
                    anchor_state=STATES[number % len(STATES)],
                )
            )
    Annotation.objects.bulk_create(highlights)
    Target.objects.bulk_create(targets)


@pytest.mark.parametrize("notes", [0, 1, 50])
def test_the_text_on_the_page_is_the_stored_one(browse: Browse, cast: Cast, notes: int) -> None:
    reading = read_together(cast.group, cast.owner, sample_article())
    paragraphs = list(reading.article.paragraphs.exclude(kind=BlockKind.SEPARATOR))
    highlight_at_random(reading, cast.member, paragraphs, each=notes)
    page = browse(cast.other, script=False)
    page.goto(reading.get_absolute_url())
    shown = dict(
        page.evaluate(
            "[...document.querySelectorAll('.words')].map((w) => [w.id.slice(2), w.textContent])"
        )
    )
    assert shown == {paragraph.key: paragraph.text for paragraph in paragraphs}
    expect(page.locator("mark mark")).to_have_count(0)
    assert (page.locator("mark").count() > 0) == (notes > 0)
