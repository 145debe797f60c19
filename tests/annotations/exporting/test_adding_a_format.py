"""The page that shows how a format is added: what it shows is short, and works."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from annotations import actions
from annotations.exporting.gathering import gather
from annotations.exporting.notebook import Filters
from annotations.exporting.scope import Scope
from tests.annotations.conftest import Write
from tests.annotations.exporting.notebooks import written
from tests.cast import Cast

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-format.md"


@pytest.fixture
def shown() -> str:
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return str(block)


def test_it_is_forty_lines_at_most(shown: str) -> None:
    assert len(shown.splitlines()) <= 40


def test_it_writes_a_real_notebook(cast: Cast, write: Write, shown: str) -> None:
    root = write(cast.member, "Is *that* so?", on=1, end=7)
    answer = write(cast.other, "Gone.", to=root)
    write(cast.moderator, "It is.\nI think.", to=answer)
    write(cast.owner, whole_article=True)
    write(cast.member, "Mine alone.", audience="private")
    write(cast.owner, "Between us.", audience="leaders")
    actions.withdraw(by=cast.other, annotation=answer)
    writer = ModuleType("plain_text")
    exec(compile(shown, str(PAGE), "exec"), writer.__dict__)
    made = gather(Scope(cast.owner, cast.group, cast.reading), Filters(leaders=True))
    assert written(writer, made).decode() == (
        "Of margins\n==========\n\n"
        "Of margins\n\n    Olga: (marked)\n\n"
        "“A mar” (paragraph 1)\n\n    Olga (For the leaders): Between us.\n\n"
        "“Whoever” (paragraph 2)\n\n"
        "    Mira: Is *that* so?\n\n"
        "        [Deleted by its author]\n\n"
        "            Moses: It is.\n            I think.\n\n"
    )
