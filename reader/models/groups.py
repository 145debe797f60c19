import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.enums import (
    Bylines,
    Exporting,
    Joining,
    NewcomersRead,
    Preset,
    Readable,
    Reveal,
    Role,
    Standing,
    TakenHome,
)
from reader.presets import Policy
from reader.querysets import (
    InvitationQuerySet,
    JoinRequestQuerySet,
    MembershipQuerySet,
    StudyGroupQuerySet,
)


class StudyGroup(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    rules = models.TextField(_("rules"), blank=True, max_length=4000)
    language = models.CharField(_("language"), max_length=12, default="en")
    preset = models.CharField(max_length=12, choices=Preset, default=Preset.CIRCLE)
    joining = models.CharField(
        _("joining"), max_length=12, choices=Joining, default=Joining.INVITATION
    )
    joining_question = models.CharField(_("question to newcomers"), max_length=300, blank=True)
    approves_links = models.BooleanField(_("a link asks the leaders first"), default=False)
    readable_by = models.CharField(
        _("readable by"), max_length=8, choices=Readable, default=Readable.MEMBERS
    )
    # Whether every member's note waits for a moderator.
    premoderates = models.BooleanField(_("everything waits for a moderator"), default=False)
    # How many notes of a new member wait for a moderator.
    holds_first = models.PositiveSmallIntegerField(_("first notes that wait"), default=0)
    newcomers_read = models.CharField(
        _("newcomers read"), max_length=12, choices=NewcomersRead, default=NewcomersRead.EVERYTHING
    )
    # What a new reading starts with; each reading has its own.
    reveal = models.CharField(
        _("others’ notes are seen"), max_length=16, choices=Reveal, default=Reveal.AT_ONCE
    )
    reveal_after = models.PositiveSmallIntegerField(default=1)
    bylines = models.CharField(
        _("people appear under"), max_length=10, choices=Bylines, default=Bylines.NAMES
    )
    exporting = models.CharField(
        _("notes are taken home by"), max_length=8, choices=Exporting, default=Exporting.MEMBERS
    )
    # Whether a note is hidden, until somebody decides, once several members have reported it.
    hides_reported = models.BooleanField(_("reported notes are hidden at once"), default=False)
    # Whether members read what was decided, without names and words.
    log_is_open = models.BooleanField(_("members see what was decided"), default=True)
    mails_quote = models.BooleanField(_("mails carry people’s words"), default=True)
    # When everything goes, and who asked for it; until then an owner can take it back.
    erase_at = models.DateTimeField(null=True, blank=True)
    erase_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Raised whenever a name shown in this group changes; rendered fragments carry it in their key.
    names_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = StudyGroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="group_reveals_after_some", condition=models.Q(reveal_after__gte=1)
            ),
            models.CheckConstraint(
                name="group_erasure_who_and_when",
                condition=models.Q(erase_at=None, erase_asked_by=None)
                | models.Q(erase_at__isnull=False, erase_asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("group", args=[self.slug])

    @property
    def policy(self) -> Policy:
        return Policy(**{name: getattr(self, name) for name in Policy.__dataclass_fields__})


class Membership(models.Model):
    """A person's part in a group. Leaving sets `left_at`; the row, and its notes' byline, stay."""

    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.ACTIVE)
    standing_until = models.DateTimeField(null=True, blank=True)
    # What the person is told about it.
    standing_sentence = models.TextField(blank=True, max_length=1000)
    # A newcomer may be limited to what is written from this moment on.
    reads_from = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    # When they said that they have read how the group talks.
    agreed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # Who was removed comes back only by an invitation made since.
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Of who has left: their notes here stand under "former member".
    nameless = models.BooleanField(default=False)
    # Of a site administrator who stepped in: until then, and as what they are in the group
    # afterwards; "" is not at all.
    ends_at = models.DateTimeField(null=True, blank=True)
    role_after = models.CharField(max_length=12, choices=Role, blank=True)
    # Who this is in whatever leaves the group, and comes back.
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    taken_home_as = models.CharField(
        _("in what others take home"),
        max_length=10,
        choices=TakenHome,
        default=TakenHome.SHOWN,
    )
    # Whether they want to be named among the readers at the end of an annotated edition.
    in_colophon = models.BooleanField(_("named among the readers"), default=False)
    # Of a guest: the member who is asked whether they wrote this.
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="one_membership_per_group"),
            models.UniqueConstraint(fields=["group", "uuid"], name="one_membership_per_uuid"),
            models.CheckConstraint(
                name="only_who_left_is_nameless_or_removed",
                condition=models.Q(left_at__isnull=False)
                | models.Q(nameless=False, removed_by=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}: {self.role}"


class InvitationBatch(models.Model):
    """Addresses that are invited in the background; they are wiped as that goes on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="batches")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.MEMBER)
    # Where the invitations lead; empty for the group's home.
    path = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # [[line number, what stands there, address], …] still to be invited.
    waiting = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    invited = models.PositiveIntegerField(default=0)
    # [[line number, what stands there, why it wasn't invited], …]
    skipped = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.total} into {self.group_id}"


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
    # A short code to be typed in, as from a blackboard, instead of a link.
    is_code = models.BooleanField(default=False)
    # Whom it was mailed to; "" where it is passed on by hand.
    email = models.EmailField(blank=True)
    batch = models.ForeignKey(
        InvitationBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    # The page of this site that it leads to; "" for the group's home.
    path = models.CharField(max_length=300, blank=True)
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


class JoinRequest(models.Model):
    """Somebody asks to be let in: at a group that takes requests, by a link that needs approval,
    or with a link that is dead. Who has no account yet leaves a name and an address."""

    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    # The link they came by.
    invitation = models.ForeignKey(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted = models.BooleanField(default=False)

    objects: ClassVar = JoinRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "user"],
                condition=models.Q(decided_at=None, user__isnull=False),
                name="one_waiting_request_each",
            ),
            models.UniqueConstraint(
                fields=["group", "email"],
                condition=models.Q(decided_at=None, user=None),
                name="one_waiting_request_per_address",
            ),
            models.CheckConstraint(
                name="request_decided_who_and_when",
                condition=models.Q(decided_at=None, decided_by=None, accepted=False)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="request_by_somebody",
                condition=models.Q(user__isnull=False) | ~models.Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'somebody'} into {self.group_id}"
