"""What a group's pages for taking notes home do, without a browser."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict

from annotations.enums import Category, ExportFormat, Motivation, Naming
from annotations.exporting.asking import filters_of
from annotations.exporting.gathering import everything
from annotations.exporting.making import make
from annotations.exporting.scope import Scope
from annotations.exporting.writing import CannotWrite
from annotations.forms.exporting import ExportForm
from annotations.management.acting import acting_in, group_named
from reader.models import Reading

FLAGS = {
    "mine": "only the notes of whoever takes them home",
    "alone": "without the rest of their threads",
    "no_text": "without the article's text",
    "private": "also what only this person reads",
    "leaders": "also what only leaders read, marked",
}
LISTS = {"category": Category.values, "motivation": Motivation.values, "tag": None, "people": None}


class Command(BaseCommand):
    help = "Take a group's notes home, as what its owner may take."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("group", metavar="GROUP", help="a group's slug")
        parser.add_argument("--article", metavar="SLUG", help="one of its readings alone")
        parser.add_argument("--format", choices=ExportFormat.values, required=True)
        parser.add_argument("--output", metavar="FILE", help="- for standard output")
        parser.add_argument("--by", metavar="EMAIL", help="whose eyes; the owner's by default")
        parser.add_argument("--naming", choices=Naming.values, default=Naming.SHOWN)
        for name, explained in FLAGS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=explained)
        for name, choices in LISTS.items():
            parser.add_argument(f"--{name}", action="append", default=[], choices=choices)
        parser.add_argument("--circle", default="", metavar="NAME")
        parser.add_argument("--since", default="", metavar="YYYY-MM-DD")
        parser.add_argument("--until", default="", metavar="YYYY-MM-DD")
        parser.add_argument("--resolved", choices=["yes", "no"], default="")
        parser.add_argument("--detached", choices=["yes", "no"], default="")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = _scope(options)
        query = _query(options)
        form = ExportForm(query, scope=scope, everything=everything(scope, filters_of(query)))
        if not form.is_valid():
            wrong = form.errors.get_json_data()
            said = (f"{name}: {each['message']}" for name, some in wrong.items() for each in some)
            raise CommandError(" ".join(said))
        try:
            made = make(scope, filters_of(query), options["format"])
        except (CannotWrite, PermissionDenied) as why:
            raise CommandError(str(why)) from why
        with made.file:
            if options["output"] == "-":
                shutil.copyfileobj(made.file, sys.stdout.buffer)
                return
            path = Path(options["output"] or made.filename)
            with path.open("wb") as out:
                shutil.copyfileobj(made.file, out)
        self.stderr.write(f"{path} is written.")


def _scope(options: dict[str, Any]) -> Scope:
    group = group_named(options["group"])
    by = acting_in(group, options["by"])
    reading = None
    if options["article"]:
        found = Reading.objects.visible_to(by).with_titles()
        reading = found.at(group.slug, options["article"]).first()
        if reading is None:
            raise CommandError(f"{group.name} reads no article {options['article']!r}.")
    return Scope(by, group, reading)


def _query(options: dict[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name in ("format", "naming", "circle", "since", "until", "resolved", "detached"):
        query[name] = options[name]
    for name in FLAGS:
        if options[name]:
            query[name] = "on"
    for name in LISTS:
        query.setlist(name, options[name])
    return query
