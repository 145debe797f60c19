"""Every article's first text revision, and what its paragraphs were besides their words."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def first_texts(apps, schema_editor):
    Article = apps.get_model("reader", "Article")
    Paragraph = apps.get_model("reader", "Paragraph")
    ParagraphRevision = apps.get_model("reader", "ParagraphRevision")
    TextRevision = apps.get_model("reader", "TextRevision")
    # Nothing could correct a text until now, so what stands is what stood from the beginning.
    now = Paragraph.objects.filter(pk=OuterRef("paragraph"))
    ParagraphRevision.objects.update(
        level=Subquery(now.values("level")[:1]), label=Subquery(now.values("label")[:1])
    )
    for article in Article.objects.iterator():
        standing = Paragraph.objects.filter(article=article, retired=False).order_by("position")
        TextRevision.objects.create(
            article=article,
            number=article.text_revision,
            order=list(standing.values_list("pk", flat=True)),
            created_by_id=article.added_by_id,
            created_at=article.created_at,
        )


class Migration(migrations.Migration):
    dependencies = [("reader", "0005_texts_and_their_corrections")]
    operations = [migrations.RunPython(first_texts, migrations.RunPython.noop)]
