"""Which format of foreign notes a file has. By its look: names of files say little."""

from __future__ import annotations

from django.utils.translation import gettext as _

from annotations.importing.foreign import hypothesis, web_annotations
from annotations.importing.foreign.incoming import Incoming, NotNotes, parsed


def read(data: bytes) -> Incoming:
    """The notes in a file. Raises NotNotes, with a sentence, where there are none to be read."""
    value = parsed(data)
    if web_annotations.is_one(value):
        return web_annotations.read(value)
    if hypothesis.is_one(value):
        return hypothesis.read(value)
    raise NotNotes(
        _("These are neither notes of Hypothesis nor Web Annotations, so nothing can be read.")
    )
