from typing import Any

from django.core.management.base import BaseCommand

from reader.clock import run_due


class Command(BaseCommand):
    help = "Run the clock's jobs that are due, as the worker does every 15 seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        for name in run_due():
            self.stdout.write(name)
