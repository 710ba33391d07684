"""The socket as bytes on the wire: frames in pieces, in heaps and out of shape, and how the server frames what it says."""

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise, product
from typing import Any
from uuid import UUID

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from chat import consumers, hub
from chat.frames import MAX_FRAME_BYTES
from chat.models import Message
from chat.tests.cast import Cast, Person
from chat.tests.server import Chat, wait_until
from ops.websockets import DecidedProtocol, text_frame
from tests.patience import patient

pytestmark = [pytest.mark.integration, pytest.mark.slow]  # slow: what is on the wire is the same whatever the database
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, MASKED = 0x80, 0x80
SAY_PING = b'{"type":"ping"}'
NOWHERE = UUID(int=7)
APART = 0.02  # seconds after which bytes are a packet of their own

Heard = tuple[int, bytes]


def frame(
    payload: bytes | str, opcode: int = TEXT, *, fin: bool = True, reserved: int = 0, mask: bytes | None = None, wide: int = 0
) -> bytes:
    """As a client frames it. `wide` writes the length in so many bytes."""
    payload = payload.encode() if isinstance(payload, str) else payload
    mask = secrets.token_bytes(4) if mask is None else mask
    size = len(payload)
    wide = wide or (0 if size < 126 else 2 if size < 1 << 16 else 8)
    head = bytes((FIN * fin | reserved | opcode, MASKED | {0: size, 2: 126, 8: 127}[wide]))
    return head + (size.to_bytes(wide) if wide else b"") + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def closing(code: int) -> bytes:
    return frame(code.to_bytes(2), CLOSE)


def long_ping(size: int) -> bytes:
    return SAY_PING.ljust(size)


def numbered(number: int) -> bytes:
    """A text whose answer names the number."""
    return frame(json.dumps({"type": "send", "room": str(NOWHERE), "client_id": str(UUID(int=number)), "body": "x"}))


class Wire:
    """A client that has shaken hands and speaks bytes."""

    def __init__(self, address: str, person: Person) -> None:
        host, _, port = address.partition(":")
        self.tcp = socket.create_connection((host, int(port)), timeout=patient(5))
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
        start = f"GET /ws/chat?ticket={person.ticket()} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n"
        self.tcp.sendall(start.encode())
        self.bytes = self.tcp.makefile("rb")
        assert self.bytes.readline().startswith(b"HTTP/1.1 101 ")
        while self.bytes.readline() != b"\r\n":
            pass

    def close(self) -> None:
        self.bytes.close()
        self.tcp.close()

    def say(self, *packets: bytes) -> None:
        for packet in packets:
            self.tcp.sendall(packet)
            time.sleep(APART)

    def exactly(self, size: int) -> bytes:
        some = self.bytes.read(size)
        if len(some) < size:
            raise EOFError
        return some

    def frame(self) -> Heard:
        """The next frame, which has to be framed as a server frames: whole, unmasked, its length in no more bytes than it needs."""
        first, second = self.exactly(2)
        assert first & 0xF0 == FIN
        assert not second & MASKED
        size = second
        if second == 126:
            size = int.from_bytes(self.exactly(2))
            assert size >= 126
        elif second == 127:
            size = int.from_bytes(self.exactly(8))
            assert size >= 1 << 16
        return first & 0x0F, self.exactly(size)

    def text(self) -> dict[str, Any]:
        opcode, payload = self.frame()
        assert opcode == TEXT, (opcode, payload)
        text: dict[str, Any] = json.loads(payload)
        return text

    def texts(self, count: int) -> list[str]:
        return [self.text()["type"] for _ in range(count)]

    def numbers(self, count: int) -> list[int]:
        return [UUID(self.text()["client_id"]).int for _ in range(count)]

    def to_the_end(self) -> list[Heard]:
        """All that still comes until the server ends the connection."""
        heard: list[Heard] = []
        with suppress(EOFError, ConnectionResetError):
            while True:
                heard.append(self.frame())
        return heard

    def code(self) -> int:
        """The code the server closes with: nothing else comes before it, and nothing behind it once the client has said goodbye too."""
        opcode, payload = self.frame()
        assert opcode == CLOSE, (opcode, payload)
        with suppress(OSError):  # it may have hung up
            self.tcp.sendall(closing(1000))
        assert self.to_the_end() == []
        return int.from_bytes(payload[:2])

    def is_in_step(self) -> bool:
        self.say(frame(SAY_PING))
        return self.texts(1) == ["pong"]

    def hears_nothing(self) -> bool:
        self.tcp.settimeout(0.2)
        try:
            return not self.tcp.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.tcp.settimeout(patient(5))


@contextmanager
def wired(address: str, person: Person) -> Iterator[Wire]:
    wire = Wire(address, person)
    try:
        assert wire.texts(1) == ["hello"]
        yield wire
    finally:
        wire.close()


