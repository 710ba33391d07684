"""What members get of their own data."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from ops.models import Row


class Export(Row):
    """A member's latest export. Its file bears a name nobody can guess and goes with the row."""

    class Status(models.TextChoices):
        PROCESSING = "processing"
        READY = "ready"

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="export")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROCESSING)
    file = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the file goes; empty while it is being made.")

    def __str__(self) -> str:
        return f"export of {self.member_id}: {self.status}"
