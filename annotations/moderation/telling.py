"""Messages in the app and by mail: written with what they tell, in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Subquery
from django.db.models.functions import Coalesce, Least
from django.template.loader import render_to_string
from django.utils import timezone, translation

from annotations.enums import Told
from annotations.models import LogEntry, Notice
from annotations.querysets.moderation import UNDO_FOR
from reader import outbox
from reader.enums import LEADERS
from reader.models import StudyGroup, User

# What a mail about each kind says; the template gets group, entry, address and what is given.
SUBJECTS: dict[Told, Any] = {
    Told.DECIDED: translation.gettext_lazy("About your note in %(group)s"),
    Told.REPORT_ANSWERED: translation.gettext_lazy("What became of your report in %(group)s"),
    Told.STANDING: translation.gettext_lazy("About your part in %(group)s"),
    Told.WAITING: translation.gettext_lazy("Something waits for a moderator in %(group)s"),
    Told.ASKED_AGAIN: translation.gettext_lazy("Somebody asks to reconsider in %(group)s"),
    Told.ANSWERED: translation.gettext_lazy("An answer to what you asked in %(group)s"),
    Told.STEPPED_IN: translation.gettext_lazy("The site administrator looked into %(group)s"),
    Told.PURGE_ASKED: translation.gettext_lazy("%(group)s asks to erase a note"),
    Told.OFFERED: translation.gettext_lazy("Notes in %(group)s that may be yours"),
}
# Of what is to be done, not of what concerns the person: it can wait for the morning.
CAN_WAIT = (Told.WAITING, Told.ASKED_AGAIN, Told.PURGE_ASKED, Told.OFFERED)


def tell(
    to: User,
    kind: Told,
    *,
    group: StudyGroup,
    path: str,
    entry: LogEntry | None = None,
    mails: bool = True,
    **said: Any,
) -> Notice:
    """Tell somebody something, in the app and, where the site sends mail and it is worth one, by
    mail with the address of `path`. What has an `entry` is told once that can't be undone."""
    now = timezone.now()
    shows_at = now + UNDO_FOR if entry is not None else now
    notice = Notice.objects.create(to=to, group=group, kind=kind, entry=entry, shows_at=shows_at)
    oldest = Least(Coalesce(F("message_at"), shows_at), shows_at)
    User.objects.filter(pk=to.pk).update(message_at=oldest)
    if mails and settings.CATENA_SENDS_MAIL and to.is_active and to.anonymised_at is None:
        _mail(to, kind, group, path, entry, shows_at, said)
    return notice


def tell_leaders(
    kind: Told, *, group: StudyGroup, path: str, without: User | None = None, **said: Any
) -> None:
    """Every leader who hasn't an unseen message of this kind already, so that a busy evening
    makes one."""
    told = Notice.objects.unseen().filter(group=group, kind=kind).values("to")
    leaders = group.memberships.with_access().filter(role__in=LEADERS).exclude(user__in=told)
    for leader in leaders.select_related("user"):
        if without is None or leader.user_id != without.pk:
            tell(leader.user, kind, group=group, path=path, **said)


@transaction.atomic
def see(*, by: User, until: datetime | None = None) -> None:
    """Somebody has looked at their messages, or at those that showed by then."""
    now = timezone.now()
    then = min(now, until) if until is not None else now
    Notice.objects.visible_to(by).unseen().filter(shows_at__lte=then).update(seen_at=now)
    _date_anew(by.pk)


def take_back(entry: LogEntry) -> None:
    """Nobody learns of what was undone in time."""
    outbox.take_back(cause_of(entry))
    notices = Notice.objects.filter(entry=entry)
    people = list(notices.values_list("to", flat=True))
    notices.delete()
    for pk in people:
        _date_anew(pk)


def _date_anew(user_id: int) -> None:
    unseen = Notice.objects.unseen().filter(to=user_id).order_by("shows_at")
    oldest = Subquery(unseen.values("shows_at")[:1])
    User.objects.filter(pk=user_id).update(message_at=oldest)


def cause_of(entry: LogEntry) -> str:
    return f"log:{entry.pk}"


def _mail(
    to: User,
    kind: Told,
    group: StudyGroup,
    path: str,
    entry: LogEntry | None,
    shows_at: datetime,
    said: dict[str, Any],
) -> None:
    leaves_at = after_quiet_hours(to, shows_at) if kind in CAN_WAIT else shows_at
    called = " ".join(group.name.split())
    language = to.language or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(to.zone):
        context = {
            "group": called,
            "entry": entry,
            "address": f"{settings.CATENA_URL}{path}",
            "to": to,
            **said,
        }
        outbox.enqueue(
            to=to.email,
            subject=str(SUBJECTS[kind]) % {"group": called},
            body=render_to_string(f"annotations/mail/{kind}.txt", context),
            cause=cause_of(entry) if entry is not None else "",
            not_before=leaves_at if leaves_at > timezone.now() else None,
        )


def after_quiet_hours(to: User, when: datetime) -> datetime:
    """That moment, or the end of the person's quiet hours where it falls into them."""
    begin, end = to.quiet_from, to.quiet_until
    if begin is None or end is None or begin == end:
        return when
    local = timezone.localtime(when, to.zone or timezone.get_default_timezone())
    at = local.time()
    quiet = begin <= at < end if begin < end else at >= begin or at < end
    if not quiet:
        return when
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)
