"""What follows here from what happens in reader."""

from typing import Any

from django.dispatch import receiver

from annotations.actions.following import follow
from reader.models import Article
from reader.signals import text_revised


@receiver(text_revised)
def _follow(sender: type[Article], article: Article, **_kwargs: Any) -> None:
    follow(article)
