"""Uvicorn's sockets with what a chat needs of them.

A goodbye waits for nobody, and a peer who does not take it is cut off: Uvicorn's own holds it back until the peer reads again, and keeps
the connection of one who never does for ever. Nothing piles up for a peer who does not read, or never ends a message. And an application
may hear a text in the very call that brings it (`listen`): ASGI's `receive` costs a queue, a task's waking and two changes of what the loop
polls for each. The commonest frames, a text that has come whole and a text to send, do not go through the general machine of `websockets`
either; everything else does.
"""

import socket
from asyncio import TimerHandle
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]
from websockets.protocol import State

CUT_SECONDS = 10.0
TEXT, MASKED, TWO_BYTES, EIGHT_BYTES = 0x81, 0x80, 126, 127
TOO_BIG, NO_TEXT = 1009, 1007
MAX_PIECES = 1024
SHORTEST = 6  # two bytes that say what it is, and the mask
LISTEN, SAY, REST = "alliv.listen", "alliv.say", "alliv.rest"

Rest = Callable[[], Awaitable[None]]
Listener = Callable[[dict[str, Any]], Rest | None]


class DecidedProtocol(WebSocketsSansIOProtocol):
    """Where an application finds `LISTEN` among the extensions of its scope, it may hand a listener to it.

    While it awaits `receive`, the listener gets each text at once, as the event that `receive` would have returned. What it gives back
    is what remains to be awaited: `receive` brings it as `{"type": REST, "rest": …}`, and nothing more is read until then. `SAY` is the
    other direction: a text that need not wait is written without a coroutine.
    """

    cut: TimerHandle | None = None
    listener: Listener | None = None
    awaited = held = False

    def data_received(self, data: bytes) -> None:
        text = self.lone_text(data) if self.listener is not None else None
        if text is not None:
            self.curr_msg_data_type, self.frames = "text", [text]
            self.send_receive_event_to_app()
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None:  # refused before it became a question, such as an address without end: that answer waits
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def lone_text(self, data: bytes) -> bytes | None:
        """What `data` says, when it is exactly one text frame, masked and below 64 KiB (RFC 6455, 5.2), and nothing came before it."""
        if len(data) < SHORTEST or data[0] != TEXT or not data[1] & MASKED or self.frames or not self.is_plain() or not self.is_between():
            return None
        size, start = data[1] & ~MASKED, 2
        if size == EIGHT_BYTES:
            return None
        if size == TWO_BYTES:
            size, start = int.from_bytes(data[2:4]), 4
        if size > self.config.ws_max_size or len(data) != start + 4 + size:
            return None
        return apply_mask(data[start + 4 :], data[start : start + 4])

    def is_plain(self) -> bool:
        return self.conn.state is State.OPEN and not self.conn.extensions and not self.close_sent and not self.disconnected

    def is_between(self) -> bool:
        """Whether the library's parser waits for a frame to begin, told by what it waits in: only speed is lost where that is renamed."""
        waiting: Any = getattr(self.conn, "parser", None)
        while (inner := getattr(waiting, "gi_yieldfrom", None)) is not None:
            waiting = inner
        return getattr(waiting, "__name__", "") == "at_eof"

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions |= {LISTEN: self.listen, SAY: self.say}

    def listen(self, listener: Listener) -> None:
        self.listener = listener

    def say(self, text: str) -> bool:
        """Writes it, if that can be done at once."""
        if not self.writable.is_set() or not self.is_plain():
            return False
        self.transport.write(text_frame(text.encode()))
        if self.held:
            self.hold(False)
        return True

    def hold(self, held: bool) -> None:
        """Has the kernel keep what is written, 200 ms at most: a handshake's answer and the hello behind it wake the peer once."""
        self.held = held
        with suppress(AttributeError, OSError):  # only Linux can, and only with TCP
            self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, held)

    async def receive(self) -> Any:
        self.awaited = True
        try:
            return await super().receive()
        finally:
            self.awaited = False

    def handle_cont(self, event: Any) -> None:
        if len(self.frames) < MAX_PIECES:
            super().handle_cont(event)
        else:
            self.refuse(TOO_BIG)

    def handle_ping(self) -> None:
        """Answers, but not somebody who does not read: what they do not take would pile up here."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def refuse(self, code: int) -> None:
        """Ends the connection, unless the peer was quicker."""
        self.frames = []
        if self.conn.state is State.OPEN:
            self.conn.fail(code)
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            try:
                text = b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.refuse(NO_TEXT)
                return
            if self.listener is not None and self.awaited and self.queue.empty() and not self.close_sent:
                self.frames = []
                self.hand_over(self.listener, text)
                return
        super().send_receive_event_to_app()

    def hand_over(self, listener: Listener, text: str) -> None:
        rest = listener({"type": "websocket.receive", "text": text})
        if rest is not None:
            self.queue.put_nowait({"type": REST, "rest": rest})  # type: ignore[arg-type]
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.send" and message.get("text") and self.say(message["text"]):
            return
        if message["type"] == "websocket.close":
            self.writable.set()  # a few bytes, and nothing comes behind them
        accepts = message["type"] == "websocket.accept"
        if accepts or self.held:
            self.hold(accepts)
        await super().send(message)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self.cut_soon()

    def eof_received(self) -> None:
        """The peer will say nothing more; what it does not take either is waited for no longer than behind a goodbye."""
        self.cut_soon()

    def cut_soon(self) -> None:
        self.cut = self.cut or self.loop.call_later(CUT_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.listener = None  # which knows us: nobody has to look for that circle
        if self.cut is not None:
            self.cut.cancel()


def text_frame(text: bytes) -> bytes:
    """As a server frames it: whole, and without a mask."""
    size = len(text)
    if size < TWO_BYTES:
        return bytes((TEXT, size)) + text
    if size < 1 << 16:
        return bytes((TEXT, TWO_BYTES)) + size.to_bytes(2) + text
    return bytes((TEXT, EIGHT_BYTES)) + size.to_bytes(8) + text
