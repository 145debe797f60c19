"""The site administrator's part: what waits where, and stepping in for an hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import clock as _registered  # noqa: F401
from annotations.enums import Verb
from annotations.models import Annotation, LogEntry, Notice
from annotations.moderation import decide
from annotations.moderation.cases import open_case
from annotations.moderation.purging import ask_purge
from annotations.moderation.reporting import report
from annotations.moderation.stepping_in import STAYS_FOR, give_back, step_in
from annotations.site import site_for
from reader import clock
from reader.actions import create_group, leave, remove
from reader.models import Membership, OutboxMessage, User
from reader.permissions import membership_of
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

TEXT = "Marker of the text."
WHY = "Somebody wrote to me that nobody answers."


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada@example.org", "x", name="Ada")


def in_group(cast: Cast, user: User) -> Membership:
    found: Membership = cast.group.memberships.get(user=user)
    return found


def an_hour_later(cast: Cast, user: User) -> None:
    late = timezone.now() - timedelta(seconds=1)
    cast.group.memberships.filter(user=user).update(ends_at=late)


class TestStepIn:
    def test_an_hour_as_a_moderator(self, cast: Cast, ada: User, write: Write) -> None:
        note = write(cast.member, TEXT)
        assert not Annotation.objects.visible_to(ada).exists()
        stepped = step_in(by=ada, group=cast.group, why=WHY)
        assert (stepped.role, stepped.role_after, stepped.left_at) == ("moderator", "", None)
        assert stepped.ends_at is not None
        assert abs(stepped.ends_at - timezone.now() - STAYS_FOR) < timedelta(seconds=5)
        assert list(Annotation.objects.visible_to(ada)) == [note]
        done = decide(by=ada, annotation=note, verb=Verb.HIDE, seen=note.version)
        assert done.entry is not None
        assert done.entry.acting_as == "administrator"

    def test_it_stands_in_the_log_and_owners_are_told(
        self, cast: Cast, ada: User, settings: Any
    ) -> None:
        settings.CATENA_SENDS_MAIL = True
        step_in(by=ada, group=cast.group, why=WHY)
        entry = LogEntry.objects.get()
        assert (entry.verb, entry.acting_as, entry.actor, entry.sentence, entry.for_members) == (
            "step_in", "administrator", ada, WHY, True,
        )  # fmt: skip
        notice = Notice.objects.get()
        assert (notice.to, notice.kind, notice.entry) == (cast.owner, "stepped_in", entry)
        mail = OutboxMessage.objects.get()
        there = reverse("group_log", args=[cast.group.slug])
        assert (mail.to, mail.body.count(there)) == (cast.owner.email, 1)
        page = client_of(cast.owner).get(there).text
        assert page.count("The site administrator stepped in") >= 1
        assert page.count(WHY) == 1
        assert client_of(cast.member).get(there).text.count(WHY) == 0

    def test_afterwards_all_is_as_it_was(self, cast: Cast, ada: User, write: Write) -> None:
        write(cast.member, TEXT)
        step_in(by=ada, group=cast.group, why=WHY)
        an_hour_later(cast, ada)
        # The end holds before the clock comes to it.
        assert membership_of(ada, cast.group) is None
        assert not Annotation.objects.visible_to(ada).exists()
        over = in_group(cast, ada).ends_at
        clock.JOBS["stepping in"].run()
        after = in_group(cast, ada)
        assert (after.role, after.left_at, after.ends_at) == ("member", over, None)
        assert give_back() == 0

    @pytest.mark.parametrize("role", ["member", "observer"])
    def test_who_was_in_the_group_is_in_it_again(self, cast: Cast, ada: User, role: str) -> None:
        before = Membership.objects.create(group=cast.group, user=ada, role=role)
        assert step_in(by=ada, group=cast.group, why=WHY).role_after == role
        an_hour_later(cast, ada)
        give_back()
        after = in_group(cast, ada)
        assert (after.role, after.left_at, after.ends_at, after.role_after) == (
            role,
            None,
            None,
            "",
        )
        assert after.joined_at == before.joined_at

    @pytest.mark.parametrize(
        "given",
        [
            {"standing": "banned"},
            {"standing": "muted", "standing_until": timezone.now() + timedelta(days=3)},
            {"left_at": timezone.now() - timedelta(days=9), "nameless": True},
        ],
        ids=["banned", "muted", "left"],
    )
    def test_what_others_decided_about_them_comes_back(
        self, cast: Cast, ada: User, given: dict[str, Any]
    ) -> None:
        Membership.objects.create(group=cast.group, user=ada, **given)
        step_in(by=ada, group=cast.group, why=WHY)
        assert membership_of(ada, cast.group) is not None
        an_hour_later(cast, ada)
        give_back()
        after = in_group(cast, ada)
        assert {name: getattr(after, name) for name in given} == given

    def test_who_was_removed_is_removed_again(self, cast: Cast, ada: User) -> None:
        theirs = Membership.objects.create(group=cast.group, user=ada)
        gone = remove(by=cast.owner, membership=theirs)
        step_in(by=ada, group=cast.group, why=WHY)
        an_hour_later(cast, ada)
        give_back()
        after = in_group(cast, ada)
        assert (after.left_at, after.removed_by) == (gone.left_at, cast.owner)

    def test_owners_put_them_out_before(self, cast: Cast, ada: User) -> None:
        gone = remove(by=cast.owner, membership=step_in(by=ada, group=cast.group, why=WHY))
        an_hour_later(cast, ada)
        give_back()
        after = in_group(cast, ada)
        assert (after.left_at, after.removed_by, after.ends_at) == (gone.left_at, cast.owner, None)

    def test_again_while_it_lasts_changes_nothing(self, cast: Cast, ada: User) -> None:
        first = step_in(by=ada, group=cast.group, why=WHY)
        again = step_in(by=ada, group=cast.group, why=WHY)
        assert (again.ends_at, LogEntry.objects.count()) == (first.ends_at, 1)

    def test_again_afterwards_before_the_clock_came(self, cast: Cast, ada: User) -> None:
        Membership.objects.create(group=cast.group, user=ada)
        for _time in range(2):
            step_in(by=ada, group=cast.group, why=WHY)
            an_hour_later(cast, ada)
        give_back()
        assert in_group(cast, ada).role == "member"
        assert LogEntry.objects.count() == 2

    def test_who_leads_there_needs_none(self, cast: Cast, ada: User) -> None:
        Membership.objects.create(group=cast.group, user=ada, role="owner")
        assert step_in(by=ada, group=cast.group, why=WHY).role == "owner"
        assert LogEntry.objects.count() == 0

    def test_nobody_else(self, cast: Cast, ada: User) -> None:
        for user in (cast.owner, cast.moderator, cast.member, cast.outsider):
            with pytest.raises(PermissionDenied):
                step_in(by=user, group=cast.elsewhere.group, why=WHY)
        User.objects.filter(pk=ada.pk).update(is_active=False)
        ada.refresh_from_db()
        with pytest.raises(PermissionDenied):
            step_in(by=ada, group=cast.group, why=WHY)
        assert LogEntry.objects.count() == 0

    @pytest.mark.parametrize("why", ["", "  "])
    def test_not_without_a_sentence(self, cast: Cast, ada: User, why: str) -> None:
        with pytest.raises(ValidationError):
            step_in(by=ada, group=cast.group, why=why)
        there = reverse("site_step_in", args=[cast.group.slug])
        answer = client_of(ada).post(there, {"why": why})
        assert (answer.status_code, LogEntry.objects.count()) == (422, 0)

    def test_the_form(self, cast: Cast, ada: User) -> None:
        there = reverse("site_step_in", args=[cast.group.slug])
        client = client_of(ada)
        page = client.get(there)
        assert (page.status_code, page.text.count("For 60 minutes")) == (200, 1)
        assert LogEntry.objects.count() == 0
        answer = client.post(there, {"why": WHY})
        assert answer.headers["Location"] == reverse("moderation", args=[cast.group.slug])
        assert client.get(answer.headers["Location"]).status_code == 200
        assert client.get(reverse("site_step_in", args=["no-such"])).status_code == 404

    def test_people_see_them(self, cast: Cast, ada: User) -> None:
        stepped = step_in(by=ada, group=cast.group, why=WHY)
        assert stepped.ends_at is not None
        until = f"{timezone.localtime(stepped.ends_at):%H:%M}"
        page = client_of(cast.member).get(reverse("people", args=[cast.group.slug])).text
        assert page.count(f"site administrator, until {until}") == 1
        there = reverse("member", args=[cast.group.slug, stepped.pk])
        assert client_of(cast.owner).get(there).text.count("site administrator, until") == 1
        an_hour_later(cast, ada)
        page = client_of(cast.member).get(reverse("people", args=[cast.group.slug])).text
        assert page.count("Ada") == 0


class TestSite:
    @pytest.fixture
    def there(self) -> str:
        return reverse("site")

    def test_what_waits_and_none_of_its_words(
        self, cast: Cast, ada: User, write: Write, there: str
    ) -> None:
        note, mine = write(cast.member, TEXT), write(cast.owner, f"{TEXT} too")
        for each in (note, mine):
            report(by=cast.other, annotation=each, revision=1, reason="unkind", sentence="Ouch.")
        ask_purge(by=cast.owner, annotation=note, sentence="It names a child.")
        page = client_of(ada).get(there).text
        assert page.count("It names a child.") == 1
        assert page.count(reverse("note_purge", args=[note.uuid])) == 1
        assert page.count("2 notes, the oldest since") == 1
        assert [word for word in (TEXT, "Ouch.", "Mira", "Nils") if word in page] == []

    def test_what_nobody_else_decides(self, cast: Cast, ada: User, write: Write) -> None:
        report(by=cast.member, annotation=write(cast.owner, TEXT), revision=1, reason="unkind")
        assert site_for(ada).nobody_else == []  # there is a moderator
        leave(by=cast.moderator, group=cast.group, nameless=False)
        assert [case.group for case in site_for(ada).nobody_else] == [cast.group]
        step_in(by=ada, group=cast.group, why=WHY)
        seen = site_for(ada)
        assert (seen.nobody_else, [each.group for each in seen.inside]) == ([], [cast.group])

    def test_the_oldest_first_and_nothing_that_is_decided(
        self, cast: Cast, ada: User, write: Write
    ) -> None:
        second = create_group(by=cast.owner, name="Sunday circle")
        note, other, third = (write(cast.member, f"{n}.") for n in range(3))
        for each, group, days in (
            (note, cast.group, 1), (other, second, 3), (third, cast.elsewhere.group, 2),
        ):  # fmt: skip
            case = open_case(each, group)
            case.opened_at = timezone.now() - timedelta(days=days)
            case.save(update_fields=["opened_at"])
        assert [each.group for each in site_for(ada).waiting] == [
            second, cast.elsewhere.group, cast.group,
        ]  # fmt: skip
        decide(by=cast.owner, annotation=note, verb=Verb.APPROVE, seen=note.version)
        assert cast.group not in [each.group for each in site_for(ada).waiting]

    def test_it_costs_the_same_however_much_waits(
        self, cast: Cast, ada: User, write: Write, there: str
    ) -> None:
        client, counts = client_of(ada), []
        for many in (3, 40):
            for n in range(many):
                note = write(cast.member, f"{many} {n}.")
                open_case(note, cast.group)
                if n % 2:
                    ask_purge(by=cast.owner, annotation=note, sentence="Please.")
            with CaptureQueriesContext(connection) as asked:
                assert client.get(there).status_code == 200
            counts.append(len(asked))
        assert counts == [6, 6]

    def test_it_is_there_for_nobody_else(self, cast: Cast, there: str) -> None:
        for user in (cast.owner, cast.moderator, cast.member, cast.outsider):
            client = client_of(user)
            for name, args in (
                ("site", []), ("site_word_rules", []), ("site_step_in", [cast.group.slug]),
            ):  # fmt: skip
                assert client.get(reverse(name, args=args)).status_code == 404
            assert client.get(reverse("home")).text.count(there) == 0
        assert client_of(None).get(there).status_code == 302

    def test_administrators_find_it_under_their_name(self, ada: User, there: str) -> None:
        assert client_of(ada).get(reverse("home")).text.count(f'href="{there}"') == 1
