"""Who may look at files that are on their way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from reader.enums import LEADERS
from reader.querysets import Viewer, group_ids_of

if TYPE_CHECKING:
    from annotations.models import Export, NotesImport  # noqa: F401


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: Viewer) -> ExportQuerySet:
        """One's own, while one may come into the group that it is of."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(group=None) | Q(group__in=group_ids_of(user)), created_by=user)

    def made_before(self, when: datetime) -> ExportQuerySet:
        return self.filter(created_at__lt=when)


class NotesImportQuerySet(models.QuerySet["NotesImport"]):
    def visible_to(self, user: Viewer) -> NotesImportQuerySet:
        """One's own, as long as one leads the group they are meant for."""
        if not user.is_authenticated:
            return self.none()
        led = Q(group=None) | Q(group__in=group_ids_of(user, role__in=LEADERS))
        return self.filter(led, created_by=user)

    def made_before(self, when: datetime) -> NotesImportQuerySet:
        return self.filter(created_at__lt=when)
