"""What every id in an address or a form names, and ids that must lead nowhere in its place.

"another group's" is a thing in a group that nobody in the table belongs to; "nobody's" doesn't
exist; "gone" was deleted or retired; "beside" is in another group or reading of the same people,
where an address or a form names both.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from annotations.enums import Actor, Verb
from annotations.models import (
    Annotation,
    Export,
    LogEntry,
    Mute,
    NotesImport,
    Reconsideration,
    WordRule,
)
from reader.actions import draft_article
from reader.models import (
    Circle,
    Invitation,
    InvitationBatch,
    JoinRequest,
    Membership,
    Paragraph,
    Reading,
    User,
)
from tests.cast import ARTICLE, person
from tests.permissions.world import World, comment, first_of

type Ids = dict[str, Any]  # by what is wrong with each

# The blank of an address, or "address blank" where the word means several things. None is a
# secret instead of an id: whoever has it is let in, and the table says what a wrong one gets.
BLANKS: dict[str, str | None] = {
    "group": "group",
    "article": "article",
    "key": "paragraph",
    "block": "paragraph",
    "number": "text",
    "uuid": "note",
    "token": None,
    "invitation_revoke pk": "invitation",
    "invitation_batch pk": "batch",
    "join_request_decide pk": "request",
    "member pk": "member",
    "member_hand_over pk": "member",
    "member_remove pk": "member",
    "sign_in_link_new pk": "member",
    "member_notes pk": "member",
    "member_standing pk": "member",
    "mute_end pk": "mute",
    "guest_offer pk": "guest",
    "guest_answer pk": "guest",
    "site_step_in slug": "group",
    "site_word_rule_drop pk": "word rule",
    "word_rule_drop pk": "word rule",
    "decision pk": "decision",
    "decision_reconsider pk": "decision",
    "decision_reverse pk": "decision",
    "decision_undo pk": "decision",
    "reconsideration_answer pk": "reconsideration",
    "circle_rename pk": "circle",
    "circle_remove pk": "circle",
    "import_draft pk": "draft",
    "import_discard pk": "draft",
    "export pk": "export",
    "export_file pk": "export",
    "export_cancel pk": "export",
    "notes_import pk": "notes import",
    "notes_import_discard pk": "notes import",
}
QUERIES: dict[str, dict[str, str]] = {
    "annotate": {"start_key": "paragraph", "end_key": "paragraph"},
    "correct_insert": {"after": "paragraph"},
    "moderation": {"person": "member", "article": "article", "after": "decision"},
    "group_log": {"person": "person", "after": "decision"},
    "note": {"in": "group"},
    "notes_import_new": {"article": "article"},
    "paragraph": {"in": "group"},
    "paragraph_notes": {"after": "note"},
    "passage_cite": {"from": "paragraph", "to": "paragraph"},
    "private_notes": {"note": "note"},
    "reading": {"note": "note"},
}
# A name that ends in a dash is a beginning, after which the field names something itself.
FIELDS: dict[str, dict[str, str]] = {
    "annotate": {"start_key": "paragraph", "end_key": "paragraph", "audience": "audience"},
    "circles": {"circle-": "circle"},
    "correct": {"out": "paragraph"},
    "group_copy": {"readings": "reading"},
    "guest_offer": {"to": "member"},
    "invitation_codes": {"path": "path"},
    "invitation_mail": {"path": "path"},
    "invitations": {"path": "path"},
    "moderation_bulk": {"chosen": "chosen"},
    "meeting": {"note": "note"},
    "note_place": {"start_key": "paragraph", "end_key": "paragraph"},
    "notes_import_new": {"reading": "reading"},
    "private_notes": {"notes": "note", "shown": "note", "to": "destination"},
    "taking_part": {"user": "person"},
}
# Fields that hold a number or a key of nothing.
PLAIN = {
    "client_id", "days", "holds_first", "into", "max_uses", "reveal_after", "revision", "seen",
    "text_size",
}  # fmt: skip

# Far from every number that rows count up to, so that it stands nowhere else on a page.
FAR = 700_000_000


def swaps(world: World) -> dict[str, Ids]:
    """For each kind of thing, ids of it that lead nowhere."""
    cast, theirs = world.cast, world.cast.elsewhere
    retired = Paragraph.objects.filter(article=cast.reading.article, kind="verse").get()
    retired.retired = True
    retired.save(update_fields=["retired"])
    until = timezone.now() + timedelta(days=7)
    groups = {"another group's": theirs.group, "beside": world.commons.group}
    ids: dict[str, Ids] = {
        "group": {name: group.slug for name, group in groups.items()} | {"nobody's": "no-such"},
        "article": {
            "another group's": theirs.article.slug,
            "nobody's": "no-such",
            "beside": world.commons.article.slug,
        },
        "paragraph": {
            "another group's": first_of(theirs).key,
            "nobody's": "nosuchkey",
            "gone": retired.key,
            "beside": first_of(world.closed).key,
        },
        "note": {
            "another group's": comment(cast.outsider, theirs, "Over there.").uuid,
            "nobody's": uuid4(),
            "gone": world.notes["a withdrawn note"].uuid,
            "another's, private": world.notes["another's, private"].uuid,
        },
        "draft": {
            "another group's": draft_article(
                by=cast.outsider, group=theirs.group, parsed=ARTICLE
            ).pk,
            "nobody's": uuid4(),
            "another leader's": draft_article(
                by=cast.moderator, group=cast.group, parsed=ARTICLE
            ).pk,
        },
    }
    for kind, model in (("export", Export), ("notes import", NotesImport)):
        ids[kind] = {"nobody's": uuid4()} | {
            name: model.objects.create(created_by=by, group=group, file="none").pk
            for name, by, group in (
                ("another group's", cast.outsider, theirs.group),
                ("another leader's", cast.moderator, cast.group),
            )
        }
    somebody = person("Ferdinand")
    far = User.objects.create(pk=FAR + 1, email="renata@example.org", name="Renata")
    ids["person"] = {"another group's": far.pk, "nobody's": FAR}
    for at, (name, group) in enumerate(groups.items(), start=1):
        made = {
            "invitation": Invitation.objects.create(
                pk=FAR + at,
                group=group,
                token_hash=str(at),
                created_by=cast.outsider,
                expires_at=until,
            ),
            "member": Membership.objects.create(pk=FAR + at, group=group, user=somebody),
            "guest": Membership.objects.create(
                pk=FAR + 10 + at,
                group=group,
                left_at=timezone.now(),
                user=User.objects.create(
                    email=f"{at}@guests.invalid", name="Ana", guest_in=group, is_active=False
                ),
            ),
            "batch": InvitationBatch.objects.create(group=group, created_by=cast.outsider),
            "request": JoinRequest.objects.create(
                pk=FAR + at, group=group, name="Renate", email="renate@example.org"
            ),
        }
        for kind, row in made.items():
            ids.setdefault(kind, {"nobody's": FAR})[name] = row.pk
    ids["batch"]["nobody's"] = uuid4()
    over_there = LogEntry.objects.create(
        pk=FAR + 1, group=theirs.group, actor=cast.outsider, acting_as=Actor.OWNER,
        verb=Verb.REMOVE, annotation=comment(cast.outsider, theirs, "Not here."),
    )  # fmt: skip
    asked = Reconsideration.objects.create(
        pk=FAR + 1, decision=over_there, group=theirs.group, asked_by=somebody, words="Please."
    )
    mutes = [
        Mute.objects.create(pk=FAR + at, user=by, group=group, person=person)
        for at, (by, group, person) in enumerate(
            [(cast.outsider, theirs.group, somebody), (cast.other, cast.group, cast.owner)], start=1
        )
    ]
    ids["mute"] = {"nobody's": FAR, "another group's": mutes[0].pk, "another's": mutes[1].pk}
    ids["decision"] = {"nobody's": FAR, "another group's": over_there.pk}
    watched = {"another group's": theirs.group, "beside": world.commons.group}
    ids["word rule"] = {"nobody's": FAR} | {
        name: WordRule.objects.create(
            pk=FAR + at, group=group, words="casino", effect="flag", created_by=cast.outsider
        ).pk
        for at, (name, group) in enumerate(watched.items(), start=1)
    }
    ids["reconsideration"] = {"nobody's": FAR, "another group's": asked.pk}
    readings = {"another group's": theirs, "beside": world.closed}
    for at, (name, reading) in enumerate(readings.items(), start=1):
        circle = Circle.objects.create(pk=FAR + at, reading=reading, name="elsewhere")
        ids.setdefault("circle", {"nobody's": FAR})[name] = circle.pk
    pks = {"nobody's": FAR} | {
        name: Reading.objects.create(pk=FAR + at, group=group, article=world.closed.article).pk
        for at, (name, group) in enumerate(groups.items(), start=1)
    }
    return ids | {
        "chosen": {name: f"{uuid}:1" for name, uuid in ids["note"].items()},
        "reading": pks,
        "destination": {name: f"{pk}-group-" for name, pk in pks.items()},
        "text": {"nobody's": FAR, "another group's": FAR + 1},
        "audience": {name: f"circle-{pk}" for name, pk in ids["circle"].items()},
        "path": {
            "another group's": theirs.get_absolute_url(),
            "nobody's": "/g/no-such/read/no-such/",
            "beside": world.commons.get_absolute_url(),
        },
    }


def keys_of_things() -> set[str]:
    """Every key, slug and uuid that names something."""
    from reader.models import Article, ImportDraft, StudyGroup

    named = (
        Annotation.objects.values_list("uuid", flat=True),
        Article.objects.values_list("slug", flat=True),
        Export.objects.values_list("pk", flat=True),
        ImportDraft.objects.values_list("pk", flat=True),
        NotesImport.objects.values_list("pk", flat=True),
        InvitationBatch.objects.values_list("pk", flat=True),
        Paragraph.objects.values_list("key", flat=True),
        StudyGroup.objects.values_list("slug", flat=True),
    )
    return {str(key) for keys in named for key in keys}
