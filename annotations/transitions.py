"""The states of a note and every way from one to another: the one table of them.

What moderators' guide and the diagram in docs/moderation.md say is generated from it, and
`annotations.moderation.states` lets nothing else happen.
"""

from __future__ import annotations

from dataclasses import dataclass

from annotations.enums import Actor, State, Verb

NEW = None  # where a note comes from


@dataclass(frozen=True, slots=True)
class Transition:
    verb: Verb
    sources: tuple[State | None, ...]
    target: State
    by: tuple[Actor, ...]
    needs_reason: bool = False
    logged: bool = True
    guard: str = ""  # what else has to hold, for the documentation


LEADING = (Actor.MODERATOR, Actor.OWNER, Actor.ADMINISTRATOR)
NOT_ONES_OWN = "nobody decides about their own note"

TRANSITIONS = (
    Transition(
        Verb.PUBLISH, (NEW,), State.VISIBLE, (Actor.AUTHOR,), logged=False,
        guard="passed every rule",
    ),
    Transition(
        Verb.HOLD, (NEW,), State.PENDING, (Actor.SYSTEM,),
        guard="a rule holds it; the row says which one",
    ),
    Transition(
        Verb.HIDE, (State.VISIBLE, State.APPROVED), State.HIDDEN, (*LEADING, Actor.SYSTEM),
        guard=f"{NOT_ONES_OWN}; the system, where enough members reported it",
    ),
    Transition(
        Verb.APPROVE, (State.VISIBLE, State.PENDING, State.HIDDEN), State.APPROVED, LEADING,
        guard=NOT_ONES_OWN,
    ),
    Transition(
        Verb.REMOVE, (State.VISIBLE, State.APPROVED, State.PENDING, State.HIDDEN), State.REMOVED,
        LEADING, needs_reason=True, guard=NOT_ONES_OWN,
    ),
    Transition(
        Verb.SEND_BACK, (State.PENDING,), State.REMOVED, LEADING, needs_reason=True,
        guard=f"{NOT_ONES_OWN}; the author gets the words back to edit",
    ),
    Transition(
        Verb.RESUBMIT, (State.REMOVED,), State.PENDING, (Actor.AUTHOR,),
        guard="at most twice, and not after spam",
    ),
    Transition(
        Verb.RESTORE, (State.REMOVED,), State.APPROVED, LEADING,
        guard=f"{NOT_ONES_OWN}; the row reverses that of the removal",
    ),
    Transition(
        Verb.WITHDRAW, (State.VISIBLE, State.APPROVED, State.PENDING, State.HIDDEN),
        State.WITHDRAWN, (Actor.AUTHOR,), logged=False,
    ),
    Transition(
        Verb.PURGE,
        (
            State.VISIBLE, State.APPROVED, State.PENDING, State.HIDDEN, State.REMOVED,
            State.WITHDRAWN,
        ),
        State.PURGED, (Actor.ADMINISTRATOR,), needs_reason=True, guard="typed confirmation",
    ),
)  # fmt: skip
# Back to the state before, whichever it was, within `UNDO_FOR`.
BACK = {
    Verb.UNDO: "whoever decided, within 30 seconds and while nothing else has happened to the note",
    Verb.TAKE_BACK: "its author, within 30 seconds of deleting it",
}
BY_VERB = {each.verb: each for each in TRANSITIONS}
# What a moderator can decide about a note, and take back.
DECISIONS = (Verb.HIDE, Verb.APPROVE, Verb.REMOVE, Verb.SEND_BACK, Verb.RESTORE)


def allows(verb: Verb, source: State | None, actor: Actor) -> bool:
    """Whether the table has this way for somebody in this part."""
    found = BY_VERB.get(verb)
    return found is not None and source in found.sources and actor in found.by


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for each in TRANSITIONS:
        way = f"{each.target.value}: {each.verb.value} ({', '.join(each.by)})"
        lines += [f"    {source or '[*]'} --> {way}" for source in each.sources]
    return "\n".join(lines)


def table() -> str:
    """The same as a Markdown table, with the guards."""
    lines = ["| verb | from | to | who | reason | in the log | also |", "| --- " * 7 + "|"]
    for each in TRANSITIONS:
        sources = ", ".join(source.value if source else "new" for source in each.sources)
        who = ", ".join(actor.value for actor in each.by)
        needed, logged = ("yes" if flag else "" for flag in (each.needs_reason, each.logged))
        lines.append(
            f"| {each.verb.value} | {sources} | {each.target.value} | {who} | {needed} | {logged}"
            f" | {each.guard} |"
        )
    lines += [f"| {verb.value} | | the state before | | | | {who} |" for verb, who in BACK.items()]
    return "\n".join(lines)
