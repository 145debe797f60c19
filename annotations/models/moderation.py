"""What keeping a discussion fit for everybody leaves behind."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotations.enums import Actor, Effect, Outcome, Rule, State, Told, Verb
from annotations.models.notes import Annotation, person_key, who_and_when
from annotations.querysets import (
    CaseQuerySet,
    LogQuerySet,
    MuteQuerySet,
    NoticeQuerySet,
    ReasonQuerySet,
    ReconsiderationQuerySet,
    ReportQuerySet,
    WordRuleQuerySet,
)
from reader.models import Membership, Reading, StudyGroup

MAX_SENTENCE = 1_000


def _note(related_name: str, *, null: bool = False) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        Annotation, on_delete=models.PROTECT, related_name=related_name, null=null, blank=null
    )


def _group(related_name: str = "+", *, null: bool = False) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        StudyGroup, on_delete=models.PROTECT, related_name=related_name, null=null, blank=null
    )


class LogEntry(models.Model):
    """One thing that was done in moderating. Never changed and never deleted, but with its whole
    group: code offers neither, and on PostgreSQL a trigger refuses both.

    It names people by their rows, whose names are resolved when shown, and no words that anybody
    wrote in a note.
    """

    group = _group("log")
    at = models.DateTimeField(default=timezone.now)
    actor = person_key(null=True)  # nobody, where the system did it
    acting_as = models.CharField(max_length=14, choices=Actor)
    verb = models.CharField(max_length=14, choices=Verb)
    annotation = _note("log", null=True)
    # The note's version that was decided on, of which revision of its words.
    version = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(null=True, blank=True)
    before = models.CharField(max_length=10, choices=State, blank=True)
    after = models.CharField(max_length=10, choices=State, blank=True)
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="log"
    )
    reason = models.CharField(max_length=40, blank=True)  # a code
    # What the author, or the member, was told beside the reason.
    sentence = models.TextField(blank=True, max_length=MAX_SENTENCE)
    rule = models.CharField(max_length=10, choices=Rule, blank=True)
    # Whatever else there is to say, in words of the system: a standing, an end, a count.
    details = models.JSONField(default=dict, blank=True)
    bulk = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts"
    )
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    # Whether the members' version of the log has it: never what they couldn't see.
    for_members = models.BooleanField(default=False)

    objects: ClassVar = LogQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [
            models.Index(fields=["group", "-at", "-id"], name="log_newest_first"),
            models.Index(fields=["annotation", "-id"], name="log_of_a_note"),
        ]
        constraints = [
            models.CheckConstraint(
                name="log_actor_unless_system",
                condition=Q(actor=None, acting_as=Actor.SYSTEM)
                | Q(actor__isnull=False) & ~Q(acting_as=Actor.SYSTEM),
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("decision", args=[self.pk])

    def delete(self, *_using: Any, **_given: Any) -> NoReturn:
        raise TypeError("The log is only added to.")


class Case(models.Model):
    """A note that somebody has to look at: held, reported, flagged or hidden. At most one of a
    note is open; one that is opened anew goes on as the same row."""

    annotation = _note("cases")
    group = _group("cases")
    opened_at = models.DateTimeField(default=timezone.now)
    # Which rule brought it here and what matched; "" for a report or a moderator.
    rule = models.CharField(max_length=10, choices=Rule, blank=True)
    matched = models.CharField(max_length=200, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("opened_at", "pk")
        indexes = [
            models.Index(
                fields=["group", "opened_at", "id"],
                name="open_cases",
                condition=Q(resolved_at=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["annotation"], condition=Q(resolved_at=None), name="one_open_case"
            ),
            models.CheckConstraint(
                name="case_has_outcome_once_resolved",
                condition=Q(resolved_at=None, outcome="")
                | Q(resolved_at__isnull=False) & ~Q(outcome=""),
            ),
        ]

    def __str__(self) -> str:
        return f"case of {self.annotation_id}"


class Report(models.Model):
    """Somebody asks the moderators to look at a note. Its author never learns who."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    annotation = _note("reports")
    reporter = person_key()
    revision = models.PositiveIntegerField()  # of the words that were reported
    words = models.TextField(blank=True)  # as they were then
    reason = models.CharField(max_length=40)
    sentence = models.TextField(_("in your words"), blank=True, max_length=MAX_SENTENCE)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # When it was decided on; a case that is reopened counts only what came since.
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "pk")
        indexes = [models.Index(fields=["reporter", "created_at"], name="reports_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["annotation", "reporter", "revision"], name="one_report_each"
            )
        ]

    def __str__(self) -> str:
        return f"report of {self.annotation_id}"


