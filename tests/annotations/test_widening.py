"""Whatever people do one after the other, nobody comes to see a note that they didn't see before.

The exceptions are those who come into a group, or back into it: they see what a member of their
seat sees, and what is theirs. Writing enough under a reveal rule is one too; no reading here has
such a rule but the one that waits for a day. Nothing here looks at how the query sets decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from annotations import actions
from annotations.models import Annotation
from reader.actions import accept_invitation, create_group, invite, leave, remove
from reader.actions.readings import edit_reading
from reader.enums import NewcomersRead, Readable, Reveal, Role, Status
from reader.models import Circle, Membership, Reading, StudyGroup, User
from reader.querysets import Viewer
from tests.cast import Cast, assemble, person
from tests.corrections import block, blocks_of, correct

pytestmark = [pytest.mark.leaks, pytest.mark.django_db]

PUBLISHED, GONE = ("visible", "approved"), ("withdrawn", "purged")
LEADERS = (Role.OWNER, Role.MODERATOR)


@dataclass(frozen=True)
class World:
    owner: User
    people: dict[str, User]
    links: dict[int, str]  # an invitation of old, by group

    @property
    def viewers(self) -> dict[str, Viewer]:
        return {**self.people, "nobody": AnonymousUser()}

    @cached_property
    def questions(self) -> dict[str, tuple[str, Any]]:
        """What the database is asked for each viewer; worked out once, as it is most of the
        time."""
        return {
            name: Annotation.objects.visible_to(viewer)
            .order_by()
            .values_list("pk")
            .query.sql_with_params()
            for name, viewer in self.viewers.items()
        }


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield build()
        transaction.set_rollback(True)


def build() -> World:
    """One text in four groups: for members, for members from the day that they join, for
    everybody, and for members from some day on."""
    cast = assemble()
    people = {
        "owner": cast.owner, "moderator": cast.moderator, "member": cast.member,
        "other": cast.other, "observer": cast.observer, "former": person("Fritz"),
        "outsider": cast.outsider,
    }  # fmt: skip
    roles = dict.fromkeys(people, Role.MEMBER) | {"moderator": Role.MODERATOR}
    roles |= {"observer": Role.OBSERVER}
    Membership.objects.create(group=cast.group, user=people["former"])
    groups = [cast.group]
    for name in ("Newly", "Publicly", "Later"):
        group = create_group(by=cast.owner, name=name)
        for who, role in roles.items():
            if who not in ("owner", "outsider"):
                Membership.objects.create(group=group, user=people[who], role=role)
        groups.append(group)
    StudyGroup.objects.filter(name="Newly").update(newcomers_read=NewcomersRead.FROM_NOW)
    StudyGroup.objects.filter(name="Publicly").update(readable_by=Readable.PUBLIC)
    for group in groups:
        _write(_reading(cast, group), people)
    Reading.objects.filter(group__name="Later").update(
        reveal=Reveal.AT_DATE, reveal_at=timezone.now() + timedelta(days=1)
    )
    Membership.objects.filter(user=people["former"]).update(left_at=timezone.now())
    links = {group.pk: invite(by=cast.owner, group=group)[1] for group in groups}
    return World(cast.owner, people, links)


def _reading(cast: Cast, group: StudyGroup) -> Reading:
    reading, _new = Reading.objects.get_or_create(
        group=group, article=cast.reading.article, defaults={"has_circles": True}
    )
    circle = Circle.objects.create(reading=reading, name="Red")
    circle.members.set([cast.member, cast.other])
    return Reading.objects.with_titles().get(pk=reading.pk)


def _write(reading: Reading, people: dict[str, User]) -> None:
    first = reading.article.paragraphs.exclude(text="").earliest("position")
    circle = reading.circles.get()

    def write(who: str, audience: str, **given: Any) -> Annotation:
        return actions.annotate(
            by=people[who], reading=reading, where=actions.Range([first], 0, 4), body="Words.",
            motivation="commenting", audience=audience, client_id=uuid4(), **given,
        )  # fmt: skip

    def answer(who: str, parent: Annotation, **given: Any) -> Annotation:
        return actions.reply(by=people[who], parent=parent, body="Yes.", client_id=uuid4(), **given)

    for who in ("owner", "member", "other", "former"):
        root = write(who, "group")
        answer("moderator", answer("other", root))
        answer("owner", root, privately=True) if who != "owner" else None
        write(who, "private")
    write("moderator", "leaders")
    answer("other", write("member", "circle", circle=circle))
    held = write("member", "group")
    Annotation.objects.filter(pk=held.pk).update(state="pending", was_shown=False)


type Step = tuple[str, int, int, bool]


def _member(world: World, at: int, group: StudyGroup) -> tuple[User, Membership | None]:
    user = list(world.people.values())[at % len(world.people)]
    return user, Membership.objects.current().filter(group=group, user=user).first()


def _leave(world: World, group: StudyGroup, at: int, flag: bool) -> None:
    leave(by=_member(world, at, group)[0], group=group, nameless=flag)


def _remove(world: World, group: StudyGroup, at: int, _flag: bool) -> None:
    _user, membership = _member(world, at, group)
    if membership is not None:
        remove(by=world.owner, membership=membership)


def _come(world: World, group: StudyGroup, at: int, flag: bool) -> None:
    """By a link made since, or by the one of old."""
    token = world.links.get(group.pk, "")
    if flag:
        role = (Role.MEMBER, Role.OBSERVER)[at // 7 % 2]
        token = invite(by=world.owner, group=group, role=role)[1]
    accept_invitation(by=_member(world, at, group)[0], token=token)


def _turn(world: World, group: StudyGroup, at: int, _flag: bool) -> None:
    """Close it, archive it, open it again."""
    reading = group.readings.with_titles().get()
    kept = ("opens_at", "due_at", "reveal", "reveal_after", "reveal_at", "bylines", "has_circles")
    status = (Status.CLOSED, Status.ARCHIVED, Status.OPEN)[at % 3]
    edit_reading(
        by=world.owner, reading=reading, status=status,
        **{name: getattr(reading, name) for name in kept},
    )  # fmt: skip


def _copy(world: World, group: StudyGroup, at: int, flag: bool) -> None:
    actions.copy_group(
        by=_member(world, at, group)[0], group=group, name=f"Copy {at}", own_notes=flag,
        readings=list(group.readings.with_titles()),
    )  # fmt: skip


def _publish(world: World, group: StudyGroup, at: int, flag: bool) -> None:
    """One note or all of them, to whatever audience there may be."""
    user, _membership = _member(world, at, group)
    reading = group.readings.with_titles().get()
    own = Annotation.objects.private_of(user, reading.article_id)
    notes = list(own.order_by("pk"))
    audience = ("group", "circle", "leaders")[at // 7 % 3]
    actions.share(
        by=user, notes=notes[: at // 21 % 4] or notes, reading=reading, audience=audience,
        circle=reading.circles.first(), keep=flag,
    )  # fmt: skip


def _withdraw(world: World, group: StudyGroup, at: int, _flag: bool) -> None:
    user, _membership = _member(world, at, group)
    own = Annotation.objects.filter(creator=user).exclude(state__in=GONE).order_by("pk")
    if count := own.count():
        actions.withdraw(by=user, annotation=own[at // 7 % count])


def _take_copy(world: World, group: StudyGroup, at: int, _flag: bool) -> None:
    reading = group.readings.with_titles().get()
    actions.take_copy(by=_member(world, at, group)[0], reading=reading)


def _correct(world: World, group: StudyGroup, at: int, flag: bool) -> None:
    """One paragraph goes, or all of them are others; or the text is as it was at first."""
    article = group.readings.with_titles().get().article
    blocks = blocks_of(article)
    del blocks[at // 7 % len(blocks)]
    if flag:
        blocks = [block("All is new.")] if at // 49 % 2 else blocks_of(article, 1)
    correct(_member(world, at, group)[0], article, blocks)


def _erase(world: World, group: StudyGroup, _at: int, _flag: bool) -> None:
    group.erase_at, group.erase_asked_by = timezone.now(), world.owner
    group.save(update_fields=["erase_at", "erase_asked_by"])
    actions.erase_group(group)


STEPS: dict[str, Callable[[World, StudyGroup, int, bool], None]] = {
    "leave": _leave, "remove": _remove, "come": _come, "turn": _turn, "copy": _copy,
    "publish": _publish, "withdraw": _withdraw, "erase": _erase, "take a copy": _take_copy,
    "correct": _correct,
}  # fmt: skip


# What is done to a text alone, so that everybody sees the same notes after it.
OF_TEXTS = ("take a copy", "correct")


def sight(world: World) -> dict[str, set[int]]:
    """Who reads the words of which notes."""
    seen = {}
    with connection.cursor() as cursor:
        for name, asked in world.questions.items():
            cursor.execute(*asked)
            seen[name] = {pk for (pk,) in cursor.fetchall()}
    return seen


def seat(user: User, group: StudyGroup) -> set[int]:
    """What somebody who has just come into a group sees of it: what was said to everybody, from
    the day on that they may read, and what is by or for them; nothing of a circle or the
    leaders'."""
    since = Membership.objects.get(group=group, user=user).reads_from
    seen = set()
    for note in Annotation.objects.filter(reading__group=group).select_related("root", "reading"):
        root, reading = note.root or note, note.reading
        assert reading is not None
        revealed = reading.reveal == Reveal.AT_ONCE
        own = note.creator_id == user.pk and note.state not in GONE
        to_all = note.audience == "group" and note.state in PUBLISHED and root.state != "pending"
        newly = since is None or root.created_at >= since or group.readable_by == "public"
        to_them = note.addressee_id == user.pk and note.state in PUBLISHED
        if own or to_them or (to_all and revealed and newly):
            seen.add(note.pk)
    return seen


