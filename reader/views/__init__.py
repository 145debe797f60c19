"""Views: fetch what is visible, form, action, answer."""

from django.http import HttpRequest

from reader.models import User


def person(request: HttpRequest) -> User:
    """Who asks, in a view that only signed-in people reach."""
    assert request.user.is_authenticated  # noqa: S101  login_required has seen to it
    return request.user
