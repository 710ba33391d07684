"""Is the process alive, is it ready? Honest, quick, and silent about what is behind it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as actual
from django.utils import timezone

from ops import health
from ops.health import Unhealthy
from ops.models import Job
from tests.factories import JobFactory

Checks = dict[str, Callable[[], None] | None]


def fine() -> None: ...


def hidden(text: str) -> Callable[[], None]:
    def check() -> None:
        raise OSError(text)

    return check


def coded() -> None:
    raise Unhealthy("unapplied_migrations")


@pytest.fixture
def with_checks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`with_checks(database=fine)` replaces every check."""

    def replace(**checks: Callable[[], None] | None) -> None:
        monkeypatch.setattr(health, "checks", lambda: checks)
        monkeypatch.setattr(health, "_last", None)
        monkeypatch.setattr(health, "_left_behind", {})

    return replace


@pytest.fixture
def draining() -> Iterator[None]:
    health.draining.set()
    yield
    health.draining.clear()


@pytest.mark.unit
class TestJudging:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Any) -> None:
        settings.READY_REQUIRES = ["database", "redis"]

    def report(self) -> tuple[bool, dict[str, Any]]:
        report = health.readiness()
        return report.ready, report.body["checks"]

    def test_all_is_well(self, with_checks: Callable[..., None]) -> None:
        with_checks(database=fine, redis=fine, mongodb=None)
        ready, checks = self.report()
        assert ready
        assert {name: check["status"] for name, check in checks.items()} == {
            "database": "healthy", "redis": "healthy", "mongodb": "not_configured",
        }  # fmt: skip
        assert checks["database"]["latency_ms"] >= 0

    def test_what_is_required_decides(self, with_checks: Callable[..., None]) -> None:
        with_checks(database=coded, queue=fine)
        ready, checks = self.report()
        assert (ready, checks["database"]["status"], checks["database"]["code"]) == (False, "unhealthy", "unapplied_migrations")

    def test_the_rest_is_only_degraded(self, with_checks: Callable[..., None]) -> None:
        with_checks(database=fine, queue=coded)
        ready, checks = self.report()
        assert (ready, checks["queue"]["status"]) == (True, "degraded")

    def test_what_is_required_and_not_configured_does_not_hold_up(self, with_checks: Callable[..., None]) -> None:
        with_checks(database=fine, redis=None)
        assert self.report()[0]

    @pytest.mark.parametrize(
        ("text", "code"), [("Connection REFUSED by db.internal:5432", "refused"), ("password for alliv@db.internal", "failed")]
    )
    def test_a_failure_is_a_code_and_never_its_text(self, text: str, code: str, with_checks: Callable[..., None]) -> None:
        with_checks(database=hidden(text))
        report = health.readiness()
        assert report.body["checks"]["database"]["code"] == code
        assert "internal" not in str(report.body)

    def test_one_that_hangs_is_left_behind(self, with_checks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "DEADLINE_SECONDS", 0.2)
        release = threading.Event()
        with_checks(database=release.wait, redis=release.wait, queue=fine)
        started = time.monotonic()
        ready, checks = self.report()
        release.set()
        assert time.monotonic() - started < 1.5
        assert not ready
        assert (checks["database"]["code"], checks["redis"]["code"], checks["queue"]["status"]) == ("timeout", "timeout", "healthy")

    def test_probes_within_a_second_share_one_look(self, with_checks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        looks: list[int] = []
        with_checks(database=lambda: looks.append(1))
        first = health.readiness()
        assert health.readiness() is first
        monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)
        assert health.readiness() is not first
        assert len(looks) == 2

    def test_those_who_wait_for_a_look_that_hangs_share_it(self, with_checks: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "DEADLINE_SECONDS", 1.0)
        monkeypatch.setattr(health, "SHARED_SECONDS", 0.8)
        release, looks = threading.Event(), list[int]()
        with_checks(database=lambda: (looks.append(1), release.wait()))
        with ThreadPoolExecutor(20) as pool:
            reports = list(pool.map(lambda _: health.readiness(), range(20)))
        assert (len(looks), len({id(report) for report in reports})) == (1, 1)
        monkeypatch.setattr(health, "DEADLINE_SECONDS", 0.1)
        for _ in range(health.LEFT_BEHIND + 2):
            monkeypatch.setattr(health, "_last", None)
            assert not health.readiness().ready
        assert len(looks) == health.LEFT_BEHIND
        release.set()

    @pytest.mark.parametrize(("hours", "status"), [(25, "healthy"), (27, "degraded"), (None, "degraded")])
    def test_in_production_an_old_backup_is_a_warning(self, hours: int | None, status: str, settings: Any, tmp_path: Path) -> None:
        settings.BACKUP_DIR = tmp_path
        assert "backup" not in health.checks()
        settings.PRODUCTION = True
        if hours is not None:
            (tmp_path / f"alliv-{datetime.now(UTC) - timedelta(hours=hours):%Y%m%dT%H%M%SZ}.tar.gz").touch()
        report = health.judge({"backup": health.run(health.check_backup)})
        assert "backup" in health.checks()
        assert (report.ready, report.body["checks"]["backup"]["status"]) == (True, status)

    def test_draining_is_not_ready(self, with_checks: Callable[..., None], draining: None) -> None:
        with_checks(database=fine)
        report = health.readiness()
        assert (report.ready, report.body["status"]) == (False, "draining")


@pytest.mark.integration
@pytest.mark.django_db
class TestAddresses:
    def test_live_touches_nothing(self, stranger: Any, django_assert_num_queries: Any, draining: None) -> None:
        with django_assert_num_queries(0):
            answer = stranger.get("/health/live")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.json()["timestamp"].endswith("Z")

    def test_a_broken_required_part_is_503(self, stranger: Any, with_checks: Callable[..., None]) -> None:
        with_checks(database=coded)
        answer = stranger.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
        assert answer["Content-Type"] == "application/json"

    def test_draining_is_503(self, stranger: Any, draining: None) -> None:
        answer = stranger.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "draining")


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
class TestChecks:
    def test_everything_real_is_healthy(self, stranger: Any) -> None:
        answer = stranger.get("/health/ready")
        body = answer.json()
        assert answer.status_code == 200
        assert set(body) == {"status", "checks", "timestamp"}
        statuses = {name: check["status"] for name, check in body["checks"].items()}
        assert statuses == {
            "database": "healthy",
            "migrations": "healthy",
            "redis": "healthy" if actual.REDIS_URL else "not_configured",
            "mongodb": "healthy" if "mongodb" in actual.DATABASES else "not_configured",
            "queue": "healthy",
            "storage": "healthy",
        }

    def test_jobs_that_nobody_runs_are_stuck(self) -> None:
        JobFactory(due_at=timezone.now() - timedelta(seconds=health.STUCK_SECONDS - 5))
        health.check_queue()
        Job.objects.update(due_at=timezone.now() - timedelta(seconds=health.STUCK_SECONDS + 5))
        with pytest.raises(Unhealthy, match="stuck"):
            health.check_queue()

    def test_a_migration_that_was_not_applied_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
        with pytest.raises(Unhealthy, match="unapplied_migrations"):
            health.check_migrations()

    @pytest.mark.skipif(not actual.REDIS_URL, reason="there is no Redis in this run")
    def test_a_redis_that_is_gone_is_refused(self, settings: Any) -> None:
        from ops.scratch import free_port

        settings.CACHES = {**actual.CACHES, "default": {**actual.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}}
        assert health.run(health.check_redis)["code"] == "refused"
