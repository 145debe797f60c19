from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.enums import Joining, Readable, Role, Standing
from reader.querysets import InvitationQuerySet, MembershipQuerySet, StudyGroupQuerySet


class StudyGroup(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    rules = models.TextField(_("rules"), blank=True, max_length=4000)
    language = models.CharField(_("language"), max_length=12, default="en")
    joining = models.CharField(
        _("joining"), max_length=12, choices=Joining, default=Joining.INVITATION
    )
    readable_by = models.CharField(
        _("readable by"), max_length=8, choices=Readable, default=Readable.MEMBERS
    )
    # Raised whenever a name shown in this group changes; rendered fragments carry it in their key.
    names_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = StudyGroupQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("group", args=[self.slug])


class Membership(models.Model):
    """A person's part in a group. Leaving sets `left_at`; the row, and its notes' byline, stay."""

    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.ACTIVE)
    standing_until = models.DateTimeField(null=True, blank=True)
    # A newcomer may be limited to what is written from this moment on.
    reads_from = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="one_membership_per_group")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}: {self.role}"


class Invitation(models.Model):
    """A link into a group. The token itself is shown once and stored only as its SHA-256."""

    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    max_uses = models.PositiveIntegerField(_("uses at most"), null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_not_overused",
                condition=models.Q(max_uses=None) | models.Q(uses__lte=models.F("max_uses")),
            )
        ]

    def __str__(self) -> str:
        return f"into {self.group_id} until {self.expires_at:%Y-%m-%d}"
