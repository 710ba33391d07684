"""Metrics are for whoever shows the token."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from prometheus_client import REGISTRY
from redis import RedisError

from accounts.models import Member
from ops.models import Job, Mail
from ops.scratch import free_port
from tests.factories import JobFactory, MailFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = "a-long-random-token"
    return "a-long-random-token"


def test_the_token_opens_them(stranger: Any, token: str) -> None:
    answer = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert b"django_http_requests_total" in answer.content


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", "Basic a-long-random-token", "Bearer é"])
def test_nobody_else_finds_such_a_page(shown: str, stranger: Any, token: str) -> None:
    assert stranger.get("/metrics", headers={"Authorization": shown}).status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer "])
def test_without_a_token_there_is_no_such_page(shown: str, stranger: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert stranger.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_labels_are_routes_and_not_addresses(stranger: Any, token: str, ana: Member) -> None:
    stranger.get(f"/api/profiles/{ana.pk}")
    content = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"}).content.decode()
    assert str(ana.pk) not in content


def test_what_waits_and_how_old_the_backup_is(stranger: Any, token: str, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path
    JobFactory.create_batch(2)
    JobFactory(status=Job.Status.DEAD)
    MailFactory()
    MailFactory(status=Mail.Status.SENT)

    def told() -> str:
        return str(stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"}).content.decode())

    assert "alliv_backup_age_seconds" not in told()
    (tmp_path / f"alliv-{datetime.now(UTC) - timedelta(hours=2):%Y%m%dT%H%M%SZ}.tar.gz").touch()
    content = told()
    for line in ('alliv_jobs{status="waiting"} 2.0', 'alliv_jobs{status="dead"} 1.0', 'alliv_mails{status="waiting"} 1.0'):
        assert line in content
    assert 'alliv_mails{status="sent"}' not in content
    (age,) = re.findall(r"^alliv_backup_age_seconds (.+)$", content, re.MULTILINE)
    assert 7200 <= float(age) < 7300


WORKER = """
import sys
from prometheus_client import Counter, Gauge
Counter("alliv_rehearsed_total", "Done.").inc()
Gauge("alliv_rehearsed_open", "Open.", multiprocess_mode="livesum").set(1)
print("counted", flush=True)
sys.stdin.read()
"""


def test_workers_are_summed_up_and_a_dead_one_has_nothing_open(
    stranger: Any, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([sys.executable, "-c", WORKER], **pipes) for _ in range(2)]

    def told() -> list[str]:
        content = stranger.get("/metrics", headers={"Authorization": f"Bearer {token}"}).content.decode()
        assert 'alliv_jobs{status="waiting"} 0.0' in content
        return re.findall(r"^alliv_rehearsed_(?:total|open) .+$", content, re.MULTILINE)

    try:
        for worker in workers:
            worker.stdout.readline()
        assert sorted(told()) == ["alliv_rehearsed_open 2.0", "alliv_rehearsed_total 2.0"]
    finally:
        workers[0].kill()
        workers[0].communicate()
    try:
        assert sorted(told()) == ["alliv_rehearsed_open 1.0", "alliv_rehearsed_total 2.0"]
    finally:
        workers[1].kill()
        workers[1].communicate()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_questions_to_the_database_are_counted_and_so_are_those_it_refuses(ana: Member) -> None:
    def seen() -> tuple[float, float]:
        return (
            counted("alliv_database_query_seconds_count", database="default"),
            counted("alliv_database_errors_total", database="default"),
        )

    asked, failed = seen()
    Member.objects.get(pk=ana.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nonsense")
    assert (seen()[0] > asked, seen()[1]) == (True, failed + 1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool")
@pytest.mark.django_db(transaction=True)
def test_the_pool_is_told_of() -> None:
    connection.close()
    Member.objects.exists()
    assert counted("alliv_database_connections", state="used") >= 1


def test_hits_misses_writes_and_failures_of_the_cache_are_counted(settings: Any) -> None:
    def seen() -> list[float]:
        return [counted("alliv_cache_answers_total", result=result) for result in ("hit", "miss", "write", "error")]

    before = seen()
    cache.set("counted", 1)
    assert (cache.get("counted"), cache.get("nothing", 7)) == (1, 7)
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "ops.counting.CountedRedis", "LOCATION": f"redis://127.0.0.1:{free_port()}/0"},
    }
    with pytest.raises(RedisError):
        cache.get("counted")
    assert [after - start for start, after in zip(before, seen(), strict=True)] == [1, 1, 1, 1]
