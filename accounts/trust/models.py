"""What is known for and against a member, and the score it makes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from ops.models import Row


class Fact(Row):
    """Something that happened and bears on trust: added, never changed. `source` names what it is about, so that it counts once."""

    class Kind(models.TextChoices):
        EMAIL_VERIFIED = "email_verified"
        PROFILE_COMPLETED = "profile_completed"
        REPORT_CONFIRMED = "report_confirmed"
        REPORT_REJECTED = "report_rejected"
        WARNED = "warned"
        SUSPENDED = "suspended"
        LIFTED = "lifted"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trust_facts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # services.note: what is noted again is not noted twice.
        constraints = [models.UniqueConstraint(fields=["member", "kind", "source"], name="trust_fact_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.member_id}"


class Standing(models.Model):
    """The score of a member's facts when it was last computed: for sorting. Deciding reads the facts."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    score = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.score} of {self.member_id}"
