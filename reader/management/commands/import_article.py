import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from reader.actions import draft_article, publish
from reader.enums import Role
from reader.importing import FORMATS, ImportRefused, ParsedArticle, parse
from reader.importing.decoding import MAX_BYTES
from reader.models import Membership, Reading, StudyGroup, User


class Command(BaseCommand):
    help = "Make an article of a file, for a group to read; or only look at what would be made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--group", metavar="SLUG", help="the group that will read it")
        parser.add_argument("--format", choices=[known.name for known in FORMATS])
        parser.add_argument("--dry-run", action="store_true", help="write nothing")
        parser.add_argument("--json", action="store_true", help="print the parsed article")

    def handle(self, *args: Any, **options: Any) -> None:
        parsed = _parsed(Path(options["file"]), options["format"])
        if not options["dry_run"]:
            reading = _published(parsed, *_group(options["group"]))
            self.stderr.write(f"{parsed.title} is at {reading.get_absolute_url()}")
        elif not options["json"]:
            self.stdout.write(f"{parsed.title}: {len(parsed.blocks)} blocks")
        if options["json"]:
            self.stdout.write(json.dumps(parsed.to_json(), ensure_ascii=False, indent=2))


def _parsed(file: Path, format: str | None) -> ParsedArticle:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        return parse(data, filename=file.name, format=format)
    except OSError as failed:
        raise CommandError(f"{file} can't be read: {failed.strerror}.") from failed
    except ImportRefused as refused:
        raise CommandError(f"{file}: {refused}") from refused


@transaction.atomic
def _published(parsed: ParsedArticle, group: StudyGroup, owner: User) -> Reading:
    return publish(by=owner, draft=draft_article(by=owner, group=group, parsed=parsed))


def _group(slug: str | None) -> tuple[StudyGroup, User]:
    if not slug:
        raise CommandError("Say which group reads it: --group SLUG (or --dry-run).")
    owner = (
        Membership.objects.with_access()
        .filter(group__slug=slug, role=Role.OWNER)
        .select_related("group", "user")
        .first()
    )
    if owner is None:
        raise CommandError(f"There is no group {slug!r} with an owner.")
    return owner.group, owner.user
