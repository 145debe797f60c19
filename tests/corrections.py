"""A published text, corrected as its leaders would."""

from collections.abc import Callable
from typing import Any

from reader.actions import publish_correction
from reader.models import Article, Correction, TextRevision, User
from reader.texts import Texts

type Blocks = list[dict[str, Any]]


def blocks_of(article: Article, revision: int = 0) -> Blocks:
    """A text, as it is now or was, as a correction holds it."""
    spans = ("start", "end", "kind", "target")
    return [
        {
            "key": each.key,
            "kind": each.kind,
            "level": each.level,
            "label": each.label,
            "text": each.text,
            "spans": [dict(zip(spans, span, strict=True)) for span in each.spans],
        }
        for each in Texts(article).at(revision or article.text_revision)
    ]


def correct(by: User, article: Article, blocks: Blocks, comment: str = "") -> TextRevision:
    """Publish these blocks as the article's text; `article` is as it is afterwards."""
    article.refresh_from_db()
    correction = Correction.objects.create(
        article=article, created_by=by, base=article.text_revision, blocks=blocks, comment=comment
    )
    revision = publish_correction(by=by, correction=correction, seen=correction.state)
    article.refresh_from_db()
    return revision


def reworded(article: Article, old: str, new: str) -> Blocks:
    """The text with these words replaced, wherever they stand, its formatting given up there."""
    return changed(article, lambda text: text.replace(old, new))


def changed(article: Article, change: Callable[[str], str]) -> Blocks:
    article.refresh_from_db()
    blocks = blocks_of(article)
    for block in blocks:
        text = change(block["text"])
        if text != block["text"]:
            block["text"], block["spans"] = text, []
    return blocks


def block(text: str, kind: str = "paragraph", key: str = "") -> dict[str, Any]:
    return {"key": key, "kind": kind, "level": None, "label": "", "text": text, "spans": []}
