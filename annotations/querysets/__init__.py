"""What exists for whom. Every surface asks here."""

from annotations.querysets.moderation import (
    CaseQuerySet,
    LogQuerySet,
    MuteQuerySet,
    NoticeQuerySet,
    ReasonQuerySet,
    ReconsiderationQuerySet,
    ReportQuerySet,
    WordRuleQuerySet,
    muted_by,
)
from annotations.querysets.notes import (
    GONE,
    HELD,
    IS_PROMPT,
    AnnotationQuerySet,
    RevisionQuerySet,
    TargetQuerySet,
)
from annotations.querysets.takeaway import ExportQuerySet, NotesImportQuerySet

__all__ = [
    "GONE",
    "HELD",
    "IS_PROMPT",
    "AnnotationQuerySet",
    "CaseQuerySet",
    "ExportQuerySet",
    "LogQuerySet",
    "MuteQuerySet",
    "NotesImportQuerySet",
    "NoticeQuerySet",
    "ReasonQuerySet",
    "ReconsiderationQuerySet",
    "ReportQuerySet",
    "RevisionQuerySet",
    "TargetQuerySet",
    "WordRuleQuerySet",
    "muted_by",
]
