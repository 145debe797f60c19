"""The moderators' queue: what waits there for whom, what is decided there and in place, and at
what price."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.enums import Rule, State, Verb
from annotations.models import Annotation, Case, LogEntry, Reconsideration, Report, WordRule
from annotations.moderation import decide, decide_all
from annotations.moderation.reporting import report
from annotations.queue import Tab, Wanted, marked, queue_of, waiting_about
from reader.models import Membership, User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LATER = timedelta(seconds=31)


def hold(cast: Cast, note: Annotation, rule: str = "newcomer", **given: Any) -> Annotation:
    """As a rule would have."""
    Annotation.objects.filter(pk=note.pk).update(state=State.PENDING, was_shown=False)
    given = {"group": cast.group, "rule": rule, **given}
    Case.objects.get_or_create(annotation=note, defaults=given)
    note.refresh_from_db()
    return note


def reported(by: User, note: Annotation, reason: str = "unkind", **given: Any) -> Annotation:
    report(by=by, annotation=note, revision=note.revision, reason=reason, **given)
    note.refresh_from_db()
    return note


def address(cast: Cast, **query: str) -> str:
    return reverse("moderation", args=[cast.group.slug], query=query)


def decide_at(note: Annotation) -> str:
    return reverse("note_decide", args=[note.uuid])


def page(cast: Cast, user: User | None = None, **query: str) -> str:
    answer = client_of(user or cast.owner).get(address(cast, **query))
    assert answer.status_code == 200
    return str(answer.text)


def words_of(page: str) -> list[str]:
    found = re.findall(r'<div class="body[^"]*" dir="auto">(.*?)</div>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", each).strip() for each in found]


def queue(cast: Cast, tab: Tab, user: User | None = None, **wanted: Any) -> Any:
    return queue_of(user or cast.owner, cast.group, Wanted(tab, **wanted))


class TestWhatWaits:
    def test_is_held_or_reported_and_counted(self, cast: Cast, write: Write) -> None:
        hold(cast, write(cast.member, "Held."))
        hidden = write(cast.member, "Hidden.")
        decide(by=cast.owner, annotation=hidden, verb=Verb.HIDE, seen=1)
        reported(cast.other, write(cast.member, "Reported."))
        write(cast.member, "Nobody minds.")
        found = {
            tab: [waiting.note.body for waiting in queue(cast, tab).waiting]
            for tab in (Tab.HELD, Tab.REPORTED)
        }
        assert found == {Tab.HELD: ["Held.", "Hidden."], Tab.REPORTED: ["Reported."]}
        counts = queue(cast, Tab.HELD).counts
        assert (counts.held, counts.reported, counts.reconsider) == (2, 1, 0)
        assert words_of(page(cast)) == ["Held.", "Hidden."]
        assert words_of(page(cast, tab="reported")) == ["Reported."]

    def test_is_not_for_whom_it_is_about(self, cast: Cast, write: Write) -> None:
        about_owner = reported(cast.other, write(cast.owner, "The owner's own."))
        about_moderator = reported(cast.other, write(cast.moderator, "The moderator's own."))
        found = {
            user.name: [each.note for each in queue(cast, Tab.REPORTED, user).waiting]
            for user in (cast.owner, cast.moderator)
        }
        assert found == {"Olga": [about_moderator], "Moses": [about_owner]}
        assert queue(cast, Tab.REPORTED, cast.owner).counts.reported == 1
        assert page(cast, cast.owner, tab="reported").count("owner&#x27;s own") == 0
        post = {"verb": "ignore", "seen": about_owner.version}
        assert client_of(cast.owner).post(decide_at(about_owner), post).status_code == 403
        decide(by=cast.moderator, annotation=about_owner, verb=Verb.APPROVE, seen=1)
        assert [done.entry for done in queue(cast, Tab.DECIDED, cast.owner).done] == []

    def test_is_for_leaders(self, cast: Cast) -> None:
        got = {
            user.name: client_of(user).get(address(cast)).status_code
            for user in (cast.owner, cast.moderator, cast.member, cast.observer, cast.outsider)
        }
        assert got == {"Olga": 200, "Moses": 200, "Mira": 403, "Ute": 403, "Otto": 404}
        assert Client().get(address(cast)).status_code == 302

    def test_says_which_rule_and_marks_what_matched(self, cast: Cast, write: Write) -> None:
        WordRule.objects.create(
            group=cast.group, words="dunce*", effect="hold", created_by=cast.owner
        )
        write(cast.member, "What *dunces* say, and no Dunces-cap; duncesque.")
        seen = page(cast)
        assert seen.count("Held by a word rule: “dunces”") == 1
        assert re.findall(r"<mark>(.*?)</mark>", seen) == ["dunces", "Dunces"]

    @pytest.mark.parametrize(
        ("html", "matched", "expected"),
        [
            ("<p>a b</p>", "", "<p>a b</p>"),
            ("<p>p</p>", "p", "<p><mark>p</mark></p>"),
            ('<a href="/b" title="b>b">b</a>', "b", '<a href="/b" title="b>b"><mark>b</mark></a>'),
            ("<p>a &amp; b</p>", "a & b", "<p><mark>a &amp; b</mark></p>"),
            ("<p>&lt;script&gt;</p>", "<script>", "<p><mark>&lt;script&gt;</mark></p>"),
            ("<p>a.c abc</p>", "a.c", "<p><mark>a.c</mark> abc</p>"),
        ],
    )
    def test_marks_words_and_nothing_else(self, html: str, matched: str, expected: str) -> None:
        assert marked(html, matched) == expected

    def test_an_edit_shows_what_changes(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "The first words.")
        Membership.objects.filter(user=cast.member).update(standing="held")
        actions.edit(by=cast.member, annotation=note, body="The other words.")
        [waiting] = queue(cast, Tab.HELD).waiting
        assert [(piece.kind, piece.text) for piece in waiting.edited] == [
            ("same", "The "), ("out", "first"), ("in", "other"), ("same", " words."),
        ]  # fmt: skip
        assert waiting.verbs[:2] == [Verb.APPROVE, Verb.DECLINE_EDIT]
        assert page(cast).count("<del>") == 1

    def test_words_that_changed_since_the_report_are_shown(self, cast: Cast, write: Write) -> None:
        note = reported(cast.other, write(cast.member, "You are wrong."))
        actions.edit(by=cast.member, annotation=note, body="You are right.")
        [waiting] = queue(cast, Tab.REPORTED).waiting
        changed = [piece.text for piece in waiting.since_reported if piece.kind != "same"]
        assert changed == ["wrong", "right"]

    def test_what_its_author_deleted_can_only_be_closed(self, cast: Cast, write: Write) -> None:
        note = reported(cast.other, write(cast.member, "Said, and regretted."))
        actions.withdraw(by=cast.member, annotation=note)
        [waiting] = queue(cast, Tab.REPORTED).waiting
        assert waiting.verbs == [Verb.IGNORE]
        seen = page(cast, tab="reported")
        assert (seen.count("Said, and regretted."), seen.count(">Close")) == (1, 1)
        note.refresh_from_db()
        answer = client_of(cast.owner).post(
            decide_at(note), {"verb": "ignore", "seen": note.version, "next": address(cast)}
        )
        assert answer.status_code == 302
        assert queue(cast, Tab.REPORTED).waiting == []
        assert client_of(cast.owner).get(decide_at(note)).status_code == 404

    def test_many_reports_are_one_case(self, cast: Cast, write: Write) -> None:
        note = reported(cast.other, write(cast.member, "Hm."), sentence="He means me.")
        case = Case.objects.get()
        users = User.objects.bulk_create(
            User(email=f"{n}@example.org", name=f"Reader {n}") for n in range(499)
        )
        Report.objects.bulk_create(
            Report(
                case=case, annotation=note, reporter=user, revision=1, words="Hm.",
                reason="spam" if n % 5 else "unkind",
            )
            for n, user in enumerate(users)
        )  # fmt: skip
        [waiting] = queue(cast, Tab.REPORTED).waiting
        assert waiting.reports.by_reason == [("Spam", 399), ("Hurts somebody", 101)]
        assert (waiting.reports.count, len(waiting.reports.shown)) == (500, 20)
        first = waiting.reports.shown[0]
        assert (first.report.sentence, first.name) == ("He means me.", "Nils")
        seen = page(cast, tab="reported")
        assert (seen.count('class="case"'), seen.count("Reported by 500 people")) == (1, 1)
        assert (seen.count("497 more reports"), seen.count("and 480 more")) == (1, 1)

    def test_says_who_wrote_it(self, cast: Cast, write: Write) -> None:
        for verb, reason in ((Verb.APPROVE, ""), (Verb.REMOVE, "spam"), (Verb.APPROVE, "")):
            note = hold(cast, write(cast.member, f"{uuid4()}"))
            decide(by=cast.owner, annotation=note, verb=verb, seen=note.version, reason=reason)
        hold(cast, write(cast.member, "One more."))
        [waiting] = queue(cast, Tab.HELD).waiting
        assert waiting.author.byline.name == "Mira"
        assert [(e.verb, reason) for e, reason in waiting.author.lately] == [
            ("approve", ""), ("remove", "Spam"), ("approve", ""),
        ]  # fmt: skip
        assert waiting.author.tally == "2 approved, 1 removed"
        assert waiting.author.standing == "held"  # spam holds

    def test_a_reply_shows_what_it_answers(self, cast: Cast, write: Write) -> None:
        root = write(cast.other, "A claim.")
        hold(cast, write(cast.member, "Nonsense.", to=root))
        seen = page(cast)
        assert (seen.count("A claim."), seen.count("Nonsense.")) == (1, 1)
        actions.withdraw(by=cast.other, annotation=root)
        seen = page(cast)
        assert (seen.count("A claim."), seen.count("to what its author deleted")) == (0, 1)


class TestNarrowing:
    def test_by_person_text_and_rule(self, cast: Cast, write: Write) -> None:
        hold(cast, write(cast.member, "Mira's."), rule="links")
        hold(cast, write(cast.other, "Nils's."))
        mira = str(Membership.objects.get(user=cast.member, group=cast.group).pk)
        slug = cast.reading.article.slug
        asked: Any = page
        found = {
            str(query): len(words_of(asked(cast, **query)))
            for query in (
                {"person": mira}, {"article": slug}, {"rule": "links"}, {"article": "no-such"},
                {"person": mira, "rule": "newcomer"}, {"person": "9" * 30}, {"rule": "x\0"},
                {"article": "x\0"}, {"tab": "nowhere"}, {"after": "999999"}, {"after": "-1"},
            )
        }  # fmt: skip
        assert list(found.values()) == [1, 2, 1, 2, 0, 2, 2, 2, 2, 0, 2]

    def test_nobody_elses_members_and_texts(self, cast: Cast, write: Write) -> None:
        """What is named from another group narrows nothing down, and isn't shown."""
        hold(cast, write(cast.member, "Mira's."))
        stranger = Membership.objects.get(user=cast.outsider)
        seen = page(cast, person=str(stranger.pk), article=cast.elsewhere.article.slug)
        assert (words_of(seen), seen.count("Otto")) == (["Mira's."], 0)

    def test_by_pages(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "x")
        many(cast, note, 60)
        first = queue(cast, Tab.HELD)
        second = queue(cast, Tab.HELD, after=first.next)
        third = queue(cast, Tab.HELD, after=second.next)
        sizes = [len(each.waiting) for each in (first, second, third)]
        pks = [w.case.pk for each in (first, second, third) for w in each.waiting]
        assert (sizes, third.next) == ([25, 25, 10], None)
        assert pks == sorted(pks)
        assert f"after={first.next}" in page(cast)