@pytest.fixture
def wire(server: str, live_cast: Cast) -> Iterator[Wire]:
    with wired(server, live_cast.ana) as wire:
        yield wire


# --- Pieces and heaps ---


def cut(whole: bytes, *places: int) -> list[bytes]:
    return [whole[start:end] for start, end in pairwise((0, *places, len(whole)))]


@pytest.mark.parametrize("size", [len(SAY_PING), 130])
def test_byte_by_byte(wire: Wire, size: int) -> None:
    whole = frame(long_ping(size))
    wire.say(*cut(whole, *range(1, min(len(whole), 30))))
    assert wire.texts(1) == ["pong"]
    assert wire.is_in_step()


def test_a_frame_in_two_packets(wire: Wire) -> None:
    for size, place in [(15, 1), (15, 2), (15, 6), (15, 7), (15, 20), (300, 2), (300, 3), (300, 4), (300, 8), (300, 200)]:
        wire.say(*cut(frame(long_ping(size)), place))
        assert wire.texts(1) == ["pong"], (size, place)
        assert wire.is_in_step()


@pytest.mark.parametrize(("size", "start"), [(100, 2), (100, 6), (300, 4), (300, 8)])
def test_the_rest_of_a_frame_that_looks_like_a_frame_is_none(wire: Wire, size: int, start: int) -> None:
    """The client chooses the mask, and so how the bytes from `start` look: here like a text that has come whole."""
    payload = long_ping(size)
    rest = len(frame(payload)) - start
    look = bytes((FIN | TEXT, MASKED | rest - 6, 0, 0)) if size < 126 else bytes((FIN | TEXT, MASKED | 126)) + (rest - 8).to_bytes(2)
    mask_comes_later = start in (2, 4)
    mask = look if mask_comes_later else bytes(one ^ other for one, other in zip(look, payload[:4], strict=True))
    whole = frame(payload, mask=mask)
    assert whole[start : start + 4] == look
    wire.say(*cut(whole, start))
    assert wire.texts(1) == ["pong"]
    assert wire.is_in_step()


@pytest.mark.parametrize("count", [2, 50])
def test_frames_in_one_packet_are_answered_in_order(wire: Wire, count: int) -> None:
    wire.say(b"".join(numbered(number) for number in range(count)))
    assert wire.numbers(count) == list(range(count))
    assert wire.is_in_step()


PLACES = [1, 2, 4, 8, 9, 60]


def test_one_and_a_half_frames_and_then_the_rest(wire: Wire) -> None:
    for place in PLACES:
        half, rest = cut(numbered(1), place)
        wire.say(numbered(0) + half, rest, numbered(2))
        assert wire.numbers(3) == [0, 1, 2], place


def test_the_rest_of_a_frame_with_a_whole_one_behind_it(wire: Wire) -> None:
    for place in PLACES:
        half, rest = cut(numbered(0), place)
        wire.say(half, rest + numbered(1), numbered(2))
        assert wire.numbers(3) == [0, 1, 2], place


def test_half_a_frame_alone_is_not_answered(wire: Wire) -> None:
    half, rest = cut(numbered(0), 50)
    wire.say(half)
    assert wire.hears_nothing()
    wire.say(rest)
    assert wire.numbers(1) == [0]


# --- Fragments and control frames ---


@pytest.mark.parametrize("together", [True, False])
def test_a_message_in_fragments_with_a_ping_between(wire: Wire, together: bool) -> None:
    packets = [frame(SAY_PING[:5], fin=False), frame(SAY_PING[5:9], CONT, fin=False), frame(b"well?", PING), frame(SAY_PING[9:], CONT)]
    wire.say(*([b"".join(packets)] if together else packets))
    assert wire.frame() == (PONG, b"well?")
    assert wire.texts(1) == ["pong"]
    assert wire.is_in_step()


@pytest.mark.parametrize("beginning", [SAY_PING[:5], b""])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_text_amid_a_message_in_fragments_is_an_error(wire: Wire, opcode: int, beginning: bytes) -> None:
    wire.say(frame(beginning, opcode, fin=False), frame(SAY_PING))
    assert wire.code() == 1002


def test_characters_may_be_cut_by_fragments(wire: Wire) -> None:
    first, second = cut('{"type":"ping","é":1}'.encode(), 17)
    wire.say(frame(first, fin=False), frame(second, CONT))
    assert wire.text()["code"] == "invalid"
    assert wire.is_in_step()


@pytest.mark.parametrize("payload", [b"", b"x" * 125, bytes(range(125))])
@pytest.mark.parametrize("together", [True, False])
def test_a_ping_between_texts_is_answered_with_its_payload(wire: Wire, payload: bytes, together: bool) -> None:
    packets = [numbered(0), frame(payload, PING), numbered(1)]
    wire.say(*([b"".join(packets)] if together else packets))
    heard = [wire.frame() for _ in range(3)]
    assert [payload for opcode, payload in heard if opcode == PONG] == [payload]
    assert [UUID(json.loads(text)["client_id"]).int for opcode, text in heard if opcode == TEXT] == [0, 1]


