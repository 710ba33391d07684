"""What privacy does when somebody leaves, and when the row of an export goes."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete

from accounts.models import Member
from accounts.privacy import erase
from accounts.privacy.models import Export
from accounts.signals import account_closed


def erase_traces(sender: Any, member: Member, **kwargs: Any) -> None:
    erase.erase_traces(member)


def discard_file(sender: Any, instance: Export, **kwargs: Any) -> None:
    """A file goes with its row, however that goes: replaced, expired, or with its member."""
    if instance.file:
        transaction.on_commit(lambda: default_storage.delete(instance.file), robust=True)


def connect() -> None:
    account_closed.connect(erase_traces)
    post_delete.connect(discard_file, sender=Export)
