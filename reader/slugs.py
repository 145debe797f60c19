import secrets

from django.db import models
from django.utils.text import slugify

# Crockford's base 32: no letter that is taken for a digit.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
RESERVED = {"new"}


def free_slug(model: type[models.Model], name: str, *, fallback: str) -> str:
    """A slug that no row has: the name's, or with a short random tail where that is taken."""
    stem = slugify(name)[:50].strip("-") or fallback
    slug = stem
    while slug in RESERVED or model._default_manager.filter(slug=slug).exists():
        slug = f"{stem}-{random_key(5)}"
    return slug


def random_key(length: int = 10) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
