"""Reports by members, and what staff decided about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from ops.models import Row


class Decision(Row):
    """What a member of staff decided about a member: added, never changed. Without the member it holds nothing personal."""

    class Kind(models.TextChoices):
        DISMISS = "dismiss", _("Dismiss: nothing wrong")
        WARN = "warn", _("Warn by mail")
        SUSPEND = "suspend", _("Suspend")
        LIFT = "lift", _("Lift the suspension")

    subject = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decisions_received")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    until = models.DateTimeField(null=True, blank=True, help_text="When a suspension ends by itself; empty: never.")
    note = models.CharField(max_length=500, blank=True, help_text="For other staff; the member does not see it.")
    reports = models.PositiveIntegerField(default=0, help_text="How many open reports it answered.")
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A decision is never changed: make another one.")
        super().save(*args, **kwargs)


class Report(Row):
    """What one member told about another, with the profile as it was shown to them then."""

    class Reason(models.TextChoices):
        HARASSMENT = "harassment", _("Harassment or threats")
        SPAM = "spam", _("Spam or advertising")
        INAPPROPRIATE = "inappropriate", _("Something that does not belong here")
        FAKE = "fake", _("Not who they say they are")
        OTHER = "other", _("Something else")

    class Status(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        DISMISSED = "dismissed"

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reports_made")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports_received")
    reason = models.CharField(max_length=15, choices=Reason.choices)
    details = models.CharField(max_length=1000)
    context = models.JSONField(null=True, blank=True)
    evidence = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="answered")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["reporter", "subject"], condition=Q(status="open"), name="moderation_report_one_open")
        ]
        # selectors.cases: members with open reports.
        indexes = [models.Index(fields=["subject"], condition=Q(status="open"), name="moderation_report_open")]

    def __str__(self) -> str:
        return f"{self.reason} by {self.reporter_id} about {self.subject_id}"


class Case(Member):
    """A member as the reports queue sees them."""

    class Meta:
        proxy = True
        verbose_name = "reported member"
