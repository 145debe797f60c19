"""How often something may be done in a stretch of time, counted in the database, so that several
processes count together. A row a key; a stretch begins with the first time."""

import ipaddress
import math
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from reader.models import Bucket

# The longest stretch that anybody counts in: older rows say nothing.
LONGEST = timedelta(days=1)


class TooMany(Exception):
    """Something was done too often; `seconds` from now it may be done again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@transaction.atomic
def taken(key: str, limit: int, per: timedelta, *, count: int = 1) -> bool:
    """Whether `count` more are within the limit; they are counted then, and only then."""
    now = timezone.now()
    rows = Bucket.objects.select_for_update()
    bucket, _new = rows.get_or_create(key=key, defaults={"began_at": now})
    if bucket.began_at <= now - per:
        bucket.began_at, bucket.count = now, 0
    if bucket.count + count > limit:
        return False
    bucket.count += count
    bucket.save(update_fields=["began_at", "count"])
    return True


def wait(key: str, limit: int, per: timedelta, *, count: int = 1) -> int:
    """For how many seconds `count` more are too many; 0 where they aren't."""
    full = Bucket.objects.filter(key=key, count__gt=limit - count).first()
    left = full.began_at + per - timezone.now() if full else timedelta()
    return max(0, math.ceil(left / timedelta(seconds=1)))


def require(key: str, limit: int, per: timedelta, *, count: int = 1) -> None:
    """Count `count` more, or stop here with TooMany."""
    if not taken(key, limit, per, count=count):
        raise TooMany(wait(key, limit, per, count=count) or int(per.total_seconds()))


def forget_old() -> None:
    Bucket.objects.filter(began_at__lt=timezone.now() - LONGEST).delete()


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or the /64 that an IPv6 client moves in freely."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
