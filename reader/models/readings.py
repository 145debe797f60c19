from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.enums import Bylines, Reveal, Status
from reader.models.articles import Article
from reader.models.groups import StudyGroup
from reader.querysets import CircleQuerySet, ReadingQuerySet


class Reading(models.Model):
    """An article as one group reads it."""

    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="readings")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="readings")
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    order = models.PositiveIntegerField(default=0)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    reveal = models.CharField(
        _("others’ notes are seen"), max_length=16, choices=Reveal, default=Reveal.AT_ONCE
    )
    reveal_after = models.PositiveSmallIntegerField(_("after how many notes"), default=1)
    reveal_at = models.DateTimeField(_("seen from"), null=True, blank=True)
    bylines = models.CharField(
        _("people appear under"), max_length=10, choices=Bylines, default=Bylines.NAMES
    )
    has_circles = models.BooleanField(_("in circles"), default=False)
    # Raised whenever its rules, dates, circles or pseudonyms change what is shown around notes;
    # rendered fragments carry it in their key.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ("order", "created_at")
        constraints = [
            models.UniqueConstraint(fields=["group", "article"], name="one_reading_per_article"),
            models.CheckConstraint(
                name="reveal_date_with_rule",
                condition=~models.Q(reveal=Reveal.AT_DATE) | models.Q(reveal_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reading_reveals_after_some", condition=models.Q(reveal_after__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} in {self.group_id}"

    def get_absolute_url(self) -> str:
        return reverse("reading", args=[self.group.slug, self.article.slug])

    @property
    def status_now(self) -> str:
        """A planned reading opens by itself on its date."""
        opened = self.opens_at is not None and self.opens_at <= timezone.now()
        return Status.OPEN if self.status == Status.PLANNED and opened else self.status


class Circle(models.Model):
    """A part of a group within a reading."""

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="circles")
    name = models.CharField(max_length=80)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="circles", blank=True)

    objects: ClassVar = CircleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "name"], name="circle_name_in_reading")
        ]

    def __str__(self) -> str:
        return self.name

    def has(self, user_id: int) -> bool:
        return self.members.filter(pk=user_id).exists()


class Pseudonym(models.Model):
    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="pseudonyms")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "user"], name="one_pseudonym_each"),
            models.UniqueConstraint(fields=["reading", "name"], name="one_person_per_pseudonym"),
        ]

    def __str__(self) -> str:
        return self.name


class Participation(models.Model):
    """One person's part in one reading, beside what they write."""

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="participations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    # An extension: their own due date.
    due_at = models.DateTimeField(null=True, blank=True)
    # When they last had the reading open.
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "user"], name="one_participation_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.reading_id}"
