from functools import partial
from typing import Any

from django.db import migrations

from accounts.vocabulary.loading import load_vocabulary


def load(apps: Any, schema_editor: Any) -> None:
    load_vocabulary(partial(apps.get_model, "vocabulary"))


class Migration(migrations.Migration):
    dependencies = [("vocabulary", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
