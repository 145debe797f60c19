"""`python -m bench.bringing GROUP FILE`: bring notes into a group that has none of them."""

import json
import os
import sys
import time
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from annotations.importing.archives import restoring  # noqa: E402
from annotations.importing.arriving import parse  # noqa: E402
from annotations.importing.foreign import bringing  # noqa: E402
from annotations.management.acting import acting_in, group_named  # noqa: E402
from annotations.records import Archive  # noqa: E402
from bench.taking import told  # noqa: E402
from reader.actions import create_group  # noqa: E402
from reader.models import Reading  # noqa: E402


def main(slug: str, path: str) -> None:
    group = group_named(slug)
    owner = acting_in(group, None)
    began = time.process_time()
    with open(path, "rb") as file:
        parsed = parse(file, path)
    if isinstance(parsed, Archive):
        restoring.restore(by=owner, records=parsed, new_group_slug=uuid4().hex)
    else:
        bare = create_group(by=owner, name="Bare")
        article = group.readings.earliest("order").article
        reading = Reading.objects.create(group=bare, article=article)
        bringing.bring_in(by=owner, reading=reading, incoming=parsed)
    print(json.dumps(told(began)))


if __name__ == "__main__":
    main(*sys.argv[1:])
