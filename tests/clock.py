"""Time that passes in a test."""

from datetime import timedelta

import pytest
from django.utils import timezone


def pass_time(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """From here on it is later: `pass_time(monkeypatch, seconds=31)`."""
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(**by))
