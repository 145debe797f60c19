"""The states of a note: every way there is, for everybody, and that there is no other.

`GRID` says once more, from the agreement, what `annotations.transitions` holds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from annotations import actions, transitions
from annotations.actions import Range
from annotations.enums import Actor, State, Verb
from annotations.models import Annotation, Case, LogEntry
from annotations.moderation import (
    MovedOn,
    decide,
    undo,
)
from annotations.moderation.purging import purge
from annotations.moderation.reporting import report
from annotations.moderation.states import IllegalTransition, change
from annotations.moderation.stepping_in import step_in
from reader.enums import Role
from reader.models import Membership, StudyGroup, User
from tests.cast import Cast, assemble, join, person
from tests.moderation import document
from tests.permissions.world import everything_stored
from tests.worlds import once

REFUSALS = (PermissionDenied, IllegalTransition, MovedOn)
LEADING = (Actor.MODERATOR, Actor.OWNER, Actor.ADMINISTRATOR)
WRITING = (Actor.AUTHOR,)

# Where a note in this state goes by this verb.
VERBS = ["hide", "approve", "remove", "send_back", "resubmit", "restore", "withdraw", "purge"]
GRID = {
    state: dict(zip(VERBS, targets.split(), strict=True))
    for state, targets in {
        #             hide    approve   remove   send_back resubmit restore   withdraw   purge
        "visible":   "hidden  approved  removed  -         -        -         withdrawn  purged",
        "approved":  "hidden  -         removed  -         -        -         withdrawn  purged",
        "pending":   "-       approved  removed  removed   -        -         withdrawn  purged",
        "hidden":    "-       approved  removed  -         -        -         withdrawn  purged",
        "removed":   "-       -         -        -         pending  approved  -          purged",
        "withdrawn": "-       -         -        -         -        -         -          purged",
        "purged":    "-       -         -        -         -        -         -          -",
    }.items()
}  # fmt: skip
TARGETS = {
    "hide": "hidden", "approve": "approved", "remove": "removed", "send_back": "removed",
    "resubmit": "pending", "restore": "approved", "withdraw": "withdrawn", "purge": "purged",
}  # fmt: skip
DECISIONS = ("hide", "approve", "remove", "send_back", "restore")
BY = {
    **dict.fromkeys(DECISIONS, LEADING),
    "hide": (*LEADING, Actor.SYSTEM),
    "resubmit": WRITING,
    "withdraw": WRITING,
    "purge": (Actor.ADMINISTRATOR,),
}


def test_the_table_is_what_was_agreed() -> None:
    """Also that what comes in is visible or held, and nothing else."""
    found = {
        (verb, source, actor): transitions.BY_VERB[verb].target
        for verb in transitions.BY_VERB
        for source in (None, *State)
        for actor in Actor
        if transitions.allows(verb, source, actor)
    }
    agreed: dict[tuple[Any, ...], str] = {
        (verb, state, actor): target
        for state, ways in GRID.items()
        for verb, target in ways.items()
        if target != "-"
        for actor in BY[verb]
    }
    agreed["publish", None, Actor.AUTHOR] = "visible"
    agreed["hold", None, Actor.SYSTEM] = "pending"
    assert found == agreed
    assert set(transitions.BACK) == {Verb.UNDO, Verb.TAKE_BACK}
    needs = {verb for verb, way in transitions.BY_VERB.items() if way.needs_reason}
    unlogged = {verb for verb, way in transitions.BY_VERB.items() if not way.logged}
    assert needs == {"remove", "send_back", "purge"}
    assert unlogged == {"publish", "withdraw"}


# How a note came to where it is; the same state, with another past, leaves other rows.
PASTS = {
    "visible": State.VISIBLE,
    "approved": State.APPROVED,
    "pending": State.PENDING,
    "pending again": State.PENDING,
    "hidden": State.HIDDEN,
    "removed": State.REMOVED,
    "removed, never shown": State.REMOVED,
    "sent back": State.REMOVED,
    "withdrawn": State.WITHDRAWN,
    "withdrawn, never shown": State.WITHDRAWN,
    "purged": State.PURGED,
}
NEVER_SHOWN = {"pending", "removed, never shown", "sent back", "withdrawn, never shown"}
REPORTED = {"visible", "approved"}  # with a case that a report opened
IN_CASE = {"visible", "approved", "pending", "pending again", "hidden"}  # that is open
# Decided by the moderator, just now, and nothing since.
DECIDED = {"approved", "hidden", "removed", "removed, never shown", "sent back"}

EVERYBODY = {
    "moderator": Actor.MODERATOR,
    "owner": Actor.OWNER,
    "administrator": Actor.ADMINISTRATOR,  # who stepped in
    "author": Actor.AUTHOR,
    "leading author": Actor.AUTHOR,
    "system": Actor.SYSTEM,
    "member": None,
    "observer": None,
    "outsider": None,
    "administrator outside": None,
}
ALL_VERBS = (*VERBS, "undo", "take_back")


@dataclass(frozen=True)
class World:
    cast: Cast
    people: dict[str, User]
    reporters: list[User]


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from once(django_db_blocker, build)


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    return shared_world


def build() -> World:
    cast = assemble()
    inside, outside = person("Ada"), person("Adele")
    User.objects.filter(pk__in=[inside.pk, outside.pk]).update(is_superuser=True)
    for each in (inside, outside):
        each.refresh_from_db()
    step_in(by=inside, group=cast.group, why="Asked to.")
    StudyGroup.objects.filter(pk=cast.group.pk).update(hides_reported=True)
    return World(
        cast=cast,
        people={
            "moderator": cast.moderator,
            "owner": cast.owner,
            "administrator": inside,
            "author": cast.other,
            "leading author": join(cast.group, "Lena"),
            "member": cast.member,
            "observer": cast.observer,
            "outsider": cast.outsider,
            "administrator outside": outside,
        },
        reporters=[join(cast.group, name) for name in ("Rita", "Rolf", "Rosa")],
    )


def written(world: World, author: User, *, held: bool) -> Annotation:
    reading = world.cast.reading
    of_group = StudyGroup.objects.filter(pk=world.cast.group.pk)
    of_group.update(premoderates=held)
    reading.group.refresh_from_db()
    first = reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    note = actions.annotate(
        by=author, reading=reading, where=Range([first], 0, 8), motivation="commenting",
        audience="group", body="As it stands.", client_id=uuid4(),
    )  # fmt: skip
    of_group.update(premoderates=False)
    reading.group.refresh_from_db()
    return note


def came_to(world: World, past: str, author: User) -> Annotation:
    """A note of this author with this past, by the ways that people have."""
    note = written(world, author, held=past in NEVER_SHOWN)
    by = world.people["moderator"]

    def decided(verb: str, reason: str = "") -> None:
        decide(by=by, annotation=note, verb=Verb(verb), seen=fresh(note).version, reason=reason)

    if past in REPORTED:
        _report(note, world.reporters[0])
    if past == "approved":
        decided("approve")
        _report(note, world.reporters[1])
    elif past == "hidden":
        decided("hide")
    elif past in {"removed", "removed, never shown", "pending again"}:
        decided("remove", "unkind")
    elif past == "sent back":
        decided("send_back", "unkind")
    elif past.startswith("withdrawn"):
        actions.withdraw(by=author, annotation=note)
    elif past == "purged":
        _purge(world.people["administrator"], note)
    if past == "pending again":
        again = fresh(note)
        actions.resubmit(by=author, annotation=again, seen=again.version, body="In other words.")
    return fresh(note)


def fresh(note: Annotation) -> Annotation:
    return Annotation.objects.select_related("reading__group", "creator").get(pk=note.pk)


def _report(note: Annotation, by: User) -> None:
    report(by=by, annotation=note, revision=fresh(note).revision, reason="unkind")


def _purge(by: User, note: Annotation) -> None:
    purge(by=by, annotation=note, reason="legal", typed="erase")


@contextmanager
def written_by(world: World, who: str, past: str) -> Iterator[Annotation]:
    """Undone afterwards. A leader's own notes pass every rule, so they were a member then."""
    seat = Membership.objects.filter(user=world.people["leading author"])
    with transaction.atomic():
        note = came_to(world, past, world.people[who])
        seat.update(role=Role.MODERATOR)
        yield note
        transaction.set_rollback(True)


