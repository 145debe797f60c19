"""What every page shows around its content."""

from django.http import HttpRequest

from reader.enums import TextSize, Theme
from reader.querysets import Viewer


def page(request: HttpRequest) -> dict[str, object]:
    user: Viewer | None = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"theme": Theme.SYSTEM, "text_size": TextSize.MEDIUM}
    return {"theme": user.theme, "text_size": user.text_size}
