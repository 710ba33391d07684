"""The one door to background work.

`promise` writes a row inside the caller's transaction. After the commit the row is offered: to django-rq when there is
Redis, and to the worker thread of this process when one runs. Both may be offered the same row; `run` claims it by a
counted update, so it runs once. A row whose offer was lost, or whose worker died, is found again when its lease ends.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from ops.context import request_id, serving, trace
from ops.models import Job

MAX_ATTEMPTS = 8
BACKOFF_SECONDS = 2.0
OVERDUE_SECONDS, OFFERS = 5, 100
APART_SECONDS, BREATH_SECONDS = (0.05, 0.4), 0.03
log = logging.getLogger("alliv.jobs")
wake = threading.Event()


class NotYet(Exception):
    """Raised by a task that decides itself when it is over: it is tried again however often that was, minutes apart in the end."""


def promise(task: str, *arguments: Any, queue: str = "default", once: bool = False) -> None:
    """`task(*arguments)` runs after this transaction commits; `once` drops it when the same is already waiting."""
    if once and is_waiting(task, list(arguments)):
        return
    job = Job.objects.create(queue=queue, task=task, arguments=list(arguments), request_id=request_id(), traceparent=str(trace() or ""))
    transaction.on_commit(lambda: offer(job), robust=True)


def is_waiting(task: str, arguments: list[Any]) -> bool:
    """Whether the same waits already; it then waits for this transaction, too, and so sees what the caller is about to commit."""
    with transaction.atomic():
        return Job.objects.select_for_update().filter(task=task, arguments=arguments, status=Job.Status.WAITING).first() is not None


def offer(job: Job) -> None:
    wake.set()
    if settings.REDIS_URL:
        import django_rq  # its import needs configured queues, which only Redis gives meaning to

        django_rq.get_queue(job.queue).enqueue("ops.jobs.run", str(job.id))


def run(job_id: str) -> bool:
    """Runs the job unless somebody else has it. True when it ran to its end."""
    job = claim(job_id)
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        put_back(job, RuntimeError("it took its worker along every time"))
        return False
    with serving(job.request_id, job.traceparent):
        try:
            import_string(job.task)(*job.arguments)
        except Exception as error:
            log.exception("job failed", extra={"task": job.task, "attempt": job.attempts})
            put_back(job, error)
            return False
    Job.objects.filter(id=job.id).delete()
    return True


def claim(job_id: str) -> Job | None:
    """The job, now leased to the caller; None when it is gone, not due or leased to somebody else."""
    now = timezone.now()
    free = Job.objects.filter(id=job_id, due_at__lte=now, status__in=[Job.Status.WAITING, Job.Status.RUNNING])
    lease = now + timedelta(seconds=settings.JOB_LEASE_SECONDS)
    if not free.update(status=Job.Status.RUNNING, due_at=lease, attempts=F("attempts") + 1):
        return None
    return Job.objects.get(id=job_id)


def put_back(job: Job, error: Exception) -> None:
    attempts = min(job.attempts, MAX_ATTEMPTS - 1) if isinstance(error, NotYet) else job.attempts
    pause = BACKOFF_SECONDS * 2**attempts * random.uniform(0.5, 1.5)
    Job.objects.filter(id=job.id).update(
        status=Job.Status.DEAD if attempts >= MAX_ATTEMPTS else Job.Status.WAITING,
        attempts=attempts,
        due_at=timezone.now() + timedelta(seconds=pause),
        error=f"{type(error).__name__}: {error}"[:500],
    )


def run_due(limit: int = 1000, *, pause: float = 0.0) -> int:
    """Runs what is due, oldest first, with a pause behind each; returns how many were tried."""
    tried = 0
    while tried < limit:
        due = Job.objects.filter(due_at__lte=timezone.now(), status__in=[Job.Status.WAITING, Job.Status.RUNNING])
        job_id = due.order_by("due_at").values_list("id", flat=True).first()
        if job_id is None:
            break
        run(str(job_id))
        tried += 1
        time.sleep(pause)
    return tried


def offer_overdue() -> int:
    """Offers rows to rq again whose offer was lost or whose time to retry has come; how many."""
    import django_rq

    late = timezone.now() - timedelta(seconds=OVERDUE_SECONDS)
    jobs = Job.objects.filter(due_at__lte=late, status__in=[Job.Status.WAITING, Job.Status.RUNNING]).order_by("due_at")[:OFFERS]
    # A full queue has nobody who reads it: more offers would not help.
    wanted = [job for job in jobs if django_rq.get_queue(job.queue).count < OFFERS]
    for job in wanted:
        offer(job)
    return len(wanted)


class WorkerThread(threading.Thread):
    """Looks around now and then, and at once when this process promised something.

    In the embedded default it does the jobs itself, a moment later that chance chooses: what a question leaves behind slows
    everybody's answers down and not its own, whose time would tell that it left something. Between two jobs it leaves the process, and
    SQLite's one writer, to requests: when a mail server is away, many are due at once. Where rq's workers do them it offers overdue
    ones again: rq forgets a job that failed, and an offer can be lost between the commit and Redis.
    """

    def __init__(self, work: Callable[[], object] | None = None, pause: float = 0.5) -> None:
        super().__init__(name="alliv-jobs", daemon=True)
        self.work, self.pause = work or partial(run_due, pause=BREATH_SECONDS), pause
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(random.uniform(*APART_SECONDS)):
            wake.clear()
            try:
                self.work()
            except Exception:
                log.exception("the job thread could not read its queue")
            finally:
                close_old_connections()
            wake.wait(self.pause)

    def stop(self) -> None:
        self.stopping.set()
        wake.set()
