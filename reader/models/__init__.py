from reader.models.accounts import Bucket, SignInLink, SiteClaim, User
from reader.models.articles import (
    Article,
    Correction,
    ImportDraft,
    Paragraph,
    ParagraphRevision,
    TextRevision,
)
from reader.models.groups import (
    Invitation,
    InvitationBatch,
    JoinRequest,
    Membership,
    StudyGroup,
)
from reader.models.messages import ClockTick, OutboxMessage
from reader.models.readings import Circle, Participation, Pseudonym, Reading

__all__ = [
    "Article",
    "Bucket",
    "Circle",
    "ClockTick",
    "Correction",
    "ImportDraft",
    "Invitation",
    "InvitationBatch",
    "JoinRequest",
    "Membership",
    "OutboxMessage",
    "Paragraph",
    "ParagraphRevision",
    "Participation",
    "Pseudonym",
    "Reading",
    "SignInLink",
    "SiteClaim",
    "StudyGroup",
    "TextRevision",
    "User",
]
