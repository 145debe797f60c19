from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.models import SignInLink, User
from reader.permissions import can_issue_sign_in_link, require
from reader.tokens import hash_token, new_token

GOOD_FOR = timedelta(days=1)
SIGNED_IN_FOR = timedelta(hours=12)
IN_SESSION = "sign_in_link"  # where a session that a link began keeps the link's pk


@transaction.atomic
def issue_sign_in_link(*, by: User, member: User) -> str:
    """The token with which a member signs in once; an earlier one becomes worthless."""
    allowed = can_issue_sign_in_link(by, member)
    require(allowed, _("You can't make a sign-in link for this person."))
    SignInLink.objects.filter(user=member, used_at=None).delete()
    token = new_token()
    SignInLink.objects.create(
        user=member,
        token_hash=hash_token(token),
        created_by=by,
        expires_at=timezone.now() + GOOD_FOR,
    )
    return token


def open_sign_in_link(token: str) -> SignInLink | None:
    """The link that this token belongs to, as long as it may be used."""
    return _rightful(token_hash=hash_token(token), used_at=None, expires_at__gt=timezone.now())


def keeps_signed_in(pk: int) -> bool:
    """Whether a session that this link began goes on."""
    return _rightful(pk=pk) is not None


def _rightful(**which: Any) -> SignInLink | None:
    """A link, as long as whoever made it might still make it: a member may have come into
    another group, or may lead one, since."""
    link = SignInLink.objects.select_related("user", "created_by").filter(**which).first()
    if link is None or not can_issue_sign_in_link(link.created_by, link.user):
        return None
    return link


@transaction.atomic
def use_sign_in_link(*, token: str) -> SignInLink | None:
    """Mark it used. None where it is dead; of two who come at once, for one of them."""
    link = open_sign_in_link(token)
    if link is None:
        return None
    now = timezone.now()
    if not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        return None
    link.used_at = now
    return link


@transaction.atomic
def tell_of_sign_in_links(*, by: User) -> list[SignInLink]:
    """The used links that somebody who has signed in by themselves wasn't told of; now they are."""
    links = SignInLink.objects.filter(user=by, used_at__isnull=False, told_at=None)
    untold = list(links.select_related("created_by").select_for_update(of=("self",)).order_by("pk"))
    if untold:
        SignInLink.objects.filter(pk__in=[link.pk for link in untold]).update(
            told_at=timezone.now()
        )
    return untold
