"""What one person can do with one note: the questions of its menu."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.models import Annotation, Target
from annotations.permissions import (
    can_decide,
    can_edit,
    can_lock,
    can_mute,
    can_place,
    can_purge,
    can_report,
    can_resubmit,
    can_take_back,
    can_withdraw,
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
    def can_take_back(self) -> bool:
        return can_take_back(self.user, self.note)

    @property
    def can_resubmit(self) -> bool:
        return can_resubmit(self.user, self.room.membership, self.note)

    @property
    def can_decide(self) -> bool:
        return can_decide(self.user, self.room.membership, self.note)

    @property
    def can_report(self) -> bool:
        return can_report(self.user, self.room.membership, self.note)

    @property
    def can_mute(self) -> bool:
        return can_mute(self.user, self.room.membership, self.note)

    @property
    def can_lock(self) -> bool:
        return can_lock(self.room.membership, self.note)

    @property
    def can_purge(self) -> bool:
        return can_purge(self.user, self.note)
