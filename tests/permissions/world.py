"""One of everything that an address can name, and the people who ask for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations import actions
from annotations.actions import Range, guests
from annotations.enums import Actor, State, Verb
from annotations.exporting.archive import write
from annotations.exporting.writing import silent
from annotations.models import (
    Annotation,
    Case,
    Export,
    LogEntry,
    Mute,
    NotesImport,
    Reconsideration,
    Report,
    WordRule,
)
from annotations.moderation import decide
from reader.actions import (
    create_group,
    draft_article,
    invite,
    invite_by_code,
    issue_claim,
    issue_sign_in_link,
)
from reader.actions.correcting import as_parsed, draft_of, keep_draft
from reader.enums import Readable, Reveal, Role, Standing, Status
from reader.forms import DraftForm
from reader.forms.articles import AboutForm
from reader.models import (
    Circle,
    Correction,
    InvitationBatch,
    JoinRequest,
    Membership,
    Paragraph,
    Reading,
    StudyGroup,
    User,
)
from reader.states import state_of
from tests.cast import ARTICLE, Cast, assemble, client_of, join, person, read
from tests.moves import move
from tests.permissions.table import ACTORS, Row

OUTSIDE = ("outsider", "administrator", "anonymous")
OF_A_READING = (
    "reading_settings", "reading_move", "reading_finished", "circles", "circle_new",
    "circles_divide", "own_copy", "taking_part", "taking_part_csv", "private_notes", "reading",
    "need_a_look", "reading_seen", "annotate", "passage_cite", "meeting",
    "correct", "correct_about", "correct_discard", "correct_import", "correct_insert",
    "correct_rebase", "correction_preview", "texts", "reading_export",
)  # fmt: skip
OF_A_MEMBER = (
    "member", "member_hand_over", "member_notes", "member_remove", "member_standing",
    "sign_in_link_new",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    cast: Cast
    people: dict[str, User | None]
    clients: dict[str, Client]
    commons: Reading  # in a public group with the same people
    planned: Reading
    closed: Reading
    revealed_later: Reading  # after a note of one's own
    circled: Reading
    lent: Reading  # of a text that is another group's
    notes: dict[str, Annotation]
    own: dict[str, Annotation]
    private: dict[str, Annotation]
    tokens: dict[str, str]
    draft: UUID
    invitation: int
    batch: UUID
    request: int
    decisions: dict[str, int]
    reconsideration: int
    mute: int  # a member's
    export: UUID  # the owner's, as what follows
    notes_import: UUID
    archive: bytes  # of the owner's group
    word_rules: dict[str, int]
    guests: dict[str, int]

    def kwargs(self, row: Row, actor: str) -> dict[str, Any]:
        """What fills the blanks of the row's address."""
        if row.name == "sign_in_link":
            return {"token": self.tokens[f"{row.of}, to sign in"]}
        if row.name in {"claim", "join", "join_ask"}:
            return {"token": self.tokens[row.of]}
        if row.name in {"export", "export_file", "export_cancel"}:
            return {"pk": self.export}
        if row.name in {"notes_import", "notes_import_discard"}:
            return {"pk": self.notes_import}
        if row.name == "notes_import_new":
            return {"group": self.reading(row).group.slug}
        if row.name.startswith("note"):
            mine = self.own.get(actor, self.own["member"])
            is_own = row.of in {"one's own", "one's own, deleted"}
            return {"uuid": mine.uuid if is_own else self.notes[row.of].uuid}
        if row.name == "report_withdraw":
            return {"uuid": self.notes[row.of].uuid}
        if row.name == "decision_undo":
            made = LogEntry.objects.filter(actor=self.cast.owner).first()
            return {"pk": made.pk if made else 0}
        if row.name in {"decision", "decision_reconsider", "decision_reverse"}:
            return {"pk": self.decisions[row.of]}
        if row.name == "site_step_in":
            return {"slug": self.cast.group.slug}
        if row.name == "site_word_rule_drop":
            return {"pk": self.word_rules["the site's"]}
        if row.name in {"guest_offer", "guest_answer"}:
            return {"group": self.cast.group.slug, "pk": self.guests[row.of]}
        if row.name == "mute_end":
            return {"pk": self.mute}
        if row.name == "reconsideration_answer":
            return {"pk": self.reconsideration}
        if row.name.startswith("import_d"):
            return {"pk": self.draft}
        if row.name in {"circle_rename", "circle_remove"}:
            empty = self.circled.circles.get(name="empty")
            return {**_slugs(self.circled), "pk": empty.pk}
        reading = self.reading(row)
        if row.name in OF_A_READING:
            return _slugs(reading)
        if row.name == "correct_block":
            return {**_slugs(reading), "block": first_of(reading).key}
        if row.name in {"text_as_it_was", "text_again"}:
            return {**_slugs(reading), "number": 1}
        if row.name in OF_A_MEMBER:
            return {"group": reading.group.slug, "pk": self.membership(row).pk}
        if row.name == "paragraph":
            return {"key": first_of(reading).key}
        if row.name == "paragraph_notes":
            return {**_slugs(reading), "key": first_of(reading).key}
        blanks: dict[str, dict[str, Any]] = {
            "group": {"group": reading.group.slug},
            "people": {"group": reading.group.slug},
            "group_export": {"group": reading.group.slug},
            "taken_home": {"group": reading.group.slug},
            "guests": {"group": reading.group.slug},
            "group_edit": {"group": reading.group.slug},
            "group_copy": {"group": reading.group.slug},
            "group_policy": {"group": reading.group.slug},
            "group_erase": {"group": reading.group.slug},
            "group_keep": {"group": reading.group.slug},
            "group_leave": {"group": reading.group.slug},
            "invitations": {"group": reading.group.slug},
            "invitation_codes": {"group": reading.group.slug},
            "invitation_mail": {"group": reading.group.slug},
            "invitation_batch": {"group": reading.group.slug, "pk": self.batch},
            "group_join": {"group": reading.group.slug},
            "join_requests": {"group": reading.group.slug},
            "acknowledge": {"group": reading.group.slug},
            "mutes": {"group": reading.group.slug},
            "group_reasons": {"group": reading.group.slug},
            "word_rules": {"group": reading.group.slug},
            "word_rule_drop": {
                "group": reading.group.slug,
                "pk": self.word_rules["the group's"],
            },
            "group_log": {"group": reading.group.slug},
            "moderation": {"group": reading.group.slug},
            "moderation_bulk": {"group": reading.group.slug},
            "join_request_decide": {"group": reading.group.slug, "pk": self.request},
            "import_new": {"group": reading.group.slug},
            "invitation_revoke": {"group": reading.group.slug, "pk": self.invitation},
        }
        return blanks.get(row.name, {})

    def reading(self, row: Row) -> Reading:
        for word, reading in (
            ("public", self.commons),
            ("planned", self.planned),
            ("closed", self.closed),
            ("to a circle", self.circled),
            ("another group's text", self.lent),
        ):
            if word in row.of:
                return reading
        return self.cast.reading

    def audience(self, row: Row) -> str:
        first = self.circled.circles.get(name="first")
        return f"circle-{first.pk}" if row.of == "to a circle" else "group"

    def membership(self, row: Row) -> Membership:
        """Whom an address about somebody's part in a group is about."""
        theirs = {
            "of another group": (self.cast.elsewhere.group, self.cast.outsider),
            "the owner": (self.cast.group, self.cast.owner),
            "the moderator": (self.cast.group, self.cast.moderator),
        }
        group, user = theirs.get(row.of, (self.cast.group, self.cast.other))
        return Membership.objects.get(group=group, user=user)

    def prepare(self, row: Row) -> None:
        """What holds for this row alone; the test that asks is undone as a whole."""
        joining = {"a group that takes requests": "request", "an open group": "open"}
        if row.of in joining:
            StudyGroup.objects.filter(pk=self.cast.group.pk).update(joining=joining[row.of])
        if row.of == "a log kept by the leaders":
            StudyGroup.objects.filter(pk=self.cast.group.pk).update(log_is_open=False)
        if row.of == "a warning":
            warned = Membership.objects.filter(group=self.cast.group, user=self.cast.member)
            warned.update(standing=Standing.WARNED)
        if row.of == "the owner has just decided":
            decide(by=self.cast.owner, annotation=self.notes[""], verb=Verb.HIDE, seen=1)
        if row.of == "one's own, deleted":
            mine = Annotation.objects.filter(pk__in=[note.pk for note in self.own.values()])
            mine.update(state=State.WITHDRAWN, state_before=State.VISIBLE, state_at=timezone.now())
        if row.of == "a new site":
            User.objects.filter(is_superuser=True).update(is_superuser=False)
        if row.name == "meeting":
            Annotation.objects.filter(pk=self.notes[""].pk).update(motivation="questioning")
        if row.of == "a correction of one's own":
            for by in (self.cast.owner, self.cast.moderator):
                begin_correction(by, self.cast.reading)

    def address(self, row: Row, actor: str) -> str:
        path = reverse(row.name, kwargs=self.kwargs(row, actor))
        if row.name == "annotate":
            return f"{path}?start_key={first_of(self.reading(row)).key}"
        if row.name == "passage_cite":
            return f"{path}?from={first_of(self.reading(row)).key}"
        return path

    def data(self, row: Row, actor: str = "member") -> dict[str, Any]:
        """A form that is good, where the person may send it."""
        if row.name == "annotate":
            return {
                "motivation": "commenting",
                "audience": self.audience(row),
                "body": "Who says so?",
                "client_id": str(uuid4()),
                "start_key": first_of(self.reading(row)).key,
                "sentence": "whole",
            }
        if row.name.startswith("correct"):
            return self._correcting(row, actor)
        mine = self.private.get(actor, self.private["member"])
        forms: dict[str, dict[str, Any]] = {
            "settings": {"name": "Someone", "theme": "paper", "text_size": "3"},
            "group_new": {"name": "Saturday circle", "preset": "class"},
            "group_edit": {"name": "Wednesday circle"},
            "group_policy": {
                "preset": "class",
                "joining": "request",
                "newcomers_read": "everything",
                "holds_first": "1",
                "readable_by": "members",
                "reveal": "after_own",
                "reveal_after": "2",
                "bylines": "names",
                "exporting": "leaders",
            },
            "group_erase": {"name": "Thursday circle"},
            "group_copy": {"name": "Next term", "readings": str(self.cast.reading.pk)},
            "group_leave": {"name": "nameless"},
            "taken_home": {"taken_home_as": "initials", "in_colophon": "on"},
            "guest_offer": {"to": str(self.membership(row).pk)},
            "guest_answer": {"whose": "mine"},
            "member": {"role": "observer"},
            "invitations": {"role": "member", "days": "7"},
            "invitation_codes": {"role": "member", "days": "1", "max_uses": "30"},
            "invitation_mail": {"role": "member", "addresses": "gerda@example.org"},
            "join_code": {"code": self.tokens["a code that works"]},
            "join_ask": {"name": "Gerda", "email": "gerda@example.org"},
            "join_request_decide": {"decision": "decline"},
            "import_new": {"text": "A title\n\nA paragraph of some words.\n\nAnd another one."},
            "import_draft": {"title": "A better title", "seen": DraftForm(parsed=ARTICLE).state},
            "reading_settings": {
                "status": "open",
                "due_at": "2031-05-04T12:00",
                "reveal": "after_own",
                "reveal_after": "2",
                "bylines": "names",
            },
            "group_import_new": {"file": Upload(self.archive)},
            "notes_import_new": {
                "file": Upload(FROM_ELSEWHERE),
                "reading": str(self.cast.reading.pk),
            },
            "reading_move": {"up": "up"},
            "circles": {f"circle-{self.cast.member.pk}": ""},
            "circle_new": {"name": "new"},
            "circle_rename": {"name": "renamed"},
            "circles_divide": {"into": "2"},
            "taking_part": {"user": str(self.cast.member.pk), "due_at": "2031-05-04T12:00"},
            "private_notes": {
                "notes": str(self.notes.get(row.of, mine).uuid),
                "to": f"{self.cast.reading.pk}-group-",
            },
            "note_reply": {"body": "He does.", "client_id": str(uuid4())},
            "note_place": {"start_key": first_of(self.cast.reading).key, "sentence": "whole"},
            "note_edit": {"body": "Better words.", "category": "rose"},
            "note_decide": {"verb": "approve", "seen": "1"},
            "note_lock": {"ends": "open"},
            "note_resolve": {"outcome": "He does say so."},
            "meeting": {"note": str(self.notes[""].uuid), "outcome": "He does say so."},
            "note_mute": {"what": "person"},
            "note_purge": {"reason": "legal", "typed": "erase"},
            "note_ask_purge": {"sentence": "It names a child."},
            "group_reasons": {"do": "change", "code": "unkind", "label": "Unkind"},
            "word_rules": {"words": "casino*", "effect": "flag"},
            "site_word_rules": {"words": "casino*", "effect": "flag"},
            "site_step_in": {"why": "Nobody answers there."},
            "member_notes": {"words": "Was tired that day."},
            "member_standing": {
                "standing": "muted",
                "reason": "unkind",
                "seen": str(self._seen(row)),
            },
            "acknowledge": {"seen": "0"},
            "moderation_bulk": {
                "verb": "approve",
                "chosen": f"{self.notes['a pending note'].uuid}:1",
            },
            "note_report": {"reason": "unkind", "words": "About me.", "revision": "1"},
            "note_resubmit": {"body": "Better words.", "category": "rose", "seen": "1"},
            "decision_reconsider": {"words": "It was meant kindly."},
            "reconsideration_answer": {"grant": "no", "answer": "It hurt somebody."},
        }
        return forms.get(row.name, {})

    def _seen(self, row: Row) -> int:
        """The newest row of the log about somebody, where an address is about them."""
        rows = LogEntry.objects.about_member(self.membership(row))
        return rows.values_list("pk", flat=True).first() or 0

    def _correcting(self, row: Row, actor: str) -> dict[str, Any]:
        reading = self.reading(row)
        mine = Correction.objects.filter(created_by=self.people[actor]).first()
        key, begun = first_of(reading).key, draft_of(reading.article, None)
        written = {"text": "Better words.", "kind": "paragraph"}
        forms: dict[str, dict[str, Any]] = {
            "correct": {"seen": begun.state, "out": key},
            "correct_about": {
                "seen": AboutForm(parsed=as_parsed(reading.article)).state,
                "title": "A better title",
                "language": "en",
            },
            "correct_block": {"seen": state_of(begun.get(key)), **written},
            "correct_insert": {"seen": begun.state, **written},
            "correction_preview": {"seen": mine.state if mine else ""},
            "correct_import": {"text": "A title\n\nA paragraph of some words.\n\nAnd another."},
        }
        return forms.get(row.name, {})


