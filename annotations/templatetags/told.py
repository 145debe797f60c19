"""How mail speaks of a row of the log to whom it is for."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone

from annotations import messages
from annotations.enums import Told
from annotations.models import LogEntry
from annotations.querysets import GONE
from annotations.reasons import label_of, reasons_of
from reader.models import User

register = template.Library()


@register.filter
def to_whom_it_concerns(entry: LogEntry) -> str:
    return messages.to_whom_it_concerns(entry)


@register.filter
def to_whoever_reported(entry: LogEntry) -> str:
    return messages.sentence_of(Told.REPORT_ANSWERED, entry)


@register.filter
def reason_label(entry: LogEntry) -> str:
    return label_of(reasons_of(entry.group), entry.reason)


@register.filter
def ends_at(entry: LogEntry) -> datetime | None:
    """The end of a standing, in the time zone that holds."""
    until = messages.until_in(entry)
    return timezone.localtime(until) if until is not None else None


@register.filter
def quotes_to(entry: LogEntry, to: User) -> bool:
    """Whether a mail carries a note's words: nobody's but the recipient's own, where the group
    wants that."""
    note = entry.annotation
    if note is None or note.state in GONE or not note.body:
        return False
    return bool(entry.group.mails_quote) and note.creator_id == to.pk