def attempt(world: World, note: Annotation, verb: str, who: str) -> Any:
    """As this actor has a way to do it; the system's is what others report."""
    by = world.people.get(who, world.cast.owner)
    if verb == "hide" and who == "system":
        reporter = world.reporters[2]
        return report(by=reporter, annotation=note, revision=note.revision, reason="unkind")
    if who == "system":
        return change(note, Verb(verb), acting_as=Actor.SYSTEM)
    if verb in DECISIONS:
        reason = "unkind" if verb in {"remove", "send_back"} else ""
        return decide(by=by, annotation=note, verb=Verb(verb), seen=note.version, reason=reason)
    if verb == "undo":
        return undo(by=by, entry=last_decision(note))
    act: Callable[[], Any] = {
        "resubmit": lambda: actions.resubmit(
            by=by, annotation=note, seen=note.version, body="Said better."
        ),
        "withdraw": lambda: actions.withdraw(by=by, annotation=note),
        "take_back": lambda: actions.take_back(by=by, annotation=note),
        "purge": lambda: _purge(by, note),
    }[verb]
    return act()


def last_decision(note: Annotation) -> LogEntry:
    """Or whatever there is of it in the log that somebody could try to undo."""
    rows = LogEntry.objects.about(note.pk)
    return rows.filter(verb__in=DECISIONS).first() or rows.first() or LogEntry.objects.latest("at")


