"""Notes and replies: written, edited, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.actions.places import (
    Range,
    hold_text,
    require_present_text,
    target_on,
)
from annotations.enums import (
    CHOSEN_CATEGORIES,
    PUBLISHED,
    Actor,
    Audience,
    Category,
    Motivation,
    Rule,
    State,
    Verb,
)
from annotations.layers import paragraphs_of, touch
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, Target
from annotations.moderation import pace, words
from annotations.moderation.admitting import FREELY, Admission, Gate, Refused, follow_up, let_come
from annotations.moderation.cases import close_case_of_edit, open_case
from annotations.moderation.logbook import record
from annotations.moderation.states import change, put_back
from annotations.permissions import (
    can_annotate,
    can_ask_as_leader,
    can_edit,
    can_reply,
    can_reply_privately,
    can_resubmit,
    can_take_back,
    can_withdraw,
    can_write_to,
)
from reader.enums import Bylines
from reader.models import Circle, Membership, Reading, User
from reader.permissions import is_leader, membership_of, require
from reader.pseudonyms import pseudonym_for


@transaction.atomic
def annotate(
    *,
    by: User,
    reading: Reading,
    where: Range,
    motivation: str,
    audience: str,
    client_id: UUID,
    body: str = "",
    category: str = "",
    tags: Sequence[str] = (),
    circle: Circle | None = None,
) -> Annotation:
    """A highlight, comment or question on a range.

    The same `client_id` again makes nothing new: the first answer was lost on its way, and words
    that were changed since are an edit. Raises TextMovedOn where the article that the reading was
    read with has been corrected since, or the group reads a copy of its own instead.
    """
    if (known := _already_written(by, client_id)) is not None:
        return _as_sent(known, by=by, body=body, category=category, tags=tags)
    hold_text(reading.article_id)
    require_present_text(reading.article, reading)
    circle = circle if audience == Audience.CIRCLE else None
    membership = require_writing(by, reading, audience, circle)
    is_prompt = motivation == Motivation.QUESTIONING and category == Category.VIOLET
    may_ask = can_ask_as_leader(membership, reading)
    require(may_ask or not is_prompt, _("You can't write in this reading."))
    shared = audience != Audience.PRIVATE
    annotation = Annotation(
        creator=by,
        article=reading.article,
        reading=reading if shared else None,
        circle=circle,
        audience=audience,
        motivation=motivation,
        category=_category(motivation, category),
        tags=list(tags),
        client_id=client_id,
    )
    _write_words(annotation, body)
    admission = _admit(annotation, membership)
    if (stored := _insert(annotation)) is not annotation:
        return stored
    target = target_on(annotation, where)
    _check(target)
    target.save()
    follow_up(annotation, reading.group, admission)
    _touch_written(annotation, [paragraph.pk for paragraph in where.paragraphs])
    return annotation


def require_writing(
    by: User, reading: Reading, audience: str, circle: Circle | None
) -> Membership | None:
    """The membership of somebody who may write a root there and for these; else a refusal."""
    membership = membership_of(by, reading.group)
    require(can_annotate(membership, reading), _("You can't write in this reading."))
    here = circle is None or circle.reading_id == reading.pk
    allowed = here and can_write_to(membership, audience, circle)
    require(allowed, _("You can't write to this audience."))
    return membership


@transaction.atomic
def reply(
    *, by: User, parent: Annotation, body: str, client_id: UUID, privately: bool = False
) -> Annotation:
    """An answer to a root or to another reply. It is for whom what it answers is for, but that
    circles each answer a leaders' prompt by themselves, and that leaders may answer one person
    `privately`."""
    if (known := _already_written(by, client_id)) is not None:
        return _as_sent(known, by=by, body=body)
    root, reading = parent.thread_root, parent.reading
    hold_text(root.article_id)
    root.refresh_from_db(fields=["article", "locked_at", "locked_until"])
    membership = None if reading is None else membership_of(by, reading.group)
    may = can_reply_privately if privately else can_reply
    require(may(membership, parent), _("This thread takes no replies."))
    audience, circle_id, addressee_id = _audience_of_answer(parent, membership, privately)
    annotation = Annotation(
        creator=by,
        article_id=root.article_id,
        reading=reading,
        circle_id=circle_id,
        audience=audience,
        addressee_id=addressee_id,
        motivation=Motivation.REPLYING,
        parent=parent,
        root=root,
        client_id=client_id,
    )
    _write_words(annotation, body)
    admission = _admit(annotation, membership)
    if (stored := _insert(annotation)) is not annotation:
        return stored
    if reading is not None:
        follow_up(annotation, reading.group, admission)
    _touch_written(annotation, paragraphs_of(root))
    return annotation


def _audience_of_answer(
    parent: Annotation, membership: Membership | None, privately: bool
) -> tuple[str, int | None, int | None]:
    """Audience, circle and addressee."""
    if privately:
        return Audience.PERSON, None, parent.creator_id
    circle = circle_of_answer(parent, membership)
    if circle is not None:
        return Audience.CIRCLE, circle.pk, None
    return parent.audience, parent.circle_id, parent.addressee_id


def circle_of_answer(parent: Annotation, membership: Membership | None) -> Circle | None:
    """The circle in which a member answers what the leaders ask of the whole group; None where
    there are no circles, or where it isn't clear which."""
    reading = parent.reading
    if not parent.is_prompt or reading is None or not reading.has_circles or membership is None:
        return None
    if is_leader(membership) or parent.audience != Audience.GROUP:
        return None
    mine = list(reading.circles.of(membership.user)[:2])
    return mine[0] if len(mine) == 1 else None


