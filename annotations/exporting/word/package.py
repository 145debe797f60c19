"""The package around the words: python-docx's own document, dressed, as a zip of the same bytes for
the same notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Base
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Cm

from annotations.exporting.notebook import Notebook
from annotations.exporting.word.xml import Xml, legal

_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_MICROSOFT = "http://schemas.microsoft.com/office"
# Parts that python-docx doesn't make: their content types and what relates them to the document.
_PARTS = {
    "commentsExtended": (
        f"{_OFFICE}.commentsExtended+xml",
        f"{_MICROSOFT}/2011/relationships/commentsExtended",
    ),
    "commentsIds": (
        f"{_OFFICE}.commentsIds+xml",
        f"{_MICROSOFT}/2016/09/relationships/commentsIds",
    ),
    "commentsExtensible": (
        f"{_OFFICE}.commentsExtensible+xml",
        f"{_MICROSOFT}/2018/08/relationships/commentsExtensible",
    ),
}
# What tells of another document than ours: a picture, and styles that Word 2010 would prefer.
_OF_ANOTHER = {
    RELATIONSHIP_TYPE.THUMBNAIL,
    f"{_MICROSOFT}/2007/relationships/stylesWithEffects",
}
_STYLES = Path(__file__).with_name("styles.xml")
# Before Word 2013's there are no threads.
_MODE = "15"
_LONGEST_PROPERTY = 255
_IN_MEMORY = 4 * 1024 * 1024
_CHUNK = 64 * 1024
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day that a zip knows


def skeleton(notebook: Notebook) -> dict[str, bytes]:
    """The files of a document without words."""
    document = Document()
    _describe(document, notebook)
    _lay_out(document)
    _dress(document, notebook)
    _set_up(document)
    document.comments  # noqa: B018  makes the part
    package = document.part.package
    for name, (content_type, relation) in _PARTS.items():
        part = Part(PackURI(f"/word/{name}.xml"), content_type, b"", package)
        document.part.relate_to(part, relation)
    for rels in (package.rels, document.part.rels):
        for key, each in list(rels.items()):
            if each.reltype in _OF_ANOTHER:
                rels.pop(key)
    made = BytesIO()
    document.save(made)
    with ZipFile(made) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _describe(document: Base, notebook: Notebook) -> None:
    creators = dict.fromkeys(name for each in notebook.chapters for name in each.creators)
    when = notebook.generated_at.astimezone(UTC).replace(microsecond=0)
    about = document.core_properties
    about.title = legal(notebook.title)[:_LONGEST_PROPERTY]
    about.author = legal("; ".join(creators))[:_LONGEST_PROPERTY]
    about.subject = legal(notebook.group)[:_LONGEST_PROPERTY]
    about.comments = legal(notebook.chosen)[:_LONGEST_PROPERTY]
    about.language = legal(notebook.language)
    about.last_modified_by = ""
    about.created = about.modified = when


def _lay_out(document: Base) -> None:
    """A4, with the page's number below the words."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    section.top_margin = section.bottom_margin = Cm(2.5)
    number = section.footer.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"/>'))


def _dress(document: Base, notebook: Notebook) -> None:
    """Our styles in place of those of the same name."""
    styles = document.styles.element
    ours = parse_xml(_STYLES.read_bytes())
    known = {style.get(qn("w:styleId")): style for style in styles.findall(qn("w:style"))}
    for style in ours.findall(qn("w:style")):
        if (old := known.get(style.get(qn("w:styleId")))) is not None:
            styles.remove(old)
        styles.append(style)
    defaults = ours.find(qn("w:docDefaults"))
    for language in defaults.iter(qn("w:lang")):
        for script in ("w:val", "w:eastAsia", "w:bidi"):
            language.set(qn(script), notebook.language)
    styles.replace(styles.find(qn("w:docDefaults")), defaults)


def _set_up(document: Base) -> None:
    settings = document.settings.element
    compatible = settings.find(qn("w:compat"))
    mode = compatible.find(qn("w:compatSetting"))  # the first is the mode
    mode.set(qn("w:val"), _MODE)


def packed(parts: Mapping[str, Iterable[Xml] | bytes]) -> Iterator[bytes]:
    """A zip of these, whose dates say nothing."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        _pack(file, parts)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _pack(file: IO[bytes], parts: Mapping[str, Iterable[Xml] | bytes]) -> None:
    with ZipFile(file, "w") as archive:
        for name, pieces in parts.items():
            entry = ZipInfo(name, _LONG_AGO)
            entry.compress_type, entry.create_system = ZIP_DEFLATED, 0
            with archive.open(entry, "w") as part:
                if isinstance(pieces, bytes):
                    part.write(pieces)
                    continue
                for piece in pieces:
                    part.write(piece.encode())