def outcome(verb: str, past: str, who: str) -> str:
    """What comes of it: the state it comes to, "as it is" for what is so already, or "" where it
    is refused."""
    state, part = PASTS[past].value, EVERYBODY[who]
    if verb == "undo":
        return came_from(past) if past in DECIDED and who == "moderator" else ""
    if verb == "take_back":
        mine = part == Actor.AUTHOR and past.startswith("withdrawn")
        return came_from(past) if mine else ""
    allowed = who.startswith("administrator") if verb == "purge" else part in BY[verb]
    if not allowed:
        return ""
    if GRID[state][verb] != "-":
        return GRID[state][verb]
    is_so = state == TARGETS[verb] and part not in {Actor.SYSTEM}
    return "as it is" if is_so and verb != "resubmit" else ""


def came_from(past: str) -> str:
    return "pending" if past in NEVER_SHOWN else "visible"


@pytest.mark.parametrize("past", PASTS)
def test_whoever_may_not_changes_nothing(world: World, past: str) -> None:
    """By no verb; nor does whoever wants what is so already."""
    for author in ("author", "leading author"):
        there = EVERYBODY.keys() - ({"author", "leading author"} - {author})
        with written_by(world, author, past) as note:
            before = everything_stored()
            for verb, who in product(ALL_VERBS, sorted(there)):
                wanted = outcome(verb, past, who)
                if wanted in {"", "as it is"}:
                    assert refused(world, note, verb, who) == (wanted == ""), (verb, who)
            after = everything_stored()
            assert [table for table in before if after[table] != before[table]] == []


def refused(world: World, note: Annotation, verb: str, who: str) -> bool:
    try:
        attempt(world, fresh(note), verb, who)
    except REFUSALS:
        return True
    return False


WAYS = [
    (past, verb, who)
    for past in PASTS
    for verb in ALL_VERBS
    for who in EVERYBODY
    if outcome(verb, past, who) not in {"", "as it is"}
]


@pytest.mark.parametrize(("past", "verb", "who"), WAYS, ids=["-".join(way) for way in WAYS])
def test_a_way(world: World, past: str, verb: str, who: str) -> None:
    author = "leading author" if who == "leading author" else "author"
    with written_by(world, author, past) as note:
        last = last_decision(note)
        rows = set(LogEntry.objects.values_list("pk", flat=True))
        begun = timezone.now()
        attempt(world, fresh(note), verb, who)
        now = fresh(note)
        raised = 2 if verb == "resubmit" else 1  # once more for the other words
        assert (now.state, now.state_before) == (outcome(verb, past, who), note.state)
        assert (now.version, now.reason) == (note.version + raised, reason_after(verb, past, note))
        assert now.state_at is not None
        assert begun <= now.state_at <= timezone.now()
        new = LogEntry.objects.exclude(pk__in=rows).order_by("pk")
        assert [row_of(entry) for entry in new] == logged(world, note, last, verb, past, who)
        for entry in new:
            assert (entry.annotation_id, entry.group_id) == (note.pk, world.cast.group.pk)
        assert case_of(now) == case_after(verb, past)


