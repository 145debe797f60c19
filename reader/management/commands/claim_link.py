from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from reader.actions import issue_claim


class Command(BaseCommand):
    help = "Print the one-time address with which the first owner takes over this site."

    def handle(self, *args: Any, **options: Any) -> None:
        token = issue_claim()
        if token is None:
            self.stdout.write("This site has an owner already.")
        else:
            self.stdout.write(f"{settings.CATENA_URL}/claim/{token}/")