def _admit(annotation: Annotation, membership: Membership | None) -> Admission:
    """Settle how a new note comes in. Raises Refused, or TooMany, where it doesn't."""
    reading = annotation.reading
    if reading is None or membership is None:
        return FREELY
    lately = pace.require_pace(annotation.creator, membership, annotation)
    if pace.said_before(lately, annotation):
        raise Refused(_("You have just written the same. It is there already."))
    take_name(annotation)
    admission = Gate(reading.group, membership).admit(annotation)
    let_come(annotation, admission)
    return admission


def take_name(annotation: Annotation) -> None:
    """See to it that its author has the name under which it stands."""
    reading = annotation.reading
    if reading is not None and reading.bylines == Bylines.PSEUDONYMS:
        pseudonym_for(reading, annotation.creator)


@transaction.atomic
def edit(
    *, by: User, annotation: Annotation, body: str, category: str = "", tags: Sequence[str] = ()
) -> Annotation:
    """New words for one's own note; the old ones are kept as a revision. Every edit passes
    moderation again: one of a published note that a rule holds waits, and the note stands as it
    is. Raises Refused, or TooMany, where the words aren't taken."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    require(can_edit(by, membership, annotation), _("Only its author edits a note."))
    said = _Words.of(annotation, body, category, tags)
    if said.stand_in(annotation):
        _drop_waiting_edit(annotation)
        return annotation
    pace.require_edit_pace(by, membership, annotation)
    admission = _admit_edit(annotation, membership, said)
    if admission.is_held and annotation.is_published:
        words.hold(annotation, **said.as_columns())
    else:
        _put(annotation, said)
    if reading is not None:
        follow_up(annotation, reading.group, admission)
    return annotation


@transaction.atomic
def resubmit(
    *,
    by: User,
    annotation: Annotation,
    seen: int,
    body: str,
    category: str = "",
    tags: Sequence[str] = (),
) -> Annotation:
    """Send a removed note once more, in other words or the same ones: it waits for a moderator.
    Raises MovedOn where something has happened to it since version `seen`."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    allowed = can_resubmit(by, membership, annotation)
    require(allowed, _("This note can’t be sent again."))
    assert reading is not None  # noqa: S101  private notes are removed by nobody
    pace.require_edit_pace(by, membership, annotation)
    said = _Words.of(annotation, body, category, tags)
    _admit_edit(annotation, membership, said)
    before = annotation.state
    change(annotation, Verb.RESUBMIT, acting_as=Actor.AUTHOR, seen=seen)
    annotation.resubmitted += 1
    annotation.save(update_fields=["resubmitted"])
    if said.stand_in(annotation):
        words.drop_waiting(annotation)
    else:
        words.replace(annotation, **said.as_columns())
        _check(annotation)
        annotation.save(update_fields=words.SAVED)
    open_case(annotation, reading.group, rule=Rule.AGAIN)
    record(
        group=reading.group, verb=Verb.RESUBMIT, by=by, acting_as=Actor.AUTHOR,
        annotation=annotation, before=before, rule=Rule.AGAIN,
    )  # fmt: skip
    return annotation


