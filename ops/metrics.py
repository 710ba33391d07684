"""Prometheus metrics, for operators only."""

import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django_prometheus.middleware import PrometheusAfterMiddleware
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops.backup import age
from ops.models import Job, Mail

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the number of series, and nobody asks when a counter was made


class CountedRequests(PrometheusAfterMiddleware):  # type: ignore[misc]
    """Counts by view and method what was answered; what was refused shares its labels, so that strangers cannot make new ones."""

    def _method(self, request: HttpRequest) -> str:
        return request.method if request.method in METHODS else "<other>"

    def label_metric(self, metric: Any, request: HttpRequest, response: HttpResponse | None = None, **labels: Any) -> Any:
        answered = response is not None and not 400 <= response.status_code < 500
        if isinstance(metric, Histogram) and "view" in labels and not answered:
            labels |= {"view": "<refused>", "method": "<refused>"}
        elif response is not None and not answered and "method" in labels:
            labels["method"] = "<refused>"
        return super().label_metric(metric, request, response, **labels)


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
        if backup := age.age():
            yield GaugeMetricFamily("alliv_backup_age_seconds", "Age of the newest verified backup.", value=backup.total_seconds())


REGISTRY.register(Waiting())


def registry() -> CollectorRegistry:
    """What is counted: by this process, or by all that share `PROMETHEUS_MULTIPROC_DIR`, the dead ones included."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    let_go(Path(folder))
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    together.register(Waiting())
    return together


def let_go(folder: Path) -> None:
    """A worker that has died counts nothing any more, and has no sockets: only its counters stay."""
    for path in folder.glob("gauge_live*.db"):
        pid = path.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists() and Path("/proc").exists():
            path.unlink(missing_ok=True)


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics for whoever shows METRICS_TOKEN as a bearer; for everybody else, and without one, there is no such page."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
