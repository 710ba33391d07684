from typing import Any

from django.db import migrations

from matching.loading import load_matrix


def load(apps: Any, schema_editor: Any) -> None:
    load_matrix(apps.get_model)


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial"), ("vocabulary", "0002_defaults"), ("ops", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
