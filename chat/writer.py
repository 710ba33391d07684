"""Group commit without a timer: one thread a process stores what waits, and the next group forms while one commits.

Nobody is answered before the commit, and letters leave after it. One slow message waits for nobody; under load a transaction carries up
to 256 changes. Callers wait with a limit (`write`) or are told on their event loop; when the queue is full they are told at once.
"""

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection, reset_queries, transaction

from chat import limits, places, post
from chat.errors import Busy
from chat.log import Change, Committed, Outcome, commit
from chat.metrics import CHANGES, COMMIT_SECONDS, GROUP_SIZE, WAITING
from ops import connections
from ops.errors import Problem, Unavailable

log = logging.getLogger("alliv.chat")
CAPACITY = 5000
MAX_GROUP = 256
WAIT_SECONDS = 15.0
KEEP_SECONDS = 1.0

Tell = Callable[[Outcome], object]


@dataclass(slots=True)
class Submission:
    """A change, and who is told its outcome: once, on `loop` where there is one. `counted` is what it has used of limits already."""

    change: Change
    tell: Tell
    loop: asyncio.AbstractEventLoop | None = None
    counted: limits.Usages = field(default_factory=dict)
    answered: bool = False

    def answer(self, outcome: Outcome) -> None:
        if not self.answered:
            self.answered = True
            self.tell(outcome)


def write(change: Change) -> Outcome:
    """Stores one change and returns its outcome. Raises Problem: its own, Busy, or Unavailable when the database is.

    Unavailable after a long wait does not say that nothing was stored: the same client_id may be sent again.
    Inside a transaction the change joins it, because the writer's own connection would not see what the transaction did.
    """
    if connection.in_atomic_block:
        return happened(join_transaction(change))
    future: Future[Outcome] = Future()
    writer().submit(Submission(change, future.set_result))
    try:
        return happened(future.result(WAIT_SECONDS))
    except TimeoutError:
        raise Unavailable from None


def join_transaction(change: Change) -> Outcome:
    if refused := limits.too_many([change]):
        return refused[0]
    committed = commit([change])
    transaction.on_commit(lambda: post.send(committed.letters), robust=True)
    return committed.outcomes[0]


def happened(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


class Writer:
    """The thread and its queue. Started by the first change."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        WAITING.set_function(self.waiting.qsize)
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def submit(self, submission: Submission) -> None:
        if self.waiting.qsize() >= CAPACITY:  # threads that look at the same moment may exceed it by their number
            raise Busy
        self.waiting.put(submission)
        if self.thread is None or not self.thread.is_alive():
            self.start()

    def start(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="alliv-chat-writer", daemon=True)
                self.thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Stores what waits, then ends the thread. The next change starts another."""
        if self.thread is not None and self.thread.is_alive():
            self.waiting.put(None)
            self.thread.join(timeout)
            if not self.waiting.empty():  # something slipped in behind the word to stop
                self.start()

    def run(self) -> None:
        while (first := self.following()) is not None:
            group, ending = self.gather(first)
            try:
                settle(group)
            except Exception:
                log.exception("the writer failed at a group")
                answer([(submission, Unavailable()) for submission in group])
            finally:
                reset_queries()  # with DEBUG the connection remembers thousands of them, with every message
            if ending:
                break
        close_old_connections()

    def following(self) -> Submission | None:
        """What comes next. The connection is kept for a moment, because fetching it from the pool costs more than a message."""
        try:
            return self.waiting.get(timeout=KEEP_SECONDS if others_have_connections() else 0.001)
        except queue.Empty:
            close_old_connections()
            return self.waiting.get()

    def gather(self, first: Submission) -> tuple[list[Submission], bool]:
        """`first` and everything that waits behind it; True when the word to stop was among it."""
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                following = self.waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
        return group, False


def others_have_connections() -> bool:
    pool = getattr(connection, "pool", None)
    return pool is None or pool.max_size > 1


def settle(group: Sequence[Submission]) -> None:
    """Stores a group and answers it."""
    wanted, hasty = sort_out(group)
    if wanted:
        store(wanted)
    answer(hasty)  # behind those that came before them


def sort_out(group: Sequence[Submission]) -> tuple[list[Submission], list[tuple[Submission, Outcome]]]:
    """What may be stored, and what is too much, with its refusal."""
    refused = limits.too_many([submission.change for submission in group], [submission.counted for submission in group])
    return (
        [submission for place, submission in enumerate(group) if place not in refused],
        [(group[place], problem) for place, problem in refused.items()],
    )


def store(wanted: Sequence[Submission]) -> None:
    """What the database refuses as a group is tried again one by one."""
    GROUP_SIZE.observe(len(wanted))
    try:
        with COMMIT_SECONDS.time():
            committed = commit([submission.change for submission in wanted])
    except Exception as error:
        note(error, len(wanted))
        if server_answers():
            one_by_one(wanted)
        else:
            answer([(submission, Unavailable()) for submission in wanted])
    else:
        deliver(wanted, committed)


def deliver(wanted: Sequence[Submission], committed: Committed) -> None:
    """Senders first: a letter may have hundreds of readers."""
    answer(list(zip(wanted, committed.outcomes, strict=True)))
    post.send(committed.letters)


def one_by_one(wanted: Sequence[Submission]) -> None:
    """A room that failed once is not tried again in this group: its lock may be what everybody waited for."""
    failed: set[UUID] = set()
    for submission in wanted:
        room = submission.change.frame.room
        if room in failed:
            answer([(submission, Unavailable())])
            continue
        try:
            deliver([submission], commit([submission.change]))
        except Exception as error:
            note(error, 1)
            failed.add(room)
            answer([(submission, Unavailable())])


def note(error: Exception, size: int) -> None:
    """Only the kind of a database's error: its words may hold the message."""
    if isinstance(error, DatabaseError | Problem):
        log.warning("a group was not stored", extra={"size": size, "error": type(error).__name__})
    else:
        log.exception("a group was not stored", extra={"size": size})


def server_answers() -> bool:
    """Whether the database is there, asked on a connection that lives: the old one may be what failed."""
    try:
        connections.renew()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return False
    return places.answers()


def answer(outcomes: Sequence[tuple[Submission, Outcome]]) -> None:
    """Tells everybody where they live; each loop is woken once for the whole group."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[Submission, Outcome]]] = {}
    for submission, outcome in outcomes:
        CHANGES.labels(type(submission.change.frame).__name__.lower(), outcome_word(outcome)).inc()
        by_loop.setdefault(submission.loop, []).append((submission, outcome))
    for loop, pairs in by_loop.items():
        if loop is None:
            tell_all(pairs)
            continue
        try:
            loop.call_soon_threadsafe(tell_all, pairs)
        except RuntimeError:
            log.info("nobody waits any more for what was stored", extra={"size": len(pairs)})


def outcome_word(outcome: Outcome) -> str:
    return outcome.code if isinstance(outcome, Problem) else "stored"


def tell_all(pairs: Sequence[tuple[Submission, Outcome]]) -> None:
    for submission, outcome in pairs:
        try:
            submission.answer(outcome)
        except Exception:
            log.exception("somebody could not be told what was stored")


_writer = Writer()


def writer() -> Writer:
    return _writer


def begin_anew() -> None:
    """A forked child has neither its parent's thread nor any use for what waits there."""
    global _writer
    _writer = Writer()


os.register_at_fork(after_in_child=begin_anew)


def stop(timeout: float = 10) -> None:
    """Stores what waits and ends the thread, if there is one."""
    _writer.stop(timeout)
