"""What docs/moderation.md says, made from the table in annotations/transitions.py."""

from __future__ import annotations

from pathlib import Path

from annotations.transitions import diagram, table

PAGE = Path(__file__).parent.parent / "docs/moderation.md"


def document() -> str:
    return "\n".join([
        "# How a note stands, and every way from there",
        "",
        "<!-- Generated from annotations/transitions.py by `python -m tests.moderation`. -->",
        "",
        "Generated from `annotations/transitions.py` by `python -m tests.moderation`: change the",
        "table, not this page. `annotations.moderation.states` is the only code that writes the",
        "state of a stored note, and it knows no other way than these;",
        "`tests/annotations/test_transitions.py` asks for each of them, as everybody, and for all",
        "that are not here. What the states mean to whom, and how to moderate, is in the",
        "[guide for moderators](moderating.md).",
        "",
        "```mermaid",
        diagram(),
        "```",
        "",
        table(),
        "",
        "An author is whoever wrote the note, also where they lead the group. The system is a rule",
        "of the group or of the site. An administrator is the site’s, who stepped in; purging is",
        "theirs alone, in any group. An edit of a published note that a rule holds changes nothing",
        "of how the note stands: the words wait as a revision, and are published or declined.",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(document())
