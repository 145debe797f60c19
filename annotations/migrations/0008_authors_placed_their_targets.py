"""Until now nobody but a note's author has chosen its words."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def authors_placed_them(apps, schema_editor):
    Annotation = apps.get_model("annotations", "Annotation")
    Target = apps.get_model("annotations", "Target")
    author = Annotation.objects.filter(pk=OuterRef("annotation")).values("creator")
    Target.objects.update(placed_by=Subquery(author[:1]))


class Migration(migrations.Migration):
    dependencies = [("annotations", "0007_who_placed_a_target")]
    operations = [migrations.RunPython(authors_placed_them, migrations.RunPython.noop)]
