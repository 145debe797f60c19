"""One of everything that an address can name, and the people who ask for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range
from annotations.enums import State
from annotations.models import Annotation
from reader.actions import create_group, draft_article, invite, issue_claim
from reader.enums import Readable, Role, Standing, Status
from reader.forms import DraftForm
from reader.models import Membership, Paragraph, Reading, StudyGroup, User
from tests.cast import ARTICLE, Cast, assemble, client_of, join, person, read
from tests.permissions.table import ACTORS, Row

OUTSIDE = ("outsider", "administrator", "anonymous")


@dataclass(frozen=True)
class World:
    cast: Cast
    people: dict[str, User | None]
    clients: dict[str, Client]
    commons: Reading  # in a public group with the same people
    planned: Reading
    closed: Reading
    notes: dict[str, Annotation]
    own: dict[str, Annotation]
    tokens: dict[str, str]
    draft: UUID
    invitation: int

    def kwargs(self, row: Row, actor: str) -> dict[str, Any]:
        """What fills the blanks of the row's address."""
        if row.name in {"claim", "join"}:
            return {"token": self.tokens[row.of]}
        if row.name.startswith("note"):
            mine = self.own.get(actor, self.own["member"])
            return {"uuid": mine.uuid if "own" in row.of else self.notes[row.of].uuid}
        if row.name.startswith("import_d"):
            return {"pk": self.draft}
        reading = self.reading(row)
        blanks: dict[str, dict[str, Any]] = {
            "group": {"group": reading.group.slug},
            "people": {"group": reading.group.slug},
            "group_edit": {"group": reading.group.slug},
            "invitations": {"group": reading.group.slug},
            "import_new": {"group": reading.group.slug},
            "invitation_revoke": {"group": reading.group.slug, "pk": self.invitation},
            "reading": {"group": reading.group.slug, "article": reading.article.slug},
            "annotate": {"group": reading.group.slug, "article": reading.article.slug},
            "paragraph": {"key": first_of(reading).key},
            "paragraph_notes": {
                "group": reading.group.slug,
                "article": reading.article.slug,
                "key": first_of(reading).key,
            },
        }
        return blanks.get(row.name, {})

    def reading(self, row: Row) -> Reading:
        for word, reading in (
            ("public", self.commons),
            ("planned", self.planned),
            ("closed", self.closed),
        ):
            if word in row.of:
                return reading
        return self.cast.reading

    def address(self, row: Row, actor: str) -> str:
        path = reverse(row.name, kwargs=self.kwargs(row, actor))
        if row.name == "annotate":
            return f"{path}?start_key={first_of(self.reading(row)).key}"
        return path

    def data(self, row: Row) -> dict[str, Any]:
        """A form that is good, where the person may send it."""
        forms: dict[str, dict[str, Any]] = {
            "settings": {"name": "Someone", "theme": "paper", "text_size": "3"},
            "group_new": {"name": "Saturday circle"},
            "group_edit": {"name": "Wednesday circle"},
            "invitations": {"role": "member", "days": "7"},
            "import_new": {"text": "A title\n\nA paragraph of some words.\n\nAnd another one."},
            "import_draft": {"title": "A better title", "seen": DraftForm(parsed=ARTICLE).state},
            "annotate": {
                "motivation": "commenting",
                "audience": "group",
                "body": "Who says so?",
                "client_id": str(uuid4()),
                "start_key": first_of(self.reading(row)).key,
                "sentence": "whole",
            },
            "note_reply": {"body": "He does.", "client_id": str(uuid4())},
            "note_edit": {"body": "Better words.", "category": "rose"},
        }
        return forms.get(row.name, {})


def first_of(reading: Reading) -> Paragraph:
    found: Paragraph = reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    return found


def comment(by: User, reading: Reading, body: str, audience: str = "group") -> Annotation:
    first = first_of(reading)
    return actions.annotate(
        by=by,
        reading=reading,
        where=Range([first], 0, 8),
        motivation="commenting",
        audience=audience,
        body=body,
        client_id=uuid4(),
    )


