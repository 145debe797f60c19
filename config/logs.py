"""Log lines without the secrets that stand in addresses."""

import logging
import re

# The part after these words lets whoever reads it in: invitations, claims, allauth's mailed links.
SECRETS = re.compile(r"(/(?:join|claim|confirm-email|reset/key)/)[^/\s?]+")


class Discreet(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(r"\1…", super().format(record))
