"""What leaders ask becomes a note of theirs on the whole article, which can be answered."""

from uuid import uuid4

from django.db import migrations

from annotations.markdown import RENDERER_VERSION, to_html


def prompts_to_notes(apps, schema_editor):
    Reading = apps.get_model("reader", "Reading")
    Annotation = apps.get_model("annotations", "Annotation")
    Target = apps.get_model("annotations", "Target")
    for reading in Reading.objects.exclude(prompts=[]).select_related("article"):
        owner = reading.group.memberships.filter(role="owner").order_by("pk").first()
        first = reading.article.paragraphs.filter(retired=False).exclude(text="").first()
        if owner is None or first is None:
            continue
        for prompt in reading.prompts:
            note = Annotation.objects.create(
                uuid=uuid4(),
                client_id=uuid4(),
                creator=owner.user,
                article=reading.article,
                reading=reading,
                audience="group",
                motivation="questioning",
                category="violet",
                body=str(prompt),
                body_html=to_html(str(prompt)),
                renderer_version=RENDERER_VERSION,
                created_at=reading.created_at,
            )
            Target.objects.create(
                annotation=note,
                whole_article=True,
                start_paragraph=first,
                start_offset=0,
                end_paragraph=first,
                end_offset=len(first.text),
                exact="",
                text_revision=reading.article.text_revision,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0003_one_person_circles_and_the_whole_article"),
        ("reader", "0002_groups_that_run_themselves"),
    ]
    operations = [migrations.RunPython(prompts_to_notes, migrations.RunPython.noop)]