def only_for_some(world: World, seen: dict[str, set[int]]) -> None:
    """After all of it: what isn't for the whole group is read by nobody whom it isn't for."""
    notes = Annotation.objects.exclude(audience="group").select_related("reading", "circle")
    leads = set(
        Membership.objects.with_access().filter(role__in=LEADERS).values_list("user_id", "group_id")
    )
    seats = set(Circle.members.through._default_manager.values_list("user_id", "circle_id"))
    for note in notes:
        for name, viewer in world.viewers.items():
            if note.pk not in seen[name] or note.creator_id == viewer.pk:
                continue
            group = note.reading.group_id if note.reading else None
            in_circle = (viewer.pk, note.circle_id) in seats
            addressed = note.addressee_id == viewer.pk
            assert (viewer.pk, group) in leads or in_circle or addressed, (name, note.audience)


ANY = st.integers(0, 5_000)
# Coming is drawn as often as both ways of going.
A_STEP = st.tuples(st.sampled_from([*STEPS, "come"]), ANY, ANY, st.booleans())


@given(steps=st.lists(A_STEP, min_size=4, max_size=12))
@example(steps=[("leave", 0, 2, False), ("come", 0, 2, True)])
@example(steps=[("remove", 0, 2, False), ("come", 0, 2, False), ("come", 0, 2, True)])
@example(steps=[("remove", 1, 1, False), ("come", 1, 1, True), ("leave", 1, 1, True)])
@example(steps=[("publish", 0, 2, True), ("publish", 1, 2 + 7, False), ("erase", 0, 0, False)])
@example(steps=[("copy", 0, 0, True), ("come", 4, 6, True), ("turn", 0, 1, False)])
@example(steps=[("take a copy", 1, 0, False), ("publish", 1, 2, False), ("erase", 1, 0, False)])
@example(steps=[("take a copy", 1, 1, False), ("correct", 0, 49, True), ("erase", 0, 0, False)])
@example(steps=[("correct", 0, 49, True), ("take a copy", 2, 0, False), ("correct", 2, 0, True)])
def test_no_sequence_widens_who_sees_a_note(world: World, steps: list[Step]) -> None:
    with transaction.atomic():
        seen = sight(world)
        for kind, which, at, flag in steps:
            groups = list(StudyGroup.objects.exclude(name="Friday circle").order_by("pk"))
            if not groups:
                break
            seen = _take(world, seen, kind, groups[which % len(groups)], at, flag)
        only_for_some(world, seen)
        transaction.set_rollback(True)


def _take(
    world: World, seen: dict[str, set[int]], kind: str, group: StudyGroup, at: int, flag: bool
) -> dict[str, set[int]]:
    """One step: what everybody sees after it, and that nobody sees more of what was there."""
    existing = set(Annotation.objects.values_list("pk", flat=True))
    user, inside = _member(world, at, group)
    with suppress(PermissionDenied), transaction.atomic():
        STEPS[kind](world, group, at, flag)
    now = sight(world)
    came = kind == "come" and inside is None and _member(world, at, group)[1] is not None
    if kind in OF_TEXTS:
        assert now == seen
    for name, viewer in world.viewers.items():
        gained = (now[name] - seen[name]) & existing
        if came and viewer == user:
            assert gained == (seat(user, group) - seen[name]) & existing, (kind, name)
        else:
            assert gained == set(), (kind, name)
    return now


def test_the_world_has_something_to_leak(world: World) -> None:
    """A sequence in which nobody has anything to see would prove nothing."""
    seen = sight(world)
    counts = {name: len(notes) for name, notes in seen.items()}
    assert counts["nobody"] > 0
    assert counts["owner"] > counts["member"] > counts["observer"] > counts["nobody"]
    assert counts["former"] < counts["observer"]
