"""A database of its own, in a process of its own: made, filled or restored into, and archived.

`python -m tests.annotations.importing.carrying build FILE` or `… restore FROM FILE`, with the
database in DATABASE_URL. Its tables are made from the models at once: what is asked here is what
rows become, and no migration changes that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django
from django.conf import settings

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402


def main(what: str, *files: str) -> None:
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    paths = [Path(name) for name in files]
    if what == "build":
        _build(*paths)
    else:
        _restore(*paths)


def _build(to: Path) -> None:
    from tests.annotations.importing.archived import archived, build

    full = build(3, 100, 1_000)
    to.write_bytes(archived(full.owner, full.group))


def _restore(source: Path, to: Path) -> None:
    from annotations.importing.archives.reading import read
    from annotations.importing.archives.restoring import restore
    from tests.annotations.importing.archived import archived
    from tests.cast import person

    with source.open("rb") as opened:
        found = read(opened)
    owner = person("Olive")
    made = restore(by=owner, records=found, me=str(found.header.exported_by))
    to.write_bytes(archived(owner, made.group))


if __name__ == "__main__":
    main(*sys.argv[1:])
