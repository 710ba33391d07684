"""A file goes with its row, however that goes: replaced, expired, or with its member."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete

from accounts.privacy.models import Export


def discard_file(sender: Any, instance: Export, **kwargs: Any) -> None:
    if instance.file:
        transaction.on_commit(lambda: default_storage.delete(instance.file), robust=True)


def connect() -> None:
    post_delete.connect(discard_file, sender=Export)
