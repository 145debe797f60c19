from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.enums import TextSize, Theme


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, *, name: str = "", **fields: object
    ) -> "User":
        if not email:
            raise ValueError("An account needs an email address.")
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, *, name: str = "", **fields: object
    ) -> "User":
        return self.create_user(
            email, password, name=name, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Accounts are anonymised, never deleted: what people wrote points here."""

    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    # "" follows the site's.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    anonymised_at = models.DateTimeField(null=True, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    text_size = models.PositiveSmallIntegerField(
        _("text size"), choices=TextSize, default=TextSize.MEDIUM
    )
    # Somebody who wrote elsewhere what was brought into this group: a name, and no way in.
    guest_in = models.ForeignKey(
        "reader.StudyGroup", null=True, blank=True, on_delete=models.PROTECT, related_name="guests"
    )
    # When the oldest message in the app that they haven't seen shows.
    message_at = models.DateTimeField(null=True, blank=True)
    # No mail about what waits for a moderator leaves between these, in their own time zone.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="quiet_from_and_until",
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_messages(self) -> bool:
        """Whether a message shows that they haven't seen."""
        return self.message_at is not None and self.message_at <= timezone.now()

    @property
    def zone(self) -> ZoneInfo | None:
        """Their time zone; None for the site's own, also where this machine doesn't know theirs
        any more."""
        try:
            return ZoneInfo(self.time_zone) if self.time_zone else None
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class SiteClaim(models.Model):
    """The one-time token with which the first owner takes over a new site. Stored hashed."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="site_claim_who_and_when",
                condition=models.Q(claimed_by=None, claimed_at=None)
                | (models.Q(claimed_by__isnull=False) & models.Q(claimed_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return "claimed" if self.claimed_at else "open"


class SignInLink(models.Model):
    """A one-time way in that a leader makes for a member where no mail is sent. Stored hashed."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    # When the person, having signed in by themselves, was told that it was made and used.
    told_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"for {self.user_id} until {self.expires_at:%Y-%m-%d %H:%M}"


class Bucket(models.Model):
    """How often something was done in a stretch of time; reader.limits counts here."""

    key = models.CharField(max_length=120, unique=True)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
