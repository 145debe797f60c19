"""Those who wrote elsewhere what was brought in: a name, no way in, and perhaps a member's."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions as actions_of_notes
from annotations.actions import erase_group
from annotations.actions import guests as actions
from annotations.actions.guests import guest
from annotations.enums import Told, Verb
from annotations.layers import touch
from annotations.models import (
    Annotation,
    Endorsement,
    Layer,
    LogEntry,
    Mute,
    Notice,
    Target,
)
from annotations.moderation import decide
from reader.actions import issue_sign_in_link
from reader.enums import Role
from reader.models import (
    Circle,
    Membership,
    OutboxMessage,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from reader.permissions import can_issue_sign_in_link
from tests.cast import Cast, assemble, client_of, join, person
from tests.permissions.world import comment
from tests.races import at_once
from tests.reader.test_accounts import with_mail

__all__ = ["with_mail"]  # a fixture

# Every key to a person or to their part in a group, and what becomes of it when a guest turns out
# to be a member. A new one fails the test below until `accept` has a rule for it.
MOVES = {
    "annotations.Annotation.addressee",
    "annotations.Annotation.creator",
    "annotations.Annotation.locked_by",
    "annotations.Annotation.resolved_by",
    "annotations.Endorsement.user",
    "annotations.Mute.person",
    "annotations.Target.placed_by",
    "reader.Circle_members.user",
    "reader.Participation.user",
    "reader.Pseudonym.user",
}
# What leads to the guest, where anything does: what was done as somebody of the group, and what was
# decided about them. Messages go.
STAYS = {
    "annotations.Export.created_by",
    "annotations.LogEntry.actor",
    "annotations.LogEntry.membership",
    "annotations.MemberNote.created_by",
    "annotations.MemberNote.membership",
    "annotations.Mute.user",
    "annotations.NotesImport.created_by",
    "annotations.Notice.to",
    "annotations.Reconsideration.answered_by",
    "annotations.Reconsideration.asked_by",
    "annotations.Report.reporter",
    "annotations.WordRule.created_by",
    "reader.Article.added_by",
    "reader.Correction.created_by",
    "reader.ImportDraft.created_by",
    "reader.Invitation.created_by",
    "reader.InvitationBatch.created_by",
    "reader.JoinRequest.decided_by",
    "reader.JoinRequest.user",
    "reader.Membership.offered_to",
    "reader.Membership.removed_by",
    "reader.Membership.user",
    "reader.SignInLink.created_by",
    "reader.SignInLink.user",
    "reader.SiteClaim.claimed_by",
    "reader.StudyGroup.erase_asked_by",
    "reader.TextRevision.created_by",
    "reader.User_groups.user",
    "reader.User_user_permissions.user",
}


class TestMakingOne:
    def test_is_somebody_who_has_left(self, cast: Cast) -> None:
        uuid, joined = uuid4(), timezone.now() - timedelta(days=400)
        made = guest(
            group=cast.group, name="Ana Reis", uuid=uuid, role=Role.MODERATOR, joined_at=joined,
            nameless=True,
        )  # fmt: skip
        made.refresh_from_db()
        assert (made.group, made.uuid, made.role) == (cast.group, uuid, Role.MODERATOR)
        assert (made.joined_at, made.nameless) == (joined, True)
        assert made.left_at is not None
        assert made.left_at <= timezone.now()
        user = made.user
        assert (user.name, user.guest_in, user.is_active) == ("Ana Reis", cast.group, False)
        assert user.email.endswith("@guests.invalid")
        assert not user.has_usable_password()
        assert not (user.is_staff)
        assert not (user.is_superuser)

    def test_is_found_again_by_their_id(self, cast: Cast) -> None:
        uuid = uuid4()
        made = guest(group=cast.group, name="Ana", uuid=uuid)
        assert guest(group=cast.group, name="Another name", uuid=uuid) == made
        assert User.objects.get(guest_in=cast.group).name == "Ana"

    def test_is_another_in_another_group(self, cast: Cast) -> None:
        uuid = uuid4()
        here = guest(group=cast.group, name="Ana", uuid=uuid)
        there = guest(group=cast.elsewhere.group, name="Ana", uuid=uuid)
        assert here.user != there.user

    def test_is_never_a_member_who_has_that_id(self, cast: Cast) -> None:
        """Nobody is made to say anything by an id in a file."""
        mira = Membership.objects.get(group=cast.group, user=cast.member)
        made = guest(group=cast.group, name="Mira", uuid=mira.uuid)
        assert made.user == User.objects.get(guest_in=cast.group)
        assert guest(group=cast.group, name="Mira", uuid=mira.uuid) == made

    def test_is_told_apart_from_a_member_of_the_same_name(self, cast: Cast) -> None:
        mira = Membership.objects.get(group=cast.group, user=cast.member)
        written(cast, mira, "Mine.")
        made = guest(group=cast.group, name="Mira", uuid=uuid4())
        written(cast, made, "I never said that.")
        page = client_of(cast.other).get(cast.reading.get_absolute_url()).text
        assert page.count('<b class="byline">Mira</b>') == 2
        assert page.count('<b class="byline">Mira</b><span class="aside">guest</span>') == 1

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("  Ana\n\tReis ", "Ana Reis"),
            ("A\x00na\u202e", "Ana"),
            ("\ud800Ana", "Ana"),
            ("é" * 100, "é" * 80),
            ("", "somebody"),
            (" \u200b ", "somebody"),
            ("e" + "\u0301" * 100, "somebody"),
        ],
    )
    def test_has_a_name_that_can_be_shown(self, cast: Cast, name: str, shown: str) -> None:
        assert guest(group=cast.group, name=name, uuid=uuid4()).user.name == shown

    def test_joined_in_no_future(self, cast: Cast) -> None:
        later = timezone.now() + timedelta(days=3)
        made = guest(group=cast.group, name="Ana", uuid=uuid4(), joined_at=later)
        assert made.joined_at <= timezone.now()


@pytest.fixture
def ana(cast: Cast) -> Membership:
    return guest(group=cast.group, name="Ana Reis", uuid=uuid4())


def offered(cast: Cast, ana: Membership, to: User | None = None) -> Membership:
    return actions.offer(by=cast.owner, guest_membership=ana, to=to or cast.member)


@pytest.mark.once
class TestNoWayIn:
    def test_by_a_password(self, cast: Cast, ana: Membership) -> None:
        assert not Client().login(email=ana.user.email, password="")
        client = Client()
        for password in ("", "!", ana.user.password):
            sent = {"login": ana.user.email, "password": password}
            client.post(reverse("account_login"), sent)
            assert client.get("/settings/").status_code == 302

    def test_even_with_a_password(self, cast: Cast, ana: Membership) -> None:
        ana.user.set_password("long enough, 1")
        ana.user.save()
        client = Client()
        client.post(
            reverse("account_login"), {"login": ana.user.email, "password": "long enough, 1"}
        )
        assert client.get("/settings/").status_code == 302

    @pytest.mark.usefixtures("with_mail")
    @pytest.mark.parametrize(
        "address", ["/accounts/login/code/", "/accounts/password/reset/", "/accounts/signup/"]
    )
    def test_by_mail(self, cast: Cast, ana: Membership, address: str) -> None:
        client = Client()
        sent = {"email": ana.user.email, "name": "Ana", "password1": "long enough, 1"}
        assert client.post(address, sent).status_code in {200, 302}
        # Nobody is there, it says, or that somebody is, but never with a way in.
        for message in OutboxMessage.objects.filter(to=ana.user.email):
            assert not re.search(r"^\s*[A-Z0-9-]{6,9}\s*$|/reset/key/|/confirm", message.body, re.M)
        assert client.get("/settings/").status_code == 302

    def test_by_a_link(self, cast: Cast, ana: Membership) -> None:
        administrator = person("Ada")
        administrator.is_superuser = True
        administrator.save()
        for by in (cast.owner, administrator):
            assert not can_issue_sign_in_link(by, ana.user)
            with pytest.raises(PermissionDenied):
                issue_sign_in_link(by=by, member=ana.user)
        address = reverse("sign_in_link_new", args=[cast.group.slug, ana.pk])
        assert client_of(cast.owner).post(address).status_code == 404

    def test_a_session_of_theirs_is_nobodys(self, cast: Cast, ana: Membership) -> None:
        assert client_of(ana.user).get("/settings/").status_code == 302


class TestIsNobodyInTheGroup:
    def test_is_listed_nowhere_among_its_people(self, cast: Cast, ana: Membership) -> None:
        client = client_of(cast.owner)
        for name in ("people", "group", "invitations", "join_requests", "moderation"):
            page = client.get(reverse(name, args=[cast.group.slug]))
            assert page.status_code == 200
            assert "Ana Reis" not in page.text, name
        assert client.get(reverse("member", args=[cast.group.slug, ana.pk])).status_code == 404

    def test_counts_for_nobody(self, cast: Cast, ana: Membership) -> None:
        current = cast.group.memberships.current()
        assert set(current.values_list("user__name", flat=True)) == {
            "Olga", "Moses", "Mira", "Nils", "Ute",
        }  # fmt: skip
        assert not cast.group.memberships.with_access().filter(pk=ana.pk).exists()

    def test_is_sent_nothing(self, cast: Cast, ana: Membership, settings: Any) -> None:
        settings.CATENA_SENDS_MAIL = True
        note = written(cast, ana, "Who says so?")
        decide(by=cast.owner, annotation=note, verb=Verb.REMOVE, seen=1, reason="unkind")
        assert not OutboxMessage.objects.filter(to=ana.user.email).exists()

    def test_is_named_under_what_they_wrote(self, cast: Cast, ana: Membership) -> None:
        written(cast, ana, "Who says so?")
        page = client_of(cast.member).get(f"{cast.reading.get_absolute_url()}?open=all").text
        assert page.count("Who says so?") == 1
        assert "Ana Reis" in page

    def test_goes_with_the_group(self, cast: Cast, ana: Membership) -> None:
        written(cast, ana, "Who says so?")
        theirs = guest(group=cast.elsewhere.group, name="Ana Reis", uuid=uuid4())
        StudyGroup.objects.filter(pk=cast.group.pk).update(
            erase_at=timezone.now(), erase_asked_by=cast.owner
        )
        cast.group.refresh_from_db()
        assert erase_group(cast.group)
        assert list(User.objects.filter(guest_in__isnull=False)) == [theirs.user]


def written(cast: Cast, who: Membership, body: str, **given: Any) -> Annotation:
    """A note of a guest's, as an import stores it: without any of the rules for writing."""
    first = cast.reading.article.paragraphs.filter(kind="paragraph").order_by("position")[0]
    note: Annotation = Annotation.objects.create(
        **{
            "creator": who.user, "article": cast.reading.article, "reading": cast.reading,
            "audience": "group", "motivation": "commenting", "category": "yellow", "body": body,
            "body_html": f"<p>{body}</p>", "client_id": uuid4(), **given,
        }
    )  # fmt: skip
    if note.is_root:
        Target.objects.create(
            annotation=note, start_paragraph=first, start_offset=0, end_paragraph=first,
            end_offset=8, exact=first.text[:8], text_revision=1, placed_by=who.user,
        )  # fmt: skip
    touch(note, [first.pk])
    return note


