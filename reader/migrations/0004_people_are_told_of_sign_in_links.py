from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reader", "0003_prompts_are_notes")]

    operations = [
        migrations.AddField(
            model_name="signinlink",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
