"""What a person may do with notes, as questions. Who may see which is in querysets."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from annotations.enums import (
    PUBLISHED,
    SPAM,
    WITHDRAWABLE,
    Actor,
    AnchorState,
    Audience,
    Motivation,
    State,
    Verb,
)
from annotations.models import Annotation, LogEntry, Reconsideration, Report, Target
from annotations.querysets.moderation import UNDO_FOR
from annotations.transitions import DECISIONS, allows
from reader.enums import LEADERS, Exporting, Role, Standing, Status
from reader.models import Circle, Membership, Reading, StudyGroup, User
from reader.permissions import (
    can_create_group,
    can_write,
    is_leader,
    is_owner,
    membership_of,
    require,
    standing_now,
)

RESUBMITTED_AT_MOST = 2
UNDOABLE = (
    *DECISIONS, Verb.PUBLISH_EDIT, Verb.DECLINE_EDIT, Verb.IGNORE, Verb.BULK, Verb.SET_STANDING,
)  # fmt: skip
REVERSIBLE = (Verb.REMOVE, Verb.SEND_BACK, Verb.HIDE, Verb.BULK, Verb.SET_STANDING)
RECONSIDERED = (Verb.REMOVE, Verb.DECLINE_EDIT, Verb.SET_STANDING)


def can_annotate(membership: Membership | None, reading: Reading) -> bool:
    """While a reading is open; leaders also while they prepare it."""
    may_now = (Status.PLANNED, Status.OPEN) if is_leader(membership) else (Status.OPEN,)
    return can_write(membership) and reading.status_now in may_now


def why_only_reading(membership: Membership | None) -> str:
    """What keeps somebody from writing who is in the group, for them; "" where their standing
    doesn't."""
    standing = "" if membership is None else standing_now(membership)
    if membership is None or standing not in {Standing.WARNED, Standing.MUTED}:
        return ""
    if standing == Standing.WARNED:
        said = _("The leaders of the group have warned you. Say that you have read it; then write.")
    elif membership.standing_until is None:
        said = _("The leaders have decided that for now you only read here.")
    else:
        when = date_format(timezone.localtime(membership.standing_until), "j F Y, H:i")
        said = _("The leaders have decided that you only read here until %(when)s.")
        said = said % {"when": when}
    return f"{said} {membership.standing_sentence}".strip()


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


def why_paused(root: Annotation) -> str:
    """What keeps everybody from answering in a thread, in words; "" where nothing does."""
    if not is_locked(root):
        return ""
    if root.locked_until is None:
        return _("This thread takes no replies until a leader opens it again.")
    when = date_format(timezone.localtime(root.locked_until), "j F, H:i")
    said = _("This thread is paused until %(when)s. Read on, think, come back.")
    return said % {"when": when}


def can_reply(membership: Membership | None, parent: Annotation) -> bool:
    return could_reply(membership, parent) and not is_locked(parent.thread_root)


def could_reply(membership: Membership | None, parent: Annotation) -> bool:
    """Whether somebody may answer, but for a pause of the thread.

    Private notes have one reader and take no replies; nor does a highlight without words lack
    them: answering a highlight is how talk about it begins.
    """
    reading = parent.reading
    return (
        reading is not None
        and can_annotate(membership, reading)
        and _can_answer_to(membership, parent)
        and parent.state in PUBLISHED
    )


def _can_answer_to(membership: Membership | None, parent: Annotation) -> bool:
    if parent.audience == Audience.PERSON and membership is not None:
        return is_leader(membership) or parent.addressee_id == membership.user_id
    return can_write_to(membership, parent.audience, parent.circle)


def can_reply_privately(membership: Membership | None, parent: Annotation) -> bool:
    """A leader may answer one person alone, where others read what that person wrote."""
    return could_reply_privately(membership, parent) and not is_locked(parent.thread_root)


