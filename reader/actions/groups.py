from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.enums import Preset, Readable, Role
from reader.models import Membership, StudyGroup, User
from reader.permissions import (
    can_change_policy,
    can_create_group,
    can_edit_group,
    can_erase,
    can_open_to_public,
    membership_of,
    require,
)
from reader.presets import PRESETS, Policy
from reader.slugs import free_slug

# How long an owner can take it back.
ERASED_AFTER = timedelta(days=7)


@transaction.atomic
def create_group(
    *,
    by: User,
    name: str,
    description: str = "",
    rules: str = "",
    language: str = "en",
    preset: str = Preset.CIRCLE,
) -> StudyGroup:
    """A new group with its creator as owner and a preset's policy."""
    require(can_create_group(by), _("Sign in to start a group."))
    group = StudyGroup(
        name=name,
        description=description,
        rules=rules,
        language=language,
        slug=free_slug(StudyGroup, name, fallback="group"),
        preset=preset,
        **asdict(PRESETS[Preset(preset)].policy),
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


@transaction.atomic
def set_policy(
    *,
    by: User,
    group: StudyGroup,
    policy: Policy,
    joining_question: str = "",
    preset: str | None = None,
) -> StudyGroup:
    """Change what holds from now on; readings and members that are there keep their own rules.

    `preset` is named where the policy was taken from another one.
    """
    require(can_change_policy(membership_of(by, group)), _("Only an owner changes these rules."))
    group = _locked(group)
    opens = policy.readable_by == Readable.PUBLIC != group.readable_by
    require(not opens or can_open_to_public(group), _("This group can't be opened to everybody."))
    columns = asdict(policy) | {"joining_question": joining_question}
    if preset is not None:
        columns["preset"] = preset
    for name, value in columns.items():
        setattr(group, name, value)
    group.full_clean()
    group.save(update_fields=list(columns))
    return group


@transaction.atomic
def ask_to_erase(*, by: User, group: StudyGroup) -> StudyGroup:
    """Name the day on which everything goes. Asking again doesn't put it off."""
    require(can_erase(membership_of(by, group)), _("Only an owner erases a group."))
    group = _locked(group)
    if group.erase_at is None:
        group.erase_at, group.erase_asked_by = timezone.now() + ERASED_AFTER, by
        group.save(update_fields=["erase_at", "erase_asked_by"])
    return group


@transaction.atomic
def keep_group(*, by: User, group: StudyGroup) -> StudyGroup:
    """Take back that it be erased."""
    require(can_erase(membership_of(by, group)), _("Only an owner keeps a group."))
    group = _locked(group)
    group.erase_at = group.erase_asked_by = None
    group.save(update_fields=["erase_at", "erase_asked_by"])
    return group


def _locked(group: StudyGroup) -> StudyGroup:
    """The group as it is now, and as it stays until this transaction ends; nor does it get
    another reading before that."""
    return StudyGroup.objects.select_for_update().get(pk=group.pk)
