"""What a member may do: decided by leaders, told, undone, reversed, and over by its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import moderation
from annotations.enums import State, Told, Verb
from annotations.models import Annotation, LogEntry, MemberNote, Notice
from annotations.moderation.standings import (
    StandingMovedOn,
    acknowledge,
    hold_member,
    note_on_member,
    restore_standing,
    set_standing,
)
from annotations.permissions import can_see_notes_on, can_set_standing
from reader.actions import (
    accept_invitation,
    ask_to_join,
    decide_request,
    invite,
    invite_by_code,
    join_group,
    leave,
)
from reader.actions.invitations import name_somebody
from reader.actions.requests import ask_for_another
from reader.enums import Role, Standing
from reader.models import JoinRequest, Membership, OutboxMessage, StudyGroup, User
from reader.permissions import can_write, standing_now
from tests.annotations.conftest import Write
from tests.cast import Cast, assemble, client_of, join
from tests.permissions.world import comment
from tests.races import at_once

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def of(user: User, group: StudyGroup) -> Membership:
    return Membership.objects.select_related("group", "user").get(user=user, group=group)


def change(row: Any, **values: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def soon(**ago: int) -> datetime:
    return timezone.now() + timedelta(**(ago or {"days": 1}))


@pytest.fixture
def theirs(cast: Cast) -> Membership:
    return of(cast.other, cast.group)


@pytest.fixture
def decide(cast: Cast, theirs: Membership) -> Callable[..., LogEntry]:
    def decide(standing: str, **given: Any) -> LogEntry:
        given = {"by": cast.moderator, "reason": "unkind", "membership": theirs, **given}
        if standing == "active":
            given["reason"] = ""
        return set_standing(standing=standing, **given)

    return decide


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be taken back any more, so that whom it is about is told."""
    monkeypatch.setattr("annotations.querysets.moderation.UNDO_FOR", timedelta(0))


def now_of(cast: Cast) -> tuple[str, datetime | None, str]:
    found = of(cast.other, cast.group)
    return found.standing, found.standing_until, found.standing_sentence


