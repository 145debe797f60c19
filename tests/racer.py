"""What a process that races has loaded before it begins."""

import django

django.setup()

import tests.cast  # noqa: E402, F401  models, once they can be imported
