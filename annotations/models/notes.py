"""What readers write around a text."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from annotations.enums import (
    PUBLISHED,
    AnchorState,
    Audience,
    Category,
    Motivation,
    RevisionState,
    State,
)
from annotations.querysets import AnnotationQuerySet, RevisionQuerySet, TargetQuerySet
from reader.models import Article, Circle, Paragraph, Reading

MAX_BODY = 10_000


def person_key(related_name: str = "+", *, null: bool = False) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name=related_name,
        null=null,
        blank=null,
    )


def who_and_when(name: str, who: str, when: str) -> models.CheckConstraint:
    neither = Q(**{f"{who}__isnull": True, f"{when}__isnull": True})
    both = Q(**{f"{who}__isnull": False, f"{when}__isnull": False})
    return models.CheckConstraint(name=name, condition=neither | both)


class Annotation(models.Model):
    """Everything written: a highlight, a comment, a question, or a reply to any of them.

    A root has a `Target`; a reply has a parent, and its thread's root, instead. The audience is
    explicit, so that moving or deleting anything can never change who sees a note.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    creator = person_key("annotations")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="annotations")
    reading = models.ForeignKey(
        Reading, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations"
    )
    circle = models.ForeignKey(
        Circle, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations"
    )
    audience = models.CharField(max_length=8, choices=Audience)
    # Of a reply for one person and the leaders: that person.
    addressee = person_key(null=True)
    motivation = models.CharField(max_length=12, choices=Motivation)
    category = models.CharField(max_length=8, choices=Category, blank=True)
    tags = models.JSONField(default=list, blank=True)
    body = models.TextField(blank=True, max_length=MAX_BODY)
    body_html = models.TextField(blank=True)
    renderer_version = models.PositiveSmallIntegerField(default=0)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )
    root = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="thread"
    )
    client_id = models.UUIDField()
    # Written by `annotations.moderation.states` alone, once a note is stored.
    state = models.CharField(max_length=10, choices=State, default=State.VISIBLE)
    state_before = models.CharField(max_length=10, choices=State, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)  # since when; null from the beginning
    # Why it is hidden or removed, or was before it was sent again: a code.
    reason = models.CharField(max_length=40, blank=True)
    # Raised by whatever happens to the note, and by an edit that waits; what is decided says it.
    version = models.PositiveIntegerField(default=1)
    # Which words these are; earlier ones have lower numbers.
    revision = models.PositiveIntegerField(default=1)
    # Whether it ever stood before those whom it is for, and when a note that was held came to.
    was_shown = models.BooleanField(default=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    resubmitted = models.PositiveSmallIntegerField(default=0)  # how often, after a removal
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    # Of what was brought in from elsewhere under another id: the address that it had there.
    imported_from = models.CharField(max_length=300, blank=True)
    resolved_by = person_key(null=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=300, blank=True)
    locked_by = person_key(null=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "pk")
        indexes = [
            models.Index(fields=["reading", "root", "created_at"], name="thread_in_reading"),
            models.Index(fields=["reading", "category"], name="prompt_in_reading"),
            models.Index(
                fields=["creator", "article"],
                name="private_by_article",
                condition=Q(audience=Audience.PRIVATE),
            ),
            models.Index(fields=["creator", "created_at"], name="lately_by_person"),
            # What the clock opens again, and what it wipes.
            models.Index(
                fields=["locked_until"],
                name="paused_threads",
                condition=Q(locked_until__isnull=False),
            ),
            models.Index(
                fields=["state_at"],
                name="withdrawn_with_words",
                condition=Q(state=State.WITHDRAWN) & ~Q(body=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["creator", "client_id"], name="one_per_client_id"),
            models.CheckConstraint(
                name="audience_fits_place",
                condition=Q(audience=Audience.PRIVATE, reading=None, circle=None, addressee=None)
                | Q(
                    audience=Audience.CIRCLE,
                    reading__isnull=False,
                    circle__isnull=False,
                    addressee=None,
                )
                | Q(
                    audience__in=[Audience.GROUP, Audience.LEADERS],
                    reading__isnull=False,
                    circle=None,
                    addressee=None,
                )
                | Q(
                    audience=Audience.PERSON,
                    reading__isnull=False,
                    circle=None,
                    addressee__isnull=False,
                    root__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="reply_has_parent_and_root",
                condition=Q(motivation=Motivation.REPLYING, parent__isnull=False)
                & Q(root__isnull=False)
                | ~Q(motivation=Motivation.REPLYING) & Q(parent=None, root=None),
            ),
            who_and_when("resolved_who_and_when", "resolved_by", "resolved_at"),
            who_and_when("locked_who_and_when", "locked_by", "locked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.motivation} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("note", args=[self.uuid])

    @property
    def html(self) -> SafeString:
        """Its words as they were made safe when they were written."""
        return SafeString(self.body_html)

    @property
    def is_published(self) -> bool:
        """Whether it stands before those whom it is for."""
        return self.state in PUBLISHED

    @property
    def is_root(self) -> bool:
        return self.root_id is None

    @property
    def is_prompt(self) -> bool:
        """A question that the leaders ask everybody."""
        return self.is_root and self.category == Category.VIOLET

    @property
    def thread_root(self) -> Annotation:
        return self if self.root is None else self.root


class Target(models.Model):
    """The words a root is about: an ordered range of code points over one or more paragraphs.

    One row per change of anchor; `current` marks the one that counts now. A row that somebody
    placed quotes the words as they were chosen; one that followed a correction quotes those which
    stand there since, or, where it is detached, stands at a paragraph without any of its words
    and quotes those that were lost.
    """

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="targets")
    start_paragraph = models.ForeignKey(
        Paragraph, on_delete=models.PROTECT, related_name="targets_from"
    )
    start_offset = models.PositiveIntegerField()
    end_paragraph = models.ForeignKey(
        Paragraph, on_delete=models.PROTECT, related_name="targets_to"
    )
    end_offset = models.PositiveIntegerField()
    # Said of the whole article: it stands at the head of it and quotes no words.
    whole_article = models.BooleanField(default=False)
    exact = models.TextField(blank=True)
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    text_revision = models.PositiveIntegerField()
    anchor_state = models.CharField(max_length=12, choices=AnchorState, default=AnchorState.EXACT)
    # Who chose the words; nobody where a correction of the text moved them.
    placed_by = person_key(null=True)
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = TargetQuerySet.as_manager()

    class Meta:
        indexes = [
            # The few that reach from one paragraph into others.
            models.Index(
                fields=["start_paragraph"],
                name="spanning_targets",
                condition=~Q(start_paragraph=F("end_paragraph")),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["annotation"], condition=Q(current=True), name="one_current_target"
            ),
            models.CheckConstraint(
                name="target_starts_before_end",
                condition=~Q(start_paragraph=F("end_paragraph"))
                | Q(start_offset__lt=F("end_offset"))
                | Q(anchor_state=AnchorState.DETACHED),
            ),
            models.CheckConstraint(
                name="detached_covers_no_words",
                condition=~Q(anchor_state=AnchorState.DETACHED)
                | Q(start_paragraph=F("end_paragraph"), start_offset=0, end_offset=0),
            ),
        ]

    def __str__(self) -> str:
        return self.exact[:40]

    @property
    def ends(self) -> tuple[int, int, int, int]:
        """Where it begins and where it ends, to be compared."""
        return (
            self.start_paragraph_id,
            self.start_offset,
            self.end_paragraph_id,
            self.end_offset,
        )

    @property
    def is_detached(self) -> bool:
        """Whether it stands at its paragraph without any of its words."""
        return self.anchor_state == AnchorState.DETACHED


class AnnotationRevision(models.Model):
    """Words that a note had before an edit, or that wait for a moderator to replace them."""

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RevisionState, default=RevisionState.SUPERSEDED)
    body = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    category = models.CharField(max_length=8, choices=Category, blank=True)
    tags = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["annotation", "number"], name="revision_numbers"),
            models.UniqueConstraint(
                fields=["annotation"],
                condition=Q(state=RevisionState.PENDING),
                name="one_pending_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotation_id} #{self.number}"

    @property
    def html(self) -> SafeString:
        return SafeString(self.body_html)


class Endorsement(models.Model):
    """Somebody wonders, too, about what another asked or said."""

    annotation = models.ForeignKey(
        Annotation, on_delete=models.PROTECT, related_name="endorsements"
    )
    user = person_key("endorsements")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation", "user"], name="endorsed_once_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} wonders about {self.annotation_id}"


class Layer(models.Model):
    """How often the notes on one paragraph in one reading have changed, for everybody there or,
    with a circle, for those who are in it.

    Raised in the transaction of every write and read before the data it dates, so a rendered
    fragment is kept under a version that can only be too old, never too new. Leaders have a
    counter of their own: what only they see changes nothing that a member could notice.
    """

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="layers")
    paragraph = models.ForeignKey(Paragraph, on_delete=models.PROTECT, related_name="layers")
    circle = models.ForeignKey(
        Circle, null=True, blank=True, on_delete=models.PROTECT, related_name="layers"
    )
    version = models.PositiveIntegerField(default=0)
    leaders_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "paragraph"], condition=Q(circle=None), name="one_layer_each"
            ),
            models.UniqueConstraint(
                fields=["circle", "paragraph"],
                condition=Q(circle__isnull=False),
                name="one_layer_per_circle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reading_id}/{self.paragraph_id}: {self.version}"