class Reconsideration(models.Model):
    """Somebody asks once that others look at a decision again, and is answered in writing."""

    decision = models.OneToOneField(
        LogEntry, on_delete=models.PROTECT, related_name="reconsideration"
    )
    group = _group("reconsiderations")
    asked_by = person_key()
    asked_at = models.DateTimeField(default=timezone.now)
    words = models.TextField(_("why"), max_length=MAX_SENTENCE)
    answered_by = person_key(null=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True, max_length=MAX_SENTENCE)
    granted = models.BooleanField(default=False)

    objects: ClassVar = ReconsiderationQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = [
            who_and_when("reconsidered_who_and_when", "answered_by", "answered_at"),
            models.CheckConstraint(
                name="granted_only_once_answered",
                condition=Q(answered_at__isnull=False) | Q(granted=False, answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"about {self.decision_id}"


class Reason(models.Model):
    """Why something is removed, in the words of one group. A group without rows of its own has
    `annotations.reasons.DEFAULTS`."""

    group = _group("reasons")
    code = models.SlugField(max_length=40)
    label = models.CharField(_("reason"), max_length=60)
    sentence = models.TextField(_("what its author reads"), blank=True, max_length=MAX_SENTENCE)
    position = models.PositiveSmallIntegerField(default=0)
    retired = models.BooleanField(default=False)

    objects: ClassVar = ReasonQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["group", "code"], name="reason_codes")]

    def __str__(self) -> str:
        return self.label


class WordRule(models.Model):
    """Words that something happens about, in one group or, without one, on the whole site."""

    group = _group("word_rules", null=True)
    words = models.CharField(_("words"), max_length=100)
    effect = models.CharField(_("what happens"), max_length=6, choices=Effect)
    created_by = person_key()
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = WordRuleQuerySet.as_manager()

    class Meta:
        ordering = ("words", "pk")
        constraints = [
            models.UniqueConstraint(fields=["group", "words"], name="word_rules_once"),
            models.UniqueConstraint(
                fields=["words"], condition=Q(group=None), name="site_word_rules_once"
            ),
        ]

    def __str__(self) -> str:
        return self.words


class MemberNote(models.Model):
    """What the leaders of a group keep in mind of a member; nobody else reads it."""

    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="leaders_notes"
    )
    created_by = person_key()
    created_at = models.DateTimeField(default=timezone.now)
    words = models.TextField(_("note"), max_length=MAX_SENTENCE)

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"about {self.membership_id}"


class Mute(models.Model):
    """One person wants to read less of another, or of a thread. Nobody else notices.

    Of somebody who appears under a pseudonym it holds in that reading alone: elsewhere it would
    tell who that is.
    """

    user = person_key("mutes")
    group = _group()
    person = person_key(null=True)
    reading = models.ForeignKey(
        Reading, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    root = _note("muted_by", null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = MuteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mutes_a_person_or_a_thread",
                condition=Q(person=None, root__isnull=False, reading=None)
                | Q(person__isnull=False, root=None),
            ),
            models.UniqueConstraint(
                fields=["user", "group", "person"],
                condition=Q(person__isnull=False, reading=None),
                name="mutes_a_person_once",
            ),
            models.UniqueConstraint(
                fields=["user", "reading", "person"],
                condition=Q(person__isnull=False, reading__isnull=False),
                name="mutes_a_pseudonym_once",
            ),
            models.UniqueConstraint(
                fields=["user", "root"], condition=Q(root__isnull=False), name="mutes_a_thread_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} mutes {self.person_id or self.root_id}"


class Notice(models.Model):
    """A message in the app. It says what happened by pointing at it and holds nobody's words."""

    to = person_key("notices")
    group = _group()
    kind = models.CharField(max_length=16, choices=Told)
    entry = models.ForeignKey(
        LogEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    created_at = models.DateTimeField(default=timezone.now)
    shows_at = models.DateTimeField(default=timezone.now)  # not while what it tells can be undone
    seen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-shows_at", "-pk")
        indexes = [models.Index(fields=["to", "-shows_at"], name="notices_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_id}"
