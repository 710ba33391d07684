"""The express way: a message that comes alone goes from the event loop to PostgreSQL and back, in one trip and without a thread.

Where nothing waits, trips and wakings are what a sender waits for. One statement takes the room's next number, proves that the sender may
speak and that the message is new, and stores it; it commits by itself. What is not as it mostly is (a retry, a room that has closed or
that somebody else is at, a member who is suspended) it leaves as it was, to the writer, which waits where it has to and tells what is the
matter. What a statement proves is what was true when it began, so it must not wait.

Order: a message goes this way only when the writer has answered everything this loop gave it, and what comes meanwhile waits behind it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from accounts.models import Member
from chat import frames, limits, places
from chat.errors import Busy
from chat.frames import Send
from chat.letters import Event
from chat.log import Change, Outcome, Stored, Words, event_of, in_milliseconds, shown
from chat.metrics import CHANGES, COMMIT_SECONDS, GROUP_SIZE
from chat.models import Membership, Message, Room
from chat.statements import is_postgres
from chat.threads import in_thread
from chat.transport import background
from chat.writer import CAPACITY, Submission, Tell, tell_all, writer
from ops import tallies
from ops.errors import Problem
from ops.ids import uuid7

log = logging.getLogger("alliv.chat")
OPEN_SECONDS, LATE_SECONDS, PAUSE_SECONDS = 3.0, 2.0, 1.0
UNIQUE_VIOLATION = "23505"
SENT = CHANGES.labels("send", "stored")

MARKS = ROOM, SENDER = UUID(int=1), UUID(int=2)
NAME = b"alliv_express"
TYPES = "uuid, uuid, uuid, uuid, text, timestamptz"
FORMATS = (1, 1, 1, 1, 0, 1)  # 1: PostgreSQL's binary form; of a uuid its bytes, of a time the microseconds since 2000
YEAR_2000, MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
STORE = """
WITH room AS (
    UPDATE {room} SET head = head + 1, last_position = head + 1, active_at = $6
    WHERE match_id = (
        SELECT match_id FROM {room} WHERE match_id = $1 AND closed_at IS NULL AND place = '{place}' FOR NO KEY UPDATE SKIP LOCKED
    ) AND EXISTS ({membership})
    AND NOT EXISTS (SELECT 1 FROM {message} WHERE client_id = $3 AND room_id = $1 AND sender_id = $2)
    RETURNING head
)
INSERT INTO {message} (_id, room_id, sender_id, client_id, position, seq, body, created_at)
SELECT $4, $1, $2, $3, head, head, $5, $6 FROM room RETURNING seq
"""


@cache
def sql() -> str:
    tables = {"room": Room._meta.db_table, "message": Message._meta.db_table}
    return STORE.format(**tables, place=places.MAIN, membership=membership())


def membership() -> str:
    """The sender's, both members being in good standing."""
    standing = Member.good_standing("member__"), Member.good_standing("peer__")
    rows = Membership.objects.filter(*standing, room_id=ROOM, member_id=SENDER).values_list("id")
    text, marks = rows.query.sql_with_params()
    return str(text % tuple(f"${MARKS.index(mark) + 1}" for mark in marks))


def is_possible() -> bool:
    """Where one statement is a transaction of its own, and messages are nowhere else than rooms."""
    return is_postgres() and not places.has_mongodb()


class Asked(NamedTuple):
    """What has gone to the database: the message but for its numbers, when it went, and what happens if nothing comes back."""

    message: frames.Message
    at: float
    late: asyncio.TimerHandle


