"""What people are told by mail, when it leaves, and when it doesn't."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.utils import timezone

from annotations import moderation
from annotations.enums import SPAM, Actor, Told, Verb
from annotations.models import Annotation, LogEntry, Notice
from annotations.moderation.logbook import record
from annotations.moderation.reconsidering import answer, ask
from annotations.moderation.reporting import report
from annotations.moderation.standings import set_standing
from annotations.moderation.telling import after_quiet_hours, see, tell, tell_leaders
from reader import outbox
from reader.enums import Role
from reader.models import Membership, OutboxMessage, User
from tests.annotations.conftest import Write
from tests.cast import Cast, join
from tests.clock import pass_time


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.CATENA_SENDS_MAIL = True


@pytest.fixture
def note(cast: Cast, write: Write) -> Annotation:
    return write(cast.member, "Sharp words.")


def remove(cast: Cast, note: Annotation, **given: Any) -> LogEntry:
    said = {"verb": Verb.REMOVE, "reason": "unkind", "sentence": "Say it kindly.", **given}
    entry = moderation.decide(by=cast.moderator, annotation=note, seen=note.version, **said).entry
    assert entry is not None
    return entry


def only_mail(to: User) -> OutboxMessage:
    return OutboxMessage.objects.get(to=to.email)


def sent() -> list[str]:
    mail.outbox.clear()
    outbox.send_waiting()
    return sorted(each.to[0] for each in mail.outbox)


class TestToTheAuthor:
    def test_it_says_why_and_the_way_on(self, cast: Cast, note: Annotation) -> None:
        remove(cast, note)
        written = only_mail(cast.member)
        assert written.subject == "About your note in Thursday circle"
        assert written.body == (
            "Your note was removed.\n\n"
            "Reason: Hurts somebody\n\n"
            "Say it kindly.\n\n"
            "It said:\n\n"
            "Sharp words.\n\n"
            "In Thursday circle. Here you read how your note stands and what you can do, also to "
            "have it looked at again:\n\n"
            f"{django_settings.CATENA_URL}/n/{note.uuid}/why/\n\n"
        )

    def test_it_waits_as_long_as_it_can_be_undone(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = timezone.now()
        remove(cast, note)
        assert only_mail(cast.member).not_before >= before + timedelta(seconds=30)
        assert sent() == []
        pass_time(monkeypatch, seconds=31)
        assert sent() == [cast.member.email]

    def test_undone_in_time_it_never_leaves(
        self, cast: Cast, note: Annotation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report(by=cast.other, annotation=note, revision=1, reason="unkind")
        OutboxMessage.objects.all().delete()
        entry = remove(cast, note)
        moderation.undo(by=cast.moderator, entry=entry)
        pass_time(monkeypatch, seconds=31)
        assert sent() == []
        kept = OutboxMessage.objects.values_list("to", "body", "last_error").order_by("to")
        assert list(kept) == [
            ("mira@example.org", "", "taken back"), ("nils@example.org", "", "taken back"),
        ]  # fmt: skip
        assert Notice.objects.exclude(kind=Told.WAITING).count() == 0

    def test_spam_is_told_to_nobody(self, cast: Cast, note: Annotation) -> None:
        remove(cast, note, reason=SPAM, sentence="")
        assert not OutboxMessage.objects.exists()
        assert not Notice.objects.exists()

    def test_without_their_own_words_where_the_group_wants_that(
        self, cast: Cast, note: Annotation
    ) -> None:
        cast.group.mails_quote = False
        cast.group.save(update_fields=["mails_quote"])
        remove(cast, Annotation.objects.get(pk=note.pk))
        body = only_mail(cast.member).body
        assert [body.count(words) for words in ("Sharp words", "Say it kindly")] == [0, 1]

    def test_nothing_of_it_is_escaped(self, cast: Cast, write: Write) -> None:
        remove(cast, write(cast.member, "1 < 2 & “so on”"), sentence="Isn't it > that?")
        body = only_mail(cast.member).body
        assert [body.count(words) for words in ("1 < 2 & “so on”", "Isn't it > that?")] == [1, 1]

    def test_of_reports_that_hide_it_nothing_is_said(self, cast: Cast, note: Annotation) -> None:
        cast.group.hides_reported = True
        cast.group.save(update_fields=["hides_reported"])
        for by in (cast.other, cast.observer):
            report(by=by, annotation=note, revision=1, reason="unkind", sentence="About me.")
        body = only_mail(cast.member).body
        assert body.count("Your note is hidden while it is checked.") == 1
        hidden = ("eport", "Hurts", "About me", "Nils", "Ute")
        assert [body.count(words) for words in hidden] == [0] * 5


class TestToOthers:
    def test_a_reporter_reads_what_came_of_it_and_no_names(
        self, cast: Cast, note: Annotation
    ) -> None:
        report(by=cast.other, annotation=note, revision=1, reason="unkind", sentence="About me.")
        remove(cast, note)
        written = only_mail(cast.other)
        assert written.subject == "What became of your report in Thursday circle"
        assert written.body == (
            "What you reported was removed. Thank you.\n\n"
            "This is about a note in Thursday circle. Its author doesn’t learn that you reported "
            "it. Your messages:\n\n"
            f"{django_settings.CATENA_URL}/messages/\n\n"
        )

    def test_a_busy_evening_makes_one_mail_to_each_leader(self, cast: Cast, write: Write) -> None:
        for number in range(5):
            each = write(cast.member, f"Number {number} of many.")
            report(by=cast.other, annotation=each, revision=1, reason="unkind")
        assert sent() == [cast.moderator.email, cast.owner.email]
        see(by=cast.owner)
        last = write(cast.member, "And one more.")
        report(by=cast.other, annotation=last, revision=1, reason="unkind")
        assert sent() == [cast.owner.email]
        [body] = [each.body for each in mail.outbox]
        words = ("And one more", "Mira", "Nils", "Hurts")
        assert [str(body).count(word) for word in words] == [0] * 4

    def test_a_member_reads_until_when(self, cast: Cast) -> None:
        cast.member.time_zone = "Pacific/Auckland"
        cast.member.save(update_fields=["time_zone"])
        theirs = Membership.objects.get(user=cast.member)
        until = datetime(2031, 5, 4, 12, 30, tzinfo=UTC)
        entry = set_standing(
            by=cast.owner, membership=theirs, standing="suspended", until=until, reason="unkind",
            sentence="Take a rest.",
        )  # fmt: skip
        assert only_mail(cast.member).body == (
            "You can’t come into the group for now.\n"
            "Until 5 May 2031, 00:30.\n\n"
            "Reason: Hurts somebody\n\n"
            "Take a rest.\n\n"
            "This is about your part in Thursday circle. Here you read it again, and can ask "
            "that it is reconsidered:\n\n"
            f"{django_settings.CATENA_URL}/decisions/{entry.pk}/\n\n"
        )

    def test_whoever_asked_reads_the_answer(self, cast: Cast, note: Annotation) -> None:
        entry = remove(cast, note)
        OutboxMessage.objects.all().delete()
        asked = ask(by=cast.member, decision=entry, words="It was meant kindly.")
        assert sent() == [cast.moderator.email, cast.owner.email]
        bodies = [str(each.body) for each in mail.outbox]
        assert [body.count("meant kindly") + body.count("Mira") for body in bodies] == [0, 0]
        answer(by=cast.owner, reconsideration=asked, grant=False, answer="It hurt somebody.")
        written = only_mail(cast.member)
        assert written.body == (
            "You asked that a decision in Thursday circle is looked at again. The decision "
            "stands.\n\n"
            "It hurt somebody.\n\n"
            "Here you read the decision and the answer:\n\n"
            f"{django_settings.CATENA_URL}/decisions/{entry.pk}/\n\n"
        )

    @pytest.mark.parametrize("kind", Told)
    @pytest.mark.parametrize("verb", Verb)
    def test_every_kind_is_short_and_names_nobody(
        self, cast: Cast, note: Annotation, kind: Told, verb: Verb
    ) -> None:
        theirs = Membership.objects.get(user=cast.member)
        entry = record(
            group=cast.group, verb=verb, by=cast.moderator, acting_as=Actor.MODERATOR,
            annotation=note, membership=theirs, reason="unkind",
        )  # fmt: skip
        extra: dict[str, Any] = {"answer": "Yes.", "granted": True} if kind == Told.ANSWERED else {}
        tell(cast.outsider, kind, group=cast.group, path="/somewhere/", entry=entry, **extra)
        body = only_mail(cast.outsider).body
        assert [body.count(word) for word in ("Moses", "Mira", "Sharp words")] == [0, 0, 0]
        assert body.count(f"{django_settings.CATENA_URL}/somewhere/") == 1
        assert len(body) < 500
        assert "\n\n\n" not in body

    def test_a_site_without_mail_tells_in_the_app_alone(
        self, cast: Cast, note: Annotation, settings: Any
    ) -> None:
        settings.CATENA_SENDS_MAIL = False
        remove(cast, note)
        assert not OutboxMessage.objects.exists()
        assert Notice.objects.count() == 1

    def test_nor_is_anything_mailed_to_whoever_has_gone(self, cast: Cast, note: Annotation) -> None:
        User.objects.filter(pk=cast.member.pk).update(anonymised_at=timezone.now())
        remove(cast, Annotation.objects.get(pk=note.pk))
        assert not OutboxMessage.objects.exists()

    def test_in_the_readers_language(self, cast: Cast, note: Annotation, settings: Any) -> None:
        settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
        cast.member.language = "de"
        cast.member.save(update_fields=["language"])
        theirs = Membership.objects.get(user=cast.member)
        until = datetime(2031, 5, 4, 12, 30, tzinfo=UTC)
        set_standing(
            by=cast.owner, membership=theirs, standing="muted", until=until, reason="unkind"
        )
        assert only_mail(cast.member).body.count("4 Mai 2031") == 1


class TestQuietHours:
    """Of a person in a time zone, quiet between two times; a moment there, and when mail leaves."""

    @pytest.mark.parametrize(
        ("zone", "begin", "end", "when", "leaves"),
        [
            # Through midnight
            ("UTC", "22:00", "07:00", "2026-03-14 21:59", "2026-03-14 21:59"),
            ("UTC", "22:00", "07:00", "2026-03-14 22:00", "2026-03-15 07:00"),
            ("UTC", "22:00", "07:00", "2026-03-14 23:30", "2026-03-15 07:00"),
            ("UTC", "22:00", "07:00", "2026-03-15 00:00", "2026-03-15 07:00"),
            ("UTC", "22:00", "07:00", "2026-03-15 06:59", "2026-03-15 07:00"),
            ("UTC", "22:00", "07:00", "2026-03-15 07:00", "2026-03-15 07:00"),
            # Within a day
            ("UTC", "12:00", "14:30", "2026-03-14 11:59", "2026-03-14 11:59"),
            ("UTC", "12:00", "14:30", "2026-03-14 12:00", "2026-03-14 14:30"),
            ("UTC", "12:00", "14:30", "2026-03-14 14:30", "2026-03-14 14:30"),
            # Until midnight, and from it
            ("UTC", "20:00", "00:00", "2026-03-14 21:00", "2026-03-15 00:00"),
            ("UTC", "00:00", "06:00", "2026-03-14 23:59", "2026-03-14 23:59"),
            ("UTC", "00:00", "06:00", "2026-03-15 00:00", "2026-03-15 06:00"),
            # Over the end of a year
            ("UTC", "22:00", "07:00", "2026-12-31 23:00", "2027-01-01 07:00"),
            # Elsewhere
            ("Pacific/Auckland", "22:00", "07:00", "2026-03-14 23:30", "2026-03-15 07:00"),
            ("Asia/Kathmandu", "22:00", "07:00", "2026-03-14 22:15", "2026-03-15 07:00"),
            # Clocks go forward and back in that night
            ("Europe/Lisbon", "22:00", "07:00", "2026-03-28 23:30", "2026-03-29 07:00"),
            ("Europe/Lisbon", "22:00", "07:00", "2026-10-24 23:30", "2026-10-25 07:00"),
            ("America/New_York", "22:00", "07:00", "2026-03-07 23:30", "2026-03-08 07:00"),
        ],
    )
    def test_when_it_leaves(self, zone: str, begin: str, end: str, when: str, leaves: str) -> None:
        there = ZoneInfo(zone)
        to = User(
            time_zone=zone,
            quiet_from=time.fromisoformat(begin),
            quiet_until=time.fromisoformat(end),
        )
        moment = datetime.fromisoformat(when).replace(tzinfo=there).astimezone(UTC)
        found = after_quiet_hours(to, moment).astimezone(there)
        assert f"{found:%Y-%m-%d %H:%M}" == leaves
        assert after_quiet_hours(to, moment) >= moment

    @pytest.mark.parametrize(("begin", "end"), [(None, None), (time(8), time(8))])
    def test_none(self, begin: time | None, end: time | None) -> None:
        moment = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
        assert after_quiet_hours(User(quiet_from=begin, quiet_until=end), moment) == moment

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc"])
    def test_a_zone_that_is_not_known_is_the_sites(self, zone: str, settings: Any) -> None:
        settings.TIME_ZONE = "Asia/Tokyo"
        to = User(time_zone=zone, quiet_from=time(22), quiet_until=time(7))
        moment = datetime(2026, 3, 14, 14, 30, tzinfo=UTC)  # half past eleven there
        assert after_quiet_hours(to, moment) == datetime(2026, 3, 14, 22, 0, tzinfo=UTC)

    def test_only_what_can_wait_does(self, cast: Cast, write: Write) -> None:
        hour = timezone.localtime().replace(tzinfo=None)
        around = ((hour - timedelta(hours=1)).time(), (hour + timedelta(hours=1)).time())
        User.objects.update(quiet_from=around[0], quiet_until=around[1])
        Membership.objects.filter(user=cast.moderator).update(role=Role.MEMBER)
        theirs = write(cast.moderator, "Sharp words.")
        tell_leaders(Told.WAITING, group=cast.group, path="/")
        entry = moderation.decide(
            by=cast.owner, annotation=theirs, verb=Verb.REMOVE, seen=1, reason="unkind"
        ).entry
        soon = timezone.now() + timedelta(minutes=5)
        assert only_mail(cast.owner).not_before > soon
        assert only_mail(theirs.creator).not_before < soon
        assert entry is not None

    def test_in_the_app_it_shows_at_once(self, cast: Cast) -> None:
        User.objects.update(quiet_from=time(0), quiet_until=time(23, 59))
        pia = join(cast.group, "Pia", Role.MODERATOR)
        tell(pia, Told.WAITING, group=cast.group, path="/")
        assert Notice.objects.visible_to(pia).count() == 1
