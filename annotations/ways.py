"""What one person can do with one note: the questions of its menu."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from annotations.bylines import bylines_for
from annotations.enums import PUBLISHED, State, Verb
from annotations.models import Annotation, Endorsement, LogEntry, Report, Target
from annotations.moderation import words
from annotations.moderation.muting import is_named
from annotations.permissions import (
    can_ask_purge,
    can_cite,
    can_decide,
    can_edit,
    can_endorse,
    can_lock,
    can_mute,
    can_place,
    can_purge,
    can_report,
    can_resolve,
    can_undo,
    can_withdraw,
    is_locked,
    verbs_for,
)
from annotations.room import Room
from reader.models import User


@dataclass(frozen=True)
class Ways:
    user: User
    room: Room
    note: Annotation

    @property
    def is_own(self) -> bool:
        return self.note.creator_id == self.user.pk

    @property
    def can_edit(self) -> bool:
        return can_edit(self.user, self.room.membership, self.note)

    @property
    def can_place(self) -> bool:
        target: Target | None = self.note.targets.current().first() if self.note.is_root else None
        return target is not None and can_place(self.user, self.room.membership, self.note, target)

    @property
    def can_delete(self) -> bool:
        return can_withdraw(self.user, self.note)

    @property
    def can_decide(self) -> bool:
        return can_decide(self.user, self.room.membership, self.note)

    @cached_property
    def verbs(self) -> list[Verb]:
        """What can be decided about it as it is, by somebody who may."""
        return verbs_for(self.note, edit_waits=words.waiting(self.note) is not None)

    @property
    def replies(self) -> int:
        """How many stand that a decision could take with it."""
        standing = self.note.thread.filter(state__in=(*PUBLISHED, State.PENDING, State.HIDDEN))
        return standing.count() if self.note.is_root else 0

    @property
    def decision(self) -> LogEntry | None:
        """One's own about it that can still be taken back."""
        last = LogEntry.objects.about(self.note.pk).standing().select_related("annotation").first()
        return last if last is not None and can_undo(self.user, last) else None

    @property
    def can_cite(self) -> bool:
        return can_cite(self.user, self.room.membership, self.note)

    @property
    def can_report(self) -> bool:
        return can_report(self.user, self.room.membership, self.note)

    @cached_property
    def own_reports(self) -> list[int]:
        """The revisions of its words that one has reported, without an answer so far."""
        mine = Report.objects.of(self.user).waiting().filter(annotation=self.note)
        return list(mine.values_list("revision", flat=True))

    @property
    def has_reported(self) -> bool:
        return self.note.revision in self.own_reports

    @property
    def explains(self) -> bool:
        """Whether there is something to say of how it stands: to its author and to leaders."""
        concerned = self.is_own or self.room.leads
        shared = self.note.reading_id is not None
        return concerned and shared and self.note.state not in PUBLISHED

    @property
    def can_mute(self) -> bool:
        return can_mute(self.user, self.room.membership, self.note)

    @property
    def can_mute_person(self) -> bool:
        return self.can_mute and not self.has_muted_person and is_named(self.note)

    @property
    def has_muted_person(self) -> bool:
        return self.note.creator_id in self.room.mutes.people

    @property
    def has_muted_thread(self) -> bool:
        return self.note.thread_root.pk in self.room.mutes.roots

    @property
    def called(self) -> str:
        """What its author is called here, to whoever asks."""
        return bylines_for([self.note], self.user)[self.note.pk].name

    @property
    def can_lock(self) -> bool:
        return can_lock(self.room.membership, self.note.thread_root)

    @property
    def is_locked(self) -> bool:
        return is_locked(self.note.thread_root)

    @property
    def can_resolve(self) -> bool:
        return can_resolve(self.room.membership, self.note.thread_root)

    @property
    def is_resolved(self) -> bool:
        return self.note.thread_root.resolved_at is not None

    @property
    def can_endorse(self) -> bool:
        return can_endorse(self.user, self.room.membership, self.note)

    @property
    def has_endorsed(self) -> bool:
        return Endorsement.objects.filter(annotation=self.note, user=self.user).exists()

    @property
    def can_purge(self) -> bool:
        return self.note.reading_id is not None and can_purge(self.user, self.note)

    @property
    def can_ask_purge(self) -> bool:
        return can_ask_purge(self.room.membership, self.note)
