"""One message alone: the same rules as in a group, whichever way it goes. Only on PostgreSQL is it a way of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from accounts.services import block
from chat.errors import RoomNotFound
from chat.frames import Send
from chat.log import Change, Outcome, Stored, commit
from chat.models import Message, Room
from chat.statements import _names
from chat.tests.cast import Cast
from matching.services import unmatch
from tests.support import race

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def say(cast: Cast, who: UUID, body: str = "hi", client_id: UUID | None = None) -> Outcome:
    return commit([Change(who, Send(cast.room, client_id or uuid4(), body))]).outcomes[0]


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


def test_it_takes_one_trip(live_cast: Cast) -> None:
    say(live_cast, live_cast.ana.id)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        say(live_cast, live_cast.ana.id)
    trips = [query["sql"].split()[0] for query in asked]
    assert trips == ["EXECUTE"] if connection.vendor == "postgresql" else len(trips) > 1


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
    assert isinstance(commit([Change(live_cast.ana.id, Send(uuid4(), uuid4(), "hi"))]).outcomes[0], RoomNotFound)
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


def test_a_plan_that_has_become_useless_is_made_anew(live_cast: Cast) -> None:
    say(live_cast, live_cast.ana.id)
    if connection.vendor == "postgresql":
        assert _names[connection.connection]
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        with pytest.raises(Exception, match="does not exist"):
            say(live_cast, live_cast.ana.id)
    assert isinstance(say(live_cast, live_cast.ana.id), Stored)
