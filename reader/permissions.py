"""What a person may do, as questions. Who may see what is in querysets."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.enums import INVITERS, LEADERS, NO_ACCESS, NO_WRITING, Joining, Role, Standing
from reader.models import Article, Invitation, Membership, Reading, StudyGroup, User
from reader.querysets import Viewer


def require(allowed: bool, sentence: str) -> None:
    """Stop here with a sentence for the reader unless `allowed`."""
    if not allowed:
        raise PermissionDenied(sentence)


def membership_of(user: Viewer, group: StudyGroup) -> Membership | None:
    """A person's membership in a group they may come into; None for everybody else."""
    return Membership.objects.with_access().of(user).filter(group=group).first()


def known_in(user: Viewer, group: StudyGroup) -> Membership | None:
    """A person's membership, also one that is over or shut."""
    return Membership.objects.of(user).filter(group=group).first()


def is_leader(membership: Membership | None) -> bool:
    return membership is not None and membership.role in LEADERS


def standing_now(membership: Membership) -> str:
    """The standing that holds at this moment: one with an end in the past is over."""
    ended = membership.standing_until is not None and membership.standing_until <= timezone.now()
    return Standing.ACTIVE if ended else membership.standing


def can_write(membership: Membership | None) -> bool:
    """Whether a person may add words to their group at all."""
    return (
        membership is not None
        and membership.role != Role.OBSERVER
        and standing_now(membership) not in NO_WRITING
    )


def can_create_group(user: Viewer) -> bool:
    return user.is_authenticated


def can_see_people(membership: Membership | None) -> bool:
    """Who belongs to a group is for the group, also where everybody may read along."""
    return membership is not None


def can_mark_seen(membership: Membership | None) -> bool:
    """What somebody has seen is kept for the group's members."""
    return membership is not None


def can_edit_group(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_invite(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_invite_as(membership: Membership | None, role: str) -> bool:
    """Leaders invite members; only an owner makes moderators, and nobody owners by a link."""
    return membership is not None and membership.role in INVITERS.get(role, ())


def can_come_back(membership: Membership, named_at: datetime | None) -> bool:
    """Whether somebody who was in the group may be let in by what its leaders made at that time,
    an invitation or a yes; None where they come by themselves."""
    if standing_now(membership) in NO_ACCESS:
        return False
    removed_at = membership.left_at if membership.removed_by_id is not None else None
    return removed_at is None or (named_at is not None and named_at > removed_at)


def can_join(group: StudyGroup, known: Membership | None) -> bool:
    """Whether somebody comes into an open group by themselves; who was removed asks first."""
    return group.joining == Joining.OPEN and (known is None or can_come_back(known, None))


def asks_first(invitation: Invitation, known: Membership | None) -> bool:
    """Whether the leaders have a say once more: they have named whom they mailed it to. Whoever
    has left since it was made is asked about anew, lest they leave in order not to be removed."""
    left_at = known.left_at if known is not None else None
    if left_at is not None and invitation.created_at <= left_at:
        return True
    return invitation.group.approves_links and not invitation.email


def can_decide_requests(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_issue_sign_in_link(by: User, member: User) -> bool:
    """Where no mail leaves: for people who are nothing more, in any group, than somebody whom one
    leads there. Whoever holds such a link sees all that the person sees."""
    if settings.CATENA_SENDS_MAIL or not member.is_active or by.pk == member.pk:
        return False
    if member.is_staff or member.is_superuser:
        return False
    theirs = Membership.objects.current().of(member)
    led = theirs if by.is_superuser else theirs.under(by)
    return 0 < theirs.count() == led.count()


def can_add_article(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_correct(user: Viewer, article: Article) -> bool:
    """The leaders of the group that an article's text belongs to, and nobody else."""
    return article.steward is not None and is_leader(membership_of(user, article.steward))


def can_take_copy(membership: Membership | None, reading: Reading) -> bool:
    """Leaders of a group that reads another's text, or one that is nobody's any more."""
    return is_leader(membership) and reading.article.steward_id != reading.group_id


def require_correcting(user: Viewer, article: Article) -> None:
    """The same, or a refusal."""
    allowed = can_correct(user, article)
    require(allowed, _("Only the leaders of the group whose text this is correct it."))


def can_edit_reading(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_see_taking_part(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_show_names(reading: Reading) -> bool:
    """Whoever was given a pseudonym wrote, or may have written, on the strength of it."""
    return not reading.pseudonyms.exists()


def can_finish(membership: Membership | None) -> bool:
    return membership is not None


def can_claim_site(user: User) -> bool:
    return user.is_active and not User.objects.filter(is_superuser=True).exists()


def is_owner(membership: Membership | None) -> bool:
    return membership is not None and membership.role == Role.OWNER


def can_copy_group(membership: Membership | None) -> bool:
    """Begin it anew for the next term."""
    return is_leader(membership)


def can_see_policy(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_change_policy(membership: Membership | None) -> bool:
    return is_owner(membership)


def can_open_to_public(group: StudyGroup) -> bool:
    """Only before anything could be written there for its members alone."""
    return not group.readings.exists()


def can_erase(membership: Membership | None) -> bool:
    return is_owner(membership)


def can_see_member(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_set_role(mine: Membership | None, theirs: Membership, role: str) -> bool:
    """Owners are made and unmade by handing over alone, and nobody changes their own role."""
    if mine is None or mine.pk == theirs.pk or Role.OWNER in {theirs.role, role}:
        return False
    return mine.role == Role.OWNER or (
        mine.role == Role.MODERATOR and Role.MODERATOR not in {theirs.role, role}
    )


def roles_to_give(mine: Membership | None, theirs: Membership) -> list[Role]:
    return [role for role in Role if can_set_role(mine, theirs, role)]


def can_hand_over(mine: Membership | None, theirs: Membership) -> bool:
    """To anybody else who may come in."""
    return (
        mine is not None
        and is_owner(mine)
        and mine.pk != theirs.pk
        and standing_now(theirs) not in NO_ACCESS
    )


def can_remove(mine: Membership | None, theirs: Membership) -> bool:
    if mine is None or mine.pk == theirs.pk:
        return False
    return mine.role == Role.OWNER or (mine.role == Role.MODERATOR and theirs.role not in LEADERS)


def can_leave(membership: Membership | None) -> bool:
    """A group always has an owner who may come in."""
    if membership is None or membership.role != Role.OWNER:
        return membership is not None
    owners = Membership.objects.with_access().filter(group=membership.group_id, role=Role.OWNER)
    return owners.exclude(pk=membership.pk).exists()
