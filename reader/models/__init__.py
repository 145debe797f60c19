from reader.models.accounts import Bucket, SignInLink, SiteClaim, User
from reader.models.articles import Article, ImportDraft, Paragraph, ParagraphRevision
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
    "User",
]
