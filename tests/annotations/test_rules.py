"""What a group watches for and its reasons, as its leaders keep them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations import actions
from annotations.models import LogEntry, Reason, WordRule
from annotations.moderation import rules
from annotations.reasons import DEFAULTS, in_use, reasons_of
from annotations.watching import what_waits
from reader.models import User
from tests.annotations.conftest import Write
from tests.cast import Cast, client_of
from tests.permissions.world import everything_stored


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("root@example.org", "x", name="Ada")


def logged() -> list[tuple[str, dict[str, Any]]]:
    rows = LogEntry.objects.order_by("pk")
    return [(entry.verb, entry.details) for entry in rows]


def texts(page: str) -> list[str]:
    """The words that are listed, by what they do."""
    found = re.finditer(r'<h2>([^<]+)</h2>\n|<code dir="auto">([^<]+)</code>', page)
    return [match[1] or match[2] for match in found]


class TestWordRules:
    def test_they_are_listed_by_what_they_do(self, cast: Cast) -> None:
        client, there = client_of(cast.owner), reverse("word_rules", args=[cast.group.slug])
        assert client.get(there).text.count("Nothing is watched for.") == 1
        for words, effect in (("spam*", "hold"), ("damn", "flag"), ("Buy  Now", "block")):
            answer = client.post(there, {"words": words, "effect": effect})
            assert answer.headers["Location"] == there
        assert texts(client.get(there).text)[:6] == [
            "Don’t take it; the author sees which word it is", "Buy Now",
            "Hold the note for a moderator", "spam*",
            "Publish it, and show it to the moderators", "damn",
        ]  # fmt: skip
        assert client.get(there).text.count("Olga, today") == 3
        assert logged() == [
            ("change_rules", {"what": "word_rule_added", "effect": "hold", "words": "spam*"}),
            ("change_rules", {"what": "word_rule_added", "effect": "flag", "words": "damn"}),
            ("change_rules", {"what": "word_rule_added", "effect": "block", "words": "Buy Now"}),
        ]

    def test_one_is_dropped(self, cast: Cast) -> None:
        rule = rules.add_word_rule(by=cast.owner, group=cast.group, words="damn", effect="flag")
        there = reverse("word_rule_drop", args=[cast.group.slug, rule.pk])
        client = client_of(cast.moderator)
        assert client.get(there).status_code == 405
        answer = client.post(there)
        assert answer.headers["Location"] == reverse("word_rules", args=[cast.group.slug])
        assert WordRule.objects.count() == 0
        assert logged()[-1] == (
            "change_rules", {"what": "word_rule_dropped", "effect": "flag", "words": "damn"},
        )  # fmt: skip
        assert client.post(there).status_code == 404

    def test_one_of_another_group_or_of_the_site_is_not_there(
        self, cast: Cast, administrator: User
    ) -> None:
        theirs = rules.add_word_rule(
            by=cast.outsider, group=cast.elsewhere.group, words="damn", effect="flag"
        )
        above = rules.add_word_rule(by=administrator, group=None, words="damn", effect="flag")
        for rule in (theirs, above):
            there = reverse("word_rule_drop", args=[cast.group.slug, rule.pk])
            assert client_of(cast.owner).post(there).status_code == 404
        there = reverse("site_word_rule_drop", args=[theirs.pk])
        assert client_of(administrator).post(there).status_code == 404
        assert WordRule.objects.count() == 2

    def test_the_same_words_are_one_rule(self, cast: Cast) -> None:
        for effect in ("hold", "hold", "block"):
            rules.add_word_rule(by=cast.owner, group=cast.group, words="damn", effect=effect)
        assert list(WordRule.objects.values_list("words", "effect")) == [("damn", "block")]
        assert len(logged()) == 2

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"words": "*"}, "A star alone would stand for every note there is."),
            ({"words": ""}, "This field is required."),
            ({"words": "x" * 101}, "These are more than 100 letters"),
            ({"words": "a b c d e f g h i"}, "These are more than 8 words"),
            ({"words": "damn", "effect": "burn"}, "Select a valid choice."),
            ({"words": "a\0b"}, "Null characters are not allowed."),
        ],
    )
    def test_what_cannot_be_comes_back(
        self, cast: Cast, given: dict[str, str], sentence: str
    ) -> None:
        there = reverse("word_rules", args=[cast.group.slug])
        answer = client_of(cast.owner).post(there, {"effect": "flag"} | given)
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert WordRule.objects.count() == 0

    def test_there_are_so_many_at_most(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "WORD_RULES_AT_MOST", 1)
        there = reverse("word_rules", args=[cast.group.slug])
        client = client_of(cast.owner)
        client.post(there, {"words": "one", "effect": "flag"})
        answer = client.post(there, {"words": "two", "effect": "flag"})
        assert (answer.status_code, answer.text.count("as many as there can be")) == (422, 1)
        assert client.post(there, {"words": "one", "effect": "hold"}).status_code == 302

    def test_only_leaders_change_them(self, cast: Cast, administrator: User) -> None:
        for user in (cast.member, cast.observer, cast.outsider, administrator):
            with pytest.raises(PermissionDenied):
                rules.add_word_rule(by=user, group=cast.group, words="damn", effect="flag")
        for user in (cast.owner, cast.member, cast.outsider):
            with pytest.raises(PermissionDenied):
                rules.add_word_rule(by=user, group=None, words="damn", effect="flag")
        assert (WordRule.objects.count(), logged()) == (0, [])

    @pytest.mark.parametrize("wrong", ["*", "x" * 101])
    def test_the_action_checks_for_itself(self, cast: Cast, wrong: str) -> None:
        with pytest.raises(ValidationError):
            rules.add_word_rule(by=cast.owner, group=cast.group, words=wrong, effect="flag")

    def test_the_site_has_its_own(self, cast: Cast, administrator: User) -> None:
        there = reverse("site_word_rules")
        client = client_of(administrator)
        client.post(there, {"words": "casino*", "effect": "hold"})
        assert client.get(there).text.count("casino*") == 2  # and once for those who hear it
        rule = WordRule.objects.get()
        assert (rule.group, logged()) == (None, [])
        of_group = client_of(cast.owner).get(reverse("word_rules", args=[cast.group.slug])).text
        assert of_group.count("casino") == 0
        assert of_group.count("The site has rules of its own, which hold here too.") == 1
        dropped = client.post(reverse("site_word_rule_drop", args=[rule.pk]))
        assert (dropped.headers["Location"], WordRule.objects.count()) == (there, 0)
        for user in (cast.owner, cast.member, cast.outsider):
            assert client_of(user).get(there).status_code == 404
            assert client_of(user).post(there, {"words": "x", "effect": "hold"}).status_code == 404


class TestTryingThem:
    TEXT = "Buy now, <b>SPAMMERS</b> & friends."

    def tried(self, cast: Cast, text: str) -> Any:
        there = reverse("word_rules", args=[cast.group.slug])
        return client_of(cast.owner).post(there, {"do": "try", "text": text})

    def test_it_says_which_rule_would_do_what_and_keeps_nothing(
        self, cast: Cast, administrator: User
    ) -> None:
        for words, effect in (("spam*", "flag"), ("buy now", "hold"), ("nothing", "block")):
            rules.add_word_rule(by=cast.owner, group=cast.group, words=words, effect=effect)
        rules.add_word_rule(by=administrator, group=None, words="friends", effect="flag")
        client, there = client_of(cast.owner), reverse("word_rules", args=[cast.group.slug])
        before = everything_stored()
        answer = client.post(there, {"do": "try", "text": self.TEXT})
        assert everything_stored() == before
        assert answer.status_code == 200
        assert re.findall(r"<mark>([^<]*)</mark>", answer.text) == [
            "Buy now",
            "SPAMMERS",
            "friends",
        ]
        assert answer.text.count("This would wait for a leader.") == 1
        assert answer.text.count("&lt;b&gt;<mark>SPAMMERS</mark>&lt;/b&gt; &amp; ") == 1
        assert answer.text.count("a rule of the site") == 1
        hits = re.findall(
            r"</code>(?: <small>[^<]*</small>)?: ([^–]+) – “<bdi>([^<]+)</bdi>", answer.text
        )
        assert hits == [
            ("hold the note for a moderator", "Buy now"),
            ("publish it, and show it to the moderators", "SPAMMERS"),
            ("publish it, and show it to the moderators", "friends"),
        ]

    def test_that_nothing_would_happen_is_said(self, cast: Cast) -> None:
        answer = self.tried(cast, self.TEXT)
        assert answer.text.count("No rule would do anything: it would be published.") == 1
        assert "<mark>" not in answer.text

    @pytest.mark.parametrize("text", ["", "x" * 10_001, "a\0b"])
    def test_what_cannot_be_tried(self, cast: Cast, text: str) -> None:
        assert self.tried(cast, text).status_code == 422


class TestReasons:
    @pytest.fixture
    def there(self, cast: Cast) -> str:
        return reverse("group_reasons", args=[cast.group.slug])

    def codes(self, cast: Cast) -> list[str]:
        return [reason.code for reason in reasons_of(cast.group)]

    def test_a_group_has_the_defaults_until_it_makes_its_own(self, cast: Cast, there: str) -> None:
        client = client_of(cast.owner)
        page = client.get(there)
        assert (page.status_code, page.text.count('class="reason-row')) == (200, len(DEFAULTS))
        assert Reason.objects.count() == 0
        sent = {"do": "add", "label": "Too long", "sentence": "Say it in fewer words."}
        assert client.post(there, sent).headers["Location"] == there
        assert self.codes(cast) == [*(code for code, *_rest in DEFAULTS), "too-long"]
        assert logged() == [("change_rules", {"what": "reason_added", "words": "Too long"})]

    def test_of_another_group_nothing_changes(self, cast: Cast, there: str) -> None:
        rules.add_reason(by=cast.outsider, group=cast.elsewhere.group, label="Theirs")
        client_of(cast.owner).post(there, {"do": "add", "label": "Ours"})
        assert [each.label for each in reasons_of(cast.elsewhere.group)][-1] == "Theirs"
        assert "Theirs" not in client_of(cast.owner).get(there).text

    def test_it_is_said_in_other_words(self, cast: Cast, there: str) -> None:
        sent = {"do": "change", "code": "unkind", "label": "Unkind", "sentence": "Be kind."}
        client_of(cast.moderator).post(there, sent)
        reason = Reason.objects.get(group=cast.group, code="unkind")
        assert (reason.label, reason.sentence) == ("Unkind", "Be kind.")
        assert logged() == [("change_rules", {"what": "reason_changed", "words": "Unkind"})]
        client_of(cast.moderator).post(there, sent)
        assert len(logged()) == 1

    def test_they_are_put_in_order(self, cast: Cast, there: str) -> None:
        client = client_of(cast.owner)
        before = self.codes(cast)
        client.post(there, {"do": "down", "code": before[0]})
        assert self.codes(cast) == [before[1], before[0], *before[2:]]
        client.post(there, {"do": "up", "code": before[2]})
        assert self.codes(cast) == [before[1], before[2], before[0], *before[3:]]
        client.post(there, {"do": "up", "code": before[1]})
        client.post(there, {"do": "down", "code": before[-1]})
        assert self.codes(cast) == [before[1], before[2], before[0], *before[3:]]

    def test_one_is_retired_and_comes_back(self, cast: Cast, there: str) -> None:
        client = client_of(cast.owner)
        for do, used in (("retire", False), ("bring_back", True)):
            client.post(there, {"do": do, "code": "double"})
            reasons = reasons_of(cast.group)
            assert "double" in {reason.code for reason in reasons}
            assert ("double" in {reason.code for reason in in_use(reasons)}) is used
        assert [details["what"] for _verb, details in logged()] == ["reason_retired", "reason_back"]

    def test_spam_stays(self, cast: Cast, there: str) -> None:
        client = client_of(cast.owner)
        assert client.post(there, {"do": "retire", "code": "spam"}).status_code == 403
        client.post(there, {"do": "change", "code": "spam", "label": "Advertising"})
        spam = Reason.objects.get(group=cast.group, code="spam")
        assert (spam.label, spam.retired) == ("Advertising", False)
        page = client.get(there).text
        row = page[page.index('id="r-spam"') :].split("</li>")[0]
        assert (row.count(">Retire<"), row.count(">Up<")) == (0, 1)

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"do": "add", "label": ""}, "This field is required."),
            ({"do": "add", "label": "   "}, "This field is required."),
            ({"do": "change", "code": "unkind", "label": ""}, "This field is required."),
            ({"do": "add", "label": "x" * 61}, "at most 60 characters"),
            ({"do": "add", "label": "a", "sentence": "x" * 1001}, "at most 1000 characters"),
            (
                {"do": "change", "code": "none", "label": "a"},
                "This reason isn&#x27;t there any more",
            ),
        ],
    )
    def test_what_cannot_be_comes_back(
        self, cast: Cast, there: str, given: dict[str, str], sentence: str
    ) -> None:
        sent = {"sentence": "Typed with care."} | given
        answer = client_of(cast.owner).post(there, sent)
        assert (answer.status_code, answer.text.count(sentence)) == (422, 1)
        assert answer.text.count(sent["sentence"]) == 1
        assert (Reason.objects.count(), logged()) == (0, [])

    @pytest.mark.parametrize("do", ["up", "down", "retire", "bring_back"])
    def test_one_that_is_not_there(self, cast: Cast, there: str, do: str) -> None:
        answer = client_of(cast.owner).post(there, {"do": do, "code": "none"}, follow=True)
        assert answer.text.count("This reason isn&#x27;t there any more.") == 1
        assert Reason.objects.count() == 0

    def test_labels_may_be_the_same_and_codes_are_not(self, cast: Cast) -> None:
        made = [rules.add_reason(by=cast.owner, group=cast.group, label="Spam") for _n in range(2)]
        legal = rules.add_reason(by=cast.owner, group=cast.group, label="Legal")
        signs = rules.add_reason(by=cast.owner, group=cast.group, label="!?")
        codes = [each.code for each in (*made, legal, signs)]
        assert codes == ["spam-2", "spam-3", "legal-2", "reason"]

    def test_only_leaders(self, cast: Cast, there: str) -> None:
        for user, status in ((cast.member, 403), (cast.observer, 403), (cast.outsider, 404)):
            client = client_of(user)
            assert client.get(there).status_code == status
            assert client.post(there, {"do": "add", "label": "Mine"}).status_code == status
            with pytest.raises(PermissionDenied):
                rules.retire_reason(by=user, group=cast.group, code="double")
        assert Reason.objects.count() == 0


def test_the_pages_cost_the_same_however_many_there_are(cast: Cast) -> None:
    client = client_of(cast.owner)
    counts: dict[str, list[int]] = {"word_rules": [], "group_reasons": []}
    for many in (3, 27):
        for n in range(many):
            rules.add_word_rule(
                by=cast.owner, group=cast.group, words=f"w{many}x{n}", effect="hold"
            )
            if many < 20 or n < 15:
                rules.add_reason(by=cast.owner, group=cast.group, label=f"R {many} {n}")
        for name, found in counts.items():
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse(name, args=[cast.group.slug]))
            found.append(len(asked))
    assert counts == {"word_rules": [6, 6], "group_reasons": [5, 5]}


class TestWhatWaits:
    def test_every_rule_is_said(self, cast: Cast) -> None:
        group = cast.group
        always = [
            "A note with more than 2 links waits, until one of its author’s was approved.",
            "Of one person the notes may wait, if a leader decides so; they are told.",
        ]
        assert what_waits(group) == [*always, "A report alone hides nothing: a leader decides."]
        group.holds_first, group.hides_reported = 1, True
        rules.add_word_rule(by=cast.owner, group=group, words="damn", effect="flag")
        said = what_waits(group)
        assert said[0] == "The first note of a new member waits."
        assert said[1].startswith("The leaders watch for certain words")
        assert said[2:4] == always
        assert said[4].startswith("A note that 2 people have reported is hidden")
        assert "damn" not in "".join(said)
        group.holds_first = 3
        assert what_waits(group)[0] == "The first 3 notes of a new member wait."
        group.premoderates = True
        assert what_waits(group)[0].startswith("Every note of a member, and every change of one")


def test_the_next_term_takes_them_along(cast: Cast, write: Write, administrator: User) -> None:
    rules.add_reason(by=cast.owner, group=cast.group, label="Too long")
    rules.retire_reason(by=cast.owner, group=cast.group, code="double")
    rules.add_word_rule(by=cast.owner, group=cast.group, words="damn", effect="block")
    rules.add_word_rule(by=administrator, group=None, words="casino", effect="hold")
    copy = actions.copy_group(
        by=cast.moderator, group=cast.group, name="Next", readings=[cast.reading]
    )
    kept = [(each.code, each.label, each.retired) for each in reasons_of(cast.group)]
    assert [(each.code, each.label, each.retired) for each in reasons_of(copy)] == kept
    rule = WordRule.objects.of(copy).get()
    assert (rule.words, rule.effect, rule.created_by) == ("damn", "block", cast.moderator)
    assert WordRule.objects.of(cast.group).count() == WordRule.objects.of(None).count() == 1
