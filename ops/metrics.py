"""Prometheus metrics, for operators only."""

import hmac
import time
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops.backup import store
from ops.models import Job, Mail


class Waiting(Collector):
    """What lies in the database and in the folder of backups, looked up when somebody asks. Labels are those of our own choices."""

    def describe(self) -> list[Metric]:
        return []  # registering must not ask the database

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("alliv_jobs", "Background jobs by status.", labels=["status"])
        mails = GaugeMetricFamily("alliv_mails", "Mails that have not left, by status.", labels=["status"])
        for family, rows in ((jobs, Job.objects.all()), (mails, Mail.objects.exclude(status=Mail.Status.SENT))):
            found = dict(rows.order_by().values_list("status").annotate(Count("id")))
            for status in rows.model.Status.values:
                if status != "sent":
                    family.add_metric([status], found.get(status, 0))
            yield family
        for path in store.paths()[:1]:  # each was verified before it got its name
            age = time.time() - store.made_at(path).timestamp()
            yield GaugeMetricFamily("alliv_backup_age_seconds", "Age of the newest verified backup.", value=age)


REGISTRY.register(Waiting())


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics for whoever shows METRICS_TOKEN as a bearer; for everybody else, and without one, there is no such page."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response
