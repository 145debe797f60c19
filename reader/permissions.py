"""What a person may do, as questions. Who may see what is in querysets."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from reader.enums import LEADERS, NO_WRITING, Role, Standing
from reader.models import Membership, StudyGroup, User
from reader.querysets import Viewer


def require(allowed: bool, sentence: str) -> None:
    """Stop here with a sentence for the reader unless `allowed`."""
    if not allowed:
        raise PermissionDenied(sentence)


def membership_of(user: Viewer, group: StudyGroup) -> Membership | None:
    """A person's membership in a group they may come into; None for everybody else."""
    return Membership.objects.with_access().of(user).filter(group=group).first()


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


def can_edit_group(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_invite(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_invite_as(membership: Membership | None, role: str) -> bool:
    """Leaders invite members; only an owner makes moderators, and nobody owners by a link."""
    if role == Role.OWNER:
        return False
    if role == Role.MODERATOR:
        return membership is not None and membership.role == Role.OWNER
    return can_invite(membership)


def can_add_article(membership: Membership | None) -> bool:
    return is_leader(membership)


def can_claim_site(user: User) -> bool:
    return user.is_active and not User.objects.filter(is_superuser=True).exists()
