"""The contrasts that the design promises, computed from the tokens (WCAG 2.2, 1.4.3)."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "reader/static/reader/tokens.css").read_text()
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
}
[_white] = re.findall(r'data-theme="white"\] \{(.*?)\}', TOKENS)
WHITE = dict(re.findall(r"--([\w-]+): (#\w{6});", _white))
THEMES = {
    "paper": {name: light for name, (light, _) in PAIRS.items()},
    "white": {name: light for name, (light, _) in PAIRS.items()} | WHITE,
    "dark": {name: dark for name, (_, dark) in PAIRS.items()},
}
CATEGORIES = ("yellow", "green", "blue", "rose", "violet")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


def test_every_colour_is_opaque_and_has_two_values() -> None:
    assert len(PAIRS) == 24
    assert len(re.findall(r"light-dark\(", TOKENS)) == 24


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("text", "page", 13.8),
        ("muted", "page", 5.7),
        *(("text", category, 8) for category in CATEGORIES),
        *((f"{category}-edge", "page", 4) for category in CATEGORIES),
        ("text", "surface", 4.5),
        ("text", "sunken", 4.5),
        ("muted", "surface", 4.5),
        ("muted", "sunken", 4.5),
        ("accent", "page", 4.5),
        ("on-accent", "accent", 4.5),
        ("danger", "page", 4.5),
        ("success", "page", 4.5),
        ("warning", "page", 4.5),
        ("text", "selection", 4.5),
        ("control", "page", 3),
        ("focus", "page", 3),
    ],
)
def test_contrast(theme: str, front: str, back: str, least: float) -> None:
    colours = THEMES[theme]
    assert contrast(colours[front], colours[back]) >= least
