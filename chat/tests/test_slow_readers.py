"""Who does not read costs little and slows nobody, and is told what they missed or that they were too slow."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from chat import frames, hub, outbox, post
from chat.log import Change, commit
from chat.tests.cast import Cast, Person
from chat.tests.server import Chat, wait_until
from ops import websockets

pytestmark = pytest.mark.integration
LARGE = "👍" * 4000  # 16,000 bytes
MIB = 1024 * 1024


@contextmanager
def narrow(address: str, who: Person) -> Iterator[Chat]:
    """A socket whose system takes little until it is read."""
    host, _, port = address.partition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    with Chat(address, who, sock=connection, max_queue=(1, 1), ping_interval=None, close_timeout=1) as chat:
        chat.enter()
        yield chat


def say_much(cast: Cast, messages: int) -> None:
    for _ in range(messages // 50):
        changes = [Change(cast.ana.id, frames.Send(cast.room, uuid4(), LARGE)) for _ in range(50)]
        post.send(commit(changes).letters)
        time.sleep(0.02)


def held_for(who: Person) -> int:
    """Bytes that the hub keeps for the sockets of somebody."""
    home = hub._hub
    assert home
    return sum(4 * one.outbox.characters for one in home.members[who.id])


def test_five_hundred_large_messages_wait_for_nobody(server: str, live_cast: Cast) -> None:
    with narrow(server, live_cast.ben) as slow, Chat(server, live_cast.ben) as quick:
        quick.enter()
        held = []
        for _ in range(10):
            began = time.monotonic()
            say_much(live_cast, 50)
            for _ in range(50):
                quick.hear("message")
            held.append(held_for(live_cast.ben))
            assert time.monotonic() - began < 5  # the slow one would hold everybody up for twenty
        assert max(held) <= 4 * MIB
        seq = lost = 0
        while seq < 500:
            frame = slow.hear("message", "gap", patience=10)
            assert frame.get("after", frame.get("seq", 0) - 1) == seq
            lost += frame["type"] == "gap"
            seq = frame.get("head", frame.get("seq"))
        assert lost
        known = [frame for frame in slow.heard if frame["type"] == "message"]
        for gap in [frame for frame in slow.heard if frame["type"] == "gap"]:
            known += filled(live_cast, gap["after"], gap["head"])
        assert {frame["seq"] for frame in known} == set(range(1, 501))


def filled(cast: Cast, after: int, head: int) -> list[dict[str, object]]:
    """What a gap stands for, by REST."""
    found: list[dict[str, object]] = []
    while after < head:
        page = cast.ben.api.get(f"/api/chat/rooms/{cast.room}/messages?after={after}&limit=100").json()["results"]
        found += page
        after = page[-1]["seq"]
    return found


def test_who_does_not_read_at_all_finds_a_goodbye(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.3)
    with narrow(server, live_cast.ben) as slow:
        say_much(live_cast, 500)
        home = hub._hub
        assert home
        wait_until(lambda: live_cast.ben.id not in home.members)
        assert slow.code() == 1013


def test_who_never_reads_again_is_cut_off(server: str, live_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[object] = []

    real = websockets.DecidedProtocol.connection_lost

    def watched(protocol: websockets.DecidedProtocol, error: Exception | None) -> None:
        real(protocol, error)
        lost.append(protocol)

    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.3)
    monkeypatch.setattr(websockets, "CUT_SECONDS", 0.3)
    monkeypatch.setattr(websockets.DecidedProtocol, "connection_lost", watched)
    with narrow(server, live_cast.ben):
        say_much(live_cast, 500)
        wait_until(lambda: lost)