def test_pongs_nobody_asked_for_are_passed_over(wire: Wire) -> None:
    wire.say(frame(b"", PONG), frame(b"x", PONG) + frame(SAY_PING))
    assert wire.texts(1) == ["pong"]


# --- Lengths ---


def test_lengths_that_are_taken(wire: Wire) -> None:
    for size in [15, 125, 126, 127, 128, 133, MAX_FRAME_BYTES - 1, MAX_FRAME_BYTES]:
        wire.say(frame(long_ping(size)))
        assert wire.texts(1) == ["pong"], size
        assert wire.is_in_step()


@pytest.mark.parametrize("size", [MAX_FRAME_BYTES + 1, 65_535, 65_536, 65_537, 100_000])
def test_lengths_that_are_too_much(wire: Wire, size: int) -> None:
    with suppress(OSError):  # it closes before it has heard all
        wire.say(frame(long_ping(size)))
    assert wire.code() == 1009


@pytest.mark.parametrize("size", [14, 20, 133, 134])
def test_eight_bytes_of_length_are_read_as_such(wire: Wire, size: int) -> None:
    """However much of a frame that is too large has come."""
    wire.say(frame(long_ping(70_000), mask=bytes(4))[:size])
    assert wire.code() == 1009


def test_a_length_in_more_bytes_than_it_needs_keeps_in_step(wire: Wire) -> None:
    for size, wide in product([15, 119, 127], [2, 8]):
        wire.say(frame(long_ping(size), wide=wide))
        assert wire.texts(1) == ["pong"], (size, wide)
        assert wire.is_in_step()


# --- Out of shape ---

SHAPELESS = {
    "no mask": bytes((FIN | TEXT, len(SAY_PING))) + SAY_PING,
    "no mask, empty": bytes((FIN | TEXT, 0)),
    **{f"reserved bit {bit:x}": frame(SAY_PING, reserved=bit) for bit in (0x40, 0x20, 0x10)},
    "no such opcode": frame(SAY_PING, 0x3),
    "no such control opcode": frame(b"", 0xB),
    "a continuation of nothing": frame(SAY_PING, CONT),
    "a ping in fragments": frame(b"x", PING, fin=False),
    "a long ping": frame(b"x" * 126, PING),
    "half a close code": frame(b"\x03", CLOSE),
    "a close code that is none": closing(1005),
}


@pytest.mark.parametrize("shapeless", SHAPELESS.values(), ids=SHAPELESS.keys())
def test_what_is_no_frame_ends_the_connection(wire: Wire, caplog: pytest.LogCaptureFixture, shapeless: bytes) -> None:
    wire.say(shapeless)
    assert wire.code() == 1002
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize("payload", [b"\xff", b'{"type":"ping"\xc3', b"\xed\xa0\x80", b"x" * 126 + b"\x80"])
@pytest.mark.parametrize("place", [None, 1, 6])
def test_text_that_is_no_text(wire: Wire, payload: bytes, place: int | None) -> None:
    whole = frame(payload)
    wire.say(*([whole] if place is None else cut(whole, place)))
    assert wire.code() == 1007


def test_bytes_are_refused_and_nothing_more(wire: Wire) -> None:
    for payload in (SAY_PING, b"", b"\xff"):
        wire.say(frame(payload, BINARY))
        assert wire.text().items() >= {"type": "error", "code": "invalid"}.items()
    assert wire.is_in_step()


def test_an_empty_text_is_refused_and_nothing_more(wire: Wire) -> None:
    wire.say(frame(b""), frame(b"") + frame(b"", fin=False), frame(b"", CONT))
    assert wire.texts(3) == ["error"] * 3
    assert wire.is_in_step()


# --- The end ---


def say_hi(cast: Cast) -> bytes:
    return frame(json.dumps({"type": "send", "room": str(cast.room), "client_id": str(UUID(int=1)), "body": "hi"}))


@pytest.mark.parametrize("code", [b"\x03\xe8", b"\x0f\xa0", b""])
def test_a_goodbye_behind_texts(wire: Wire, code: bytes) -> None:
    wire.say(frame(SAY_PING), frame(SAY_PING) + frame(SAY_PING), frame(code, CLOSE))
    assert wire.texts(3) == ["pong"] * 3
    assert wire.to_the_end() == [(CLOSE, code)]


def test_a_message_in_the_packet_of_the_goodbye_counts(wire: Wire, live_cast: Cast) -> None:
    wire.say(say_hi(live_cast) + closing(1000))
    assert wire.code() == 1000
    wait_until(lambda: Message.objects.count() == 1)


