"""What the clock does with notes."""

import logging
from datetime import timedelta

from django.utils import timezone

from annotations.actions import erase_group
from reader.clock import every
from reader.models import StudyGroup

log = logging.getLogger("catena.clock")


@every(timedelta(hours=1), "erasing")
def _erase_groups() -> None:
    """Whatever one group meets, the others are erased."""
    for group in StudyGroup.objects.due_for_erasing(timezone.now()):
        try:
            erase_group(group)
        except Exception:
            log.exception("%s is not erased yet; it will be tried again", group.slug)