def _slugs(reading: Reading) -> dict[str, Any]:
    return {"group": reading.group.slug, "article": reading.article.slug}


def first_of(reading: Reading) -> Paragraph:
    found: Paragraph = reading.article.paragraphs.filter(kind="paragraph").earliest("position")
    return found


def begin_correction(by: User, reading: Reading) -> Correction:
    """Its first paragraph, taken out."""
    article = reading.article
    draft = draft_of(article, None)
    without = draft.without(first_of(reading).key)
    return keep_draft(by=by, article=article, seen=draft.state, draft=without)


def comment(
    by: User, reading: Reading, body: str, audience: str = "group", **given: Any
) -> Annotation:
    first = first_of(reading)
    return actions.annotate(
        by=by,
        reading=reading,
        where=Range([first], 0, 8),
        motivation="commenting",
        audience=audience,
        body=body,
        client_id=uuid4(),
        **given,
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
    old = _an_old_note(cast)
    own = {
        name: comment(user, cast.reading, f"Mine, says {name}.")
        for name in inside
        if (user := people[name])
    }
    private = {
        name: comment(user, cast.reading, f"For me, says {name}.", "private")
        for name in inside
        if (user := people[name])
    }
    revealed_later = _revealed_later(cast, people)
    circled = _circled(cast, people)
    claim = issue_claim() or ""
    _settle(people)
    notes = _notes(cast)
    removed = _removed(cast, notes["a removed note of the member's"])
    suspended = _suspended(cast)
    asked = _removed(cast, notes["another removed note of the member's"])
    for user in (people[name] for name in inside):
        if user:
            _reported(user, notes["one's own report"])
    EmailAddress.objects.create(user=cast.member, email=cast.member.email, verified=True)
    invitation, token = invite(by=cast.owner, group=cast.group)
    stale, dead = invite(by=cast.owner, group=cast.group)
    stale.expires_at = timezone.now() - timedelta(seconds=1)
    stale.save(update_fields=["expires_at"])
    used = issue_sign_in_link(by=cast.owner, member=cast.other)
    return World(
        cast=cast,
        people=people,
        clients={name: client_of(user) for name, user in people.items()},
        commons=commons,
        planned=_other_reading(cast, "Of plans", Status.PLANNED),
        closed=_other_reading(cast, "Of closing", Status.CLOSED),
        revealed_later=revealed_later,
        circled=circled,
        lent=_lent(cast),
        notes=notes
        | {
            "an old note": old,
            "a circle's note": _to_circle(cast.other, circled),
            "revealed after one's own note": comment(cast.other, revealed_later, "So there."),
        },
        own=own,
        private=private,
        tokens={
            "a link that works": token,
            "a dead link": dead,
            "a code that works": invite_by_code(by=cast.owner, group=cast.group)[1],
            "a dead link, to sign in": used,
            "a link that works, to sign in": issue_sign_in_link(by=cast.owner, member=cast.other),
            "a new site": claim,
            "a site with an administrator": claim,
            "a wrong token": "wrong",
        },
        draft=draft_article(by=cast.owner, group=cast.group, parsed=ARTICLE).pk,
        invitation=invitation.pk,
        batch=InvitationBatch.objects.create(group=cast.group, created_by=cast.owner).pk,
        request=JoinRequest.objects.create(
            group=cast.group, name="Gustav", email="gustav@example.org"
        ).pk,
        decisions={"the member's note removed": removed.pk, "somebody suspended": suspended.pk},
        reconsideration=Reconsideration.objects.create(
            decision=asked, group=cast.group, asked_by=cast.member, words="Once more."
        ).pk,
        mute=Mute.objects.create(user=cast.member, group=cast.group, person=cast.other).pk,
        export=_export(cast).pk,
        notes_import=_notes_import(cast).pk,
        archive=b"".join(write(cast.owner, cast.group, [cast.reading], silent).chunks),
        word_rules={
            name: WordRule.objects.create(
                group=group, words="lottery", effect="flag", created_by=cast.owner
            ).pk
            for name, group in {"the group's": cast.group, "the site's": None}.items()
        },
        guests=_guests(cast),
    )


def _guests(cast: Cast) -> dict[str, int]:
    """One whom nobody is asked about, one whom the member is, and one of another group."""
    somebody, asked_about = (
        guests.guest(group=cast.group, name=name, uuid=uuid4()) for name in ("Ana", "Eva")
    )
    guests.offer(by=cast.owner, guest_membership=asked_about, to=cast.member)
    there = guests.guest(group=cast.elsewhere.group, name="Ana", uuid=uuid4())
    return {
        "": somebody.pk,
        "offered to the member": asked_about.pk,
        "of another group": there.pk,
    }


class Upload(BytesIO):
    """A file that is sent as often as it is asked for."""

    name = "notes.json"

    def read(self, *size: Any) -> bytes:
        self.seek(0)
        return super().read(*size)


FROM_ELSEWHERE = json.dumps(
    {
        "total": 1,
        "rows": [
            {
                "id": "abc",
                "uri": "https://example.org/",
                "text": "From elsewhere.",
                "user": "acct:ada@hypothes.is",
                "target": [{"selector": [{"type": "TextQuoteSelector", "exact": "A margin"}]}],
            }
        ],
    }
).encode()


def _export(cast: Cast) -> Export:
    export = Export(created_by=cast.owner, group=cast.group, format="md", filename="notes.md")
    export.finished_at = timezone.now()
    export.file.save("notes", ContentFile(b"Words."), save=False)
    export.save()
    return export


def _notes_import(cast: Cast) -> NotesImport:
    arrived = NotesImport(created_by=cast.owner, group=cast.group, reading=cast.reading)
    arrived.file.save("notes", ContentFile(FROM_ELSEWHERE), save=False)
    arrived.save()
    return arrived


def _removed(cast: Cast, note: Annotation) -> LogEntry:
    """By the moderator, so long ago that its author was told."""
    Annotation.objects.filter(pk=note.pk).update(state=State.REMOVED, reason="unkind")
    entry: LogEntry = LogEntry.objects.create(
        group=cast.group, actor=cast.moderator, acting_as=Actor.MODERATOR, verb=Verb.REMOVE,
        annotation=note, version=1, revision=1, before=State.VISIBLE, after=State.REMOVED,
        reason="unkind", at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    return entry


def _suspended(cast: Cast) -> LogEntry:
    theirs = Membership.objects.get(group=cast.group, standing=Standing.SUSPENDED)
    entry: LogEntry = LogEntry.objects.create(
        group=cast.group, actor=cast.moderator, acting_as=Actor.MODERATOR,
        verb=Verb.SET_STANDING, membership=theirs, reason="unkind",
        details={"standing": "suspended", "until": None}, at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    return entry


def _reported(by: User, note: Annotation) -> None:
    assert note.reading is not None
    case, _new = Case.objects.get_or_create(annotation=note, group=note.reading.group)
    Report.objects.create(case=case, annotation=note, reporter=by, revision=1, reason="unkind")


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
    of.filter(user=people["newcomer"]).update(reads_from=timezone.now() - timedelta(days=1))
    if administrator := people["administrator"]:
        administrator.is_staff = administrator.is_superuser = True
        administrator.save(update_fields=["is_staff", "is_superuser"])


def _an_old_note(cast: Cast) -> Annotation:
    """Written before the newcomer came."""
    note = comment(cast.other, cast.reading, "Long ago.")
    note.created_at = timezone.now() - timedelta(days=30)
    note.save(update_fields=["created_at"])
    return note


def _revealed_later(cast: Cast, people: dict[str, User | None]) -> Reading:
    """Everybody wrote something there, but for one."""
    reading = read(cast.group, cast.owner, replace(ARTICLE, title="Of waiting"))
    reading.reveal = Reveal.AFTER_OWN
    reading.save(update_fields=["reveal"])
    for name, user in people.items():
        if user and name not in (*OUTSIDE, "before the reveal"):
            comment(user, reading, f"First of all, says {name}.")
    return reading


def _circled(cast: Cast, people: dict[str, User | None]) -> Reading:
    """Everybody is in one circle, but for one, who is in another."""
    reading = read(cast.group, cast.owner, replace(ARTICLE, title="Of circles"))
    reading.has_circles = True
    reading.save(update_fields=["has_circles"])
    members = [
        user
        for name, user in people.items()
        if user and name not in (*OUTSIDE, "owner", "moderator", "other circle")
    ]
    Circle.objects.create(reading=reading, name="first").members.set([cast.other, *members])
    if other := people["other circle"]:
        Circle.objects.create(reading=reading, name="second").members.add(other)
    Circle.objects.create(reading=reading, name="empty")
    return reading


def _lent(cast: Cast) -> Reading:
    there = read(cast.elsewhere.group, cast.outsider, replace(ARTICLE, title="Of lending"))
    reading: Reading = Reading.objects.create(group=cast.group, article=there.article)
    return reading


def _to_circle(by: User, reading: Reading) -> Annotation:
    return comment(by, reading, "Among us.", "circle", circle=reading.circles.get(name="first"))


def _other_reading(cast: Cast, title: str, status: str) -> Reading:
    reading = read(cast.group, cast.owner, replace(ARTICLE, title=title))
    reading.status = status
    reading.save(update_fields=["status"])
    return reading


def _notes(cast: Cast) -> dict[str, Annotation]:
    other, reading = cast.other, cast.reading
    to_group = comment(other, reading, "Not an inch more.")
    pending = comment(other, reading, "Held words.")
    Annotation.objects.filter(pk=pending.pk).update(state=State.PENDING, was_shown=False)
    locked = comment(other, reading, "Enough said.")
    Annotation.objects.filter(pk=locked.pk).update(
        locked_by=cast.moderator, locked_at=timezone.now()
    )
    lost = comment(other, reading, "Which inch?")
    move(lost)
    withdrawn = actions.withdraw(by=other, annotation=comment(other, reading, "Never mind."))
    return {
        "": to_group,
        "another's": to_group,
        "to the leaders": comment(cast.moderator, reading, "For us.", "leaders"),
        "another's, private": comment(other, reading, "For me.", "private"),
        "a pending note": pending,
        "a withdrawn note": withdrawn,
        "a locked thread": locked,
        "a note without its words": lost,
        "a removed note of the member's": comment(cast.member, reading, "Away with it."),
        "another removed note of the member's": comment(cast.member, reading, "With this too."),
        "one's own report": comment(other, reading, "Hear, hear."),
        "another's report": to_group,
    }


def everything_stored() -> dict[str, tuple[int, str]]:
    """How many rows each table holds, and a digest of all that is in them: a changed value shows
    as much as a new row."""
    stored = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {table}")
            rows = sorted(map(repr, cursor.fetchall()))
            stored[model._meta.label] = len(rows), sha256("".join(rows).encode()).hexdigest()
    return stored