def many(cast: Cast, like: Annotation, count: int) -> None:
    """Held notes by different people, and a report of each."""
    users = User.objects.bulk_create(
        User(email=f"{uuid4()}@example.org", name=f"Writer {n}") for n in range(count)
    )
    Membership.objects.bulk_create(Membership(group=cast.group, user=user) for user in users)
    notes = Annotation.objects.bulk_create(
        Annotation(
            creator=user, article=like.article, reading=like.reading, audience="group",
            motivation="replying", root=like, parent=like, body=f"Number {n}.",
            body_html=f"<p>Number {n}.</p>", client_id=uuid4(), state="pending", was_shown=False,
        )
        for n, user in enumerate(users)
    )  # fmt: skip
    begin = timezone.now() - timedelta(days=1)
    Case.objects.bulk_create(
        Case(
            annotation=note, group=cast.group, rule=Rule.NEWCOMER,
            opened_at=begin + timedelta(seconds=n // 2),
        )
        for n, note in enumerate(notes)
    )  # fmt: skip
    LogEntry.objects.bulk_create(
        LogEntry(
            group=cast.group, actor=cast.owner, acting_as="owner", verb="remove", annotation=note,
            reason="spam",
        )
        for note in notes
    )  # fmt: skip


class TestPrice:
    @pytest.mark.parametrize("count", [3, 300])
    @pytest.mark.parametrize(
        ("tab", "queries"), [("held", 20), ("reported", 20), ("decided", 14), ("reconsider", 14)]
    )
    def test_is_the_same_for_few_and_many(
        self, cast: Cast, write: Write, count: int, tab: str, queries: int
    ) -> None:
        note = write(cast.other, "A root.")
        many(cast, note, count)
        if tab == "reported":
            Report.objects.bulk_create(
                Report(
                    case=case, annotation=case.annotation, reporter=cast.other, revision=1,
                    words="Other words.", reason="unkind", sentence="Look.",
                )
                for case in Case.objects.select_related("annotation")
            )  # fmt: skip
        if tab == "reconsider":
            Reconsideration.objects.bulk_create(
                Reconsideration(
                    decision=entry, group=cast.group, asked_by=cast.member, words="Why?"
                )
                for entry in LogEntry.objects.all()
            )
        client = client_of(cast.owner)
        client.get(address(cast))  # a first visit makes a session's row
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(address(cast, tab=tab))
        assert answer.status_code == 200
        assert len(asked) == queries


class TestDeciding:
    def test_by_a_plain_form(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        back = address(cast, tab="held")
        answer = client_of(cast.owner).post(
            decide_at(note), {"verb": "approve", "seen": note.version, "next": back}, follow=True
        )
        assert answer.redirect_chain == [(back, 302)]
        assert answer.text.count("Approved.") == 1
        note.refresh_from_db()
        assert note.state == State.APPROVED

    def test_by_htmx_leaves_a_line_with_undo(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        client, back = client_of(cast.owner), address(cast)
        post = {"verb": "approve", "seen": note.version, "next": back}
        answer = client.post(decide_at(note), post, headers=HTMX)
        entry = LogEntry.objects.get(verb="approve")
        assert answer.status_code == 200
        assert answer.text.count("Approved.") == 2  # read, and told
        undo = reverse("decision_undo", args=[entry.pk])
        assert answer.text.count(f'action="{undo}"') == 1
        assert '<b id="count-held" hx-swap-oob="true">0</b>' in answer.text
        undone = client.post(undo, {"next": back}, headers=HTMX)
        assert (undone.status_code, undone.text.count(f'id="case-{note.uuid}"')) == (200, 1)
        assert words_of(undone.text) == ["Held."]
        note.refresh_from_db()
        assert note.state == State.PENDING

    def test_somewhere_else_is_not_where_it_leads(self, cast: Cast, write: Write) -> None:
        client = client_of(cast.owner)
        led = []
        for where in ("https://evil.example/", "//evil.example/", "javascript:1", "/\\evil"):
            note = hold(cast, write(cast.member, f"Held {where}."))
            post = {"verb": "approve", "seen": note.version, "next": where}
            led.append(client.post(decide_at(note), post).headers["Location"])
        assert [each for each in led if not each.startswith("/n/")] == []

    def test_wants_a_reason_to_remove(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        client = client_of(cast.owner)
        form = client.get(decide_at(note), {"verb": "remove", "next": address(cast)}, headers=HTMX)
        assert form.text.count('type="radio"') == 7
        assert form.text.count("It leads away from the text that we read together.") == 1
        post = {"verb": "remove", "seen": note.version, "next": address(cast)}
        for headers in ({}, HTMX):
            refused = client.post(decide_at(note), post, headers=headers)
            assert (refused.status_code, refused.text.count("Choose a reason")) == (422, 1)
        assert refused.headers["HX-Retarget"] == f"#d-{note.uuid}"
        unknown = client.post(decide_at(note), {**post, "reason": "because"})
        assert unknown.status_code == 422
        given = {**post, "reason": "off-topic", "sentence": "Perhaps next week."}
        assert client.post(decide_at(note), given, headers=HTMX).status_code == 200
        entry = LogEntry.objects.get(verb="remove")
        assert (entry.reason, entry.sentence) == ("off-topic", "Perhaps next week.")

    @pytest.mark.parametrize(
        "post",
        [
            {}, {"verb": "purge"}, {"verb": "approve"}, {"verb": "approve", "seen": "x"},
            {"verb": "approve", "seen": "0"}, {"verb": "ignore", "seen": "1", "outcome": "upheld"},
        ],
    )  # fmt: skip
    def test_what_nobody_can_mean_is_refused(
        self, cast: Cast, write: Write, post: dict[str, str]
    ) -> None:
        note = hold(cast, write(cast.member, "Held."))
        assert client_of(cast.owner).post(decide_at(note), post).status_code == 422
        note.refresh_from_db()
        assert note.state == State.PENDING

    def test_of_words_that_have_changed_is_not_done(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "These words."))
        actions.edit(by=cast.member, annotation=note, body="Those words.")
        client = client_of(cast.owner)
        post = {
            "verb": "remove", "seen": note.version, "revision": note.revision, "reason": "unkind",
            "next": address(cast),
        }  # fmt: skip
        for headers in ({}, HTMX):
            late = client.post(decide_at(note), post, headers=headers)
            assert late.status_code == 409
            assert late.text.count("Its author has changed the words meanwhile.") == 1
            assert (late.text.count("These</del>"), late.text.count("Those</ins>")) == (0, 0)
            assert late.text.count("<del>") == late.text.count("<ins>") == 1
            assert late.text.count("Leave it as it is now") == 1
        note.refresh_from_db()
        assert (note.state, f'name="seen" value="{note.version}"' in late.text) == ("pending", True)
        assert client.post(decide_at(note), {**post, "seen": note.version}).status_code == 302

    def test_of_what_another_has_decided_says_who_it_was(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        seen = note.version
        decide(by=cast.moderator, annotation=note, verb=Verb.REMOVE, seen=seen, reason="unkind")
        client = client_of(cast.owner)
        post = {"verb": "approve", "seen": seen, "next": address(cast)}
        late = client.post(decide_at(note), post, headers=HTMX)
        assert late.status_code == 409
        assert late.text.count("Moses was here before you: removed.") == 1
        assert late.text.count("Hurts somebody") == 1
        again = {"verb": "remove", "seen": seen, "reason": "spam", "next": address(cast)}
        same = client.post(decide_at(note), again, headers=HTMX)
        assert (same.status_code, same.text.count("Already removed by Moses.")) == (200, 2)
        assert same.text.count("Undo") == 0

    def test_is_for_other_leaders(self, cast: Cast, write: Write) -> None:
        note = write(cast.moderator, "Said.")
        post = {"verb": "hide", "seen": 1}
        got = {
            user.name: client_of(user).post(decide_at(note), post).status_code
            for user in (cast.moderator, cast.member, cast.observer, cast.outsider, cast.owner)
        }
        assert got == {"Moses": 403, "Mira": 403, "Ute": 403, "Otto": 404, "Olga": 302}

    def test_nobody_else_takes_it_back(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        done = decide(by=cast.owner, annotation=note, verb=Verb.APPROVE, seen=note.version)
        assert done.entry is not None
        undo = reverse("decision_undo", args=[done.entry.pk])
        got = {
            user.name: client_of(user).post(undo).status_code
            for user in (cast.moderator, cast.member, cast.other, cast.outsider)
        }
        assert got == {"Moses": 403, "Mira": 404, "Nils": 404, "Otto": 404}
        assert client_of(cast.owner).post(undo).status_code == 302

    def test_after_half_a_minute_it_stays(
        self, cast: Cast, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note = write(cast.member, "Said.")
        done = decide(by=cast.owner, annotation=note, verb=Verb.REMOVE, seen=1, reason="unkind")
        assert done.entry is not None
        [listed] = queue(cast, Tab.DECIDED).done
        assert (listed.undo_for, listed.can_restore) == (30, True)
        later = timezone.now() + LATER
        monkeypatch.setattr(timezone, "now", lambda: later)
        [listed] = queue(cast, Tab.DECIDED).done
        assert (listed.undo_for, listed.can_restore) == (0, True)
        undo = reverse("decision_undo", args=[done.entry.pk])
        assert client_of(cast.owner).post(undo, headers=HTMX).status_code == 403
        restore = reverse("decision_reverse", args=[done.entry.pk])
        got = {
            user.name: client_of(user).post(restore).status_code
            for user in (cast.member, cast.other, cast.outsider, cast.moderator)
        }
        assert got == {"Mira": 403, "Nils": 404, "Otto": 404, "Moses": 302}
        note.refresh_from_db()
        assert note.state == State.APPROVED
        restored = {each.entry.verb: each for each in queue(cast, Tab.DECIDED).done}
        assert {verb: each.can_restore for verb, each in restored.items()} == {
            "restore": False, "remove": False,
        }  # fmt: skip


class TestSeveral:
    def bulk(self, cast: Cast, user: User, notes: list[Annotation], **post: Any) -> Any:
        chosen = [f"{note.uuid}:{note.version}" for note in notes]
        where = reverse("moderation_bulk", args=[cast.group.slug])
        return client_of(user).post(where, {"chosen": chosen, **post})

    def test_are_decided_and_listed(self, cast: Cast, write: Write) -> None:
        notes = [hold(cast, write(cast.member, f"Number {n}.")) for n in range(3)]
        decide(by=cast.moderator, annotation=notes[0], verb=Verb.REMOVE, seen=1, reason="unkind")
        answer = self.bulk(cast, cast.owner, notes, verb="approve")
        assert answer.status_code == 200
        assert answer.text.count("2 notes were decided.") == 1
        assert answer.text.count("One was left as it is.") == 1
        states = Annotation.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["removed", "approved", "approved"]
        entry = LogEntry.objects.get(verb="bulk")
        undo = reverse("decision_undo", args=[entry.pk])
        assert answer.text.count(f'action="{undo}"') == 1
        assert client_of(cast.owner).post(undo).status_code == 302
        assert list(states.all()) == ["removed", "pending", "pending"]

    def test_want_a_reason_and_a_choice(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        bare = self.bulk(cast, cast.owner, [note], verb="remove")
        assert (bare.status_code, bare.text.count("Choose a reason")) == (422, 1)
        assert bare.text.count(f'value="{note.uuid}:{note.version}"') == 1
        none = self.bulk(cast, cast.owner, [], verb="approve")
        assert (none.status_code, none.text.count("Choose the notes first.")) == (422, 1)
        where = reverse("moderation_bulk", args=[cast.group.slug])
        client = client_of(cast.owner)
        odd = [
            client.post(where, {"verb": "approve", "chosen": c}).status_code for c in ("x", "x:1")
        ]
        assert odd == [422, 422]
        many = [f"{uuid4()}:1" for _ in range(101)]
        assert client.post(where, {"verb": "approve", "chosen": many}).status_code == 422
        assert self.bulk(cast, cast.owner, [note], verb="purge").status_code == 422
        note.refresh_from_db()
        assert note.state == State.PENDING

    def test_are_for_leaders_and_of_the_group(self, cast: Cast, write: Write) -> None:
        note = hold(cast, write(cast.member, "Held."))
        got = {
            user.name: self.bulk(cast, user, [note], verb="approve").status_code
            for user in (cast.member, cast.observer, cast.outsider)
        }
        assert got == {"Mira": 403, "Ute": 403, "Otto": 404}
        theirs = reverse("moderation_bulk", args=[cast.elsewhere.group.slug])
        post = {"verb": "approve", "chosen": [f"{note.uuid}:{note.version}"]}
        answer = client_of(cast.outsider).post(theirs, post)
        assert (answer.status_code, answer.text.count("Held.")) == (422, 0)
        assert LogEntry.objects.filter(verb="bulk").count() == 0
        note.refresh_from_db()
        assert note.state == State.PENDING

    def test_one_of_many_can_be_restored_together(self, cast: Cast, write: Write) -> None:
        notes = [write(cast.member, f"Number {n}.") for n in range(2)]
        chosen = [(note.uuid, note.version) for note in notes]
        decide_all(
            by=cast.owner, group=cast.group, chosen=chosen, verb=Verb.REMOVE, reason="unkind"
        )
        [listed] = queue(cast, Tab.DECIDED).done
        assert (listed.what, listed.can_restore) == ("2 notes removed", True)
        restore = reverse("decision_reverse", args=[listed.entry.pk])
        assert client_of(cast.moderator).post(restore).status_code == 302
        states = Annotation.objects.values_list("state", flat=True)
        assert list(states) == ["approved", "approved"]


class TestInPlace:
    def offered(self, user: User, note: Annotation) -> list[str]:
        menu = client_of(user).get(reverse("note_menu", args=[note.uuid]), headers=HTMX).text
        posted = re.findall(r'name="verb" value="(\w+)"', menu)
        return posted + re.findall(r'href="[^"]+decide/\?verb=(\w+)', menu)

    def test_the_menu_offers_what_the_state_allows(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "Said.")
        write(cast.other, "Yes.", to=root)
        assert self.offered(cast.owner, root) == ["approve", "hide", "remove", "remove_all"]
        assert self.offered(cast.member, root) == self.offered(cast.other, root) == []
        assert self.offered(cast.owner, write(cast.owner, "Own.")) == []
        decide(by=cast.owner, annotation=root, verb=Verb.REMOVE, seen=1, reason="unkind")
        assert self.offered(cast.moderator, root) == ["restore"]
        held = hold(cast, write(cast.member, "Held."))
        assert self.offered(cast.owner, held) == ["approve", "send_back", "remove"]

    def test_a_decision_swaps_the_thread(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "Said.")
        client = client_of(cast.owner)
        post = {"verb": "hide", "seen": root.version, "revision": root.revision}
        answer = client.post(decide_at(root), post, headers=HTMX)
        assert answer.status_code == 200
        assert answer.text.count(f'id="t-{root.uuid}" hx-swap-oob="true"') == 1
        menu = client.get(reverse("note_menu", args=[root.uuid]), headers=HTMX).text
        assert menu.count("Undo: hidden") == 1
        undo = reverse("decision_undo", args=[LogEntry.objects.get(verb="hide").pk])
        back = client.post(undo, headers=HTMX)
        assert back.text.count(f'id="t-{root.uuid}" hx-swap-oob="true"') == 1
        root.refresh_from_db()
        assert root.state == State.VISIBLE

    def test_with_its_replies(self, cast: Cast, write: Write) -> None:
        root = write(cast.member, "Said.")
        reply = write(cast.other, "Yes.", to=root)
        client = client_of(cast.owner)
        post = {"verb": "remove_all", "seen": root.version, "reason": "unkind"}
        assert client.post(decide_at(reply), post).status_code == 422
        assert client.post(decide_at(root), {**post, "seen": 7}).status_code == 409
        assert client.post(decide_at(root), post, headers=HTMX).status_code == 200
        states = Annotation.objects.values_list("state", flat=True)
        assert (list(states), LogEntry.objects.filter(verb="bulk").count()) == (["removed"] * 2, 1)

    def test_every_form_has_a_page(self, cast: Cast, write: Write) -> None:
        note = write(cast.member, "Said.")
        client = client_of(cast.owner)
        for verb in ("", "hide", "approve", "remove", "remove_all", "ignore", "nonsense"):
            answer = client.get(decide_at(note), {"verb": verb})
            assert (answer.status_code, answer.text.count("Decide about a note")) == (200, 1)
        client.post(decide_at(note), {"verb": "remove", "seen": 1, "reason": "unkind"})
        assert waiting_about(cast.owner, cast.group, note) is None
