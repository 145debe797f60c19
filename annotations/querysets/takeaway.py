"""Who may look at files that are on their way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from reader.enums import LEADERS
from reader.querysets import Viewer, group_ids_of

if TYPE_CHECKING:
    from annotations.models import Annotation, Export, NotesImport  # noqa: F401
    from reader.models import Reading, StudyGroup


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: Viewer) -> ExportQuerySet:
        """One's own, while one may come into the group that it is of."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(group=None) | Q(group__in=group_ids_of(user)), created_by=user)

    def of(self, group: StudyGroup | None, reading: Reading | None) -> ExportQuerySet:
        """Those that were asked for on one page and aren't called off."""
        return self.filter(group=group, reading=reading, cancelled_at=None)

    def that_may_hold(self, annotation: Annotation) -> ExportQuerySet:
        """Files, made or in the making, in which the words of a note of a group may be."""
        of_group = Q(group=annotation.reading and annotation.reading.group_id)
        own = Q(group=None, created_by=annotation.creator_id)
        return self.filter(of_group | own, cancelled_at=None)

    def with_titles(self) -> ExportQuerySet:
        return self.select_related("group", "reading__article", "reading__group")

    def waiting(self, begun_before: datetime) -> ExportQuerySet:
        """What is to be made still; what was begun since then is in somebody's hands."""
        left = Q(started_at=None) | Q(started_at__lt=begun_before)
        return self.filter(left, finished_at=None, cancelled_at=None, failure="")

    def made_before(self, when: datetime) -> ExportQuerySet:
        return self.filter(created_at__lt=when)


class NotesImportQuerySet(models.QuerySet["NotesImport"]):
    def visible_to(self, user: Viewer) -> NotesImportQuerySet:
        """One's own, as long as one leads the group they are meant for."""
        if not user.is_authenticated:
            return self.none()
        led = Q(group=None) | Q(group__in=group_ids_of(user, role__in=LEADERS))
        return self.filter(led, created_by=user)

    def with_titles(self) -> NotesImportQuerySet:
        return self.select_related("group", "reading__article", "reading__group")

    def made_before(self, when: datetime) -> NotesImportQuerySet:
        return self.filter(created_at__lt=when)
