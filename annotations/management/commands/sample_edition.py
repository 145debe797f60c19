from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotations.demo.edition import sample_edition


class Command(BaseCommand):
    help = "Write what the sample group takes home, the same every time; needs no database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        file.write_bytes(sample_edition())
