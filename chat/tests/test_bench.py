"""The bench's own client: what it says is a frame, what it hears is whole, and either server's words are understood."""

from typing import Any

import pytest

from chat.bench.dialects import DIALECTS
from chat.bench.wire import Wire, framed
from chat.frames import Send, Typing, parse

pytestmark = pytest.mark.unit
ROOM = "0192f1a0-5c00-7000-8000-000000000001"


class Line:
    """A connection that nobody reads."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def said(frame: bytes) -> str:
    """The text of a client's frame."""
    start = 8 if frame[1] & 0x7F == 126 else 6
    return frame[start:].decode()


def test_frames_are_heard_however_they_are_cut() -> None:
    heard: list[bytes] = []
    texts = [b"short", b"x" * 300, b"y" * 70_000]
    lengths = [bytes([5]), b"\x7e" + (300).to_bytes(2, "big"), b"\x7f" + (70_000).to_bytes(8, "big")]
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(
        b"\x81" + length + text for length, text in zip(lengths, texts, strict=True)
    )
    wire = Wire("/", heard.append)
    for start in range(0, len(stream), 97):
        wire.data_received(stream[start : start + 97])
    assert heard == texts


def test_a_ping_is_answered_and_a_refusal_is_a_failure() -> None:
    wire, line = Wire("/", lambda text: None), Line()
    wire.connection_made(line)  # type: ignore[arg-type]
    line.written = b""
    wire.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x89\x00")
    assert line.written == b"\x8a\x80\0\0\0\0"
    with pytest.raises(ConnectionError, match="403"):
        Wire("/", lambda text: None).data_received(b"HTTP/1.1 403 Forbidden\r\n\r\n")


def test_what_is_said_to_alliv_is_its_protocol() -> None:
    alliv = DIALECTS["alliv"]
    typed: Any = parse(said(alliv.typing(ROOM, on=True)))
    assert isinstance(typed, Typing)
    assert (str(typed.room), typed.on) == (ROOM, True)
    sent: Any = parse(said(alliv.send(ROOM, 77, "x" * 200)))
    assert isinstance(sent, Send)
    assert (str(sent.room), sent.body) == (ROOM, "x" * 200)
    assert alliv.number_of(f'{{"type":"ack","client_id":"{sent.client_id}"}}'.encode()) == 77


def test_what_is_said_to_the_other_server_is_its_protocol() -> None:
    other = DIALECTS["socketio"]
    assert other.reply(b'0{"sid":"x"}', "me") == framed(b'40{"token": "me"}')
    assert other.reply(b"2", "me") == framed(b"3")
    assert other.is_welcome(b'40{"sid":"x"}')
    assert said(other.send(ROOM, 77, "hi")).startswith('4277["send",')
    assert other.number_of(b'4377[{"id":1}]') == 77
