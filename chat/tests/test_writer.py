"""The writer: acknowledged is stored, one bad item harms no other, and a full queue says so."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from chat import log, places, post, writer
from chat.errors import Busy, RoomNotFound
from chat.frames import Send
from chat.letters import Letter
from chat.log import Change, Committed, Outcome, Stored
from chat.models import Message, Room
from chat.tests.cast import Cast, Person
from chat.threads import with_fresh_connection
from chat.writer import Submission, Writer, settle
from ops.errors import Unavailable

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _stopped(transactional_db: None) -> Iterator[None]:
    yield
    writer.stop()
    post.stop()


def send(cast: Cast, who: Person, body: str = "hi") -> Change:
    return Change(who.id, Send(cast.room, uuid4(), body))


def settled(changes: list[Change]) -> list[Outcome]:
    futures: list[Future[Outcome]] = [Future() for _ in changes]
    settle([Submission(change, future.set_result) for change, future in zip(changes, futures, strict=True)])
    return [future.result() for future in futures]


def test_written_is_stored(live_cast: Cast) -> None:
    outcome = writer.write(send(live_cast, live_cast.ana))
    assert isinstance(outcome, Stored)
    assert Message.objects.get(pk=outcome.message["id"]).body == "hi"


@pytest.mark.parametrize("number", [1, 3])
def test_nobody_is_answered_before_the_commit(live_cast: Cast, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Somebody else holds the room: until they let it go there is neither an answer nor a letter."""
    told: list[Letter] = []
    monkeypatch.setattr(post, "send", told.extend)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Room.objects.select_for_update().get(pk=live_cast.room)
            waiting = pool.submit(settled, [send(live_cast, live_cast.ana) for _ in range(number)])
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
            assert told == []
            assert not Message.objects.exists()
        assert [type(outcome) for outcome in waiting.result(20)] == [Stored] * number
        pool.submit(connections.close_all).result()
    assert len(told) == 1
    assert Message.objects.count() == number


def test_fifty_at_once_with_one_client_id_make_one_message(live_cast: Cast) -> None:
    change, barrier = send(live_cast, live_cast.ana), threading.Barrier(50)

    def act() -> Outcome:
        barrier.wait()
        return writer.write(change)

    with ThreadPoolExecutor(50) as pool:
        outcomes = [future.result(20) for future in [pool.submit(act) for _ in range(50)]]
    assert sum(isinstance(outcome, Stored) and outcome.fresh for outcome in outcomes) == 1
    assert len({outcome.message["id"] for outcome in outcomes if isinstance(outcome, Stored)}) == 1
    assert Message.objects.count() == 1


def test_the_sequence_has_no_hole_under_concurrency(live_cast: Cast) -> None:
    def act(number: int) -> Outcome:
        return writer.write(send(live_cast, (live_cast.ana, live_cast.ben)[number % 2], str(number)))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(act, range(200)))
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 201))
    assert Room.objects.get(pk=live_cast.room).head == 200


def test_two_writers_of_one_room_take_turns(live_cast: Cast) -> None:
    """As two processes would: nothing but the database keeps them apart."""
    barrier = threading.Barrier(2)

    def act(who: Person) -> None:
        barrier.wait()
        for _ in range(20):
            assert all(isinstance(outcome, Stored) for outcome in settled([send(live_cast, who)] * 2))
        connections.close_all()

    threads = [threading.Thread(target=act, args=[who]) for who in (live_cast.ana, live_cast.ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 41))