def build() -> World:
    cast = assemble()
    people: dict[str, User | None] = {
        "owner": cast.owner,
        "moderator": cast.moderator,
        "member": cast.member,
        "newcomer": join(cast.group, "Nora"),
        "other circle": join(cast.group, "Oda"),
        "before the reveal": join(cast.group, "Bela"),
        "observer": cast.observer,
        "muted": join(cast.group, "Max"),
        "suspended": join(cast.group, "Susi"),
        "former": join(cast.group, "Fritz"),
        "outsider": cast.outsider,
        "administrator": person("Ada"),
        "anonymous": None,
    }
    commons = _commons(cast, people)
    Membership.objects.filter(user=cast.observer).update(role=Role.MEMBER)
    inside = [name for name in ACTORS if name not in OUTSIDE]
    own = {
        name: comment(user, cast.reading, f"Mine, says {name}.")
        for name in inside
        if (user := people[name])
    }
    _settle(people)
    EmailAddress.objects.create(user=cast.member, email=cast.member.email, verified=True)
    invitation, token = invite(by=cast.owner, group=cast.group)
    stale, dead = invite(by=cast.owner, group=cast.group)
    stale.expires_at = timezone.now() - timedelta(seconds=1)
    stale.save(update_fields=["expires_at"])
    return World(
        cast=cast,
        people=people,
        clients={name: client_of(user) for name, user in people.items()},
        commons=commons,
        planned=_other_reading(cast, "Of plans", Status.PLANNED),
        closed=_other_reading(cast, "Of closing", Status.CLOSED),
        notes=_notes(cast),
        own=own,
        tokens={
            "a link that works": token,
            "a dead link": dead,
            "a new site": issue_claim() or "",
            "a wrong token": "wrong",
        },
        draft=draft_article(by=cast.owner, group=cast.group, parsed=ARTICLE).pk,
        invitation=invitation.pk,
    )


def _commons(cast: Cast, people: dict[str, User | None]) -> Reading:
    public: StudyGroup = create_group(by=cast.owner, name="Commons")
    public.readable_by = Readable.PUBLIC
    public.save(update_fields=["readable_by"])
    roles = {"moderator": Role.MODERATOR, "observer": Role.OBSERVER}
    inside = [name for name in people if name not in OUTSIDE and name != "owner"]
    for name in inside:
        role = roles.get(name, Role.MEMBER)
        if user := people[name]:
            Membership.objects.create(group=public, user=user, role=role)
    return read(public, cast.owner)


def _settle(people: dict[str, User | None]) -> None:
    """What became of people after they had written something."""
    of = Membership.objects.exclude(role__in=[Role.OWNER, Role.MODERATOR])
    of.filter(user=people["observer"]).update(role=Role.OBSERVER)
    of.filter(user=people["muted"]).update(standing=Standing.MUTED)
    of.filter(user=people["suspended"]).update(standing=Standing.SUSPENDED)
    of.filter(user=people["former"]).update(left_at=timezone.now())


def _other_reading(cast: Cast, title: str, status: str) -> Reading:
    reading = read(cast.group, cast.owner, replace(ARTICLE, title=title))
    reading.status = status
    reading.save(update_fields=["status"])
    return reading


def _notes(cast: Cast) -> dict[str, Annotation]:
    other, reading = cast.other, cast.reading
    to_group = comment(other, reading, "Not an inch more.")
    pending = comment(other, reading, "Held words.")
    Annotation.objects.filter(pk=pending.pk).update(state=State.PENDING)
    locked = comment(other, reading, "Enough said.")
    Annotation.objects.filter(pk=locked.pk).update(
        locked_by=cast.moderator, locked_at=timezone.now()
    )
    withdrawn = actions.withdraw(by=other, annotation=comment(other, reading, "Never mind."))
    return {
        "": to_group,
        "another's": to_group,
        "to the leaders": comment(cast.moderator, reading, "For us.", "leaders"),
        "another's, private": comment(other, reading, "For me.", "private"),
        "a pending note": pending,
        "a withdrawn note": withdrawn,
        "a locked thread": locked,
    }


def rows_in_all_tables() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}