@dataclass(frozen=True, slots=True)
class _Words:
    """What an author wants to stand in a note."""

    body: str
    category: str
    tags: list[str]

    @classmethod
    def of(cls, annotation: Annotation, body: str, category: str, tags: Sequence[str]) -> _Words:
        if annotation.motivation == Motivation.QUESTIONING:
            category = annotation.category  # a prompt stays one, and nothing else becomes one
        return cls(body, _category(annotation.motivation, category), list(tags))

    def stand_in(self, annotation: Annotation) -> bool:
        there = (annotation.body, annotation.category, annotation.tags)
        return there == (self.body, self.category, self.tags)

    def as_columns(self) -> dict[str, Any]:
        return {"body": self.body, "category": self.category, "tags": self.tags}


def _admit_edit(annotation: Annotation, membership: Membership | None, said: _Words) -> Admission:
    reading = annotation.reading
    if reading is None or membership is None:
        return FREELY
    proposed = Annotation(audience=annotation.audience, **said.as_columns())
    proposed.clean_fields(
        exclude={field.name for field in proposed._meta.fields} - {"body", "category", "tags"}
    )
    return Gate(reading.group, membership).admit(proposed, is_edit=True)


def _put(annotation: Annotation, said: _Words) -> None:
    overtaken = words.replace(annotation, **said.as_columns())
    _check(annotation)
    annotation.save(update_fields=words.SAVED)
    _touch_written(annotation, paragraphs_of(annotation.thread_root))
    if overtaken:
        close_case_of_edit(annotation)


def _drop_waiting_edit(annotation: Annotation) -> None:
    """An author who wants what stands there wants no edit of it."""
    if words.drop_waiting(annotation):
        annotation.version += 1
        annotation.save(update_fields=["version"])
        touch(annotation, paragraphs_of(annotation.thread_root), members_notice=False)
        close_case_of_edit(annotation)


@transaction.atomic
def withdraw(*, by: User, annotation: Annotation) -> Annotation:
    """Delete one's own note. Other people's replies stay, under a stone without words; the words
    themselves are wiped soon, or once nobody has to decide about them any more."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    if annotation.state == State.WITHDRAWN and annotation.creator_id == by.pk:
        return annotation
    require(can_withdraw(by, annotation), _("Only its author deletes a note."))
    change(annotation, Verb.WITHDRAW, acting_as=Actor.AUTHOR)
    close_case_of_edit(annotation)
    return annotation


@transaction.atomic
def take_back(*, by: User, annotation: Annotation) -> Annotation:
    """Undo the deletion of one's own note, for half a minute."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    require(can_take_back(by, annotation), _("A deleted note comes back only for 30 seconds."))
    put_back(annotation)
    reading, last = annotation.reading, annotation.cases.order_by("pk").last()
    stopped = annotation.state not in PUBLISHED or words.waiting(annotation) is not None
    if reading is not None and stopped:
        open_case(annotation, reading.group, rule=last.rule if last else "")
    return annotation


def _touch_written(annotation: Annotation, paragraph_ids: Sequence[int]) -> None:
    """Of words that are held only leaders and their author know."""
    touch(annotation, paragraph_ids, members_notice=annotation.is_published)


def _already_written(by: User, client_id: UUID) -> Annotation | None:
    return Annotation.objects.filter(creator=by, client_id=client_id).first()


def _insert(annotation: Annotation) -> Annotation:
    """Save it. Where two tabs sent the same note at once, the first one stands and is returned."""
    _check(annotation)
    try:
        with transaction.atomic():
            annotation.save()
    except IntegrityError:
        known = _already_written(annotation.creator, annotation.client_id)
        if known is None:
            raise
        return known
    return annotation


def _as_sent(
    known: Annotation, *, by: User, body: str, category: str = "", tags: Sequence[str] = ()
) -> Annotation:
    if known.state not in (*PUBLISHED, State.PENDING):
        return known
    return edit(by=by, annotation=known, body=body, category=category, tags=tags)


def _category(motivation: str, category: str) -> str:
    if motivation == Motivation.REPLYING:
        return ""
    if motivation == Motivation.QUESTIONING:
        return Category.VIOLET if category == Category.VIOLET else Category.BLUE
    return category if category in CHOSEN_CATEGORIES else Category.YELLOW


def _check(row: Annotation | Target) -> None:
    """What people sent. Whom and what it belongs to was read from the database, which also holds
    the constraints: asking it for each again would be most of a write's queries."""
    row.clean_fields(exclude={field.name for field in row._meta.fields if field.is_relation})


def _write_words(annotation: Annotation, body: str) -> None:
    annotation.body = body
    annotation.body_html = to_html(body) if body else ""
    annotation.renderer_version = RENDERER_VERSION
