"""Which state of something a form was filled in for: sent along, and asked for again."""

import hashlib
import json
from typing import Any


def state_of(data: Any) -> str:
    """A short name for exactly this; `data` is what JSON can hold."""
    written = json.dumps(data, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
