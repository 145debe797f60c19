"""What the clock does with notes."""

import logging
from datetime import timedelta

from django.utils import timezone

from annotations.actions import erase_group
from annotations.exporting import making
from annotations.importing.arriving import forget_old as forget_old_imports
from annotations.moderation.locking import open_what_was_paused
from annotations.moderation.purging import forget_old_notices, wipe_traces, wipe_withdrawn
from annotations.moderation.stepping_in import give_back
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


@every(timedelta(minutes=1), "pauses")
def _open_what_was_paused() -> None:
    open_what_was_paused()


@every(timedelta(minutes=1), "stepping in")
def _end_stepping_in() -> None:
    give_back()


@every(timedelta(minutes=1), "withdrawn")
def _wipe_withdrawn() -> None:
    wipe_withdrawn()


@every(timedelta(days=1), "traces")
def _wipe_traces() -> None:
    """Of deleted notes that have no words of their own left: tags, earlier words, reports."""
    wipe_traces()


@every(timedelta(days=1), "notices")
def _forget_notices() -> None:
    forget_old_notices()


@every(timedelta(minutes=1), "exports")
def _make_what_still_waits() -> None:
    making.take_up_stalled()


@every(timedelta(hours=1), "files")
def _forget_files() -> None:
    """Of what was taken home, and of what was brought in and never looked at to its end."""
    making.forget_old()
    forget_old_imports()
