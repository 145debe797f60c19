from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0004_prompts_become_notes")]
    operations = [
        migrations.AddField(
            model_name="annotation",
            name="shown_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
