"""Does promised work get done, once, whatever happens to who does it? Rows are made and rolled back; workers that run see none."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from ops import jobs
from ops.drilling import Trial, drill, undone
from ops.models import Job

done: list[str] = []


def note(word: str) -> None:
    done.append(word)


def fail(word: str) -> None:
    raise RuntimeError("as rehearsed")


@drill("jobs")
def trials() -> Iterator[Trial]:
    done.clear()
    with undone():
        job = promised(note)
        claimed = jobs.claim(str(job.pk))
        yield Trial("of two workers one gets it", (True, None), (claimed is not None, jobs.claim(str(job.pk))))
        late(job)
        yield Trial("whose worker was killed comes again", (True, ["killed"]), (jobs.run(str(job.pk)), done))
        yield Trial("and is done once", (False, ["killed"]), (jobs.run(str(job.pk)), done))
    with undone():
        job = promised(fail)
        jobs.run(str(job.pk))
        job.refresh_from_db()
        yield Trial("one that failed waits for its next try", ("waiting", True), (job.status, job.due_at > timezone.now()))
        for _ in range(jobs.MAX_ATTEMPTS):
            late(job)
            jobs.run(str(job.pk))
        job.refresh_from_db()
        yield Trial("and is given up in the end, with its error", ("dead", "RuntimeError: as rehearsed"), (job.status, job.error))
    yield Trial("nothing of it stays", 0, Job.objects.filter(task__startswith=__name__).count())


def promised(task: object) -> Job:
    jobs.promise(f"{__name__}.{getattr(task, '__name__', '')}", "killed")
    return Job.objects.filter(task__startswith=__name__).latest("created_at")


def late(job: Job) -> None:
    """Its lease has ended, as after the death of its worker."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - timedelta(seconds=1))
