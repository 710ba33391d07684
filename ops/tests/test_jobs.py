"""Background work: promised with its cause, done once, tried again when it fails, found again when its worker died."""

import json
import threading
import zlib
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from ops import jobs
from ops.context import request_id, serving
from ops.models import Job, Revision
from tests.factories import JobFactory, RevisionFactory
from tests.support import race

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NOTES: list[Any] = []
NOTE, FAIL, WAIT, LOOK = (f"ops.tests.test_jobs.{name}" for name in ("note", "fail", "wait", "look"))


def note(*words: Any) -> None:
    NOTES.append((words, request_id()))


def fail() -> None:
    raise ValueError("no " * 1000)


def wait() -> None:
    raise jobs.NotYet("the other side is away")


def look() -> None:
    NOTES.append(Revision.objects.filter(name="marker").exists())


@pytest.fixture(autouse=True)
def _fresh() -> None:
    NOTES.clear()
    jobs.wake.clear()


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What is offered to workers, without any."""
    spy = Mock()
    monkeypatch.setattr(jobs, "offer", spy)
    return spy


class TestPromising:
    def test_it_is_part_of_the_transaction(self, offered: Mock) -> None:
        with transaction.atomic():
            jobs.promise(NOTE)
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_it_is_offered_after_the_commit(self, offered: Mock, committed: Any) -> None:
        with committed():
            jobs.promise(NOTE, 1, "two", queue="emails")
            assert not offered.called
        job = Job.objects.get()
        offered.assert_called_once_with(job)
        assert (job.task, job.arguments, job.queue, job.status) == (NOTE, [1, "two"], "emails", "waiting")

    def test_it_keeps_the_request_it_belongs_to(self) -> None:
        with serving("r-1"):
            jobs.promise(NOTE, "x")
        jobs.run_due()
        assert NOTES == [(("x",), "r-1")]

    def test_the_same_twice_may_be_once(self) -> None:
        for _ in range(2):
            jobs.promise(NOTE, 1, once=True)
        jobs.promise(NOTE, 2, once=True)
        assert Job.objects.count() == 2

    def test_what_runs_already_has_to_run_again(self) -> None:
        JobFactory(task=NOTE, status="running")
        jobs.promise(NOTE, once=True)
        assert Job.objects.count() == 2


class TestRunning:
    def test_a_job_runs_once_and_is_gone(self) -> None:
        job = JobFactory(task=NOTE, arguments=["x"])
        assert jobs.run(str(job.pk)) is True
        assert jobs.run(str(job.pk)) is False
        assert [words for words, _ in NOTES] == [("x",)]
        assert not Job.objects.exists()

    def test_the_oldest_goes_first_and_a_limit_holds(self) -> None:
        now = timezone.now()
        for age in (1, 3, 2):
            JobFactory(task=NOTE, arguments=[age], due_at=now - timedelta(minutes=age))
        assert jobs.run_due(limit=2) == 2
        assert [words for words, _ in NOTES] == [(3,), (2,)]
        assert jobs.run_due() == 1

    @pytest.mark.parametrize(
        ("state", "runs"),
        [
            ({"due_at": timezone.now() + timedelta(days=1)}, False),
            ({"status": "running", "due_at": timezone.now() + timedelta(days=1)}, False),  # leased to somebody else
            ({"status": "running", "due_at": timezone.now() - timedelta(seconds=1)}, True),  # whose worker died
            ({"status": "dead"}, False),
        ],
        ids=["not due", "leased", "left behind", "dead"],
    )
    def test_what_may_be_claimed(self, state: dict[str, Any], runs: bool) -> None:
        job = JobFactory(task=NOTE, **state)
        assert jobs.run(str(job.pk)) is runs
        assert bool(NOTES) is runs

    def test_a_claim_is_a_lease(self) -> None:
        job = jobs.claim(str(JobFactory().pk))
        assert job is not None
        assert (job.status, job.attempts) == ("running", 1)
        assert 110 < (job.due_at - timezone.now()).total_seconds() <= 120


class TestFailing:
    def test_it_is_tried_again_later_and_later(self) -> None:
        job = JobFactory(task=FAIL)
        pauses = []
        for attempt in range(1, jobs.MAX_ATTEMPTS):
            Job.objects.update(due_at=timezone.now())
            assert jobs.run(str(job.pk)) is False
            job.refresh_from_db()
            assert (job.status, job.attempts) == ("waiting", attempt)
            pauses.append((job.due_at - timezone.now()).total_seconds())
        for attempt, pause in enumerate(pauses, 1):
            assert 0.5 * 2 * 2**attempt - 1 < pause <= 1.5 * 2 * 2**attempt

    def test_after_eight_attempts_it_is_dead_and_says_why(self) -> None:
        job = JobFactory(task=FAIL, attempts=jobs.MAX_ATTEMPTS - 1)
        jobs.run(str(job.pk))
        job.refresh_from_db()
        assert (job.status, job.error[:13], len(job.error)) == ("dead", "ValueError: n", 500)
        assert jobs.run_due() == 0

    def test_one_that_takes_its_worker_along_is_not_tried_for_ever(self) -> None:
        job = JobFactory(task=NOTE, status="running", attempts=jobs.MAX_ATTEMPTS, due_at=timezone.now() - timedelta(seconds=1))
        assert jobs.run(str(job.pk)) is False
        job.refresh_from_db()
        assert (job.status, NOTES) == ("dead", [])

    def test_a_task_that_says_not_yet_is_never_given_up(self) -> None:
        job = JobFactory(task=WAIT)
        for _ in range(2 * jobs.MAX_ATTEMPTS):
            Job.objects.update(due_at=timezone.now())
            jobs.run(str(job.pk))
        job.refresh_from_db()
        assert (job.status, job.attempts, job.error) == ("waiting", jobs.MAX_ATTEMPTS - 1, "NotYet: the other side is away")
        assert (job.due_at - timezone.now()).total_seconds() <= 1.5 * 2**jobs.MAX_ATTEMPTS

    def test_a_task_nobody_knows_is_a_failure_like_any_other(self) -> None:
        job = JobFactory(task="nowhere.at.all")
        assert jobs.run(str(job.pk)) is False
        job.refresh_from_db()
        assert job.error.startswith("ModuleNotFoundError")

    def test_it_does_not_hold_up_the_others(self) -> None:
        JobFactory(task=FAIL, due_at=timezone.now() - timedelta(minutes=1))
        JobFactory(task=NOTE)
        assert jobs.run_due() == 2
        assert len(NOTES) == 1

    def test_staff_see_it(self, client: Client, sam: Member) -> None:
        job = JobFactory(status="dead", error="ValueError")
        client.force_login(sam)
        assert b"ValueError" in client.get("/admin/ops/job/").content
        assert client.get(f"/admin/ops/job/{job.pk}/change/").status_code == 200
        assert client.get("/admin/ops/job/add/").status_code == 403


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_of_many_workers_one_gets_the_job(self) -> None:
        for _ in range(10):
            job = JobFactory(task=NOTE)
            assert sorted(race(*[partial(jobs.run, str(job.pk))] * 8)) == [False] * 7 + [True]
        assert len(NOTES) == 10

    def test_a_job_that_waits_for_several_sees_what_each_of_them_committed(self) -> None:
        """Else the last change before it ran would have had its own promise dropped for nothing."""
        job = JobFactory(task=LOOK)
        worker = threading.Thread(target=race, args=[partial(jobs.run, str(job.pk))])
        with transaction.atomic():
            jobs.promise(LOOK, once=True)
            worker.start()
            worker.join(0.5)
            RevisionFactory(name="marker")
        worker.join(30)
        assert NOTES == [True]
        assert not Job.objects.exists()

    @pytest.mark.skipif(not settings.REDIS_URL, reason="there is no Redis in this run")
    def test_redis_is_told_the_id_and_nothing_else(self) -> None:
        import django_rq

        job = JobFactory(queue="media")
        jobs.offer(job)
        kept = django_rq.get_queue("media").jobs[-1]
        assert (kept.func_name, kept.args, kept.kwargs) == ("ops.jobs.run", [str(job.pk)], {})
        assert json.loads(zlib.decompress(kept.connection.hget(kept.key, "data"))) == ["ops.jobs.run", None, [str(job.pk)], {}]  # no pickle
        kept.delete()

    @pytest.mark.skipif(not settings.REDIS_URL, reason="there is no Redis in this run")
    def test_what_rq_forgot_is_offered_again_and_done(self) -> None:
        import django_rq

        queue = django_rq.get_queue("default")
        queue.empty()
        fresh, forgotten = JobFactory(task=NOTE, arguments=["x"]), JobFactory(task=NOTE, arguments=["x"])
        Job.objects.filter(pk=forgotten.pk).update(due_at=timezone.now() - timedelta(minutes=1))
        assert jobs.offer_overdue() == 1
        call_command("rqworker", "default", burst=True, verbosity=0)
        assert list(Job.objects.all()) == [fresh]

    @pytest.mark.skipif(not settings.REDIS_URL, reason="there is no Redis in this run")
    def test_a_queue_that_nobody_reads_is_not_filled_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import django_rq

        queue = django_rq.get_queue("default")
        queue.empty()
        monkeypatch.setattr(jobs, "OFFERS", 3)
        for _ in range(4):
            JobFactory(task=NOTE, due_at=timezone.now() - timedelta(minutes=1))
        for _ in range(5):
            jobs.offer_overdue()
        assert queue.count <= 6
        queue.empty()

    def test_the_worker_thread_wakes_for_a_new_job(self) -> None:
        worker, ran = jobs.WorkerThread(), threading.Event()
        worker.start()
        try:
            with transaction.atomic():
                jobs.promise(NOTE, "x")
            for _ in range(100):
                if NOTES and not Job.objects.exists():
                    ran.set()
                    break
                ran.wait(0.05)
            assert ran.is_set()
        finally:
            worker.stop()
            worker.join(10)
        assert not worker.is_alive()

    def test_the_worker_thread_survives_a_queue_it_cannot_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tried = threading.Semaphore(0)

        def broken(**kwargs: float) -> None:
            tried.release()
            raise RuntimeError("no database")

        monkeypatch.setattr(jobs, "run_due", broken)
        worker = jobs.WorkerThread()
        worker.start()
        try:
            assert tried.acquire(timeout=10)
            assert tried.acquire(timeout=10)
        finally:
            worker.stop()
            worker.join(10)