@pytest.mark.once
class TestOffering:
    def test_by_leaders_alone(self, cast: Cast, ana: Membership) -> None:
        for by in (cast.member, cast.observer, cast.outsider):
            with pytest.raises(PermissionDenied):
                actions.offer(by=by, guest_membership=ana, to=cast.member)
        actions.offer(by=cast.moderator, guest_membership=ana, to=cast.member)
        ana.refresh_from_db()
        assert ana.offered_to == cast.member

    def test_only_to_somebody_inside(self, cast: Cast, ana: Membership) -> None:
        banned = join(cast.group, "Bert", standing="banned")
        for to in (cast.outsider, banned, ana.user):
            with pytest.raises(PermissionDenied):
                actions.offer(by=cast.owner, guest_membership=ana, to=to)

    def test_only_of_a_guest(self, cast: Cast) -> None:
        nils = Membership.objects.get(group=cast.group, user=cast.other)
        with pytest.raises(PermissionDenied):
            actions.offer(by=cast.owner, guest_membership=nils, to=cast.member)

    def test_never_of_who_asked_not_to_be_named(self, cast: Cast) -> None:
        nobody = guest(group=cast.group, name="Ana Reis", uuid=uuid4(), nameless=True)
        with pytest.raises(PermissionDenied):
            offered(cast, nobody)
        page = client_of(cast.owner).get(reverse("guests", args=[cast.group.slug])).text
        assert "Ana Reis" not in page

    def test_the_member_is_told_once(self, cast: Cast, ana: Membership, settings: Any) -> None:
        settings.CATENA_SENDS_MAIL = True
        offered(cast, ana)
        offered(cast, ana)
        [notice] = Notice.objects.all()
        assert (notice.to, notice.kind) == (cast.member, Told.OFFERED)
        [mail] = OutboxMessage.objects.all()
        assert (mail.to, mail.subject) == (
            cast.member.email, "Notes in Thursday circle that may be yours",
        )  # fmt: skip
        page = client_of(cast.member).get(reverse("messages")).text
        assert "Notes were brought in from elsewhere that may be yours." in page
        assert f'href="{reverse("guests", args=[cast.group.slug])}"' in page

    def test_is_taken_back(self, cast: Cast, ana: Membership) -> None:
        offered(cast, ana)
        actions.offer(by=cast.owner, guest_membership=ana, to=None)
        with pytest.raises(PermissionDenied):
            actions.accept(by=cast.member, guest_membership=ana)

    def test_a_leader_may_be_asked_by_themselves(self, cast: Cast, ana: Membership) -> None:
        offered(cast, ana, to=cast.owner)
        assert not Notice.objects.exists()
        actions.accept(by=cast.owner, guest_membership=ana)


