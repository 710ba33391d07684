"""The ground's rows: revisions, background jobs and outgoing mail."""

from django.db import models
from django.utils import timezone

from ops.ids import uuid7


class Row(models.Model):
    """What every table of Alliv starts with: a UUIDv7 primary key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class Revision(Row):
    name = models.CharField(max_length=40, unique=True)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Job(Row):
    """Background work that was promised: committed with its cause, claimed by a counted update, kept when it fails."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DEAD = "dead"

    queue = models.CharField(max_length=20)
    task = models.CharField(max_length=200, help_text="Dotted path of the function.")
    arguments = models.JSONField(default=list)
    request_id = models.CharField(max_length=64, blank=True)
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="", help_text="The trace it continues.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # jobs.claim_next: the oldest job that is due.
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(status__in=["waiting", "running"]), name="ops_job_due"),
            # admin: those that were given up.
            models.Index(fields=["id"], condition=models.Q(status="dead"), name="ops_job_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.status}"


class Mail(Row):
    """A mail as a row of the transaction that caused it. `message_id` never changes: a second try is the same mail."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DEAD = "dead"

    purpose = models.CharField(max_length=40)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120)
    request_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    unsubscribe = models.URLField(max_length=300, blank=True, default="", db_default="", help_text="Where one POST ends mails of its kind.")
    handed_over = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a server had all of it and nobody heard what it said."
    )
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Until then it is somebody's who sends it.")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # outbox.send_pending: what has not left yet.
            models.Index(fields=["created_at"], condition=models.Q(status="waiting"), name="ops_mail_waiting"),
            # admin: what was given up, and everything that went to an address.
            models.Index(fields=["id"], condition=models.Q(status="dead"), name="ops_mail_dead"),
            models.Index(fields=["to"], name="ops_mail_to"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} to {self.to}: {self.status}"


class IdempotencyKey(Row):
    """A POST that may be sent again: whose, under which key, what it said, and the answer once there is one."""

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first request is still at work.")
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="ops_idempotency_once")]

    def __str__(self) -> str:
        return f"{self.key} of {self.owner}"