def reason_after(verb: str, past: str, note: Annotation) -> str:
    if verb in {"remove", "send_back"}:
        return "unkind"
    if verb == "resubmit":
        return note.reason
    return "legal" if verb == "purge" else ""


type Row = tuple[str, str, str, str, str, bool, str, int | None]


def row_of(entry: LogEntry) -> Row:
    reversed_verb = entry.reverses.verb if entry.reverses else ""
    return (
        entry.verb, entry.before, entry.after, entry.acting_as, entry.reason, entry.for_members,
        reversed_verb, entry.actor_id,
    )  # fmt: skip


def logged(
    world: World, note: Annotation, last: LogEntry, verb: str, past: str, who: str
) -> list[Row]:
    """Exactly these rows, and none for what an author does without the moderators."""
    if verb in {"withdraw", "take_back"}:
        return []
    state, target = note.state, outcome(verb, past, who)
    part = Actor.ADMINISTRATOR if verb == "purge" else EVERYBODY[who]
    assert part is not None
    actor = None if who == "system" else world.people[who].pk
    reversed_verb = ""
    if verb in {"restore", "undo"}:
        reversed_verb = last.verb
    reason = reason_after(verb, past, note) if verb in {"remove", "send_back", "purge"} else ""
    row = (
        verb, state, target, part.value, reason, members_read(verb, past), reversed_verb, actor,
    )  # fmt: skip
    if who == "system":  # the last of the reports that hid it, whose reporter is in no row
        return [("report", state, state, "system", "unkind", False, "", None), row]
    return [row]


def members_read(verb: str, past: str) -> bool:
    """What happened to a note that they could see, or could see disappear."""
    seen = past not in NEVER_SHOWN and PASTS[past] != State.PENDING
    if verb in {"approve", "undo"}:
        return seen and PASTS[past] in {State.HIDDEN, State.REMOVED}
    return seen and verb in {"hide", "remove", "restore", "purge"}


def case_of(note: Annotation) -> str | None:
    """How its one case ended; "open" for one that is."""
    case = Case.objects.filter(annotation=note).first()
    if case is None:
        return None
    return case.outcome or "open"


def case_after(verb: str, past: str) -> str | None:
    was = "upheld" if past in {"removed, never shown", "sent back"} else None
    if past == "withdrawn, never shown":
        was = "ignored"
    if past in IN_CASE:
        was = "open"
    if verb in {"hide", "resubmit"}:
        return "open"
    if verb == "undo":
        return {"approved": "open", "hidden": "ignored", "removed": None}.get(past, "open")
    if verb == "take_back":
        return "open" if past == "withdrawn, never shown" else None
    if verb == "withdraw":
        return "open" if past in REPORTED else "ignored"
    if was != "open":
        return was
    return {"approve": "kept", "remove": "upheld", "send_back": "upheld", "purge": "upheld"}[verb]


@pytest.mark.parametrize("past", PASTS)
def test_the_one_writer_knows_no_other_way(world: World, past: str) -> None:
    """Whatever else asks `change` for it, as whomever."""
    state = PASTS[past].value
    with written_by(world, "author", past) as note:
        before = everything_stored()
        for verb in transitions.BY_VERB:
            for actor in Actor:
                target = GRID[state].get(verb, "-")
                if target == "-" or actor not in BY[verb]:
                    with pytest.raises(IllegalTransition):
                        change(fresh(note), verb, acting_as=actor)
        assert everything_stored() == before


COMING = {
    "moderator": "visible", "owner": "visible", "administrator": "visible", "author": "held",
    "member": "held", "observer": "", "outsider": "", "administrator outside": "",
}  # fmt: skip


