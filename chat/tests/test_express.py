"""One message alone: the same rules as in a group, whichever way it goes. Only on PostgreSQL is it a way of its own."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Member
from accounts.services import block
from chat import express, limits, writer
from chat.errors import Busy, RoomNotFound
from chat.express import Express
from chat.frames import Send
from chat.letters import Event
from chat.log import Change, Outcome, Stored
from chat.models import Message, Room
from chat.tests.cast import Cast, matched
from matching.services import unmatch
from ops.errors import TooMany
from ops.limits import count_many
from tests.support import race

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
PATIENCE = 20
on_postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql' or express.places.has_mongodb()", reason="only there it is a way of its own"
)


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    writer.stop()


class Held(threading.Event):
    """One that nobody waits for without end."""

    def wait(self, timeout: float | None = PATIENCE) -> bool:
        assert super().wait(timeout)
        return True


class Way(Express):
    """The express way as a hub has it, from the moment its line is open; it remembers what it delivered, and what went to the writer."""

    def __init__(self) -> None:
        super().__init__(lambda room, event: self.delivered.append((room, event)))
        self.delivered: list[tuple[UUID, Event]] = []
        self.handed_over: list[Change] = []

    async def __aenter__(self) -> "Way":
        await self.reopen()
        return self

    async def reopen(self) -> None:
        self.has_line()
        while self.opening is not None:
            await asyncio.sleep(0.005)

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def hand_over(self, submission: writer.Submission) -> None:
        self.handed_over.append(submission.change)
        super().hand_over(submission)

    def ask(self, change: Change) -> asyncio.Future[Outcome]:
        told: asyncio.Future[Outcome] = self.loop.create_future()
        self.submit(change, told.set_result)
        return told


def played(scene: Callable[[Way], Any]) -> Any:
    async def play() -> Any:
        async with Way() as way:
            return await asyncio.wait_for(scene(way), PATIENCE)

    return asyncio.run(play())


def said(*changes: Change) -> list[Outcome]:
    """One after the other, each when the one before is answered."""

    async def scene(way: Way) -> list[Outcome]:
        return [await way.ask(change) for change in changes]

    outcomes: list[Outcome] = played(scene)
    return outcomes


def words(cast: Cast, who: UUID | None = None, body: str = "hi", client_id: UUID | None = None) -> Change:
    return Change(who or cast.ana.id, Send(cast.room, client_id or uuid4(), body))


def say(cast: Cast, who: UUID, body: str = "hi", client_id: UUID | None = None) -> Outcome:
    return said(words(cast, who, body, client_id))[0]


def head(cast: Cast) -> tuple[int, int]:
    room = Room.objects.get(pk=cast.room)
    return room.head, room.last_position


def test_it_is_stored_with_the_rooms_next_number(live_cast: Cast) -> None:
    body = "Größe 🎲 'quoted' %s $1 \\ \n"
    outcomes = [say(live_cast, live_cast.ana.id, body), say(live_cast, live_cast.ben.id, "two")]
    rows = list(Message.objects.order_by("seq"))
    assert [(row.seq, row.position, row.body, row.sender_id) for row in rows] == [
        (1, 1, body, live_cast.ana.id),
        (2, 2, "two", live_cast.ben.id),
    ]
    assert head(live_cast) == (2, 2)
    for row, outcome in zip(rows, outcomes, strict=True):
        assert isinstance(outcome, Stored)
        assert (outcome.fresh, outcome.message["id"], outcome.message["seq"]) == (True, str(row.pk), row.seq)
    assert Room.objects.get(pk=live_cast.room).active_at == rows[1].created_at


@on_postgres
def test_it_needs_no_thread_and_is_delivered(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(way: Way) -> Way:
        await way.ask(words(live_cast))
        await way.ask(words(live_cast))
        return way

    monkeypatch.setattr(writer.Writer, "run", lambda own: pytest.fail("the writer was asked"))
    way = played(scene)
    assert way.handed_over == []
    assert [(room, event.seq) for room, event in way.delivered] == [(live_cast.room, 1), (live_cast.room, 2)]


@on_postgres
def test_what_comes_meanwhile_waits_behind_it(live_cast: Cast) -> None:
    async def scene(way: Way) -> tuple[Way, list[Outcome]]:
        waiting = [way.ask(words(live_cast, body=str(number))) for number in range(30)]
        assert (way.current is not None, len(way.behind), way.handed_over) == (True, 29, [])
        return way, list(await asyncio.gather(*waiting))

    way, outcomes = played(scene)
    assert [outcome.message["seq"] for outcome in outcomes] == list(range(1, 31))
    assert len(way.handed_over) == 29
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == [str(number) for number in range(30)]


@on_postgres
def test_one_that_waits_goes_the_same_way(live_cast: Cast) -> None:
    async def scene(way: Way) -> Way:
        await asyncio.gather(*[way.ask(words(live_cast)) for _ in range(2)])
        return way

    assert played(scene).handed_over == []
    assert head(live_cast) == (2, 2)


@on_postgres
def test_each_room_is_delivered_its_own(live_cast: Cast) -> None:
    """Also when the next message is on its way before the one before is delivered."""
    other = matched(live_cast.ana, live_cast.cleo).pk

    async def scene(way: Way) -> Way:
        first, second = Send(live_cast.room, uuid4(), "for Ben"), Send(other, uuid4(), "for Cleo")
        await asyncio.gather(*[way.ask(Change(live_cast.ana.id, frame)) for frame in (first, second)])
        return way

    delivered = [(room, event.seq, json.loads(event.text)) for room, event in played(scene).delivered]
    assert [(room, seq, frame["room"], frame["seq"], frame["body"]) for room, seq, frame in delivered] == [
        (live_cast.room, 1, str(live_cast.room), 1, "for Ben"),
        (other, 1, str(other), 1, "for Cleo"),
    ]


@on_postgres
def test_it_waits_for_what_the_writer_has(live_cast: Cast) -> None:
    """Else a message could overtake the one before."""

    async def scene(way: Way) -> Way:
        first = way.ask(Change(live_cast.ana.id, Send(live_cast.room, uuid4(), "with a photo", uuid4())))
        second = way.ask(words(live_cast))
        await asyncio.gather(first, second)
        assert len(way.handed_over) == 2
        await way.ask(words(live_cast))
        return way

    assert len(played(scene).handed_over) == 2


@on_postgres
def test_too_much_behind_it_is_refused_at_once(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "CAPACITY", 3)

    async def scene(way: Way) -> list[Outcome]:
        return list(await asyncio.gather(*[way.ask(words(live_cast)) for _ in range(6)]))

    assert [type(outcome) for outcome in played(scene)] == [Stored] * 4 + [Busy] * 2


def test_the_same_again_is_answered_the_same_and_takes_no_number(live_cast: Cast) -> None:
    client_id = uuid4()
    first, again = (say(live_cast, live_cast.ana.id, client_id=client_id) for _ in range(2))
    assert isinstance(first, Stored)
    assert isinstance(again, Stored)
    assert (first.message, first.fresh, again.fresh) == (again.message, True, False)
    assert head(live_cast) == (1, 1)


def test_the_same_from_twenty_at_once_is_one_row(live_cast: Cast) -> None:
    """Each on a connection of its own, as processes are."""
    client_id = uuid4()
    outcomes = race(*[lambda: say(live_cast, live_cast.ana.id, client_id=client_id)] * 20)
    assert sum(isinstance(outcome, Stored) and outcome.fresh for outcome in outcomes) == 1
    assert len({str(outcome.message) for outcome in outcomes if isinstance(outcome, Stored)}) == 1
    assert (Message.objects.count(), head(live_cast)) == (1, (1, 1))


def closed(cast: Cast) -> None:
    unmatch(cast.ana.member, cast.room)


def blocked(cast: Cast) -> None:
    block(cast.ben.member, cast.ana.id)


def suspended(cast: Cast) -> None:
    Member.objects.filter(pk=cast.ana.id).update(suspended_at=timezone.now())


def other_suspended(cast: Cast) -> None:
    Member.objects.filter(pk=cast.ben.id).update(suspended_at=timezone.now(), suspended_until=timezone.now() + timedelta(hours=1))


def unverified(cast: Cast) -> None:
    Member.objects.filter(pk=cast.ana.id).update(email_verified_at=None)


@pytest.mark.parametrize("spoil", [closed, blocked, suspended, other_suspended, unverified])
def test_who_may_not_speak_is_refused_and_takes_no_number(live_cast: Cast, spoil: Callable[[Cast], None]) -> None:
    say(live_cast, live_cast.ana.id)
    spoil(live_cast)
    assert isinstance(say(live_cast, live_cast.ana.id), RoomNotFound)
    assert (Message.objects.count(), head(live_cast)) == (1, (1, 1))


def test_an_outsider_is_refused(live_cast: Cast) -> None:
    assert isinstance(say(live_cast, live_cast.cleo.id), RoomNotFound)
    assert isinstance(said(Change(live_cast.ana.id, Send(uuid4(), uuid4(), "hi")))[0], RoomNotFound)
    assert head(live_cast) == (0, 0)


def test_who_is_suspended_while_the_room_is_held_is_refused(live_cast: Cast) -> None:
    """Somebody else is at the room; what is true when they let it go counts, not what was when the message came."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Room.objects.select_for_update().get(pk=live_cast.room)
            waiting = pool.submit(say, live_cast, live_cast.ana.id)
            time.sleep(0.3)
            Member.objects.filter(pk=live_cast.ana.id).update(suspended_at=timezone.now())
        assert isinstance(waiting.result(20), RoomNotFound)
        pool.submit(connections.close_all).result()
    assert (Message.objects.count(), head(live_cast)) == (0, (0, 0))