class Express:
    """The way as the hub of one event loop has it. `deliver` takes events of rooms there. Everything is called on that loop."""

    def __init__(self, deliver: Callable[[UUID, Event], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self.deliver = deliver
        self.line: Line | None = None
        self.opening: asyncio.Task[None] | None = None
        self.open_again_at = 0.0
        self.closed = False
        self.current: Submission | None = None
        self.asked: Asked | None = None
        self.behind: list[Submission] = []
        self.unanswered = 0  # by the writer

    def submit(self, change: Change, tell: Tell) -> None:
        """Has a change stored, this way or by the writer; `tell` gets the outcome, be it a Problem."""
        submission = Submission(change, tell, self.loop)
        if len(self.behind) >= CAPACITY:
            submission.answer(Busy())
        elif self.current is not None:
            self.behind.append(submission)
        else:
            self.take(submission)

    def take(self, submission: Submission) -> None:
        if self.unanswered == 0 and is_words(submission.change) and self.has_line():
            self.carry(submission)
        else:
            self.hand_over(submission)

    def hand_over(self, submission: Submission) -> None:
        self.unanswered += 1
        submission.tell = partial(self.pass_on, submission.tell)
        try:
            writer().submit(submission)
        except Problem as problem:
            submission.answer(problem)

    def pass_on(self, tell: Tell, outcome: Outcome) -> None:
        self.unanswered -= 1
        tell(outcome)

    # --- One message ---

    def carry(self, submission: Submission) -> None:
        self.current = submission
        if settings.LIMITS_ENABLED:
            background(self.count(submission))
        else:
            self.send(submission)

    async def count(self, submission: Submission) -> None:
        try:
            submission.counted = await limits.count_soon(submission.change)
        except Exception:
            log.exception("a message was not counted")
            self.leave_to_writer()
            return
        if any(usage.exceeded for usage in submission.counted.values()):
            self.leave_to_writer()
        else:
            self.send(submission)

    def send(self, submission: Submission) -> None:
        line, change = self.line, submission.change
        if line is None:
            self.leave_to_writer()
            return
        assert isinstance(change.frame, Send)
        words = Words(
            change.frame.room, change.member_id, change.frame.client_id, uuid7(), change.frame.body, in_milliseconds(timezone.now())
        )
        line.ask(parameters_of(words))
        # This is done while the database works.
        self.asked = Asked(shown(words, {}), time.perf_counter(), self.loop.call_later(LATE_SECONDS, line.cut))

    def hear(self, result: PGresult | None) -> None:
        """The statement's; None when the line was lost, and whether it is stored is for the writer to find."""
        asked, self.asked = self.asked, None
        assert self.current is not None
        if asked is not None:
            asked.late.cancel()
        if asked is not None and result is not None and result.ntuples == 1:
            self.stored(self.current, asked, int(result.get_value(0, 0) or b""))
        else:
            self.leave_to_writer()

    def stored(self, submission: Submission, asked: Asked, seq: int) -> None:
        seconds, change = time.perf_counter() - asked.at, submission.change
        self.current = None
        asked.message["position"] = asked.message["seq"] = seq
        tell_all([(submission, Stored(asked.message, fresh=True))])
        self.let_go()
        COMMIT_SECONDS.observe(seconds)
        GROUP_SIZE.observe(1)
        SENT.inc()
        self.deliver(change.frame.room, event_of(change, asked.message, skip=change.socket))

    def leave_to_writer(self) -> None:
        """The current one, and what waits behind it."""
        assert self.current is not None
        submission, self.current = self.current, None
        self.hand_over(submission)
        self.let_go()

    def let_go(self) -> None:
        """One that waits may go this way as well; several are a group."""
        waiting, self.behind = self.behind, []
        for submission in waiting:
            self.take(submission) if len(waiting) == 1 else self.hand_over(submission)

    # --- The line ---

    def has_line(self) -> bool:
        if self.line is None and self.opening is None and not self.closed and self.loop.time() >= self.open_again_at and is_possible():
            self.opening = self.loop.create_task(self.open())
        return self.line is not None and not self.closed

    async def open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                self.line = await Line.open(self.hear, self.lose)
        except Exception as error:
            log.info("no express way to the database", extra={"error": type(error).__name__})
            self.open_again_at = self.loop.time() + PAUSE_SECONDS
        finally:
            self.opening = None

    def lose(self) -> None:
        self.line = None
        self.open_again_at = self.loop.time() + PAUSE_SECONDS

    async def close(self) -> None:
        """Waits for what is under way. Whatever comes later is the writer's."""
        self.closed = True
        if self.opening is not None:
            self.opening.cancel()
            await asyncio.wait([self.opening])
        until = self.loop.time() + LATE_SECONDS
        while self.current is not None and self.loop.time() < until:
            await asyncio.sleep(0.01)
        if self.line is not None:
            self.line.cut()
        await tallies.leave()


def is_words(change: Change) -> bool:
    return isinstance(change.frame, Send) and change.frame.photo is None


def parameters_of(words: Words) -> list[bytes]:
    ids = [words.room_id.bytes, words.sender_id.bytes, words.client_id.bytes, words.pk.bytes]
    return [*ids, words.body.encode(), ((words.created_at - YEAR_2000) // MICROSECOND).to_bytes(8, signed=True)]


def error_of(result: PGresult) -> str:
    """PostgreSQL's code (its documentation, appendix A)."""
    return (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()


class Line:
    """A connection of an event loop's own that asks the one prepared statement, once at a time, and is heard without a task.

    Django has no asynchronous connections, and psycopg's would wake a task for every answer. This is psycopg's libpq (`psycopg.pq`) as its
    documentation shows it: send, read what has come when the socket says so, take the result when it is whole.
    """

    def __init__(self, own: psycopg.AsyncConnection, hear: Callable[[PGresult | None], None], lose: Callable[[], None]) -> None:
        self.own, self.hear, self.lose = own, hear, lose
        self.loop = asyncio.get_running_loop()
        self.result: PGresult | None = None
        self.asked = self.ended = False
        self.socket = own.pgconn.socket
        own.pgconn.nonblocking = 1
        self.loop.add_reader(self.socket, self.read)

    @classmethod
    async def open(cls, hear: Callable[[PGresult | None], None], lose: Callable[[], None]) -> "Line":
        """`hear` gets the result of every question, or None when it will not come; `lose` is called when the connection has ended."""
        own = await psycopg.AsyncConnection.connect(**{**connection.get_connection_params(), "cursor_factory": None, "autocommit": True})
        try:
            await own.execute(f"PREPARE {NAME.decode()} ({TYPES}) AS {await in_thread(sql)}".encode())
        except BaseException:
            own.pgconn.finish()
            raise
        return cls(own, hear, lose)

    def ask(self, parameters: Sequence[bytes]) -> None:
        self.asked = True
        try:
            self.own.pgconn.send_query_prepared(NAME, parameters, FORMATS)
            whole = self.own.pgconn.flush() == 0
        except psycopg.Error:
            whole = False
        if not whole:  # it takes nothing, although nothing is under way
            self.loop.call_soon(self.cut)

    def read(self) -> None:
        pgconn = self.own.pgconn
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    self.finish()
                    return
                self.result = result
        except psycopg.Error:
            self.cut()

    def finish(self) -> None:
        result, self.result = self.result, None
        if result is None:
            return
        if result.status == ExecStatus.TUPLES_OK or error_of(result) == UNIQUE_VIOLATION:  # another process was quicker
            self.asked = False
            self.hear(result)
        else:  # perhaps somebody changed its tables
            log.warning("a message was not stored by express", extra={"error": error_of(result)})
            self.cut()

    def cut(self) -> None:
        """Ends the connection. Whether a question that it leaves open did something, nobody knows."""
        if self.ended:
            return
        self.ended = True
        self.loop.remove_reader(self.socket)
        self.own.pgconn.finish()
        self.lose()
        if self.asked:
            self.hear(None)
