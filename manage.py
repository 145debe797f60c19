#!/usr/bin/env python
"""Catena's command line."""

import os
import sys


def main() -> None:
    if sys.version_info < (3, 12):
        have = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Catena needs Python 3.12 or newer; this is {have}. `make setup` finds one.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit("Catena's packages are not installed in this Python: run `make setup` first.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        sys.exit(str(wrong))


if __name__ == "__main__":
    main()
