from annotations.models.moderation import (
    MAX_SENTENCE,
    Case,
    LogEntry,
    MemberNote,
    Mute,
    Notice,
    Reason,
    Reconsideration,
    Report,
    WordRule,
)
from annotations.models.notes import (
    MAX_BODY,
    Annotation,
    AnnotationRevision,
    Layer,
    Target,
)

__all__ = [
    "MAX_BODY",
    "MAX_SENTENCE",
    "Annotation",
    "AnnotationRevision",
    "Case",
    "Layer",
    "LogEntry",
    "MemberNote",
    "Mute",
    "Notice",
    "Reason",
    "Reconsideration",
    "Report",
    "Target",
    "WordRule",
]
