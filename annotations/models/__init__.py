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
    Endorsement,
    Layer,
    Target,
)
from annotations.models.takeaway import Export, NotesImport

__all__ = [
    "MAX_BODY",
    "MAX_SENTENCE",
    "Annotation",
    "AnnotationRevision",
    "Case",
    "Endorsement",
    "Export",
    "Layer",
    "LogEntry",
    "MemberNote",
    "Mute",
    "NotesImport",
    "Notice",
    "Reason",
    "Reconsideration",
    "Report",
    "Target",
    "WordRule",
]
