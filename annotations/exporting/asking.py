"""What is chosen to be taken home, as a query string says it: the address of a page, an option of
a command, a row that waits for its file."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from annotations.enums import Category, Motivation, Naming
from annotations.exporting.notebook import Filters

EITHER: dict[str, bool | None] = {"": None, "yes": True, "no": False}


def filters_of(query: QueryDict | str) -> Filters:
    """What a query string chooses. What it says that means nothing chooses nothing."""
    asked = QueryDict(query) if isinstance(query, str) else query
    naming = asked.get("naming", "")
    return Filters(
        people=frozenset(filter(None, asked.getlist("people"))),
        categories=frozenset(asked.getlist("category")) & frozenset(Category.values),
        motivations=frozenset(asked.getlist("motivation")) & frozenset(Motivation.values),
        tags=frozenset(filter(None, asked.getlist("tag"))),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
        resolved=EITHER.get(asked.get("resolved", "")),
        detached=EITHER.get(asked.get("detached", "")),
        circle=asked.get("circle", ""),
        mine="mine" in asked,
        whole_threads="alone" not in asked,
        leaders="leaders" in asked,
        private="private" in asked,
        text="no_text" not in asked,
        naming=Naming(naming) if naming in Naming.values else Naming.SHOWN,
    )


def narrowed(query: str, allowed: Filters) -> str:
    """The same query string, with no more than was allowed when it was asked."""
    asked = QueryDict(query, mutable=True)
    flags = {
        "mine": allowed.mine, "alone": not allowed.whole_threads, "leaders": allowed.leaders,
    }  # fmt: skip
    for name, is_set in flags.items():
        asked.pop(name, None)
        if is_set:
            asked[name] = "on"
    return asked.urlencode()


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None
