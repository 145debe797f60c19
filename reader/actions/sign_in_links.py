from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reader.models import SignInLink, User
from reader.permissions import can_issue_sign_in_link, require
from reader.tokens import hash_token, new_token

GOOD_FOR = timedelta(days=1)


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
    """The link, as long as whoever made it might still make it: a member may have come into
    another group, or may lead one, since."""
    links = SignInLink.objects.filter(used_at=None, expires_at__gt=timezone.now())
    link = links.select_related("user", "created_by").filter(token_hash=hash_token(token)).first()
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
