"""What must hold of every model, also of those to come."""

from typing import Any

from django.apps import apps
from django.db import models

OURS = {"annotations", "reader"}
# Rows that say nothing but how a person signs in, or what they may administer, and go with them.
OF_THE_ACCOUNT = {
    "account.EmailAddress.user",
    "account.EmailConfirmation.email_address",
    "auth.Permission.content_type",
}


def relations() -> dict[str, Any]:
    """Every foreign key, by label; those of the tables that join a many-to-many apart."""
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
    }


def test_nothing_that_people_wrote_goes_with_something_else() -> None:
    kinds = {label: field.remote_field.on_delete for label, field in relations().items()}
    assert {label for label, kind in kinds.items() if kind is not models.PROTECT} == OF_THE_ACCOUNT
    assert {label for label in kinds if label.partition(".")[0] in OURS} & OF_THE_ACCOUNT == set()


def test_tables_that_join_hold_nothing_but_who_belongs() -> None:
    """They are made by Django and cascade: a circle's members, a person's permissions."""
    fields: list[Any] = [field for model in apps.get_models() for field in model._meta.many_to_many]
    joins = {field.remote_field.through._meta.label for field in fields}
    assert joins == {
        "reader.Circle_members",
        "reader.User_groups",
        "reader.User_user_permissions",
        "auth.Group_permissions",
    }