def test_declined(cast: Cast, ana: Membership) -> None:
    note = written(cast, ana, "Who says so?")
    offered(cast, ana)
    with pytest.raises(PermissionDenied):
        actions.decline(by=cast.other, guest_membership=ana)
    actions.decline(by=cast.member, guest_membership=ana)
    ana.refresh_from_db()
    note.refresh_from_db()
    assert (ana.offered_to, note.creator) == (None, ana.user)
    with pytest.raises(PermissionDenied):
        actions.accept(by=cast.member, guest_membership=ana)


class TestAccepting:
    def test_only_by_whom_it_is_offered_to(self, cast: Cast, ana: Membership) -> None:
        offered(cast, ana)
        for by in (cast.owner, cast.other, cast.outsider):
            with pytest.raises(PermissionDenied):
                actions.accept(by=by, guest_membership=ana)
        Membership.objects.filter(group=cast.group, user=cast.member).update(left_at=timezone.now())
        with pytest.raises(PermissionDenied):
            actions.accept(by=cast.member, guest_membership=ana)
        assert Membership.objects.filter(pk=ana.pk).exists()

    def test_every_key_to_a_person_has_a_rule(self) -> None:
        keys = {
            f"{model._meta.label}.{key.name}"
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_label in {"annotations", "reader"}
            for key in model._meta.get_fields()
            if isinstance(key, models.ForeignKey) and key.related_model in {User, Membership}
        }
        assert keys == MOVES | STAYS

    def test_everything_moves(self, cast: Cast, ana: Membership) -> None:
        user, mira = ana.user, cast.member
        note = written(cast, ana, "Who says so?")
        private = written(cast, ana, "For me.", audience="private", reading=None)
        answer = written(
            cast, ana, "He does.", motivation="replying", category="", parent=note, root=note
        )
        to_guest = written(
            cast, guest(group=cast.group, name="Rui", uuid=uuid4()), "To you.",
            motivation="replying", category="", parent=note, root=note, audience="person",
            addressee=user,
        )  # fmt: skip
        by_nils = comment(cast.other, cast.reading, "I wonder.")
        Annotation.objects.filter(pk=by_nils.pk).update(
            resolved_by=user, resolved_at=timezone.now(), locked_by=user, locked_at=timezone.now()
        )
        Endorsement.objects.create(annotation=by_nils, user=user)
        circle = Circle.objects.create(reading=cast.reading, name="red")
        circle.members.add(user)
        Pseudonym.objects.create(reading=cast.reading, user=user, name="Copper Heron")
        Participation.objects.create(reading=cast.reading, user=user, finished_at=timezone.now())
        Mute.objects.create(user=cast.other, group=cast.group, person=user)
        offered(cast, ana)
        assert actions.accept(by=mira, guest_membership=ana).user == mira
        for each in (note, private, answer):
            each.refresh_from_db()
            assert each.creator == mira
        to_guest.refresh_from_db()
        by_nils.refresh_from_db()
        assert (to_guest.addressee, by_nils.resolved_by, by_nils.locked_by) == (mira,) * 3
        assert set(Target.objects.filter(annotation=note).values_list("placed_by", flat=True)) == {
            mira.pk
        }
        assert [each.user for each in Endorsement.objects.all()] == [mira]
        assert list(circle.members.all()) == [mira]
        assert Pseudonym.objects.get(name="Copper Heron").user == mira
        assert Participation.objects.get(reading=cast.reading, user=mira).finished_at
        assert Mute.objects.get().person == mira
        assert not Membership.objects.filter(pk=ana.pk).exists()
        assert not User.objects.filter(pk=user.pk).exists()
        row = LogEntry.objects.get(verb=Verb.ADOPT)
        assert (row.actor, row.details, row.for_members) == (mira, {"count": 3}, False)
        log = client_of(cast.owner).get(reverse("group_log", args=[cast.group.slug])).text
        assert "3 notes of a guest taken over" in log

    def test_what_the_member_has_of_their_own_stays(self, cast: Cast, ana: Membership) -> None:
        user, mira = ana.user, cast.member
        mine = comment(mira, cast.reading, "Mine.")
        twin = written(cast, ana, "Theirs.", client_id=mine.client_id)
        by_nils = comment(cast.other, cast.reading, "I wonder.")
        for who in (user, mira):
            Endorsement.objects.create(annotation=by_nils, user=who)
        Endorsement.objects.create(annotation=twin, user=mira)
        Endorsement.objects.create(annotation=mine, user=user)
        red, blue = (
            Circle.objects.create(reading=cast.reading, name=name) for name in ("red", "blue")
        )
        red.members.add(user)
        blue.members.add(mira)
        for who, name in ((user, "Copper Heron"), (mira, "Plum Otter")):
            Pseudonym.objects.create(reading=cast.reading, user=who, name=name)
        Participation.objects.create(reading=cast.reading, user=user, finished_at=timezone.now())
        Participation.objects.create(reading=cast.reading, user=mira)
        for who in (user, mira):
            Mute.objects.create(user=cast.other, group=cast.group, person=who)
        Mute.objects.create(user=mira, group=cast.group, person=user)
        offered(cast, ana)
        actions.accept(by=mira, guest_membership=ana)
        twin.refresh_from_db()
        assert twin.creator == mira
        assert twin.client_id != mine.client_id
        assert [(each.annotation, each.user) for each in Endorsement.objects.all()] == [
            (by_nils, mira)
        ]
        assert (list(red.members.all()), list(blue.members.all())) == ([], [mira])
        assert Pseudonym.objects.get().name == "Plum Otter"
        assert Participation.objects.get().finished_at is None
        assert [(each.user, each.person) for each in Mute.objects.all()] == [(cast.other, mira)]

    def test_nobody_else_sees_more_or_less(self, cast: Cast, ana: Membership) -> None:
        circle = Circle.objects.create(reading=cast.reading, name="red")
        circle.members.set([cast.other, ana.user])
        root = written(cast, ana, "To all.")
        for state in ("pending", "hidden", "removed", "withdrawn"):
            written(cast, ana, state, state=state)
        written(cast, ana, "To the leaders.", audience="leaders")
        written(cast, ana, "To a circle.", audience="circle", circle=circle)
        written(cast, ana, "To me.", audience="private", reading=None)
        for by in (cast.other, cast.owner):
            actions_of_notes.reply(by=by, parent=root, body="Yes.", client_id=uuid4())
        offered(cast, ana)
        everybody = (cast.owner, cast.moderator, cast.other, cast.observer, cast.outsider)
        viewers: list[Any] = [*everybody, AnonymousUser()]

        def seen() -> list[Any]:
            return [
                (
                    set(Annotation.objects.visible_to(user).values_list("pk", flat=True)),
                    set(Annotation.objects.tombstones_for(user).values_list("pk", flat=True)),
                )
                for user in viewers
            ]

        def of_member() -> set[int]:
            return set(Annotation.objects.visible_to(cast.member).values_list("pk", flat=True))

        before, mine = seen(), of_member()
        theirs = set(
            Annotation.objects.filter(creator=ana.user)
            .exclude(state="withdrawn")
            .values_list("pk", flat=True)
        )
        actions.accept(by=cast.member, guest_membership=ana)
        assert seen() == before
        assert of_member() == mine | theirs

    def test_every_page_shows_the_name(self, cast: Cast, ana: Membership) -> None:
        written(cast, ana, "Who says so?")
        offered(cast, ana)
        client, address = client_of(cast.other), f"{cast.reading.get_absolute_url()}?open=all"
        before = client.get(address)
        assert "Ana Reis" in before.text
        layer = Layer.objects.get(circle=None)
        actions.accept(by=cast.member, guest_membership=ana)
        after = client.get(address, headers={"If-None-Match": before.headers.get("ETag", "")})
        assert after.status_code == 200
        assert "Ana Reis" not in after.text
        assert after.text.count("Mira") > before.text.count("Mira")
        now = Layer.objects.get(pk=layer.pk)
        assert (now.version, now.leaders_version) == (layer.version + 1, layer.leaders_version + 1)

    def test_the_log_stays_and_with_it_the_guest(self, cast: Cast, ana: Membership) -> None:
        note = written(cast, ana, "Who says so?")
        by_guest = LogEntry.objects.create(
            group=cast.group, verb=Verb.LOCK, actor=ana.user, acting_as="moderator",
            annotation=note,
        )  # fmt: skip
        offered(cast, ana)
        actions.accept(by=cast.member, guest_membership=ana)
        by_guest.refresh_from_db()
        assert by_guest.actor == ana.user
        ana.refresh_from_db()
        assert (ana.offered_to, ana.user.is_active) == (None, False)
        page = client_of(cast.owner).get(reverse("guests", args=[cast.group.slug])).text
        assert "0 notes" in page

    def test_costs_as_much_for_many_notes(
        self, cast: Cast, ana: Membership, django_assert_max_num_queries: Any
    ) -> None:
        for _each in range(12):
            written(cast, ana, "Who says so?")
        offered(cast, ana)
        with django_assert_max_num_queries(95):
            actions.accept(by=cast.member, guest_membership=ana)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once(transactional_db: None) -> None:
    cast = assemble()
    ana = guest(group=cast.group, name="Ana Reis", uuid=uuid4())
    note = written(cast, ana, "Who says so?")
    offered(cast, ana)

    def accept() -> str:
        try:
            actions.accept(by=cast.member, guest_membership=ana)
        except PermissionDenied:
            return "too late"
        return "done"

    assert sorted(map(str, at_once(accept, accept))) == ["done", "too late"]
    note.refresh_from_db()
    assert note.creator == cast.member
    assert Annotation.objects.count() == 1