@pytest.mark.parametrize("held", [False, True], ids=["freely", "held"])
@pytest.mark.parametrize("who", COMING)
def test_how_a_note_comes_in(world: World, who: str, held: bool) -> None:
    """Every rule that holds has a test of its own; this one is that of the whole group."""
    rows, user = set(LogEntry.objects.values_list("pk", flat=True)), world.people[who]
    if not COMING[who]:
        before = everything_stored()
        with pytest.raises(PermissionDenied), transaction.atomic():
            written(world, user, held=held)
        assert everything_stored() == before
        return
    note = fresh(written(world, user, held=held))
    waits = held and COMING[who] == "held"
    assert (note.state, note.state_before, note.version, note.was_shown) == (
        "pending" if waits else "visible", "", 1, not waits,
    )  # fmt: skip
    new = [row_of(entry) for entry in LogEntry.objects.exclude(pk__in=rows)]
    assert new == ([("hold", "", "pending", "system", "", False, "", None)] if waits else [])
    assert case_of(note) == ("open" if waits else None)


# Who gives a note its state before it is stored, and whose "state" is another thing. Each of them
# is there, and there are no others.
WRITERS = {
    "annotations/importing/foreign/bringing.py _annotation": "of notes from elsewhere",
    "annotations/importing/archives/laying.py _row": "of notes of an archive, as they come",
    "annotations/importing/archives/laying.py _store_what_hangs_on_them": "of words that wait",
    "annotations/moderation/admitting.py let_come": "of a note that isn't stored yet",
    "annotations/moderation/states.py _write": "the one writer",
    "annotations/moderation/states.py withdraw_private": "of notes that are nobody else's",
    "annotations/moderation/words.py _mark": "of words that wait",
    "annotations/moderation/words.py hold": "of words that wait",
    "annotations/moderation/words.py _keep": "of words that wait",
    "annotations/moderation/purging.py _wipe": "of words that wait",
    "reader/forms/articles.py __init__": "what a form was made from",
    "reader/forms/correcting.py __init__": "what a form was made from",
}
WRITING_CALLS = {
    "update", "create", "get_or_create", "update_or_create", "Annotation", "AnnotationRevision",
}  # fmt: skip
NAMING_CALLS = {"save", "bulk_update", "bulk_create"}


def test_nothing_else_in_the_source_writes_a_state() -> None:
    root = Path(settings.BASE_DIR)
    sources = [root / "manage.py", *(
        path
        for package in ("annotations", "config", "reader")
        for path in (root / package).rglob("*.py")
        if "migrations" not in path.parts
    )]  # fmt: skip
    found = {
        f"{path.relative_to(root)} {function}"
        for path in sources
        for function in writers_in(ast.parse(path.read_text()))
    }
    assert found == WRITERS.keys()
    assert not [path for path in sources if "SET state" in path.read_text()]


def writers_in(tree: ast.AST, function: str = "") -> Iterator[str]:
    """The functions that write something's state, in whichever way there is."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        if writes_state(node):
            yield inside
        yield from writers_in(node, inside)


def writes_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(
            isinstance(each, ast.Attribute) and (each.attr, type(each.ctx)) == ("state", ast.Store)
            for target in targets
            for each in ast.walk(target)
        )
    if not isinstance(node, ast.Call):
        return False
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    keywords = {keyword.arg for keyword in node.keywords}
    named = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    return (
        (called in WRITING_CALLS and "state" in keywords)
        or (called in NAMING_CALLS and "state" in named)
        or (called == "setattr" and "state" in named)
    )


def test_the_walk_finds_what_it_looks_for() -> None:
    guilty = (
        "note.state = 'removed'", "note.state, x = 1, 2", "note.state: str = 'x'",
        "notes.update(state='x')", "Annotation(state='x')", "setattr(note, 'state', 'x')",
        "Annotation.objects.bulk_update(notes, ['state'])", "note.save(update_fields=['state'])",
        "Annotation.objects.create(state='x')",
    )  # fmt: skip
    for line in guilty:
        assert list(writers_in(ast.parse(f"def do(): {line}"))) == ["do"], line
    for line in ("notes.filter(state='x')", "x = note.state", "note.save(update_fields=['body'])"):
        assert list(writers_in(ast.parse(f"def do(): {line}"))) == [], line


def test_the_documentation_is_the_table() -> None:
    written_there = (Path(settings.BASE_DIR) / "docs/moderation.md").read_text()
    assert written_there == document(), "Write it anew: python -m tests.moderation"
    assert transitions.diagram() in written_there
    assert transitions.table() in written_there
