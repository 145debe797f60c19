from reader.models.accounts import SiteClaim, User
from reader.models.articles import Article, ImportDraft, Paragraph, ParagraphRevision
from reader.models.groups import Invitation, Membership, StudyGroup
from reader.models.messages import ClockTick, OutboxMessage
from reader.models.readings import Circle, Pseudonym, Reading

__all__ = [
    "Article",
    "Circle",
    "ClockTick",
    "ImportDraft",
    "Invitation",
    "Membership",
    "OutboxMessage",
    "Paragraph",
    "ParagraphRevision",
    "Pseudonym",
    "Reading",
    "SiteClaim",
    "StudyGroup",
    "User",
]
