import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reader.enums import BlockKind, Sharing
from reader.models.groups import StudyGroup
from reader.querysets import (
    ArticleQuerySet,
    CorrectionQuerySet,
    ImportDraftQuerySet,
    ParagraphQuerySet,
)
from reader.states import state_of

RIGHT_TO_LEFT = {"ar", "arc", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


class Article(models.Model):
    title = models.CharField(_("title"), max_length=400)
    subtitle = models.CharField(_("subtitle"), max_length=400, blank=True)
    creators = models.JSONField(_("creators"), default=list, blank=True)
    series = models.CharField(_("series"), max_length=400, blank=True)
    date_text = models.CharField(_("date"), max_length=200, blank=True)
    source = models.TextField(_("source"), blank=True)
    rights = models.TextField(_("rights"), blank=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    metadata = models.JSONField(default=list, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    text_revision = models.PositiveIntegerField(default=1)
    # Only the steward's leaders correct the text.
    steward = models.ForeignKey(
        StudyGroup, null=True, on_delete=models.PROTECT, related_name="stewarded_articles"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sharing = models.CharField(max_length=8, choices=Sharing, default=Sharing.GROUP)
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar = ArticleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    @property
    def direction(self) -> str:
        return "rtl" if self.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"

    @property
    def creators_text(self) -> str:
        return ", ".join(self.creators)


class Paragraph(models.Model):
    """One block of an article. `spans` is standoff formatting: [[start, end, kind, target], …],
    in code points of `text`. Never deleted while anybody's words hang on it."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="paragraphs")
    key = models.CharField(max_length=12, unique=True)
    position = models.PositiveIntegerField()
    # The number readers see; null for what isn't counted, such as headings.
    number = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=16, choices=BlockKind)
    level = models.PositiveSmallIntegerField(null=True)
    label = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    spans = models.JSONField(default=list, blank=True)
    text_hash = models.CharField(max_length=64)
    retired = models.BooleanField(default=False)
    # In a group's own copy of a text: the paragraph it was in the other one.
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )

    objects: ClassVar = ParagraphQuerySet.as_manager()

    class Meta:
        ordering = ("position",)
        indexes = [models.Index(fields=["article", "position"], name="paragraph_in_order")]

    def __str__(self) -> str:
        return f"{self.key}: {self.text[:40]}"

    @property
    def references(self) -> list[tuple[int, int, str]]:
        return references(self.spans)


def references(spans: list[Any]) -> list[tuple[int, int, str]]:
    """Where words refer to a footnote: start, end and the footnote's label."""
    return [(start, end, to) for start, end, kind, to in spans if kind == "footnote_ref"]


class TextRevision(models.Model):
    """An article's text as it was from one correction to the next; the first one is number 1.

    `order` holds the ids of the paragraphs that stood then, in order; what each said is its latest
    `ParagraphRevision` up to this number.
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="text_revisions")
    number = models.PositiveIntegerField()
    order = models.JSONField(default=list)
    comment = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="text_revision_numbers")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} #{self.number}"


class ParagraphRevision(models.Model):
    """What a paragraph's text was, from a text revision of its article on; the first is one too."""

    paragraph = models.ForeignKey(Paragraph, on_delete=models.PROTECT, related_name="revisions")
    text_revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=BlockKind)
    level = models.PositiveSmallIntegerField(null=True)
    label = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    spans = models.JSONField(default=list, blank=True)
    text_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["paragraph", "text_revision"], name="one_text_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.paragraph_id} at {self.text_revision}"


class Correction(models.Model):
    """A text on its way to its next revision: what one person has changed in it, kept with every
    step and published as a whole.

    `base` is the text revision it began with. `blocks` are the blocks as `Block.to_json` writes
    them, each with the `key` of the paragraph it was, "" where it is new. `published` is the
    number of the text revision that it became.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="corrections")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    base = models.PositiveIntegerField()
    blocks = models.JSONField(default=list)
    comment = models.CharField(max_length=300, blank=True)
    published = models.PositiveIntegerField(null=True, blank=True)

    objects: ClassVar = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "created_by"],
                condition=models.Q(published=None),
                name="one_open_correction",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def state(self) -> str:
        """What it makes of which text; the comment is no part of that."""
        return state_of([self.base, self.blocks])

    @property
    def since(self) -> models.QuerySet[TextRevision]:
        """What others have published of the text since this was begun."""
        later = self.article.text_revisions.filter(number__gt=self.base)
        return later.select_related("created_by")


class ImportDraft(models.Model):
    """A parsed article on its way in: looked at and mended before anything is published."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(StudyGroup, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    filename = models.CharField(max_length=255, blank=True)
    parsed = models.JSONField()
    article = models.OneToOneField(
        Article, null=True, on_delete=models.PROTECT, related_name="draft"
    )

    objects: ClassVar = ImportDraftQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.id)
