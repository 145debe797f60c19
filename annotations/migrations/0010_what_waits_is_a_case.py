"""Notes get the number of their words, those that wait a case, and the log its lock."""

from django.db import migrations
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

FORBID = """
CREATE FUNCTION catena_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('catena.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The log is only added to.';
END $$;
CREATE TRIGGER log_is_kept BEFORE UPDATE OR DELETE ON annotations_logentry
    FOR EACH ROW EXECUTE FUNCTION catena_log_is_kept();
"""
ALLOW = """
DROP TRIGGER log_is_kept ON annotations_logentry;
DROP FUNCTION catena_log_is_kept();
"""


def number_words_and_open_cases(apps, schema_editor):
    Annotation = apps.get_model("annotations", "Annotation")
    Revision = apps.get_model("annotations", "AnnotationRevision")
    Case = apps.get_model("annotations", "Case")
    earlier = Revision.objects.filter(annotation=OuterRef("pk")).order_by().values("annotation")
    last = Subquery(earlier.annotate(last=Max("number")).values("last"))
    edited = Annotation.objects.filter(pk__in=Revision.objects.values("annotation"))
    edited.update(revision=Coalesce(last, 0) + 1)
    waiting = Annotation.objects.filter(state="pending", reading__isnull=False)
    Case.objects.bulk_create(
        Case(annotation_id=pk, group_id=group, opened_at=since, rule="newcomer")
        for pk, group, since in waiting.values_list("pk", "reading__group", "created_at")
    )
    waiting.update(was_shown=False, state_at=F("created_at"))


def keep_the_log(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORBID)


def let_go_of_the_log(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ALLOW)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0009_moderation")]
    operations = [
        migrations.RunPython(number_words_and_open_cases, migrations.RunPython.noop),
        migrations.RunPython(keep_the_log, let_go_of_the_log),
    ]
