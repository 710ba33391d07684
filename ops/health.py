"""Is this process alive, and is it ready? Answers are codes, never the text of an exception."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pymongo
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ops.backup import age
from ops.connections import LOST, renew
from ops.models import Job

DEADLINE_SECONDS = 2.0
SHARED_SECONDS = 1.0
STUCK_SECONDS = 300
LEFT_BEHIND = 2


class Unhealthy(Exception):
    """A check that failed, with a code that may be shown to anybody."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- The checks ---


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Unhealthy("unapplied_migrations")


def check_redis() -> None:
    cache.get("health")


def check_mongodb() -> None:
    with pymongo.timeout(DEADLINE_SECONDS / 2):  # to say why it does not answer, and not only that it does not
        connections["mongodb"].get_database().command("ping")  # type: ignore[attr-defined]


def check_queue() -> None:
    """Jobs that have been due for minutes have nobody who runs them."""
    late = timezone.now() - timedelta(seconds=STUCK_SECONDS)
    if Job.objects.filter(status=Job.Status.WAITING, due_at__lt=late).exists():
        raise Unhealthy("stuck")


def check_storage() -> None:
    default_storage.exists("health")


def check_backup() -> None:
    if age.is_stale():
        raise Unhealthy("old")


def checks() -> dict[str, Callable[[], None] | None]:
    """Every check by name; None for what is not configured."""
    return {
        "database": check_database,
        "migrations": check_migrations,
        "redis": check_redis if settings.REDIS_URL else None,
        "mongodb": check_mongodb if "mongodb" in settings.DATABASES else None,
        "queue": check_queue,
        "storage": check_storage,
        **({"backup": check_backup} if settings.PRODUCTION else {}),
    }


# --- Running them ---


def run(check: Callable[[], None]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        check()
        outcome: dict[str, Any] = {"status": "healthy"}
    except Unhealthy as error:
        outcome = {"status": "unhealthy", "code": error.code}
    except Exception as error:
        outcome = {"status": "unhealthy", "code": code_of(error)}
        if isinstance(error, LOST):
            renew()  # what else lies in the pool went with it
    finally:
        connection.close()
    return {**outcome, "latency_ms": round((time.perf_counter() - started) * 1000, 1)}


def code_of(error: Exception) -> str:
    """What may be told of a failure: one of three words."""
    text = f"{type(error).__name__} {error}".lower()
    if "refused" in text:
        return "refused"
    return "timeout" if "timeout" in text or "timed out" in text else "failed"


_left_behind: dict[str, list[Future[dict[str, Any]]]] = {}


def begin(pool: ThreadPoolExecutor, name: str, check: Callable[[], None]) -> Future[dict[str, Any]] | None:
    """None when so many of its kind hang already that another would only cost one more thread and connection."""
    still = _left_behind[name] = [future for future in _left_behind.get(name, []) if not future.done()]
    return pool.submit(run, check) if len(still) < LEFT_BEHIND else None


def run_all() -> dict[str, dict[str, Any]]:
    """All checks at once under one deadline; a check that hangs is left behind."""
    pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")
    until = time.monotonic() + DEADLINE_SECONDS
    wanted = checks()
    futures = {name: begin(pool, name, check) for name, check in wanted.items() if check}
    results: dict[str, dict[str, Any]] = {name: {"status": "not_configured"} for name in wanted}
    for name, future in futures.items():
        results[name] = {"status": "unhealthy", "code": "timeout", "latency_ms": DEADLINE_SECONDS * 1000}
        if future:
            try:
                results[name] = future.result(max(0.0, until - time.monotonic()))
            except TooLate:
                _left_behind[name].append(future)
    pool.shutdown(wait=False)
    return results


@dataclass
class Report:
    ready: bool
    body: dict[str, Any]


def judge(results: dict[str, dict[str, Any]]) -> Report:
    """What is required decides; the rest may be degraded."""
    for name, result in results.items():
        if result["status"] == "unhealthy" and name not in settings.READY_REQUIRES:
            result["status"] = "degraded"
    ready = all(result["status"] != "unhealthy" for result in results.values())
    return Report(ready, {"status": "ready" if ready else "not_ready", "checks": results, "timestamp": now()})


draining = threading.Event()
_lock = threading.Lock()
_last: tuple[float, Report] | None = None


def readiness() -> Report:
    """The report; probes within a second share one."""
    global _last
    if draining.is_set():
        return Report(False, {"status": "draining", "checks": {}, "timestamp": now()})
    with _lock:
        if _last is None or time.monotonic() - _last[0] > SHARED_SECONDS:
            report = judge(run_all())
            _last = (time.monotonic(), report)  # from its end on: those who waited for it must not begin another
        return _last[1]
