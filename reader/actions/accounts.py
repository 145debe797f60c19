from datetime import time

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.models import SiteClaim, StudyGroup, User
from reader.permissions import can_claim_site, require
from reader.tokens import hash_token, new_token


def issue_claim() -> str | None:
    """A fresh token for the first owner, or None where the site has one already."""
    with transaction.atomic():
        if User.objects.filter(is_superuser=True).exists():
            return None
        SiteClaim.objects.filter(claimed_at=None).delete()
        token = new_token()
        SiteClaim.objects.create(token_hash=hash_token(token))
    return token


def open_claim(token: str) -> SiteClaim | None:
    return SiteClaim.objects.filter(token_hash=hash_token(token), claimed_at=None).first()


@transaction.atomic
def claim_site(*, by: User, token: str) -> SiteClaim | None:
    """Make `by` the site's administrator. None where the token is wrong or already used."""
    claim = (
        SiteClaim.objects.select_for_update()
        .filter(token_hash=hash_token(token), claimed_at=None)
        .first()
    )
    if claim is None:
        return None
    require(can_claim_site(by), _("This site has an owner already."))
    by.is_staff = by.is_superuser = True
    by.save(update_fields=["is_staff", "is_superuser"])
    claim.claimed_by, claim.claimed_at = by, timezone.now()
    claim.save(update_fields=["claimed_by", "claimed_at"])
    return claim


@transaction.atomic
def rename(*, by: User, name: str) -> User:
    """Change one's own name; every fragment that shows it is rendered anew."""
    if by.name != name:
        by.name = name
        by.full_clean(exclude=["password"])
        by.save(update_fields=["name"])
        groups = StudyGroup.objects.filter(pk__in=by.memberships.values("group_id"))
        # In one order, so that of two who share groups neither waits for both.
        list(groups.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        groups.update(names_epoch=F("names_epoch") + 1)
    return by


def set_profile(*, by: User, pronouns: str, time_zone: str, language: str) -> User:
    """`time_zone` is a name of zoneinfo's and `language` one of the site's, "" as the site."""
    by.pronouns, by.time_zone, by.language = pronouns, time_zone, language
    by.clean_fields(exclude=["password"])
    by.save(update_fields=["pronouns", "time_zone", "language"])
    return by


def set_quiet_hours(*, by: User, begin: time | None, end: time | None) -> User:
    """Between them, in the person's own time zone, no mail leaves about what can wait; None for
    both is no such hours."""
    by.quiet_from, by.quiet_until = begin, end
    by.save(update_fields=["quiet_from", "quiet_until"])
    return by


def set_reading_settings(*, by: User, theme: str, text_size: int) -> User:
    by.theme, by.text_size = theme, text_size
    by.clean_fields(exclude=["password"])
    by.save(update_fields=["theme", "text_size"])
    return by