@pytest.mark.once
class TestThePage:
    def url(self, cast: Cast, name: str = "guests", *pk: int) -> str:
        return reverse(name, args=[cast.group.slug, *pk])

    def test_for_leaders(self, cast: Cast, ana: Membership) -> None:
        mira = guest(group=cast.group, name="mira", uuid=uuid4())
        written(cast, ana, "Who says so?")
        written(cast, ana, "Gone.", state="withdrawn")
        offered(cast, ana, to=cast.other)
        page = client_of(cast.moderator).get(self.url(cast)).text
        found = [(name, notes.strip()) for name, notes in re.findall(
            r"<h3><bdi>(.*?)</bdi></h3>\s*<p>(.*?)</p>", page
        )]  # fmt: skip
        assert found == [("Ana Reis", "1 note · Nils is asked"), ("mira", "0 notes")]
        chosen = re.findall(r'<option value="(\d*)" selected>(.*?)<', page)
        assert [name for _pk, name in chosen] == ["Nils", "Mira"]
        assert mira.offered_to is None

    def test_for_a_member(self, cast: Cast, ana: Membership) -> None:
        written(cast, ana, "Who says so?")
        page = client_of(cast.member).get(self.url(cast)).text
        assert "Nothing here waits for your answer." in page
        assert "Ana Reis" not in page
        offered(cast, ana)
        page = client_of(cast.member).get(self.url(cast)).text
        assert re.findall(r"<h3><bdi>(.*?)</bdi></h3>\s*<p>(.*?)</p>", page) == [
            ("Ana Reis", "1 note")
        ]
        assert "Who says so?" in page
        assert "Ana Reis" not in client_of(cast.other).get(self.url(cast)).text

    def test_tells_nobody_whose_pseudonym_it_is(self, cast: Cast, ana: Membership) -> None:
        Reading.objects.filter(pk=cast.reading.pk).update(bylines="pseudonyms")
        written(cast, ana, "Who says so?")
        offered(cast, ana)
        page = client_of(cast.member).get(self.url(cast)).text
        assert "Ana Reis" in page
        assert "Who says so?" not in page

    def test_outside(self, cast: Cast, ana: Membership) -> None:
        assert client_of(cast.outsider).get(self.url(cast)).status_code == 404
        StudyGroup.objects.filter(pk=cast.group.pk).update(readable_by="public")
        assert client_of(cast.outsider).get(self.url(cast)).status_code == 403

    def test_offers(self, cast: Cast, ana: Membership) -> None:
        address = self.url(cast, "guest_offer", ana.pk)
        mira = Membership.objects.get(group=cast.group, user=cast.member)
        assert client_of(cast.member).post(address, {"to": mira.pk}).status_code == 403
        client = client_of(cast.owner)
        wrong = client.post(address, {"to": "7"})
        assert (wrong.status_code, wrong.text.count('class="field wrong"')) == (422, 1)
        for to, then in ((mira.pk, cast.member), ("", None)):
            answer = client.post(address, {"to": to}, follow=True)
            assert answer.redirect_chain == [(self.url(cast), 302)]
            ana.refresh_from_db()
            assert ana.offered_to == then
        nils = Membership.objects.get(group=cast.group, user=cast.other)
        theirs = guest(group=cast.elsewhere.group, name="Ana Reis", uuid=uuid4())
        for pk in (nils.pk, theirs.pk, 7_000_000):
            there = self.url(cast, "guest_offer", pk)
            assert client.post(there, {"to": mira.pk}).status_code == 404

    def test_answers(self, cast: Cast, ana: Membership) -> None:
        note = written(cast, ana, "Who says so?")
        address = self.url(cast, "guest_answer", ana.pk)
        mine = {"whose": "mine"}
        offered(cast, ana)
        assert client_of(cast.other).post(address, mine).status_code == 404
        assert client_of(cast.owner).post(address, mine).status_code == 403
        client = client_of(cast.member)
        assert client.post(address, {"whose": "?"}).status_code == 422
        assert client.post(address, mine).headers["Location"] == self.url(cast)
        note.refresh_from_db()
        assert note.creator == cast.member
        assert client.post(address, mine).status_code == 404

    def test_answers_no(self, cast: Cast, ana: Membership) -> None:
        offered(cast, ana)
        address = self.url(cast, "guest_answer", ana.pk)
        assert client_of(cast.member).post(address, {"whose": "not_mine"}).status_code == 302
        ana.refresh_from_db()
        assert ana.offered_to is None

    def test_is_linked_for_leaders_where_there_are_any(self, cast: Cast) -> None:
        people, link = reverse("people", args=[cast.group.slug]), f'href="{self.url(cast)}"'
        assert link not in client_of(cast.owner).get(people).text
        guest(group=cast.group, name="Ana Reis", uuid=uuid4())
        assert link in client_of(cast.owner).get(people).text
        assert link not in client_of(cast.member).get(people).text

    def test_asks_as_much_for_three_as_for_one(
        self, cast: Cast, ana: Membership, django_assert_num_queries: Any
    ) -> None:
        client = client_of(cast.owner)
        with CaptureQueriesContext(connection) as asked:
            client.get(self.url(cast))
        for name in ("Rui", "Eva"):
            guest(group=cast.group, name=name, uuid=uuid4())
        with django_assert_num_queries(len(asked)):
            client.get(self.url(cast))
