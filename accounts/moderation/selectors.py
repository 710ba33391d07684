"""The reports queue."""

from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import Member
from accounts.moderation.models import Case, Decision, Report
from accounts.trust.score import ESTABLISHED


def cases() -> QuerySet[Any]:
    """Members with open reports. Those reported by distinct, established members stand first; a crowd of newcomers weighs nothing."""
    open_one = Q(reports_received__status=Report.Status.OPEN)
    established = open_one & Q(reports_received__reporter__standing__score__gte=ESTABLISHED)
    return (
        Case.objects.filter(open_one)
        .annotate(
            open_reports=Count("reports_received"),
            credibility=Coalesce(Sum("reports_received__reporter__standing__score", filter=established), Value(0)),
            waiting_since=Min("reports_received__created_at"),
        )
        .order_by("-credibility", "waiting_since")
    )


def open_reports(subject: Member) -> QuerySet[Report]:
    return Report.objects.filter(subject=subject, status=Report.Status.OPEN)


def reports_about(subject: Member) -> QuerySet[Report]:
    """All of them, newest first, with who reported and how far they are trusted."""
    return Report.objects.filter(subject=subject).select_related("reporter__profile", "reporter__standing", "decision")


def decisions_about(subject: Member) -> QuerySet[Decision]:
    return Decision.objects.filter(subject=subject).select_related("actor")
