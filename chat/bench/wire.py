"""A WebSocket client as cheap as Python allows, the same for both servers: it checks nothing and trusts its peer."""

import asyncio
from collections.abc import Callable
from typing import cast

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
NO_MASK = b"\0\0\0\0"  # a mask that changes nothing; the server unmasks all the same


def framed(text: bytes) -> bytes:
    """The bytes of one text frame from a client."""
    if len(text) < 126:
        return bytes((0x81, 0x80 | len(text))) + NO_MASK + text
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + NO_MASK + text


class Wire(asyncio.Protocol):
    """Calls `hear` with the text of every frame that comes."""

    def __init__(self, path: str, hear: Callable[[bytes], None]) -> None:
        self.path = path
        self.hear = hear
        self.buffer = b""
        self.is_open = False
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(HANDSHAKE.format(path=self.path).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True

    def send(self, frame: bytes) -> None:
        self.transport.write(frame)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.is_open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head[:20]:
                raise ConnectionError(head[:80].decode("latin-1"))
            self.is_open, self.buffer = True, rest
        self.buffer = self.buffer[self.read_frames(self.buffer) :]

    def read_frames(self, buffer: bytes) -> int:
        """Hears the frames that are complete; how many bytes they took. Frames of servers are not masked."""
        at, size = 0, len(buffer)
        while size - at >= 2:
            length, body = buffer[at + 1], at + 2
            if length == 126:
                length, body = int.from_bytes(buffer[body : body + 2], "big"), body + 2
            elif length == 127:
                length, body = int.from_bytes(buffer[body : body + 8], "big"), body + 8
            if size < body + length:
                break
            if buffer[at] == 0x81:
                self.hear(buffer[body : body + length])
            elif buffer[at] == 0x89:
                self.transport.write(b"\x8a\x80" + NO_MASK)
            at = body + length
        return at
