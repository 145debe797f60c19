import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from annotations import demo
from reader.importing import ImportRefused, parse
from reader.models import User


class Command(BaseCommand):
    help = "Make a sample group with six members, an article and a conversation about it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", help="read this article together instead of the sample")
        parser.add_argument("--password", help="for all six; a random one by default")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        parsed = self._parsed(file) if file else demo.sample_article()
        password = options["password"] or "-".join(secrets.token_hex(2) for _ in range(3))
        with transaction.atomic():
            people = self._people(password)
            group = demo.find_group()
            if group is None:
                group, people = demo.load_group(password)
            owner = next(iter(people.values()))
            reading = group.readings.filter(article__title=parsed.title).first()
            if reading is None:
                reading = demo.load_article(group, owner, parsed)
                if not file:
                    demo.load_notes(reading, people)
                    demo.load_moderation(reading, people)
        self._say_how_to_sign_in(f"{settings.CATENA_URL}{reading.get_absolute_url()}", password)

    def _parsed(self, file: str) -> Any:
        try:
            return parse(Path(file).read_bytes(), filename=Path(file).name)
        except OSError as failed:
            raise CommandError(f"{file} can't be read: {failed.strerror}.") from failed
        except ImportRefused as refused:
            raise CommandError(f"{file}: {refused}") from refused

    def _people(self, password: str) -> dict[str, User]:
        """The sample's members where they exist already, given this run's password."""
        people = {}
        for member in demo.conversation()["members"]:
            user = User.objects.filter(email=member["email"]).first()
            if user is not None:
                user.set_password(password)
                user.save(update_fields=["password"])
                people[member["key"]] = user
        return people

    def _say_how_to_sign_in(self, address: str, password: str) -> None:
        roles: dict[str, str] = {}
        for member in demo.conversation()["members"]:
            roles.setdefault(member["role"], member["email"])
        self.stdout.write(f"\nThe reading: {address}\nSign in with one of these:")
        for role, email in roles.items():
            self.stdout.write(f"  {role:<10} {email:<28} {password}")
        self.stdout.write("")
