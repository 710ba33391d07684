"""Throwing away what has had its day. Apps register what is theirs; the command runs it in batches."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone

from ops.models import IdempotencyKey, Mail

BATCH = 1000
MAIL_DAYS = 30
Rows = Callable[[], "QuerySet[Any, Any]"]
_chores: dict[str, Rows] = {}
_errands: dict[str, "Errand"] = {}


class Errand(Protocol):
    """Throws away what is no row; how many there were."""

    def __call__(self, *, dry_run: bool) -> int: ...


def chore(name: str, rows: Rows) -> None:
    """`rows()` gives what may go now."""
    _chores[name] = rows


def errand(name: str, do: Errand) -> None:
    _errands[name] = do


def sweep(*, dry_run: bool = False) -> dict[str, int]:
    """Deletes what may go, a batch at a time; how many of each kind went (or would go)."""
    counts = {name: rows().count() if dry_run else delete_in_batches(rows) for name, rows in _chores.items()}
    counts |= {name: do(dry_run=dry_run) for name, do in _errands.items()}
    if not dry_run:
        call_command("clearsessions")
    return counts


def delete_in_batches(rows: Rows) -> int:
    gone = 0
    while ids := list(rows().values_list("pk", flat=True)[:BATCH]):
        rows().model._default_manager.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone


chore("idempotency_keys", lambda: IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)))
chore("mails", lambda: Mail.objects.filter(status=Mail.Status.SENT, sent_at__lt=timezone.now() - timedelta(days=MAIL_DAYS)))
