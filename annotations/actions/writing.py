"""Notes and replies: written, edited, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.actions.layers import touch
from annotations.actions.places import (
    Range,
    hold_text,
    paragraphs_of,
    require_present_text,
    target_on,
)
from annotations.enums import (
    CHOSEN_CATEGORIES,
    PUBLISHED,
    Audience,
    Category,
    Motivation,
    State,
)
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, AnnotationRevision, Target
from annotations.permissions import (
    can_annotate,
    can_approve,
    can_ask_as_leader,
    can_edit,
    can_reply,
    can_reply_privately,
    can_withdraw,
    can_write_to,
)
from reader.enums import Bylines, Standing
from reader.models import Circle, Membership, Reading, StudyGroup, User
from reader.permissions import is_leader, membership_of, require, standing_now
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
    admit(annotation, membership)
    if (stored := _insert(annotation)) is not annotation:
        return stored
    target = target_on(annotation, where)
    _check(target)
    target.save()
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
    root.refresh_from_db(fields=["article"])
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
    admit(annotation, membership)
    if (stored := _insert(annotation)) is not annotation:
        return stored
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


def admit(annotation: Annotation, membership: Membership | None) -> None:
    """Settle how a new note comes in: under which name, and whether it waits for a moderator."""
    reading = annotation.reading
    if reading is None or membership is None:
        return
    if reading.bylines == Bylines.PSEUDONYMS:
        pseudonym_for(reading, annotation.creator)
    shared = annotation.audience in (Audience.GROUP, Audience.CIRCLE)
    if shared and not is_leader(membership) and _is_held(membership, reading.group):
        annotation.state = State.PENDING


def _is_held(membership: Membership, group: StudyGroup) -> bool:
    if standing_now(membership) == Standing.HELD:
        return True
    if not group.holds_first:
        return False
    let_in = Annotation.objects.filter(
        creator=membership.user_id,
        reading__group=group,
        audience__in=[Audience.GROUP, Audience.CIRCLE],
        state__in=PUBLISHED,
    )
    return let_in.count() < group.holds_first


@transaction.atomic
def approve(*, by: User, annotation: Annotation) -> Annotation:
    """Let in a note that waits for a moderator."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    if annotation.state == State.APPROVED and is_leader(membership):
        return annotation
    allowed = can_approve(by, membership, annotation)
    require(allowed, _("Only another leader lets in a note that waits."))
    annotation.state, annotation.version = State.APPROVED, annotation.version + 1
    annotation.shown_at = timezone.now()
    annotation.save(update_fields=["state", "version", "shown_at"])
    touch(annotation, paragraphs_of(annotation.thread_root))
    return annotation


@transaction.atomic
def edit(
    *, by: User, annotation: Annotation, body: str, category: str = "", tags: Sequence[str] = ()
) -> Annotation:
    """New words for one's own note; the old ones are kept as a revision."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    reading = annotation.reading
    membership = None if reading is None else membership_of(by, reading.group)
    require(can_edit(by, membership, annotation), _("Only its author edits a note."))
    if annotation.motivation == Motivation.QUESTIONING:
        category = annotation.category  # a prompt stays one, and nothing else becomes one
    category = _category(annotation.motivation, category)
    if (annotation.body, annotation.category, annotation.tags) == (body, category, list(tags)):
        return annotation
    last = annotation.revisions.aggregate(last=Max("number"))["last"] or 0
    AnnotationRevision.objects.create(
        annotation=annotation,
        number=last + 1,
        body=annotation.body,
        body_html=annotation.body_html,
        category=annotation.category,
        tags=annotation.tags,
        created_at=annotation.edited_at or annotation.created_at,
    )
    _write_words(annotation, body)
    annotation.category, annotation.tags = category, list(tags)
    annotation.edited_at, annotation.version = timezone.now(), annotation.version + 1
    _check(annotation)
    annotation.save(
        update_fields=[
            "body", "body_html", "renderer_version", "category", "tags", "edited_at", "version",
        ]
    )  # fmt: skip
    _touch_written(annotation, paragraphs_of(annotation.thread_root))
    return annotation


@transaction.atomic
def withdraw(*, by: User, annotation: Annotation) -> Annotation:
    """Delete one's own note. Other people's replies stay, under a stone without words."""
    annotation = Annotation.objects.select_for_update(of=("self",)).get(pk=annotation.pk)
    if annotation.state == State.WITHDRAWN and annotation.creator_id == by.pk:
        return annotation
    require(can_withdraw(by, annotation), _("Only its author deletes a note."))
    was_shown = not _never_shown(annotation)
    annotation.state, annotation.version = State.WITHDRAWN, annotation.version + 1
    annotation.save(update_fields=["state", "version"])
    touch(annotation, paragraphs_of(annotation.thread_root), members_notice=was_shown)
    return annotation


def _touch_written(annotation: Annotation, paragraph_ids: Sequence[int]) -> None:
    touch(annotation, paragraph_ids, members_notice=not _never_shown(annotation))


def _never_shown(annotation: Annotation) -> bool:
    """Held since it was written, so that only leaders and its author know of it."""
    return annotation.state == State.PENDING


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
