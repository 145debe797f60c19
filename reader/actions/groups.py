from django.db import transaction
from django.utils.translation import gettext as _

from reader.enums import Role
from reader.models import Membership, StudyGroup, User
from reader.permissions import (
    can_create_group,
    can_edit_group,
    membership_of,
    require,
)
from reader.slugs import free_slug


@transaction.atomic
def create_group(
    *, by: User, name: str, description: str = "", rules: str = "", language: str = "en"
) -> StudyGroup:
    """A new group with its creator as owner."""
    require(can_create_group(by), _("Sign in to start a group."))
    group = StudyGroup(
        name=name,
        description=description,
        rules=rules,
        language=language,
        slug=free_slug(StudyGroup, name, fallback="group"),
    )
    group.full_clean()
    group.save()
    Membership.objects.create(group=group, user=by, role=Role.OWNER)
    return group


@transaction.atomic
def edit_group(
    *, by: User, group: StudyGroup, name: str, description: str, rules: str
) -> StudyGroup:
    require(can_edit_group(membership_of(by, group)), _("Only the group's leaders change this."))
    group.name, group.description, group.rules = name, description, rules
    group.full_clean()
    group.save(update_fields=["name", "description", "rules"])
    return group