@pytest.mark.parametrize("together", [True, False])
def test_what_comes_behind_the_goodbye_is_passed_over(
    wire: Wire, live_cast: Cast, caplog: pytest.LogCaptureFixture, together: bool
) -> None:
    with suppress(OSError):
        wire.say(*([closing(1000) + say_hi(live_cast) * 2] if together else [closing(1000), say_hi(live_cast), say_hi(live_cast)]))
    assert wire.code() == 1000
    time.sleep(0.2)
    assert not Message.objects.exists()
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_what_comes_behind_the_servers_goodbye_is_passed_over(wire: Wire, live_cast: Cast) -> None:
    wire.say(frame(long_ping(MAX_FRAME_BYTES + 1)), say_hi(live_cast), say_hi(live_cast) + frame(b"?", PING) + closing(1009))
    heard = wire.to_the_end()
    assert [opcode for opcode, _ in heard if opcode != PONG] == [CLOSE]
    time.sleep(0.2)
    assert not Message.objects.exists()


# --- Waiting behind one another ---


@pytest.mark.parametrize("together", [True, False])
def test_what_comes_behind_a_resume_is_answered_behind_it(
    wire: Wire, live_cast: Cast, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    may_go_on = threading.Event()
    real = consumers.missed_events

    def slow(rooms: Any) -> Any:
        assert may_go_on.wait(10)
        return real(rooms)

    monkeypatch.setattr(consumers, "missed_events", slow)
    packets = [frame(json.dumps({"type": "resume", "rooms": {str(live_cast.room): 0}})), *(numbered(number) for number in range(5))]
    wire.say(*([b"".join(packets)] if together else packets))
    try:
        assert wire.hears_nothing()
    finally:
        may_go_on.set()
    assert wire.texts(1) == ["resumed"]
    assert wire.numbers(5) == list(range(5))
    assert wire.is_in_step()


def test_resumes_behind_resumes(wire: Wire, live_cast: Cast) -> None:
    resume = frame(json.dumps({"type": "resume", "rooms": {str(live_cast.room): 0}}))
    wire.say((resume + frame(SAY_PING)) * 5)
    assert wire.texts(10) == ["resumed", "pong"] * 5


def test_what_comes_before_the_hello_is_answered_behind_it(server: str, live_cast: Cast) -> None:
    wire = Wire(server, live_cast.ana)
    wire.tcp.sendall(frame(SAY_PING) + numbered(0))
    assert wire.texts(2) == ["hello", "pong"]
    assert wire.numbers(1) == [0]
    wire.close()


# --- What the server says ---


def test_the_server_frames_short_and_longer_texts(server: str, live_cast: Cast) -> None:
    """`Wire.frame` looks at how."""
    with wired(server, live_cast.ben) as ben, Chat(server, live_cast.ana) as ana:
        ana.enter()
        assert ben.is_in_step()
        ana.send(live_cast.room, "€" * 4000)
        texts = iter(ben.text, None)
        assert next(text["body"] for text in texts if text and text["type"] == "message") == "€" * 4000


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_is_framed_as_a_client_reads_it(size: int) -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    text = b"x" * size
    client.receive_data(text_frame(text) + text_frame(b"next"))
    assert client.parser_exc is None
    assert client.events_received() == [Frame(Opcode.TEXT, text), Frame(Opcode.TEXT, b"next")]
    assert text_frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)


# --- What is quick, and what must not pile up ---


def test_a_text_that_has_come_whole_does_not_need_the_library(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr("websockets.protocol.Protocol.receive_data", lambda own, data: asked.append(data))
    assert wire.is_in_step()
    assert asked == []


def test_a_message_in_pieces_without_end_is_too_much(wire: Wire) -> None:
    with suppress(OSError):
        wire.say(frame(b"", fin=False) + frame(b"", CONT, fin=False) * 5000)
    assert wire.code() == 1009


def test_pings_of_who_does_not_read_are_not_answered_into_memory(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    real, waiting = DecidedProtocol.handle_ping, [0]

    def noted(own: DecidedProtocol) -> None:
        real(own)
        waiting.append(own.transport.get_write_buffer_size())

    monkeypatch.setattr(DecidedProtocol, "handle_ping", noted)
    some = frame(b"x" * 125, PING) * 1000
    for _ in range(100):
        wire.tcp.sendall(some)
    wait_until(lambda: len(waiting) > 99_000, 20)
    assert 0 < max(waiting) < 1 << 20


def test_who_says_no_more_and_does_not_read_is_cut_off(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.websockets.CUT_SECONDS", 0.3)
    for _ in range(100):
        wire.tcp.sendall(frame(b"x" * 125, PING) * 1000)
    wire.tcp.shutdown(socket.SHUT_WR)
    wait_until(lambda: hub._hub is not None and not hub._hub.members, 10)
