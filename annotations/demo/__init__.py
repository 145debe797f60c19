"""A group to look at: the sample article and a conversation about it, loaded through the same
actions that people's browsers reach."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from annotations import actions
from annotations.enums import Audience, Category, Motivation, Verb
from annotations.models import Annotation
from annotations.moderation import decide
from annotations.moderation.reporting import report
from annotations.moderation.rules import add_word_rule
from annotations.selectors import find_quote
from reader.actions import create_group, draft_article, publish
from reader.enums import Role
from reader.importing import ParsedArticle, parse
from reader.models import Membership, Paragraph, Reading, StudyGroup, User

DAYS_AGO = 9


def conversation() -> dict[str, Any]:
    return tomllib.loads((files(__name__) / "conversation.toml").read_text("utf-8"))


def sample_article() -> ParsedArticle:
    return parse((files(__name__) / "article.md").read_bytes(), filename="article.md")


def find_group() -> StudyGroup | None:
    return StudyGroup.objects.filter(name=conversation()["group"]["name"]).first()


@transaction.atomic
def load_group(password: str) -> tuple[StudyGroup, dict[str, User]]:
    """The group and its six members, by key; all with this password."""
    told = conversation()
    people = {member["key"]: _person(member, password) for member in told["members"]}
    owner = next(m["key"] for m in told["members"] if m["role"] == Role.OWNER)
    group = create_group(by=people[owner], **told["group"])
    for member in told["members"]:
        Membership.objects.update_or_create(
            group=group, user=people[member["key"]],
            defaults={"role": member["role"], "in_colophon": member.get("colophon", False)},
        )  # fmt: skip
    return group, people


@transaction.atomic
def load_article(group: StudyGroup, owner: User, parsed: ParsedArticle) -> Reading:
    return publish(by=owner, draft=draft_article(by=owner, group=group, parsed=parsed))


@transaction.atomic
def load_notes(reading: Reading, people: dict[str, User]) -> int:
    """Everything the conversation tells; returns how many pieces were written."""
    told = conversation()
    in_two_days = timezone.localtime() + timedelta(days=2)
    reading.due_at = in_two_days.replace(hour=19, minute=0, second=0, microsecond=0)
    reading.save(update_fields=["due_at"])
    text = list(reading.article.paragraphs.order_by("position"))
    began = timezone.now() - timedelta(days=DAYS_AGO)
    owner = people[next(m["key"] for m in told["members"] if m["role"] == Role.OWNER)]
    written = 0
    for prompt in told["prompts"]:
        _dated(_prompt(reading, owner, text[0], prompt["text"]), began, written)
        written += 1
    for note in told["notes"]:
        root = _dated(_root(reading, people, text, note), began, note["minutes"])
        answers: list[Annotation] = []
        for answer in note.get("replies", []):
            parent = answers[answer["to"]] if "to" in answer else root
            reply = actions.reply(
                by=people[answer["by"]], parent=parent, body=answer["body"].strip(),
                client_id=uuid4(),
            )  # fmt: skip
            answers.append(_dated(reply, began, answer["minutes"]))
        if "resolved" in note:
            actions.resolve(by=owner, root=root, outcome=note["resolved"])
        written += 1 + len(answers)
    return written


@transaction.atomic
def load_moderation(reading: Reading, people: dict[str, User]) -> None:
    """What waits for the moderators, and what they have decided."""
    told, group = conversation()["moderation"], reading.group
    text = list(reading.article.paragraphs.order_by("position"))
    owner = people[next(m["key"] for m in conversation()["members"] if m["role"] == Role.OWNER)]
    for rule in told["word_rules"]:
        add_word_rule(by=owner, group=group, **rule)
    for held in told["held"]:
        _root(reading, people, text, held)
    for gone in told["removed"]:
        note = _root(reading, people, text, gone)
        decide(
            by=people[gone["decided_by"]], annotation=note, verb=Verb.REMOVE, seen=note.version,
            reason=gone["reason"], sentence=gone["sentence"],
        )  # fmt: skip
    for each in told["reports"]:
        note = Annotation.objects.get(reading=reading, body=each["body"])
        report(
            by=people[each["by"]], annotation=note, revision=note.revision,
            reason=each["reason"], sentence=each["sentence"],
        )  # fmt: skip


def _person(member: dict[str, str], password: str) -> User:
    user = User.objects.create_user(member["email"], password, name=member["name"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _root(
    reading: Reading, people: dict[str, User], text: list[Paragraph], note: dict[str, Any]
) -> Annotation:
    return actions.annotate(
        by=people[note["by"]],
        reading=reading,
        where=_place(text, note),
        motivation=note["motivation"],
        audience=note.get("audience", Audience.GROUP),
        body=note.get("body", "").strip(),
        category="" if note["motivation"] == Motivation.QUESTIONING else note.get("category", ""),
        tags=note.get("tags", []),
        client_id=uuid4(),
    )


def _prompt(reading: Reading, owner: User, head: Paragraph, words: str) -> Annotation:
    """A question about the whole text, which stands at its head."""
    return actions.annotate(
        by=owner,
        reading=reading,
        where=actions.Range([head], 0, len(head.text), whole_article=True),
        motivation=Motivation.QUESTIONING,
        category=Category.VIOLET,
        audience=Audience.GROUP,
        body=words,
        client_id=uuid4(),
    )


def _place(text: list[Paragraph], note: dict[str, Any]) -> actions.Range:
    if "paragraph" in note:
        whole = next(block for block in text if block.text.startswith(note["paragraph"]))
        return actions.Range([whole], 0, len(whole.text))
    first, start, end = _find(text, note["quote"])
    if "quote_end" not in note:
        return actions.Range([text[first]], start, end)
    last, _start, end = _find(text, note["quote_end"])
    return actions.Range(text[first : last + 1], start, end)


def _find(text: list[Paragraph], words: str) -> tuple[int, int, int]:
    for index, block in enumerate(text):
        for start, end in find_quote(block.text, words):
            return index, start, end
    raise LookupError(f"The sample article doesn't say {words!r}.")


def _dated(annotation: Annotation, began: datetime, minutes: int) -> Annotation:
    """Set back to when the conversation has it; nothing rendered exists yet."""
    annotation.created_at = began + timedelta(minutes=minutes)
    annotation.save(update_fields=["created_at"])
    return annotation
