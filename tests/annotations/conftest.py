"""What every test of notes needs: a way to write one, in a line."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from annotations import actions
from annotations.enums import Verb
from annotations.models import Annotation, Target
from annotations.moderation import decide
from reader.models import Paragraph, Reading, User

type Write = Callable[..., Annotation]


@pytest.fixture
def paragraphs(reading: Reading) -> list[Paragraph]:
    return list(reading.article.paragraphs.filter(kind="paragraph").order_by("position"))


@pytest.fixture
def write(reading: Reading, paragraphs: list[Paragraph]) -> Write:
    """Write a root on paragraph `on` (an index), or a reply to `to`."""

    def write(by: User, body: str = "", **given: Any) -> Annotation:
        if (parent := given.pop("to", None)) is not None:
            return actions.reply(
                by=by, parent=parent, body=body or "Yes.", client_id=uuid4(), **given
            )
        first = given.pop("on", 0)
        covered = paragraphs[first : given.pop("until", first) + 1]
        where = actions.Range(
            covered,
            given.pop("start", 0),
            given.pop("end", min(5, len(covered[-1].text))),
            whole_article=given.pop("whole_article", False),
        )
        given.setdefault("motivation", "commenting" if body else "highlighting")
        given.setdefault("audience", "group")
        return actions.annotate(
            by=by, reading=reading, where=where, body=body, client_id=uuid4(), **given
        )

    return write


def approve(by: User, note: Annotation) -> Annotation:
    """Let in a note as it is now."""
    seen = Annotation.objects.values_list("version", flat=True).get(pk=note.pk)
    return decide(by=by, annotation=note, verb=Verb.APPROVE, seen=seen).note


def a_move(note: Annotation, *, placed_again: bool) -> tuple[Target, Target]:
    """What a correction leaves of a note whose words it has changed: where it was made, or
    `placed_again` later, and where it stands since."""
    made = note.targets.get()
    Target.objects.filter(pk=made.pk).update(current=False)
    beside: dict[str, Any] = {
        "annotation": note, "start_paragraph": made.start_paragraph,
        "end_paragraph": made.start_paragraph, "start_offset": 0,
    }  # fmt: skip
    if placed_again:
        by = {"placed_by": note.creator, "current": False}
        made = Target.objects.create(end_offset=4, exact="anew", text_revision=2, **by, **beside)
    moved = Target.objects.create(
        end_offset=6, exact="moved.", text_revision=3, anchor_state="moved", **beside
    )
    return made, moved
