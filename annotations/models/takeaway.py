"""Files on their way out and in."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from annotations.enums import ExportFormat
from annotations.models.notes import person_key
from annotations.querysets import ExportQuerySet, NotesImportQuerySet
from reader.models import Reading, StudyGroup


def kept_files() -> Storage:
    """Where files lie between two requests; nobody reaches them by an address of their own."""
    return storages["takeaway"]


def _stands_in(model: type[models.Model]) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        model, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )


class Export(models.Model):
    """A file that one person asked for and that is made in the background.

    `query` is the query string of the page it was asked on, which says the format, what is chosen
    and how people are called. Without a group it is of one's own notes over all groups.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_by = person_key("exports")
    created_at = models.DateTimeField(default=timezone.now)
    group = _stands_in(StudyGroup)
    reading = _stands_in(Reading)
    format = models.CharField(max_length=12, choices=ExportFormat)
    query = models.TextField(blank=True)
    # How many notes are written of how many; 0 before they are counted.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # Why there is no file, in a sentence for whoever asked.
    failure = models.CharField(max_length=300, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    file = models.FileField(storage=kept_files, upload_to="exports", blank=True)

    objects: ClassVar = ExportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(
                fields=["created_at"], name="exports_to_make", condition=Q(finished_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.format} for {self.created_by_id}"

    def get_absolute_url(self) -> str:
        return reverse("export", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return bool(self.finished_at or self.cancelled_at or self.failure)


class NotesImport(models.Model):
    """A file of notes that was brought in, looked at before anything of it is written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The group whose it becomes; none while an archive is to begin a new one.
    group = _stands_in(StudyGroup)
    # The reading that the notes go into; an archive brings its own.
    reading = _stands_in(Reading)
    created_by = person_key("notes_imports")
    created_at = models.DateTimeField(default=timezone.now)
    filename = models.CharField(max_length=255, blank=True)
    file = models.FileField(storage=kept_files, upload_to="imports")
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = NotesImportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("notes_import", args=[self.pk])
