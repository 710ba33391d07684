"""The audit of imports: each run, and for each document the row it became."""

from typing import Any

from django.db import models
from django.utils import timezone

from ops.models import Row


class Import(Row):
    """One run of the command. Without `ended_at` it is at work, or was cut off; the next one goes on."""

    source = models.CharField(max_length=300, help_text="A folder, or an address without its credentials.")
    dry_run = models.BooleanField(default=False)
    report = models.JSONField(default=list, help_text="What became of each collection's documents.")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"import from {self.source}"


class Origin(Row):
    """A document of the old system by one of its ids, and the row it became or was merged into.

    What is here is never imported again. When a member leaves, the target is emptied and the key becomes a digest: they stay away.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=100)
    target_id = models.UUIDField(null=True)
    run = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="origins")

    class Meta:
        # records.targets: by what the old system called it.
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="legacy_origin_once")]
        # records.forget: what points to a member who leaves.
        indexes = [models.Index(fields=["target_id"], name="legacy_origin_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Where something came from does not change.")
        super().save(*args, **kwargs)
