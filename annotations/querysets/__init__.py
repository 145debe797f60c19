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
    IS_PROMPT,
    AnnotationQuerySet,
    RevisionQuerySet,
    TargetQuerySet,
)

__all__ = [
    "GONE",
    "IS_PROMPT",
    "AnnotationQuerySet",
    "CaseQuerySet",
    "LogQuerySet",
    "MuteQuerySet",
    "NoticeQuerySet",
    "ReasonQuerySet",
    "ReconsiderationQuerySet",
    "ReportQuerySet",
    "RevisionQuerySet",
    "TargetQuerySet",
    "WordRuleQuerySet",
    "muted_by",
]