def test_one_bad_item_fails_alone(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something no check foresaw breaks the group; everybody else's message is stored all the same."""
    real = log.Group.save

    def breaks(group: log.Group) -> None:
        if any(row.body == "poison" for row in group.pending.made.values()):
            raise IntegrityError("poison")
        real(group)

    monkeypatch.setattr(log.Group, "save", breaks)
    other = log.Room.objects.get(pk=live_cast.room)
    assert other.head == 0
    changes = [send(live_cast, live_cast.ana, "one"), send(live_cast, live_cast.cleo), send(live_cast, live_cast.ben, "poison")]
    outcomes = settled(changes)
    assert [type(outcome) for outcome in outcomes] == [Stored, RoomNotFound, Unavailable]
    assert [row.body for row in Message.objects.all()] == ["one"]


def test_without_a_database_nothing_is_acknowledged(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(changes: Any) -> Committed:
        raise OperationalError("no server")

    monkeypatch.setattr(writer, "commit", down)
    monkeypatch.setattr(writer, "server_answers", lambda: False)
    with pytest.raises(Unavailable):
        writer.write(send(live_cast, live_cast.ana))
    monkeypatch.undo()
    assert isinstance(writer.write(send(live_cast, live_cast.ana)), Stored)
    assert Message.objects.count() == 1


def test_a_broken_connection_is_replaced(live_cast: Cast) -> None:
    connections["default"].ensure_connection()
    connections["default"].connection.close()
    assert isinstance(settled([send(live_cast, live_cast.ana)])[0], Stored)


@pytest.fixture
def fresh_pool() -> Iterator[None]:
    """Connections that were killed and lie in the pool are not left to the next test."""
    yield
    connections["default"].close()
    connections["default"].close_pool()


def stored_within(seconds: float, act: Callable[[], Outcome]) -> bool:
    """Whether the act is stored at last; refusals are for as long as dead connections are found and replaced."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(Unavailable):
            return isinstance(act(), Stored)
    return False


@pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="SQLite has no server that could go")
@pytest.mark.usefixtures("fresh_pool")
def test_connections_that_the_server_killed_cost_nobody_a_message(live_cast: Cast) -> None:
    def act(number: int) -> Outcome:
        return writer.write(send(live_cast, live_cast.ana, str(number)))

    assert isinstance(act(0), Stored)
    with ThreadPoolExecutor(8) as pool:
        acts = [pool.submit(act, number) for number in range(1, 101)]
        for _ in range(5):
            with connections["default"].cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        outcomes = [act.result(20) for act in acts if act.exception(20) is None]
    refused = [act.exception() for act in acts if act.exception() is not None]
    assert all(isinstance(problem, Unavailable) for problem in refused)
    bodies = set(Message.objects.values_list("body", flat=True))
    assert {outcome.message["body"] for outcome in outcomes if isinstance(outcome, Stored)} <= bodies
    assert stored_within(5, lambda: act(101))
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, len(bodies) + 2))


@pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="SQLite has no server that could go")
@pytest.mark.usefixtures("fresh_pool")
def test_a_pool_of_dead_connections_costs_nobody_a_message(live_cast: Cast) -> None:
    """As after a restart of the database: all that lies in the pool is dead, and the first to find out renews it."""
    meeting = threading.Barrier(4)

    def use(number: int) -> None:
        connections["default"].ensure_connection()
        meeting.wait(5)
        connections["default"].close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 3
    assert isinstance(writer.write(send(live_cast, live_cast.ana)), Stored)


def test_a_full_queue_is_busy_and_says_when_to_come_again(live_cast: Cast) -> None:
    full = Writer()
    full.start = lambda: None  # type: ignore[method-assign]
    for _ in range(writer.CAPACITY):
        full.submit(Submission(send(live_cast, live_cast.ana), print))
    with pytest.raises(Busy) as caught:
        full.submit(Submission(send(live_cast, live_cast.ana), print))
    assert (caught.value.status, caught.value.code, caught.value.headers) == (503, "busy", {"Retry-After": "1"})


def test_stopping_stores_what_waits(live_cast: Cast) -> None:
    own = Writer()
    futures: list[Future[Outcome]] = [Future() for _ in range(300)]
    for future in futures:
        own.submit(Submission(send(live_cast, live_cast.ana), future.set_result))
    own.stop()
    assert all(isinstance(future.result(0), Stored) for future in futures)
    late: Future[Outcome] = Future()
    own.submit(Submission(send(live_cast, live_cast.ben), late.set_result))
    assert isinstance(late.result(5), Stored)
    own.stop()


def test_the_event_loop_is_not_held_up(live_cast: Cast) -> None:
    async def act() -> list[Outcome]:
        changes = [*(send(live_cast, live_cast.ana, str(number)) for number in range(20)), send(live_cast, live_cast.cleo)]
        futures: list[asyncio.Future[Outcome]] = [asyncio.get_running_loop().create_future() for _ in changes]
        for change, future in zip(changes, futures, strict=True):
            writer.writer().submit(Submission(change, future.set_result, asyncio.get_running_loop()))
        return list(await asyncio.gather(*futures))

    *outcomes, refused = asyncio.run(act())
    assert [outcome.message["body"] for outcome in outcomes if isinstance(outcome, Stored)] == [str(number) for number in range(20)]
    assert isinstance(refused, RoomNotFound)


def test_inside_a_transaction_a_change_joins_it(live_cast: Cast) -> None:
    with transaction.atomic():
        writer.write(send(live_cast, live_cast.ana))
        assert Message.objects.count() == 1
        transaction.set_rollback(True)
    # MongoDB takes part in no transaction: what is in the log stays there, and the next writer counts it in.
    assert Message.objects.count() == (1 if places.has_mongodb() else 0)


def test_what_debugging_remembers_of_queries_is_forgotten(live_cast: Cast, settings: Any) -> None:
    """Django keeps thousands of queries a connection for whoever debugs a request, each with its message."""
    settings.DEBUG = True
    sizes = [
        with_fresh_connection(lambda: (Message.objects.count(), len(connections[Message.objects.db].queries_log))[1]) for _ in range(3)
    ]
    assert sizes == [1, 1, 1]