def test_a_suspension_that_has_run_out_is_none(live_cast: Cast) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Member.objects.filter(pk=live_cast.ana.id).update(suspended_at=past, suspended_until=past)
    assert isinstance(say(live_cast, live_cast.ana.id), Stored)


def test_many_alone_at_once_leave_no_hole(live_cast: Cast) -> None:
    race(*[lambda: [say(live_cast, live_cast.ana.id) for _ in range(5)]] * 16)
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 81))
    assert head(live_cast) == (80, 80)


# --- The line ---


@on_postgres
def test_a_plan_that_has_become_useless_is_made_anew(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "PAUSE_SECONDS", 0.0)

    async def scene(way: Way) -> Way:
        assert way.line is not None
        way.line.own.pgconn.exec_(b"DEALLOCATE ALL")
        assert isinstance(await way.ask(words(live_cast)), Stored)
        assert way.line is None
        await way.reopen()
        assert isinstance(await way.ask(words(live_cast)), Stored)
        return way

    assert len(played(scene).handed_over) == 1
    assert head(live_cast) == (2, 2)


def backend_of(way: Way) -> int:
    assert way.line is not None
    return way.line.own.pgconn.backend_pid


def terminate(backend: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


@on_postgres
def test_a_line_that_was_lost_unnoticed_costs_nobody_a_message(live_cast: Cast) -> None:
    async def scene(way: Way) -> Outcome:
        await asyncio.to_thread(terminate, backend_of(way))
        return await way.ask(words(live_cast))

    assert isinstance(played(scene), Stored)
    assert head(live_cast) == (1, 1)


@on_postgres
def test_a_line_that_is_lost_while_nothing_is_asked_is_noticed(live_cast: Cast) -> None:
    async def scene(way: Way) -> None:
        await asyncio.to_thread(terminate, backend_of(way))
        while way.line is not None:
            await asyncio.sleep(0.01)

    played(scene)


@on_postgres
@pytest.mark.parametrize("ends", ["late", "lost"])
def test_an_answer_that_does_not_come_is_found_by_the_writer(live_cast: Cast, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """Somebody is storing the very same message and takes their time: the statement waits for them, and nobody for the statement."""
    monkeypatch.setattr(express, "LATE_SECONDS", 0.3 if ends == "late" else 60.0)
    change = words(live_cast)
    assert isinstance(change.frame, Send)
    held = Message(room_id=live_cast.room, sender_id=change.member_id, client_id=change.frame.client_id, body="hi", position=7, seq=7)

    async def scene(way: Way) -> tuple[Outcome, Outcome]:
        told, behind = way.ask(change), way.ask(words(live_cast))
        await asyncio.sleep(0.1)
        assert way.handed_over == []
        if ends == "lost":
            await asyncio.to_thread(terminate, backend_of(way))
        while way.current is not None:
            await asyncio.sleep(0.01)
        assert not told.done()
        await asyncio.to_thread(release.set)
        return await told, await behind

    held_now, release = Held(), Held()

    def hold() -> None:
        with transaction.atomic():
            held.save()
            held_now.set()
            release.wait()
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        held_now.wait()
        try:
            told, behind = played(scene)
        finally:
            release.set()
        holding.result(PATIENCE)
    assert isinstance(told, Stored)
    assert isinstance(behind, Stored)
    assert (told.message["id"], told.fresh, behind.message["seq"]) == (str(held.pk), False, 1)
    assert (Message.objects.count(), head(live_cast)) == (2, (1, 1))


@on_postgres
def test_without_a_database_it_opens_no_line_and_asks_not_always(live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def refused(*hears: object) -> None:
        tries.append(1)
        raise OSError

    async def scene(way: Way) -> list[Outcome]:
        return [await way.ask(words(live_cast)) for _ in range(5)]

    monkeypatch.setattr(express.Line, "open", refused)
    assert [type(outcome) for outcome in played(scene)] == [Stored] * 5
    assert len(tries) == 1


@on_postgres
def test_closing_waits_for_what_is_under_way(live_cast: Cast) -> None:
    async def scene(way: Way) -> list[Outcome]:
        waiting = [way.ask(words(live_cast)) for _ in range(3)]
        await way.close()
        assert way.line is None
        return [*await asyncio.gather(*waiting), await way.ask(words(live_cast))]

    assert [type(outcome) for outcome in played(scene)] == [Stored] * 4


# --- Limits ---


@pytest.fixture
def _limited(settings: Any) -> Iterator[None]:
    settings.LIMITS_ENABLED = True
    caches["here"].clear()
    limits.forget()
    yield
    limits.forget()


@pytest.mark.usefixtures("_limited")
@pytest.mark.parametrize("redis", [True, False])
def test_each_message_counts_once_whichever_way_it_goes(live_cast: Cast, settings: Any, redis: bool) -> None:
    if not redis:
        settings.REDIS_URL = ""
    outcomes = said(*[words(live_cast) for _ in range(33)])
    assert [type(outcome) for outcome in outcomes] == [Stored] * 30 + [TooMany] * 3
    key = ("messages", str(live_cast.ana.id))
    assert count_many({key: 1})[key].used == 34


@pytest.mark.usefixtures("_limited")
def test_a_retry_counts_once(live_cast: Cast) -> None:
    change = words(live_cast)
    said(change, change, change)
    key = ("messages", str(live_cast.ana.id))
    assert count_many({key: 1})[key].used == 4
