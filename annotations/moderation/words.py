"""Which words of a note stand, and which wait: kept as revisions, never two that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Max
from django.utils import timezone

from annotations.enums import RevisionState
from annotations.layers import paragraphs_of, touch
from annotations.markdown import RENDERER_VERSION, to_html
from annotations.models import Annotation, AnnotationRevision, LogEntry
from annotations.moderation.states import MovedOn

WORDS = ("body", "body_html", "category", "tags")


def waiting(note: Annotation) -> AnnotationRevision | None:
    """The edit of a published note that waits for a moderator."""
    found: AnnotationRevision | None = note.revisions.filter(state=RevisionState.PENDING).first()
    return found


def replace(note: Annotation, *, body: str, category: str, tags: Sequence[str]) -> bool:
    """Put new words on a note that is locked, to be saved as `SAVED`, and keep the old ones.
    Whether that has overtaken an edit that waited."""
    overtaken = drop_waiting(note)
    number = _next_number(note)
    _keep(note, note.revision, RevisionState.SUPERSEDED)
    note.body, note.body_html = body, to_html(body) if body else ""
    note.renderer_version = RENDERER_VERSION
    note.category, note.tags, note.revision = category, list(tags), number
    note.edited_at, note.version = timezone.now(), note.version + 1
    return overtaken


SAVED = [
    "body", "body_html", "renderer_version", "category", "tags", "revision", "edited_at", "version",
]  # fmt: skip


def hold(note: Annotation, *, body: str, category: str, tags: Sequence[str]) -> AnnotationRevision:
    """Keep an edit of a published note for a moderator; what stands goes on standing."""
    drop_waiting(note)
    edit = AnnotationRevision.objects.create(
        annotation=note,
        number=_next_number(note),
        state=RevisionState.PENDING,
        body=body,
        body_html=to_html(body) if body else "",
        category=category,
        tags=list(tags),
    )
    note.version += 1
    note.save(update_fields=["version"])
    # What only the author and the leaders see.
    touch(note, paragraphs_of(note.thread_root), members_notice=False)
    return edit


def drop_waiting(note: Annotation) -> bool:
    """Forget an edit that waits; whether there was one."""
    deleted, _rows = note.revisions.filter(state=RevisionState.PENDING).delete()
    return deleted > 0


def publish(note: Annotation, *, seen: int) -> None:
    """Let the edit that waits take the place of the words that stand."""
    edit = note.revisions.get(state=RevisionState.PENDING)
    _keep(note, note.revision, RevisionState.SUPERSEDED)
    _become(note, edit, seen=seen, edited_at=timezone.now())
    touch(note, paragraphs_of(note.thread_root))


def unpublish(note: Annotation, *, number: int, seen: int) -> None:
    """The words before stand again, and those that took their place wait again."""
    before = note.revisions.get(number=number)
    _keep(note, note.revision, RevisionState.PENDING)
    is_first = before.created_at == note.created_at
    _become(note, before, seen=seen, edited_at=None if is_first else before.created_at)
    touch(note, paragraphs_of(note.thread_root))


def decline(note: Annotation, edit: AnnotationRevision, *, seen: int) -> None:
    _mark(note, edit, RevisionState.DECLINED, seen=seen)


def wait_again(note: Annotation, *, number: int, seen: int) -> None:
    _mark(note, note.revisions.get(number=number), RevisionState.PENDING, seen=seen)


def _mark(note: Annotation, edit: AnnotationRevision, state: RevisionState, *, seen: int) -> None:
    edit.state = state
    edit.save(update_fields=["state"])
    _raise_version(note, seen)
    touch(note, paragraphs_of(note.thread_root), members_notice=False)


def _become(
    note: Annotation, row: AnnotationRevision, *, seen: int, edited_at: datetime | None
) -> None:
    _raise_version(
        note, seen, revision=row.number, edited_at=edited_at,
        **{name: getattr(row, name) for name in WORDS},
    )  # fmt: skip
    row.delete()


def _raise_version(note: Annotation, seen: int, **columns: object) -> None:
    rows = Annotation.objects.filter(pk=note.pk, version=seen)
    if not rows.update(version=F("version") + 1, **columns):
        raise MovedOn(note, LogEntry.objects.about(note.pk).first())
    note.refresh_from_db(fields=["version", *columns])


def _keep(note: Annotation, number: int, state: RevisionState) -> None:
    AnnotationRevision.objects.create(
        annotation=note,
        number=number,
        state=state,
        created_at=note.edited_at or note.created_at,
        **{name: getattr(note, name) for name in WORDS},
    )


def _next_number(note: Annotation) -> int:
    last = note.revisions.aggregate(last=Max("number"))["last"] or 0
    return max(int(last), note.revision) + 1
