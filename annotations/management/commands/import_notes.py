"""What the pages for bringing notes in do, without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotations.importing.archives import restoring
from annotations.importing.arriving import Parsed, parse
from annotations.importing.foreign import bringing
from annotations.importing.foreign.incoming import NotNotes
from annotations.importing.foreign.placing import Report
from annotations.management.acting import acting_in, person_with
from annotations.records import Archive, BadArchive
from reader.actions import TextMovedOn
from reader.models import Reading, StudyGroup, User


class Command(BaseCommand):
    help = (
        "Bring notes into a group: an archive, notes from Hypothesis, or Web Annotations. Where"
        " there is no group of that name, an archive begins it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--group", metavar="SLUG", required=True)
        parser.add_argument("--article", metavar="SLUG", help="what notes are about; no archive's")
        parser.add_argument("--by", metavar="EMAIL", help="who brings them; the owner by default")
        parser.add_argument("--me", default="", help="the id of the person in the file who is that")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be, and write nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = _done(options)
        except (BadArchive, NotNotes, PermissionDenied) as why:
            raise CommandError(f"{options['file']}: {why}") from why
        except TextMovedOn as moved:
            raise CommandError("The text was corrected meanwhile. Try again.") from moved
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(", ".join(f"{name}: {value}" for name, value in told.items()))


def _done(options: dict[str, Any]) -> dict[str, Any]:
    parsed = _parsed(Path(options["file"]))
    group: StudyGroup | None = StudyGroup.objects.filter(slug=options["group"]).first()
    by = _by(group, options["by"])
    if isinstance(parsed, Archive):
        return _restored(parsed, by, group, options)
    if group is None:
        raise CommandError(f"There is no group {options['group']!r}.")
    return _brought(parsed, by, _reading(by, group, options["article"]), options)


def _parsed(path: Path) -> Parsed:
    try:
        with path.open("rb") as file:
            return parse(file, path.name)
    except OSError as failed:
        raise CommandError(f"{path} can't be read: {failed.strerror}.") from failed


def _by(group: StudyGroup | None, email: str | None) -> User:
    if group is not None:
        return acting_in(group, email)
    if not email:
        raise CommandError("Say who will own the group: --by EMAIL.")
    return person_with(email)


def _reading(by: User, group: StudyGroup, slug: str | None) -> Reading:
    readings = Reading.objects.visible_to(by).with_titles().filter(group=group)
    found = readings.at(group.slug, slug).first() if slug else None
    if found is None:
        raise CommandError("Say which article the notes are about: --article SLUG.")
    return found


def _restored(
    archive: Archive, by: User, group: StudyGroup | None, options: dict[str, Any]
) -> dict[str, Any]:
    if options["dry_run"]:
        plan = restoring.plan(by=by, records=archive, group=group, me=options["me"])
        return {
            "notes": plan.new, "known": plan.known, "left_out": plan.left_out,
            "articles": sum(each.is_new for each in plan.articles), "guests": len(plan.guests),
        }  # fmt: skip
    made = restoring.restore(
        by=by, records=archive, group=group, new_group_slug=options["group"], me=options["me"]
    )
    return {
        "group": made.group.slug, "notes": made.notes, "known": made.known,
        "left_out": made.left_out, "articles": made.articles, "guests": made.guests,
    }  # fmt: skip


@transaction.atomic
def _brought(parsed: Any, by: User, reading: Reading, options: dict[str, Any]) -> dict[str, Any]:
    if options["dry_run"]:
        plan = bringing.plan(by=by, reading=reading, incoming=parsed, me=options["me"])
        return {**plan.counts, **_told(plan.report)}
    made = bringing.bring_in(by=by, reading=reading, incoming=parsed, me=options["me"])
    return {**made.counts, **_told(made.report)}


def _told(report: Report) -> dict[str, int]:
    return {state.value: count for state, count in report.counts.items()}
