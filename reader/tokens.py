"""One-time secrets that travel in links: 256 bits, shown once, stored as SHA-256.

A code is what can be typed in from a blackboard: 40 bits, so that its hash is keyed; a plain one
could be reversed by trying them all.
"""

import hashlib
import secrets

from django.utils.crypto import salted_hmac

# Crockford's base 32, which leaves out what is taken for something else.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans("OIL", "011")
CODE_LENGTH = 8


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    return _written("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))


def read_code(text: str) -> str:
    """A code as it is written, from what somebody typed; "" where it can't be one."""
    bare = "".join(text.split()).replace("-", "").replace("–", "")
    bare = bare.upper().translate(LOOK_ALIKES)
    return _written(bare) if len(bare) == CODE_LENGTH and set(bare) <= set(ALPHABET) else ""


def hash_code(code: str) -> str:
    return salted_hmac("reader.invitation", code, algorithm="sha256").hexdigest()


def hash_invitation(secret: str) -> str:
    """What an invitation's token or its code, however written, is kept as."""
    code = read_code(secret)
    return hash_code(code) if code else hash_token(secret)


def _written(bare: str) -> str:
    return f"{bare[:4]}-{bare[4:]}"
