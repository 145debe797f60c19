"""Links, codes and mailed lists: how a group's leaders invite."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from reader import clock, outbox
from reader.actions import invite, invite_by_code, invite_by_mail, revoke
from reader.actions.batches import AT_ONCE, work_off
from reader.addresses import read_addresses
from reader.models import Bucket, Invitation, InvitationBatch, Membership, OutboxMessage
from reader.tokens import ALPHABET, hash_code, hash_token, read_code
from tests.cast import Cast, assemble, client_of, join, person
from tests.races import at_once

FORM = {"role": "member", "days": "7", "path": ""}


@pytest.fixture
def sends_mail(settings: Any) -> None:
    settings.CATENA_SENDS_MAIL = True


def links(cast: Cast) -> str:
    return reverse("invitations", args=[cast.group.slug])


def codes(cast: Cast) -> str:
    return reverse("invitation_codes", args=[cast.group.slug])


def lists(cast: Cast) -> str:
    return reverse("invitation_mail", args=[cast.group.slug])


class TestLinks:
    def test_a_link_is_shown_once_and_kept_hashed(self, cast: Cast) -> None:
        client = client_of(cast.owner)
        made = client.post(links(cast), {**FORM, "days": "3", "max_uses": "5"})
        [token] = re.findall(r'value="http://testserver/join/([\w-]+)/"', made.text)
        invitation = Invitation.objects.get()
        assert (made.status_code, len(token)) == (201, 43)  # 256 bits
        assert invitation.token_hash == hash_token(token)
        assert token not in str(vars(invitation))
        assert (invitation.max_uses, invitation.created_by) == (5, cast.owner)
        ends = timezone.now() + timedelta(days=3)
        assert abs(invitation.expires_at - ends) < timedelta(minutes=1)
        again = client.get(links(cast)).text
        assert (again.count(token), again.count("0 / 5"), again.count("Olga")) == (0, 1, 3)

    @pytest.mark.parametrize(
        ("who", "role", "allowed"),
        [
            ("owner", "member", True),
            ("owner", "observer", True),
            ("owner", "moderator", True),
            ("owner", "owner", False),
            ("moderator", "member", True),
            ("moderator", "moderator", False),
            ("member", "member", False),
            ("observer", "member", False),
            ("outsider", "member", False),
        ],
    )
    def test_as_what(self, cast: Cast, who: str, role: str, allowed: bool) -> None:
        user = getattr(cast, who)
        if not allowed:
            with pytest.raises(PermissionDenied, match="You can't invite people with this role"):
                invite(by=user, group=cast.group, role=role)
        else:
            assert invite(by=user, group=cast.group, role=role)[0].role == role
        assert Invitation.objects.count() == allowed

    @pytest.mark.parametrize(
        "given",
        [
            {"days": "0"}, {"days": "31"}, {"days": "x"}, {"max_uses": "0"}, {"max_uses": "501"},
            {"role": "owner"}, {"path": "/g/friday-circle/"}, {"path": "https://evil.example/"},
        ],
        ids=str,
    )  # fmt: skip
    def test_a_form_that_is_wrong(self, cast: Cast, given: dict[str, str]) -> None:
        answer = client_of(cast.owner).post(links(cast), {**FORM, **given})
        assert (answer.status_code, Invitation.objects.count()) == (422, 0)

    def test_where_leaders_are_asked_a_link_makes_members_at_most(self, cast: Cast) -> None:
        client = client_of(cast.owner)
        offered = re.compile(r'<option value="(member|observer|moderator)"')
        assert offered.findall(client.get(links(cast)).text) == ["member", "observer", "moderator"]
        cast.group.approves_links = True
        cast.group.save(update_fields=["approves_links"])
        assert offered.findall(client.get(links(cast)).text) == ["member", "observer"]
        assert offered.findall(client.get(codes(cast)).text) == ["member", "observer"]

    def test_it_leads_to_a_page_of_the_group(self, cast: Cast) -> None:
        reading = cast.reading.get_absolute_url()
        shown = client_of(cast.owner).get(f"{links(cast)}?reading={cast.reading.article.slug}")
        assert re.findall(r'<option value="(/[^"]+)" selected>', shown.text) == [reading]
        note = "/n/01234567-89ab-cdef-0123-456789abcdef/?in=thursday-circle"
        there = f"{links(cast)}?path={note}"
        shown = client_of(cast.owner).get(there)
        assert re.findall(r'<option value="(/[^"]+)" selected>', shown.text) == [note]
        for path in ("", reading, note):
            made = client_of(cast.owner).post(there, {**FORM, "path": path})
            assert (made.status_code, Invitation.objects.latest("pk").path) == (201, path)

    @pytest.mark.parametrize(
        "path",
        [
            "/", "/settings/", "/g/friday-circle/", "/g/friday-circle/read/of-margins/",
            "/g/thursday-circle/read/nothing/", "/g/thursday-circle/edit/", "//evil.example/",
            "https://evil.example/g/thursday-circle/", "javascript:alert(1)", "g/thursday-circle/",
            "/g/thursday-circle/\0", "/g/thursday-circle/?\r\nx: y", "/\\evil.example/",
            "/accounts/logout/", "http://[", "/g/thursday-circle/?" + "x" * 300,
        ],
    )  # fmt: skip
    def test_it_leads_nowhere_else(self, cast: Cast, path: str) -> None:
        with pytest.raises(ValidationError):
            invite(by=cast.owner, group=cast.group, path=path)
        shown = client_of(cast.owner).get(links(cast), {"path": path})
        assert re.findall(r'<option value="([^"]*)" selected>', shown.text) == [""]

    def test_withdrawn_it_no_longer_works(self, cast: Cast) -> None:
        invitation, _token = invite(by=cast.owner, group=cast.group)
        address = reverse("invitation_revoke", args=[cast.group.slug, invitation.pk])
        assert client_of(cast.moderator).post(address).headers["Location"] == links(cast)
        invitation.refresh_from_db()
        first = invitation.revoked_at
        assert revoke(by=cast.owner, invitation=invitation).revoked_at == first
        for user in (cast.member, cast.outsider):
            with pytest.raises(PermissionDenied):
                revoke(by=user, invitation=invitation)
        assert client_of(cast.owner).get(links(cast)).text.count("Links that work now") == 0

    @pytest.mark.parametrize("count", [1, 30])
    def test_the_page_asks_no_more_of_the_database_with_more_links(
        self, cast: Cast, django_assert_num_queries: Any, count: int
    ) -> None:
        for _ in range(count):
            invite(by=cast.owner, group=cast.group)
        client = client_of(cast.owner)
        with django_assert_num_queries(6):  # session, person, group, membership, readings, links
            assert client.get(links(cast)).text.count("<tr>") == count + 1

    def test_as_many_a_day_as_the_site_allows(self, cast: Cast, settings: Any) -> None:
        settings.CATENA_INVITATIONS_PER_DAY = 2
        client = client_of(cast.owner)
        got = [client.post(links(cast), {**FORM, "days": "9"}) for _ in range(3)]
        assert [answer.status_code for answer in got] == [201, 201, 429]
        assert int(got[2].headers["Retry-After"]) in range(86_390, 86_401)
        assert got[2].text.count("more than 2 invitations within a day") == 1
        assert got[2].text.count('value="9"') == 1
        assert client_of(cast.moderator).post(links(cast), FORM).status_code == 201
        assert Invitation.objects.count() == 3


class TestCodes:
    def test_a_code_is_short_lived_limited_and_kept_under_a_key(self, cast: Cast) -> None:
        made = client_of(cast.owner).post(codes(cast), {**FORM, "days": "1", "max_uses": "30"})
        [code] = re.findall(r'<p class="code">([^<]+)</p>', made.text)
        invitation = Invitation.objects.get()
        assert re.fullmatch(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code)
        assert (invitation.is_code, invitation.max_uses) == (True, 30)
        assert invitation.token_hash == hash_code(code)
        assert hash_token(code) != invitation.token_hash != hash_token(code.replace("-", ""))
        assert invitation.expires_at - timezone.now() < timedelta(days=1)
        again = client_of(cast.owner).get(codes(cast)).text
        assert (again.count(code), again.count("0 / 30")) == (0, 1)

    def test_another_key_makes_other_hashes(self, settings: Any) -> None:
        before = hash_code("K7QX-M2PD")
        settings.SECRET_KEY = "another one, another one, another one"
        assert hash_code("K7QX-M2PD") != before

    @pytest.mark.parametrize(
        "given",
        [{"days": "8"}, {"max_uses": ""}, {"max_uses": "0"}, {"role": "moderator"}],
        ids=str,
    )
    def test_what_a_code_cannot_be(self, cast: Cast, given: dict[str, str]) -> None:
        sent = {**FORM, "days": "1", "max_uses": "30", **given}
        answer = client_of(cast.owner).post(codes(cast), sent)
        assert (answer.status_code, Invitation.objects.count()) == (422, 0)
        for role, days in (("moderator", 1), ("member", 8)):
            with pytest.raises(PermissionDenied):
                invite_by_code(by=cast.owner, group=cast.group, role=role, days=days)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("K7QX-M2PD", "K7QX-M2PD"),
            ("k7qxm2pd", "K7QX-M2PD"),
            (" k7 qx – m2-pd\n", "K7QX-M2PD"),
            ("oOiI-lL10", "0011-1110"),
            ("K7QX-M2P", ""),
            ("K7QX-M2PDX", ""),
            ("U7QX-M2PD", ""),
            ("１７QX-M2PD", ""),
            ("", ""),
        ],
    )
    def test_how_it_may_be_written(self, typed: str, code: str) -> None:
        assert read_code(typed) == code

    def test_it_is_listed_apart_from_links(self, cast: Cast) -> None:
        invitation, _code = invite_by_code(by=cast.owner, group=cast.group)
        client = client_of(cast.owner)
        shown = [client.get(page).text.count("Withdraw</button>") for page in
                 (links(cast), codes(cast))]  # fmt: skip
        assert shown == [0, 1]
        address = reverse("invitation_revoke", args=[cast.group.slug, invitation.pk])
        assert client.post(address).headers["Location"] == codes(cast)


LIST = """Gerda <gerda@example.org>
no address here
gustav@example.org; Gesa, G. <gesa@example.org>
mira@example.org
GERDA@example.org
"""
WORKED_OFF = [
    [2, "no address here", "There is no @ in it."],
    [4, "mira@example.org", "Belongs to the group already."],
    [5, "GERDA@example.org", "This address stands in line 1 already."],
]


@pytest.mark.usefixtures("sends_mail")
class TestLists:
    def test_the_good_ones_are_invited_and_the_others_named(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        reading = cast.reading.get_absolute_url()
        client = client_of(cast.owner)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                lists(cast), {"role": "observer", "path": reading, "addresses": LIST}
            )
        batch = InvitationBatch.objects.get()
        there = reverse("invitation_batch", args=[cast.group.slug, batch.pk])
        assert answer.headers["Location"] == there
        assert (batch.total, batch.invited, batch.waiting) == (4, 3, [])
        assert batch.skipped == WORKED_OFF
        made = Invitation.objects.order_by("email")
        assert [(each.email, each.max_uses, each.role, each.path) for each in made] == [
            (f"{name}@example.org", 1, "observer", reading) for name in ("gerda", "gesa", "gustav")
        ]
        page = client.get(there).text
        assert page.count("3 people are invited.") == 1
        assert page.count("3 entries were passed over:") == 1
        assert re.findall(r"<tr><td>(\d)</td><td>([^<]+)</td><td>([^<]+)</td>", page) == [
            (str(number), text, why) for number, text, why in WORKED_OFF
        ]
        assert client.get(lists(cast)).text.count("@example.org</td>") == 3

    def test_the_mail_says_who_and_to_what_and_holds_a_link_that_works(
        self, cast: Cast, settings: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        settings.CATENA_URL = "https://notes.example.org"
        cast.group.description = "What we wrote about it."
        cast.group.save()
        with django_capture_on_commit_callbacks(execute=True):
            work_off_now(cast, "Gerda G. <gerda@example.org>")
        [message] = mail.outbox
        assert (message.to, message.subject) == (
            ["gerda@example.org"], "Olga invites you to Thursday circle",
        )  # fmt: skip
        body = str(message.body)
        [token] = re.findall(r"^https://notes\.example\.org/join/([\w-]{43})/$", body, re.M)
        assert Invitation.objects.get().token_hash == hash_token(token)
        assert message.body.count("holds for 7 days") == 1
        for theirs in ("What we wrote", "Be kind", "Gerda", "Of margins"):
            assert message.body.count(theirs) == 0
        guest = person("Gerda")
        answer = client_of(guest).post(reverse("join", args=[token]))
        assert answer.headers["Location"] == cast.group.get_absolute_url()
        assert OutboxMessage.objects.get().body == ""

    @pytest.mark.hostile
    def test_names_make_no_lines_in_a_mail(
        self, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        cast.group.name = "Circle\r\nBcc: everybody@example.org"
        cast.group.save()
        cast.owner.name = "Olga\nhttps://evil.example <b>&"
        cast.owner.save()
        with django_capture_on_commit_callbacks(execute=True):
            work_off_now(cast, "gerda@example.org")
        [message] = mail.outbox
        assert message.recipients() == ["gerda@example.org"]
        named = "Olga https://evil.example <b>&", "Circle Bcc: everybody@example.org"
        assert message.subject == f"{named[0]} invites you to {named[1]}"
        first = message.body.splitlines()[0]
        assert first == f"{named[0]} invites you to the reading group {named[1]}."

    def test_what_is_passed_over(self, cast: Cast) -> None:
        join(cast.group, "Susi", standing="suspended")
        join(cast.group, "Bodo", standing="banned", left_at=timezone.now())
        join(cast.group, "Fritz", left_at=timezone.now())
        work_off_now(cast, "gerda@example.org")
        batch = work_off_now(
            cast,
            "\n".join(f"{name}@example.org" for name in ("gerda", "susi", "bodo", "fritz", "otto")),
        )
        assert batch.skipped == [
            [1, "gerda@example.org", "An invitation that still works was sent there already."],
            [2, "susi@example.org", "Belongs to the group already."],
            [3, "bodo@example.org", "Was shut out of the group."],
        ]
        Invitation.objects.filter(email="gerda@example.org").update(uses=1)
        assert work_off_now(cast, "gerda@example.org").invited == 1

    def test_five_hundred_go_through_in_one(self, cast: Cast) -> None:
        lines = [f"Guest {n} <guest{n}@example.org>" for n in range(500)] + ["broken"] * 20
        batch = work_off_now(cast, "\n".join(lines))
        assert (batch.invited, len(batch.skipped), batch.finished_at is None) == (500, 20, False)
        assert Invitation.objects.count() == OutboxMessage.objects.count() == 500
        page = client_of(cast.owner).get(lists(cast)).text
        assert (page.count("@example.org</td>"), page.count("?page=2")) == (50, 1)

    @pytest.mark.parametrize(
        ("addresses", "sentence"),
        [
            ("", "This field is required."),
            ("nobody\nno one", "Line 2: no one – There is no @ in it."),
            ("\n".join(f"a{n}@example.org" for n in range(501)), "At most 500 people"),
            ("x\n" * 2_001, "At most 500 people"),
            ("a@example.org\0", "Null characters are not allowed."),
            ("x" * 100_001, "at most 100000 characters"),
        ],
        ids=["nothing", "nobody", "501", "2001 lines", "NUL", "long"],
    )
    def test_a_list_that_cannot_be_comes_back(
        self, cast: Cast, addresses: str, sentence: str
    ) -> None:
        answer = client_of(cast.owner).post(lists(cast), {**FORM, "addresses": addresses})
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        kept = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", answer.text, re.S)
        assert kept == [addresses]
        assert InvitationBatch.objects.count() == 0

    @pytest.mark.hostile
    def test_bytes_that_are_no_text(self, cast: Cast) -> None:
        body = b"role=member&path=&addresses=%ED%A0%80@example.org%0A<script>@x%0Aa@example.org"
        answer = client_of(cast.owner).post(
            lists(cast), body, content_type="application/x-www-form-urlencoded"
        )
        page = client_of(cast.owner).get(answer.headers["Location"]).text
        assert (page.count("&lt;script&gt;@x"), page.count("<script>@x")) == (1, 0)

    def test_more_than_a_day_allows_keeps_the_list(self, cast: Cast, settings: Any) -> None:
        settings.CATENA_INVITATIONS_PER_DAY = 3
        answer = client_of(cast.owner).post(lists(cast), {**FORM, "addresses": LIST})
        assert answer.status_code == 429
        assert answer.text.count("gustav@example.org; Gesa, G. &lt;gesa@example.org&gt;") == 1
        assert (InvitationBatch.objects.count(), Bucket.objects.count()) == (0, 0)

    def test_who_may(self, cast: Cast) -> None:
        lines = read_addresses("gerda@example.org")
        for user in (cast.member, cast.observer, cast.outsider):
            with pytest.raises(PermissionDenied):
                invite_by_mail(by=user, group=cast.group, role="member", lines=lines)
        with pytest.raises(PermissionDenied):
            invite_by_mail(by=cast.moderator, group=cast.group, role="moderator", lines=lines)
        with pytest.raises(ValidationError):
            invite_by_mail(by=cast.owner, group=cast.group, role="member", lines=lines, path="/")

    def test_of_another_group_it_is_not_there(self, cast: Cast) -> None:
        batch = work_off_now(cast, "gerda@example.org")
        theirs = reverse("invitation_batch", args=[cast.elsewhere.group.slug, batch.pk])
        assert client_of(cast.outsider).get(theirs).status_code == 404

    def test_whoever_leads_no_more_invites_nobody_more(self, cast: Cast) -> None:
        batch = invite_by_mail(
            by=cast.moderator, group=cast.group, role="member",
            lines=read_addresses("gerda@example.org"),
        )  # fmt: skip
        Membership.objects.filter(user=cast.moderator).update(role="member")
        work_off.func(str(batch.pk))
        batch.refresh_from_db()
        assert batch.skipped == [[1, "gerda@example.org", "You no longer lead this group."]]
        assert (Invitation.objects.count(), batch.finished_at is None) == (0, False)


def work_off_now(cast: Cast, text: str) -> InvitationBatch:
    batch = invite_by_mail(
        by=cast.owner, group=cast.group, role="member", lines=read_addresses(text)
    )
    work_off.func(str(batch.pk))
    batch.refresh_from_db()
    return batch


@pytest.mark.usefixtures("sends_mail")
class TestProgress:
    @pytest.fixture
    def batch(self, cast: Cast) -> InvitationBatch:
        text = "\n".join(f"guest{n}@example.org" for n in range(50))
        return invite_by_mail(
            by=cast.owner, group=cast.group, role="member", lines=read_addresses(text)
        )

    def test_the_page_looks_again_until_it_is_done(self, cast: Cast, batch: Any) -> None:
        client = client_of(cast.moderator)
        there = reverse("invitation_batch", args=[cast.group.slug, batch.pk])
        part = client.get(there, headers={"HX-Request": "true"}).text
        assert part.startswith('<div id="progress" hx-get=')
        assert part.count('hx-trigger="every 1s"') == part.count("50 still to go") == 1
        assert part.count(f'<a href="{there}">') == 1
        assert part.count("aria-live") == 0
        work_off.func(str(batch.pk))
        part = client.get(there, headers={"HX-Request": "true"}).text
        assert part.startswith('<div id="progress">\n<p class="lead">50 people are invited.')

    def test_after_a_crash_the_clock_goes_on_where_it_was(
        self, cast: Cast, batch: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enqueue, sent = outbox.enqueue, []

        def crash(**given: Any) -> Any:
            sent.append(given["to"])
            if len(sent) == AT_ONCE + 3:
                raise KeyboardInterrupt
            return enqueue(**given)

        monkeypatch.setattr(outbox, "enqueue", crash)
        with pytest.raises(KeyboardInterrupt):
            work_off.func(str(batch.pk))
        batch.refresh_from_db()
        assert (batch.invited, len(batch.waiting)) == (AT_ONCE, 50 - AT_ONCE)
        clock.JOBS["invitations"].run()
        batch.refresh_from_db()
        assert batch.invited == AT_ONCE  # it may still be at work
        InvitationBatch.objects.update(created_at=timezone.now() - timedelta(minutes=6))
        clock.JOBS["invitations"].run()
        batch.refresh_from_db()
        assert (batch.invited, batch.waiting, batch.skipped) == (50, [], [])
        to = OutboxMessage.objects.values_list("to", flat=True)
        assert sorted(to) == sorted(f"guest{n}@example.org" for n in range(50))
        finished = batch.finished_at
        work_off.func(str(batch.pk))
        batch.refresh_from_db()
        assert (batch.invited, batch.finished_at) == (50, finished)

    def test_of_a_group_that_is_gone_nothing_is_done(self, batch: Any) -> None:
        InvitationBatch.objects.all().delete()
        work_off.func(str(batch.pk))
        assert Invitation.objects.count() == 0


class TestWithoutMail:
    def test_the_page_offers_what_works(self, cast: Cast) -> None:
        page = client_of(cast.owner).get(lists(cast)).text
        assert (page.count("This site sends no mail."), page.count("<textarea")) == (1, 0)
        answer = client_of(cast.owner).post(lists(cast), {**FORM, "addresses": LIST})
        assert (answer.status_code, InvitationBatch.objects.count()) == (403, 0)
        with pytest.raises(PermissionDenied):
            invite_by_mail(by=cast.owner, group=cast.group, role="member", lines=[])


def test_addresses_of_who_never_came_are_forgotten(cast: Cast, sends_mail: None) -> None:
    old = timezone.now() - timedelta(days=31)
    batch = work_off_now(cast, "gerda@example.org\nmira@example.org")
    InvitationBatch.objects.update(finished_at=old)
    Invitation.objects.update(expires_at=old)
    kept = work_off_now(cast, "gustav@example.org\nmira@example.org")
    clock.JOBS["addresses"].run()
    assert sorted(Invitation.objects.values_list("email", flat=True)) == ["", "gustav@example.org"]
    batch.refresh_from_db()
    assert (batch.skipped, len(kept.skipped)) == ([], 1)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_workers_invite_everybody_once(settings: Any) -> None:
    settings.CATENA_SENDS_MAIL = True
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    cast = assemble()
    text = "\n".join(f"guest{n}@example.org" for n in range(100))
    batch = invite_by_mail(
        by=cast.owner, group=cast.group, role="member", lines=read_addresses(text)
    )
    at_once(*[lambda: work_off.func(str(batch.pk))] * 2)
    batch.refresh_from_db()
    assert (batch.invited, batch.waiting, batch.skipped) == (100, [], [])
    to = OutboxMessage.objects.values_list("to", flat=True)
    assert sorted(to) == sorted(f"guest{n}@example.org" for n in range(100))
