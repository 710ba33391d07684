"""What members of staff did and looked at: rows are added, and never changed or deleted."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from ops.models import Row


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit is only added to.")

    def delete(self) -> NoReturn:
        raise TypeError("The audit is only added to.")


class Entry(Row):
    """One change or look. What a member left by leaving is taken out of it: their address goes with the relation, values with `forget`."""

    class Act(models.TextChoices):
        LOOK = "look"
        READ = "read", "read messages"
        ADD = "add"
        CHANGE = "change"
        DELETE = "delete"

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    what = models.CharField(max_length=60, blank=True, help_text="The kind of row, or nothing for a page.")
    object_id = models.CharField(max_length=64, blank=True)
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", help_text="The member it was about."
    )
    path = models.CharField(max_length=200, blank=True, help_text="The page, without what was searched for.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"
        indexes = [
            # admin and the command: what one member of staff did, and what was done about one member, newest first.
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["subject", "-id"], name="audit_subject"),
            models.Index(fields=["act", "-id"], name="audit_act"),
            # admin and the command: everything of one request, and everything about one row.
            models.Index(fields=["request_id"], name="audit_request"),
            models.Index(fields=["object_id"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.what or self.path}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An entry is never deleted.")
