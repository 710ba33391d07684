"""What a client says to either server, and how it knows what it hears."""

import json
from typing import Protocol

from chat.bench.wire import framed


class Dialect(Protocol):
    """`delivered` and `acknowledged` begin the frames that count."""

    delivered: bytes
    acknowledged: bytes

    def path(self, credential: str) -> str: ...

    def reply(self, text: bytes, credential: str) -> bytes | None:
        """What the protocol itself wants said to this frame."""

    def is_welcome(self, text: bytes) -> bool: ...

    def typing(self, room: str, *, on: bool) -> bytes: ...

    def send(self, room: str, number: int, body: str) -> bytes: ...

    def number_of(self, ack: bytes) -> int: ...


class Alliv:
    delivered, acknowledged = b'{"type":"typing"', b'{"type":"ack"'

    def path(self, credential: str) -> str:
        return f"/ws/chat?ticket={credential}"

    def reply(self, text: bytes, credential: str) -> bytes | None:
        return None

    def is_welcome(self, text: bytes) -> bool:
        return text.startswith(b'{"type":"hello"')

    def typing(self, room: str, *, on: bool) -> bytes:
        return framed(json.dumps({"type": "typing", "room": room, "on": on}).encode())

    def send(self, room: str, number: int, body: str) -> bytes:
        """Numbers are client_ids, which are unique in a room and for a sender."""
        return framed(f'{{"type":"send","room":"{room}","client_id":"00000000-0000-4000-8000-{number:012x}","body":"{body}"}}'.encode())

    def number_of(self, ack: bytes) -> int:
        place = ack.index(b"-8000-") + 6
        return int(ack[place : place + 12], 16)


class SocketIO:
    """Engine.IO 4 over its WebSocket transport; a text begins with the kind of packet."""

    delivered, acknowledged = b'42["typing"', b"43"

    def path(self, credential: str) -> str:
        return "/socket.io/?EIO=4&transport=websocket"

    def reply(self, text: bytes, credential: str) -> bytes | None:
        if text == b"2":
            return framed(b"3")
        return framed(b"40" + json.dumps({"token": credential}).encode()) if text.startswith(b"0") else None

    def is_welcome(self, text: bytes) -> bool:
        return text.startswith(b"40")

    def typing(self, room: str, *, on: bool) -> bytes:
        return framed(b"42" + json.dumps(["typing", {"room": room, "on": on}]).encode())

    def send(self, room: str, number: int, body: str) -> bytes:
        client_id = f"00000000-0000-4000-8000-{number:012x}"
        return framed(f'42{number}["send",{{"room":"{room}","client_id":"{client_id}","body":"{body}"}}]'.encode())

    def number_of(self, ack: bytes) -> int:
        return int(ack[2 : ack.index(b"[")])


DIALECTS: dict[str, Dialect] = {"alliv": Alliv(), "socketio": SocketIO()}