def could_reply_privately(membership: Membership | None, parent: Annotation) -> bool:
    """The same, but for a pause of the thread."""
    return (
        could_reply(membership, parent)
        and is_leader(membership)
        and parent.audience in (Audience.GROUP, Audience.CIRCLE)
        and membership is not None
        and parent.creator_id != membership.user_id
    )


def can_moderate(membership: Membership | None) -> bool:
    """Whether a person decides about what others write in their group."""
    return is_leader(membership)


def can_decide(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Leaders decide about shared notes, and nobody about their own."""
    shared = annotation.reading_id is not None
    return shared and is_leader(membership) and annotation.creator_id != user.pk


def verbs_for(
    annotation: Annotation, *, edit_waits: bool = False, in_case: bool = False
) -> list[Verb]:
    """What can be decided about a note as it is, whoever decides; a note that stands and waits
    `in_case` can be left as it is."""
    state = State(annotation.state)
    verbs = [verb for verb in DECISIONS if allows(verb, state, Actor.MODERATOR)]
    if edit_waits:
        return [Verb.APPROVE, Verb.DECLINE_EDIT, *(v for v in verbs if v != Verb.APPROVE)]
    if in_case and state in (*PUBLISHED, State.WITHDRAWN):
        verbs.append(Verb.IGNORE)
    return verbs


def can_report(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Whoever reads in the group asks the moderators to look at what another wrote there."""
    shared = annotation.reading_id is not None and annotation.state in PUBLISHED
    return shared and membership is not None and annotation.creator_id != user.pk


def can_withdraw_report(user: User, report: Report) -> bool:
    """Whoever asked for a look may say that none is needed, until it is answered."""
    return report.reporter_id == user.pk and report.answered_at is None


def can_mute(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    shared = annotation.reading_id is not None
    return shared and membership is not None and annotation.creator_id != user.pk


def can_resubmit(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Authors send again what was removed, at most twice; spam stays where it is."""
    mine = annotation.creator_id == user.pk and annotation.state == State.REMOVED
    again = annotation.resubmitted < RESUBMITTED_AT_MOST and annotation.reason != SPAM
    reading = annotation.reading
    return mine and again and reading is not None and can_annotate(membership, reading)


def can_take_back(user: User, annotation: Annotation) -> bool:
    """Authors undo the deletion of a note while its words are sure to be there."""
    deleted = annotation.state == State.WITHDRAWN and annotation.creator_id == user.pk
    since = annotation.state_at
    return deleted and since is not None and timezone.now() < since + UNDO_FOR


def can_undo(user: User, entry: LogEntry) -> bool:
    """Whoever decided takes it back, as long as nobody has been told. What brought back several
    notes, or a member, stays: it is decided anew."""
    brought_back = entry.verb == Verb.RESTORE and entry.annotation_id is None
    undoable = entry.verb in UNDOABLE and entry.bulk_id is None and not brought_back
    return undoable and entry.actor_id == user.pk and timezone.now() < entry.at + UNDO_FOR


def can_reverse(user: User, membership: Membership | None, entry: LogEntry) -> bool:
    """Any leader brings back, later, what was removed or who was shut out; not where it is about
    themselves."""
    return (
        entry.verb in REVERSIBLE
        and is_leader(membership)
        and (entry.annotation is None or entry.annotation.creator_id != user.pk)
        and (entry.membership is None or entry.membership.user_id != user.pk)
    )


def can_reconsider(user: User, entry: LogEntry) -> bool:
    """Whom a decision is about asks once that others look at it again."""
    about = entry.annotation is not None and entry.annotation.creator_id == user.pk
    about = about or (entry.membership is not None and entry.membership.user_id == user.pk)
    shut_out = entry.verb != Verb.SET_STANDING or entry.details.get("standing") != Standing.ACTIVE
    return about and entry.verb in RECONSIDERED and shut_out


def can_answer(user: User, membership: Membership | None, reconsideration: Reconsideration) -> bool:
    """Another leader than the one who decided, where the group has one; else the owner, or the
    administrator."""
    if membership is None or not is_leader(membership) or reconsideration.asked_by_id == user.pk:
        return False
    decision = reconsideration.decision
    if decision.actor_id != user.pk or membership.ends_at is not None:
        return True
    leaders = Membership.objects.with_access().filter(
        group=reconsideration.group_id, role__in=LEADERS
    )
    others = leaders.exclude(user__in=[user.pk, reconsideration.asked_by_id])
    return membership.role == Role.OWNER and not others.exists()


def can_lock(membership: Membership | None, root: Annotation) -> bool:
    """Leaders close a thread to replies, for a while or until they open it."""
    return is_leader(membership) and root.is_root and root.reading_id is not None


def can_set_standing(mine: Membership | None, theirs: Membership) -> bool:
    """Moderators over members, owners over all but owners, a site administrator who stepped in
    over everybody; nobody over themselves."""
    if mine is None or not is_leader(mine) or mine.pk == theirs.pk:
        return False
    if mine.ends_at is not None:
        return True
    if mine.role == Role.OWNER:
        return theirs.role != Role.OWNER
    return theirs.role not in LEADERS


def can_see_notes_on(mine: Membership | None, theirs: Membership) -> bool:
    """What leaders keep in mind of a member; of themselves nobody learns that there is any."""
    return mine is not None and is_leader(mine) and mine.pk != theirs.pk


def can_see_log(membership: Membership | None, group: StudyGroup) -> bool:
    """Leaders all of it; members, where the group wants that, what was done, without names."""
    return is_leader(membership) or (membership is not None and group.log_is_open)


def can_step_in(user: User) -> bool:
    return user.is_active and user.is_superuser


def can_export(membership: Membership | None, group: StudyGroup) -> bool:
    """Take other people's words home: members where the group lets them, else leaders."""
    by_members = membership is not None and group.exporting == Exporting.MEMBERS
    return by_members or is_leader(membership)


def can_cite(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Copy a note with its reference: one's own, and those for others that one may take home.
    What can be read can be written down; nothing here helps with it where the group doesn't."""
    if annotation.creator_id == user.pk:
        return True
    reading, audience = annotation.reading, annotation.audience
    for_others = audience in (Audience.GROUP, Audience.CIRCLE) and annotation.is_published
    return for_others and reading is not None and can_export(membership, reading.group)


def can_archive(membership: Membership | None) -> bool:
    """Everything there is, names and what waits included."""
    return is_leader(membership)


def can_import(membership: Membership | None) -> bool:
    """Bring notes of others into a group."""
    return is_leader(membership)


def require_importing(user: User, group: StudyGroup | None) -> Membership | None:
    """Whoever brings notes into a group leads it; without one they begin it. Their membership, or
    a refusal."""
    if group is None:
        require(can_create_group(user), _("Sign in to start a group."))
        return None
    membership = membership_of(user, group)
    require(can_import(membership), _("Only the group’s leaders bring notes in."))
    return membership


def can_resolve(membership: Membership | None, root: Annotation) -> bool:
    """Leaders, and whoever began a thread, say that it is finished, and what came of it; also
    once a reading is closed."""
    if not root.is_root or root.reading is None or root.state not in PUBLISHED:
        return False
    mine = membership is not None and root.creator_id == membership.user_id
    return is_leader(membership) or (mine and can_write(membership))


def can_endorse(user: User, membership: Membership | None, annotation: Annotation) -> bool:
    """Whoever reads in the group may wonder, too, about what another said for others there."""
    shared = annotation.reading_id is not None and annotation.state in PUBLISHED
    of_another = membership is not None and annotation.creator_id != user.pk
    return shared and of_another and bool(annotation.body)


def can_ask_purge(membership: Membership | None, annotation: Annotation) -> bool:
    """Owners ask that a note of their group be erased."""
    return (
        is_owner(membership)
        and annotation.reading_id is not None
        and annotation.state != State.PURGED
    )


def can_purge(user: User, annotation: Annotation) -> bool:
    """Erasing for good is the site administrator's alone."""
    return user.is_active and user.is_superuser and annotation.state != State.PURGED


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