class TestWhoMayDecide:
    def test_every_role_over_every_role(self) -> None:
        def pair(mine: str, theirs: str) -> tuple[Membership, Membership]:
            return Membership(pk=1, role=mine), Membership(pk=2, role=theirs)

        below = (Role.MODERATOR, Role.MEMBER, Role.OBSERVER)
        allowed = {both for both in product(Role, Role) if can_set_standing(*pair(*both))}
        assert allowed == {
            *product([Role.OWNER], below),
            *product([Role.MODERATOR], (Role.MEMBER, Role.OBSERVER)),
        }
        stepped_in = Membership(pk=3, role=Role.OWNER, ends_at=soon())
        assert [can_set_standing(stepped_in, Membership(pk=2, role=role)) for role in Role] == [
            True
        ] * 4
        assert not can_set_standing(None, Membership(pk=2))
        for role in Role:
            assert not can_set_standing(Membership(pk=1, role=role), Membership(pk=1, role=role))
            assert not can_see_notes_on(Membership(pk=1, role=role), Membership(pk=1, role=role))

    def test_others_are_refused(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        refused = (
            {"by": cast.member},
            {"by": cast.observer},
            {"by": cast.outsider},
            {"by": cast.other},
            {"membership": of(cast.owner, cast.group)},
            {"membership": of(cast.moderator, cast.group)},
            {"by": cast.owner, "membership": of(cast.owner, cast.group)},
            {"by": cast.owner, "membership": of(cast.outsider, cast.elsewhere.group)},
        )
        for given in refused:
            with pytest.raises(PermissionDenied):
                decide("muted", **given)
        assert not LogEntry.objects.exists()
        assert set(Membership.objects.values_list("standing", flat=True)) == {"active"}

    @pytest.mark.parametrize(
        ("standing", "given"),
        [
            ("nice", {}),
            ("muted", {"reason": ""}),
            ("muted", {"reason": "no-such"}),
            ("muted", {"until": soon(days=-1)}),
            ("warned", {"until": soon()}),
            ("active", {"until": soon()}),
        ],
    )
    def test_what_makes_no_sense(
        self, cast: Cast, decide: Callable[..., LogEntry], standing: str, given: dict[str, Any]
    ) -> None:
        with pytest.raises(ValidationError):
            decide(standing, **given)
        assert now_of(cast) == ("active", None, "")


class TestDeciding:
    def test_is_written_logged_and_told(
        self, cast: Cast, settings: Any, decide: Callable[..., LogEntry]
    ) -> None:
        settings.CATENA_SENDS_MAIL = True
        until = soon()
        entry = decide("muted", until=until, sentence="Read along for a day.")
        assert now_of(cast) == ("muted", until, "Read along for a day.")
        assert (entry.verb, entry.actor, entry.acting_as, entry.membership, entry.reason) == (
            Verb.SET_STANDING, cast.moderator, "moderator", of(cast.other, cast.group), "unkind",
        )  # fmt: skip
        assert entry.details == {
            "standing": "muted", "until": until.isoformat(), "from": "active", "from_until": None,
            "from_sentence": "", "notes": "keep",
        }  # fmt: skip
        assert entry.for_members
        [notice] = Notice.objects.all()
        assert (notice.to, notice.kind, notice.entry) == (cast.other, Told.STANDING, entry)
        [mail] = OutboxMessage.objects.all()
        assert mail.to == "nils@example.org"
        assert mail.body.count(f"/decisions/{entry.pk}/") == 1
        assert mail.not_before > timezone.now() + timedelta(seconds=20)

    @pytest.mark.usefixtures("settled")
    def test_whoever_it_is_about_reads_the_decision(
        self, cast: Cast, decide: Callable[..., LogEntry]
    ) -> None:
        entry = decide("banned", sentence="Enough.")
        got = {
            user.name: client_of(user).get(entry.get_absolute_url()).status_code
            for user in (cast.other, cast.owner, cast.member, cast.outsider)
        }
        assert got == {"Nils": 200, "Olga": 200, "Mira": 404, "Otto": 404}

    def test_an_end_is_a_comparison_with_now(
        self, cast: Cast, decide: Callable[..., LogEntry]
    ) -> None:
        decide("suspended", until=soon())
        page = cast.group.get_absolute_url()
        assert client_of(cast.other).get(page).status_code == 404
        change(of(cast.other, cast.group), standing_until=timezone.now())
        assert client_of(cast.other).get(page).status_code == 200
        assert standing_now(of(cast.other, cast.group)) == "active"
        assert can_write(of(cast.other, cast.group))

    def test_on_a_page_that_is_no_longer_so(
        self, cast: Cast, theirs: Membership, decide: Callable[..., LogEntry]
    ) -> None:
        first = decide("warned", seen=0)
        assert decide("warned", seen=0) == first  # sent twice
        with pytest.raises(StandingMovedOn) as moved:
            decide("banned", seen=0, by=cast.owner)
        assert moved.value.entry == first
        assert decide("banned", seen=first.pk, by=cast.owner).details["from"] == "warned"
        assert LogEntry.objects.about_member(theirs).count() == 2

    def test_of_somebody_who_has_left(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        leave(by=cast.other, group=cast.group, nameless=False)
        decide("banned")
        assert now_of(cast)[0] == "banned"


class TestTheirNotes:
    @pytest.fixture
    def written(self, cast: Cast, write: Write) -> list[Annotation]:
        root = write(cast.member, "Not theirs.")
        notes = [
            write(cast.other, "One."),
            write(cast.other, "Two.", on=1),
            write(cast.other, "An answer.", to=root),
        ]
        write(cast.other, "For me.", audience="private")
        write(cast.member, "An answer to theirs.", to=notes[0])
        return notes

    def states(self) -> dict[str, str]:
        return dict(Annotation.objects.values_list("body", "state"))

    KEPT = {"Not theirs.": "visible", "For me.": "visible", "An answer to theirs.": "visible"}

    @pytest.mark.parametrize(
        ("notes", "state"), [("keep", "visible"), ("hide", "hidden"), ("remove", "removed")]
    )
    def test_all_of_them_at_once(
        self,
        cast: Cast,
        written: list[Annotation],
        decide: Callable[..., LogEntry],
        notes: str,
        state: str,
    ) -> None:
        entry = decide("banned", notes=notes)
        theirs = dict.fromkeys(("One.", "Two.", "An answer."), state)
        assert self.states() == {**self.KEPT, **theirs}
        listed = list(LogEntry.objects.for_leaders_of(cast.group))
        assert listed == [entry]
        assert LogEntry.objects.notes_of(entry).count() == (0 if notes == "keep" else 3)
        about = Notice.objects.filter(to=cast.other)
        assert [notice.kind for notice in about] == [Told.STANDING]

    def test_kept_where_the_standing_says_nothing_about_them(
        self, written: list[Annotation], decide: Callable[..., LogEntry]
    ) -> None:
        decide("held", notes="remove")
        assert set(self.states().values()) == {"visible"}

    def test_more_than_a_hundred(
        self, cast: Cast, write: Write, decide: Callable[..., LogEntry]
    ) -> None:
        note = write(cast.other, "Again.")
        Annotation.objects.bulk_create(
            Annotation(
                creator=cast.other, article=note.article, reading=note.reading, audience="group",
                motivation="replying", body=f"And again, {n}.", parent=note, root=note,
                client_id=uuid4(),
            )
            for n in range(120)
        )  # fmt: skip
        entry = decide("banned", notes="remove")
        assert Annotation.objects.filter(state=State.REMOVED).count() == 121
        assert LogEntry.objects.notes_of(entry).count() == 121
        assert LogEntry.objects.for_leaders_of(cast.group).count() == 1
        moderation.undo(by=cast.moderator, entry=entry)
        assert Annotation.objects.filter(state=State.VISIBLE).count() == 121

    def test_undone_within_half_a_minute(
        self, cast: Cast, settings: Any, written: list[Annotation], decide: Callable[..., LogEntry]
    ) -> None:
        settings.CATENA_SENDS_MAIL = True
        decide("warned", sentence="Mind this.", by=cast.owner)
        entry = decide("banned", notes="remove", sentence="Out.")
        moderation.undo(by=cast.moderator, entry=entry)
        assert now_of(cast) == ("warned", None, "Mind this.")
        assert set(self.states().values()) == {"visible"}
        assert [n.entry_id for n in Notice.objects.filter(to=cast.other)] == [entry.pk - 1]
        waiting = OutboxMessage.objects.filter(given_up_at=None)
        assert waiting.count() == 1

    def test_reversed_by_another_leader_later(
        self, cast: Cast, written: list[Annotation], decide: Callable[..., LogEntry]
    ) -> None:
        entry = decide("banned", notes="remove")
        states = self.states()
        moderation.reverse_decision(by=cast.owner, entry=entry, sentence="It was a mistake.")
        assert now_of(cast) == ("active", None, "")
        assert set(states.values()) == {"visible", "removed"}
        assert {self.states()[body] for body in ("One.", "Two.", "An answer.")} == {"approved"}


class TestPuttingBack:
    def test_what_was_decided_since_stands(
        self, cast: Cast, decide: Callable[..., LogEntry]
    ) -> None:
        first = decide("muted", until=soon(), sentence="A day.")
        second = decide("banned")
        with pytest.raises(PermissionDenied):
            restore_standing(first, by=cast.owner)
        moderation.reverse_decision(by=cast.owner, entry=second)
        assert now_of(cast)[::2] == ("muted", "A day.")
        moderation.reverse_decision(by=cast.owner, entry=first)
        assert now_of(cast) == ("active", None, "")

    def test_a_warning_that_was_acknowledged_is_over(
        self, cast: Cast, decide: Callable[..., LogEntry]
    ) -> None:
        entry = decide("warned")
        acknowledge(by=cast.other, group=cast.group, seen=entry.pk)
        moderation.reverse_decision(by=cast.owner, entry=entry)
        assert now_of(cast) == ("active", None, "")


class TestComingBack:
    """A ban shuts every door until it ends."""

    def mailed(self, cast: Cast) -> str:
        email = cast.other.email
        return name_somebody(by=cast.owner, group=cast.group, email=email, role="member")[1]

    def ways(self, cast: Cast) -> dict[str, Any]:
        group, other = cast.group, cast.other
        link, token = invite(by=cast.owner, group=group)
        code = invite_by_code(by=cast.owner, group=group)[1]
        mailed = self.mailed(cast)
        asked = JoinRequest.objects.create(group=group, user=other)

        def into(joining: str, way: Callable[..., Any]) -> Any:
            change(group, joining=joining)
            group.refresh_from_db()
            return way(by=other, group=group)

        return {
            "link": lambda: accept_invitation(by=other, token=token),
            "code": lambda: accept_invitation(by=other, token=code),
            "mailed": lambda: accept_invitation(by=other, token=mailed),
            "a yes": lambda: decide_request(by=cast.owner, asked=asked, accept=True)[0].accepted,
            "another link": lambda: ask_for_another(by=other, invitation=link, client="::1"),
            "open": lambda: into("open", join_group),
            "asking": lambda: into("request", ask_to_join),
            "asking at an open one": lambda: into("open", ask_to_join),
        }

    @pytest.mark.parametrize("left", [False, True])
    def test_by_no_way(self, cast: Cast, decide: Callable[..., LogEntry], left: bool) -> None:
        if left:
            leave(by=cast.other, group=cast.group, nameless=False)
        decide("banned")
        for name, way in self.ways(cast).items():
            try:
                got = way()
            except PermissionDenied:
                got = None
            assert not got, name
        back = of(cast.other, cast.group)
        assert (back.left_at is not None, standing_now(back)) == (left, "banned")
        assert client_of(cast.other).get(cast.reading.get_absolute_url()).status_code == 404

    def test_once_it_is_over(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        leave(by=cast.other, group=cast.group, nameless=False)
        decide("banned", until=soon())
        change(of(cast.other, cast.group), standing_until=timezone.now())
        mailed = self.mailed(cast)
        assert isinstance(accept_invitation(by=cast.other, token=mailed), Membership)


class TestHolding:
    def held(self, cast: Cast, write: Write, user: User) -> Membership:
        note = write(user, "Buy now.")
        moderation.decide(
            by=cast.owner, annotation=note, verb=Verb.REMOVE, seen=note.version, reason="spam"
        )
        return of(user, cast.group)

    def test_whose_note_was_spam(self, cast: Cast, write: Write) -> None:
        theirs = self.held(cast, write, cast.other)
        [row] = LogEntry.objects.about_member(theirs)
        assert (theirs.standing, row.acting_as, row.actor, row.reason) == (
            "held", "system", None, "spam",
        )  # fmt: skip
        assert row.bulk is not None
        assert not Notice.objects.filter(to=cast.other).exists()
        moderation.undo(by=cast.owner, entry=row.bulk)
        assert now_of(cast) == ("active", None, "")

    @pytest.mark.parametrize("standing", ["muted", "warned", "suspended", "banned"])
    def test_gives_nobody_more_than_they_had(
        self, cast: Cast, decide: Callable[..., LogEntry], standing: str
    ) -> None:
        entry = decide(standing)
        assert hold_member(membership=of(cast.other, cast.group), entry=entry) is None
        assert now_of(cast)[0] == standing

    def test_no_leader(self, cast: Cast, write: Write) -> None:
        assert self.held(cast, write, cast.moderator).standing == "active"


class TestWarned:
    @pytest.mark.usefixtures("settled")
    def test_writes_once_it_is_acknowledged(
        self, cast: Cast, write: Write, decide: Callable[..., LogEntry]
    ) -> None:
        note = write(cast.member, "A beginning.")
        entry = decide("warned", sentence="Talk about the text.")
        client = client_of(cast.other)
        reply = reverse("note_reply", args=[note.uuid])
        for page in (client.get(reply), client.post(reply, {"body": "My words."})):
            assert page.status_code == 403
            assert page.text.count("Talk about the text.") == 1
        assert client.post(reply, {"body": "My words."}).text.count("My words.") == 1
        for url in (cast.group.get_absolute_url(), cast.reading.get_absolute_url()):
            page = client.get(url)
            shown = [page.text.count(words) for words in ("Talk about the text.", "Hurts somebody")]
            assert shown == [1, 1]
            assert page.text.count(f'href="{entry.get_absolute_url()}"') == 1
            assert client_of(cast.member).get(url).text.count("Talk about the text.") == 0
        there = reverse("acknowledge", args=[cast.group.slug])
        assert client.get(there).text.count("Talk about the text.") == 1
        answer = client.post(there, {"seen": entry.pk})
        assert answer.headers["Location"] == cast.group.get_absolute_url()
        assert now_of(cast) == ("active", None, "")
        assert client.get(reply).status_code == 200
        said = LogEntry.objects.get(verb=Verb.ACKNOWLEDGE)
        assert (said.actor, said.acting_as, said.details) == (
            cast.other, "author", {"of": entry.pk},
        )  # fmt: skip
        assert client.post(there, {"seen": entry.pk}).status_code == 302
        assert LogEntry.objects.filter(verb=Verb.ACKNOWLEDGE).count() == 1

    def test_another_warning_has_to_be_read_too(
        self, cast: Cast, decide: Callable[..., LogEntry]
    ) -> None:
        first = decide("warned", sentence="One.")
        decide("warned", sentence="Two.", by=cast.owner)
        there = reverse("acknowledge", args=[cast.group.slug])
        answer = client_of(cast.other).post(there, {"seen": first.pk})
        assert (answer.status_code, answer.text.count("Two.")) == (409, 1)
        assert client_of(cast.other).post(there, {"seen": "x"}).status_code == 422
        assert now_of(cast)[0] == "warned"

    def test_nobody_else_acknowledges(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        decide("muted")
        acknowledge(by=cast.other, group=cast.group)
        assert now_of(cast)[0] == "muted"
        with pytest.raises(PermissionDenied):
            acknowledge(by=cast.outsider, group=cast.group)


class TestMuted:
    @pytest.mark.usefixtures("settled")
    def test_sees_until_when_and_why(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        client, url = client_of(cast.other), cast.reading.get_absolute_url()
        before = client.get(url)
        entry = decide("muted", until=timezone.make_aware(datetime(2031, 5, 4, 8)))
        after = client.get(url, headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert after.text.count("You only read here until Sunday, 4 May, 08:00.") == 1
        assert after.text.count(f'href="{entry.get_absolute_url()}"') == 1
        assert after.text.count("I have read it") == 0
        note = f"{url}annotate/?start_key={cast.reading.article.paragraphs.all()[1].key}"
        refused = client.get(note)
        assert refused.status_code == 403
        assert refused.text.count("you only read here until 4 May 2031, 08:00.") == 1


class TestPage:
    def url(self, cast: Cast, name: str = "member_standing") -> str:
        return reverse(name, args=[cast.group.slug, of(cast.other, cast.group).pk])

    def form(self, **given: str) -> dict[str, str]:
        return {"standing": "muted", "reason": "unkind", "seen": "0", "until": "", **given}

    def test_says_what_it_means_and_how_much_they_wrote(self, cast: Cast, write: Write) -> None:
        write(cast.other, "One.")
        write(cast.other, "Two.")
        write(cast.other, "For me.", audience="private")
        page = client_of(cast.moderator).get(self.url(cast)).text
        assert page.count('name="standing"') == 6
        assert page.count("They have published 2 notes here.") == 1
        assert page.count("Hurts somebody") == 1

    def test_decides_and_says_so_in_words(self, cast: Cast, write: Write) -> None:
        write(cast.other, "One.")
        write(cast.other, "Two.")
        client = client_of(cast.moderator)
        answer = client.post(
            self.url(cast), self.form(until="2031-05-04T08:00", notes="hide"), follow=True
        )
        entry = LogEntry.objects.get(verb=Verb.SET_STANDING)
        assert answer.redirect_chain == [(entry.get_absolute_url(), 302)]
        said = "Nils only reads here. That ends 4 May 2031, 08:00. 2 notes are hidden."
        assert answer.text.count(said) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": ""},
            {"standing": ""},
            {"standing": "nice"},
            {"until": "2020-01-01T08:00"},
            {"until": "soon"},
            {"seen": "x"},
            {"seen": ""},
            {"reason": "a\0b"},
            {"notes": "burn"},
        ],
    )
    def test_keeps_what_was_filled_in(self, cast: Cast, wrong: dict[str, str]) -> None:
        sent = self.form(sentence="My own words.", **wrong)
        answer = client_of(cast.moderator).post(self.url(cast), sent)
        assert (answer.status_code, answer.text.count("My own words.")) == (422, 1)
        assert not LogEntry.objects.exists()

    def test_what_is_hidden_on_the_page_is_left_out(self, cast: Cast) -> None:
        client = client_of(cast.moderator)
        sent = self.form(standing="warned", until="2031-05-04T08:00", notes="remove")
        assert client.post(self.url(cast), sent).status_code == 302
        entry = LogEntry.objects.get()
        assert (entry.details["until"], entry.details["notes"]) == (None, "keep")

    def test_two_leaders_at_once(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        decide("warned", by=cast.owner)
        sent = self.form(standing="banned", sentence="My own words.")
        client = client_of(cast.moderator)
        answer = client.post(self.url(cast), sent)
        assert (answer.status_code, answer.text.count("My own words.")) == (409, 1)
        assert answer.text.count("Olga") == 1
        assert now_of(cast)[0] == "warned"
        sent["seen"] = str(LogEntry.objects.get().pk)
        assert answer.text.count(f'name="seen" value="{sent["seen"]}"') == 1
        assert client.post(self.url(cast), sent).status_code == 302

    def test_links_and_lists(self, cast: Cast, decide: Callable[..., LogEntry]) -> None:
        decide("suspended", until=timezone.make_aware(datetime(2031, 5, 4, 8)))
        people = reverse("people", args=[cast.group.slug])
        said = "suspended until 4 May 2031, 08:00"
        shown = {
            user.name: client_of(user).get(people).text.count(said)
            for user in (cast.owner, cast.moderator, cast.member)
        }
        assert shown == {"Olga": 1, "Moses": 1, "Mira": 0}
        ways = ("Standing…", "Notes of the leaders", said[0].upper() + said[1:])
        pages = {
            (by.name, user.name): [
                client_of(by)
                .get(reverse("member", args=[cast.group.slug, of(user, cast.group).pk]))
                .text.count(way)
                for way in ways
            ]
            for by, user in product(
                (cast.owner, cast.moderator), (cast.owner, cast.moderator, cast.other)
            )
        }
        assert pages == {
            ("Olga", "Olga"): [0, 0, 0], ("Olga", "Moses"): [1, 1, 0], ("Olga", "Nils"): [1, 1, 1],
            ("Moses", "Olga"): [0, 1, 0], ("Moses", "Moses"): [0, 0, 0],
            ("Moses", "Nils"): [1, 1, 1],
        }  # fmt: skip


class TestNotesOfTheLeaders:
    def url(self, cast: Cast, user: User) -> str:
        return reverse("member_notes", args=[cast.group.slug, of(user, cast.group).pk])

    def test_are_for_leaders_and_never_about_oneself(self, cast: Cast) -> None:
        note_on_member(by=cast.owner, membership=of(cast.moderator, cast.group), words="Tired.")
        got = {
            (by.name, user.name): client_of(by).get(self.url(cast, user)).status_code
            for by, user in product(
                (cast.owner, cast.moderator, cast.member, cast.outsider),
                (cast.owner, cast.moderator, cast.member),
            )
        }
        assert got == {
            ("Olga", "Olga"): 404, ("Olga", "Moses"): 200, ("Olga", "Mira"): 200,
            ("Moses", "Olga"): 200, ("Moses", "Moses"): 404, ("Moses", "Mira"): 200,
            **dict.fromkeys(product(["Mira"], ["Olga", "Moses", "Mira"]), 403),
            **dict.fromkeys(product(["Otto"], ["Olga", "Moses", "Mira"]), 404),
        }  # fmt: skip
        assert client_of(cast.owner).get(self.url(cast, cast.moderator)).text.count("Tired.") == 1

    def test_are_written_and_listed_newest_first(self, cast: Cast) -> None:
        client, url = client_of(cast.moderator), self.url(cast, cast.other)
        assert client.post(url, {"words": "First."}).headers["Location"] == url
        client_of(cast.owner).post(url, {"words": "Second."})
        page = client.get(url).text
        assert page.index("Second.") < page.index("First.")
        assert [page.count(name) for name in ("<b>Moses</b>", "<b>Olga</b>")] == [1, 1]
        for user, wanted in ((cast.other, 403), (cast.member, 403)):
            assert client_of(user).post(url, {"words": "Mine."}).status_code == wanted
            with pytest.raises(PermissionDenied):
                note_on_member(by=user, membership=of(cast.other, cast.group), words="Mine.")
        for words in ("", "  ", "x" * 1001, "a\0b"):
            assert client.post(url, {"words": words}).status_code == 422
        assert MemberNote.objects.count() == 2

    @pytest.mark.parametrize("count", [3, 60])
    def test_its_queries_do_not_grow(self, cast: Cast, count: int) -> None:
        theirs = of(cast.other, cast.group)
        MemberNote.objects.bulk_create(
            MemberNote(membership=theirs, created_by=cast.owner, words="Again.")
            for _ in range(count)
        )
        client, url = client_of(cast.moderator), self.url(cast, cast.other)
        # Session, person, group, both memberships, notes.
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url).text
        assert (page.count("Again."), len(asked)) == (count, 6)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestRaces:
    """Whoever is second sees what the first has done."""

    def one_of(self, *calls: Callable[[], Any]) -> list[str]:
        def tried(call: Callable[[], Any]) -> Callable[[], str]:
            def attempt() -> str:
                try:
                    call()
                except (PermissionDenied, StandingMovedOn) as refused:
                    return type(refused).__name__
                return "done"

            return attempt

        return sorted(str(got) for got in at_once(*map(tried, calls)))

    def test_two_leaders_decide_about_the_same_page(self) -> None:
        cast = assemble()
        theirs = of(cast.other, cast.group)

        def by(user: User, standing: str) -> Callable[[], LogEntry]:
            return lambda: set_standing(
                by=user, membership=theirs, standing=standing, reason="unkind", seen=0
            )

        done = self.one_of(by(cast.owner, "muted"), by(cast.moderator, "banned"))
        assert done == ["StandingMovedOn", "done"]
        [row] = LogEntry.objects.about_member(theirs)
        assert of(cast.other, cast.group).standing == row.details["standing"]

    def test_two_owners_shut_each_other_out(self) -> None:
        cast = assemble()
        second = join(cast.group, "Zoe", Role.MODERATOR)

        def over(by: User, user: User) -> Callable[[], LogEntry]:
            return lambda: set_standing(
                by=by, membership=of(user, cast.group), standing="suspended", reason="unkind"
            )

        # The owner shuts a moderator out who is about to shut out a member.
        done = self.one_of(over(cast.owner, second), over(second, cast.other))
        assert done in (["PermissionDenied", "done"], ["done", "done"])
        shut = of(cast.other, cast.group).standing
        assert shut == ("active" if "PermissionDenied" in done else Standing.SUSPENDED)

    def test_a_warning_is_acknowledged_while_another_comes(self) -> None:
        cast = assemble()
        theirs = of(cast.other, cast.group)
        first = set_standing(
            by=cast.owner, membership=theirs, standing="warned", reason="unkind", sentence="One."
        )
        self.one_of(
            lambda: acknowledge(by=cast.other, group=cast.group, seen=first.pk),
            lambda: set_standing(
                by=cast.owner, membership=theirs, standing="warned", reason="unkind",
                sentence="Two.",
            ),
        )  # fmt: skip
        now = of(cast.other, cast.group)
        assert (now.standing, now.standing_sentence) == ("warned", "Two.")

    def test_a_ban_meets_a_removal_as_spam(self) -> None:
        """One has the member and wants the note, the other the note and wants the member."""
        cast = assemble()
        notes = [comment(cast.other, cast.reading, f"No. {n}.") for n in range(6)]
        theirs = of(cast.other, cast.group)

        def spam(note: Annotation) -> Callable[[], object]:
            return lambda: moderation.decide(
                by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=1, reason="spam"
            )

        self.one_of(
            lambda: set_standing(
                by=cast.owner, membership=theirs, standing="banned", reason="unkind",
                notes="remove",
            ),
            spam(notes[0]),
            spam(notes[5]),
        )  # fmt: skip
        assert of(cast.other, cast.group).standing == "banned"
        assert set(Annotation.objects.values_list("state", flat=True)) == {"removed"}
        removals = LogEntry.objects.filter(verb=Verb.REMOVE)
        assert removals.values("annotation").distinct().count() == removals.count() == 6
