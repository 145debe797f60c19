import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from reader.clock import run_due

TICK_SECONDS = 15
RETRY_SECONDS = 3
GRACE_SECONDS = 8
log = logging.getLogger("catena.worker")


class Command(BaseCommand):
    help = "Run background tasks and the clock, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-stdin-closes", action="store_true", help="end when the parent process does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_stdin_closes"]:
            _start(_end_with_parent)
        worker = Worker(
            queue_names=["*"],
            interval=1.0,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        _start(_tick)
        while worker.running:
            try:
                worker.run()
            except OperationalError as failed:  # a database that restarts comes back
                log.warning("The database doesn't answer: %s", failed)
                connections.close_all()
                time.sleep(RETRY_SECONDS)


def _start(run: Any) -> None:
    threading.Thread(target=run, name=run.__name__.strip("_"), daemon=True).start()


def _tick() -> None:
    while True:
        try:
            close_old_connections()
            run_due()
        except Exception:  # the clock goes on, whatever the database says
            log.exception("The clock missed a tick")
        time.sleep(TICK_SECONDS)


def _end_with_parent() -> None:
    """Standard input is the parent's pipe: it closes when the parent ends, however it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
