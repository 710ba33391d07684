"""How much a member may say, whatever process they say it to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from django.utils import timezone

from accounts.models import Member
from accounts.trust.models import Fact
from accounts.trust.services import note
from chat import hub, limits, writer
from chat.frames import Read, Send
from chat.log import Change
from chat.models import Message
from chat.tests.cast import Cast, Person, matched
from chat.tests.server import Chat, wait_until
from ops import tallies
from ops.limits import RULES, Rule

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _limited(settings: Any) -> Iterator[None]:
    settings.LIMITS_ENABLED = True
    limits.forget()
    caches["here"].clear()
    yield
    limits.forget()
    tallies._down_until = 0.0


def say(cast: Cast, who: Person, room: UUID | None = None) -> Any:
    body = {"client_id": str(uuid4()), "body": "hi"}
    return who.api.post(f"/api/chat/rooms/{room or cast.room}/messages", body, content_type="application/json")


def statuses(cast: Cast, times: int, room: UUID | None = None) -> list[int]:
    return [say(cast, cast.ana, room).status_code for _ in range(times)]


def elsewhere() -> None:
    """Goes on in another process: what this one remembers of the last seconds is not known there."""
    limits.forget()


def test_thirty_in_ten_seconds_are_thirty_in_all_processes(cast: Cast) -> None:
    assert statuses(cast, 20) == [201] * 20
    elsewhere()
    assert statuses(cast, 12) == [201] * 10 + [429] * 2
    assert say(cast, cast.ben).status_code == 201


def test_a_day_has_an_end_in_each_room(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "messages_a_day", Rule(3, 24 * 3600))
    assert statuses(cast, 3) == [201] * 3
    answer = say(cast, cast.ana)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert "tomorrow" in answer.json()["detail"]
    assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert statuses(cast, 2, matched(cast.ana, cast.cleo).pk) == [201] * 2


def test_who_is_established_has_more_room(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "messages_a_day", Rule(2, 24 * 3600))
    monkeypatch.setattr(limits, "ESTABLISHED_A_DAY", 4)
    Member.objects.filter(pk=cast.ana.id).update(joined_at=timezone.now() - timedelta(days=60))
    assert statuses(cast, 3) == [201] * 2 + [429]  # age alone is not enough
    caches["here"].clear()
    note(Fact.Kind.EMAIL_VERIFIED, [cast.ana.id])
    assert statuses(cast, 2) == [201, 429]  # what was refused has counted, too
    assert [say(cast, cast.ben).status_code for _ in range(3)] == [201] * 2 + [429]


def test_in_a_group_the_first_ones_pass_and_what_is_no_message_is_not_counted(cast: Cast) -> None:
    changes = [Change(cast.ana.id, Send(cast.room, uuid4(), "hi")) for _ in range(33)]
    changes.insert(0, Change(cast.ana.id, Read(cast.room, 0)))
    assert sorted(limits.too_many(changes)) == [31, 32, 33]
    assert limits.too_many(changes[:1]) == {}


def test_without_redis_each_process_counts_alone_and_asks_again_later(cast: Cast, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    changes = [Change(cast.ana.id, Send(cast.room, uuid4(), "hi")) for _ in range(31)]
    assert sorted(limits.too_many(changes)) == [30]
    assert tallies._down_until > 0
    assert len(limits.too_many(changes)) == 31


def test_switched_off_nothing_is_counted(cast: Cast, settings: Any) -> None:
    settings.LIMITS_ENABLED = False
    assert limits.too_many([Change(cast.ana.id, Send(cast.room, uuid4(), "hi")) for _ in range(40)]) == {}


def test_windows_that_ended_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    here, clock = tallies.Here(), [100.0]
    monkeypatch.setattr(tallies, "MAX_WINDOWS", 1)
    monkeypatch.setattr(tallies.time, "monotonic", lambda: clock[0])
    uses = [tallies.Use("a", 2, 10), tallies.Use("b", 1, 1000)]
    assert here.add(uses) == [(2, 10), (1, 1000)]
    clock[0] = 109.0
    assert here.add(uses[:1]) == [(4, 1)]
    clock[0] = 110.0
    assert here.add(uses[1:]) == [(2, 990)]
    assert set(here.windows) == {"b"}


def test_a_flood_over_two_processes_closes_the_socket_after_every_answer(server: str, live_cast: Cast) -> None:
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        for number in range(33):
            if number == 20:
                for _ in range(20):
                    ana.hear("ack")
                elsewhere()
            ana.send(live_cast.room, str(number))
        assert ana.code() == 4429
        kinds = [frame["type"] for frame in ana.heard if frame["type"] in ("ack", "error")]
    assert kinds.count("error") >= 1
    assert Message.objects.count() == 30
    writer.stop()


def test_a_day_that_is_full_leaves_the_socket_open(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "messages_a_day", Rule(1, 24 * 3600))
    with Chat(server, live_cast.ana) as ana:
        ana.enter()
        ana.send(live_cast.room, "first")
        ana.hear("ack")
        ana.send(live_cast.room, "second")
        assert ana.hear("error")["code"] == "rate_limited"
        ana.say("ping")
        ana.hear("pong")


def test_a_member_has_a_bounded_number_of_sockets(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest one is turned away and those that are open stay; a place that becomes free is given again."""
    monkeypatch.setattr(limits, "MAX_SOCKETS", 3)
    with Chat(server, live_cast.ana) as first, Chat(server, live_cast.ana) as second, Chat(server, live_cast.ben) as ben:
        first.enter(), second.enter(), ben.enter()
        with Chat(server, live_cast.ana) as third, Chat(server, live_cast.ana) as fourth:
            third.enter()
            assert fourth.code() == 4429
        ben.send(live_cast.room, "hi")
        first.hear("message"), second.hear("message")
        home = hub._hub
        assert home
        wait_until(lambda: len(home.members[live_cast.ana.id]) == 2)
        with Chat(server, live_cast.ana) as again:
            again.enter()
