"""Choices that say what they mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise


class Explained(forms.RadioSelect):
    """Each choice with a sentence below it, by its value; those that are `shut` stand there and
    can't be taken."""

    def __init__(
        self, sentences: Mapping[str, str | Promise], *, shut: Collection[str] = ()
    ) -> None:
        super().__init__()
        self.sentences, self.shut = sentences, shut

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["sentence"] = self.sentences.get(value, "")
        if value in self.shut:
            option["attrs"]["disabled"] = True
        return option
