"""Many who decide, report, edit and take back at once: each thing happens once, everybody else is
told, and no decision is about words that nobody saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from hypothesis import settings

from annotations import actions
from annotations.actions import Range
from annotations.enums import Verb
from annotations.models import Annotation, Case, LogEntry, Report, Target
from annotations.moderation import (
    MovedOn,
    decide,
    decide_all,
    ignore,
    reverse_decision,
    undo,
    words,
)
from annotations.moderation.reporting import report
from annotations.moderation.standings import set_standing
from reader.enums import Role
from reader.models import Membership, StudyGroup, User
from tests.cast import Cast, assemble, join
from tests.races import race

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

type Told = tuple[str, int | None]  # what came of it, and who decided
DONE, ALREADY, MOVED, REFUSED = "done", "already", "moved on", "refused"


def notes_of(cast: Cast, authors: list[User], many: int, *, held: bool = True) -> list[Annotation]:
    """As many notes as that, by these in turn, all on the same words."""
    paragraph = cast.reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    notes = Annotation.objects.bulk_create(
        Annotation(
            creator=authors[at % len(authors)], article=cast.reading.article,
            reading=cast.reading, audience="group", motivation="commenting",
            body=f"Number {at}.", body_html=f"<p>Number {at}.</p>", client_id=uuid4(),
            state="pending" if held else "visible", was_shown=not held,
        )
        for at in range(many)
    )  # fmt: skip
    Target.objects.bulk_create(
        Target(
            annotation=note, start_paragraph=paragraph, start_offset=0, end_paragraph=paragraph,
            end_offset=8, exact=paragraph.text[:8], text_revision=1,
        )
        for note in notes
    )  # fmt: skip
    if held:
        Case.objects.bulk_create(
            Case(annotation=note, group=cast.group, rule="group") for note in notes
        )
    return notes


def one_note(cast: Cast, body: str = "Number one.") -> Annotation:
    paragraph = cast.reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    return actions.annotate(
        by=cast.other, reading=cast.reading, where=Range([paragraph], 0, 8), body=body,
        motivation="commenting", audience="group", client_id=uuid4(),
    )  # fmt: skip


def attempt(order: dict[str, Any]) -> Told:
    """Do one thing as one person; in whichever process."""
    given = dict(order)
    act, by = ACTS[given.pop("act")], User.objects.get(pk=given.pop("by"))
    try:
        return act(by, **given)
    except MovedOn as moved:
        return MOVED, moved.entry.actor_id if moved.entry else None
    except PermissionDenied:
        return REFUSED, None


def in_turn(orders: list[dict[str, Any]]) -> list[Told]:
    told = []
    for order in orders:
        told.append(attempt(order))
        if connection.vendor == "postgresql":
            connections.close_all()  # a pool has fewer connections than there are moderators here
    return told


def _note(pk: int) -> Annotation:
    return Annotation.objects.select_related("reading__group", "root").get(pk=pk)


def _decide(by: User, *, note: int, verb: str, seen: int = 1) -> Told:
    done = decide(
        by=by, annotation=_note(note), verb=Verb(verb), seen=seen,
        reason="unkind" if verb == "remove" else "",
    )  # fmt: skip
    assert done.entry is not None
    return ALREADY if done.already else DONE, done.entry.actor_id


def _ignore(by: User, *, note: int) -> Told:
    done = ignore(by=by, annotation=_note(note), seen=1)
    return ALREADY if done.already else DONE, None


def _bulk(by: User, *, notes: list[int], verb: str) -> Told:
    chosen = list(Annotation.objects.filter(pk__in=notes).values_list("uuid", flat=True))
    results = decide_all(
        by=by, group=StudyGroup.objects.get(name="Thursday circle"), verb=Verb(verb),
        chosen=[(uuid, 1) for uuid in chosen], reason="unkind",
    )  # fmt: skip
    assert len(results.done) + len(results.skipped) == len(notes)
    return DONE, len(results.done)


def _report(by: User, *, note: int) -> Told:
    report(by=by, annotation=_note(note), revision=1, reason="unkind")
    return DONE, None


def _edit(by: User, *, note: int, body: str) -> Told:
    actions.edit(by=by, annotation=_note(note), body=body)
    return DONE, None


def _withdraw(by: User, *, note: int) -> Told:
    actions.withdraw(by=by, annotation=_note(note))
    return DONE, None


def _undo(by: User, *, entry: int) -> Told:
    return DONE, undo(by=by, entry=LogEntry.objects.get(pk=entry)).pk


def _reverse(by: User, *, entry: int) -> Told:
    return DONE, reverse_decision(by=by, entry=LogEntry.objects.get(pk=entry)).pk


def _ban(by: User, *, member: int) -> Told:
    set_standing(
        by=by, membership=Membership.objects.get(pk=member), standing="banned", reason="unkind",
        notes="remove",
    )  # fmt: skip
    return DONE, by.pk


ACTS: dict[str, Callable[..., Told]] = {
    "decide": _decide, "ignore": _ignore, "bulk": _bulk, "report": _report, "edit": _edit,
    "withdraw": _withdraw, "undo": _undo, "reverse": _reverse, "ban": _ban,
}  # fmt: skip


@pytest.fixture
def cast() -> Cast:
    return assemble()


def moderators(cast: Cast, many: int) -> list[User]:
    return [join(cast.group, f"Mod{at:02}", Role.MODERATOR) for at in range(many)]


def decided(note: Annotation) -> list[LogEntry]:
    verbs = ("approve", "remove", "hide", "send_back", "restore")
    return list(LogEntry.objects.about(note.pk).filter(verb__in=verbs))


def sizes(verbs: tuple[str, ...]) -> tuple[int, int]:
    """How many decide about how many notes: processes cost more than threads, so that on SQLite
    only the long run has as many."""
    if len(verbs) == 1:
        return 4, 10
    full = connection.vendor == "postgresql" or settings.get_current_profile_name() == "soak"
    return (20, 100) if full else (8, 25)


@pytest.mark.parametrize("verbs", [("approve",), ("approve", "remove")], ids=" and ".join)
def test_many_who_decide_about_the_same_notes(cast: Cast, verbs: tuple[str, ...]) -> None:
    """Each is decided once, with one row and one message; everybody else is told who did."""
    people, many = sizes(verbs)
    notes = notes_of(cast, [cast.member, cast.other, join(cast.group, "Nora")], many)
    deciding = moderators(cast, people)
    orders = []
    for at, each in enumerate(deciding):
        verb = verbs[at % len(verbs)]
        mine: list[dict[str, Any]] = [
            {"act": "decide", "by": each.pk, "note": note.pk, "verb": verb} for note in notes
        ]
        orders.append(mine[::-1] if at % 4 > 1 else mine)  # so that they meet in the middle too
    told = race(in_turn, orders)
    by_note: dict[int, dict[int, Told]] = {note.pk: {} for note in notes}
    for mine, results in zip(orders, told, strict=True):
        for order, result in zip(mine, results, strict=True):
            by_note[order["note"]][order["by"]] = result
    for note in notes:
        rows = decided(note)
        assert len(rows) == 1
        row, now = rows[0], Annotation.objects.get(pk=note.pk)
        assert (now.state, now.version) == ("removed" if row.verb == "remove" else "approved", 2)
        results = by_note[note.pk]
        assert results[row.actor_id or 0] == (DONE, row.actor_id)
        others: list[Any] = [mine[0] for mine in orders if mine[0]["by"] != row.actor_id]
        for order in others:
            same = order["verb"] == row.verb
            assert results[order["by"]] == (ALREADY if same else MOVED, row.actor_id)
        assert row.notices.count() == 1
    assert Case.objects.filter(resolved_at=None).count() == 0
    assert Case.objects.count() == many


def test_a_bulk_decision_among_single_ones(cast: Cast) -> None:
    notes = notes_of(cast, [cast.member, cast.other], 12)
    pks = [note.pk for note in notes]
    first, second, third = moderators(cast, 3)
    orders = [
        [{"act": "bulk", "by": first.pk, "notes": pks, "verb": "approve"}],
        [{"act": "bulk", "by": second.pk, "notes": pks, "verb": "remove"}],
        [{"act": "decide", "by": third.pk, "note": pk, "verb": "remove"} for pk in reversed(pks)],
    ]
    ((_one, one),), ((_two, two),), three = race(in_turn, orders)
    assert one + two + [result for result, _by in three].count(DONE) == len(notes)
    assert [len(decided(note)) for note in notes] == [1] * len(notes)
    bulks = LogEntry.objects.filter(verb="bulk").order_by("actor")
    assert [bulk.parts.count() for bulk in bulks] == [one, two]


@pytest.mark.parametrize("times", range(2))
def test_a_ban_that_takes_notes_which_others_decide_about(cast: Cast, times: int) -> None:
    """Nobody waits for somebody who waits for them."""
    notes = notes_of(cast, [cast.other], 12, held=False)
    theirs = Membership.objects.get(group=cast.group, user=cast.other)
    first, second = moderators(cast, 2)
    orders = [
        [{"act": "ban", "by": cast.owner.pk, "member": theirs.pk}],
        *(
            [{"act": "decide", "by": each.pk, "note": note.pk, "verb": "hide"} for note in chosen]
            for each, chosen in ((first, notes[::-1]), (second, notes))
        ),
    ]
    banned, *_others = race(in_turn, orders)
    assert banned == [(DONE, cast.owner.pk)]
    for note in notes:
        rows = decided(note)
        states = Counter(row.verb for row in rows)
        # Hidden before it was taken, or instead, or not at all: but never removed twice.
        assert states["remove"] <= 1
        assert states["hide"] <= 1
        assert Annotation.objects.get(pk=note.pk).state == rows[0].after


def test_a_bulk_reversal_among_single_ones(cast: Cast) -> None:
    notes = notes_of(cast, [cast.member, cast.other], 10, held=False)
    pks = [note.pk for note in notes]
    first, second, third = moderators(cast, 3)
    in_turn([{"act": "bulk", "by": first.pk, "notes": pks, "verb": "remove"}])
    entry = LogEntry.objects.get(verb="bulk").pk
    reverse = {"act": "reverse", "by": second.pk, "entry": entry}
    orders = [
        [reverse],
        [{**reverse, "by": cast.owner.pk}],
        [
            {"act": "decide", "by": third.pk, "note": pk, "verb": "restore", "seen": 2}
            for pk in reversed(pks)
        ],
    ]
    race(in_turn, orders)
    for note in notes:
        assert Annotation.objects.get(pk=note.pk).state == "approved"
        assert [row.verb for row in decided(note)] == ["restore", "remove"]
    assert LogEntry.objects.filter(reverses=entry).count() == 1


class TestReports:
    @pytest.fixture
    def reporters(self, cast: Cast) -> list[User]:
        return [join(cast.group, f"Rep{at}") for at in range(6)]

    def orders(self, note: Annotation, reporters: list[User]) -> list[dict[str, Any]]:
        return [{"act": "report", "by": each.pk, "note": note.pk} for each in reporters]

    def test_many_at_once_make_one_case(self, cast: Cast, reporters: list[User]) -> None:
        note = one_note(cast)
        assert race(attempt, self.orders(note, reporters)) == [(DONE, None)] * 6
        case = Case.objects.get()
        assert (case.resolved_at, case.reports.count()) == (None, 6)
        assert LogEntry.objects.filter(verb="report").count() == 6

    def test_as_many_as_it_takes_hide_it_once(self, cast: Cast, reporters: list[User]) -> None:
        StudyGroup.objects.filter(pk=cast.group.pk).update(hides_reported=True)
        note = one_note(cast)
        told = race(attempt, self.orders(note, reporters))
        assert Counter(result for result, _by in told) == {DONE: 2, REFUSED: 4}
        assert (Report.objects.count(), Case.objects.count()) == (2, 1)
        assert [row.acting_as for row in decided(note)] == ["system"]
        assert Annotation.objects.get(pk=note.pk).version == 2

    @pytest.mark.parametrize("verb", ["approve", "remove", "hide"])
    def test_while_somebody_decides(self, cast: Cast, reporters: list[User], verb: str) -> None:
        """Whoever reported before is answered, and who reported after has an open case."""
        note = one_note(cast)
        decision = {"act": "decide", "by": cast.moderator.pk, "note": note.pk, "verb": verb}
        first, *told = race(attempt, [decision, *self.orders(note, reporters[:3])])
        assert first == (DONE, cast.moderator.pk)
        assert {result for result, _by in told} <= (
            {DONE} if verb == "approve" else {DONE, REFUSED}
        )
        waiting = Report.objects.waiting().count()
        open_cases = Case.objects.open().count()
        assert Case.objects.count() <= 1
        if verb == "hide":
            assert (open_cases, Report.objects.waiting().count()) == (1, Report.objects.count())
        else:
            assert open_cases == (1 if waiting else 0)
        if verb == "remove":
            assert waiting == 0

    def test_two_who_reported_each_other_are_answered_at_once(self, cast: Cast) -> None:
        """By two leaders, who tell the same people in either order."""
        pairs = [(cast.other, cast.member), (cast.member, cast.other)]
        for _times in range(3):
            orders = []
            for author, reporter in pairs:
                (note,) = notes_of(cast, [author], 1, held=False)
                attempt({"act": "report", "by": reporter.pk, "note": note.pk})
                orders.append({"act": "decide", "note": note.pk, "verb": "remove"})
            leaders = (cast.owner, cast.moderator)
            told = race(
                attempt, [{**order, "by": by.pk} for order, by in zip(orders, leaders, strict=True)]
            )
            assert [result for result, _by in told] == [DONE, DONE]


class TestEdits:
    @pytest.mark.parametrize("verb", ["approve", "remove", "hide"])
    @pytest.mark.parametrize("times", range(3))
    def test_no_decision_is_about_words_that_nobody_saw(
        self, cast: Cast, verb: str, times: int
    ) -> None:
        note = one_note(cast, "As it was seen.")
        orders = [
            {"act": "decide", "by": cast.moderator.pk, "note": note.pk, "verb": verb},
            {"act": "edit", "by": cast.other.pk, "note": note.pk, "body": "Something else."},
        ]
        (result, by), (edited, _nobody) = race(attempt, orders)
        now, rows = Annotation.objects.get(pk=note.pk), decided(note)
        if result == MOVED:
            assert (by, rows, edited) == (None, [], DONE)
            assert (now.state, now.body, now.version) == ("visible", "Something else.", 2)
            return
        assert [(row.verb, row.revision, row.version) for row in rows] == [(verb, 1, 2)]
        if verb == "approve":
            assert (edited, now.body, now.revision) == (DONE, "Something else.", 2)
        else:
            assert (edited, now.body, now.revision) == (REFUSED, "As it was seen.", 1)

    @pytest.mark.parametrize("times", range(3))
    def test_nor_is_an_edit_published_that_nobody_saw(self, cast: Cast, times: int) -> None:
        note = one_note(cast, "First.")
        StudyGroup.objects.filter(pk=cast.group.pk).update(premoderates=True)
        actions.edit(by=cast.other, annotation=note, body="Second.")
        orders = [
            {
                "act": "decide", "by": cast.moderator.pk, "note": note.pk, "verb": "approve",
                "seen": 2,
            },
            {"act": "edit", "by": cast.other.pk, "note": note.pk, "body": "Third."},
        ]  # fmt: skip
        (result, _by), (edited, _nobody) = race(attempt, orders)
        now = Annotation.objects.get(pk=note.pk)
        edit = words.waiting(now)
        assert edit is not None
        assert (edited, edit.body) == (DONE, "Third.")
        assert (result, now.body) in {(DONE, "Second."), (MOVED, "First.")}
        assert Case.objects.open().filter(annotation=note).count() == 1

    @pytest.mark.parametrize("times", range(3))
    def test_its_author_deletes_what_a_moderator_decides_about(
        self, cast: Cast, times: int
    ) -> None:
        note = one_note(cast)
        orders = [
            {"act": "decide", "by": cast.moderator.pk, "note": note.pk, "verb": "remove"},
            {"act": "withdraw", "by": cast.other.pk, "note": note.pk},
        ]
        (result, _by), (deleted, _nobody) = race(attempt, orders)
        now = Annotation.objects.get(pk=note.pk)
        assert (result, deleted, now.state) in {
            (DONE, REFUSED, "removed"),
            (MOVED, DONE, "withdrawn"),
        }
        assert now.version == 2


class TestUndo:
    @pytest.mark.parametrize("times", range(3))
    def test_one_takes_back_what_another_decides_on(self, cast: Cast, times: int) -> None:
        note = one_note(cast)
        attempt({"act": "decide", "by": cast.moderator.pk, "note": note.pk, "verb": "hide"})
        entry = decided(note)[0].pk
        orders = [
            {"act": "undo", "by": cast.moderator.pk, "entry": entry},
            {
                "act": "decide", "by": cast.owner.pk, "note": note.pk, "verb": "approve",
                "seen": 2,
            },
        ]  # fmt: skip
        (undone, by), (approved, other) = race(attempt, orders)
        now = Annotation.objects.get(pk=note.pk)
        assert now.version == 3
        if undone == DONE:
            assert (approved, other, now.state) == (MOVED, cast.moderator.pk, "visible")
        else:
            assert (undone, by) == (MOVED, cast.owner.pk)
            assert (approved, now.state) == (DONE, "approved")
        assert Case.objects.open().count() == 0

    @pytest.mark.parametrize("what", ["hide", "ignore", "bulk"])
    def test_pressed_twice_it_is_undone_once(self, cast: Cast, what: str) -> None:
        note, by = one_note(cast), cast.moderator.pk
        attempt({"act": "report", "by": cast.member.pk, "note": note.pk})
        decisions: dict[str, dict[str, Any]] = {
            "hide": {"act": "decide", "note": note.pk, "verb": "hide"},
            "ignore": {"act": "ignore", "note": note.pk},
            "bulk": {"act": "bulk", "notes": [note.pk], "verb": "hide"},
        }
        attempt({**decisions[what], "by": by})
        entry = LogEntry.objects.get(verb=what).pk
        told = race(attempt, [{"act": "undo", "by": by, "entry": entry}] * 3)
        assert {result for result, _row in told} == {DONE}
        assert len({row for _result, row in told}) == 1
        assert LogEntry.objects.filter(reverses=entry).count() == 1
        assert Annotation.objects.get(pk=note.pk).state == "visible"
        case = Case.objects.get()
        assert (case.outcome, case.reports.waiting().count()) == ("", 1)
