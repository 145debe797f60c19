"""Cut the two type families to WOFF2 at set-up: `python -m config.fonts STATE_DIR`.

The fonts come from their packages; nothing of them is committed, and the page works without.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Latin with its extensions, Greek, Cyrillic, punctuation, super- and subscripts, arrows.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x259, 0x259), (0x2B0, 0x2DD), (0x300, 0x345), (0x370, 0x3FF),
    (0x400, 0x45F), (0x490, 0x491), (0x1E00, 0x1E9E), (0x2010, 0x2027), (0x2030, 0x205E),
    (0x2070, 0x209F), (0x20AC, 0x20AC), (0x2190, 0x2195), (0x21A9, 0x21B3), (0x2212, 0x2212),
]  # fmt: skip
FEATURES = [
    "ccmp", "kern", "liga", "lnum", "locl", "mark", "mkmk", "onum", "pnum", "smcp", "sups", "tnum",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    package: str
    axes: dict[str, int | tuple[int, int]] = field(default_factory=dict)
    # Installed fonts shown until ours arrives, stretched to its width and height so that nothing
    # jumps: their names, and their mean advance over SAMPLE in em. Of faces that exist the
    # last one wins.
    fallbacks: tuple[tuple[tuple[str, ...], float], ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    file: str
    family: Family
    source: str
    weight: str = "400"
    style: str = "normal"


SAMPLE = "aaabcdeeeefghiijklmnnoopqrrssttuvwxyz      "
LITERATA = Family(
    "Literata",
    "literata",
    {"opsz": 12, "wght": (400, 700)},
    ((("Times New Roman", "Liberation Serif", "Tinos"), 0.4172), (("Georgia", "Gelasio"), 0.4533)),
)
ATKINSON = Family(
    "Atkinson Hyperlegible",
    "atkinson-hyperlegible",
    fallbacks=((("Arial", "Liberation Sans", "Arimo", "Helvetica", "Roboto"), 0.4563),),
)
FACES = [
    Face("literata", LITERATA, "Literata[opsz,wght]", "400 700"),
    Face("literata-italic", LITERATA, "Literata-Italic[opsz,wght]", "400 700", "italic"),
    Face("atkinson", ATKINSON, "AtkinsonHyperlegible-Regular"),
    Face("atkinson-italic", ATKINSON, "AtkinsonHyperlegible-Italic", style="italic"),
    Face("atkinson-bold", ATKINSON, "AtkinsonHyperlegible-Bold", "700"),
    Face("atkinson-bold-italic", ATKINSON, "AtkinsonHyperlegible-BoldItalic", "700", "italic"),
]


def main(state: Path) -> None:
    """Write the faces, their licences and their style sheet, unless they are there already."""
    folder = state / "fonts"
    stamp = folder / "stamp"
    wanted = _fingerprint()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        rules = [rule for face in FACES for rule in _build(face, folder)]
        (folder / "fonts.css").write_text("\n".join(rules) + "\n")
    stamp.write_text(wanted)


def _fingerprint() -> str:
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    packages = (f"fontpkg-{family.package}" for family in (LITERATA, ATKINSON))
    return " ".join([code, *map(version, [*packages, "fonttools"])])


def _build(face: Face, folder: Path) -> Iterator[str]:
    """Cut one face into the folder; its rules for the style sheet."""
    family = face.family
    package = files(f"fontpkg_{family.package.replace('-', '_')}")
    font = TTFont(BytesIO((package / "files" / f"{face.source}.ttf").read_bytes()))
    if family.axes:
        font = _reread(instancer.instantiateVariableFont(font, dict(family.axes)))
    if face.weight.startswith("400"):
        for names, advance in family.fallbacks:
            yield _fallback_rule(face, font, names, advance)
    _cut(font, folder / f"{face.file}.woff2")
    (folder / f"{family.package}-licence.txt").write_bytes((package / "LICENSE").read_bytes())
    yield _rule(face, family.name, f'url("{face.file}.woff2") format("woff2")')


def _reread(font: TTFont) -> TTFont:
    """Through bytes once: the subsetter needs the tables as they will be written."""
    written = BytesIO()
    font.save(written)
    return TTFont(BytesIO(written.getvalue()))


def _cut(font: TTFont, target: Path) -> None:
    options = Options(layout_features=FEATURES, flavor="woff2", hinting=False, desubroutinize=True)
    cutter = Subsetter(options)
    cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cutter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def _rule(face: Face, family: str, source: str, *, weight: str = "", overrides: str = "") -> str:
    return (
        f'@font-face {{ font-family: "{family}"; src: {source}; '
        f"font-weight: {weight or face.weight}; font-style: {face.style}; "
        f"font-display: swap;{overrides} }}"
    )


def _fallback_rule(face: Face, font: TTFont, names: tuple[str, ...], advance: float) -> str:
    em = font["head"].unitsPerEm
    glyphs = font.getBestCmap()
    widths = [font["hmtx"][glyphs[ord(char)]][0] for char in SAMPLE]
    adjust = sum(widths) / len(widths) / em / advance
    metrics = font["hhea"]
    overrides = (
        f" size-adjust: {adjust:.2%}; ascent-override: {metrics.ascent / em / adjust:.2%};"
        f" descent-override: {-metrics.descent / em / adjust:.2%};"
        f" line-gap-override: {metrics.lineGap / em / adjust:.2%};"
    )
    source = ", ".join(f'local("{name}")' for name in names)
    return _rule(
        face, f"{face.family.name} fallback", source, weight="400 700", overrides=overrides
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
