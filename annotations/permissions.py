"""What a person may do with notes, as questions. Who may see which is in querysets."""

from django.utils import timezone

from annotations.enums import PUBLISHED, WITHDRAWABLE, AnchorState, Audience, Motivation, State
from annotations.models import Annotation, Target
from reader.enums import Status
from reader.models import Circle, Membership, Reading, User
from reader.permissions import can_write, is_leader


def can_annotate(membership: Membership | None, reading: Reading) -> bool:
    """While a reading is open; leaders also while they prepare it."""
    may_now = (Status.PLANNED, Status.OPEN) if is_leader(membership) else (Status.OPEN,)
    return can_write(membership) and reading.status_now in may_now


def can_ask_as_leader(membership: Membership | None, reading: Reading) -> bool:
    """Whether a person may set a prompt."""
    return is_leader(membership) and can_annotate(membership, reading)


def can_write_to(
    membership: Membership | None, audience: str, circle: Circle | None = None
) -> bool:
    """Whether a person may address this audience: leaders any, members what they read."""
    if membership is None:
        return False
    if audience == Audience.LEADERS:
        return is_leader(membership)
    if audience == Audience.CIRCLE:
        return circle is not None and (is_leader(membership) or circle.has(membership.user_id))
    return audience != Audience.PERSON


def is_locked(root: Annotation) -> bool:
    until = root.locked_until
    return root.locked_at is not None and (until is None or until > timezone.now())


def can_reply(membership: Membership | None, parent: Annotation) -> bool:
    """Private notes have one reader and take no replies; nor does a highlight without words lack
    them: answering a highlight is how talk about it begins."""
    reading = parent.reading
    return (
        reading is not None
        and can_annotate(membership, reading)
        and _can_answer_to(membership, parent)
        and parent.state in PUBLISHED
        and not is_locked(parent.thread_root)
    )


def _can_answer_to(membership: Membership | None, parent: Annotation) -> bool:
    if parent.audience == Audience.PERSON and membership is not None:
        return is_leader(membership) or parent.addressee_id == membership.user_id
    return can_write_to(membership, parent.audience, parent.circle)


def can_reply_privately(membership: Membership | None, parent: Annotation) -> bool:
    """A leader may answer one person alone, where others read what that person wrote."""
    return (
        can_reply(membership, parent)
        and is_leader(membership)
        and parent.audience in (Audience.GROUP, Audience.CIRCLE)
        and membership is not None
        and parent.creator_id != membership.user_id
    )


def can_approve(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Leaders let in what waits; nobody decides about their own note."""
    waits = annotation.state == State.PENDING and annotation.creator_id != user.pk
    return waits and is_leader(membership)


def can_edit(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Authors edit what stands or waits, where they may write now; nobody edits another's words."""
    stands = annotation.state in (*PUBLISHED, State.PENDING)
    if annotation.creator_id != user.pk or not stands:
        return False
    return annotation.reading is None or can_annotate(membership, annotation.reading)


def can_place(
    user: User, membership: Membership | None, annotation: Annotation, target: Target
) -> bool:
    """Authors say anew which words their note is about, where they may write now. Leaders do so
    where a correction of the text left it unsure, also once the reading is closed, and may mend
    what they chose themselves. What is said of the whole article is about no words."""
    if target.whole_article or annotation.state not in (*PUBLISHED, State.PENDING):
        return False
    unsure = target.anchor_state != AnchorState.EXACT or target.placed_by_id == user.pk
    shared = annotation.audience != Audience.PRIVATE
    led = shared and is_leader(membership)
    return can_edit(user, membership, annotation) or (led and unsure)


def can_withdraw(user: User, annotation: Annotation) -> bool:
    """Whoever may still read their note may take it back, also while it waits or is checked."""
    return annotation.creator_id == user.pk and annotation.state in WITHDRAWABLE


def may_have_body(motivation: str, body: str) -> bool:
    """Everything but a highlight needs words."""
    return bool(body.strip()) or motivation == Motivation.HIGHLIGHTING
