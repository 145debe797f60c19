"""Guests: people who wrote elsewhere what was brought into a group. A name, and no way in, until
a member says that it is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, ProtectedError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.actions.places import hold_text
from annotations.enums import Actor, Told, Verb
from annotations.models import Annotation, Endorsement, Layer, Mute, Notice, Target
from annotations.moderation.logbook import record
from annotations.moderation.telling import tell
from annotations.permissions import can_import
from reader.enums import Role
from reader.importing.parsed import ImportRefused, clean, is_blank
from reader.models import (
    Circle,
    Membership,
    Participation,
    Pseudonym,
    Reading,
    StudyGroup,
    User,
)
from reader.permissions import membership_of, require

# Reserved, so that nobody can have an address there (RFC 2606).
NOWHERE = "guests.invalid"
LONGEST = User._meta.get_field("name").max_length or 0


def guest(
    *,
    group: StudyGroup,
    name: str,
    uuid: UUID,
    role: str = Role.MEMBER,
    joined_at: datetime | None = None,
    nameless: bool = False,
) -> Membership:
    """Whoever has this id in a group: made as somebody who has left it, where nobody has.

    For transactions that have seen to it that whoever acts may bring notes in, and that nobody
    else does meanwhile.
    """
    known = Membership.objects.filter(group=group, uuid=uuid).select_related("user").first()
    if known is not None and known.user.guest_in_id == group.pk:
        return known
    if known is not None:  # somebody's who is no guest: nobody is made to say anything by an id
        return guest(
            group=group, name=name, uuid=uuid5(uuid, "guest"), role=role, joined_at=joined_at,
            nameless=nameless,
        )  # fmt: skip
    user = User(
        email=f"{uuid4().hex}@{NOWHERE}",
        name=_shown(name),
        guest_in=group,
        is_active=False,
    )
    user.set_unusable_password()
    user.full_clean()
    user.save()
    now = timezone.now()
    made = Membership(
        group=group,
        user=user,
        uuid=uuid,
        role=role,
        joined_at=min(joined_at or now, now),
        left_at=now,
        nameless=nameless,
    )
    made.full_clean()
    made.save()
    return made


def _shown(name: str) -> str:
    """A name from a file, as this site shows names: on one line, and never none."""
    try:
        words = " ".join(clean(name).split())[:LONGEST].strip()
    except ImportRefused:  # too many accents on one letter
        words = ""
    return _("somebody") if is_blank(words) else words


@transaction.atomic
def offer(*, by: User, guest_membership: Membership, to: User | None) -> Membership:
    """Ask a member whether what a guest wrote is theirs; with None, ask nobody any more."""
    theirs = _held(guest_membership)
    allowed = theirs is not None and can_import(membership_of(by, theirs.group))
    require(allowed, _("Only the group’s leaders offer what guests wrote."))
    assert theirs is not None  # noqa: S101
    may_take = to is None or membership_of(to, theirs.group) is not None
    require(may_take, _("Only somebody who is in the group can say that it is theirs."))
    require(not theirs.nameless, _("Who wrote this asked not to be named here."))
    if theirs.offered_to == to:
        return theirs
    theirs.offered_to = to
    theirs.save(update_fields=["offered_to"])
    if to is not None and to != by:
        path = reverse("guests", args=[theirs.group.slug])
        tell(to, Told.OFFERED, group=theirs.group, path=path)
    return theirs


@transaction.atomic
def decline(*, by: User, guest_membership: Membership) -> Membership:
    """Say that it isn't one's own. The guest stays; nobody else is told."""
    theirs = _offered(by, _held(guest_membership))
    theirs.offered_to = None
    theirs.save(update_fields=["offered_to"])
    return theirs


@transaction.atomic
def accept(*, by: User, guest_membership: Membership) -> Membership:
    """Say that it is one's own: everything that the guest wrote, and did around it, is from now
    on. What moderators decided about it stays as it is in the log, by the guest's name.

    Nobody else sees more or less of it than before. The guest is gone where nothing in the log
    speaks of them.
    """
    theirs = _offered(by, _held(guest_membership, by))
    mine = membership_of(by, theirs.group)
    assert mine is not None  # noqa: S101  _offered has seen to it
    guest_user, group = theirs.user, theirs.group
    StudyGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    notes = Annotation.objects.filter(creator=guest_user)
    hold_text(*notes.order_by().values_list("article", flat=True).distinct())
    list(notes.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    readings = list(Reading.objects.filter(annotations__in=notes).distinct())
    record(
        group=group, verb=Verb.ADOPT, by=by, acting_as=Actor.AUTHOR,
        details={"count": notes.count()},
    )  # fmt: skip
    _move_writing(guest_user, by)
    _move_around(guest_user, by)
    _move_mutes(guest_user, by)
    _show_anew(group, readings)
    theirs.offered_to = None
    theirs.save(update_fields=["offered_to"])
    _let_go(theirs)
    return mine


def _held(membership: Membership, *others: User) -> Membership | None:
    """A guest's membership as it is and stays until this transaction ends; None where it is gone,
    or nobody's who is a guest there."""
    rows = Membership.objects.filter(group=membership.group_id)
    wanted = rows.filter(pk=membership.pk) | rows.filter(user__in=others)
    list(wanted.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    guests = rows.filter(user__guest_in=membership.group_id)
    found = guests.select_related("user", "group", "offered_to").filter(pk=membership.pk)
    return found.first()


def _offered(by: User, theirs: Membership | None) -> Membership:
    asked = theirs is not None and theirs.offered_to == by
    if theirs is None or not asked or membership_of(by, theirs.group) is None:
        raise PermissionDenied(_("You aren’t asked about these notes any more."))
    return theirs


def _move_writing(guest_user: User, to: User) -> None:
    """Notes, with whoever chose their words, finished or paused their threads, and wonders too."""
    notes = Annotation.objects.filter(creator=guest_user)
    own = Annotation.objects.filter(creator=to).values("client_id")
    for note in notes.filter(client_id__in=own):
        note.client_id = uuid4()
        note.save(update_fields=["client_id"])
    notes.update(creator=to)
    for who in ("addressee", "resolved_by", "locked_by"):
        Annotation.objects.filter(**{who: guest_user}).update(**{who: to})
    Target.objects.filter(placed_by=guest_user).update(placed_by=to)
    theirs, mine = (Endorsement.objects.filter(user=user) for user in (guest_user, to))
    theirs.filter(annotation__in=mine.values("annotation")).delete()
    theirs.update(user=to)
    mine.filter(annotation__creator=to).delete()  # nobody wonders about their own


def _move_around(guest_user: User, to: User) -> None:
    """Pseudonyms, circles and parts in readings. What the member has of their own there stays."""
    changed = {circle.reading_id for circle in Circle.objects.of(guest_user)}
    models: tuple[Any, ...] = (Pseudonym, Participation)
    for model in models:
        theirs, mine = (model.objects.filter(user=user) for user in (guest_user, to))
        changed.update(theirs.values_list("reading", flat=True))
        moved = theirs.exclude(reading__in=mine.values("reading")).values_list("pk", flat=True)
        model.objects.filter(pk__in=list(moved)).update(user=to)
        theirs.delete()
    placed = set(Circle.objects.of(to).values_list("reading", flat=True))
    for circle in Circle.objects.of(guest_user):
        if circle.reading_id not in placed:
            circle.members.add(to)
        circle.members.remove(guest_user)
    Reading.objects.filter(pk__in=changed).update(version=F("version") + 1)


def _move_mutes(guest_user: User, to: User) -> None:
    """Who would rather not read the guest goes on so, by the name that they have now."""
    rows = Mute.objects.filter(person=guest_user)
    rows.filter(user=to).delete()
    for row in rows:
        known = Mute.objects.filter(
            user=row.user_id, group=row.group_id, reading=row.reading_id, person=to
        )
        if known.exists():
            row.delete()
        else:
            row.person = to
            row.save(update_fields=["person"])


def _show_anew(group: StudyGroup, readings: Sequence[Reading]) -> None:
    """Every page of theirs shows another name now."""
    StudyGroup.objects.filter(pk=group.pk).update(names_epoch=F("names_epoch") + 1)
    layers = Layer.objects.filter(reading__in=readings)
    list(layers.select_for_update().order_by("paragraph", "pk").values_list("pk"))
    # Only of what was shown to somebody: a counter at 0 says that nothing was.
    for column in ("version", "leaders_version"):
        layers.filter(**{f"{column}__gt": 0}).update(**{column: F(column) + 1})


def _let_go(theirs: Membership) -> None:
    """Delete a guest of whom nothing is left; who is named in the log stays, having left."""
    user = theirs.user
    Notice.objects.filter(to=user).delete()
    try:
        with transaction.atomic():
            theirs.delete()
            user.delete()
    except ProtectedError:
        return
