import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reader.actions import draft_article, publish
from reader.enums import Role
from reader.importing import FORMATS, ImportRefused, ParsedArticle, parse
from reader.models import Membership, StudyGroup


class Command(BaseCommand):
    help = "Make an article of a file, for a group to read; or only look at what would be made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--group", metavar="SLUG", help="the group that will read it")
        parser.add_argument("--format", choices=[known.name for known in FORMATS])
        parser.add_argument("--dry-run", action="store_true", help="write nothing")
        parser.add_argument("--json", action="store_true", help="print the parsed article")

    def handle(self, *args: Any, **options: Any) -> None:
        parsed = _parsed(options["file"], options["format"])
        if options["json"]:
            self.stdout.write(json.dumps(parsed.to_json(), ensure_ascii=False, indent=2))
        if options["dry_run"]:
            if not options["json"]:
                self.stdout.write(f"{parsed.title}: {len(parsed.blocks)} blocks")
            return
        group, owner = _group(options["group"])
        draft = draft_article(by=owner, group=group, parsed=parsed)
        reading = publish(by=owner, draft=draft)
        self.stderr.write(f"{parsed.title} is at {reading.get_absolute_url()}")


def _parsed(file: str, format: str | None) -> ParsedArticle:
    try:
        return parse(Path(file).read_bytes(), filename=Path(file).name, format=format)
    except OSError as failed:
        raise CommandError(f"{file} can't be read: {failed.strerror}.") from failed
    except ImportRefused as refused:
        raise CommandError(f"{file}: {refused}") from refused


def _group(slug: str | None) -> tuple[StudyGroup, Any]:
    if not slug:
        raise CommandError("Say which group reads it: --group SLUG (or --dry-run).")
    owner = (
        Membership.objects.current()
        .filter(group__slug=slug, role=Role.OWNER)
        .select_related("group", "user")
        .first()
    )
    if owner is None:
        raise CommandError(f"There is no group {slug!r}.")
    return owner.group, owner.user
