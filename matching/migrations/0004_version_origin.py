from typing import Any

from django.db import migrations, models

from matching.loading import first_changes


def complete_first_version(apps: Any, schema_editor: Any) -> None:
    """Installations from before say of version 1 only that it was there."""
    apps.get_model("matching", "MatrixVersion").objects.filter(number=1, changes=[]).update(changes=first_changes())


class Migration(migrations.Migration):
    dependencies = [("matching", "0003_undonelike")]

    operations = [
        migrations.AddField(
            model_name="matrixversion",
            name="base",
            field=models.BigIntegerField(help_text="The version that the draft it was published from began with.", null=True),
        ),
        migrations.AddField(
            model_name="matrixversion",
            name="reverts",
            field=models.BigIntegerField(help_text="The version whose changes it takes back.", null=True),
        ),
        migrations.RunPython(complete_first_version, migrations.RunPython.noop),
    ]
