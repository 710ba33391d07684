"""What waits for one socket is bounded, in order, and harms nobody else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from chat import outbox
from chat.outbox import MAX_FRAMES, Entry, Outbox

pytestmark = pytest.mark.unit
ROOM, OTHER = uuid4(), uuid4()


class Peer:
    """Takes frames while `reading` is set."""

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.reading.set()
        self.events: list[dict[str, Any]] = []
        self.gave_up = 0
        self.outbox = Outbox(self.send, self.give_up)

    async def send(self, event: dict[str, Any]) -> None:
        await self.reading.wait()
        self.events.append(event)

    def give_up(self) -> None:
        self.gave_up += 1

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.events if event["type"] == "websocket.send"]

    @property
    def codes(self) -> list[int]:
        return [event["code"] for event in self.events if event["type"] == "websocket.close"]


def played(scene: Callable[[Peer], Awaitable[None]]) -> Peer:
    async def play() -> Peer:
        peer = Peer()
        await scene(peer)
        await peer.outbox.idle()
        return peer

    return asyncio.run(play())


def test_a_reading_peer_has_the_frame_when_put_returns() -> None:
    async def scene(peer: Peer) -> None:
        peer.outbox.put(Entry("one"))
        assert peer.texts == ["one"]
        assert peer.outbox.pump is None

    played(scene)


def test_frames_keep_their_order_through_a_stall() -> None:
    async def scene(peer: Peer) -> None:
        peer.outbox.put(Entry("0"))
        peer.reading.clear()
        for number in range(1, 100):
            peer.outbox.put(Entry(str(number), ROOM, number))
            await asyncio.sleep(0)
        assert peer.texts == ["0"]
        peer.reading.set()

    assert played(scene).texts == [str(number) for number in range(100)]


def test_too_many_events_become_one_gap_that_names_them() -> None:
    async def scene(peer: Peer) -> None:
        peer.outbox.put(Entry("begin"))
        peer.reading.clear()
        peer.outbox.put(Entry("half written"))
        for seq in range(10, 10 + 3 * MAX_FRAMES):
            peer.outbox.put(Entry(f"event {seq}", ROOM, seq))
        peer.outbox.put(Entry("typing", ROOM))
        peer.outbox.put(Entry("ack"))
        assert len(peer.outbox.queue) <= MAX_FRAMES
        peer.reading.set()

    peer = played(scene)
    assert peer.texts[:3] == ["begin", "half written", "ack"]
    assert [json.loads(text) for text in peer.texts[3:]] == [{"type": "gap", "room": str(ROOM), "after": 9, "head": 9 + 3 * MAX_FRAMES}]


def test_a_gap_of_one_room_lets_the_others_through() -> None:
    async def scene(peer: Peer) -> None:
        peer.reading.clear()
        peer.outbox.put(Entry("half written"))
        peer.outbox.lose(ROOM, 4, 5)
        peer.outbox.put(Entry("lost too", ROOM, 6))
        peer.outbox.put(Entry("kept", OTHER, 1))
        peer.reading.set()

    texts = played(scene).texts
    assert texts[:2] == ["half written", "kept"]
    assert json.loads(texts[2]) == {"type": "gap", "room": str(ROOM), "after": 4, "head": 6}


def test_characters_are_bounded_as_well() -> None:
    async def scene(peer: Peer) -> None:
        peer.reading.clear()
        peer.outbox.put(Entry("half written"))
        for seq in range(1, 200):
            peer.outbox.put(Entry("x" * 4000, ROOM, seq))
            assert peer.outbox.characters <= outbox.MAX_CHARACTERS
        peer.reading.set()

    assert json.loads(played(scene).texts[1])["head"] == 199


def test_answers_that_nobody_takes_end_in_1013() -> None:
    async def scene(peer: Peer) -> None:
        peer.reading.clear()
        for number in range(MAX_FRAMES + 2):
            peer.outbox.put(Entry(f"ack {number}"))
        peer.reading.set()

    assert played(scene).codes == [1013]


def test_who_never_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.05)

    async def scene(peer: Peer) -> None:
        peer.reading.clear()
        peer.outbox.put(Entry("half written"))
        await asyncio.sleep(0.15)

    peer = played(scene)
    assert (peer.gave_up, peer.outbox.close_code, peer.texts) == (1, 1013, [])


def test_closing_drops_what_waits_unless_it_is_owed() -> None:
    async def scene(peer: Peer, owed: bool) -> None:
        peer.reading.clear()
        peer.outbox.put(Entry("half written"))
        peer.outbox.put(Entry("secret", ROOM, 1))
        peer.outbox.close(4401, after_all=owed)
        peer.outbox.put(Entry("too late"))
        peer.reading.set()

    assert played(lambda peer: scene(peer, owed=False)).texts == ["half written"]
    assert played(lambda peer: scene(peer, owed=True)).texts == ["half written", "secret"]
    assert played(lambda peer: scene(peer, owed=True)).codes == [4401]


def test_a_peer_that_is_gone_is_no_error() -> None:
    async def scene(peer: Peer) -> None:
        async def gone(event: dict[str, Any]) -> None:
            raise OSError("gone")

        peer.outbox.send = gone
        peer.outbox.put(Entry("hello?"))
        peer.outbox.put(Entry("hello?"))
        assert peer.outbox.closing

    played(scene)
