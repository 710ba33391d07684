"""Do the probes tell the truth? Checks that hang, fail and talk too much stand in for the real ones."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ops import health
from ops.drilling import Trial, drill

SECRET = "password=hunter2 host=db.internal"


def hangs() -> None:
    time.sleep(health.DEADLINE_SECONDS + 1)


def talks() -> None:
    raise RuntimeError(f"connection failed: {SECRET}")


def refuses() -> None:
    raise ConnectionRefusedError("Connection refused")


@drill("health")
def trials() -> Iterator[Trial]:
    real = health.judge(health.run_all()).body["checks"]
    yield Trial("the database answers", "healthy", real["database"]["status"])
    yield Trial("no migration waits", "healthy", real["migrations"]["status"])
    for trial, check, code in (
        ("one that refuses", refuses, "refused"),
        ("one that fails", talks, "failed"),
        ("one that hangs", hangs, "timeout"),
    ):
        began = time.monotonic()
        with instead(check):
            report = health.judge(health.run_all())
        yield Trial(
            f"{trial} makes the process not ready, with a code",
            (False, code),
            (report.ready, report.body["checks"]["database"].get("code")),
        )
        yield Trial(f"{trial} is told of in time", True, time.monotonic() - began < health.DEADLINE_SECONDS + 0.5)
        yield Trial(f"{trial} gives nothing away", False, any(word in json.dumps(report.body) for word in SECRET.split()))
    yield Trial("a process that is leaving is not ready", "draining", status_while_draining())


@contextmanager
def instead(check: Callable[[], None]) -> Iterator[None]:
    """Puts a check in the place of the database's."""
    kept = health.checks
    health.checks = lambda: {"database": check}
    try:
        yield
    finally:
        health.checks = kept


def status_while_draining() -> str:
    health.draining.set()
    try:
        return str(health.readiness().body["status"])
    finally:
        health.draining.clear()
