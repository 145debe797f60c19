"""Log lines without the secrets that stand in addresses."""

import logging
import re

# The part after these words lets whoever reads it in: invitations, claims, links to sign in with,
# allauth's mailed links; also where they stand quoted in another address, as in ?next=.
SECRETS = re.compile(
    r"((?:/|%2f)(?:join|claim|sign-in|confirm-email|reset(?:/|%2f)key)(?:/|%2f))[^/\s?&%\"']+", re.I
)


class Discreet(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(r"\1…", super().format(record))
