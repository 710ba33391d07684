"""What is measured, in turns: in every round each server has its turn, and what counts is the median of the rounds.

"Transport" is a frame that nobody stores: Alliv's own `typing`, with all that a frame goes through there, and an event of the same content
that the other server passes on. Processor time is that of the application's processes alone, as the kernel counts it; clients, Redis and
database have theirs on the same machine. What is counted comes after a moment of the same, which is not.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings

from chat.bench.stage import SUBJECTS, Server, Stage
from ops.benching import Figure, Options, figure, percentile

ROUNDS = 5
PARTING_SECONDS = 3.5  # the server sees them go; Alliv waits two seconds before it believes it, and that shall cost nobody else's turn
BASELINE = "socketio"
UNITS = {"per_s": "1/s", "cpu_us": "µs", "p50_ms": "ms", "p99_ms": "ms", "kib": "KiB"}

Sample = dict[str, float]


@dataclass(frozen=True)
class Case:
    """An act of `load.py` with its numbers, and how its samples are taken."""

    name: str
    act: str
    sockets: int
    take: "Callable[[Load, Server], Sample]"
    processes: int = 1
    window: int = 2
    rate: int = 0
    seconds: float = 2.5
    crowd: bool = False
    afresh: bool = False


class Load:
    """The process of the clients, as this one speaks to it."""

    numbers = count(1, 10_000_000)

    def __init__(self, case: Case, server: Server, seats: list[Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chat.bench.load"], cwd=settings.BASE_DIR, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        job = {
            "dialect": server.subject,
            "seats": seats,
            "act": case.act,
            "seconds": case.seconds,
            "window": case.window,
            "rate": case.rate,
        }
        self.ask(json.dumps({**job, "first_number": next(self.numbers)}))

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or "null")
        if answer is None:
            raise RuntimeError("the clients did not come to their end")
        return answer

    def end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def acting(load: Load, server: Server) -> Sample:
    """How much of it a second, what one costs, and how long it took where that is asked."""
    load.ask("connect")
    load.ask("warm")
    before = server.cpu_seconds()
    done = load.ask("act")
    sample = rate_and_cost(done, server.cpu_seconds() - before)
    if waited := done.get("waited"):
        sample |= {"p50_ms": median(waited), "p99_ms": percentile(waited, 0.99)}
    return sample


def connecting(load: Load, server: Server) -> Sample:
    before = server.cpu_seconds()
    done = load.ask("connect")
    return rate_and_cost(done, server.cpu_seconds() - before)


def resting(load: Load, server: Server) -> Sample:
    """What an open socket keeps in memory when nothing happens."""
    before = server.own_bytes()
    done = load.ask("connect")
    server.settle()
    return {"kib": (server.own_bytes() - before) / done["count"] / 1024}


def rate_and_cost(done: dict[str, Any], cpu_seconds: float) -> Sample:
    return {"per_s": done["count"] / done["seconds"], "cpu_us": cpu_seconds / done["count"] * 1e6}


CASES = [
    Case("stored, saturated", "storing", 200, acting, window=4),
    Case("stored, 150 a second", "storing_at_a_rate", 200, acting, rate=150, seconds=6),
    Case("transport, 200 sockets", "typing", 200, acting),
    Case("transport, 1000 sockets", "typing", 1000, acting),
    Case("fan-out to 500", "fan_out", 500, acting, crowd=True),
    Case("two processes", "typing", 200, acting, processes=2),
    Case("connecting 500", "idle", 500, connecting),
    Case("idle, 1000 sockets", "idle", 1000, resting, afresh=True),
]


def run(options: Options) -> Iterator[Figure]:
    rounds = options["rounds"] or ROUNDS
    cases = [quickly(case) if options["quick"] else case for case in CASES if case.name.startswith(options["only"])]
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage:
        uses = rounds * len(cases)
        stage.invite(max(case.sockets for case in cases) // 2, uses, uses + rounds * sum(case.sockets for case in cases if case.crowd))
        for case in cases:
            yield from figures(case, compared(stage, case, rounds))


def quickly(case: Case) -> Case:
    return replace(case, sockets=min(case.sockets, 100), seconds=1.0)


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    stage = Stage(folder)
    try:
        yield stage
    finally:
        stage.stop()


def compared(stage: Stage, case: Case, rounds: int) -> dict[str, list[Sample]]:
    """Samples by subject."""
    samples: dict[str, list[Sample]] = {subject: [] for subject in SUBJECTS}
    if case.afresh:
        for _ in range(rounds):
            for subject in SUBJECTS:
                with stage.serving(subject, case.processes) as server:
                    samples[subject].append(measured(stage, case, server))
        return samples
    with ExitStack() as stack:
        running = [stack.enter_context(stage.serving(subject, case.processes)) for subject in SUBJECTS]
        for _ in range(rounds):
            for server in running:
                samples[server.subject].append(measured(stage, case, server))
    return samples


def measured(stage: Stage, case: Case, server: Server) -> Sample:
    load = Load(case, server, stage.crowd(server, case.sockets) if case.crowd else stage.seats(server, case.sockets))
    try:
        return case.take(load, server)
    finally:
        load.end()
        time.sleep(PARTING_SECONDS)


def figures(case: Case, samples: dict[str, list[Sample]]) -> Iterator[Figure]:
    for metric in samples[BASELINE][0]:
        of = {subject: [sample[metric] for sample in taken] for subject, taken in samples.items()}
        for subject in SUBJECTS:
            baseline = None if subject == BASELINE else (BASELINE, of[BASELINE])
            yield figure(case.name, subject, of[subject], metric=metric, unit=UNITS[metric], baseline=baseline)
